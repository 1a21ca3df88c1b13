'use strict'

const sayLeftOut = require('./left-out')

/**
 * @param {typeof import('..')} tenon
 * @param {string} root
 * @param {{ hidden: boolean, ignore: boolean, maxFiles?: number, null?: boolean, json?: boolean }} options
 */
module.exports = async function files(tenon, root, { hidden, ignore, maxFiles, null: nul, json }) {
  const paths = await tenon.files.list(root, { hidden, ignore, ...(maxFiles && { maxFiles }) })
  const { skipped, truncated } = paths
  if (json) process.stdout.write(`${JSON.stringify({ paths, skipped, truncated }, null, 2)}\n`)
  else {
    const end = nul ? '\0' : '\n'
    process.stdout.write(paths.map((path) => path + end).join(''))
  }
  sayLeftOut(skipped)
  if (truncated) {
    process.stderr.write(`tenon: there are more than ${paths.length} files; --max-files cut the list short\n`)
    process.exitCode = 1
  }
}
