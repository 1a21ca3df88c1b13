'use strict'

const path = require('node:path')
const { aborted } = require('../../errors')
const { faultOf, listCheckpoints } = require('./checkpoint')
const { crc32 } = require('./checksum')
const { Dictionaries } = require('./codec')
const { isAbsence, reasonOf, told } = require('./faults')
const { HEADER_BYTES, dictionaryName, segmentName } = require('./layout')
const { RECORD, endOfContent, firstLater } = require('./scan')
const { readState } = require('./segments')

/** @typedef {import('./layout').Segment} Segment */
/** @typedef {import('./scan').Scan} Scan */
/** @typedef {import('./state').State} State */
/**
 * @typedef {object} Problem
 * @property {string} file its name
 * @property {number} offsetBytes
 * @property {string} reason
 * @property {number} lastGoodSeq -1 for none
 * @property {number | null} nextGoodSeq
 *
 * @typedef {object} VerifyReport
 * @property {number} segments
 * @property {number} events
 * @property {number} batches
 * @property {number} bytes of the segments and the checkpoints
 * @property {number} checkpoints
 * @property {Problem[]} problems
 */

/**
 * Reads everything.
 * @param {import('./store').Store} store
 * @param {AbortSignal} [signal]
 * @returns {Promise<VerifyReport>}
 */
async function verify(store, signal) {
  const { nextSeq, segments } = store
  const verification = new Verification(store, signal)
  for (const [index, segment] of segments.entries()) {
    const following = segments[index + 1]?.firstSeq ?? null
    await verification.segment(segment, following ?? nextSeq, following)
  }
  await verification.checkpoints()
  return verification.report
}

class Verification {
  /** @param {import('./store').Store} store @param {AbortSignal | undefined} signal */
  constructor(store, signal) {
    this.store = store
    this.signal = signal
    /** @type {VerifyReport} */
    this.report = { segments: 0, events: 0, batches: 0, bytes: 0, checkpoints: 0, problems: [] }
    /** What the next segment's state record must say; undefined behind damage. @type {State | undefined} */
    this.state = undefined
    /** The segment before and its last crc; undefined behind damage. @type {{ firstSeq: number, crc: number } | undefined} */
    this.before = undefined
    this.lastGood = -1
    /** Those that were looked at. @type {Set<number>} */
    this.dictionaries = new Set()
  }

  /**
   * @param {string} file
   * @param {number} offsetBytes
   * @param {string} reason
   * @param {number | null} nextGoodSeq
   */
  problem(file, offsetBytes, reason, nextGoodSeq) {
    this.report.problems.push({ file, offsetBytes, reason, lastGoodSeq: this.lastGood, nextGoodSeq })
  }

  check() {
    if (this.signal?.aborted) throw aborted(this.signal)
  }

  /**
   * @param {Segment} segment
   * @param {number} end the seq that it must reach
   * @param {number | null} following the first seq of the next one
   */
  async segment(segment, end, following) {
    const { disk, directory } = this.store
    const { firstSeq, previousFirst, previousCrc } = segment
    const name = segmentName(firstSeq)
    const file = path.join(directory, name)
    let opened
    try {
      opened = await told('open', file, () => disk.open(file, 'read'))
    } catch (error) {
      if (!isAbsence(error)) throw error
      // Pruned by another process since.
      if (this.report.segments === 0 && following !== null) return
      const missed = await this.store.prunedSince(firstSeq)
      if (missed) throw missed
      this.#forget()
      this.problem(name, 0, 'the segment is missing', following)
      return
    }
    try {
      await told('read', file, async () => {
        this.report.segments += 1
        this.report.bytes += await opened.length()
        const { before } = this
        await this.#dictionary(segment.dictionary)
        const found = await readState(opened, directory, segment, following).catch((error) => {
          if (Object(error).code !== 'ERR_CORRUPT') throw error
          this.problem(name, HEADER_BYTES, reasonOf(error), following)
          this.#forget()
        })
        if (!found) return
        if (before && (previousFirst !== before.firstSeq || previousCrc !== before.crc)) {
          this.problem(name, 0, 'the segment does not follow the one before', firstSeq)
        }
        const { scan, state } = found
        if (this.state && !this.state.encode(segment).record.equals(state.encode(segment).record)) {
          this.problem(name, HEADER_BYTES, 'the state record is not what the events before say', firstSeq)
        }
        const isWhole = await this.#events(scan, end, following, state)
        this.state = isWhole ? state : undefined
        this.before = isWhole ? { firstSeq, crc: scan.previousCrc } : undefined
      })
    } finally {
      await opened.close()
    }
  }

  /** Looks at a dictionary, once. @param {number} crc */
  async #dictionary(crc) {
    if (crc === 0 || this.dictionaries.has(crc)) return
    this.dictionaries.add(crc)
    const name = dictionaryName(crc)
    const bytes = await new Dictionaries(this.store.disk, this.store.directory).read(name).catch((error) => {
      if (Object(error).code !== 'ERR_LIMIT') throw error
      return Buffer.alloc(0)
    })
    if (bytes === undefined) this.problem(name, 0, 'the dictionary is missing', null)
    else if (crc32(bytes, 0, bytes.length, 0) !== crc) this.problem(name, 0, 'the crc of the dictionary is wrong', null)
  }

  #forget() {
    this.state = undefined
    this.before = undefined
  }

  /**
   * Reads the events up to the end. Says whether all are there.
   * @param {Scan} scan
   * @param {number} end
   * @param {number | null} following
   * @param {State} state
   */
  async #events(scan, end, following, state) {
    const { report } = this
    const { name } = scan.segment
    const { file } = scan.window
    /** @type {{ key: string, seq: number, streamSeq: number, events: number } | undefined} */
    let batch
    let isWhole = true
    // Behind damage, the rest of a batch may come first, and nobody knows where the streams are.
    let isCut = false
    // What is behind the end of the last segment may be about to be written.
    while (following !== null || scan.seq < end) {
      this.check()
      const { offset, seq } = scan
      if ((await scan.find()) !== RECORD) {
        if (scan.ended && seq === end) break
        if (scan.ended) {
          this.problem(name, offset, 'the segment ends too early', following)
          return false
        }
        const { fault } = scan
        const later = await firstLater(file, scan.segment, offset, seq)
        if (!later && seq === end && (await endOfContent(file, offset)) === offset) break
        const isBehind = later !== undefined && later.seq < end
        this.problem(name, offset, fault, isBehind ? later.seq : following)
        if (!isBehind) return false
        scan.goTo(later)
        batch = undefined
        isWhole = false
        isCut = true
        continue
      }
      if (seq >= end) {
        this.problem(name, offset, "the segment goes on beyond the next one's beginning", end)
        return false
      }
      const { header, window, body } = scan
      const keyAt = body + header.streamBytes + header.typeBytes
      const stream = window.bytes.toString('latin1', body, body + header.streamBytes)
      if (isWhole && state.next(stream) !== header.streamSeq) {
        isWhole = false
        this.problem(name, offset, 'the event has another place in its stream', seq + 1 < end ? seq + 1 : null)
      }
      state.setNext(stream, header.streamSeq + 1)
      const key = window.bytes.toString('latin1', keyAt, keyAt + header.keyBytes)
      batch ??= { key, seq, streamSeq: header.streamSeq, events: 0 }
      batch.events += 1
      if (!scan.more) {
        if (batch.key !== '') {
          state.setBatch(batch.key, batch)
          state.forgetOld()
        }
        batch = undefined
        if (!isCut) report.batches += 1
        isCut = false
      }
      report.events += 1
      this.lastGood = seq
      scan.advance()
    }
    if (!batch) return isWhole
    this.problem(name, scan.offset, 'the last batch is not whole', following)
    return false
  }

  async checkpoints() {
    for (const { name, seq, file, storedBytes } of await listCheckpoints(this.store, null)) {
      this.check()
      this.report.checkpoints += 1
      this.report.bytes += storedBytes
      const reason = await faultOf(this.store, name, seq)
      // One that was pruned meanwhile may have lost its base.
      const isThere = async () => (await listCheckpoints(this.store, name)).some((other) => other.seq === seq)
      if (reason !== null && (await isThere())) {
        this.report.problems.push({ file, offsetBytes: 0, reason, lastGoodSeq: -1, nextGoodSeq: null })
      }
    }
  }
}

module.exports = { verify }
