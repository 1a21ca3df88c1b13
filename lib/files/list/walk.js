'use strict'

const { noCounts } = require('../absences')
const { Batches } = require('../steps')

/**
 * @typedef {import('../../..').files.Entry} Entry
 * @typedef {{ entries: Entry[], skipped: import('../absences').Absence[], leftOut: import('../absences').Counts }} Batch
 *   no entries at the end; what was skipped since the last batch; all that was left out so far
 *
 * @typedef {object} Steps an engine's walk
 * @property {(most: number, signal: AbortSignal | undefined) => Promise<Batch>} next
 * @property {() => void} close
 */

/**
 * The batches of a walk.
 * @extends {Batches<Entry, Batch>}
 */
class Walk extends Batches {
  /**
   * @param {Steps} steps
   * @param {number} batchSize
   * @param {AbortSignal | undefined} signal
   */
  constructor(steps, batchSize, signal) {
    super(
      { next: (signal) => steps.next(batchSize, signal), close: () => steps.close() },
      ({ entries, skipped, leftOut }) => {
        for (const absence of skipped) this.skipped.push(absence)
        this.leftOut = leftOut
        return { batch: entries, done: entries.length === 0 }
      },
      signal
    )
    /** @type {import('../absences').Absence[]} */
    this.skipped = []
    /** @type {import('../absences').Counts} */
    this.leftOut = noCounts()
  }
}

module.exports = { Walk }
