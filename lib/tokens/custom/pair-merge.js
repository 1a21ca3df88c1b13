'use strict'

// Byte-pair merging by a table of any kind, through a heap: O(n log n), whatever the piece.
// `crates/tokens/src/custom/pair_merge.rs` is the same.

/** Positions are below 2^30 and priorities below 2^22, so both make one exact double, ordered by priority, then position. */
const POSITIONS = 2 ** 30

/** Scratch space that pieces share. Parts are named by their first byte. */
class PairMerger {
  constructor() {
    /** The token of each part; -1 once it has become part of the one before it. */
    this.tokens = new Int32Array(64)
    /** The part behind each, which is where it ends. */
    this.ends = new Int32Array(64)
    this.previous = new Int32Array(64)
    /** What each becomes with the part behind it, or -1. */
    this.merged = new Int32Array(64)
    // Grown by hand: an array of numbers has a length at which V8 ends the process.
    this.heap = new Float64Array(256)
    this.size = 0
  }

  /** @param {number} length */
  #reserve(length) {
    this.tokens = new Int32Array(length)
    this.ends = new Int32Array(length)
    this.previous = new Int32Array(length)
    this.merged = new Int32Array(length)
  }

  /**
   * Merges parts of one byte each, and calls `emit` with the token of each part that is left. The pair of the lowest priority
   * is merged first, the leftmost of equals.
   *
   * An entry of the heap counts as long as the pair that is now there makes the same token, even where it is another pair
   * than the one queued: so do Hugging Face's tokenizers.
   * @param {number} length in bytes
   * @param {(at: number) => number} token of a byte
   * @param {(left: number, right: number, merger: PairMerger) => number} priority of two parts, or -1
   * @param {(priority: number) => number} mergedOf the token that the pair of a priority makes
   * @param {(token: number) => void} emit
   */
  merge(length, token, priority, mergedOf, emit) {
    if (length > this.tokens.length) this.#reserve(Math.max(length, 2 * this.tokens.length))
    const { tokens, ends, previous, merged } = this
    this.size = 0
    for (let at = 0; at < length; at++) {
      tokens[at] = token(at)
      ends[at] = at + 1
      previous[at] = at - 1
    }
    // Looks at `left` and the part behind it, and queues the pair.
    const look = (/** @type {number} */ left) => {
      const found = ends[left] === length ? -1 : priority(left, ends[left], this)
      merged[left] = found < 0 ? -1 : mergedOf(found)
      if (found >= 0) this.#push(found * POSITIONS + left)
    }
    for (let left = 0; left < length; left++) look(left)
    while (this.size > 0) {
      const key = this.#pop()
      const left = key % POSITIONS
      const made = mergedOf(Math.floor(key / POSITIONS))
      if (tokens[left] < 0 || merged[left] !== made) continue
      const right = ends[left]
      tokens[right] = -1
      tokens[left] = made
      ends[left] = ends[right]
      if (ends[left] !== length) previous[ends[left]] = left
      if (previous[left] >= 0) look(previous[left])
      look(left)
    }
    for (let at = 0; at !== length; at = ends[at]) emit(tokens[at])
  }

  /** @param {number} key */
  #push(key) {
    if (this.size === this.heap.length) {
      const larger = new Float64Array(2 * this.size)
      larger.set(this.heap)
      this.heap = larger
    }
    const { heap } = this
    let at = this.size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (heap[parent] <= key) break
      heap[at] = heap[parent]
      at = parent
    }
    heap[at] = key
  }

  #pop() {
    const { heap } = this
    const lowest = heap[0]
    const size = --this.size
    const key = heap[size]
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      if (child + 1 < size && heap[child + 1] < heap[child]) child++
      if (heap[child] >= key) break
      heap[at] = heap[child]
      at = child
    }
    heap[at] = key
    return lowest
  }
}

module.exports = { PairMerger }
