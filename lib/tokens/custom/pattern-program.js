'use strict'

// From a tree to instructions. `crates/tokens/src/custom/pattern/program.rs` is the same.

const { CharacterSet, copy } = require('./character-set')
const { beyond } = require('./definition')
const { matchesEmpty } = require('./pattern-parser')

/** @typedef {import('./pattern-parser').Node} Node */
/** @typedef {import('./pattern-parser').Mode} Mode */

/** Repetitions of groups are written out, so that a short pattern may become a long program. */
const MAX_INSTRUCTIONS = 2 ** 14

/** The instructions; `a` to `d` are their operands. */
const Op = Object.freeze({
  /** One character of set `a`. */
  SET: 0,
  /** Characters of set `a`, `b` to `c` of them, in mode `d`: 0 greedy, 1 lazy, 2 possessive. */
  RUN: 1,
  /** Goes on here, and at `b` where that fails. Where the next character is not in set `a`, it can only fail; -1 is no set. */
  BRANCH: 2,
  /** Goes on at `a`, and here where that fails. */
  LOOP: 3,
  JUMP: 4,
  ATOMIC_START: 5,
  ATOMIC_END: 6,
  AHEAD_START: 7,
  AHEAD_END: 8,
  /** Behind it at `a`. */
  NOT_AHEAD_START: 9,
  NOT_AHEAD_END: 10,
  /** The character before is in set `a`, or with `b` 1 is not. */
  BEHIND: 11,
  /** Place `a`: 0 the text's start, 1 its end, 2 a line's start, 3 its end, 4 a line's start before the text's end. */
  ASSERT: 12,
  MATCH: 13
})

/** @type {Mode[]} */
const MODES = ['greedy', 'lazy', 'possessive']
/** @type {import('./pattern-parser').Place[]} */
const PLACES = ['text-start', 'text-end', 'line-start', 'line-end', 'line-start-before-end']
/** No upper bound. */
const UNBOUNDED = 2 ** 31 - 1

/**
 * Four operands follow each instruction. `first` is the set that a match begins with, or -1 where it may be empty.
 * @typedef {{ code: Int32Array, sets: CharacterSet[], first: number }} Program
 */

/**
 * @param {Node} node
 * @param {string} place
 * @returns {Program}
 */
function compile(node, place) {
  const compiler = new Compiler(place)
  compiler.node(node)
  compiler.push(Op.MATCH)
  const first = compiler.guard(node)
  return { code: Int32Array.from(compiler.code.flat()), sets: compiler.sets, first }
}

class Compiler {
  /** @param {string} place */
  constructor(place) {
    this.place = place
    /** @type {number[][]} */
    this.code = []
    /** @type {CharacterSet[]} */
    this.sets = []
    /** @type {Map<string, number>} */
    this.numbers = new Map()
  }

  /** @param {number} op */
  push(op, a = 0, b = 0, c = 0, d = 0) {
    if (this.code.length === MAX_INSTRUCTIONS) throw beyond(this.place, MAX_INSTRUCTIONS, 'instructions')
    return this.code.push([op, a, b, c, d]) - 1
  }

  /** @param {CharacterSet} set */
  set(set) {
    const { key } = set
    let number = this.numbers.get(key)
    if (number === undefined) {
      number = this.sets.push(set) - 1
      this.numbers.set(key, number)
    }
    return number
  }

  /** The set that a match of the node begins with, or -1 where it may be empty. @param {Node} node */
  guard(node) {
    if (matchesEmpty(node)) return -1
    /** @type {import('./character-set').Range[]} */
    const ranges = []
    firsts(node, ranges)
    return this.set(new CharacterSet(ranges))
  }

  /** @param {Node} node */
  node(node) {
    switch (node.kind) {
      case 'set':
        this.push(Op.SET, this.set(node.set))
        break
      case 'concat':
        for (const item of node.items) this.node(item)
        break
      case 'alternate':
        this.alternate(node.branches)
        break
      case 'repeat':
        this.repeat(node.node, node.min, node.max, node.mode)
        break
      case 'atomic':
        this.push(Op.ATOMIC_START)
        this.node(node.node)
        this.push(Op.ATOMIC_END)
        break
      case 'ahead': {
        const start = this.push(node.negative ? Op.NOT_AHEAD_START : Op.AHEAD_START)
        this.node(node.node)
        this.code[start][1] = this.push(node.negative ? Op.NOT_AHEAD_END : Op.AHEAD_END) + 1
        break
      }
      case 'behind':
        this.push(Op.BEHIND, this.set(node.set), node.negative ? 1 : 0)
        break
      case 'assert':
        this.push(Op.ASSERT, PLACES.indexOf(node.place))
    }
  }

  /** @param {Node[]} branches */
  alternate(branches) {
    const jumps = []
    for (const branch of branches.slice(0, -1)) {
      const start = this.push(Op.BRANCH, this.guard(branch))
      this.node(branch)
      jumps.push(this.push(Op.JUMP))
      this.code[start][2] = this.code.length
    }
    this.node(branches[branches.length - 1])
    for (const jump of jumps) this.code[jump][1] = this.code.length
  }

  /** @param {Node} node @param {number} min @param {number} max @param {Mode} mode */
  repeat(node, min, max, mode) {
    if (node.kind === 'set') {
      this.push(Op.RUN, this.set(node.set), min, max === Infinity ? UNBOUNDED : max, MODES.indexOf(mode))
      return
    }
    if (mode === 'possessive') {
      this.push(Op.ATOMIC_START)
      this.repeat(node, min, max, 'greedy')
      this.push(Op.ATOMIC_END)
      return
    }
    let start = this.code.length
    for (let copies = 0; copies < min; copies++) {
      start = this.code.length
      this.node(node)
    }
    if (max === Infinity && min > 0) {
      // The last of the copies that must be there is the loop.
      if (mode === 'greedy') {
        this.push(Op.LOOP, start)
      } else {
        // Behind the loop first, into it again where that fails.
        this.push(Op.LOOP, this.code.length + 2)
        this.push(Op.JUMP, start)
      }
      return
    }
    const entries = []
    for (let copies = max === Infinity ? 1 : max - min; copies > 0; copies--) {
      entries.push(mode === 'greedy' ? this.push(Op.BRANCH, this.guard(node)) : this.push(Op.LOOP))
      this.node(node)
    }
    if (max === Infinity) this.push(Op.JUMP, entries[0])
    for (const entry of entries) this.code[entry][mode === 'greedy' ? 2 : 1] = this.code.length
  }
}

/** Adds what the node can begin with. @param {Node} node @param {import('./character-set').Range[]} ranges */
function firsts(node, ranges) {
  switch (node.kind) {
    case 'set':
      for (const range of node.set.ranges) ranges.push(copy(range))
      break
    case 'concat':
      for (const item of node.items) {
        firsts(item, ranges)
        if (!matchesEmpty(item)) break
      }
      break
    case 'alternate':
      for (const branch of node.branches) firsts(branch, ranges)
      break
    case 'repeat':
      if (node.max > 0) firsts(node.node, ranges)
      break
    case 'atomic':
      firsts(node.node, ranges)
  }
}

module.exports = { Op, UNBOUNDED, compile }
