'use strict'

const { GlobFault } = require('./fault')
const { namedAt, parseClass } = require('./class')

/**
 * Pattern text as a tree. What is malformed, such as a brace that nothing closes, stands for itself.
 *
 * @typedef {import('./class').Class} Class
 * @typedef {{ type: 'literal', text: string }} Literal
 * @typedef {{ type: 'slash' } | { type: 'any' } | { type: 'stars', count: number }} Mark `any` is `?`
 * @typedef {{ type: 'words', words: string[] }} Words a range such as `{1..3}`: each of its words
 * @typedef {'{' | '@' | '?' | '*' | '+' | '!'} Kind of a group: braces, or the character before the parenthesis
 *
 * @typedef {object} Group
 * @property {'group'} type
 * @property {Kind} kind
 * @property {Node[][]} alternatives
 * @property {boolean} slash whether there is a slash somewhere inside
 * @property {boolean} wide whether there is a slash or a `**` somewhere inside
 *
 * @typedef {Literal | Mark | Words | Class | Group} Node
 */

/** How deep groups may be in groups. */
const MAX_DEPTH = 64
/** The most words of a range, and the most patterns that a pattern with braces may stand for. */
const MAX_ALTERNATIVES = 10_000
const LONGEST_RANGE = 64

/**
 * The tree of a pattern, without its leading `!` and `./`.
 * @param {string} text
 * @returns {Node[]}
 */
function parse(text) {
  const [nodes] = new Parser(text).sequences(0, text.length, undefined, 0)
  return nodes
}

class Parser {
  /** @param {string} text */
  constructor(text) {
    this.text = text
    /** @type {Map<number, import('./class').ParsedClass>} by the place of their `[` */
    this.classes = new Map()
    /** @type {Map<number, number>} where a group ends, by the place of its first character */
    this.ends = new Map()
    this.findEnds()
  }

  /** Pairs what opens and what closes. A closing character takes the nearest of its kind and breaks open what is between. */
  findEnds() {
    const { text } = this
    /** @type {{ at: number, closing: string }[]} */
    const open = []
    const waiting = { '}': 0, ')': 0 }
    // Where a `[` found no end, those behind it find none either; without this, many of them would take long.
    let openUntil = 0
    for (let at = 0; at < text.length; at++) {
      const character = text[at]
      if (character === '\\') {
        at += 1
      } else if (character === '[' && (at >= openUntil || namedAt(text, at) !== undefined)) {
        const parsed = parseClass(text, at)
        if (typeof parsed === 'number') {
          openUntil = Math.max(openUntil, parsed)
        } else {
          this.classes.set(at, parsed)
          at = parsed.end - 1
        }
      } else if (character === '{') {
        open.push({ at, closing: '}' })
        waiting['}'] += 1
      } else if (isGroupAt(text, at)) {
        open.push({ at, closing: ')' })
        waiting[')'] += 1
        at += 1
      } else if (character === '(') {
        // It stands for itself; its partner must not end a group around it.
        open.push({ at: -1, closing: ')' })
        waiting[')'] += 1
      } else if ((character === '}' || character === ')') && waiting[character] > 0) {
        for (let top = open.pop(); top !== undefined; top = open.pop()) {
          waiting[/** @type {'}' | ')'} */ (top.closing)] -= 1
          if (top.closing !== character) continue
          if (top.at >= 0) this.ends.set(top.at, at)
          break
        }
      }
    }
  }

  /**
   * What stands between two places, cut at the separators that are in no group inside.
   * @param {number} from
   * @param {number} to
   * @param {',' | '|' | undefined} separator
   * @param {number} depth
   * @returns {Node[][]}
   */
  sequences(from, to, separator, depth) {
    if (depth > MAX_DEPTH) throw new GlobFault('limit', `has more than ${MAX_DEPTH} groups in each other`)
    const { text, classes, ends } = this
    const sequence = new Sequence()
    const done = []
    let at = from
    while (at < to) {
      const character = text[at]
      const parsed = classes.get(at)
      const end = ends.get(at)
      if (character === '\\' && at + 1 < to) {
        sequence.character(text[at + 1])
        at += 2
      } else if (parsed !== undefined) {
        sequence.class(parsed, text.slice(at, parsed.end))
        at = parsed.end
      } else if (end !== undefined && character === '{') {
        this.braces(sequence, at, end, depth)
        at = end + 1
      } else if (end !== undefined) {
        const kind = /** @type {Kind} */ (character)
        sequence.push(group(kind, this.sequences(at + 2, end, '|', depth + 1)))
        at = end + 1
      } else if (character === '*') {
        const start = at
        while (at < to && text[at] === '*' && !ends.has(at)) at += 1
        sequence.push({ type: 'stars', count: at - start })
      } else if (character === '?') {
        sequence.push({ type: 'any' })
        at += 1
      } else if (character === separator) {
        done.push(sequence.nodes)
        sequence.nodes = []
        at += 1
      } else {
        sequence.character(character)
        at += 1
      }
    }
    done.push(sequence.nodes)
    return done
  }

  /**
   * @param {Sequence} sequence
   * @param {number} at
   * @param {number} end
   * @param {number} depth
   */
  braces(sequence, at, end, depth) {
    const words = range(this.text.slice(at + 1, Math.min(end, at + 2 + LONGEST_RANGE)))
    if (words !== undefined) return sequence.push({ type: 'words', words })
    const alternatives = this.sequences(at + 1, end, ',', depth + 1)
    if (alternatives.length > 1) return sequence.push(group('{', alternatives))
    // Braces without a comma stand for themselves.
    sequence.character('{')
    for (const node of alternatives[0]) {
      if (node.type === 'literal') sequence.literal(node.text)
      else sequence.push(node)
    }
    sequence.character('}')
  }
}

/** Nodes one after the other, literal text in one piece. */
class Sequence {
  /** @type {Node[]} */
  nodes = []

  /** @param {Node} node */
  push(node) {
    this.nodes.push(node)
  }

  /** @param {string} text */
  literal(text) {
    const last = this.nodes[this.nodes.length - 1]
    if (last?.type === 'literal') last.text += text
    else this.nodes.push({ type: 'literal', text })
  }

  /** @param {string} character */
  character(character) {
    if (character === '/') this.push({ type: 'slash' })
    else this.literal(character)
  }

  /**
   * @param {import('./class').ParsedClass} parsed
   * @param {string} text as it is written
   */
  class({ node, plain }, text) {
    // As in picomatch, `[id]` is also the name of the file that is spelled so.
    if (plain) this.push(group('@', [[node], [{ type: 'literal', text }]]))
    else this.push(node)
  }
}

/**
 * @param {Kind} kind
 * @param {Node[][]} alternatives
 * @returns {Group}
 */
function group(kind, alternatives) {
  let slash = false
  let wide = false
  for (const nodes of alternatives) {
    for (const node of nodes) {
      if (node.type === 'slash' || (node.type === 'group' && node.slash)) slash = true
      if ((node.type === 'stars' && node.count === 2) || (node.type === 'group' && node.wide)) wide = true
    }
  }
  return { type: 'group', kind, alternatives, slash, wide: wide || slash }
}

/**
 * @param {string} text
 * @param {number} at
 */
function isGroupAt(text, at) {
  return text[at + 1] === '(' && '@?*+!'.includes(text[at])
}

/**
 * The words of `1..3`, `01..10..2` or `a..e`; undefined for what is no range.
 * @param {string} text
 * @returns {string[] | undefined}
 */
function range(text) {
  if (text.length > LONGEST_RANGE) return undefined
  const [first, last, stride = '1', ...more] = text.split('..')
  if (last === undefined || more.length > 0 || !isNumber(stride)) return undefined
  const letters = isLetter(first) && isLetter(last)
  if (!letters && !(isNumber(first) && isNumber(last))) return undefined
  const from = letters ? first.charCodeAt(0) : Number(first)
  const to = letters ? last.charCodeAt(0) : Number(last)
  const step = Math.max(Math.abs(Number(stride)), 1)
  const count = Math.floor(Math.abs(to - from) / step) + 1
  if (count > MAX_ALTERNATIVES) throw new GlobFault('limit', `stands for more than ${MAX_ALTERNATIVES} alternatives`)
  const width = isPadded(first) || isPadded(last) ? Math.max(first.length, last.length) : 0
  return Array.from({ length: count }, (_, index) => {
    const value = to >= from ? from + index * step : from - index * step
    return letters ? String.fromCharCode(value) : padded(value, width)
  })
}

/** @param {string} text */
function isLetter(text) {
  return /^[A-Za-z]$/.test(text)
}

/** Integers that both engines count exactly. @param {string} text */
function isNumber(text) {
  return /^-?[0-9]{1,15}$/.test(text)
}

/** Whether a number is written with zeros in front. @param {string} text */
function isPadded(text) {
  return /^-?0[0-9]/.test(text)
}

/**
 * @param {number} value
 * @param {number} width with the sign
 */
function padded(value, width) {
  const sign = value < 0 ? '-' : ''
  return sign + String(Math.abs(value)).padStart(width - sign.length, '0')
}

module.exports = { MAX_ALTERNATIVES, parse }
