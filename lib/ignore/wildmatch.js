'use strict'

const { foldCase } = require('./io')

/**
 * One glob, compiled to tokens and matched without recursion, as in `crates/ignore/src/wildmatch.rs`. Patterns and
 * texts are byte strings. A token is the code of a byte, a class as 256 bits in a string of 16 characters (an array would
 * take ten times the memory), or one of these:
 */
const ONE = -1 // `?`: any byte but `/`
const STAR = -2 // `*`: any run without a slash
const DIRECTORIES = -3 // `**/`: nothing, or any run that ends with a slash
const EVERYTHING = -4 // `**` at the end or before an escaped slash: any run at all

/** @typedef {{ tokens: (number | string)[], fold: boolean }} Glob */

const SLASH = 0x2f
/** The class being compiled. */
const CLASS = new Uint16Array(16)

/**
 * The glob for a pattern, or `undefined` when it cannot match any text: an unterminated class, an unknown POSIX class,
 * a lone backslash at the end, or, under case folding, an escaped capital (git folds the text but not the escape).
 * @param {string} pattern
 * @param {boolean} fold whether ASCII letters match in either case
 * @returns {Glob | undefined}
 */
function compileGlob(pattern, fold) {
  /** @type {(number | string)[]} */
  const tokens = []
  let at = 0
  while (at < pattern.length) {
    const char = pattern[at]
    if (char === '\\') {
      if (at + 1 === pattern.length || (fold && /[A-Z]/.test(pattern[at + 1]))) return undefined
      tokens.push(pattern.charCodeAt(at + 1))
      at += 2
    } else if (char === '?') {
      tokens.push(ONE)
      at += 1
    } else if (char === '[') {
      const compiled = compileClass(pattern, at + 1, fold)
      if (compiled === undefined) return undefined
      tokens.push(compiled.set)
      at = compiled.end
    } else if (char === '*') {
      let end = at
      while (pattern[end] === '*') end += 1
      const deep = end - at >= 2 && (at === 0 || pattern[at - 1] === '/')
      if (deep && pattern[end] === '/') {
        tokens.push(DIRECTORIES)
        end += 1
      } else if (deep && (end === pattern.length || pattern.startsWith('\\/', end))) {
        tokens.push(EVERYTHING)
      } else {
        tokens.push(STAR)
      }
      at = end
    } else {
      tokens.push((fold ? foldCase(char) : char).charCodeAt(0))
      at += 1
    }
  }
  return { tokens, fold }
}

/**
 * Whether the whole of `text` matches. One restart point for the last `*` and one for the last `**` are enough: a later
 * star can absorb whatever an earlier one would have.
 * @param {Glob} glob
 * @param {string} text its capitals in lower case when the glob folds case
 */
function matchesGlob({ tokens }, text) {
  let token = 0
  let at = 0
  // Where to continue when the current attempt fails: the token behind the star, and the text not yet absorbed.
  let star = -1
  let starAt = 0
  let deep = -1
  let deepAt = 0
  for (;;) {
    const wanted = tokens[token]
    if (wanted === undefined) {
      if (at === text.length) return true
    } else if (wanted === STAR) {
      token += 1
      star = token
      starAt = at
      continue
    } else if (wanted === EVERYTHING || wanted === DIRECTORIES) {
      token += 1
      if (wanted === EVERYTHING && token === tokens.length) return true
      deep = token
      deepAt = at
      star = -1
      continue
    } else if (at < text.length && matchesByte(wanted, text.charCodeAt(at))) {
      token += 1
      at += 1
      continue
    }
    if (star !== -1 && starAt < text.length && text.charCodeAt(starAt) !== SLASH) {
      starAt += 1
      token = star
      at = starAt
      continue
    }
    star = -1
    if (deep === -1) return false
    if (tokens[deep - 1] === DIRECTORIES) {
      const slash = text.indexOf('/', deepAt)
      if (slash === -1) return false
      deepAt = slash + 1
    } else {
      if (deepAt === text.length) return false
      deepAt += 1
    }
    token = deep
    at = deepAt
  }
}

/**
 * @param {number | string} token
 * @param {number} byte
 */
function matchesByte(token, byte) {
  if (typeof token === 'string') return ((token.charCodeAt(byte >> 4) >> (byte & 15)) & 1) === 1
  return token === ONE ? byte !== SLASH : token === byte
}

/**
 * The bytes a class matches and the position behind its `]`; `undefined` when it never ends or names an unknown POSIX
 * class: such a class fails the whole pattern.
 * @param {string} pattern
 * @param {number} at behind the `[`
 * @param {boolean} fold
 */
function compileClass(pattern, at, fold) {
  const set = CLASS.fill(0)
  const insert = (/** @type {number} */ byte) => void (set[byte >> 4] |= 1 << (byte & 15))
  const negated = pattern[at] === '!' || pattern[at] === '^'
  if (negated) at += 1
  // A range needs a single byte on its left: not the opening, another range, or a POSIX class.
  let left = -1
  // The next `]`, searched for once: a class may open names to its end and close none.
  let close = -1
  for (let first = true; first || pattern[at] !== ']'; first = false) {
    if (at >= pattern.length) return undefined
    if (pattern[at] === '\\') {
      if (at + 1 >= pattern.length) return undefined
      left = pattern.charCodeAt(at + 1)
      insert(left)
      at += 2
    } else if (pattern[at] === '-' && left !== -1 && at + 1 < pattern.length && pattern[at + 1] !== ']') {
      at += pattern[at + 1] === '\\' ? 2 : 1
      if (at >= pattern.length) return undefined
      for (let byte = left; byte <= pattern.charCodeAt(at); byte += 1) {
        insert(byte)
        if (fold) insert(foldCase(String.fromCharCode(byte)).charCodeAt(0))
      }
      left = -1
      at += 1
    } else if (pattern.startsWith('[:', at)) {
      // The name runs to the next `]`; without a `:` before it this was an ordinary `[`.
      if (close < at + 2) close = pattern.indexOf(']', at + 2)
      if (close === -1) return undefined
      if (close > at + 2 && pattern[close - 1] === ':') {
        const name = pattern.slice(at + 2, close - 1)
        const members = POSIX_CLASSES.get(fold && name === 'upper' ? 'alpha' : name)
        if (members === undefined) return undefined
        for (let byte = 0; byte < 128; byte += 1) {
          if (members.test(String.fromCharCode(byte))) insert(byte)
        }
        left = -1
        at = close + 1
      } else {
        left = pattern.charCodeAt(at)
        insert(left)
        at += 1
      }
    } else {
      left = pattern.charCodeAt(at)
      insert(left)
      at += 1
    }
  }
  if (negated) for (let word = 0; word < 16; word += 1) set[word] ^= 0xffff
  set[SLASH >> 4] &= ~(1 << (SLASH & 15))
  return { set: String.fromCharCode(...set), end: at + 1 }
}

/** git's own tables: ASCII only, and `space` is blank, tab, line feed and carriage return. */
const POSIX_CLASSES = new Map([
  ['alnum', /[A-Za-z0-9]/],
  ['alpha', /[A-Za-z]/],
  ['blank', /[ \t]/],
  ['cntrl', /[\0-\x1f\x7f]/],
  ['digit', /[0-9]/],
  ['graph', /[!-~]/],
  ['lower', /[a-z]/],
  ['print', /[ -~]/],
  ['punct', /[!-/:-@[-`{-~]/],
  ['space', /[ \t\n\r]/],
  ['upper', /[A-Z]/],
  ['xdigit', /[A-Fa-f0-9]/]
])

module.exports = { compileGlob, matchesGlob }
