'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { tokens } = require('../..')
const { SEED, fuzzRuns, randomFrom } = require('../engines')
const fixture = require('../fixtures/tokens/estimates.json')

const MODELS = [
  'claude-opus-4-7',
  'claude-sonnet-4.5',
  'claude-latest',
  'gemini-2.5-pro',
  'grok-4',
  'mistral-large-latest',
  'amazon.nova-pro-v1:0'
]

/** @param {string} text @param {string} model */
function within(text, model, /** @type {number} */ actual, /** @type {string} */ what) {
  const { low, high } = tokens.estimate(text, model)
  assert.ok(low <= actual && actual <= high, `${model}, ${what}: ${actual} is not from ${low} to ${high}`)
}

test('counts by the vocabularies that are known lie within the range', () => {
  assert.ok(fixture.texts.length >= 19)
  for (const { kind, text, gemma3, tekken, claude2 } of fixture.texts) {
    within(text, 'gemini-2.5-pro', gemma3, kind)
    within(text, 'mistral-large-latest', tekken, kind)
    within(text, 'claude-sonnet-4.5', Math.round(claude2 * 1.1), kind)
  }
})

test('the newer Claude needs more tokens, by the published ratios', () => {
  /** @type {Record<string, number>} */
  const ratios = {
    English: 1.45,
    German: 1.46,
    French: 1.36,
    Spanish: 1.24,
    JavaScript: 1.13,
    Rust: 1.15,
    JSON: 1.31,
    Russian: 1,
    Chinese: 1,
    Japanese: 1,
    Korean: 1,
    Arabic: 1,
    Hindi: 1
  }
  for (const { kind, text, claude2 } of fixture.texts)
    if (kind in ratios) within(text, 'claude-opus-4-7', Math.round(claude2 * 1.1 * ratios[kind]), kind)
  const [{ text }] = fixture.texts
  for (const former of [
    'claude-opus-4-6',
    'claude-opus-4-20250514',
    'claude-3-5-sonnet-20241022',
    'claude-haiku-4.5',
    'anthropic/claude-sonnet-4.6',
    'us.anthropic.claude-sonnet-4-5-20250929-v1:0'
  ])
    assert.deepEqual(tokens.estimate(text, former), tokens.estimate(text, 'claude-sonnet-4-5'), former)
  for (const newer of [
    'claude-opus-4.8',
    'claude-fable-5',
    'claude-sonnet-5',
    'claude-opus-5-20260801',
    'anthropic/claude-opus-4.7'
  ])
    assert.deepEqual(tokens.estimate(text, newer), tokens.estimate(text, 'claude-opus-4-7'), newer)
  const unknown = tokens.estimate(text, 'claude-latest')
  assert.equal(unknown.low, tokens.estimate(text, 'claude-opus-4-6').low)
  assert.equal(unknown.high, tokens.estimate(text, 'claude-opus-4-7').high)
})

test("OpenAI's models are counted, not estimated", () => {
  const text = 'naïve façade, 文字, 12345'
  for (const model of ['gpt-4o', 'gpt-4', 'ft:gpt-4.1:org::id', 'openai/gpt-5']) {
    const exact = tokens.count(text, { model: model.replace('openai/', '') })
    assert.deepEqual(tokens.estimate(text, model), { tokens: exact, low: exact, high: exact }, model)
  }
})

test('low, likely and high are integers in order, and more tokens than bytes never', () => {
  const random = randomFrom(SEED)
  const pieces = [
    'the ',
    'a',
    '\n',
    '    ',
    '{"x":',
    '1234',
    'é',
    'ß',
    'ђ',
    '文',
    '한',
    'ع',
    'क',
    '👨‍👩‍👧',
    '\u0000',
    '\ud800',
    'ქ',
    'Ω',
    'ở',
    '\u{10ffff}'
  ]
  for (let run = 0; run < fuzzRuns(300); run++) {
    let text = ''
    for (let length = random.below(60); length > 0; length--) text += random.pick(pieces).repeat(1 + random.below(4))
    for (const model of MODELS) {
      const where = `seed ${SEED}, run ${run}, ${model}: ${JSON.stringify(text)}`
      const range = tokens.estimate(text, model)
      for (const number of Object.values(range)) assert.ok(Number.isSafeInteger(number) && number >= 0, where)
      assert.ok(range.low <= range.tokens && range.tokens <= range.high, where)
      assert.ok(range.high <= Buffer.byteLength(text), where)
      assert.equal(range.low === 0, text === '', where)
      assert.deepEqual(tokens.estimate(text, model), range, where)
      assert.deepEqual(tokens.estimate(Buffer.from(text), model), range, where)
    }
  }
})

test('no text is no tokens, and white space alone is some', () => {
  for (const model of [...MODELS, 'gpt-4o']) {
    assert.deepEqual(tokens.estimate('', model), { tokens: 0, low: 0, high: 0 })
    assert.deepEqual(tokens.estimate(new Uint8Array(), model), { tokens: 0, low: 0, high: 0 })
    assert.ok(tokens.estimate(' \n ', model).low >= 1)
  }
})

test('a text twice as long has about twice the tokens, also where it is judged by samples', () => {
  const text = fixture.texts.map((each) => each.text).join('\n')
  for (const model of MODELS) {
    const one = tokens.estimate(text, model)
    const many = tokens.estimate(text.repeat(32), model)
    assert.ok(text.length * 32 > 65_536)
    for (const key of /** @type {const} */ (['tokens', 'low', 'high'])) {
      const ratio = many[key] / one[key]
      assert.ok(ratio > 26 && ratio < 38, `${model}, ${key}: ${ratio}`)
    }
  }
})

test('other models and other texts are refused', () => {
  for (const model of [
    'llama-3',
    'my-claude',
    'supernova-1',
    'open-mistral-7b',
    'gemini-1.5-pro',
    '',
    '__proto__',
    7,
    undefined
  ]) {
    assert.throws(
      () => tokens.estimate('a', /** @type {string} */ (model)),
      { code: 'ERR_UNSUPPORTED', message: /^model .* is not known; tokens are estimated for Claude, Gemini, Grok/ },
      String(model)
    )
  }
  for (const model of ['claude-opus-4-7', 'gpt-4o']) {
    for (const text of [undefined, null, 7, {}, ['a']]) {
      assert.throws(() => tokens.estimate(/** @type {any} */ (text), model), {
        code: 'ERR_INVALID_ARG',
        message: /^text must be a string or a Uint8Array/
      })
    }
    assert.throws(() => tokens.estimate('a'.repeat(2 ** 27 + 1), model), { code: 'ERR_LIMIT' })
  }
})
