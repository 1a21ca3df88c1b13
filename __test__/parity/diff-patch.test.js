'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const tenon = require('../..')
const { randomBytes } = require('../diff')
const { SEED, answers, describeBoth, fuzzRuns, randomFrom } = require('../engines')
const { randomPatch } = require('../patches')

const { apply, parse } = /** @type {{ apply: any[], parse: any[] }} */ (
  /** @type {unknown} */ (require('../fixtures/diff/patch.json'))
)

/** @param {string} error */
const failure = (error) => ({
  name: 'TenonError',
  code: 'ERR_PATCH_INVALID',
  message: error,
  line: Number(/^line (\d+):/.exec(error)?.[1])
})

/** @param {any} files of which the lines are to be bytes */
const withBytes = (files) =>
  files.map((/** @type {any} */ file) => ({
    ...file,
    ...(file.binaryBlocks && { binaryBlocks: file.binaryBlocks.map(Buffer.from) }),
    hunks: file.hunks.map((/** @type {any} */ hunk) => ({
      ...hunk,
      lines: hunk.lines.map((/** @type {string} */ line) => Buffer.from(line))
    }))
  }))

describeBoth('diff', () => {
  test('the table of patches that are applied', () => {
    assert.ok(apply.length >= 65)
    for (const { name, source, patch, options, result } of apply) {
      const call = () => tenon.diff.applyPatch(source, patch, options)
      if (result.error) {
        assert.throws(call, failure(result.error), name)
      } else if (result.text === null) {
        const [first] = result.hunks.filter((/** @type {any} */ { reason }) => reason)
        const code = first.reason === 'ambiguous' ? 'ERR_PATCH_AMBIGUOUS' : 'ERR_PATCH_REJECTED'
        assert.throws(call, { name: 'TenonError', code, hunks: result.hunks }, name)
      } else {
        assert.deepEqual(call(), result, name)
        const bytes = tenon.diff.applyPatch(Buffer.from(source), patch, options)
        assert.deepEqual(bytes, { ...result, text: Buffer.from(result.text) }, name)
        assert.deepEqual(tenon.diff.applyPatch(source, tenon.diff.parsePatch(patch)[0], options), result, name)
      }
    }
  })

  test('the table of patches that are read and reversed', () => {
    assert.ok(parse.length >= 60)
    for (const { name, text, strip, files, reversed } of parse) {
      const bytes = Buffer.from(text)
      if (files.error) {
        assert.throws(() => tenon.diff.parsePatch(text, { strip }), failure(files.error), name)
        assert.throws(() => tenon.diff.parsePatch(bytes, { strip }), failure(files.error), name)
      } else {
        assert.deepEqual(tenon.diff.parsePatch(text, { strip }), files, name)
        assert.deepEqual(tenon.diff.parsePatch(bytes, { strip }), withBytes(files), name)
      }
      if (reversed.error) {
        assert.throws(() => tenon.diff.reversePatch(text), failure(reversed.error), name)
      } else {
        assert.equal(tenon.diff.reversePatch(text), reversed, name)
        assert.deepEqual(tenon.diff.reversePatch(bytes), Buffer.from(reversed), name)
        const files = tenon.diff
          .parsePatch(text)
          .reverse()
          .map((file) => tenon.diff.reversePatch(file))
        assert.equal(tenon.diff.formatPatch(files), reversed, name)
      }
    }
  })

  test('bytes that are no text, and lone surrogates, are carried', () => {
    const bytes = (/** @type {string} */ text) => Buffer.from(text, 'latin1')
    const patch = bytes('--- "a/\\303"\xa4\n+++ b/\xff\n@@ -1,2 +1,2 @@ \xe9\n \xff\n-\xc3\n+\xc3\xa4\n')
    const [file] = tenon.diff.parsePatch(patch)
    assert.deepEqual([file.oldName, file.newName, file.hunks[0].heading], ['a/\udcc3', 'b/\udcff', '\udce9'])
    assert.deepEqual(file.hunks[0].lines, [' \xff', '-\xc3', '+\xc3\xa4'].map(bytes))
    const applied = tenon.diff.applyPatch(bytes('\xff\n\xc3\n'), patch)
    assert.deepEqual(applied.text, bytes('\xff\n\xc3\xa4\n'))
    assert.deepEqual(tenon.diff.applyPatch(bytes('\xff\n\xc3\n'), file), applied)
    assert.deepEqual(
      tenon.diff.reversePatch(patch),
      bytes('--- "b/\\377"\n+++ "a/\\303"\n@@ -1,2 +1,2 @@ \xe9\n \xff\n-\xc3\xa4\n+\xc3\n')
    )
    const text = '--- a/\ud800\n+++ b/\udc80\n@@ -1 +1 @@ \udfff\n-\ud83d\n+\ude00\n'
    assert.equal(
      tenon.diff.applyPatch('\ud83d', text.replace('\n+\ude00', '\n\\ No newline\n+\ude00')).text,
      '\ude00\n'
    )
    assert.equal(tenon.diff.formatPatch(tenon.diff.parsePatch(text)), text)
    assert.equal(tenon.diff.reversePatch(tenon.diff.reversePatch(text)), text)
  })
})

test('both engines read, apply and reverse alike', () => {
  const random = randomFrom(SEED)
  for (let run = 0; run < fuzzRuns(1500); run++) {
    const { patch, source, options } = randomPatch(random)
    for (const [of, from] of [
      [patch, source],
      [randomBytes(random, patch), randomBytes(random, source)]
    ]) {
      for (const call of /** @type {(() => unknown)[]} */ ([
        () => tenon.diff.parsePatch(of, { strip: run % 5 === 0 ? 1 : 0 }),
        () => tenon.diff.applyPatch(from, of, options),
        () => tenon.diff.reversePatch(of)
      ])) {
        const { native, fallback } = answers('diff', call)
        assert.deepEqual(native, fallback, `seed ${SEED}: ${JSON.stringify({ of, from, options })}`)
      }
    }
  }
})
