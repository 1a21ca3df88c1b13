'use strict'

const assert = require('node:assert/strict')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')
const tenon = require('../..')

const { createPaths, find, findSync } = tenon.files
const PATHS = ['crates/files/src/lib.rs', 'lib/files/index.js', 'index.d.ts']

test('finds among paths, the best first', async () => {
  const expected = [{ path: 'crates/files/src/lib.rs', score: 96, indices: [7, 17, 18, 19] }]
  assert.deepEqual(findSync('flib', { paths: PATHS }), expected)
  assert.deepEqual(await find('flib', { paths: PATHS }), expected)
  assert.deepEqual(findSync('flib', { paths: [] }), [])
  assert.deepEqual(findSync('!index', { paths: PATHS }), [{ path: PATHS[0], score: 0, indices: [] }])
  assert.equal(findSync('', { paths: Array(100).fill('a') }).length, 50)
  assert.equal(findSync('', { paths: PATHS, limit: 0 }).length, 0)
})

test('a set is prepared once, and closed', async () => {
  const given = [...PATHS]
  const set = createPaths(given)
  given.length = 0
  assert.equal(set.size, 3)
  assert.equal(findSync('index', { paths: set }).length, 2)
  const underWay = find('index', { paths: set })
  set.close()
  set.close()
  assert.equal((await underWay).length, 2)
  const closed = { name: 'TenonError', code: 'ERR_CLOSED', message: 'the path set is closed' }
  assert.throws(() => findSync('index', { paths: set }), closed)
  await assert.rejects(find('index', { paths: set }), closed)
  const disposed = createPaths([])
  assert.deepEqual(findSync('', { paths: disposed }), [])
  disposed[Symbol.dispose]()
  assert.throws(() => findSync('', { paths: disposed }), closed)
})

test('an array may change while a search is under way', async () => {
  const given = [...PATHS]
  const underWay = find('index', { paths: given })
  given.fill('gone')
  assert.deepEqual(
    (await underWay).map((it) => it.path),
    ['index.d.ts', 'lib/files/index.js']
  )
})

test('finds below a root, and tells what was not searched', async () => {
  const found = await find("^lib/files/find/ 'facade", { root: path.join(__dirname, '../..') })
  assert.deepEqual(
    found.map((it) => it.path),
    ['lib/files/find/facade.js']
  )
  assert.ok(Array.isArray(found.skipped))
  assert.equal(found.truncated, false)
  assert.equal(typeof found.leftOut.ignored, 'number')
  const root = path.join(__dirname, 'none')
  await assert.rejects(find('a', { root }), { code: 'ERR_IO', errno: 'ENOENT', path: root })
})

test('a signal ends a search', async () => {
  const reason = new Error('enough')
  const aborted = { name: 'TenonError', code: 'ERR_ABORTED', cause: reason }
  for (const where of /** @type {any[]} */ ([{ paths: PATHS }, { root: '.' }])) {
    await assert.rejects(find('a', { ...where, signal: AbortSignal.abort(reason) }), aborted)
    const controller = new AbortController()
    const underWay = find('a', { ...where, signal: controller.signal })
    controller.abort(reason)
    await assert.rejects(underWay, aborted)
  }
})

test('an abort ends a long search soon', async () => {
  const paths = Array.from({ length: 5000 }, () => 'ab'.repeat(2000))
  for (const query of ['ab'.repeat(300), `'${'ab'.repeat(300)}`, 'a '.repeat(500)]) {
    const controller = new AbortController()
    const underWay = find(query, { paths, signal: controller.signal })
    setTimeout(() => controller.abort(), 20)
    const started = performance.now()
    await assert.rejects(underWay, { code: 'ERR_ABORTED' })
    const took = performance.now() - started
    assert.ok(took < 5000, `${took} ms`)
  }
})

test('wrong arguments say what is wrong', async () => {
  const paths = PATHS
  for (const [args, message, code = 'ERR_INVALID_ARG'] of /** @type {[any[], RegExp, string?][]} */ ([
    [[7, { paths }], /^query must be a string, not 7$/],
    [['a'.repeat(1025), { paths }], /^the query has more than 1024 code units$/, 'ERR_LIMIT'],
    [['a'], /^options must be an object, not undefined$/],
    [['a', { paths, depth: 1 }], /^unknown option "depth"; the options are /],
    [['a', { paths: 'a' }], /^options.paths must be an array of strings or a path set, not "a"$/],
    [['a', { paths: ['a', 7] }], /^options.paths\[1\] must be a string, not 7$/],
    [['a', { paths: ['a\0'] }], /^options.paths\[0\] must be a path without NUL/],
    [['a', { paths, limit: -1 }], /^options.limit must be an integer from 0 to 1000000, not -1$/],
    [['a', { paths, typos: 5 }], /^options.typos must be an integer from 0 to 4, not 5$/],
    [['a', { paths, ignoreCase: 'no' }], /^options.ignoreCase must be true, false or 'smart', not "no"$/]
  ])) {
    assert.throws(() => /** @type {any} */ (findSync)(...args), { name: 'TenonError', code, message })
    await assert.rejects(/** @type {any} */ (find)(...args), { name: 'TenonError', code, message })
  }
  for (const [options, message] of /** @type {[any, RegExp][]} */ ([
    [{}, /^either options.root or options.paths must be given$/],
    [{ paths, root: '.' }, /^either options.root or options.paths must be given$/],
    [{ paths, hidden: true }, /^options.hidden needs options.root$/],
    [{ root: 7 }, /^options.root must be a string, not 7$/],
    [{ root: 'a\0' }, /^options.root must be a path without NUL/],
    [{ root: '.', hidden: 1 }, /^options.hidden must be a boolean, not 1$/],
    [{ root: '.', maxFiles: 1.5 }, /^options.maxFiles must be an integer/],
    [{ root: os.homedir() }, /options.allowBroadRoot must be true/],
    [{ root: '.', signal: {} }, /^options.signal must be an AbortSignal/]
  ])) {
    await assert.rejects(find('a', options), { name: 'TenonError', code: 'ERR_INVALID_ARG', message })
  }
  assert.throws(() => findSync('a', /** @type {any} */ ({ root: '.' })), { message: /^unknown option "root"/ })
  assert.throws(() => createPaths(/** @type {any} */ ('a')), { message: /^paths must be an array of strings/ })
  assert.throws(() => createPaths(/** @type {any} */ ([1])), { message: /^paths\[0\] must be a string, not 1$/ })
})

test('a set serves whichever engine answers', () => {
  const { mode } = tenon.status().features.files
  const set = createPaths(PATHS)
  const before = findSync('index', { paths: set })
  try {
    for (const other of /** @type {const} */ (['fallback', 'auto', 'fallback', 'shadow'])) {
      tenon.configure({ features: { files: other } })
      assert.deepEqual(findSync('index', { paths: set }), before)
    }
  } finally {
    tenon.configure({ features: { files: mode } })
  }
})
