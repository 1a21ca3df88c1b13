'use strict'

const path = require('node:path')
const { setImmediate: turn } = require('node:timers/promises')
const { isAbsence, told } = require('./faults')
const { HEADER_BYTES, encodeSegment, segmentName } = require('./layout')
const { RECORD_HEADER_BYTES, emptyHeader, finishRecord, recordBytes } = require('./record')

/** @typedef {import('./disk').Disk} Disk */
/** @typedef {import('./disk').DiskFile} DiskFile */
/** @typedef {import('./layout').Segment} Segment */
/** @typedef {import('./state').State} State */
/**
 * @typedef {object} Entry a record to be written
 * @property {Buffer} source
 * @property {number} start in the source, of stream, type, key and, unless it has a frame, data
 * @property {number} sourceBytes
 * @property {Buffer | undefined} frame
 * @property {number} bodyBytes
 * @property {number} seq
 * @property {number} streamSeq
 * @property {number} timeMs
 * @property {number} flags
 * @property {number} streamBytes
 * @property {number} typeBytes
 * @property {number} keyBytes
 *
 * @typedef {{ segment: Segment, end: number, previousCrc: number, seq: number, stateBytes: number }} Savepoint
 */

/** Zeros are written ahead up to a multiple of this. */
const ROOM_BYTES = 1 << 20
const TURN_MS = 8
const ENTRIES_PER_LOOK = 512

/** Appends records to the last segment of a log, and begins the next. Of its calls one runs at a time. */
class Writer {
  /**
   * @param {Disk} disk
   * @param {string} directory
   * @param {DiskFile} file
   * @param {Savepoint & { allocated: number }} at
   */
  constructor(disk, directory, file, { segment, end, previousCrc, seq, stateBytes, allocated }) {
    this.disk = disk
    this.directory = directory
    /** @type {DiskFile | undefined} */
    this.file = file
    this.segment = segment
    /** Where the next record begins. */
    this.end = end
    this.previousCrc = previousCrc
    /** Of the next event. */
    this.seq = seq
    this.stateBytes = stateBytes
    /** How long the file is: there are zeros behind the end. */
    this.allocated = allocated
    /** Whether something was written since the savepoint. */
    this.dirty = false
    /** The first failure after which it is not known what is on the disk. @type {unknown} */
    this.poison = undefined
    /** Segments begun since the savepoint. @type {Segment[]} */
    this.begun = []
  }

  /**
   * Begins a log with a segment.
   * @param {Disk} disk
   * @param {string} directory
   * @param {{ id: string, firstSeq: number, dictionary: number, previousFirst?: number, previousCrc?: number }} origin
   * @param {State} state
   */
  static async begin(disk, directory, origin, state) {
    const made = encodeNew({ previousFirst: -1, previousCrc: 0, ...origin }, state)
    const file = await writeNew(disk, directory, made, () => undefined)
    return new Writer(disk, directory, file, { ...made, allocated: made.end })
  }

  /**
   * Goes on where the last segment ends.
   * @param {Disk} disk
   * @param {string} directory
   * @param {import('./segments').Tail} tail
   */
  static async resume(disk, directory, { segment, offset, seq, previousCrc, stateBytes }) {
    const name = path.join(directory, segment.name)
    const file = await told('open', name, () => disk.open(name, 'write'))
    const allocated = await told('read', name, () => file.length())
    return new Writer(disk, directory, file, { segment, end: offset, previousCrc, seq, stateBytes, allocated })
  }

  get path() {
    return path.join(this.directory, this.segment.name)
  }

  get hasEvents() {
    return this.seq > this.segment.firstSeq
  }

  /** @returns {Savepoint} */
  savepoint() {
    this.dirty = false
    this.begun = []
    const { segment, end, previousCrc, seq, stateBytes } = this
    return { segment, end, previousCrc, seq, stateBytes }
  }

  /**
   * Writes records: one write.
   * @param {Entry[]} entries
   * @param {number | null} durableSeq null where nobody sees the log before all of it is synced
   * @param {number} roomUpTo zeros are written ahead, but not beyond this offset
   */
  async write(entries, durableSeq, roomUpTo) {
    const { segment } = this
    let bytes = 0
    for (const { bodyBytes } of entries) bytes += recordBytes(bodyBytes)
    const end = this.end + bytes
    const room = end > this.allocated ? Math.min(Math.ceil(end / ROOM_BYTES) * ROOM_BYTES, roomUpTo) - end : 0
    const target = Buffer.allocUnsafeSlow(bytes + Math.max(0, room))
    const header = emptyHeader()
    let { previousCrc } = this
    let at = 0
    let last = performance.now()
    for (const [index, entry] of entries.entries()) {
      let body = at + RECORD_HEADER_BYTES
      body += entry.source.copy(target, body, entry.start, entry.start + entry.sourceBytes)
      entry.frame?.copy(target, body)
      header.bodyBytes = entry.bodyBytes
      header.seqDelta = entry.seq - segment.firstSeq
      header.durableDelta = durableSeq === null ? 0 : entry.seq - durableSeq
      header.streamSeq = entry.streamSeq
      header.timeMs = entry.timeMs
      header.previousCrc = previousCrc
      header.flags = entry.flags
      header.streamBytes = entry.streamBytes
      header.typeBytes = entry.typeBytes
      header.keyBytes = entry.keyBytes
      at = finishRecord(target, at, header, segment.generation)
      previousCrc = header.bodyCrc
      if (index % ENTRIES_PER_LOOK === ENTRIES_PER_LOOK - 1 && performance.now() - last > TURN_MS) {
        await turn()
        last = performance.now()
      }
    }
    target.fill(0, at)
    this.dirty = true
    let written = target.length
    try {
      await told('write', this.path, () => this.open().writeAt(target, this.end))
    } catch (error) {
      if (room <= 0 || Object(error).errno !== 'ENOSPC') throw error
      // The disk may have room for the records alone.
      written = bytes
      await told('write', this.path, async () => {
        await this.open().setLength(this.allocated)
        await this.open().writeAt(target.subarray(0, bytes), this.end)
      })
    }
    this.allocated = Math.max(this.allocated, this.end + written)
    this.end = end
    this.previousCrc = previousCrc
    this.seq += entries.length
  }

  open() {
    if (!this.file) throw new Error('the file of the segment is closed')
    return this.file
  }

  /** Everything written is on the disk, or nothing more is taken. */
  sync() {
    return this.#orPoison('sync', this.path, () => this.open().sync())
  }

  /** Cuts the segment to its length and syncs it. */
  async seal() {
    if (this.allocated > this.end) {
      this.dirty = true
      await told('truncate', this.path, () => this.open().setLength(this.end))
      this.allocated = this.end
    }
    await this.sync()
  }

  /**
   * Ends the segment and begins the next.
   * @param {State} state with the last event that was written
   * @param {number} dictionary
   */
  async roll(state, dictionary) {
    await this.seal()
    const { segment, previousCrc, seq } = this
    const origin = { id: segment.id, firstSeq: seq, previousFirst: segment.firstSeq, previousCrc, dictionary }
    await this.#enter(encodeNew(origin, state))
  }

  /**
   * Makes the segment, which has no event yet, one of another dictionary.
   * @param {State} state
   * @param {number} dictionary
   */
  async replace(state, dictionary) {
    try {
      // Windows renames over no file that is open.
      await this.#enter(encodeNew({ ...this.segment, dictionary }, state), () => this.close())
    } catch (error) {
      // If it was closed, which of the two files is there is not known.
      if (!this.file) this.poison ??= error
      throw error
    }
  }

  /** @param {ReturnType<typeof encodeNew>} made @param {() => Promise<void>} [beforeRename] */
  async #enter(made, beforeRename) {
    this.dirty = true
    const poison = (/** @type {unknown} */ error) => void (this.poison ??= error)
    const file = await writeNew(this.disk, this.directory, made, poison, beforeRename)
    const old = this.file
    this.file = file
    this.segment = made.segment
    this.end = made.end
    this.allocated = made.end
    this.previousCrc = made.previousCrc
    this.stateBytes = made.stateBytes
    this.begun.push(made.segment)
    await told('close', this.path, async () => old?.close())
  }

  /**
   * Undoes what was written since a savepoint, or takes nothing more.
   * @param {Savepoint} before
   */
  async undo(before) {
    if (this.poison !== undefined || !this.dirty) return
    const name = path.join(this.directory, before.segment.name)
    await this.#orPoison('undo a write of', name, async () => {
      const began = this.segment !== before.segment
      // Segments that were begun go first: no segment may stand behind a gap.
      const firstSeqs = new Set([this.seq, ...this.begun.map(({ firstSeq }) => firstSeq).reverse()])
      firstSeqs.delete(before.segment.firstSeq)
      let removed = false
      for (const firstSeq of firstSeqs) {
        const file = path.join(this.directory, segmentName(firstSeq))
        removed = (await removeIfThere(this.disk, file)) || removed
        await removeIfThere(this.disk, `${file}.tmp`)
      }
      if (removed) await this.disk.syncDirectory(this.directory)
      if (began) {
        const old = this.file
        this.file = undefined
        await old?.close()
        this.file = await this.disk.open(name, 'write')
      }
      await this.open().setLength(before.end)
      await this.open().sync()
      const { segment, end, previousCrc, seq, stateBytes } = before
      Object.assign(this, { segment, end, previousCrc, seq, stateBytes, allocated: end })
    })
  }

  /**
   * @param {string} operation
   * @param {string} file
   * @param {() => Promise<void>} run
   */
  async #orPoison(operation, file, run) {
    try {
      await told(operation, file, run)
    } catch (error) {
      this.poison ??= error
      throw error
    }
  }

  /**
   * Writes what is in the file once more: it may be in the system's memory alone, and after a sync that failed the system takes it for
   * written, so that another sync would not write it.
   * @param {number} start
   * @param {number} end
   */
  rewrite(start, end) {
    return told('write', this.path, async () => {
      const piece = Buffer.allocUnsafeSlow(Math.min(Math.max(0, end - start), ROOM_BYTES))
      for (let at = start; at < end; at += piece.length) {
        const part = piece.subarray(0, Math.min(piece.length, end - at))
        await this.open().writeAt(part.subarray(0, await this.open().readAt(part, at)), at)
      }
    })
  }

  async close() {
    const { file } = this
    this.file = undefined
    await told('close', this.path, async () => file?.close())
  }
}

/**
 * The first bytes of a segment: its header and the state record.
 * @param {Parameters<typeof encodeSegment>[0]} origin
 * @param {State} state
 */
function encodeNew(origin, state) {
  const { segment, header } = encodeSegment(origin)
  const { record, bodyCrc } = state.encode(segment)
  const bytes = Buffer.concat([header, record])
  const stateBytes = record.length
  return { segment, bytes, end: HEADER_BYTES + stateBytes, stateBytes, previousCrc: bodyCrc, seq: segment.firstSeq }
}

/**
 * Writes a segment so that it is there whole or not at all.
 * @param {Disk} disk
 * @param {string} directory
 * @param {ReturnType<typeof encodeNew>} made
 * @param {(error: unknown) => void} notSynced
 * @param {() => Promise<void>} [beforeRename]
 * @returns {Promise<DiskFile>}
 */
function writeNew(disk, directory, { segment, bytes }, notSynced, beforeRename) {
  const name = path.join(directory, segment.name)
  const temporary = `${name}.tmp`
  /** @param {() => Promise<void>} run */
  const synced = async (run) => {
    try {
      await told('sync', name, run)
    } catch (error) {
      notSynced(error)
      throw error
    }
  }
  return told('create', name, async () => {
    const file = await disk.open(temporary, 'replace')
    try {
      await file.writeAt(bytes, 0)
      await synced(() => file.sync())
    } finally {
      await file.close()
    }
    await beforeRename?.()
    await disk.rename(temporary, name)
    await synced(() => disk.syncDirectory(directory))
    return disk.open(name, 'write')
  })
}

/** Whether there was such a file. @param {Disk} disk @param {string} file */
async function removeIfThere(disk, file) {
  try {
    await disk.remove(file)
    return true
  } catch (error) {
    if (!isAbsence(error)) throw error
    return false
  }
}

module.exports = { Writer, removeIfThere }
