'use strict'

// What a call costs before any work is done: the facade, the crossing, the copy of a short string.

/** @typedef {import('.').Case} Case */

const FORTY_BYTES = 'const total = items.map(count).reduce(+);'.slice(0, 40)

/**
 * A short count is one pretoken or a few: what is left is the way there and back.
 * @param {string} name
 * @param {string} text
 */
function shortCount(name, text) {
  return {
    name,
    feature: 'tokens',
    unit: 'calls',
    engines: ['tenon-native', 'addon', 'tenon-fallback', 'gpt-tokenizer', 'tiktoken'],
    inputs: () => [text],
    work: () => 1,
    run: (/** @type {import('../engines').Opened} */ engine, /** @type {string} */ input) => engine.countPlain(input),
    digest: Number
  }
}

/** @type {readonly Case[]} */
module.exports = [
  {
    name: 'no argument, addon alone',
    feature: 'tokens',
    unit: 'calls',
    engines: ['addon'],
    inputs: () => [undefined],
    work: () => 1,
    run: (engine) => engine.crossing(),
    digest: String,
    targets: [
      { says: 'a crossing in at most 100 ns', kind: 'time', value: (median) => median('addon'), atMost: 100e-9 }
    ]
  },
  {
    ...shortCount('count, 1 character', 'a'),
    targets: [
      {
        says: 'the facade adds less than 1 µs to the addon’s own call',
        kind: 'time',
        value: (median) => median('tenon-native') - median('addon'),
        atMost: 1e-6
      }
    ]
  },
  {
    ...shortCount('count, 40 bytes', FORTY_BYTES),
    targets: [
      { says: '40 bytes in at most 400 ns', kind: 'time', value: (median) => median('tenon-native'), atMost: 400e-9 },
      {
        says: 'native at least as fast as the fallback',
        kind: 'ratio',
        value: (median) => median('tenon-fallback') / median('tenon-native'),
        atLeast: 1
      },
      {
        says: 'native at least as fast as gpt-tokenizer',
        kind: 'ratio',
        value: (median) => median('gpt-tokenizer') / median('tenon-native'),
        atLeast: 1
      }
    ]
  },
  {
    ...shortCount('count, 40 bytes, encoding named', FORTY_BYTES),
    engines: ['tenon-native', 'tenon-fallback', 'gpt-tokenizer', 'tiktoken'],
    run: (engine, text) => engine.count(text, 'o200k_base')
  }
]
