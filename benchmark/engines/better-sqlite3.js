'use strict'

// SQLite as agents use it: a table in a file with a write-ahead log. `synchronous` is FULL where a case asks for durable
// appends, and NORMAL elsewhere.

const { createRequire } = require('node:module')
const { place } = require('./scratch')

const requireHere = createRequire(__filename)

function load() {
  try {
    return requireHere('better-sqlite3')
  } catch (error) {
    if (Object(error).code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

/** @param {'FULL' | 'NORMAL'} synchronous */
function database(synchronous) {
  const Database = load()
  const opened = new Database(place())
  opened.pragma('journal_mode = WAL')
  opened.pragma(`synchronous = ${synchronous}`)
  opened.exec(
    'CREATE TABLE events (seq INTEGER PRIMARY KEY, time INTEGER, data BLOB); CREATE TABLE states (name TEXT PRIMARY KEY, data BLOB)'
  )
  return opened
}

/** @type {import('.').EngineModule} */
module.exports = {
  kind: 'rival',
  version: () => (load() ? requireHere('better-sqlite3/package.json').version : undefined),
  open() {
    /** @type {Map<string, any>} */
    const databases = new Map()
    const of = (/** @type {string} */ kind, /** @type {'FULL' | 'NORMAL'} */ synchronous) => {
      let found = databases.get(kind)
      if (!found) {
        const opened = database(synchronous)
        found = {
          opened,
          insert: opened.prepare('INSERT INTO events (time, data) VALUES (?, ?)'),
          save: opened.prepare('INSERT OR REPLACE INTO states VALUES (?, ?)'),
          load: opened.prepare('SELECT data FROM states WHERE name = ?')
        }
        found.insertAll = opened.transaction((/** @type {Uint8Array[]} */ events) => {
          for (const event of events) found.insert.run(Date.now(), event)
        })
        databases.set(kind, found)
      }
      return found
    }
    /** @type {Map<readonly unknown[], any>} */
    const filled = new Map()
    return {
      appendDurable: (/** @type {Uint8Array} */ event) => of('disk', 'FULL').insert.run(Date.now(), event),
      appendFlying(/** @type {Uint8Array[]} */ events) {
        for (const event of events) of('flying', 'FULL').insert.run(Date.now(), event)
      },
      appendBatch: (/** @type {Uint8Array[]} */ events) => of('os', 'NORMAL').insertAll(events),
      replay(/** @type {readonly (Uint8Array | object)[]} */ events) {
        let statement = filled.get(events)
        const isBytes = events[0] instanceof Uint8Array
        if (!statement) {
          const { opened, insertAll } = of('filled', 'NORMAL')
          insertAll(isBytes ? events : events.map((event) => Buffer.from(JSON.stringify(event))))
          filled.set(events, (statement = opened.prepare('SELECT seq, time, data FROM events ORDER BY seq')))
        }
        let count = 0
        let last
        for (const { data } of statement.iterate()) {
          last = isBytes ? data : JSON.parse(data.toString())
          count++
        }
        return { count, last }
      },
      saveState: (/** @type {Uint8Array} */ state, /** @type {'os' | 'disk'} */ durability) =>
        of(durability, durability === 'disk' ? 'FULL' : 'NORMAL').save.run('state', state),
      loadState(/** @type {Uint8Array} */ state) {
        const { save, load } = of('loaded', 'NORMAL')
        const row = load.get('state')
        if (row) return row.data
        save.run('state', state)
        return load.get('state').data
      }
    }
  }
}
