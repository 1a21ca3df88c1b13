'use strict'

// Reading: page by page, each from the seq where the last one ended.

const { TenonError, aborted } = require('../../errors')
const { closed } = require('../reader')
const { checksum } = require('./append')
const { noLog } = require('./schema')

/** @typedef {import('./connections').Connections} Connections */
/** @typedef {import('./connections').Query} Query */
/** @typedef {import('./schema').Tables} Tables */
/** @typedef {import('../store').Cursor} StoredCursor */
/** @typedef {import('../store').CursorOptions} CursorOptions */
/** @typedef {import('../store').Packet} Packet */

/** Data longer than this are fetched in pieces: the server sends hexadecimal digits, and a string of V8 has at most 2^29. */
const PIECE_BYTES = 8 << 20
const FIRST_PAGE_EVENTS = 256
const FIRST_SPAN_EVENTS = 4096
const MAX_SPAN_EVENTS = 2 ** 40

/** @implements {StoredCursor} */
class Cursor {
  #connections
  #tables
  #log
  #options
  #seen
  /** The seq of the next event, or when it reads backwards, the one behind it. */
  #place
  #left
  #firstSeq = -1
  /** Where it ends, since it began or was last at the end. @type {number | undefined} */
  #end
  #pageEvents = FIRST_PAGE_EVENTS
  #spanEvents = FIRST_SPAN_EVENTS
  #closed = false

  /**
   * @param {Connections} connections
   * @param {Tables} tables
   * @param {number} log
   * @param {CursorOptions} options
   * @param {(firstSeq: number, nextSeq: number, durableSeq: number) => void} seen told of the log's ends
   */
  constructor(connections, tables, log, options, seen) {
    this.#connections = connections
    this.#tables = tables
    this.#log = log
    this.#options = options
    this.#seen = seen
    this.#place = options.reverse ? options.to : options.from
    this.#left = options.limit
  }

  /** @param {number} maxEvents @param {number} maxBytes @param {AbortSignal} [signal] @returns {Promise<Packet | null>} */
  async next(maxEvents, maxBytes, signal) {
    if (signal?.aborted) throw aborted(signal)
    if (this.#closed) throw closed('the log')
    if (this.#left === 0) return null
    return this.#connections.run('read', async (query) => {
      if (this.#end === undefined) await this.#look(query)
      const { reverse } = this.#options
      while (reverse ? this.#place > this.#low : this.#place < /** @type {number} */ (this.#end)) {
        if (signal?.aborted) throw aborted(signal)
        const asked = Math.min(maxEvents, this.#left, this.#pageEvents)
        if (this.#whole) this.#spanEvents = asked
        const { low, high } = this.#span()
        const { firstSeq, rows } = await this.#page(query, low, high, asked, maxBytes)
        this.#checkPruned(firstSeq, rows.length)
        if (rows.length < asked / 2) this.#spanEvents = Math.min(this.#spanEvents * 4, MAX_SPAN_EVENTS)
        if (rows.length > 0) return this.#packet(query, rows, asked, maxBytes, signal)
        if (this.#whole && high > Math.max(low, firstSeq)) throw missing(Math.max(low, firstSeq), high)
        this.#place = reverse ? low : high
      }
      // It may be asked again, when there is more.
      this.#end = undefined
      return null
    })
  }

  /** Where the log ends now, and so this reading. @param {Query} query */
  async #look(query) {
    const { to, reverse } = this.#options
    const text = `SELECT first_seq, next_seq, durable_seq FROM ${this.#tables.logs} WHERE log = $1`
    const { rows } = await query(text, [this.#log])
    if (rows.length === 0) throw noLog(String(this.#log))
    const [firstSeq, nextSeq, durableSeq] = rows[0].map(Number)
    this.#seen(firstSeq, nextSeq, durableSeq)
    this.#end = Math.min(to, nextSeq)
    if (this.#firstSeq >= 0) return
    // Outside of it there is nothing to read, and was not when this began.
    this.#firstSeq = firstSeq
    this.#place = reverse ? Math.min(this.#place, nextSeq) : Math.max(this.#place, firstSeq)
  }

  /** The seqs that the next page is looked for in: not many, whatever the server thinks of its tables. */
  #span() {
    if (this.#options.reverse) return { low: Math.max(this.#low, this.#place - this.#spanEvents), high: this.#place }
    return { low: this.#place, high: Math.min(/** @type {number} */ (this.#end), this.#place + this.#spanEvents) }
  }

  close() {
    this.#closed = true
  }

  /**
   * @param {Query} query
   * @param {number} low
   * @param {number} high
   * @param {number} count
   * @param {number} maxBytes
   */
  async #page(query, low, high, count, maxBytes) {
    const { reverse, stream, types } = this.#options
    /** @type {unknown[]} */
    const values = [this.#log, low, high, count, maxBytes, PIECE_BYTES]
    let chosen = ''
    if (stream !== null) chosen += ` AND stream = $${values.push(Buffer.from(stream))}`
    if (types !== null) chosen += ` AND type = ANY($${values.push(types.map((type) => Buffer.from(type)))}::bytea[])`
    const order = reverse ? 'DESC' : 'ASC'
    // One statement sees the log as it is at one moment: its first seq tells whether what is missing was pruned.
    const text = `
      WITH head AS (
        SELECT first_seq FROM ${this.#tables.logs} WHERE log = $1
      ), page AS (
        SELECT *, sum(octet_length(data)) OVER (ORDER BY seq ${order} ROWS UNBOUNDED PRECEDING) - octet_length(data) AS before
        FROM (
          SELECT * FROM ${this.#tables.events}
          WHERE log = $1 AND seq >= greatest($2::bigint, (SELECT first_seq FROM head)) AND seq < $3::bigint${chosen}
          ORDER BY seq ${order} LIMIT $4
        ) AS found
      )
      SELECT seq, stream_seq, time_ms, kind, crc, octet_length(data), encode(stream, 'hex'), encode(type, 'hex'),
        CASE WHEN octet_length(data) <= $6 THEN encode(data, 'hex') END, first_seq
      FROM head LEFT JOIN page ON before < $5 ORDER BY seq ${order}`
    const { rows } = await query(text, values)
    if (rows.length === 0) throw noLog(String(this.#log))
    return { firstSeq: Number(rows[0].at(-1)), rows: rows[0][0] === null ? [] : rows }
  }

  /** @param {number} firstSeq of the log now @param {number} found */
  #checkPruned(firstSeq, found) {
    if (firstSeq <= this.#firstSeq) return
    const { to, reverse } = this.#options
    // Backwards, what stayed comes first.
    if (reverse && found > 0) return
    const low = reverse ? this.#low : this.#place
    const high = Math.min(firstSeq, reverse ? this.#place : to)
    if (low < high) throw pruned(low, high)
  }

  /**
   * @param {Query} query
   * @param {(string | null)[][]} rows
   * @param {number} asked
   * @param {number} maxBytes
   * @param {AbortSignal} [signal]
   * @returns {Promise<Packet>}
   */
  async #packet(query, rows, asked, maxBytes, signal) {
    const { reverse } = this.#options
    const meta = new Float64Array(rows.length * 6)
    const names = new Names()
    const data = []
    for (const [index, [seqText, streamSeq, timeMs, kind, crc, dataBytes, stream, type, hex]] of rows.entries()) {
      const seq = Number(seqText)
      const expected = reverse ? this.#place - 1 : this.#place
      if (this.#whole && seq !== expected) {
        throw reverse ? missing(seq + 1, expected + 1) : missing(expected, seq)
      }
      const bytes =
        hex === null
          ? await pieces(query, this.#tables.events, [this.#log, seq], Number(dataBytes), signal)
          : fromHex(hex)
      const [streamBytes, typeBytes] = [fromHex(stream), fromHex(type)]
      if (checksum(streamBytes, typeBytes, bytes) !== Number(crc)) {
        throw corrupt(`event ${seq} has another checksum`, seq - 1, seq + 1)
      }
      const named = names.add(String(stream), streamBytes) * 0x10000 + names.add(String(type), typeBytes)
      meta.set([seq, Number(streamSeq), Number(timeMs), Number(kind), bytes.length, named], index * 6)
      data.push(bytes)
      this.#place = reverse ? seq : seq + 1
    }
    this.#left -= rows.length
    const bytes = Buffer.concat(data)
    // So many that the next page is about full, and not many more.
    const fitting = Math.ceil((maxBytes / Math.max(1, bytes.length / rows.length)) * 1.25)
    this.#pageEvents = Math.max(16, Math.min(fitting, asked * 8))
    return { bytes, meta, names: names.list }
  }

  get #low() {
    return Math.max(this.#options.from, this.#firstSeq)
  }

  /** Whether every seq must be there. */
  get #whole() {
    return this.#options.stream === null && this.#options.types === null
  }
}

/** Names of a packet, each once. */
class Names {
  /** @type {string[]} */
  list = []
  /** @type {Map<string, number>} */
  #places = new Map()

  /** @param {string} hex @param {Buffer} bytes */
  add(hex, bytes) {
    let place = this.#places.get(hex)
    if (place === undefined) {
      place = this.list.push(bytes.toString('utf8')) - 1
      this.#places.set(hex, place)
    }
    return place
  }
}

/** @param {string | null} hex */
function fromHex(hex) {
  return Buffer.from(/** @type {string} */ (hex), 'hex')
}

/**
 * Data that are too long for one answer.
 * @param {Query} query
 * @param {string} events the table
 * @param {[log: number, seq: number]} which
 * @param {number} dataBytes
 * @param {AbortSignal} [signal]
 */
async function pieces(query, events, [log, seq], dataBytes, signal) {
  const parts = []
  for (let start = 0; start < dataBytes; start += PIECE_BYTES) {
    if (signal?.aborted) throw aborted(signal)
    const text = `SELECT encode(substring(data FROM $3 FOR $4), 'hex') FROM ${events} WHERE log = $1 AND seq = $2`
    const { rows } = await query(text, [log, seq, start + 1, PIECE_BYTES])
    if (rows.length === 0) throw pruned(seq, seq + 1)
    parts.push(fromHex(rows[0][0]))
  }
  return Buffer.concat(parts)
}

/** @param {number} low @param {number} high */
function pruned(low, high) {
  const message = `events ${low} to ${high - 1} were pruned while they were read`
  return new TenonError('ERR_IO', message, { errno: 'ENOENT', path: 'events' })
}

/** @param {number} low @param {number} high */
function missing(low, high) {
  return corrupt(`events ${low} to ${high - 1} are missing`, low - 1, high)
}

/** @param {string} message @param {number} lastGoodSeq @param {number} nextGoodSeq */
function corrupt(message, lastGoodSeq, nextGoodSeq) {
  const details = { segment: 'events', offsetBytes: 0, lastGoodSeq, nextGoodSeq, path: 'events' }
  return new TenonError('ERR_CORRUPT', message, details)
}

module.exports = { Cursor, PIECE_BYTES, fromHex }
