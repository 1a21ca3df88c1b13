'use strict'

// Myers' algorithm from both ends, in linear space: "An O(ND) difference algorithm and its variations" (1986), section
// 4b; before it, symbols that cannot or need not be matched are put aside, and where a box is expensive it is split at a
// good point instead of the best one. `crates/diff/src/script/classic.rs` is the same.

/** @typedef {import('./budget').Budget} Budget */
/** @typedef {import('.').Region} Region */
/** @typedef {import('.').Sides} Sides */

/** A run of so many common symbols is worth splitting at. */
const LONG_SNAKE = 20
/** From so many differences on, a split at a long snake far from the start will do. */
const MIN_HEURISTIC_COST = 256
/** How much farther than differences such a snake must be. */
const SNAKE_REACH = 4
/** A box is searched until this many differences, or the square root of its size where that is more. */
const MIN_MAX_COST = 256
/**
 * A symbol that is more frequent on the other side than the square root of this side's length counts as frequent; so does
 * one with more than this.
 */
const MAX_FREQUENCY = 1024
/** How far a frequent symbol's neighbours are looked at. */
const NEIGHBOURS = 100
/** A frequent symbol is put aside where its run has less than one in so many frequent ones. */
const FREQUENT_SHARE = 4

const UNREACHED = 2 ** 31 - 1

/** @typedef {{ symbols: Uint32Array, positions: Uint32Array }} Kept a side without what was put aside, and where each symbol was */
/** @typedef {{ x: number, y: number, minimalBefore: boolean, minimalBehind: boolean }} Split */
/** @typedef {Region & { minimal: boolean }} Piece a part of what was kept, and whether the fewest changes are wanted there */

/**
 * Marks the changes of the whole.
 * @param {Sides} sides
 * @param {number} symbols
 * @param {boolean} minimal
 * @param {Budget} budget
 */
function markClassic(sides, symbols, minimal, budget) {
  const whole = { beforeStart: 0, beforeEnd: sides.before.length, afterStart: 0, afterEnd: sides.after.length }
  new Classic(symbols).mark(sides, whole, minimal, budget)
}

/** The algorithm, with memory that is kept from region to region. */
class Classic {
  /** @param {number} symbols */
  constructor(symbols) {
    // How often each symbol is on each side of the region; zeros between two regions.
    this.countsBefore = new Uint32Array(symbols)
    this.countsAfter = new Uint32Array(symbols)
    this.forward = new Int32Array(0)
    this.backward = new Int32Array(0)
  }

  /**
   * Marks the changes of a region, as if it were all there is.
   * @param {Sides} sides
   * @param {Region} region
   * @param {boolean} minimal
   * @param {Budget} budget
   */
  mark(sides, { beforeStart, beforeEnd, afterStart, afterEnd }, minimal, budget) {
    const before = sides.before.subarray(beforeStart, beforeEnd)
    const after = sides.after.subarray(afterStart, afterEnd)
    const changedBefore = sides.changedBefore.subarray(beforeStart, beforeEnd)
    const changedAfter = sides.changedAfter.subarray(afterStart, afterEnd)
    const shorter = Math.min(before.length, after.length)
    let prefix = 0
    while (prefix < shorter && before[prefix] === after[prefix]) prefix++
    let suffix = 0
    while (suffix < shorter - prefix && before.at(-1 - suffix) === after.at(-1 - suffix)) suffix++
    if (prefix + suffix === shorter) {
      changedBefore.fill(1, prefix, before.length - suffix)
      changedAfter.fill(1, prefix, after.length - suffix)
      return
    }
    for (const symbol of before) this.countsBefore[symbol]++
    for (const symbol of after) this.countsAfter[symbol]++
    const keptBefore = keep(before, prefix, before.length - suffix, this.countsAfter, changedBefore)
    const keptAfter = keep(after, prefix, after.length - suffix, this.countsBefore, changedAfter)
    for (const symbol of before) this.countsBefore[symbol] = 0
    for (const symbol of after) this.countsAfter[symbol] = 0
    this.search(keptBefore, keptAfter, minimal, budget, changedBefore, changedAfter)
  }

  /**
   * @param {Kept} keptBefore
   * @param {Kept} keptAfter
   * @param {boolean} minimal
   * @param {Budget} budget
   * @param {Uint8Array} changedBefore
   * @param {Uint8Array} changedAfter
   */
  search(keptBefore, keptAfter, minimal, budget, changedBefore, changedAfter) {
    const a = keptBefore.symbols
    const b = keptAfter.symbols
    const diagonals = a.length + b.length + 3
    if (this.forward.length < diagonals) {
      this.forward = new Int32Array(diagonals)
      this.backward = new Int32Array(diagonals)
    }
    const maxCost = Math.max(MIN_MAX_COST, root(diagonals))
    /** @type {Piece[]} */
    const pieces = [{ beforeStart: 0, beforeEnd: a.length, afterStart: 0, afterEnd: b.length, minimal }]
    for (let piece; (piece = pieces.pop());) {
      shrink(a, b, piece)
      const { beforeStart, beforeEnd, afterStart, afterEnd } = piece
      const isWhole = beforeStart === beforeEnd || afterStart === afterEnd
      const split = isWhole ? undefined : this.split(a, b, piece, maxCost, budget)
      if (split) {
        const { x, y, minimalBefore, minimalBehind } = split
        pieces.push({ beforeStart: x, beforeEnd, afterStart: y, afterEnd, minimal: minimalBehind })
        pieces.push({ beforeStart, beforeEnd: x, afterStart, afterEnd: y, minimal: minimalBefore })
      } else {
        for (let at = beforeStart; at < beforeEnd; at++) changedBefore[keptBefore.positions[at]] = 1
        for (let at = afterStart; at < afterEnd; at++) changedAfter[keptAfter.positions[at]] = 1
      }
    }
  }

  /**
   * A point on a shortest path through the piece, or one on a good path; undefined where the steps are used up.
   * @param {Uint32Array} a
   * @param {Uint32Array} b
   * @param {Piece} piece
   * @param {number} maxCost
   * @param {Budget} budget
   * @returns {Split | undefined}
   */
  split(a, b, piece, maxCost, budget) {
    const { beforeStart: aStart, beforeEnd: aEnd, afterStart: bStart, afterEnd: bEnd } = piece
    const { forward, backward } = this
    // Diagonals, x − y, go from −(b.length + 1) to a.length + 1.
    const origin = b.length + 1
    const lowest = aStart - bEnd
    const highest = aEnd - bStart
    const forwardMiddle = aStart - bStart
    const backwardMiddle = aEnd - bEnd
    const odd = ((forwardMiddle - backwardMiddle) & 1) !== 0
    let forwardLow = forwardMiddle
    let forwardHigh = forwardMiddle
    let backwardLow = backwardMiddle
    let backwardHigh = backwardMiddle
    forward[origin + forwardMiddle] = aStart
    backward[origin + backwardMiddle] = aEnd
    let minimal = piece.minimal && !budget.coarse
    for (let cost = 1; ; cost++) {
      let longSnake = false
      let steps = 0

      if (forwardLow > lowest) forward[origin + --forwardLow - 1] = -1
      else forwardLow++
      if (forwardHigh < highest) forward[origin + ++forwardHigh + 1] = -1
      else forwardHigh--
      for (let diagonal = forwardHigh; diagonal >= forwardLow; diagonal -= 2) {
        const left = forward[origin + diagonal - 1]
        const right = forward[origin + diagonal + 1]
        const start = left >= right ? left + 1 : right
        let x = start
        while (x < aEnd && x - diagonal < bEnd && a[x] === b[x - diagonal]) x++
        if (x - start > LONG_SNAKE) longSnake = true
        steps += 1 + (x - start)
        forward[origin + diagonal] = x
        if (odd && backwardLow <= diagonal && diagonal <= backwardHigh && backward[origin + diagonal] <= x) {
          budget.spend(steps)
          return { x, y: x - diagonal, minimalBefore: true, minimalBehind: true }
        }
      }

      if (backwardLow > lowest) backward[origin + --backwardLow - 1] = UNREACHED
      else backwardLow++
      if (backwardHigh < highest) backward[origin + ++backwardHigh + 1] = UNREACHED
      else backwardHigh--
      for (let diagonal = backwardHigh; diagonal >= backwardLow; diagonal -= 2) {
        const left = backward[origin + diagonal - 1]
        const right = backward[origin + diagonal + 1]
        const start = left < right ? left : right - 1
        let x = start
        while (x > aStart && x - diagonal > bStart && a[x - 1] === b[x - diagonal - 1]) x--
        if (start - x > LONG_SNAKE) longSnake = true
        steps += 1 + (start - x)
        backward[origin + diagonal] = x
        if (!odd && forwardLow <= diagonal && diagonal <= forwardHigh && x <= forward[origin + diagonal]) {
          budget.spend(steps)
          return { x, y: x - diagonal, minimalBefore: true, minimalBehind: true }
        }
      }

      if (!budget.spend(steps)) {
        if (budget.coarse) return undefined
        budget.coarsen()
        minimal = false
      }
      if (minimal) continue

      if (longSnake && cost > MIN_HEURISTIC_COST) {
        let best = 0
        /** @type {Split | undefined} */
        let split
        for (let diagonal = forwardHigh; diagonal >= forwardLow; diagonal -= 2) {
          const x = forward[origin + diagonal]
          const y = x - diagonal
          const reached = x - aStart + (y - bStart) - Math.abs(diagonal - forwardMiddle)
          if (reached <= SNAKE_REACH * cost || reached <= best) continue
          if (aStart + LONG_SNAKE > x || x >= aEnd || bStart + LONG_SNAKE > y || y >= bEnd) continue
          let back = 1
          while (back <= LONG_SNAKE && a[x - back] === b[y - back]) back++
          if (back <= LONG_SNAKE) continue
          best = reached
          split = { x, y, minimalBefore: true, minimalBehind: false }
        }
        if (split) return split
        for (let diagonal = backwardHigh; diagonal >= backwardLow; diagonal -= 2) {
          const x = backward[origin + diagonal]
          const y = x - diagonal
          const reached = aEnd - x + (bEnd - y) - Math.abs(diagonal - backwardMiddle)
          if (reached <= SNAKE_REACH * cost || reached <= best) continue
          if (aStart >= x || x > aEnd - LONG_SNAKE || bStart >= y || y > bEnd - LONG_SNAKE) continue
          let ahead = 0
          while (ahead < LONG_SNAKE && a[x + ahead] === b[y + ahead]) ahead++
          if (ahead < LONG_SNAKE) continue
          best = reached
          split = { x, y, minimalBefore: false, minimalBehind: true }
        }
        if (split) return split
      }

      if (cost >= maxCost) {
        let farthest = -1
        let farthestX = 0
        for (let diagonal = forwardHigh; diagonal >= forwardLow; diagonal -= 2) {
          let x = Math.min(forward[origin + diagonal], aEnd)
          if (x - diagonal > bEnd) x = bEnd + diagonal
          if (x + x - diagonal > farthest) {
            farthest = x + x - diagonal
            farthestX = x
          }
        }
        let nearest = UNREACHED
        let nearestX = 0
        for (let diagonal = backwardHigh; diagonal >= backwardLow; diagonal -= 2) {
          let x = Math.max(backward[origin + diagonal], aStart)
          if (x - diagonal < bStart) x = bStart + diagonal
          if (x + x - diagonal < nearest) {
            nearest = x + x - diagonal
            nearestX = x
          }
        }
        return aEnd + bEnd - nearest < farthest - (aStart + bStart)
          ? { x: farthestX, y: farthest - farthestX, minimalBefore: true, minimalBehind: false }
          : { x: nearestX, y: nearest - nearestX, minimalBefore: false, minimalBehind: true }
      }
    }
  }
}

/** Takes common symbols at both ends out of the piece. @param {Uint32Array} a @param {Uint32Array} b @param {Piece} piece */
function shrink(a, b, piece) {
  let { beforeStart, beforeEnd, afterStart, afterEnd } = piece
  while (beforeStart < beforeEnd && afterStart < afterEnd && a[beforeStart] === b[afterStart]) {
    beforeStart++
    afterStart++
  }
  while (beforeStart < beforeEnd && afterStart < afterEnd && a[beforeEnd - 1] === b[afterEnd - 1]) {
    beforeEnd--
    afterEnd--
  }
  Object.assign(piece, { beforeStart, beforeEnd, afterStart, afterEnd })
}

/**
 * What of `side` can be matched, between two positions; the rest of it is marked. `counts` are those of the other side.
 * @param {Uint32Array} side
 * @param {number} start
 * @param {number} end
 * @param {Uint32Array} counts
 * @param {Uint8Array} changed
 * @returns {Kept}
 */
function keep(side, start, end, counts, changed) {
  const frequent = Math.min(root(side.length), MAX_FREQUENCY)
  /** @param {number} position */
  const isRare = (position) => counts[side[position]] > 0 && counts[side[position]] < frequent
  // How many of the symbols before each are absent from the other side, and where the next rare one is.
  const absent = new Uint32Array(end - start + 1)
  for (let position = start; position < end; position++) {
    absent[position + 1 - start] = absent[position - start] + Number(counts[side[position]] === 0)
  }
  const nextRare = new Uint32Array(end - start).fill(end)
  for (let position = end - 2; position >= start; position--) {
    nextRare[position - start] = isRare(position + 1) ? position + 1 : nextRare[position + 1 - start]
  }
  /** @param {number} from @param {number} to */
  const absentIn = (from, to) => absent[to - start] - absent[from - start]
  /**
   * Whether a frequent symbol stands among symbols that are changed anyway, on both sides and nearly without others.
   * @param {number} position
   * @param {number} behindRare
   */
  const isLost = (position, behindRare) => {
    const first = Math.max(behindRare, position - NEIGHBOURS)
    const last = Math.min(nextRare[position - start], position + NEIGHBOURS + 1)
    const absentBefore = absentIn(first, position)
    const absentBehind = absentIn(position + 1, last)
    const all = position - first + (last - position - 1) + 2
    return absentBefore > 0 && absentBehind > 0 && (all - absentBefore - absentBehind) * FREQUENT_SHARE < all
  }
  const symbols = new Uint32Array(end - start)
  const positions = new Uint32Array(end - start)
  let length = 0
  let behindRare = start
  for (let position = start; position < end; position++) {
    if (isRare(position)) behindRare = position + 1
    else if (counts[side[position]] === 0 || isLost(position, behindRare)) {
      changed[position] = 1
      continue
    }
    symbols[length] = side[position]
    positions[length++] = position
  }
  return { symbols: symbols.subarray(0, length), positions: positions.subarray(0, length) }
}

/** About the square root: the power of two that git takes for it. @param {number} number */
function root(number) {
  let result = 1
  for (let left = number; left > 0; left >>>= 2) result *= 2
  return result
}

module.exports = { Classic, markClassic }
