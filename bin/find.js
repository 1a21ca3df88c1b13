'use strict'

const { readInput } = require('./input')
const sayLeftOut = require('./left-out')

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
  const end = nul ? '\0' : '\n'
  if (stdin) {
    if (root !== undefined) throw new Error('with --stdin no directory is searched')
    const found = tenon.files.findSync(query, { ...search, paths: standardInput(end) })
    write(tenon, found, end, json && { found })
    return
  }
  const { hidden, ignore, allowBroadRoot } = options
  const found = await tenon.files.find(query, { ...search, root: root ?? '.', hidden, ignore, allowBroadRoot })
  const { skipped, leftOut, truncated } = found
  write(tenon, found, end, json && { found, skipped, leftOut, truncated })
  sayLeftOut(skipped)
  if (truncated) {
    process.stderr.write('tenon: there are more files than can be listed; some were not searched\n')
    process.exitCode = 1
  }
}

/**
 * @param {typeof import('..')} tenon
 * @param {import('..').files.FoundPath[]} found
 * @param {string} end of each path
 * @param {object | undefined | false} asJson
 */
function write(tenon, found, end, asJson) {
  if (asJson) process.stdout.write(`${JSON.stringify(asJson, null, 2)}\n`)
  // As bytes: what reads the paths opens the files by them.
  else process.stdout.write(Buffer.concat(found.flatMap(({ path }) => [tenon.files.pathBytes(path), Buffer.from(end)])))
  if (found.length > 0) return
  process.stderr.write('tenon: nothing matches\n')
  process.exitCode = 1
}

/** The paths on standard input. @param {string} end of each */
function standardInput(end) {
  // A byte that is no UTF-8 comes out as it went in.
  const { fromByteString } = require('../lib/files/names')
  const lines = readInput('-').toString('latin1').split(end)
  return lines.filter((line) => line !== '').map(fromByteString)
}
