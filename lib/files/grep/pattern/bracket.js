'use strict'

// Classes in brackets: ranges, nested classes, `[:name:]`, and the operators `&&`, `--` and `~~`.

const { CharacterSet, one } = require('../../../tokens/custom/character-set')
const { parseEscape } = require('./escape')

/** @typedef {import('./cursor').Cursor} Cursor */
/** A set, and how deeply its classes nest. @typedef {{ set: CharacterSet, height: number }} Nested */

/** @param {string} ranges pairs of first and last */
const ascii = (ranges) => {
  const pairs = ranges.match(/[^]{2}/g) ?? []
  return new CharacterSet(pairs.map((pair) => [pair.charCodeAt(0), pair.charCodeAt(1)]))
}
/** @type {Record<string, CharacterSet>} */
const NAMED = {
  alnum: ascii('09AZaz'),
  alpha: ascii('AZaz'),
  ascii: ascii('\0\x7f'),
  blank: ascii('\t\t  '),
  cntrl: ascii('\0\x1f\x7f\x7f'),
  digit: ascii('09'),
  graph: ascii('!~'),
  lower: ascii('az'),
  print: ascii(' ~'),
  punct: ascii('!/:@[`{~'),
  space: ascii('\t\r  '),
  upper: ascii('AZ'),
  word: ascii('09AZ__az'),
  xdigit: ascii('09AFaf')
}

/** @type {Record<string, (left: CharacterSet, right: CharacterSet) => CharacterSet>} */
const OPERATORS = {
  '&': (left, right) => left.intersect(right),
  '-': (left, right) => left.subtract(right),
  '~': (left, right) => left.union(right).subtract(left.intersect(right))
}

/**
 * @param {Cursor} cursor at the `[`; left behind the `]`
 * @param {boolean} ignoreCase
 * @param {number} depth how many classes may nest
 * @returns {Nested}
 */
function parseBracket(cursor, ignoreCase, depth) {
  if (depth <= 0) throw cursor.error('it nests too deeply')
  const { reading } = cursor
  const folded = (/** @type {CharacterSet} */ set) => (ignoreCase ? reading.fold(set) : set)
  const go = () => {
    if (!cursor.bumpAndBumpSpace()) throw cursor.error('a class is not closed')
  }

  const named = (/** @type {string} */ character) => {
    cursor.reading.smartCase.note(character.charCodeAt(0))
    return one(character.charCodeAt(0))
  }

  go()
  const negated = cursor.current === '^'
  if (negated) go()
  let union = new Union()
  while (cursor.current === '-') {
    union.add(named('-'), 0)
    go()
  }
  if (union.count === 0 && cursor.current === ']') {
    union.add(named(']'), 0)
    go()
  }

  /** @type {Nested | undefined} */
  let left
  /** @type {string | undefined} */
  let operator
  const combined = () => {
    const right = union.end()
    if (!left || operator === undefined) return right
    const set = OPERATORS[operator](folded(left.set), folded(right.set))
    return { set, height: 1 + Math.max(left.height, right.height) }
  }
  for (;;) {
    cursor.bumpSpace()
    if (cursor.isAtEnd) throw cursor.error('a class is not closed')
    const { current } = cursor
    if (current === '[') {
      const posix = parseNamed(cursor)
      if (posix) union.add(folded(posix.set), 0, posix.negated)
      else {
        const nested = parseBracket(cursor, ignoreCase, depth - 1)
        union.add(nested.set, nested.height)
      }
    } else if (current === ']') {
      cursor.bump()
      const { set, height } = combined()
      return { set: reading.count(negated ? folded(set).negate() : folded(set)), height: 1 + height }
    } else if (Object.hasOwn(OPERATORS, current) && cursor.peek() === current) {
      cursor.bump()
      cursor.bump()
      left = combined()
      operator = current
      union = new Union()
      if (left.height > depth) throw cursor.error('it nests too deeply')
    } else {
      union.add(parseRange(cursor, ignoreCase), 0)
    }
  }
}

/** The items between operators. */
class Union {
  constructor() {
    /** @type {import('../../../tokens/custom/character-set').Range[]} */
    this.ranges = []
    this.count = 0
    this.height = 0
  }

  /** @param {CharacterSet} set @param {number} height @param {boolean} [negated] */
  add(set, height, negated = false) {
    for (const [first, last] of (negated ? set.negate() : set).ranges) this.ranges.push([first, last])
    this.count++
    this.height = Math.max(this.height, height)
  }

  /** @returns {Nested} */
  end() {
    return { set: new CharacterSet(this.ranges), height: this.height + (this.count > 1 ? 1 : 0) }
  }
}

/**
 * `[:name:]`; undefined where something else stands, and a class begins.
 * @param {Cursor} cursor
 */
function parseNamed(cursor) {
  const { characters, at: start } = cursor
  if (characters[start + 1] !== ':') return undefined
  const negated = characters[start + 2] === '^'
  const nameStart = start + (negated ? 3 : 2)
  const end = characters.indexOf(':', nameStart)
  if (end < 0 || end - nameStart > 6 || characters[end + 1] !== ']') return undefined
  const name = characters.slice(nameStart, end).join('')
  if (!Object.hasOwn(NAMED, name)) return undefined
  cursor.at = end + 2
  return { set: NAMED[name], negated }
}

/** One character, an escape, or a range. @param {Cursor} cursor @param {boolean} ignoreCase */
function parseRange(cursor, ignoreCase) {
  const first = parseItem(cursor, ignoreCase)
  cursor.bumpSpace()
  if (cursor.isAtEnd) throw cursor.error('a class is not closed')
  const next = cursor.peekSpace()
  if (cursor.current !== '-' || next === ']' || next === '-')
    return first.kind === 'set' ? first.set : one(first.codePoint)
  if (!cursor.bumpAndBumpSpace()) throw cursor.error('a class is not closed')
  const last = parseItem(cursor, ignoreCase)
  if (first.kind === 'set' || last.kind === 'set') throw cursor.error('a range begins or ends in a class')
  if (first.codePoint > last.codePoint) throw cursor.error('a range ends before it begins')
  return new CharacterSet([[first.codePoint, last.codePoint]])
}

/** @param {Cursor} cursor @param {boolean} ignoreCase */
function parseItem(cursor, ignoreCase) {
  if (cursor.current !== '\\') {
    const codePoint = /** @type {number} */ (cursor.current.codePointAt(0))
    cursor.reading.smartCase.note(codePoint)
    cursor.bump()
    return { kind: /** @type {const} */ ('character'), codePoint }
  }
  const escaped = parseEscape(cursor, ignoreCase)
  if (escaped.kind === 'look') throw cursor.error('a look-around stands in a class')
  if (escaped.kind === 'character') cursor.reading.smartCase.note(escaped.codePoint)
  return escaped
}

module.exports = { parseBracket }
