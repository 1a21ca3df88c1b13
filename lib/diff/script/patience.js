'use strict'

// Splits a region at the symbols that are there once on both sides, in the longest order that both have them in (Bram
// Cohen); where there are none, the region is left to the classic algorithm. `crates/diff/src/script/patience.rs` is the
// same.

const { Classic } = require('./classic')

/** @typedef {import('./budget').Budget} Budget */
/** @typedef {import('.').Region} Region */
/** @typedef {import('.').Sides} Sides */
/** @typedef {{ before: number, after: number }} Anchor a symbol that is there once on both sides: its positions */

/**
 * Marks the changes of the whole.
 * @param {Sides} sides
 * @param {number} symbols
 * @param {Budget} budget
 */
function markPatience(sides, symbols, budget) {
  const { before, after, changedBefore, changedAfter } = sides
  const patience = new Patience(symbols)
  /** @type {Classic | undefined} */
  let classic
  /** @type {Region[]} */
  const regions = [{ beforeStart: 0, beforeEnd: before.length, afterStart: 0, afterEnd: after.length }]
  for (let region; (region = regions.pop());) {
    const { beforeStart, beforeEnd, afterStart, afterEnd } = region
    /** @type {Anchor[] | undefined} */
    let anchors
    if (beforeStart < beforeEnd && afterStart < afterEnd) {
      const hasSteps = !budget.coarse && budget.spend(beforeEnd - beforeStart + (afterEnd - afterStart))
      if (!hasSteps && !budget.coarse) budget.coarsen()
      anchors = hasSteps ? patience.anchors(sides, region) : []
    }
    if (!anchors) {
      changedBefore.fill(1, beforeStart, beforeEnd)
      changedAfter.fill(1, afterStart, afterEnd)
    } else if (anchors.length === 0) {
      classic ??= new Classic(symbols)
      classic.mark(sides, region, false, budget)
    } else {
      for (const part of between(sides, region, anchors).reverse()) regions.push(part)
    }
  }
}

/**
 * The regions between the anchors, without what is equal at their ends.
 * @param {Sides} sides
 * @param {Region} region
 * @param {Anchor[]} anchors
 */
function between(sides, region, anchors) {
  /** @type {Region[]} */
  const parts = []
  let { beforeStart, afterStart } = region
  for (let index = 0; ; index++) {
    let beforeEnd = region.beforeEnd
    let afterEnd = region.afterEnd
    if (index < anchors.length) {
      beforeEnd = anchors[index].before
      afterEnd = anchors[index].after
      while (
        beforeEnd > beforeStart &&
        afterEnd > afterStart &&
        sides.before[beforeEnd - 1] === sides.after[afterEnd - 1]
      ) {
        beforeEnd--
        afterEnd--
      }
    }
    while (beforeStart < beforeEnd && afterStart < afterEnd && sides.before[beforeStart] === sides.after[afterStart]) {
      beforeStart++
      afterStart++
    }
    if (beforeEnd > beforeStart || afterEnd > afterStart) parts.push({ beforeStart, beforeEnd, afterStart, afterEnd })
    if (index >= anchors.length) return parts
    while (
      index + 1 < anchors.length &&
      anchors[index + 1].before === anchors[index].before + 1 &&
      anchors[index + 1].after === anchors[index].after + 1
    ) {
      index++
    }
    beforeStart = anchors[index].before + 1
    afterStart = anchors[index].after + 1
  }
}

const ABSENT = 2 ** 32 - 1
const REPEATED = 2 ** 32 - 2

/** Where a region has each symbol. */
class Patience {
  /** @param {number} symbols */
  constructor(symbols) {
    // The region in which the entry of a symbol was written; entries of other regions are void.
    this.epochs = new Uint32Array(symbols)
    this.epoch = 0
    this.before = new Uint32Array(symbols)
    this.after = new Uint32Array(symbols)
  }

  /**
   * The longest increasing sequence of anchors; undefined where the sides have no symbol in common.
   * @param {Sides} sides
   * @param {Region} region
   * @returns {Anchor[] | undefined}
   */
  anchors(sides, { beforeStart, beforeEnd, afterStart, afterEnd }) {
    const epoch = ++this.epoch
    for (let position = beforeStart; position < beforeEnd; position++) {
      const symbol = sides.before[position]
      if (this.epochs[symbol] === epoch) this.before[symbol] = REPEATED
      else {
        this.epochs[symbol] = epoch
        this.before[symbol] = position
        this.after[symbol] = ABSENT
      }
    }
    let anyCommon = false
    for (let position = afterStart; position < afterEnd; position++) {
      const symbol = sides.after[position]
      if (this.epochs[symbol] !== epoch) continue
      anyCommon = true
      this.after[symbol] = this.after[symbol] === ABSENT ? position : REPEATED
    }
    if (!anyCommon) return undefined

    // `ends[n]` is the anchor, with the least position on the new side, in which a sequence of n + 1 ends.
    /** @typedef {Anchor & { previous: Linked | undefined }} Linked */
    /** @type {Linked[]} */
    const ends = []
    for (let position = beforeStart; position < beforeEnd; position++) {
      const symbol = sides.before[position]
      const after = this.after[symbol]
      if (this.before[symbol] === REPEATED || after === ABSENT || after === REPEATED) continue
      // Mostly it comes behind all others.
      const last = ends.at(-1)
      let low = last && last.after < after ? ends.length : 0
      for (let high = ends.length; low < high;) {
        const middle = (low + high) >>> 1
        if (ends[middle].after < after) low = middle + 1
        else high = middle
      }
      ends[low] = { before: position, after, previous: ends[low - 1] }
    }
    /** @type {Anchor[]} */
    const anchors = []
    for (let last = ends.at(-1); last; last = last.previous) anchors.push(last)
    return anchors.reverse()
  }
}

module.exports = { markPatience }
