'use strict'

// Bytes as strings and back, and strings that are no Unicode text as ones that are. The fallback works on strings alone,
// native on UTF-8 with anything in it; nothing may be lost on the way to either.

const { isUtf8 } = require('node:buffer')
const { TenonError } = require('../errors')

/** The private use planes, from which the stand-ins of lone surrogates are taken. */
const PRIVATE_USE = /[\u{F0000}-\u{FFFFD}\u{100000}-\u{10FFFD}]/gu
const FIRST_PRIVATE_USE = 0xf0000
/** Of one plane's 65,534 so many may be in the texts, so that all 2,048 surrogates have a stand-in in that plane. */
const MAX_TAKEN = 63_000

/**
 * Bytes as the fallback sees them: what is UTF-8 as its code points, and a byte that is part of none as the lone
 * surrogate U+DC00 + byte. `code_point` in crates/diff/src/text.rs reads bytes in the same way.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
function toString(bytes) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isUtf8(buffer)) return buffer.toString('utf8')
  /** @type {string[]} */
  const parts = []
  let from = 0
  for (let at = 0; at < buffer.length;) {
    const length = codePointBytes(buffer, at)
    if (length === 0) {
      parts.push(buffer.toString('utf8', from, at), String.fromCharCode(0xdc00 + buffer[at]))
      from = at + 1
    }
    at += length || 1
  }
  parts.push(buffer.toString('utf8', from))
  return parts.join('')
}

/**
 * The bytes of which `toString` made the string, or of parts of such strings.
 * @param {string} text
 * @returns {Buffer}
 */
function toBytes(text) {
  if (text.isWellFormed()) return Buffer.from(text)
  const parts = text
    .split(/(\p{Surrogate})/u)
    .map((part, index) => (index % 2 === 0 ? Buffer.from(part) : Buffer.of(part.charCodeAt(0) - 0xdc00)))
  return Buffer.concat(parts)
}

/**
 * How many bytes the code point at `at` has; 0 where there is none.
 * @param {Uint8Array} bytes
 * @param {number} at
 */
function codePointBytes(bytes, at) {
  const first = bytes[at]
  if (first < 0x80) return 1
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  return length > 0 && isUtf8(bytes.subarray(at, at + length)) ? length : 0
}

/**
 * Strings whose lone surrogates are private use code points that none of them has, so that UTF-8 can carry them, and the
 * way back.
 * @param {readonly string[]} texts
 * @returns {{ texts: string[], restore(text: string): string }}
 */
function shield(texts) {
  /** @type {Set<string>} */
  const taken = new Set()
  for (const text of texts) for (const [point] of text.matchAll(PRIVATE_USE)) taken.add(point)
  /** @type {Map<string, string>} */
  const standIns = new Map()
  /** @type {Map<string, string>} */
  const surrogates = new Map()
  let next = FIRST_PRIVATE_USE
  /** @param {string} surrogate */
  const standInOf = (surrogate) => {
    let standIn = standIns.get(surrogate)
    if (standIn === undefined) {
      do standIn = String.fromCodePoint(next++)
      while (taken.has(standIn))
      standIns.set(surrogate, standIn)
      surrogates.set(standIn, surrogate)
    }
    return standIn
  }
  if (taken.size > MAX_TAKEN) {
    const message = 'texts with lone surrogates must leave some private use code points free'
    throw new TenonError('ERR_UNSUPPORTED', message)
  }
  return {
    texts: texts.map((text) => text.replace(/\p{Surrogate}/gu, standInOf)),
    restore: (text) => text.replace(PRIVATE_USE, (point) => surrogates.get(point) ?? point)
  }
}

module.exports = { shield, toBytes, toString }
