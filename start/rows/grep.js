'use strict'

/** What people look for: a literal, alternatives, and an expression, each in any file. */
const SEARCHES = [
  { pattern: 'TODO' },
  { patterns: ['import ', 'include ', 'require('], fixed: true, maxResults: 20_000 },
  { pattern: '\\b[a-z]+_[a-z]+\\(', maxResults: 20_000 }
]

/** @typedef {{ path: string, line: number }} Place */
/** @typedef {{ results: { matches: Place[] }[] }} Answer */

/** @type {import('./files').Row} */
module.exports = {
  name: 'grep',
  feature: 'files',

  async run({ files }, { directory }, report) {
    /** @type {Answer} */
    const answer = { results: [] }
    let ms = 0
    let searched = 0
    for (const [index, search] of SEARCHES.entries()) {
      const start = performance.now()
      const result = await files.grep({ ...search, root: directory, allowBroadRoot: true })
      ms += performance.now() - start
      searched = Math.max(searched, result.filesSearched)
      answer.results.push(plain(result))
      report(index + 1, SEARCHES.length)
    }
    return { answer, summary: { files: searched }, leftOut: [], ms }
  },

  compare(/** @type {Answer} */ native, /** @type {Answer} */ fallback) {
    for (const [index, { matches, ...rest }] of native.results.entries()) {
      const { matches: others, ...otherRest } = fallback.results[index]
      for (let at = 0; at < Math.max(matches.length, others.length); at++) {
        if (JSON.stringify(matches[at]) === JSON.stringify(others[at])) continue
        const { path, line } = matches[at] ?? others[at]
        return `search ${index}: match ${at} differs, ${path}:${line}`
      }
      if (JSON.stringify(rest) !== JSON.stringify(otherRest)) {
        return `search ${index}: native ${JSON.stringify(rest)}, fallback ${JSON.stringify(otherRest)}`
      }
    }
    return undefined
  }
}

/** A result that can be sent to another process whole. @param {any} result */
function plain(result) {
  return JSON.parse(JSON.stringify({ ...result, matches: [...result.matches] }))
}
