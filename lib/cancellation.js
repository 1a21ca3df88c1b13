'use strict'

// Carries an AbortSignal, and the end of the process, to work on native threads.

const { aborted, fromNative } = require('./errors')

/** @typedef {{ cancel(): void }} Cancellation */

/** What runs now. Node waits for its thread pool when it exits, so an exit cancels all of it. */
/** @type {Set<Cancellation>} */
const running = new Set()
let atExit = false

/**
 * What each signal cancels. One listener a signal, however many calls share it: Node warns of many.
 * @type {WeakMap<AbortSignal, Set<Cancellation>>}
 */
const bySignal = new WeakMap()

/** @param {Iterable<Cancellation>} cancellations */
function cancelAll(cancellations) {
  for (const cancellation of cancellations) cancellation.cancel()
}

/**
 * Runs native work that looks at a cancellation, and rejects as the signal says.
 * @template T
 * @param {new () => Cancellation} Cancellation the addon's class
 * @param {AbortSignal | undefined} signal
 * @param {(cancellation: any) => Promise<T>} start
 * @returns {Promise<T>}
 */
async function cancellable(Cancellation, signal, start) {
  if (signal?.aborted) throw aborted(signal)
  const cancellation = new Cancellation()
  const release = signal && listen(signal, cancellation)
  running.add(cancellation)
  if (!atExit) {
    atExit = true
    process.on('exit', () => cancelAll(running))
  }
  try {
    return await start(cancellation)
  } catch (thrown) {
    const error = fromNative(thrown)
    throw error.code === 'ERR_ABORTED' && signal ? aborted(signal) : error
  } finally {
    running.delete(cancellation)
    release?.()
  }
}

/**
 * @param {AbortSignal} signal
 * @param {Cancellation} cancellation
 * @returns {() => void} ends the listening
 */
function listen(signal, cancellation) {
  let waiting = bySignal.get(signal)
  if (!waiting) {
    const created = (waiting = new Set())
    bySignal.set(signal, created)
    signal.addEventListener('abort', () => cancelAll(created), { once: true })
  }
  waiting.add(cancellation)
  return () => void waiting.delete(cancellation)
}

module.exports = { cancellable }
