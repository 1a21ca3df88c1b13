'use strict'

// npm start [-- directory] [-- --json]

const path = require('node:path')
const { ROOT, run, CommandError } = require('./run')
const { ensureAddon, ensureDependencies } = require('./setup')

try {
  ensureDependencies()
  const native = ensureAddon()
  run(
    process.execPath,
    [path.join(ROOT, 'start', 'index.js'), ...(native ? [] : ['--fallback-only']), ...process.argv.slice(2)],
    {
      // npm runs scripts in the package's folder; a relative directory is meant from where the user stands.
      cwd: process.env.INIT_CWD ?? process.cwd()
    }
  )
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  if (!error.message.includes('start')) console.error(error.message)
  process.exitCode = 1
}
