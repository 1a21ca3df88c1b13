'use strict'

// The addon's functions of tokens, with an encoding as its position; what was registered is made when it is first asked.

const { cancellable } = require('../cancellation')
const { sourceAt } = require('./custom/registered')
const { ENCODINGS } = require('./encodings')

/** The addon's number of each vocabulary that it has made, whichever feature asked first. @type {WeakMap<object, number>} */
const made = new WeakMap()

/** @param {import('../native').Addon} addon */
function tokensOf(addon) {
  const names = addon.tokensEncodings()
  /** The addon's number of each encoding that is built in. */
  const numbers = ENCODINGS.map((name) => names.indexOf(name))
  const { Cancellation } = addon

  /** @param {number} encoding */
  const at = (encoding) => numbers[encoding] ?? registered(addon, encoding)

  return {
    /** @param {number} encoding @returns {[text: string, id: number][]} */
    specialTokens(encoding) {
      const ids = addon.tokensSpecialIds(at(encoding))
      return addon.tokensSpecialTexts(at(encoding)).map((text, index) => [text, ids[index]])
    },
    /** @type {(text: Text, encoding: number, allowed?: Allowed) => number} */
    count: (text, encoding, allowed) => addon.tokensCount(text, at(encoding), allowed),
    /** @type {(texts: readonly Text[], encoding: number, allowed?: Allowed) => Uint32Array} */
    countBatch: (texts, encoding, allowed) =>
      addon.tokensCountBatch(/** @type {Text[]} */ (texts), at(encoding), allowed),
    /** @type {(text: Text, limit: number, encoding: number, allowed?: Allowed) => number} */
    countUntil: (text, limit, encoding, allowed) => addon.tokensCountUntil(text, limit, at(encoding), allowed),
    /** @type {(text: string, encoding: number, allowed?: Allowed) => Uint32Array} */
    countGrowing: (text, encoding, allowed) => addon.tokensCountGrowing(text, at(encoding), allowed),
    /** @type {(text: Text, encoding: number, allowed?: Allowed) => Uint32Array} */
    encode: (text, encoding, allowed) => addon.tokensEncode(text, at(encoding), allowed),
    /** @type {(text: Text, encoding: number, allowed?: Allowed) => Uint32Array} */
    encodeWithOffsets: (text, encoding, allowed) => addon.tokensEncodeWithOffsets(text, at(encoding), allowed),
    /** @type {(text: string, most: number, keep: number, marker: string, encoding: number) => Uint32Array} */
    truncate: (text, most, keep, marker, encoding) => addon.tokensTruncate(text, most, keep, marker, at(encoding)),
    /** @type {(text: string, most: number, overlap: number, encoding: number) => Uint32Array} */
    split: (text, most, overlap, encoding) => addon.tokensSplit(text, most, overlap, at(encoding)),
    /** @type {(ids: Uint32Array, encoding: number) => string} */
    decode: (ids, encoding) => addon.tokensDecode(ids, at(encoding)),
    /** @type {(ids: Uint32Array, encoding: number) => Uint8Array} */
    decodeBytes: (ids, encoding) => addon.tokensDecodeBytes(ids, at(encoding)),
    /** @type {(texts: Text[], encoding: number, allowed: Allowed, signal?: AbortSignal) => Promise<Uint32Array>} */
    countBatchAsync: (texts, encoding, allowed, signal) =>
      cancellable(Cancellation, signal, (flag) => addon.tokensCountBatchAsync(texts, at(encoding), allowed, flag)),
    /** @type {(text: Text, encoding: number, allowed: Allowed, signal?: AbortSignal) => Promise<Uint32Array>} */
    encodeAsync: (text, encoding, allowed, signal) =>
      cancellable(Cancellation, signal, (flag) => addon.tokensEncodeAsync(text, at(encoding), allowed, flag))
  }
}

/** @typedef {string | Uint8Array} Text */
/** @typedef {Uint32Array | undefined} Allowed positions among the encoding's special tokens */

/** @param {import('../native').Addon} addon @param {number} encoding */
function registered(addon, encoding) {
  const source = sourceAt(encoding - ENCODINGS.length)
  let number = made.get(source)
  if (number === undefined) made.set(source, (number = register(addon, source)))
  return number
}

/** @param {import('../native').Addon} addon @param {import('./custom/registered').Source} source */
function register(addon, source) {
  if ('tokenizerJson' in source) return addon.tokensRegisterJson(source.tokenizerJson)
  const { ranks, pattern, special } = source
  const [texts, ids] = [special.map(([text]) => text), special.map(([, id]) => id)]
  return addon.tokensRegisterRanks(ranks, pattern, texts, ids)
}

module.exports = { tokensOf }
