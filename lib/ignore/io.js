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
 * @typedef {{ operation: Operation | 'wait', path: string, maxBytes?: number, wait?: Promise<unknown> }} Request `readFile`
 *   gives at most `maxBytes`, `wait` what the promise does: `run` alone can
 *
 * @typedef {{ name: string, kind: 'file' | 'folder' | 'symlink' | 'other' }} FolderEntry what `readdir` gives
 */

/**
 * @template T
 * @typedef {Generator<Request, T, any>} Work
 */

const NAMES = /** @type {const} */ ({ encoding: 'latin1' })
// As buffers: of a file system that does not record kinds, Node asks with the names it was told to decode.
const ENTRIES = /** @type {any} */ ({ encoding: 'buffer', withFileTypes: true })
const BUFFERS = /** @type {const} */ ({ encoding: 'buffer' })
/** Without waiting for the other end of a pipe. */
const READ_FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0) | (fs.constants.O_NOCTTY ?? 0)
const FIRST_READ_BYTES = 64 * 1024
const MAX_READ_BYTES = 16 * 1024 * 1024

/** @type {Record<Operation, (path: string | Buffer, maxBytes: number) => unknown>} */
const AT_ONCE = {
  lstat: (path) => fs.lstatSync(path),
  pause: () => undefined,
  readdir: readFolderSync,
  readFile: readFileSync,
  readlink: (path) => fs.readlinkSync(path, NAMES),
  realpath: (path) => fs.realpathSync.native(/** @type {string} */ (path), NAMES),
  stat: (path) => fs.statSync(path)
}

/** @type {Record<Operation, (path: string | Buffer, maxBytes: number) => Promise<unknown>>} */
const IN_TURN = {
  lstat: (path) => fs.promises.lstat(path),
  pause: () => turn(),
  readdir: readFolder,
  readFile: readFile,
  readlink: (path) => fs.promises.readlink(path, NAMES),
  realpath: (path) => fs.promises.realpath(/** @type {string} */ (path), NAMES),
  stat: (path) => fs.promises.stat(path)
}

/** @param {string | Buffer} path */
function readFolderSync(path) {
  try {
    return fs.readdirSync(path, ENTRIES).map(folderEntry)
  } catch (error) {
    if (!isEntryGone(error)) throw error
  }
  const entries = []
  for (const name of fs.readdirSync(path, BUFFERS)) {
    const stat = fs.lstatSync(below(path, name), { throwIfNoEntry: false })
    if (stat !== undefined) entries.push(statEntry(name, stat))
  }
  return entries
}

/** @param {string | Buffer} path */
async function readFolder(path) {
  try {
    return (await fs.promises.readdir(path, ENTRIES)).map(folderEntry)
  } catch (error) {
    if (!isEntryGone(error)) throw error
  }
  const entries = []
  for (const name of await fs.promises.readdir(path, BUFFERS)) {
    try {
      entries.push(statEntry(name, await fs.promises.lstat(below(path, name))))
    } catch (error) {
      if (!isEntryGone(error)) throw error
    }
  }
  return entries
}

/**
 * Whether an entry, and not the folder, disappeared: Node asks for the kinds it was not told.
 * @param {unknown} error
 */
function isEntryGone(error) {
  const { code, syscall } = Object(error)
  return code === 'ENOENT' && syscall === 'lstat'
}

/**
 * @param {any} dirent its name is a buffer
 * @returns {FolderEntry}
 */
function folderEntry(dirent) {
  return statEntry(dirent.name, dirent)
}

/**
 * @param {Buffer} name
 * @param {{ isFile(): boolean, isDirectory(): boolean, isSymbolicLink(): boolean }} stat
 * @returns {FolderEntry}
 */
function statEntry(name, stat) {
  const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'symlink' : 'other'
  return { name: name.toString('latin1'), kind }
}

/**
 * @param {string | Buffer} folder
 * @param {Buffer} name
 */
function below(folder, name) {
  return Buffer.concat([Buffer.from(folder), Buffer.from('/'), name])
}

/**
 * At most `maxBytes` of a file, whatever size it claims.
 * @param {string | Buffer} path
 * @param {number} maxBytes
 */
function readFileSync(path, maxBytes) {
  const file = fs.openSync(path, READ_FLAGS)
  try {
    checkRegular(fs.fstatSync(file))
    const chunks = []
    for (let [at, chunk] = [0, nextChunk(0, maxBytes)]; chunk.length > 0; chunk = nextChunk(at, maxBytes)) {
      const read = fs.readSync(file, chunk, 0, chunk.length, null)
      if (read === 0) break
      chunks.push(chunk.subarray(0, read))
      at += read
    }
    return Buffer.concat(chunks)
  } finally {
    fs.closeSync(file)
  }
}

/**
 * @param {string | Buffer} path
 * @param {number} maxBytes
 */
async function readFile(path, maxBytes) {
  const file = await fs.promises.open(path, READ_FLAGS)
  try {
    checkRegular(await file.stat())
    const chunks = []
    for (let [at, chunk] = [0, nextChunk(0, maxBytes)]; chunk.length > 0; chunk = nextChunk(at, maxBytes)) {
      const { bytesRead } = await file.read(chunk)
      if (bytesRead === 0) break
      chunks.push(chunk.subarray(0, bytesRead))
      at += bytesRead
    }
    return Buffer.concat(chunks)
  } finally {
    await file.close()
  }
}

/** A pipe may have taken the file's place. @param {fs.Stats} stat */
function checkRegular(stat) {
  if (!stat.isFile()) throw new Unusable('not a regular file')
}

/**
 * Room for what a file holds behind `at`: as much again as was read.
 * @param {number} at
 * @param {number} maxBytes
 */
function nextChunk(at, maxBytes) {
  return Buffer.allocUnsafe(Math.min(Math.max(at, FIRST_READ_BYTES), MAX_READ_BYTES, maxBytes - at))
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
    const { operation, path, maxBytes = 0 } = step.value
    let result
    try {
      result = AT_ONCE[/** @type {Operation} */ (operation)](systemPath(path), maxBytes)
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
    const { operation, path, maxBytes = 0, wait } = step.value
    let result
    try {
      result = operation === 'wait' ? await wait : await IN_TURN[operation](systemPath(path), maxBytes)
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
  if (isNullDevice(path)) return undefined
  /** @type {Buffer} */
  let content
  try {
    const stat = yield { operation: 'stat', path }
    if (!stat.isFile()) throw new Unusable('not a regular file')
    if (stat.size > maxBytes) throw new Unusable(`larger than ${maxBytes} bytes`)
    content = yield { operation: 'readFile', path, maxBytes: maxBytes + 1 }
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error instanceof Unusable ? error : new Unusable(errnoName(error))
  }
  if (content.length > maxBytes) throw new Unusable(`larger than ${maxBytes} bytes`)
  return content
}

/** @param {string} path */
function isNullDevice(path) {
  if (!path.startsWith('/')) return false
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  return parts.length === 2 && parts[0] === 'dev' && parts[1] === 'null'
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
 * The symbolic errno of a failed operation, `E` and the number where libuv has no name for it; an error that carries
 * none is not a failure of the file system.
 * @param {unknown} error
 * @returns {string}
 */
function errnoName(error) {
  const { code, errno, syscall } = Object(error)
  if (typeof code !== 'string' || typeof syscall !== 'string') throw error
  const unnamed = code === 'UNKNOWN' || code.startsWith('Unknown system error')
  // Below -4000 are libuv's own numbers, which say no more than their name.
  return unnamed && errno > -4000 ? `E${-errno}` : code
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
