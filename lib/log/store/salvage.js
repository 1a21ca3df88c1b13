'use strict'

const path = require('node:path')
const { TenonError, aborted } = require('../../errors')
const { copyCheckpoint, faultOf, listCheckpoints } = require('./checkpoint')
const { Copy, entryOf, namesOf, record } = require('./copy')
const { REAL_DISK } = require('./disk')
const { told } = require('./faults')
const { HEADER_BYTES, decodeSegment, encodeSegment, segmentName } = require('./layout')
const { MORE, recordBytes } = require('./record')
const { RECORD, Scan, endOfContent, firstLater } = require('./scan')
const { listSegments, readSegment } = require('./segments')
const { State } = require('./state')

/** @typedef {import('./disk').Disk} Disk */
/** @typedef {import('./layout').Segment} Segment */
/** @typedef {import('./writer').Entry} Entry */
/**
 * @typedef {object} Lost what could not be saved of a place
 * @property {string} file the name of the segment
 * @property {number} offsetBytes
 * @property {number} lostBytes
 * @property {number | null} afterSeq the last event that was saved before it
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
  /** @type {(Segment | undefined)[]} */
  const headers = []
  for (const firstSeq of firstSeqs) headers.push(await headerOf(disk, directory, firstSeq))
  const salvage = new Salvage(disk, directory, outDirectory, firstSeqs[0], idOf(headers), signal)
  await salvage.copy.begin()
  try {
    for (const [index, firstSeq] of firstSeqs.entries()) {
      await salvage.segment(firstSeq, headers[index])
      salvage.report.segments += 1
    }
    await salvage.checkpoints()
    await salvage.copy.finish(directory)
  } catch (error) {
    // The first failure says more than one of tidying up.
    await salvage.copy.drop().catch(() => undefined)
    throw error
  }
  return salvage.report
}

/**
 * The header of a segment, with one bit turned if it then is one.
 * @param {Disk} disk
 * @param {string} directory
 * @param {number} firstSeq
 * @returns {Promise<Segment | undefined>}
 */
async function headerOf(disk, directory, firstSeq) {
  try {
    return await readSegment(disk, directory, firstSeq, null)
  } catch (error) {
    if (Object(error).code !== 'ERR_CORRUPT') throw error
  }
  const file = path.join(directory, segmentName(firstSeq))
  return told('read', file, async () => {
    const opened = await disk.open(file, 'read')
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

/** The log's id: most segments say whose they are. @param {(Segment | undefined)[]} headers */
function idOf(headers) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const header of headers) if (header) counts.set(header.id, (counts.get(header.id) ?? 0) + 1)
  let most = '0'.repeat(32)
  for (const header of headers) {
    if (header && (counts.get(header.id) ?? 0) >= (counts.get(most) ?? 0)) most = header.id
  }
  return most
}

class Salvage {
  /**
   * @param {Disk} disk
   * @param {string} directory
   * @param {string} outDirectory
   * @param {number} firstSeq
   * @param {string} id
   * @param {AbortSignal | undefined} signal
   */
  constructor(disk, directory, outDirectory, firstSeq, id, signal) {
    this.disk = disk
    this.directory = directory
    this.id = id
    this.signal = signal
    this.copy = new Copy(disk, outDirectory)
    this.state = new State()
    /** Of the next event in the new log. */
    this.nextSeq = firstSeq
    /** @type {SalvageReport} */
    this.report = { events: 0, segments: 0, lost: [], checkpoints: 0, checkpointsDropped: 0 }
    /** The seq behind the last event that was saved or could not be, in the damaged log. @type {number | undefined} */
    this.expected = undefined
    /** @type {number | null} */
    this.lastSaved = null
    /** The place, in the damaged log, up to which nothing was lost. */
    this.intact = firstSeq
    /** The segment that was read last, for one whose header is damaged. @type {{ segment: Segment, crc: number } | undefined} */
    this.before = undefined
    /** Whether the segment that is read has one in the copy. */
    this.isBegun = false
    /** Losses that are yet to hear of the event behind them. @type {Lost[]} */
    this.open = []
  }

  /**
   * @param {string} file
   * @param {number} offsetBytes
   * @param {number} lostBytes
   * @param {string} reason
   */
  #lose(file, offsetBytes, lostBytes, reason) {
    const lost = { file, offsetBytes, lostBytes, afterSeq: this.lastSaved, beforeSeq: null, reason }
    this.open.push(lost)
    this.report.lost.push(lost)
  }

  /** @param {number} firstSeq @param {Segment | undefined} header */
  segment(firstSeq, header) {
    const name = segmentName(firstSeq)
    const file = path.join(this.directory, name)
    return told('read', file, async () => {
      const opened = await this.disk.open(file, 'read')
      try {
        const length = await opened.length()
        const { expected, before } = this
        if (expected !== undefined && expected > firstSeq) {
          this.#lose(name, 0, length, 'the segment begins before the one before it ends')
          return
        }
        // If this was noticed already, where the segment before has its damage, once is enough.
        if (expected !== undefined && expected < firstSeq && this.open.length === 0) {
          this.#lose(name, 0, 0, 'the segment before this one is missing or cut')
        }
        if (header && header.id !== this.id) {
          this.#lose(name, 0, length, 'the segment is of another log')
          return
        }
        const guess = {
          id: this.id,
          firstSeq,
          previousFirst: before?.segment.firstSeq ?? -1,
          previousCrc: before?.crc ?? 0,
          dictionary: before?.segment.dictionary ?? 0
        }
        // The crc of every record's header begins from these: if they are not right, no record is found.
        const segment = header ?? encodeSegment(guess).segment
        const scan = new Scan(opened, segment)
        const losses = this.report.lost.length
        await this.#begin(scan, length, header !== undefined)
        if (!header && this.report.lost.length === losses) {
          this.#lose(name, 0, length, "the segment's header is damaged")
        }
        this.isBegun = false
        await this.#records(scan, length)
        this.expected = scan.seq
        this.before = { segment, crc: scan.previousCrc }
      } finally {
        await opened.close()
      }
    })
  }

  /**
   * Goes in front of the first event, and takes the state that the first segment begins with.
   * @param {Scan} scan
   * @param {number} length
   * @param {boolean} isGood whether the header is
   */
  async #begin(scan, length, isGood) {
    if (isGood && (await scan.find()) === RECORD) {
      const { header, window, body } = scan
      // Streams go on from where a prune left them; what is missing for another reason leaves no holes.
      if (this.expected === undefined) {
        this.state = (await State.decode(window.bytes.subarray(body, body + header.bodyBytes))) ?? this.state
      }
      scan.advance()
      return
    }
    const fault = scan.ended ? 'the segment has no state record' : scan.fault
    await this.#skip(scan, length, HEADER_BYTES, isGood ? fault : "the segment's header is damaged", scan.seq)
  }

  /**
   * Goes on at the next good record, where there is one; what is between is lost.
   * @param {Scan} scan
   * @param {number} length
   * @param {number} from
   * @param {string} reason
   * @param {number} seq
   */
  async #skip(scan, length, from, reason, seq) {
    const { window, segment } = scan
    const next = await firstLater(window.file, segment, scan.offset, seq)
    if (next) {
      this.#lose(segment.name, from, next.offset - from, reason)
      scan.goTo(next)
      return
    }
    const end = await endOfContent(window.file, scan.offset)
    if (end > from) this.#lose(segment.name, from, end - from, reason)
    scan.goTo({ ...scan.place, offset: length })
  }

  /** @param {Scan} scan @param {number} length */
  async #records(scan, length) {
    const { name, firstSeq } = scan.segment
    /** @type {Entry[]} */
    let batch = []
    let start = scan.place
    // Behind a gap nobody knows whether a record begins a batch: those up to the next end of one are left out. A segment's first
    // event begins one.
    let isCut = start.seq !== firstSeq
    for (;;) {
      if (this.signal?.aborted) throw aborted(this.signal)
      const { place } = scan
      if ((await scan.find()) === RECORD) {
        const { more, header } = scan
        if (batch.length === 0) {
          start = place
          // A key is in a batch's first record.
          if (header.keyBytes > 0) isCut = false
        }
        batch.push(entryOf(scan))
        scan.advance()
        if (more) continue
        if (isCut) this.#lose(name, start.offset, scan.offset - start.offset, 'the batch may lack its beginning')
        else await this.#save(batch, scan.segment.dictionary)
        isCut = false
        batch = []
        continue
      }
      const from = batch.length > 0 ? start.offset : place.offset
      if (scan.ended) {
        if (batch.length > 0) this.#lose(name, from, place.offset - from, 'the batch is not whole')
        return
      }
      const { fault } = scan
      batch = []
      // A header that is whole says whether its batch goes on.
      const { header } = scan
      const isHeader = (await scan.find(false)) === RECORD && place.offset + recordBytes(header.bodyBytes) <= length
      const end = isHeader && (header.flags & MORE) === 0 ? place.offset + recordBytes(header.bodyBytes) : -1
      await this.#skip(scan, length, from, fault, place.seq)
      isCut = end !== scan.offset
    }
  }

  /** Appends a whole batch. @param {Entry[]} batch @param {number} dictionary */
  async #save(batch, dictionary) {
    const { copy, state } = this
    if (!this.isBegun) {
      await copy.segment(this.nextSeq, state, dictionary)
      this.isBegun = true
    }
    const [{ seq }] = batch
    for (const entry of batch) {
      const { stream } = namesOf(entry)
      entry.seq = this.nextSeq++
      entry.streamSeq = state.next(stream)
      state.setNext(stream, entry.streamSeq + 1)
      copy.add(entry)
    }
    record(state, batch)
    if (copy.isFull) await copy.write()
    for (const lost of this.open) lost.beforeSeq = seq
    this.open = []
    if (seq === this.intact) this.intact += batch.length
    this.lastSaved = seq + batch.length - 1
    this.report.events += batch.length
  }

  /** Those that can be read, of before the first gap. */
  async checkpoints() {
    const { disk, directory, copy, report, intact } = this
    if (!copy.writer) await copy.segment(intact, this.state, 0)
    const source = { disk, directory, segments: [{ id: this.id }] }
    for (const checkpoint of await listCheckpoints(source, null)) {
      if (this.signal?.aborted) throw aborted(this.signal)
      const { name, seq } = checkpoint
      if (seq > intact || (await faultOf(source, name, seq)) !== null) {
        report.checkpointsDropped += 1
        continue
      }
      await copyCheckpoint(source, checkpoint, copy.temporary, copy.id)
      report.checkpoints += 1
    }
  }
}

module.exports = { salvageStore }
