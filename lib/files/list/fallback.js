'use strict'

const { ioError } = require('../../errors')
const { readSettings } = require('../../ignore/config')
const { ignores, readRules, withRules } = require('../../ignore/rules')
const { errnoName, foldCase, join, reasonOf, run, runSync, toBytes, toText } = require('../../ignore/io')
const { discover, repositoryAt } = require('../../ignore/repository')
const { NOTHING_TRACKED, isGitlink, isTracked, readTracked, tracksBelow } = require('../../ignore/tracked')

/**
 * Every regular file under a folder that git would not ignore, in the order of the paths' bytes.
 *
 * The walk is a generator that yields its requests to the file system (`lib/ignore/io.js`), so that `list` and
 * `listSync` are the same code. Names and paths are byte strings until the result is shaped.
 *
 * @typedef {import('../../ignore/config').Environment} Environment
 * @typedef {import('../../ignore/rules').RuleStack} RuleStack
 * @typedef {import('../../ignore/repository').Repository} Repository
 * @typedef {import('../../ignore/tracked').Tracked} Tracked
 * @typedef {(path: string, reason: string) => void} Report
 *
 * @typedef {{ hidden: boolean, ignore: boolean, maxFiles: number, environment: Environment }} Options
 * @typedef {{ path: string, reason: string }} Skipped
 * @typedef {{ paths: string[], skipped: Skipped[], truncated: boolean }} Listing
 *
 * @typedef {object} Territory the repository a part of the walk lies in, or the tree that stands for one
 * @property {Repository | undefined} repository
 * @property {boolean} ignoreCase
 * @property {string} prefix the walk's root relative to the top, with a slash at its end
 * @property {number} stripBytes the bytes of a path relative to the walk's root that lead to the top
 * @property {Tracked} tracked
 *
 * @typedef {object} Task a folder still to be read
 * @property {string} path relative to the walk's root, with a slash at its end; empty for the root
 * @property {Territory} territory
 * @property {RuleStack | undefined} rules in force above this folder
 * @property {boolean} trackedOnly the folder is excluded: only tracked files in it count
 *
 * @typedef {{ name: string, task: Task | undefined }} Entry a file, or a folder with its task
 */

const NESTED_REPOSITORY = 'nested git repository'
/** What is tried between two turns of the event loop: an entry counts as one, and so does each rule in force. */
const TRIES_PER_TURN = 50_000

/**
 * @param {string} root
 * @param {Options} options
 * @returns {Listing}
 */
function listSync(root, options) {
  return runSync(walk(root, options))
}

/**
 * @param {string} root
 * @param {Options} options
 * @param {AbortSignal} [signal]
 * @returns {Promise<Listing>}
 */
function list(root, options, signal) {
  return run(walk(root, options), signal)
}

/**
 * @param {string} given
 * @param {Options} options
 * @returns {import('../../ignore/io').Work<Listing>}
 */
function* walk(given, options) {
  const root = yield* openRoot(given)
  /** @type {Skipped[]} */
  const skipped = []
  /** @type {Report} */
  const report = (path, reason) => {
    skipped.push({ path: relativeTo(root, path), reason })
  }

  /** @type {string[]} */
  const paths = []
  let truncated = false
  // The folders from the root down, each with its entries and the next of them.
  /** @type {{ path: string, entries: Entry[], at: number }[]} */
  const open = []
  /** @type {Task | undefined} */
  let next = options.ignore ? yield* rootTask(root, options.environment, report) : taskWithoutRules()
  for (;;) {
    if (next !== undefined) {
      const entries = yield* readFolder(root, next, options, report)
      if (entries !== undefined) open.push({ path: next.path, entries, at: 0 })
      next = undefined
    }
    const folder = open[open.length - 1]
    if (folder === undefined) break
    const entry = folder.entries[folder.at]
    folder.at += 1
    if (entry === undefined) {
      open.pop()
    } else if (entry.task !== undefined) {
      next = entry.task
    } else if (paths.length === options.maxFiles) {
      truncated = true
      break
    } else {
      paths.push(toText(folder.path + entry.name))
    }
  }
  return { paths, skipped: shapeSkipped(skipped), truncated }
}

/**
 * The root's own path, links followed, for a folder that can be read.
 * @param {string} given
 * @returns {import('../../ignore/io').Work<string>}
 */
function* openRoot(given) {
  try {
    /** @type {string} */
    const real = yield { operation: 'realpath', path: toBytes(given) }
    if (!(yield { operation: 'stat', path: real }).isDirectory()) {
      throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR', syscall: 'scandir' })
    }
    yield { operation: 'readdir', path: real }
    return process.platform === 'win32' ? real.replaceAll('\\', '/') : real
  } catch (error) {
    throw ioError('read directory', given, Object.assign(Object(error), { code: errnoName(error) }))
  }
}

/**
 * The task every walk with rules starts with: the rules of the folders from the repository's top down to the root are
 * read here, and the root counts as excluded when one of them is.
 * @param {string} root
 * @param {Environment} environment
 * @param {Report} report
 * @returns {import('../../ignore/io').Work<Task>}
 */
function* rootTask(root, environment, report) {
  const repository = yield* discover(root)
  const top = repository?.top ?? root
  const prefix = root === top ? '' : `${root.slice(top === '/' ? 1 : top.length + 1)}/`
  const opened = yield* openTerritory(repository, top, prefix, 0, environment, report)
  const { territory } = opened
  let { rules } = opened
  let baseBytes = 0
  while (baseBytes < prefix.length) {
    const file = join(top, `${prefix.slice(0, baseBytes)}.gitignore`)
    // Links are not followed inside the working tree.
    if (yield* isRegularFile(file)) {
      rules = withRules(rules, yield* readRules(file, territory.ignoreCase, report), file, baseBytes)
    }
    const slash = prefix.indexOf('/', baseBytes)
    if (ignores(rules, prefix.slice(0, slash), true)) {
      // An empty list must not look like an empty folder.
      report(root, 'the root itself is ignored: only tracked files are listed')
      return { path: '', territory, rules, trackedOnly: true }
    }
    baseBytes = slash + 1
  }
  return { path: '', territory, rules, trackedOnly: false }
}

/** @returns {Task} */
function taskWithoutRules() {
  // Without configuration to ask, `.git` is told by the platform's habit.
  const ignoreCase = process.platform === 'win32' || process.platform === 'darwin'
  /** @type {Territory} */
  const territory = { repository: undefined, ignoreCase, prefix: '', stripBytes: 0, tracked: NOTHING_TRACKED }
  return { path: '', territory, rules: undefined, trackedOnly: false }
}

/**
 * A territory and the rules in force everywhere in it: `info/exclude` over `core.excludesFile`.
 * @param {Repository | undefined} repository
 * @param {string} top
 * @param {string} prefix
 * @param {number} stripBytes
 * @param {Environment} environment
 * @param {Report} report
 * @returns {import('../../ignore/io').Work<{ territory: Territory, rules: RuleStack | undefined }>}
 */
function* openTerritory(repository, top, prefix, stripBytes, environment, report) {
  const { ignoreCase, excludesFile, hashBytes } = yield* readSettings(repository, top, environment, report)
  const exclude = repository === undefined ? undefined : join(repository.commonDir, 'info/exclude')
  /** @type {RuleStack | undefined} */
  let rules
  for (const file of [excludesFile, exclude]) {
    if (file !== undefined) rules = withRules(rules, yield* readRules(file, ignoreCase, report), file, 0)
  }
  let tracked = NOTHING_TRACKED
  if (repository !== undefined) {
    const index = join(repository.gitDir, 'index')
    try {
      tracked = yield* readTracked(index, hashBytes, ignoreCase)
    } catch (error) {
      report(index, reasonOf(error))
    }
  }
  return { territory: { repository, ignoreCase, prefix, stripBytes, tracked }, rules }
}

/**
 * What counts in a folder, in the order of the paths; `undefined` when it is gone, opaque or unreadable.
 * @param {string} root
 * @param {Task} task
 * @param {Options} options
 * @param {Report} report
 * @returns {import('../../ignore/io').Work<Entry[] | undefined>}
 */
function* readFolder(root, task, options, report) {
  const location = join(root, task.path.slice(0, -1))
  /** @type {import('../../ignore/io').FolderEntry[]} */
  let found
  try {
    found = yield { operation: 'readdir', path: location }
  } catch (error) {
    const errno = errnoName(error)
    if (errno !== 'ENOENT') report(location, errno)
    return undefined
  }
  const { ignoreCase } = task.territory
  const isGit = (/** @type {string} */ name) => (ignoreCase ? foldCase(name) : name) === '.git'
  const git = found.some(({ name }) => isGit(name))
  const gitignore = found.some(({ name, kind }) => name === '.gitignore' && kind === 'file')
  const scope = options.ignore ? yield* enter(task, location, { git, gitignore }, options.environment, report) : task
  if (scope === undefined) return undefined

  /** @type {Entry[]} */
  const entries = []
  const triesPerEntry = 1 + (scope.rules?.ruleCount ?? 0)
  let tries = 0
  for (const { name, kind } of found) {
    tries += triesPerEntry
    if (tries >= TRIES_PER_TURN) {
      tries = 0
      yield { operation: 'pause', path: '' }
    }
    const isFolder = kind === 'folder'
    if (isGit(name) || kind === 'other' || (!options.hidden && name[0] === '.')) continue
    const standing = options.ignore ? standingOf(scope, pathFromTop(scope.territory, task.path) + name, isFolder) : 'in'
    if (standing === 'out') continue
    const path = task.path + name
    if (toBytes(toText(name)) !== name) {
      report(join(root, path), 'name is not valid UTF-8')
    } else if (standing === 'submodule') {
      report(join(root, path), NESTED_REPOSITORY)
    } else {
      const child = { ...scope, path: `${path}/`, trackedOnly: standing === 'tracked inside' }
      entries.push({ name, task: isFolder ? child : undefined })
    }
  }
  return entries.sort(byPath)
}

/**
 * What is in force inside a folder; `undefined` when it is a repository of its own inside another.
 * @param {Task} task
 * @param {string} location
 * @param {{ git: boolean, gitignore: boolean }} holds
 * @param {Environment} environment
 * @param {Report} report
 * @returns {import('../../ignore/io').Work<Task | undefined>}
 */
function* enter(task, location, holds, environment, report) {
  let { territory, rules } = task
  const nested = holds.git && task.path !== '' ? yield* repositoryAt(location) : undefined
  if (nested !== undefined && territory.repository === undefined) {
    const opened = yield* openTerritory(nested, location, '', task.path.length, environment, report)
    territory = opened.territory
    rules = opened.rules
  } else if (nested !== undefined && !tracksBelow(territory.tracked, pathFromTop(territory, task.path))) {
    report(location, NESTED_REPOSITORY)
    return undefined
  }
  if (holds.gitignore && !task.trackedOnly) {
    const file = join(location, '.gitignore')
    const read = yield* readRules(file, territory.ignoreCase, report)
    rules = withRules(rules, read, file, pathFromTop(territory, task.path).length)
  }
  return { ...task, territory, rules }
}

/**
 * How an entry stands, by its path from the top.
 * @param {Task} scope
 * @param {string} path
 * @param {boolean} isFolder
 * @returns {'in' | 'out' | 'tracked inside' | 'submodule'}
 */
function standingOf({ territory: { tracked }, rules, trackedOnly }, path, isFolder) {
  if (isFolder && isGitlink(tracked, path)) return 'submodule'
  if (!trackedOnly && !ignores(rules, path, isFolder)) return 'in'
  if (isFolder) return tracksBelow(tracked, `${path}/`) ? 'tracked inside' : 'out'
  return isTracked(tracked, path) ? 'in' : 'out'
}

/**
 * @param {Territory} territory
 * @param {string} path relative to the walk's root
 */
function pathFromTop({ prefix, stripBytes }, path) {
  return prefix + path.slice(stripBytes)
}

/**
 * @param {string} path
 * @returns {import('../../ignore/io').Work<boolean>}
 */
function* isRegularFile(path) {
  try {
    return (yield { operation: 'lstat', path }).isFile()
  } catch (error) {
    // Whatever stands in the way, there is nothing to read: the walk itself reports folders it cannot enter.
    errnoName(error)
    return false
  }
}

/**
 * The order of the paths' bytes: a folder's name counts with its slash.
 * @param {Entry} a
 * @param {Entry} b
 */
function byPath(a, b) {
  const left = a.task === undefined ? a.name : `${a.name}/`
  const right = b.task === undefined ? b.name : `${b.name}/`
  return left < right ? -1 : left > right ? 1 : 0
}

/**
 * A path as reports give it: relative to the root when it lies below, `.` for the root.
 * @param {string} root
 * @param {string} path
 */
function relativeTo(root, path) {
  if (path === root) return '.'
  const start = root.endsWith('/') ? root : `${root}/`
  // Configuration outside the root is named by the environment, in the platform's own spelling.
  const slashed = process.platform === 'win32' ? path.replaceAll('\\', '/') : path
  return slashed.startsWith(start) ? slashed.slice(start.length) : slashed
}

/**
 * @param {Skipped[]} skipped with byte strings
 * @returns {Skipped[]} with text, in the order of the bytes
 */
function shapeSkipped(skipped) {
  const texts = skipped.map(({ path, reason }) => ({ path: toText(path), reason }))
  const key = (/** @type {Skipped} */ { path, reason }) => `${toBytes(path)}\0${toBytes(reason)}`
  return texts
    .map((skip) => ({ skip, key: key(skip) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ skip }) => skip)
}

module.exports = { list, listSync }
