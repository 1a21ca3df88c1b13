'use strict'

const { errnoName, isAbsence, join, readRegular, reasonOf } = require('./io')

/**
 * Finding a repository from a folder, as git does: upwards to the first `.git`.
 *
 * @typedef {object} Repository
 * @property {string} top of the working tree
 * @property {string} gitDir where this working tree's index is
 * @property {string} commonDir where the configuration and `info/exclude` are; a linked worktree shares its repository's
 */

/** git's own limit for a `.git` file. */
const MAX_GIT_FILE_BYTES = 1024 * 1024

/**
 * The repository `start` lies in: `start` itself or the nearest parent with a valid `.git`. `start` is absolute and free
 * of links. The inside of a `.git` folder belongs to no working tree.
 * @param {string} start
 * @returns {import('./io').Work<Repository | undefined>}
 */
function* discover(start) {
  if (start.split('/').includes('.git')) return undefined
  let folder = start
  for (;;) {
    const repository = yield* repositoryAt(folder)
    if (repository !== undefined) return repository
    const slash = folder.lastIndexOf('/')
    if (slash === -1 || folder === '/') return undefined
    folder = folder.slice(0, slash) || '/'
  }
}

/**
 * The repository whose working tree starts at `folder`: there is a `.git` folder in it, or a `.git` file naming one, with
 * a `HEAD`, `objects` and `refs`.
 * @param {string} folder
 * @returns {import('./io').Work<Repository | undefined>}
 */
function* repositoryAt(folder) {
  const dotGit = join(folder, '.git')
  const kind = yield* kindOf(dotGit)
  if (kind === undefined) return undefined
  const gitDir = kind === 'folder' ? dotGit : yield* namedByFile(folder, dotGit)
  if (gitDir === undefined) return undefined
  const common = yield* readSmall(join(gitDir, 'commondir'))
  if (common === false) return undefined
  const commonDir = common === undefined ? gitDir : join(gitDir, trimLineEnd(common))
  const valid =
    (yield* hasValidHead(gitDir)) &&
    (yield* kindOf(join(commonDir, 'objects'))) === 'folder' &&
    (yield* kindOf(join(commonDir, 'refs'))) === 'folder'
  return valid ? { top: folder, gitDir, commonDir } : undefined
}

/**
 * The folder a `.git` file names by `gitdir: …`, relative to the folder the file is in.
 * @param {string} folder
 * @param {string} file
 * @returns {import('./io').Work<string | undefined>}
 */
function* namedByFile(folder, file) {
  const content = yield* readSmall(file)
  if (!content || !content.startsWith('gitdir: ')) return undefined
  const target = trimLineEnd(content.slice('gitdir: '.length))
  if (target === '') return undefined
  const path = join(folder, target)
  return (yield* kindOf(path)) === 'folder' ? path : undefined
}

/**
 * Whether `HEAD` names a ref below `refs/` or holds an object id.
 * @param {string} gitDir
 * @returns {import('./io').Work<boolean>}
 */
function* hasValidHead(gitDir) {
  const path = join(gitDir, 'HEAD')
  /** @type {string | undefined} */
  let target
  try {
    target = yield { operation: 'readlink', path }
  } catch (error) {
    if (!isAbsence(error) && Object(error).code !== 'EINVAL') return false
  }
  // An old way to say `ref: refs/…`; the branch need not exist yet.
  if (target !== undefined) return target.startsWith('refs/')
  const head = yield* readSmall(path)
  return head ? /^(?:ref:[ \t\n\f\r]*refs\/|[0-9A-Fa-f]{40})/.test(head) : false
}

/**
 * The branch that is checked out, as `HEAD` names it below `refs/heads/`; it need not have a commit yet.
 * @param {Repository} repository
 * @returns {import('./io').Work<string | undefined>}
 */
function* branchOf({ gitDir }) {
  const path = join(gitDir, 'HEAD')
  try {
    /** @type {string} */
    const target = yield { operation: 'readlink', path }
    return target.startsWith('refs/heads/') ? target.slice('refs/heads/'.length) : undefined
  } catch (error) {
    // It is no link, mostly.
    errnoName(error)
  }
  const head = yield* readSmall(path)
  return head ? /^ref:[ \t\n\f\r]*refs\/heads\/([^]*?)[ \t\n\f\r]*$/.exec(head)?.[1] : undefined
}

/**
 * What is at a path, links followed; `undefined` for nothing, or nothing that can be reached.
 * @param {string} path
 * @returns {import('./io').Work<'folder' | 'other' | undefined>}
 */
function* kindOf(path) {
  try {
    return (yield { operation: 'stat', path }).isDirectory() ? 'folder' : 'other'
  } catch (error) {
    if (Object(error).syscall === undefined) throw error
    return undefined
  }
}

/**
 * The content of a small file, `undefined` when there is none, `false` when it cannot be read.
 * @param {string} path
 * @returns {import('./io').Work<string | undefined | false>}
 */
function* readSmall(path) {
  try {
    return (yield* readRegular(path, MAX_GIT_FILE_BYTES))?.toString('latin1')
  } catch (error) {
    reasonOf(error)
    return false
  }
}

/** @param {string} text */
function trimLineEnd(text) {
  return text.replace(/[\r\n]+$/, '')
}

module.exports = { branchOf, discover, repositoryAt }
