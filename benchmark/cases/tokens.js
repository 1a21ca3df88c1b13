'use strict'

const { hash } = require('../answer')
const { generator, invented, rust, sentences, source } = require('../corpus')

/** @typedef {import('.').Case} Case */
/** @typedef {import('../engines').Opened} Opened */

const ALL = ['tenon-native', 'tenon-fallback', 'gpt-tokenizer', 'tiktoken']
const WITH_LIMIT = [...ALL, 'memory-copy']
const CRATES = ['tenon-tokens', 'toktok-rs', 'bpe-openai']
/** Where the rivals need minutes. */
const TENON = ['tenon-native', 'tenon-fallback']

const FASTER = Object.freeze([
  {
    says: 'native at least as fast as the fallback',
    kind: /** @type {const} */ ('ratio'),
    value: (/** @type {(engine: string) => number} */ median) => median('tenon-fallback') / median('tenon-native'),
    atLeast: 1
  },
  {
    says: 'native at least as fast as gpt-tokenizer',
    kind: /** @type {const} */ ('ratio'),
    value: (/** @type {(engine: string) => number} */ median) => median('gpt-tokenizer') / median('tenon-native'),
    atLeast: 1
  }
])

/** What real source of 4 KB and more, in o200k_base, must reach. */
const MUCH_FASTER = Object.freeze([
  FASTER[0],
  { ...FASTER[1], says: 'native at least 12 times as fast as gpt-tokenizer', atLeast: 12 }
])

/** @type {Case['targets']} */
const RUN = Object.freeze([
  ...FASTER.slice(0, 1),
  { says: 'in at most 20 ms', kind: 'time', value: (median) => median('tenon-native'), atMost: 20e-3 }
])

/** The crate alone beside its rivals. @type {Case['targets']} */
const AGAINST_CRATES = Object.freeze([
  {
    says: 'the crate at least as fast as toktok-rs',
    kind: 'ratio',
    value: (median) => median('toktok-rs') / median('tenon-tokens'),
    atLeast: 1
  },
  {
    says: 'the crate at least 5 times as fast as bpe-openai',
    kind: 'ratio',
    value: (median) => median('bpe-openai') / median('tenon-tokens'),
    atLeast: 5
  }
])

const bytesOf = (/** @type {string} */ text) => Buffer.byteLength(text)
const idsDigest = (/** @type {Iterable<number>} */ ids) => hash(Uint32Array.from(ids))

/**
 * @param {string} name
 * @param {() => string[]} inputs
 * @param {{ encoding?: string, engines?: readonly string[], targets?: Case['targets'] }} [options]
 * @returns {Case}
 */
function count(name, inputs, { encoding = 'o200k_base', engines = ALL, targets = FASTER } = {}) {
  return {
    name: `count, ${name}`,
    feature: 'tokens',
    unit: 'bytes',
    engines,
    inputs,
    work: bytesOf,
    run: (engine, text) => engine.count(text, encoding),
    digest: Number,
    targets
  }
}

/**
 * @param {string} name
 * @param {() => string[]} inputs
 * @param {string} [encoding]
 * @returns {Case}
 */
function encode(name, inputs, encoding = 'o200k_base') {
  return {
    name: `encode, ${name}`,
    feature: 'tokens',
    unit: 'bytes',
    engines: ALL,
    inputs,
    work: bytesOf,
    run: (engine, text) => engine.encode(text, encoding),
    digest: idsDigest,
    targets: FASTER
  }
}

/**
 * @param {string} name
 * @param {() => string[]} inputs
 * @param {Case['targets']} [targets]
 * @returns {Case}
 */
function countInRust(name, inputs, targets = AGAINST_CRATES) {
  return { ...count(`Rust alone, ${name}`, inputs, { engines: CRATES, targets }), uncounted: true }
}

/** The ids of `text`. Not by the facade, which would count the call. @param {string} text */
const idsOf = (text) => require('../engines/addon').open().encode(text)

/** 2,000 texts of 20 to 600 bytes, as the messages and search results of an agent are. */
function smallTexts() {
  const random = generator(0x5eed)
  return source(600, 2000).map((text) => text.slice(0, 20 + (random() % 580)))
}

/** @type {readonly Case[]} */
module.exports = [
  { ...count('source never seen, 4 KB', () => source(4 << 10, 1024)), warm: 256 },
  { ...count('source never seen, 100 KB', () => source(100 << 10, 80)), warm: 16 },
  count('source, 100 B', () => source(100, 512)),
  count('source, 4 KB', () => source(4 << 10, 256), { targets: MUCH_FASTER }),
  count('source, 100 KB', () => source(100 << 10, 16), { engines: WITH_LIMIT, targets: MUCH_FASTER }),
  count('source, 1 MB', () => source(1 << 20, 4), { engines: WITH_LIMIT, targets: MUCH_FASTER }),
  count('source, 100 KB, cl100k_base', () => source(100 << 10, 16), { encoding: 'cl100k_base' }),
  count('Rust of this repository', () => [rust()]),
  count('English prose, 4 KB', () => [sentences('prose.txt', 4 << 10)]),
  count('English prose, 100 KB', () => [sentences('prose.txt', 100 << 10)]),
  count('Chinese, Japanese, Korean, 4 KB', () => [sentences('cjk.txt', 4 << 10)]),
  count('Chinese, Japanese, Korean, 100 KB', () => [sentences('cjk.txt', 100 << 10)]),
  {
    ...count('Chinese, Japanese, Korean never seen, 100 KB', () => invented('cjk.txt', 1, 100 << 10, 32)),
    warm: 8
  },
  {
    ...count('many languages never seen, 100 KB', () => invented('multilingual.txt', 2, 100 << 10, 32)),
    warm: 8
  },
  count('many languages, 100 KB', () => [sentences('multilingual.txt', 100 << 10)], { engines: WITH_LIMIT }),
  count('many languages, 100 KB, cl100k_base', () => [sentences('multilingual.txt', 100 << 10)], {
    encoding: 'cl100k_base'
  }),
  {
    ...count('one letter, 8 to 9 KB', () => ['a'.repeat(9 << 10)]),
    work: () => (8 << 10) + 512,
    // Another length every time: an engine that remembers pretokens would only look this one up.
    run: (engine, text, call) => engine.count(text.slice(0, (8 << 10) + (call % (1 << 10))), 'o200k_base')
  },
  count('one letter, 1 MB', () => ['a'.repeat(1 << 20)], { engines: TENON, targets: RUN }),
  count('spaces, 1 MB', () => [' '.repeat(1 << 20)], { engines: TENON, targets: RUN }),
  count('equals signs, 1 MB', () => ['='.repeat(1 << 20)], { engines: TENON, targets: RUN }),
  count('one Chinese character, 1 MB', () => ['中'.repeat(349_525)], { engines: TENON, targets: RUN }),
  count('one emoji, 1 MB', () => ['😀'.repeat(1 << 18)], { engines: TENON, targets: RUN }),
  countInRust('source, 4 KB', () => source(4 << 10, 256)),
  countInRust('source, 100 KB', () => source(100 << 10, 16)),
  countInRust('English prose, 100 KB', () => [sentences('prose.txt', 100 << 10)], []),
  countInRust('Chinese, Japanese, Korean, 100 KB', () => [sentences('cjk.txt', 100 << 10)], []),
  countInRust('many languages, 100 KB', () => [sentences('multilingual.txt', 100 << 10)], []),
  countInRust('many languages that repeat little, 100 KB', () => invented('multilingual.txt', 2, 100 << 10, 32), []),
  encode('source, 4 KB', () => source(4 << 10, 256)),
  encode('source, 100 KB', () => source(100 << 10, 16)),
  encode('source, 100 KB, cl100k_base', () => source(100 << 10, 16), 'cl100k_base'),
  encode('many languages, 100 KB', () => [sentences('multilingual.txt', 100 << 10)]),
  {
    name: 'decode, source, 100 KB',
    feature: 'tokens',
    unit: 'bytes',
    engines: ALL,
    inputs: () => source(100 << 10, 16).map(idsOf),
    work: (_, text) => bytesOf(text),
    run: (engine, ids) => engine.decode(ids, 'o200k_base'),
    digest: hash,
    targets: FASTER
  },
  {
    name: 'decode, many languages, 100 KB',
    feature: 'tokens',
    unit: 'bytes',
    engines: ALL,
    inputs: () => [idsOf(sentences('multilingual.txt', 100 << 10))],
    work: (_, text) => bytesOf(text),
    run: (engine, ids) => engine.decode(ids, 'o200k_base'),
    digest: hash,
    targets: FASTER
  },
  {
    name: 'countBatch, 2,000 texts of 20 to 600 B',
    feature: 'tokens',
    unit: 'bytes',
    engines: ALL,
    inputs: () => [smallTexts()],
    work: (texts) => texts.map(bytesOf).reduce((/** @type {number} */ sum, /** @type {number} */ bytes) => sum + bytes),
    run: (engine, texts) => engine.countBatch(texts, 'o200k_base'),
    digest: idsDigest,
    targets: FASTER
  }
]
