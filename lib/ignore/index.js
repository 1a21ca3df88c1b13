'use strict'

const path = require('node:path')
const { isUint8Array } = require('node:util').types
const { checkBoolean, checkKeys, checkObject, checkPath, checkText, owned } = require('../arguments')
const { defineFeature } = require('../engines')
const { gitEnvironment } = require('../environment')
const { TenonError, invalidArgument } = require('../errors')
const { binding } = require('./binding')
const { Handle } = require('./handle')

const feature = defineFeature({ name: 'ignore', native: binding, fallback: () => require('./fallback') })

const runOpen = feature.sync('open')
const runParse = feature.sync('parse')

/** What no file of rules is larger than. */
const MAX_RULE_FILE_BYTES = 4 * 1024 * 1024
/** In paths joined by NUL, one that is not in plain words: absolute, empty, or with an empty name, `.` or `..` in it. */
const NOT_PLAIN = /(?:^|[\0/])(?:\/|\.\.?(?:[\0/]|$))|(?:^|\0)(?:\0|$)/
const SLASHES = process.platform === 'win32' ? /[\\/]/ : /\//

/** Paths of a tree or a file, asked of the engine that made it. */
class Rules {
  /** @type {import('./handle').Engine | undefined} */
  #engine
  #what
  /** Where absolute paths start. @type {readonly string[]} */
  #roots

  /** @param {Handle} handle @param {string} what @param {readonly string[]} roots */
  constructor(handle, what, roots) {
    this.#engine = Handle.engine(handle)
    this.#what = what
    this.#roots = roots
  }

  /** @param {string} path @param {boolean} [isDirectory] */
  ignores(path, isDirectory) {
    const engine = this.engine()
    return engine.ignores(this.plain('path', path), checkedKind(isDirectory))
  }

  /** @param {string} path @param {boolean} [isDirectory] @returns {any} */
  explain(path, isDirectory) {
    const engine = this.engine()
    return engine.explain(this.plain('path', path), checkedKind(isDirectory))
  }

  /** @param {string} dir */
  canPrune(dir) {
    const engine = this.engine()
    return engine.canPrune(this.plain('dir', dir))
  }

  /** @param {readonly string[]} paths */
  check(paths) {
    const engine = this.engine()
    if (!Array.isArray(paths)) throw invalidArgument('paths', 'an array', paths)
    for (let index = 0; index < paths.length; index++) {
      if (typeof paths[index] !== 'string') throw invalidArgument(`paths[${index}]`, 'a string', paths[index])
    }
    const joined = paths.join('\0')
    if (paths.length === 0 || isPlain(joined, paths.length)) return engine.check(paths, joined)
    const plain = paths.map((path, index) => this.plain(`paths[${index}]`, path))
    return engine.check(plain, plain.join('\0'))
  }

  /** @param {readonly string[]} paths */
  filter(paths) {
    const ignored = this.check(paths)
    return paths.filter((_, index) => ignored[index] === 0)
  }

  close() {
    this.#engine?.close()
    this.#engine = undefined
  }

  [Symbol.dispose]() {
    this.close()
  }

  /** @protected */
  engine() {
    if (this.#engine) return this.#engine
    throw new TenonError('ERR_CLOSED', `${this.#what} is closed`)
  }

  /**
   * A path relative to the root, in plain words; a slash at its end stays.
   * @protected
   * @param {string} name
   * @param {unknown} value
   */
  plain(name, value) {
    checkPath(name, value)
    const given = /** @type {string} */ (value)
    if (isPlain(given, 1)) return given
    if (given === '') throw invalidArgument(name, 'a path', given)
    const below = path.isAbsolute(given) ? belowOneOf(this.#roots, given) : given
    const plain = below === undefined ? undefined : resolved(below)
    if (plain !== undefined) return plain
    throw new TenonError('ERR_INVALID_ARG', `${name} does not lead below the root: ${JSON.stringify(given)}`, {
      argument: name
    })
  }
}

class IgnoreTree extends Rules {
  get problems() {
    return this.engine().problems()
  }

  /** @param {readonly string[]} [paths] */
  reload(paths) {
    const engine = this.engine()
    if (paths === undefined) return engine.reload(undefined)
    if (!Array.isArray(paths)) throw invalidArgument('paths', 'an array', paths)
    let outside = false
    const plain = paths.map((value, index) => {
      checkPath(`paths[${index}]`, value)
      // Configuration lies outside of the tree, mostly.
      outside ||= path.isAbsolute(value) && !this.isBelow(value)
      return outside ? '' : this.plain(`paths[${index}]`, value)
    })
    return engine.reload(outside ? undefined : plain)
  }

  /** @private @param {string} value */
  isBelow(value) {
    try {
      this.plain('path', value)
      return true
    } catch (error) {
      if (Object(error).code === 'ERR_INVALID_ARG') return false
      throw error
    }
  }
}

class IgnoreFile extends Rules {
  /** @param {string} path @param {boolean} [isDirectory] */
  explain(path, isDirectory) {
    const explained = super.explain(path, isDirectory)
    if (!explained?.rule) return explained && { ignored: explained.ignored }
    const { line, pattern, negated } = explained.rule
    return { ignored: explained.ignored, rule: { line, pattern, negated } }
  }
}

/** @type {typeof import('../..').ignore.openIgnore} */
function openIgnore(root, options = {}) {
  checkPath('root', root)
  checkObject('options', options)
  checkKeys(options, ['tracked', 'global', 'ignoreCase', 'extra'])
  const { tracked = true, global = true, ignoreCase = 'auto', extra = [] } = options
  checkBoolean('options.tracked', tracked)
  checkBoolean('options.global', global)
  if (ignoreCase !== 'auto' && typeof ignoreCase !== 'boolean') {
    throw invalidArgument('options.ignoreCase', "'auto' or a boolean", ignoreCase)
  }
  if (!Array.isArray(extra)) throw invalidArgument('options.extra', 'an array', extra)
  extra.forEach((pattern, index) => checkPath(`options.extra[${index}]`, pattern))
  const engineOptions = {
    tracked,
    global,
    ...(ignoreCase !== 'auto' && { ignoreCase }),
    environment: gitEnvironment()
  }
  const handle = runOpen(root, [...extra], engineOptions)
  const roots = [path.resolve(root), Handle.engine(handle).root()]
  return new IgnoreTree(handle, 'the tree', roots)
}

/** @type {typeof import('../..').ignore.parseIgnore} */
function parseIgnore(text, options = {}) {
  checkText('text', text)
  checkObject('options', options)
  checkKeys(options, ['base', 'ignoreCase'])
  const { base = '', ignoreCase = false } = options
  checkPath('options.base', base)
  checkBoolean('options.ignoreCase', ignoreCase)
  const plain = path.isAbsolute(base) ? undefined : resolved(base)
  if (plain === undefined) throw invalidArgument('options.base', 'a path relative to where paths start', base)
  const bytes = isUint8Array(text) ? text.length : Buffer.byteLength(text)
  if (bytes > MAX_RULE_FILE_BYTES) {
    const message = `text has ${bytes} bytes; the limit is ${MAX_RULE_FILE_BYTES}`
    throw new TenonError('ERR_LIMIT', message, { argument: 'text' })
  }
  return new IgnoreFile(runParse(owned(text), plain, ignoreCase), 'the rules', [])
}

/** @param {unknown} isDirectory */
function checkedKind(isDirectory) {
  if (isDirectory !== undefined) checkBoolean('isDirectory', isDirectory)
  return /** @type {boolean | undefined} */ (isDirectory)
}

/**
 * Whether paths joined by NUL can go to an engine as they are.
 * @param {string} joined
 * @param {number} count
 */
function isPlain(joined, count) {
  if (NOT_PLAIN.test(joined) || (process.platform === 'win32' && /[\\:]/.test(joined))) return false
  // A path with a NUL in it would pass for two.
  let found = 1
  for (let at = joined.indexOf('\0'); at !== -1; at = joined.indexOf('\0', at + 1)) found += 1
  return found === count
}

/** The rest of an absolute path. @param {readonly string[]} roots @param {string} given */
function belowOneOf(roots, given) {
  for (const root of roots) {
    const relative = path.relative(root, given)
    if (relative === '') return '.'
    if (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative)) {
      return SLASHES.test(given.slice(-1)) ? `${relative}/` : relative
    }
  }
  return undefined
}

/** A path without empty names, `.` and `..`; `undefined` for one that leads out. @param {string} given */
function resolved(given) {
  const names = []
  const parts = given.split(SLASHES)
  for (const part of parts) {
    if (part === '' || part === '.') continue
    if (part !== '..') names.push(part)
    else if (names.pop() === undefined) return undefined
  }
  const last = parts[parts.length - 1]
  const isFolder = names.length > 0 && (last === '' || last === '.' || last === '..')
  return names.join('/') + (isFolder ? '/' : '')
}

module.exports = { openIgnore, parseIgnore }
