'use strict'

/**
 * Paths of a tree: byte strings relative to its root, with `/` between names; a slash at the end says directory.
 *
 * @typedef {boolean | undefined} Kind whether a path is a directory; `undefined` where nobody said
 */

/** As long as paths of Windows get: what one path costs is bounded by its length and its depth. */
const MAX_PATH_BYTES = 32 * 1024

/** Thrown for a path that is not below the root in plain words: with an empty name, `.` or `..` in it, or too long. */
class NotBelow extends Error {
  constructor() {
    super('the path does not lead below the root')
  }
}

/**
 * A path without the slash at its end, and what that says.
 * @param {string} path
 * @param {Kind} isDirectory
 * @returns {[path: string, isDirectory: Kind]}
 */
function splitSlash(path, isDirectory) {
  return path.endsWith('/') ? [path.slice(0, -1), true] : [path, isDirectory]
}

/** The folder of a path, with its slash; empty for the top. @param {string} path */
function folderOf(path) {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

/** @param {string} path */
function checkPath(path) {
  if (path.length > MAX_PATH_BYTES || (path !== '' && /(?:^|\/)\.{0,2}(?:\/|$)/.test(path))) throw new NotBelow()
}

module.exports = { NotBelow, checkPath, folderOf, splitSlash }
