'use strict'

// What cases of the log ask of Tenon.

const { place } = require('./scratch')

/** @typedef {import('../..').log.Log} Log */
/** @typedef {import('../..').log.OpenOptions} OpenOptions */

/** @param {typeof import('../..')} tenon */
function logEngine(tenon) {
  /** A log for each kind of call. @type {Map<string, Promise<Log>>} */
  const logs = new Map()
  const opened = (/** @type {string} */ kind, /** @type {OpenOptions} */ options) => {
    let log = logs.get(kind)
    if (!log) logs.set(kind, (log = tenon.log.openLog(place(), options)))
    return log
  }
  /** @type {Map<readonly unknown[], Promise<Log>>} */
  const filled = new Map()
  const fill = (/** @type {readonly (Uint8Array | object)[]} */ events) => {
    let filling = filled.get(events)
    if (!filling) {
      filling = (async () => {
        const log = await tenon.log.openLog(place(), { durability: 'os' })
        for (let start = 0; start < events.length; start += 1000)
          await log.appendBatch(events.slice(start, start + 1000))
        return log
      })()
      filled.set(events, filling)
    }
    return filling
  }
  return {
    appendDurable: async (/** @type {Uint8Array} */ event) => (await opened('disk', {})).append(event),
    async appendFlying(/** @type {Uint8Array[]} */ events) {
      const log = await opened('flying', {})
      return Promise.all(events.map((event) => log.append(event)))
    },
    appendBatch: async (/** @type {Uint8Array[]} */ events) =>
      (await opened('os', { durability: 'os' })).appendBatch(events),
    async replay(/** @type {readonly (Uint8Array | object)[]} */ events) {
      const log = await fill(events)
      let count = 0
      let last
      for await (const batch of log.read()) {
        count += batch.length
        last = batch[batch.length - 1].data
      }
      return { count, last }
    },
    async saveState(/** @type {Uint8Array} */ state, /** @type {'os' | 'disk'} */ durability) {
      // Another place each time: what is replaced is synced, whatever is asked for.
      const log = await opened('state', { durability: 'os' })
      await log.append('')
      return log.checkpoint('state', state, { durability })
    },
    async loadState(/** @type {Uint8Array} */ state) {
      const log = await opened('loaded', {})
      if ((await log.checkpoints()).length === 0) await log.checkpoint('state', state)
      return (await log.restore('state')).state
    },
    async open(/** @type {readonly Uint8Array[]} */ events, /** @type {number} */ times) {
      const directory = await stored(tenon, events, times)
      const log = await tenon.log.openLog(directory)
      const { nextSeq } = await log.stats()
      await log.close()
      return nextSeq
    }
  }
}

/** @type {string | undefined} */
let large

/**
 * A log with a checkpoint and the same batch so many times, made once.
 * @param {typeof import('../..')} tenon
 * @param {readonly Uint8Array[]} events
 * @param {number} times
 */
async function stored(tenon, events, times) {
  if (large !== undefined) return large
  const directory = place()
  const log = await tenon.log.openLog(directory, { durability: 'os' })
  for (let time = 0; time < times; time++) await log.appendBatch(events)
  await log.checkpoint('state', Buffer.alloc(1 << 20))
  await log.close()
  return (large = directory)
}

module.exports = { logEngine }
