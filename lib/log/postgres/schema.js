'use strict'

// The tables. Names of streams, types and keys are bytes (UTF-8): a text of PostgreSQL has no NUL, and a
// database may have another encoding. `convert_from(stream, 'UTF8')` shows them.

const { randomBytes } = require('node:crypto')
const { TenonError } = require('../../errors')

/** @typedef {import('./connections').Connections} Connections */

const VERSION = 1

/** Locks of a log are taken under its number; those of the making of tables and logs under this. */
const MAKING = 0x74656e6f

/**
 * The tables' names, quoted.
 * @param {string} schema
 */
function tablesOf(schema) {
  const quoted = `"${schema.replaceAll('"', '""')}"`
  return {
    schema: quoted,
    logs: `${quoted}.logs`,
    streams: `${quoted}.streams`,
    events: `${quoted}.events`,
    keys: `${quoted}.keys`,
    checkpoints: `${quoted}.checkpoints`
  }
}

/** @typedef {ReturnType<typeof tablesOf>} Tables */

/** @param {Tables} tables */
function statements({ logs, streams, events, keys, checkpoints }) {
  return `
    CREATE TABLE IF NOT EXISTS ${logs} (
      log integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      name bytea NOT NULL UNIQUE,
      version integer NOT NULL,
      id bytea NOT NULL UNIQUE,
      first_seq bigint NOT NULL DEFAULT 0,
      next_seq bigint NOT NULL DEFAULT 0,
      durable_seq bigint NOT NULL DEFAULT 0,
      next_key bigint NOT NULL DEFAULT 0,
      bytes bigint NOT NULL DEFAULT 0
    );
    CREATE TABLE IF NOT EXISTS ${streams} (
      log integer NOT NULL,
      stream bytea NOT NULL,
      next_seq bigint NOT NULL,
      PRIMARY KEY (log, stream)
    );
    CREATE TABLE IF NOT EXISTS ${events} (
      log integer NOT NULL,
      seq bigint NOT NULL,
      stream_seq bigint NOT NULL,
      time_ms bigint NOT NULL,
      crc bigint NOT NULL,
      batch_index integer NOT NULL,
      kind smallint NOT NULL,
      stream bytea NOT NULL,
      type bytea NOT NULL,
      data bytea NOT NULL,
      PRIMARY KEY (log, seq)
    );
    CREATE INDEX IF NOT EXISTS events_of_stream ON ${events} (log, stream, seq);
    CREATE TABLE IF NOT EXISTS ${keys} (
      log integer NOT NULL,
      key bytea NOT NULL,
      number bigint NOT NULL,
      seq bigint NOT NULL,
      stream_seq bigint NOT NULL,
      events integer NOT NULL,
      PRIMARY KEY (log, key)
    );
    CREATE INDEX IF NOT EXISTS keys_by_age ON ${keys} (log, number);
    CREATE TABLE IF NOT EXISTS ${checkpoints} (
      log integer NOT NULL,
      name bytea NOT NULL,
      seq bigint NOT NULL,
      time_ms bigint NOT NULL,
      kind smallint NOT NULL,
      crc bigint NOT NULL,
      bytes bigint NOT NULL,
      base_seq bigint NOT NULL,
      prefix_bytes bigint NOT NULL,
      suffix_bytes bigint NOT NULL,
      compressed boolean NOT NULL,
      data bytea NOT NULL,
      PRIMARY KEY (log, name, seq)
    );`
}

/**
 * The log's number and id, made with the tables where there is none and `create` says so. Many processes may do that at once.
 * @param {Connections} connections
 * @param {Tables} tables
 * @param {string} name
 * @param {boolean} create
 * @returns {Promise<{ log: number, id: string }>}
 */
async function findLog(connections, tables, name, create) {
  const found = await connections.run('open', async (query) => {
    const { rows } = await query('SELECT to_regclass($1) IS NOT NULL', [tables.checkpoints])
    return rows[0][0] === 't' ? selectLog(query, tables, name) : undefined
  })
  if (found) return found
  if (!create) throw noLog(name)
  return connections.transaction('create', 'BEGIN ISOLATION LEVEL READ COMMITTED', async (query) => {
    // IF NOT EXISTS alone fails where two do it at the same time.
    await query(`SELECT pg_advisory_xact_lock(${MAKING})`)
    const { rows } = await query('SELECT to_regnamespace($1) IS NULL, to_regclass($2) IS NULL', [
      tables.schema,
      tables.checkpoints
    ])
    // Asking for rights only where they are needed.
    if (rows[0][0] === 't') await query(`CREATE SCHEMA IF NOT EXISTS ${tables.schema}`)
    if (rows[0][1] === 't') await query(statements(tables))
    await insertLog(query, tables, name)
    const made = await selectLog(query, tables, name)
    if (!made) throw noLog(name)
    return made
  })
}

/** @param {import('./connections').Query} query @param {Tables} tables @param {string} name */
async function selectLog(query, { logs }, name) {
  const text = `SELECT log, encode(id, 'hex'), version FROM ${logs} WHERE name = $1`
  const { rows } = await query(text, [Buffer.from(name)])
  if (rows.length === 0) return undefined
  const [log, id, version] = rows[0]
  if (Number(version) > VERSION) {
    const message = `log ${JSON.stringify(name)} has version ${version}; this Tenon knows version ${VERSION}`
    throw new TenonError('ERR_UNSUPPORTED', message, { version: Number(version) })
  }
  return { log: Number(log), id: String(id) }
}

/**
 * Its number, or undefined where there is one of that name.
 * @param {import('./connections').Query} query @param {Tables} tables @param {string} name
 */
async function insertLog(query, { logs }, name) {
  const text = `INSERT INTO ${logs} (name, version, id) VALUES ($1, ${VERSION}, $2) ON CONFLICT (name) DO NOTHING RETURNING log`
  const { rows } = await query(text, [Buffer.from(name), randomBytes(16)])
  return rows.length === 0 ? undefined : Number(rows[0][0])
}

/** @param {string} name */
function noLog(name) {
  return new TenonError('ERR_IO', `there is no log ${JSON.stringify(name)}`, { errno: 'ENOENT', path: name })
}

module.exports = { findLog, insertLog, noLog, tablesOf }
