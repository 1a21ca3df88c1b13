'use strict'

// The addon's functions of logs, shaped as the fallback's.

const { cancellable } = require('../cancellation')
const { fromNative } = require('../errors')

/** @typedef {import('./store').Store} Store */
/** @typedef {import('./store').StoreOptions} StoreOptions */

/** @param {Promise<any>} promise */
async function rethrown(promise) {
  try {
    return await promise
  } catch (thrown) {
    throw fromNative(thrown)
  }
}

/** @param {import('../native').Addon} addon @param {any} native @returns {Store} */
function shaped(addon, native) {
  /** @param {AbortSignal | undefined} signal @param {(cancellation: any) => Promise<any>} start */
  const run = (signal, start) => cancellable(addon.Cancellation, signal, start)
  return {
    recovery: native.recovery(),
    info: () => native.info(),
    commit: (bytes, meta, durability) => rethrown(native.commit(bytes, meta, durability)),
    flush: () => rethrown(native.flush()),
    cursor({ from, to, reverse, stream, types, limit }) {
      const cursor = native.cursor(from, to, reverse, stream, types, limit)
      return {
        next: (maxEvents, maxBytes, signal) =>
          run(signal, (cancellation) => cursor.next(maxEvents, maxBytes, cancellation)),
        close: () => cursor.close()
      }
    },
    async writeCheckpoint(name, seq, kind, bytes, settings) {
      return { storedBytes: await rethrown(native.writeCheckpoint(name, seq, kind, bytes, settings)) }
    },
    checkpoints: (name) => rethrown(native.checkpoints(name)),
    readCheckpoint: (name, seq) => rethrown(native.readCheckpoint(name, seq)),
    prune: (before, keepCheckpoints) => rethrown(native.prune(before, keepCheckpoints)),
    async fork(newDirectory, atSeq, signal) {
      return { events: await run(signal, (cancellation) => native.fork(newDirectory, atSeq, cancellation)) }
    },
    verify: (signal) => run(signal, (cancellation) => native.verify(cancellation)),
    stats: () => rethrown(native.stats()),
    close: () => rethrown(native.close())
  }
}

/** @param {import('../native').Addon} addon @returns {import('../engines').Engine} */
const binding = (addon) => ({
  /** @param {string} directory @param {StoreOptions} options */
  async openStore(directory, { dictionary, ...options }) {
    return shaped(addon, await rethrown(addon.logOpen(directory, options, dictionary)))
  },

  /** @param {string} directory @param {string} outDirectory @param {AbortSignal} [signal] */
  salvageStore: (directory, outDirectory, signal) =>
    cancellable(addon.Cancellation, signal, (cancellation) => addon.logSalvage(directory, outDirectory, cancellation))
})

module.exports = { binding }
