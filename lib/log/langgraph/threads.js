'use strict'

// What is known of a log's threads: which checkpoints there are, and where in the log their values stand. It is made by replay, and
// what others append is looked for before each answer.

const { TenonError } = require('../../errors')
const { decode, encode } = require('./record')

/** @typedef {import('../../..').log.Log} Log */
/** @typedef {import('./record').Place} Place */
/** @typedef {import('./record').Value} Value */
/** @typedef {import('../../..').log.Durability} Durability */

/** The greatest `to` there is. */
const MAX_SEQ = 2 ** 48

const CHECKPOINT = 'langgraph/checkpoint'
const WRITES = 'langgraph/writes'
const DELETED = 'langgraph/deleted'

/**
 * @typedef {object} Saved
 * @property {string} id
 * @property {string | undefined} parentId
 * @property {Place} checkpoint without its channels' values
 * @property {Place} metadata
 * @property {Map<string, { version: string, place: Place | undefined }>} channels undefined where the channel is empty
 */

/** @typedef {{ taskId: string, taskPath: string, channel: string, index: number, place: Place }} Write */

/** The checkpoints of a thread in one namespace. */
class Branch {
  /** @type {Map<string, Saved>} */
  checkpoints = new Map()
  /** The greatest id. @type {string | undefined} */
  latestId
  /** By checkpoint, then by task and index. @type {Map<string, Map<string, Write>>} */
  writes = new Map()
  /** By channel and version, oldest first: branches of a thread may give one number to different values. @type {Map<string, Place[]>} */
  values = new Map()
}

class Threads {
  #log
  #durability
  #cache
  /** @type {Map<string, Map<string, Branch>>} */
  #threads = new Map()
  /** The first event that was not looked at: where the log began, at first. @type {number | undefined} */
  #next
  /** @type {Promise<void>} */
  #turn = Promise.resolve()

  /**
   * @param {Log} log
   * @param {{ durability: Durability | undefined, cacheBytes: number }} settings
   */
  constructor(log, { durability, cacheBytes }) {
    this.#log = log
    this.#durability = durability
    this.#cache = new Cache(cacheBytes)
  }

  /** Looks at what was appended since it last did. @returns {Promise<void>} */
  catchUp() {
    const turn = this.#turn.then(async () => {
      this.#next ??= (await this.#log.stats()).firstSeq
      // As far as there are events, whoever appends them.
      for await (const events of this.#log.read({ from: this.#next, to: MAX_SEQ })) {
        for (const event of events) this.#look(event)
      }
    })
    // Told to the caller; the next one looks again.
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** @param {string | undefined} threadId all, where there is none @returns {Iterable<[string, Map<string, Branch>]>} */
  threads(threadId) {
    if (threadId === undefined) return [...this.#threads]
    const found = this.#threads.get(threadId)
    return found ? [[threadId, found]] : []
  }

  /** @param {string} threadId @param {string} namespace */
  branch(threadId, namespace) {
    return this.#threads.get(threadId)?.get(namespace)
  }

  /**
   * @param {{ thread: string, namespace: string, id: string, parentId: string | undefined }} which
   * @param {Value} checkpoint
   * @param {Value} metadata
   * @param {{ channel: string, version: string, value: Value | undefined }[]} channels those that are new
   * @param {Record<string, string>} versions of all channels
   */
  async put(which, checkpoint, metadata, channels, versions) {
    const told = channels.map(({ channel, version, value }) => ({ channel, version, empty: value === undefined }))
    const values = channels.flatMap(({ value }) => value ?? [])
    const branch = this.branch(which.thread, which.namespace)
    /** @type {Record<string, number>} the events that have the values of the others */
    const needs = {}
    for (const [channel, version] of Object.entries(versions)) {
      const place = branch && inherited(branch, which.parentId, channel, version)
      if (place) needs[channel] = place.seq
    }
    for (const { channel } of channels) delete needs[channel]
    const header = { ...which, channels: told, versions, needs }
    await this.#append(which, CHECKPOINT, encode(header, [checkpoint, metadata, ...values]))
  }

  /**
   * @param {{ thread: string, namespace: string, id: string }} which
   * @param {{ taskId: string, taskPath: string }} task
   * @param {{ channel: string, index: number, value: Value }[]} writes
   */
  async putWrites(which, task, writes) {
    const told = writes.map(({ channel, index }) => ({ channel, index }))
    const data = encode(
      { ...which, ...task, writes: told },
      writes.map(({ value }) => value)
    )
    await this.#append(which, WRITES, data)
  }

  /** @param {string} thread */
  async delete(thread) {
    await this.#append({ thread, namespace: '' }, DELETED, encode({ thread }, []))
  }

  /**
   * The bytes of values.
   * @param {Place[]} places
   * @returns {Promise<Uint8Array[]>}
   */
  async load(places) {
    /** @type {Map<number, Promise<Buffer>>} */
    const loading = new Map()
    for (const { seq } of places) if (!loading.has(seq)) loading.set(seq, this.#event(seq))
    return Promise.all(
      places.map(async ({ seq, start, end }) =>
        (await /** @type {Promise<Buffer>} */ (loading.get(seq))).subarray(start, end)
      )
    )
  }

  /** @param {number} seq @returns {Promise<Buffer>} */
  async #event(seq) {
    const known = this.#cache.get(seq)
    if (known) return known
    for await (const [event] of this.#log.read({ from: seq, to: seq + 1 })) {
      // A copy: what was read shares the memory of a megabyte of others.
      const data = Buffer.from(event.data)
      this.#cache.set(seq, data)
      return data
    }
    throw new TenonError('ERR_CORRUPT', `event ${seq}, which a checkpoint needs, is not in the log: it was pruned`, {
      seq
    })
  }

  /** @param {{ thread: string, namespace: string }} which @param {string} type @param {Buffer} data */
  async #append({ thread, namespace }, type, data) {
    const stream = streamOf(thread, namespace)
    const { seq, streamSeq } = await this.#log.append(data, {
      stream,
      type,
      ...(this.#durability && { durability: this.#durability })
    })
    if (type !== DELETED) this.#cache.set(seq, data)
    // Where others came before, it is looked at in its turn.
    if (seq === this.#next) this.#look({ seq, streamSeq, stream, type, timeMs: 0, data })
  }

  /** @param {import('../../..').log.Event} event */
  #look({ seq, type, data }) {
    const next = /** @type {number} */ (this.#next)
    if (seq < next) return
    if (seq > next) {
      const message = `events ${next} to ${seq - 1}, which the saver had not seen, are not in the log: they were pruned`
      throw new TenonError('ERR_CORRUPT', message, { lastGoodSeq: next - 1, nextGoodSeq: seq })
    }
    if (type === CHECKPOINT) this.#lookAtCheckpoint(decode(seq, data))
    else if (type === WRITES) this.#lookAtWrites(decode(seq, data))
    else if (type === DELETED) this.#threads.delete(decode(seq, data).header.thread)
    this.#next = seq + 1
  }

  /** @param {string} thread @param {string} namespace */
  #makeBranch(thread, namespace) {
    let namespaces = this.#threads.get(thread)
    if (!namespaces) this.#threads.set(thread, (namespaces = new Map()))
    let branch = namespaces.get(namespace)
    if (!branch) namespaces.set(namespace, (branch = new Branch()))
    return branch
  }

  /** @param {ReturnType<typeof decode>} record */
  #lookAtCheckpoint({ header, places }) {
    const { thread, namespace, id, parentId, channels: told, versions, needs } = header
    const branch = this.#makeBranch(thread, namespace)
    const [checkpoint, metadata, ...values] = places
    /** @type {Saved['channels']} */
    const channels = new Map()
    for (const { channel, version, empty } of told) {
      const place = empty ? undefined : values.shift()
      channels.set(channel, { version, place })
      if (!place) continue
      const key = valueKey(channel, version)
      const others = branch.values.get(key)
      if (others) others.push(place)
      else branch.values.set(key, [place])
    }
    for (const [channel, version] of Object.entries(versions)) {
      if (channels.has(channel)) continue
      const place = inherited(branch, parentId, channel, version)
      // What was there when it was put, and was pruned: loading it says so.
      const lost = needs[channel] === undefined ? undefined : { seq: needs[channel], type: '', start: 0, end: 0 }
      channels.set(channel, { version, place: place ?? lost })
    }
    branch.checkpoints.set(id, { id, parentId, checkpoint, metadata, channels })
    if (branch.latestId === undefined || id > branch.latestId) branch.latestId = id
  }

  /** @param {ReturnType<typeof decode>} record */
  #lookAtWrites({ header, places }) {
    const { thread, namespace, id, taskId, taskPath, writes: told } = header
    const branch = this.#makeBranch(thread, namespace)
    let writes = branch.writes.get(id)
    if (!writes) branch.writes.set(id, (writes = new Map()))
    for (const [position, { channel, index }] of told.entries()) {
      const key = writeKey(taskId, index)
      // A task that runs again does not write again; of errors, interrupts and the like the last stays.
      if (index >= 0 && writes.has(key)) continue
      writes.set(key, { taskId, taskPath, channel, index, place: places[position] })
    }
  }
}

/** The data of events, as many as fit: those that were not used for the longest time go first. */
class Cache {
  #left
  /** @type {Map<number, Buffer>} */
  #data = new Map()

  /** @param {number} bytes */
  constructor(bytes) {
    this.#left = bytes
  }

  /** @param {number} seq */
  get(seq) {
    const data = this.#data.get(seq)
    if (!data) return undefined
    this.#data.delete(seq)
    this.#data.set(seq, data)
    return data
  }

  /** @param {number} seq @param {Buffer} data */
  set(seq, data) {
    this.#left -= data.length - (this.#data.get(seq)?.length ?? 0)
    this.#data.delete(seq)
    this.#data.set(seq, data)
    for (const [oldest, { length }] of this.#data) {
      if (this.#left >= 0) break
      this.#data.delete(oldest)
      this.#left += length
    }
  }
}

/**
 * Where the value of a channel is that a checkpoint has no news of: where its parent has it, or who else gave it that version.
 * @param {Branch} branch
 * @param {string | undefined} parentId
 * @param {string} channel
 * @param {string} version
 */
function inherited(branch, parentId, channel, version) {
  const known = parentId === undefined ? undefined : branch.checkpoints.get(parentId)?.channels.get(channel)
  return known?.version === version ? known.place : branch.values.get(valueKey(channel, version))?.at(-1)
}

/** @param {string} channel @param {string} version */
function valueKey(channel, version) {
  return JSON.stringify([channel, version])
}

/** @param {string} taskId @param {number} index */
function writeKey(taskId, index) {
  return `${index},${taskId}`
}

/**
 * A stream's name is for those who look into the log; what does not fit is in the events.
 * @param {string} thread
 * @param {string} namespace
 */
function streamOf(thread, namespace) {
  const name = namespace === '' ? thread : `${thread}|${namespace}`
  let bytes = Buffer.from(name)
  if (bytes.length > 255) {
    bytes = bytes.subarray(0, 255)
    // Not within a character.
    while (!bytes.toString('utf8').isWellFormed() || bytes.toString('utf8').endsWith('\ufffd')) {
      bytes = bytes.subarray(0, bytes.length - 1)
    }
  }
  return bytes.toString('utf8')
}

module.exports = { Threads, valueKey, writeKey }
