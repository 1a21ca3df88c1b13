'use strict'

const { Batches } = require('../steps')

/** @typedef {import('./result').Match} Match */

/** A batch ends soon after so many matches, or so long: some milliseconds of work for who reads it. */
const BATCH_MATCHES = 1000
const BATCH_MS = 50
/** The first comes soon. */
const FIRST_BATCH_MS = 10

/**
 * The batches of a search.
 * @extends {Batches<Match, import('./result').Step>}
 */
class MatchStream extends Batches {
  /**
   * @param {import('./result').Steps} steps
   * @param {AbortSignal | undefined} signal
   */
  constructor(steps, signal) {
    let timeMs = FIRST_BATCH_MS
    super(
      {
        next: (signal) => steps.next({ matches: BATCH_MATCHES, timeMs }, signal),
        close: () => steps.close()
      },
      ({ matches, summary }) => {
        if (matches.length > 0) timeMs = BATCH_MS
        this.summary = summary
        return { batch: matches, done: summary !== undefined }
      },
      signal
    )
    /** @type {import('./result').Summary | undefined} */
    this.summary = undefined
  }
}

module.exports = { MatchStream }
