'use strict'

// Expressions: what a pattern means, once flags and names are resolved. The constructors simplify as those of `regex-syntax`
// do, because which patterns are refused for naming a line's end depends on it (`a|\n` is a class that loses its `\n`).

const { CharacterSet } = require('../../../tokens/custom/character-set')
const { TenonError } = require('../../../errors')

/** @typedef {import('./looks').Look} Look */
/**
 * `shortest` and `longest` count characters; `Infinity` for what has no bound, or matches nothing.
 * @typedef {{ shortest: number, longest: number }} Lengths
 * @typedef {{ kind: 'empty' } & Lengths} Empty
 * @typedef {{ kind: 'literal', text: string } & Lengths} Literal
 * @typedef {{ kind: 'class', set: CharacterSet } & Lengths} Class a set of none or of several characters
 * @typedef {{ kind: 'look', look: Look } & Lengths} LookAround
 * @typedef {{ kind: 'repeat', sub: Expression, min: number, max: number, greedy: boolean } & Lengths} Repeat
 * @typedef {{ kind: 'group', sub: Expression } & Lengths} Group a capturing group
 * @typedef {{ kind: 'concat', subs: Expression[] } & Lengths} Concat
 * @typedef {{ kind: 'alternation', subs: Expression[] } & Lengths} Alternation
 * @typedef {Empty | Literal | Class | LookAround | Repeat | Group | Concat | Alternation} Expression
 */

const SURROGATES = new CharacterSet([[0xd800, 0xdfff]])

/** @type {Expression} */
const EMPTY = { kind: 'empty', shortest: 0, longest: 0 }

/** @param {string} text @returns {Expression} */
function literal(text) {
  if (text === '') return EMPTY
  const length = [...text].length
  return { kind: 'literal', text, shortest: length, longest: length }
}

/** A set without surrogates, which are no characters. @param {CharacterSet} set */
const scalars = (set) => (overlaps(set, SURROGATES) ? set.subtract(SURROGATES) : set)

/** @param {CharacterSet} set @returns {Expression} */
function characters(set) {
  const own = scalars(set)
  const { ranges } = own
  if (ranges.length === 1 && ranges[0][0] === ranges[0][1]) return literal(String.fromCodePoint(ranges[0][0]))
  const length = ranges.length === 0 ? Infinity : 1
  return { kind: 'class', set: own, shortest: length, longest: length }
}

/** What matches nothing at all. */
const fail = () => characters(new CharacterSet([]))

/** @param {Look} look @returns {Expression} */
const look = (look) => ({ kind: 'look', look, shortest: 0, longest: 0 })

/** @param {Expression} sub @returns {Expression} */
const group = (sub) => ({ kind: 'group', sub, shortest: sub.shortest, longest: sub.longest })

/**
 * @param {Expression} sub
 * @param {number} min
 * @param {number} max `Infinity` where there is none
 * @param {boolean} greedy
 * @returns {Expression}
 */
function repeat(sub, min, max, greedy) {
  if (sub.longest === 0) {
    min = Math.min(min, 1)
    max = Math.min(max, 1)
  }
  if (max === 0) return EMPTY
  if (min === 1 && max === 1) return sub
  const shortest = min === 0 ? 0 : sub.shortest * min
  return { kind: 'repeat', sub, min, max, greedy, shortest, longest: sub.longest * max }
}

/** @param {Expression[]} subs @returns {Expression} */
function concat(subs) {
  /** @type {Expression[]} */
  const parts = []
  let text = ''
  const endText = () => {
    if (text !== '') parts.push(literal(text))
    text = ''
  }
  for (const sub of subs.flatMap((sub) => (sub.kind === 'concat' ? sub.subs : [sub]))) {
    if (sub.kind === 'empty') continue
    if (sub.kind === 'literal') text += sub.text
    else {
      endText()
      parts.push(sub)
    }
  }
  endText()
  if (parts.length === 0) return EMPTY
  if (parts.length === 1) return parts[0]
  const sum = (/** @type {'shortest' | 'longest'} */ key) => parts.reduce((total, part) => total + part[key], 0)
  return { kind: 'concat', subs: parts, shortest: sum('shortest'), longest: sum('longest') }
}

/** @param {Expression[]} subs @returns {Expression} */
function alternation(subs) {
  const branches = subs.flatMap((sub) => (sub.kind === 'alternation' ? sub.subs : [sub]))
  if (branches.length === 0) return fail()
  if (branches.length === 1) return branches[0]
  const set = singleCharacters(branches) ?? classes(branches)
  if (set) return characters(set)
  const prefix = commonPrefix(branches)
  if (prefix > 0) {
    const concats = branches.map((branch) => /** @type {Concat} */ (branch).subs)
    return concat([...concats[0].slice(0, prefix), alternation(concats.map((parts) => concat(parts.slice(prefix))))])
  }
  return {
    kind: 'alternation',
    subs: branches,
    shortest: branches.reduce((least, { shortest }) => Math.min(least, shortest), Infinity),
    longest: branches.reduce((most, { longest }) => Math.max(most, longest), 0)
  }
}

/** @param {Expression[]} branches */
function singleCharacters(branches) {
  /** @type {[number, number][]} */
  const ranges = []
  for (const branch of branches) {
    if (branch.kind !== 'literal' || branch.shortest !== 1) return undefined
    const codePoint = /** @type {number} */ (branch.text.codePointAt(0))
    ranges.push([codePoint, codePoint])
  }
  return new CharacterSet(ranges)
}

/** @param {Expression[]} branches */
function classes(branches) {
  /** @type {[number, number][]} */
  const ranges = []
  for (const branch of branches) {
    if (branch.kind !== 'class') return undefined
    for (const [first, last] of branch.set.ranges) ranges.push([first, last])
  }
  return new CharacterSet(ranges)
}

/** How many parts all branches begin with, of those that match in one way only. @param {Expression[]} branches */
function commonPrefix(branches) {
  const [first] = branches
  let length = first.kind === 'concat' ? first.subs.length : 0
  for (const branch of branches) {
    if (branch.kind !== 'concat' || first.kind !== 'concat') return 0
    let common = 0
    while (common < length && common < branch.subs.length && samePart(first.subs[common], branch.subs[common])) common++
    length = common
    if (length === 0) return 0
  }
  return length
}

/** @param {Expression} a @param {Expression} b */
function samePart(a, b) {
  if (a.kind === 'literal') return b.kind === 'literal' && a.text === b.text
  if (a.kind === 'look') return b.kind === 'look' && a.look === b.look
  return a.kind === 'class' && b.kind === 'class' && (a.set === b.set || a.set.key === b.set.key)
}

/**
 * The expression without a character that ends lines: classes lose it.
 * @param {Expression} expression
 * @param {string} end
 * @returns {Expression}
 * @throws {LineEndNamed} where nothing else would match in its place
 */
function withoutLineEnd(expression, end) {
  const strip = (/** @type {Expression} */ sub) => withoutLineEnd(sub, end)
  switch (expression.kind) {
    case 'literal':
      if (expression.text.includes(end)) throw new LineEndNamed(end)
      return expression
    case 'class': {
      const codePoint = end.charCodeAt(0)
      if (!expression.set.has(codePoint)) return expression
      const rest = expression.set.subtract(new CharacterSet([[codePoint, codePoint]]))
      if (rest.ranges.length === 0) throw new LineEndNamed(end)
      return characters(rest)
    }
    case 'repeat':
      return repeat(strip(expression.sub), expression.min, expression.max, expression.greedy)
    case 'group':
      return group(strip(expression.sub))
    case 'concat':
      return concat(expression.subs.map(strip))
    case 'alternation':
      return alternation(expression.subs.map(strip))
    default:
      return expression
  }
}

/** A pattern that must match the end of a line, where matches lie inside of lines. */
class LineEndNamed extends TenonError {
  /** @param {string} end */
  constructor(end) {
    const message = 'the pattern has a line feed in it: without `multiline` a match is inside of one line'
    super('ERR_INVALID_ARG', message, { argument: 'options.pattern' })
    this.end = end
  }
}

/** Whether two sets have a character in common. @param {CharacterSet} a @param {CharacterSet} b */
function overlaps(a, b) {
  for (let i = 0, j = 0; i < a.ranges.length && j < b.ranges.length;) {
    if (a.lasts[i] < b.firsts[j]) i++
    else if (b.lasts[j] < a.firsts[i]) j++
    else return true
  }
  return false
}

/**
 * All sets and look-arounds of an expression.
 * @param {Expression} expression
 * @param {(part: Expression) => boolean} test
 * @returns {boolean} whether the test holds for any part
 */
function some(expression, test) {
  if (test(expression)) return true
  if ('sub' in expression) return some(expression.sub, test)
  return 'subs' in expression && expression.subs.some((sub) => some(sub, test))
}

module.exports = {
  EMPTY,
  LineEndNamed,
  alternation,
  characters,
  concat,
  fail,
  group,
  literal,
  look,
  overlaps,
  repeat,
  scalars,
  some,
  withoutLineEnd
}
