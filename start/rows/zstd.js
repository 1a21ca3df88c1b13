'use strict'

const { createHash } = require('node:crypto')
const path = require('node:path')
const { load } = require('../../lib/native')
const { read } = require('./tokens')

/** @typedef {{ contents: [path: string, outcome: string][], compresses: boolean }} Answer */

const LEVEL = 3
const MAX_BLOCK_BYTES = 128 << 10

/** @type {import('./files').Row} */
module.exports = {
  name: 'zstd',

  async run({ zstd }, { directory, answers }, report) {
    const { paths } = answers.files
    // Where the fallback cannot compress, neither is asked to, or the times would not be of the same work.
    const compresses = 'zstdCompressSync' in require('node:zlib')
    /** @type {Answer} */
    const answer = { contents: [], compresses }
    const summary = { files: 0, bytes: 0 }
    const { addon } = load()
    // The first call loads the engine, and is made where there is no file.
    zstd.decompress(stored(Buffer.from('a')))
    let ms = 0
    for (const [index, name] of paths.entries()) {
      const bytes = read(path.join(directory, name))
      // What is no text is left out here as in the row of tokens, which says so.
      if (Buffer.isBuffer(bytes)) {
        const given = compresses ? undefined : (addon?.zstdCompress(bytes, LEVEL, 1) ?? stored(bytes))
        const start = performance.now()
        const frame = compresses ? zstd.compress(bytes, { checksum: true }) : undefined
        const content = zstd.decompress(given ?? frame)
        ms += performance.now() - start
        const whole = Buffer.compare(content, bytes) === 0
        const digest = frame && createHash('sha256').update(frame).digest('hex')
        answer.contents.push([name, `${whole ? 'whole' : 'CHANGED'}, frame ${digest ?? 'not made'}`])
        summary.files++
        summary.bytes += bytes.length
      }
      report(index + 1, paths.length)
    }
    return { answer, summary, leftOut: [], ms }
  },

  compare(/** @type {Answer} */ native, /** @type {Answer} */ fallback) {
    const both = native.compresses && fallback.compresses
    const comparable = (/** @type {string} */ outcome) => (both ? outcome : outcome.split(',')[0])
    const byFallback = new Map(fallback.contents)
    for (const [name, outcome] of native.contents) {
      const other = byFallback.get(name)
      if (!outcome.startsWith('whole') || other === undefined || comparable(other) !== comparable(outcome))
        return `${name}: native ${outcome}, fallback ${other ?? 'nothing'}`
    }
    return native.contents.length === fallback.contents.length ? undefined : 'another number of files'
  }
}

/** A frame that compresses nothing, for where nobody can. @param {Buffer} bytes */
function stored(bytes) {
  const header = Buffer.from('28b52ffda000000000', 'hex')
  header.writeUInt32LE(bytes.length, 5)
  /** @type {Buffer[]} */
  const parts = [header]
  for (let at = 0; at === 0 || at < bytes.length; at += MAX_BLOCK_BYTES) {
    const block = bytes.subarray(at, at + MAX_BLOCK_BYTES)
    const last = at + MAX_BLOCK_BYTES >= bytes.length
    const start = Buffer.alloc(3)
    start.writeUIntLE((block.length << 3) | Number(last), 0, 3)
    parts.push(start, block)
  }
  return Buffer.concat(parts)
}
