'use strict'

const { checkBoolean, checkKeys, checkObject } = require('../arguments')
const { TenonError, invalidArgument } = require('../errors')
const { Log, checkDurability } = require('./log')
const { Connections } = require('./postgres/connections')
const { findLog, tablesOf } = require('./postgres/schema')
const { PostgresStore } = require('./postgres/store')

const DEFAULT_SCHEMA = 'tenon'
const MAX_NAME_BYTES = 255
/** What PostgreSQL cuts names at. */
const MAX_SCHEMA_BYTES = 63

const SOURCES = ['pool', 'client', 'connectionString']

/** @type {typeof import('./postgres').openPostgresLog} */
async function openPostgresLog(options) {
  checkObject('options', options)
  checkKeys(options, [...SOURCES, 'schema', 'name', 'durability', 'create'])
  const { pool, client, connectionString, schema = DEFAULT_SCHEMA, name, durability = 'disk', create = true } = options
  const level = checkDurability('options.durability', durability)
  checkName('options.schema', schema, MAX_SCHEMA_BYTES)
  checkName('options.name', name, MAX_NAME_BYTES)
  checkBoolean('options.create', create)
  if ([pool, client, connectionString].filter((source) => source !== undefined).length !== 1) {
    const message = `options must have one of ${SOURCES.join(', ')}`
    throw new TenonError('ERR_INVALID_ARG', message, { argument: 'options' })
  }
  if (pool !== undefined && typeof Object(pool).connect !== 'function') {
    throw invalidArgument('options.pool', 'a Pool of pg', pool)
  }
  if (client !== undefined && typeof Object(client).query !== 'function') {
    throw invalidArgument('options.client', 'a Client of pg', client)
  }
  const path = `${schema}/${name}`
  const owned = connectionString !== undefined
  const connections = new Connections({ pool: owned ? newPool(connectionString) : pool, client, owned, path })
  try {
    const tables = tablesOf(schema)
    const store = new PostgresStore(connections, tables, await findLog(connections, tables, name, create))
    await store.refresh()
    return new Log(store, { durability: level, readOnly: false, level: 0, shared: true })
  } catch (error) {
    await connections.close()
    throw error
  }
}

/** @param {unknown} connectionString */
function newPool(connectionString) {
  if (typeof connectionString !== 'string') {
    throw invalidArgument('options.connectionString', 'a string', connectionString)
  }
  const { Pool } = requirePg()
  return new Pool({ connectionString })
}

/** @returns {typeof import('pg')} */
function requirePg() {
  try {
    return require('pg')
  } catch (cause) {
    if (Object(cause).code !== 'MODULE_NOT_FOUND') throw cause
    const message = 'openPostgresLog needs the package pg, which is not installed: npm install pg'
    throw new TenonError('ERR_UNSUPPORTED', message, { package: 'pg', cause })
  }
}

/** @param {string} argument @param {unknown} value @param {number} maxBytes */
function checkName(argument, value, maxBytes) {
  if (
    typeof value !== 'string' ||
    value === '' ||
    value.includes('\0') ||
    !value.isWellFormed() ||
    Buffer.byteLength(value) > maxBytes
  ) {
    throw invalidArgument(argument, `a string of 1 to ${maxBytes} bytes of UTF-8 without NUL`, value)
  }
}

module.exports = { openPostgresLog }
