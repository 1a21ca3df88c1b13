'use strict'

const { run, runSync } = require('../../ignore/io')
const { Absences } = require('../absences')
const { fromByteString, toByteString } = require('../names')
const { nextItem, openWalk } = require('../walk')
const { Globs } = require('./globs')

/**
 * Which paths of a list patterns take, and which of a tree.
 *
 * @typedef {{ dot: boolean, caseSensitive: boolean }} MatchOptions
 *
 * @typedef {object} Options
 * @property {string[]} exclude
 * @property {boolean} ignore whether git's rules apply
 * @property {boolean} dot
 * @property {boolean} caseSensitive
 * @property {boolean} files whether files are taken
 * @property {boolean} folders whether folders are
 * @property {boolean} followSymlinks
 * @property {number} maxResults
 * @property {number} maxDepth
 * @property {import('../walk').Environment} environment
 *
 * @typedef {import('../list/fallback').Listing} Listing
 */

/**
 * 1 for each path that is taken; a slash at the end of a path says that it is a folder's.
 * @param {string[]} paths
 * @param {string[]} patterns
 * @param {MatchOptions} options
 * @returns {Uint8Array}
 */
function matchPaths(paths, patterns, options) {
  const globs = new Globs(patterns.map(toByteString), [], options)
  return Uint8Array.from(paths, (given) => {
    const path = toByteString(given)
    const isFolder = path.endsWith('/')
    return globs.takes(isFolder ? path.slice(0, -1) : path, isFolder) ? 1 : 0
  })
}

/**
 * @param {string} cwd
 * @param {string[]} patterns
 * @param {Options} options
 * @returns {Listing}
 */
function globSync(cwd, patterns, options) {
  return runSync(globbing(cwd, patterns, options))
}

/**
 * @param {string} cwd
 * @param {string[]} patterns
 * @param {Options} options
 * @param {AbortSignal} [signal]
 * @returns {Promise<Listing>}
 */
function glob(cwd, patterns, options, signal) {
  return run(globbing(cwd, patterns, options), signal)
}

/**
 * @param {string} cwd
 * @param {string[]} patterns
 * @param {Options} options
 * @returns {import('../../ignore/io').Work<Listing>}
 */
function* globbing(cwd, patterns, options) {
  const { dot, caseSensitive, ignore, environment, maxResults } = options
  const exclude = options.exclude.map(toByteString)
  const globs = new Globs(patterns.map(toByteString), exclude, { dot, caseSensitive, inside: true })
  /** @type {import('../walk').WalkOptions} */
  const walked = {
    hidden: true,
    ignore,
    environment,
    symlinks: options.followSymlinks ? 'follow' : 'leaveOut'
  }
  const walk = yield* openWalk(cwd, walked, select(globs, options))
  const absences = new Absences()
  /** @type {string[]} */
  const paths = []
  let truncated = false
  for (let item = yield* nextItem(walk); item !== undefined; item = yield* nextItem(walk)) {
    if (item.reason !== undefined) {
      absences.add(item)
    } else if (paths.length === maxResults) {
      truncated = true
      break
    } else {
      paths.push(fromByteString(item.path))
    }
  }
  return { paths, skipped: absences.reports(), leftOut: absences.counts, truncated }
}

/**
 * @param {Globs} globs
 * @param {Options} options
 * @returns {import('../walk').Select}
 */
function select(globs, { files, folders, maxDepth }) {
  return {
    enters: (path) => isAbove(path, maxDepth) && globs.enters(path.slice(0, -1)),
    takes: (path, kind) => (kind === 'directory' ? folders : files) && globs.takes(path, kind === 'directory')
  }
}

/**
 * Whether what is in a folder is no deeper than that many names.
 * @param {string} path with a slash at its end
 * @param {number} maxDepth
 */
function isAbove(path, maxDepth) {
  let depth = 0
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) depth += 1
  return depth < maxDepth
}

module.exports = { glob, globSync, matchPaths }
