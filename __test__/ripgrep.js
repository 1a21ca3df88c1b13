'use strict'

// The `rg` command of the npm package, for the tests that hold `grep` to it.

const { spawnSync } = require('node:child_process')
const { createRequire } = require('node:module')

/** Where it is; undefined on a platform that it is not built for. */
function ripgrep() {
  const name = `@vscode/ripgrep-${process.platform}-${process.arch}/bin/rg${process.platform === 'win32' ? '.exe' : ''}`
  try {
    return createRequire(require.resolve('../node_modules/@vscode/ripgrep/package.json')).resolve(name)
  } catch (error) {
    if (Object(error).code !== 'MODULE_NOT_FOUND') throw error
    return undefined
  }
}

/**
 * A line that matches, or that is context, as `rg --json` gives it; undefined where it says that something is wrong.
 * @typedef {{ type: 'match' | 'context', path: string, line: number, byteOffset: number, bytes: Buffer, ranges: number[][] }} Line
 */

/**
 * @param {string} rg
 * @param {string} cwd
 * @param {string[]} args
 * @returns {Line[]}
 */
function search(rg, cwd, args) {
  const all = ['--json', '--no-config', '--sort=path', '--no-messages', ...args, '.']
  const { stdout, stderr, error } = spawnSync(rg, all, { cwd, encoding: 'utf8', maxBuffer: 1 << 30 })
  if (error) throw error
  if (stderr !== '') throw new Error(stderr)
  const bytes = (/** @type {{ text?: string, bytes?: string }} */ field) =>
    field.text === undefined ? Buffer.from(String(field.bytes), 'base64') : Buffer.from(field.text)
  return (
    stdout
      .split('\n')
      .filter((line) => line.startsWith('{"type":"match"') || line.startsWith('{"type":"context"'))
      .map((line) => {
        const { type, data } = JSON.parse(line)
        return {
          type,
          path: bytes(data.path).toString('utf8').replace(/^\.\//, '').replaceAll('\\', '/'),
          line: data.line_number,
          byteOffset: data.absolute_offset,
          bytes: bytes(data.lines),
          ranges: data.submatches.map((/** @type {{ start: number, end: number }} */ { start, end }) => [start, end])
        }
      })
      // By the bytes of whole paths, where ripgrep goes by those of names.
      .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
  )
}

module.exports = { ripgrep, search }
