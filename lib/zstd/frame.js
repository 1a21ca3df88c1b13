'use strict'

// The outside of frames (RFC 8878, section 3.1): headers, where blocks begin and end, and the limits that can be held
// before anything is decompressed. `crates/zstd/src/frame.rs` does the same in the same order, and has the same words.

const { TenonError } = require('../errors')

const MAGIC = 0xfd2fb528
/** The sixteen magic numbers of skippable frames differ in their last four bits. */
const SKIPPABLE_MAGIC = 0x184d2a50
const BLOCK_HEADER_BYTES = 3
const CHECKSUM_BYTES = 4
/** No block has more content. */
const MAX_BLOCK_BYTES = 128 << 10

const RAW = 0
const RLE = 1
const COMPRESSED = 2
const RESERVED = 3

/** @typedef {{ maxOutputBytes: number, maxWindowLog: number }} Limits */
/**
 * @typedef {object} Header
 * @property {'frame'} kind
 * @property {number} bytes
 * @property {number} window in bytes
 * @property {number | undefined} content in bytes; beyond 2^53 not exact, which is more than any limit
 * @property {number} dictionary the id of the one it needs, or 0
 * @property {boolean} checksum
 */
/** @typedef {Header | { kind: 'short' } | { kind: 'unknown' } | { kind: 'reserved' } | { kind: 'skippable', bytes: number }} Start */
/** @typedef {{ start: number, end: number, header: Header }} Frame */
/** @typedef {{ last: boolean, type: number, size: number, stored: number }} Block `stored` bytes of input, `size` of content where not compressed */

/** @param {string} message */
const corrupt = (message) => new TenonError('ERR_CORRUPT', message)
/** @param {number} byte */
const noFrame = (byte) => corrupt(`there is no zstd frame at byte ${byte}`)
/** @param {number} frame */
const truncated = (frame) => corrupt(`the frame at byte ${frame} is cut off`)
/** @param {number} frame */
const damaged = (frame) => corrupt(`the frame at byte ${frame} is damaged`)
/** @param {number} maxOutputBytes */
const tooMuch = (maxOutputBytes) =>
  new TenonError('ERR_LIMIT', `there are more than ${maxOutputBytes} bytes of content`)

/**
 * Reads what begins at `at`.
 * @param {Uint8Array} bytes
 * @param {number} at
 * @returns {Start}
 */
function startAt(bytes, at) {
  const available = bytes.length - at
  if (available < 4) return mayBegin(bytes, at) ? { kind: 'short' } : { kind: 'unknown' }
  const magic = littleEndian(bytes, at, 4)
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC)
    return available < 8 ? { kind: 'short' } : { kind: 'skippable', bytes: littleEndian(bytes, at + 4, 4) }
  if (magic !== MAGIC) return { kind: 'unknown' }
  if (available < 5) return { kind: 'short' }
  const descriptor = bytes[at + 4]
  const singleSegment = (descriptor & 0x20) !== 0
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]
  const contentBytes = descriptor >> 6 === 0 ? Number(singleSegment) : 1 << (descriptor >> 6)
  const dictionaryAt = 5 + Number(!singleSegment)
  const contentAt = dictionaryAt + dictionaryBytes
  const length = contentAt + contentBytes
  if (available < length) return { kind: 'short' }
  if ((descriptor & 8) !== 0) return { kind: 'reserved' }
  const content =
    contentBytes === 0 ? undefined : littleEndian(bytes, at + contentAt, contentBytes) + (contentBytes === 2 ? 256 : 0)
  const base = 2 ** (10 + (bytes[at + 5] >> 3))
  const window = singleSegment && content !== undefined ? content : base + (base / 8) * (bytes[at + 5] & 7)
  const dictionary = littleEndian(bytes, at + dictionaryAt, dictionaryBytes)
  return { kind: 'frame', bytes: length, window, content, dictionary, checksum: (descriptor & 4) !== 0 }
}

/** @param {Uint8Array} bytes @param {number} at @param {number} length */
function littleEndian(bytes, at, length) {
  let value = 0
  for (let index = length - 1; index >= 0; index--) value = value * 256 + bytes[at + index]
  return value
}

/** Whether fewer than four bytes can be the start of a magic number. @param {Uint8Array} bytes @param {number} at */
function mayBegin(bytes, at) {
  let frame = true
  let skippable = true
  for (let index = 0; at + index < bytes.length; index++) {
    const byte = bytes[at + index]
    frame &&= byte === ((MAGIC >>> (8 * index)) & 0xff)
    skippable &&= (index === 0 ? byte & 0xf0 : byte) === ((SKIPPABLE_MAGIC >>> (8 * index)) & 0xff)
  }
  return frame || skippable
}

/**
 * Holds a header to the limits.
 * @param {Header} header
 * @param {number} frame where the frame begins
 * @param {number} maxWindowLog
 * @param {number | undefined} given the id of the dictionary there is
 */
function checkHeader({ window, dictionary: id }, frame, maxWindowLog, given) {
  if (window > 2 ** maxWindowLog) {
    const message = `the frame at byte ${frame} needs a window of more than 2^${maxWindowLog} bytes`
    throw new TenonError('ERR_LIMIT', message)
  }
  if (id === 0 || id === given) return
  const there = given === undefined ? 'there is no dictionary' : `the dictionary has id ${given}`
  const message = `the frame at byte ${frame} needs the dictionary with id ${id}, and ${there}`
  throw new TenonError('ERR_INVALID_ARG', message, { argument: 'options.dictionary' })
}

/**
 * The block whose header is at `at`; undefined where the header is not all there.
 * @param {Uint8Array} bytes
 * @param {number} at
 * @returns {Block | undefined}
 */
function blockAt(bytes, at) {
  if (at + BLOCK_HEADER_BYTES > bytes.length) return undefined
  const header = littleEndian(bytes, at, BLOCK_HEADER_BYTES)
  const type = (header >> 1) & 3
  const size = header >> 3
  return { last: (header & 1) !== 0, type, size, stored: type === RLE ? 1 : size }
}

/**
 * The frames of `data`, skippable ones left out, and how much content they declare together. All are checked before
 * the first is given; they are walked twice rather than listed, for a frame can be smaller than its place in a list.
 * @param {Uint8Array} data
 * @param {Limits} limits
 * @param {number | undefined} given the id of the dictionary there is
 * @returns {{ frames: Iterable<Frame>, declared: number }}
 */
function scan(data, limits, given) {
  let declared = 0
  for (const { header } of walk(data, limits, given)) declared += header.content ?? 0
  return { frames: walk(data, limits, given), declared }
}

/**
 * Checks frame by frame.
 * @param {Uint8Array} data
 * @param {Limits} limits
 * @param {number | undefined} given the id of the dictionary there is
 * @returns {Generator<Frame, void>}
 */
function* walk(data, { maxOutputBytes, maxWindowLog }, given) {
  let declared = 0
  if (data.length === 0) throw noFrame(0)
  for (let at = 0; at < data.length;) {
    const start = at
    const header = startAt(data, at)
    if (header.kind === 'short') throw truncated(start)
    if (header.kind === 'unknown') throw noFrame(start)
    if (header.kind === 'reserved') throw damaged(start)
    if (header.kind === 'skippable') {
      at += 8 + header.bytes
      if (at > data.length) throw truncated(start)
      continue
    }
    checkHeader(header, start, maxWindowLog, given)
    const maxBlock = Math.min(header.window, MAX_BLOCK_BYTES)
    at += header.bytes
    let most = 0
    for (let last = false; !last;) {
      const block = blockAt(data, at)
      if (!block) throw truncated(start)
      if (block.type === RESERVED || block.size > maxBlock) throw damaged(start)
      most += block.type === COMPRESSED ? maxBlock : block.size
      at += BLOCK_HEADER_BYTES + block.stored
      if (at > data.length) throw truncated(start)
      last = block.last
    }
    if (header.checksum) at += CHECKSUM_BYTES
    if (at > data.length) throw truncated(start)
    if (header.content !== undefined) {
      if (header.content > most) throw damaged(start)
      declared += header.content
    }
    if (declared > maxOutputBytes) throw tooMuch(maxOutputBytes)
    yield { start, end: at, header }
  }
}

module.exports = {
  BLOCK_HEADER_BYTES,
  CHECKSUM_BYTES,
  COMPRESSED,
  MAX_BLOCK_BYTES,
  RAW,
  RESERVED,
  RLE,
  blockAt,
  checkHeader,
  corrupt,
  damaged,
  littleEndian,
  noFrame,
  scan,
  startAt,
  tooMuch,
  truncated
}
