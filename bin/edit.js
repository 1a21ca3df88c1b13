'use strict'

const { readInput } = require('./input')
const { Tree } = require('./tree')

/**
 * Applies what a model wrote to the files it names: to all of them, or to none.
 * @param {typeof import('..')} tenon
 * @param {string} file
 * @param {{ directory: string, file?: string, fuzzy: boolean, check?: boolean, json?: boolean }} options
 */
module.exports = function edit({ diff }, file, { directory, file: only, fuzzy, check, json }) {
  const parsed = diff.parseEdits(readInput(file))
  const tree = new Tree(directory)
  /** @type {Map<string, Buffer | null>} */
  const sources = new Map()
  for (const { path, newPath } of parsed.files) {
    for (const name of [path ?? only, newPath]) {
      if (name !== undefined) sources.set(name, tree.read(name))
    }
  }
  if (only !== undefined) sources.set(only, tree.read(only))
  const { files } = diff.applyEdits(sources, parsed, fuzzy ? {} : { fuzzy: false })
  for (const { path, newPath, operation, text } of files) {
    const name = /** @type {string} */ (path ?? only)
    if (operation === 'delete' || operation === 'move') tree.remove(name)
    if (text !== null) tree.write(newPath ?? name, Buffer.from(text), { like: name })
  }
  const changed = tree.changed()
  if (!check) tree.commit()
  if (json) {
    const reports = files.map((report) => ({ ...report, text: undefined }))
    process.stdout.write(`${JSON.stringify({ files: reports, changed }, null, 2)}\n`)
    return
  }
  for (const { path, newPath, operation, edits } of files) {
    process.stdout.write(`${operation} ${path ?? only}${newPath === undefined ? '' : ` to ${newPath}`}\n`)
    for (const { matchedWith, line } of edits) {
      if (matchedWith !== undefined && matchedWith !== 'exact') {
        process.stdout.write(`  line ${line}: found but for ${matchedWith}\n`)
      }
    }
  }
}
