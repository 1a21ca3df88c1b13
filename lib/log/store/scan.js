'use strict'

const { crc32 } = require('./checksum')
const { HEADER_BYTES } = require('./layout')
const { MORE, RECORD_HEADER_BYTES, STATE, emptyHeader, readHeader, recordBytes } = require('./record')

/** @typedef {import('./disk').DiskFile} DiskFile */
/** @typedef {import('./layout').Segment} Segment */

/** What is read of a file at once: first little, for many are short. */
const FIRST_WINDOW_BYTES = 64 * 1024
const WINDOW_BYTES = 1 << 20

const RECORD = 1
const NEEDS_BYTES = 2
const BAD = 3

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
    this.fault = ''
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

  /** The record at `offset`: whether there is one, or more bytes are needed first, or it is bad. */
  look() {
    const { window, header, segment } = this
    const at = this.offset - window.start
    const available = window.end - this.offset
    if (available < RECORD_HEADER_BYTES || at < 0) return this.#lacks(RECORD_HEADER_BYTES)
    if (!readHeader(window.bytes, at, segment.generation, header)) return this.#bad('the header of a record is wrong')
    const whole = recordBytes(header.bodyBytes)
    if (available < whole) return this.#lacks(whole)
    if (header.seqDelta !== this.seq - segment.firstSeq) return this.#bad('a record has a wrong seq')
    if ((header.flags & STATE) !== (this.first ? STATE : 0))
      return this.#bad('the state record is not the first record')
    if (header.previousCrc !== this.previousCrc) return this.#bad('a record does not follow the one before it')
    const body = at + RECORD_HEADER_BYTES
    const end = body + header.bodyBytes
    if (crc32(window.bytes, body, end, header.previousCrc) !== header.bodyCrc) {
      return this.#bad('the checksum of a record is wrong')
    }
    for (let pad = end; pad < at + whole; pad++) {
      if (window.bytes[pad] !== 0) return this.#bad('the zeros behind a record are none')
    }
    return RECORD
  }

  /** The same, with the bytes that it needs. */
  async find() {
    for (;;) {
      const found = this.look()
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
    if (this.window.last && this.offset >= this.window.start) return this.#bad('a record is cut off')
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
 * Whether there are zeros alone from an offset on.
 * @param {DiskFile} file
 * @param {number} offset
 */
async function onlyZeros(file, offset) {
  const window = new Window(file)
  for (let at = offset; ; at = window.end) {
    await window.load(at, 1)
    for (let index = 0; index < window.end - at; index++) if (window.bytes[index] !== 0) return false
    if (window.last) return true
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
 * Searches for records that are right in themselves, behind a bad one.
 * @param {DiskFile} file
 * @param {Segment} segment
 * @param {number} offset of the bad record
 * @param {number} seq that it should have
 * @param {(later: Later) => boolean} found whether to search on
 */
async function searchLater(file, segment, offset, seq, found) {
  const window = new Window(file)
  const header = emptyHeader()
  let at = offset + 8
  for (;;) {
    await window.load(at, RECORD_HEADER_BYTES)
    while (at + RECORD_HEADER_BYTES <= window.end) {
      const start = at - window.start
      if (!readHeader(window.bytes, start, segment.generation, header) || header.flags & STATE) {
        at += 8
        continue
      }
      const bytes = recordBytes(header.bodyBytes)
      const recordSeq = segment.firstSeq + header.seqDelta
      const bodyEnd = at + RECORD_HEADER_BYTES + header.bodyBytes
      if (recordSeq >= seq && bodyEnd > window.end && !(window.last && at === window.start)) {
        await window.load(at, RECORD_HEADER_BYTES + header.bodyBytes)
        if (bodyEnd <= window.end) continue
      }
      const body = at - window.start + RECORD_HEADER_BYTES
      const whole = recordSeq >= seq && bodyEnd <= window.end
      if (whole && crc32(window.bytes, body, body + header.bodyBytes, header.previousCrc) === header.bodyCrc) {
        const { previousCrc, durableDelta } = header
        const later = { offset: at, seq: recordSeq, previousCrc, durableSeq: recordSeq - durableDelta }
        if (!found(later)) return
        at += bytes
      } else {
        at += 8
      }
    }
    if (window.last) return
  }
}

module.exports = { BAD, NEEDS_BYTES, RECORD, Scan, WINDOW_BYTES, Window, endOfContent, onlyZeros, searchLater }
