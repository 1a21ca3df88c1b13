'use strict'

const { aborted } = require('../../errors')
const { noCounts } = require('../absences')

/**
 * @typedef {import('../../..').files.Entry} Entry
 * @typedef {{ entries: Entry[], skipped: import('../absences').Absence[], leftOut: import('../absences').Counts }} Batch
 *   no entries at the end; what was skipped since the last batch; all that was left out so far
 *
 * @typedef {object} Steps an engine's walk
 * @property {(most: number, signal: AbortSignal | undefined) => Promise<Batch>} next
 * @property {() => void} close
 */

/** The batches of a walk; nothing is read before they are asked for. */
class Walk {
  /** @type {AsyncGenerator<Entry[], void, void>} */
  #batches

  /**
   * @param {Steps} steps
   * @param {number} batchSize
   * @param {AbortSignal | undefined} signal
   */
  constructor(steps, batchSize, signal) {
    /** @type {import('../absences').Absence[]} */
    this.skipped = []
    /** @type {import('../absences').Counts} */
    this.leftOut = noCounts()
    this.#batches = this.#run(steps, batchSize, signal)
  }

  /**
   * A generator: calls of `next` that come before the last is done wait for their turn.
   * @param {Steps} steps
   * @param {number} batchSize
   * @param {AbortSignal | undefined} signal
   */
  async *#run(steps, batchSize, signal) {
    try {
      for (;;) {
        if (signal?.aborted) throw aborted(signal)
        const { entries, skipped, leftOut } = await steps.next(batchSize, signal)
        for (const absence of skipped) this.skipped.push(absence)
        this.leftOut = leftOut
        if (signal?.aborted) throw aborted(signal)
        if (entries.length === 0) return
        yield entries
      }
    } catch (error) {
      throw signal?.aborted ? aborted(signal) : error
    } finally {
      steps.close()
    }
  }

  next() {
    return this.#batches.next()
  }

  return() {
    return this.#batches.return()
  }

  [Symbol.asyncIterator]() {
    return this
  }
}

// Not every Node that is supported has the symbol.
if (Symbol.asyncDispose !== undefined) {
  Object.defineProperty(Walk.prototype, Symbol.asyncDispose, {
    /** @this {Walk} */
    value: async function dispose() {
      await this.return()
    }
  })
}

module.exports = { Walk }
