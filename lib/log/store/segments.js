'use strict'

// The segments of a directory, by their headers, and the end of the last one.

const path = require('node:path')
const { TenonError } = require('../../errors')
const { corrupt, told } = require('./faults')
const { HEADER_BYTES, VERSION, decodeSegment, segmentName, segmentSeqs } = require('./layout')
const { BAD, NEEDS_BYTES, RECORD, Scan, endOfContent, firstLater, searchLater } = require('./scan')
const { State } = require('./state')

/** @typedef {import('./disk').Disk} Disk */
/** @typedef {import('./disk').DiskFile} DiskFile */
/** @typedef {import('./layout').Segment} Segment */
/**
 * @typedef {object} Tail how far the last segment goes, up to its last whole batch
 * @property {Segment} segment
 * @property {State} state
 * @property {number} stateBytes of the state record
 * @property {number} offset
 * @property {number} seq
 * @property {number} previousCrc
 * @property {number} durableSeq what the records say was synced
 * @property {number} unsynced where the events begin that were not
 * @property {{ lostEnd: number, laterRecords: number } | null} torn what stands behind it, if that is not zeros alone
 */

/** Headers that are read at the same time. */
const READ_AT_ONCE = 16
/** Places that are not needed any more, before their memory is given back. */
const MAX_PASSED = 4096

/** @param {Disk} disk @param {string} directory */
async function listSegments(disk, directory) {
  return segmentSeqs(await told('read directory', directory, () => disk.list(directory)))
}

/**
 * The header of a segment. Rejects with ERR_IO ENOENT where it is gone.
 * @param {Disk} disk
 * @param {string} directory
 * @param {number} firstSeq
 * @param {number | null} nextFirst the first seq of the next segment
 * @returns {Promise<Segment>}
 */
async function readSegment(disk, directory, firstSeq, nextFirst) {
  const name = segmentName(firstSeq)
  const file = path.join(directory, name)
  const header = await told('read', file, async () => {
    const opened = await disk.open(file, 'read')
    try {
      const bytes = Buffer.alloc(HEADER_BYTES)
      return bytes.subarray(0, await opened.readAt(bytes, 0))
    } finally {
      await opened.close()
    }
  })
  const segment = decodeSegment(header, firstSeq)
  if (typeof segment === 'number') {
    const message = `'${file}' has version ${segment} of the format; this Tenon reads ${VERSION}`
    throw new TenonError('ERR_UNSUPPORTED', message, { path: file, version: segment })
  }
  if (typeof segment === 'string') {
    const damage = { segment: name, offsetBytes: 0, lastGoodSeq: firstSeq - 1, nextGoodSeq: nextFirst }
    throw corrupt(directory, segment, damage)
  }
  return segment
}

/**
 * The headers of segments, each of which must name the one before.
 * @param {Disk} disk
 * @param {string} directory
 * @param {number[]} firstSeqs
 * @param {Segment} [before]
 */
async function readSegments(disk, directory, firstSeqs, before) {
  /** @type {Segment[]} */
  const segments = []
  let previous = before
  for (let start = 0; start < firstSeqs.length; start += READ_AT_ONCE) {
    const some = firstSeqs.slice(start, start + READ_AT_ONCE)
    const read = some.map((firstSeq, index) =>
      readSegment(disk, directory, firstSeq, firstSeqs[start + index + 1] ?? null)
    )
    for (const outcome of await Promise.allSettled(read)) {
      if (outcome.status === 'rejected') throw outcome.reason
      const segment = outcome.value
      if (previous) checkFollows(directory, previous, segment)
      segments.push(segment)
      previous = segment
    }
  }
  return segments
}

/** @param {string} directory @param {Segment} before @param {Segment} segment */
function checkFollows(directory, before, segment) {
  if (segment.previousFirst === before.firstSeq && segment.id === before.id) return
  const { name, firstSeq, previousFirst } = segment
  const damage = { segment: name, offsetBytes: 0, lastGoodSeq: firstSeq - 1, nextGoodSeq: firstSeq }
  if (segment.id !== before.id) throw corrupt(directory, 'the segment is of another log', damage)
  const lastGoodSeq = Math.max(before.firstSeq, Math.min(previousFirst, firstSeq)) - 1
  throw corrupt(directory, 'the segment before this one is missing', { ...damage, lastGoodSeq })
}

/**
 * The state record, and the scan behind it.
 * @param {DiskFile} file
 * @param {string} directory
 * @param {Segment} segment
 * @param {number | null} following the first seq of the next segment
 */
async function readState(file, directory, segment, following) {
  const scan = new Scan(file, segment)
  if ((await scan.find()) !== RECORD) throw await damagedState(directory, scan, following)
  const { header, window, body } = scan
  const state = await State.decode(window.bytes.subarray(body, body + header.bodyBytes))
  if (!state) throw await damagedState(directory, scan, following, 'the state record contradicts itself')
  scan.advance()
  return { scan, state, stateBytes: scan.offset - HEADER_BYTES }
}

/**
 * The error for a state record. It was synced before an event went into the segment, so it cannot be torn.
 * @param {string} directory
 * @param {Scan} scan that stands before it
 * @param {number | null} following the first seq of the next segment
 * @param {string} [what]
 */
async function damagedState(directory, scan, following, what) {
  const { segment, window, ended, fault } = scan
  const { firstSeq, name } = segment
  const later = await firstLater(window.file, segment, HEADER_BYTES, firstSeq)
  const reason = what ?? (ended ? 'the segment has no state record' : fault)
  const damage = { segment: name, offsetBytes: HEADER_BYTES, lastGoodSeq: firstSeq - 1 }
  return corrupt(directory, reason, { ...damage, nextGoodSeq: later?.seq ?? following })
}

/**
 * Goes to the end of the last segment. What is damaged rejects; what is torn is told.
 * @param {string} directory
 * @param {Scan} scan where a batch begins, or the end is
 * @param {State} state takes what the batches bring
 * @returns {Promise<Omit<Tail, 'segment' | 'state' | 'stateBytes'>>}
 */
async function followTail(directory, scan, state) {
  let end = scan.place
  /** @type {Map<string, number>} */
  const streams = new Map()
  let batch = { key: '', seq: 0, streamSeq: 0 }
  let durableSeq = scan.segment.firstSeq
  /** Events that are not known to be synced, as far as they are not below the place. @type {Pick<typeof end, 'offset' | 'seq'>[]} */
  let unsynced = []
  let passed = 0
  let found
  while ((found = scan.look()) !== BAD) {
    if (found === NEEDS_BYTES) {
      await scan.window.load(scan.offset, scan.needBytes)
      continue
    }
    const { header, body, window } = scan
    const typeAt = body + header.streamBytes
    const keyAt = typeAt + header.typeBytes
    if (scan.seq === end.seq) {
      const key = header.keyBytes > 0 ? window.bytes.toString('latin1', keyAt, keyAt + header.keyBytes) : ''
      batch = { key, seq: scan.seq, streamSeq: header.streamSeq }
    }
    streams.set(window.bytes.toString('latin1', body, typeAt), header.streamSeq + 1)
    const { more } = scan
    unsynced.push({ offset: scan.offset, seq: scan.seq })
    durableSeq = Math.max(durableSeq, scan.seq - header.durableDelta)
    while (passed < unsynced.length - 1 && unsynced[passed].seq < durableSeq) passed += 1
    if (passed > MAX_PASSED) {
      unsynced = unsynced.slice(passed)
      passed = 0
    }
    scan.advance()
    if (more) continue
    for (const [stream, next] of streams) state.setNext(stream, next)
    streams.clear()
    if (batch.key !== '') {
      const { key, seq, streamSeq } = batch
      state.setBatch(key, { seq, streamSeq, events: scan.seq - seq })
      state.forgetOld(2)
    }
    end = scan.place
  }
  state.forgetOld()
  const { file } = scan.window
  const { segment, fault, offset, seq } = scan
  const contentEnd = await endOfContent(file, offset)
  const synced = { durableSeq: Math.min(durableSeq, end.seq), unsynced: unsynced[passed]?.offset ?? end.offset }
  if (contentEnd === offset) {
    return { ...end, ...synced, torn: end.offset === offset ? null : { lostEnd: offset, laterRecords: 0 } }
  }
  let laterRecords = 0
  /** @type {number | null} */
  let next = null
  let isDamage = false
  await searchLater(file, segment, offset, seq, (later) => {
    laterRecords += 1
    next ??= later.seq
    isDamage ||= later.durableSeq > seq
    return !isDamage
  })
  if (isDamage) {
    // It had been synced before the later record was written. Where it was read while that happened, it is whole by now.
    scan.window.empty()
    if ((await scan.find()) === RECORD) return { ...end, ...synced, torn: null }
    throw corrupt(directory, fault, {
      segment: segment.name,
      offsetBytes: offset,
      lastGoodSeq: seq - 1,
      nextGoodSeq: next
    })
  }
  return { ...end, ...synced, torn: { lostEnd: contentEnd, laterRecords } }
}

/**
 * Reads the last segment whole.
 * @param {Disk} disk
 * @param {string} directory
 * @param {Segment} segment
 * @returns {Promise<Tail>}
 */
async function readTail(disk, directory, segment) {
  const file = path.join(directory, segment.name)
  return told('read', file, async () => {
    const opened = await disk.open(file, 'read')
    try {
      const { scan, state, stateBytes } = await readState(opened, directory, segment, null)
      return { segment, state, stateBytes, ...(await followTail(directory, scan, state)) }
    } finally {
      await opened.close()
    }
  })
}

module.exports = {
  checkFollows,
  damagedState,
  followTail,
  listSegments,
  readSegment,
  readSegments,
  readState,
  readTail
}
