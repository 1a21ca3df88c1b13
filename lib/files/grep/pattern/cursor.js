'use strict'

const { TenonError } = require('../../../errors')
const { whiteSpace } = require('../../../tokens/custom/properties')

/** @type {import('../../../tokens/custom/character-set').CharacterSet | undefined} */
let spaces

/** @param {string} character */
function isWhiteSpace(character) {
  spaces ??= whiteSpace()
  return spaces.has(/** @type {number} */ (character.codePointAt(0)))
}

const OPEN = '(?:'

/** A place in a pattern. What `ignoreWhiteSpace` (the flag `x`) skips, and where, is as in `regex-syntax`. */
class Cursor {
  /**
   * @param {string} pattern
   * @param {import('./reading').Reading} reading
   */
  constructor(pattern, reading) {
    // In a group, as `grep-regex` reads patterns: a comment to the pattern's end leaves the group open.
    this.characters = [...OPEN, ...pattern, ')']
    this.reading = reading
    this.at = 0
    this.ignoreWhiteSpace = false
  }

  get isAtEnd() {
    return this.at >= this.characters.length
  }

  /** The character here; an empty string at the end. */
  get current() {
    return this.characters[this.at] ?? ''
  }

  /** @param {string} character */
  is(character) {
    return this.current === character
  }

  /** Goes on by one character. @returns {boolean} whether there is one */
  bump() {
    if (!this.isAtEnd) this.at++
    return !this.isAtEnd
  }

  /** Goes on behind the text if it stands here. @param {string} text of ASCII */
  bumpIf(text) {
    for (let i = 0; i < text.length; i++) if (this.characters[this.at + i] !== text[i]) return false
    this.at += text.length
    return true
  }

  /** Goes over white space and comments where the flag `x` is set. */
  bumpSpace() {
    if (!this.ignoreWhiteSpace) return
    while (!this.isAtEnd) {
      if (isWhiteSpace(this.current)) this.at++
      else if (this.current === '#') while (!this.isAtEnd && this.characters[this.at++] !== '\n');
      else return
    }
  }

  /** @returns {boolean} whether there is a character */
  bumpAndBumpSpace() {
    if (!this.bump()) return false
    this.bumpSpace()
    return !this.isAtEnd
  }

  /** The next character; undefined at the end. */
  peek() {
    return this.characters[this.at + 1]
  }

  /** The next character that is no white space, as `regex-syntax` looks for it (it takes a comment's first for one). */
  peekSpace() {
    if (!this.ignoreWhiteSpace) return this.peek()
    let inComment = false
    for (let at = this.at + 1; at < this.characters.length; at++) {
      const character = this.characters[at]
      if (isWhiteSpace(character)) continue
      if (inComment || character !== '#') return character
      inComment = true
    }
    return this.peek()
  }

  /** @param {string} reason */
  error(reason) {
    const at = Math.max(0, Math.min(this.at, this.characters.length - 1) - OPEN.length)
    return new TenonError('ERR_INVALID_ARG', `the pattern is not valid: ${reason} (at character ${at})`, {
      argument: 'options.pattern'
    })
  }

  /** @param {string} construct */
  unsupported(construct) {
    return new TenonError('ERR_UNSUPPORTED', withoutConstruct(construct), { argument: 'options.pattern' })
  }
}

/** @param {string} construct */
const withoutConstruct = (construct) => `the fallback's regular expressions have no ${construct}`

/** What only an engine that backtracks has, as the one behind native that such a pattern is given to. */
class NeedsBacktracking extends TenonError {
  /** @param {string} construct */
  constructor(construct) {
    super('ERR_UNSUPPORTED', withoutConstruct(construct), { argument: 'options.pattern' })
  }
}

module.exports = { Cursor, NeedsBacktracking, isWhiteSpace }
