'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { Worker } = require('node:worker_threads')

const ROOT = path.join(__dirname, '../..')
/** Thousands of files, so that a walk takes longer than it takes to end it. */
const TREE = path.join(ROOT, 'node_modules')
const WORKERS = 20

/** What works in the background, and takes longer than it takes to end it. */
const BACKGROUND = {
  'files.list': 'tenon.files.list(TREE, { ignore: false })',
  'files.grep': 'tenon.files.grep({ pattern: "\\\\w+Error", root: TREE + "/eslint", ignored: true })',
  'tokens.countBatchAsync': 'tenon.tokens.countBatchAsync([LONG, "a", LONG])',
  'tokens.encodeAsync': 'tenon.tokens.encodeAsync(LONG, { encoding: "cl100k_base" })'
}
const NAMES = `
  const TREE = ${JSON.stringify(TREE)}
  const LONG = 'const value = compute(index + 1)\\n'.repeat(30_000)`

/** Loads Tenon natively and calls it until it is ended. @param {string} call */
const busy = (call) => `
  ${NAMES}
  const { parentPort, workerData } = require('node:worker_threads')
  const tenon = require(workerData.root)
  tenon.configure({ mode: 'native' })
  const text = 'const value = compute(index + 1)\\n'.repeat(2000)
  const expected = tenon.tokens.count(text)
  const turn = () => {
    ${call}.catch((error) => parentPort.postMessage({ error: error.message }))
    if (tenon.tokens.count(text) !== expected) parentPort.postMessage({ error: 'a count changed' })
    setImmediate(turn)
  }
  turn()
  parentPort.postMessage({ expected, calls: tenon.status().features.tokens.calls })`

for (const [name, call] of Object.entries(BACKGROUND)) {
  test(`${WORKERS} workers load, call and are ended in the middle of calls: ${name}`, async () => {
    const workers = Array.from(
      { length: WORKERS },
      () => new Worker(busy(call), { eval: true, workerData: { root: ROOT } })
    )
    const answers = await Promise.all(
      workers.map(
        (worker) =>
          new Promise((resolve, reject) => {
            worker.once('message', resolve)
            worker.once('error', reject)
          })
      )
    )
    for (const { expected, calls, error } of answers) {
      assert.equal(error, undefined)
      assert.equal(expected, answers[0].expected)
      assert.ok(calls.native > 0 && calls.fallback === 0, 'each worker has its own counters, and used native')
    }
    // At different moments of their calls.
    await Promise.all(
      workers.map(async (worker, index) => {
        await new Promise((resolve) => setTimeout(resolve, index * 7))
        await worker.terminate()
      })
    )
    const tenon = require(ROOT)
    assert.equal(tenon.tokens.count('one two'), 2, 'the main thread works on')
    assert.equal(await tenon.tokens.countAsync('one two'), 2, 'and so does the thread pool')
  })
}

test('workers come and go without end', async () => {
  const once = `
    const { parentPort, workerData } = require('node:worker_threads')
    parentPort.postMessage(require(workerData.root).tokens.encode('hello world', { encoding: 'cl100k_base' }))`
  for (let turn = 0; turn < 30; turn++) {
    const worker = new Worker(once, { eval: true, workerData: { root: ROOT } })
    const ids = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    assert.deepEqual([...ids], [15339, 1917])
    await worker.terminate()
  }
})

/** @param {string} call @param {string} end how the process ends */
const inFlight = (call, end) => `
  ${NAMES}
  const tenon = require(${JSON.stringify(ROOT)})
  tenon.configure({ mode: 'native' })
  for (let call = 0; call < 8; call++) ${call}.then(() => {}, (error) => console.error(error.code))
  ${end}`

for (const [name, call] of Object.entries(BACKGROUND)) {
  test(`a process that exits with work in flight ends as it meant to: ${name}`, () => {
    for (const [end, status] of /** @type {const} */ ([
      ['process.exit(7)', 7],
      ['setTimeout(() => process.exit(7), 1)', 7],
      ['setTimeout(() => { throw new Error("on purpose") }, 1)', 1],
      ['', 0]
    ])) {
      for (let turn = 0; turn < 3; turn++) {
        const ended = spawnSync(process.execPath, ['-e', inFlight(call, end)], { encoding: 'utf8', timeout: 60_000 })
        assert.deepEqual(
          { status: ended.status, signal: ended.signal },
          { status, signal: null },
          `${end}: ${ended.stderr}`
        )
      }
    }
  })
}

test('a signal that is aborted again and again leaves nothing running', async () => {
  const tenon = require(ROOT)
  for (let turn = 0; turn < 50; turn++) {
    const controller = new AbortController()
    const listing = tenon.files.list(TREE, { ignore: false, signal: controller.signal })
    setImmediate(() => controller.abort())
    await assert.rejects(listing, { code: 'ERR_ABORTED' }).catch((/** @type {any} */ failed) => {
      // A small tree may be listed before the signal comes.
      if (!/Missing expected rejection/.test(failed.message)) throw failed
    })
  }
})

for (const [what, call] of [
  [
    'a search',
    `tenon.files.grep({ pattern: 'x{3}y', root: ${JSON.stringify(path.parse(ROOT).root)}, ignored: true, allowBroadRoot: true })`
  ],
  ['a walk', `tenon.files.list(${JSON.stringify(path.parse(ROOT).root)}, { ignore: false })`],
  // Random letters, which take longer than words that recur: seconds, if nothing ends them.
  ['a count', 'tenon.tokens.countAsync(letters)']
]) {
  test(`an exit does not wait for ${what}`, () => {
    const script = `
    const tenon = require(${JSON.stringify(ROOT)})
    tenon.configure({ mode: 'native' })
    const letters = require('node:crypto').randomBytes(48 << 20).toString('base64')
    for (let call = 0; call < 4; call++) ${call}.catch(() => 0)
    setTimeout(() => { process.stdout.write(String(Date.now())); process.exit(7) }, 20)`
    const { stdout, status } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })
    assert.equal(status, 7)
    assert.ok(Date.now() - Number(stdout) < 2000, 'the exit took as long as the work')
  })
}
