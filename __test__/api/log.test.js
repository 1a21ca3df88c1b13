'use strict'

const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, describe, test } = require('node:test')
const tenon = require('../..')
const { log } = tenon

/** @import { log as Log } from '../..' */

const FOLDER = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-log-'))
after(() => fs.rmSync(FOLDER, { recursive: true, force: true }))

let places = 0
const place = () => path.join(FOLDER, String(++places))

/** @param {AsyncIterable<Log.Event[]>} batches */
async function all(batches) {
  /** @type {Log.Event[]} */
  const events = []
  for await (const batch of batches) events.push(...batch)
  return events
}

/** @param {Log.Event[]} events */
const datas = (events) => events.map(({ data }) => data)

/** The newest segment of a log. @param {string} directory */
const lastSegment = (directory) =>
  path.join(
    directory,
    String(
      fs
        .readdirSync(directory)
        .filter((name) => name.endsWith('.segment'))
        .sort()
        .at(-1)
    )
  )

describe('events', () => {
  test('come back as they were appended', async () => {
    const directory = place()
    const writer = await log.openLog(directory)
    const given = [
      Buffer.from([0, 255, 10]),
      'text\nü\u{1f600}',
      { role: 'user', content: ['a', { b: null }] },
      [1, 2],
      'half \ud800',
      '',
      new Uint8Array(0),
      JSON.parse('{"__proto__": 1}')
    ]
    for (const [index, event] of given.entries()) {
      const appended = await writer.append(event, {
        stream: index % 2 ? 'odd' : 'even',
        type: `t${index}`,
        timeMs: index
      })
      assert.deepEqual(appended, { seq: index, streamSeq: index >> 1, duplicate: false })
    }
    const check = async (/** @type {Log.Log} */ reader) => {
      const events = await all(reader.read())
      assert.deepEqual(
        events.map(({ seq, streamSeq, stream, type, timeMs }) => ({ seq, streamSeq, stream, type, timeMs })),
        given.map((_, index) => ({
          seq: index,
          streamSeq: index >> 1,
          stream: index % 2 ? 'odd' : 'even',
          type: `t${index}`,
          timeMs: index
        }))
      )
      for (const [index, { data }] of events.entries()) {
        const expected = given[index]
        if (expected instanceof Uint8Array) assert.ok(Buffer.compare(data, expected) === 0)
        else assert.deepEqual(data, expected)
      }
    }
    await check(writer)
    await writer.close()
    const reader = await log.openLog(directory, { readOnly: true })
    await check(reader)
    await reader.close()
  })

  test('that cannot be stored are refused before anything is written', async () => {
    const writer = await log.openLog(place())
    /** @type {any[]} */
    const bad = [undefined, null, 1, true, () => 0, 1n, Symbol('a')]
    bad.push(Promise.resolve(1), new Error('a'), new Map(), new Set(), /a/, new ArrayBuffer(1), new Float32Array(1))
    for (const event of bad) await assert.rejects(() => writer.append(event), { code: 'ERR_INVALID_ARG' })
    /** @type {any} */
    const cycle = {}
    cycle.cycle = cycle
    for (const event of [cycle, { big: 1n }, { toJSON: () => undefined }])
      await assert.rejects(() => writer.append(event), { code: 'ERR_INVALID_ARG' })
    for (const options of [
      { stream: 1 },
      { stream: 'a'.repeat(256) },
      { stream: '\ud800' },
      { type: 'ü'.repeat(128) },
      { timeMs: -1 },
      { timeMs: 1.5 },
      { timeMs: 2 ** 48 },
      { expectedSeq: -1 },
      { idempotencyKey: '' },
      { durability: 'fsync' },
      { steam: 'a' }
    ])
      await assert.rejects(() => writer.append('a', /** @type {any} */ (options)), { code: 'ERR_INVALID_ARG' })
    for (const [events, options] of /** @type {any[]} */ ([
      [[], {}],
      ['a', {}],
      [['a'], { type: ['a', 'b'] }],
      [['a', undefined], {}],
      [['a', 'b'], { stream: ['a', 1] }]
    ]))
      await assert.rejects(() => writer.appendBatch(events, options), { code: 'ERR_INVALID_ARG' })
    assert.deepEqual(await all(writer.read()), [])
    await writer.close()
  })

  test('are numbered in the order of the calls, however many are in flight', async () => {
    const writer = await log.openLog(place())
    const appended = await Promise.all(Array.from({ length: 500 }, (_, index) => writer.append(String(index))))
    assert.deepEqual(
      appended.map(({ seq }) => seq),
      appended.map((_, index) => index)
    )
    assert.deepEqual(
      datas(await all(writer.read())),
      appended.map((_, index) => String(index))
    )
    await writer.close()
  })

  test('of each durability are there after close', async () => {
    const directory = place()
    const writer = await log.openLog(directory, { durability: 'memory' })
    const first = writer.append('memory')
    const second = writer.append('os', { durability: 'os' })
    await Promise.all([first, second])
    await writer.append('disk', { durability: 'disk' })
    assert.equal((await writer.stats()).durableSeq, 3)
    await writer.append('last')
    await writer.flush()
    assert.equal((await writer.stats()).durableSeq, 4)
    await writer.append('closing')
    await writer.close()
    const reader = await log.openLog(directory, { readOnly: true })
    assert.deepEqual(datas(await all(reader.read())), ['memory', 'os', 'disk', 'last', 'closing'])
    await reader.close()
  })
})

describe('batches', () => {
  test('have a stream, type and time for each event, or one for all', async () => {
    const writer = await log.openLog(place())
    assert.deepEqual(
      await writer.appendBatch(['a', 'b', 'c'], { stream: ['x', 'y', 'x'], type: 't', timeMs: [1, 2, 3] }),
      {
        firstSeq: 0,
        lastSeq: 2,
        duplicate: false
      }
    )
    const told = (await all(writer.read())).map(({ stream, streamSeq, type, timeMs }) => [
      stream,
      streamSeq,
      type,
      timeMs
    ])
    assert.deepEqual(told, [
      ['x', 0, 't', 1],
      ['y', 0, 't', 2],
      ['x', 1, 't', 3]
    ])
    await writer.close()
  })

  test('go in whole or not at all', async () => {
    const directory = place()
    const writer = await log.openLog(directory)
    await writer.append('before')
    await writer.appendBatch(['a', 'b', 'c'])
    await writer.close()
    const file = lastSegment(directory)
    // The last byte but the padding of the batch's last event.
    fs.truncateSync(file, fs.statSync(file).size - 8)
    /** @type {Log.Recovery[]} */
    const told = []
    const again = await log.openLog(directory, { onRecovery: (recovery) => told.push(recovery) })
    assert.deepEqual(datas(await all(again.read())), ['before'])
    assert.equal(told.length, 1)
    assert.equal(told[0].nextSeq, 1)
    assert.equal(told[0].segment, path.basename(file))
    const lost = fs.readFileSync(path.join(directory, String(told[0].lostFile)))
    assert.equal(lost.length, told[0].lostBytes)
    assert.ok(lost.includes('a') && lost.includes('b'))
    assert.deepEqual(await again.append('after'), { seq: 1, streamSeq: 1, duplicate: false })
    await again.close()
  })
})

describe('conflicts and keys', () => {
  test('an event that is expected elsewhere in its stream is refused, and nothing else is', async () => {
    const writer = await log.openLog(place())
    await writer.append('a', { stream: 's', expectedSeq: 0 })
    const results = await Promise.allSettled([
      writer.append('b', { stream: 's', expectedSeq: 1 }),
      writer.append('lost', { stream: 's', expectedSeq: 1 }),
      writer.append('c', { stream: 's' }),
      writer.appendBatch(['lost', 'lost'], { stream: 's', expectedSeq: 0 })
    ])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected']
    )
    const { reason } = /** @type {PromiseRejectedResult} */ (results[1])
    assert.equal(reason.code, 'ERR_CONFLICT')
    assert.equal(reason.expected, 1)
    assert.equal(reason.actual, 2)
    assert.deepEqual(datas(await all(writer.read())), ['a', 'b', 'c'])
    await writer.close()
  })

  test('a key that is known appends nothing, also after the log was closed', async () => {
    const directory = place()
    let writer = await log.openLog(directory)
    await writer.append('x')
    const first = await writer.append('a', { idempotencyKey: 'key', stream: 's' })
    assert.deepEqual(await writer.append('a', { idempotencyKey: 'key', stream: 's' }), { ...first, duplicate: true })
    await writer.appendBatch(['b', 'c'], { idempotencyKey: 'batch' })
    const together = await Promise.all([
      writer.append('d', { idempotencyKey: 'd' }),
      writer.append('d', { idempotencyKey: 'd' })
    ])
    assert.deepEqual(
      together.map(({ seq, duplicate }) => [seq, duplicate]),
      [
        [4, false],
        [4, true]
      ]
    )
    await writer.close()
    writer = await log.openLog(directory)
    assert.deepEqual(await writer.append('a', { idempotencyKey: 'key' }), { ...first, duplicate: true })
    assert.deepEqual(await writer.appendBatch(['b', 'c'], { idempotencyKey: 'batch' }), {
      firstSeq: 2,
      lastSeq: 3,
      duplicate: true
    })
    await assert.rejects(() => writer.appendBatch(['b'], { idempotencyKey: 'batch' }), { code: 'ERR_INVALID_ARG' })
    assert.deepEqual(datas(await all(writer.read())), ['x', 'a', 'b', 'c', 'd'])
    await writer.close()
  })
})

describe('reading', () => {
  test('chooses by stream, type, place and number, either way', async () => {
    const writer = await log.openLog(place(), { durability: 'os', segmentBytes: 65536 })
    const count = 3000
    const expected = Array.from({ length: count }, (_, index) => ({
      data: { index, filler: 'x'.repeat(100) },
      stream: `s${index % 3}`,
      type: `t${index % 5}`
    }))
    for (let start = 0; start < count; start += 100) {
      const slice = expected.slice(start, start + 100)
      await writer.appendBatch(
        slice.map(({ data }) => data),
        { stream: slice.map(({ stream }) => stream), type: slice.map(({ type }) => type) }
      )
    }
    assert.ok((await writer.stats()).segments > 3)
    const indexes = async (/** @type {Log.ReadOptions} */ options) =>
      (await all(writer.read(options))).map(({ data }) => data.index)
    const range = Array.from({ length: count }, (_, index) => index)
    assert.deepEqual(await indexes({}), range)
    assert.deepEqual(await indexes({ reverse: true }), [...range].reverse())
    assert.deepEqual(await indexes({ from: 1234, to: 2345 }), range.slice(1234, 2345))
    assert.deepEqual(await indexes({ from: 1234, to: 2345, reverse: true, limit: 3 }), [2344, 2343, 2342])
    assert.deepEqual(
      await indexes({ stream: 's1' }),
      range.filter((index) => index % 3 === 1)
    )
    assert.deepEqual(
      await indexes({ stream: 's1', types: ['t0', 't4'], reverse: true, limit: 10 }),
      range
        .filter((index) => index % 3 === 1 && (index % 5) % 4 === 0)
        .reverse()
        .slice(0, 10)
    )
    assert.deepEqual(await indexes({ stream: 'none' }), [])
    assert.deepEqual(await indexes({ types: [] }), [])
    assert.deepEqual(await indexes({ from: count }), [])
    assert.deepEqual(await indexes({ from: 10, to: 5 }), [])
    // A reader that leaves.
    for await (const batch of writer.read()) {
      assert.ok(batch.length > 0)
      break
    }
    await writer.close()
    assert.throws(() => writer.read(), { code: 'ERR_CLOSED' })
    await assert.rejects(() => writer.append('a'), { code: 'ERR_CLOSED' })
    await writer.close()
  })

  test('can be aborted', async () => {
    const writer = await log.openLog(place(), { durability: 'os' })
    await writer.appendBatch(Array.from({ length: 1000 }, () => 'x'.repeat(10_000)))
    await assert.rejects(() => all(writer.read({ signal: AbortSignal.abort('why') })), {
      code: 'ERR_ABORTED',
      cause: 'why'
    })
    const end = new AbortController()
    await assert.rejects(
      async () => {
        for await (const batch of writer.read({ signal: end.signal })) if (batch) end.abort()
      },
      { code: 'ERR_ABORTED' }
    )
    await writer.close()
  })
})

describe('tails', () => {
  test('catch up and go on, without a gap or a repetition', async () => {
    const writer = await log.openLog(place(), { durability: 'os', segmentBytes: 65536 })
    const end = new AbortController()
    /** @type {number[]} */
    const seen = []
    const reading = (async () => {
      for await (const events of writer.tail({ from: 0, signal: end.signal })) {
        for (const { seq } of events) seen.push(seq)
        if (seen.length === 2000) end.abort()
      }
    })()
    for (let index = 0; index < 2000; index++) {
      const appended = writer.append({ index, filler: 'x'.repeat(index % 300) })
      if (index % 50 === 0) await appended
    }
    await reading
    assert.deepEqual(
      seen,
      seen.map((_, index) => index)
    )
    await writer.close()
  })

  test('see what another process appends, and end when the log is closed', async () => {
    const directory = place()
    const writer = await log.openLog(directory, { durability: 'os' })
    await writer.append('first')
    const reader = await log.openLog(directory, { readOnly: true })
    /** @type {unknown[]} */
    const seen = []
    let told = () => {}
    const reading = (async () => {
      for await (const events of reader.tail({ from: 0 })) {
        seen.push(...datas(events))
        told()
      }
    })()
    for (const event of ['second', 'third']) {
      const came = new Promise((resolve) => (told = () => seen.includes(event) && resolve(undefined)))
      await writer.append(event)
      await came
    }
    await reader.close()
    await reading
    assert.deepEqual(seen, ['first', 'second', 'third'])
    await writer.close()
  })
})

describe('checkpoints', () => {
  test('are restored, with the events since', async () => {
    const directory = place()
    const writer = await log.openLog(directory)
    const add = (/** @type {number | undefined} */ sum, /** @type {Log.Event} */ event) => (sum ?? 0) + event.data.add
    assert.deepEqual(await writer.restore('sum', add), { state: undefined, fromSeq: 0, replayed: 0, skipped: [] })
    for (const value of [1, 2, 3]) await writer.append({ add: value })
    assert.deepEqual(await writer.restore('sum', add), { state: 6, fromSeq: 0, replayed: 3, skipped: [] })
    const made = await writer.checkpoint('sum', { total: 6 }, { timeMs: 5 })
    assert.equal(made.seq, 3)
    assert.equal(made.bytes, 11)
    await writer.append({ add: 4 })
    const restored = await writer.restore('sum', async (/** @type {any} */ state, event) => ({
      total: state.total + event.data.add
    }))
    assert.deepEqual(restored, { state: { total: 10 }, fromSeq: 3, replayed: 1, skipped: [] })
    await writer.checkpoint('bytes', Buffer.from([1, 2, 3]))
    assert.deepEqual([...(await writer.restore('bytes')).state], [1, 2, 3])
    await writer.close()
    const reader = await log.openLog(directory, { readOnly: true })
    assert.deepEqual(
      (await reader.checkpoints()).map(({ name, seq }) => [name, seq]),
      [
        ['bytes', 4],
        ['sum', 3]
      ]
    )
    await assert.rejects(() => reader.checkpoint('a', {}), { code: 'ERR_INVALID_ARG' })
    await reader.close()
  })

  test('that are damaged are passed over, and it is said', async () => {
    const directory = place()
    const writer = await log.openLog(directory)
    await writer.append('a')
    await writer.checkpoint('s', { at: 1 })
    await writer.append('b')
    await writer.checkpoint('s', { at: 2 })
    const [file] = fs.readdirSync(directory).filter((name) => /^s\.0*2\.checkpoint$/.test(name))
    const bytes = fs.readFileSync(path.join(directory, file))
    bytes[bytes.length - 1] ^= 1
    fs.writeFileSync(path.join(directory, file), bytes)
    const { state, fromSeq, skipped } = await writer.restore('s')
    assert.deepEqual([state, fromSeq], [{ at: 1 }, 1])
    assert.equal(skipped.length, 1)
    assert.equal(skipped[0].seq, 2)
    assert.equal((await writer.verify()).problems.length, 1)
    await writer.close()
  })

  test('with names of every kind', async () => {
    const directory = place()
    const writer = await log.openLog(directory)
    const names = ['a', 'A', 'a b', '../x', 'ü', 'con', '.', '%41', 'x'.repeat(64)]
    for (const name of names) await writer.checkpoint(name, { name })
    for (const name of names) assert.deepEqual((await writer.restore(name)).state, { name })
    for (const name of ['', 'x'.repeat(65), '\ud800'])
      await assert.rejects(() => writer.checkpoint(name, {}), { code: 'ERR_INVALID_ARG' })
    assert.equal((await writer.checkpoints()).length, names.length)
    assert.deepEqual(
      fs.readdirSync(path.dirname(directory)).filter((name) => name.includes('x')),
      []
    )
    await writer.close()
  })

  test('keep the events that they need when the log is pruned', async () => {
    const writer = await log.openLog(place(), { durability: 'os', segmentBytes: 65536 })
    const fill = async () => {
      for (let index = 0; index < 10; index++)
        await writer.appendBatch(Array.from({ length: 100 }, () => 'x'.repeat(200)))
    }
    await fill()
    await writer.checkpoint('s', { at: 1000 })
    await fill()
    await writer.checkpoint('s', { at: 2000 })
    await fill()
    const held = await writer.prune({ before: 2500 })
    assert.equal(held.heldBy, 's')
    assert.ok(held.firstSeq <= 1000 && held.firstSeq > 0)
    const pruned = await writer.prune({ before: 1500, keepCheckpoints: 1 })
    assert.equal(pruned.checkpointsRemoved, 1)
    assert.equal(pruned.heldBy, null)
    assert.ok(pruned.firstSeq > 1000 && pruned.firstSeq <= 1500)
    const events = await all(writer.read())
    assert.equal(events[0].seq, pruned.firstSeq)
    assert.equal(events.length, 3000 - pruned.firstSeq)
    await assert.rejects(() => writer.restore('other', () => 0), { code: 'ERR_CORRUPT' })
    assert.equal((await writer.restore('s', (state) => state)).replayed, 1000)
    assert.deepEqual((await writer.verify()).problems, [])
    await writer.close()
  })
})

describe('forks', () => {
  test('have the events and checkpoints up to a place, and go their own way', async () => {
    const writer = await log.openLog(place())
    for (let index = 0; index < 10; index++) await writer.append({ index }, { stream: `s${index & 1}` })
    await writer.checkpoint('early', { at: 5 }, { seq: 5 })
    await writer.checkpoint('late', { at: 10 })
    const directory = place()
    assert.deepEqual(await writer.fork(directory, { atSeq: 6 }), { events: 6 })
    await assert.rejects(
      () => writer.fork(directory),
      (/** @type {any} */ error) => error.code === 'ERR_IO' || error.code === 'ERR_INVALID_ARG'
    )
    const forked = await log.openLog(directory)
    assert.deepEqual(
      datas(await all(forked.read())).map(({ index }) => index),
      [0, 1, 2, 3, 4, 5]
    )
    assert.deepEqual(await forked.append('other', { stream: 's0' }), { seq: 6, streamSeq: 3, duplicate: false })
    assert.deepEqual(
      (await forked.checkpoints()).map(({ name }) => name),
      ['early']
    )
    await forked.close()
    assert.equal((await writer.stats()).nextSeq, 10)
    await writer.close()
  })
})

describe('who may write', () => {
  test('a second writer is refused, and told by whom', async () => {
    const directory = place()
    const writer = await log.openLog(directory)
    const refused = await log.openLog(directory).catch((error) => error)
    assert.equal(refused.code, 'ERR_LOCKED')
    assert.equal(refused.owner.pid, process.pid)
    const script = `require(${JSON.stringify(path.join(__dirname, '../..'))}).log.openLog(process.argv[1])
      .then(() => console.log('opened'), ({ code, owner }) => console.log(code, owner.pid))`
    for (const mode of ['fallback', ...(tenon.status().native.loaded ? ['native'] : [])]) {
      const { stdout, stderr } = spawnSync(process.execPath, ['-e', script, directory], {
        encoding: 'utf8',
        env: { ...process.env, TENON_MODE: mode }
      })
      assert.equal(stdout.trim(), `ERR_LOCKED ${process.pid}`, stderr)
    }
    await writer.close()
    const again = await log.openLog(directory)
    await again.close()
  })

  test('a writer that was killed leaves no lock', async () => {
    const directory = place()
    const script = `const { log } = require(${JSON.stringify(path.join(__dirname, '../..'))});
      log.openLog(process.argv[1]).then(async (writer) => { await writer.append('a'); console.log('ready'); setInterval(() => 0, 1000) })`
    const child = spawn(process.execPath, ['-e', script, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    await assert.rejects(() => log.openLog(directory), { code: 'ERR_LOCKED' })
    child.kill('SIGKILL')
    await once(child, 'exit')
    const writer = await log.openLog(directory)
    assert.deepEqual(datas(await all(writer.read())), ['a'])
    await writer.close()
  })

  test('a log that is not there is made, or not', async () => {
    await assert.rejects(() => log.openLog(place(), { readOnly: true }), { code: 'ERR_IO', errno: 'ENOENT' })
    await assert.rejects(() => log.openLog(place(), { create: false }), { code: 'ERR_IO', errno: 'ENOENT' })
    const file = place()
    fs.writeFileSync(file, '')
    await assert.rejects(() => log.openLog(file), { code: 'ERR_IO' })
    for (const options of [
      { readOnly: 1 },
      { readOnly: true, create: true },
      { segmentBytes: 1 },
      { durability: 'none' },
      { compression: 'gzip' },
      { compression: { dictionary: 'a' } },
      { onRecovery: 1 },
      { directory: 'a' }
    ])
      await assert.rejects(() => log.openLog(place(), /** @type {any} */ (options)), { code: 'ERR_INVALID_ARG' })
  })
})

describe('a log that is in use', () => {
  test('stays in its directory when the process goes elsewhere', async () => {
    const before = process.cwd()
    const [one, other] = [place(), place()]
    for (const directory of [one, other]) fs.mkdirSync(directory)
    try {
      process.chdir(one)
      const writer = await log.openLog('log', { segmentBytes: 65536 })
      process.chdir(other)
      for (let at = 0; at < 5; at++) await writer.append('x'.repeat(40_000))
      await writer.checkpoint('s', { at: 5 })
      await writer.close()
    } finally {
      process.chdir(before)
    }
    assert.deepEqual(fs.readdirSync(other), [])
    const reader = await log.openLog(path.join(one, 'log'), { readOnly: true })
    assert.equal((await all(reader.read())).length, 5)
    await reader.close()
  })

  test('is read to where it ended when reading began', async () => {
    const writer = await log.openLog(place(), { durability: 'os' })
    await writer.appendBatch(Array.from({ length: 20 }, () => 'x'.repeat(100_000)))
    let count = 0
    for await (const events of writer.read()) {
      count += events.length
      await writer.appendBatch(['more', 'and more'])
    }
    assert.equal(count, 20)
    await writer.close()
  })

  test('is closed after what runs on it', async () => {
    const directory = place()
    const writer = await log.openLog(directory, { durability: 'os' })
    await writer.appendBatch(Array.from({ length: 20 }, () => 'x'.repeat(100_000)))
    const state = Buffer.alloc(5_000_000, 7)
    const running = [writer.checkpoint('s', state), writer.verify(), writer.append('last'), writer.stats()]
    const closing = writer.close()
    await Promise.allSettled(running)
    await closing
    const again = await log.openLog(directory)
    const events = await all(again.read())
    assert.equal(events.at(-1)?.data, 'last')
    assert.deepEqual((await again.verify()).problems, [])
    assert.deepEqual(
      fs.readdirSync(directory).filter((name) => name.endsWith('.tmp')),
      []
    )
    await again.close()
  })

  test('does not touch the file that an export was not allowed to write', async () => {
    const writer = await log.openLog(place())
    await writer.append('a')
    const file = path.join(FOLDER, 'mine.jsonl')
    fs.writeFileSync(file, 'mine')
    await assert.rejects(() => writer.exportJsonl(file, { signal: AbortSignal.abort() }))
    await assert.rejects(() => writer.exportJsonl(file), { code: 'ERR_IO', errno: 'EEXIST' })
    assert.equal(fs.readFileSync(file, 'utf8'), 'mine')
    const half = path.join(FOLDER, 'half.jsonl')
    await assert.rejects(() => writer.exportJsonl(half, { signal: AbortSignal.abort() }), { code: 'ERR_ABORTED' })
    assert.ok(!fs.existsSync(half))
    await writer.close()
  })
})

describe('damage', () => {
  test('in the middle is named, nothing is cut, and salvage copies what is whole', async () => {
    const directory = place()
    const writer = await log.openLog(directory)
    for (let index = 0; index < 20; index++) await writer.append(`event ${index} ${'x'.repeat(50)}`)
    await writer.close()
    const file = lastSegment(directory)
    const bytes = fs.readFileSync(file)
    const at = bytes.indexOf('event 7 ')
    bytes[at] ^= 1
    fs.writeFileSync(file, bytes)
    const before = fs.readdirSync(directory)
    const error = await log.openLog(directory).catch((error) => error)
    assert.equal(error.code, 'ERR_CORRUPT')
    assert.equal(error.segment, path.basename(file))
    assert.equal(error.lastGoodSeq, 6)
    assert.equal(error.nextGoodSeq, 8)
    assert.ok(error.offsetBytes < at && error.offsetBytes > at - 64)
    assert.deepEqual(fs.readFileSync(file), bytes)
    assert.deepEqual(
      fs.readdirSync(directory).filter((name) => !name.startsWith('LOCK')),
      before.filter((name) => !name.startsWith('LOCK'))
    )

    const output = place()
    const report = await log.salvage(directory, output)
    assert.equal(report.events, 19)
    assert.equal(report.lost.length, 1)
    assert.deepEqual([report.lost[0].afterSeq, report.lost[0].beforeSeq], [6, 8])
    const salvaged = await log.openLog(output)
    const events = await all(salvaged.read())
    assert.deepEqual(
      events.map(({ data }) => Number(data.split(' ')[1])),
      [...Array(20).keys()].filter((index) => index !== 7)
    )
    assert.deepEqual(
      events.map(({ seq }) => seq),
      [...Array(19).keys()]
    )
    await salvaged.close()
  })
})

describe('JSONL', () => {
  test('goes out and comes back', async () => {
    const writer = await log.openLog(place())
    await writer.appendBatch([{ a: 1 }, 'text', Buffer.from([0, 255])], {
      stream: ['x', 'y', 'x'],
      type: 't',
      timeMs: 7
    })
    const file = path.join(FOLDER, 'export.jsonl')
    const { events, bytes } = await writer.exportJsonl(file)
    assert.equal(events, 3)
    assert.equal(bytes, fs.statSync(file).size)
    assert.deepEqual(JSON.parse(fs.readFileSync(file, 'utf8').split('\n')[0]), {
      seq: 0,
      streamSeq: 0,
      stream: 'x',
      type: 't',
      timeMs: 7,
      data: { a: 1 }
    })
    await assert.rejects(() => writer.exportJsonl(file), { code: 'ERR_IO', errno: 'EEXIST' })
    const other = await log.openLog(place())
    const report = await other.importJsonl(file, { format: 'export' })
    assert.deepEqual(report, { lines: 3, events: 3, firstSeq: 0, lastSeq: 2, problems: [] })
    assert.deepEqual(await all(other.read()), await all(writer.read()))
    await other.close()
    await writer.close()
  })

  /** What agents' logs were found to have: the line, what is taken of it, what is said. */
  const TORN = /** @type {const} */ ([
    ['fused lines', '{"id":1}{"id":2}', [{ id: 1 }, { id: 2 }], 'fused', 0],
    ['a torn line with the next one behind it', '{"id":1,"text":"hel{"id":2}', [{ id: 2 }], 'torn', 19],
    ['a torn line with braces in it', '{"id":{"x":1},"text":"h{"id":2}', [{ id: 2 }], 'torn', 23],
    ['a block of NUL', '\0\0\0\0\0\0\0\0', [], 'nul', 8],
    ['a line behind a block of NUL', '\0\0\0\0{"id":1}', [{ id: 1 }], 'nul', 4],
    ['cut UTF-8', Buffer.concat([Buffer.from('{"text":"'), Buffer.from([0xf0, 0x9f])]), [], 'encoding', 11],
    [
      'cut UTF-8 and the next line',
      Buffer.concat([Buffer.from('{"text":"'), Buffer.from([0xf0, 0x9f]), Buffer.from('{"id":2}')]),
      [{ id: 2 }],
      'encoding',
      11
    ],
    ['no JSON', 'Killed', [], 'malformed', 6],
    ['a torn line alone', '{"id":{"x":1}', [], 'torn', 13]
  ])
  for (const [what, line, taken, kind, droppedBytes] of TORN) {
    test(`takes what is whole of ${what}`, async () => {
      const file = path.join(FOLDER, 'torn.jsonl')
      fs.writeFileSync(file, Buffer.concat([Buffer.from('{"id":0}\n'), Buffer.from(line), Buffer.from('\n{"id":9}\n')]))
      const writer = await log.openLog(place())
      const refused = await writer.importJsonl(file).catch((error) => error)
      assert.equal(refused.code, 'ERR_CORRUPT')
      assert.deepEqual([refused.line, refused.offsetBytes, refused.kind], [2, 9, kind])
      assert.equal((await writer.stats()).nextSeq, 0)
      const report = await writer.importJsonl(file, { repair: true, stream: 's', type: 't' })
      assert.deepEqual(datas(await all(writer.read())), [{ id: 0 }, ...taken, { id: 9 }])
      assert.equal(report.problems.length, 1)
      const [problem] = report.problems
      const { sample } = problem
      assert.deepEqual(problem, { line: 2, offsetBytes: 9, kind, taken: taken.length, droppedBytes, sample })
      assert.equal(report.lines, 3)
      await writer.close()
    })
  }

  test('takes a whole last line without its newline, and says so', async () => {
    const file = path.join(FOLDER, 'unterminated.jsonl')
    fs.writeFileSync(file, '{"id":0}\r\n\n{"id":1}')
    const writer = await log.openLog(place())
    const { events, problems } = await writer.importJsonl(file)
    assert.equal(events, 2)
    assert.deepEqual(
      problems.map(({ kind, line, taken, droppedBytes }) => [kind, line, taken, droppedBytes]),
      [['unterminated', 3, 1, 0]]
    )
    await assert.rejects(() => writer.importJsonl(path.join(FOLDER, 'missing')), { code: 'ERR_IO', errno: 'ENOENT' })
    await assert.rejects(() => writer.importJsonl(FOLDER), { code: 'ERR_INVALID_ARG' })
    await writer.close()
  })
})
