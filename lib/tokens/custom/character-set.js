'use strict'

// Sets of characters. `crates/tokens/src/custom/pattern/set.rs` is the same.

/** The code points below this are the characters, and the surrogates, which no well-formed text has. */
const CODE_POINTS = 0x110000

/** A first and a last code point. @typedef {[first: number, last: number]} Range */

/** Code points as ranges, in order and apart from each other. Sets do not change once they are made. */
class CharacterSet {
  /** @param {Iterable<Range>} ranges in any order */
  constructor(ranges) {
    const sorted = [...ranges].sort((a, b) => a[0] - b[0])
    /** @type {Range[]} */
    this.ranges = []
    for (const [first, last] of sorted) {
      const before = this.ranges.at(-1)
      if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last)
      else this.ranges.push([first, last])
    }
    /** Which of the first 128 are in it. */
    this.ascii = new Uint8Array(128)
    for (const [first, last] of this.ranges) {
      if (first > 127) break
      this.ascii.fill(1, first, Math.min(last, 127) + 1)
    }
    this.lasts = Uint32Array.from(this.ranges, (range) => range[1])
    this.firsts = Uint32Array.from(this.ranges, (range) => range[0])
  }

  /** @param {number} codePoint */
  has(codePoint) {
    if (codePoint < 128) return this.ascii[codePoint] === 1
    const { firsts, lasts } = this
    let low = 0
    let high = lasts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (lasts[middle] < codePoint) low = middle + 1
      else high = middle
    }
    return low < lasts.length && firsts[low] <= codePoint
  }

  /** A name that equal sets share. */
  get key() {
    return this.ranges.join(' ')
  }

  /** @param {CharacterSet} other */
  union(other) {
    return new CharacterSet([...this.ranges, ...other.ranges].map(copy))
  }

  negate() {
    /** @type {Range[]} */
    const ranges = []
    let next = 0
    for (const [first, last] of this.ranges) {
      if (first > next) ranges.push([next, first - 1])
      next = last + 1
    }
    if (next < CODE_POINTS) ranges.push([next, CODE_POINTS - 1])
    return new CharacterSet(ranges)
  }

  /** @param {CharacterSet} other */
  subtract(other) {
    return this.negate().union(other).negate()
  }

  /** @param {CharacterSet} other */
  intersect(other) {
    return this.subtract(other.negate())
  }
}

/** @param {Range} range @returns {Range} */
const copy = ([first, last]) => [first, last]

/** The set of one character. @param {number} codePoint */
const one = (codePoint) => new CharacterSet([[codePoint, codePoint]])

module.exports = { CODE_POINTS, CharacterSet, copy, one }
