'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { diff } = require('../..')

/** @param {() => unknown} call @param {RegExp} message @param {string} argument */
function refused(call, message, argument) {
  assert.throws(call, { name: 'TenonError', code: 'ERR_INVALID_ARG', message, argument })
}

test('arguments that are not what the manual says', () => {
  const merge = /** @type {any} */ (diff.merge)
  refused(() => merge(1, '', ''), /^base must be a string or a Uint8Array, not 1$/, 'base')
  refused(() => merge('', undefined, ''), /^ours must be a string/, 'ours')
  refused(() => merge('', '', null), /^theirs must be a string/, 'theirs')
  refused(() => merge('', '', '', []), /^options must be an object/, 'options')
  refused(() => merge('', '', '', { stile: 'diff3' }), /^unknown option "stile"/, 'stile')
  refused(() => merge('', '', '', { onCoarse() {} }), /^unknown option "onCoarse"/, 'onCoarse')
  refused(() => merge('', '', '', { style: 'diff2' }), /one of merge, diff3, zdiff3, union/, 'options.style')
  refused(() => merge('', '', '', { favor: 'both' }), /ours or theirs/, 'options.favor')
  refused(() => merge('', '', '', { favor: null }), /ours or theirs/, 'options.favor')
  refused(() => merge('', '', '', { labels: 'ours' }), /^options.labels must be an object/, 'options.labels')
  refused(() => merge('', '', '', { labels: { our: '' } }), /^unknown option "our"/, 'our')
  refused(() => merge('', '', '', { labels: { base: 'a\nb' } }), /without LF/, 'options.labels.base')
  refused(() => merge('', '', '', { labels: { theirs: 1 } }), /a string without LF/, 'options.labels.theirs')
  refused(() => merge('', '', '', { algorithm: 'lcs' }), /one of/, 'options.algorithm')
  refused(() => merge('', '', '', { timeoutWork: 0 }), /from 1 to/, 'options.timeoutWork')
  for (const markerSize of [0, 1001, 1.5, '7']) {
    refused(() => merge('', '', '', { markerSize }), /from 1 to 1000/, 'options.markerSize')
    refused(() => diff.parseConflicts('', /** @type {any} */ ({ markerSize })), /from 1 to 1000/, 'options.markerSize')
  }
  refused(() => diff.parseConflicts(/** @type {any} */ ({})), /^text must be a string/, 'text')
  refused(() => diff.parseConflicts('', /** @type {any} */ ({ size: 7 })), /^unknown option "size"/, 'size')
})

test('options that are undefined are not there', () => {
  const unset = { style: undefined, favor: undefined, labels: { ours: undefined }, markerSize: undefined }
  const options = { ...unset, algorithm: undefined, timeoutWork: undefined }
  assert.deepEqual(diff.merge('a\n', 'b\n', 'c\n', options), diff.merge('a\n', 'b\n', 'c\n'))
  assert.deepEqual(diff.parseConflicts('', { markerSize: undefined }), [])
})

test('a conflict says where it is in all four texts', () => {
  const merged = diff.merge('1\n2\n3\n4\n5\n6\n', '0\n1\n2\n3\n4\nfive\n6\n', '1\n2\n3\n4\nV\nv\n6\n', {
    style: 'diff3'
  })
  assert.equal(merged.text, '0\n1\n2\n3\n4\n<<<<<<< ours\nfive\n||||||| base\n5\n=======\nV\nv\n>>>>>>> theirs\n6\n')
  assert.deepEqual(merged.conflicts, [
    {
      startLine: 6,
      endLine: 13,
      ours: { startLine: 6, lineCount: 1 },
      base: { startLine: 5, lineCount: 1 },
      theirs: { startLine: 5, lineCount: 2 }
    }
  ])
  const [conflict] = diff.parseConflicts(merged.text)
  assert.deepEqual(conflict, {
    startLine: 6,
    endLine: 13,
    ours: { startLine: 7, endLine: 7 },
    base: { startLine: 9, endLine: 9 },
    theirs: { startLine: 11, endLine: 12 },
    labels: { ours: 'ours', base: 'base', theirs: 'theirs' }
  })
})

test('what union or favor decides is clean, and still told', () => {
  for (const [options, text] of /** @type {const} */ ([
    [{ style: 'union' }, 'b\nc\n'],
    [{ favor: 'ours' }, 'b\n'],
    [{ style: 'zdiff3', favor: 'theirs' }, 'c\n']
  ])) {
    const merged = diff.merge('a\n', 'b\n', 'c\n', options)
    assert.equal(merged.text, text)
    assert.equal(merged.clean, true)
    assert.equal(merged.conflicts.length, 1)
  }
  // Nothing is left of it: the line before which it would be, and the one before that.
  const [{ startLine, endLine }] = diff.merge('a\nb\n', 'a\n', 'a\nc\n', { favor: 'ours' }).conflicts
  assert.deepEqual([startLine, endLine], [2, 1])
})

test('when the steps are used up the merge says so, and takes what only one side changed', () => {
  const lines = Array.from({ length: 400 }, (_, at) => `${at % 7}\n`)
  const base = lines.join('')
  const ours = lines.map((line, at) => (at % 10 === 3 ? `ours ${at}\n` : line)).join('')
  assert.deepEqual(diff.merge(base, ours, base, { timeoutWork: 1 }), {
    text: ours,
    clean: true,
    coarse: true,
    conflicts: []
  })
  assert.equal(diff.merge(base, ours, base).coarse, false)
})

test('texts given as bytes are not changed, and the result is not a part of them', () => {
  const ours = Uint8Array.from(Buffer.from('b\n'))
  const base = Uint8Array.from(Buffer.from('a\n'))
  const { text } = diff.merge(base, ours, base)
  assert.ok(Buffer.isBuffer(text))
  text.fill(0)
  assert.deepEqual(ours, Uint8Array.from(Buffer.from('b\n')))
})
