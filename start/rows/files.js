'use strict'

/**
 * What a run leaves: the answer that is compared, figures for the table, what was left out of it, the time.
 * @typedef {{ answer: any, summary: Record<string, number>, leftOut: import('../left-out').LeftOut[], truncated?: boolean, ms: number }} Outcome
 */

/**
 * One feature's part of the main job.
 * @typedef {object} Row
 * @property {string} name the feature, or a part of one
 * @property {string} [feature] the feature of a part
 * @property {(tenon: any, input: any, report: (done: number, total: number) => void) => Promise<Outcome>} run
 * @property {(native: any, fallback: any) => string | undefined} compare what differs, naming the file
 */

const RUNS = 5

/** @type {Row} */
module.exports = {
  name: 'files',

  async run({ files }, { directory }, report) {
    const times = []
    let listed = await files.list(directory, { allowBroadRoot: true })
    for (let done = 1; done <= RUNS; done++) {
      const start = performance.now()
      listed = await files.list(directory, { allowBroadRoot: true })
      times.push(performance.now() - start)
      report(done, RUNS)
    }
    times.sort((a, b) => a - b)
    const answer = { paths: [...listed], skipped: listed.skipped, truncated: listed.truncated }
    return {
      answer,
      summary: { files: listed.length },
      leftOut: listed.skipped.map(
        (/** @type {{ path: string, reason: string }} */ { path, reason }) =>
          /** @type {const} */ ({ what: 'skipped', path, why: reason })
      ),
      truncated: listed.truncated,
      ms: times[RUNS >> 1]
    }
  },

  compare(native, fallback) {
    const places = Math.max(native.paths.length, fallback.paths.length)
    for (let at = 0; at < places; at++) {
      if (native.paths[at] !== fallback.paths[at])
        return `path ${at}: native ${JSON.stringify(native.paths[at])}, fallback ${JSON.stringify(fallback.paths[at])}`
    }
    const [skippedByNative, skippedByFallback] = [native, fallback].map(({ skipped, truncated }) =>
      JSON.stringify({ skipped, truncated })
    )
    if (skippedByNative !== skippedByFallback)
      return `skipped: native ${skippedByNative}, fallback ${skippedByFallback}`
    return undefined
  }
}
