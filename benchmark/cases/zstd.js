'use strict'

const { hash } = require('../answer')
const { generator, source } = require('../corpus')

/** @typedef {import('.').Case} Case */

const ENGINES = ['tenon-native', 'tenon-fallback', 'node-zlib']
/** The fallback of a Node without zstd compresses nothing. */
const COMPRESSING = 'zstdCompressSync' in require('node:zlib') ? ENGINES : ['tenon-native']
const RECORDS = 1000

/** @param {number} times @returns {NonNullable<Case['targets']>} */
const thanNode = (times) => [
  {
    says: `native at least ${times === 1 ? 'as fast' : `${times} times as fast`} as node:zlib`,
    kind: 'ratio',
    value: (median) => median('node-zlib') / median('tenon-native'),
    atLeast: times
  }
]

/** @param {number} bytes @param {number} count */
const pieces = (bytes, count) => source(bytes, count).map((text) => Buffer.from(text))

/** The addon itself, so that no call of the facade is counted. @param {Uint8Array} data @param {Uint8Array} [dictionary] */
function frame(data, dictionary) {
  const { addon } = require('../../lib/native').load()
  if (!addon) throw new Error('there is no native engine to make the frames')
  return Buffer.from(addon.zstdCompress(data, 3, 0, dictionary && new addon.ZstdDictionary(dictionary, 3, false)))
}

/** JSON records of some 200 bytes, as events and messages are. */
function records() {
  const random = generator(0x25d)
  return Array.from({ length: 2 * RECORDS }, (_, id) =>
    Buffer.from(
      JSON.stringify({
        id,
        kind: ['click', 'view', 'buy'][random() % 3],
        user: `user-${random() % 500}`,
        at: `2026-01-${10 + (random() % 20)}T10:${10 + (random() % 50)}:00.${100 + (random() % 900)}Z`,
        session: random().toString(16),
        agent: 'Mozilla/5.0 (X11; Linux x86_64)',
        tags: ['alpha', 'beta', 'gamma'].slice(random() % 3)
      })
    )
  )
}

/** @type {{ records: Buffer[], dictionary: Uint8Array } | undefined} */
let trained

/** Records, and a dictionary trained from others of their kind. */
function withDictionary() {
  if (trained) return trained
  const all = records()
  const { addon } = require('../../lib/native').load()
  if (!addon) throw new Error('there is no native engine to train a dictionary')
  trained = { records: all.slice(RECORDS), dictionary: addon.zstdTrainDictionary(all.slice(0, RECORDS), 16_384) }
  return trained
}

/**
 * @param {string} name
 * @param {number} bytes
 * @param {number} count
 * @param {number} times
 * @returns {Case[]}
 */
function oneShot(name, bytes, count, times) {
  const common = { feature: 'zstd', unit: 'bytes', targets: thanNode(times) }
  return [
    {
      ...common,
      name: `compress, source, ${name}`,
      engines: COMPRESSING,
      inputs: () => pieces(bytes, count),
      work: (data) => data.length,
      run: (engine, data) => engine.compress(data),
      digest: hash
    },
    {
      ...common,
      name: `decompress, source, ${name}`,
      engines: ENGINES,
      inputs: () => pieces(bytes, count).map((data) => frame(data)),
      work: (_, content) => content.length,
      run: (engine, data) => engine.decompress(data),
      digest: hash
    }
  ]
}

/** @type {readonly Case[]} */
module.exports = [
  ...oneShot('1 KB', 1 << 10, 256, 2),
  ...oneShot('100 KB', 100 << 10, 16, 1),
  ...oneShot('8 MB', 8 << 20, 1, 1),
  {
    name: 'decompress, source, 10 MB',
    feature: 'zstd',
    unit: 'bytes',
    engines: ENGINES,
    inputs: () => [frame(Buffer.concat([...pieces(8 << 20, 1), ...pieces(2_000_000, 1)]).subarray(0, 10_000_000))],
    work: (_, content) => content.length,
    run: (engine, data) => engine.decompress(data),
    digest: hash,
    targets: thanNode(1)
  },
  {
    name: 'compress, JSON records of 200 B, prepared dictionary',
    feature: 'zstd',
    unit: 'records',
    engines: COMPRESSING,
    inputs: () => withDictionary().records.slice(0, 256),
    work: () => 1,
    run: (engine, data) => engine.compressPrepared(data, withDictionary().dictionary),
    digest: (data) => data.length,
    targets: thanNode(3)
  },
  {
    name: 'compress, JSON records of 200 B, a dictionary anew by every call',
    feature: 'zstd',
    unit: 'records',
    engines: COMPRESSING,
    inputs: () => withDictionary().records.slice(0, 256),
    work: () => 1,
    run: (engine, data) => engine.compress(data, withDictionary().dictionary),
    digest: (data) => data.length
  },
  {
    name: 'decompress, JSON records of 200 B, prepared dictionary',
    feature: 'zstd',
    unit: 'records',
    engines: ENGINES,
    inputs: () => {
      const { records: made, dictionary } = withDictionary()
      return made.slice(0, 256).map((record) => frame(record, dictionary))
    },
    work: () => 1,
    run: (engine, data) => engine.decompressPrepared(data, withDictionary().dictionary),
    digest: hash,
    targets: thanNode(3)
  },
  {
    name: `compressBatch, ${RECORDS} JSON records of 200 B, prepared dictionary`,
    feature: 'zstd',
    unit: 'records',
    engines: COMPRESSING,
    inputs: () => [withDictionary().records],
    work: (data) => data.length,
    run: (engine, data) => engine.compressBatch(data, withDictionary().dictionary),
    digest: (frames) =>
      frames.reduce((/** @type {number} */ sum, /** @type {Uint8Array} */ one) => sum + one.length, 0),
    targets: thanNode(3)
  }
]
