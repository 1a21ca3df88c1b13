'use strict'

// Appends that wait, and the commits they share: while one is on its way to the disk, the next gathers.

const { TenonError } = require('../errors')
const { META } = require('./events')

/** @typedef {import('./store').Store} Store */
/**
 * @typedef {object} Waiting
 * @property {Uint8Array} bytes
 * @property {Float64Array} meta
 * @property {number} durability
 * @property {(positions: Float64Array) => void} resolve
 * @property {(error: unknown) => void} reject
 */

/** What one commit takes, unless one batch alone is larger. */
const MAX_COMMIT_BYTES = 8 << 20
const MAX_WAITING_BYTES = 2 ** 28

class Commits {
  #store
  #committed
  /** @type {Waiting[]} */
  #waiting = []
  #waitingBytes = 0
  /** @type {Promise<void> | undefined} */
  #running

  /**
   * @param {Store} store
   * @param {() => void} committed called after each commit
   */
  constructor(store, committed) {
    this.#store = store
    this.#committed = committed
  }

  /**
   * @param {Uint8Array} bytes
   * @param {Float64Array} meta
   * @param {number} durability
   * @returns {Promise<Float64Array>} the positions of the batch's events
   */
  add(bytes, meta, durability) {
    // A batch that is alone may be larger than what may wait.
    const size = bytes.length + meta.byteLength
    if (this.#waitingBytes > 0 && this.#waitingBytes + size > MAX_WAITING_BYTES) {
      const message = `appends of ${this.#waitingBytes} bytes wait for the disk; the limit is ${MAX_WAITING_BYTES}`
      return Promise.reject(new TenonError('ERR_LIMIT', message, { maxBytes: MAX_WAITING_BYTES }))
    }
    this.#waitingBytes += size
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, meta, durability, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Waits for what has been added. */
  async settled() {
    while (this.#running) await this.#running
  }

  async #run() {
    // What is added in the same turn goes together.
    await undefined
    while (this.#waiting.length > 0) {
      const group = this.#take()
      try {
        const { bytes, meta, durability } = joined(group)
        const positions = await this.#store.commit(bytes, meta, durability)
        let start = 0
        for (const { meta, resolve } of group) {
          const end = start + (meta.length / META) * 3
          resolve(positions.subarray(start, end))
          start = end
        }
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
      for (const { bytes, meta } of group) this.#waitingBytes -= bytes.length + meta.byteLength
      this.#committed()
    }
    this.#running = undefined
  }

  /** The first of those that wait, as many as one commit takes. */
  #take() {
    let bytes = 0
    let count = 0
    for (const waiting of this.#waiting) {
      bytes += waiting.bytes.length + waiting.meta.byteLength
      if (count > 0 && bytes > MAX_COMMIT_BYTES) break
      count++
    }
    return this.#waiting.splice(0, count)
  }
}

/** One batch after the other, as safe as the safest of them asks. @param {Waiting[]} group */
function joined(group) {
  if (group.length === 1) return group[0]
  const meta = new Float64Array(group.reduce((sum, { meta }) => sum + meta.length, 0))
  let end = 0
  for (const waiting of group) {
    meta.set(waiting.meta, end)
    end += waiting.meta.length
  }
  const durability = Math.max(...group.map(({ durability }) => durability))
  return { bytes: Buffer.concat(group.map(({ bytes }) => bytes)), meta, durability }
}

module.exports = { Commits }
