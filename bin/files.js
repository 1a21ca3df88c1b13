'use strict'

const sayLeftOut = require('./left-out')
const { writePaths } = require('./paths')

/**
 * @param {typeof import('..')} tenon
 * @param {string} root
 * @param {{ hidden: boolean, ignore: boolean, maxFiles?: number, allowBroadRoot?: boolean, null?: boolean, json?: boolean }} options
 */
module.exports = async function files(tenon, root, { hidden, ignore, maxFiles, allowBroadRoot, null: nul, json }) {
  const paths = await tenon.files.list(root, { hidden, ignore, allowBroadRoot, ...(maxFiles && { maxFiles }) })
  const { skipped, leftOut, truncated } = paths
  if (json) process.stdout.write(`${JSON.stringify({ paths, skipped, leftOut, truncated }, null, 2)}\n`)
  else writePaths(paths, nul)
  sayLeftOut(skipped)
  if (truncated) {
    process.stderr.write(`tenon: there are more than ${paths.length} files; --max-files cut the list short\n`)
    process.exitCode = 1
  }
}
