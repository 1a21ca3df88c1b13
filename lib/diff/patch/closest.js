'use strict'

// The places in a source that are most like the lines of a hunk that are nowhere in it.
// `crates/diff/src/patch/closest.rs` does the same.

/** @typedef {{ startLine: number, endLine: number, score: number }} Candidate lines of the source, counted from 1 and the
 * last included, and the share of lines in common, from 0 to 1 */

/** The share of lines in common below which a place is not worth showing. */
const MIN_SCORE = 0.3
const MAX_CANDIDATES = 3

/**
 * Up to three groups of lines of `source` that do not overlap and have most lines of `wanted`, the most similar first,
 * and of equally similar ones the nearest to `expected`. The lines are ids below `ids`, or above for those not known. It
 * takes about four steps for each line.
 * @param {Uint32Array} source
 * @param {readonly number[]} wanted
 * @param {number} ids
 * @param {number} expected
 * @returns {Candidate[]}
 */
function closest(source, wanted, ids, expected) {
  const width = Math.min(wanted.length, source.length)
  if (width === 0) return []
  const missing = new Int32Array(ids)
  const known = new Uint8Array(ids)
  for (const id of wanted) {
    if (id < ids) {
      missing[id]++
      known[id] = 1
    }
  }
  // The number of lines in common of the lines from each start on.
  const common = new Uint32Array(source.length + 1 - width)
  let equal = 0
  for (let end = 0; end < source.length; end++) {
    const id = source[end]
    if (id < ids && known[id] === 1) {
      if (missing[id] > 0) equal++
      missing[id]--
    }
    const start = end + 1 - width
    if (start < 0) continue
    common[start] = equal
    const first = source[start]
    if (first < ids && known[first] === 1) {
      missing[first]++
      if (missing[first] > 0) equal--
    }
  }
  /** @type {Candidate[]} */
  const candidates = []
  while (candidates.length < MAX_CANDIDATES) {
    let best = -1
    for (let start = 0; start < common.length; start++) {
      const better =
        best === -1 ||
        common[start] > common[best] ||
        (common[start] === common[best] && Math.abs(start - expected) < Math.abs(best - expected))
      if (!better) continue
      const overlaps = candidates.some(({ startLine, endLine }) => start + width >= startLine && start < endLine)
      if (!overlaps) best = start
    }
    if (best === -1) break
    const score = (2 * common[best]) / (width + wanted.length)
    if (score < MIN_SCORE) break
    candidates.push({ startLine: best + 1, endLine: best + width, score })
  }
  return candidates
}

module.exports = { closest }
