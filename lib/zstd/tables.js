'use strict'

// What a frame may say in codes: the constants of RFC 8878, section 3.1.1.3.2.1, and what a dictionary brings along.

const { buildFseTable, readFseTable, readHuffmanTable } = require('./entropy')
const { corrupt, littleEndian } = require('./frame')

/** @typedef {import('./entropy').FseTable} FseTable */
/** @typedef {import('./entropy').HuffmanTable} HuffmanTable */
/** @typedef {{ maxSymbol: number, maxLog: number, initial: FseTable }} Code */
/** The tables that a block may use again, and the last three offsets. */
/** @typedef {{ huffman?: HuffmanTable, literals?: FseTable, offsets?: FseTable, matches?: FseTable, repeats: number[] }} Entropy */
/** @typedef {{ id: number, entropy: Entropy, content: Uint8Array }} ParsedDictionary */

const DICTIONARY_MAGIC = 0xec30a437

const LITERAL_BITS = Uint8Array.of(
  ...new Uint8Array(16),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
)
const MATCH_BITS = Uint8Array.of(
  ...new Uint8Array(32),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
)

/** Each code begins where the one before it ends. @param {Uint8Array} bits @param {number} first */
function bases(bits, first) {
  let next = first
  return Uint32Array.from(bits, (width) => (next += 2 ** width) - 2 ** width)
}

const LITERAL_BASES = bases(LITERAL_BITS, 0)
const MATCH_BASES = bases(MATCH_BITS, 3)

/** @type {Code} */
const LITERALS = {
  maxSymbol: 35,
  maxLog: 9,
  initial: buildFseTable(
    [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1],
    6
  )
}
/** @type {Code} */
const MATCHES = {
  maxSymbol: 52,
  maxLog: 9,
  initial: buildFseTable(
    [
      1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
      1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1
    ],
    6
  )
}
/** @type {Code} */
const OFFSETS = {
  maxSymbol: 31,
  maxLog: 8,
  initial: buildFseTable(
    [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
    5
  )
}

const FIRST_REPEATS = Object.freeze([1, 4, 8])

/** The id of a trained dictionary; 0 where the bytes are content alone. @param {Uint8Array} bytes */
function dictionaryId(bytes) {
  return bytes.length >= 8 && littleEndian(bytes, 0, 4) === DICTIONARY_MAGIC ? littleEndian(bytes, 4, 4) : 0
}

/**
 * Reads a dictionary: one that was trained (RFC 8878, section 5), or content alone.
 * @param {Uint8Array} bytes
 * @returns {ParsedDictionary}
 */
function parseDictionary(bytes) {
  if (bytes.length < 8 || littleEndian(bytes, 0, 4) !== DICTIONARY_MAGIC)
    return { id: 0, entropy: { repeats: [...FIRST_REPEATS] }, content: bytes }
  const huffman = readHuffmanTable(bytes, 8, bytes.length) ?? damagedDictionary()
  const offsets = readTable(bytes, huffman.end, OFFSETS)
  const matches = readTable(bytes, offsets.end, MATCHES)
  const literals = readTable(bytes, matches.end, LITERALS)
  const contentAt = literals.end + 12
  if (contentAt > bytes.length) damagedDictionary()
  const content = bytes.subarray(contentAt)
  const repeats = [0, 4, 8].map((at) => littleEndian(bytes, literals.end + at, 4))
  if (repeats.some((offset) => offset === 0 || offset > content.length)) damagedDictionary()
  const entropy = {
    huffman: huffman.table,
    literals: literals.table,
    offsets: offsets.table,
    matches: matches.table,
    repeats
  }
  return { id: littleEndian(bytes, 4, 4), entropy, content }
}

/** @param {Uint8Array} bytes @param {number} at @param {Code} code */
function readTable(bytes, at, { maxSymbol, maxLog }) {
  return readFseTable(bytes, at, bytes.length, maxSymbol, maxLog) ?? damagedDictionary()
}

/** @returns {never} */
function damagedDictionary() {
  throw corrupt('the dictionary is damaged')
}

module.exports = {
  FIRST_REPEATS,
  LITERALS,
  LITERAL_BASES,
  LITERAL_BITS,
  MATCHES,
  MATCH_BASES,
  MATCH_BITS,
  OFFSETS,
  dictionaryId,
  parseDictionary
}
