'use strict'

// `zstd` in JavaScript: Node's own zstd where it has one (22.15 and later), else the decoder beside this file.

const { promisify } = require('node:util')
const zlib = /** @type {any} */ (require('node:zlib'))
const { TenonError, aborted } = require('../errors')
const { Codec } = require('./codec')
const { StreamDecoder, decompress: decompressInJavaScript, decompressInSteps } = require('./decoder')
const { damaged, scan, tooMuch } = require('./frame')
const { parseDictionary } = require('./tables')

/** @typedef {import('./dictionary').Material} Material */
/** @typedef {import('./frame').Limits} Limits */
/** @typedef {import('./frame').Frame} Frame */
/** @typedef {{ level: number, checksum: boolean, longDistance: boolean, windowLog: number }} CompressOptions */

const NODE_HAS_ZSTD = typeof zlib.zstdCompressSync === 'function'
/** Steps of the decoder in one turn of the event loop, about 10 ms. */
const STEPS_A_TURN = 8

let nodeTakesDictionaries = false
if (NODE_HAS_ZSTD) {
  // A Node that does not know the option ignores it, and repeats nothing of the dictionary.
  const dictionary = Buffer.from('what a dictionary has need not be said again')
  nodeTakesDictionaries = zlib.zstdCompressSync(dictionary, { dictionary }).length < dictionary.length
}

/** @param {string} what */
function unsupported(what) {
  return new TenonError('ERR_UNSUPPORTED', `${what}, and this is Node ${process.version}`)
}

/** @param {Material | undefined} dictionary */
function parsed(dictionary) {
  return dictionary && (dictionary.parsed ??= parseDictionary(dictionary.bytes))
}

/** The options of node:zlib, which is there. @param {CompressOptions} options @param {Material | undefined} dictionary */
function compressSettings({ level, checksum, longDistance, windowLog }, dictionary) {
  if (!NODE_HAS_ZSTD) throw unsupported('zstd compression without native needs Node 22.15')
  if (dictionary && !nodeTakesDictionaries) throw unsupported('a zstd dictionary without native needs Node 24.6')
  parsed(dictionary)
  const { constants } = zlib
  const params = {
    [constants.ZSTD_c_compressionLevel]: dictionary?.level ?? level,
    ...(checksum && { [constants.ZSTD_c_checksumFlag]: 1 }),
    ...(longDistance && { [constants.ZSTD_c_enableLongDistanceMatching]: 1 }),
    ...(windowLog && { [constants.ZSTD_c_windowLog]: windowLog })
  }
  return { params, ...(dictionary && { dictionary: dictionary.bytes }) }
}

/** The error for what node:zlib threw while it compressed. @param {unknown} error */
function compressionError(error) {
  return Object(error).code === 'ZSTD_error_memory_allocation' ? noMemory() : error
}

function noMemory() {
  return new TenonError('ERR_LIMIT', 'there is not enough memory')
}

/** @param {Buffer} buffer */
function bytesOf(buffer) {
  // Small buffers are parts of a common one.
  return buffer.byteLength === buffer.buffer.byteLength ? new Uint8Array(buffer.buffer) : new Uint8Array(buffer)
}

/**
 * @param {string | Uint8Array} data
 * @param {CompressOptions} options
 * @param {Material | undefined} dictionary
 */
function compress(data, options, dictionary) {
  return compressWith(compressSettings(options, dictionary), data)
}

/** @param {ReturnType<typeof compressSettings>} settings @param {string | Uint8Array} data */
function compressWith(settings, data) {
  try {
    return bytesOf(zlib.zstdCompressSync(data, settings))
  } catch (error) {
    throw compressionError(error)
  }
}

/**
 * @param {string | Uint8Array} data
 * @param {CompressOptions} options
 * @param {Material | undefined} dictionary
 * @param {AbortSignal} [signal]
 */
async function compressAsync(data, options, dictionary, signal) {
  // The frame ends with the one write there is, for the bytes of `compress`; another end would add an empty frame.
  const settings = { ...compressSettings(options, dictionary), flush: zlib.constants.ZSTD_e_end }
  const stream = zlib.createZstdCompress(settings)
  stream._flush = (/** @type {() => void} */ callback) => callback()
  try {
    return bytesOf(await collect(stream, Buffer.from(data), signal))
  } catch (error) {
    throw compressionError(error)
  }
}

/**
 * What a stream makes of data.
 * @param {import('node:stream').Transform} stream
 * @param {Buffer} data
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<Buffer>}
 */
async function collect(stream, data, signal) {
  if (signal?.aborted) throw aborted(signal)
  const abort = () => void (signal && stream.destroy(aborted(signal)))
  signal?.addEventListener('abort', abort, { once: true })
  try {
    stream.end(data)
    const parts = []
    for await (const part of stream) parts.push(part)
    return Buffer.concat(parts)
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

/**
 * @param {readonly (string | Uint8Array)[]} records
 * @param {CompressOptions} options
 * @param {Material | undefined} dictionary
 */
function compressBatch(records, options, dictionary) {
  const settings = compressSettings(options, dictionary)
  return records.map((record, index) => ofRecord(index, () => compressWith(settings, record)))
}

/** Says which record an error is about. @template T @param {number} index @param {() => T} run @returns {T} */
function ofRecord(index, run) {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof TenonError) || error.code === 'ERR_UNSUPPORTED' || /^the dictionary /.test(error.message))
      throw error
    throw new TenonError(error.code, `data[${index}]: ${error.message}`, error.details)
  }
}

/** Whether Node decompresses with this dictionary or none. @param {Material | undefined} dictionary */
function nodeServes(dictionary) {
  return NODE_HAS_ZSTD && (dictionary === undefined || nodeTakesDictionaries)
}

/**
 * What node:zlib needs for one frame, and the most content it may have.
 * @param {Frame} frame
 * @param {Limits} limits
 * @param {number} done bytes of content before it
 * @param {Material | undefined} dictionary
 */
function decompressSettings({ header: { content } }, { maxOutputBytes, maxWindowLog }, done, dictionary) {
  return {
    maxOutputLength: Math.max(1, content ?? maxOutputBytes - done),
    params: { [zlib.constants.ZSTD_d_windowLogMax]: maxWindowLog },
    ...(dictionary && { dictionary: dictionary.bytes })
  }
}

/** @param {unknown} error @param {Frame} frame @param {Limits} limits */
function decompressionError(error, { start, header: { content } }, { maxOutputBytes }) {
  const { code } = Object(error)
  if (code === 'ERR_BUFFER_TOO_LARGE' && content === undefined) return tooMuch(maxOutputBytes)
  if (code === 'ZSTD_error_memory_allocation') return noMemory()
  return /^(ZSTD_error|Z_BUF_ERROR|ERR_BUFFER_TOO_LARGE)/.test(code) ? damaged(start) : error
}

/** @param {Buffer} part @param {Frame} frame @param {number} done @param {Limits} limits */
function checkPart(part, { start, header: { content } }, done, { maxOutputBytes }) {
  if (content !== undefined && part.length !== content) throw damaged(start)
  if (done + part.length > maxOutputBytes) throw tooMuch(maxOutputBytes)
}

/** @param {Buffer[]} parts */
function whole(parts) {
  return bytesOf(parts.length === 1 ? parts[0] : Buffer.concat(parts))
}

/**
 * @param {Uint8Array} data
 * @param {Limits} limits
 * @param {Material | undefined} dictionary
 */
function decompress(data, limits, dictionary) {
  const known = parsed(dictionary)
  if (!nodeServes(dictionary)) return decompressInJavaScript(data, limits, known)
  const parts = []
  let done = 0
  // Node stops behind the first frame, so it gets them one by one.
  for (const frame of scan(data, limits, known?.id).frames) {
    const bytes = data.subarray(frame.start, frame.end)
    let part
    try {
      part = zlib.zstdDecompressSync(bytes, decompressSettings(frame, limits, done, dictionary))
    } catch (error) {
      throw decompressionError(error, frame, limits)
    }
    checkPart(part, frame, done, limits)
    if (part.length > 0) parts.push(part)
    done += part.length
  }
  return whole(parts)
}

const zstdDecompress = NODE_HAS_ZSTD ? promisify(zlib.zstdDecompress) : undefined
const nextTurn = promisify(setImmediate)

/**
 * @param {Uint8Array} data
 * @param {Limits} limits
 * @param {Material | undefined} dictionary
 * @param {AbortSignal} [signal]
 */
async function decompressAsync(data, limits, dictionary, signal) {
  const known = parsed(dictionary)
  if (!zstdDecompress || !nodeServes(dictionary)) return inTurns(decompressInSteps(data, limits, known), signal)
  const parts = []
  let done = 0
  for (const frame of scan(data, limits, known?.id).frames) {
    if (signal?.aborted) throw aborted(signal)
    const bytes = data.subarray(frame.start, frame.end)
    let part
    try {
      part = await zstdDecompress(bytes, decompressSettings(frame, limits, done, dictionary))
    } catch (error) {
      throw decompressionError(error, frame, limits)
    }
    checkPart(part, frame, done, limits)
    if (part.length > 0) parts.push(part)
    done += part.length
  }
  if (signal?.aborted) throw aborted(signal)
  return whole(parts)
}

/**
 * Runs steps, and lets others run between them.
 * @param {Generator<undefined, Uint8Array>} steps
 * @param {AbortSignal | undefined} signal
 */
async function inTurns(steps, signal) {
  for (let step = 1; ; step++) {
    const { done, value } = steps.next()
    if (done) return /** @type {Uint8Array} */ (value)
    if (step % STEPS_A_TURN === 0) await nextTurn()
    if (signal?.aborted) throw aborted(signal)
  }
}

/**
 * @param {readonly Uint8Array[]} records
 * @param {Limits} limits
 * @param {Material | undefined} dictionary
 */
function decompressBatch(records, { maxOutputBytes, maxWindowLog }, dictionary) {
  let left = maxOutputBytes
  return records.map((record, index) =>
    ofRecord(index, () => {
      let content
      try {
        content = decompress(record, { maxOutputBytes: left, maxWindowLog }, dictionary)
      } catch (error) {
        // The limit is that of all together.
        const { message } = Object(error)
        throw left !== maxOutputBytes && message === tooMuch(left).message ? tooMuch(maxOutputBytes) : error
      }
      left -= content.length
      return content
    })
  )
}

/** @param {Material} dictionary */
function prepareDictionary(dictionary) {
  parsed(dictionary)
}

/** @returns {never} */
function trainDictionary() {
  throw new TenonError('ERR_UNSUPPORTED', 'training a dictionary needs the native engine')
}

/** @returns {Promise<never>} */
async function trainDictionaryAsync() {
  return trainDictionary()
}

/**
 * @param {CompressOptions} options
 * @param {Material | undefined} dictionary
 * @param {number | undefined} pledgedSize
 */
function openCompress(options, dictionary, pledgedSize) {
  const settings = {
    ...compressSettings(options, dictionary),
    ...(pledgedSize !== undefined && { pledgedSrcSize: pledgedSize })
  }
  const stream = zlib.createZstdCompress(settings)
  /** @type {Buffer[]} */
  let parts = []
  /** @type {((error: unknown) => void) | undefined} */
  let fail
  stream.on('data', (/** @type {Buffer} */ part) => parts.push(part))
  stream.on('error', (/** @type {unknown} */ error) => fail?.(error))
  /** @param {(done: () => void) => void} run */
  async function* step(run) {
    try {
      await new Promise((resolve, reject) => {
        fail = reject
        run(() => resolve(undefined))
      })
    } catch (error) {
      const { code } = Object(error)
      if (code === 'ZSTD_error_srcSize_wrong' && pledgedSize !== undefined) throw wrongSize(pledgedSize)
      throw compressionError(error)
    }
    const made = parts
    parts = []
    yield* made
  }
  return new Codec({
    write: (piece) =>
      step((done) => stream.write(piece, (/** @type {unknown} */ error) => (error ? fail?.(error) : done()))),
    end: () => step((done) => stream.once('end', done).end()),
    close: () => stream.destroy()
  })
}

/** @param {number} pledged */
function wrongSize(pledged) {
  const message = `the stream does not have the size that was pledged, ${pledged} bytes`
  return new TenonError('ERR_INVALID_ARG', message, { argument: 'options.pledgedSize' })
}

/**
 * Node's own stream ends with the first frame and has no limits, so the decoder beside this file serves.
 * @param {Limits} limits
 * @param {Material | undefined} dictionary
 */
function openDecompress(limits, dictionary) {
  /** @type {StreamDecoder | undefined} */
  let decoder = new StreamDecoder(limits, parsed(dictionary))
  return new Codec({
    async *write(piece) {
      decoder?.push(piece)
      for (let more = true; more && decoder;) {
        const pulled = decoder.pull()
        more = pulled.more
        yield pulled.bytes
        await nextTurn()
      }
    },
    // eslint-disable-next-line require-yield
    async *end() {
      decoder?.finish()
    },
    close: () => (decoder = undefined)
  })
}

module.exports = {
  compress,
  compressAsync,
  compressBatch,
  decompress,
  decompressAsync,
  decompressBatch,
  openCompress,
  openDecompress,
  prepareDictionary,
  trainDictionary,
  trainDictionaryAsync
}
