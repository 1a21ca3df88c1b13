'use strict'

/** @typedef {{ what: 'skipped' | 'binary' | 'too large' | 'unreadable', path: string, why?: string }} LeftOut */
/** @typedef {Record<string, { count: number, samples: string[] }>} Summary */

const SAMPLES = 3

/**
 * What was left out, counted by kind, with the first of each as samples.
 * @param {LeftOut[]} parts
 * @returns {Summary}
 */
function summarize(parts) {
  /** @type {Summary} */
  const kinds = {}
  for (const { what, path, why } of parts) {
    const kind = (kinds[what] ??= { count: 0, samples: [] })
    kind.count++
    if (kind.samples.length < SAMPLES) kind.samples.push(why === undefined ? path : `${path}: ${why}`)
  }
  return kinds
}

/**
 * One line for people.
 * @param {Summary} leftOut
 * @param {boolean} truncated
 */
function sentence(leftOut, truncated) {
  const kinds = Object.entries(leftOut).map(([what, { count, samples }]) => {
    const more = count > samples.length ? ', …' : ''
    return `${count.toLocaleString('en')} ${what} (${samples.join(', ')}${more})`
  })
  if (truncated) kinds.push('truncated: what came after the first files that a list may have')
  return `Left out: ${kinds.length > 0 ? kinds.join('; ') : 'nothing'}.`
}

module.exports = { sentence, summarize }
