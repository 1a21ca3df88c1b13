'use strict'

// `.tiktoken` files: a line a token, its bytes in base64 and its rank, which is its id.
// `crates/tokens/src/custom/tiktoken_file.rs` is the same.

const {
  MAX_ADDED_BYTES,
  MAX_ADDED_TOKEN_BYTES,
  MAX_FILE_BYTES,
  MAX_ID,
  MAX_TOKENS,
  MAX_TOKEN_BYTES,
  beyond,
  invalid,
  specialToken
} = require('./definition')

/** @typedef {import('./definition').Token} Token */

/**
 * tiktoken's tokenizer of a `.tiktoken` file, of the pattern that cuts text, and of special tokens by text and id.
 * @param {Uint8Array} ranks
 * @param {import('./pattern').Pattern} pattern
 * @param {[text: string, id: number][]} special of integers
 * @returns {import('./definition').Definition}
 */
function definitionFromTiktoken(ranks, pattern, special) {
  const tokens = parseTiktoken(ranks)
  const ids = new Set(tokens.map(({ id }) => id))
  const texts = new Set()
  const named = special.map(([text, id]) => specialToken(text.toWellFormed(), id))
  if (named.reduce((bytes, { text }) => bytes + Buffer.byteLength(text), 0) > MAX_ADDED_BYTES) {
    throw beyond('special', MAX_ADDED_BYTES, 'bytes')
  }
  named.forEach(({ text, id }, index) => {
    const place = `special[${index}]`
    if (text === '') throw invalid(place, 'the text is empty')
    if (Buffer.byteLength(text) > MAX_ADDED_TOKEN_BYTES) throw beyond(place, MAX_ADDED_TOKEN_BYTES, 'bytes')
    if (id >= MAX_ID) throw invalid(place, 'the id is not below 2147483648')
    if (texts.has(text)) throw invalid(place, "the text is another token's too")
    if (ids.has(id)) throw invalid(place, `the id ${id} is another token's too`)
    texts.add(text)
    ids.add(id)
  })
  return { tokens, merges: { by: 'rank' }, normalizers: [], steps: [{ kind: 'matches', pattern }], added: named }
}

/**
 * The tokens of a `.tiktoken` file by ascending rank. Lines count from 1.
 * @param {Uint8Array} file
 * @returns {Token[]}
 * @throws {import('../../errors').TenonError} `ERR_INVALID_ARG` for a line that is not base64, a space and a rank, for a token or
 *   a rank that is there twice, and for a file without one of the 256 bytes; `ERR_LIMIT` for a file that is too large
 */
function parseTiktoken(file) {
  if (file.length > MAX_FILE_BYTES) throw beyond('ranks', MAX_FILE_BYTES, 'bytes')
  const text = Buffer.from(file.buffer, file.byteOffset, file.byteLength).toString('latin1')
  /** @type {Map<string, number>} */
  const ranks = new Map()
  const seen = new Set()
  for (let number = 1, at = 0; at <= text.length; number++) {
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length : newline
    const line = text.slice(at, text[end - 1] === '\r' && end > at ? end - 1 : end)
    at = end + 1
    if (line === '') continue
    const place = `ranks, line ${number}`
    const space = line.indexOf(' ')
    if (space < 0) throw invalid(place, 'there is no token in base64, a space and a rank')
    const token = fromBase64(line.slice(0, space))
    if (token === undefined) throw invalid(place, 'the token is not base64')
    if (token === '') throw invalid(place, 'the token is empty')
    if (token.length > MAX_TOKEN_BYTES) throw beyond(place, MAX_TOKEN_BYTES, 'bytes of a token')
    const digits = line.slice(space + 1)
    const rank = /^[0-9]{1,10}$/.test(digits) ? Number(digits) : MAX_ID
    if (rank >= MAX_ID) throw invalid(place, 'the rank is not a number below 2147483648')
    if (ranks.size === MAX_TOKENS) throw beyond('ranks', MAX_TOKENS, 'tokens')
    if (seen.has(rank)) throw invalid(place, `the rank ${rank} is another token's too`)
    const other = ranks.get(token)
    if (other !== undefined) throw invalid(place, `the token has the rank ${other} too`)
    seen.add(rank)
    ranks.set(token, rank)
  }
  for (let byte = 0; byte < 256; byte++) {
    if (ranks.has(String.fromCharCode(byte))) continue
    const hex = byte.toString(16).padStart(2, '0')
    throw invalid('ranks', `the byte 0x${hex} is no token, so that not every text has ids`)
  }
  return Array.from(ranks, ([bytes, id]) => ({ bytes, id, reachable: true })).sort((a, b) => a.id - b.id)
}

/** Standard base64 with its padding, as bytes; undefined where it is anything else. @param {string} text */
function fromBase64(text) {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  if (text.length % 4 !== 0 || /[^A-Za-z0-9+/]/.test(text.slice(0, text.length - padding))) return undefined
  const bytes = Buffer.from(text, 'base64')
  // What padding leaves over must be zero: a token has one way to be written.
  return bytes.toString('base64') === text ? bytes.toString('latin1') : undefined
}

module.exports = { definitionFromTiktoken, parseTiktoken }
