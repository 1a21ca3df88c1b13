'use strict'

/**
 * Names are bytes to the system, strings to JavaScript. A byte that is no UTF-8 becomes U+DC00 and the byte, a surrogate
 * that is alone (as in PEP 383), so that the bytes can be had back. Byte strings are those of `lib/ignore/io.js`.
 */

/** So many are made a string at once: each is an argument of a function. */
const PIECE_UNITS = 8192
const NOT_ASCII = /[^\0-\x7f]/
const ESCAPED = /([\udc80-\udcff])/u

/**
 * The path in a byte string.
 * @param {string} bytes
 */
function fromByteString(bytes) {
  if (!NOT_ASCII.test(bytes)) return bytes
  let text = ''
  /** @type {number[]} */
  let units = []
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at)
    const first = bytes.charCodeAt(at)
    if (length === 0) units.push(0xdc00 + first)
    else if (length === 1) units.push(first)
    else {
      let codePoint = first & (0x7f >> length)
      for (let more = 1; more < length; more++) codePoint = (codePoint << 6) | (bytes.charCodeAt(at + more) & 0x3f)
      if (codePoint > 0xffff) units.push(0xd7c0 + (codePoint >> 10), 0xdc00 + (codePoint & 0x3ff))
      else units.push(codePoint)
    }
    at += length || 1
    if (units.length >= PIECE_UNITS) {
      text += String.fromCharCode(...units)
      units = []
    }
  }
  return text + String.fromCharCode(...units)
}

/**
 * How many bytes the well-formed character there has; 0 where there is none.
 * @param {string} bytes
 * @param {number} at
 */
function characterLength(bytes, at) {
  const lead = bytes.charCodeAt(at)
  if (lead < 0x80) return 1
  if (lead < 0xc2 || lead > 0xf4) return 0
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  // Neither longer than it needs to be, nor a surrogate, nor beyond the last character.
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  const second = bytes.charCodeAt(at + 1)
  // Beyond the end it is NaN.
  if (!(second >= least && second <= most)) return 0
  for (let more = 2; more < length; more++) {
    const byte = bytes.charCodeAt(at + more)
    if (!(byte >= 0x80 && byte <= 0xbf)) return 0
  }
  return length
}

/**
 * The byte string of a path.
 * @param {string} path
 */
function toByteString(path) {
  return NOT_ASCII.test(path) ? pathBytes(path).toString('latin1') : path
}

/**
 * The bytes of a path.
 * @param {string} path
 */
function pathBytes(path) {
  if (!ESCAPED.test(path)) return Buffer.from(path)
  const pieces = path.split(ESCAPED)
  // Every other piece is one of the surrogates.
  return Buffer.concat(
    pieces.map((piece, index) => (index % 2 === 0 ? Buffer.from(piece) : Buffer.of(piece.charCodeAt(0) - 0xdc00)))
  )
}

/**
 * The path as the addon takes it: a string, or bytes where a string would lose some.
 * @param {string} path
 */
function toNative(path) {
  return ESCAPED.test(path) ? pathBytes(path) : path
}

module.exports = { fromByteString, pathBytes, toByteString, toNative }
