'use strict'

// Splits a region at the longest common run, of those that have the rarest symbols, as JGit and git do; where every common
// symbol is frequent, the region is left to the classic algorithm. `crates/diff/src/script/histogram.rs` is the same.

const { Classic } = require('./classic')

/** @typedef {import('./budget').Budget} Budget */
/** @typedef {import('.').Region} Region */
/** @typedef {import('.').Sides} Sides */

/** A symbol that a region's old side has more often than this is no place to split at. */
const MAX_OCCURRENCES = 64

const NONE = 2 ** 32 - 1

/**
 * Marks the changes of the whole.
 * @param {Sides} sides
 * @param {number} symbols
 * @param {Budget} budget
 */
function markHistogram(sides, symbols, budget) {
  const { before, after, changedBefore, changedAfter } = sides
  const histogram = new Histogram(before.length, symbols)
  /** @type {Classic | undefined} */
  let classic
  /** @type {Region[]} */
  const regions = [{ beforeStart: 0, beforeEnd: before.length, afterStart: 0, afterEnd: after.length }]
  for (let region; (region = regions.pop());) {
    const { beforeStart, beforeEnd, afterStart, afterEnd } = region
    const isWhole = beforeStart === beforeEnd || afterStart === afterEnd
    const found = isWhole ? 'nothing' : histogram.find(sides, region, budget)
    if (found === 'nothing') {
      changedBefore.fill(1, beforeStart, beforeEnd)
      changedAfter.fill(1, afterStart, afterEnd)
    } else if (found === 'only frequent') {
      classic ??= new Classic(symbols)
      classic.mark(sides, region, false, budget)
    } else {
      regions.push({ beforeStart: found.beforeEnd, beforeEnd, afterStart: found.afterEnd, afterEnd })
      regions.push({ beforeStart, beforeEnd: found.beforeStart, afterStart, afterEnd: found.afterStart })
    }
  }
}

/** Where a region's old side has each symbol. */
class Histogram {
  /** @param {number} length @param {number} symbols */
  constructor(length, symbols) {
    // The region in which the entry of a symbol was written; entries of other regions are void.
    this.epochs = new Uint32Array(symbols)
    this.epoch = 0
    this.occurrences = new Uint32Array(symbols)
    this.first = new Uint32Array(symbols)
    // The next position of the same symbol; `NONE` at the last.
    this.next = new Uint32Array(length)
  }

  /** @param {Uint32Array} before @param {Region} region */
  index(before, { beforeStart, beforeEnd }) {
    const { epochs, occurrences, first, next } = this
    const epoch = ++this.epoch
    for (let position = beforeEnd - 1; position >= beforeStart; position--) {
      const symbol = before[position]
      if (epochs[symbol] === epoch) {
        next[position] = first[symbol]
        occurrences[symbol]++
      } else {
        epochs[symbol] = epoch
        next[position] = NONE
        occurrences[symbol] = 1
      }
      first[symbol] = position
    }
  }

  /**
   * The run to split the region at. It is looked for only as long as there are steps.
   * @param {Sides} sides
   * @param {Region} region
   * @param {Budget} budget
   * @returns {Region | 'nothing' | 'only frequent'}
   */
  find({ before, after }, region, budget) {
    const { beforeStart, beforeEnd, afterStart, afterEnd } = region
    if (budget.coarse || !budget.spend(beforeEnd - beforeStart + (afterEnd - afterStart))) return giveUp(budget)
    this.index(before, region)
    const { epochs, epoch, occurrences, first, next } = this
    let bestStart = 0
    let bestLength = 0
    let bestAfterStart = 0
    // The fewest occurrences of a symbol of the best run.
    let rarest = MAX_OCCURRENCES + 1
    let anyCommon = false
    for (let at = afterStart, nextAt; at < afterEnd; at = nextAt) {
      nextAt = at + 1
      const symbol = after[at]
      if (epochs[symbol] !== epoch) continue
      anyCommon = true
      if (occurrences[symbol] > rarest) continue
      let steps = 0
      for (let candidate = first[symbol]; candidate !== NONE;) {
        let start = candidate
        let runAfterStart = at
        let rarestHere = occurrences[symbol]
        while (start > beforeStart && runAfterStart > afterStart && before[start - 1] === after[runAfterStart - 1]) {
          start--
          runAfterStart--
          rarestHere = Math.min(rarestHere, occurrences[before[start]])
        }
        let end = candidate + 1
        let runAfterEnd = at + 1
        while (end < beforeEnd && runAfterEnd < afterEnd && before[end] === after[runAfterEnd]) {
          rarestHere = Math.min(rarestHere, occurrences[before[end]])
          end++
          runAfterEnd++
        }
        steps += end - start
        if (runAfterEnd > nextAt) nextAt = runAfterEnd
        if (end - start > bestLength || rarestHere < rarest) {
          bestStart = start
          bestLength = end - start
          bestAfterStart = runAfterStart
          rarest = rarestHere
        }
        // The run has those up to its end already.
        while (candidate !== NONE && candidate < end) candidate = next[candidate]
      }
      if (!budget.spend(steps)) return giveUp(budget)
    }
    if (bestLength > 0 && rarest <= MAX_OCCURRENCES) {
      return {
        beforeStart: bestStart,
        beforeEnd: bestStart + bestLength,
        afterStart: bestAfterStart,
        afterEnd: bestAfterStart + bestLength
      }
    }
    return anyCommon ? 'only frequent' : 'nothing'
  }
}

/** @param {Budget} budget @returns {'only frequent'} */
function giveUp(budget) {
  if (!budget.coarse) budget.coarsen()
  return 'only frequent'
}

module.exports = { markHistogram }
