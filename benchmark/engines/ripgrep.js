'use strict'

// The `rg` command, started anew for every list as an editor starts it, its output read and split.

const { execFile, spawnSync } = require('node:child_process')
const { createRequire } = require('node:module')

/** Larger than the list of any tree that is measured. */
const MAX_OUTPUT_BYTES = 1 << 30

/** The exit code where there is no file to list. */
const NOTHING_FOUND = 1

/** The binary of the npm package, else the one on PATH. */
function binary() {
  const name = `@vscode/ripgrep-${process.platform}-${process.arch}/bin/rg${process.platform === 'win32' ? '.exe' : ''}`
  try {
    return createRequire(require.resolve('../node_modules/@vscode/ripgrep/package.json')).resolve(name)
  } catch (error) {
    if (Object(error).code !== 'MODULE_NOT_FOUND') throw error
    return 'rg'
  }
}

/** @param {boolean} ignore */
function args(ignore) {
  const rules = ignore ? '--no-ignore-dot' : '--no-ignore'
  return ['--no-config', '--files', '--hidden', '--null', '--no-messages', '--glob=!.git', rules]
}

/** @param {string} output */
const split = (output) => output.split('\0').slice(0, -1)

/** @type {import('.').EngineModule} */
module.exports = {
  kind: 'rival',
  version() {
    const { stdout, error } = spawnSync(binary(), ['--version'], { encoding: 'utf8' })
    return error ? undefined : stdout.split('\n')[0].replace(/^ripgrep /, '')
  },
  open() {
    const rg = binary()
    return {
      list: (/** @type {string} */ cwd, /** @type {boolean} */ ignore) =>
        new Promise((resolve, reject) => {
          execFile(rg, args(ignore), { cwd, encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout) => {
            if (error && error.code !== NOTHING_FOUND) reject(error)
            else resolve(split(stdout))
          })
        }),
      listSync(/** @type {string} */ cwd, /** @type {boolean} */ ignore) {
        const { stdout, error } = spawnSync(rg, args(ignore), { cwd, encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES })
        if (error) throw error
        return split(stdout)
      }
    }
  }
}
