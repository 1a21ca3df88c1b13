'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, test } = require('node:test')

const BIN = path.join(__dirname, '../../bin/tenon.js')
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-cli-'))
after(() => fs.rmSync(directory, { recursive: true }))
fs.writeFileSync(path.join(directory, 'hello.txt'), 'hello world')
fs.writeFileSync(path.join(directory, '.gitignore'), 'ignored\n')
fs.writeFileSync(path.join(directory, 'ignored'), 'x')

/**
 * @param {string[]} args
 * @param {{ input?: string, env?: NodeJS.ProcessEnv }} [options]
 */
function tenon(args, { input, env } = {}) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [BIN, ...args], {
    cwd: directory,
    encoding: 'utf8',
    input,
    env: { ...process.env, ...env }
  })
  return { stdout, stderr, status }
}

test('files lists what git would not ignore', () => {
  assert.deepEqual(tenon(['files']), { stdout: '.gitignore\nhello.txt\n', stderr: '', status: 0 })
  assert.deepEqual(tenon(['files', directory, '--no-hidden', '-0']), { stdout: 'hello.txt\0', stderr: '', status: 0 })
  assert.deepEqual(tenon(['files', '--no-ignore', '--no-hidden']).stdout, 'hello.txt\nignored\n')
  assert.deepEqual(JSON.parse(tenon(['files', '--json']).stdout), {
    paths: ['.gitignore', 'hello.txt'],
    skipped: [],
    truncated: false
  })
})

test('a list that was cut short is exit code 1 and said', () => {
  const { stdout, stderr, status } = tenon(['files', '--max-files', '1'])
  assert.deepEqual({ stdout, status }, { stdout: '.gitignore\n', status: 1 })
  assert.match(stderr, /there are more than 1 files/)
})

test('tokens counts files, directories and standard input', () => {
  assert.equal(tenon(['tokens', 'hello.txt']).stdout, '2 hello.txt\n')
  assert.equal(tenon(['tokens', '-'], { input: 'one two three' }).stdout, '3 -\n')
  assert.equal(tenon(['tokens', '--model', 'gpt-4'], { input: 'one two three' }).stdout, '3 -\n')
  assert.match(tenon(['tokens', '.']).stdout, /^2 \.gitignore\n2 hello\.txt\n4 total\n$/)
  assert.deepEqual(JSON.parse(tenon(['tokens', '--json', 'hello.txt']).stdout), [{ path: 'hello.txt', tokens: 2 }])
})

test('doctor says which engine serves, in words and as JSON', () => {
  const status = JSON.parse(tenon(['doctor', '--json'], { env: { TENON_MODE: 'auto', TENON_NATIVE_PATH: '' } }).stdout)
  assert.equal(status.native.loaded, true)
  const missing = tenon(['doctor'], {
    env: { TENON_MODE: 'auto', TENON_NATIVE_PATH: path.join(directory, 'none.node') }
  })
  assert.equal(missing.status, 1)
  assert.match(missing.stdout, /native: not loaded\. missing: TENON_NATIVE_PATH names/)
  assert.match(missing.stdout, /tokens +fallback +mode auto: missing/)
  const chosen = tenon(['--mode', 'fallback', 'doctor'])
  assert.equal(chosen.status, 0)
  assert.match(chosen.stdout, /tokens +fallback +mode fallback/)
})

test('errors are one line on stderr and exit code 2', () => {
  for (const [args, message] of /** @type {[string[], RegExp][]} */ ([
    [['files', 'none'], /^tenon: ERR_IO: cannot read directory 'none': ENOENT\n$/],
    [['tokens', 'none'], /^tenon: ENOENT: .*none/],
    [['tokens', '--model', 'claude', 'hello.txt'], /^tenon: ERR_UNSUPPORTED: /],
    [['tokens', '--encoding', 'x', 'hello.txt'], /^tenon: ERR_INVALID_ARG: /],
    [['files', '--max-files', 'many'], /must be a whole number from 1/],
    [['files', '--wrong'], /unknown option '--wrong'/],
    [['wrong'], /unknown command 'wrong'/],
    [['--mode', 'fast', 'files'], /Allowed choices are auto, native, fallback, shadow/]
  ])) {
    const { stdout, stderr, status } = tenon(args)
    assert.deepEqual({ stdout, status }, { stdout: '', status: 2 }, args.join(' '))
    assert.match(stderr, message)
  }
  const wrongMode = tenon(['files'], { env: { TENON_MODE: 'fast' } })
  assert.equal(wrongMode.status, 2)
  assert.match(wrongMode.stderr, /^tenon: ERR_INVALID_ARG: TENON_MODE must be one of/)
})

test('help and version are exit code 0', () => {
  assert.match(tenon(['--help']).stdout, /^Usage: tenon/)
  assert.match(tenon(['files', '--help']).stdout, /--max-files <count>/)
  const { stdout, status } = tenon(['--version'])
  assert.deepEqual({ stdout, status }, { stdout: `${require('../../package.json').version}\n`, status: 0 })
})

test('a reader that has seen enough is no error', () => {
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', `"${process.execPath}" "${BIN}" files --no-ignore "${path.join(__dirname, '../..')}" | head -n 1`],
    { encoding: 'utf8' }
  )
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
})
