'use strict'

// npm run bench [-- feature …]: measures every feature on every engine, after it has compared their answers.

const path = require('node:path')
const { Command } = require('commander')
const { FEATURES } = require('./cases')
const { ENGINES } = require('./engines')
const { build, machine, revision, timeBuild } = require('./machine')
const { writeRecord } = require('./record')
const { runCase } = require('./run')
const { table } = require('./table')

/** @typedef {{ quick?: boolean, json?: boolean, record?: boolean, build?: boolean, only?: string, tree: string, rounds?: string }} Options */

/** @param {Options} options @returns {import('./run').Plan} */
function planOf({ quick, rounds }) {
  if (quick) return { rounds: 1, processes: 1, effort: 'quick' }
  return { rounds: Number(rounds ?? 3), processes: 7, effort: 'full' }
}

/** A line that is written over on a terminal; elsewhere the finished cases are progress enough. @param {string} step */
function progress(step) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${step}`)
}

/** @param {string[]} features @param {Options} options */
async function main(features, options) {
  const unknown = features.find((name) => !Object.hasOwn(FEATURES, name))
  if (unknown !== undefined) throw new Error(`there is no '${unknown}'; what can be measured is ${Object.keys(FEATURES).join(', ')}`)
  const plan = planOf(options)
  const context = { tree: path.resolve(options.tree) }
  const wanted = features.length > 0 ? features : Object.keys(FEATURES)
  const say = options.json ? () => {} : console.log
  /** @type {import('./run').CaseResult[]} */
  const cases = []
  for (const feature of wanted) {
    for (const candidate of FEATURES[feature]()) {
      if (options.only && !candidate.name.includes(options.only)) continue
      const result = await runCase(feature, candidate, plan, context, progress)
      progress('')
      say(`${table(result)}\n`)
      cases.push(result)
    }
  }
  const record = {
    date: new Date().toISOString(),
    ...revision(),
    machine: machine(),
    engines: Object.fromEntries(Object.entries(ENGINES).map(([name, engine]) => [name, engine().version() ?? 'not installed'])),
    build: { ...build(), ...(options.build && timeBuild()) },
    tree: path.basename(context.tree),
    plan,
    cases
  }
  if (options.json) console.log(JSON.stringify(record, null, 2))
  const missed = cases.flatMap(({ feature, name, targets }) => targets.filter(({ met }) => !met).map(({ says }) => `${feature}: ${name}: ${says}`))
  const { binaryBytes, gzipBytes, buildSeconds, profile } = /** @type {Record<string, any>} */ (record.build)
  say(`The addon (${profile}): ${binaryBytes} bytes, ${gzipBytes} gzipped${buildSeconds ? `, built in ${buildSeconds} s` : ''}`)
  say(missed.length > 0 ? `Targets missed:\n  ${missed.join('\n  ')}` : 'Every target that was measured is met.')
  if (options.record) for (const file of writeRecord(record)) say(`wrote ${path.relative(process.cwd(), file)}`)
  const faults = cases.flatMap((result) => result.faults)
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) process.exitCode = 1
}

new Command('npm run bench --')
  .description('Compares the answers of every engine and then times them, each in a process of its own')
  .argument('[features...]', `what to measure: ${Object.keys(FEATURES).join(', ')}; everything by default`)
  .option('--only <text>', 'only cases whose name contains this')
  .option('--tree <directory>', 'what `files` lists', process.env.TENON_BENCH_TREE || path.join(__dirname, '..'))
  .option('--quick', 'a few calls of each, to see that all of it runs; the times mean nothing')
  .option('--rounds <number>', 'processes for each case and engine, one engine after the other (3)')
  .option('--build', 'also time a release build of the addon from nothing')
  .option('--json', 'print the record as JSON')
  .option('--record', 'write the record and its report into benchmark/record')
  .action(main)
  .parseAsync()
  .catch((error) => {
    console.error(`npm run bench: ${error.message}`)
    process.exitCode = 2
  })
