'use strict'

const fs = require('node:fs')
const path = require('node:path')

/** @typedef {{ bytes: Buffer, mode: number }} Content */
/** @typedef {{ name: string, file: string, now: Content | null, then: Content | null }} Entry */

const NEW_FILE_MODE = 0o666
const EXECUTABLE = 0o111

/**
 * Files under a directory, as they will be: read from the disk, changed in memory, and written together. Nothing outside
 * the directory is touched, neither by a name nor through a symbolic link.
 */
class Tree {
  /** By their paths: a file may be named in more than one way. @type {Map<string, Entry>} */
  #entries = new Map()
  #root

  /** @param {string} root */
  constructor(root) {
    this.#root = fs.realpathSync(root)
  }

  /** The bytes of a file, as they are so far; null where there is none. @param {string} name */
  read(name) {
    return this.#entry(name).now?.bytes ?? null
  }

  /** The bytes of a file before anything was changed. @param {string} name */
  readOriginal(name) {
    return this.#entry(name).then?.bytes ?? null
  }

  /** @param {string} name @param {Uint8Array} bytes @param {{ executable?: boolean, like?: string }} [options] */
  write(name, bytes, { executable, like = name } = {}) {
    const { now, then } = this.#entry(like)
    let mode = (now ?? then)?.mode ?? NEW_FILE_MODE & ~process.umask()
    if (executable !== undefined) mode = executable ? mode | (EXECUTABLE & ~process.umask()) : mode & ~EXECUTABLE
    this.#entry(name).now = { bytes: Buffer.from(bytes), mode }
  }

  /** @param {string} name */
  remove(name) {
    this.#entry(name).now = null
  }

  /** The names of the files that writing would change. */
  changed() {
    return this.#changes().map(({ name }) => name)
  }

  /**
   * Writes all files, or none: new contents are written beside their places first, and when a file cannot be put in its
   * place those before it are put back.
   */
  commit() {
    const changes = this.#changes()
    /** @type {string[]} */
    const parts = []
    /** @type {string[]} */
    const folders = []
    /** @type {Entry[]} */
    const placed = []
    const part = (/** @type {string} */ file) => `${file}.${process.pid}.part`
    /** @param {string} file @param {Content} content */
    const stage = (file, { bytes, mode }) => {
      const descriptor = fs.openSync(part(file), 'wx')
      parts.push(part(file))
      try {
        fs.writeFileSync(descriptor, bytes)
      } finally {
        fs.closeSync(descriptor)
      }
      fs.chmodSync(part(file), mode)
    }
    try {
      for (const { file, now, then } of changes) {
        // Somebody else may have written to it since it was read.
        const present = fs.existsSync(file) ? fs.readFileSync(file) : null
        if (then === null ? present !== null : !present?.equals(then.bytes)) {
          throw new Error(`${file} has changed meanwhile`)
        }
        if (now === null) continue
        const made = fs.mkdirSync(path.dirname(file), { recursive: true })
        if (made !== undefined) folders.push(made)
        stage(file, now)
      }
      // What goes, goes first: where case does not count, a new name may be the old one.
      for (const entry of changes.filter(({ now }) => now === null)) {
        fs.rmSync(entry.file)
        placed.push(entry)
      }
      for (const entry of changes.filter(({ now }) => now !== null)) {
        fs.renameSync(part(entry.file), entry.file)
        placed.push(entry)
      }
    } catch (error) {
      for (const { file, then } of placed.reverse()) {
        if (then === null) fs.rmSync(file, { force: true })
        else fs.writeFileSync(file, then.bytes, { mode: then.mode })
      }
      for (const file of parts) fs.rmSync(file, { force: true })
      for (const folder of folders.reverse()) fs.rmSync(folder, { recursive: true, force: true })
      throw new Error(`nothing was written: ${Object(error).message}`, { cause: error })
    }
  }

  /** What is not as it was. */
  #changes() {
    return [...this.#entries.values()].filter(
      ({ now, then }) => now !== then && !(now && then && now.mode === then.mode && now.bytes.equals(then.bytes))
    )
  }

  /** @param {string} name */
  #entry(name) {
    const file = this.#locate(name)
    let entry = this.#entries.get(file)
    if (!entry) {
      const stat = fs.lstatSync(file, { throwIfNoEntry: false })
      if (stat && !stat.isFile()) throw new Error(`${name} is no regular file`)
      const content = stat ? { bytes: fs.readFileSync(file), mode: stat.mode & 0o7777 } : null
      this.#entries.set(file, (entry = { name, file, now: content, then: content }))
    }
    return entry
  }

  /** The path of a name, which must lead to nowhere else. @param {string} name @returns {string} */
  #locate(name) {
    if (path.isAbsolute(name)) {
      const inside = path.relative(this.#root, name)
      if (!path.isAbsolute(inside) && inside !== '') return this.#locate(inside.split(path.sep).join('/'))
    }
    const parts = name.split(/[/\\]/)
    if (path.isAbsolute(name) || name.includes('\0') || name === '' || parts.some(isForbidden)) {
      throw new Error(`${JSON.stringify(name)} does not name a file under the directory`)
    }
    const file = path.join(this.#root, ...name.split('/'))
    // The nearest directory that exists must be where it seems to be.
    let directory = path.dirname(file)
    while (!fs.existsSync(directory)) directory = path.dirname(directory)
    if (fs.realpathSync(directory) !== directory) throw new Error(`${name} leads through a symbolic link`)
    return file
  }
}

/** Whether a part of a path leads upwards, or to git's own files on some file system. @param {string} part */
function isForbidden(part) {
  if (part === '..' || part.includes(':')) return true
  return /^(\.git|git~\d+)$/i.test(part.replace(/[. ]+$/, ''))
}

module.exports = { Tree }
