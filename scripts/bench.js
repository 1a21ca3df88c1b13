'use strict'

// npm run bench [-- feature …]

const path = require('node:path')
const { CommandError, ROOT, exists, handOver, run } = require('./run')
const { ensureAddon, ensureDependencies } = require('./setup')

try {
  ensureDependencies()
  ensureDependencies(path.join(ROOT, 'benchmark'))
  ensureAddon()
  // The rivals that are crates.
  if (exists('cargo'))
    run('cargo', ['build', '--release', '--quiet', '--locked'], { cwd: path.join(ROOT, 'benchmark', 'rust') })
  handOver(path.join(ROOT, 'benchmark', 'index.js'))
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
