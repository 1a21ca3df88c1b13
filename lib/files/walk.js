'use strict'

const { ioError } = require('../errors')
const { readSettings } = require('../ignore/config')
const { ignores, readRules, withRules } = require('../ignore/rules')
const { errnoName, foldCase, isAbsence, join, reasonOf } = require('../ignore/io')
const { discover, repositoryAt } = require('../ignore/repository')
const { NOTHING_TRACKED, isGitlink, isTracked, readTracked, tracksBelow } = require('../ignore/tracked')
const { toByteString } = require('./names')

/**
 * A walk step by step, in the order of the paths. It is generators that yield their requests to the file system
 * (`lib/ignore/io.js`), so that functions with and without a promise are the same code. Names and paths are byte strings.
 *
 * @typedef {import('../ignore/config').Environment} Environment
 * @typedef {import('../ignore/rules').RuleStack} RuleStack
 * @typedef {import('../ignore/repository').Repository} Repository
 * @typedef {import('../ignore/tracked').Tracked} Tracked
 * @typedef {(path: string, reason: string) => void} Report told of a file of rules that could not be used
 *
 * @typedef {'file' | 'directory' | 'symlink' | 'other'} Kind
 *
 * @typedef {object} WalkOptions
 * @property {boolean} hidden whether names that start with `.` count
 * @property {boolean} ignore whether git's rules apply, and nested repositories are left out
 * @property {Environment} environment
 * @property {boolean} [includeLeftOut] whether hidden and ignored entries are walked too; they say so
 * @property {'leaveOut' | 'take' | 'follow'} [symlinks] whether links are left out (the default), entries themselves, or
 *   what they lead to, where that lies below the root, outside of `.git`, and is not a folder that the walk is in
 * @property {boolean} [special] whether FIFOs, sockets and devices are entries
 *
 * @typedef {object} Select pure questions about paths relative to the root, asked of everything, whatever the rules say
 * @property {(path: string) => boolean} enters whether anything below this folder, with a slash at its end, may be wanted
 * @property {(path: string, kind: Kind) => boolean} takes whether the entry itself is wanted; a link that is not or cannot
 *   be followed is a symlink
 *
 * @typedef {object} Entry something that was asked for
 * @property {string} path relative to the root
 * @property {Kind} kind
 * @property {'hidden' | 'ignored'} [leftOut] it is, or a folder it lies in: only where those are included
 * @property {undefined} [reason]
 *
 * @typedef {'ignored' | 'hidden' | 'symlink' | 'linkToNothing' | 'linkOutside' | 'linkLoop' | 'linkIntoGit' | 'tooManyLinks' | 'special' |
 *   'nestedRepository' | 'rootIgnored' | 'unreadable' | 'ruleFile'} Reason
 *
 * @typedef {object} LeftOut something that was left out; what is below a folder that was is not named
 * @property {string} path relative to the root, or absolute for a file outside of it; `.` for the root
 * @property {Reason} reason
 * @property {string} [detail] of `unreadable` a symbolic errno, of `ruleFile` why it was not used
 *
 * @typedef {Entry | LeftOut} Item
 *
 * @typedef {object} Territory the repository a part of the walk lies in, or the tree that stands for one
 * @property {Repository | undefined} repository
 * @property {boolean} ignoreCase
 * @property {string} prefix the walk's root relative to the top, with a slash at its end
 * @property {number} stripBytes the bytes of a path relative to the walk's root that lead to the top
 * @property {Tracked} tracked
 *
 * @typedef {{ path: string, parent: RealFolder | undefined }} RealFolder the real path of a folder on a walk that follows
 *   links, and of those above it on that walk
 *
 * @typedef {object} Task a folder still to be read
 * @property {string} path relative to the walk's root, with a slash at its end; empty for the root
 * @property {Territory} territory
 * @property {RuleStack | undefined} rules in force above this folder
 * @property {boolean} trackedOnly the folder is excluded: only tracked files in it count
 * @property {boolean} hidden the folder, or one it lies in, is hidden, and walked all the same
 * @property {RealFolder | undefined} real where the folder is, where links are followed
 *
 * @typedef {{ key: string, item: Item | undefined, task: Task | undefined }} Row an item, or a folder to be read in its
 *   place
 *
 * @typedef {object} Walk
 * @property {string} root its own path, links followed
 * @property {WalkOptions} options
 * @property {Select} select
 * @property {LeftOut[]} pending what comes before everything else
 * @property {Task | undefined} next the folder to be read next
 * @property {{ rows: Row[], at: number }[]} open the folders from the root down, each with the next of its rows
 * @property {number} followed how many links to folders were followed
 */

/** With a few links to folders with links, a tree has more paths than can be counted. */
const MAX_FOLLOWED_LINKS = 100_000
/** What is tried between two turns of the event loop: an entry counts as one, and so does each rule in force. */
const TRIES_PER_TURN = 50_000

/**
 * What reports say where nobody asked for it to be left out.
 * @type {Partial<Record<Reason, string>>}
 */
const REPORTS = {
  linkToNothing: 'link to nothing',
  linkOutside: 'link to outside the root',
  linkLoop: 'link to a folder it lies in',
  linkIntoGit: 'link into .git',
  tooManyLinks: 'too many links to folders',
  nestedRepository: 'nested git repository',
  // An empty list must not look like an empty folder.
  rootIgnored: 'the root itself is ignored: only tracked files are listed'
}

/** Wants everything but folders themselves. @type {Select} */
const EVERYTHING = { enters: () => true, takes: (_, kind) => kind !== 'directory' }

/**
 * A walk of a folder.
 * @param {string} given as the caller gave it
 * @param {WalkOptions} options
 * @param {Select} select
 * @returns {import('../ignore/io').Work<Walk>}
 */
function* openWalk(given, options, select) {
  const root = yield* openRoot(given)
  /** @type {Walk} */
  const walk = { root, options, select, pending: [], next: undefined, open: [], followed: 0 }
  walk.next = options.ignore ? yield* rootTask(walk) : taskWithoutRules()
  if (options.symlinks === 'follow') walk.next.real = { path: root, parent: undefined }
  return walk
}

/**
 * The next step; `undefined` at the end, and where it is late before a folder is read, which is still `walk.next` then.
 * @param {Walk} walk
 * @param {() => boolean} [late]
 * @returns {import('../ignore/io').Work<Item | undefined>}
 */
function* nextItem(walk, late = never) {
  for (;;) {
    const item = readyItem(walk)
    if (item !== undefined || walk.next === undefined || late()) return item
    const task = walk.next
    walk.next = undefined
    const rows = yield* readFolder(walk, task)
    if (rows !== undefined) walk.open.push({ rows, at: 0 })
  }
}

function never() {
  return false
}

/**
 * The next step, if no folder has to be read for it.
 * @param {Walk} walk
 * @returns {Item | undefined}
 */
function readyItem(walk) {
  if (walk.pending.length > 0) return walk.pending.shift()
  while (walk.next === undefined) {
    const folder = walk.open[walk.open.length - 1]
    if (folder === undefined) return undefined
    const row = folder.rows[folder.at]
    folder.at += 1
    if (row === undefined) walk.open.pop()
    else if (row.task !== undefined) walk.next = row.task
    else return row.item
  }
  return undefined
}

/**
 * The root's own path, links followed, for a folder that can be read.
 * @param {string} given
 * @returns {import('../ignore/io').Work<string>}
 */
function* openRoot(given) {
  try {
    /** @type {string} */
    const real = yield { operation: 'realpath', path: toByteString(given) }
    if (!(yield { operation: 'stat', path: real }).isDirectory()) {
      throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR', syscall: 'scandir' })
    }
    yield { operation: 'readdir', path: real }
    return slashed(real)
  } catch (error) {
    throw ioError('read directory', given, Object.assign(Object(error), { code: errnoName(error) }))
  }
}

/**
 * The task every walk with rules starts with: the rules of the folders from the repository's top down to the root are
 * read here, and the root counts as excluded when one of them is.
 * @param {Walk} walk
 * @returns {import('../ignore/io').Work<Task>}
 */
function* rootTask(walk) {
  const { root } = walk
  const report = reporter(walk)
  const repository = yield* discover(root)
  const top = repository?.top ?? root
  const prefix = root === top ? '' : `${root.slice(top === '/' ? 1 : top.length + 1)}/`
  const opened = yield* openTerritory(repository, top, prefix, 0, walk.options.environment, report)
  const { territory } = opened
  let { rules } = opened
  let trackedOnly = false
  let baseBytes = 0
  while (baseBytes < prefix.length) {
    const file = join(top, `${prefix.slice(0, baseBytes)}.gitignore`)
    // Links are not followed inside the working tree.
    if (yield* isRegularFile(file)) {
      rules = withRules(rules, yield* readRules(file, territory.ignoreCase, report), file, baseBytes)
    }
    const slash = prefix.indexOf('/', baseBytes)
    if (ignores(rules, prefix.slice(0, slash), true)) {
      walk.pending.push({ path: '.', reason: 'rootIgnored' })
      trackedOnly = true
      break
    }
    baseBytes = slash + 1
  }
  return { path: '', territory, rules, trackedOnly, hidden: false, real: undefined }
}

/** @returns {Task} */
function taskWithoutRules() {
  // Without configuration to ask, `.git` is told by the platform's habit.
  const ignoreCase = process.platform === 'win32' || process.platform === 'darwin'
  /** @type {Territory} */
  const territory = { repository: undefined, ignoreCase, prefix: '', stripBytes: 0, tracked: NOTHING_TRACKED }
  return { path: '', territory, rules: undefined, trackedOnly: false, hidden: false, real: undefined }
}

/**
 * Takes reports of files of rules, configuration and indexes that could not be used.
 * @param {Walk} walk
 * @returns {Report}
 */
function reporter({ root, pending }) {
  return (path, detail) => void pending.push({ path: relativeTo(root, path), reason: 'ruleFile', detail })
}

/**
 * A territory and the rules in force everywhere in it: `info/exclude` over `core.excludesFile`.
 * @param {Repository | undefined} repository
 * @param {string} top
 * @param {string} prefix
 * @param {number} stripBytes
 * @param {Environment} environment
 * @param {Report} report
 * @returns {import('../ignore/io').Work<{ territory: Territory, rules: RuleStack | undefined }>}
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
 * What a folder holds, in the order of the paths; `undefined` when it is gone, opaque or unreadable.
 * @param {Walk} walk
 * @param {Task} task
 * @returns {import('../ignore/io').Work<Row[] | undefined>}
 */
function* readFolder(walk, task) {
  const { root, options, select } = walk
  const location = join(root, task.path.slice(0, -1))
  /** @type {import('../ignore/io').FolderEntry[]} */
  let found
  try {
    found = yield { operation: 'readdir', path: location }
  } catch (error) {
    const detail = errnoName(error)
    if (detail !== 'ENOENT') walk.pending.push({ path: task.path.slice(0, -1) || '.', reason: 'unreadable', detail })
    return undefined
  }
  const { ignoreCase } = task.territory
  const isGit = (/** @type {string} */ name) => (ignoreCase ? foldCase(name) : name) === '.git'
  const git = found.some(({ name }) => isGit(name))
  const gitignore = found.some(({ name, kind }) => name === '.gitignore' && kind === 'file')
  const scope = options.ignore ? yield* enter(walk, task, location, { git, gitignore }) : task
  if (scope === undefined) return undefined
  const follow = options.symlinks === 'follow'
  // The limit of links must not depend on the order the system gives.
  if (follow) found.sort((a, b) => (a.name < b.name ? -1 : 1))

  /** @type {Row[]} */
  const rows = []
  const triesPerEntry = 1 + (scope.rules?.ruleCount ?? 0)
  let tries = 0
  for (const { name, kind: type } of found) {
    tries += triesPerEntry
    if (tries >= TRIES_PER_TURN) {
      tries = 0
      yield { operation: 'pause', path: '' }
    }
    if (isGit(name)) continue
    const path = task.path + name
    const hidden = task.hidden || (!options.hidden && name[0] === '.')
    /** @type {Kind} */
    let kind = type === 'folder' ? 'directory' : type
    /** @type {Omit<LeftOut, 'path'> | undefined} */
    let refusal
    /** @type {RealFolder | undefined} */
    let real
    if (follow && kind === 'symlink' && (!hidden || options.includeLeftOut)) {
      const target = yield* resolveLink(walk, task, path)
      if ('reason' in target) refusal = target
      else ({ kind, real } = target)
    }
    const takes = select.takes(path, kind)
    const enters = (kind === 'directory' || refusal !== undefined) && select.enters(`${path}/`)
    if (!takes && !enters) continue

    /** @type {'hidden' | 'ignored' | undefined} */
    let leftOut = hidden ? 'hidden' : undefined
    /** @type {ReturnType<typeof standingOf>} */
    let standing = 'in'
    if (options.ignore && (!hidden || options.includeLeftOut)) {
      // git sees the link, whatever it leads to.
      standing = standingOf(scope, pathFromTop(scope.territory, path), type === 'folder')
      if (standing === 'out') leftOut ??= 'ignored'
    }
    if (leftOut !== undefined && !options.includeLeftOut) refusal = { reason: leftOut }
    else if (kind === 'symlink' && options.symlinks !== 'take') refusal ??= { reason: 'symlink' }
    else if (kind === 'other' && !options.special) refusal ??= { reason: 'special' }
    if (refusal !== undefined) {
      rows.push({ key: name, item: { path, ...refusal }, task: undefined })
      continue
    }
    if (takes) {
      const item = leftOut === undefined ? { path, kind } : { path, kind, leftOut }
      rows.push({ key: name, item, task: undefined })
    }
    if (!enters) continue
    if (standing === 'submodule') {
      rows.push({ key: name, item: { path, reason: 'nestedRepository' }, task: undefined })
      continue
    }
    if (task.real !== undefined) real ??= { path: join(task.real.path, name), parent: task.real }
    const { territory, rules } = scope
    const trackedOnly = standing === 'tracked inside' || standing === 'out'
    const child = { path: `${path}/`, territory, rules, trackedOnly, hidden, real }
    rows.push({ key: `${name}/`, item: undefined, task: child })
  }
  return rows.sort(byKey)
}

/**
 * What a link leads to, or why it may not be followed.
 * @param {Walk} walk
 * @param {Task} task
 * @param {string} path
 * @returns {import('../ignore/io').Work<{ kind: Kind, real: RealFolder | undefined } | Omit<LeftOut, 'path'>>}
 */
function* resolveLink(walk, task, path) {
  const { root } = walk
  /** @type {string} */
  let real
  let stat
  try {
    real = slashed(yield { operation: 'realpath', path: join(root, path) })
    if (real !== root && !real.startsWith(below(root))) return { reason: 'linkOutside' }
    const parts = real.slice(below(root).length).split('/')
    const { ignoreCase } = task.territory
    if (parts.some((part) => (ignoreCase ? foldCase(part) : part) === '.git')) return { reason: 'linkIntoGit' }
    stat = yield { operation: 'stat', path: real }
  } catch (error) {
    return isAbsence(error) ? { reason: 'linkToNothing' } : { reason: 'unreadable', detail: errnoName(error) }
  }
  if (!stat.isDirectory()) return { kind: stat.isFile() ? 'file' : 'other', real: undefined }
  for (let folder = task.real; folder !== undefined; folder = folder.parent) {
    if (folder.path === real) return { reason: 'linkLoop' }
  }
  if (walk.followed === MAX_FOLLOWED_LINKS) return { reason: 'tooManyLinks' }
  walk.followed += 1
  return { kind: 'directory', real: { path: real, parent: task.real } }
}

/**
 * What is in force inside a folder; `undefined` when it is a repository of its own inside another.
 * @param {Walk} walk
 * @param {Task} task
 * @param {string} location
 * @param {{ git: boolean, gitignore: boolean }} holds
 * @returns {import('../ignore/io').Work<Task | undefined>}
 */
function* enter(walk, task, location, holds) {
  const report = reporter(walk)
  let { territory, rules } = task
  const nested = holds.git && task.path !== '' ? yield* repositoryAt(location) : undefined
  if (nested !== undefined && territory.repository === undefined) {
    const opened = yield* openTerritory(nested, location, '', task.path.length, walk.options.environment, report)
    territory = opened.territory
    rules = opened.rules
  } else if (nested !== undefined && !tracksBelow(territory.tracked, pathFromTop(territory, task.path))) {
    walk.pending.push({ path: task.path.slice(0, -1), reason: 'nestedRepository' })
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
 * @returns {import('../ignore/io').Work<boolean>}
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
 * The order of the paths' bytes: what is below a folder comes after a slash.
 * @param {Row} a
 * @param {Row} b
 */
function byKey(a, b) {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
}

/**
 * A path as reports give it: relative to the root when it lies below, `.` for the root.
 * @param {string} root
 * @param {string} path
 */
function relativeTo(root, path) {
  if (path === root) return '.'
  // Configuration outside the root is named by the environment, in the platform's own spelling.
  const given = slashed(path)
  return given.startsWith(below(root)) ? given.slice(below(root).length) : given
}

/** @param {string} folder */
function below(folder) {
  return folder.endsWith('/') ? folder : `${folder}/`
}

/** @param {string} path in the platform's own spelling */
function slashed(path) {
  return process.platform === 'win32' ? path.replaceAll('\\', '/') : path
}

module.exports = { EVERYTHING, REPORTS, nextItem, openWalk, readyItem }
