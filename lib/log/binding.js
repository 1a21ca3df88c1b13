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

/**
 * With null for what the addon leaves out where there is nothing.
 * @param {any} object
 * @param {string[]} names
 */
function whole(object, names) {
  for (const name of names) object[name] ??= null
  return object
}

/** @param {import('../native').Addon} addon @param {any} native @returns {Store} */
function shaped(addon, native) {
  /** @param {AbortSignal | undefined} signal @param {(cancellation: any) => Promise<any>} start */
  const run = (signal, start) => cancellable(addon.Cancellation, signal, start)
  return {
    recovery: native.recovery() ?? null,
    info: () => whole(native.info(), ['poisoned']),
    commit: (bytes, meta, durability) => rethrown(native.commit(bytes, meta, durability)),
    flush: () => rethrown(native.flush()),
    refresh: () => rethrown(native.refresh()),
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
    async checkpoints(name) {
      return (await rethrown(native.checkpoints(name))).map((/** @type {any} */ entry) => whole(entry, ['fault']))
    },
    readCheckpoint: (name, seq) => rethrown(native.readCheckpoint(name, seq)),
    async prune(before, keepCheckpoints) {
      return whole(await rethrown(native.prune(before, keepCheckpoints)), ['heldBy'])
    },
    async fork(newDirectory, atSeq, signal) {
      return { events: await run(signal, (cancellation) => native.fork(newDirectory, atSeq, cancellation)) }
    },
    async verify(signal) {
      const report = await run(signal, (cancellation) => native.verify(cancellation))
      for (const problem of report.problems) whole(problem, ['nextGoodSeq'])
      return report
    },
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
  async salvageStore(directory, outDirectory, signal) {
    const report = await cancellable(addon.Cancellation, signal, (cancellation) =>
      addon.logSalvage(directory, outDirectory, cancellation)
    )
    for (const lost of report.lost) whole(lost, ['afterSeq', 'beforeSeq'])
    return report
  }
})

module.exports = { binding }
