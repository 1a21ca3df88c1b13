'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { checkBoolean, checkPath } = require('../arguments')
const { TenonError, describe } = require('../errors')
const { isAbsence } = require('../ignore/io')
const { fromByteString, pathBytes } = require('./names')

/**
 * Checks a root, and that a very large one is meant: the root of a file system or the home directory, which an empty
 * variable or a process started in the wrong place brings about.
 * @param {string} name of the argument
 * @param {unknown} root
 * @param {unknown} allowBroadRoot
 */
function checkRoot(name, root, allowBroadRoot) {
  checkPath(name, root)
  checkBoolean('options.allowBroadRoot', allowBroadRoot)
  if (allowBroadRoot || root === '') return
  const given = path.resolve(/** @type {string} */ (root))
  const broad = broadRoot(given) ?? broadRoot(real(given))
  if (broad === undefined) return
  const message = `${name} ${describe(root)} is ${broad}; options.allowBroadRoot must be true for it`
  throw new TenonError('ERR_INVALID_ARG', message, { argument: name })
}

/** @param {string | undefined} given absolute */
function broadRoot(given) {
  if (given === undefined) return undefined
  if (path.parse(given).root === given) return 'the root of a file system'
  const home = homeDirectory()
  const isHome = home !== undefined && (given === home || given === real(home))
  return isHome ? 'the home directory' : undefined
}

function homeDirectory() {
  try {
    return path.resolve(os.homedir())
  } catch (error) {
    // A user that the system does not know has none.
    if (Object(error).syscall === 'uv_os_homedir') return undefined
    throw error
  }
}

/**
 * The path with links followed; undefined where there is no such thing, which the engine reports.
 * @param {string} given
 */
function real(given) {
  try {
    return fromByteString(fs.realpathSync.native(/** @type {any} */ (pathBytes(given)), { encoding: 'latin1' }))
  } catch (error) {
    if (isAbsence(error) || Object(error).syscall !== undefined) return undefined
    throw error
  }
}

module.exports = { checkRoot }
