'use strict'

/**
 * Names are bytes to the system, strings to JavaScript. A byte that is no UTF-8 becomes U+DC00 and the byte, a surrogate
 * that is alone (as in PEP 383), so that the bytes can be had back. Byte strings are those of `lib/ignore/io.js`.
 */

const WELL_FORMED =
  '[\\0-\\x7f]|[\\xc2-\\xdf][\\x80-\\xbf]|\\xe0[\\xa0-\\xbf][\\x80-\\xbf]|[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}|' +
  '\\xed[\\x80-\\x9f][\\x80-\\xbf]|\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}|[\\xf1-\\xf3][\\x80-\\xbf]{3}|' +
  '\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2}'
// Bounded: V8 keeps a place to go back to for each round.
const PIECES = new RegExp(`((?:${WELL_FORMED}){1,65536})|[\\x80-\\xff]`, 'g')
const NOT_ASCII = /[^\0-\x7f]/
const ESCAPED = /([\udc80-\udcff])/u

/**
 * The path in a byte string.
 * @param {string} bytes
 */
function fromByteString(bytes) {
  if (!NOT_ASCII.test(bytes)) return bytes
  return bytes.replace(PIECES, (byte, /** @type {string | undefined} */ text) =>
    text === undefined ? String.fromCharCode(0xdc00 + byte.charCodeAt(0)) : Buffer.from(text, 'latin1').toString('utf8')
  )
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
