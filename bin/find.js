'use strict'

const sayLeftOut = require('./left-out')
const { readPaths, writePaths } = require('./paths')

/**
 * @typedef {object} Options
 * @property {number} [limit]
 * @property {number} typos
 * @property {boolean} [ignoreCase]
 * @property {boolean} [caseSensitive]
 * @property {boolean} hidden
 * @property {boolean} ignore
 * @property {boolean} [allowBroadRoot]
 * @property {boolean} [stdin]
 * @property {boolean} [null]
 * @property {boolean} [json]
 */

/**
 * The paths that match best, the best first. Exit code 1 where none does.
 * @param {typeof import('..')} tenon
 * @param {string} query
 * @param {string | undefined} root
 * @param {Options} options
 */
module.exports = async function find(tenon, query, root, options) {
  const { limit, typos, ignoreCase, caseSensitive, stdin, null: nul, json } = options
  const search = {
    typos,
    ignoreCase: ignoreCase || (caseSensitive ? false : /** @type {const} */ ('smart')),
    ...(limit && { limit })
  }
  if (stdin) {
    if (root !== undefined) throw new Error('with --stdin no directory is searched')
    const found = tenon.files.findSync(query, { ...search, paths: readPaths(nul) })
    write(found, nul, json && { found })
    return
  }
  const { hidden, ignore, allowBroadRoot } = options
  const found = await tenon.files.find(query, { ...search, root: root ?? '.', hidden, ignore, allowBroadRoot })
  const { skipped, leftOut, truncated } = found
  write(found, nul, json && { found, skipped, leftOut, truncated })
  sayLeftOut(skipped)
  if (truncated) {
    process.stderr.write('tenon: there are more files than can be listed; some were not searched\n')
    process.exitCode = 1
  }
}

/**
 * @param {import('..').files.FoundPath[]} found
 * @param {boolean | undefined} nul ends each path
 * @param {object | undefined | false} asJson
 */
function write(found, nul, asJson) {
  if (asJson) process.stdout.write(`${JSON.stringify(asJson, null, 2)}\n`)
  else {
    writePaths(
      found.map(({ path }) => path),
      nul
    )
  }
  if (found.length > 0) return
  process.stderr.write('tenon: nothing matches\n')
  process.exitCode = 1
}
