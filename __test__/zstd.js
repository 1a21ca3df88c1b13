'use strict'

// What the tests of zstd share: whether this Node compresses by itself, and data to compress.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const zlib = /** @type {any} */ (require('node:zlib'))
const tenon = require('..')
const native = require('../lib/native')

/** Without it the fallback compresses nothing. */
const NODE_HAS_ZSTD = typeof zlib.zstdCompressSync === 'function'
/** With the same version of zstd, both engines give the same bytes. */
const SAME_ZSTD = /** @type {any} */ (process.versions).zstd === '1.5.7'

/**
 * @typedef {object} Frames
 * @property {Record<string, string>} dictionaries
 * @property {{ name: string, frame: string, bytes: number, sha256: string, dictionary?: string }[]} cases
 */
/** @type {Frames} */
const { dictionaries, cases: frames } = fixture('frames.json')
/** @type {{ cases: { name: string, data: string, options: import('..').zstd.DecompressOptions, code: string, message: string }[] }} */
const { cases: errors } = fixture('errors.json')

/** @param {string} name */
function fixture(name) {
  return JSON.parse(fs.readFileSync(path.join(__dirname, 'fixtures', 'zstd', name), 'utf8'))
}

/** A dictionary of the fixtures. @param {string} name */
const dictionaryNamed = (name) => Uint8Array.from(Buffer.from(dictionaries[name], 'base64'))

/**
 * @param {{ dictionary?: any, maxOutputBytes?: number, maxWindowLog?: number }} options its dictionary named
 * @returns {{ dictionary?: Uint8Array, maxOutputBytes?: number, maxWindowLog?: number }}
 */
function withDictionary(options) {
  return options.dictionary === undefined ? options : { ...options, dictionary: dictionaryNamed(options.dictionary) }
}

/**
 * `zstd.compress`; where the engine in force cannot, it must say so, and the frame is the addon's own.
 * @param {string | Uint8Array} data
 * @param {import('..').zstd.CompressOptions & { dictionary?: Uint8Array }} [options]
 */
function compressed(data, options) {
  if (compresses()) return tenon.zstd.compress(data, options)
  assert.throws(() => tenon.zstd.compress(data, options), unsupported)
  return frameOf(data, options)
}

/**
 * `zstd.compressBatch`, likewise.
 * @param {(string | Uint8Array)[]} records
 * @param {import('..').zstd.CompressOptions & { dictionary?: Uint8Array }} [options]
 */
function compressedBatch(records, options) {
  if (compresses()) return tenon.zstd.compressBatch(records, options)
  assert.throws(() => tenon.zstd.compressBatch(records, options), unsupported)
  return records.map((record) => frameOf(record, options))
}

/** Whether the engine in force compresses in this Node. */
function compresses() {
  return NODE_HAS_ZSTD || tenon.status().features.zstd.engine === 'native'
}

/**
 * @param {string | Uint8Array} data
 * @param {import('..').zstd.CompressOptions & { dictionary?: Uint8Array }} [options]
 */
function frameOf(data, { level = 3, checksum = false, longDistance = false, windowLog = 0, dictionary } = {}) {
  const addon = /** @type {import('../lib/native').Addon} */ (native.load().addon)
  const settings = Number(checksum) | (Number(longDistance) << 1) | (windowLog << 8)
  return addon.zstdCompress(
    data,
    level || 3,
    settings,
    dictionary && new addon.ZstdDictionary(dictionary, level || 3, false)
  )
}

/** The error of a Node without zstd. */
const unsupported = {
  name: 'TenonError',
  code: 'ERR_UNSUPPORTED',
  message: `zstd compression without native needs Node 22.15, and this is Node ${process.version}`
}

const WORDS = 'the quick brown fox { "id": 12345, "kind": "click" } const value = compute(index)\n'.split(' ')

/**
 * Data of the kinds that take different ways through a compressor.
 * @param {ReturnType<typeof import('./engines').randomFrom>} random
 */
function randomData(random) {
  const length = random.below(random.pick([1, 60, 600, 4000, 30_000, 200_000]))
  const kind = random.below(4)
  if (kind === 0) return Buffer.alloc(length, random.below(256))
  if (kind === 1) {
    const symbols = random.pick([2, 5, 60, 256])
    return Buffer.from(Uint8Array.from({ length }, () => random.below(symbols)))
  }
  let text = ''
  while (text.length < length) text += `${random.pick(WORDS)} ${random.below(5) === 0 ? random.below(1000) : ''}`
  return Buffer.from(kind === 2 ? text : text.replaceAll('o', 'ö'))
}

module.exports = {
  NODE_HAS_ZSTD,
  SAME_ZSTD,
  compressed,
  compressedBatch,
  compresses,
  dictionaryNamed,
  errors,
  frames,
  randomData,
  unsupported,
  withDictionary
}
