'use strict'

const fs = require('node:fs')
const path = require('node:path')

/** A NUL this early makes a file binary, as git sees it. */
const BINARY_SNIFF_BYTES = 8000
/** A larger file is hardly source; it is left out and counted. */
const MAX_FILE_BYTES = 32 << 20

/** @typedef {import('../left-out').LeftOut} LeftOut */
/** @typedef {{ counts: [path: string, tokens: number][], leftOut: LeftOut[] }} Answer */

/**
 * A file's bytes, or why they are not counted.
 * @param {string} file
 * @returns {Buffer | Omit<LeftOut, 'path'>}
 */
function read(file) {
  try {
    // Before it is opened: a special file would block, and Node reads no file of more than 2 GiB.
    const stat = fs.statSync(file)
    if (!stat.isFile()) return { what: 'unreadable', why: 'no regular file any more' }
    if (stat.size > MAX_FILE_BYTES) return { what: 'too large' }
    const bytes = fs.readFileSync(file)
    return bytes.subarray(0, BINARY_SNIFF_BYTES).includes(0) ? { what: 'binary' } : bytes
  } catch (error) {
    const { code } = Object(error)
    if (code === undefined) throw error
    return { what: 'unreadable', why: code }
  }
}

/** @type {import('./files').Row & { read: typeof read }} */
module.exports = {
  read,

  name: 'tokens',

  async run({ tokens }, { directory, answers }, report) {
    const { paths } = answers.files
    /** @type {Answer} */
    const answer = { counts: [], leftOut: [] }
    const summary = { files: 0, bytes: 0, tokens: 0 }
    let ms = 0
    // The first call loads the vocabulary; `npm run bench` measures that alone.
    tokens.count('')
    for (const [index, name] of paths.entries()) {
      const bytes = read(path.join(directory, name))
      if (!Buffer.isBuffer(bytes)) answer.leftOut.push({ ...bytes, path: name })
      else {
        const text = bytes.toString('utf8')
        const start = performance.now()
        const count = tokens.count(text)
        ms += performance.now() - start
        answer.counts.push([name, count])
        summary.files++
        summary.bytes += bytes.length
        summary.tokens += count
      }
      report(index + 1, paths.length)
    }
    return { answer, summary, leftOut: answer.leftOut, ms }
  },

  compare(/** @type {Answer} */ native, /** @type {Answer} */ fallback) {
    const [byNative, byFallback] = [native, fallback].map(outcomes)
    for (const [name, outcome] of byNative) {
      if (outcome !== byFallback.get(name))
        return `${name}: native ${outcome}, fallback ${byFallback.get(name) ?? 'nothing'}`
    }
    for (const [name, outcome] of byFallback) {
      if (!byNative.has(name)) return `${name}: native nothing, fallback ${outcome}`
    }
    return undefined
  }
}

/** What became of each file, in words. @param {Answer} answer */
function outcomes({ counts, leftOut }) {
  return new Map([
    ...counts.map(([name, count]) => /** @type {const} */ ([name, `${count} tokens`])),
    ...leftOut.map(
      ({ path: name, what, why }) => /** @type {const} */ ([name, why === undefined ? what : `${what} (${why})`])
    )
  ])
}
