'use strict'

const path = require('node:path')
const { TenonError, aborted } = require('../../errors')
const { copyCheckpoint, listCheckpoints, readCheckpoint } = require('./checkpoint')
const { Dictionaries } = require('./codec')
const { Copy, entryOf, namesOf, record } = require('./copy')
const { REAL_DISK } = require('./disk')
const { told } = require('./faults')
const { HEADER_BYTES, decodeSegment, encodeSegment, segmentName } = require('./layout')
const { FRAME, MORE, RECORD_HEADER_BYTES, emptyHeader, readHeader, recordBytes } = require('./record')
const { RECORD, Scan, endOfContent, onlyZeros } = require('./scan')
const { listSegments, readSegment } = require('./segments')
const { State } = require('./state')
const { nextGood } = require('./verify')

/** @typedef {import('./disk').Disk} Disk */
/** @typedef {import('./layout').Segment} Segment */
/** @typedef {import('./writer').Entry} Entry */
/**
 * @typedef {object} Lost a gap
 * @property {string} file the name of the segment
 * @property {number} offsetBytes
 * @property {number} lostBytes
 * @property {number | null} afterSeq the last event that was copied before it
 * @property {number | null} beforeSeq the first one behind it, both with their old seqs
 * @property {string} reason
 *
 * @typedef {object} SalvageReport
 * @property {number} events
 * @property {number} segments that were read
 * @property {Lost[]} lost
 * @property {number} checkpoints
 * @property {number} checkpointsDropped
 */

const SEGMENT_BYTES = 16 * 1024 * 1024
const STATES_A_SEGMENT = 4

/**
 * Copies every whole batch of a damaged log to a new one, without holes.
 * @param {string} directory
 * @param {string} outDirectory
 * @param {AbortSignal} [signal]
 * @param {Disk} [disk]
 * @returns {Promise<SalvageReport>}
 */
async function salvageStore(directory, outDirectory, signal, disk = REAL_DISK) {
  const firstSeqs = await listSegments(disk, directory)
  if (firstSeqs.length === 0) {
    const message = `cannot read '${directory}': there is no segment in it`
    throw new TenonError('ERR_IO', message, { errno: 'ENOENT', path: directory })
  }
  const salvage = new Salvage(disk, directory, outDirectory, firstSeqs, signal)
  await salvage.copy.begin('outDirectory')
  try {
    await salvage.run()
    await salvage.copy.finish()
  } catch (error) {
    // The first failure says more than one of tidying up.
    await salvage.copy.drop().catch(() => undefined)
    throw error
  }
  return salvage.report
}

class Salvage {
  /**
   * @param {Disk} disk
   * @param {string} directory
   * @param {string} outDirectory
   * @param {number[]} firstSeqs
   * @param {AbortSignal | undefined} signal
   */
  constructor(disk, directory, outDirectory, firstSeqs, signal) {
    this.disk = disk
    this.directory = directory
    this.firstSeqs = firstSeqs
    this.signal = signal
    this.dictionaries = new Dictionaries(disk, directory)
    this.copy = new Copy(disk, outDirectory)
    this.state = new State()
    /** Of the next event in the new log. */
    this.nextSeq = firstSeqs[0]
    /** The dictionary of the new log's last segment. */
    this.dictionary = 0
    /** @type {SalvageReport} */
    this.report = { events: 0, segments: 0, lost: [], checkpoints: 0, checkpointsDropped: 0 }
    /** The last event that was copied. @type {number | null} */
    this.afterSeq = null
    /** Gaps behind which nothing was copied yet. @type {Lost[]} */
    this.open = []
    /** How the segment before ended. @type {{ segment: Segment, seq: number, previousCrc: number } | undefined} */
    this.before = undefined
    /** The log's id, once it is known. */
    this.id = ''
  }

  async run() {
    for (const [index, firstSeq] of this.firstSeqs.entries()) {
      const next = this.firstSeqs[index + 1] ?? null
      const segment = await this.#header(firstSeq, next)
      if (!segment) continue
      this.id ||= segment.id
      if (segment.id !== this.id) {
        this.#gap(segment.name, 0, 'the segment is of another log')
        continue
      }
      await this.#segment(segment, next)
      this.report.segments += 1
    }
    if (!this.copy.writer) await this.copy.segment(this.nextSeq, this.state, 0)
    await this.#checkpoints()
  }

  /**
   * The header of a segment, or what it must have been.
   * @param {number} firstSeq
   * @param {number | null} next
   * @returns {Promise<Segment | undefined>}
   */
  async #header(firstSeq, next) {
    try {
      return await readSegment(this.disk, this.directory, firstSeq, next)
    } catch (error) {
      const { code, message } = Object(error)
      if (code !== 'ERR_CORRUPT') throw error
      const { before } = this
      this.#gap(segmentName(firstSeq), 0, message)
      const repaired = await this.#repaired(firstSeq)
      if (repaired) return repaired
      if (before?.seq !== firstSeq) return undefined
      const { id, firstSeq: previousFirst, dictionary } = before.segment
      return encodeSegment({ id, firstSeq, previousFirst, previousCrc: before.previousCrc, dictionary }).segment
    }
  }

  /**
   * The header of a segment with one bit turned, if it then is one.
   * @param {number} firstSeq
   * @returns {Promise<Segment | undefined>}
   */
  #repaired(firstSeq) {
    const file = path.join(this.directory, segmentName(firstSeq))
    return told('read', file, async () => {
      const opened = await this.disk.open(file, 'read')
      try {
        const bytes = Buffer.alloc(HEADER_BYTES)
        if ((await opened.readAt(bytes, 0)) < HEADER_BYTES) return undefined
        for (let bit = 0; bit < HEADER_BYTES * 8; bit++) {
          bytes[bit >> 3] ^= 1 << (bit & 7)
          const segment = decodeSegment(bytes, firstSeq)
          if (typeof segment === 'object') return segment
          bytes[bit >> 3] ^= 1 << (bit & 7)
        }
        return undefined
      } finally {
        await opened.close()
      }
    })
  }

  /**
   * @param {Segment} segment
   * @param {number | null} next
   */
  async #segment(segment, next) {
    const { disk, directory } = this
    const file = path.join(directory, segment.name)
    /** @type {string | undefined} */
    let noDictionary
    try {
      const material = await this.dictionaries.of(segment)
      if (material) await this.copy.dictionaries.keep(Buffer.from(material.bytes), 0)
    } catch (error) {
      if (Object(error).code !== 'ERR_CORRUPT') throw error
      noDictionary = String(Object(error).message)
    }
    if (this.before && this.before.seq < segment.firstSeq) {
      this.#gap(segment.name, 0, `events ${this.before.seq} to ${segment.firstSeq - 1} are not in the segments before`)
    }
    await told('read', file, async () => {
      const opened = await disk.open(file, 'read')
      try {
        const scan = new Scan(opened, segment)
        await this.#readState(scan)
        const lastEnd = await this.#batches(scan, noDictionary)
        const contentEnd = await endOfContent(opened, lastEnd)
        this.#closeGaps(segment.name, contentEnd)
        const { seq, previousCrc } = scan
        if (next !== null && seq < next) this.#gap(segment.name, scan.offset, 'the segment ends too early')
        this.before = { segment, seq: next !== null && seq < next ? next : seq, previousCrc }
      } finally {
        await opened.close()
      }
    })
  }

  /** @param {Scan} scan */
  async #readState(scan) {
    const found = await scan.find()
    const { header, window, body, segment } = scan
    const state =
      found === RECORD ? await State.decode(window.bytes.subarray(body, body + header.bodyBytes)) : undefined
    if (state) {
      if (!this.copy.writer && this.report.events === 0) {
        this.state = new State()
        this.state.take(state)
      }
      scan.advance()
      return
    }
    this.#gap(segment.name, HEADER_BYTES, found === RECORD ? 'the state record is none' : scan.fault)
    const later = await nextGood(scan)
    if (later) scan.goTo(later)
    // What it says is known from the events before; the next record is found by the search.
    else scan.first = false
  }

  /**
   * Copies the batches of a segment. Returns where what was read ends.
   * @param {Scan} scan
   * @param {string | undefined} noDictionary why frames cannot be read
   */
  async #batches(scan, noDictionary) {
    const { name, dictionary } = scan.segment
    /** @type {Entry[]} */
    let batch = []
    let start = scan.offset
    // Behind a gap it may be the rest of a batch; no batch goes from one segment into the next.
    let whole = scan.seq === scan.segment.firstSeq
    for (;;) {
      if (this.signal?.aborted) throw aborted(this.signal)
      if ((await scan.find()) !== RECORD) {
        const { offset, fault } = scan
        if (await onlyZeros(scan.window.file, offset)) {
          if (batch.length > 0) this.#gap(name, start, 'a batch lacks its end')
          return offset
        }
        this.#gap(name, batch.length > 0 ? start : offset, fault)
        batch = []
        const later = await nextGood(scan)
        if (!later) return offset
        // What the bad record said of its batch, where that can be known, and nothing else is missing.
        const bad = later.seq === scan.seq + 1 ? repairedHeader(scan, later.offset) : undefined
        whole = bad !== undefined && (bad.flags & MORE) === 0
        scan.goTo(later)
        start = scan.offset
        continue
      }
      const entry = entryOf(scan)
      const { more } = scan
      if (batch.length === 0 && entry.keyBytes > 0) whole = true
      batch.push(entry)
      scan.advance()
      if (more) continue
      const frame = noDictionary !== undefined && batch.some(({ flags }) => flags & FRAME)
      if (frame) this.#gap(name, start, String(noDictionary))
      if (whole && !frame) {
        this.#closeGaps(name, start)
        await this.#take(batch, dictionary)
      }
      batch = []
      start = scan.offset
      whole = true
    }
  }

  /**
   * @param {Entry[]} batch
   * @param {number} dictionary
   */
  async #take(batch, dictionary) {
    const { copy, state } = this
    for (const lost of this.open) lost.beforeSeq = batch[0].seq
    this.open = []
    this.afterSeq = batch[batch.length - 1].seq
    let bytes = copy.waitingBytes
    for (const { bodyBytes } of batch) bytes += recordBytes(bodyBytes)
    const { writer } = copy
    const most = Math.max(SEGMENT_BYTES, STATES_A_SEGMENT * (writer?.stateBytes ?? 0))
    const hasEvents = writer !== undefined && (writer.hasEvents || copy.waiting.length > 0)
    const frame = batch.some(({ flags }) => flags & FRAME)
    const other = frame && dictionary !== this.dictionary
    if (!writer || (hasEvents && (other || writer.end + bytes > most))) {
      await copy.segment(this.nextSeq, state, dictionary)
      this.dictionary = dictionary
    }
    for (const entry of batch) {
      const { stream } = namesOf(entry)
      entry.seq = this.nextSeq++
      entry.streamSeq = state.next(stream)
      state.setNext(stream, entry.streamSeq + 1)
      copy.add(entry)
    }
    record(state, batch)
    this.report.events += batch.length
    if (copy.isFull) await copy.write()
  }

  /**
   * @param {string} file
   * @param {number} offsetBytes
   * @param {string} reason
   */
  #gap(file, offsetBytes, reason) {
    // One gap, however many bad records are in it.
    if (this.open.some((lost) => lost.file === file)) return
    const lost = { file, offsetBytes, lostBytes: 0, afterSeq: this.afterSeq, beforeSeq: null, reason }
    this.open.push(lost)
    this.report.lost.push(lost)
  }

  /**
   * The gaps in a segment end here.
   * @param {string} file
   * @param {number} end
   */
  #closeGaps(file, end) {
    for (const lost of this.open) {
      if (lost.file === file) lost.lostBytes = Math.max(0, end - lost.offsetBytes)
    }
  }

  /** Those from before the first gap that can be read. */
  async #checkpoints() {
    const { disk, directory, copy, report } = this
    const source = { disk, directory, segments: [{ id: this.id }] }
    const [gap] = report.lost
    const end = gap ? (gap.afterSeq ?? this.firstSeqs[0] - 1) + 1 : this.nextSeq
    for (const checkpoint of await listCheckpoints(source, null)) {
      if (this.signal?.aborted) throw aborted(this.signal)
      try {
        if (checkpoint.seq <= end) {
          await readCheckpoint(source, checkpoint.name, checkpoint.seq)
          await copyCheckpoint(source, checkpoint, copy.temporary, copy.id)
          report.checkpoints += 1
          continue
        }
      } catch (error) {
        if (Object(error).code !== 'ERR_CORRUPT') throw error
      }
      report.checkpointsDropped += 1
    }
  }
}

/**
 * The header of the bad record that a scan stands at: as it is, or with one bit turned, if it then is the header of a record
 * up to `end`.
 * @param {Scan} scan
 * @param {number} end
 */
function repairedHeader({ window, segment, offset }, end) {
  const at = offset - window.start
  if (at < 0 || offset + RECORD_HEADER_BYTES > window.end) return undefined
  const bytes = Buffer.from(window.bytes.subarray(at, at + RECORD_HEADER_BYTES))
  const header = emptyHeader()
  const fits = () =>
    readHeader(bytes, 0, segment.generation, header) && offset + recordBytes(header.bodyBytes) === end
      ? header
      : undefined
  const asItIs = fits()
  if (asItIs) return asItIs
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    bytes[bit >> 3] ^= 1 << (bit & 7)
    const repaired = fits()
    if (repaired) return repaired
    bytes[bit >> 3] ^= 1 << (bit & 7)
  }
  return undefined
}

module.exports = { salvageStore }
