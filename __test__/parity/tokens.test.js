'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const tenon = require('../..')
const { SEED, answers, describeBoth, fuzzRuns, randomFrom } = require('../engines')

/** @type {{ cases: { text: string, o200k_base: number[], cl100k_base: number[] }[] }} */
const { cases } = JSON.parse(fs.readFileSync(path.join(__dirname, '../fixtures/tokens/ids.json'), 'utf8'))
const ENCODINGS = tenon.tokens.encodings()
/** Those of the fixture table. */
const TABULATED = /** @type {const} */ (['o200k_base', 'cl100k_base'])

describeBoth('tokens', () => {
  for (const encoding of TABULATED) {
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

/** @param {ReturnType<typeof randomFrom>} random @param {number} most */
function randomText(random, most) {
  let text = ''
  for (let length = random.below(most); length > 0; length--) {
    text += random.below(10) === 0 ? String.fromCodePoint(random.below(0x110000)) : random.pick(ALPHABET)
  }
  return text
}

test('both engines agree on random text', (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED)
  for (let run = 0; run < fuzzRuns(3000); run++) {
    const encoding = random.pick(ENCODINGS)
    const text = randomText(random, run % 50 === 0 ? 400 : 30)
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
      random.below(random.pick([256, 50_290, 100_300, 201_100, 2 ** 32]))
    )
    const { native, fallback } = answers('tokens', () => tenon.tokens.decode(ids, { encoding }))
    assert.deepEqual(native, fallback, `seed ${SEED}, run ${run}, ${encoding}: ${ids}`)
  }
})

test('both engines agree on offsets, limits, cuts and parts', (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED + 3)
  /** @param {string} context @param {() => unknown} call */
  const agree = (context, call) => {
    const { native, fallback } = answers('tokens', call)
    assert.deepEqual(native, fallback, `seed ${SEED}, ${context}`)
    return native
  }
  for (let run = 0; run < fuzzRuns(1500); run++) {
    const encoding = random.pick(ENCODINGS)
    const text = randomText(random, 60)
    const bytes = Uint8Array.from({ length: random.below(40) }, () =>
      random.pick([random.below(256), 0x20, 0x61, 0xf0, 0x9f, 0x80, 0xe6])
    )
    const context = `run ${run}, ${encoding}: ${JSON.stringify(text)}, ${Buffer.from(bytes).toString('hex')}`
    agree(context, () => tenon.tokens.encodeWithOffsets(text, { encoding }))
    agree(context, () => tenon.tokens.encodeWithOffsets(text, { encoding, allowedSpecial: 'all' }))
    agree(context, () => tenon.tokens.encodeWithOffsets(bytes, { encoding }))
    const limit = random.below(60)
    agree(context, () => tenon.tokens.countUntil(text, limit, { encoding }))
    const keep = random.pick(/** @type {const} */ (['start', 'end', 'both']))
    const marker = random.pick(['', '…', '[cut]', "'s", 'a marker that is too long'])
    const cut = /** @type {any} */ (
      agree(context, () => tenon.tokens.truncate(text, limit, { encoding, keep, marker }))
    )
    assert.ok(cut.tokens <= limit, context)
    const maxTokens = 1 + random.below(20)
    const overlapTokens = random.below(maxTokens)
    const parts = /** @type {any} */ (
      agree(context, () => tenon.tokens.split(text, { encoding, maxTokens, overlapTokens }))
    )
    if (Array.isArray(parts)) assert.equal(parts.at(-1)?.end ?? 0, text.length, context)
    else assert.equal(parts.code, 'ERR_LIMIT', context)
  }
})

test('both engines agree on special tokens, allowed and not', (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED + 4)
  const SPECIAL = ['<|endoftext|>', '<|endofprompt|>', '<|fim_prefix|>', '<|start|>', '<|reserved_200018|>', '<|', '|>']
  for (let run = 0; run < fuzzRuns(1000); run++) {
    const encoding = random.pick(ENCODINGS)
    let text = ''
    for (let length = random.below(8); length > 0; length--) {
      text += random.pick([...SPECIAL, ' ', 'a', '\n', '  ', "don't"])
    }
    const allowedSpecial = random.pick([undefined, 'all', ['<|endoftext|>'], []])
    const disallowedSpecial = random.pick([undefined, 'all', ['<|endoftext|>'], []])
    const options = /** @type {any} */ ({ encoding, allowedSpecial, disallowedSpecial })
    const context = `seed ${SEED}, run ${run}: ${JSON.stringify({ text, ...options })}`
    const refused = disallowedSpecial !== undefined && isRefused(text, options)
    if (refused) {
      assert.throws(() => tenon.tokens.encode(text, options), { code: 'ERR_INVALID_ARG' }, context)
      continue
    }
    const { native, fallback } = answers('tokens', () => tenon.tokens.encode(text, options))
    assert.deepEqual(native, fallback, context)
    const counts = answers('tokens', () => tenon.tokens.count(text, options))
    assert.deepEqual(counts, { native: /** @type {any} */ (native).length, fallback: counts.native }, context)
  }
})

/** Whether the text has a special token that is disallowed, found in a way of its own. @param {string} text @param {any} options */
function isRefused(text, { encoding, allowedSpecial, disallowedSpecial }) {
  const allowed = (/** @type {string} */ special) => allowedSpecial === 'all' || allowedSpecial?.includes(special)
  return (text.match(/<\|\w+\|>/g) ?? []).some((special) => {
    const options = { encoding, allowedSpecial: [special] }
    try {
      tenon.tokens.count('', options)
    } catch (error) {
      assert.equal(Object(error).code, 'ERR_INVALID_ARG')
      return false
    }
    return disallowedSpecial === 'all' ? !allowed(special) : disallowedSpecial.includes(special)
  })
}

test('a counter has the count of all its text at every step, on either engine', (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED + 5)
  for (const engine of /** @type {const} */ (['native', 'fallback'])) {
    tenon.configure({ features: { tokens: engine } })
    for (let run = 0; run < fuzzRuns(200); run++) {
      const options = {
        encoding: random.pick(ENCODINGS),
        ...(random.below(2) && { allowedSpecial: /** @type {'all'} */ ('all') })
      }
      const counter = tenon.tokens.counter(options)
      /** @type {string[]} */
      const pieces = []
      for (let step = 0; step < 30; step++) {
        if (pieces.length > 0 && random.below(4) === 0) {
          pieces.pop()
          counter.pop()
        } else {
          const piece = random.pick([randomText(random, 4), random.pick(ALPHABET), '<|endof', 'text|>'])
          pieces.push(piece)
          assert.equal(counter.append(piece), counter.count)
        }
        /** @type {string} */
        const whole = pieces.join('')
        assert.equal(
          counter.count,
          tenon.tokens.count(whole, options),
          `seed ${SEED}, run ${run}: ${JSON.stringify(pieces)}`
        )
      }
    }
  }
})

test('a decoder gives the text wherever its ids are split, on either engine', () => {
  const text = 'naïve 文字 👨‍👩‍👧 \ufeff𐐀 end'
  for (const engine of /** @type {const} */ (['native', 'fallback'])) {
    tenon.configure({ features: { tokens: engine } })
    for (const encoding of ENCODINGS) {
      const ids = tenon.tokens.encode(text, { encoding })
      for (let first = 0; first <= ids.length; first++) {
        for (let second = first; second <= ids.length; second++) {
          const decoder = tenon.tokens.createDecoder({ encoding })
          const parts = [ids.slice(0, first), ids.slice(first, second), ids.slice(second)].map((some) =>
            decoder.write(some)
          )
          parts.push(decoder.end())
          assert.equal(parts.join(''), text)
          for (const part of parts) assert.ok(part.isWellFormed() && !part.includes('\ufffd'))
        }
      }
      const cut = tenon.tokens.createDecoder({ encoding })
      const [first] = tenon.tokens.encode('𐐀', { encoding })
      assert.equal(cut.write(first), '')
      assert.equal(cut.end(), '\ufffd')
      assert.deepEqual(tenon.tokens.decodeBytes(ids, { encoding }), new TextEncoder().encode(text))
    }
  }
})

test('what runs in the background answers alike, and is cancelled by its signal', async () => {
  const texts = cases.map(({ text }) => text)
  for (const engine of /** @type {const} */ (['native', 'fallback'])) {
    tenon.configure({ features: { tokens: engine } })
    for (const encoding of ENCODINGS) {
      assert.deepEqual(
        await tenon.tokens.countBatchAsync(texts, { encoding }),
        tenon.tokens.countBatch(texts, { encoding })
      )
      const whole = texts.join('<|endoftext|>')
      const options = { encoding, allowedSpecial: /** @type {'all'} */ ('all') }
      assert.deepEqual(await tenon.tokens.encodeAsync(whole, options), tenon.tokens.encode(whole, options))
      assert.equal(await tenon.tokens.countAsync(whole, options), tenon.tokens.count(whole, options))
    }
    const aborted = AbortSignal.abort(new Error('enough'))
    await assert.rejects(tenon.tokens.countAsync('a', { signal: aborted }), { code: 'ERR_ABORTED' })
    const controller = new AbortController()
    const long = tenon.tokens.encodeAsync('one two three '.repeat(1 << 20), { signal: controller.signal })
    setTimeout(() => controller.abort(), 5)
    await assert.rejects(long, { code: 'ERR_ABORTED' })
  }
})

test('both engines agree on long runs', () => {
  for (const unit of ['a', ' ', '\n', '=', '文', '👨', 'aB', '\t ']) {
    for (const repeats of [95, 97, 1000, 20_000]) {
      const { native, fallback } = answers('tokens', () => tenon.tokens.encode(unit.repeat(repeats)))
      assert.deepEqual(native, fallback, `${JSON.stringify(unit)} times ${repeats}`)
    }
  }
})
