'use strict'

// The commit of a group of batches: what becomes of each is decided under the locks of its streams and its key, and what is
// appended gets its seqs in one statement, which holds the log's row until the transaction ends. So seqs have no holes, and events
// become visible in their order.

const { crc32 } = require('node:zlib')
const { TenonError } = require('../../errors')
const { META } = require('../events')
const { noLog } = require('./schema')

/** @typedef {import('./connections').Query} Query */
/** @typedef {import('./schema').Tables} Tables */

/** How many keyed batches are remembered. */
const REMEMBERED_KEYS = 10_000

/**
 * A stream's lock is one of these, and so is a key's: a transaction holds no more locks, however many streams it writes to.
 * They are taken in the order of their numbers, before the log's row, so that nobody waits in a circle.
 */
const LOCKS = 32

const DISK = 2

/**
 * @typedef {object} Batch
 * @property {number} first of its events in the group
 * @property {number} count
 * @property {string} key
 * @property {number} expectedSeq
 */

/** Where the events of a group stand in its bytes, and its batches. */
class Group {
  /** @param {Uint8Array} bytes @param {Float64Array} meta */
  constructor(bytes, meta) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.meta = meta
    this.count = meta.length / META
    /** @type {number[]} */
    this.starts = []
    /** @type {string[]} */
    this.streams = []
    /** @type {Batch[]} */
    this.batches = []
    let start = 0
    let first = 0
    for (let index = 0; index < this.count; index++) {
      const at = index * META
      const [streamBytes, typeBytes, keyBytes, dataBytes, , , expectedSeq, more] = meta.subarray(at, at + META)
      this.starts.push(start)
      // Latin-1 keeps bytes apart from each other; it is a name in a Map, not a text.
      this.streams.push(this.bytes.toString('latin1', start, start + streamBytes))
      if (index === first) {
        const keyStart = start + streamBytes + typeBytes
        const key = this.bytes.toString('latin1', keyStart, keyStart + keyBytes)
        this.batches.push({ first, count: 0, key, expectedSeq })
      }
      const batch = this.batches[this.batches.length - 1]
      batch.count++
      if (more === 0) first = index + 1
      start += streamBytes + typeBytes + keyBytes + dataBytes
    }
  }

  /** Of stream, type and data. @param {number} index */
  crc(index) {
    const [streamBytes, typeBytes, keyBytes, dataBytes] = this.meta.subarray(index * META, index * META + 4)
    const start = this.starts[index]
    const keyStart = start + streamBytes + typeBytes
    const dataStart = keyStart + keyBytes
    return crc32(this.bytes.subarray(dataStart, dataStart + dataBytes), crc32(this.bytes.subarray(start, keyStart)))
  }
}

/**
 * @param {Uint8Array} stream
 * @param {Uint8Array} type
 * @param {Uint8Array} data
 */
function checksum(stream, type, data) {
  return crc32(data, crc32(type, crc32(stream)))
}

/** How a transaction of that durability begins. @param {boolean} disk */
function beginning(disk) {
  // Stricter settings than `on` stay as they are.
  const level = disk
    ? `CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END`
    : `'off'`
  return `BEGIN ISOLATION LEVEL READ COMMITTED; SELECT set_config('synchronous_commit', ${level}, true)`
}

/** @param {string} name in Latin-1 */
const lockOf = (name) => crc32(Buffer.from(name, 'latin1')) % LOCKS

/** @param {Iterable<string>} names in Latin-1 */
const bytesOf = (names) => Array.from(names, (name) => Buffer.from(name, 'latin1'))

/**
 * @param {Query} query in a transaction
 * @param {Tables} tables
 * @param {{ log: number, channel: string }} which
 * @param {Group} group
 * @param {number} durability
 * @returns {Promise<{ positions: Float64Array, firstSeq: number, nextSeq: number, durableSeq: number }>}
 */
async function append(query, tables, { log, channel }, group, durability) {
  const streams = new Set(group.streams)
  const keys = new Set(group.batches.map(({ key }) => key).filter((key) => key !== ''))
  const locks = [...new Set([...streams, ...keys].map(lockOf))].sort((a, b) => a - b)
  await query(locks.map((lock) => `SELECT pg_advisory_xact_lock(${log}, ${lock})`).join('; '))
  const state = await look(query, tables, log, streams, keys)
  const decided = decide(group, state)
  const { positions, taken, keyed } = decided
  const { firstSeq } = state
  let { nextSeq, durableSeq } = state
  if (taken.length > 0) {
    const base = await insert(query, tables, log, group, decided, durability)
    for (const index of taken) positions[index * 3 + 1] += base
    for (const { duplicates } of keyed) for (const index of duplicates) positions[index * 3 + 1] += base
    nextSeq = base + taken.length
    if (durability === DISK) durableSeq = nextSeq
    await query(`SELECT pg_notify($1, $2)`, [channel, String(nextSeq)])
  }
  return { positions, firstSeq, nextSeq, durableSeq }
}

/**
 * What the log knows of these streams and keys.
 * @param {Query} query
 * @param {Tables} tables
 * @param {number} log
 * @param {Set<string>} streams
 * @param {Set<string>} keys
 */
async function look(query, tables, log, streams, keys) {
  const text = `
    SELECT 0, NULL, first_seq, next_seq, durable_seq, next_key FROM ${tables.logs} WHERE log = $1
    UNION ALL SELECT 1, encode(stream, 'hex'), next_seq, 0, 0, 0 FROM ${tables.streams} WHERE log = $1 AND stream = ANY($2)
    UNION ALL SELECT 2, encode(key, 'hex'), seq, stream_seq, events, number FROM ${tables.keys} WHERE log = $1 AND key = ANY($3)`
  const { rows } = await query(text, [log, bytesOf(streams), bytesOf(keys)])
  const state = { firstSeq: -1, nextSeq: 0, durableSeq: 0, nextKey: 0, heads: new Map(), keys: new Map() }
  for (const [what, hex, ...values] of rows) {
    const [a, b, c, d] = values.map(Number)
    const name = Buffer.from(hex ?? '', 'hex').toString('latin1')
    if (what === '0') Object.assign(state, { firstSeq: a, nextSeq: b, durableSeq: c, nextKey: d })
    else if (what === '1') state.heads.set(name, a)
    else state.keys.set(name, { seq: a, streamSeq: b, events: c, number: d })
  }
  if (state.firstSeq < 0) throw noLog(String(log))
  return state
}

/**
 * What becomes of each batch. The seqs of what is appended are counted from 0.
 * @param {Group} group
 * @param {{ nextKey: number, heads: Map<string, number>, keys: Map<string, any> }} state
 */
function decide(group, { nextKey, heads, keys }) {
  const positions = new Float64Array(group.count * 3)
  /** @type {number[]} the events that are appended */
  const taken = []
  /** @type {{ key: string, number: number, seq: number, streamSeq: number, events: number, duplicates: number[] }[]} */
  const keyed = []
  const firstKey = nextKey
  for (const { first, count, key, expectedSeq } of group.batches) {
    const known = key === '' ? undefined : keys.get(key)
    const stream = group.streams[first]
    if (known && known.number >= nextKey - REMEMBERED_KEYS) {
      const same = known.events === count
      for (let index = 0; index < count; index++) {
        const streamSeq = same ? known.streamSeq + index : known.events
        positions.set([same ? 1 : 3, known.seq + index, streamSeq], (first + index) * 3)
        // It is of this group, and gets its seq with it.
        known.duplicates?.push(first + index)
      }
      continue
    }
    const head = heads.get(stream) ?? 0
    if (expectedSeq >= 0 && expectedSeq !== head) {
      for (let index = first; index < first + count; index++) positions.set([2, -1, head], index * 3)
      continue
    }
    /** @type {typeof keyed[0]} */
    const entry = { key, number: nextKey, seq: taken.length, streamSeq: head, events: count, duplicates: [] }
    for (let index = first; index < first + count; index++) {
      const streamSeq = heads.get(group.streams[index]) ?? 0
      positions.set([0, taken.length, streamSeq], index * 3)
      heads.set(group.streams[index], streamSeq + 1)
      taken.push(index)
    }
    if (key === '') continue
    keys.set(key, entry)
    keyed.push(entry)
    nextKey++
  }
  // A key that was forgotten meanwhile may have come twice.
  const remembered = keyed
    .filter((entry) => keys.get(entry.key) === entry)
    .map((entry) => ({ ...entry, number: entry.number - firstKey }))
  return { positions, taken, heads, keyed, remembered }
}

/**
 * Appends what was decided, and says the seq of its first.
 * @param {Query} query
 * @param {Tables} tables
 * @param {number} log
 * @param {Group} group
 * @param {ReturnType<typeof decide>} decided
 * @param {number} durability
 */
async function insert(query, { logs, streams, events, keys }, log, group, decided, durability) {
  const { positions, taken, heads, keyed, remembered } = decided
  const { meta, starts } = group
  const first = new Set(group.batches.map((batch) => batch.first))
  let batchIndex = 0
  let dataBytes = 0
  const rows = taken.map((index) => {
    const at = index * META
    batchIndex = first.has(index) ? 0 : batchIndex + 1
    dataBytes += meta[at + 3]
    return { index, at, batchIndex }
  })
  const written = new Map(taken.map((index) => [group.streams[index], heads.get(group.streams[index])]))
  const text = `
    WITH head AS (
      UPDATE ${logs} SET next_seq = next_seq + $2, next_key = next_key + $3, bytes = bytes + $4,
        durable_seq = CASE WHEN $5 THEN next_seq + $2 ELSE durable_seq END
      WHERE log = $1 RETURNING next_seq - $2 AS seq, next_key - $3 AS key
    ), added AS (
      INSERT INTO ${events} (log, seq, stream_seq, time_ms, crc, batch_index, kind, stream, type, data)
      SELECT $1, head.seq + place - 1, stream_seq, time_ms, crc, batch_index, kind,
        substring($6::bytea FROM start FOR stream_bytes),
        substring($6::bytea FROM start + stream_bytes FOR type_bytes),
        substring($6::bytea FROM start + stream_bytes + type_bytes + key_bytes FOR data_bytes)
      FROM head, unnest($7::integer[], $8::integer[], $9::integer[], $10::integer[], $11::integer[],
        $12::bigint[], $13::bigint[], $14::bigint[], $15::integer[], $16::smallint[])
        WITH ORDINALITY AS event (start, stream_bytes, type_bytes, key_bytes, data_bytes, stream_seq, time_ms, crc, batch_index, kind, place)
    ), moved AS (
      INSERT INTO ${streams} AS known (log, stream, next_seq)
      SELECT $1, stream, next_seq FROM head, unnest($17::bytea[], $18::bigint[]) AS written (stream, next_seq)
      ON CONFLICT (log, stream) DO UPDATE SET next_seq = excluded.next_seq
    ), remembered AS (
      INSERT INTO ${keys} AS known (log, key, number, seq, stream_seq, events)
      SELECT $1, keyed.key, head.key + number, head.seq + keyed.seq, stream_seq, events
      FROM head, unnest($19::bytea[], $20::bigint[], $21::bigint[], $22::bigint[], $23::integer[])
        AS keyed (key, number, seq, stream_seq, events)
      ON CONFLICT (log, key) DO UPDATE SET number = excluded.number, seq = excluded.seq, stream_seq = excluded.stream_seq,
        events = excluded.events
    )
    SELECT seq, key FROM head`
  const { rows: answer } = await query(text, [
    log,
    taken.length,
    keyed.length,
    dataBytes,
    durability === DISK,
    group.bytes,
    numbers(rows, ({ index }) => starts[index] + 1),
    numbers(rows, ({ at }) => meta[at]),
    numbers(rows, ({ at }) => meta[at + 1]),
    numbers(rows, ({ at }) => meta[at + 2]),
    numbers(rows, ({ at }) => meta[at + 3]),
    numbers(rows, ({ index }) => positions[index * 3 + 2]),
    numbers(rows, ({ at }) => meta[at + 5]),
    numbers(rows, ({ index }) => group.crc(index)),
    numbers(rows, ({ batchIndex }) => batchIndex),
    numbers(rows, ({ at }) => meta[at + 4]),
    bytesOf(written.keys()),
    numbers([...written.values()], Number),
    bytesOf(remembered.map(({ key }) => key)),
    numbers(remembered, ({ number }) => number),
    numbers(remembered, ({ seq }) => seq),
    numbers(remembered, ({ streamSeq }) => streamSeq),
    numbers(remembered, ({ events }) => events)
  ])
  if (answer.length === 0) throw noLog(String(log))
  const [seq, key] = answer[0].map(Number)
  if (seq + taken.length > 2 ** 48) throw new TenonError('ERR_LIMIT', 'the log has 2^48 events')
  if (keyed.length > 0) {
    await query(`DELETE FROM ${keys} WHERE log = $1 AND number < $2`, [log, key + keyed.length - REMEMBERED_KEYS])
  }
  return seq
}

/** An array of PostgreSQL. @template T @param {T[]} values @param {(value: T) => number} of */
function numbers(values, of) {
  return `{${values.map(of).join(',')}}`
}

module.exports = { DISK, Group, append, beginning, checksum }
