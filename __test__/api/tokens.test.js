'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { tokens } = require('../..')

/** @param {string} code @param {RegExp} message */
const error = (code, message) => ({ name: 'TenonError', code, message })

test('a model means its encoding, dated and fine-tuned versions included', () => {
  const o200k = tokens.count('naïve façade', { encoding: 'o200k_base' })
  const cl100k = tokens.count('naïve façade', { encoding: 'cl100k_base' })
  assert.notEqual(o200k, cl100k)
  for (const model of [
    'gpt-4o',
    'gpt-4o-mini',
    'gpt-4o-2024-08-06',
    'o1',
    'o3-mini',
    'gpt-5',
    'gpt-5-codex',
    'gpt-5.1-codex',
    'gpt-4.1-nano',
    'ft:gpt-4o:org::id',
    'ft:gpt-4o-mini-2024-07-18:org::id',
    'ft:gpt-4.1-2025-04-14:org::id',
    'ft:o4-mini'
  ]) {
    assert.equal(tokens.count('naïve façade', { model }), o200k, model)
  }
  for (const model of [
    'gpt-4',
    'gpt-4-turbo',
    'gpt-4-0613',
    'gpt-3.5-turbo-16k',
    'text-embedding-3-small',
    'ft:gpt-3.5-turbo:org',
    'ft:gpt-4'
  ]) {
    assert.equal(tokens.count('naïve façade', { model }), cl100k, model)
  }
})

test('a model without a known encoding is refused, never guessed', () => {
  for (const model of ['claude-sonnet-4', 'gemini-2.5-pro', 'gpt', 'o', '', 'toString', '__proto__', 7]) {
    assert.throws(
      () => tokens.count('a', { model: /** @type {string} */ (model) }),
      error('ERR_UNSUPPORTED', /has no encoding that Tenon knows/),
      String(model)
    )
  }
})

test('wrong arguments say what is wrong', () => {
  const wrong = /** @type {any} */ (tokens)
  for (const text of [undefined, null, 7, {}, [], new ArrayBuffer(1), new Uint16Array(1)]) {
    assert.throws(() => wrong.count(text), error('ERR_INVALID_ARG', /^text must be a string or a Uint8Array, not /))
    assert.throws(() => wrong.encode(text), error('ERR_INVALID_ARG', /^text must be/))
  }
  assert.throws(
    () => wrong.count('a', { encodng: 'o200k_base' }),
    error('ERR_INVALID_ARG', /unknown option "encodng"; the options are encoding, model, allowedSpecial/)
  )
  assert.throws(
    () => wrong.count('a', { encoding: 'r50k' }),
    error('ERR_INVALID_ARG', /must be one of o200k_base, cl100k_base, .*, gpt2, not "r50k"/)
  )
  assert.throws(
    () => wrong.count('a', { encoding: 'o200k_base', model: 'gpt-4o' }),
    error('ERR_INVALID_ARG', /not both/)
  )
  assert.throws(() => wrong.count('a', null), error('ERR_INVALID_ARG', /options must be an object, not null/))
  assert.throws(() => wrong.countBatch('a'), error('ERR_INVALID_ARG', /texts must be an array/))
  assert.throws(() => wrong.countBatch(['a', 7]), error('ERR_INVALID_ARG', /^texts\[1\] must be a string/))
  assert.throws(() => wrong.decode('a'), error('ERR_INVALID_ARG', /^ids must be/))
  for (const id of [-1, 1.5, 2 ** 32, NaN, '1']) {
    assert.throws(() => wrong.decode([0, id]), error('ERR_INVALID_ARG', /^ids\[1\] must be an integer from 0/))
  }
  assert.throws(
    () => tokens.decode([0, 199_998]),
    error('ERR_INVALID_ARG', /^ids\[1\] is 199998, which o200k_base does not have$/)
  )
})

test('special tokens decode, and their text is ordinary text', () => {
  assert.equal(tokens.decode([199_999, 200_018]), '<|endoftext|><|endofprompt|>')
  const { length } = tokens.encode('<|endoftext|>')
  assert.ok(length > 1)
})

test('a batch counts as its texts do', () => {
  const texts = ['', 'hello world', new TextEncoder().encode('bytes'), '文字', 'x'.repeat(10_000)]
  assert.deepEqual(
    [...tokens.countBatch(texts)],
    texts.map((text) => tokens.count(text))
  )
})

test('a text larger than any buffer kept between calls comes through whole', () => {
  for (const unit of ['word ', '文字', '👨']) {
    for (const repeats of [1364, 1365, 1366, 4093, 4096, 300_000]) {
      const text = unit.repeat(repeats)
      assert.equal(tokens.decode(tokens.encode(text)), text, `${unit} times ${repeats}`)
    }
  }
})

test('a text or an answer beyond the limits is ERR_LIMIT before any work', () => {
  const limit = 2 ** 27
  const tooLong = error('ERR_LIMIT', /^text has 134217729 (code units|bytes); the limit is 134217728$/)
  assert.throws(() => tokens.count('a'.repeat(limit + 1)), tooLong)
  assert.throws(() => tokens.encode(new Uint8Array(limit + 1)), tooLong)
  assert.throws(() => tokens.countBatch(['a', 'a'.repeat(limit + 1)]), error('ERR_LIMIT', /^texts\[1\] has/))
  // 128 spaces are one token, the longest there is.
  const [longest] = tokens.encode(' '.repeat(128))
  const ids = new Uint32Array(Math.ceil(2 ** 29 / 128)).fill(longest)
  assert.throws(() => tokens.decode(ids), error('ERR_LIMIT', /^the ids stand for more than 536870888 bytes$/))
})

test('bytes and ids of another realm, or without their buffer, are taken for what they are', () => {
  const foreign = require('node:vm').runInNewContext('new Uint8Array([104, 105])')
  assert.equal(tokens.count(foreign), tokens.count('hi'))
  const ids = tokens.encode('hello')
  structuredClone(ids, { transfer: [/** @type {ArrayBuffer} */ (ids.buffer)] })
  assert.equal(tokens.decode(ids), '')
  const bytes = new TextEncoder().encode('hello')
  structuredClone(bytes, { transfer: [bytes.buffer] })
  assert.equal(tokens.count(bytes), 0)
})
