'use strict'

const path = require('node:path')

const QUERIES = 10
const LIMIT = 20

/** @typedef {{ found: [query: string, paths: unknown[]][] }} Answer */

/** @type {import('./files').Row} */
module.exports = {
  name: 'find',
  feature: 'files',

  async run({ files }, { answers }, report) {
    /** @type {Answer} */
    const answer = { found: [] }
    const paths = answers.files.paths
    const queries = queriesFor(paths)
    let ms = 0
    for (const [index, query] of queries.entries()) {
      const start = performance.now()
      const found = await files.find(query, { paths, limit: LIMIT })
      ms += performance.now() - start
      answer.found.push([query, [...found]])
      report(index + 1, queries.length)
    }
    return { answer, summary: { files: paths.length }, leftOut: [], ms }
  },

  compare(/** @type {Answer} */ native, /** @type {Answer} */ fallback) {
    for (const [index, [query, paths]] of native.found.entries()) {
      const [, others] = fallback.found[index]
      if (JSON.stringify(paths) !== JSON.stringify(others)) return `the engines find other paths for ${query}`
    }
    return undefined
  }
}

/**
 * A name that most lists have, and every second letter of names from all over the list: what someone in a hurry types.
 * @param {string[]} paths
 */
function queriesFor(paths) {
  const step = Math.max(1, Math.floor(paths.length / QUERIES))
  const typed = paths
    .filter((_, index) => index % step === 0)
    .slice(0, QUERIES)
    .map((name) => [...path.posix.basename(name)].filter((_, index) => index % 2 === 0).join(''))
  // Asked of an empty list too.
  return ['readme', ...typed]
}
