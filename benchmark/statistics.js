'use strict'

/**
 * The value below which the share `p` of the numbers lies, between neighbours by straight line.
 * @param {readonly number[]} sorted ascending
 * @param {number} p from 0 to 1
 */
function percentile(sorted, p) {
  const at = (sorted.length - 1) * p
  const low = Math.floor(at)
  const high = Math.ceil(at)
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low)
}

/** @typedef {{ median: number, p10: number, p90: number, p99: number }} Summary */

/** @param {readonly number[]} samples @returns {Summary} */
function summarize(samples) {
  const sorted = [...samples].sort((a, b) => a - b)
  const [median, p10, p90, p99] = [0.5, 0.1, 0.9, 0.99].map((p) => percentile(sorted, p))
  return { median, p10, p90, p99 }
}

module.exports = { summarize }
