'use strict'

const path = require('node:path')
const { checkBoolean, checkInteger, checkKeys, checkObject, checkPath, checkSignal } = require('../arguments')
const { TenonError, aborted, invalidArgument } = require('../errors')
const { Commits } = require('./commits')
const { BYTES, JSON_TEXT, contentOf, dataOf, pack } = require('./events')
const { exportJsonl, importJsonl } = require('./jsonl')
const { Arrivals, closed, read, tail } = require('./reader')
const { tracked } = require('./tracked')

/** @typedef {import('./store').Store} Store */
/** @typedef {import('./store').CheckpointEntry} CheckpointEntry */
/** @typedef {import('../..').log.Event} Event */

const MAX_NAME_BYTES = 255
const MAX_CHECKPOINT_NAME_BYTES = 64
const MAX_TIME_MS = 2 ** 48 - 1
const MAX_SEQ = 2 ** 48
const DURABILITIES = ['memory', 'os', 'disk']
const DISK = 2
const CHECKPOINT_LEVEL = 3

const STREAM_OPTIONS = ['stream', 'type', 'timeMs', 'expectedSeq', 'idempotencyKey', 'durability']

/** A log over a store: what is the same whatever it is stored in. */
class Log {
  /** @type {Store | undefined} */
  #store
  #settings
  #commits
  #arrivals
  /** @type {Set<Promise<unknown>>} */
  #running = new Set()
  /** @type {Promise<void> | undefined} */
  #closing

  /**
   * @param {Store} store
   * @param {{ durability: number, readOnly: boolean, level: number, shared?: boolean }} settings `shared`: others append too
   */
  constructor(store, settings) {
    this.#store = tracked(store, this.#running)
    this.#settings = settings
    this.#arrivals = new Arrivals(store, settings.readOnly || settings.shared === true)
    this.#commits = new Commits(store, () => this.#arrivals.wake())
  }

  /** @param {unknown} event @param {any} [options] */
  async append(event, options = {}) {
    checkObject('options', options)
    checkKeys(options, STREAM_OPTIONS)
    const [, seq, streamSeq, duplicate] = await this.#append('event', [event], options)
    return { seq, streamSeq, duplicate }
  }

  /** @param {readonly unknown[]} events @param {any} [options] */
  async appendBatch(events, options = {}) {
    if (!Array.isArray(events)) throw invalidArgument('events', 'an array', events)
    if (events.length === 0) throw invalidArgument('events', 'an array with an event in it', events)
    checkObject('options', options)
    checkKeys(options, STREAM_OPTIONS)
    const [count, firstSeq, , duplicate] = await this.#append('events', events, options)
    return { firstSeq, lastSeq: firstSeq + count - 1, duplicate }
  }

  /**
   * @param {string} name
   * @param {readonly unknown[]} events
   * @param {any} options
   * @returns {Promise<[count: number, seq: number, streamSeq: number, duplicate: boolean]>}
   */
  async #append(name, events, options) {
    this.#open()
    this.#writable()
    const { stream = '', type = '', timeMs = Date.now(), expectedSeq, idempotencyKey, durability } = options
    const checkTime = (/** @type {string} */ of, /** @type {unknown} */ value) =>
      checkInteger(of, value, 0, MAX_TIME_MS)
    const told = {
      stream: each('options.stream', stream, events.length, checkName),
      type: each('options.type', type, events.length, checkName),
      timeMs: each('options.timeMs', timeMs, events.length, checkTime),
      key: '',
      expectedSeq: -1
    }
    if (expectedSeq !== undefined) {
      checkInteger('options.expectedSeq', expectedSeq, 0, MAX_SEQ)
      told.expectedSeq = expectedSeq
    }
    if (idempotencyKey !== undefined) {
      checkName('options.idempotencyKey', idempotencyKey)
      if (idempotencyKey === '') throw invalidArgument('options.idempotencyKey', 'a string that is not empty', '')
      told.key = idempotencyKey
    }
    const { bytes, meta } = pack(name, events, told)
    const positions = await this.#commits.add(bytes, meta, this.#durability(durability))
    const [status, seq, streamSeq] = positions
    if (status === 2) {
      const message = `the next event of stream ${JSON.stringify(told.stream(0))} is ${streamSeq}, not ${told.expectedSeq}`
      throw new TenonError('ERR_CONFLICT', message, { expected: told.expectedSeq, actual: streamSeq })
    }
    if (status === 3) {
      const message = `options.idempotencyKey was that of a batch of ${streamSeq}, and this one has ${events.length}`
      throw new TenonError('ERR_INVALID_ARG', message, { argument: 'options.idempotencyKey' })
    }
    return [events.length, seq, streamSeq, status === 1]
  }

  /** @param {any} [options] */
  read(options = {}) {
    const store = this.#open()
    checkObject('options', options)
    checkKeys(options, ['stream', 'types', 'from', 'to', 'reverse', 'limit', 'signal'])
    const { reverse = false, signal } = options
    checkBoolean('options.reverse', reverse)
    if (signal !== undefined) checkSignal('options.signal', signal)
    return read(store, { ...checkRange(options), reverse }, this.#end(store), signal)
  }

  /** @param {any} [options] */
  tail(options = {}) {
    const store = this.#open()
    checkObject('options', options)
    checkKeys(options, ['from', 'stream', 'types', 'signal'])
    const { signal } = options
    if (signal !== undefined) checkSignal('options.signal', signal)
    const range = { ...checkRange({ ...options, to: MAX_SEQ }), to: Infinity }
    return tail(store, range, options.from === undefined ? this.#end(store) : range.from, this.#arrivals, signal)
  }

  /** Where the log ends now. @param {Store} store @returns {number | Promise<number>} */
  #end(store) {
    if (!this.#isShared) return store.info().nextSeq
    return store.refresh().then(() => store.info().nextSeq)
  }

  /** Whether others append or prune. */
  get #isShared() {
    return this.#settings.readOnly || this.#settings.shared === true
  }

  /** @param {string} name @param {unknown} state @param {any} [options] */
  async checkpoint(name, state, options = {}) {
    const store = this.#open()
    this.#writable()
    checkCheckpointName(name)
    checkObject('options', options)
    checkKeys(options, ['seq', 'timeMs', 'compress', 'delta', 'durability'])
    const { timeMs = Date.now(), compress = this.#settings.level !== 0, delta = false } = options
    checkInteger('options.timeMs', timeMs, 0, MAX_TIME_MS)
    checkBoolean('options.compress', compress)
    checkBoolean('options.delta', delta)
    if (typeof state !== 'object' || state === null) throw invalidArgument('state', 'a Uint8Array or an object', state)
    const { kind, content } = contentOf('state', state)
    // Copied, for it is written later.
    const bytes = Buffer.from(content)
    const durability = this.#durability(options.durability)
    const disk = durability === DISK
    // What others appended since this log was last looked at is in no state that was made here.
    if (options.seq !== undefined && this.#isShared) await store.refresh()
    const { firstSeq, nextSeq } = store.info()
    const { seq = nextSeq } = options
    checkInteger('options.seq', seq, firstSeq, nextSeq)
    let baseSeq = -1
    if (delta) {
      const older = (await store.checkpoints(name)).filter((entry) => entry.seq < seq && entry.fault === null)
      baseSeq = older.at(-1)?.seq ?? -1
    }
    // A state must not outlive the events it covers.
    if (disk) await store.flush()
    const settings = {
      compress: compress || baseSeq >= 0,
      level: this.#settings.level || CHECKPOINT_LEVEL,
      baseSeq,
      timeMs,
      disk
    }
    const { storedBytes } = await store.writeCheckpoint(name, seq, kind, bytes, settings)
    const written = { name, seq, timeMs, kind, bytes: bytes.length, storedBytes, baseSeq, fault: null }
    if (baseSeq < 0) return shaped(written)
    // Where the base saves little, the whole state was stored.
    const entry = (await store.checkpoints(name)).find((entry) => entry.seq === seq)
    return shaped({ ...written, baseSeq: entry?.baseSeq ?? baseSeq })
  }

  /** @param {string} [name] */
  async checkpoints(name) {
    const store = this.#open()
    if (name !== undefined) checkCheckpointName(name)
    return (await store.checkpoints(name ?? null)).map(shaped)
  }

  /** @param {string} name @param {(state: any, event: Event) => any} [reduce] @param {any} [options] */
  async restore(name, reduce, options = {}) {
    const store = this.#open()
    checkCheckpointName(name)
    if (reduce !== undefined && typeof reduce !== 'function') throw invalidArgument('reduce', 'a function', reduce)
    checkObject('options', options)
    checkKeys(options, ['stream', 'types', 'signal'])
    const { signal, ...choice } = options
    if (signal !== undefined) checkSignal('options.signal', signal)
    const range = checkRange(choice)
    for (;;) {
      if (signal?.aborted) throw aborted(signal)
      const restored = await this.#restore(store, name, reduce, range, signal)
      if (restored) return restored
    }
  }

  /**
   * Undefined where what a checkpoint needs was pruned after it was read: then there is a newer one.
   * @param {Store} store
   * @param {string} name
   * @param {((state: any, event: Event) => any) | undefined} reduce
   * @param {import('./store').CursorOptions} range
   * @param {AbortSignal} [signal]
   */
  async #restore(store, name, reduce, range, signal) {
    const end = await this.#end(store)
    const { skipped, found } = await newestCheckpoint(store, name)
    const { firstSeq } = store.info()
    if (!found && firstSeq > 0) {
      const message = `events before ${firstSeq} were pruned, and no checkpoint ${JSON.stringify(name)} can be used`
      throw new TenonError('ERR_CORRUPT', message, { skipped })
    }
    const fromSeq = found?.seq ?? firstSeq
    let state = found?.state
    let replayed = 0
    if (reduce) {
      let isFirst = true
      for await (const events of read(store, { ...range, from: fromSeq, reverse: false }, end, signal)) {
        if (isFirst && this.#isShared) await store.refresh()
        if (isFirst && store.info().firstSeq > fromSeq) return undefined
        isFirst = false
        for (const event of events) {
          state = reduce(state, event)
          if (typeof Object(state).then === 'function') state = await state
          replayed++
        }
      }
    }
    return { state, fromSeq, replayed, skipped }
  }

  /** @param {string} newDirectory @param {any} [options] */
  async fork(newDirectory, options = {}) {
    const store = this.#open()
    checkPath('newDirectory', newDirectory)
    checkObject('options', options)
    checkKeys(options, ['atSeq', 'signal'])
    if (this.#isShared) await store.refresh()
    const { firstSeq, nextSeq } = store.info()
    const { atSeq = nextSeq, signal } = options
    checkInteger('options.atSeq', atSeq, firstSeq, nextSeq)
    if (signal !== undefined) checkSignal('options.signal', signal)
    if (signal?.aborted) throw aborted(signal)
    // What is stored elsewhere than in a directory has names.
    return store.fork(this.#settings.shared ? newDirectory : path.resolve(newDirectory), atSeq, signal)
  }

  /** @param {any} options */
  async prune(options) {
    const store = this.#open()
    this.#writable()
    checkObject('options', options)
    checkKeys(options, ['before', 'keepCheckpoints'])
    const { before, keepCheckpoints } = options
    checkInteger('options.before', before, 0, MAX_SEQ)
    if (keepCheckpoints !== undefined) checkInteger('options.keepCheckpoints', keepCheckpoints, 0, 2 ** 31 - 1)
    return store.prune(before, keepCheckpoints ?? -1)
  }

  /** @param {any} [options] */
  async verify(options = {}) {
    const store = this.#open()
    checkObject('options', options)
    checkKeys(options, ['signal'])
    const { signal } = options
    if (signal !== undefined) checkSignal('options.signal', signal)
    if (signal?.aborted) throw aborted(signal)
    return store.verify(signal)
  }

  async stats() {
    const store = this.#open()
    const { segments, bytes, streams, checkpoints } = await store.stats()
    const { firstSeq, nextSeq, durableSeq } = store.info()
    return { firstSeq, nextSeq, durableSeq, segments, bytes, streams, checkpoints }
  }

  async flush() {
    const store = this.#open()
    this.#writable()
    await this.#commits.settled()
    await store.flush()
  }

  /** @param {string} file @param {any} [options] */
  async exportJsonl(file, options = {}) {
    const store = this.#open()
    checkPath('file', file)
    checkObject('options', options)
    checkKeys(options, ['stream', 'types', 'from', 'to', 'limit', 'signal'])
    const { signal } = options
    if (signal !== undefined) checkSignal('options.signal', signal)
    const events = read(store, { ...checkRange(options), reverse: false }, this.#end(store), signal)
    return exportJsonl(path.resolve(file), events)
  }

  /** @param {string} file @param {any} [options] */
  async importJsonl(file, options = {}) {
    this.#open()
    this.#writable()
    checkPath('file', file)
    checkObject('options', options)
    checkKeys(options, ['format', 'repair', 'stream', 'type', 'signal'])
    const { format = 'data', repair = false, stream = '', type = '', signal } = options
    if (format !== 'data' && format !== 'export') throw invalidArgument('options.format', "'data' or 'export'", format)
    checkBoolean('options.repair', repair)
    checkName('options.stream', stream)
    checkName('options.type', type)
    if (format === 'export' && ('stream' in options || 'type' in options)) {
      const message = "with options.format 'export' each line has its own stream and type"
      throw new TenonError('ERR_INVALID_ARG', message, { argument: 'options.format' })
    }
    if (signal !== undefined) checkSignal('options.signal', signal)
    return importJsonl(path.resolve(file), { format, repair, stream, type, signal }, (events, told) =>
      this.appendBatch(events, told)
    )
  }

  /** @returns {Promise<void>} */
  close() {
    return (this.#closing ??= this.#close())
  }

  async #close() {
    const store = this.#store
    if (!store) return
    this.#store = undefined
    await this.#commits.settled()
    await Promise.allSettled(this.#running)
    this.#arrivals.end()
    await store.close()
  }

  [Symbol.asyncDispose]() {
    return this.close()
  }

  #open() {
    if (this.#store) return this.#store
    throw closed('the log')
  }

  #writable() {
    if (this.#settings.readOnly) {
      throw new TenonError('ERR_INVALID_ARG', 'the log is open for reading only', { argument: 'options.readOnly' })
    }
  }

  /** @param {unknown} durability */
  #durability(durability) {
    return durability === undefined ? this.#settings.durability : checkDurability('options.durability', durability)
  }
}

/** @param {string} name @param {unknown} value */
function checkDurability(name, value) {
  const found = DURABILITIES.indexOf(/** @type {string} */ (value))
  if (found < 0) throw invalidArgument(name, "'disk', 'os' or 'memory'", value)
  return found
}

/** Names of streams and types. @param {string} name @param {unknown} value */
function checkName(name, value) {
  if (typeof value !== 'string') throw invalidArgument(name, 'a string', value)
  if (!value.isWellFormed()) throw invalidArgument(name, 'a string without lone surrogates', value)
  if (value.length > MAX_NAME_BYTES || Buffer.byteLength(value) > MAX_NAME_BYTES) {
    throw invalidArgument(name, `at most ${MAX_NAME_BYTES} bytes of UTF-8`, value)
  }
}

/** @param {unknown} name */
function checkCheckpointName(name) {
  if (
    typeof name !== 'string' ||
    name === '' ||
    !name.isWellFormed() ||
    Buffer.byteLength(name) > MAX_CHECKPOINT_NAME_BYTES
  ) {
    throw invalidArgument('name', `a string of 1 to ${MAX_CHECKPOINT_NAME_BYTES} bytes of UTF-8`, name)
  }
}

/**
 * What is told of each event, by its index: one value for all, or an array's.
 * @template T
 * @param {string} name
 * @param {T | readonly T[]} value
 * @param {number} count
 * @param {(name: string, value: unknown) => void} check
 * @returns {(index: number) => T}
 */
function each(name, value, count, check) {
  if (!Array.isArray(value)) {
    check(name, value)
    return () => /** @type {T} */ (value)
  }
  const values = value.slice()
  if (values.length !== count) throw invalidArgument(name, `an array of ${count}`, value)
  values.forEach((one, index) => check(`${name}[${index}]`, one))
  return (index) => values[index]
}

/** @param {any} options @returns {import('./store').CursorOptions} */
function checkRange({ stream, types, from = 0, to, limit }) {
  if (stream !== undefined) checkName('options.stream', stream)
  if (types !== undefined) {
    if (!Array.isArray(types)) throw invalidArgument('options.types', 'an array', types)
    types.forEach((type, index) => checkName(`options.types[${index}]`, type))
  }
  checkInteger('options.from', from, 0, MAX_SEQ)
  if (to !== undefined) checkInteger('options.to', to, 0, MAX_SEQ)
  if (limit !== undefined) checkInteger('options.limit', limit, 1, Number.MAX_SAFE_INTEGER)
  return {
    from,
    to: to ?? Infinity,
    reverse: false,
    stream: stream ?? null,
    types: types ? [...types] : null,
    limit: limit ?? Infinity
  }
}

/**
 * The newest checkpoint that is whole and not ahead of the log.
 * @param {Store} store
 * @param {string} name
 */
async function newestCheckpoint(store, name) {
  const skipped = []
  const { firstSeq, nextSeq } = store.info()
  for (const { seq, fault } of (await store.checkpoints(name)).reverse()) {
    let reason = fault
    if (seq > nextSeq) reason = `it is of seq ${seq}, and the log ends at ${nextSeq}`
    if (seq < firstSeq) reason = `events from ${seq} on, which it needs, were pruned`
    if (reason === null) {
      try {
        const { bytes, kind } = await store.readCheckpoint(name, seq)
        return { skipped, found: { seq, state: dataOf(kind, bytes) } }
      } catch (error) {
        if (Object(error).code !== 'ERR_CORRUPT') throw error
        reason = Object(error).message
      }
    }
    skipped.push({ seq, reason: String(reason) })
  }
  return { skipped, found: undefined }
}

/** @param {CheckpointEntry} entry @returns {import('../..').log.Checkpoint} */
function shaped({ name, seq, timeMs, bytes, storedBytes, baseSeq, fault }) {
  return { name, seq, timeMs, bytes, storedBytes, baseSeq: baseSeq < 0 ? null : baseSeq, fault }
}

module.exports = { BYTES, DISK, JSON_TEXT, Log, checkDurability }
