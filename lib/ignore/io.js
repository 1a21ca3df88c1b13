'use strict'

const fs = require('node:fs')
const { setImmediate: turn } = require('node:timers/promises')
const { aborted } = require('../errors')

/**
 * Work on the file system, written once and run either way: a generator that yields requests and receives the results.
 * `runSync` performs them at once, `run` without blocking the event loop.
 *
 * Paths and names are byte strings: strings whose characters U+0000 to U+00FF stand for one byte each, because git's
 * rules and Linux's names are bytes.
 *
 * @typedef {'lstat' | 'pause' | 'readdir' | 'readFile' | 'readlink' | 'realpath' | 'stat'} Operation
 * @typedef {{ operation: Operation, path: string }} Request
 */

/**
 * @template T
 * @typedef {Generator<Request, T, any>} Work
 */

const NAMES = /** @type {const} */ ({ encoding: 'latin1' })
const ENTRIES = /** @type {const} */ ({ encoding: 'latin1', withFileTypes: true })

/** @type {Record<Operation, (path: string | Buffer) => unknown>} */
const AT_ONCE = {
  lstat: (path) => fs.lstatSync(path),
  pause: () => undefined,
  readdir: (path) => fs.readdirSync(path, ENTRIES),
  readFile: (path) => fs.readFileSync(path),
  readlink: (path) => fs.readlinkSync(path, NAMES),
  realpath: (path) => fs.realpathSync.native(/** @type {string} */ (path), NAMES),
  stat: (path) => fs.statSync(path)
}

/** @type {Record<Operation, (path: string | Buffer) => Promise<unknown>>} */
const IN_TURN = {
  lstat: (path) => fs.promises.lstat(path),
  pause: () => turn(),
  readdir: (path) => fs.promises.readdir(path, ENTRIES),
  readFile: (path) => fs.promises.readFile(path),
  readlink: (path) => fs.promises.readlink(path, NAMES),
  realpath: (path) => fs.promises.realpath(/** @type {string} */ (path), NAMES),
  stat: (path) => fs.promises.stat(path)
}

/**
 * Runs the work to its end and returns its result.
 * @template T
 * @param {Work<T>} work
 * @returns {T}
 */
function runSync(work) {
  let step = work.next()
  while (!step.done) {
    const { operation, path } = step.value
    let result
    try {
      result = AT_ONCE[operation](systemPath(path))
    } catch (error) {
      step = work.throw(error)
      continue
    }
    step = work.next(result)
  }
  return step.value
}

/**
 * Runs the work request by request, looking at the signal before each.
 * @template T
 * @param {Work<T>} work
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>}
 */
async function run(work, signal) {
  let step = work.next()
  while (!step.done) {
    if (signal?.aborted) throw aborted(signal)
    const { operation, path } = step.value
    let result
    try {
      result = await IN_TURN[operation](systemPath(path))
    } catch (error) {
      step = work.throw(error)
      continue
    }
    step = work.next(result)
  }
  if (signal?.aborted) throw aborted(signal)
  return step.value
}

/**
 * The content of a regular file, links followed; `undefined` when there is no such file. Throws the reason, a string,
 * when it was not read.
 * @param {string} path
 * @param {number} maxBytes
 * @returns {Work<Buffer | undefined>}
 */
function* readRegular(path, maxBytes) {
  // The usual way to say "no file" in git's configuration; no other device is opened.
  if (path === '/dev/null') return undefined
  /** @type {Buffer} */
  let content
  try {
    const stat = yield { operation: 'stat', path }
    if (!stat.isFile()) throw new Unusable('not a regular file')
    if (stat.size > maxBytes) throw new Unusable(`larger than ${maxBytes} bytes`)
    content = yield { operation: 'readFile', path }
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error instanceof Unusable ? error : new Unusable(errnoName(error))
  }
  if (content.length > maxBytes) throw new Unusable(`larger than ${maxBytes} bytes`)
  return content
}

/** Why a file whose content should have counted could not be used. */
class Unusable extends Error {}

/**
 * The reason in an `Unusable`; any other error is passed on.
 * @param {unknown} error
 * @returns {string}
 */
function reasonOf(error) {
  if (error instanceof Unusable) return error.message
  throw error
}

/**
 * Whether the failure says that there is no such file.
 * @param {unknown} error
 */
function isAbsence(error) {
  const errno = Object(error).code
  return errno === 'ENOENT' || errno === 'ENOTDIR'
}

/**
 * The symbolic errno of a failed operation; an error that carries none is not a failure of the file system.
 * @param {unknown} error
 * @returns {string}
 */
function errnoName(error) {
  const { code, syscall } = Object(error)
  if (typeof code !== 'string' || typeof syscall !== 'string') throw error
  return code
}

/**
 * A string as its UTF-8 bytes, one character each.
 * @param {string} text
 */
function toBytes(text) {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

/**
 * A byte string as text, with U+FFFD for what is not UTF-8.
 * @param {string} bytes
 */
function toText(bytes) {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8')
}

/**
 * The path for the operating system, which has none with a NUL in it.
 * @param {string} path
 */
function systemPath(path) {
  if (path.includes('\0')) throw Object.assign(new Error('a NUL in a path'), { code: 'EINVAL', syscall: 'open' })
  return isAscii(path) ? path : Buffer.from(path, 'latin1')
}

/** @param {string} text */
function isAscii(text) {
  return !/[^\0-\x7f]/.test(text)
}

/**
 * A path from a folder, unless it is absolute already.
 * @param {string} folder
 * @param {string} path
 */
function join(folder, path) {
  const absolute = path.startsWith('/') || (process.platform === 'win32' && /^([A-Za-z]:|\\)/.test(path))
  if (absolute) return path
  return folder === '' || folder.endsWith('/') ? folder + path : `${folder}/${path}`
}

/**
 * A byte string with its ASCII capitals in lower case.
 * @param {string} bytes
 */
function foldCase(bytes) {
  return bytes.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase())
}

module.exports = {
  Unusable,
  errnoName,
  foldCase,
  isAbsence,
  join,
  readRegular,
  reasonOf,
  run,
  runSync,
  toBytes,
  toText
}
