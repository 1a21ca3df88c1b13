'use strict'

// Pruning, forks and the reading of everything.

const { crc32 } = require('node:zlib')
const { TenonError, aborted, invalidArgument } = require('../../errors')
const { SNAPSHOT, listCheckpoints, readCheckpoint } = require('./checkpoints')
const { checksum } = require('./append')
const { PIECE_BYTES, fromHex } = require('./cursor')
const { insertLog, noLog } = require('./schema')

/** @typedef {import('./connections').Connections} Connections */
/** @typedef {import('./connections').Query} Query */
/** @typedef {import('./schema').Tables} Tables */
/** @typedef {import('../store').CheckpointEntry} CheckpointEntry */
/** @typedef {import('../../..').log.PruneReport} PruneReport */
/** @typedef {import('../../..').log.VerifyReport} VerifyReport */
/** @typedef {import('../../..').log.Problem} Problem */

const PAGE_EVENTS = 512

/**
 * Says first that the events are gone, and removes them then: appends need not wait for that.
 * @param {Connections} connections
 * @param {Tables} tables
 * @param {number} log
 * @param {number} before
 * @param {number} keepCheckpoints -1 for all
 * @returns {Promise<PruneReport>}
 */
async function prune(connections, tables, log, before, keepCheckpoints) {
  const begin = 'BEGIN ISOLATION LEVEL READ COMMITTED'
  const report = await connections.transaction('prune', begin, async (query) => {
    const { rows } = await query(`SELECT first_seq, next_seq FROM ${tables.logs} WHERE log = $1 FOR UPDATE`, [log])
    if (rows.length === 0) throw noLog(String(log))
    const [firstSeq, nextSeq] = rows[0].map(Number)
    const { kept, dropped } = chosen(await listCheckpoints(query, tables, log, null), keepCheckpoints)
    const wanted = Math.max(firstSeq, Math.min(before, nextSeq))
    const holding = kept.reduce((/** @type {CheckpointEntry | undefined} */ oldest, entry) => {
      return oldest && oldest.seq <= entry.seq ? oldest : entry
    }, undefined)
    const first = Math.max(firstSeq, Math.min(wanted, holding?.seq ?? wanted))
    for (const { name, seq } of dropped) {
      const text = `DELETE FROM ${tables.checkpoints} WHERE log = $1 AND name = $2 AND seq = $3`
      await query(text, [log, Buffer.from(name), seq])
    }
    await query(`UPDATE ${tables.logs} SET first_seq = $2 WHERE log = $1`, [log, first])
    return {
      firstSeq: first,
      segmentsRemoved: 0,
      eventsRemoved: first - firstSeq,
      bytesRemoved: dropped.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
      checkpointsRemoved: dropped.length,
      heldBy: holding && first < wanted ? holding.name : null
    }
  })
  const removed = await connections.transaction('prune', begin, async (query) => {
    // What an earlier prune could not finish goes too.
    const text = `
      WITH removed AS (DELETE FROM ${tables.events} WHERE log = $1 AND seq < $2 RETURNING octet_length(data) AS bytes)
      SELECT coalesce(sum(bytes), 0) FROM removed`
    const { rows } = await query(text, [log, report.firstSeq])
    await query(`UPDATE ${tables.logs} SET bytes = bytes - $2 WHERE log = $1`, [log, rows[0][0]])
    return Number(rows[0][0])
  })
  return { ...report, bytesRemoved: report.bytesRemoved + removed }
}

/**
 * The newest of each name, and what they are deltas of; and the others.
 * @param {CheckpointEntry[]} entries by name and seq
 * @param {number} keepCheckpoints
 */
function chosen(entries, keepCheckpoints) {
  if (keepCheckpoints < 0) return { kept: entries, dropped: [] }
  /** @type {Map<string, CheckpointEntry[]>} */
  const byName = new Map()
  for (const entry of entries) {
    const older = byName.get(entry.name)
    if (older) older.push(entry)
    else byName.set(entry.name, [entry])
  }
  const kept = new Set()
  for (const all of byName.values()) {
    const bySeq = new Map(all.map((entry) => [entry.seq, entry]))
    for (const entry of keepCheckpoints === 0 ? [] : all.slice(-keepCheckpoints)) {
      /** @type {CheckpointEntry | undefined} */
      let needed = entry
      while (needed && !kept.has(needed)) {
        kept.add(needed)
        needed = bySeq.get(needed.baseSeq)
      }
    }
  }
  return { kept: entries.filter((entry) => kept.has(entry)), dropped: entries.filter((entry) => !kept.has(entry)) }
}

/**
 * Copies the events below a seq to a new log of the same tables.
 * @param {Connections} connections
 * @param {Tables} tables
 * @param {number} log
 * @param {string} name
 * @param {number} atSeq
 * @returns {Promise<{ events: number }>}
 */
async function fork(connections, tables, log, name, atSeq) {
  if (name === '' || Buffer.byteLength(name) > 255) {
    throw invalidArgument('newDirectory', "the new log's name, of 1 to 255 bytes of UTF-8", name)
  }
  return connections.transaction('fork', SNAPSHOT, async (query) => {
    const copy = await insertLog(query, tables, name)
    if (copy === undefined) {
      const message = `there is a log ${JSON.stringify(name)} already`
      throw new TenonError('ERR_INVALID_ARG', message, { argument: 'newDirectory' })
    }
    const { logs, streams, events, keys, checkpoints } = tables
    const { rows } = await query(`SELECT first_seq, next_key FROM ${logs} WHERE log = $1`, [log])
    if (rows.length === 0) throw noLog(String(log))
    const [firstSeq, nextKey] = rows[0].map(Number)
    if (atSeq < firstSeq) {
      throw new TenonError('ERR_INVALID_ARG', `events before ${firstSeq} were pruned`, { argument: 'options.atSeq' })
    }
    const { rows: copied } = await query(
      `WITH copied AS (
        INSERT INTO ${events} (log, seq, stream_seq, time_ms, crc, batch_index, kind, stream, type, data)
        SELECT $2, seq, stream_seq, time_ms, crc, batch_index, kind, stream, type, data FROM ${events}
        WHERE log = $1 AND seq >= $3 AND seq < $4 RETURNING octet_length(data) AS bytes
      ) SELECT count(*), coalesce(sum(bytes), 0) FROM copied`,
      [log, copy, firstSeq, atSeq]
    )
    const [count, bytes] = copied[0].map(Number)
    // Where all of a stream's events below were pruned, the next one tells its number.
    await query(
      `INSERT INTO ${streams} (log, stream, next_seq)
      SELECT $2, stream, head FROM (
        SELECT stream, coalesce(
          (SELECT stream_seq + 1 FROM ${events} AS event
            WHERE event.log = $1 AND event.stream = known.stream AND seq < $3 ORDER BY seq DESC LIMIT 1),
          (SELECT stream_seq FROM ${events} AS event
            WHERE event.log = $1 AND event.stream = known.stream AND seq >= $3 ORDER BY seq LIMIT 1),
          next_seq) AS head
        FROM ${streams} AS known WHERE log = $1
      ) AS heads WHERE head > 0`,
      [log, copy, atSeq]
    )
    await query(
      `INSERT INTO ${keys} (log, key, number, seq, stream_seq, events)
      SELECT $2, key, number, seq, stream_seq, least(events, $3 - seq) FROM ${keys} WHERE log = $1 AND seq < $3`,
      [log, copy, atSeq]
    )
    await query(
      `INSERT INTO ${checkpoints}
        (log, name, seq, time_ms, kind, crc, bytes, base_seq, prefix_bytes, suffix_bytes, compressed, data)
      SELECT $2, name, seq, time_ms, kind, crc, bytes, base_seq, prefix_bytes, suffix_bytes, compressed, data
      FROM ${checkpoints} WHERE log = $1 AND seq <= $3`,
      [log, copy, atSeq]
    )
    await query(
      `UPDATE ${logs} SET first_seq = $2, next_seq = $3, durable_seq = $3, next_key = $4, bytes = $5 WHERE log = $1`,
      [copy, firstSeq, atSeq, nextKey, bytes]
    )
    return { events: count }
  })
}

/**
 * Reads everything, as it is at one moment.
 * @param {Connections} connections
 * @param {Tables} tables
 * @param {number} log
 * @param {AbortSignal} [signal]
 * @returns {Promise<VerifyReport>}
 */
async function verify(connections, tables, log, signal) {
  return connections.transaction('verify', `${SNAPSHOT} READ ONLY`, async (query) => {
    const { rows } = await query(`SELECT first_seq, next_seq FROM ${tables.logs} WHERE log = $1`, [log])
    if (rows.length === 0) throw noLog(String(log))
    const [firstSeq, nextSeq] = rows[0].map(Number)
    const report = {
      segments: 0,
      events: 0,
      batches: 0,
      bytes: 0,
      checkpoints: 0,
      problems: /** @type {Problem[]} */ ([])
    }
    /** @param {string} file @param {string} reason @param {number} lastGoodSeq @param {number | null} nextGoodSeq */
    const problem = (file, reason, lastGoodSeq, nextGoodSeq) => {
      report.problems.push({ file, offsetBytes: 0, reason, lastGoodSeq, nextGoodSeq })
    }
    const heads = await verifyEvents(query, tables, log, firstSeq, nextSeq, report, problem, signal)
    const known = await query(`SELECT encode(stream, 'hex'), next_seq FROM ${tables.streams} WHERE log = $1`, [log])
    const told = new Map(known.rows.map(([stream, next]) => [String(stream), Number(next)]))
    for (const [stream, next] of heads) {
      if (told.get(stream) === next) continue
      const name = JSON.stringify(fromHex(stream).toString('utf8'))
      problem(
        'streams',
        `stream ${name} has ${next} events, and is said to have ${told.get(stream)}`,
        nextSeq - 1,
        null
      )
    }
    for (const { name, seq } of await listCheckpoints(query, tables, log, null)) {
      if (signal?.aborted) throw aborted(signal)
      report.checkpoints++
      try {
        await readCheckpoint(query, tables, log, name, seq)
      } catch (error) {
        if (Object(error).code !== 'ERR_CORRUPT') throw error
        problem('checkpoints', Object(error).message, -1, null)
      }
    }
    return report
  })
}

/**
 * The next number of each stream, by what its events have.
 * @param {Query} query
 * @param {Tables} tables
 * @param {number} log
 * @param {number} firstSeq
 * @param {number} nextSeq
 * @param {VerifyReport} report
 * @param {(file: string, reason: string, lastGoodSeq: number, nextGoodSeq: number | null) => void} problem
 * @param {AbortSignal} [signal]
 */
async function verifyEvents(query, { events }, log, firstSeq, nextSeq, report, problem, signal) {
  /** @type {Map<string, number>} */
  const heads = new Map()
  let expected = firstSeq
  let batchIndex = -1
  // Of a page of long data only the first is asked for with the page.
  const text = `
    SELECT seq, stream_seq, batch_index, crc, octet_length(data), encode(stream, 'hex'), encode(type, 'hex'),
      CASE WHEN before < ${PIECE_BYTES} AND octet_length(data) <= ${PIECE_BYTES} THEN encode(data, 'hex') END
    FROM (
      SELECT *, sum(octet_length(data)) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING) - octet_length(data) AS before
      FROM (SELECT * FROM ${events} WHERE log = $1 AND seq >= $2 AND seq < $3 ORDER BY seq) AS found
    ) AS page ORDER BY seq`
  for (let low = firstSeq; low < nextSeq; low += PAGE_EVENTS) {
    if (signal?.aborted) throw aborted(signal)
    const { rows } = await query(text, [log, low, low + PAGE_EVENTS])
    for (const [seqText, streamSeqText, index, crc, dataBytes, stream, type, hex] of rows) {
      const [seq, streamSeq] = [Number(seqText), Number(streamSeqText)]
      if (seq !== expected) problem('events', `events ${expected} to ${seq - 1} are missing`, expected - 1, seq)
      const head = heads.get(String(stream))
      if (head !== undefined && head !== streamSeq) {
        problem('events', `event ${seq} is ${streamSeq} of its stream, not ${head}`, seq - 1, seq)
      }
      heads.set(String(stream), streamSeq + 1)
      if (Number(index) === 0 || seq === firstSeq) report.batches++
      else if (seq === expected && Number(index) !== batchIndex + 1) {
        problem('events', `event ${seq} is ${index} of its batch, not ${batchIndex + 1}`, seq - 1, seq)
      }
      batchIndex = Number(index)
      let sum
      if (hex !== null) sum = checksum(fromHex(stream), fromHex(type), fromHex(hex))
      else
        sum = await checksumOfLong(query, events, [log, seq], Number(dataBytes), fromHex(stream), fromHex(type), signal)
      if (sum !== Number(crc)) problem('events', `event ${seq} has another checksum`, seq - 1, seq + 1)
      report.events++
      report.bytes += Number(dataBytes)
      expected = seq + 1
    }
  }
  const { rows: behind } = await query(`SELECT count(*) FROM ${events} WHERE log = $1 AND seq >= $2`, [log, nextSeq])
  if (behind[0][0] !== '0') problem('events', `${behind[0][0]} events are behind the log's end`, nextSeq - 1, null)
  if (expected < nextSeq) problem('events', `events ${expected} to ${nextSeq - 1} are missing`, expected - 1, null)
  return heads
}

/**
 * @param {Query} query
 * @param {string} events
 * @param {[log: number, seq: number]} which
 * @param {number} dataBytes
 * @param {Buffer} stream
 * @param {Buffer} type
 * @param {AbortSignal} [signal]
 */
async function checksumOfLong(query, events, [log, seq], dataBytes, stream, type, signal) {
  let sum = checksum(stream, type, Buffer.alloc(0))
  for (let start = 0; start < dataBytes; start += PIECE_BYTES) {
    if (signal?.aborted) throw aborted(signal)
    const text = `SELECT encode(substring(data FROM $3 FOR $4), 'hex') FROM ${events} WHERE log = $1 AND seq = $2`
    const { rows } = await query(text, [log, seq, start + 1, PIECE_BYTES])
    sum = crc32(fromHex(rows[0][0]), sum)
  }
  return sum
}

module.exports = { fork, prune, verify }
