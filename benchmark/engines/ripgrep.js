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

/** The matches in lines of JSON. @param {string} output */
function matchesOf(output) {
  const matches = []
  for (const line of output.split('\n')) {
    if (line === '') continue
    const { type, data } = JSON.parse(line)
    if (type === 'match') {
      const { path, lines, line_number, submatches } = data
      const bytes = lines.text === undefined ? Buffer.from(lines.bytes, 'base64') : Buffer.from(lines.text)
      const column = bytes.subarray(0, submatches[0].start).toString().length
      matches.push({ path: path.text.replace(/^\.[/\\]/, '').replaceAll('\\', '/'), line: line_number, column })
    } else if (type === 'end' && data.binary_offset !== null) {
      // Of a file that turns out to be binary, what was found so far does not count here.
      const binary = data.path.text.replace(/^\.[/\\]/, '').replaceAll('\\', '/')
      while (matches.at(-1)?.path === binary) matches.pop()
    }
  }
  return matches
}

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
      grep: (/** @type {string} */ cwd, /** @type {string} */ pattern) =>
        new Promise((resolve, reject) => {
          const options = /** @type {const} */ ({ cwd, encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES })
          const all = [
            '--json',
            '--no-config',
            '--hidden',
            '--no-ignore',
            '--no-messages',
            '--glob=!.git',
            '--max-filesize=16M'
          ]
          execFile(rg, [...all, '--crlf', '-e', pattern, '.'], options, (error, stdout) => {
            if (error && error.code !== NOTHING_FOUND) reject(error)
            else resolve(matchesOf(stdout))
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
