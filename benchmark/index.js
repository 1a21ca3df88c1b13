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

/**
 * @typedef {object} Options
 * @property {string} tree
 * @property {string} rounds
 * @property {string} [only]
 * @property {boolean} [quick]
 * @property {boolean} [json]
 * @property {boolean} [record]
 * @property {boolean} [build]
 * @property {string} [note]
 */

/** @param {Options} options @returns {import('./run').Plan} */
function planOf({ quick, rounds }) {
  if (quick) return { rounds: 1, processes: 1, effort: 'quick' }
  if (!/^[1-9]\d{0,2}$/.test(rounds)) throw new Error(`--rounds must be a number from 1 to 999, not '${rounds}'`)
  return { rounds: Number(rounds), processes: 7, effort: 'full' }
}

/** A line that is written over on a terminal; elsewhere the finished cases are progress enough. @param {string} step */
function progress(step) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${step}`)
}

/** The engines' versions by name. */
function versions() {
  return Object.fromEntries(
    Object.entries(ENGINES).map(([name, engine]) => [name, engine().version() ?? 'not installed'])
  )
}

/** @param {string[]} features @param {Options} options */
async function main(features, options) {
  const unknown = features.find((name) => !Object.hasOwn(FEATURES, name))
  if (unknown !== undefined) throw new Error(`there is no '${unknown}'; there are ${Object.keys(FEATURES).join(', ')}`)
  const plan = planOf(options)
  const context = { tree: path.resolve(options.tree) }
  // Before the long part: it fails where the addon is not there.
  const engines = versions()
  const wanted = features.length > 0 ? features : Object.keys(FEATURES)
  const say = options.json ? () => {} : console.log
  /** @type {import('./run').CaseResult[]} */
  const cases = []
  for (const feature of wanted) {
    for (const candidate of FEATURES[feature]()) {
      if (options.only && !candidate.name.includes(options.only)) continue
      const result = await runCase(feature, candidate, plan, context, progress)
      progress('')
      say(`${table(result, options.quick)}\n`)
      cases.push(result)
    }
  }
  const record = {
    date: new Date().toISOString(),
    ...revision(),
    machine: machine(options.note),
    engines,
    build: { ...build(), ...(options.build && timeBuild()) },
    tree: path.basename(context.tree),
    plan,
    cases
  }
  if (options.json) console.log(JSON.stringify(record, null, 2))
  say(summary(record, options))
  if (options.record)
    for (const file of writeRecord(record, features)) say(`wrote ${path.relative(process.cwd(), file)}`)
  const faults = cases.flatMap((result) => result.faults)
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) process.exitCode = 1
}

/** @param {import('./record').BenchmarkRecord} record @param {Options} options */
function summary({ build: { profile, binaryBytes, gzipBytes, buildSeconds }, cases }, { quick }) {
  const built = buildSeconds ? `, built in ${buildSeconds} s` : ''
  const lines = [`The addon (${profile}): ${binaryBytes} bytes, ${gzipBytes} gzipped${built}`]
  const targets = cases.flatMap(({ feature, name, targets }) => targets.map((target) => ({ ...target, feature, name })))
  const missed = targets.filter(({ met }) => !met)
  if (quick) return [...lines, 'A quick run: the answers were compared, the times mean nothing.'].join('\n')
  lines.push(`Targets met: ${targets.length - missed.length} of ${targets.length}`)
  for (const { feature, name, says, shown } of missed) lines.push(`  missed: ${feature}: ${name}: ${says} (${shown})`)
  return lines.join('\n')
}

new Command('npm run bench --')
  .description('Compares the answers of every engine and then times them, each in a process of its own')
  .argument('[features...]', `what to measure: ${Object.keys(FEATURES).join(', ')}; everything by default`)
  .option('--only <text>', 'only cases whose name contains this')
  .option('--tree <directory>', 'what `files` lists', process.env.TENON_BENCH_TREE || path.join(__dirname, '..'))
  .option('--quick', 'a few calls of each, to see that all of it runs; the times mean nothing')
  .option('--rounds <number>', 'processes for each case and engine, one engine after the other', '3')
  .option('--note <text>', 'what a reader of the times should know, such as what else ran beside them')
  .option('--build', 'also time a release build of the addon from nothing')
  .option('--json', 'print the record as JSON')
  .option('--record', 'write the record and its report into benchmark/record')
  .action(main)
  .parseAsync()
  .catch((error) => {
    console.error(`npm run bench: ${error.message}`)
    process.exitCode = 2
  })
