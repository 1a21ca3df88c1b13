'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { spawnSync } = require('node:child_process')
const { test } = require('node:test')

const made = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'tenon-ignore-cli-'))
process.on('exit', () => fs.rmSync(made, { recursive: true, force: true }))
fs.writeFileSync(path.join(made, '.gitignore'), '*.log\n!keep.log\n/out/\n')
fs.mkdirSync(path.join(made, 'out'))

/** @param {string[]} args @param {string} [input] */
function ignore(args, input) {
  const command = [path.join(__dirname, '../../bin/tenon.js'), 'ignore', ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: made, input, encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('the ignored paths, and an exit code as of git check-ignore', () => {
  const said = { status: 0, stdout: 'a.log\nout\n', stderr: '' }
  assert.deepEqual(ignore(['a.log', 'keep.log', 'out', 'src']), said)
  assert.deepEqual(ignore(['keep.log']), { status: 1, stdout: '', stderr: '' })
  assert.deepEqual(ignore(['-0', '--stdin'], 'a.log\0b\0'), { status: 0, stdout: 'a.log\0', stderr: '' })
  assert.equal(ignore(['../x']).status, 2)
  assert.equal(ignore([]).status, 2)
  assert.equal(ignore(['--root', 'missing', 'missing/a']).status, 2)
})

test('what decides each', () => {
  assert.equal(
    ignore(['--explain', 'a.log', 'keep.log', 'src']).stdout,
    '.gitignore:1:*.log\ta.log\n.gitignore:2:!keep.log\tkeep.log\n::\tsrc\n'
  )
  assert.deepEqual(JSON.parse(ignore(['--json', 'out/x', 'src']).stdout), {
    paths: [
      {
        path: 'out/x',
        ignored: true,
        tracked: false,
        rule: { file: '.gitignore', line: 3, pattern: '/out/', negated: false }
      },
      { path: 'src', ignored: false, tracked: false }
    ],
    problems: []
  })
})
