'use strict'

const { Cursor } = require('./cursor')
const { DISK, Group, append, beginning } = require('./append')
const { SNAPSHOT, listCheckpoints, readCheckpoint, writeCheckpoint } = require('./checkpoints')
const { fork, prune, verify } = require('./maintenance')
const { noLog } = require('./schema')

/** @typedef {import('./connections').Connections} Connections */
/** @typedef {import('./schema').Tables} Tables */
/** @typedef {import('../store').Store} Store */

/** How often tails look even if they were told of nothing: behind some poolers nobody can listen. */
const LOOK_MS = 2000

/**
 * A log in tables of PostgreSQL, which many processes write to.
 * @implements {Store}
 */
class PostgresStore {
  recovery = null
  #connections
  #tables
  #log
  #id
  #channel
  #firstSeq = 0
  #nextSeq = 0
  #durableSeq = 0

  /**
   * @param {Connections} connections
   * @param {Tables} tables
   * @param {{ log: number, id: string }} found
   */
  constructor(connections, tables, { log, id }) {
    this.#connections = connections
    this.#tables = tables
    this.#log = log
    this.#id = id
    this.#channel = `tenon_log_${id}`
  }

  /** Of the log as it was last seen; others may have appended. */
  info() {
    return {
      firstSeq: this.#firstSeq,
      nextSeq: this.#nextSeq,
      durableSeq: this.#durableSeq,
      id: this.#id,
      poisoned: null
    }
  }

  async refresh() {
    await this.#connections.run('read', async (query) => {
      const text = `SELECT first_seq, next_seq, durable_seq FROM ${this.#tables.logs} WHERE log = $1`
      const { rows } = await query(text, [this.#log])
      if (rows.length === 0) throw noLog(String(this.#log))
      const [firstSeq, nextSeq, durableSeq] = rows[0].map(Number)
      this.#seen(firstSeq, nextSeq, durableSeq)
    })
  }

  /** @param {Uint8Array} bytes @param {Float64Array} meta @param {number} durability */
  async commit(bytes, meta, durability) {
    const group = new Group(bytes, meta)
    const which = { log: this.#log, channel: this.#channel }
    const begin = beginning(durability === DISK)
    const committed = await this.#connections.transaction('append to', begin, (query) =>
      append(query, this.#tables, which, group, durability)
    )
    const { positions, firstSeq, nextSeq, durableSeq } = committed
    this.#seen(firstSeq, nextSeq, durableSeq)
    // One whose key was known may not be on the disk yet.
    const known = positions.some((status, index) => index % 3 === 0 && status === 1)
    if (known && durability === DISK && durableSeq < nextSeq) await this.flush()
    return positions
  }

  /** A commit that is synced syncs those before it. */
  async flush() {
    await this.#connections.transaction('flush', beginning(true), async (query) => {
      const text = `UPDATE ${this.#tables.logs} SET durable_seq = next_seq WHERE log = $1 AND durable_seq < next_seq`
      await query(text, [this.#log])
    })
    await this.refresh()
  }

  /** @param {import('../store').CursorOptions} options */
  cursor(options) {
    return new Cursor(this.#connections, this.#tables, this.#log, options, (firstSeq, nextSeq, durableSeq) =>
      this.#seen(firstSeq, nextSeq, durableSeq)
    )
  }

  /**
   * @param {string} name
   * @param {number} seq
   * @param {number} kind
   * @param {Uint8Array} bytes
   * @param {import('../store').CheckpointSettings} settings
   */
  writeCheckpoint(name, seq, kind, bytes, settings) {
    return writeCheckpoint(this.#connections, this.#tables, this.#log, { name, seq, kind, bytes }, settings)
  }

  /** @param {string | null} name */
  checkpoints(name) {
    return this.#connections.run('list checkpoints of', (query) =>
      listCheckpoints(query, this.#tables, this.#log, name)
    )
  }

  /** @param {string} name @param {number} seq */
  readCheckpoint(name, seq) {
    return this.#connections.transaction('read a checkpoint of', SNAPSHOT, (query) =>
      readCheckpoint(query, this.#tables, this.#log, name, seq)
    )
  }

  /** @param {number} before @param {number} keepCheckpoints */
  async prune(before, keepCheckpoints) {
    const report = await prune(this.#connections, this.#tables, this.#log, before, keepCheckpoints)
    await this.refresh()
    return report
  }

  /** @param {string} name of the new log @param {number} atSeq */
  fork(name, atSeq) {
    return fork(this.#connections, this.#tables, this.#log, name, atSeq)
  }

  /** @param {AbortSignal} [signal] */
  verify(signal) {
    return verify(this.#connections, this.#tables, this.#log, signal)
  }

  async stats() {
    await this.refresh()
    return this.#connections.run('read', async (query) => {
      const { logs, streams, checkpoints } = this.#tables
      const text = `
        SELECT log.bytes, (SELECT count(*) FROM ${streams} WHERE log = $1), count(state.log), coalesce(sum(octet_length(data)), 0)
        FROM ${logs} AS log LEFT JOIN ${checkpoints} AS state ON state.log = log.log WHERE log.log = $1 GROUP BY log.log, log.bytes`
      const { rows } = await query(text, [this.#log])
      if (rows.length === 0) throw noLog(String(this.#log))
      const [bytes, streamCount, checkpointCount, checkpointBytes] = rows[0].map(Number)
      return { segments: 0, bytes: bytes + checkpointBytes, streams: streamCount, checkpoints: checkpointCount }
    })
  }

  /** @param {() => void} changed */
  changes(changed) {
    const stop = this.#connections.listen(this.#channel, changed)
    const timer = setInterval(changed, LOOK_MS)
    return () => {
      clearInterval(timer)
      stop()
    }
  }

  async close() {
    try {
      if (this.#durableSeq < this.#nextSeq) await this.flush()
    } finally {
      await this.#connections.close()
    }
  }

  /** @param {number} firstSeq @param {number} nextSeq @param {number} durableSeq */
  #seen(firstSeq, nextSeq, durableSeq) {
    // Answers may come in another order than they were asked for.
    this.#firstSeq = Math.max(this.#firstSeq, firstSeq)
    this.#nextSeq = Math.max(this.#nextSeq, nextSeq)
    this.#durableSeq = Math.max(this.#durableSeq, durableSeq)
  }
}

module.exports = { PostgresStore }
