'use strict'

const fs = require('node:fs')
const path = require('node:path')

/**
 * @param {typeof import('..')} tenon
 * @param {string[]} paths
 * @param {{ encoding?: import('..').tokens.Encoding, model?: string, json?: boolean }} options
 */
module.exports = async function tokens(tenon, paths, { encoding, model, json }) {
  const choice = { ...(encoding && { encoding }), ...(model && { model }) }
  const counts = []
  for (const given of paths.length > 0 ? paths : ['-']) {
    for (const file of await filesOf(tenon, given)) {
      // Descriptor 0 is standard input.
      counts.push({ path: file, tokens: tenon.tokens.count(fs.readFileSync(file === '-' ? 0 : file), choice) })
    }
  }
  if (json) {
    console.log(JSON.stringify(counts, null, 2))
    return
  }
  const total = counts.reduce((sum, { tokens }) => sum + tokens, 0)
  const width = String(total).length
  for (const { path, tokens } of counts) console.log(`${String(tokens).padStart(width)} ${path}`)
  if (counts.length !== 1) console.log(`${total} total`)
}

/**
 * A file itself, or the files of a directory that git would not ignore.
 * @param {typeof import('..')} tenon
 * @param {string} given
 */
async function filesOf(tenon, given) {
  if (given === '-' || !fs.statSync(given).isDirectory()) return [given]
  const listed = await tenon.files.list(given)
  for (const { path, reason } of listed.skipped) process.stderr.write(`tenon: skipped ${path}: ${reason}\n`)
  if (listed.truncated) {
    process.stderr.write(`tenon: ${given} has more files than the ${listed.length} counted\n`)
    process.exitCode = 1
  }
  return listed.map((name) => path.join(given, name))
}
