'use strict'

// npm start [-- directory] [-- --json]. Exit codes: 0 done; 1 the engines differ; 2 an error.

const path = require('node:path')
const { CommandError, ROOT, handOver } = require('./run')
const { ensureAddon, ensureDependencies, rustNeeded } = require('./setup')

/** Whether native can run. Without Rust, or with one that cannot build it, there is still the fallback to see. */
function native() {
  try {
    return ensureAddon()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    console.error(`the addon could not be built, for the reason above (${error.message})`)
    console.error(`${rustNeeded()}; until it builds, only the JavaScript fallback runs`)
    return false
  }
}

try {
  ensureDependencies()
  handOver(path.join(ROOT, 'start', 'index.js'), native() ? [] : ['--fallback-only'])
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
