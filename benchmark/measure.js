'use strict'

// Times a function in batches that are long enough for the clock, until there are enough of them.

/** A batch is at least this long: the clock's grain and the loop around the call do not show in it. */
const BATCH_MS = 1

/** @typedef {{ warmUpMs: number, measureMs: number, minSamples: number, maxMs: number }} Effort */
/** @type {Readonly<Record<'full' | 'quick', Effort>>} */
const EFFORT = Object.freeze({
  full: { warmUpMs: 200, measureMs: 300, minSamples: 10, maxMs: 4000 },
  quick: { warmUpMs: 5, measureMs: 10, minSamples: 1, maxMs: 200 }
})

/** The last result, where the optimiser must assume that somebody reads it. @type {{ result: unknown }} */
const kept = { result: undefined }

/**
 * Milliseconds a batch of `size` calls takes, and where in the inputs the next one goes on.
 * @typedef {(size: number) => number | Promise<number>} Batch
 */

/**
 * @param {import('./cases').Case['run']} run
 * @param {import('./engines').Opened} engine
 * @param {any[]} inputs
 * @returns {Batch}
 */
function syncBatch(run, engine, inputs) {
  let at = 0
  let calls = 0
  return (size) => {
    const start = performance.now()
    for (let call = 0; call < size; call++) {
      kept.result = run(engine, inputs[at], calls++)
      if (++at === inputs.length) at = 0
    }
    return performance.now() - start
  }
}

/**
 * @param {import('./cases').Case['run']} run
 * @param {import('./engines').Opened} engine
 * @param {any[]} inputs
 * @returns {Batch}
 */
function asyncBatch(run, engine, inputs) {
  let at = 0
  let calls = 0
  return async (size) => {
    const start = performance.now()
    for (let call = 0; call < size; call++) {
      kept.result = await run(engine, inputs[at], calls++)
      if (++at === inputs.length) at = 0
    }
    return performance.now() - start
  }
}

/**
 * Seconds a call, one number a batch, and how many calls there were.
 * @param {Batch} batch
 * @param {Effort} effort
 */
async function measure(batch, { warmUpMs, measureMs, minSamples, maxMs }) {
  let size = 1
  let calls = 0
  const warmUpEnd = performance.now() + warmUpMs
  while (performance.now() < warmUpEnd) {
    const ms = await batch(size)
    calls += size
    if (ms < BATCH_MS) size *= 2
  }
  const samples = []
  const start = performance.now()
  for (;;) {
    samples.push((await batch(size)) / size / 1000)
    calls += size
    const spent = performance.now() - start
    if (spent >= maxMs || (spent >= measureMs && samples.length >= minSamples)) return { samples, calls }
  }
}

/**
 * Seconds a call, each with an input that only it gets.
 * @param {import('./cases').Case['run']} run
 * @param {import('./engines').Opened} engine
 * @param {any[]} inputs
 */
async function measureOnce(run, engine, inputs) {
  const samples = []
  for (const input of inputs) {
    const start = performance.now()
    kept.result = await run(engine, input, 0)
    samples.push((performance.now() - start) / 1000)
  }
  return { samples, calls: samples.length }
}

module.exports = { EFFORT, asyncBatch, measure, measureOnce, syncBatch }
