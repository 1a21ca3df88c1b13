'use strict'

// Every way a binary can be wrong: `auto` answers by the fallback and says why, `native` throws and says why, and the
// process lives.

const assert = require('node:assert/strict')
const { randomBytes } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { PACKAGE, PLATFORM, Sandbox, version } = require('../sandbox')

/** @typedef {'built' | 'packaged'} Place */
/** @typedef {{ place: Place, cause: string, reason: RegExp, path?: string, flags?: string[], env?: NodeJS.ProcessEnv }} Expected */

const linux = process.platform === 'linux'
/** The answer of either engine to the call of `REPORT`. */
const TOKENS = 2

/**
 * Both modes, where native cannot be had.
 * @param {Sandbox} sandbox
 * @param {Omit<Expected, 'place'>} expected
 */
function assertUnavailable(sandbox, { cause, reason, path: file, flags, env }) {
  const auto = sandbox.report({ flags, env })
  assert.equal(auto.error, undefined)
  assert.equal(auto.answer, TOKENS)
  assert.equal(auto.native.loaded, false)
  assert.equal(auto.native.cause, cause)
  assert.match(auto.native.reason, reason)
  assert.ok(auto.native.reason.startsWith(`${cause}: `), auto.native.reason)
  assert.equal(auto.native.path, file)
  assert.deepEqual(auto.tokens, {
    mode: 'auto',
    engine: 'fallback',
    reason: auto.native.reason,
    calls: { native: 0, fallback: 1 }
  })

  const native = sandbox.report({ flags, env: { ...env, TENON_MODE: 'native' } })
  assert.equal(native.answer, undefined)
  assert.equal(native.error?.name, 'TenonError')
  assert.equal(native.error?.code, 'ERR_NATIVE_UNAVAILABLE')
  assert.equal(native.error?.package, PACKAGE)
  assert.ok(native.error?.message.includes(auto.native.reason), native.error?.message)
  assert.deepEqual(native.native, auto.native)
  assert.deepEqual(native.tokens.calls, { native: 0, fallback: 0 })
}

/**
 * @param {Sandbox} sandbox
 * @param {string} file
 * @param {{ env?: NodeJS.ProcessEnv, flags?: string[] }} [options]
 */
function assertNative(sandbox, file, options = {}) {
  for (const mode of ['auto', 'native']) {
    const { answer, native, tokens } = sandbox.report({ ...options, env: { ...options.env, TENON_MODE: mode } })
    assert.equal(answer, TOKENS)
    assert.deepEqual(native, { loaded: true, path: file, version })
    assert.deepEqual(tokens, { mode, engine: 'native', calls: { native: 1, fallback: 0 } })
  }
}

/** Changes the bytes of a file. @param {string} file @param {(bytes: Buffer) => Buffer} change */
function rewrite(file, change) {
  fs.writeFileSync(file, change(fs.readFileSync(file)))
}

/** The same binary for the other architecture, as its header says. @param {Buffer} bytes */
function otherArchitecture(bytes) {
  const arm = process.arch === 'arm64'
  if (linux) bytes.writeUInt16LE(arm ? 62 : 183, 0x12)
  else if (process.platform === 'darwin') bytes.writeUInt32LE(arm ? 0x01000007 : 0x0100000c, 4)
  else bytes.writeUInt16LE(arm ? 0x8664 : 0xaa64, bytes.readUInt32LE(0x3c) + 4)
  return bytes
}

for (const place of /** @type {const} */ (['packaged', 'built'])) {
  const put = (/** @type {Sandbox} */ sandbox) => (place === 'built' ? sandbox.build() : sandbox.install())

  test(`${place}: a good binary serves`, (t) => {
    const sandbox = new Sandbox(t)
    assertNative(sandbox, put(sandbox))
  })

  /** @type {[what: string, change: (bytes: Buffer) => Buffer, reason: RegExp][]} */
  const damages = [
    ['empty', () => Buffer.alloc(0), /is empty/],
    ['cut to one byte', (bytes) => bytes.subarray(0, 1), linux ? /is not an ELF file/ : /does not load/],
    ['cut to 63 bytes', (bytes) => bytes.subarray(0, 63), linux ? /is not an ELF file/ : /does not load/],
    ['cut to 100 bytes', (bytes) => bytes.subarray(0, 100), linux ? /is truncated: 100 of \d+ bytes/ : /does not load/],
    [
      'cut to half',
      (bytes) => bytes.subarray(0, bytes.length >> 1),
      linux ? /is truncated: \d+ of \d+ bytes/ : /does not load/
    ],
    ['random bytes', (bytes) => randomBytes(bytes.length), linux ? /is not an ELF file/ : /does not load/],
    ['text', () => Buffer.from('<!DOCTYPE html>'.repeat(1000)), linux ? /is not an ELF file/ : /does not load/],
    ['for another architecture', otherArchitecture, /does not load/],
    [
      'an ELF header of 64 bits, then zeros',
      (bytes) => Buffer.concat([bytes.subarray(0, 20), Buffer.alloc(9999)]),
      /broken: /
    ]
  ]
  for (const [what, change, reason] of damages) {
    test(`${place}: ${what}`, (t) => {
      const sandbox = new Sandbox(t)
      const file = put(sandbox)
      rewrite(file, change)
      assertUnavailable(sandbox, { cause: 'broken', reason, path: file })
    })
  }

  test(`${place}: a byte short`, { skip: !linux && 'the last byte of other formats may be padding' }, (t) => {
    const sandbox = new Sandbox(t)
    const file = put(sandbox)
    rewrite(file, (bytes) => bytes.subarray(0, -1))
    assertUnavailable(sandbox, { cause: 'broken', reason: /is truncated: (\d+) of \d+ bytes/, path: file })
  })

  test(`${place}: another version`, (t) => {
    const sandbox = new Sandbox(t)
    const file = put(sandbox)
    sandbox.setVersion('99.1.0')
    const reason = new RegExp(
      `the binary is version ${version}, tenon is version 99\\.1\\.0; npm install ${PACKAGE}@99\\.1\\.0`
    )
    assertUnavailable(sandbox, { cause: 'stale', reason, path: file })
  })

  test(`${place}: a library that is no addon`, { skip: !linux && 'takes a library of the system' }, (t) => {
    const sandbox = new Sandbox(t)
    const file = put(sandbox)
    const report = /** @type {any} */ (process.report.getReport())
    const library = report.sharedObjects.find((/** @type {string} */ name) => /\/lib(m|stdc\+\+)[.-]/.test(name))
    fs.copyFileSync(library, file)
    assertUnavailable(sandbox, { cause: 'broken', reason: /does not load: .*self-register/, path: file })
  })

  test(`${place}: not readable`, { skip: process.platform === 'win32' && 'Windows has no such permission' }, (t) => {
    const sandbox = new Sandbox(t)
    const file = put(sandbox)
    fs.chmodSync(file, 0)
    // To root everything is readable: the process becomes another user, after it has started.
    const preload = path.join(sandbox.folder, 'nobody.js')
    fs.writeFileSync(preload, 'if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534) }')
    const flags = ['--require', preload]
    assertUnavailable(sandbox, { cause: 'broken', reason: /cannot be read: EACCES/, path: file, flags })
  })

  test(`${place}: a directory`, (t) => {
    const sandbox = new Sandbox(t)
    const file = put(sandbox)
    fs.rmSync(file)
    fs.mkdirSync(file)
    // Node's resolution looks for an index.js in a directory, and finds that the package has no main file.
    const found = place === 'built' ? { path: file } : {}
    assertUnavailable(sandbox, { cause: 'broken', reason: /broken: /, ...found })
  })

  test(`${place}: --no-addons`, (t) => {
    const sandbox = new Sandbox(t)
    const file = put(sandbox)
    const expected = { cause: 'disabled', reason: /^disabled: .*addon/, path: file }
    assertUnavailable(sandbox, { ...expected, flags: ['--no-addons'] })
    assertUnavailable(sandbox, { ...expected, env: { NODE_OPTIONS: '--no-addons' } })
  })
}

test('not installed', (t) => {
  const sandbox = new Sandbox(t)
  assertUnavailable(sandbox, {
    cause: 'missing',
    reason: new RegExp(`^missing: ${PACKAGE} is not installed; npm install ${PACKAGE}@${version}$`)
  })
})

test('installed without its binary', (t) => {
  const sandbox = new Sandbox(t)
  fs.rmSync(sandbox.install())
  assertUnavailable(sandbox, { cause: 'broken', reason: new RegExp(`Cannot find module '.*${PACKAGE}`) })
})

test('installed with a broken package.json', (t) => {
  const sandbox = new Sandbox(t)
  const file = path.join(path.dirname(sandbox.install()), 'package.json')
  fs.writeFileSync(file, '{')
  assertUnavailable(sandbox, { cause: 'broken', reason: /package\.json/ })
})

test('a platform without a binary', (t) => {
  const sandbox = new Sandbox(t)
  const preload = path.join(sandbox.folder, 'other-platform.js')
  fs.writeFileSync(preload, "Object.defineProperty(process, 'arch', { value: 'riscv64' })")
  const { answer, native, tokens } = sandbox.report({ flags: ['--require', preload] })
  assert.equal(answer, TOKENS)
  assert.equal(native.cause, 'unsupported')
  assert.equal(native.reason, `unsupported: no binary is built for ${PLATFORM.replace(process.arch, 'riscv64')}`)
  assert.equal(tokens.engine, 'fallback')
})

test('a build in the checkout comes before the installed package', (t) => {
  const sandbox = new Sandbox(t)
  sandbox.install()
  assertNative(sandbox, sandbox.build())
})

test('TENON_NATIVE_PATH: a good file serves, whatever else is there', (t) => {
  const sandbox = new Sandbox(t)
  rewrite(sandbox.build(), () => Buffer.from('not an addon'))
  const chosen = path.join(sandbox.folder, 'chosen.node')
  fs.copyFileSync(sandbox.install(), chosen)
  assertNative(sandbox, chosen, { env: { TENON_NATIVE_PATH: chosen } })
  assertNative(sandbox, chosen, { env: { TENON_NATIVE_PATH: 'chosen.node' } })
})

test('TENON_NATIVE_PATH: nothing else is tried', (t) => {
  const sandbox = new Sandbox(t)
  fs.copyFileSync(sandbox.install(), sandbox.built)
  const missing = path.join(sandbox.folder, 'no', 'such.node')
  const reason = new RegExp('TENON_NATIVE_PATH names .*such\\.node., which does not exist')
  assertUnavailable(sandbox, { cause: 'missing', reason, path: missing, env: { TENON_NATIVE_PATH: missing } })

  const broken = path.join(sandbox.folder, 'broken.node')
  fs.writeFileSync(broken, 'not an addon')
  assertUnavailable(sandbox, {
    cause: 'broken',
    reason: /broken\.node/,
    path: broken,
    env: { TENON_NATIVE_PATH: broken }
  })

  assertUnavailable(sandbox, {
    cause: 'broken',
    reason: /broken: /,
    path: sandbox.folder,
    env: { TENON_NATIVE_PATH: sandbox.folder }
  })

  sandbox.setVersion('99.1.0')
  assertUnavailable(sandbox, {
    cause: 'stale',
    reason: /tenon is version 99\.1\.0/,
    path: sandbox.packaged,
    env: { TENON_NATIVE_PATH: sandbox.packaged }
  })
})

test('an empty TENON_NATIVE_PATH is none', (t) => {
  const sandbox = new Sandbox(t)
  assertNative(sandbox, sandbox.install(), { env: { TENON_NATIVE_PATH: '' } })
})
