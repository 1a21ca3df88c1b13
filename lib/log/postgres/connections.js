'use strict'

// Connections to the server, transactions over them, and what their failures are called.

const { TenonError } = require('../../errors')
const { closed } = require('../reader')
const { Listener, giveWay, listenerOf } = require('./listener')

/** @typedef {import('pg').ClientBase} Client */
/** @typedef {import('pg').Pool} Pool */
/** @typedef {(text: string, values?: unknown[]) => Promise<Answer>} Query */
/** @typedef {{ rows: (string | null)[][], command: string, rowCount: number | null }} Answer */

/** SQLSTATEs that have an errno. */
const ERRNOS = new Map([
  ['53100', 'ENOSPC'],
  ['53300', 'EAGAIN'],
  ['57014', 'ECANCELED'],
  ['57P01', 'ECONNRESET'],
  ['57P02', 'ECONNRESET'],
  ['57P03', 'ECONNREFUSED']
])

/** A transaction that failed with one of these changed nothing, and may pass when it is tried again: serialization, deadlock. */
const AGAIN = new Set(['40001', '40P01'])
const ATTEMPTS = 5

/** Values stay the texts that the server sent, whatever parsers the program has set for its own queries. */
const TYPES = { getTypeParser: () => (/** @type {any} */ text) => text }

/** How long one may wait for a connection of a pool before the listener gives up its own. */
const WAIT_MS = 500

const ignore = () => undefined

/** Where a store gets its connections. */
class Connections {
  #pool
  #client
  #owned
  #path
  #closed = false
  /** @type {Listener | undefined} */
  #listener
  /** The last of what uses the one client, which takes one transaction at a time. @type {Promise<unknown>} */
  #turn = Promise.resolve()
  /** @type {Set<Promise<unknown>>} */
  #running = new Set()

  /**
   * @param {{ pool?: Pool, client?: Client, owned: boolean, path: string }} source `owned`: the pool ends with this
   */
  constructor({ pool, client, owned, path }) {
    this.#pool = pool
    this.#client = client
    this.#owned = owned
    this.#path = path
    // Whoever uses a lost connection next is told; without listeners its loss alone would end the process.
    client?.on('error', ignore)
    if (owned) pool?.on('error', ignore)
  }

  /**
   * Runs work with a connection of its own.
   * @template T
   * @param {string} what is done, for errors
   * @param {(query: Query) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async run(what, work) {
    if (this.#closed) throw closed('the log')
    const running = this.#client ? this.#inTurn(what, work, this.#client) : this.#fromPool(what, work)
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }

  /**
   * Runs work in a transaction, again where it was in another's way.
   * @template T
   * @param {string} what
   * @param {string} begin
   * @param {(query: Query) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async transaction(what, begin, work) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.run(what, (query) => inTransaction(query, begin, work))
      } catch (error) {
        if (attempt === ATTEMPTS || !AGAIN.has(Object(error).sqlState)) throw error
      }
    }
  }

  /**
   * Calls back when something may have come to a channel, the one of this log.
   * @param {string} channel
   * @param {() => void} changed
   * @returns {() => void} what ends that
   */
  listen(channel, changed) {
    this.#listener ??= this.#client
      ? this.#ownListener(this.#client, channel)
      : listenerOf(/** @type {Pool} */ (this.#pool))
    return this.#listener.add(channel, changed)
  }

  /** One that listens between the transactions of the one client. @param {Client} client @param {string} channel */
  #ownListener(client, channel) {
    const query = (/** @type {string} */ text) => this.run('listen to', (query) => query(text))
    const release = () => void query(`UNLISTEN "${channel}"`).catch(ignore)
    return new Listener(
      async () => ({ client, query, release }),
      () => true
    )
  }

  /** Waits for what runs, and ends the pool where it is this log's own. */
  async close() {
    this.#closed = true
    await Promise.allSettled(this.#running)
    this.#client?.off('error', ignore)
    if (this.#owned) await this.#pool?.end()
  }

  /** Waits for the transaction that the one client is in. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  #inOrder(work) {
    if (!this.#client) return work()
    const turn = this.#turn.then(work)
    // Told to whoever asked for it; the next one goes on.
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /**
   * @template T
   * @param {string} what
   * @param {(query: Query) => Promise<T>} work
   * @param {Client} client
   * @returns {Promise<T>}
   */
  #inTurn(what, work, client) {
    return this.#inOrder(() => this.#with(what, client, work))
  }

  /**
   * @template T
   * @param {string} what
   * @param {(query: Query) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #fromPool(what, work) {
    const pool = /** @type {Pool} */ (this.#pool)
    const waiting = setInterval(() => giveWay(pool), WAIT_MS)
    let client
    try {
      client = await pool.connect()
    } catch (error) {
      throw this.failure(what, error)
    } finally {
      clearInterval(waiting)
    }
    let broken
    // Its query is rejected too; without a listener this would end the process.
    const onError = (/** @type {Error} */ error) => (broken = error)
    client.on('error', onError)
    try {
      return await this.#with(what, client, work)
    } catch (error) {
      if (Object(error).lost) broken = error
      throw error
    } finally {
      client.off('error', onError)
      client.release(broken !== undefined)
    }
  }

  /**
   * @template T
   * @param {string} what
   * @param {Client} client
   * @param {(query: Query) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #with(what, client, work) {
    /** @type {Query} */
    const query = async (text, values) => {
      try {
        // Several statements in one text are answered with several results; the last is what is asked for.
        const answer = await client.query({ text, values, rowMode: 'array', types: TYPES })
        return /** @type {any} */ (Array.isArray(answer) ? answer.at(-1) : answer)
      } catch (error) {
        throw this.failure(what, error)
      }
    }
    return work(query)
  }

  /**
   * The error for what `pg` threw: the server's own, with its SQLSTATE, or that of a connection.
   * @param {string} what
   * @param {unknown} error
   */
  failure(what, error) {
    if (error instanceof TenonError) return error
    const { code, severity, message } = Object(error)
    const sqlState = severity !== undefined && typeof code === 'string' ? code : undefined
    const errno = sqlState === undefined ? connectionErrno(code, message) : (ERRNOS.get(sqlState) ?? sqlState)
    // FATAL and PANIC end the connection.
    const lost = sqlState === undefined || severity !== 'ERROR'
    const told = sqlState === undefined ? errno : `${message} (${sqlState})`
    return new TenonError('ERR_IO', `cannot ${what} '${this.#path}': ${told}`, {
      errno,
      path: this.#path,
      ...(sqlState !== undefined && { sqlState }),
      ...(lost && { lost }),
      cause: error
    })
  }
}

/** @param {unknown} code @param {unknown} message */
function connectionErrno(code, message) {
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) return code
  if (/timeout/i.test(String(message))) return 'ETIMEDOUT'
  // "Connection terminated unexpectedly" and its like have no code.
  return 'ECONNRESET'
}

/**
 * @template T
 * @param {Query} query
 * @param {string} begin
 * @param {(query: Query) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function inTransaction(query, begin, work) {
  let result
  try {
    await query(begin)
    result = await work(query)
  } catch (error) {
    // Where that fails too, the connection is lost, and the server rolls back by itself.
    if (!Object(error).lost) await query('ROLLBACK').catch(() => undefined)
    throw error
  }
  let ended
  try {
    ended = await query('COMMIT')
  } catch (error) {
    if (!Object(error).lost) throw error
    const { message, details } = /** @type {TenonError} */ (error)
    throw new TenonError('ERR_IO', `${message}; whether the transaction was committed is not known`, {
      ...details,
      unknown: true,
      cause: Object(error).cause
    })
  }
  if (ended.command !== 'COMMIT') throw new TenonError('ERR_INTERNAL', `COMMIT was answered with ${ended.command}`)
  return result
}

module.exports = { Connections }
