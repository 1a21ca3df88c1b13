'use strict'

// A record: its header of 40 bytes, its body, and zeros up to a multiple of 8 (docs/log-format.md).

const { crc32 } = require('./checksum')
const { aligned } = require('./layout')

const RECORD_HEADER_BYTES = 40
const MAX_DATA_BYTES = 2 ** 28
/** Three names and the data. A state record has no more either. */
const MAX_BODY_BYTES = MAX_DATA_BYTES + 3 * 255
const MAX_U32 = 2 ** 32 - 1

const KIND = 0b11
const MORE = 1 << 2
const FRAME = 1 << 3
const STATE = 1 << 4
/** Two counts. */
const MIN_STATE_BYTES = 8

/**
 * What the header of a record says.
 * @typedef {object} RecordHeader
 * @property {number} bodyBytes
 * @property {number} seqDelta from the first seq of the segment
 * @property {number} durableDelta
 * @property {number} streamSeq
 * @property {number} timeMs
 * @property {number} previousCrc
 * @property {number} bodyCrc
 * @property {number} flags
 * @property {number} streamBytes
 * @property {number} typeBytes
 * @property {number} keyBytes
 */

/** @returns {RecordHeader} */
function emptyHeader() {
  return {
    bodyBytes: 0,
    seqDelta: 0,
    durableDelta: 0,
    streamSeq: 0,
    timeMs: 0,
    previousCrc: 0,
    bodyCrc: 0,
    flags: 0,
    streamBytes: 0,
    typeBytes: 0,
    keyBytes: 0
  }
}

/**
 * Finishes a record whose body is in its place: the header before it, the zeros behind it. Sets `bodyCrc`.
 * @param {Buffer} bytes
 * @param {number} at where the record begins
 * @param {RecordHeader} header
 * @param {number} generation
 * @returns {number} where the next one begins
 */
function finishRecord(bytes, at, header, generation) {
  const body = at + RECORD_HEADER_BYTES
  const end = body + header.bodyBytes
  const next = at + aligned(RECORD_HEADER_BYTES + header.bodyBytes)
  header.bodyCrc = crc32(bytes, body, end, header.previousCrc)
  bytes.writeUInt32LE(header.bodyBytes, at + 4)
  bytes.writeUInt32LE(header.seqDelta, at + 8)
  bytes.writeUInt32LE(Math.min(header.durableDelta, MAX_U32), at + 12)
  bytes.writeUIntLE(header.streamSeq, at + 16, 6)
  bytes.writeUIntLE(header.timeMs, at + 22, 6)
  bytes.writeUInt32LE(header.previousCrc, at + 28)
  bytes.writeUInt32LE(header.bodyCrc, at + 32)
  bytes[at + 36] = header.flags
  bytes[at + 37] = header.streamBytes
  bytes[at + 38] = header.typeBytes
  bytes[at + 39] = header.keyBytes
  bytes.writeUInt32LE(crc32(bytes, at + 4, body, generation), at)
  bytes.fill(0, end, next)
  return next
}

/**
 * Reads a header that is whole; false where it is none.
 * @param {Buffer} bytes
 * @param {number} at
 * @param {number} generation
 * @param {RecordHeader} header takes what it says
 */
function readHeader(bytes, at, generation, header) {
  const flags = bytes[at + 36]
  const bodyBytes = word(bytes, at + 4)
  // Cheap to see, before the checksum: among other bytes, most are none.
  if (!isPossible(flags, bodyBytes, bytes[at + 37] + bytes[at + 38] + bytes[at + 39])) return false
  if (word(bytes, at) !== crc32(bytes, at + 4, at + RECORD_HEADER_BYTES, generation)) return false
  header.bodyBytes = bodyBytes
  header.seqDelta = word(bytes, at + 8)
  header.durableDelta = word(bytes, at + 12)
  header.streamSeq = word(bytes, at + 16) + (bytes[at + 20] | (bytes[at + 21] << 8)) * 2 ** 32
  header.timeMs = word(bytes, at + 22) + (bytes[at + 26] | (bytes[at + 27] << 8)) * 2 ** 32
  header.previousCrc = word(bytes, at + 28)
  header.bodyCrc = word(bytes, at + 32)
  header.flags = flags
  header.streamBytes = bytes[at + 37]
  header.typeBytes = bytes[at + 38]
  header.keyBytes = bytes[at + 39]
  return true
}

/** @param {number} flags @param {number} bodyBytes @param {number} names their bytes */
function isPossible(flags, bodyBytes, names) {
  if (flags >= STATE) return flags === STATE && names === 0 && bodyBytes >= MIN_STATE_BYTES
  return (flags & KIND) !== KIND && bodyBytes <= MAX_BODY_BYTES && names <= bodyBytes
}

/** What is wrong with a header that is none. @param {Buffer} bytes @param {number} at @param {number} generation */
function headerFault(bytes, at, generation) {
  const right = word(bytes, at) === crc32(bytes, at + 4, at + RECORD_HEADER_BYTES, generation)
  return right ? 'the lengths of the record cannot be' : "the crc of the record's header is wrong"
}

/** @param {Buffer} bytes @param {number} at */
function word(bytes, at) {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0
}

/** With the zeros behind it. @param {number} bodyBytes */
function recordBytes(bodyBytes) {
  return aligned(RECORD_HEADER_BYTES + bodyBytes)
}

module.exports = {
  FRAME,
  KIND,
  MAX_BODY_BYTES,
  MAX_DATA_BYTES,
  MORE,
  RECORD_HEADER_BYTES,
  STATE,
  emptyHeader,
  finishRecord,
  headerFault,
  readHeader,
  recordBytes
}
