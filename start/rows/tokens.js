'use strict'

const fs = require('node:fs')
const path = require('node:path')

/** A NUL this early makes a file binary, as git sees it. */
const BINARY_SNIFF_BYTES = 8000
/** A larger file is hardly source; it is left out and counted. */
const MAX_FILE_BYTES = 32 << 20

/** @type {import('./files').Row} */
module.exports = {
  name: 'tokens',

  async run({ tokens }, { directory, answers }, report) {
    const { paths } = answers.files
    /** @type {[path: string, count: number][]} */
    const counts = []
    const summary = { files: 0, bytes: 0, tokens: 0, binary: 0, tooLarge: 0 }
    let ms = 0
    // The first call loads the vocabulary; `npm run bench` measures that alone.
    tokens.count('')
    for (const [index, name] of paths.entries()) {
      const bytes = fs.readFileSync(path.join(directory, name))
      if (bytes.length > MAX_FILE_BYTES) summary.tooLarge++
      else if (bytes.subarray(0, BINARY_SNIFF_BYTES).includes(0)) summary.binary++
      else {
        const text = bytes.toString('utf8')
        const start = performance.now()
        const count = tokens.count(text)
        ms += performance.now() - start
        counts.push([name, count])
        summary.files++
        summary.bytes += bytes.length
        summary.tokens += count
      }
      report(index + 1, paths.length)
    }
    return { answer: counts, summary, ms }
  },

  compare(/** @type {[string, number][]} */ native, /** @type {[string, number][]} */ fallback) {
    const at = native.findIndex(([name, count], index) => name !== fallback[index]?.[0] || count !== fallback[index][1])
    if (at >= 0) return `${native[at][0]}: native ${native[at][1]} tokens, fallback ${fallback[at]?.[1]}`
    return native.length === fallback.length
      ? undefined
      : `native counted ${native.length} files, fallback ${fallback.length}`
  }
}
