'use strict'

// The addon's searches, shaped as the fallback's.

const { cancellable } = require('../../cancellation')
const { fromNative, ioError } = require('../../errors')
const { toNative } = require('../names')
const { KINDS, collect } = require('./result')

/** @typedef {import('./options').Query} Query */
/** @typedef {import('./result').Match} Match */
/** @typedef {import('../../addon').FilesGrepBatch} Batch */

/** @param {import('../../native').Addon} addon @returns {import('../../engines').Engine} */
const binding = (addon) => {
  /** @param {string} root @param {Query} query @returns {import('./result').Steps} */
  const openGrep = (root, query) => {
    const { places, globs, kinds, overlay, ignoreCase, ...options } = query
    const letterCase = ignoreCase === 'smart' ? 'smart' : ignoreCase ? 'insensitive' : 'sensitive'
    const search = new addon.FilesGrep(
      toNative(root),
      { ...options, letterCase },
      packed(places),
      packed(globs),
      packed(kinds),
      packed([...overlay.keys()]),
      [...overlay.values()]
    )
    return {
      async next({ matches, timeMs }, signal) {
        try {
          return unpack(
            await cancellable(addon.Cancellation, signal, (cancellation) => search.next(matches, timeMs, cancellation))
          )
        } catch (thrown) {
          throw named(thrown, root)
        }
      },
      close: () => search.close()
    }
  }
  return {
    openGrep,
    /**
     * @param {string} root
     * @param {Query} query
     * @param {AbortSignal} [signal]
     * @param {import('../../..').files.GrepOptions['onProgress']} [onProgress]
     */
    grep: (root, query, signal, onProgress) => collect(openGrep(root, query), signal, onProgress)
  }
}

/**
 * The error with the root as the caller gave it, which went there as bytes.
 * @param {unknown} thrown
 * @param {string} root
 */
function named(thrown, root) {
  const error = fromNative(thrown)
  const { errno, path } = error.details
  if (error.code !== 'ERR_IO' || path !== Buffer.from(root).toString()) return error
  return ioError('read directory', root, { code: errno })
}

/** Texts, none of which has a NUL, as one. @param {string[]} texts */
function packed(texts) {
  return toNative(texts.join('\0'))
}

/** @param {Batch} batch @returns {import('./result').Step} */
function unpack(batch) {
  const [filesSearched, filesMatched, matchCount, filesLimited] = batch.totals
  /** @type {import('./result').Step} */
  const step = { matches: unpackMatches(batch), filesSearched, matchCount }
  if (!batch.done) return step
  const truncated = /** @type {import('../../..').files.GrepSummary['truncated']} */ (batch.truncated ?? false)
  const engine = /** @type {import('../../..').files.GrepSummary['engine']} */ (batch.engine)
  const skipped = unpackSkipped(batch)
  return { ...step, summary: { filesSearched, filesMatched, filesLimited, truncated, skipped, engine } }
}

/**
 * Cuts the text by the numbers; their order is said in crates/files/src/grep/found.rs.
 * @param {Batch} batch
 */
function unpackMatches({ paths, counts, numbers, text }) {
  /** @type {Match[]} */
  const matches = []
  const names = counts.length === 0 ? [] : paths.split('\0')
  let at = 0
  let from = 0
  const take = (/** @type {number} */ length) => text.slice(from, (from += length))
  for (let file = 0; file < counts.length; file++) {
    const path = names[file]
    for (let count = counts[file]; count > 0; count--) {
      const line = numbers[at]
      const column = numbers[at + 1]
      const byteOffset = numbers[at + 2]
      const length = numbers[at + 3]
      const rangeCount = numbers[at + 4]
      const beforeCount = numbers[at + 5]
      const afterCount = numbers[at + 6]
      const isCut = numbers[at + 7] === 1
      at += 8
      /** @type {Match} */
      const match = { path, line, column, byteOffset, text: take(length), ranges: [] }
      if (isCut) {
        const [start, whole, ranges, context] = numbers.subarray(at, at + 4)
        match.cut = { start, length: whole, ranges, context }
        at += 4
      }
      for (let range = 0; range < rangeCount; range++, at += 2) match.ranges.push([numbers[at], numbers[at + 1]])
      if (beforeCount > 0) {
        const before = (match.before = /** @type {string[]} */ ([]))
        for (let index = 0; index < beforeCount; index++) before.push(take(numbers[at++]))
      }
      if (afterCount > 0) {
        const after = (match.after = /** @type {string[]} */ ([]))
        for (let index = 0; index < afterCount; index++) after.push(take(numbers[at++]))
      }
      matches.push(match)
    }
  }
  return matches
}

/** @param {Batch} batch @returns {import('../../..').files.GrepSkipped} */
function unpackSkipped({ skipped, samples, matching }) {
  const counts = /** @type {Record<KINDS[number], number>} */ (
    Object.fromEntries(KINDS.map((kind, index) => [kind, skipped[index]]))
  )
  const fields = samples === '' ? [] : samples.split('\0')
  /** @type {import('../../..').files.GrepSample[]} */
  const list = []
  for (let at = 0; at < fields.length; at += 6) {
    const [path, reason, detail, file, line, pattern] = fields.slice(at, at + 6)
    /** @type {import('../../..').files.GrepSample} */
    const sample = { path, reason: /** @type {KINDS[number]} */ (reason) }
    if (detail !== '') sample.detail = detail
    if (line !== '') sample.rule = { file, line: Number(line), pattern }
    list.push(sample)
  }
  const [ignored, hidden, complete] = matching
  return {
    ...counts,
    samples: list,
    ...(matching.length > 0 && { matching: { ignored, hidden, complete: complete === 1 } })
  }
}

module.exports = { binding }
