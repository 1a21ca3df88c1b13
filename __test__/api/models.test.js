'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { tokens } = require('../..')
const fixture = require('../fixtures/tokens/models.json')

/** @type {Record<string, string | null>} */
const ENCODINGS = fixture.encodings

test("models have tiktoken's encodings, and those unknown to it none", () => {
  for (const [model, encoding] of Object.entries(ENCODINGS)) {
    if (encoding !== null) assert.equal(tokens.encodingForModel(model), encoding, model)
    else
      assert.throws(
        () => tokens.encodingForModel(model),
        { code: 'ERR_UNSUPPORTED', message: /^model .* has no encoding/ },
        model
      )
  }
})

test('a fine-tuned model has the encoding of the model it was made of', () => {
  assert.equal(tokens.encodingForModel('ft:gpt-4.1-mini-2025-04-14:org::id'), 'o200k_base')
  assert.equal(tokens.encodingForModel('ft:o4-mini-2025-04-16:org::id'), 'o200k_base')
  assert.equal(tokens.encodingForModel('ft:gpt-4-0613:org::id'), 'cl100k_base')
  assert.equal(tokens.encodingForModel('openai/gpt-5'), 'o200k_base')
  for (const model of ['ft:', 'ft:claude', 'ft:ft:gpt-4x', `${'ft:'.repeat(10_000)}o1`])
    assert.throws(() => tokens.encodingForModel(model), { code: 'ERR_UNSUPPORTED' })
})

test('models without a public vocabulary are sent to estimate, others to the encodings', () => {
  for (const model of [
    'claude-sonnet-4',
    'anthropic/claude-opus-4.5',
    'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'gemini-2.5-pro',
    'models/gemini-3-pro-preview',
    'x-ai/grok-4',
    'mistral-large-latest',
    'amazon.nova-pro-v1:0'
  ]) {
    const message = /has no encoding that Tenon knows; its vocabulary is not public; tokens\.estimate gives a range$/
    assert.throws(() => tokens.encodingForModel(model), { code: 'ERR_UNSUPPORTED', message }, model)
    assert.throws(() => tokens.count('a', { model }), { code: 'ERR_UNSUPPORTED', message }, model)
  }
  for (const model of [
    'llama-3',
    'supernova-1',
    'my-claude',
    'open-mistral-7b',
    '__proto__',
    'constructor',
    7,
    null,
    undefined,
    {}
  ]) {
    assert.throws(
      () => tokens.encodingForModel(/** @type {string} */ (model)),
      { code: 'ERR_UNSUPPORTED', message: /give the encoding, one of o200k_base/ },
      String(model)
    )
  }
})

test('every encoding that is listed can be used', () => {
  const names = tokens.encodings()
  assert.equal(names[0], 'o200k_base')
  assert.ok(names.includes('cl100k_base'))
  for (const encoding of names) assert.ok(tokens.count('hello world', { encoding }) > 0, encoding)
  names.length = 0
  assert.notEqual(tokens.encodings().length, 0)
})
