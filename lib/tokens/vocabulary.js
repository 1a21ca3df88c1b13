'use strict'

const zlib = require('node:zlib')
const pretoken = require('./pretoken')
const { ENCODINGS } = require('./encodings')

/**
 * The tokens of an encoding. Bytes are strings of one code unit a byte ("binary" or latin1 strings), which V8 hashes
 * and compares fast.
 * @typedef {object} Vocabulary
 * @property {Map<string, number>} ranks
 * @property {string[]} tokens by rank; special tokens fill places behind the ranks
 * @property {(text: string, start: number) => number} scanner
 */

/** @type {Record<string, () => { packed: string, scanner: Vocabulary['scanner'], special: Record<number, string> }>} */
const SOURCES = {
  o200k_base: () => ({
    packed: require('../../crates/tokens/data/o200k_base.js'),
    scanner: pretoken.o200k,
    special: { 199999: '<|endoftext|>', 200018: '<|endofprompt|>' }
  }),
  cl100k_base: () => ({
    packed: require('../../crates/tokens/data/cl100k_base.js'),
    scanner: pretoken.cl100k,
    special: {
      100257: '<|endoftext|>',
      100258: '<|fim_prefix|>',
      100259: '<|fim_middle|>',
      100260: '<|fim_suffix|>',
      100276: '<|endofprompt|>'
    }
  })
}

/** @type {Vocabulary[]} */
const loaded = []

/**
 * The vocabulary of an encoding, unpacked on first use.
 * @param {number} encoding the position in `ENCODINGS`
 */
function vocabulary(encoding) {
  return (loaded[encoding] ??= load(ENCODINGS[encoding]))
}

/**
 * `count: u32`, a length byte for each token in rank order, all bytes in rank order, written by scripts/tokens-data.
 * @param {string} name
 * @returns {Vocabulary}
 */
function load(name) {
  const { packed, scanner, special } = SOURCES[name]()
  const payload = zlib.brotliDecompressSync(Buffer.from(packed, 'base64'))
  const count = payload.readUInt32LE(0)
  const bytes = payload.toString('latin1', 4 + count)
  /** @type {string[]} */
  const tokens = new Array(count)
  const ranks = new Map()
  for (let rank = 0, start = 0; rank < count; rank++) {
    const end = start + payload[4 + rank]
    const token = bytes.slice(start, end)
    tokens[rank] = token
    ranks.set(token, rank)
    start = end
  }
  for (const [id, text] of Object.entries(special)) tokens[Number(id)] = text
  return { ranks, tokens, scanner }
}

module.exports = { vocabulary }
