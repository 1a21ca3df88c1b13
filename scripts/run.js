'use strict'

const { spawnSync } = require('node:child_process')
const path = require('node:path')

const ROOT = path.join(__dirname, '..')

/** What a command that failed leaves behind. */
class CommandError extends Error {
  /** @param {string} command @param {string} outcome */
  constructor(command, outcome) {
    super(`${command}: ${outcome}`)
    this.name = 'CommandError'
  }
}

/**
 * Runs a command in the checkout and waits; its output is shown, or returned with `capture`.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, capture?: boolean }} [options]
 * @returns {string}
 */
function run(command, args, { env = process.env, cwd = ROOT, capture = false } = {}) {
  // npm is a script on Windows, which only a shell can start.
  const shell = process.platform === 'win32' && command === 'npm'
  const stdio = capture ? ['ignore', 'pipe', 'inherit'] : ['ignore', 'inherit', 'inherit']
  const result = spawnSync(command, args, {
    cwd,
    env,
    shell,
    stdio: /** @type {any} */ (stdio),
    maxBuffer: 1 << 28,
    encoding: 'utf8'
  })
  if (result.error) throw new CommandError(command, result.error.message)
  if (result.status !== 0)
    throw new CommandError([command, ...args].join(' '), `ended with ${result.signal ?? result.status}`)
  return result.stdout ?? ''
}

/** Whether a command can be started. @param {string} command */
function exists(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0
}

module.exports = { CommandError, ROOT, exists, run }
