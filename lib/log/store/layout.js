'use strict'

// The names of a log's files, and the headers of its segments (docs/log-format.md).

const { crc32 } = require('./checksum')

/**
 * @typedef {object} Segment
 * @property {string} name of the file
 * @property {string} id of the log, in hexadecimal
 * @property {number} firstSeq
 * @property {number} previousFirst -1 where there never was a segment before
 * @property {number} previousCrc
 * @property {number} dictionary the CRC-32 of the one its events are compressed with, or 0
 * @property {number} generation
 * @property {number} crc of the header
 */

const MAGIC = Buffer.from('TENONLOG')
const VERSION = 1
const HEADER_BYTES = 64
const ALIGNMENT = 8
const MAX_SEQ = 2 ** 48
const NONE = 0xffffffff

const SEGMENT = /^(\d{20})\.segment$/
const DICTIONARY = /^[0-9a-f]{8}\.dictionary$/
const LOST = /^\d{20}(-\d+)+\.lost$/

/** @param {number} seq */
const digits = (seq) => String(seq).padStart(20, '0')
/** @param {number} firstSeq */
const segmentName = (firstSeq) => `${digits(firstSeq)}.segment`
/** @param {number} crc */
const dictionaryName = (crc) => `${crc.toString(16).padStart(8, '0')}.dictionary`

/**
 * The first seqs of the segments among files, ascending.
 * @param {readonly string[]} names
 */
function segmentSeqs(names) {
  return names
    .map((name) => SEGMENT.exec(name))
    .filter((match) => match !== null)
    .map(([, seq]) => Number(seq))
    .filter((seq) => seq < MAX_SEQ)
    .sort((a, b) => a - b)
}

/** The next multiple of 8. @param {number} bytes */
function aligned(bytes) {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}

/** @param {Buffer} bytes @param {number} at @param {number} value below 2^53 */
function writeU64(bytes, at, value) {
  bytes.writeUInt32LE(value % 2 ** 32, at)
  bytes.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4)
}

/** Not exact beyond 2^53, which is beyond every limit. @param {Buffer} bytes @param {number} at */
function readU64(bytes, at) {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32
}

/** @param {string} id @param {number} firstSeq @param {number} previousCrc */
function generationOf(id, firstSeq, previousCrc) {
  const bytes = Buffer.alloc(28)
  bytes.write(id, 0, 'hex')
  writeU64(bytes, 16, firstSeq)
  bytes.writeUInt32LE(previousCrc, 24)
  return crc32(bytes, 0, bytes.length, 0)
}

/**
 * The header of a segment, and what it says.
 * @param {{ id: string, firstSeq: number, previousFirst: number, previousCrc: number, dictionary: number }} origin
 * @returns {{ segment: Segment, header: Buffer }}
 */
function encodeSegment(origin) {
  const { id, firstSeq, previousFirst, previousCrc, dictionary } = origin
  const generation = generationOf(id, firstSeq, previousCrc)
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header)
  header.writeUInt32LE(VERSION, 8)
  header.writeUInt32LE(generation, 12)
  header.write(id, 16, 'hex')
  writeU64(header, 32, firstSeq)
  if (previousFirst >= 0) writeU64(header, 40, previousFirst)
  else header.fill(0xff, 40, 48)
  header.writeUInt32LE(previousCrc, 48)
  header.writeUInt32LE(dictionary, 52)
  const crc = crc32(header, 0, 60, 0)
  header.writeUInt32LE(crc, 60)
  return { segment: { ...origin, name: segmentName(firstSeq), generation, crc }, header }
}

/**
 * What a header says, or what is wrong with it, or the version that is not known.
 * @param {Buffer} header
 * @param {number} firstSeq as the file's name says
 * @returns {Segment | string | number}
 */
function decodeSegment(header, firstSeq) {
  if (header.length < HEADER_BYTES) return 'the file ends within its header'
  if (!header.subarray(0, 8).equals(MAGIC)) return 'the file does not begin as a segment'
  const crc = header.readUInt32LE(60)
  if (crc32(header, 0, 60, 0) !== crc) return "the crc of the segment's header is wrong"
  const version = header.readUInt32LE(8)
  if (version !== VERSION) return version
  const id = header.toString('hex', 16, 32)
  const previousCrc = header.readUInt32LE(48)
  const generation = header.readUInt32LE(12)
  const headerSeq = readU64(header, 32)
  if (generation !== generationOf(id, headerSeq, previousCrc)) return "the segment's generation is wrong"
  const first = header.readUInt32LE(40) === NONE && header.readUInt32LE(44) === NONE
  const inOrder = first || readU64(header, 40) < headerSeq
  if (headerSeq >= MAX_SEQ || !inOrder || header.readUInt32LE(56) !== 0)
    return "the segment's header contradicts itself"
  if (headerSeq !== firstSeq) return "the segment's first seq is not that of its name"
  return {
    name: segmentName(firstSeq),
    id,
    firstSeq,
    previousFirst: first ? -1 : readU64(header, 40),
    previousCrc,
    dictionary: header.readUInt32LE(52),
    generation,
    crc
  }
}

module.exports = {
  ALIGNMENT,
  DICTIONARY,
  HEADER_BYTES,
  LOST,
  MAX_SEQ,
  VERSION,
  aligned,
  decodeSegment,
  dictionaryName,
  digits,
  encodeSegment,
  readU64,
  segmentName,
  segmentSeqs,
  writeU64
}
