'use strict'

const { crc32 } = require('./checksum')
const { ALIGNMENT, HEADER_BYTES } = require('./layout')
const { MORE, RECORD_HEADER_BYTES, STATE, emptyHeader, headerFault, readHeader, recordBytes } = require('./record')

/** @typedef {import('./disk').DiskFile} DiskFile */
/** @typedef {import('./layout').Segment} Segment */

/** What is read of a file at once: first little, for many are short. */
const FIRST_WINDOW_BYTES = 64 * 1024
const WINDOW_BYTES = 1 << 20

const RECORD = 1
const NEEDS_BYTES = 2
const BAD = 3

/** Headers that somebody made up must not have their bodies, each as long as the file, all read. */
const PATIENCE = 16
const MIN_PATIENCE_BYTES = 2 ** 26

/** A part of a file in memory. */
class Window {
  /** @param {DiskFile} file */
  constructor(file) {
    this.file = file
    this.bytes = Buffer.alloc(0)
    /** Where in the file `bytes` begin and end. */
    this.start = 0
    this.end = 0
    /** Whether the file ended there. */
    this.last = false
  }

  /**
   * Moves the window: it begins at `offset`, and has the next `need` bytes unless the file ends.
   * @param {number} offset
   * @param {number} need
   */
  async load(offset, need) {
    let room = Math.min(WINDOW_BYTES, Math.max(FIRST_WINDOW_BYTES, 4 * this.bytes.length))
    if (need > room) room = Math.max(room, Math.min(need, (await this.file.length()) - offset))
    // A larger one was for one record.
    if (this.bytes.length !== room) this.bytes = Buffer.allocUnsafeSlow(room)
    this.start = offset
    this.end = offset
    this.end += await this.file.readAt(this.bytes, offset)
    this.last = this.end - offset < Math.max(room, need)
  }

  /**
   * Moves the window so that it has `need` bytes from an offset on, and what is before them in place of what is behind them.
   * @param {number} offset
   * @param {number} need
   */
  async loadBack(offset, need) {
    const before = Math.min(Math.max(0, WINDOW_BYTES - need), offset)
    const room = before + need
    if (this.bytes.length !== room) this.bytes = Buffer.allocUnsafeSlow(room)
    this.start = offset - before
    this.end = this.start + (await this.file.readAt(this.bytes, this.start))
    this.last = this.end - this.start < room
  }

  /** Forgets what it has. */
  empty() {
    this.end = this.start
    this.last = false
  }
}

/** Goes over the records of a segment. What each says is in `header`, until the next step. */
class Scan {
  /** @param {DiskFile} file @param {Segment} segment */
  constructor(file, segment) {
    this.segment = segment
    this.window = new Window(file)
    this.header = emptyHeader()
    /** Where the record is, or will be. */
    this.offset = HEADER_BYTES
    /** The seq of the record, or of the next one. */
    this.seq = segment.firstSeq
    this.previousCrc = segment.crc
    /** Whether the next record is the state's. */
    this.first = true
    /** Where the file ends, if that is known; looked at where bodies are not read. */
    this.fileBytes = Infinity
    this.fault = ''
    /** Whether the bad record is none, because the file ends there. */
    this.ended = false
    this.needBytes = RECORD_HEADER_BYTES
  }

  /** Goes to a place where a record begins. @param {{ offset: number, seq: number, previousCrc: number }} place */
  goTo({ offset, seq, previousCrc }) {
    this.offset = offset
    this.seq = seq
    this.previousCrc = previousCrc
    this.first = false
  }

  get place() {
    return { offset: this.offset, seq: this.seq, previousCrc: this.previousCrc }
  }

  /** Where the record's body is in the window's bytes. */
  get body() {
    return this.offset - this.window.start + RECORD_HEADER_BYTES
  }

  /**
   * The record at `offset`: whether there is one, or more bytes are needed first, or it is bad.
   * @param {boolean} [whole] whether its body is checked
   */
  look(whole = true) {
    this.ended = false
    const { window, header, segment } = this
    const at = this.offset - window.start
    const available = window.end - this.offset
    if (available < RECORD_HEADER_BYTES || at < 0) return this.#lacks(RECORD_HEADER_BYTES)
    if (!readHeader(window.bytes, at, segment.generation, header)) {
      return this.#bad(headerFault(window.bytes, at, segment.generation))
    }
    const bytes = recordBytes(header.bodyBytes)
    if (available < bytes && whole) return this.#lacks(bytes)
    if (!whole && this.offset + bytes > this.fileBytes) return this.#bad('the file ends within a record')
    const isFirst = this.offset === HEADER_BYTES
    if (header.seqDelta !== this.seq - segment.firstSeq || (header.flags & STATE) !== (isFirst ? STATE : 0)) {
      return this.#bad('the record is not the one that belongs here')
    }
    if (header.previousCrc !== this.previousCrc) return this.#bad('the record does not follow the one before')
    if (!whole) return RECORD
    const fault = bodyFault(window.bytes, at, header)
    return fault === undefined ? RECORD : this.#bad(fault)
  }

  /** The same, with the bytes that it needs. @param {boolean} [whole] */
  async find(whole = true) {
    for (;;) {
      const found = this.look(whole)
      if (found !== NEEDS_BYTES) return found
      await this.window.load(this.offset, this.needBytes)
    }
  }

  /** Behind the record that was found. */
  advance() {
    const { header } = this
    this.offset += recordBytes(header.bodyBytes)
    this.previousCrc = header.bodyCrc
    if (!this.first) this.seq += 1
    this.first = false
  }

  /** Whether the record that was found is followed by one of its batch. */
  get more() {
    return (this.header.flags & MORE) !== 0
  }

  /** @param {number} bytes */
  #lacks(bytes) {
    if (this.window.last && this.offset >= this.window.start) {
      this.ended = this.offset >= this.window.end
      return this.#bad('the file ends within a record')
    }
    this.needBytes = bytes
    return NEEDS_BYTES
  }

  /** @param {string} fault */
  #bad(fault) {
    this.fault = fault
    return BAD
  }
}

/**
 * What is wrong with the body of a record, or with the zeros behind it.
 * @param {Buffer} bytes
 * @param {number} at where the record begins
 * @param {import('./record').RecordHeader} header
 */
function bodyFault(bytes, at, { bodyBytes, bodyCrc, previousCrc }) {
  const body = at + RECORD_HEADER_BYTES
  const end = body + bodyBytes
  if (crc32(bytes, body, end, previousCrc) !== bodyCrc) return "the crc of the record's body is wrong"
  for (let pad = end; pad < at + recordBytes(bodyBytes); pad++) {
    if (bytes[pad] !== 0) return 'the record does not end with zeros'
  }
  return undefined
}

/**
 * Where the bytes of a file end that are not zero, from an offset on: the offset itself where there are zeros alone.
 * @param {DiskFile} file
 * @param {number} offset
 */
async function endOfContent(file, offset) {
  const window = new Window(file)
  let end = offset
  for (let at = offset; ; at = window.end) {
    await window.load(at, 1)
    const bytes = window.bytes.subarray(0, window.end - at)
    for (let index = bytes.length - 1; index >= 0; index--) {
      if (bytes[index] === 0) continue
      end = at + index + 1
      break
    }
    if (window.last) return end
  }
}

/**
 * @typedef {object} Later a record behind a bad one
 * @property {number} offset
 * @property {number} seq
 * @property {number} previousCrc
 * @property {number} durableSeq every event below it had been synced when the record was written
 */

/**
 * Searches for records that are right in themselves, from the place of a bad one on.
 * @param {DiskFile} file
 * @param {Segment} segment
 * @param {number} offset of the bad record
 * @param {number} seq that it should have
 * @param {(later: Later) => boolean} found whether to search on
 */
async function searchLater(file, segment, offset, seq, found) {
  const window = new Window(file)
  const header = emptyHeader()
  const fileBytes = await file.length()
  let patience = PATIENCE * Math.max(0, fileBytes - offset) + MIN_PATIENCE_BYTES
  let at = offset
  while (at + RECORD_HEADER_BYTES <= fileBytes) {
    if (at < window.start || at + RECORD_HEADER_BYTES > window.end) {
      await window.load(at, RECORD_HEADER_BYTES)
      if (at + RECORD_HEADER_BYTES > window.end) return
    }
    const isHeader = readHeader(window.bytes, at - window.start, segment.generation, header)
    const bytes = recordBytes(header.bodyBytes)
    const recordSeq = segment.firstSeq + header.seqDelta
    if (!isHeader || header.flags & STATE || recordSeq < seq || at + bytes > fileBytes || bytes > patience) {
      at += ALIGNMENT
      continue
    }
    patience -= bytes
    if (at + bytes > window.end) await window.load(at, bytes)
    if (at + bytes > window.end || bodyFault(window.bytes, at - window.start, header) !== undefined) {
      at += ALIGNMENT
      continue
    }
    const { previousCrc, durableDelta } = header
    if (!found({ offset: at, seq: recordSeq, previousCrc, durableSeq: recordSeq - durableDelta })) return
    at += bytes
  }
}

/**
 * The first of them.
 * @param {DiskFile} file
 * @param {Segment} segment
 * @param {number} offset
 * @param {number} seq
 * @returns {Promise<Later | undefined>}
 */
async function firstLater(file, segment, offset, seq) {
  /** @type {Later | undefined} */
  let first
  await searchLater(file, segment, offset, seq, (later) => {
    first = later
    return false
  })
  return first
}

module.exports = { BAD, NEEDS_BYTES, RECORD, Scan, WINDOW_BYTES, Window, endOfContent, firstLater, searchLater }
