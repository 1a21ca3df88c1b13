'use strict'

// Expressions as JavaScript's regular expressions, with every set and look-around spelled out: what V8 takes for a line's end,
// a word or another case of a letter is not what `regex` does.

const { wordCharacters } = require('./looks')

/** @typedef {import('./expression').Expression} Expression */
/** @typedef {import('./looks').Look} Look */

/** Ranges in all sets together; V8 needs about a microsecond for each. */
const MAX_RANGES = 50_000
/** Instructions; V8 refuses some large expressions when they first run. */
const MAX_SIZE = 20_000

/**
 * The expression for V8; undefined where V8 would answer differently, or needs too long to read it.
 * @param {Expression} expression
 * @returns {RegExp | undefined}
 */
function translate(expression) {
  const writer = new Writer()
  const source = writer.source(expression)
  return source === undefined || writer.ranges > MAX_RANGES ? undefined : new RegExp(source, 'gu')
}

class Writer {
  constructor() {
    this.ranges = 0
  }

  /** @param {Expression} expression @returns {string | undefined} */
  source(expression) {
    if (this.ranges > MAX_RANGES) return undefined
    switch (expression.kind) {
      case 'empty':
        return ''
      case 'literal':
        this.ranges += expression.shortest
        return [...expression.text]
          .map((character) => escaped(/** @type {number} */ (character.codePointAt(0))))
          .join('')
      case 'class':
        return this.set(expression.set)
      case 'look':
        return this.look(expression.look)
      case 'group':
        return this.source(expression.sub)
      case 'concat':
        return this.joined(expression.subs, '', (part) => (part.kind === 'alternation' ? ['(?:', ')'] : ['', '']))
      case 'alternation':
        return this.joined(expression.subs, '|', () => ['(?:', ')'])
      case 'repeat':
        return this.repeat(expression)
    }
  }

  /**
   * @param {Expression[]} subs
   * @param {string} separator
   * @param {(part: Expression) => [string, string]} around
   */
  joined(subs, separator, around) {
    const parts = []
    for (const sub of subs) {
      const source = this.source(sub)
      if (source === undefined) return undefined
      const [before, after] = around(unwrapped(sub))
      parts.push(before + source + after)
    }
    return parts.join(separator)
  }

  /** @param {import('./expression').Repeat} expression */
  repeat({ sub, min, max, greedy }) {
    const source = this.source(sub)
    if (source === undefined) return undefined
    if (sub.shortest === 0) {
      // JavaScript turns down a repetition that is empty, and tries the next way; `regex` takes it.
      if (min !== 0 || max !== 1) return undefined
      return greedy ? `(?:(?:${source})|)` : `(?:|(?:${source}))`
    }
    return `(?:${source}){${min},${max === Infinity ? '' : max}}${greedy ? '' : '?'}`
  }

  /** @param {import('../../../tokens/custom/character-set').CharacterSet} set */
  set({ ranges }) {
    this.ranges += ranges.length
    const parts = ranges.map(([first, last]) =>
      first === last ? escaped(first) : `${escaped(first)}-${escaped(last)}`
    )
    return `[${parts.join('')}]`
  }

  /** @param {Look} look @returns {string} */
  look(look) {
    switch (look) {
      case 'start':
        return '^'
      case 'end':
        return '$'
      case 'line-start':
        return '(?<![^\\n])'
      case 'line-end':
        return '(?![^\\n])'
      case 'crlf-start':
        return '(?:(?<![^\\n])|(?<=\\r)(?!\\n))'
      case 'crlf-end':
        return '(?:(?![^\\r])|(?<!\\r)(?=\\n))'
    }
    const word = this.set(wordCharacters())
    switch (look) {
      case 'word':
        this.ranges += 3 * wordCharacters().ranges.length
        return `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`
      case 'not-word':
        this.ranges += 3 * wordCharacters().ranges.length
        return `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`
      case 'word-start':
        return `(?<!${word})(?=${word})`
      case 'word-end':
        return `(?<=${word})(?!${word})`
      case 'word-start-half':
        return `(?<!${word})`
      case 'word-end-half':
        return `(?!${word})`
    }
  }
}

/** @param {Expression} expression @returns {Expression} */
const unwrapped = (expression) => (expression.kind === 'group' ? unwrapped(expression.sub) : expression)

/** @param {number} codePoint */
function escaped(codePoint) {
  const character = String.fromCodePoint(codePoint)
  return /[0-9A-Za-z_ ]/.test(character) ? character : `\\u{${codePoint.toString(16)}}`
}

module.exports = { MAX_SIZE, translate }
