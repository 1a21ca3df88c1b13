'use strict'

// Encodings that were registered, by the public functions: the tables of the Rust tests, and both engines side by side.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const tenon = require('../..')
const { SEED, answers, describeBoth, fuzzRuns, randomFrom } = require('../engines')

const { tokens } = tenon
/** @type {{ texts: string[], cases: { name: string, tokenizer: any, ids: number[][][] }[] }} */
const table = JSON.parse(fs.readFileSync(path.join(__dirname, '../fixtures/tokens/tokenizer-json.json'), 'utf8'))

table.cases.forEach(({ tokenizer }, index) => {
  const json = JSON.stringify(tokenizer)
  tokens.register({ name: `json ${index}`, tokenizerJson: index % 2 ? json : Buffer.from(json) })
})

/** A file of o200k_base's first tokens: any beginning of a vocabulary's merges is a vocabulary. */
const ranks = Buffer.from(
  Array.from({ length: 20_000 }, (_, id) => `${Buffer.from(tokens.decodeBytes([id])).toString('base64')} ${id}\n`).join(
    ''
  )
)
tokens.register({ name: 'ranks', ranks, pattern: 'o200k', special: { '<|end|>': 20_000, '☃': 20_001 } })
tokens.register({ name: 'numbers alone', ranks, pattern: '[0-9]+' })

/** @param {string} name */
const error = (name) => ({ name: 'TenonError', code: name })

describeBoth('tokens', () => {
  test("the ids of a registered tokenizer.json are those of Hugging Face's tokenizers", () => {
    table.cases.forEach(({ name, ids }, index) => {
      const encoding = `json ${index}`
      table.texts.forEach((text, at) => {
        const [all, none = all] = ids[at]
        const context = `${name}: ${JSON.stringify(text)}`
        assert.deepEqual([...tokens.encode(text, { encoding, allowedSpecial: 'all' })], all, context)
        assert.deepEqual([...tokens.encode(text, { encoding })], none, context)
        assert.equal(tokens.count(text, { encoding }), none.length, context)
        assert.equal(tokens.countUntil(text, 3, { encoding }), Math.min(4, none.length), context)
      })
    })
  })

  test('a registered vocabulary has its special tokens and its name', async () => {
    const encoding = 'ranks'
    assert.ok(tokens.encodings().includes(encoding))
    const text = 'a<|end|>b☃'
    const [a, b] = [...tokens.encode('a', { encoding }), ...tokens.encode('b', { encoding })]
    assert.deepEqual([...tokens.encode(text, { encoding, allowedSpecial: 'all' })], [a, 20_000, b, 20_001])
    assert.deepEqual(
      tokens.countBatch([text], { encoding, allowedSpecial: ['☃'] })[0],
      tokens.count('a<|end|>b', { encoding }) + 1
    )
    assert.throws(() => tokens.count(text, { encoding, disallowedSpecial: ['☃'] }), {
      ...error('ERR_INVALID_ARG'),
      at: 9
    })
    assert.throws(() => tokens.count(text, { encoding, allowedSpecial: ['<|endoftext|>'] }), error('ERR_INVALID_ARG'))
    assert.equal(tokens.decode([a, 20_000, 20_001], { encoding }), 'a<|end|>☃')
    assert.throws(() => tokens.decode([20_002], { encoding }), error('ERR_INVALID_ARG'))
    assert.equal(await tokens.countAsync(text, { encoding }), tokens.count(text, { encoding }))
    assert.deepEqual(await tokens.encodeAsync(text, { encoding }), tokens.encode(text, { encoding }))
    const long = 'some words '.repeat(300)
    const cut = tokens.truncate(long, 20, { encoding, keep: 'both', marker: '…' })
    assert.ok(cut.truncated && cut.tokens <= 20 && cut.tokens === tokens.count(cut.text, { encoding }))
    const parts = tokens.split(long, { encoding, maxTokens: 50 })
    assert.equal(parts.map((part) => part.text).join(''), long)
    const counter = tokens.counter({ encoding })
    for (const piece of ['some', ' wor', 'ds', '☃']) counter.append(piece)
    assert.equal(counter.count, tokens.count('some words☃', { encoding }))
    const fitted = tenon.context.fit([{ role: 'user', content: long }], { maxTokens: 2000, encoding })
    assert.equal(fitted.dropped.length, 0)
  })

  test('tokens that are not the text have no place in it', () => {
    const encoding = 'numbers alone'
    assert.deepEqual([...tokens.encode('a12b', { encoding })], [...tokens.encode('12', { encoding })])
    for (const call of [
      () => tokens.encodeWithOffsets('a12b', { encoding }),
      () => tokens.split('a12b', { encoding, maxTokens: 1 }),
      () => tokens.truncate('a1 2 3 4 5 6 7 8 9', 1, { encoding })
    ]) {
      assert.throws(call, error('ERR_UNSUPPORTED'))
    }
    assert.deepEqual([...tokens.encodeWithOffsets('12', { encoding }).offsets].at(-1), 2)
  })
})

test('both engines agree on random text', (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED + 7)
  const names = tokens.encodings().slice(7)
  for (let run = 0; run < fuzzRuns(1000); run++) {
    const encoding = random.pick(names)
    let text = ''
    for (let length = random.below(12); length > 0; length--)
      text += random.pick([...table.texts, '☃', '<|end|>', 'é', '\ud800'])
    const options = { encoding, ...(random.below(2) && { allowedSpecial: /** @type {'all'} */ ('all') }) }
    /** @type {(() => unknown)[]} */
    const calls = [
      () => tokens.encode(text, options),
      () => tokens.encodeWithOffsets(text, options),
      () => tokens.split(text, { encoding, maxTokens: 9, overlapTokens: 2 })
    ]
    for (const call of calls) {
      const { native, fallback } = answers('tokens', call)
      assert.deepEqual(native, fallback, `seed ${SEED}, run ${run}, ${encoding}: ${JSON.stringify(text)}`)
    }
  }
})

test('what is no vocabulary is refused alike, and not registered', () => {
  const register = /** @type {(options: any) => void} */ (tokens.register)
  const before = tokens.encodings()
  for (const options of [
    { ranks, pattern: 'gpt2' },
    { name: '', ranks, pattern: 'gpt2' },
    { name: 'a' },
    { name: 'a', ranks, tokenizerJson: '{}' },
    { name: 'a', ranks },
    { name: 'a', ranks: 'text', pattern: 'gpt2' },
    { name: 'a', ranks, pattern: 'gpt2', special: { x: -1 } },
    { name: 'a', tokenizerJson: '{}', pattern: 'gpt2' },
    { name: 'a', unknown: 1 }
  ]) {
    assert.throws(() => register(options), error('ERR_INVALID_ARG'), JSON.stringify(options).slice(0, 80))
  }
  for (const name of ['o200k_base', 'ranks']) {
    assert.throws(() => register({ name, ranks, pattern: 'gpt2' }), /there is an encoding/)
  }
  for (const options of [
    { name: 'a', ranks: Buffer.from('YQ== 0\n'), pattern: 'gpt2' },
    { name: 'a', ranks: Buffer.from('!\n'), pattern: 'gpt2' },
    { name: 'a', ranks, pattern: '(' },
    { name: 'a', ranks, pattern: '(a)\\1' },
    { name: 'a', ranks, pattern: 'gpt2', special: { x: 5 } },
    { name: 'a', tokenizerJson: '{' },
    { name: 'a', tokenizerJson: '{"model":{"type":"Unigram"}}' }
  ]) {
    const { native, fallback } = answers('tokens', () => register(options))
    assert.deepEqual(native, fallback)
    assert.match(/** @type {any} */ (native).code, /^ERR_(INVALID_ARG|UNSUPPORTED)$/)
  }
  assert.deepEqual(tokens.encodings(), before)
})

test('white space before an added token is looked at once, and work in the background ends with its signal', async () => {
  const { tokenizer } = table.cases[0]
  const strip = {
    id: Object.keys(tokenizer.model.vocab).length,
    content: ' ',
    special: true,
    lstrip: true,
    rstrip: false,
    single_word: false,
    normalized: false
  }
  tokens.register({ name: 'strip', tokenizerJson: JSON.stringify({ ...tokenizer, added_tokens: [strip] }) })
  const options = { encoding: 'strip', allowedSpecial: /** @type {'all'} */ ('all') }
  // Of a quadratic walk these would take minutes.
  const spaces = answers('tokens', () => tokens.count(' '.repeat(1 << 19), options))
  assert.deepEqual(spaces, { native: 1 << 19, fallback: 1 << 19 })
  for (const engine of /** @type {const} */ (['native', 'fallback'])) {
    tenon.configure({ features: { tokens: engine } })
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 10)
    const long = tokens.countAsync('some words and numbers 12 34 '.repeat(200_000), {
      encoding: 'ranks',
      signal: controller.signal
    })
    await assert.rejects(long, error('ERR_ABORTED'))
  }
})

test('what is disallowed is found inside a longer special token that is not', () => {
  tokens.register({ name: 'nested', ranks, pattern: 'o200k', special: { '<a>': 300_000, '<a><b>': 300_001 } })
  const options = { encoding: 'nested', disallowedSpecial: ['<a>'] }
  assert.throws(() => tokens.count('x<a><b>', options), { ...error('ERR_INVALID_ARG'), special: '<a>', at: 1 })
  assert.throws(
    () => tokens.register(/** @type {any} */ ({ name: 'x', tokenizerJson: '{}', special: null })),
    error('ERR_INVALID_ARG')
  )
})
