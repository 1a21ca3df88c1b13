'use strict'

const { GlobFault } = require('./fault')
const { MAX_ALTERNATIVES } = require('./parse')

/**
 * The alternatives that a pattern stands for, each a list of segments: what may stand between two slashes.
 *
 * Braces and `@(…)`, `?(…)` with a slash or a `**` inside are multiplied out; what is left of groups matches within one
 * segment.
 *
 * @typedef {import('./parse').Node} Node
 * @typedef {import('./parse').Literal} Literal
 * @typedef {import('./class').Class} Class
 *
 * @typedef {{ type: 'words', words: Set<string>, lengths: number[] }} Words
 * @typedef {{ type: 'group', kind: '@' | '?', alternatives: Piece[][] }} Choice
 * @typedef {{ type: 'group', kind: '*' | '+' | '!', alternatives: Piece[][], id: number }} Repeat
 * @typedef {Literal | Class | Words | Choice | Repeat | { type: 'any' } | { type: 'star' }} Piece a part of a segment
 * @typedef {'**' | Piece[]} Segment
 * @typedef {{ segments: Segment[], folderOnly: boolean }} Alternative
 */

/** The most nodes and bytes of literal text that a list of patterns may stand for. */
const MAX_NODES = 2 ** 20
/** The most groups `*(…)`, `+(…)` and `!(…)` in a list of patterns: each costs the square of a name's length. */
const MAX_REPEATS = 64

/** What is left for the patterns of one list. */
class Budget {
  nodes = MAX_NODES
  repeats = MAX_REPEATS

  /** @param {number} nodes */
  take(nodes) {
    this.nodes -= nodes
    if (this.nodes < 0) throw new GlobFault('limit', `makes the list stand for more than ${MAX_NODES} nodes`)
  }

  /** A number for a group that repeats or excludes. */
  repeat() {
    this.repeats -= 1
    if (this.repeats < 0) {
      throw new GlobFault('limit', `makes the list have more than ${MAX_REPEATS} groups *(…), +(…) and !(…)`)
    }
    return this.repeats
  }
}

/**
 * @param {Node[]} nodes
 * @param {Budget} budget
 * @returns {Alternative[]}
 */
function expand(nodes, budget) {
  return product(nodes, budget).map((flat) => toAlternative(flat, budget))
}

/** @typedef {Piece | { type: 'slash' } | { type: 'stars', count: number }} Flat */

/**
 * Every choice of alternatives of the groups that may reach over slashes.
 * @param {Node[]} nodes
 * @param {Budget} budget
 * @returns {Flat[][]}
 */
function product(nodes, budget) {
  /** @type {Flat[][]} */
  let results = [[]]
  for (const node of nodes) {
    if (node.type === 'group' && node.wide && '{@?'.includes(node.kind)) {
      const choices = node.alternatives.flatMap((alternative) => product(alternative, budget))
      if (node.kind === '?') choices.push([])
      if (results.length * choices.length > MAX_ALTERNATIVES) {
        throw new GlobFault('limit', `stands for more than ${MAX_ALTERNATIVES} alternatives`)
      }
      results = results.flatMap((before) =>
        choices.map((choice) => {
          budget.take(before.length + choice.length)
          return [...before, ...choice]
        })
      )
    } else {
      budget.take(results.length)
      const piece = flat(node, budget)
      for (const result of results) result.push(piece)
    }
  }
  return results
}

/**
 * A node that stays within its segment.
 * @param {Node} node
 * @param {Budget} budget
 * @returns {Flat}
 */
function flat(node, budget) {
  if (node.type === 'words') {
    for (const word of node.words) budget.take(1 + word.length)
    return words(node.words)
  }
  if (node.type !== 'group') return node
  if (node.slash) throw new GlobFault('unsupported', `has a slash inside ${node.kind}(…)`)
  const alternatives = node.alternatives.map((nodes) => nodes.map((inner) => within(inner, budget)))
  const { kind } = node
  if (kind === '*' || kind === '+' || kind === '!') return { type: 'group', kind, alternatives, id: budget.repeat() }
  const literals = alternatives.map(literalOf)
  if (literals.every((text) => text !== undefined)) return words(kind === '?' ? [...literals, ''] : literals)
  return { type: 'group', kind: kind === '?' ? '?' : '@', alternatives }
}

/**
 * @param {Node} node
 * @param {Budget} budget
 * @returns {Piece}
 */
function within(node, budget) {
  budget.take(1 + (node.type === 'literal' ? node.text.length : 0))
  return asPiece(flat(node, budget))
}

/** A run of stars is one star, unless it is a whole segment. @param {Flat} node @returns {Piece} */
function asPiece(node) {
  return node.type === 'stars' ? { type: 'star' } : /** @type {Piece} */ (node)
}

/** The text of an alternative that is nothing else. @param {Piece[]} pieces */
function literalOf(pieces) {
  if (pieces.length === 0) return ''
  return pieces.length === 1 && pieces[0].type === 'literal' ? pieces[0].text : undefined
}

/** @param {string[]} texts @returns {Words} */
function words(texts) {
  return { type: 'words', words: new Set(texts), lengths: [...new Set(texts.map(({ length }) => length))] }
}

/**
 * @param {Flat[]} nodes
 * @param {Budget} budget
 * @returns {Alternative}
 */
function toAlternative(nodes, budget) {
  /** @type {Flat[][]} */
  const parts = [[]]
  for (const node of nodes) {
    if (node.type === 'slash') parts.push([])
    else parts[parts.length - 1].push(node)
  }
  const folderOnly = parts.length > 1 && parts[parts.length - 1].length === 0
  if (folderOnly) parts.pop()
  /** @type {Segment[]} */
  const segments = []
  for (const part of parts) {
    if (part.length === 1 && part[0].type === 'stars' && part[0].count === 2) {
      // A second one would stand for nothing more.
      if (segments[segments.length - 1] !== '**') segments.push('**')
    } else {
      segments.push(joined(part, budget))
    }
  }
  return { segments, folderOnly }
}

/**
 * The pieces of a segment; literal text that comes together is one piece.
 * @param {Flat[]} nodes
 * @param {Budget} budget
 */
function joined(nodes, budget) {
  /** @type {Piece[]} */
  const pieces = []
  for (const node of nodes) {
    const last = pieces[pieces.length - 1]
    if (node.type === 'literal') budget.take(node.text.length)
    if (node.type === 'literal' && last?.type === 'literal') {
      pieces[pieces.length - 1] = { type: 'literal', text: last.text + node.text }
    } else if (!(node.type === 'stars' && last?.type === 'star')) {
      pieces.push(asPiece(node))
    }
  }
  return pieces
}

module.exports = { Budget, expand }
