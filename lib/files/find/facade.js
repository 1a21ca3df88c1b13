'use strict'

const { checkInteger, checkKeys, checkObject, checkSignal } = require('../../arguments')
const { TenonError, aborted, invalidArgument } = require('../../errors')
const feature = require('../feature')
const { checkListOptions, shape } = require('../list/facade')
const { PathSet } = require('./path-set')
const { MAX_QUERY_UNITS, MAX_TYPOS } = require('./query')

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1_000_000
/** V8's longest string, in which the paths cross. */
const MAX_PACKED_UNITS = 2 ** 29 - 24

const run = feature.async('find')
const runBelow = feature.async('findBelow')
const runSync = feature.sync('findSync')
const runPrepare = feature.sync('preparePaths')

const SEARCH_OPTIONS = ['limit', 'typos', 'ignoreCase']
const ROOT_OPTIONS = ['hidden', 'ignore', 'maxFiles', 'allowBroadRoot']
/** @type {Map<unknown, import('./query').LetterCase>} */
const LETTER_CASES = new Map().set('smart', 'smart').set(true, 'ignore').set(false, 'respect')

/**
 * @param {string} query
 * @param {any} options
 * @returns {Promise<any>}
 */
async function find(query, options) {
  const settings = checkSearch(query, options, ['root', 'paths', ...SEARCH_OPTIONS, ...ROOT_OPTIONS, 'signal'])
  const { root, paths, signal } = options
  if ((root === undefined) === (paths === undefined)) {
    const message = 'either options.root or options.paths must be given'
    throw new TenonError('ERR_INVALID_ARG', message, { argument: 'options' })
  }
  if (signal !== undefined) checkSignal('options.signal', signal)
  /** @type {() => Promise<any>} */
  let start
  if (paths !== undefined) {
    const unusable = ROOT_OPTIONS.find((name) => Object.hasOwn(options, name))
    if (unusable)
      throw new TenonError('ERR_INVALID_ARG', `options.${unusable} needs options.root`, {
        argument: `options.${unusable}`
      })
    // The caller may change an array before the answer is there.
    const material = materialOf('options.paths', Array.isArray(paths) ? paths.slice() : paths)
    start = PathSet.is(paths)
      ? () => PathSet.search(paths, (prepared) => run(query, prepared, settings, signal))
      : () => run(query, material, settings, signal)
  } else {
    const given = Object.entries(options).filter(([name]) => ROOT_OPTIONS.includes(name))
    const listing = checkListOptions(root, Object.fromEntries(given), ROOT_OPTIONS, 'options.root')
    start = () => runBelow(query, root, settings, listing, signal)
  }
  if (signal?.aborted) throw aborted(signal)
  let result
  try {
    result = await start()
  } catch (error) {
    throw signal?.aborted ? aborted(signal) : error
  }
  // Work that was faster than the signal is cancelled all the same, whichever engine did it.
  if (signal?.aborted) throw aborted(signal)
  return paths === undefined ? shape(result) : result
}

/** @type {typeof import('../../..').files.findSync} */
function findSync(query, options) {
  const settings = checkSearch(query, options, ['paths', ...SEARCH_OPTIONS])
  return runSync(query, materialOf('options.paths', options.paths), settings)
}

/** @type {typeof import('../../..').files.createPaths} */
function createPaths(paths) {
  const material = { paths: checkPaths('paths', paths).slice(), searches: 0 }
  runPrepare(material)
  return new PathSet(material)
}

/**
 * The options that every search has, with their defaults.
 * @param {unknown} query
 * @param {any} options
 * @param {string[]} known
 * @returns {import('./fallback').Settings}
 */
function checkSearch(query, options, known) {
  if (typeof query !== 'string') throw invalidArgument('query', 'a string', query)
  if (query.length > MAX_QUERY_UNITS) {
    const message = `the query has more than ${MAX_QUERY_UNITS} code units`
    throw new TenonError('ERR_LIMIT', message, { argument: 'query' })
  }
  checkObject('options', options)
  checkKeys(options, known)
  const { limit = DEFAULT_LIMIT, typos = 0, ignoreCase = 'smart' } = options
  checkInteger('options.limit', limit, 0, MAX_LIMIT)
  checkInteger('options.typos', typos, 0, MAX_TYPOS)
  const letterCase = LETTER_CASES.get(ignoreCase)
  if (letterCase === undefined) throw invalidArgument('options.ignoreCase', "true, false or 'smart'", ignoreCase)
  return { limit, typos, letterCase }
}

/**
 * @param {string} name
 * @param {unknown} paths
 * @returns {import('./path-set').Material}
 */
function materialOf(name, paths) {
  return PathSet.is(paths) ? PathSet.material(paths) : { paths: checkPaths(name, paths), searches: 0 }
}

/**
 * @param {string} name
 * @param {unknown} paths
 * @returns {readonly string[]}
 */
function checkPaths(name, paths) {
  if (!Array.isArray(paths)) throw invalidArgument(name, 'an array of strings or a path set', paths)
  let units = paths.length
  for (let index = 0; index < paths.length; index++) {
    const path = paths[index]
    if (typeof path !== 'string') throw invalidArgument(`${name}[${index}]`, 'a string', path)
    if (path.includes('\0')) throw invalidArgument(`${name}[${index}]`, 'a path without NUL', path)
    units += path.length
  }
  if (units > MAX_PACKED_UNITS) {
    const message = `${name} have more than ${MAX_PACKED_UNITS} code units together`
    throw new TenonError('ERR_LIMIT', message, { argument: name })
  }
  return paths
}

module.exports = { createPaths, find, findSync }
