'use strict'

// Who tells tails that something may have come. One connection of a pool listens for all logs that use it; where the pool has none to
// spare, and until there is one, the tails are told to look now and then.

/** @typedef {import('pg').ClientBase} Client */
/** @typedef {import('pg').Pool} Pool */
/** @typedef {{ client: Client, query: (text: string) => Promise<unknown>, release: () => void }} Held */

/** How often tails are told to look while nobody listens. */
const POLL_MS = 250
/** How soon it tries again to listen. */
const RETRY_MS = 500
/** The same, after others waited for its connection. */
const REST_MS = 10_000

/** One connection that listens to channels, as long as anybody wants to know of them. */
class Listener {
  #take
  #spare
  /** @type {Map<string, Set<{ changed: () => void }>>} */
  #channels = new Map()
  /** @type {Held | undefined} */
  #held
  #connecting = false
  /** @type {NodeJS.Timeout | undefined} */
  #polling
  /** @type {NodeJS.Timeout | undefined} */
  #retry
  #onNotification = (/** @type {{ channel: string }} */ { channel }) => this.#tell(channel)
  #onBroken = () => this.#drop(RETRY_MS)

  /**
   * @param {() => Promise<Held>} take a connection to keep
   * @param {() => boolean} spare whether there is one
   */
  constructor(take, spare) {
    this.#take = take
    this.#spare = spare
  }

  /**
   * Calls back at each notification, when it begins to listen, when the connection breaks, and while nobody listens now and then.
   * @param {string} channel
   * @param {() => void} changed
   * @returns {() => void} what ends that
   */
  add(channel, changed) {
    const one = { changed }
    const others = this.#channels.get(channel)
    if (others) others.add(one)
    else {
      this.#channels.set(channel, new Set([one]))
      if (this.#held) this.#listen(this.#held, [channel])
      else this.#begin()
    }
    return () => {
      const all = this.#channels.get(channel)
      if (!all?.delete(one) || all.size > 0) return
      this.#channels.delete(channel)
      if (this.#channels.size === 0) this.#end()
      // Where that fails, the connection is lost, which its own listener deals with.
      else this.#held?.query(`UNLISTEN "${channel}"`).catch(() => undefined)
    }
  }

  /** Gives its connection to those that wait for one. */
  giveWay() {
    this.#drop(REST_MS)
  }

  #begin() {
    this.#polling ??= setInterval(() => this.#tellAll(), POLL_MS)
    if (this.#connecting || this.#retry) return
    if (!this.#spare()) return this.#later(RETRY_MS)
    this.#connecting = true
    this.#take().then(
      (held) => {
        this.#connecting = false
        if (this.#channels.size === 0) held.release()
        else this.#keep(held)
      },
      () => {
        this.#connecting = false
        if (this.#channels.size === 0) return
        // Those that wait look for themselves, and learn from their own query what is wrong with the server.
        this.#tellAll()
        this.#later(RETRY_MS)
      }
    )
  }

  /** @param {Held} held */
  #keep(held) {
    this.#held = held
    held.client.on('notification', this.#onNotification)
    held.client.on('error', this.#onBroken)
    held.client.on('end', this.#onBroken)
    this.#listen(held, [...this.#channels.keys()])
  }

  /** @param {Held} held @param {string[]} channels */
  async #listen(held, channels) {
    try {
      await held.query(channels.map((channel) => `LISTEN "${channel}"`).join('; '))
    } catch {
      // No failure of a log: it is looked at now and then until there is a connection again.
      if (this.#held === held) this.#drop(RETRY_MS)
      return
    }
    if (this.#held === held) this.#stopPolling()
    // What came before it listened.
    for (const channel of channels) this.#tell(channel)
  }

  /** @param {number} restMs */
  #drop(restMs) {
    if (!this.#held) return
    this.#letGo(this.#held)
    this.#later(restMs)
    this.#tellAll()
    if (this.#channels.size > 0) this.#polling ??= setInterval(() => this.#tellAll(), POLL_MS)
  }

  #end() {
    this.#stopPolling()
    clearTimeout(this.#retry)
    this.#retry = undefined
    if (this.#held) this.#letGo(this.#held)
  }

  /** @param {Held} held */
  #letGo({ client, release }) {
    this.#held = undefined
    client.off('notification', this.#onNotification)
    client.off('error', this.#onBroken)
    client.off('end', this.#onBroken)
    release()
  }

  /** @param {number} restMs */
  #later(restMs) {
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      this.#begin()
    }, restMs)
  }

  #stopPolling() {
    clearInterval(this.#polling)
    this.#polling = undefined
  }

  /** @param {string} channel */
  #tell(channel) {
    for (const { changed } of this.#channels.get(channel) ?? []) changed()
  }

  #tellAll() {
    for (const channel of this.#channels.keys()) this.#tell(channel)
  }
}

/** @type {WeakMap<Pool, Listener>} */
const listeners = new WeakMap()

/**
 * The one of a pool.
 * @param {Pool} pool
 */
function listenerOf(pool) {
  let listener = listeners.get(pool)
  if (!listener) {
    const take = async () => {
      const client = await pool.connect()
      /** @type {Promise<unknown>} */
      let turn = Promise.resolve()
      const query = (/** @type {string} */ text) => {
        const answer = turn.then(() => client.query(text))
        // Told to whoever asked.
        turn = answer.catch(() => undefined)
        return answer
      }
      // It is not given back: it listens, and a pool's next borrower must not get what it hears.
      return { client, query, release: () => client.release(true) }
    }
    listeners.set(pool, (listener = new Listener(take, () => hasTwo(pool))))
  }
  return listener
}

/**
 * Whether a pool has a connection for a listener, and another then for whoever asks. Where it cannot be known there is one: the listener
 * gives way.
 * @param {Pool} pool
 */
function hasTwo({ options, totalCount, idleCount, waitingCount }) {
  const max = Number(options?.max)
  return !(waitingCount > 0) && !(totalCount - idleCount + 2 > max) && !(max < 2)
}

/** Somebody waits for a connection of the pool. @param {Pool} pool */
function giveWay(pool) {
  if (pool.waitingCount !== 0) listeners.get(pool)?.giveWay()
}

module.exports = { Listener, giveWay, listenerOf }
