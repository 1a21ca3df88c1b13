'use strict'

// LMDB by lmdb-js, each append waited for until it is on the disk.

const fs = require('node:fs')
const { createRequire } = require('node:module')
const path = require('node:path')
const { place } = require('./scratch')

const requireHere = createRequire(__filename)

function load() {
  try {
    return requireHere('lmdb')
  } catch (error) {
    if (Object(error).code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

/** @type {import('.').EngineModule} */
module.exports = {
  kind: 'rival',
  version() {
    if (!load()) return undefined
    // Its package does not export its manifest.
    const manifest = path.join(path.dirname(requireHere.resolve('lmdb')), '..', 'package.json')
    return JSON.parse(fs.readFileSync(manifest, 'utf8')).version
  },
  open() {
    /** @type {Map<string, { store: any, next: number }>} */
    const stores = new Map()
    const of = (/** @type {string} */ kind) => {
      let found = stores.get(kind)
      if (!found) {
        found = { store: load().open({ path: place(), encoding: 'binary', keyEncoding: 'uint32' }), next: 0 }
        stores.set(kind, found)
      }
      return found
    }
    /** @type {Set<readonly unknown[]>} */
    const filled = new Set()
    return {
      async appendDurable(/** @type {Uint8Array} */ event) {
        const log = of('disk')
        await log.store.put(log.next++, event)
        await log.store.flushed
      },
      async appendFlying(/** @type {Uint8Array[]} */ events) {
        const log = of('flying')
        await Promise.all(events.map((event) => log.store.put(log.next++, event)))
        await log.store.flushed
      },
      async appendBatch(/** @type {Uint8Array[]} */ events) {
        const log = of('os')
        await Promise.all(events.map((event) => log.store.put(log.next++, event)))
      },
      async replay(/** @type {readonly (Uint8Array | object)[]} */ events) {
        const log = of('filled')
        const isBytes = events[0] instanceof Uint8Array
        if (!filled.has(events)) {
          filled.add(events)
          await Promise.all(
            events.map((event) => log.store.put(log.next++, isBytes ? event : Buffer.from(JSON.stringify(event))))
          )
        }
        let count = 0
        let last
        for (const { value } of log.store.getRange()) {
          last = isBytes ? value : JSON.parse(value.toString())
          count++
        }
        return { count, last }
      }
    }
  }
}
