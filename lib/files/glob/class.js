'use strict'

const { characterBytes, characterValue } = require('./character')

/**
 * A class of characters: `[abc]`, `[a-z]`, `[!a]`, `[^a]`, `[[:alpha:]]`. It never matches a slash.
 *
 * @typedef {{ type: 'class', negated: boolean, ranges: [from: number, to: number][] }} Class
 * @typedef {object} ParsedClass
 * @property {Class} node
 * @property {number} end behind the `]`
 * @property {boolean} plain whether there is nothing in it but characters that stand for themselves
 */

/** POSIX names, for ASCII alone; each pair of characters is a range. @type {ReadonlyMap<string, string>} */
const NAMED = new Map(
  Object.entries({
    alnum: 'azAZ09',
    alpha: 'azAZ',
    ascii: '\0\x7f',
    blank: '  \t\t',
    cntrl: '\0\x1f\x7f\x7f',
    digit: '09',
    graph: '!~',
    lower: 'az',
    print: ' ~',
    punct: '!/:@[`{~',
    space: '  \t\r',
    upper: 'AZ',
    word: 'azAZ09__',
    xdigit: 'afAF09'
  })
)
const LONGEST_NAME = 6
const SPECIAL = '-*+?.^${}(|)[]\\'

/**
 * The class that starts at `start`.
 * @param {string} text
 * @param {number} start of the `[`
 * @returns {ParsedClass | number} the place where the search for the end was given up: a slash, or the pattern's end
 */
function parseClass(text, start) {
  let at = start + 1
  const negated = text[at] === '!' || text[at] === '^'
  if (negated) at += 1
  const first = at
  let plain = !negated
  /** @type {Class['ranges']} */
  const ranges = []
  for (;;) {
    const character = text[at]
    if (character === undefined || character === '/') return at
    if (character === ']' && at > first) return { node: { type: 'class', negated, ranges }, end: at + 1, plain }
    const named = namedAt(text, at)
    if (named !== undefined) {
      const { pairs, end } = named
      plain = false
      for (let pair = 0; pair < pairs.length; pair += 2) {
        ranges.push([pairs.charCodeAt(pair), pairs.charCodeAt(pair + 1)])
      }
      at = end
      continue
    }
    if (SPECIAL.includes(character)) plain = false
    const from = member(text, at)
    if (from === undefined) return at
    at = from.end
    let to = from
    if (text[at] === '-' && text[at + 1] !== ']' && namedAt(text, at + 1) === undefined) {
      const last = member(text, at + 1)
      // The end of the pattern, or a slash: the next turn finds it.
      if (last !== undefined) {
        plain = false
        to = last
        at = last.end
      }
    }
    ranges.push([from.value, to.value])
  }
}

/**
 * The character at `at`, escaped or not; undefined behind the end and for an escaped slash.
 * @param {string} text
 * @param {number} at
 */
function member(text, at) {
  const start = text[at] === '\\' ? at + 1 : at
  if (start >= text.length) return undefined
  if (text[start] === '/') return undefined
  const length = characterBytes(text, start)
  return { value: characterValue(text, start, length), end: start + length }
}

/**
 * The ranges of the `[:name:]` at `at`, and where it ends.
 * @param {string} text
 * @param {number} at
 */
function namedAt(text, at) {
  if (text[at] !== '[' || text[at + 1] !== ':') return undefined
  const end = text.slice(at + 2, at + 4 + LONGEST_NAME).indexOf(':]')
  if (end < 0) return undefined
  const pairs = NAMED.get(text.slice(at + 2, at + 2 + end))
  return pairs === undefined ? undefined : { pairs, end: at + end + 4 }
}

/**
 * @param {Class} node
 * @param {number} value of a character
 * @param {boolean} fold whether ASCII letters count in either case; the value is none of a capital then
 */
function classHolds({ negated, ranges }, value, fold) {
  const capital = fold && value >= 0x61 && value <= 0x7a ? value - 0x20 : value
  for (const [from, to] of ranges) {
    if ((value >= from && value <= to) || (capital >= from && capital <= to)) return !negated
  }
  return negated
}

module.exports = { classHolds, namedAt, parseClass }
