'use strict'

// `npm start`: what its answer leaves out is said, and nothing it can go on without ends it.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const tenon = require('../..')
const context = require('../../start/rows/context')
const files = require('../../start/rows/files')
const tokens = require('../../start/rows/tokens')
const { BINARY, ROOT, cleanEnvironment, temporaryFolder } = require('../sandbox')

/** A size that Node refuses to read at once; only Linux is sure to give no room to the hole in the file. */
const TOO_LARGE_BYTES = process.platform === 'linux' ? 3 * 2 ** 30 : 33 * 2 ** 20

/** @param {string} folder @param {Record<string, string>} contents */
function write(folder, contents) {
  for (const [name, content] of Object.entries(contents)) {
    const file = path.join(folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content)
  }
  return folder
}

/**
 * What `npm start` needs of a checkout, in a folder whose name is in every message about it.
 * @param {import('node:test').TestContext} t
 * @param {{ addon: boolean }} options
 */
function checkout(t, { addon }) {
  const folder = path.join(temporaryFolder(t), 'start')
  const needed = ['package.json', 'package-lock.json', 'Cargo.toml', 'Cargo.lock', 'index.js', 'lib', 'crates']
  for (const name of [...needed, 'scripts', 'start', ...(addon ? [BINARY] : [])]) {
    fs.cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true, preserveTimestamps: true })
  }
  // However old the addon of this checkout is, it is not what is tested here.
  if (addon) fs.utimesSync(path.join(folder, BINARY), new Date(), new Date())
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'), 'junction')
  return folder
}

/**
 * @param {string} folder the checkout
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function start(folder, args, env) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(folder, 'scripts', 'start.js'), ...args], {
    cwd: folder,
    env: cleanEnvironment({ INIT_CWD: folder, ...env }),
    encoding: 'utf8'
  })
  return { status, stdout, stderr }
}

/** A folder with programs that stand for others. @param {string} folder @param {Record<string, string>} scripts */
function programs(folder, scripts) {
  for (const [name, script] of Object.entries(scripts)) {
    fs.mkdirSync(folder, { recursive: true })
    fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }
  return `${folder}${path.delimiter}${process.env.PATH}`
}

const POSIX = { skip: process.platform === 'win32' && 'stands in for programs with scripts' }

describe('what is left out', () => {
  test('files that cannot be counted are parts of the answer', async (t) => {
    const directory = write(temporaryFolder(t), { text: 'hello world', binary: 'a\0b', 'folder/inner': '' })
    fs.writeFileSync(path.join(directory, 'large'), '')
    fs.truncateSync(path.join(directory, 'large'), TOO_LARGE_BYTES)
    const answers = { files: { paths: ['binary', 'folder', 'gone', 'large', 'text'] } }
    const { answer, summary } = await tokens.run(tenon, { directory, answers }, () => {})
    const { details, ...counted } = answer
    assert.deepEqual(
      details.map((/** @type {string[]} */ [name, what]) => `${what} of ${name}`),
      ['ids of text']
    )
    assert.deepEqual(counted, {
      counts: [['text', 2]],
      leftOut: [
        { what: 'binary', path: 'binary' },
        { what: 'unreadable', why: 'no regular file any more', path: 'folder' },
        { what: 'unreadable', why: 'ENOENT', path: 'gone' },
        { what: 'too large', path: 'large' }
      ]
    })
    assert.deepEqual(summary, { files: 1, bytes: 11, tokens: 2 })
  })

  test('engines that leave out different files differ', () => {
    const whole = { counts: [['a', 1]], details: [['a', 'ids', 'x']], leftOut: [] }
    const part = { counts: [], details: [], leftOut: [{ what: 'unreadable', path: 'a', why: 'EACCES' }] }
    const nothing = { counts: [], details: [], leftOut: [] }
    assert.equal(tokens.compare(whole, whole), undefined)
    assert.equal(tokens.compare(part, part), undefined)
    assert.equal(tokens.compare(whole, part), 'a: native 1 tokens, fallback unreadable (EACCES)')
    assert.equal(tokens.compare(part, nothing), 'a: native unreadable (EACCES), fallback nothing')
    assert.equal(tokens.compare(nothing, whole), 'a: native nothing, fallback 1 tokens')
    assert.equal(
      tokens.compare(whole, { ...whole, details: [['a', 'ids', 'y']] }),
      'a: native and fallback have other ids'
    )
    const listing = { paths: [], skipped: [], truncated: false }
    assert.match(String(files.compare(listing, { ...listing, truncated: true })), /^skipped: /)
    const fitted = { tokensBefore: 9, tokens: 7, dropped: [1], changes: [], messages: ['a', 'b'] }
    assert.equal(context.compare(fitted, { ...fitted }), undefined)
    assert.equal(context.compare(fitted, { ...fitted, tokens: 8 }), 'tokens: native …7…, fallback …8…')
    assert.match(String(context.compare(fitted, { ...fitted, messages: ['a', 'c'] })), /^messages: native ….*b"\]…, /)
  })

  test('is one line after the table, and in the JSON', (t) => {
    const folder = checkout(t, { addon: true })
    const contents = { a: 'x', b0: '\0', b1: '\0', b2: '\0', b3: '\0', 'nested/.git/HEAD': 'ref: refs/heads/main\n' }
    const tree = write(path.join(folder, 'tree'), { ...contents, '.git/HEAD': 'ref: refs/heads/main\n' })
    for (const repository of [tree, path.join(tree, 'nested')]) {
      for (const name of ['objects', 'refs']) fs.mkdirSync(path.join(repository, '.git', name))
    }
    const { status, stdout } = start(folder, [tree])
    assert.equal(status, 0)
    const line = 'Left out: 1 skipped (nested: nested git repository); 4 binary (b0, b1, b2, …).'
    assert.ok(stdout.split('\n').includes(line), stdout)
    const { leftOut, truncated, rows } = JSON.parse(start(folder, [tree, '--json']).stdout)
    assert.deepEqual(
      { leftOut, truncated },
      {
        leftOut: {
          skipped: { count: 1, samples: ['nested: nested git repository'] },
          binary: { count: 4, samples: ['b0', 'b1', 'b2'] }
        },
        truncated: false
      }
    )
    assert.deepEqual(
      rows.map((/** @type {any} */ row) => row.equal),
      Array(10).fill(true)
    )
  })

  test('an empty list is said, and an ignored root is the reason', (t) => {
    const folder = checkout(t, { addon: true })
    const tree = write(path.join(folder, 'tree'), { '.git/HEAD': 'ref: refs/heads/main\n', '.gitignore': 'out\n' })
    for (const name of ['.git/objects', '.git/refs', 'out']) fs.mkdirSync(path.join(tree, name))
    write(tree, { 'out/a': 'x' })
    const { status, stdout } = start(folder, [path.join(tree, 'out')])
    assert.equal(status, 0)
    assert.match(stdout, /^There is nothing to run over: git would list no file under .*out\.$/m)
    assert.match(stdout, /^Left out: 1 skipped \(\.: the root itself is ignored/m)
  })
})

describe('exit codes', () => {
  test('an error is told once, whatever the checkout is called, and is 2', (t) => {
    const folder = checkout(t, { addon: true })
    const { status, stderr } = start(folder, ['no such folder'])
    assert.equal(status, 2)
    assert.match(stderr, /^npm start: .*ENOENT/m)
    assert.doesNotMatch(stderr, /ended with/)
  })

  test('a difference is 1', (t) => {
    const folder = checkout(t, { addon: true })
    fs.appendFileSync(
      path.join(folder, 'lib', 'tokens', 'index.js'),
      "\nconst right = module.exports.count\nmodule.exports.count = (...given) => right(...given) + (process.env.TENON_MODE === 'native' ? 1 : 0)\n"
    )
    const { status, stderr } = start(folder, [write(path.join(folder, 'tree'), { a: 'x' })])
    assert.equal(status, 1)
    assert.match(stderr, /^DIFFERENT ANSWERS in tokens: a: native 2 tokens, fallback 1 tokens$/m)
  })

  test('what fails before it is told as well', (t) => {
    const folder = checkout(t, { addon: true })
    fs.rmSync(path.join(folder, 'node_modules'), { recursive: true })
    const npm = path.join(folder, 'npm-cli.js')
    fs.writeFileSync(npm, 'process.exit(3)')
    const { status, stderr } = start(folder, [], { npm_execpath: npm })
    assert.equal(status, 2)
    assert.match(stderr, /^npm ci .*: ended with 3$/m)
  })
})

describe('without an addon', () => {
  test('a Rust that cannot build it: the fallback runs, and both are said', POSIX, (t) => {
    const folder = checkout(t, { addon: false })
    const version = 'echo rustc 1.70.0'
    const PATH = programs(path.join(folder, 'programs'), {
      cargo: '[ "$1" = --version ] && exit 0\necho "error: rustc 1.70.0 is not supported" >&2\nexit 101',
      rustc: version
    })
    const { status, stdout, stderr } = start(folder, [write(path.join(folder, 'tree'), { a: 'x' })], { PATH })
    assert.equal(status, 0, stderr)
    assert.match(stderr, /rustc 1\.70\.0 is not supported/)
    assert.match(stderr, /^the addon could not be built, for the reason above/m)
    assert.match(
      stderr,
      /^Tenon needs Rust \d+\.\d+ or later, and here is rustc 1\.70\.0; .* only the JavaScript fallback/m
    )
    assert.match(stdout, /^Only the fallback ran: there is no native addon/m)
  })

  test('npm test fails, for it compares the engines', POSIX, (t) => {
    const folder = checkout(t, { addon: false })
    const PATH = programs(path.join(folder, 'programs'), { cargo: '[ "$1" = --version ] || exit 101' })
    const { status } = spawnSync(process.execPath, [path.join(folder, 'scripts', 'test.js'), 'parity'], {
      env: cleanEnvironment({ PATH }),
      encoding: 'utf8'
    })
    assert.equal(status, 1)
  })
})

test('a path with spaces reaches npm whole', (t) => {
  const folder = path.join(temporaryFolder(t), 'a folder & more')
  fs.mkdirSync(folder)
  const { commandLine } = require('../../scripts/run')
  const { status, stdout } = spawnSync(...commandLine('npm', ['prefix', '--prefix', folder]), { encoding: 'utf8' })
  assert.deepEqual({ status, stdout: stdout.trim() }, { status: 0, stdout: folder })
})
