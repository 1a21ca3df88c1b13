'use strict'

// npm run bench [-- feature …]

const path = require('node:path')
const { CommandError, ROOT, handOver } = require('./run')
const { ensureAddon, ensureDependencies } = require('./setup')

try {
  ensureDependencies()
  ensureDependencies(path.join(ROOT, 'benchmark'))
  ensureAddon()
  handOver(path.join(ROOT, 'benchmark', 'index.js'))
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
