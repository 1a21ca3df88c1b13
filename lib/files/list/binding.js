'use strict'

// The addon's functions of listing, shaped as the fallback's.

const { cancellable } = require('../../cancellation')
const { fromNative, ioError } = require('../../errors')
const { toNative } = require('../names')

/** @typedef {import('./fallback').Options} Options */
/** @typedef {import('./fallback').Listing} Listing */

const SYMLINKS = Object.freeze({ leaveOut: 0, take: 1, follow: 2 })
/** @type {Record<string, import('../walk').Kind>} */
const KINDS = Object.freeze({ f: 'file', d: 'directory', l: 'symlink', o: 'other' })

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
  },

  /** @param {string} root @param {import('./fallback').WalkOptions} options @returns {import('./walk').Steps} */
  openWalk(root, options) {
    const symlinks = SYMLINKS[options.symlinks]
    const walk = new addon.FilesWalk(toNative(root), { ...options, symlinks })
    return {
      async next(most, signal) {
        try {
          return unpackBatch(
            await cancellable(addon.Cancellation, signal, (cancellation) => walk.next(most, cancellation))
          )
        } catch (thrown) {
          throw named(thrown, root)
        }
      },
      close: () => walk.close()
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
 * @param {import('../../addon').FilesBatch} packed
 * @returns {import('./walk').Batch}
 */
function unpackBatch({ paths, kinds, stats, skipped, leftOut }) {
  const entries =
    kinds === ''
      ? []
      : paths.split('\0').map((path, index) => {
          const entry = { path, kind: KINDS[kinds[index]] }
          const size = stats[2 * index]
          // Where it was not asked for, or the system did not say.
          return size >= 0 ? { ...entry, size, mtimeMs: stats[2 * index + 1] } : entry
        })
  return { entries, skipped: unpackSkipped(skipped), leftOut: unpackCounts(leftOut) }
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

module.exports = { binding, named, unpack, unpackCounts, unpackSkipped }
