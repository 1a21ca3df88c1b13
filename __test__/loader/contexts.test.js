'use strict'

// Where the package is loaded from: ES modules, worker threads, links, folders with odd names.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { PACKAGE, REPORT, Sandbox, version } = require('../sandbox')

/** Starts `count` workers that report, with that many options; prints their reports. @param {string} options @param {number} count */
const workers = (options, count) => `
  const { Worker } = require('node:worker_threads')
  const code = ${JSON.stringify(`const tenon = require('tenon'); ${REPORT}; require('node:worker_threads').parentPort.postMessage(report)`)}
  const start = () => new Promise((resolve, reject) => {
    const worker = new Worker(code, { eval: true, ...${options} })
    worker.on('error', reject)
    worker.on('message', resolve)
  })
  Promise.all(Array.from({ length: ${count} }, start)).then((reports) => console.log(JSON.stringify(reports)))`

test('worker threads load the binary, one after the other and at once', (t) => {
  const sandbox = new Sandbox(t)
  const file = sandbox.install()
  const reports = /** @type {any} */ (sandbox.report({ script: workers('{}', 8) }))
  assert.equal(reports.length, 8)
  for (const { answer, native, tokens } of reports) {
    assert.equal(answer, 2)
    assert.deepEqual(native, { loaded: true, path: file, version })
    assert.deepEqual(tokens.calls, { native: 1, fallback: 0 })
  }
})

test('a worker has its own mode and its own outcome', (t) => {
  const sandbox = new Sandbox(t)
  sandbox.install()
  const script = workers("{ env: { TENON_MODE: 'fallback' } }", 1)
  const [forced] = /** @type {any} */ (sandbox.report({ script }))
  assert.equal(forced.tokens.reason, 'mode is fallback')
  assert.equal(forced.answer, 2)

  const [without] = /** @type {any} */ (sandbox.report({ script: workers("{ execArgv: ['--no-addons'] }", 1) }))
  assert.equal(without.native.cause, 'disabled')
  assert.equal(without.answer, 2)
})

test('a broken binary breaks no worker', (t) => {
  const sandbox = new Sandbox(t)
  fs.truncateSync(sandbox.install(), 5000)
  for (const { answer, native } of /** @type {any} */ (sandbox.report({ script: workers('{}', 4) }))) {
    assert.equal(answer, 2)
    assert.equal(native.cause, 'broken')
  }
})

test('ES modules see the same package', (t) => {
  const sandbox = new Sandbox(t)
  const file = sandbox.install()
  const script = `
    import tenon, { tokens, status } from 'tenon'
    import * as subpath from 'tenon/tokens'
    import { createRequire } from 'node:module'
    const one = createRequire(process.cwd() + '/x.js')('tenon')
    console.log(JSON.stringify({
      count: tokens.count('hello world'),
      same: one === tenon && one.tokens === tokens && subpath.count === tokens.count,
      native: status().native
    }))`
  assert.deepEqual(sandbox.report({ script, flags: ['--input-type=module'] }), {
    count: 2,
    same: true,
    native: { loaded: true, path: file, version }
  })
})

test('a folder with a space, a percent sign and letters beyond ASCII', (t) => {
  const sandbox = new Sandbox(t)
  sandbox.install()
  const odd = path.join(sandbox.folder, 'ein Ordner 100% für 東京')
  fs.mkdirSync(odd)
  fs.renameSync(path.join(sandbox.folder, 'node_modules'), path.join(odd, 'node_modules'))
  const { answer, native } = sandbox.report({ cwd: odd })
  assert.equal(answer, 2)
  assert.equal(native.loaded, true, native.reason)
})

test('a linked package', { skip: process.platform === 'win32' && 'Windows lets only some users make links' }, (t) => {
  const sandbox = new Sandbox(t)
  const store = path.join(sandbox.folder, 'store')
  sandbox.install()
  fs.renameSync(path.join(sandbox.folder, 'node_modules'), path.join(sandbox.folder, 'store'))
  fs.mkdirSync(path.join(sandbox.folder, 'node_modules'))
  // As pnpm lays it out: only what a package names beside it can be found from it.
  fs.mkdirSync(path.join(store, 'inner', 'node_modules'), { recursive: true })
  for (const name of ['tenon', PACKAGE]) {
    fs.renameSync(path.join(store, name), path.join(store, 'inner', 'node_modules', name))
  }
  fs.symlinkSync(path.join(store, 'inner', 'node_modules', 'tenon'), path.join(sandbox.folder, 'node_modules', 'tenon'))
  const { answer, native } = sandbox.report()
  assert.equal(answer, 2)
  assert.equal(native.loaded, true, native.reason)
})

test('the current directory may be gone', { skip: process.platform === 'win32' && 'Windows keeps it' }, (t) => {
  const sandbox = new Sandbox(t)
  sandbox.install()
  const script = `
    const gone = require('node:fs').mkdtempSync('gone-')
    const folder = process.cwd()
    process.chdir(gone)
    require('node:fs').rmdirSync(folder + '/' + gone)
    const tenon = require(folder + '/node_modules/tenon')
    console.log(JSON.stringify({ answer: tenon.tokens.count('hello world'), loaded: tenon.status().native.loaded }))`
  assert.deepEqual(sandbox.report({ script }), { answer: 2, loaded: true })
})

test("the process's own dlopen is back after loading", (t) => {
  const sandbox = new Sandbox(t)
  const file = sandbox.install()
  const script = `
    const { dlopen } = process
    const { native } = require('tenon').status()
    console.log(JSON.stringify({ same: process.dlopen === dlopen, loaded: native.loaded }))`
  assert.deepEqual(sandbox.report({ script }), { same: true, loaded: true })
  fs.truncateSync(file, 5000)
  assert.deepEqual(sandbox.report({ script }), { same: true, loaded: false })
})
