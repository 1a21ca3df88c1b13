'use strict'

// The conditions on a place between two characters. Words are Unicode's, as in `\w`. Beside a byte that is no UTF-8 (a lone
// surrogate in the text) they are what `regex-automata` says.

const { word } = require('../../../tokens/custom/properties')

/**
 * @typedef {'start' | 'end' | 'line-start' | 'line-end' | 'crlf-start' | 'crlf-end' | 'word' | 'not-word' | 'word-start'
 *   | 'word-end' | 'word-start-half' | 'word-end-half'} Look
 */

const LF = 10
const CR = 13

/** What stands beside a place: no valid character, one of no word (or nothing), one of a word. */
const INVALID = 0
const OTHER = 1
const WORD = 2

/** @type {import('../../../tokens/custom/character-set').CharacterSet | undefined} */
let wordSet

/** The set of `\w`. */
const wordCharacters = () => (wordSet ??= word())

/** @param {number} codePoint */
const kindOf = (codePoint) => (wordCharacters().has(codePoint) ? WORD : OTHER)

/** @param {string} text @param {number} at */
function after(text, at) {
  if (at >= text.length) return OTHER
  const codePoint = /** @type {number} */ (text.codePointAt(at))
  return isSurrogate(codePoint) ? INVALID : kindOf(codePoint)
}

/** @param {string} text @param {number} at */
function before(text, at) {
  if (at === 0) return OTHER
  const codePoint = codePointBefore(text, at)
  if (!isSurrogate(codePoint)) return kindOf(codePoint)
  // `regex-automata` goes back over up to three continuation bytes to a byte that could begin a character, and takes the
  // character there even when stray bytes follow it.
  let bytes = 0
  let start = at
  while (start > 0 && bytes < 4 && isStrayContinuation(text, start)) {
    start--
    bytes++
  }
  if (bytes === 0 || bytes === 4 || start === 0) return INVALID
  const lead = codePointBefore(text, start)
  return isSurrogate(lead) || utf8Length(lead) + bytes > 4 ? INVALID : kindOf(lead)
}

/** @param {string} text @param {number} at not 0 */
function codePointBefore(text, at) {
  const unit = text.charCodeAt(at - 1)
  if (unit < 0xdc00 || unit > 0xdfff || at === 1) return unit
  const high = text.charCodeAt(at - 2)
  return high < 0xd800 || high > 0xdbff ? unit : 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00)
}

/** @param {number} codePoint */
const isSurrogate = (codePoint) => codePoint >= 0xd800 && codePoint <= 0xdfff

/** @param {string} text @param {number} at */
function isStrayContinuation(text, at) {
  const codePoint = codePointBefore(text, at)
  return codePoint >= 0xdc80 && codePoint <= 0xdcbf
}

/** @param {number} codePoint */
const utf8Length = (codePoint) => (codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4)

/**
 * Whether the condition holds at a place in the text.
 * @param {Look} look
 * @param {string} text
 * @param {number} at
 * @returns {boolean}
 */
function holds(look, text, at) {
  switch (look) {
    case 'start':
      return at === 0
    case 'end':
      return at === text.length
    case 'line-start':
      return at === 0 || text.charCodeAt(at - 1) === LF
    case 'line-end':
      return at === text.length || text.charCodeAt(at) === LF
    case 'crlf-start':
      if (at === 0) return true
      if (text.charCodeAt(at - 1) === CR) return text.charCodeAt(at) !== LF
      return text.charCodeAt(at - 1) === LF
    case 'crlf-end':
      if (at === text.length || text.charCodeAt(at) === CR) return true
      return text.charCodeAt(at) === LF && (at === 0 || text.charCodeAt(at - 1) !== CR)
    case 'word':
      return (before(text, at) === WORD) !== (after(text, at) === WORD)
    case 'not-word': {
      const left = before(text, at)
      return left !== INVALID && left === after(text, at)
    }
    case 'word-start':
      return before(text, at) !== WORD && after(text, at) === WORD
    case 'word-end':
      return before(text, at) === WORD && after(text, at) !== WORD
    case 'word-start-half':
      return before(text, at) === OTHER
    case 'word-end-half':
      return after(text, at) === OTHER
  }
}

/** Whether the condition asks for words. @param {Look} look */
const asksForWords = (look) => look.includes('word')

module.exports = { asksForWords, holds, wordCharacters }
