'use strict'

const { aborted } = require('../errors')

/**
 * Work that an engine does in steps, of which each gives what it has.
 *
 * @template S
 * @typedef {object} Steps
 * @property {(signal: AbortSignal | undefined) => Promise<S>} next
 * @property {() => void} close
 */

/**
 * What steps give, in batches; nothing is done before they are asked for.
 * @template T of a batch
 * @template S what a step gives
 */
class Batches {
  /** @type {AsyncGenerator<T[], void, void>} */
  #batches
  #close
  #isBegun = false

  /**
   * @param {Steps<S>} steps
   * @param {(step: S) => { batch: T[], done: boolean }} take
   * @param {AbortSignal | undefined} signal
   */
  constructor(steps, take, signal) {
    this.#batches = run(steps, take, signal)
    this.#close = () => steps.close()
  }

  next() {
    this.#isBegun = true
    return this.#batches.next()
  }

  return() {
    // A generator that has not begun does nothing at its end.
    if (!this.#isBegun) this.#close()
    return this.#batches.return()
  }

  [Symbol.asyncIterator]() {
    return this
  }
}

// Not every Node that is supported has the symbol.
if (Symbol.asyncDispose !== undefined) {
  Object.defineProperty(Batches.prototype, Symbol.asyncDispose, {
    /** @this {Batches<unknown, unknown>} */
    value: async function dispose() {
      await this.return()
    }
  })
}

/**
 * A generator: calls of `next` that come before the last is done wait for their turn.
 * @template S, T
 * @param {Steps<S>} steps
 * @param {(step: S) => { batch: T[], done: boolean }} take
 * @param {AbortSignal | undefined} signal
 * @returns {AsyncGenerator<T[], void, void>}
 */
async function* run(steps, take, signal) {
  try {
    for (;;) {
      if (signal?.aborted) throw aborted(signal)
      const step = await steps.next(signal)
      if (signal?.aborted) throw aborted(signal)
      const { batch, done } = take(step)
      if (batch.length > 0) yield batch
      if (done) return
    }
  } catch (error) {
    throw signal?.aborted ? aborted(signal) : error
  } finally {
    steps.close()
  }
}

module.exports = { Batches }
