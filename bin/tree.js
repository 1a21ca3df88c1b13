'use strict'

const fs = require('node:fs')
const path = require('node:path')

/** @typedef {{ bytes: Buffer, mode: number }} Content */

const NEW_FILE_MODE = 0o666
const EXECUTABLE = 0o111

/**
 * Files under a directory, as they will be: read from the disk, changed in memory, and written together. Nothing outside
 * the directory is touched, neither by a name nor through a symbolic link.
 */
class Tree {
  /** By their paths: a file may have been named in more than one way. @type {Map<string, { name: string, file: string, now: Content | null, then: Content | null }>} */
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

  /** @param {string} name @param {Uint8Array} bytes @param {{ executable?: boolean, like?: string }} [options] */
  write(name, bytes, { executable, like = name } = {}) {
    let mode = this.#entry(like).now?.mode ?? NEW_FILE_MODE & ~process.umask()
    if (executable !== undefined) mode = executable ? mode | (EXECUTABLE & ~process.umask()) : mode & ~EXECUTABLE
    this.#entry(name).now = { bytes: Buffer.from(bytes), mode }
  }

  /** @param {string} name */
  remove(name) {
    this.#entry(name).now = null
  }

  /** The names of the files that writing would change. */
  changed() {
    return [...this.#entries.values()].filter(({ now, then }) => now !== then).map(({ name }) => name)
  }

  /** Writes all files, or none: each beside its place first, so that what can fail has failed before anything changes. */
  commit() {
    const changed = [...this.#entries.values()].filter(({ now, then }) => now !== then)
    /** @type {[part: string, file: string][]} */
    const parts = []
    try {
      for (const { file, now, then } of changed) {
        // Somebody else may have written to it since it was read.
        const present = fs.existsSync(file) ? fs.readFileSync(file) : null
        if (then === null ? present !== null : !present?.equals(then.bytes)) {
          throw new Error(`${file} has changed meanwhile; nothing was written`)
        }
        if (now === null) continue
        fs.mkdirSync(path.dirname(file), { recursive: true })
        const part = `${file}.${process.pid}.part`
        fs.writeFileSync(part, now.bytes, { flag: 'wx' })
        parts.push([part, file])
        fs.chmodSync(part, now.mode)
      }
    } catch (error) {
      for (const [part] of parts) fs.rmSync(part, { force: true })
      throw error
    }
    for (const [part, file] of parts) fs.renameSync(part, file)
    for (const { file, now } of changed) if (now === null) fs.rmSync(file)
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

  /** The path of a name, which must lead to nowhere else. @param {string} name */
  #locate(name) {
    const parts = name.split(/[/\\]/)
    if (path.isAbsolute(name) || parts.includes('..') || parts.includes('.git') || name.includes('\0') || name === '') {
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

module.exports = { Tree }
