'use strict'

const sayLeftOut = require('./left-out')
const { writePaths } = require('./paths')

/**
 * @typedef {object} Options
 * @property {string} cwd
 * @property {boolean} ignore
 * @property {string[]} exclude
 * @property {boolean} [dot]
 * @property {boolean} [directories]
 * @property {boolean} [follow]
 * @property {boolean} [ignoreCase]
 * @property {boolean} [absolute]
 * @property {number} [maxResults]
 * @property {number} [maxDepth]
 * @property {boolean} [allowBroadRoot]
 * @property {boolean} [null]
 * @property {boolean} [json]
 */

/**
 * @param {typeof import('..')} tenon
 * @param {string[]} patterns
 * @param {Options} options
 */
module.exports = async function glob(tenon, patterns, options) {
  const { cwd, ignore, exclude, dot = false, directories = false, follow = false, ignoreCase = false } = options
  const { absolute = false, maxResults, maxDepth, allowBroadRoot = false, json } = options
  // Rules that are off leave the patterns to leave out, which `ignore` can then not say.
  const wanted = ignore ? patterns : [...patterns, ...exclude.map((pattern) => `!${pattern}`)]
  const paths = await tenon.files.glob(wanted, {
    cwd,
    ignore: ignore ? exclude : false,
    dot,
    onlyDirectories: directories,
    followSymlinks: follow,
    caseSensitive: !ignoreCase,
    absolute,
    allowBroadRoot,
    ...(maxResults && { maxResults }),
    ...(maxDepth && { maxDepth })
  })
  const { skipped, truncated, leftOut } = paths
  if (json) process.stdout.write(`${JSON.stringify({ paths, skipped, truncated }, null, 2)}\n`)
  else writePaths(paths, options.null)
  sayLeftOut(skipped)
  if (truncated) {
    process.stderr.write(`tenon: there are more than ${paths.length} that match; --max-results cut the list short\n`)
    process.exitCode = 1
  } else if (paths.length === 0) {
    const ignored = leftOut.ignored > 0 ? `; ${leftOut.ignored} ignored that could have` : ''
    process.stderr.write(`tenon: nothing matches${ignored}\n`)
    process.exitCode = 1
  }
}
