'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const tenon = require('../..')
const { randomEdit, randomModelText, randomText, times } = require('../edits')
const { SEED, answers, describeBoth, fuzzRuns, randomFrom } = require('../engines')

const { apply, parse } = /** @type {any} */ (require('../fixtures/diff/edits.json'))

/** The strings in a value as bytes, but for those that are strings in any case. @param {any} value @returns {any} */
function inBytes(value) {
  if (typeof value === 'string') return Buffer.from(value)
  if (Array.isArray(value)) return value.map(inBytes)
  if (typeof value !== 'object' || value === null) return value
  const kept = ['path', 'newPath', 'operation', 'format']
  return Object.fromEntries(
    Object.entries(value).map(([name, own]) => [name, kept.includes(name) ? own : inBytes(own)])
  )
}

describeBoth('diff', () => {
  test('the table of what models write', () => {
    assert.ok(parse.length >= 50)
    for (const { name, text, edits, error } of parse) {
      for (const given of [text, Buffer.from(text)]) {
        const read = () => tenon.diff.parseEdits(given)
        if (error === undefined) {
          assert.deepEqual(read(), typeof given === 'string' ? edits : inBytes(edits), name)
        } else {
          const line = Number(/^line (\d+):/.exec(error)?.[1])
          assert.throws(read, { name: 'TenonError', code: 'ERR_PATCH_INVALID', message: error, line }, name)
        }
      }
    }
  })

  test('the table of edits', () => {
    assert.ok(apply.length >= 70)
    for (const { name, source, edits, options, text, reports } of apply) {
      const run = () => tenon.diff.applyEdits(source, edits, options)
      const bytes = () => tenon.diff.applyEdits(Buffer.from(source), inBytes(edits), options)
      if (text === null) {
        for (const refused of [run, bytes]) {
          const ambiguous = reports.every((/** @type {any} */ report) => report.reason === 'ambiguous')
          const code = ambiguous ? 'ERR_PATCH_AMBIGUOUS' : 'ERR_PATCH_REJECTED'
          assert.throws(refused, { name: 'TenonError', code, edits: reports }, name)
        }
      } else {
        assert.deepEqual(run(), { text, edits: reports }, name)
        assert.deepEqual(bytes(), { text: Buffer.from(text), edits: reports }, name)
      }
    }
  })

  test('bytes that are no text, and lone surrogates, are carried', () => {
    const bytes = (/** @type {string} */ text) => Buffer.from(text, 'latin1')
    const edit = { oldText: bytes('b\xff\n'), newText: bytes('\xfe\x00\n') }
    assert.deepEqual(tenon.diff.applyEdits(bytes('a\xe9\r\nb\xff\r\n'), [edit]).text, bytes('a\xe9\r\n\xfe\x00\r\n'))
    // No part of a character is found.
    assert.throws(() => tenon.diff.applyEdits('é', [{ oldText: bytes('\xa9'), newText: '' }]), {
      code: 'ERR_PATCH_REJECTED'
    })
    assert.throws(() => tenon.diff.applyEdits('\u{1f600}', [{ oldText: '\ude00', newText: '' }]), {
      code: 'ERR_PATCH_REJECTED'
    })
    const { text } = tenon.diff.applyEdits('\ud800a\n', [{ oldText: 'a\n', newText: '\udfff\n' }])
    assert.equal(text, '\ud800\udfff\n')
    const parsed = tenon.diff.parseEdits('a.js\n<<<<<<< SEARCH\n\ud800\n=======\n\udc80\n>>>>>>> REPLACE\n')
    assert.deepEqual(parsed.files[0].edits[0], { line: 2, oldText: '\ud800\n', newText: '\udc80\n', wholeLines: true })
    assert.equal(tenon.diff.similarity('\ud800\udfffx', '\ud800\udfffy'), 0.5)
    assert.equal(tenon.diff.similarity(bytes('\xff\xfe'), bytes('\xff\xfd')), 0.5)
  })

  test('closest', () => {
    const text = 'a = 1\nb = 2\nfunction x() {\n  return 1\n}\nfunction y() {\n  return 2\n}\n'
    const found = tenon.diff.closest(text, 'function y() {\n  return 3\n}\n', { limit: 2 })
    assert.deepEqual(found, [
      { startLine: 6, endLine: 8, score: 52 / 54 },
      { startLine: 3, endLine: 5, score: 50 / 54 }
    ])
    assert.deepEqual(tenon.diff.closest(text, 'nothing', { minScore: 0.9 }), [])
    assert.deepEqual(tenon.diff.closest('', 'a'), [])
  })
})

test('both engines apply the same edits in the same way', () => {
  const random = randomFrom(SEED)
  for (let run = 0; run < fuzzRuns(3000); run++) {
    const source = randomText(random, 25)
    const edits = times(1 + random.below(3), () => randomEdit(random, source))
    const options = { fuzzy: random.pick([0.95, 0.5, /** @type {const} */ (false)]), partial: true }
    const { native, fallback } = answers('diff', () => tenon.diff.applyEdits(source, edits, options))
    assert.deepEqual(native, fallback, `seed ${SEED}: ${JSON.stringify({ source, edits, options })}`)
  }
})

test('both engines read the same edits', () => {
  const random = randomFrom(SEED)
  let read = 0
  for (let run = 0; run < fuzzRuns(3000); run++) {
    const text = randomModelText(random)
    const { native, fallback } = answers('diff', () => tenon.diff.parseEdits(text))
    assert.deepEqual(native, fallback, `seed ${SEED}: ${JSON.stringify(text)}`)
    if (Object.hasOwn(/** @type {object} */ (native), 'files')) read++
  }
  assert.ok(read > 0)
})

test('both engines find the same texts alike', () => {
  const random = randomFrom(SEED)
  for (let run = 0; run < fuzzRuns(1500); run++) {
    const [haystack, other] = [randomText(random, 40), randomText(random, 12)]
    const lines = haystack.split(/\r\n?|\n/)
    const from = random.below(lines.length)
    const needle = random.pick([
      other,
      lines
        .slice(from, from + 1 + random.below(6))
        .join('\n')
        .replace(/o/, '0')
    ])
    const options = { limit: 1 + random.below(5), minScore: random.pick([0, 0.5]) }
    const both = [
      answers('diff', () => tenon.diff.closest(haystack, needle, options)),
      answers('diff', () => tenon.diff.similarity(haystack, needle))
    ]
    for (const { native, fallback } of both) {
      assert.deepEqual(native, fallback, `seed ${SEED}: ${JSON.stringify({ haystack, needle, options })}`)
    }
  }
})
