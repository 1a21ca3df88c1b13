'use strict'

// The addon's functions of listing, shaped as the fallback's.

const { cancellable } = require('../../cancellation')

/** @typedef {import('./fallback').Options} Options */
/** @typedef {import('./fallback').Listing} Listing */

/** @param {import('../../native').Addon} addon @returns {import('../../engines').Engine} */
const binding = (addon) => ({
  /** @param {string} root @param {Options} options */
  listSync: (root, options) => unpack(addon.filesListSync(root, options)),

  /** @param {string} root @param {Options} options @param {AbortSignal} [signal] */
  list: async (root, options, signal) =>
    unpack(
      await cancellable(addon.Cancellation, signal, (cancellation) => addon.filesList(root, options, cancellation))
    )
})

/**
 * @param {{ paths: string, count: number, skipped: string, truncated: boolean }} packed
 * @returns {Listing}
 */
function unpack({ paths, count, skipped, truncated }) {
  return { paths: count === 0 ? [] : paths.split('\0'), skipped: unpackSkipped(skipped), truncated }
}

/** @param {string} skipped path and reason in turn, joined by NUL */
function unpackSkipped(skipped) {
  const fields = skipped === '' ? [] : skipped.split('\0')
  const reports = []
  for (let at = 0; at < fields.length; at += 2) reports.push({ path: fields[at], reason: fields[at + 1] })
  return reports
}

module.exports = { binding, unpackSkipped }
