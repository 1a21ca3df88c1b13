'use strict'

const fs = require('node:fs')

/**
 * What a log needs of a file system, and nothing else: tests put another in its place. Everything is a promise, and fails
 * with Node's errors.
 *
 * @typedef {'read' | 'write' | 'create' | 'replace'} Access `create`: it must not exist; `replace`: created or emptied
 *
 * @typedef {object} DiskFile
 * @property {() => Promise<number>} length
 * @property {(bytes: Buffer, offset: number) => Promise<number>} readAt fills the buffer unless the file ends; how much it read
 * @property {(bytes: Uint8Array, offset: number) => Promise<void>} writeAt
 * @property {(bytes: number) => Promise<void>} setLength
 * @property {() => Promise<void>} sync
 * @property {() => Promise<void>} close
 *
 * @typedef {object} Disk
 * @property {(path: string) => Promise<void>} createDirectory and its parents
 * @property {(path: string) => Promise<void>} createNewDirectory which must not exist
 * @property {(directory: string) => Promise<string[]>} list
 * @property {(path: string, access: Access) => Promise<DiskFile>} open
 * @property {(from: string, to: string) => Promise<void>} rename
 * @property {(path: string) => Promise<void>} remove
 * @property {(directory: string) => Promise<void>} removeDirectory an empty one
 * @property {(directory: string) => Promise<void>} syncDirectory
 */

const FLAGS = { read: 'r', write: 'r+', create: 'wx+', replace: 'w+' }
/** The system moves no more at once. */
const MAX_MOVE_BYTES = 2 ** 30
/** What Windows says of a directory that is opened or synced. */
const NO_DIRECTORY_SYNC = ['EPERM', 'EINVAL', 'EISDIR', 'ENOTSUP', 'EACCES']

/**
 * @template T
 * @param {(callback: (error: Error | null, result?: T) => void) => void} run
 * @returns {Promise<T>}
 */
function done(run) {
  return new Promise((resolve, reject) =>
    run((error, result) => (error ? reject(error) : resolve(/** @type {T} */ (result))))
  )
}

/** @implements {DiskFile} */
class File {
  /** @param {number} fd */
  constructor(fd) {
    this.fd = fd
  }

  async length() {
    /** @type {fs.Stats} */
    const { size } = await done((callback) => fs.fstat(this.fd, callback))
    return size
  }

  /** @param {Buffer} bytes @param {number} offset */
  async readAt(bytes, offset) {
    let read = 0
    while (read < bytes.length) {
      const most = Math.min(bytes.length - read, MAX_MOVE_BYTES)
      /** @type {number} */
      const more = await done((callback) => fs.read(this.fd, bytes, read, most, offset + read, callback))
      if (more === 0) break
      read += more
    }
    return read
  }

  /** @param {Uint8Array} bytes @param {number} offset */
  async writeAt(bytes, offset) {
    let written = 0
    while (written < bytes.length) {
      const most = Math.min(bytes.length - written, MAX_MOVE_BYTES)
      /** @type {number} */
      const more = await done((callback) => fs.write(this.fd, bytes, written, most, offset + written, callback))
      written += more
    }
  }

  /** @param {number} bytes @returns {Promise<void>} */
  setLength(bytes) {
    return done((callback) => fs.ftruncate(this.fd, bytes, callback))
  }

  /** On macOS, libuv asks for F_FULLFSYNC. @returns {Promise<void>} */
  sync() {
    return done((callback) => fs.fdatasync(this.fd, callback))
  }

  /** @returns {Promise<void>} */
  close() {
    return done((callback) => fs.close(this.fd, callback))
  }
}

/** @param {string} directory */
async function syncDirectory(directory) {
  let fd = -1
  try {
    fd = await done((callback) => fs.open(directory, 'r', callback))
    await done((callback) => fs.fsync(fd, callback))
  } catch (error) {
    if (process.platform !== 'win32' || !NO_DIRECTORY_SYNC.includes(Object(error).code)) throw error
  } finally {
    if (fd >= 0) await new File(fd).close()
  }
}

/** @type {Disk} */
const REAL_DISK = {
  createDirectory: async (path) => void (await fs.promises.mkdir(path, { recursive: true })),
  createNewDirectory: (path) => fs.promises.mkdir(path),
  list: (directory) => fs.promises.readdir(directory),
  open: async (path, access) => new File(await done((callback) => fs.open(path, FLAGS[access], callback))),
  rename: (from, to) => fs.promises.rename(from, to),
  remove: (path) => fs.promises.unlink(path),
  removeDirectory: (directory) => fs.promises.rmdir(directory),
  syncDirectory
}

module.exports = { REAL_DISK }
