'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const tenon = require('../..')
const { SEED, answers, describeBoth, fuzzRuns, randomFrom } = require('../engines')
const { randomOptions, randomSides } = require('../merges')

const { cases: merges } = require('../fixtures/diff/merge.json')
const { cases: marked } = require('../fixtures/diff/conflicts.json')

describeBoth('diff', () => {
  test('the table of merges', () => {
    assert.ok(merges.length >= 60)
    for (const { name, base, ours, theirs, options, ...expected } of /** @type {any[]} */ (merges)) {
      const { text, clean, coarse, conflicts } = tenon.diff.merge(base, ours, theirs, options)
      assert.deepEqual({ text, clean, conflicts }, expected, name)
      assert.equal(coarse, false)
      const [baseBytes, oursBytes] = [base, ours].map((side) => Buffer.from(side))
      const bytes = tenon.diff.merge(baseBytes, oursBytes, theirs, options)
      assert.deepEqual(bytes, { text: Buffer.from(text), clean, coarse, conflicts }, name)
    }
  })

  test('the table of conflicts', () => {
    assert.ok(marked.length >= 25)
    for (const { name, text, markerSize, conflicts, error } of /** @type {any[]} */ (marked)) {
      for (const given of [text, Buffer.from(text)]) {
        const read = () => tenon.diff.parseConflicts(given, { markerSize })
        if (error === undefined) {
          assert.deepEqual(read(), conflicts, name)
        } else {
          const line = Number(/^line (\d+):/.exec(error)?.[1])
          assert.throws(read, { name: 'TenonError', code: 'ERR_PATCH_INVALID', message: error, line }, name)
        }
      }
    }
  })

  test('bytes that are no text, and lone surrogates, are carried', () => {
    const bytes = (/** @type {string} */ text) => Buffer.from(text, 'latin1')
    const merged = tenon.diff.merge(bytes('a\nb\xff\n'), bytes('a\n\xfe\n'), bytes('a\n\xe9\x00\n'))
    assert.deepEqual(merged.text, bytes('a\n<<<<<<< ours\n\xfe\n=======\n\xe9\x00\n>>>>>>> theirs\n'))
    const { text } = tenon.diff.merge('a\ud800\n', 'b\udfff\n', 'c\n', { labels: { ours: '\udc80' } })
    assert.equal(text, '<<<<<<< \udc80\nb\udfff\n=======\nc\n>>>>>>> theirs\n')
    assert.equal(tenon.diff.parseConflicts(text)[0].labels.ours, '\udc80')
    const marked = bytes('<<<<<<< \xff\n=======\n>>>>>>> \xe9\n')
    assert.deepEqual(tenon.diff.parseConflicts(marked)[0].labels, { ours: '\ufffd', theirs: '\ufffd' })
  })
})

test('both engines merge alike', () => {
  const random = randomFrom(SEED)
  for (let run = 0; run < fuzzRuns(1500); run++) {
    const { base, ours, theirs } = randomSides(random)
    const options = randomOptions(random)
    if (random.below(4) === 0) options.timeoutWork = random.pick([1, 10, 100, 1000])
    const { native, fallback } = answers('diff', () => tenon.diff.merge(base, ours, theirs, options))
    assert.deepEqual(native, fallback, `seed ${SEED}: ${JSON.stringify({ base, ours, theirs, options })}`)
  }
})

test('both engines read conflicts alike', () => {
  const random = randomFrom(SEED)
  const whole = ['<<<<<<< a\n', 'x\n', '||||||| b\r\n', 'y\n', '=======\n', '>>>>>>> c c\n']
  const lines = [...whole, '<<<<<<<\n', '=======\r\n', '======= d\n', '>>>>>>>', '>>>>>>\n', '\n', '<<<<<<<<\n', '\r']
  for (let run = 0; run < fuzzRuns(1500); run++) {
    const conflicts = Array.from({ length: random.below(4) }, () =>
      whole.map((line) => (random.below(12) === 0 ? random.pick(lines) : line)).join('')
    )
    const text = conflicts.join('') + random.pick(['', ...lines])
    const { native, fallback } = answers('diff', () => tenon.diff.parseConflicts(text))
    assert.deepEqual(native, fallback, `seed ${SEED}: ${JSON.stringify(text)}`)
  }
})
