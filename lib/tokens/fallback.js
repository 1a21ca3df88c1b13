'use strict'

// `tokens` in JavaScript: the same ids as native.

const { setImmediate: nextTurn } = require('node:timers/promises')
const { TenonError, aborted } = require('../errors')
const { specialTokensOf, tokenizerAt } = require('./custom')
const { ENCODINGS } = require('./encodings')
const fit = require('./fit')
const { merge } = require('./merge')
const { Numbers } = require('./numbers')
const { positionsBeforeReplacement, utf16Positions } = require('./position')
const { segments, specialTokens: builtIn } = require('./special')
const { vocabulary } = require('./vocabulary')

/** Merged pretokens are remembered: words recur. The cache of an encoding is emptied when it is full. */
const MAX_CACHED = 50_000
/** Longer pretokens seldom recur. */
const MAX_CACHED_UNITS = 64

/** No string of V8 is longer, counted in code units, of which UTF-8 never has fewer. */
const MAX_STRING_BYTES = 2 ** 29 - 24

/** After so many code units, asynchronous work lets others have a turn: some ten milliseconds. */
const UNITS_A_TURN = 1 << 18

/** @typedef {string | Uint8Array} Text */
/** @typedef {Uint32Array | undefined} Allowed positions among the encoding's special tokens */

/** @type {Map<string, Uint32Array | number[]>[]} */
const caches = []

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** What is no Unicode text becomes U+FFFD: lone surrogates of strings, other bytes than UTF-8. @param {Text} input */
const textOf = (input) => (typeof input === 'string' ? input.toWellFormed() : decoder.decode(input))

/** The tokenizer of an encoding that was registered; undefined for one that is built in. @param {number} encoding */
const custom = (encoding) => (encoding < ENCODINGS.length ? undefined : tokenizerAt(encoding - ENCODINGS.length))

/**
 * The texts of the special tokens that are allowed, as a registered tokenizer takes them.
 * @param {import('./custom/tokenizer').CustomTokenizer} tokenizer
 * @param {Allowed} allowed
 */
function allowedTexts(tokenizer, allowed) {
  if (!allowed) return 'none'
  const special = specialTokensOf(tokenizer)
  return new Set(Array.from(allowed, (position) => special[position][0]))
}

/** The special tokens, in the order in which `allowed` counts them. @param {number} encoding */
function specialTokens(encoding) {
  const registered = custom(encoding)
  return registered ? specialTokensOf(registered) : builtIn(ENCODINGS[encoding]).list
}

/**
 * Calls `emitOne` and `emitMany` with the ids of the pretokens between two positions, in order.
 * @param {string} text well-formed
 * @param {number} start
 * @param {number} stop as if the text ended here
 * @param {number} encoding
 * @param {(id: number) => void} emitOne
 * @param {(ids: Uint32Array | number[]) => void} emitMany
 */
function forEachPretoken(text, start, stop, encoding, emitOne, emitMany) {
  const { scanner } = vocabulary(encoding)
  const part = start === 0 && stop === text.length ? text : text.slice(start, stop)
  for (let at = 0; at < part.length;) {
    const end = scanner(part, at)
    const ids = pretokenIds(part.slice(at, end), encoding)
    if (typeof ids === 'number') emitOne(ids)
    else emitMany(ids)
    at = end
  }
}

/** The ids of a pretoken; a number where it is a token. @param {string} piece @param {number} encoding */
function pretokenIds(piece, encoding) {
  const { ranks } = vocabulary(encoding)
  const bytes = binary(piece)
  const rank = ranks.get(bytes)
  if (rank !== undefined) return rank
  const cache = (caches[encoding] ??= new Map())
  let ids = cache.get(bytes)
  if (ids === undefined) {
    ids = merge(bytes, ranks)
    if (bytes.length <= MAX_CACHED_UNITS) {
      if (cache.size >= MAX_CACHED) cache.clear()
      cache.set(bytes, ids)
    }
  }
  return ids
}

/** The UTF-8 of `piece`, one code unit a byte; ASCII is that already. @param {string} piece */
function binary(piece) {
  for (let at = 0; at < piece.length; at++) {
    if (piece.charCodeAt(at) > 0x7f) return Buffer.from(piece, 'utf8').toString('latin1')
  }
  return piece
}

/**
 * The pretokens and special tokens of a text, with their ids.
 * @param {string} text well-formed
 * @param {number} encoding
 * @param {Allowed} allowed
 * @returns {Generator<fit.Unit>}
 */
function* units(text, encoding, allowed) {
  const registered = custom(encoding)
  if (registered) {
    // Of the text as a whole: what a definition does to it may leave no place for each of its tokens.
    yield { start: 0, end: text.length, ids: registered.encode(text, allowedTexts(registered, allowed)) }
    return
  }
  const { scanner, special } = vocabulary(encoding)
  for (const segment of segments(text, special, allowed)) {
    if (segment.special !== undefined) {
      yield { start: segment.start, end: segment.end, ids: [segment.special] }
      continue
    }
    const part = text.slice(segment.start, segment.end)
    for (let at = 0; at < part.length;) {
      const end = scanner(part, at)
      const ids = pretokenIds(part.slice(at, end), encoding)
      yield { start: segment.start + at, end: segment.start + end, ids: typeof ids === 'number' ? [ids] : ids }
      at = end
    }
  }
}

/** @param {number} encoding @returns {fit.Tokenizer} */
function tokenizer(encoding) {
  return {
    units: (text, allowed) => units(text, encoding, allowed),
    count: (text) => count(text, encoding),
    length: (id) => tokenBytes(id, encoding)?.length ?? 0,
    get longestSpecial() {
      return Math.max(0, ...specialTokens(encoding).map(([text]) => Buffer.byteLength(text)))
    }
  }
}

/** The bytes of a token; undefined for an id that the encoding does not have. @param {number} id @param {number} encoding */
function tokenBytes(id, encoding) {
  const registered = custom(encoding)
  if (registered) return registered.token(id)
  const { tokens, specialTexts } = vocabulary(encoding)
  return tokens[id] || specialTexts.get(id)
}

/** @param {Text} input @param {number} encoding @param {Allowed} [allowed] */
function count(input, encoding, allowed) {
  const text = textOf(input)
  const registered = custom(encoding)
  if (registered) return registered.encode(text, allowedTexts(registered, allowed)).length
  let total = 0
  const one = () => void total++
  const many = (/** @type {ArrayLike<number>} */ ids) => void (total += ids.length)
  if (!allowed) forEachPretoken(text, 0, text.length, encoding, one, many)
  else {
    for (const { start, end, special } of segments(text, vocabulary(encoding).special, allowed)) {
      if (special !== undefined) total++
      else forEachPretoken(text, start, end, encoding, one, many)
    }
  }
  return total
}

/** @param {readonly Text[]} texts @param {number} encoding @param {Allowed} [allowed] */
function countBatch(texts, encoding, allowed) {
  return Uint32Array.from(texts, (text) => count(text, encoding, allowed))
}

/** @param {Text} text @param {number} limit @param {number} encoding @param {Allowed} [allowed] */
function countUntil(text, limit, encoding, allowed) {
  return fit.countUntil(tokenizer(encoding), textOf(text), limit, allowed)
}

/** @param {string} text @param {number} encoding @param {Allowed} [allowed] */
function countGrowing(text, encoding, allowed) {
  return Uint32Array.from(fit.countGrowing(tokenizer(encoding), textOf(text), allowed))
}

/** @param {Text} input @param {number} encoding @param {Allowed} [allowed] */
function encode(input, encoding, allowed) {
  const text = textOf(input)
  const registered = custom(encoding)
  if (registered) return registered.encode(text, allowedTexts(registered, allowed))
  const ids = new Numbers()
  const one = (/** @type {number} */ id) => ids.push(id)
  const many = (/** @type {Uint32Array | number[]} */ some) => some.forEach(one)
  if (!allowed) forEachPretoken(text, 0, text.length, encoding, one, many)
  else {
    for (const { start, end, special } of segments(text, vocabulary(encoding).special, allowed)) {
      if (special !== undefined) ids.push(special)
      else forEachPretoken(text, start, end, encoding, one, many)
    }
  }
  return ids.take()
}

/** The ids, then where each starts, then the end of the text. @param {Text} input @param {number} encoding @param {Allowed} [allowed] */
function encodeWithOffsets(input, encoding, allowed) {
  const text = textOf(input)
  const ids = new Numbers()
  const ends = new Numbers()
  let at = 0
  ends.push(at)
  for (const unit of units(text, encoding, allowed)) {
    for (let index = 0; index < unit.ids.length; index++) {
      const id = unit.ids[index]
      let length = tokenBytes(id, encoding)?.length ?? 0
      if (allowed && unit.ids.length === 1) {
        // An id may have two special tokens, of which the text has either.
        const piece = text.slice(unit.start, unit.end)
        const pieceBytes = Buffer.byteLength(piece)
        const named = () => specialTokens(encoding).some((special) => special[1] === id && special[0] === piece)
        if (pieceBytes !== length && named()) length = pieceBytes
      }
      at += length
      ids.push(id)
      ends.push(at)
    }
  }
  const starts = ends.take()
  if (at !== Buffer.byteLength(text)) throw fit.unaligned()
  const positions = typeof input === 'string' ? utf16Positions(text, starts) : positionsBeforeReplacement(input, starts)
  const flat = new Uint32Array(ids.length + positions.length)
  flat.set(ids.take())
  flat.set(positions, flat.length - positions.length)
  return flat
}

/** @param {string} text @param {number} most @param {number} keep @param {string} marker @param {number} encoding */
function truncate(text, most, keep, marker, encoding) {
  return Uint32Array.from(fit.truncate(tokenizer(encoding), textOf(text), most, keep, textOf(marker)))
}

/** @param {string} text @param {number} most @param {number} overlap @param {number} encoding */
function split(text, most, overlap, encoding) {
  return fit.split(tokenizer(encoding), textOf(text), most, overlap)
}

/** @param {Uint32Array} ids @param {number} encoding */
function decode(ids, encoding) {
  return decoder.decode(decodeBytes(ids, encoding))
}

/** @param {Uint32Array} ids @param {number} encoding */
function decodeBytes(ids, encoding) {
  const registered = custom(encoding)
  if (registered) return new Uint8Array(registered.decode(ids, MAX_STRING_BYTES))
  let bytes = ''
  ids.forEach((id, index) => {
    const token = tokenBytes(id, encoding)
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
  return new Uint8Array(Buffer.from(bytes, 'latin1'))
}

/**
 * Lets others have a turn whenever enough work was done, and ends where the signal says so. A promise to wait for, or
 * nothing.
 * @param {AbortSignal | undefined} signal
 */
function turns(signal) {
  let done = 0
  return (/** @type {number} */ codeUnits) => {
    done += codeUnits
    if (done < UNITS_A_TURN) return undefined
    done = 0
    return nextTurn().then(() => {
      if (signal?.aborted) throw aborted(signal)
    })
  }
}

/** @param {readonly Text[]} texts @param {number} encoding @param {Allowed} allowed @param {AbortSignal} [signal] */
async function countBatchAsync(texts, encoding, allowed, signal) {
  // What is copied now cannot change while others have their turn.
  const copies = texts.map(textOf)
  const counts = new Uint32Array(texts.length)
  const turn = turns(signal)
  if (signal?.aborted) throw aborted(signal)
  for (const [index, text] of copies.entries()) {
    if (custom(encoding)) {
      counts[index] = (await encodeRegistered(text, encoding, allowed, turn)).length
      continue
    }
    for (const unit of units(text, encoding, allowed)) {
      counts[index] += unit.ids.length
      const pause = turn(unit.end - unit.start)
      if (pause) await pause
    }
  }
  return counts
}

/** @param {Text} input @param {number} encoding @param {Allowed} allowed @param {AbortSignal} [signal] */
async function encodeAsync(input, encoding, allowed, signal) {
  const text = textOf(input)
  const turn = turns(signal)
  if (signal?.aborted) throw aborted(signal)
  if (custom(encoding)) return encodeRegistered(text, encoding, allowed, turn)
  const ids = new Numbers()
  for (const unit of units(text, encoding, allowed)) {
    for (let index = 0; index < unit.ids.length; index++) ids.push(unit.ids[index])
    const pause = turn(unit.end - unit.start)
    if (pause) await pause
  }
  return ids.take()
}

/** @param {string} text @param {number} encoding @param {Allowed} allowed @param {ReturnType<typeof turns>} turn */
async function encodeRegistered(text, encoding, allowed, turn) {
  const registered = /** @type {import('./custom/tokenizer').CustomTokenizer} */ (custom(encoding))
  const work = registered.encodeInTurns(text, allowedTexts(registered, allowed))
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
    const pause = turn(value)
    if (pause) await pause
  }
}

module.exports = {
  count,
  countBatch,
  countBatchAsync,
  countGrowing,
  countUntil,
  decode,
  decodeBytes,
  encode,
  encodeAsync,
  encodeWithOffsets,
  specialTokens,
  split,
  truncate
}
