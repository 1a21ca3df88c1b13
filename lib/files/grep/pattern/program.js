'use strict'

// Expressions as instructions of a machine that is in several places at once (Thompson's construction, with the order of
// preference of `regex-automata`: a loop whose body can be empty is tried as an optional `+`).

const { CharacterSet, one } = require('../../../tokens/custom/character-set')
const { MAX_RANGES, SET_RANGES, isAscii, tooLarge } = require('./reading')

const MAX_INSTRUCTIONS = 100_000
/** One character of a set, whose number is the first argument. */
const SET = 0
/** Goes on in two places; the first is preferred. */
const SPLIT = 1
/** Goes on elsewhere. */
const JUMP = 2
/** Goes on where a condition holds, whose number is the first argument. */
const LOOK = 3
const MATCH = 4

/** @typedef {import('./expression').Expression} Expression */
/** @typedef {import('./looks').Look} Look */

class Program {
  constructor() {
    /** @type {number[]} */
    this.operations = []
    /** @type {number[]} */
    this.first = []
    /** @type {number[]} */
    this.second = []
    /** @type {CharacterSet[]} */
    this.sets = []
    /** @type {Look[]} */
    this.looks = []
    /** By what the sets contain, and by the sets themselves. @type {Map<string | CharacterSet, number>} */
    this.setNumbers = new Map()
    /** @type {Map<string, CharacterSet>} */
    this.characters = new Map()
    /** The characters a match can begin with; undefined where it can be empty. @type {CharacterSet | undefined} */
    this.begins = undefined
    this.ranges = 0
  }

  get size() {
    return this.operations.length
  }

  /** @param {number} operation @param {number} [first] @param {number} [second] */
  add(operation, first = 0, second = 0) {
    if (this.operations.length >= MAX_INSTRUCTIONS) throw tooLarge()
    this.operations.push(operation)
    this.first.push(first)
    this.second.push(second)
    return this.operations.length - 1
  }

  /** @param {CharacterSet} set */
  addSet(set) {
    let number = this.setNumbers.get(set)
    if (number === undefined) {
      const { key } = set
      number = this.setNumbers.get(key) ?? this.sets.push(set) - 1
      this.setNumbers.set(key, number).set(set, number)
    }
    // Native compiles ranges outside ASCII to many states, and refuses too many.
    if (!isAscii(set)) this.ranges += set.ranges.length + SET_RANGES
    if (this.ranges > MAX_RANGES) throw tooLarge()
    this.add(SET, number)
  }

  /** @param {string} character */
  addCharacter(character) {
    let set = this.characters.get(character)
    if (!set) {
      set = one(/** @type {number} */ (character.codePointAt(0)))
      this.characters.set(character, set)
    }
    this.addSet(set)
  }

  /** A split that goes on behind itself and, once `leave` is called, to what comes then. @param {boolean} greedy */
  addSplit(greedy) {
    const split = this.add(SPLIT)
    const [stay, leave] = greedy ? [this.first, this.second] : [this.second, this.first]
    stay[split] = this.size
    return {
      leave: () => {
        leave[split] = this.size
      }
    }
  }

  /** A split that goes back, or on behind itself. @param {boolean} greedy @param {number} target */
  addLoop(greedy, target) {
    const split = this.add(SPLIT)
    this.first[split] = greedy ? target : this.size
    this.second[split] = greedy ? this.size : target
  }

  /** @param {Expression} expression */
  addExpression(expression) {
    switch (expression.kind) {
      case 'empty':
        break
      case 'literal':
        for (const character of expression.text) this.addCharacter(character)
        break
      case 'class':
        this.addSet(expression.set)
        break
      case 'look':
        this.add(LOOK, this.looks.push(expression.look) - 1)
        break
      case 'group':
        this.addExpression(expression.sub)
        break
      case 'concat':
        for (const sub of expression.subs) this.addExpression(sub)
        break
      case 'alternation':
        this.addAlternation(expression.subs)
        break
      case 'repeat':
        this.addRepeat(expression)
    }
  }

  /** @param {Expression[]} subs */
  addAlternation(subs) {
    const ends = []
    for (const [index, sub] of subs.entries()) {
      if (index === subs.length - 1) this.addExpression(sub)
      else {
        const split = this.addSplit(true)
        this.addExpression(sub)
        ends.push(this.add(JUMP))
        split.leave()
      }
    }
    for (const end of ends) this.first[end] = this.size
  }

  /** @param {import('./expression').Repeat} expression */
  addRepeat({ sub, min, max, greedy }) {
    if (max !== Infinity) {
      for (let count = 0; count < min; count++) this.addExpression(sub)
      const splits = []
      for (let count = min; count < max; count++) {
        splits.push(this.addSplit(greedy))
        this.addExpression(sub)
      }
      for (const split of splits) split.leave()
      return
    }
    if (min === 0 && sub.shortest > 0) {
      const start = this.size
      const split = this.addSplit(greedy)
      this.addExpression(sub)
      this.add(JUMP, start)
      split.leave()
      return
    }
    const split = min === 0 ? this.addSplit(greedy) : undefined
    for (let count = 1; count < min; count++) this.addExpression(sub)
    const start = this.size
    this.addExpression(sub)
    this.addLoop(greedy, start)
    split?.leave()
  }
}

/**
 * @param {Expression} expression
 * @returns {Program}
 */
function compileProgram(expression) {
  const program = new Program()
  program.addExpression(expression)
  program.add(MATCH)
  program.begins = firstCharacters(program)
  return program
}

/** @param {Program} program */
function firstCharacters(program) {
  const seen = new Set()
  const pending = [0]
  /** @type {Set<number>} */
  const numbers = new Set()
  for (let pc = pending.pop(); pc !== undefined; pc = pending.pop()) {
    if (seen.has(pc)) continue
    seen.add(pc)
    switch (program.operations[pc]) {
      case MATCH:
        return undefined
      case SET:
        numbers.add(program.first[pc])
        break
      case SPLIT:
        pending.push(program.second[pc], program.first[pc])
        break
      case JUMP:
        pending.push(program.first[pc])
        break
      case LOOK:
        pending.push(pc + 1)
    }
  }
  const ranges = [...numbers].flatMap((number) => program.sets[number].ranges)
  return new CharacterSet(ranges.map(([first, last]) => [first, last]))
}

module.exports = { JUMP, LOOK, MATCH, MAX_INSTRUCTIONS, SET, SPLIT, compileProgram }
