'use strict'

// Who writes: one process, named in a file `LOCK.<n>` (docs/log-format.md, "Who writes").

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { setTimeout: wait } = require('node:timers/promises')
const { TenonError } = require('../../errors')
const { isAbsence, told } = require('./faults')

/** @typedef {import('./disk').Disk} Disk */
/**
 * @typedef {object} Owner
 * @property {number} pid
 * @property {string | null} start
 * @property {string | null} boot
 * @property {string | null} namespace
 * @property {string} host
 * @property {string} engine
 * @property {number} openedMs
 */

const NAME = /^LOCK\.(\d{1,15})$/
const MAX_OWNER_BYTES = 64 * 1024
/** A living process has written its name by then. */
const UNFINISHED_WAITS = 10
const UNFINISHED_WAIT_MS = 20
/** Of processes that ended, and whose parent has not asked for their result yet. */
const ENDED = ['Z', 'X', 'x']

/** What the system says of a process's start; undefined where there is none. @param {number} pid @returns {string | null | undefined} */
function startOf(pid) {
  if (process.platform !== 'linux') return null
  let stat
  try {
    stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch (error) {
    return isAbsence(error) || Object(error).code === 'ESRCH' ? undefined : null
  }
  // The second field is the command, in parentheses, whatever is in it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ENDED.includes(fields[0]) ? undefined : fields[19]
}

/** @param {() => string} read @returns {string | null} */
function onLinux(read) {
  if (process.platform !== 'linux') return null
  try {
    return read().trim()
  } catch (error) {
    if (typeof Object(error).code !== 'string') throw error
    return null
  }
}

/** @returns {Owner} */
function ownIdentity() {
  return {
    pid: process.pid,
    start: startOf(process.pid) ?? null,
    boot: onLinux(() => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')),
    namespace: onLinux(() => fs.readlinkSync('/proc/self/ns/pid')),
    host: os.hostname(),
    engine: 'fallback',
    openedMs: Date.now()
  }
}

/** Whether the process that an owner names lives, or may live. @param {Owner} owner @param {Owner} own */
function lives(owner, own) {
  if (owner.host.toLowerCase() !== own.host.toLowerCase()) return true
  if (owner.boot !== null && own.boot !== null && owner.boot !== own.boot) return false
  if (owner.namespace !== own.namespace) return true
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    const { code } = Object(error)
    if (code === 'ESRCH') return false
    if (code !== 'EPERM') throw error
  }
  const start = startOf(owner.pid)
  if (start === undefined) return false
  return owner.start === null || start === null || owner.start === start
}

/** @param {string} text @returns {Owner | undefined} */
function parseOwner(text) {
  let value
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  const { pid, host, engine, openedMs } = Object(value)
  if (!Number.isInteger(pid) || pid <= 0 || typeof host !== 'string') return undefined
  /** @param {unknown} field */
  const text_ = (field) => (field === null || field === undefined ? null : String(field))
  const { start, boot, namespace } = value
  return {
    pid,
    host,
    engine: String(engine),
    openedMs: Number(openedMs),
    start: text_(start),
    boot: text_(boot),
    namespace: text_(namespace)
  }
}

/** What a file `LOCK.<n>` says; undefined where it is gone or was never finished. @param {Disk} disk @param {string} file */
async function readOwner(disk, file) {
  for (let attempt = 0; attempt < UNFINISHED_WAITS; attempt++) {
    if (attempt > 0) await wait(UNFINISHED_WAIT_MS)
    let owner
    try {
      const opened = await disk.open(file, 'read')
      try {
        const bytes = Buffer.alloc(Math.min(await opened.length(), MAX_OWNER_BYTES))
        owner = parseOwner(bytes.toString('utf8', 0, await opened.readAt(bytes, 0)))
      } finally {
        await opened.close()
      }
    } catch (error) {
      if (isAbsence(error)) return undefined
      throw error
    }
    if (owner) return owner
  }
  return undefined
}

/** The numbers of the owner files. @param {Disk} disk @param {string} directory */
async function numbers(disk, directory) {
  return (await disk.list(directory))
    .map((name) => NAME.exec(name))
    .filter((match) => match !== null)
    .map(([, number]) => Number(number))
}

/** @param {string} directory @param {number} number */
const fileOf = (directory, number) => path.join(directory, `LOCK.${number}`)

/** @param {Disk} disk @param {string} file */
async function removeIfThere(disk, file) {
  try {
    await disk.remove(file)
  } catch (error) {
    if (!isAbsence(error)) throw error
  }
}

/** @param {string} directory @param {Owner} owner */
function locked(directory, { pid, host, engine, openedMs }) {
  const message = `'${directory}' is open for writing by process ${pid} on ${host}`
  return new TenonError('ERR_LOCKED', message, { owner: { pid, host, engine, openedMs }, path: directory })
}

/**
 * Takes the lock of a directory, or rejects with the owner's name.
 * @param {Disk} disk
 * @param {string} directory
 * @returns {Promise<() => Promise<void>>} frees it
 */
function lock(disk, directory) {
  return told('lock', directory, async () => {
    const own = ownIdentity()
    for (;;) {
      const others = await numbers(disk, directory)
      await checkOthers(disk, directory, others, own)
      const number = Math.max(0, ...others) + 1
      const file = fileOf(directory, number)
      let opened
      try {
        opened = await disk.open(file, 'create')
      } catch (error) {
        if (Object(error).code === 'EEXIST') continue
        throw error
      }
      try {
        try {
          await opened.writeAt(Buffer.from(JSON.stringify(own)), 0)
        } finally {
          await opened.close()
        }
        const rivals = (await numbers(disk, directory)).filter((other) => other !== number)
        await checkOthers(disk, directory, rivals, own)
        for (const rival of rivals) await removeIfThere(disk, fileOf(directory, rival))
      } catch (error) {
        await removeIfThere(disk, file)
        throw error
      }
      return () => told('unlock', directory, () => removeIfThere(disk, file))
    }
  })
}

/** Rejects if one of the owners lives. @param {Disk} disk @param {string} directory @param {number[]} others @param {Owner} own */
async function checkOthers(disk, directory, others, own) {
  for (const other of others) {
    const owner = await readOwner(disk, fileOf(directory, other))
    if (owner && lives(owner, own)) throw locked(directory, owner)
  }
}

module.exports = { lock }
