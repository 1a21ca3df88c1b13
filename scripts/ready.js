'use strict'

// npm run ready: what CI runs, in its order. Whoever sees this pass sees CI pass.

const path = require('node:path')
const { CommandError, ROOT, run } = require('./run')
const { ensureAddon, ensureDependencies } = require('./setup')

/** The release line of Node that the JavaScript suites run under besides the one in use. */
const OTHER_NODE = 'node@24'

/** @param {string} name the package of a command @param {string} file its script */
const tool = (name, file) => path.join(ROOT, 'node_modules', name, file)
/** @param {string[]} args */
const node = (...args) => run(process.execPath, args)

/** @type {[what: string, step: () => void][]} */
const STEPS = [
  ['formatting of Rust', () => run('cargo', ['fmt', '--all', '--check'])],
  ['formatting of JavaScript', () => node(tool('prettier', 'bin/prettier.cjs'), '--check', '--log-level=warn', ROOT)],
  ['lint of JavaScript', () => node(tool('eslint', 'bin/eslint.js'), ROOT)],
  [
    'lint of Rust',
    () => run('cargo', ['clippy', '--workspace', '--all-targets', '--locked', '--', '--deny', 'warnings'])
  ],
  ['layers and licences', () => node(path.join(__dirname, 'check-layers.js'))],
  ['platform packages', () => node(path.join(__dirname, 'manifest.js'), 'check')],
  ['workflows', () => node(path.join(__dirname, 'lint-workflows.js'))],
  ['the addon', () => void ensureAddon()],
  [
    'the declarations of the addon are those committed',
    () => run('git', ['diff', '--exit-code', '--', 'lib/addon.d.ts'])
  ],
  ['npm test', () => run('npm', ['test'])],
  [
    `the JavaScript suites under ${OTHER_NODE}`,
    () =>
      run('npm', [
        'exec',
        '--yes',
        `--package=${OTHER_NODE}`,
        '--',
        'node',
        path.join(__dirname, 'test.js'),
        ...['parity', 'native', 'fallback', 'lifecycle', 'loader', 'package']
      ])
  ],
  ['npm start', () => run('npm', ['start'])]
]

try {
  ensureDependencies()
  for (const [what, step] of STEPS) {
    console.log(`\n=== ${what}`)
    const start = performance.now()
    step()
    console.log(`--- ${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`)
  }
  console.log('\nready: every step passed')
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
