'use strict'

// Reading: what there is, and what comes.

const { TenonError, aborted } = require('../errors')
const { unpack } = require('./events')

/** @typedef {import('./store').Store} Store */
/** @typedef {import('./store').CursorOptions} CursorOptions */
/** @typedef {import('../..').log.Event} Event */

const MAX_PACKET_EVENTS = 16_384
const MAX_PACKET_BYTES = 1 << 20
/** How often a tail asks a store that other processes append to and that cannot tell of it. */
const POLL_MS = 50

/**
 * The events that a cursor finds until it is at the end. The next packet is fetched while the last is looked at.
 * @param {Store} store
 * @param {CursorOptions} options
 * @param {number | Promise<number>} end what is appended behind it is not read
 * @param {AbortSignal} [signal]
 * @returns {AsyncGenerator<Event[], void, void>}
 */
function read(store, options, end, signal) {
  // Told when the first batch is asked for.
  if (typeof end !== 'number') end.catch(() => undefined)
  return readTo(store, options, end, signal)
}

/**
 * @param {Store} store
 * @param {CursorOptions} options
 * @param {number | Promise<number>} end
 * @param {AbortSignal} [signal]
 * @returns {AsyncGenerator<Event[], void, void>}
 */
async function* readTo(store, options, end, signal) {
  if (signal?.aborted) throw aborted(signal)
  const cursor = store.cursor({ ...options, to: Math.min(options.to, await end) })
  const next = () => cursor.next(MAX_PACKET_EVENTS, MAX_PACKET_BYTES, signal)
  let coming = next()
  try {
    for (;;) {
      const packet = await coming
      if (signal?.aborted) throw aborted(signal)
      if (packet === null) return
      coming = next()
      // Its failure is told when it is its turn.
      coming.catch(() => undefined)
      yield unpack(packet)
    }
  } finally {
    // What was fetched ahead is asked for by nobody any more.
    await coming.catch(() => undefined)
    cursor.close()
  }
}

/**
 * The events from a place on, and then those that come. Ends when the signal is aborted or the log is closed.
 * @param {Store} store
 * @param {CursorOptions} options
 * @param {number | Promise<number>} from
 * @param {Arrivals} arrivals
 * @param {AbortSignal} [signal]
 * @returns {AsyncGenerator<Event[], void, void>}
 */
function tail(store, options, from, arrivals, signal) {
  // Told when the first batch is asked for.
  if (typeof from !== 'number') from.catch(() => undefined)
  return follow(store, options, from, arrivals, signal)
}

/**
 * @param {Store} store
 * @param {CursorOptions} options
 * @param {number | Promise<number>} from
 * @param {Arrivals} arrivals
 * @param {AbortSignal} [signal]
 * @returns {AsyncGenerator<Event[], void, void>}
 */
async function* follow(store, options, from, arrivals, signal) {
  if (signal?.aborted || arrivals.ended) return
  const cursor = store.cursor({ ...options, from: await from })
  const leave = arrivals.enter()
  const wake = () => arrivals.wake()
  signal?.addEventListener('abort', wake)
  try {
    while (!signal?.aborted && !arrivals.ended) {
      const arrived = arrivals.next()
      const packet = await cursor.next(MAX_PACKET_EVENTS, MAX_PACKET_BYTES, signal).catch((error) => {
        if (signal?.aborted || (arrivals.ended && Object(error).code === 'ERR_CLOSED')) return null
        throw error
      })
      if (packet !== null) yield unpack(packet)
      else if (!signal?.aborted) await arrived
    }
  } finally {
    signal?.removeEventListener('abort', wake)
    leave()
    cursor.close()
  }
}

/** Tells tails that there may be something new. */
class Arrivals {
  ended = false
  #store
  /** @type {{ promise: Promise<void>, resolve: () => void } | undefined} */
  #next
  #listeners = 0
  /** @type {(() => void) | undefined} */
  #unwatch
  #foreign

  /**
   * @param {Store} store
   * @param {boolean} foreign whether others append
   */
  constructor(store, foreign) {
    this.#store = store
    this.#foreign = foreign
  }

  /** Fulfilled when something may have come after this call. */
  next() {
    if (!this.#next) {
      /** @type {() => void} */
      let resolve = () => undefined
      const promise = new Promise((/** @type {(value: void) => void} */ done) => (resolve = () => done()))
      this.#next = { promise, resolve }
    }
    return this.#next.promise
  }

  wake() {
    const next = this.#next
    this.#next = undefined
    next?.resolve()
  }

  end() {
    this.ended = true
    this.#unwatch?.()
    this.#unwatch = undefined
    this.wake()
  }

  /** A tail begins to wait; returns what it calls when it ends. */
  enter() {
    this.#listeners++
    if (this.#foreign && !this.#unwatch) this.#unwatch = this.#watch()
    let inside = true
    return () => {
      if (!inside) return
      inside = false
      if (--this.#listeners > 0) return
      this.#unwatch?.()
      this.#unwatch = undefined
    }
  }

  #watch() {
    if (this.#store.changes) return this.#store.changes(() => this.wake())
    const timer = setInterval(() => this.wake(), POLL_MS)
    return () => clearInterval(timer)
  }
}

/** @param {string} what @returns {TenonError} */
function closed(what) {
  return new TenonError('ERR_CLOSED', `${what} is closed`)
}

module.exports = { Arrivals, closed, read, tail }
