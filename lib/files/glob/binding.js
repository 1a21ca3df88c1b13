'use strict'

// The addon's functions of globs, shaped as the fallback's.

const { cancellable } = require('../../cancellation')
const { toNative } = require('../names')
const { named, unpack } = require('../list/binding')

/** @typedef {import('./fallback').Options} Options */
/** @typedef {import('./fallback').MatchOptions} MatchOptions */

/** @param {import('../../native').Addon} addon @returns {import('../../engines').Engine} */
const binding = (addon) => ({
  /** @param {string[]} paths @param {string[]} patterns @param {MatchOptions} options */
  matchPaths: (paths, patterns, options) =>
    addon.filesMatchPaths(packed(paths), paths.length, packed(patterns), options),

  /** @param {string} cwd @param {string[]} patterns @param {Options} options */
  globSync(cwd, patterns, { exclude, ...options }) {
    try {
      return unpack(addon.filesGlobSync(toNative(cwd), packed(patterns), packed(exclude), options))
    } catch (thrown) {
      throw named(thrown, cwd)
    }
  },

  /** @param {string} cwd @param {string[]} patterns @param {Options} options @param {AbortSignal} [signal] */
  async glob(cwd, patterns, { exclude, ...options }, signal) {
    try {
      return unpack(
        await cancellable(addon.Cancellation, signal, (cancellation) =>
          addon.filesGlob(toNative(cwd), packed(patterns), packed(exclude), options, cancellation)
        )
      )
    } catch (thrown) {
      throw named(thrown, cwd)
    }
  }
})

/** Texts, none of which has a NUL, as one. @param {string[]} texts */
function packed(texts) {
  return toNative(texts.join('\0'))
}

module.exports = { binding }
