'use strict'

/** @typedef {import('./store').Store} Store */

/** What may still be at work when a log is closed. Commits are waited for by their queue, and cursors end by themselves. */
const METHODS = /** @type {const} */ ([
  'flush',
  'refresh',
  'writeCheckpoint',
  'checkpoints',
  'readCheckpoint',
  'prune',
  'fork',
  'verify',
  'stats'
])

/**
 * A store that remembers what runs on it.
 * @param {Store} store
 * @param {Set<Promise<unknown>>} running
 * @returns {Store}
 */
function tracked(store, running) {
  const outer = Object.create(store)
  for (const name of METHODS) {
    outer[name] = (/** @type {any[]} */ ...given) => {
      const promise = /** @type {any} */ (store)[name](...given)
      const forget = () => running.delete(promise)
      running.add(promise)
      promise.then(forget, forget)
      return promise
    }
  }
  // Private names are of the store itself.
  for (const name of /** @type {const} */ (['info', 'commit', 'cursor', 'changes', 'close'])) {
    outer[name] = store[name] && /** @type {any} */ (store)[name].bind(store)
  }
  return outer
}

module.exports = { tracked }
