'use strict'

const { ioError } = require('../errors')
const { errnoName, join, runSync } = require('./io')
const { fromByteString, toByteString } = require('./names')
const { checkPath, folderOf, splitSlash } = require('./paths')
const { discover, repositoryAt } = require('./repository')
const { ignores, readRules, rulesOf, verdict, withRules } = require('./rules')
const { isGitName, openTerritory, pathFromTop, tracks, tracksIn } = require('./territory')
const { isGitlink, tracksBelow } = require('./tracked')

/**
 * A folder and what lies below it, with git's rules. They are read when a path first needs them and kept. Paths are byte
 * strings.
 *
 * @typedef {import('./config').Environment} Environment
 * @typedef {import('./paths').Kind} Kind
 * @typedef {import('./rules').RuleStack} RuleStack
 * @typedef {import('./territory').Territory} Territory
 *
 * @typedef {object} Options
 * @property {boolean} tracked whether paths in git's index are never ignored
 * @property {boolean} [ignoreCase] `undefined` is what `core.ignoreCase` says
 * @property {Environment} environment
 *
 * @typedef {object} Decision the rule that decides a path, or the excluded folder it lies in
 * @property {string} source the file that holds it
 * @property {number} line
 * @property {string} pattern
 * @property {boolean} negated
 *
 * @typedef {{ ignored: boolean, tracked: boolean, rule: Decision | undefined }} Explanation
 *
 * @typedef {object} Folder what is in force inside a folder
 * @property {Territory} territory
 * @property {RuleStack | undefined} rules
 * @property {Decision | undefined} excluded the folder is excluded, by this rule
 * @property {boolean} opaque it belongs to a repository inside another one's tree
 * @property {boolean} real it is a directory, reached without links: the disk may be asked what is in it
 */

/** The name of rules that the caller gave. */
const EXTRA = 'options.extra'
/** So many folders are kept; beyond, all are forgotten and read again. */
const MAX_KEPT = 100_000

class IgnoreTree {
  #root
  #options
  #patterns
  /** @type {RuleStack | undefined} */
  #extra
  /** @type {Folder} */
  #top
  /** By the path relative to the root, with its slash. @type {Map<string, Folder>} */
  #folders = new Map()
  /** @type {{ path: string, reason: string }[]} */
  #problems = []

  /**
   * @param {string} given
   * @param {string[]} extra
   * @param {Options} options
   */
  constructor(given, extra, options) {
    this.#root = runSync(openRoot(given))
    this.#options = options
    this.#patterns = extra
    this.#top = this.#open()
  }

  /** The root, links followed. */
  root() {
    return this.#root
  }

  /** @param {string} path @param {Kind} isDirectory */
  ignores(path, isDirectory) {
    return this.explain(path, isDirectory)?.ignored ?? false
  }

  /**
   * Why a path is ignored or not; `null` inside of a nested repository.
   * @param {string} given
   * @param {Kind} kind
   * @returns {Explanation | null}
   */
  explain(given, kind) {
    const [path, isDirectory] = splitSlash(given, kind)
    checkPath(path)
    return this.#explain(this.#folder(folderOf(path)), path, isDirectory)
  }

  /** A byte for each path: 1 where it is ignored. @param {readonly string[]} paths */
  check(paths) {
    const checked = new Uint8Array(paths.length)
    let last = ''
    let folder = this.#top
    for (const [index, given] of paths.entries()) {
      const [path, isDirectory] = splitSlash(given, undefined)
      checkPath(path)
      if (folderOf(path) !== last) {
        last = folderOf(path)
        folder = this.#folder(last)
      }
      checked[index] = Number(this.#explain(folder, path, isDirectory)?.ignored ?? false)
    }
    return checked
  }

  /**
   * Whether git would not look into a directory: it is excluded and nothing in it is tracked, or it is git's own or a
   * nested repository.
   * @param {string} given
   */
  canPrune(given) {
    const [path] = splitSlash(given, true)
    checkPath(path)
    const { territory, excluded, opaque } = path === '' ? this.#top : this.#folder(`${path}/`)
    if (opaque || path.split('/').some((name) => isGitName(territory, name))) return true
    const folder = pathFromTop(territory, path).replace(/\/$/, '')
    return excluded !== undefined && !tracksIn(territory.tracked, folder)
  }

  /**
   * Forgets what was read: all of it, or what the paths change.
   * @param {readonly string[]} [paths]
   */
  reload(paths) {
    /** @type {string[]} */
    const changed = []
    let all = paths === undefined
    for (const given of paths ?? []) {
      const [path] = splitSlash(given, true)
      checkPath(path)
      const names = path.split('/')
      const isRules = names[names.length - 1] === '.gitignore'
      // Git's own files and the root's rules are in force everywhere.
      all ||=
        path === '' || names.some((name) => isGitName(this.#top.territory, name)) || (isRules && names.length === 1)
      changed.push(this.#missing(isRules ? folderOf(path) : `${path}/`))
    }
    if (all) {
      this.#top = this.#open()
      return
    }
    const isChanged = (/** @type {string} */ path) => changed.some((folder) => path.startsWith(folder))
    for (const path of this.#folders.keys()) if (isChanged(path)) this.#folders.delete(path)
    this.#problems = this.#problems.filter(({ path }) => !isChanged(this.nameOf(path)))
  }

  /** What could not be used so far, in the order of the bytes. */
  problems() {
    const key = (/** @type {{ path: string, reason: string }} */ { path, reason }) => `${path}\0${toByteString(reason)}`
    const sorted = this.#problems.map((problem) => ({ problem, key: key(problem) }))
    sorted.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    return sorted
      .filter(({ key }, index) => key !== sorted[index - 1]?.key)
      .map(({ problem: { path, reason } }) => ({ path: this.nameOf(path), reason: toByteString(reason) }))
  }

  /** How a file is named: relative to the root where it lies below. @param {string} file */
  nameOf(file) {
    const slashed = process.platform === 'win32' ? file.replaceAll('\\', '/') : file
    const start = this.#root.endsWith('/') ? this.#root : `${this.#root}/`
    return slashed.startsWith(start) ? slashed.slice(start.length) : slashed
  }

  /**
   * The topmost folder above that was not there, which may have come with what has changed.
   * @param {string} changed
   */
  #missing(changed) {
    for (let slash = changed.indexOf('/'); slash !== -1; slash = changed.indexOf('/', slash + 1)) {
      const folder = changed.slice(0, slash + 1)
      if (this.#folders.get(folder)?.real === false) return folder
    }
    return changed
  }

  /** Reads the configuration, the index and the rules down to the root. @returns {Folder} */
  #open() {
    this.#folders.clear()
    this.#problems = []
    const { territory, rules, excluded } = runSync(openTop(this.#root, this.#options, this.#report))
    this.#extra = withRules(undefined, rulesOf(this.#patterns, territory.ignoreCase), EXTRA, 0)
    return { territory, rules, excluded, opaque: false, real: true }
  }

  #report = (/** @type {string} */ path, /** @type {string} */ reason) => {
    this.#problems.push({ path, reason })
  }

  /**
   * @param {Folder} folder that the path lies in; the root lies in itself
   * @param {string} path
   * @param {Kind} isDirectory
   * @returns {Explanation | null}
   */
  #explain(folder, path, isDirectory) {
    if (folder.opaque && folder.excluded === undefined) return null
    const fromTop = pathFromTop(folder.territory, path)
    const rule = folder.excluded ?? this.#decide(folder, path, fromTop, isDirectory)
    if (this.#tracks(folder, path, fromTop, isDirectory)) return { ignored: false, tracked: true, rule: undefined }
    return { ignored: rule?.negated === false, tracked: false, rule }
  }

  /**
   * Whether a path in the folder is tracked or holds what is.
   * @param {Folder} folder
   * @param {string} path
   * @param {string} fromTop
   * @param {Kind} isDirectory
   */
  #tracks(folder, path, fromTop, isDirectory) {
    if (isDirectory !== true && tracks(folder.territory, fromTop, false)) return true
    if (isDirectory === false || !tracks(folder.territory, fromTop, true)) return false
    // A file holds nothing, though under `core.ignoreCase` a tracked folder may have its name.
    if (isDirectory || path === '' || !folder.real) return true
    return !runSync(isKind(join(this.#root, path), (stat) => !stat.isDirectory()))
  }

  /**
   * The rule that decides a path in a folder that is not excluded.
   * @param {Folder} folder
   * @param {string} path
   * @param {string} fromTop
   * @param {Kind} isDirectory
   * @returns {Decision | undefined}
   */
  #decide(folder, path, fromTop, isDirectory) {
    if (path === '') return undefined
    const find = (/** @type {boolean} */ kind) =>
      verdict(this.#extra, path, kind) ?? verdict(folder.rules, fromTop, kind)
    let found = find(isDirectory ?? true)
    if (isDirectory === undefined && found?.rule.directoryOnly && !(folder.real && this.#isDirectory(path))) {
      found = find(false)
    }
    return found && decision(found)
  }

  /**
   * What is in force in the folder whose path, with its slash, is `path`.
   * @param {string} path
   * @returns {Folder}
   */
  #folder(path) {
    let known = path
    while (known !== '' && !this.#folders.has(known)) known = folderOf(known.slice(0, -1))
    let folder = known === '' ? this.#top : /** @type {Folder} */ (this.#folders.get(known))
    while (known !== path) {
      known = path.slice(0, path.indexOf('/', known.length) + 1)
      folder = this.#enter(folder, known.slice(0, -1))
      if (this.#folders.size >= MAX_KEPT) this.#folders.clear()
      this.#folders.set(known, folder)
    }
    return folder
  }

  /**
   * What is in force in the folder at `path`, which lies in `parent`.
   * @param {Folder} parent
   * @param {string} path
   * @returns {Folder}
   */
  #enter(parent, path) {
    if (parent.excluded !== undefined || parent.opaque) return parent
    const fromTop = pathFromTop(parent.territory, path)
    const rule = this.#decide(parent, path, fromTop, true)
    if (rule?.negated === false) return { ...parent, excluded: rule }
    if (isGitlink(parent.territory.tracked, fromTop)) return { ...parent, opaque: true }
    if (!parent.real || !this.#isDirectory(path)) return { ...parent, real: false }
    return runSync(enterFolder(parent, join(this.#root, path), path, fromTop, this.#options, this.#report))
  }

  /** Whether there is a directory at `path`, and no link to one. @param {string} path */
  #isDirectory(path) {
    return runSync(isKind(join(this.#root, path), (stat) => stat.isDirectory()))
  }
}

/**
 * The root's own path, links followed.
 * @param {string} given a byte string
 * @returns {import('./io').Work<string>}
 */
function* openRoot(given) {
  try {
    /** @type {string} */
    const real = yield { operation: 'realpath', path: given }
    if (!(yield { operation: 'stat', path: real }).isDirectory()) {
      throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR', syscall: 'scandir' })
    }
    return process.platform === 'win32' ? real.replaceAll('\\', '/') : real
  } catch (error) {
    throw ioError('read directory', fromByteString(given), Object.assign(Object(error), { code: errnoName(error) }))
  }
}

/**
 * What is in force at the root: the rules of the folders from the repository's top down to it, as far as none is excluded.
 * @param {string} root
 * @param {Options} options
 * @param {import('./territory').Report} report
 * @returns {import('./io').Work<{ territory: Territory, rules: RuleStack | undefined, excluded: Decision | undefined }>}
 */
function* openTop(root, options, report) {
  const repository = yield* discover(root)
  const top = repository?.top ?? root
  const prefix = root === top ? '' : `${root.slice(top === '/' ? 1 : top.length + 1)}/`
  const opened = yield* openTerritory(repository, top, prefix, 0, options, report)
  const { territory } = opened
  let { rules } = opened
  for (let baseBytes = 0; ;) {
    rules = yield* withRulesOf(join(top, prefix.slice(0, baseBytes)), rules, baseBytes, territory.ignoreCase, report)
    if (baseBytes === prefix.length) return { territory, rules, excluded: undefined }
    const slash = prefix.indexOf('/', baseBytes)
    const found = verdict(rules, prefix.slice(0, slash), true)
    if (found && ignores(rules, prefix.slice(0, slash), true)) return { territory, rules, excluded: decision(found) }
    baseBytes = slash + 1
  }
}

/**
 * What is in force in a folder that is there and not excluded.
 * @param {Folder} parent
 * @param {string} location
 * @param {string} path
 * @param {string} fromTop
 * @param {Options} options
 * @param {import('./territory').Report} report
 * @returns {import('./io').Work<Folder>}
 */
function* enterFolder(parent, location, path, fromTop, options, report) {
  let { territory, rules } = parent
  const nested = yield* repositoryAt(location)
  if (nested !== undefined && territory.repository === undefined) {
    const opened = yield* openTerritory(nested, location, '', path.length + 1, options, report)
    territory = opened.territory
    rules = opened.rules
  } else if (nested !== undefined && !tracksBelow(territory.tracked, `${fromTop}/`)) {
    return { ...parent, opaque: true }
  }
  const baseBytes = pathFromTop(territory, `${path}/`).length
  rules = yield* withRulesOf(location, rules, baseBytes, territory.ignoreCase, report)
  return { ...parent, territory, rules }
}

/**
 * The rules with those of a folder's `.gitignore`, which must be a regular file: links are not followed inside the tree.
 * @param {string} folder
 * @param {RuleStack | undefined} rules
 * @param {number} baseBytes
 * @param {boolean} ignoreCase
 * @param {import('./territory').Report} report
 * @returns {import('./io').Work<RuleStack | undefined>}
 */
function* withRulesOf(folder, rules, baseBytes, ignoreCase, report) {
  const file = join(folder, '.gitignore')
  if (!(yield* isKind(file, (stat) => stat.isFile()))) return rules
  return withRules(rules, yield* readRules(file, ignoreCase, report), file, baseBytes)
}

/**
 * @param {string} path
 * @param {(stat: import('node:fs').Stats) => boolean} is
 * @returns {import('./io').Work<boolean>}
 */
function* isKind(path, is) {
  try {
    return is(yield { operation: 'lstat', path })
  } catch (error) {
    // Whatever stands in the way, there is nothing that counts.
    errnoName(error)
    return false
  }
}

/**
 * @param {{ rule: import('./rules').Rule, source: string }} found
 * @returns {Decision}
 */
function decision({ rule, source }) {
  return { source, line: rule.line, pattern: rule.text, negated: rule.negated }
}

module.exports = { IgnoreTree }
