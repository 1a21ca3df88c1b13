'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { diff } = require('../..')

const wrong = /** @type {any} */ (diff)

/** @param {string} code @param {RegExp} message */
const error = (code, message) => ({ name: 'TenonError', code, message })

test('patches have the names that git would write, and none where nothing changed', () => {
  const header = (/** @type {import('../..').diff.PatchOptions} */ options) =>
    diff.createPatch('a\n', 'b\n', options).split('\n@@')[0]
  assert.equal(header({}), '--- a\n+++ b')
  assert.equal(header({ oldName: 'x' }), '--- x\n+++ x')
  assert.equal(header({ newName: 'x' }), '--- x\n+++ x')
  assert.equal(header({ oldName: null, newName: 'x y' }), '--- /dev/null\n+++ x y\t')
  assert.equal(header({ oldName: 'ä"\\\n\x01', newName: null }), '--- "ä\\"\\\\\\n\\001"\n+++ /dev/null')
  assert.equal(header({ oldName: null, newName: null }), '--- /dev/null\n+++ /dev/null')
  assert.equal(diff.createPatch('a', 'a', { oldName: 'x' }), '')
  assert.equal(diff.createPatch('', ''), '')
  assert.deepEqual(diff.createPatch(Buffer.from('a'), 'a'), Buffer.alloc(0))
})

test('a missing LF is marked, on either side', () => {
  assert.equal(diff.createPatch('a', ''), '--- a\n+++ b\n@@ -1 +0,0 @@\n-a\n\\ No newline at end of file\n')
  assert.equal(
    diff.createPatch('a\nb', 'a\nb\n'),
    '--- a\n+++ b\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n'
  )
})

test('a heading is the line of the function', () => {
  const before = 'function one() {\n  1\n  2\n  3\n  4\n  5\n}\n'
  const patch = diff.createPatch(before, before.replace('5', 'five'), { heading: true })
  assert.match(patch, /^@@ -3,5 \+3,5 @@ function one\(\) \{$/m)
  assert.match(diff.createPatch(before, before.replace('5', 'five')), /^@@ -3,5 \+3,5 @@$/m)
})

test('bytes that are no UTF-8, and lone surrogates, are carried through', () => {
  const bytes = Buffer.from([0x61, 0xff, 0x0a, 0xed, 0xa0, 0x80, 0x0a])
  const patch = diff.createPatch(bytes, Buffer.from('a\n'))
  assert.equal(patch.toString('latin1'), '--- a\n+++ b\n@@ -1,2 +1 @@\n-a\xff\n-\xed\xa0\x80\n+a\n')
  assert.equal(diff.createPatch('\ud800\n', '\udc00\n'), '--- a\n+++ b\n@@ -1 +1 @@\n-\ud800\n+\udc00\n')
  assert.deepEqual(diff.chars('\ud800a', '\ud800b')[0], { value: '\ud800', added: false, removed: false, count: 1 })
  const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(0x61)
  assert.deepEqual(diff.lines(shared, 'aa')[0].value, Buffer.from('aa'))
})

test('what is ignored of white space is as the second text has it', () => {
  assert.deepEqual(diff.lines('a  b\n', 'a b\n', { ignoreWhitespace: 'change' }), [
    { value: 'a b\n', added: false, removed: false, count: 1 }
  ])
  for (const [ignoreWhitespace, a, b] of /** @type {const} */ ([
    ['all', 'a b\n', 'ab\n'],
    [true, 'a b\n', 'ab\n'],
    ['at-end', 'a \t\r\n', 'a\n'],
    ['carriage-return', 'a\r\n', 'a\n']
  ])) {
    assert.equal(diff.createPatch(a, b, { ignoreWhitespace }), '')
    assert.notEqual(diff.createPatch(a, b), '')
  }
})

test('detached bytes are refused', () => {
  const bytes = new Uint8Array(3)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  assert.throws(() => diff.lines(bytes, 'a'), error('ERR_INVALID_ARG', /^a must not be detached/))
  assert.equal(diff.lines(new Uint8Array(), '').length, 0)
})

test('mistakes are told before anything is done', () => {
  assert.throws(() => wrong.lines('a'), error('ERR_INVALID_ARG', /^b must be a string or a Uint8Array, not undefined/))
  assert.throws(() => wrong.lines('a', 1), error('ERR_INVALID_ARG', /^b must be/))
  assert.throws(
    () => wrong.lines('a', 'b', { algoritm: 'myers' }),
    error('ERR_INVALID_ARG', /unknown option "algoritm"/)
  )
  assert.throws(
    () => wrong.lines('a', 'b', { algorithm: 'best' }),
    error('ERR_INVALID_ARG', /^options.algorithm must be/)
  )
  assert.throws(
    () => wrong.lines('a', 'b', { timeoutWork: 0 }),
    error('ERR_INVALID_ARG', /^options.timeoutWork must be/)
  )
  assert.throws(() => wrong.lines('a', 'b', { onCoarse: 1 }), error('ERR_INVALID_ARG', /^options.onCoarse must be/))
  assert.throws(() => wrong.lines('a', 'b', { ignoreWhitespace: 'some' }), error('ERR_INVALID_ARG', /ignoreWhitespace/))
  assert.throws(() => wrong.words('a', 'b', { ignoreWhitespace: true }), error('ERR_INVALID_ARG', /is for lines/))
  assert.throws(
    () => wrong.createPatch('a', 'b', { context: -1 }),
    error('ERR_INVALID_ARG', /^options.context must be/)
  )
  assert.throws(() => wrong.createPatch('a', 'b', { heading: 1 }), error('ERR_INVALID_ARG', /^options.heading must be/))
  assert.throws(() => wrong.createPatch('a', 'b', { oldName: 'a\0' }), error('ERR_INVALID_ARG', /without NUL/))
  assert.throws(() => wrong.createPatch('a', 'b', null), error('ERR_INVALID_ARG', /^options must be an object/))
})
