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

/** @typedef {{ median: number, p10: number, p90: number }} Summary */

/** @param {readonly number[]} samples @returns {Summary} */
function summarize(samples) {
  const sorted = [...samples].sort((a, b) => a - b)
  return { median: percentile(sorted, 0.5), p10: percentile(sorted, 0.1), p90: percentile(sorted, 0.9) }
}

module.exports = { summarize }
