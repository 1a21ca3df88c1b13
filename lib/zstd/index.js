'use strict'

const { isUint8Array } = require('node:util').types
const { checkBoolean, checkInteger, checkKeys, checkObject, checkSignal, checkText, owned } = require('../arguments')
const { cancellable } = require('../cancellation')
const { defineFeature } = require('../engines')
const { TenonError, aborted, invalidArgument } = require('../errors')
const { Codec } = require('./codec')
const { Dictionary } = require('./dictionary')
const { CodecStream } = require('./stream')

/** @typedef {import('./dictionary').Material} Material */
/** @typedef {import('./frame').Limits} Limits */
/** @typedef {import('../native').Addon} Addon */
/** @typedef {{ level: number, checksum: boolean, longDistance: boolean, windowLog: number, settings: number }} CompressSettings */
/** @typedef {{ bytes: Uint8Array, ends: Uint32Array }} Batch */

const MIN_LEVEL = -131072
const MAX_LEVEL = 22
const DEFAULT_LEVEL = 3
const MIN_WINDOW_LOG = 10
const MAX_WINDOW_LOG = 31
const DEFAULT_MAX_WINDOW_LOG = 27
const DEFAULT_MAX_OUTPUT_BYTES = 256 << 20
const MAX_BYTES = 2 ** 32 - 1
/** Shorter ones have nothing that could be repeated, and zstd takes no notice of them. */
const MIN_DICTIONARY_BYTES = 8
const MAX_DICTIONARY_BYTES = 2 ** 27
/** As the zstd command. */
const DEFAULT_TRAINED_BYTES = 112_640
const MIN_TRAINED_BYTES = 256
const MAX_SAMPLES_BYTES = 2 ** 30

const EMPTY = new Uint8Array(0)

const feature = defineFeature({
  name: 'zstd',
  native: (addon) => ({
    compress: (data, { level, settings }, dictionary) =>
      dictionary === undefined
        ? addon.zstdCompress(data, level, settings)
        : using(addon, dictionary, (prepared) => addon.zstdCompress(data, level, settings, prepared)),
    compressAsync: (data, { level, settings }, dictionary, signal) =>
      cancellable(addon.Cancellation, signal, (cancellation) =>
        using(addon, dictionary, (prepared) => addon.zstdCompressAsync(data, level, settings, prepared, cancellation))
      ),
    compressBatch: (records, { level, settings }, dictionary) =>
      cut(using(addon, dictionary, (prepared) => addon.zstdCompressBatch(records, level, settings, prepared))),
    decompress: (data, { maxOutputBytes, maxWindowLog }, dictionary) =>
      dictionary === undefined
        ? addon.zstdDecompress(data, maxOutputBytes, maxWindowLog)
        : using(addon, dictionary, (prepared) => addon.zstdDecompress(data, maxOutputBytes, maxWindowLog, prepared)),
    decompressAsync: (data, { maxOutputBytes, maxWindowLog }, dictionary, signal) =>
      cancellable(addon.Cancellation, signal, (cancellation) =>
        using(addon, dictionary, (prepared) =>
          addon.zstdDecompressAsync(data, maxOutputBytes, maxWindowLog, prepared, cancellation)
        )
      ),
    decompressBatch: (records, { maxOutputBytes, maxWindowLog }, dictionary) =>
      cut(
        using(addon, dictionary, (prepared) =>
          addon.zstdDecompressBatch(records, maxOutputBytes, maxWindowLog, prepared)
        )
      ),
    prepareDictionary(dictionary) {
      dictionary.native = new addon.ZstdDictionary(dictionary.bytes, dictionary.level, true)
    },
    trainDictionary: (samples, maxBytes) => addon.zstdTrainDictionary(samples, maxBytes),
    trainDictionaryAsync: (samples, maxBytes, signal) =>
      cancellable(addon.Cancellation, signal, (cancellation) =>
        addon.zstdTrainDictionaryAsync(samples, maxBytes, cancellation)
      ),
    openCompress(options, dictionary, pledgedSize) {
      const level = dictionary?.level ?? options.level
      const encoder = new addon.ZstdEncoder(level, options.settings, dictionary?.bytes, pledgedSize ?? -1)
      return new Codec({
        async *write(piece) {
          yield await encoder.push(piece, false)
        },
        async *end() {
          yield await encoder.push(EMPTY, true)
        },
        close: () => encoder.close()
      })
    },
    openDecompress({ maxOutputBytes, maxWindowLog }, dictionary) {
      const limit = maxOutputBytes === Infinity ? -1 : maxOutputBytes
      const decoder = new addon.ZstdDecoder(limit, maxWindowLog, dictionary?.bytes)
      return new Codec({
        async *write(piece) {
          decoder.push(piece)
          for (let more = true; more;) {
            const pulled = await decoder.pull()
            more = pulled.more
            yield pulled.bytes
          }
        },
        // eslint-disable-next-line require-yield
        async *end() {
          decoder.finish()
        },
        close: () => decoder.close()
      })
    }
  }),
  fallback: () => require('./fallback')
})

const runCompress = feature.sync('compress')
const runCompressAsync = feature.async('compressAsync')
const runCompressBatch = feature.sync('compressBatch')
const runDecompress = feature.sync('decompress')
const runDecompressAsync = feature.async('decompressAsync')
const runDecompressBatch = feature.sync('decompressBatch')
const runPrepareDictionary = feature.sync('prepareDictionary')
const runTrainDictionary = feature.sync('trainDictionary')
const runTrainDictionaryAsync = feature.async('trainDictionaryAsync')
const runOpenCompress = feature.sync('openCompress')
const runOpenDecompress = feature.sync('openDecompress')

/**
 * Runs with the addon's dictionary: that of a prepared one stays, another is gone after the call.
 * @template T
 * @param {Addon} addon
 * @param {Material | undefined} dictionary
 * @param {(prepared: import('../addon').ZstdDictionary | undefined) => T} run
 * @returns {T}
 */
function using(addon, dictionary, run) {
  if (dictionary === undefined) return run(undefined)
  if (dictionary.native) return run(dictionary.native)
  const made = new addon.ZstdDictionary(dictionary.bytes, dictionary.level, false)
  if (dictionary.prepared) {
    dictionary.native = made
    return run(made)
  }
  try {
    return run(made)
  } finally {
    made.close()
  }
}

/** The results of a batch as views of one buffer. @param {Batch} batch */
function cut({ bytes, ends }) {
  const results = new Array(ends.length)
  for (let index = 0, start = 0; index < ends.length; index++) {
    results[index] = bytes.subarray(start, ends[index])
    start = ends[index]
  }
  return results
}

/** @type {typeof import('../..').zstd.compress} */
function compress(data, options) {
  const input = checkedInput('data', data)
  if (options === undefined) return runCompress(input, DEFAULT_SETTINGS, undefined)
  const { settings, dictionary, pledgedSize } = compressOptions(options, ONE_SHOT)
  checkPledged(input, pledgedSize)
  return runCompress(input, settings, dictionary)
}

/** @type {typeof import('../..').zstd.compressAsync} */
async function compressAsync(data, options = {}) {
  const input = copied(checkedInput('data', data))
  const { settings, dictionary, pledgedSize } = compressOptions(options, ONE_SHOT_ASYNC)
  checkPledged(input, pledgedSize)
  return runAborting(options.signal, (signal) => runCompressAsync(input, settings, kept(dictionary), signal))
}

/** @type {typeof import('../..').zstd.compressBatch} */
function compressBatch(data, options = {}) {
  const { settings, dictionary } = compressOptions(options, BATCH)
  return runCompressBatch(checkedArray('data', data, checkedInput), settings, dictionary)
}

/** @type {typeof import('../..').zstd.decompress} */
function decompress(data, options) {
  const input = checkedBytes('data', data)
  if (options === undefined) return runDecompress(input, DEFAULT_LIMITS, undefined)
  const { limits, dictionary } = decompressOptions(options, DECOMPRESS)
  return runDecompress(input, limits, dictionary)
}

/** @type {typeof import('../..').zstd.decompressAsync} */
async function decompressAsync(data, options = {}) {
  const input = copied(checkedBytes('data', data))
  const { limits, dictionary } = decompressOptions(options, DECOMPRESS_ASYNC)
  return runAborting(options.signal, (signal) => runDecompressAsync(input, limits, kept(dictionary), signal))
}

/** @type {typeof import('../..').zstd.decompressBatch} */
function decompressBatch(data, options = {}) {
  const { limits, dictionary } = decompressOptions(options, DECOMPRESS)
  return runDecompressBatch(checkedArray('data', data, checkedBytes), limits, dictionary)
}

/** @type {typeof import('../..').zstd.trainDictionary} */
function trainDictionary(samples, options = {}) {
  return runTrainDictionary(checkedSamples(samples), trainedBytes(options, ['maxBytes']))
}

/** @type {typeof import('../..').zstd.trainDictionaryAsync} */
async function trainDictionaryAsync(samples, options = {}) {
  const maxBytes = trainedBytes(options, ['maxBytes', 'signal'])
  const checked = checkedSamples(samples).map(copied)
  if (options.signal !== undefined) checkSignal('options.signal', options.signal)
  return runAborting(options.signal, (signal) => runTrainDictionaryAsync(checked, maxBytes, signal))
}

/** @type {typeof import('../..').zstd.createDictionary} */
function createDictionary(bytes, options = {}) {
  const given = typeof options === 'number' ? { level: options } : options
  checkObject('options', given)
  checkKeys(given, ['level'])
  checkDictionaryBytes('bytes', bytes)
  const level = checkedLevel(given.level)
  /** @type {Material} */
  const material = { bytes: Uint8Array.from(bytes), level, prepared: true }
  runPrepareDictionary(material)
  return new Dictionary(material)
}

/** @type {typeof import('../..').zstd.createCompressStream} */
function createCompressStream(options = {}) {
  const { settings, dictionary, pledgedSize } = compressOptions(options, ONE_SHOT)
  return new CodecStream(runOpenCompress(settings, kept(dictionary), pledgedSize))
}

/** @type {typeof import('../..').zstd.createDecompressStream} */
function createDecompressStream(options = {}) {
  const { limits, dictionary } = decompressOptions(options, DECOMPRESS, Infinity)
  return new CodecStream(runOpenDecompress(limits, kept(dictionary)))
}

/**
 * Rejects as the signal says, whatever the engine made of it.
 * @template T
 * @param {AbortSignal | undefined} signal
 * @param {(signal: AbortSignal | undefined) => Promise<T>} run
 */
async function runAborting(signal, run) {
  if (signal?.aborted) throw aborted(signal)
  try {
    return await run(signal)
  } catch (error) {
    throw signal?.aborted ? aborted(signal) : error
  }
}

const ONE_SHOT = ['level', 'dictionary', 'checksum', 'longDistance', 'windowLog', 'pledgedSize']
const ONE_SHOT_ASYNC = [...ONE_SHOT, 'signal']
const BATCH = ONE_SHOT.slice(0, -1)
const DECOMPRESS = ['dictionary', 'maxOutputBytes', 'maxWindowLog']
const DECOMPRESS_ASYNC = [...DECOMPRESS, 'signal']

/** @param {number} level @param {boolean} checksum @param {boolean} longDistance @param {number} windowLog @returns {CompressSettings} */
function settingsOf(level, checksum, longDistance, windowLog) {
  const settings = Number(checksum) | (Number(longDistance) << 1) | (windowLog << 8)
  return { level, checksum, longDistance, windowLog, settings }
}

const DEFAULT_SETTINGS = Object.freeze(settingsOf(DEFAULT_LEVEL, false, false, 0))
/** @type {Readonly<Limits>} */
const DEFAULT_LIMITS = Object.freeze({
  maxOutputBytes: DEFAULT_MAX_OUTPUT_BYTES,
  maxWindowLog: DEFAULT_MAX_WINDOW_LOG
})

/**
 * @param {import('../..').zstd.CompressStreamOptions & { signal?: AbortSignal }} options
 * @param {readonly string[]} known
 * @returns {{ settings: CompressSettings, dictionary: Material | undefined, pledgedSize: number | undefined }}
 */
function compressOptions(options, known) {
  checkObject('options', options)
  checkKeys(options, known)
  const { level, dictionary, checksum = false, longDistance = false, windowLog, pledgedSize, signal } = options
  checkBoolean('options.checksum', checksum)
  checkBoolean('options.longDistance', longDistance)
  if (windowLog !== undefined) checkInteger('options.windowLog', windowLog, MIN_WINDOW_LOG, MAX_WINDOW_LOG)
  if (pledgedSize !== undefined) checkInteger('options.pledgedSize', pledgedSize, 0, Number.MAX_SAFE_INTEGER)
  if (signal !== undefined) checkSignal('options.signal', signal)
  const chosen = checkedLevel(level)
  const material = dictionaryOf(dictionary, chosen)
  if (material && level !== undefined && material.level !== chosen) {
    const message = `options.level is ${chosen}, and options.dictionary was prepared for level ${material.level}`
    throw new TenonError('ERR_INVALID_ARG', message, { argument: 'options.level' })
  }
  return { settings: settingsOf(chosen, checksum, longDistance, windowLog ?? 0), dictionary: material, pledgedSize }
}

/** 0 means the default, as for zstd. @param {number | undefined} level */
function checkedLevel(level = DEFAULT_LEVEL) {
  checkInteger('options.level', level, MIN_LEVEL, MAX_LEVEL)
  return level === 0 ? DEFAULT_LEVEL : level
}

/**
 * @param {import('../..').zstd.DecompressOptions & { signal?: AbortSignal }} options
 * @param {readonly string[]} known
 * @param {number} [usual] the limit of the output that holds where none is given
 * @returns {{ limits: Limits, dictionary: Material | undefined }}
 */
function decompressOptions(options, known, usual = DEFAULT_MAX_OUTPUT_BYTES) {
  checkObject('options', options)
  checkKeys(options, known)
  const { dictionary, maxOutputBytes, maxWindowLog = DEFAULT_MAX_WINDOW_LOG, signal } = options
  checkInteger('options.maxWindowLog', maxWindowLog, MIN_WINDOW_LOG, MAX_WINDOW_LOG)
  if (maxOutputBytes !== undefined) {
    // What a stream gives need not fit into memory.
    checkInteger('options.maxOutputBytes', maxOutputBytes, 0, usual === Infinity ? Number.MAX_SAFE_INTEGER : MAX_BYTES)
  }
  if (signal !== undefined) checkSignal('options.signal', signal)
  return {
    limits: { maxOutputBytes: maxOutputBytes ?? usual, maxWindowLog },
    dictionary: dictionaryOf(dictionary, DEFAULT_LEVEL)
  }
}

/**
 * @param {unknown} dictionary
 * @param {number} level
 * @returns {Material | undefined}
 */
function dictionaryOf(dictionary, level) {
  if (dictionary === undefined) return undefined
  if (Dictionary.is(dictionary)) return Dictionary.material(dictionary)
  checkDictionaryBytes('options.dictionary', dictionary)
  return { bytes: owned(/** @type {Uint8Array} */ (dictionary)), level, prepared: false }
}

/** @param {string} name @param {unknown} bytes */
function checkDictionaryBytes(name, bytes) {
  if (!isUint8Array(bytes)) {
    throw invalidArgument(name, name === 'bytes' ? 'a Uint8Array' : 'a Uint8Array or a dictionary', bytes)
  }
  if (bytes.length < MIN_DICTIONARY_BYTES) {
    const message = `${name} has ${bytes.length} bytes; a dictionary has at least ${MIN_DICTIONARY_BYTES}`
    throw new TenonError('ERR_INVALID_ARG', message, { argument: name })
  }
  checkLength(name, bytes.length, MAX_DICTIONARY_BYTES)
}

/** A dictionary for work that outlasts the call: its bytes may change meanwhile. @param {Material | undefined} dictionary */
function kept(dictionary) {
  return dictionary?.prepared === false ? { ...dictionary, bytes: Uint8Array.from(dictionary.bytes) } : dictionary
}

/** @template {string | Uint8Array} T @param {T} input @returns {T} */
function copied(input) {
  return typeof input === 'string' ? input : /** @type {T} */ (Uint8Array.prototype.slice.call(input))
}

/** @param {string} name @param {unknown} data @returns {string | Uint8Array} */
function checkedInput(name, data) {
  checkText(name, data)
  const input = /** @type {string | Uint8Array} */ (data)
  checkLength(name, input.length, MAX_BYTES)
  return owned(input)
}

/** @param {string} name @param {unknown} data @returns {Uint8Array} */
function checkedBytes(name, data) {
  if (!isUint8Array(data)) throw invalidArgument(name, 'a Uint8Array', data)
  checkLength(name, data.length, MAX_BYTES)
  return owned(data)
}

/** @param {string} name @param {number} length @param {number} limit */
function checkLength(name, length, limit) {
  if (length <= limit) return
  throw new TenonError('ERR_LIMIT', `${name} has ${length} bytes; the limit is ${limit}`, { argument: name })
}

/**
 * @template T
 * @param {string} name
 * @param {unknown} values
 * @param {(name: string, value: unknown) => T} check
 * @returns {T[]}
 */
function checkedArray(name, values, check) {
  if (!Array.isArray(values)) throw invalidArgument(name, 'an array', values)
  const checked = new Array(values.length)
  for (let index = 0; index < values.length; index++) checked[index] = check(`${name}[${index}]`, values[index])
  return checked
}

/** @param {unknown} samples */
function checkedSamples(samples) {
  const checked = checkedArray('samples', samples, checkedInput)
  let bytes = 0
  for (const sample of checked) bytes += Buffer.byteLength(sample)
  if (bytes > MAX_SAMPLES_BYTES) {
    const message = `samples have ${bytes} bytes together; the limit is ${MAX_SAMPLES_BYTES}`
    throw new TenonError('ERR_LIMIT', message, { argument: 'samples' })
  }
  return checked
}

/** @param {{ maxBytes?: number }} options @param {readonly string[]} known */
function trainedBytes(options, known) {
  checkObject('options', options)
  checkKeys(options, known)
  const { maxBytes = DEFAULT_TRAINED_BYTES } = options
  checkInteger('options.maxBytes', maxBytes, MIN_TRAINED_BYTES, MAX_DICTIONARY_BYTES)
  return maxBytes
}

/** @param {string | Uint8Array} input @param {number | undefined} pledgedSize */
function checkPledged(input, pledgedSize) {
  if (pledgedSize === undefined) return
  const bytes = Buffer.byteLength(input)
  if (bytes === pledgedSize) return
  const message = `data has ${bytes} bytes, and options.pledgedSize is ${pledgedSize}`
  throw new TenonError('ERR_INVALID_ARG', message, { argument: 'options.pledgedSize' })
}

module.exports = {
  compress,
  compressAsync,
  compressBatch,
  createCompressStream,
  createDecompressStream,
  createDictionary,
  decompress,
  decompressAsync,
  decompressBatch,
  trainDictionary,
  trainDictionaryAsync
}
