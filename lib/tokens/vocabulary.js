'use strict'

const zlib = require('node:zlib')
const scan = require('./scan')
const { ENCODINGS } = require('./encodings')
const { specialTokens } = require('./special')

/**
 * The tokens of a data file. Bytes are strings of one code unit a byte ("binary" or latin1 strings), which V8 hashes and
 * compares fast.
 * @typedef {object} Ranks
 * @property {Map<string, number>} ranks
 * @property {string[]} tokens by rank; the empty string where no token has a rank
 */
/** @typedef {Ranks & { scanner: (text: string, start: number) => number, special: import('./special').SpecialTokens, specialTexts: Map<number, string> }} Vocabulary */

/**
 * The data of each encoding. `r50k_base` is the beginning of `p50k_base`.
 * @type {Record<string, { file: string, packed: () => string, limit?: number, scanner: Vocabulary['scanner'] }>}
 */
const SOURCES = (() => {
  const o200k = {
    file: 'o200k_base',
    packed: () => require('../../crates/tokens/data/o200k_base.js'),
    scanner: scan.o200k
  }
  const p50k = { file: 'p50k_base', packed: () => require('../../crates/tokens/data/p50k_base.js'), scanner: scan.gpt2 }
  const r50k = { ...p50k, limit: 50_256 }
  return {
    o200k_base: o200k,
    cl100k_base: {
      file: 'cl100k_base',
      packed: () => require('../../crates/tokens/data/cl100k_base.js'),
      scanner: scan.cl100k
    },
    o200k_harmony: o200k,
    p50k_base: p50k,
    p50k_edit: p50k,
    r50k_base: r50k,
    gpt2: r50k
  }
})()

/** @type {Map<string, Ranks>} */
const unpacked = new Map()
/** @type {Vocabulary[]} */
const loaded = []

/**
 * The vocabulary of an encoding, unpacked on first use.
 * @param {number} encoding the position in `ENCODINGS`
 */
function vocabulary(encoding) {
  return (loaded[encoding] ??= load(ENCODINGS[encoding]))
}

/** @param {string} name @returns {Vocabulary} */
function load(name) {
  const { file, packed, limit = Infinity, scanner } = SOURCES[name]
  const key = `${file} ${limit}`
  const ranks = unpacked.get(key) ?? unpack(packed(), limit)
  unpacked.set(key, ranks)
  const special = specialTokens(name)
  /** @type {Map<number, string>} */
  const specialTexts = new Map()
  // Of two texts with one id, the first.
  for (const [text, id] of special.list) if (!specialTexts.has(id)) specialTexts.set(id, text)
  return { ...ranks, scanner, special, specialTexts }
}

/**
 * `count: u32`, a length byte for each token in rank order, all bytes in rank order, written by scripts/tokens-data.
 * @param {string} packed
 * @param {number} limit ranks from here on are not part of the encoding
 * @returns {Ranks}
 */
function unpack(packed, limit) {
  const payload = zlib.brotliDecompressSync(Buffer.from(packed, 'base64'))
  const count = payload.readUInt32LE(0)
  const bytes = payload.toString('latin1', 4 + count)
  /** @type {string[]} */
  const tokens = new Array(Math.min(count, limit))
  const ranks = new Map()
  for (let rank = 0, start = 0; rank < tokens.length; rank++) {
    const end = start + payload[4 + rank]
    const token = bytes.slice(start, end)
    tokens[rank] = token
    if (token !== '') ranks.set(token, rank)
    start = end
  }
  return { ranks, tokens }
}

module.exports = { vocabulary }
