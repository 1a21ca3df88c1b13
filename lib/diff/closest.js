'use strict'

// The places of a text that are most like another: windows of whole lines. Every window is measured by the pairs of code
// points it shares with what is sought, a sum that moves along with the window; the best few are then compared in full.
// crates/diff/src/closest.rs does the same.

const { codePoints, similarityOfPoints } = require('./similarity')

/** Pairs of code points are counted in so many buckets. */
const BUCKETS = 1 << 12
/** Bounds the comparisons of the windows' code points with the needle's, by pairs. */
const MAX_CELLS = 2 ** 26
/** More windows are never returned. */
const MAX_LIMIT = 100
/** How many lines more or fewer than the needle a window may have at each end. */
const SLACK = 2

/** @typedef {{ startLine: number, endLine: number, score: number }} Closest lines from 1, both included */

/**
 * The windows most like `needle`, best first, equal ones in the order of their lines; none overlaps another.
 * @param {string} haystack
 * @param {string} needle
 * @param {{ limit: number, minScore: number }} options
 */
function closest(haystack, needle, options) {
  return closestIn(new Lines(haystack), needle, options)
}

/**
 * The same for a haystack that is searched more than once.
 * @param {Lines} lines
 * @param {string} needle
 * @param {{ limit: number, minScore: number }} options
 * @returns {Closest[]}
 */
function closestIn(lines, needle, options) {
  const { minScore } = options
  const limit = Math.min(options.limit, MAX_LIMIT)
  const sought = new Lines(needle)
  if (lines.count === 0 || sought.count === 0 || limit === 0) return []
  const height = Math.min(sought.count, lines.count)
  const points = sought.window(0, sought.count)
  const perWindow = Math.max(1, points.length * Math.ceil((lines.points.length / lines.count) * height))
  const affordable = Math.floor(MAX_CELLS / perWindow)
  const candidates = bestApart(lines, sought, Math.max(limit, Math.min(2 * limit + 2, affordable)))
  /** @type {(from: number, to: number) => Window} */
  const measure = (from, to) => ({ from, to, score: similarityOfPoints(points, lines.window(from, to)) })
  const measured = candidates.map((from) => measure(from, from + height)).sort(byScore)
  let refinements = affordable - candidates.length
  /** @type {Window[]} */
  const found = []
  for (const window of measured) {
    if (found.length === limit) break
    let best = window
    if (refinements >= 4 * SLACK && best.score < 1) {
      refinements -= 4 * SLACK
      best = refine(best, lines.count, measure)
    }
    if (best.score >= minScore && !found.some((other) => best.from < other.to && other.from < best.to)) found.push(best)
  }
  found.sort(byScore)
  return found.map(({ from, to, score }) => ({ startLine: from + 1, endLine: to, score }))
}

/** @typedef {{ from: number, to: number, score: number }} Window lines from 0, without `to` */

/** @param {Window} a @param {Window} b */
function byScore(a, b) {
  return b.score - a.score || a.from - b.from
}

/**
 * Moves the window's start, then its end, to where it is most alike.
 * @param {Window} window
 * @param {number} count
 * @param {(from: number, to: number) => Window} measure
 */
function refine(window, count, measure) {
  let best = window
  for (const end of [false, true]) {
    const { from, to } = best
    for (let step = 1; step <= SLACK; step++) {
      for (const by of [-step, step]) {
        const start = end ? from : from + by
        const stop = end ? to + by : to
        if (start < 0 || stop > count || start >= stop) continue
        const moved = measure(start, stop)
        if (moved.score > best.score) best = moved
      }
    }
  }
  return best
}

/**
 * The starts of at most `limit` windows as high as `sought` that share the most pairs of neighbouring code points with it,
 * none of which overlaps another. Windows around one may have the same lines in another order, so of those that overlap it
 * the one is taken whose first and last lines are like the first and the last of `sought` too.
 * @param {Lines} lines
 * @param {Lines} sought
 * @param {number} limit
 */
function bestApart(lines, sought, limit) {
  const height = Math.min(sought.count, lines.count)
  const estimates = estimate(lines, sought, height)
  const first = countPairs(sought.pairsOf(0))
  const last = countPairs(sought.pairsOf(sought.count - 1))
  /** @type {number[]} */
  const starts = []
  while (starts.length < limit) {
    let peak = -1
    for (let at = 0; at < estimates.length; at++) {
      if (estimates[at] > 0 && (peak < 0 || estimates[at] > estimates[peak])) peak = at
    }
    if (peak < 0) break
    let best = peak
    let most = 0
    for (let at = Math.max(0, peak - height + 1); at < Math.min(estimates.length, peak + height); at++) {
      if (estimates[at] === 0) continue
      const ends = likeness(first, lines.pairsOf(at)) + likeness(last, lines.pairsOf(at + height - 1))
      if (estimates[at] + ends / 4 > most) {
        best = at
        most = estimates[at] + ends / 4
      }
    }
    starts.push(best)
    estimates.fill(0, Math.max(0, best - height + 1), best + height)
  }
  return starts
}

/**
 * For each window of `height` lines, from 0 to 1, how many pairs of neighbouring code points it shares with `sought`.
 * Blanks at the ends of lines do not count.
 * @param {Lines} lines
 * @param {Lines} sought
 * @param {number} height
 */
function estimate(lines, sought, height) {
  const { pairs, ends } = lines.pairs
  const wanted = sought.pairs.pairs
  const { counts } = countPairs(wanted)
  const estimates = new Float64Array(lines.count - height + 1)
  let shared = 0
  for (let line = 0; line < lines.count; line++) {
    for (let at = line === 0 ? 0 : ends[line - 1]; at < ends[line]; at++) if (counts[pairs[at]]-- > 0) shared++
    const from = line - height + 1
    if (from < 0) continue
    const start = from === 0 ? 0 : ends[from - 1]
    if (shared > 0) estimates[from] = (2 * shared) / (wanted.length + ends[line] - start)
    for (let at = start; at < ends[from]; at++) if (++counts[pairs[at]] > 0) shared--
  }
  return estimates
}

/** @param {Uint16Array} pairs */
function countPairs(pairs) {
  const counts = new Int32Array(BUCKETS)
  for (const pair of pairs) counts[pair]++
  return { counts, length: pairs.length }
}

/**
 * The part of two lines' pairs that they share.
 * @param {{ counts: Int32Array, length: number }} wanted
 * @param {Uint16Array} pairs
 */
function likeness({ counts, length }, pairs) {
  let shared = 0
  for (const pair of pairs) if (counts[pair]-- > 0) shared++
  for (const pair of pairs) counts[pair]++
  return shared > 0 ? (2 * shared) / (length + pairs.length) : 0
}

/** A text's code points by lines, which end in LF, CRLF or CR. */
class Lines {
  /** @param {string} text */
  constructor(text) {
    this.points = codePoints(text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text)
    /** Where each line begins, and where one after the last would. */
    this.starts = [0]
    for (let at = this.points.indexOf(10); at >= 0; at = this.points.indexOf(10, at + 1)) this.starts.push(at + 1)
    if (this.starts[this.starts.length - 1] < this.points.length) this.starts.push(this.points.length + 1)
    this.count = this.starts.length - 1
    /** @type {{ pairs: Uint16Array, ends: Int32Array } | undefined} */
    this.known = undefined
  }

  /** The code points of lines, without the last line's end. @param {number} from @param {number} to */
  window(from, to) {
    return this.points.subarray(this.starts[from], this.starts[to] - 1)
  }

  /** The buckets of the pairs of code points, and where each line's end. */
  get pairs() {
    if (this.known) return this.known
    const { points, starts } = this
    const pairs = new Uint16Array(points.length)
    const ends = new Int32Array(this.count)
    let count = 0
    for (let line = 0; line < this.count; line++) {
      let at = starts[line]
      let end = starts[line + 1] - 1
      while (at < end && isBlank(points[at])) at++
      while (end > at && isBlank(points[end - 1])) end--
      for (let previous = 10; at < end; at++) {
        const point = points[at]
        pairs[count++] = (Math.imul(previous, 61) + point) & (BUCKETS - 1)
        previous = point
      }
      ends[line] = count
    }
    return (this.known = { pairs: pairs.subarray(0, count), ends })
  }

  /** Those of a line. @param {number} line */
  pairsOf(line) {
    const { pairs, ends } = this.pairs
    return pairs.subarray(line === 0 ? 0 : ends[line - 1], ends[line])
  }
}

/** @param {number} point */
function isBlank(point) {
  return point === 32 || point === 9
}

module.exports = { Lines, closest, closestIn }
