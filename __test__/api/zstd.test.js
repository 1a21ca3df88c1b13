'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { Readable, Writable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { test } = require('node:test')
const tenon = require('../..')
const { SEED, randomFrom } = require('../engines')
const {
  compressed,
  compresses,
  dictionaryNamed,
  errors,
  frames,
  randomData,
  unsupported,
  withDictionary
} = require('../zstd')

const { zstd } = tenon
const native = tenon.status().features.zstd.engine === 'native'

/** @param {string} code @param {RegExp} message */
const error = (code, message) => ({ name: 'TenonError', code, message })

/** What an engine that cannot compress must do instead. */
function refusesToCompress() {
  assert.throws(() => zstd.compress('a'), error('ERR_UNSUPPORTED', /22\.15/))
  assert.throws(() => zstd.createCompressStream(), error('ERR_UNSUPPORTED', /22\.15/))
}

test('wrong arguments say what is wrong', async () => {
  const wrong = /** @type {any} */ (zstd)
  for (const data of [undefined, null, 7, {}, [], new ArrayBuffer(1), new Uint16Array(1)]) {
    assert.throws(() => wrong.compress(data), error('ERR_INVALID_ARG', /^data must be a string or a Uint8Array, not /))
    assert.throws(() => wrong.decompress(data), error('ERR_INVALID_ARG', /^data must be a Uint8Array, not /))
    await assert.rejects(wrong.compressAsync(data), error('ERR_INVALID_ARG', /^data must be/))
    assert.throws(() => wrong.compressBatch([data]), error('ERR_INVALID_ARG', /^data\[0\] must be/))
    assert.throws(() => wrong.trainDictionary(['a', data]), error('ERR_INVALID_ARG', /^samples\[1\] must be/))
    assert.throws(() => wrong.createDictionary(data), error('ERR_INVALID_ARG', /^bytes must be a Uint8Array, not /))
  }
  assert.throws(() => wrong.decompress('text'), error('ERR_INVALID_ARG', /^data must be a Uint8Array/))
  assert.throws(() => wrong.compressBatch('text'), error('ERR_INVALID_ARG', /^data must be an array/))
  for (const [options, message] of /** @type {[any, RegExp][]} */ ([
    [null, /^options must be an object, not null$/],
    [{ levl: 3 }, /^unknown option "levl"; the options are level, dictionary, checksum/],
    [{ signal: AbortSignal.abort() }, /^unknown option "signal"/],
    [{ level: 23 }, /^options.level must be an integer from -131072 to 22, not 23$/],
    [{ level: 1.5 }, /^options.level must be an integer/],
    [{ checksum: 1 }, /^options.checksum must be a boolean/],
    [{ longDistance: 'yes' }, /^options.longDistance must be a boolean/],
    [{ windowLog: 9 }, /^options.windowLog must be an integer from 10 to 31, not 9$/],
    [{ dictionary: 'text' }, /^options.dictionary must be a Uint8Array or a dictionary, not "text"$/],
    [{ dictionary: new Uint8Array(7) }, /^options.dictionary has 7 bytes; a dictionary has at least 8$/],
    [{ pledgedSize: 4 }, /^data has 5 bytes, and options.pledgedSize is 4$/],
    [{ pledgedSize: -1 }, /^options.pledgedSize must be an integer from 0/]
  ])) {
    assert.throws(() => zstd.compress('fünf', options), error('ERR_INVALID_ARG', message))
    if (!('signal' in (options ?? {})))
      await assert.rejects(async () => zstd.compressAsync('fünf', options), error('ERR_INVALID_ARG', message))
  }
  const frame = Buffer.from(frames[0].frame, 'base64')
  for (const [options, message] of /** @type {[any, RegExp][]} */ ([
    [{ maxBytes: 3 }, /^unknown option "maxBytes"; the options are dictionary, maxOutputBytes, maxWindowLog$/],
    [{ maxOutputBytes: -1 }, /^options.maxOutputBytes must be an integer from 0 to 4294967295/],
    [{ maxOutputBytes: Infinity }, /^options.maxOutputBytes must be an integer from 0 to 4294967295/],
    [{ maxWindowLog: 32 }, /^options.maxWindowLog must be an integer from 10 to 31/]
  ])) {
    assert.throws(() => zstd.decompress(frame, options), error('ERR_INVALID_ARG', message))
    assert.throws(() => zstd.decompressBatch([frame], options), error('ERR_INVALID_ARG', message))
  }
  assert.throws(() => zstd.trainDictionary(['a'], { maxBytes: 255 }), error('ERR_INVALID_ARG', /from 256 to/))
  assert.throws(() => zstd.createDictionary(Buffer.alloc(9), 30), error('ERR_INVALID_ARG', /^options.level must be/))
  assert.throws(() => wrong.createDictionary(Buffer.alloc(9), { lvl: 3 }), error('ERR_INVALID_ARG', /unknown option/))
  assert.throws(() => wrong.createCompressStream({ size: 3 }), error('ERR_INVALID_ARG', /unknown option "size"/))
  assert.throws(() => wrong.createDecompressStream({ size: 3 }), error('ERR_INVALID_ARG', /unknown option "size"/))
})

test('a Node without zstd compresses nothing without native, and says so', async () => {
  if (compresses()) {
    assert.ok(zstd.compress('a').length > 0)
    return
  }
  assert.throws(() => zstd.compress('a'), unsupported)
  assert.throws(() => zstd.compressBatch(['a']), unsupported)
  assert.throws(() => zstd.createCompressStream(), unsupported)
  await assert.rejects(zstd.compressAsync('a'), unsupported)
})

test('a prepared dictionary serves whichever engine answers, until it is closed', async () => {
  const before = tenon.status().features.zstd.mode
  const dictionary = zstd.createDictionary(dictionaryNamed('trained'), { level: 7 })
  assert.equal(dictionary.level, 7)
  assert.ok(dictionary.id > 0)
  assert.equal(zstd.createDictionary(Buffer.alloc(100, 'content'), 0).id, 0)
  const record = frames.find(({ name }) => name === 'record 0, trained dictionary')
  const frame = Buffer.from(String(record?.frame), 'base64')
  const content = zstd.decompress(frame, { dictionary })
  try {
    for (const mode of /** @type {const} */ (['native', 'fallback', 'native'])) {
      tenon.configure({ features: { zstd: mode } })
      assert.deepEqual(zstd.decompress(frame, { dictionary }), content)
      assert.deepEqual(await zstd.decompressAsync(frame, { dictionary }), content)
      if (!compresses()) continue
      const made = zstd.compress(content, { dictionary })
      assert.ok(made.length < zstd.compress(content).length)
      assert.deepEqual(zstd.decompress(made, { dictionary }), content)
      assert.throws(
        () => zstd.compress(content, { dictionary, level: 3 }),
        error('ERR_INVALID_ARG', /^options.level is 3, and options.dictionary was prepared for level 7$/)
      )
    }
  } finally {
    tenon.configure({ features: { zstd: before } })
  }
  const running = zstd.decompressAsync(frame, { dictionary })
  dictionary.close()
  assert.deepEqual(await running, content)
  dictionary.close()
  dictionary[Symbol.dispose]()
  const closed = error('ERR_CLOSED', /^the dictionary is closed$/)
  assert.throws(() => zstd.decompress(frame, { dictionary }), closed)
  assert.throws(() => zstd.compressBatch([], { dictionary }), closed)
  assert.throws(() => zstd.createDecompressStream({ dictionary }), closed)
  await assert.rejects(zstd.decompressAsync(frame, { dictionary }), closed)
  assert.equal(dictionary.level, 7)
})

test('a bomb is refused before it is expanded', () => {
  // A frame of 20 bytes that says it has 2^40, and blocks of 128 KiB that are one byte each.
  const header = Buffer.from('28b52ffda0ffffffff', 'hex')
  assert.throws(() => zstd.decompress(header), error('ERR_LIMIT', /window of more than 2\^27/))
  const block = Buffer.from('0200100a', 'hex')
  const last = Buffer.from('0300100a', 'hex')
  const blocks = Buffer.concat([...Array.from({ length: 4096 }, () => block), last])
  const undeclared = Buffer.concat([Buffer.from('28b52ffd0058', 'hex'), blocks])
  const before = process.memoryUsage().rss
  assert.throws(() => zstd.decompress(undeclared, { maxOutputBytes: 1 << 20 }), error('ERR_LIMIT', /more than 1048576/))
  const declared = Buffer.concat([
    Buffer.from('28b52ffd80580000022000000000'.slice(0, 12), 'hex'),
    uint32(4097 << 17),
    blocks
  ])
  assert.throws(() => zstd.decompress(declared), error('ERR_LIMIT', /more than 268435456 bytes/))
  assert.ok(process.memoryUsage().rss - before < 64 << 20)
})

/** @param {number} value */
function uint32(value) {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

test('what a header claims is not believed before it comes', () => {
  // 256 MiB in a frame without more than one small block.
  const claim = Buffer.concat([Buffer.from('28b52ffd8058', 'hex'), uint32(1 << 28), Buffer.from('09000061', 'hex')])
  assert.throws(() => zstd.decompress(claim), error('ERR_CORRUPT', /^the frame at byte 0 is damaged$/))
})

test('the limit of a batch is that of all records together, and errors name the record', () => {
  const frame = compressed('x'.repeat(1000))
  assert.equal(zstd.decompressBatch([frame, frame], { maxOutputBytes: 2000 }).length, 2)
  assert.throws(
    () => zstd.decompressBatch([frame, frame], { maxOutputBytes: 1999 }),
    error('ERR_LIMIT', /^data\[1\]: there are more than 1999 bytes of content$/)
  )
  assert.throws(
    () => zstd.decompressBatch([frame, Buffer.from('text')]),
    error('ERR_CORRUPT', /^data\[1\]: there is no zstd frame at byte 0$/)
  )
})

test('a signal that is aborted rejects, before and while the work runs', async () => {
  const frame = Buffer.concat(Array.from({ length: 40 }, () => compressed('y'.repeat(1 << 20))))
  const before = AbortSignal.abort(new Error('early'))
  await assert.rejects(zstd.decompressAsync(frame, { signal: before }), (/** @type {any} */ thrown) => {
    assert.deepEqual({ code: thrown.code, reason: thrown.cause.message }, { code: 'ERR_ABORTED', reason: 'early' })
    return true
  })
  const controller = new AbortController()
  const running = zstd.decompressAsync(frame, { signal: controller.signal })
  controller.abort(new Error('late'))
  await assert.rejects(running, error('ERR_ABORTED', /aborted/))
  assert.equal((await zstd.decompressAsync(frame, { signal: new AbortController().signal })).length, 40 << 20)
  if (!compresses()) return refusesToCompress()
  const slow = new AbortController()
  const compressing = zstd.compressAsync(frame.toString('latin1').repeat(3000), { level: 19, signal: slow.signal })
  setTimeout(() => slow.abort(), 5)
  await assert.rejects(compressing, error('ERR_ABORTED', /aborted/))
})

test('bytes that change after an asynchronous call do not change its result', async () => {
  const frame = Buffer.from(compressed('before'))
  const decompressing = zstd.decompressAsync(frame)
  frame.fill(0)
  assert.equal(Buffer.from(await decompressing).toString(), 'before')
  if (!compresses()) return refusesToCompress()
  const data = Buffer.alloc(300_000, 'before')
  const compressing = zstd.compressAsync(data)
  data.fill(0)
  assert.deepEqual(zstd.decompress(await compressing), Uint8Array.from(Buffer.alloc(300_000, 'before')))
})

test('a promise and a call give the same bytes', { timeout: 60_000 }, async () => {
  if (!compresses()) return assert.rejects(zstd.compressAsync('a'), unsupported)
  for (const length of [0, 1, 1000, 131_072, 262_144, 700_000]) {
    const data = Buffer.from('some text that repeats, but for a number '.repeat(20_000)).subarray(0, length)
    for (const options of [{}, { checksum: true, level: 1 }, { windowLog: 12 }])
      assert.deepEqual(await zstd.compressAsync(data, options), zstd.compress(data, options), `${length}`)
  }
})

/**
 * What a stream gives for pieces of random size.
 * @param {import('node:stream').Transform} stream
 * @param {Uint8Array} data
 * @param {ReturnType<typeof randomFrom>} random
 */
async function through(stream, data, random) {
  const pieces = []
  for (let at = 0; at < data.length;) {
    const length = 1 + random.below(random.pick([10, 1000, 300_000]))
    pieces.push(Buffer.from(data.subarray(at, at + length)))
    at += length
  }
  /** @type {Buffer[]} */
  const parts = []
  const sink = new Writable({ write: (part, _, done) => (parts.push(part), done()) })
  await pipeline(Readable.from(pieces), stream, sink)
  return Uint8Array.from(Buffer.concat(parts))
}

test('streams give what the functions give, cut anywhere', async (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED)
  for (const { name, frame, dictionary } of frames) {
    const data = Buffer.from(frame, 'base64')
    const options = withDictionary({ ...(dictionary && { dictionary }) })
    const content = await through(zstd.createDecompressStream(options), data, random)
    assert.deepEqual(content, zstd.decompress(data, options), name)
  }
  if (!compresses()) return refusesToCompress()
  for (let run = 0; run < 25; run++) {
    const data = randomData(random)
    const options = {
      level: random.pick([1, 3, 12]),
      checksum: true,
      ...(run % 2 === 0 && { pledgedSize: data.length })
    }
    const frame = await through(zstd.createCompressStream(options), data, random)
    assert.deepEqual(zstd.decompress(frame), Uint8Array.from(data), `run ${run}`)
    assert.deepEqual(await through(zstd.createDecompressStream(), frame, random), Uint8Array.from(data), `run ${run}`)
  }
})

test('streams fail as the functions do', async () => {
  const random = randomFrom(SEED)
  for (const { name, data, options, code } of errors) {
    const stream = zstd.createDecompressStream(withDictionary(options))
    const outcome = through(stream, Buffer.from(data, 'base64'), random)
    // A stream cannot look ahead: it goes by the blocks that come.
    await assert.rejects(outcome, (/** @type {any} */ thrown) => {
      assert.equal(thrown.name, 'TenonError', name)
      assert.equal(thrown.code, code, `${name}: ${thrown.message}`)
      return true
    })
  }
  if (!compresses()) return refusesToCompress()
  for (const pledgedSize of [0, 4, 6]) {
    const stream = zstd.createCompressStream({ pledgedSize })
    await assert.rejects(
      through(stream, Buffer.from('hello'), random),
      error('ERR_INVALID_ARG', new RegExp(`size that was pledged, ${pledgedSize} bytes$`))
    )
  }
})

test('the command takes a file that grows while it is read', async () => {
  const { compress } = require('../../bin/zstd')
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-zstd-'))
  const file = path.join(directory, 'log')
  try {
    fs.writeFileSync(file, 'before; ')
    const compressing = compress(tenon, [file], { check: true })
    // The command has looked at the file by now, and reads it when the loop turns.
    fs.appendFileSync(file, 'after')
    if (compresses()) {
      await compressing
      assert.equal(Buffer.from(zstd.decompress(fs.readFileSync(`${file}.zst`))).toString(), 'before; after')
    } else {
      await assert.rejects(compressing, error('ERR_UNSUPPORTED', /22\.15/))
      assert.deepEqual(fs.readdirSync(directory), ['log'])
    }
  } finally {
    fs.rmSync(directory, { recursive: true })
  }
})

test('a stream waits for its reader', async () => {
  const frame = compressed('z'.repeat(64 << 20))
  const stream = zstd.createDecompressStream()
  stream.end(frame)
  await once(stream, 'readable')
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.ok(stream.readableLength <= 1 << 20, `${stream.readableLength} bytes wait`)
  let total = 0
  for await (const part of stream) total += part.length
  assert.equal(total, 64 << 20)
})

test('a stream that is destroyed makes nothing more', async () => {
  const stream = zstd.createDecompressStream()
  stream.write(compressed('z'.repeat(8 << 20)))
  await once(stream, 'readable')
  stream.destroy()
  await once(stream, 'close')
  const { readableLength } = stream
  await new Promise((resolve) => setTimeout(resolve, 30))
  assert.equal(stream.readableLength, readableLength)
})

test('training needs enough to learn from', () => {
  if (!native)
    return assert.throws(() => zstd.trainDictionary(['a']), error('ERR_UNSUPPORTED', /needs the native engine/))
  for (const samples of [[], ['a'], ['sample one', 'sample two', 'sample three']]) {
    assert.throws(
      () => zstd.trainDictionary(samples),
      error('ERR_INVALID_ARG', /^the samples are too few or too small to train a dictionary of at most 112640 bytes$/)
    )
  }
})
