'use strict'

// The machine that runs a program: one pass over the text, in all places of the program at once, in their order of
// preference. The time is at most the length of the text times the size of the program, and the memory twice that size.

const { holds } = require('./looks')
const { JUMP, LOOK, MATCH, SPLIT } = require('./program')

/** @typedef {ReturnType<import('./program').compileProgram>} Program */
/** @typedef {{ start: number, end: number }} Span */

/** Places in the program in their order of preference, with where in the text each began. */
class Threads {
  /** @param {number} size */
  constructor(size) {
    this.places = new Uint32Array(size)
    this.starts = new Uint32Array(size)
    this.count = 0
  }
}

/** What a program needs to run; it is used for one search at a time. */
class Machine {
  /** @param {Program} program */
  constructor(program) {
    this.program = program
    this.operations = Uint8Array.from(program.operations)
    this.first = Uint32Array.from(program.first)
    this.second = Uint32Array.from(program.second)
    this.threads = new Threads(program.size)
    this.next = new Threads(program.size)
    /** The step at which a place was last reached. */
    this.reached = new Float64Array(program.size)
    this.step = 0
    this.stack = new Uint32Array(program.size + 1)
  }

  /**
   * Adds the places that follow a place of the program without reading a character.
   * @param {Threads} threads to add to
   * @param {string} text
   * @param {number} at
   * @param {number} place
   * @param {number} start
   */
  follow(threads, text, at, place, start) {
    const { operations, first, second, reached, stack, step } = this
    const { looks } = this.program
    let depth = 0
    stack[depth++] = place
    while (depth > 0) {
      let pc = stack[--depth]
      while (reached[pc] !== step) {
        reached[pc] = step
        const operation = operations[pc]
        if (operation === SPLIT) {
          stack[depth++] = second[pc]
          pc = first[pc]
        } else if (operation === JUMP) pc = first[pc]
        else if (operation === LOOK) {
          if (!holds(looks[first[pc]], text, at)) break
          pc++
        } else {
          threads.places[threads.count] = pc
          threads.starts[threads.count++] = start
        }
      }
    }
  }
}

/** A search that can be done in parts. */
class PikeSearch {
  /**
   * @param {Machine} machine which no other unfinished search uses
   * @param {string} text
   * @param {number} from
   * @param {number} lastStart where a match begins at the latest
   */
  constructor(machine, text, from, lastStart) {
    this.machine = machine
    this.text = text
    this.at = from
    this.lastStart = lastStart
    /** @type {Span | undefined} */
    this.match = undefined
    machine.threads.count = 0
    machine.step++
  }

  /**
   * Goes on until about so many steps are done.
   * @param {number} steps
   * @returns {boolean} whether the search is over
   */
  run(steps) {
    const { machine, text, lastStart } = this
    const { operations, first } = machine
    const { begins, sets } = machine.program
    let { threads, next } = machine
    let { at } = this
    const { length } = text
    while (steps > 0) {
      if (threads.count === 0) {
        if (this.match || at > lastStart) return true
        if (begins) {
          while (at < length && !begins.has(text.charCodeAt(at)) && !isPart(text, at)) {
            at++
            steps--
          }
          if (at >= length) return true
          if (steps <= 0) break
          // What was reached, or kept out by a look-around, was so at another place in the text.
          machine.step++
        }
      }
      if (!this.match && at <= lastStart) machine.follow(threads, text, at, 0, at)
      steps -= threads.count + 1

      const codePoint = at < length ? /** @type {number} */ (text.codePointAt(at)) : -1
      const after = at + (codePoint > 0xffff ? 2 : 1)
      machine.step++
      next.count = 0
      for (let i = 0; i < threads.count; i++) {
        const pc = threads.places[i]
        const start = threads.starts[i]
        if (operations[pc] === MATCH) {
          // The threads behind are of lower preference.
          this.match = { start, end: at }
          break
        }
        if (codePoint >= 0 && sets[first[pc]].has(codePoint)) machine.follow(next, text, after, pc + 1, start)
      }
      ;[threads, next] = [next, threads]
      machine.threads = threads
      machine.next = next
      if (at >= length) return true
      at = after
    }
    this.at = at
    return false
  }
}

/** Whether a character of two units begins here, or a byte that is none. @param {string} text @param {number} at */
function isPart(text, at) {
  const unit = text.charCodeAt(at)
  return unit >= 0xd800 && unit <= 0xdfff
}

module.exports = { Machine, PikeSearch }
