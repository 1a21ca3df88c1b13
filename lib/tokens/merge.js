'use strict'

// Byte-pair merging of a pretoken that is not a token: the adjacent pair whose concatenation has the lowest rank is
// merged first, the leftmost of equals, until no pair is a token. `crates/tokens/src/merge.rs` is the same.

/** Up to this many bytes a scan for the lowest pair is faster than a heap. Both give the same merges. */
const MAX_SCAN_BYTES = 96

/**
 * The token ids of a pretoken.
 * @param {string} bytes one code unit a byte
 * @param {Map<string, number>} ranks
 * @returns {number[] | Uint32Array}
 */
function merge(bytes, ranks) {
  return bytes.length <= MAX_SCAN_BYTES ? mergeByScan(bytes, ranks) : mergeByHeap(bytes, ranks)
}

/**
 * @param {string} bytes
 * @param {Map<string, number>} ranks
 */
function mergeByScan(bytes, ranks) {
  // One past the last, so that starts[i + 1] is always the end of part i; pairs[i] is the rank of parts i and i + 1.
  const starts = Array.from({ length: bytes.length + 1 }, (_, start) => start)
  const rankOf = (/** @type {number} */ left) =>
    left + 2 < starts.length ? (ranks.get(bytes.slice(starts[left], starts[left + 2])) ?? Infinity) : Infinity
  const pairs = starts.map((_, left) => rankOf(left))
  for (;;) {
    let left = 0
    for (let at = 1; at < pairs.length; at++) if (pairs[at] < pairs[left]) left = at
    if (pairs[left] === Infinity) break
    starts.splice(left + 1, 1)
    pairs.splice(left + 1, 1)
    pairs[left] = rankOf(left)
    if (left > 0) pairs[left - 1] = rankOf(left - 1)
  }
  const ids = []
  for (let at = 0; at + 1 < starts.length; at++) ids.push(Number(ranks.get(bytes.slice(starts[at], starts[at + 1]))))
  return ids
}

/**
 * @param {string} bytes
 * @param {Map<string, number>} ranks
 */
function mergeByHeap(bytes, ranks) {
  const end = bytes.length
  // A part is named by its start; next[start] is its end.
  const next = Int32Array.from({ length: end + 1 }, (_, start) => start + 1)
  const previous = Int32Array.from({ length: end + 1 }, (_, start) => start - 1)
  const pairs = new Int32Array(end + 1)
  const heap = new Heap()
  const rank = (/** @type {number} */ left) => {
    const right = next[left]
    const found = right === end ? undefined : ranks.get(bytes.slice(left, next[right]))
    pairs[left] = found ?? -1
    if (found !== undefined) heap.push(found, left)
  }
  for (let left = 0; left < end; left++) rank(left)
  while (heap.size > 0) {
    const [lowest, left] = heap.pop()
    // A pair whose left part has since merged has another rank, or none: it is out of date.
    if (pairs[left] !== lowest) continue
    const right = next[left]
    pairs[right] = -1
    next[left] = next[right]
    if (next[left] !== end) previous[next[left]] = left
    rank(left)
    if (previous[left] >= 0) rank(previous[left])
  }
  let length = 0
  for (let at = 0; at !== end; at = next[at]) length++
  const ids = new Uint32Array(length)
  for (let at = 0, index = 0; at !== end; at = next[at]) ids[index++] = Number(ranks.get(bytes.slice(at, next[at])))
  return ids
}

/** Positions are below 2^30, so a rank and a position make one exact double, ordered by rank, then position. */
const POSITIONS = 2 ** 30

/** A binary heap of pairs, lowest rank first, then leftmost. */
class Heap {
  // Grown by hand: an array of numbers has a length at which V8 ends the process.
  #keys = new Float64Array(256)
  #size = 0

  get size() {
    return this.#size
  }

  /** @param {number} rank @param {number} left */
  push(rank, left) {
    if (this.#size === this.#keys.length) {
      const larger = new Float64Array(2 * this.#size)
      larger.set(this.#keys)
      this.#keys = larger
    }
    const keys = this.#keys
    const key = rank * POSITIONS + left
    let at = this.#size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (keys[parent] <= key) break
      keys[at] = keys[parent]
      at = parent
    }
    keys[at] = key
  }

  /** @returns {[rank: number, left: number]} */
  pop() {
    const keys = this.#keys
    const lowest = keys[0]
    const size = --this.#size
    const key = keys[size]
    if (size > 0) {
      let at = 0
      for (;;) {
        let child = 2 * at + 1
        if (child >= size) break
        if (child + 1 < size && keys[child + 1] < keys[child]) child++
        if (keys[child] >= key) break
        keys[at] = keys[child]
        at = child
      }
      keys[at] = key
    }
    return [Math.floor(lowest / POSITIONS), lowest % POSITIONS]
  }
}

module.exports = { merge }
