'use strict'

// The main job: every feature over a real directory, natively and by the fallback, each in a process of its own;
// equal answers item by item, and what native gains.

const { fork } = require('node:child_process')
const path = require('node:path')
const { Command, Option } = require('commander')
const { sentence, summarize } = require('./left-out')
const progress = require('./progress')
const { table } = require('./table')

/** @typedef {import('./rows/files').Row} Row */
/** @typedef {import('./rows/files').Outcome & { peakBytes: number }} Result */

/** In the order they run: a row may use the answer of those before it. */
const ROWS = [
  require('./rows/files'),
  require('./rows/ignore'),
  require('./rows/glob'),
  require('./rows/grep'),
  require('./rows/find'),
  require('./rows/tokens'),
  require('./rows/context'),
  require('./rows/diff'),
  require('./rows/zstd'),
  require('./rows/log')
]

/**
 * Runs one row on one engine in a new process.
 * @param {string} row
 * @param {'native' | 'fallback'} engine
 * @param {object} input
 * @param {(done: number, total: number) => void} report
 * @returns {Promise<Result>}
 */
function runRow(row, engine, input, report) {
  return new Promise((resolve, reject) => {
    const child = fork(path.join(__dirname, 'worker.js'), {
      env: { ...process.env, TENON_MODE: engine, TENON_FEATURES: '' },
      serialization: 'advanced'
    })
    child.on('message', (/** @type {any} */ message) => {
      if (message.progress) report(message.progress.done, message.progress.total)
      else if (message.error) reject(Object.assign(new Error(message.error.message), message.error))
      else resolve(message.result)
    })
    child.on('error', reject)
    child.on('exit', (code, signal) =>
      reject(new Error(`${row} on ${engine} ended without an answer (${signal ?? code})`))
    )
    child.send({ row, input })
  })
}

/**
 * @param {string} directory
 * @param {{ engines: ('native' | 'fallback')[], bar: ReturnType<typeof progress> }} options
 */
async function compareAll(directory, { engines, bar }) {
  /** @type {Record<string, any>} */
  const answers = {}
  /** @type {import('./left-out').LeftOut[]} */
  const leftOut = []
  let truncated = false
  const rows = []
  for (const { name, compare } of ROWS) {
    /** @type {Partial<Record<'native' | 'fallback', Result>>} */
    const results = {}
    for (const engine of engines) {
      bar.start(`${name}, ${engine}`)
      results[engine] = await runRow(name, engine, { directory, answers }, bar.update)
      bar.stop(results[engine].ms)
    }
    const { native, fallback } = results
    const difference = native && fallback ? compare(native.answer, fallback.answer) : undefined
    const shown = /** @type {Result} */ (native ?? fallback)
    answers[name] = shown.answer
    leftOut.push(...shown.leftOut)
    truncated ||= shown.truncated === true
    rows.push({
      row: name,
      ...shown.summary,
      nativeMs: native?.ms,
      fallbackMs: fallback?.ms,
      // Over an empty list both take no time.
      ratio: native && fallback && native.ms > 0 ? fallback.ms / native.ms : undefined,
      nativePeakBytes: native?.peakBytes,
      fallbackPeakBytes: fallback?.peakBytes,
      equal: native && fallback && difference === undefined,
      difference
    })
  }
  return { rows, leftOut: summarize(leftOut), truncated, empty: answers.files.paths.length === 0 }
}

/** @param {string} directory @param {{ json?: boolean, fallbackOnly?: boolean }} options */
async function main(directory, { json, fallbackOnly }) {
  const root = path.resolve(directory)
  if (!json) console.log(`tenon: every feature over ${root}, one process for each row and engine`)
  const bar = progress(process.stderr)
  const { rows, leftOut, truncated, empty } = await compareAll(root, {
    engines: fallbackOnly ? ['fallback'] : ['native', 'fallback'],
    bar
  })
  const differences = rows.filter((row) => row.difference !== undefined)
  if (json)
    console.log(
      JSON.stringify(
        {
          directory: root,
          node: process.version,
          cores: require('node:os').availableParallelism(),
          leftOut,
          truncated,
          rows
        },
        null,
        2
      )
    )
  else {
    console.log(`\n${table(rows)}\n`)
    if (empty) console.log(`There is nothing to run over: git would list no file under ${root}.`)
    console.log(sentence(leftOut, truncated))
    if (fallbackOnly) console.log('Only the fallback ran: there is no native addon, so nothing was compared.')
    else if (differences.length === 0)
      console.log(
        'Every answer of native equals the fallback’s. Times are of this run, beside whatever else this machine did.'
      )
  }
  for (const { row, difference } of differences) console.error(`DIFFERENT ANSWERS in ${row}: ${difference}`)
  if (differences.length > 0) process.exitCode = 1
}

new Command('npm start --')
  .description(
    'Runs every feature over a directory by both engines, checks that the answers are equal, and shows the times'
  )
  .argument('[directory]', 'what to run over', path.join(__dirname, '..'))
  .option('--json', 'print the result as JSON')
  .addOption(new Option('--fallback-only', 'there is no native addon').hideHelp())
  .action(main)
  .parseAsync()
  .catch((error) => {
    console.error(`npm start: ${error.message}`)
    process.exitCode = 2
  })
