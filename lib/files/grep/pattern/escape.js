'use strict'

// What begins with a backslash, in and outside of classes.

const { CODE_POINTS, CharacterSet } = require('../../../tokens/custom/character-set')
const { digits, property, whiteSpace } = require('../../../tokens/custom/properties')
const { NeedsBacktracking } = require('./cursor')
const { scalars } = require('./expression')
const { wordCharacters } = require('./looks')

/** @typedef {import('./cursor').Cursor} Cursor */
/**
 * @typedef {{ kind: 'character', codePoint: number } | { kind: 'set', set: CharacterSet }
 *   | { kind: 'look', look: import('./looks').Look }} Escaped
 */

const NOTHING = new CharacterSet([])

/** @type {Record<string, number>} */
const CONTROLS = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 }
/** @type {Record<string, import('./looks').Look>} */
const LOOKS = { A: 'start', z: 'end', B: 'not-word', '<': 'word-start', '>': 'word-end' }
/** @type {Record<string, import('./looks').Look>} */
const WORD_LOOKS = {
  start: 'word-start',
  end: 'word-end',
  'start-half': 'word-start-half',
  'end-half': 'word-end-half'
}

/** @type {Record<string, () => CharacterSet>} */
const PERL_CLASSES = { d: digits, s: whiteSpace, w: wordCharacters }

/** How many digits follow where no brace does. @type {Record<string, number>} */
const HEX_DIGITS = { x: 2, u: 4, U: 8 }

/**
 * @param {Cursor} cursor at the backslash; left behind the escape
 * @param {boolean} ignoreCase
 * @returns {Escaped}
 */
function parseEscape(cursor, ignoreCase) {
  if (!cursor.bump()) throw cursor.error('it ends in a backslash')
  const letter = cursor.current
  if (/[0-9]/.test(letter)) throw new NeedsBacktracking('back-references')
  if (letter in HEX_DIGITS) return { kind: 'character', codePoint: parseHex(cursor, letter) }
  if (/[pP]/.test(letter)) return { kind: 'set', set: parseProperty(cursor, ignoreCase) }
  cursor.bump()
  if (letter.toLowerCase() in PERL_CLASSES && /[dswDSW]/.test(letter)) {
    const make = PERL_CLASSES[letter.toLowerCase()]
    const set = cursor.reading.set(`\\${letter}`, () => (/[DSW]/.test(letter) ? scalars(make().negate()) : make()))
    return { kind: 'set', set }
  }
  // Every mark of ASCII can be escaped, except the two that are look-arounds.
  if (/^[\0-\x7f]$/.test(letter) && !/[0-9A-Za-z<>]/.test(letter)) {
    return { kind: 'character', codePoint: letter.charCodeAt(0) }
  }
  if (letter in CONTROLS) return { kind: 'character', codePoint: CONTROLS[letter] }
  if (letter === 'b') return { kind: 'look', look: parseWordLook(cursor) }
  if (letter in LOOKS) return { kind: 'look', look: LOOKS[letter] }
  throw cursor.error(`'\\${letter}' is no escape`)
}

/** `\b`, or one of `\b{start}` and so on. @param {Cursor} cursor */
function parseWordLook(cursor) {
  if (!cursor.is('{')) return 'word'
  const start = cursor.at
  if (!cursor.bumpAndBumpSpace()) throw cursor.error("'\\b{' is not closed")
  if (!/[A-Za-z-]/.test(cursor.current)) {
    cursor.at = start
    return 'word'
  }
  let name = ''
  while (/[A-Za-z-]/.test(cursor.current)) {
    name += cursor.current
    cursor.bumpAndBumpSpace()
  }
  if (!cursor.is('}')) throw cursor.error("'\\b{' is not closed")
  cursor.bump()
  if (!Object.hasOwn(WORD_LOOKS, name)) throw cursor.error(`'\\b{${name}}' is no look-around`)
  return WORD_LOOKS[name]
}

/** @param {Cursor} cursor at the letter @param {string} letter */
function parseHex(cursor, letter) {
  if (!cursor.bumpAndBumpSpace()) throw cursor.error('an escape is not complete')
  let hex = ''
  const take = () => {
    if (!/[0-9a-fA-F]/.test(cursor.current)) throw cursor.error(`'${cursor.current}' is no hexadecimal digit`)
    hex += cursor.current
  }
  if (cursor.is('{')) {
    while (cursor.bumpAndBumpSpace() && !cursor.is('}')) take()
    if (cursor.isAtEnd) throw cursor.error('an escape is not complete')
    if (hex === '') throw cursor.error('an escape has no digits')
  } else {
    for (let digit = 0; digit < HEX_DIGITS[letter]; digit++) {
      if (digit > 0 && !cursor.bumpAndBumpSpace()) throw cursor.error('an escape is not complete')
      take()
    }
  }
  cursor.bumpAndBumpSpace()
  const codePoint = Number.parseInt(hex, 16)
  if (codePoint >= CODE_POINTS || (codePoint >= 0xd800 && codePoint <= 0xdfff)) {
    throw cursor.error(`${hex} is no character`)
  }
  return codePoint
}

/** @param {Cursor} cursor at the letter @param {boolean} ignoreCase */
function parseProperty(cursor, ignoreCase) {
  let negated = cursor.current === 'P'
  if (!cursor.bumpAndBumpSpace()) throw cursor.error('an escape is not complete')
  let name = ''
  if (cursor.is('{')) {
    while (cursor.bumpAndBumpSpace() && !cursor.is('}')) name += cursor.current
    if (cursor.isAtEnd) throw cursor.error('an escape is not complete')
    cursor.bump()
    if (name.includes('!=')) negated = !negated
    name = name.replace('!=', '=')
    if (!name.includes('=')) name = name.replace(':', '=')
  } else {
    name = cursor.current
    if (name === '\\') throw cursor.error("'\\p' has no name")
    cursor.bumpAndBumpSpace()
  }
  const { reading } = cursor
  return reading.set(`${negated ? '\\P' : '\\p'}${ignoreCase ? 'i' : ''}{${name}}`, () => {
    const set = propertyNamed(name)
    if (!set) {
      reading.unknownProperty ??= cursor.unsupported(`'\\p{${name}}'`)
      return NOTHING
    }
    const folded = ignoreCase ? reading.fold(set) : set
    return scalars(negated ? folded.negate() : folded)
  })
}

/** Names as `regex-syntax` compares them. @param {string} name */
function propertyNamed(name) {
  const [first, ...rest] = name.split('=').map(normalizedName)
  if (rest.length > 1 || first.includes('=')) return undefined
  // `sc` alone is a category (currency symbols); as a property it is Script.
  return rest.length === 0 ? property(first) : property(`${first}=${rest[0]}`)
}

/** @param {string} name */
function normalizedName(name) {
  const short = name
    .replace(/^is/i, '')
    .replace(/[^\0-\x7f]|[ _-]/g, '')
    .toLowerCase()
  // ISO_Comment, not the category C.
  return short === 'c' && /^is/i.test(name) ? 'isc' : short
}

module.exports = { parseEscape }
