'use strict'

const { checkBoolean, checkInteger, checkKeys, checkObject, checkPath, checkSignal } = require('../../arguments')
const { gitEnvironment } = require('../../environment')
const { aborted, invalidArgument } = require('../../errors')
const feature = require('../feature')
const { Handle } = require('../handle')
const names = require('../names')
const { checkRoot } = require('../root')
const { Walk } = require('./walk')

/** @typedef {import('./fallback').Listing} Listing */

/** Where the caller sets no limit: more files than any tree meant to be listed has. */
const DEFAULT_MAX_FILES = 1_000_000
const MAX_FILES = 2 ** 32 - 1
/** Some milliseconds of work. */
const DEFAULT_BATCH_SIZE = 1000
const MAX_BATCH_SIZE = 100_000
const LIST_OPTIONS = ['hidden', 'ignore', 'maxFiles', 'allowBroadRoot']
const WALK_OPTIONS = ['hidden', 'ignore', 'directories', 'symlinks', 'special', 'stat', 'batchSize', 'allowBroadRoot']
const SYMLINKS = Object.freeze({ skip: 'leaveOut', list: 'take', follow: 'follow' })

const runList = feature.async('list')
const runListSync = feature.sync('listSync')
const runOpenWalk = feature.sync('openWalk')

/** @type {typeof import('../../..').files.list} */
async function list(root, options) {
  const { signal, ...engineOptions } = checkListOptions(root, options, [...LIST_OPTIONS, 'signal'])
  if (signal?.aborted) throw aborted(signal)
  let listing
  try {
    listing = await runList(root, engineOptions, signal)
  } catch (error) {
    throw signal?.aborted ? aborted(signal) : error
  }
  // Work that was faster than the signal is cancelled all the same, whichever engine did it.
  if (signal?.aborted) throw aborted(signal)
  return shape(listing)
}

/** @type {typeof import('../../..').files.listSync} */
function listSync(root, options) {
  return shape(runListSync(root, checkListOptions(root, options, LIST_OPTIONS)))
}

/** @type {typeof import('../../..').files.walk} */
function walk(root, options = {}) {
  checkObject('options', options)
  checkKeys(options, [...WALK_OPTIONS, 'signal'])
  const { hidden = true, ignore = true, directories = false, special = false, stat = false } = options
  const { symlinks = 'skip', batchSize = DEFAULT_BATCH_SIZE, allowBroadRoot = false, signal } = options
  checkRoot('root', root, allowBroadRoot)
  for (const [name, value] of Object.entries({ hidden, ignore, directories, special, stat })) {
    checkBoolean(`options.${name}`, value)
  }
  if (!Object.hasOwn(SYMLINKS, symlinks)) {
    throw invalidArgument('options.symlinks', `one of ${Object.keys(SYMLINKS).join(', ')}`, symlinks)
  }
  checkInteger('options.batchSize', batchSize, 1, MAX_BATCH_SIZE)
  if (signal !== undefined) checkSignal('options.signal', signal)
  const environment = gitEnvironment()
  const engineOptions = { hidden, ignore, directories, symlinks: SYMLINKS[symlinks], special, stat, environment }
  return new Walk(Handle.engine(runOpenWalk(root, engineOptions)), batchSize, signal)
}

/** @type {typeof import('../../..').files.pathBytes} */
function pathBytes(path) {
  checkPath('path', path)
  return names.pathBytes(path)
}

/**
 * The options with their defaults, and what git reads from the environment.
 * @param {unknown} root
 * @param {import('../../..').files.ListOptions | undefined} options
 * @param {string[]} known
 * @param {string} [name] of the root
 */
function checkListOptions(root, options = {}, known, name = 'root') {
  checkObject('options', options)
  checkKeys(options, known)
  const { hidden = true, ignore = true, maxFiles = DEFAULT_MAX_FILES, allowBroadRoot = false, signal } = options
  checkRoot(name, root, allowBroadRoot)
  checkBoolean('options.hidden', hidden)
  checkBoolean('options.ignore', ignore)
  checkInteger('options.maxFiles', maxFiles, 0, MAX_FILES)
  if (signal !== undefined) checkSignal('options.signal', signal)
  return { hidden, ignore, maxFiles, environment: gitEnvironment(), ...(signal && { signal }) }
}

/**
 * The paths as an array that also tells what was left out.
 * @param {Listing} listing
 * @returns {import('../../..').files.Listing}
 */
function shape({ paths, skipped, leftOut, truncated }) {
  const listed = Object.defineProperties(paths, {
    skipped: { value: skipped },
    leftOut: { value: leftOut },
    truncated: { value: truncated }
  })
  return /** @type {import('../../..').files.Listing} */ (listed)
}

module.exports = { checkListOptions, list, listSync, pathBytes, shape, walk }
