'use strict'

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
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
 * What starts a command without a shell, which would take paths apart at spaces: npm is a script that Windows cannot
 * start by itself, so Node runs its JavaScript.
 * @param {string} command
 * @param {string[]} args
 * @returns {[file: string, args: string[]]}
 */
function commandLine(command, args) {
  const script = command === 'npm' ? npmScript() : undefined
  return script === undefined ? [command, args] : [process.execPath, [script, ...args]]
}

/** npm's JavaScript: that of the npm which runs this script, else the one installed beside Node. */
function npmScript() {
  const running = process.env.npm_execpath
  if (running !== undefined && path.basename(running) === 'npm-cli.js' && fs.existsSync(running)) return running
  const folder = path.dirname(process.execPath)
  const script = path.join('node_modules', 'npm', 'bin', 'npm-cli.js')
  return [path.join(folder, script), path.join(folder, '..', 'lib', script)].find((file) => fs.existsSync(file))
}

/**
 * Runs a command in the checkout and waits; its output is shown, or returned with `capture`.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, capture?: boolean }} [options]
 * @returns {string}
 */
function run(command, args, { env = process.env, cwd = ROOT, capture = false } = {}) {
  const stdio = capture ? ['ignore', 'pipe', 'inherit'] : ['ignore', 'inherit', 'inherit']
  const result = spawnSync(...commandLine(command, args), {
    cwd,
    env,
    stdio: /** @type {any} */ (stdio),
    maxBuffer: 1 << 28,
    encoding: 'utf8'
  })
  if (result.error) throw new CommandError(command, result.error.message)
  if (result.status !== 0)
    throw new CommandError([command, ...args].join(' '), `ended with ${result.signal ?? result.status}`)
  return result.stdout ?? ''
}

/**
 * Runs a script of the checkout in this one's place: where the user stands, with the arguments of the command line.
 * It says itself what is wrong, and its exit code is this one's.
 * @param {string} script
 * @param {string[]} [args] before those of the command line
 */
function handOver(script, args = []) {
  const { error, signal, status } = spawnSync(process.execPath, [script, ...args, ...process.argv.slice(2)], {
    // npm runs scripts in the package's folder; a relative path is meant from where the user stands.
    cwd: process.env.INIT_CWD ?? process.cwd(),
    stdio: ['ignore', 'inherit', 'inherit']
  })
  const name = path.relative(ROOT, script)
  if (error) throw new CommandError(name, error.message)
  if (status === null) throw new CommandError(name, `ended with ${signal}`)
  process.exitCode = status
}

/** Whether a command can be started. @param {string} command */
function exists(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0
}

module.exports = { CommandError, ROOT, commandLine, exists, handOver, run }
