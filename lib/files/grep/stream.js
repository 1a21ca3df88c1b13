'use strict'

const { aborted } = require('../../errors')

/** @typedef {import('./result').Match} Match */

/** A batch ends soon after so many matches, or so long: some milliseconds of work for who reads it. */
const BATCH_MATCHES = 1000
const BATCH_MS = 50
/** The first comes soon. */
const FIRST_BATCH_MS = 10

/** The batches of a search; nothing is searched before they are asked for. */
class MatchStream {
  /** @type {AsyncGenerator<Match[], void, void>} */
  #batches

  /**
   * @param {import('./result').Steps} steps
   * @param {AbortSignal | undefined} signal
   */
  constructor(steps, signal) {
    /** @type {import('./result').Summary | undefined} */
    this.summary = undefined
    this.#batches = this.#run(steps, signal)
  }

  /**
   * A generator: calls of `next` that come before the last is done wait for their turn.
   * @param {import('./result').Steps} steps
   * @param {AbortSignal | undefined} signal
   */
  async *#run(steps, signal) {
    try {
      let timeMs = FIRST_BATCH_MS
      for (;;) {
        if (signal?.aborted) throw aborted(signal)
        const { matches, summary } = await steps.next({ matches: BATCH_MATCHES, timeMs }, signal)
        if (signal?.aborted) throw aborted(signal)
        if (matches.length > 0) {
          timeMs = BATCH_MS
          if (summary !== undefined) this.summary = summary
          yield matches
        }
        if (summary !== undefined) {
          this.summary = summary
          return
        }
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
  Object.defineProperty(MatchStream.prototype, Symbol.asyncDispose, {
    /** @this {MatchStream} */
    value: async function dispose() {
      await this.return()
    }
  })
}

module.exports = { MatchStream }
