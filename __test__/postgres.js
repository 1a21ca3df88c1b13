'use strict'

// A PostgreSQL server to test against: the one TENON_TEST_POSTGRES names, or a cluster of its own that is thrown away.

const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { setTimeout: wait } = require('node:timers/promises')

const DEBIAN = '/usr/lib/postgresql'

/** @typedef {{ connectionString: string, own: boolean, stop: () => Promise<void>, start: () => Promise<void>, remove: () => Promise<void> }} Server */

/** Where `postgres` and `initdb` are; undefined where they are not. */
function findBinaries() {
  const folders = (process.env.PATH ?? '').split(path.delimiter)
  if (fs.existsSync(DEBIAN)) {
    const versions = fs.readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a))
    folders.push(...versions.map((version) => path.join(DEBIAN, version, 'bin')))
  }
  return folders.find((folder) => ['postgres', 'initdb'].every((name) => fs.existsSync(path.join(folder, name))))
}

/**
 * Why there is none to test against, for `skip`; false where there is one. In `.ci/run` that is no reason.
 * @returns {string | false}
 */
function withoutPostgres() {
  if (process.env.TENON_TEST_POSTGRES || findBinaries()) return false
  const reason = 'there is no PostgreSQL: set TENON_TEST_POSTGRES, or install initdb and postgres'
  if (process.env.TENON_REQUIRE_POSTGRES) throw new Error(reason)
  return reason
}

/** Who runs the server: it refuses root. @returns {{ uid?: number, gid?: number }} */
function owner() {
  if (process.getuid?.() !== 0) return {}
  const line = fs
    .readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'))
  const [, , uid, gid] = (line ?? 'nobody:x:65534:65534').split(':')
  return { uid: Number(uid), gid: Number(gid) }
}

/**
 * A cluster in a temporary directory, which listens on a socket in it.
 * @returns {Promise<Server>}
 */
async function startPostgres() {
  const binaries = findBinaries()
  if (!binaries) throw new Error('there is no PostgreSQL')
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-pg-'))
  const data = path.join(directory, 'data')
  const user = owner()
  if (user.uid !== undefined) fs.chownSync(directory, user.uid, Number(user.gid))
  const made = spawnSync(
    path.join(binaries, 'initdb'),
    ['--pgdata', data, '--username', 'tenon', '--auth', 'trust', '--encoding', 'UTF8', '--no-locale', '--no-sync'],
    { ...user, cwd: directory, encoding: 'utf8' }
  )
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error ?? made.stderr}`)
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let server
  let said = ''
  const kill = () => void server?.kill('SIGQUIT')
  process.on('exit', kill)

  const start = async () => {
    const started = spawn(path.join(binaries, 'postgres'), ['-D', data, '-k', directory, '-c', 'listen_addresses='], {
      ...user,
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe']
    })
    server = started
    started.stderr.setEncoding('utf8').on('data', (text) => (said += text))
    const port = path.join(directory, '.s.PGSQL.5432')
    while (!fs.existsSync(port) || !/ready to accept connections/.test(said)) {
      if (started.exitCode !== null) throw new Error(`postgres ended: ${said}`)
      await wait(20)
    }
  }
  const stop = async () => {
    const stopped = server
    server = undefined
    said = ''
    if (!stopped || stopped.exitCode !== null) return
    const ended = once(stopped, 'exit')
    // At once, without waiting for those who are connected.
    stopped.kill('SIGINT')
    await ended
  }
  const remove = async () => {
    await stop()
    process.off('exit', kill)
    fs.rmSync(directory, { recursive: true, force: true })
  }
  try {
    await start()
  } catch (error) {
    await remove()
    throw error
  }
  return {
    connectionString: `postgres://tenon@/postgres?host=${encodeURIComponent(directory)}`,
    own: true,
    stop,
    start,
    remove
  }
}

/**
 * The server of the environment, or one of its own.
 * @returns {Promise<Server>}
 */
async function openPostgres() {
  const connectionString = process.env.TENON_TEST_POSTGRES
  if (!connectionString) return startPostgres()
  const nothing = async () => undefined
  return { connectionString, own: false, stop: nothing, start: nothing, remove: nothing }
}

module.exports = { findBinaries, openPostgres, startPostgres, withoutPostgres }
