'use strict'

// States of the log, each a row. A delta is what is left of a state without the bytes it begins and ends with like its base.

const { promisify } = require('node:util')
const zlib = require('node:zlib')
const { TenonError } = require('../../errors')
const { PIECE_BYTES, fromHex } = require('./cursor')

/** @typedef {import('./connections').Query} Query */
/** @typedef {import('./schema').Tables} Tables */
/** @typedef {import('../store').CheckpointEntry} CheckpointEntry */
/** @typedef {import('../store').CheckpointSettings} CheckpointSettings */

const deflate = promisify(zlib.deflateRaw)
const inflate = promisify(zlib.inflateRaw)

/** How long a chain of deltas may be. */
const MAX_CHAIN = 1000

/**
 * @param {Query} query in a transaction
 * @param {Tables} tables
 * @param {number} log
 * @param {{ name: string, seq: number, kind: number, bytes: Uint8Array }} state
 * @param {CheckpointSettings} settings
 * @returns {Promise<{ storedBytes: number }>}
 */
async function writeCheckpoint(query, tables, log, { name, seq, kind, bytes }, { compress, baseSeq, timeMs }) {
  const base = baseSeq < 0 ? undefined : (await readCheckpoint(query, tables, log, name, baseSeq)).bytes
  const { prefixBytes, suffixBytes } = base ? shared(base, bytes) : { prefixBytes: 0, suffixBytes: 0 }
  const rest = bytes.subarray(prefixBytes, bytes.length - suffixBytes)
  const packed = compress ? await deflate(rest) : rest
  const compressed = packed.length < rest.length
  const data = Buffer.from(compressed ? packed : rest)
  // A prune that runs now must know of it, and it must know what was pruned.
  const { rows } = await query(`SELECT first_seq, next_seq FROM ${tables.logs} WHERE log = $1 FOR SHARE`, [log])
  const [firstSeq, nextSeq] = rows[0].map(Number)
  if (seq < firstSeq || seq > nextSeq) {
    const message = `options.seq must be an integer from ${firstSeq} to ${nextSeq}, not ${seq}`
    throw new TenonError('ERR_INVALID_ARG', message, { argument: 'options.seq' })
  }
  if (base) {
    const text = `SELECT 1 FROM ${tables.checkpoints} WHERE log = $1 AND name = $2 AND seq = $3`
    const { rows: found } = await query(text, [log, Buffer.from(name), baseSeq])
    if (found.length === 0) throw noCheckpoint(name, baseSeq)
  }
  const text = `
    INSERT INTO ${tables.checkpoints}
      (log, name, seq, time_ms, kind, crc, bytes, base_seq, prefix_bytes, suffix_bytes, compressed, data)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (log, name, seq) DO UPDATE SET time_ms = excluded.time_ms, kind = excluded.kind, crc = excluded.crc,
      bytes = excluded.bytes, base_seq = excluded.base_seq, prefix_bytes = excluded.prefix_bytes,
      suffix_bytes = excluded.suffix_bytes, compressed = excluded.compressed, data = excluded.data`
  const values = [log, Buffer.from(name), seq, timeMs, kind, zlib.crc32(bytes), bytes.length, baseSeq]
  await query(text, [...values, prefixBytes, suffixBytes, compressed, data])
  return { storedBytes: data.length }
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
 * @param {Query} query
 * @param {Tables} tables
 * @param {number} log
 * @param {string} name
 * @param {number} seq
 * @returns {Promise<{ bytes: Buffer, kind: number, timeMs: number }>}
 */
async function readCheckpoint(query, { checkpoints }, log, name, seq) {
  // From the one asked for to the one that stands alone.
  const chain = []
  for (let wanted = seq; wanted >= 0; wanted = chain[chain.length - 1].baseSeq) {
    if (chain.length === MAX_CHAIN) throw corrupt(name, seq, `it is a delta of ${MAX_CHAIN} others`)
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
  const { kind, timeMs } = chain[chain.length - 1]
  return { bytes, kind, timeMs }
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
    const piece = `SELECT encode(substring(data FROM $4 FOR ${PIECE_BYTES}), 'hex') FROM ${checkpoints} ${where} AND time_ms = $5`
    const { rows: more } = await query(piece, [...key, start + 1, timeMs])
    // Replaced or pruned meanwhile: its checksum will tell.
    if (more.length > 0) parts.push(fromHex(more[0][0]))
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

module.exports = { listCheckpoints, readCheckpoint, writeCheckpoint }
