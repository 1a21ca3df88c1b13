'use strict'

// What a process pays before its first answer. Every sample is a process of its own.

const { source } = require('../corpus')

/** @typedef {import('.').Case} Case */

const ENGINES = ['tenon-native', 'tenon-fallback', 'gpt-tokenizer', 'tiktoken']

/** @type {readonly Case[]} */
module.exports = [
  {
    name: 'require and load',
    feature: 'tokens',
    unit: 'processes',
    engines: ENGINES,
    inputs: () => [undefined],
    work: () => 1,
    run: () => true,
    digest: String,
    fresh: true,
    uncounted: true,
    targets: [
      {
        says: 'require and native load in at most 15 ms',
        kind: 'time',
        value: (median) => median('tenon-native'),
        atMost: 15e-3
      }
    ]
  },
  {
    name: 'require, load and first count of 4 KB',
    feature: 'tokens',
    unit: 'processes',
    engines: ENGINES,
    inputs: () => source(4 << 10),
    work: () => 1,
    run: (engine, text) => engine.count(text, 'o200k_base'),
    digest: Number,
    fresh: true,
    targets: [
      { says: 'first count in at most 10 ms', kind: 'time', value: (median) => median('tenon-native'), atMost: 10e-3 },
      {
        says: 'native at least as fast as gpt-tokenizer',
        kind: 'ratio',
        value: (median) => median('gpt-tokenizer') / median('tenon-native'),
        atLeast: 1
      }
    ]
  }
]
