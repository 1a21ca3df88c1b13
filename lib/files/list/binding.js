'use strict'

// The addon's functions of listing, shaped as the fallback's.

const { cancellable } = require('../../cancellation')
const { fromNative, ioError } = require('../../errors')
const { toNative } = require('../names')

/** @typedef {import('./fallback').Options} Options */
/** @typedef {import('./fallback').Listing} Listing */

/** @param {import('../../native').Addon} addon @returns {import('../../engines').Engine} */
const binding = (addon) => ({
  /** @param {string} root @param {Options} options */
  listSync(root, options) {
    try {
      return unpack(addon.filesListSync(toNative(root), options))
    } catch (thrown) {
      throw named(thrown, root)
    }
  },

  /** @param {string} root @param {Options} options @param {AbortSignal} [signal] */
  async list(root, options, signal) {
    try {
      return unpack(
        await cancellable(addon.Cancellation, signal, (cancellation) =>
          addon.filesList(toNative(root), options, cancellation)
        )
      )
    } catch (thrown) {
      throw named(thrown, root)
    }
  }
})

/**
 * The error with the path as the caller gave it, which went there as bytes.
 * @param {unknown} thrown
 * @param {string} root
 */
function named(thrown, root) {
  const error = fromNative(thrown)
  return error.code === 'ERR_IO' ? ioError('read directory', root, { code: error.details.errno }) : error
}

/**
 * @param {import('../../addon').FilesListing} packed
 * @returns {Listing}
 */
function unpack({ paths, count, skipped, leftOut, truncated }) {
  return {
    paths: count === 0 ? [] : paths.split('\0'),
    skipped: unpackSkipped(skipped),
    leftOut: unpackCounts(leftOut),
    truncated
  }
}

/**
 * @param {string} packed path and reason in turn
 * @returns {import('../absences').Absence[]}
 */
function unpackSkipped(packed) {
  const fields = packed === '' ? [] : packed.split('\0')
  const reports = []
  for (let at = 0; at < fields.length; at += 2) reports.push({ path: fields[at], reason: fields[at + 1] })
  return reports
}

/**
 * @param {number[]} counts
 * @returns {import('../absences').Counts}
 */
function unpackCounts([ignored, hidden, symlinks, special, unreadable, nestedRepositories]) {
  return { ignored, hidden, symlinks, special, unreadable, nestedRepositories }
}

module.exports = { binding, named, unpackCounts, unpackSkipped }
