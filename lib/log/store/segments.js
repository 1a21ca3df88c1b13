'use strict'

// The segments of a directory, by their headers, and the end of the last one.

const path = require('node:path')
const { TenonError } = require('../../errors')
const { corrupt, told } = require('./faults')
const { HEADER_BYTES, VERSION, decodeSegment, segmentName, segmentSeqs } = require('./layout')
const { BAD, NEEDS_BYTES, RECORD, Scan, endOfContent, searchLater } = require('./scan')
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
 * @property {{ lostEnd: number, laterRecords: number } | null} torn what stands behind it, if that is not zeros alone
 */

/** Headers that are read at the same time. */
const READ_AT_ONCE = 16

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
  for (let start = 0; start < firstSeqs.length; start += READ_AT_ONCE) {
    const some = firstSeqs.slice(start, start + READ_AT_ONCE)
    const read = some.map((firstSeq, index) =>
      readSegment(disk, directory, firstSeq, firstSeqs[start + index + 1] ?? null)
    )
    for (const outcome of await Promise.allSettled(read)) {
      if (outcome.status === 'rejected') throw outcome.reason
      segments.push(outcome.value)
    }
  }
  let previous = before
  for (const segment of segments) {
    if (previous) checkFollows(directory, previous, segment)
    previous = segment
  }
  return segments
}

/** @param {string} directory @param {Segment} before @param {Segment} segment */
function checkFollows(directory, before, segment) {
  if (segment.previousFirst === before.firstSeq && segment.id === before.id) return
  const what = segment.id === before.id ? 'the segment before is missing' : 'the segment is of another log'
  const lastGoodSeq = Math.max(before.firstSeq, Math.min(segment.previousFirst, segment.firstSeq)) - 1
  throw corrupt(directory, what, { segment: segment.name, offsetBytes: 0, lastGoodSeq, nextGoodSeq: segment.firstSeq })
}

/**
 * The state record, and the scan behind it.
 * @param {DiskFile} file
 * @param {string} directory
 * @param {Segment} segment
 */
async function readState(file, directory, segment) {
  const scan = new Scan(file, segment)
  const found = await scan.find()
  const { header, window, body } = scan
  const state = found === RECORD ? await State.decode(window.bytes.subarray(body, body + header.bodyBytes)) : undefined
  if (state) {
    scan.advance()
    return { scan, state, stateBytes: scan.offset - HEADER_BYTES }
  }
  // It was synced before an event went into the segment, so it cannot be torn.
  const what = found === RECORD ? 'the state record is none' : scan.fault
  const { firstSeq, name } = segment
  const later = await firstLater(file, segment, HEADER_BYTES, firstSeq)
  throw corrupt(directory, what, {
    segment: name,
    offsetBytes: HEADER_BYTES,
    lastGoodSeq: firstSeq - 1,
    nextGoodSeq: later
  })
}

/** @param {DiskFile} file @param {Segment} segment @param {number} offset @param {number} seq @returns {Promise<number | null>} */
async function firstLater(file, segment, offset, seq) {
  /** @type {number | null} */
  let first = null
  await searchLater(file, segment, offset, seq, (later) => {
    first = later.seq
    return false
  })
  return first
}

/**
 * Goes to the end of the last segment. What is damaged rejects; what is torn is told.
 * @param {string} directory
 * @param {Scan} scan where a batch begins, or the end is
 * @param {State} state takes what the batches bring
 * @returns {Promise<Pick<Tail, 'offset' | 'seq' | 'previousCrc' | 'durableSeq' | 'torn'>>}
 */
async function followTail(directory, scan, state) {
  let end = scan.place
  /** @type {Map<string, number>} */
  const streams = new Map()
  let batch = { key: '', seq: 0, streamSeq: 0 }
  let durableSeq = scan.segment.firstSeq
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
    durableSeq = Math.max(durableSeq, end.seq - 1 - header.durableDelta)
  }
  state.forgetOld()
  const { file } = scan.window
  const { segment, fault, offset, seq } = scan
  const contentEnd = await endOfContent(file, offset)
  if (contentEnd === offset) {
    return { ...end, durableSeq, torn: end.offset === offset ? null : { lostEnd: offset, laterRecords: 0 } }
  }
  let laterRecords = 0
  /** @type {number | null} */
  let next = null
  let synced = false
  await searchLater(file, segment, offset, seq, (later) => {
    laterRecords += 1
    next ??= later.seq
    synced = later.durableSeq > seq
    return !synced
  })
  if (synced) {
    throw corrupt(directory, fault, {
      segment: segment.name,
      offsetBytes: offset,
      lastGoodSeq: seq - 1,
      nextGoodSeq: next
    })
  }
  return { ...end, durableSeq, torn: { lostEnd: contentEnd, laterRecords } }
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
      const { scan, state, stateBytes } = await readState(opened, directory, segment)
      return { segment, state, stateBytes, ...(await followTail(directory, scan, state)) }
    } finally {
      await opened.close()
    }
  })
}

module.exports = {
  checkFollows,
  firstLater,
  followTail,
  listSegments,
  readSegment,
  readSegments,
  readState,
  readTail
}
