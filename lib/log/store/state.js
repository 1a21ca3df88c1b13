'use strict'

const { setImmediate: turn } = require('node:timers/promises')
const { RECORD_HEADER_BYTES, STATE, emptyHeader, finishRecord, recordBytes } = require('./record')

/** @typedef {{ seq: number, streamSeq: number, events: number }} Batch what is remembered of a batch by its key */

/** How many idempotency keys are remembered. */
const MAX_KEYS = 10_000
const ENTRIES_PER_TURN = 50_000

/**
 * What a writer must know to go on: where each stream is, and the batches of the last keys. Names are byte strings. A draft
 * is what a commit adds, which counts only when it is on the disk.
 */
class State {
  /** @param {State} [base] of a draft */
  constructor(base) {
    this.base = base
    /** The stream seq of the next event of each, in the order of their first events. @type {Map<string, number>} */
    this.streams = new Map()
    /** In the order of their batches. @type {Map<string, Batch & { order: number }>} */
    this.keys = new Map()
    /** How many keys there ever were, as far as is known. @type {number} */
    this.order = base?.order ?? 0
    /** Bytes of the names of the streams, with what the record says beside them. @type {number} */
    this.streamBytes = base?.streamBytes ?? 0
  }

  /** @param {string} stream @returns {number} */
  next(stream) {
    return this.streams.get(stream) ?? this.base?.streams.get(stream) ?? 0
  }

  /** @param {string} stream @param {number} next */
  setNext(stream, next) {
    if (!this.streams.has(stream) && !this.base?.streams.has(stream)) this.streamBytes += 7 + stream.length
    this.streams.set(stream, next)
  }

  /** @param {string} key @returns {Batch | undefined} */
  batch(key) {
    const found = this.keys.get(key) ?? this.base?.keys.get(key)
    return found && found.order >= this.order - MAX_KEYS ? found : undefined
  }

  /** @param {string} key @param {Batch} batch */
  setBatch(key, { seq, streamSeq, events }) {
    this.keys.delete(key)
    this.keys.set(key, { seq, streamSeq, events, order: this.order++ })
  }

  /** Takes what a draft of this one has. @param {State} draft */
  take(draft) {
    for (const [stream, next] of draft.streams) this.setNext(stream, next)
    for (const [key, batch] of draft.keys) this.setBatch(key, batch)
    this.order = draft.order
    this.streamBytes = draft.streamBytes
    this.forgetOld()
  }

  /** Forgets all keys but the last, if there are more than `most` times as many. */
  forgetOld(most = 1) {
    if (this.keys.size <= most * MAX_KEYS) return
    let excess = this.keys.size - MAX_KEYS
    for (const key of this.keys.keys()) {
      if (excess-- <= 0) break
      this.keys.delete(key)
    }
  }

  /** Each stream once, in order. @returns {Map<string, number>} */
  allStreams() {
    return this.base ? new Map([...this.base.streams, ...this.streams]) : this.streams
  }

  /** The last keys, in order. @returns {[string, Batch][]} */
  lastKeys() {
    const older = this.base ? [...this.base.keys].filter(([key]) => !this.keys.has(key)) : []
    return [...older, ...this.keys].slice(-MAX_KEYS)
  }

  /** The bytes of the record's body, if it had all keys that it may have. */
  get mostBytes() {
    return 8 + this.streamBytes + MAX_KEYS * (17 + 255)
  }

  /**
   * The state record of a new segment.
   * @param {import('./layout').Segment} segment
   * @returns {{ record: Buffer, bodyCrc: number }}
   */
  encode(segment) {
    const streams = this.allStreams()
    const keys = this.lastKeys()
    let bodyBytes = 8
    for (const name of streams.keys()) bodyBytes += 7 + name.length
    for (const [key] of keys) bodyBytes += 17 + key.length
    const record = Buffer.alloc(recordBytes(bodyBytes))
    let at = record.writeUInt32LE(streams.size, RECORD_HEADER_BYTES)
    for (const [name, next] of streams) {
      at = record.writeUInt8(name.length, at)
      at += record.write(name, at, 'latin1')
      at = record.writeUIntLE(next, at, 6)
    }
    at = record.writeUInt32LE(keys.length, at)
    for (const [key, { seq, streamSeq, events }] of keys) {
      at = record.writeUInt8(key.length, at)
      at += record.write(key, at, 'latin1')
      at = record.writeUIntLE(seq, at, 6)
      at = record.writeUIntLE(streamSeq, at, 6)
      at = record.writeUInt32LE(events, at)
    }
    const header = { ...emptyHeader(), bodyBytes, previousCrc: segment.crc, flags: STATE }
    finishRecord(record, 0, header, segment.generation)
    return { record, bodyCrc: header.bodyCrc }
  }

  /**
   * The state in the body of a record; undefined where it is none.
   * @param {Buffer} body
   */
  static async decode(body) {
    const state = new State()
    let at = 0
    /** @param {number} bytes */
    const has = (bytes) => at + bytes <= body.length
    /** The count of a list, whose entries have `bytes` besides a name. @param {number} bytes */
    const count = (bytes) => {
      if (!has(4)) return undefined
      const entries = body.readUInt32LE(at)
      at += 4
      return entries <= (body.length - at) / bytes ? entries : undefined
    }
    /** A name with `bytes` behind it. @param {number} bytes */
    const name = (bytes) => {
      if (!has(1) || !has(1 + body[at] + bytes)) return undefined
      const start = at + 1
      at = start + body[at]
      return body.toString('latin1', start, at)
    }
    const streams = count(7)
    if (streams === undefined) return undefined
    for (let entry = 0; entry < streams; entry++) {
      const stream = name(6)
      if (stream === undefined || state.streams.has(stream)) return undefined
      state.setNext(stream, body.readUIntLE(at, 6))
      at += 6
      if (entry % ENTRIES_PER_TURN === ENTRIES_PER_TURN - 1) await turn()
    }
    const keys = count(17)
    if (keys === undefined || keys > MAX_KEYS) return undefined
    for (let entry = 0; entry < keys; entry++) {
      const key = name(16)
      if (key === undefined || key === '' || state.keys.has(key)) return undefined
      state.setBatch(key, {
        seq: body.readUIntLE(at, 6),
        streamSeq: body.readUIntLE(at + 6, 6),
        events: body.readUInt32LE(at + 12)
      })
      at += 16
    }
    return at === body.length ? state : undefined
  }
}

module.exports = { State }
