'use strict'

// npm test [-- suite …]: everything that must hold, from a bare clone. Suites by name: see SUITES.

const fs = require('node:fs')
const path = require('node:path')
const { CommandError, ROOT, run } = require('./run')
const { ensureAddon, ensureDependencies } = require('./setup')

/** @typedef {{ name: string, what: string, run: () => void }} Suite */

/**
 * Runs the tests of folders under `__test__`, each file in its own process.
 * @param {string[]} folders
 * @param {NodeJS.ProcessEnv} [env]
 */
function nodeTests(folders, env = {}) {
  const files = folders.flatMap((folder) => {
    const directory = path.join(ROOT, '__test__', folder)
    return fs
      .readdirSync(directory)
      .filter((name) => name.endsWith('.test.js'))
      .map((name) => path.join(directory, name))
  })
  run(process.execPath, ['--test', '--test-reporter=spec', ...files.sort()], {
    env: { ...process.env, TENON_FEATURES: '', ...env }
  })
}

const locked = process.env.CI ? ['--locked'] : []

/** @type {Suite[]} */
const SUITES = [
  {
    name: 'rust',
    what: 'the crates, against tiktoken and git',
    run: () => run('cargo', ['test', '--workspace', '--exclude', 'tenon-node', ...locked])
  },
  {
    name: 'types',
    what: 'the manual and the JavaScript, by the type checker',
    run: () => run(process.execPath, [require.resolve('typescript/bin/tsc'), '--project', ROOT])
  },
  { name: 'parity', what: 'each engine, then both on generated input', run: () => nodeTests(['parity']) },
  {
    name: 'native',
    what: 'the public API with native forced',
    run: () => nodeTests(['api', 'conformance'], { TENON_MODE: 'native' })
  },
  {
    name: 'fallback',
    what: 'the public API with the fallback forced',
    run: () => nodeTests(['api', 'conformance'], { TENON_MODE: 'fallback' })
  },
  { name: 'lifecycle', what: 'workers, exits and memory', run: () => nodeTests(['lifecycle']) },
  { name: 'loader', what: 'every way a binary can be wrong', run: () => nodeTests(['loader']) },
  { name: 'package', what: 'the packed tarballs, as users install them', run: () => nodeTests(['package']) }
]

/** @param {string[]} names */
function main(names) {
  ensureDependencies()
  if (!ensureAddon())
    throw new CommandError('npm test', 'the tests compare native with the fallback, and there is no native')
  const unknown = names.find((name) => !SUITES.some((suite) => suite.name === name))
  if (unknown !== undefined)
    throw new CommandError(
      'npm test',
      `there is no suite ${unknown}; there are ${SUITES.map(({ name }) => name).join(', ')}`
    )
  const times = []
  for (const suite of SUITES.filter(({ name }) => names.length === 0 || names.includes(name))) {
    console.log(`\n== ${suite.name}: ${suite.what}`)
    const start = performance.now()
    suite.run()
    times.push(`${suite.name} ${((performance.now() - start) / 1000).toFixed(1)} s`)
  }
  console.log(`\nall suites passed: ${times.join(', ')}`)
}

try {
  main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
