'use strict'

const { fromByteString, pathBytes } = require('../lib/files/names')
const { readInput } = require('./input')

/** The paths on standard input; a byte that is no UTF-8 goes out as it came in. @param {boolean | undefined} nul ends each */
function readPaths(nul) {
  const lines = readInput('-')
    .toString('latin1')
    .split(nul ? '\0' : '\n')
  return lines.filter((line) => line !== '').map(fromByteString)
}

/**
 * Prints paths, or lines with paths in them, as bytes: what reads them opens the files by them.
 * @param {readonly string[]} paths
 * @param {boolean | undefined} nul ends each
 */
function writePaths(paths, nul) {
  const end = nul ? '\0' : '\n'
  process.stdout.write(Buffer.concat(paths.map((path) => pathBytes(path + end))))
  if (nul) return
  const count = paths.filter((path) => path.includes('\n')).length
  if (count === 0) return
  const are = count === 1 ? 'path has' : 'paths have'
  process.stderr.write(`tenon: ${count} ${are} a newline within; with --null they can be told apart\n`)
}

module.exports = { readPaths, writePaths }
