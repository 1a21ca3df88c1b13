'use strict'

// What a vocabulary that is not built in consists of, and what can be wrong with it. `crates/tokens/src/custom/definition.rs`
// is the same.

const { TenonError } = require('../../errors')

/** A token's id is below this. */
const MAX_ID = 2 ** 31
/** The most tokens of a vocabulary, and the most merges. */
const MAX_TOKENS = 2 ** 22
/** The most bytes of a token. The longest of o200k_base has 128. */
const MAX_TOKEN_BYTES = 4096
/** The most bytes of an added token: where one almost matches, so many are looked at again for each character. */
const MAX_ADDED_TOKEN_BYTES = 256
/** The most bytes of all added tokens. */
const MAX_ADDED_BYTES = 2 ** 22
/** The most bytes of a `.tiktoken` file or of a `tokenizer.json`. The largest known have some 35 million. */
const MAX_FILE_BYTES = 2 ** 26
/** The most steps of pretokenisation, and the most normalizers. */
const MAX_STEPS = 64

/**
 * A tokenizer as its file describes it; `CustomTokenizer` runs it. Bytes are strings of one code unit a byte.
 * @typedef {object} Definition
 * @property {Token[]} tokens the vocabulary, by ascending id; ids may have holes
 * @property {Merges} merges which adjacent tokens become one, and in which order
 * @property {('NFC' | 'NFD' | 'NFKC' | 'NFKD')[]} normalizers what is done to text before it is cut
 * @property {Step[]} steps what cuts text into pretokens, each step the pieces of the one before
 * @property {AddedToken[]} added texts that are a token before anything else is looked at
 */

/**
 * `reachable` is whether text can become it: some vocabularies have names that no bytes are written as.
 * @typedef {{ bytes: string, id: number, reachable: boolean }} Token
 */

/**
 * `rank`: a pretoken that is a token is that token; else the adjacent pair whose concatenation has the lowest id is merged
 * first, the leftmost of equals. This is tiktoken's rule. `listed`: the adjacent pair that is first in the list is merged
 * first; of a pair that is there twice, the last place counts; with `wholeFirst` a pretoken that is a token is that token,
 * whatever the list says. This is the rule of Hugging Face's tokenizers.
 * @typedef {{ by: 'rank' } | { by: 'list', pairs: MergePair[], wholeFirst: boolean }} Merges
 */

/** Two tokens and what they become, by id. @typedef {{ left: number, right: number, merged: number }} MergePair */

/**
 * `matches`: the matches are the pieces, and what is between them is lost. `split`: nothing is lost but what the behavior
 * removes. `prefix-space`: a piece that does not start with a space gets one.
 * @typedef {{ kind: 'matches', pattern: import('./pattern').Pattern }
 *   | { kind: 'split', pattern: import('./pattern').Pattern, behavior: Behavior, invert: boolean }
 *   | { kind: 'prefix-space' }} Step
 */

/**
 * What becomes of the matches of a pattern that splits: they are lost, each is a piece, each ends the piece before it, each
 * begins the piece behind it, adjacent ones are one piece.
 * @typedef {'Removed' | 'Isolated' | 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous'} Behavior
 */

/**
 * A text that is a token by itself.
 * @typedef {object} AddedToken
 * @property {string} text
 * @property {number} id
 * @property {boolean} special a control token: found only where the caller allows it
 * @property {boolean} normalized looked for in normalized text, itself normalized
 * @property {boolean} singleWord must not touch a word
 * @property {boolean} leftStrip takes the white space before it
 * @property {boolean} rightStrip takes the white space behind it
 */

/** A special token that is looked for as it is. @param {string} text @param {number} id @returns {AddedToken} */
function specialToken(text, id) {
  return { text, id, special: true, normalized: false, singleWord: false, leftStrip: false, rightStrip: false }
}

/** The argument's name is what the place begins with. @param {string} place */
const argumentOf = (place) => place.split(/[,[]/)[0]

/** It is not what it should be. @param {string} place such as `ranks, line 5` @param {string} fault */
function invalid(place, fault) {
  return new TenonError('ERR_INVALID_ARG', `${place}: ${fault}`, { argument: argumentOf(place) })
}

/** It means something, but nothing that is implemented. @param {string} place @param {string} part */
function unsupported(place, part) {
  return new TenonError('ERR_UNSUPPORTED', `${place}: ${part} is not supported`, { argument: argumentOf(place) })
}

/** It is too large, or takes too long. @param {string} place @param {number} most @param {string} unit */
function beyond(place, most, unit) {
  return new TenonError('ERR_LIMIT', `${place}: more than ${most} ${unit}`, { argument: argumentOf(place) })
}

module.exports = {
  MAX_ADDED_BYTES,
  MAX_ADDED_TOKEN_BYTES,
  MAX_FILE_BYTES,
  MAX_ID,
  MAX_STEPS,
  MAX_TOKENS,
  MAX_TOKEN_BYTES,
  beyond,
  invalid,
  specialToken,
  unsupported
}
