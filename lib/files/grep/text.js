'use strict'

const { isUtf8 } = require('node:buffer')
const { TenonError } = require('../../errors')
const { fromByteString } = require('../names')
/** What the bytes from 0x80 on are. @type {Record<string, string>} */
const SINGLE_BYTE = require('../../../crates/files/data/encodings')

/**
 * The content of a file as text. A byte that is no UTF-8 is the lone surrogate U+DC00 and the byte.
 *
 * @typedef {object} Text
 * @property {string} string
 * @property {boolean} valid whether it is valid UTF-8
 * @property {boolean} illFormed whether the file is not what its encoding asks for: some of it became U+FFFD, or is shown so
 * @property {number} skippedBytes how many bytes of the file are in front of it
 */

const UNICODE = new Set(['utf-8', 'utf-16le', 'utf-16be'])

/**
 * Refuses encodings that the fallback does not decode: those of more than a byte a character, whose faults V8's decoders
 * mend in other ways than native.
 * @param {string | undefined} encoding
 */
function checkEncoding(encoding) {
  if (encoding === undefined || UNICODE.has(encoding) || Object.hasOwn(SINGLE_BYTE, encoding)) return
  throw new TenonError('ERR_UNSUPPORTED', `the fallback does not decode ${encoding}`, { argument: 'options.encoding' })
}

/**
 * The encoding that a byte order mark names, and the bytes of the mark.
 * @param {Buffer} content
 * @param {string} encoding where there is no mark
 * @returns {[encoding: string, markBytes: number]}
 */
function encodingOf(content, encoding) {
  if (content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf) return ['utf-8', 3]
  if (content[0] === 0xff && content[1] === 0xfe) return ['utf-16le', 2]
  if (content[0] === 0xfe && content[1] === 0xff) return ['utf-16be', 2]
  return [encoding, 0]
}

/**
 * The text of a file; undefined for one with a NUL, unless those are taken. Where every match has one of the literals in
 * it and the file has none, its string stays empty.
 * @param {Buffer} content
 * @param {string} encoding where there is no byte order mark
 * @param {boolean} takesBinary
 * @param {readonly Buffer[] | undefined} literals
 * @returns {Text | undefined}
 */
function decode(content, encoding, takesBinary, literals) {
  const [actual, markBytes] = encodingOf(content, encoding)
  const rest = content.subarray(markBytes)
  if (actual !== 'utf-8') {
    const string = decodeAs(actual, rest)
    if (!takesBinary && string.includes('\0')) return undefined
    return { string, valid: true, illFormed: string.includes('\ufffd') && isIllFormed(actual, rest), skippedBytes: 0 }
  }
  if (!takesBinary && rest.includes(0)) return undefined
  const valid = isUtf8(rest)
  const hopeless = literals !== undefined && !literals.some((literal) => rest.includes(literal))
  const string = hopeless ? '' : valid ? rest.toString('utf8') : fromByteString(rest.toString('latin1'))
  return { string, valid, illFormed: !valid, skippedBytes: markBytes }
}

/** @param {string} encoding @param {Buffer} bytes */
function decodeAs(encoding, bytes) {
  // Not by `TextDecoder`, whose tables for these are not those of the Encoding Standard.
  const table = Object.hasOwn(SINGLE_BYTE, encoding) ? SINGLE_BYTE[encoding] : undefined
  if (table !== undefined)
    return bytes.toString('latin1').replace(/[\x80-\xff]/g, (byte) => table[byte.charCodeAt(0) - 0x80])
  return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes)
}

/** Whether an U+FFFD in what bytes are decoded to stands for a fault. @param {string} encoding @param {Buffer} bytes */
function isIllFormed(encoding, bytes) {
  // No other encoding has the character.
  if (encoding !== 'utf-16le' && encoding !== 'utf-16be') return true
  if (bytes.length % 2 === 1) return true
  const units = encoding === 'utf-16le' ? bytes : Buffer.from(bytes).swap16()
  return !units.toString('utf16le').isWellFormed()
}

// Bounded: the engine of regular expressions keeps something for each character.
const ESCAPED = /[\udc80-\udcff]{1,16384}/gu

/**
 * The bytes that are no UTF-8, one run of them after the other.
 * @param {string} part
 */
function escapedRuns(part) {
  /** @type {{ start: number, end: number }[]} */
  const runs = []
  for (const { 0: run, index } of part.matchAll(ESCAPED)) {
    const last = runs[runs.length - 1]
    if (last?.end === index) last.end += run.length
    else runs.push({ start: index, end: index + run.length })
  }
  return runs
}

/** A part of a text as it is shown: what is no UTF-8 becomes U+FFFD, as `TextDecoder` does it. @param {string} part */
function shown(part) {
  let text = ''
  let at = 0
  for (const { start, end } of escapedRuns(part)) {
    text += part.slice(at, start) + '\ufffd'.repeat(invalidParts(part.slice(start, end)).length)
    at = end
  }
  return text + part.slice(at)
}

/**
 * A function from offsets in a part of a text to those in what is shown of it. An offset inside of what becomes one
 * U+FFFD is its start, or its end where a range ends.
 * @param {string} part
 * @returns {(offset: number, isEnd: boolean) => number}
 */
function offsetsShown(part) {
  /** @type {{ at: number, length: number, shown: number }[]} */
  const parts = []
  let removed = 0
  for (const { start, end } of escapedRuns(part)) {
    let at = start
    for (const length of invalidParts(part.slice(start, end))) {
      parts.push({ at, length, shown: at - removed })
      removed += length - 1
      at += length
    }
  }
  return (offset, isEnd) => {
    let low = 0
    let high = parts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (parts[middle].at <= offset) low = middle + 1
      else high = middle
    }
    if (low === 0) return offset
    const { at, length, shown } = parts[low - 1]
    if (offset >= at + length) return offset - (at + length) + shown + 1
    return isEnd && offset > at ? shown + 1 : shown
  }
}

/**
 * The lengths of the parts of which each becomes one U+FFFD: the longest that could begin a character, or a byte.
 * @param {string} run of bytes that are no UTF-8, as lone surrogates
 */
function invalidParts(run) {
  const byteAt = (/** @type {number} */ at) => run.charCodeAt(at) - 0xdc00
  const lengths = []
  for (let at = 0; at < run.length;) {
    const lead = byteAt(at)
    const more =
      lead >= 0xc2 && lead <= 0xdf ? 1 : lead >= 0xe0 && lead <= 0xef ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : 0
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    let length = 1
    while (length <= more && at + length < run.length) {
      const byte = byteAt(at + length)
      if (length === 1 ? byte < least || byte > most : byte < 0x80 || byte > 0xbf) break
      length += 1
    }
    lengths.push(length)
    at += length
  }
  return lengths
}

/** The bytes of a part of a text. @param {string} part @param {boolean} valid */
function bytesOf(part, valid) {
  let bytes = Buffer.byteLength(part)
  // As a surrogate each of them has three.
  if (!valid) for (const { 0: run } of part.matchAll(ESCAPED)) bytes -= 2 * run.length
  return bytes
}

module.exports = { bytesOf, checkEncoding, decode, offsetsShown, shown }
