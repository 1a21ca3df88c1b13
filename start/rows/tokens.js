'use strict'

const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

/** A NUL this early makes a file binary, as git sees it. */
const BINARY_SNIFF_BYTES = 8000
/** A larger file is hardly source; it is left out and counted. */
const MAX_FILE_BYTES = 32 << 20

/** Of so many files one is also cut and split, in another encoding than the default. */
const FILES_A_SAMPLE = 8
/** @type {import('../..').tokens.Encoding} */
const SAMPLE_ENCODING = 'cl100k_base'
/** The fallback takes a while for long ones. */
const MAX_SAMPLE_BYTES = 1 << 16

/** @typedef {import('../left-out').LeftOut} LeftOut */
/** @typedef {[path: string, what: string, digest: string]} Detail what was found besides the count, short */
/** @typedef {{ counts: [path: string, tokens: number][], details: Detail[], leftOut: LeftOut[] }} Answer */

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

/** @param {import('node:crypto').BinaryLike} data */
const digest = (data) => createHash('sha256').update(data).digest('base64')

/**
 * What the other functions make of a text.
 * @param {typeof import('../..').tokens} tokens
 * @param {string} text
 * @param {number} count
 * @param {boolean} sampled
 * @returns {[what: string, digest: string][]}
 */
function detailsOf(tokens, text, count, sampled) {
  const ids = digest(tokens.encode(text))
  if (!sampled) return [['ids', ids]]
  const options = { encoding: SAMPLE_ENCODING }
  const maxTokens = Math.max(8, count >> 2)
  const { ids: otherIds, offsets } = tokens.encodeWithOffsets(text, options)
  const cut = tokens.truncate(text, maxTokens, { ...options, keep: 'both', marker: '…' })
  const parts = tokens.split(text, { ...options, maxTokens, overlapTokens: maxTokens >> 3 })
  return [
    ['ids', ids],
    [`ids of ${SAMPLE_ENCODING}`, digest(otherIds)],
    ['offsets', digest(offsets)],
    ['truncation', digest(JSON.stringify(cut))],
    ['parts', digest(JSON.stringify(parts))]
  ]
}

/** @type {import('./files').Row & { read: typeof read }} */
module.exports = {
  read,

  name: 'tokens',

  async run({ tokens }, { directory, answers }, report) {
    const { paths } = answers.files
    /** @type {Answer} */
    const answer = { counts: [], details: [], leftOut: [] }
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
        const sampled = index % FILES_A_SAMPLE === 0 && bytes.length <= MAX_SAMPLE_BYTES
        for (const [what, short] of detailsOf(tokens, text, count, sampled)) answer.details.push([name, what, short])
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
    // The same files were read, so the same was asked of each.
    const differing = native.details.find(([, , digest], at) => digest !== fallback.details[at][2])
    return differing && `${differing[0]}: native and fallback have other ${differing[1]}`
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
