'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { diff } = require('../..')

/** @param {() => unknown} call @param {RegExp} message @param {string} argument */
function refused(call, message, argument) {
  assert.throws(call, { name: 'TenonError', code: 'ERR_INVALID_ARG', message, argument })
}

/** @param {string} path @param {string} oldText @param {string} newText */
const block = (path, oldText, newText) => `${path}\n<<<<<<< SEARCH\n${oldText}=======\n${newText}>>>>>>> REPLACE\n`

test('arguments that are not what the manual says', () => {
  const { applyEdits, closest, parseEdits, similarity } = /** @type {any} */ (diff)
  refused(() => similarity('', 1), /^b must be a string or a Uint8Array, not 1$/, 'b')
  refused(() => closest(1, ''), /^haystack must be/, 'haystack')
  refused(() => closest('', '', { limit: 0 }), /from 1 to 100/, 'options.limit')
  refused(() => closest('', '', { minScore: 2 }), /a number from 0 to 1/, 'options.minScore')
  refused(() => closest('', '', { minScore: NaN }), /a number from 0 to 1/, 'options.minScore')
  refused(() => closest('', '', { most: 1 }), /^unknown option "most"/, 'most')
  refused(() => parseEdits(null), /^text must be/, 'text')
  refused(() => applyEdits(1, []), /^source must be an object/, 'source')
  refused(() => applyEdits({ a: 1 }, ''), /^source\["a"\] must be a string or a Uint8Array/, 'source["a"]')
  refused(() => applyEdits({ a: '' }, []), /where edits have no paths/, 'source')
  refused(() => applyEdits(new Map([[1, '']]), block('a', 'b\n', '')), /a Map of strings/, 'source')
  refused(() => applyEdits('', 1), /^edits must be an object/, 'edits')
  refused(() => applyEdits('', [1]), /^edits\[0\] must be an object/, 'edits[0]')
  refused(() => applyEdits('', [{}]), /^edits\[0\].oldText must be/, 'edits[0].oldText')
  refused(() => applyEdits('', [{ oldText: '' }]), /^edits\[0\].newText must be/, 'edits[0].newText')
  refused(() => applyEdits('', [{ old: '' }]), /^unknown option "old"/, 'old')
  refused(() => applyEdits('', [{ oldText: '', newText: '', all: 1 }]), /a boolean/, 'edits[0].all')
  refused(() => applyEdits('', [{ lines: 'a' }]), /an array of lines/, 'edits[0].lines')
  refused(() => applyEdits('', [{ lines: [] }]), /an array of lines/, 'edits[0].lines')
  refused(() => applyEdits('', [{ lines: ['a'] }]), /a line behind/, 'edits[0].lines[0]')
  refused(() => applyEdits('', [{ lines: [' a\n'] }]), /a line without LF/, 'edits[0].lines[0]')
  refused(() => applyEdits('', [{ lines: [Buffer.from('a')] }]), /a line behind/, 'edits[0].lines[0]')
  refused(() => applyEdits('', [{ lines: ['+a'], anchors: [''] }]), /a line, not/, 'edits[0].anchors[0]')
  refused(() => applyEdits('', [], { fuzzy: 1.5 }), /a number from 0 to 1/, 'options.fuzzy')
  refused(() => applyEdits('', [], { fuzzy: true }), /a number from 0 to 1/, 'options.fuzzy')
  refused(() => applyEdits('', [], { partial: 1 }), /a boolean/, 'options.partial')
  refused(() => applyEdits('', [], { all: true }), /^unknown option "all"/, 'all')
  refused(() => applyEdits('', { path: 1, operation: 'update', edits: [] }), /a string or null/, 'edits.path')
  refused(() => applyEdits('', { path: 'a', operation: 'copy', edits: [] }), /one of update/, 'edits.operation')
  refused(() => applyEdits('', { path: 'a', operation: 'move', edits: [] }), /a string/, 'edits.newPath')
  const many = Array.from({ length: 10_001 }, () => ({ oldText: 'a', newText: 'b' }))
  assert.throws(() => diff.applyEdits('', many), { code: 'ERR_LIMIT', argument: 'edits' })
})

test('no edits change nothing', () => {
  assert.deepEqual(diff.applyEdits('a\r\nb', []), { text: 'a\r\nb', edits: [] })
})

test('a text is edited by what a model wrote, or by what was read of it', () => {
  const answer = block('a.js', 'one\n', 'two\n')
  const parsed = diff.parseEdits(answer)
  for (const edits of [answer, parsed, parsed.files[0], parsed.files[0].edits]) {
    assert.equal(diff.applyEdits('one\n', edits).text, 'two\n')
  }
  const text = diff.applyEdits(Buffer.from('one\n'), answer).text
  assert.ok(Buffer.isBuffer(text))
  assert.ok(Buffer.isBuffer(diff.applyEdits('one\n', Buffer.from(answer)).text))
  assert.throws(() => diff.applyEdits('one\n', answer + block('b.js', 'x\n', 'y\n')), {
    code: 'ERR_PATCH_REJECTED',
    message: 'the edits are of 2 files: give the texts by path'
  })
  assert.throws(() => diff.applyEdits('', 'nothing'), { code: 'ERR_PATCH_INVALID', line: 1 })
})

test('an error says of each edit what is wrong and what is closest', () => {
  const source = 'alpha beta\ngamma delta\nalpha beta\n'
  const edits = [
    { oldText: 'alpha', newText: 'x' },
    { oldText: 'gamma dleta\n', newText: 'x' },
    { oldText: 'gamma delta\n', newText: 'x\n' }
  ]
  assert.throws(
    () => diff.applyEdits(source, edits),
    (/** @type {any} */ error) => {
      assert.equal(error.code, 'ERR_PATCH_REJECTED')
      assert.equal(
        error.message,
        [
          'nothing was applied',
          'edit 1 of 3: more than one place may be meant; write the lines as they are there, with more of those around them (lines 1, 3)',
          'edit 2 of 3: the old text is not there; most like it, 0.91, are lines 2 to 2:',
          'gamma delta'
        ].join('\n')
      )
      assert.deepEqual(
        error.edits.map((/** @type {any} */ report) => report.reason),
        ['ambiguous', 'not-found', 'rolled-back']
      )
      return true
    }
  )
  assert.throws(() => diff.applyEdits(source, edits.slice(0, 1)), { code: 'ERR_PATCH_AMBIGUOUS' })
  assert.equal(diff.applyEdits(source, edits, { partial: true }).text, 'alpha beta\nx\nalpha beta\n')
})

test('files are edited together', () => {
  const answer = [
    '*** Begin Patch',
    '*** Update File: a.js',
    '-one',
    '+1',
    '*** Add File: new.js',
    '+new',
    '*** Delete File: old.js',
    '*** Update File: from.js',
    '*** Move to: to.js',
    '-two',
    '+2',
    '*** End Patch'
  ].join('\n')
  const sources = { './a.js': 'one\r\n', 'new.js': null, 'old.js': 'x\n', 'from.js': 'two\n', 'other.js': 'one\n' }
  const report = { applied: true, matchedWith: 'exact', line: 1, endLine: 1, count: 1, score: 1 }
  const expected = {
    files: [
      { path: './a.js', operation: 'update', text: '1\r\n', edits: [report] },
      { path: 'new.js', operation: 'create', text: 'new\n', edits: [report] },
      { path: 'old.js', operation: 'delete', text: null, edits: [] },
      { path: 'from.js', newPath: 'to.js', operation: 'move', text: '2\n', edits: [report] }
    ]
  }
  assert.deepEqual(diff.applyEdits(sources, answer), expected)
  assert.deepEqual(diff.applyEdits(new Map(Object.entries(sources)), diff.parseEdits(answer)), expected)
})

test('a file that is named in two ways has one result', () => {
  const answer = block('a.js', 'one\n', '1\n') + block('b.js', 'x\n', 'y\n') + block('./a.js', 'two\n', '2\n')
  const { files } = diff.applyEdits({ 'a.js': 'one\ntwo\n', 'b.js': 'x\n' }, answer)
  assert.deepEqual(
    files.map(({ path, text, edits }) => ({ path, text, lines: edits.map(({ line }) => line) })),
    [
      { path: 'a.js', text: '1\n2\n', lines: [1, 2] },
      { path: 'b.js', text: 'y\n', lines: [1] }
    ]
  )
})

test('all files are edited or none', () => {
  const answer = block('a.js', 'one\n', '1\n') + block('b.js', 'two\n', '2\n') + block('new.js', '', 'new\n')
  /** @param {Record<string, string | null>} sources */
  const reasons = (sources) => {
    try {
      diff.applyEdits(sources, answer)
    } catch (error) {
      const { code, files } = /** @type {any} */ (error)
      for (const { text } of files) assert.equal(text, null)
      return [code, ...files.map((/** @type {any} */ file) => file.reason)]
    }
    return []
  }
  const rejected = 'ERR_PATCH_REJECTED'
  assert.deepEqual(reasons({ 'a.js': 'one\n', 'b.js': 'two\n' }), [])
  assert.deepEqual(reasons({ 'a.js': 'one\n' }), [rejected, 'rolled-back', 'missing-file', 'rolled-back'])
  const there = { 'a.js': 'one\n', 'b.js': 'two\n', 'new.js': 'x\n' }
  assert.deepEqual(reasons(there), [rejected, 'rolled-back', 'rolled-back', 'file-exists'])
  assert.deepEqual(reasons({ 'a.js': 'one\n', 'b.js': 'two\ntwo\n' }), [
    'ERR_PATCH_AMBIGUOUS',
    ...['rolled-back', 'rolled-back', 'rolled-back']
  ])
  const { files } = diff.applyEdits(there, answer, { partial: true })
  assert.deepEqual(
    files.map(({ text, reason }) => [text, reason]),
    [
      ['1\n', undefined],
      ['2\n', undefined],
      [null, 'file-exists']
    ]
  )
  // Names of the prototype are no files.
  assert.throws(() => diff.applyEdits({}, block('constructor', 'a\n', 'b\n')), { code: rejected })
})

test('a file goes only with all of its lines, and moves to no file that is there', () => {
  const goes = '--- a/x\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-one\n-two\n'
  assert.deepEqual(diff.applyEdits({ x: 'one\ntwo\n' }, goes).files[0].text, null)
  assert.throws(
    () => diff.applyEdits({ x: 'one\ntwo\nthree\n' }, goes),
    /x: the file has more than the edit takes away/
  )
  const moves = 'diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n'
  assert.equal(diff.applyEdits({ x: 'one\n' }, moves).files[0].newPath, 'y')
  assert.throws(() => diff.applyEdits({ x: 'one\n', y: '' }, moves), /x: there is such a file already/)
  const empty = 'diff --git a/e b/e\nnew file mode 100644\nindex 0000000..e69de29\n'
  assert.equal(diff.applyEdits({}, empty).files[0].text, '')
})

test('without a path the only text is meant', () => {
  const answer = block('', 'one\n', 'two\n')
  assert.equal(diff.applyEdits({ 'a.js': 'one\n' }, answer).files[0].path, 'a.js')
  assert.throws(() => diff.applyEdits({ 'a.js': 'one\n', 'b.js': '' }, answer), {
    code: 'ERR_PATCH_REJECTED',
    message: 'nothing was applied\nthere is no path, and more than one file'
  })
})

test('the kind of a text is kept by file', () => {
  const answer = block('a.js', 'one\n', '1\n') + block('b.js', 'two\n', '2\n')
  const { files } = diff.applyEdits({ 'a.js': 'one\n', 'b.js': Buffer.from('two\n') }, answer)
  assert.deepEqual(
    files.map(({ text }) => text),
    ['1\n', Buffer.from('2\n')]
  )
})
