'use strict'

const { readSettings } = require('./config')
const { foldCase, join, reasonOf } = require('./io')
const { readRules, withRules } = require('./rules')
const { NOTHING_TRACKED, isGitlink, isTracked, readTracked, tracksBelow } = require('./tracked')

/**
 * What holds everywhere in a repository, or in the tree that stands for one.
 *
 * @typedef {object} Territory
 * @property {import('./repository').Repository | undefined} repository
 * @property {boolean} ignoreCase
 * @property {string} prefix the tree's root relative to the top, with a slash at its end
 * @property {number} stripBytes the bytes of a path relative to the tree's root that lead to the top
 * @property {import('./tracked').Tracked} tracked
 *
 * @typedef {(path: string, reason: string) => void} Report
 */

/**
 * A territory and the rules in force everywhere in it: `info/exclude` over `core.excludesFile`.
 * @param {import('./repository').Repository | undefined} repository
 * @param {string} top
 * @param {string} prefix
 * @param {number} stripBytes
 * @param {import('./tree').Options} options
 * @param {Report} report
 * @returns {import('./io').Work<{ territory: Territory, rules: import('./rules').RuleStack | undefined }>}
 */
function* openTerritory(repository, top, prefix, stripBytes, options, report) {
  const settings = yield* readSettings(repository, top, options.environment, report)
  const ignoreCase = options.ignoreCase ?? settings.ignoreCase
  const exclude = repository === undefined ? undefined : join(repository.commonDir, 'info/exclude')
  /** @type {import('./rules').RuleStack | undefined} */
  let rules
  for (const file of [settings.excludesFile, exclude]) {
    if (file !== undefined) rules = withRules(rules, yield* readRules(file, ignoreCase, report), file, 0)
  }
  let tracked = NOTHING_TRACKED
  if (repository !== undefined && options.tracked) {
    const index = join(repository.gitDir, 'index')
    try {
      tracked = yield* readTracked(index, settings.hashBytes, ignoreCase)
    } catch (error) {
      report(index, reasonOf(error))
    }
  }
  return { territory: { repository, ignoreCase, prefix, stripBytes, tracked }, rules }
}

/** A path relative to the tree's root, relative to the top. @param {Territory} territory @param {string} path */
function pathFromTop({ prefix, stripBytes }, path) {
  return prefix + path.slice(stripBytes)
}

/**
 * Whether a path that rules exclude, relative to the top, is tracked or holds what is.
 * @param {Territory} territory
 * @param {string} path
 * @param {boolean} isDirectory
 */
function tracks({ tracked }, path, isDirectory) {
  // The root's own path comes with its slash.
  if (path.endsWith('/')) return tracksIn(tracked, path.slice(0, -1))
  return isDirectory ? isGitlink(tracked, path) || tracksIn(tracked, path) : isTracked(tracked, path)
}

/** Whether something in a folder is tracked, a submodule included. @param {import('./tracked').Tracked} tracked @param {string} folder */
function tracksIn(tracked, folder) {
  const start = folder === '' ? '' : `${folder}/`
  if (tracked.paths.length > 0 && tracksBelow(tracked, start)) return true
  const wanted = tracked.fold ? foldCase(start) : start
  for (const gitlink of tracked.gitlinks) if (gitlink.startsWith(wanted)) return true
  return false
}

/** Whether a name is that of git's own folder. @param {Territory} territory @param {string} name */
function isGitName({ ignoreCase }, name) {
  return (ignoreCase ? foldCase(name) : name) === '.git'
}

module.exports = { isGitName, openTerritory, pathFromTop, tracks, tracksIn }
