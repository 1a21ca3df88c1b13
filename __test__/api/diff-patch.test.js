'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { diff } = require('../..')

const HEADER = '--- a/f\n+++ b/f\n'
const PATCH = `${HEADER}@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n`
const HUNK = { oldStart: 1, oldLines: 3, newStart: 1, newLines: 3, lines: [' one', '-two', '+2', ' three'] }
const SOURCE = 'one\ntwo\nthree\n'

/** @param {() => unknown} call @param {RegExp} message @param {string} argument */
function refused(call, message, argument) {
  assert.throws(call, { name: 'TenonError', code: 'ERR_INVALID_ARG', message, argument })
}

test('arguments that are not what the manual says', () => {
  const { applyPatch, formatPatch, parsePatch, reversePatch } = /** @type {any} */ (diff)
  refused(() => parsePatch(1), /^patch must be a string or a Uint8Array, not 1$/, 'patch')
  refused(() => parsePatch('', { stripe: 1 }), /^unknown option "stripe"/, 'stripe')
  for (const strip of [-1, 1001, 0.5, '1']) {
    refused(() => parsePatch('', { strip }), /an integer from 0 to 1000/, 'options.strip')
  }
  refused(() => applyPatch(1, PATCH), /^source must be a string/, 'source')
  refused(() => applyPatch(1, { hunks: [] }), /^source must be a string/, 'source')
  for (const patch of [1, null, undefined, []]) {
    refused(() => applyPatch('', patch), /^patch must be a string, a Uint8Array or the patch of a file/, 'patch')
    refused(() => reversePatch(patch), /^patch must be a string, a Uint8Array or the patch of a file/, 'patch')
  }
  refused(() => applyPatch('', PATCH, []), /^options must be an object/, 'options')
  refused(() => applyPatch('', PATCH, { fuss: 1 }), /^unknown option "fuss"/, 'fuss')
  for (const value of [-1, 1.5, 2 ** 31, '1', null]) {
    refused(() => applyPatch('', PATCH, { fuzz: value }), /an integer from 0 to/, 'options.fuzz')
    refused(() => applyPatch('', PATCH, { maxOffset: value }), /an integer from 0 to/, 'options.maxOffset')
  }
  refused(() => applyPatch('', PATCH, { partial: 1 }), /a boolean/, 'options.partial')
  refused(() => applyPatch('', PATCH, { reverse: 'yes' }), /a boolean or 'auto'/, 'options.reverse')
  refused(() => applyPatch('', PATCH, { lineEndings: 'crlf' }), /auto or exact/, 'options.lineEndings')
  refused(() => formatPatch({}), /^files must be an array/, 'files')
  refused(() => formatPatch(['']), /^files\[0\] must be/, 'files[0]')
})

test('patches in objects that are not what the manual says', () => {
  const apply = (/** @type {any} */ patch) => () => diff.applyPatch(SOURCE, patch)
  refused(apply({}), /^patch.hunks must be an array, not undefined$/, 'patch.hunks')
  refused(apply({ hunks: [1] }), /an object/, 'patch.hunks[0]')
  refused(apply({ hunks: [{ ...HUNK, oldStart: -1 }] }), /an integer from 0/, 'patch.hunks[0].oldStart')
  refused(apply({ hunks: [{ ...HUNK, newLines: '3' }] }), /an integer from 0/, 'patch.hunks[0].newLines')
  refused(apply({ hunks: [{ ...HUNK, lines: 'x' }] }), /an array/, 'patch.hunks[0].lines')
  refused(apply({ hunks: [{ ...HUNK, lines: [1] }] }), /a string or a Uint8Array/, 'patch.hunks[0].lines[0]')
  refused(apply({ hunks: [{ ...HUNK, heading: 'a\n' }] }), /without LF/, 'patch.hunks[0].heading')
  refused(apply({ hunks: [HUNK], oldName: 1 }), /a string without NUL/, 'patch.oldName')
  refused(apply({ hunks: [HUNK], operation: 'move' }), /one of modify/, 'patch.operation')
  refused(apply({ hunks: [HUNK], oldMode: '9' }), /octal/, 'patch.oldMode')
  refused(apply({ hunks: [HUNK], newHash: 'x\n' }), /hexadecimal/, 'patch.newHash')
  refused(apply({ hunks: [HUNK], similarity: 101 }), /from 0 to 100/, 'patch.similarity')
  refused(apply({ hunks: [HUNK], prefixes: ['a/'] }), /two strings/, 'patch.prefixes')
  refused(apply({ hunks: [], binaryBlocks: ['literal 1\n\nrest'] }), /as parsePatch/, 'patch.binaryBlocks')

  const invalid = (/** @type {any} */ patch, /** @type {RegExp} */ message, /** @type {object} */ details = {}) =>
    assert.throws(apply(patch), { name: 'TenonError', code: 'ERR_PATCH_INVALID', message, ...details })
  const hunk = (/** @type {string[]} */ ...lines) => ({ hunks: [HUNK, { ...HUNK, lines }] })
  invalid(hunk(' one', '-two', '+2'), /^hunk 2: it says 3 old and 3 new lines, and has 2 and 2$/, { hunk: 2 })
  invalid(hunk('one'), /^hunk 2: a line of a hunk begins with/)
  invalid(hunk(' one\n two', ' '), /^hunk 2: a line of a hunk has an LF in it$/)
  invalid(hunk('\\ No newline'), /^hunk 2: a line that begins with '\\' follows no line$/)
  invalid(hunk(' a', '\\ No newline', ' b'), /^hunk 2: a line follows one that has no newline$/)
  invalid(hunk(), /^hunk 2: the hunk has no lines$/)
  invalid({ oldName: null, newName: null, hunks: [HUNK] }, /both names are null/)
  invalid({ oldName: null, newName: 'f', hunks: [HUNK] }, /a file that is created has lines before/)
  invalid({ oldName: 'f', newName: null, hunks: [HUNK] }, /a file that is deleted has lines afterwards/)
  invalid({ operation: 'create', hunks: [HUNK] }, /the names are not those of the operation create/)
  invalid({ binary: true, line: 7, hunks: [] }, /^line 7: a binary patch has no lines to apply$/, { line: 7 })
})

test('there must be the patch of one file', () => {
  const invalid = (/** @type {string} */ patch, /** @type {RegExp} */ message, /** @type {number} */ line) =>
    assert.throws(() => diff.applyPatch(SOURCE, patch), { code: 'ERR_PATCH_INVALID', message, line })
  invalid('', /no patch found/, 1)
  invalid(' \n', /no patch found/, 1)
  invalid('hello', /no patch found/, 1)
  invalid(PATCH + PATCH, /line 8: a patch of a second file: read the patches with parsePatch/, 8)
})

test('what has no place says where it was looked for, and what is like it', () => {
  assert.throws(() => diff.applyPatch('zero\none\nTWO\nthree\n', PATCH), {
    name: 'TenonError',
    code: 'ERR_PATCH_REJECTED',
    message: 'hunk 1 of 1 has no place (context-not-found): expected in line 1, most like it are lines 2 to 4',
    hunk: 1,
    hunks: [
      {
        applied: false,
        line: 1,
        offset: 0,
        fuzz: 0,
        reason: 'context-not-found',
        closest: [{ startLine: 2, endLine: 4, score: 2 / 3 }]
      }
    ]
  })
  const twice = `${SOURCE}-\n${SOURCE}`
  assert.throws(() => diff.applyPatch(twice, PATCH.replaceAll('1,3', '3,3')), {
    code: 'ERR_PATCH_AMBIGUOUS',
    message: 'hunk 1 of 1 has no place (ambiguous): expected in line 3, found in line 1 and in line 5',
    hunk: 1
  })
  const partial = diff.applyPatch('x\n', PATCH, { partial: true })
  assert.equal(partial.text, 'x\n')
  assert.equal(partial.hunks[0].applied, false)
})

test('patches made by hand, and as jsdiff makes them', () => {
  const { text } = diff.applyPatch(SOURCE, PATCH)
  assert.equal(diff.applyPatch(SOURCE, { hunks: [HUNK] }).text, text)
  const lines = HUNK.lines.map((line) => Buffer.from(line))
  assert.deepEqual(diff.applyPatch(Buffer.from(SOURCE), { hunks: [{ ...HUNK, lines }] }).text, Buffer.from(text))
  assert.deepEqual(diff.applyPatch(SOURCE, { hunks: [{ ...HUNK, lines }] }).text, Buffer.from(text))
  // jsdiff's structuredPatch('f', 'f', 'a\nc\n', 'a\nb\nc\n', '', '', { context: 0 })
  const names = { oldFileName: 'f', newFileName: 'f', oldHeader: '', newHeader: '' }
  const inserted = { oldStart: 2, oldLines: 0, newStart: 2, newLines: 1, lines: ['+b'] }
  assert.equal(diff.applyPatch('a\nc\n', { ...names, hunks: [inserted] }).text, 'a\nb\nc\n')
  // And of an empty text.
  const first = { oldStart: 1, oldLines: 0, newStart: 1, newLines: 1, lines: ['+b'] }
  assert.equal(diff.applyPatch('', { ...names, hunks: [first] }).text, 'b\n')
  assert.equal(diff.formatPatch([{ ...names, hunks: [inserted] }]), '--- f\n+++ f\n@@ -1,0 +2 @@\n+b\n')
  // An editor that strips white space leaves an empty line of context without its marker.
  const stripped = { oldStart: 1, oldLines: 2, newStart: 1, newLines: 2, lines: ['', '-a', '+b'] }
  assert.equal(diff.applyPatch('\na\n', { hunks: [stripped] }).text, '\nb\n')
  assert.deepEqual(diff.applyPatch('a', { hunks: [] }), {
    text: 'a',
    hunks: [],
    alreadyApplied: false,
    reversed: false
  })
  assert.deepEqual(diff.applyPatch(Buffer.from('a'), { hunks: [] }, { reverse: true }).text, Buffer.from('a'))
})

test('what createPatch writes is read and applied', () => {
  for (const [before, after] of [
    ['', 'a\n'],
    ['a\n', ''],
    ['a', 'a\n'],
    ['a\r\nb\r\n', 'a\r\nB\r\n'],
    ['\ufeffa\nb\n', '\ufeffa\n']
  ]) {
    for (const context of [0, 3]) {
      const patch = diff.createPatch(before, after, { oldName: 'old\tname', newName: 'new name', context })
      const [file] = diff.parsePatch(patch)
      assert.deepEqual([file.oldName, file.newName], ['old\tname', 'new name'])
      assert.equal(diff.applyPatch(before, patch).text, after)
      assert.equal(diff.applyPatch(before, file).text, after)
      assert.equal(diff.applyPatch(after, patch, { reverse: true }).text, before)
      assert.equal(diff.applyPatch(before, diff.applyPatch(before, patch).text === after ? patch : '').text, after)
      assert.equal(diff.formatPatch([file]), patch.replace('old\tname', 'old\tname'))
    }
  }
})

test('what is given is not changed, and a result is no part of it', () => {
  const source = Uint8Array.from(Buffer.from(SOURCE))
  const { text } = diff.applyPatch(source, PATCH)
  assert.ok(Buffer.isBuffer(text))
  text.fill(0)
  assert.deepEqual(Buffer.from(source), Buffer.from(SOURCE))
  const [file] = diff.parsePatch(PATCH)
  const copy = structuredClone(file)
  diff.reversePatch(file)
  diff.applyPatch(SOURCE, file)
  diff.formatPatch([file])
  assert.deepEqual(file, copy)
})

test('numbers that a header claims are not believed', () => {
  const claim = `${HEADER}@@ -1,2147483647 +1,2147483647 @@\n a\n`
  assert.throws(() => diff.parsePatch(claim), { code: 'ERR_PATCH_INVALID', line: 4 })
})
