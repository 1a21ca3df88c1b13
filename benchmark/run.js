'use strict'

// The parent's part: a process for every (case, engine) and round, answers compared before anything is timed.

const { fork } = require('node:child_process')
const path = require('node:path')
const { ENGINES } = require('./engines')
const { ratio, time } = require('./format')
const { summarize } = require('./statistics')

/** @typedef {import('./cases').Case} Case */
/** @typedef {import('./worker').Job} Job */
/** @typedef {import('./worker').Report} Report */
/** @typedef {{ samples: number[], calls: number, peakBytes: number }} Measured over all rounds */
/** @typedef {{ rounds: number, processes: number, effort: 'full' | 'quick' }} Plan `processes` a round of a `fresh` case */
/**
 * `different`: a rival that answers otherwise, and is not timed. `failed`: it threw, or its process died.
 * @typedef {object} EngineResult
 * @property {string} engine
 * @property {string} kind
 * @property {'timed' | 'different' | 'failed' | 'not installed'} outcome
 * @property {string} [reason]
 * @property {import('./statistics').Summary} [time] seconds a call
 * @property {number} [samples]
 * @property {number} [calls]
 * @property {number} [peakBytes]
 */
/**
 * @typedef {object} CaseResult
 * @property {string} feature
 * @property {string} name
 * @property {string} unit
 * @property {number} work units a call
 * @property {EngineResult[]} engines
 * @property {{ fallback?: number, rival?: number, bestRival?: string }} native how many times as fast native is
 * @property {{ says: string, met: boolean, value: number, shown: string }[]} targets
 * @property {string[]} faults what makes the run fail
 */

/** A tree in use may change between two answers; so often they are asked for again. */
const MAX_ANSWERS = 4

/**
 * Runs one job in a process of its own.
 * @param {Job} job
 * @returns {Promise<Report>}
 */
function inProcess(job) {
  return new Promise((resolve, reject) => {
    // The environment must not choose another engine than the job names.
    const env = { ...process.env, TENON_MODE: '', TENON_FEATURES: '' }
    const child = fork(path.join(__dirname, 'worker.js'), { env, execArgv: [] })
    /** @type {{ report?: Report, error?: string } | undefined} */
    let outcome
    child.once('message', (/** @type {any} */ message) => (outcome = message))
    child.once('error', reject)
    // The next process starts when this one has ended: two of them would share the caches and the cores.
    child.once('exit', (code, signal) => {
      if (outcome?.report) resolve(outcome.report)
      else reject(new Error(outcome?.error ?? `the process ended without an answer (${signal ?? code})`))
    })
    child.send(job)
  })
}

/**
 * @param {string} feature the cases' file
 * @param {Case} wanted
 * @param {Plan} plan
 * @param {import('./cases').Context} context
 * @param {(step: string) => void} progress
 * @returns {Promise<CaseResult>}
 */
async function runCase(feature, wanted, plan, context, progress) {
  /** @type {Map<string, EngineResult>} */
  const results = new Map()
  /** @type {string[]} */
  const faults = []
  for (const engine of wanted.engines) {
    const { kind, version } = ENGINES[engine]()
    const outcome = version() === undefined ? 'not installed' : 'timed'
    results.set(engine, { engine, kind, outcome })
  }
  const running = () => [...results.values()].filter(({ outcome }) => outcome === 'timed')
  /** @type {(engine: string, task: Job['task']) => Promise<Report | undefined>} */
  const attempt = async (engine, task) => {
    progress(`${feature}: ${wanted.name}, ${engine}`)
    try {
      return await inProcess({ feature, name: wanted.name, engine, task, effort: plan.effort, context })
    } catch (error) {
      const result = /** @type {EngineResult} */ (results.get(engine))
      Object.assign(result, { outcome: 'failed', reason: reasonOf(error) })
      if (result.kind !== 'rival') faults.push(`${feature}: ${wanted.name}: ${engine} failed: ${Object(error).message}`)
      return undefined
    }
  }

  let work = 0
  let settled = false
  for (let round = 0; !settled; round++) {
    /** @type {Map<string, string>} */
    const answers = new Map()
    for (const { engine } of running()) {
      const report = await attempt(engine, 'answer')
      if (!report) continue
      answers.set(engine, report.answer)
      if (ENGINES[engine]().kind !== 'limit') work = report.work
    }
    const last = !wanted.alive || round + 1 >= MAX_ANSWERS
    settled = compare(answers, results, last) || last
  }

  for (const { engine, kind, outcome } of results.values()) {
    if (kind === 'rival' || outcome !== 'different') continue
    faults.push(`${feature}: ${wanted.name}: ${engine} and native give different answers`)
  }

  /** @type {Map<string, Measured>} */
  const measured = new Map()
  const rounds = wanted.fresh ? plan.rounds * plan.processes : plan.rounds
  for (let round = 0; round < rounds; round++) {
    for (const { engine } of running()) {
      const report = await attempt(engine, wanted.fresh ? 'fresh' : 'time')
      if (!report) continue
      const sums = measured.get(engine) ?? { samples: [], calls: 0, peakBytes: 0 }
      measured.set(engine, sums)
      sums.samples.push(...report.samples)
      sums.calls += report.calls
      sums.peakBytes = Math.max(sums.peakBytes, report.peakBytes)
    }
  }
  for (const result of running()) {
    const { samples, calls, peakBytes } = /** @type {Measured} */ (measured.get(result.engine))
    Object.assign(result, { time: summarize(samples), samples: samples.length, calls, peakBytes })
  }
  return conclude(feature, wanted, work, [...results.values()], faults)
}

/** The first line of an error, fit for a record: without the path of this checkout. @param {unknown} error */
function reasonOf(error) {
  return String(Object(error).message).split('\n')[0].replaceAll(path.join(__dirname, '..'), '.')
}

/**
 * Marks the engines whose answer is another than native's, or than that of the crate alone; false where there is one.
 * @param {Map<string, string>} answers
 * @param {Map<string, EngineResult>} results
 * @param {boolean} final otherwise the answers are asked for again, and nothing is marked
 */
function compare(answers, results, final) {
  const expected = answers.get('tenon-native') ?? answers.get('tenon-tokens')
  if (expected === undefined) return true
  let equal = true
  for (const [engine, answer] of answers) {
    const result = /** @type {EngineResult} */ (results.get(engine))
    if (answer === expected || result.kind === 'limit') continue
    equal = false
    if (final) result.outcome = 'different'
  }
  return equal
}

/**
 * @param {string} feature
 * @param {Case} wanted
 * @param {number} work
 * @param {EngineResult[]} engines
 * @param {string[]} faults
 * @returns {CaseResult}
 */
function conclude(feature, { name, unit, targets = [] }, work, engines, faults) {
  const median = (/** @type {string} */ engine) =>
    engines.find((result) => result.engine === engine)?.time?.median ?? NaN
  const p99 = (/** @type {string} */ engine) => engines.find((result) => result.engine === engine)?.time?.p99 ?? NaN
  const native = median('tenon-native')
  const [best] = engines
    .filter(({ kind, time }) => kind === 'rival' && time)
    .sort((a, b) => median(a.engine) - median(b.engine))
  return {
    feature,
    name,
    unit,
    work,
    engines,
    native: {
      ...(Number.isFinite(median('tenon-fallback') / native) && { fallback: median('tenon-fallback') / native }),
      ...(best && Number.isFinite(native) && { rival: median(best.engine) / native, bestRival: best.engine })
    },
    targets: targets
      .map(({ says, kind, value, atMost = Infinity, atLeast = -Infinity }) => {
        const measured = value(median, p99, work)
        const met = measured <= atMost && measured >= atLeast
        return { says, met, value: measured, shown: (kind === 'time' ? time : ratio)(measured) }
      })
      .filter(({ value }) => Number.isFinite(value)),
    faults
  }
}

module.exports = { runCase }
