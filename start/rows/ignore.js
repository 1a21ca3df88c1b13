'use strict'

/** What is explained: each explanation is a call. */
const EXPLAINED = 200

/** @typedef {{ checked: number, ignored: string[], explained: [path: string, explanation: unknown][] }} Answer */

/** @type {import('./files').Row} */
module.exports = {
  name: 'ignore',

  async run({ ignore, files }, { directory }, report) {
    // Everything there is: what git would ignore too.
    const paths = [...(await files.list(directory, { ignore: false, allowBroadRoot: true }))]
    const start = performance.now()
    const tree = ignore.openIgnore(directory)
    try {
      const verdicts = tree.check(paths)
      const ms = performance.now() - start
      const ignored = paths.filter((_, index) => verdicts[index] === 1)
      /** @type {Answer} */
      const answer = { checked: paths.length, ignored, explained: [] }
      for (const [index, path] of ignored.slice(0, EXPLAINED).entries()) {
        answer.explained.push([path, tree.explain(path)])
        report(index + 1, Math.min(ignored.length, EXPLAINED))
      }
      return { answer, summary: { files: paths.length }, leftOut: [], ms }
    } finally {
      tree.close()
    }
  },

  compare(/** @type {Answer} */ native, /** @type {Answer} */ fallback) {
    if (native.checked !== fallback.checked) return 'the engines were asked about another number of paths'
    const byFallback = new Set(fallback.ignored)
    const byNative = new Set(native.ignored)
    for (const path of native.ignored) if (!byFallback.has(path)) return `${path} is ignored by native alone`
    for (const path of fallback.ignored) if (!byNative.has(path)) return `${path} is ignored by the fallback alone`
    for (const [index, [path, explanation]] of native.explained.entries()) {
      const other = fallback.explained[index]
      if (JSON.stringify(explanation) !== JSON.stringify(other?.[1])) return `${path} is explained in two ways`
    }
    return undefined
  }
}
