'use strict'

// npm run bench [-- feature …]

const path = require('node:path')
const { ROOT, run, CommandError } = require('./run')
const { ensureAddon, ensureDependencies } = require('./setup')

try {
  ensureDependencies()
  ensureDependencies(path.join(ROOT, 'benchmark'))
  ensureAddon()
  run(process.execPath, [path.join(ROOT, 'benchmark', 'index.js'), ...process.argv.slice(2)], {
    // npm runs scripts in the package's folder; a relative `--tree` is meant from where the user stands.
    cwd: process.env.INIT_CWD ?? process.cwd()
  })
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  if (!error.message.includes(`${path.sep}benchmark${path.sep}`)) console.error(error.message)
  process.exitCode = 1
}
