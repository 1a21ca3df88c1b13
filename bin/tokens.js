'use strict'

const fs = require('node:fs')
const path = require('node:path')
const sayLeftOut = require('./left-out')

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
      try {
        // Descriptor 0 is standard input.
        counts.push({ path: file, tokens: tenon.tokens.count(fs.readFileSync(file === '-' ? 0 : file), choice) })
      } catch (error) {
        // A file that was asked for by name is an error; one among many is not a reason to count none.
        if (file === given || !isOfFile(error)) throw error
        sayLeftOut([{ path: file, reason: Object(error).code }])
      }
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

/** Whether an error is about one file: it cannot be read, or is too long. @param {unknown} error */
function isOfFile(error) {
  const { code, syscall } = Object(error)
  return syscall !== undefined || code === 'ERR_FS_FILE_TOO_LARGE' || code === 'ERR_LIMIT'
}

/**
 * A file itself, or the files of a directory that git would not ignore.
 * @param {typeof import('..')} tenon
 * @param {string} given
 */
async function filesOf(tenon, given) {
  if (given === '-' || !fs.statSync(given).isDirectory()) return [given]
  const listed = await tenon.files.list(given)
  sayLeftOut(listed.skipped)
  if (listed.truncated) {
    process.stderr.write(`tenon: ${given} has more files than the ${listed.length} counted\n`)
    process.exitCode = 1
  }
  return listed.map((name) => path.join(given, name))
}
