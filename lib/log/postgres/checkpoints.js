'use strict'

// States of the log, each a row. A delta is what is left of a state without the bytes it begins and ends with like its base.

const { promisify } = require('node:util')
const zlib = require('node:zlib')
const { TenonError } = require('../../errors')
const { beginning } = require('./append')
const { PIECE_BYTES, fromHex } = require('./cursor')
const { noLog } = require('./schema')

/** @typedef {import('./connections').Connections} Connections */
/** @typedef {import('./connections').Query} Query */
/** @typedef {import('./schema').Tables} Tables */
/** @typedef {import('../store').CheckpointEntry} CheckpointEntry */
/** @typedef {import('../store').CheckpointSettings} CheckpointSettings */

const deflate = promisify(zlib.deflateRaw)
const inflate = promisify(zlib.inflateRaw)

/** How a transaction begins that sees the log as it is at one moment. */
const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ'

/** As many as the engines of a directory take, the whole one with its deltas. */
const MAX_CHAIN = 32

/**
 * @typedef {{ name: string, seq: number, kind: number, bytes: Uint8Array }} State
 * @typedef {Awaited<ReturnType<typeof readCheckpoint>>} Base
 * @typedef {Awaited<ReturnType<typeof encode>>} Encoded
 */

/**
 * Reads the base and encodes before the log is locked: appends need not wait for that.
 * @param {Connections} connections
 * @param {Tables} tables
 * @param {number} log
 * @param {State} state
 * @param {CheckpointSettings} settings
 * @returns {Promise<{ storedBytes: number, baseSeq: number }>} `baseSeq` is -1 where it is no delta
 */
async function writeCheckpoint(connections, tables, log, state, { compress, baseSeq, timeMs, disk }) {
  const base = baseSeq < 0 ? undefined : await readBase(connections, tables, log, state.name, baseSeq)
  /** @param {Encoded} encoded */
  const write = (encoded) =>
    connections.transaction('write a checkpoint of', beginning(disk), (query) =>
      writeRow(query, tables, log, state, encoded, timeMs)
    )
  const delta = base && (await encode(state.bytes, compress, base))
  if (delta && (await write(delta))) return { storedBytes: delta.data.length, baseSeq }
  const whole = await encode(state.bytes, compress, undefined)
  await write(whole)
  return { storedBytes: whole.data.length, baseSeq: -1 }
}

/**
 * What a delta is made of; undefined where it has as many below it as there may be, or was pruned meanwhile.
 * @param {Connections} connections
 * @param {Tables} tables
 * @param {number} log
 * @param {string} name
 * @param {number} seq
 * @returns {Promise<Base | undefined>}
 */
async function readBase(connections, tables, log, name, seq) {
  try {
    const base = await connections.transaction('read a checkpoint of', SNAPSHOT, (query) =>
      readCheckpoint(query, tables, log, name, seq)
    )
    return base.links < MAX_CHAIN ? base : undefined
  } catch (error) {
    if (Object(error).code === 'ERR_INVALID_ARG') return undefined
    throw error
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {boolean} compress
 * @param {Base | undefined} base
 */
async function encode(bytes, compress, base) {
  const crc = zlib.crc32(bytes)
  const { prefixBytes, suffixBytes } = base ? shared(base.bytes, bytes) : { prefixBytes: 0, suffixBytes: 0 }
  const rest = bytes.subarray(prefixBytes, bytes.length - suffixBytes)
  const packed = compress ? await deflate(rest) : rest
  const compressed = packed.length < rest.length
  return { base, crc, prefixBytes, suffixBytes, compressed, data: Buffer.from(compressed ? packed : rest) }
}

/**
 * Says whether it was written: it is not where the base is another by now.
 * @param {Query} query in a transaction
 * @param {Tables} tables
 * @param {number} log
 * @param {State} state
 * @param {Encoded} encoded
 * @param {number} timeMs
 * @returns {Promise<boolean>}
 */
async function writeRow(query, { logs, checkpoints }, log, { name, seq, kind, bytes }, encoded, timeMs) {
  const { base, crc, prefixBytes, suffixBytes, compressed, data } = encoded
  // A prune that runs now must know of it, and it must know what was pruned; so must others that write checkpoints.
  const { rows } = await query(`SELECT first_seq, next_seq FROM ${logs} WHERE log = $1 FOR UPDATE`, [log])
  if (rows.length === 0) throw noLog(String(log))
  const [firstSeq, nextSeq] = rows[0].map(Number)
  if (seq < firstSeq || seq > nextSeq) {
    const message = `options.seq must be an integer from ${firstSeq} to ${nextSeq}, not ${seq}`
    throw new TenonError('ERR_INVALID_ARG', message, { argument: 'options.seq' })
  }
  const known = await query(
    `SELECT seq, base_seq, crc, bytes FROM ${checkpoints} WHERE log = $1 AND name = $2 AND (seq IN ($3, $4) OR base_seq = $3)`,
    [log, Buffer.from(name), seq, base?.seq ?? -1]
  )
  const others = known.rows.map((row) => row.map(Number))
  if (others.some(([of]) => of === seq) && others.some(([, baseOf]) => baseOf === seq)) {
    const message = `other checkpoints stand on '${name}' at ${seq}`
    throw new TenonError('ERR_INVALID_ARG', message, { argument: 'options.seq' })
  }
  // Those below it stand on each other, and so cannot be others.
  const asRead = base && [base.seq, base.baseSeq, base.crc, base.bytes.length]
  if (asRead && !others.some((other) => other.every((value, index) => value === asRead[index]))) return false
  const text = `
    INSERT INTO ${checkpoints}
      (log, name, seq, time_ms, kind, crc, bytes, base_seq, prefix_bytes, suffix_bytes, compressed, data)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (log, name, seq) DO UPDATE SET time_ms = excluded.time_ms, kind = excluded.kind, crc = excluded.crc,
      bytes = excluded.bytes, base_seq = excluded.base_seq, prefix_bytes = excluded.prefix_bytes,
      suffix_bytes = excluded.suffix_bytes, compressed = excluded.compressed, data = excluded.data`
  const values = [log, Buffer.from(name), seq, timeMs, kind, crc, bytes.length, base?.seq ?? -1]
  await query(text, [...values, prefixBytes, suffixBytes, compressed, data])
  return true
}

/**
 * How many bytes two states begin and end with alike.
 * @param {Uint8Array} base
 * @param {Uint8Array} bytes
 */
function shared(base, bytes) {
  const most = Math.min(base.length, bytes.length)
  let prefixBytes = 0
  while (prefixBytes < most && base[prefixBytes] === bytes[prefixBytes]) prefixBytes++
  let suffixBytes = 0
  while (
    suffixBytes < most - prefixBytes &&
    base[base.length - 1 - suffixBytes] === bytes[bytes.length - 1 - suffixBytes]
  ) {
    suffixBytes++
  }
  return { prefixBytes, suffixBytes }
}

/**
 * @param {Query} query
 * @param {Tables} tables
 * @param {number} log
 * @param {string | null} name
 * @returns {Promise<CheckpointEntry[]>}
 */
async function listCheckpoints(query, { checkpoints }, log, name) {
  const text = `
    SELECT encode(name, 'hex'), seq, time_ms, kind, bytes, octet_length(data), base_seq FROM ${checkpoints}
    WHERE log = $1 ${name === null ? '' : 'AND name = $2'} ORDER BY name, seq`
  const { rows } = await query(text, name === null ? [log] : [log, Buffer.from(name)])
  return rows.map(([hex, ...values]) => {
    const [seq, timeMs, kind, bytes, storedBytes, baseSeq] = values.map(Number)
    return { name: fromHex(hex).toString('utf8'), seq, timeMs, kind, bytes, storedBytes, baseSeq, fault: null }
  })
}

/**
 * @param {Query} query in a transaction that sees one moment: what it stands on may be replaced or pruned at any time
 * @param {Tables} tables
 * @param {number} log
 * @param {string} name
 * @param {number} seq
 */
async function readCheckpoint(query, { checkpoints }, log, name, seq) {
  // From the one asked for to the one that stands alone.
  const chain = []
  for (let wanted = seq; wanted >= 0; wanted = chain[chain.length - 1].baseSeq) {
    if (chain.length === MAX_CHAIN) throw corrupt(name, seq, 'it stands on too many others')
    const found = await readRow(query, checkpoints, log, name, wanted)
    if (!found && chain.length === 0) throw noCheckpoint(name, seq)
    if (!found) throw corrupt(name, seq, `the checkpoint of seq ${wanted}, which it needs, is not there`)
    chain.push(found)
  }
  let bytes = Buffer.alloc(0)
  for (const { crc, size, prefixBytes, suffixBytes, compressed, data } of chain.reverse()) {
    let rest = data
    if (compressed) {
      try {
        rest = await inflate(data, { maxOutputLength: Math.max(1, size) })
      } catch (cause) {
        throw corrupt(name, seq, String(Object(cause).message), cause)
      }
    }
    const suffix = bytes.subarray(Math.max(0, bytes.length - suffixBytes))
    bytes = Buffer.concat([bytes.subarray(0, prefixBytes), rest, suffix])
    if (bytes.length !== size || zlib.crc32(bytes) !== crc) throw corrupt(name, seq, 'it has another checksum')
  }
  const { kind, timeMs, crc, baseSeq } = chain[chain.length - 1]
  return { seq, bytes, kind, timeMs, crc, baseSeq, links: chain.length }
}

/**
 * @param {Query} query
 * @param {string} checkpoints the table
 * @param {number} log
 * @param {string} name
 * @param {number} seq
 */
async function readRow(query, checkpoints, log, name, seq) {
  const key = [log, Buffer.from(name), seq]
  const where = 'WHERE log = $1 AND name = $2 AND seq = $3'
  const text = `
    SELECT time_ms, kind, crc, bytes, base_seq, prefix_bytes, suffix_bytes, compressed, octet_length(data),
      encode(substring(data FROM 1 FOR ${PIECE_BYTES}), 'hex')
    FROM ${checkpoints} ${where}`
  const { rows } = await query(text, key)
  if (rows.length === 0) return undefined
  const [timeMs, kind, crc, size, baseSeq, prefixBytes, suffixBytes] = rows[0].slice(0, 7).map(Number)
  const [, , , , , , , compressed, storedBytes, hex] = rows[0]
  const parts = [fromHex(hex)]
  for (let start = PIECE_BYTES; start < Number(storedBytes); start += PIECE_BYTES) {
    const piece = `SELECT encode(substring(data FROM $4 FOR ${PIECE_BYTES}), 'hex') FROM ${checkpoints} ${where}`
    const { rows: more } = await query(piece, [...key, start + 1])
    parts.push(fromHex(more[0][0]))
  }
  return {
    timeMs,
    kind,
    crc,
    size,
    baseSeq,
    prefixBytes,
    suffixBytes,
    compressed: compressed === 't',
    data: Buffer.concat(parts)
  }
}

/** @param {string} name @param {number} seq */
function noCheckpoint(name, seq) {
  return new TenonError('ERR_INVALID_ARG', `there is no checkpoint ${JSON.stringify(name)} of seq ${seq}`, {
    argument: 'seq'
  })
}

/** @param {string} name @param {number} seq @param {string} reason @param {unknown} [cause] */
function corrupt(name, seq, reason, cause) {
  const details = { segment: 'checkpoints', offsetBytes: 0, lastGoodSeq: -1, nextGoodSeq: null, path: 'checkpoints' }
  return new TenonError('ERR_CORRUPT', `checkpoint ${JSON.stringify(name)} of seq ${seq}: ${reason}`, {
    ...details,
    cause
  })
}

module.exports = { SNAPSHOT, listCheckpoints, readCheckpoint, writeCheckpoint }
