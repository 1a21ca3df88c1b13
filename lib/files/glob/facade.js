'use strict'

const path = require('node:path')
const { checkBoolean, checkInteger, checkKeys, checkObject, checkPath, checkSignal } = require('../../arguments')
const { aborted, invalidArgument } = require('../../errors')
const { gitEnvironment } = require('../../environment')
const feature = require('../feature')
const { shape } = require('../list/facade')
const { checkRoot } = require('../root')
const { checkPatterns } = require('./patterns')

/** Where the caller sets no limit: more paths than any tree meant to be searched has. */
const DEFAULT_MAX_RESULTS = 1_000_000
const MAX = 2 ** 32 - 1
const OPTIONS = [
  'cwd',
  'ignore',
  'dot',
  'onlyFiles',
  'onlyDirectories',
  'followSymlinks',
  'caseSensitive',
  'absolute',
  'maxResults',
  'maxDepth',
  'allowBroadRoot'
]

const runGlob = feature.async('glob')
const runGlobSync = feature.sync('globSync')
const runMatchPaths = feature.sync('matchPaths')

/** @type {typeof import('../../..').files.glob} */
async function glob(patterns, options) {
  const { signal } = Object(options)
  const call = checkCall(patterns, options, [...OPTIONS, 'signal'])
  if (signal !== undefined) checkSignal('options.signal', signal)
  if (signal?.aborted) throw aborted(signal)
  let listing
  try {
    listing = await runGlob(call.cwd, call.patterns, call.options, signal)
  } catch (error) {
    throw signal?.aborted ? aborted(signal) : error
  }
  // Work that was faster than the signal is cancelled all the same, whichever engine did it.
  if (signal?.aborted) throw aborted(signal)
  return shapeGlob(listing, call)
}

/** @type {typeof import('../../..').files.globSync} */
function globSync(patterns, options) {
  const call = checkCall(patterns, options, OPTIONS)
  return shapeGlob(runGlobSync(call.cwd, call.patterns, call.options), call)
}

/** @type {typeof import('../../..').files.isMatch} */
function isMatch(given, patterns, options) {
  checkPath('path', given)
  return runMatchPaths([withoutDot(given)], ...checkMatch(patterns, options))[0] === 1
}

/** @type {typeof import('../../..').files.filterPaths} */
function filterPaths(paths, patterns, options) {
  if (!Array.isArray(paths)) throw invalidArgument('paths', 'an array of strings', paths)
  paths.forEach((given, index) => checkPath(`paths[${index}]`, given))
  const taken = runMatchPaths(paths.map(withoutDot), ...checkMatch(patterns, options))
  return paths.filter((_, index) => taken[index] === 1)
}

/**
 * @param {unknown} patterns
 * @param {import('../../..').files.GlobOptions} options
 * @param {string[]} known
 */
function checkCall(patterns, options = {}, known) {
  checkObject('options', options)
  checkKeys(options, known)
  const {
    cwd = '.',
    ignore = true,
    dot = false,
    onlyDirectories = false,
    onlyFiles = !onlyDirectories,
    followSymlinks = false,
    caseSensitive = true,
    absolute = false,
    maxResults = DEFAULT_MAX_RESULTS,
    maxDepth = MAX,
    allowBroadRoot = false
  } = options
  checkRoot('options.cwd', cwd, allowBroadRoot)
  const switches = { dot, onlyDirectories, onlyFiles, followSymlinks, caseSensitive, absolute }
  for (const [name, value] of Object.entries(switches)) checkBoolean(`options.${name}`, value)
  if (onlyFiles && onlyDirectories) {
    throw invalidArgument('options.onlyFiles', 'false where onlyDirectories is true', onlyFiles)
  }
  checkInteger('options.maxResults', maxResults, 0, MAX)
  checkInteger('options.maxDepth', maxDepth, 1, MAX)
  if (typeof ignore !== 'boolean' && !Array.isArray(ignore)) {
    throw invalidArgument('options.ignore', 'a boolean or an array of patterns', ignore)
  }
  const exclude = typeof ignore === 'boolean' ? [] : checkPatterns('options.ignore', ignore)
  return {
    cwd,
    absolute,
    patterns: checkSome(patterns),
    options: {
      exclude,
      ignore: ignore !== false,
      dot,
      caseSensitive,
      files: !onlyDirectories,
      folders: !onlyFiles,
      followSymlinks,
      maxResults,
      maxDepth,
      environment: gitEnvironment()
    }
  }
}

/**
 * @param {unknown} patterns
 * @param {import('../../..').files.MatchOptions} options
 * @returns {[string[], import('./fallback').MatchOptions]}
 */
function checkMatch(patterns, options = {}) {
  checkObject('options', options)
  checkKeys(options, ['dot', 'caseSensitive'])
  const { dot = false, caseSensitive = true } = options
  checkBoolean('options.dot', dot)
  checkBoolean('options.caseSensitive', caseSensitive)
  return [checkSome(patterns), { dot, caseSensitive }]
}

/** No pattern at all is a mistake rather than a wish for nothing. @param {unknown} value */
function checkSome(value) {
  const patterns = checkPatterns('patterns', value)
  if (patterns.length === 0) throw invalidArgument('patterns', 'at least one pattern', 'none')
  return patterns
}

/** @param {string} given */
function withoutDot(given) {
  return given.replace(/^(\.\/)+/, '')
}

/**
 * @param {import('./fallback').Listing} listing
 * @param {{ cwd: string, absolute: boolean }} call
 */
function shapeGlob(listing, { cwd, absolute }) {
  if (!absolute) return shape(listing)
  const root = path.resolve(cwd)
  const slashed = process.platform === 'win32' ? root.replaceAll('\\', '/') : root
  const start = slashed.endsWith('/') ? slashed : `${slashed}/`
  return shape({ ...listing, paths: listing.paths.map((below) => start + below) })
}

module.exports = { filterPaths, glob, globSync, isMatch }
