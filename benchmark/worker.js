'use strict'

// One case on one engine, in this process alone. The parent says which; it gets an answer, then times.

const { peakBytes } = require('../scripts/memory')
const { hash } = require('./answer')
const { EFFORT, asyncBatch, measure, measureOnce, syncBatch } = require('./measure')

/**
 * `answer` runs every input once; `time` does so too, and then measures; `fresh` measures the first run.
 * @typedef {object} Job
 * @property {string} feature
 * @property {string} name of the case
 * @property {string} engine
 * @property {'answer' | 'time' | 'fresh'} task
 * @property {'full' | 'quick'} effort
 * @property {import('./cases').Context} context
 */
/** @typedef {{ answer: string, work: number, samples: number[], calls: number, peakBytes: number }} Report */

/** @param {Job} job @returns {Promise<Report>} */
async function perform({ feature, name, engine: engineName, task, effort, context }) {
  const found = require('./cases')
    .FEATURES[feature]()
    .find((candidate) => candidate.name === name)
  if (!found) throw new Error(`${feature} has no case '${name}'`)
  const { inputs: makeInputs, run, digest, work, warm } = found
  const module = require('./engines').ENGINES[engineName]()
  const made = makeInputs(context)
  const inputs = made.slice(0, warm)

  const start = performance.now()
  const engine = module.open()
  const pending = run(engine, inputs[0], 0)
  const first = await pending
  const firstSeconds = (performance.now() - start) / 1000

  const results = [digest(first)]
  let total = work(inputs[0], first)
  for (const input of inputs.slice(1)) {
    const result = await run(engine, input, 0)
    results.push(digest(result))
    total += work(input, result)
  }
  const answer = hash(JSON.stringify(results))
  const report = { answer, work: total / inputs.length, samples: [firstSeconds], calls: 1 }
  if (task === 'time' && warm) {
    Object.assign(report, await measureOnce(run, engine, made.slice(warm)))
  } else if (task === 'time' && module.time) {
    Object.assign(report, module.time(inputs, effort))
  } else if (task === 'time') {
    const batch = (pending instanceof Promise ? asyncBatch : syncBatch)(run, engine, inputs)
    Object.assign(report, await measure(batch, EFFORT[effort]))
  }
  if (!found.uncounted) module.verify?.(found.feature)
  return { ...report, peakBytes: peakBytes() }
}

// Not `once`: without a listener the channel no longer keeps the process alive.
process.on('message', (/** @type {Job} */ job) => {
  perform(job)
    .then(
      (report) => ({ report }),
      (error) => ({ error: Object(error).stack ?? String(error) })
    )
    .then((message) => {
      const send = /** @type {(message: object, sent: () => void) => void} */ (process.send?.bind(process))
      send(message, () => process.disconnect())
    })
})
