'use strict'

// `tokens` in JavaScript: the same ids as native.

const { TenonError } = require('../errors')
const { ENCODINGS } = require('./encodings')
const { merge } = require('./merge')
const { vocabulary } = require('./vocabulary')

/** Merged pretokens are remembered: words recur. The cache of an encoding is emptied when it is full. */
const MAX_CACHED = 50_000
/** Longer pretokens seldom recur. */
const MAX_CACHED_UNITS = 64

/** No string of V8 is longer, counted in code units, of which UTF-8 never has fewer. */
const MAX_STRING_BYTES = 2 ** 29 - 24

/** @type {Map<string, Uint32Array | number[]>[]} */
const caches = []

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Calls `emit` with the ids of each pretoken in order.
 * @param {string | Uint8Array} input
 * @param {number} encoding
 * @param {(id: number) => void} emitOne
 * @param {(ids: Uint32Array | number[]) => void} emitMany
 */
function forEachPretoken(input, encoding, emitOne, emitMany) {
  // What is no Unicode text becomes U+FFFD: lone surrogates of strings, other bytes than UTF-8.
  const text = typeof input === 'string' ? input.toWellFormed() : decoder.decode(input)
  const { ranks, scanner } = vocabulary(encoding)
  const cache = (caches[encoding] ??= new Map())
  for (let start = 0; start < text.length;) {
    const end = scanner(text, start)
    const piece = text.slice(start, end)
    start = end
    const bytes = binary(piece)
    const rank = ranks.get(bytes)
    if (rank !== undefined) {
      emitOne(rank)
      continue
    }
    let ids = cache.get(bytes)
    if (ids === undefined) {
      ids = merge(bytes, ranks)
      if (bytes.length <= MAX_CACHED_UNITS) {
        if (cache.size >= MAX_CACHED) cache.clear()
        cache.set(bytes, ids)
      }
    }
    emitMany(ids)
  }
}

/** The UTF-8 of `piece`, one code unit a byte; ASCII is that already. @param {string} piece */
function binary(piece) {
  for (let at = 0; at < piece.length; at++) {
    if (piece.charCodeAt(at) > 0x7f) return Buffer.from(piece, 'utf8').toString('latin1')
  }
  return piece
}

/** @param {string | Uint8Array} text @param {number} encoding */
function count(text, encoding) {
  let total = 0
  forEachPretoken(
    text,
    encoding,
    () => total++,
    (ids) => (total += ids.length)
  )
  return total
}

/** @param {readonly (string | Uint8Array)[]} texts @param {number} encoding */
function countBatch(texts, encoding) {
  return Uint32Array.from(texts, (text) => count(text, encoding))
}

/** @param {string | Uint8Array} text @param {number} encoding */
function encode(text, encoding) {
  // An array of numbers has a length at which V8 ends the process; this has none below the limit of a text.
  let all = new Uint32Array(1024)
  let length = 0
  const one = (/** @type {number} */ id) => {
    if (length === all.length) {
      const larger = new Uint32Array(2 * length)
      larger.set(all)
      all = larger
    }
    all[length++] = id
  }
  forEachPretoken(text, encoding, one, (ids) => ids.forEach(one))
  return all.slice(0, length)
}

/** @param {Uint32Array} ids @param {number} encoding */
function decode(ids, encoding) {
  const { tokens } = vocabulary(encoding)
  let bytes = ''
  ids.forEach((id, index) => {
    const token = tokens[id]
    if (token === undefined) {
      throw new TenonError('ERR_INVALID_ARG', `ids[${index}] is ${id}, which ${ENCODINGS[encoding]} does not have`, {
        argument: 'ids'
      })
    }
    if (bytes.length + token.length > MAX_STRING_BYTES) {
      throw new TenonError('ERR_LIMIT', `the ids stand for more than ${MAX_STRING_BYTES} bytes`, { argument: 'ids' })
    }
    bytes += token
  })
  return decoder.decode(Buffer.from(bytes, 'latin1'))
}

module.exports = { count, countBatch, decode, encode }
