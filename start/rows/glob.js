'use strict'

const path = require('node:path')

/** How many kinds of file are asked for, the most frequent first. */
const KINDS = 5

/** @typedef {{ found: [pattern: string, paths: string[]][] }} Answer */

/** @type {import('./files').Row} */
module.exports = {
  name: 'glob',
  feature: 'files',

  async run({ files }, { directory, answers }, report) {
    /** @type {Answer} */
    const answer = { found: [] }
    const patterns = patternsFor(answers.files.paths)
    let ms = 0
    let count = 0
    for (const [index, pattern] of patterns.entries()) {
      const start = performance.now()
      const paths = await files.glob(pattern, { cwd: directory, dot: true, allowBroadRoot: true })
      ms += performance.now() - start
      count += paths.length
      answer.found.push([pattern, [...paths]])
      report(index + 1, patterns.length)
    }
    return { answer, summary: { files: count }, leftOut: [], ms }
  },

  compare(/** @type {Answer} */ native, /** @type {Answer} */ fallback) {
    for (const [index, [pattern, paths]] of native.found.entries()) {
      const others = fallback.found[index][1]
      for (let at = 0; at < Math.max(paths.length, others.length); at++) {
        if (paths[at] !== others[at])
          return `${pattern}, path ${at}: native ${JSON.stringify(paths[at])}, fallback ${JSON.stringify(others[at])}`
      }
    }
    return undefined
  }
}

/**
 * A pattern for each of the most frequent extensions, and one that excludes them.
 * @param {string[]} paths
 */
function patternsFor(paths) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const name of paths) {
    const extension = path.posix.extname(name).slice(1)
    // Others would have to be escaped.
    if (/^[A-Za-z0-9_]+$/.test(extension)) counts.set(extension, (counts.get(extension) ?? 0) + 1)
  }
  const frequent = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, KINDS)
  return ['**', ...frequent.map(([extension]) => `**/*.${extension}`)]
}
