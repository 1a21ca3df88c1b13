'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const tenon = require('../..')
const { SEED, answers, describeBoth, fuzzRuns, randomFrom } = require('../engines')

/** @type {{ cases: { text: string, o200k_base: number[], cl100k_base: number[] }[] }} */
const { cases } = JSON.parse(fs.readFileSync(path.join(__dirname, '../fixtures/tokens/ids.json'), 'utf8'))
const ENCODINGS = /** @type {const} */ (['o200k_base', 'cl100k_base'])

describeBoth('tokens', () => {
  for (const encoding of ENCODINGS) {
    test(`the ids of the fixture table are tiktoken's, ${encoding}`, () => {
      assert.ok(cases.length > 50)
      for (const { text, [encoding]: ids } of cases) {
        const bytes = new TextEncoder().encode(text)
        assert.deepEqual([...tenon.tokens.encode(text, { encoding })], ids, JSON.stringify(text))
        assert.deepEqual([...tenon.tokens.encode(bytes, { encoding })], ids, JSON.stringify(text))
        assert.equal(tenon.tokens.count(text, { encoding }), ids.length)
        assert.equal(tenon.tokens.decode(ids, { encoding }), text)
      }
      const counts = tenon.tokens.countBatch(
        cases.map(({ text }) => text),
        { encoding }
      )
      assert.deepEqual(
        [...counts],
        cases.map(({ [encoding]: ids }) => ids.length)
      )
    })
  }

  test('what is no Unicode text counts as U+FFFD', () => {
    const replaced = tenon.tokens.encode('a\ufffdb\ufffd')
    assert.deepEqual(tenon.tokens.encode('a\ud800b\udfff'), replaced)
    assert.deepEqual(tenon.tokens.encode(Buffer.from([0x61, 0xff, 0x62, 0xc3])), replaced)
    assert.equal(tenon.tokens.decode(tenon.tokens.encode('\ud83d')), '\ufffd')
  })

  test('a byte order mark is text like any other', () => {
    for (const text of ['\ufeffhello', 'a\ufeffb']) {
      assert.equal(tenon.tokens.decode(tenon.tokens.encode(text)), text)
      assert.deepEqual(tenon.tokens.encode(Buffer.from(text)), tenon.tokens.encode(text))
    }
  })

  test('a token that ends inside a character decodes to U+FFFD', () => {
    const ids = tenon.tokens.encode('𐐀')
    assert.ok(ids.length > 1)
    assert.ok(tenon.tokens.decode(ids.subarray(0, 1)).includes('\ufffd'))
  })

  test('results are Uint32Arrays that own their memory', () => {
    const ids = tenon.tokens.encode('a b c')
    assert.ok(ids instanceof Uint32Array)
    assert.equal(ids.buffer.byteLength, ids.byteLength)
    assert.equal(tenon.tokens.encode('').length, 0)
    assert.equal(tenon.tokens.countBatch([]).length, 0)
    assert.equal(tenon.tokens.decode([]), '')
  })

  test('bytes that other threads share are taken as they are', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(5))
    shared.set(Buffer.from('hello'))
    assert.deepEqual(tenon.tokens.encode(shared), tenon.tokens.encode('hello'))
  })
})

/** Where scanners go wrong: borders of classes, folding, foreign white space, surrogates whole and lone. */
const ALPHABET = [
  ..."abSTLVREstlvredm'’129²Ⅷ٣ \t\n\r\u0085\u00a0\u2028\u3000\ufeff\u200d\u200b./!_-éſKİıßΣςǅʰª文字あアー한ก",
  'ั',
  'ा',
  'न',
  '\u0301',
  '\u20e3',
  '\ufe0f',
  '👨',
  '👩',
  '🏽',
  '𝒜',
  '𐐀',
  '𐐨',
  '𝟘',
  '\0',
  '\ud800',
  '\udc00',
  '<|',
  '|>',
  'endoftext',
  '\ufffd',
  '\u{10ffff}',
  'the',
  ' the',
  '    ',
  '\r\n',
  "'s",
  "'LL",
  '==='
]

test('both engines agree on random text', (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED)
  for (let run = 0; run < fuzzRuns(3000); run++) {
    const encoding = random.pick(ENCODINGS)
    let text = ''
    for (let length = random.below(run % 50 === 0 ? 400 : 30); length > 0; length--) {
      text += random.below(10) === 0 ? String.fromCodePoint(random.below(0x110000)) : random.pick(ALPHABET)
    }
    const { native, fallback } = answers('tokens', () => tenon.tokens.encode(text, { encoding }))
    assert.deepEqual(native, fallback, `seed ${SEED}, run ${run}, ${encoding}: ${JSON.stringify(text)}`)
    const counts = answers('tokens', () => tenon.tokens.count(text, { encoding }))
    assert.deepEqual(counts, { native: /** @type {any} */ (native).length, fallback: counts.native })
    const decoded = answers('tokens', () => tenon.tokens.decode(/** @type {any} */ (native), { encoding }))
    assert.deepEqual(decoded, { native: text.toWellFormed(), fallback: text.toWellFormed() })
  }
})

test('both engines agree on random bytes', (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED + 1)
  for (let run = 0; run < fuzzRuns(1000); run++) {
    const bytes = Uint8Array.from({ length: random.below(60) }, () =>
      random.pick([random.below(256), 0x20, 0x61, 0xf0, 0x9f, 0x80])
    )
    const { native, fallback } = answers('tokens', () => tenon.tokens.encode(bytes))
    assert.deepEqual(native, fallback, `seed ${SEED}, run ${run}: ${Buffer.from(bytes).toString('hex')}`)
  }
})

test('both engines agree on random ids, known and unknown', (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED + 2)
  for (let run = 0; run < fuzzRuns(1000); run++) {
    const encoding = random.pick(ENCODINGS)
    const ids = Array.from({ length: random.below(20) }, () =>
      random.below(random.pick([256, 100_300, 200_030, 2 ** 32]))
    )
    const { native, fallback } = answers('tokens', () => tenon.tokens.decode(ids, { encoding }))
    assert.deepEqual(native, fallback, `seed ${SEED}, run ${run}, ${encoding}: ${ids}`)
  }
})

test('both engines agree on long runs, which merge by heap', () => {
  for (const unit of ['a', ' ', '\n', '=', '文', '👨', 'aB', '\t ']) {
    for (const repeats of [95, 97, 1000, 20_000]) {
      const { native, fallback } = answers('tokens', () => tenon.tokens.encode(unit.repeat(repeats)))
      assert.deepEqual(native, fallback, `${JSON.stringify(unit)} times ${repeats}`)
    }
  }
})
