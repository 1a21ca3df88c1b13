'use strict'

// Another log with events of this one: what fork and salvage have in common.

const { randomBytes } = require('node:crypto')
const path = require('node:path')
const { TenonError } = require('../../errors')
const { Dictionaries } = require('./codec')
const { isAbsence, told } = require('./faults')
const { isOfLog, isUnfinished } = require('./files')
const { dictionaryName } = require('./layout')
const { MORE, recordBytes } = require('./record')
const { Writer } = require('./writer')

/** @typedef {import('./disk').Disk} Disk */
/** @typedef {import('./scan').Scan} Scan */
/** @typedef {import('./writer').Entry} Entry */

const WRITE_BYTES = 1 << 20
const WRITE_ENTRIES = 4096

/** A record as it stands, to be written elsewhere. @param {Scan} scan @returns {Entry} */
function entryOf({ header, body, window, seq }) {
  return {
    source: Buffer.from(window.bytes.subarray(body, body + header.bodyBytes)),
    start: 0,
    sourceBytes: header.bodyBytes,
    frame: undefined,
    bodyBytes: header.bodyBytes,
    seq,
    streamSeq: header.streamSeq,
    timeMs: header.timeMs,
    flags: header.flags,
    streamBytes: header.streamBytes,
    typeBytes: header.typeBytes,
    keyBytes: header.keyBytes
  }
}

/** The names in a record, as byte strings. @param {Entry} entry */
function namesOf({ source, streamBytes, typeBytes, keyBytes }) {
  const keyAt = streamBytes + typeBytes
  return { stream: source.toString('latin1', 0, streamBytes), key: source.toString('latin1', keyAt, keyAt + keyBytes) }
}

/** A log that is being written, beside the place where it will be. */
class Copy {
  /**
   * @param {Disk} disk
   * @param {string} directory
   */
  constructor(disk, directory) {
    this.disk = disk
    this.directory = directory
    this.id = randomBytes(16).toString('hex')
    // Beside it, however the path is written, and nobody else's.
    this.temporary = path.join(path.dirname(directory), `${path.basename(directory)}.${this.id.slice(0, 16)}.tmp`)
    /** Those that its segments name. @type {Set<number>} */
    this.dictionaries = new Set()
    /** @type {Writer | undefined} */
    this.writer = undefined
    /** @type {Entry[]} */
    this.waiting = []
    this.waitingBytes = 0
    this.exists = false
  }

  /** Begins in a directory that is missing or empty. */
  async begin() {
    const { disk, directory, temporary } = this
    const there = await listIfThere(disk, directory)
    if (there && there.length > 0) {
      throw new TenonError('ERR_INVALID_ARG', `'${directory}' is not empty`)
    }
    this.exists = there !== undefined
    const parent = path.dirname(directory)
    await told('create directory', parent, () => disk.createDirectory(parent))
    await told('create directory', temporary, () => disk.createNewDirectory(temporary))
  }

  /** Removes what was written. */
  async drop() {
    const { disk, temporary } = this
    await this.writer?.close()
    const left = await listIfThere(disk, temporary)
    if (!left) return
    for (const name of left.filter((name) => isOfLog(name) || isUnfinished(name))) {
      const file = path.join(temporary, name)
      await told('remove', file, () => disk.remove(file))
    }
    await told('remove directory', temporary, () => disk.removeDirectory(temporary))
  }

  /**
   * Begins the log, or its next segment.
   * @param {number} firstSeq
   * @param {import('./state').State} state
   * @param {number} dictionary
   * @param {{ previousFirst: number, previousCrc: number }} [previous] what the first segment says of one before it
   */
  async segment(firstSeq, state, dictionary, previous) {
    await this.write()
    if (dictionary !== 0) this.dictionaries.add(dictionary)
    const origin = { id: this.id, firstSeq, dictionary, ...previous }
    if (this.writer) await this.writer.roll(state, dictionary)
    else this.writer = await Writer.begin(this.disk, this.temporary, origin, state)
  }

  /** @param {Entry} entry */
  add(entry) {
    this.waiting.push(entry)
    this.waitingBytes += recordBytes(entry.bodyBytes)
  }

  get isFull() {
    return this.waitingBytes >= WRITE_BYTES || this.waiting.length >= WRITE_ENTRIES
  }

  async write() {
    const entries = this.waiting
    this.waiting = []
    this.waitingBytes = 0
    if (entries.length > 0) await this.writer?.write(entries, null, 0)
  }

  /** Puts the log in its place, with the dictionaries it needs. @param {string} from the other log's directory */
  async finish(from) {
    const { disk, directory, temporary, writer } = this
    await this.write()
    await writer?.seal()
    await writer?.close()
    const theirs = new Dictionaries(disk, from)
    const ours = new Dictionaries(disk, temporary)
    for (const crc of this.dictionaries) {
      const name = dictionaryName(crc)
      const bytes = await theirs.read(name)
      // Who asks for its events is told.
      if (bytes) await ours.put(name, bytes)
    }
    await told('rename', temporary, async () => {
      await disk.syncDirectory(temporary)
      if (this.exists) await disk.removeDirectory(directory)
      await disk.rename(temporary, directory)
      await disk.syncDirectory(path.dirname(directory))
    })
  }
}

/** @param {Disk} disk @param {string} directory */
async function listIfThere(disk, directory) {
  try {
    return await told('read directory', directory, () => disk.list(directory))
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

/**
 * Adds a batch to what a state knows.
 * @param {import('./state').State} state
 * @param {Entry[]} entries whose seqs and stream seqs are set
 */
function record(state, entries) {
  const [first] = entries
  for (const entry of entries) state.setNext(namesOf(entry).stream, entry.streamSeq + 1)
  const { key } = namesOf(first)
  if (key !== '') {
    state.setBatch(key, { seq: first.seq, streamSeq: first.streamSeq, events: entries.length })
    state.forgetOld()
  }
}

/** The batch ends with this record. @param {Entry} entry */
function endBatch(entry) {
  entry.flags &= ~MORE
}

module.exports = { Copy, endBatch, entryOf, namesOf, record }
