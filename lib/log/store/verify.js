'use strict'

const path = require('node:path')
const { setTimeout: wait } = require('node:timers/promises')
const { aborted } = require('../../errors')
const { listCheckpoints, readCheckpoint } = require('./checkpoint')
const { contentOf } = require('./codec')
const { told } = require('./faults')
const { FRAME } = require('./record')
const { RECORD, Scan, endOfContent, searchLater } = require('./scan')
const { State } = require('./state')

/** @typedef {import('./layout').Segment} Segment */
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
 * @property {number} bytes of the segments
 * @property {number} checkpoints
 * @property {Problem[]} problems
 */

/** A writer has finished a write by then. */
const WRITE_MS = 100

/**
 * Reads everything.
 * @param {import('./store').Store} store
 * @param {AbortSignal} [signal]
 * @returns {Promise<VerifyReport>}
 */
async function verify(store, signal) {
  /** @type {VerifyReport} */
  const report = { segments: 0, events: 0, batches: 0, bytes: 0, checkpoints: 0, problems: [] }
  const { nextSeq, segments } = store
  let previousCrc = segments[0].previousCrc
  for (const [index, segment] of segments.entries()) {
    if (index > 0 && segment.previousCrc !== previousCrc) {
      add(
        report,
        segment.name,
        0,
        'the segment does not follow the one before it',
        segment.firstSeq - 1,
        segment.firstSeq
      )
    }
    const next = segments[index + 1]
    previousCrc = await verifySegment(store, segment, next?.firstSeq ?? nextSeq, next !== undefined, report, signal)
    report.segments += 1
  }
  const torn = store.tail?.torn && store.tail.offset
  if (typeof torn === 'number') {
    await wait(WRITE_MS)
    await store.refresh()
    const { tail } = store
    if (tail?.torn && tail.offset === torn) add(report, tail.segment.name, torn, 'the tail is torn', tail.seq - 1, null)
  }
  for (const { name, seq, file } of await listCheckpoints(store, null)) {
    if (signal?.aborted) throw aborted(signal)
    report.checkpoints += 1
    try {
      await readCheckpoint(store, name, seq)
    } catch (error) {
      const { code, message } = Object(error)
      if (code !== 'ERR_CORRUPT') throw error
      add(report, file, 0, message, -1, null)
    }
  }
  return report
}

/**
 * @param {VerifyReport} report
 * @param {string} file
 * @param {number} offsetBytes
 * @param {string} reason
 * @param {number} lastGoodSeq
 * @param {number | null} nextGoodSeq
 */
function add(report, file, offsetBytes, reason, lastGoodSeq, nextGoodSeq) {
  report.problems.push({ file, offsetBytes, reason, lastGoodSeq, nextGoodSeq })
}

/**
 * @param {import('./store').Store} store
 * @param {Segment} segment
 * @param {number} end the seq that it must reach
 * @param {boolean} sealed whether nothing may stand behind that
 * @param {VerifyReport} report
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<number>} the body crc of the last record
 */
function verifySegment({ disk, directory, dictionaries }, segment, end, sealed, report, signal) {
  const file = path.join(directory, segment.name)
  return told('read', file, async () => {
    const opened = await disk.open(file, 'read')
    try {
      report.bytes += await opened.length()
      const scan = new Scan(opened, segment)
      /** @type {import('./codec').Material | undefined} */
      let dictionary
      try {
        dictionary = await dictionaries.of(segment)
      } catch (error) {
        if (Object(error).code !== 'ERR_CORRUPT') throw error
        add(report, segment.name, 52, Object(error).message, segment.firstSeq - 1, null)
      }
      while (scan.first || scan.seq < end) {
        if (scan.window.end <= scan.offset && signal?.aborted) throw aborted(signal)
        if ((await scan.find()) === RECORD) {
          const { header, window, body, first, offset, seq } = scan
          const bytes = window.bytes.subarray(body, body + header.bodyBytes)
          const names = header.streamBytes + header.typeBytes + header.keyBytes
          if (first && !(await State.decode(bytes))) {
            add(report, segment.name, offset, 'the state record is none', seq - 1, seq)
          }
          if (header.flags & FRAME && !(await isFrame(bytes.subarray(names), dictionary))) {
            add(report, segment.name, offset, 'the data are no zstd frame', seq - 1, seq + 1)
          }
          if (!first) {
            report.events += 1
            if (!scan.more) report.batches += 1
          }
          scan.advance()
          continue
        }
        const later = await nextGood(scan)
        add(report, segment.name, scan.offset, scan.fault, scan.seq - 1, later?.seq ?? (sealed ? end : null))
        if (!later) return scan.previousCrc
        scan.goTo(later)
      }
      if (sealed && (await endOfContent(opened, scan.offset)) > scan.offset) {
        add(report, segment.name, scan.offset, 'something stands behind the last record', end - 1, end)
      }
      return scan.previousCrc
    } finally {
      await opened.close()
    }
  })
}

/**
 * The place of the next record that is right in itself, behind the bad one that a scan stands at.
 * @param {Scan} scan
 * @returns {Promise<{ offset: number, seq: number, previousCrc: number } | undefined>}
 */
async function nextGood({ window, segment, offset, seq }) {
  /** @type {import('./scan').Later | undefined} */
  let found
  await searchLater(window.file, segment, offset, seq, (later) => {
    found = later
    return false
  })
  return found
}

/** @param {Buffer} bytes @param {import('./codec').Material | undefined} dictionary */
async function isFrame(bytes, dictionary) {
  try {
    await contentOf(bytes, dictionary)
    return true
  } catch (error) {
    if (Object(error).code !== 'ERR_CORRUPT') throw error
    return false
  }
}

module.exports = { nextGood, verify }
