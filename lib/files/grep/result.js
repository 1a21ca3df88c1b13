'use strict'

/**
 * What a search gives, step by step and at its end.
 *
 * @typedef {import('../../..').files.Match} Match
 * @typedef {import('../../..').files.GrepSummary} Summary
 *
 * @typedef {object} Step
 * @property {Match[]} matches
 * @property {number} filesSearched so far
 * @property {number} matchCount so far
 * @property {Summary} [summary] at the end
 *
 * @typedef {object} Steps an engine's search
 * @property {(limits: { matches?: number, timeMs?: number }, signal: AbortSignal | undefined) => Promise<Step>} next
 * @property {() => void} close
 */

/** The kinds of what is skipped, in the order in which the addon counts them. */
const KINDS = Object.freeze(
  /** @type {const} */ ([
    'ignored',
    'hidden',
    'binary',
    'tooLarge',
    'unreadable',
    'notUtf8',
    'outsideBudget',
    'special',
    'symlinks',
    'nestedRepositories'
  ])
)

/** How long a step takes where progress is told. */
const PROGRESS_MS = 100

/**
 * The whole result of a search.
 * @param {Steps} steps
 * @param {AbortSignal | undefined} signal
 * @param {((progress: { filesSearched: number, matches: number }) => void) | undefined} onProgress
 * @returns {Promise<import('../../..').files.GrepResult>}
 */
async function collect(steps, signal, onProgress) {
  /** @type {Match[]} */
  let matches = []
  try {
    for (;;) {
      const step = await steps.next(onProgress === undefined ? {} : { timeMs: PROGRESS_MS }, signal)
      if (matches.length === 0) matches = step.matches
      else for (const match of step.matches) matches.push(match)
      if (step.summary !== undefined) return { matches, ...step.summary }
      onProgress?.({ filesSearched: step.filesSearched, matches: step.matchCount })
    }
  } finally {
    steps.close()
  }
}

module.exports = { KINDS, collect }
