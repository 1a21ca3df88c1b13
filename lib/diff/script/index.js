'use strict'

// The edit script between two sequences of symbols, as git's: which runs of one were replaced by which of the other.
// `crates/diff/src/script` is the same, file by file.

const { Budget } = require('./budget')
const { markClassic } = require('./classic')
const { compact } = require('./compact')
const { markHistogram } = require('./histogram')
const { markPatience } = require('./patience')

/** By their numbers at the border between the engines. */
const ALGORITHMS = Object.freeze(['histogram', 'myers', 'minimal', 'patience'])

/**
 * @typedef {object} Sides both sequences, and which of their symbols are changed
 * @property {Uint32Array} before
 * @property {Uint32Array} after
 * @property {Uint8Array} changedBefore
 * @property {Uint8Array} changedAfter
 */
/** @typedef {{ beforeStart: number, beforeEnd: number, afterStart: number, afterEnd: number }} Region a part of each sequence */
/** @typedef {(position: number) => number} Indentation of a line in columns, −1 for a blank line */
/**
 * @typedef {object} CompareOptions
 * @property {number} algorithm its position in `ALGORITHMS`
 * @property {[before: Indentation, after: Indentation] | undefined} indentation where a change can be moved, its place is
 *   chosen by these, as by git's indent heuristic; without, it is the last possible one
 * @property {number} maxSteps after about so many steps the rest is compared coarsely, and after twice as many it is one
 *   change
 */
/**
 * @typedef {object} Script
 * @property {Uint32Array} changes four numbers each: from where to where on the old side, and on the new one
 * @property {boolean} coarse whether the steps were used up, so that the changes are larger than they could be
 */

/**
 * Compares two sequences of symbols, which are numbers below `symbols`.
 * @param {Uint32Array} before
 * @param {Uint32Array} after
 * @param {number} symbols
 * @param {CompareOptions} options
 * @returns {Script}
 */
function compare(before, after, symbols, { algorithm, indentation, maxSteps }) {
  const budget = new Budget(maxSteps)
  const changedBefore = new Uint8Array(before.length)
  const changedAfter = new Uint8Array(after.length)
  const sides = { before, after, changedBefore, changedAfter }
  switch (ALGORITHMS[algorithm]) {
    case 'histogram':
      markHistogram(sides, symbols, budget)
      break
    case 'patience':
      markPatience(sides, symbols, budget)
      break
    default:
      markClassic(sides, symbols, ALGORITHMS[algorithm] === 'minimal', budget)
  }
  compact(before, changedBefore, changedAfter, indentation?.[0], budget)
  compact(after, changedAfter, changedBefore, indentation?.[1], budget)
  return { changes: changesOf(sides), coarse: budget.coarse }
}

/** @param {Sides} sides */
function changesOf({ before: { length }, changedBefore, changedAfter }) {
  /** @type {number[]} */
  const changes = []
  for (let before = 0, after = 0; ; before++, after++) {
    const [startBefore, startAfter] = [before, after]
    while (changedBefore[before] === 1) before++
    while (changedAfter[after] === 1) after++
    if (before > startBefore || after > startAfter) changes.push(startBefore, before, startAfter, after)
    if (before >= length) return Uint32Array.from(changes)
  }
}

module.exports = { ALGORITHMS, compare }
