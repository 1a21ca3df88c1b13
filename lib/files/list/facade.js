'use strict'

const { checkBoolean, checkInteger, checkKeys, checkObject, checkPath, checkSignal } = require('../../arguments')
const { aborted } = require('../../errors')
const feature = require('../feature')

/** @typedef {import('./fallback').Listing} Listing */

/** Where the caller sets no limit: more files than any tree meant to be listed has. */
const DEFAULT_MAX_FILES = 1_000_000
const MAX_FILES = 2 ** 32 - 1

const runList = feature.async('list')
const runListSync = feature.sync('listSync')

/** @type {typeof import('../../..').files.list} */
async function list(root, options) {
  const { signal, ...engineOptions } = checkOptions(root, options, ['hidden', 'ignore', 'maxFiles', 'signal'])
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
  return shape(runListSync(root, checkOptions(root, options, ['hidden', 'ignore', 'maxFiles'])))
}

/**
 * The options with their defaults, and what git reads from the environment.
 * @param {unknown} root
 * @param {{ hidden?: boolean, ignore?: boolean, maxFiles?: number, signal?: AbortSignal }} options
 * @param {string[]} known
 */
function checkOptions(root, options = {}, known) {
  checkPath('root', root)
  checkObject('options', options)
  checkKeys(options, known)
  const { hidden = true, ignore = true, maxFiles = DEFAULT_MAX_FILES, signal } = options
  checkBoolean('options.hidden', hidden)
  checkBoolean('options.ignore', ignore)
  checkInteger('options.maxFiles', maxFiles, 0, MAX_FILES)
  if (signal !== undefined) checkSignal('options.signal', signal)
  const { HOME, USERPROFILE, XDG_CONFIG_HOME, GIT_CONFIG_GLOBAL, GIT_CONFIG_SYSTEM, GIT_CONFIG_NOSYSTEM } = process.env
  const environment = {
    home: HOME ?? (process.platform === 'win32' ? USERPROFILE : undefined),
    xdgConfigHome: XDG_CONFIG_HOME,
    gitConfigGlobal: GIT_CONFIG_GLOBAL,
    gitConfigSystem: GIT_CONFIG_SYSTEM,
    gitConfigNosystem: GIT_CONFIG_NOSYSTEM
  }
  return { hidden, ignore, maxFiles, environment, ...(signal && { signal }) }
}

/**
 * The paths as an array that also tells what was left out.
 * @param {Listing} listing
 * @returns {import('../../..').files.Listing}
 */
function shape({ paths, skipped, truncated }) {
  const listed = Object.defineProperties(paths, { skipped: { value: skipped }, truncated: { value: truncated } })
  return /** @type {import('../../..').files.Listing} */ (listed)
}

module.exports = { checkOptions, list, listSync }
