'use strict'

// What a log promises whatever it is stored in: one body, over a directory and over PostgreSQL.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')
const { openLog } = require('../../lib/log')
const { openPostgresLog } = require('../../lib/log/postgres')
const { openPostgres, withoutPostgres } = require('../postgres')
const { compresses } = require('../zstd')

/** @typedef {import('../..').log.Log} Log */
/** @typedef {import('../..').log.Event} Event */

/** Bytes of pages, and more than a page of PostgreSQL's answers. */
const LONG_BYTES = 9 << 20

/**
 * @param {AsyncIterable<Event[]>} batches
 * @returns {Promise<Event[]>}
 */
async function all(batches) {
  const events = []
  for await (const batch of batches) events.push(...batch)
  return events
}

/** @param {AsyncIterable<Event[]>} batches */
const data = async (batches) => (await all(batches)).map((event) => event.data)

/**
 * @param {object} driver
 * @param {(name: string) => Promise<Log>} driver.open the log of that name, made where there is none
 * @param {(name: string) => string} driver.place what `fork` is told, for a log that `open` opens by that name
 * @param {boolean} driver.deltas whether it has deltas
 */
function contract({ open, place, deltas }) {
  let count = 0
  /** @param {(log: Log, name: string) => Promise<void>} use */
  const withLog = async (use) => {
    const name = `log-${count++}`
    const log = await open(name)
    try {
      await use(log, name)
    } finally {
      await log.close()
    }
  }

  test('gives back events as they were appended, with numbers without holes', () =>
    withLog(async (log) => {
      const bytes = Buffer.from([0, 255, 10, 0])
      assert.deepEqual(await log.append(bytes, { stream: 'a\0ä', type: 't', timeMs: 5 }), {
        seq: 0,
        streamSeq: 0,
        duplicate: false
      })
      assert.deepEqual(await log.append('text ä\0', { stream: 'b', timeMs: 2 ** 48 - 1 }), {
        seq: 1,
        streamSeq: 0,
        duplicate: false
      })
      assert.deepEqual(await log.append({ some: ['object', null] }, { stream: 'a\0ä', timeMs: 0 }), {
        seq: 2,
        streamSeq: 1,
        duplicate: false
      })
      await log.append('', { timeMs: 7 })
      assert.deepEqual(await all(log.read()), [
        { seq: 0, streamSeq: 0, stream: 'a\0ä', type: 't', timeMs: 5, data: bytes },
        { seq: 1, streamSeq: 0, stream: 'b', type: '', timeMs: 2 ** 48 - 1, data: 'text ä\0' },
        { seq: 2, streamSeq: 1, stream: 'a\0ä', type: '', timeMs: 0, data: { some: ['object', null] } },
        { seq: 3, streamSeq: 0, stream: '', type: '', timeMs: 7, data: '' }
      ])
    }))

  test('reads by stream, type, range, backwards and up to a limit', () =>
    withLog(async (log) => {
      for (let index = 0; index < 6000; index += 500) {
        const numbers = Array.from({ length: 500 }, (_, at) => index + at)
        await log.appendBatch(
          numbers.map((number) => ({ number })),
          { stream: numbers.map((number) => `s${number % 3}`), type: numbers.map((number) => `t${number % 5}`) }
        )
      }
      const numbers = async (/** @type {any} */ options) => (await data(log.read(options))).map(({ number }) => number)
      const range = Array.from({ length: 6000 }, (_, number) => number)
      assert.deepEqual(await numbers({}), range)
      assert.deepEqual(await numbers({ reverse: true }), range.toReversed())
      assert.deepEqual(
        await numbers({ stream: 's1' }),
        range.filter((number) => number % 3 === 1)
      )
      assert.deepEqual(
        await numbers({ stream: 's1', reverse: true, limit: 2 }),
        range
          .filter((number) => number % 3 === 1)
          .slice(-2)
          .reverse()
      )
      const odd = range.filter((number) => [1, 3].includes(number % 5))
      assert.deepEqual(await numbers({ types: ['t1', 't3'] }), odd)
      assert.deepEqual(await numbers({ types: ['t1', 't3'], reverse: true }), odd.toReversed())
      assert.deepEqual(await numbers({ types: ['none'] }), [])
      assert.deepEqual(await numbers({ types: [] }), [])
      assert.deepEqual(await numbers({ stream: 'none', reverse: true }), [])
      assert.deepEqual(await numbers({ from: 1200, to: 1203 }), [1200, 1201, 1202])
      assert.deepEqual(await numbers({ from: 1200, to: 1203, reverse: true }), [1202, 1201, 1200])
      assert.deepEqual(await numbers({ from: 5998, to: 9000 }), [5998, 5999])
      assert.deepEqual(await numbers({ from: 5998, to: 9000, reverse: true }), [5999, 5998])
      assert.deepEqual(await numbers({ from: 7000 }), [])
      assert.deepEqual(await numbers({ limit: 3 }), [0, 1, 2])
      assert.deepEqual(
        (await all(log.read({ stream: 's2', limit: 3 }))).map(({ streamSeq }) => streamSeq),
        [0, 1, 2]
      )
    }))

  test('takes an event larger than a page', () =>
    withLog(async (log) => {
      const long = Buffer.alloc(LONG_BYTES, 'tenon ')
      await log.appendBatch(['before', long, 'after'])
      assert.deepEqual(await data(log.read()), ['before', long, 'after'])
      assert.deepEqual((await log.verify()).problems, [])
    }))

  test('appends a batch as a whole or not at all', () =>
    withLog(async (log) => {
      await log.append('first', { stream: 's' })
      const conflict = { code: 'ERR_CONFLICT', expected: 0, actual: 1 }
      await assert.rejects(log.appendBatch(['a', 'b'], { stream: 's', expectedSeq: 0 }), conflict)
      const answers = await Promise.allSettled([
        log.appendBatch(['c', 'd'], { stream: 's', expectedSeq: 1 }),
        log.appendBatch(['e', 'f'], { stream: 's', expectedSeq: 1 }),
        log.appendBatch(['g', 'h'], { stream: ['t', 's'], expectedSeq: 0 })
      ])
      assert.deepEqual(
        answers.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled']
      )
      assert.deepEqual(await data(log.read()), ['first', 'c', 'd', 'g', 'h'])
      const streams = (await all(log.read())).map(({ stream, streamSeq }) => `${stream}${streamSeq}`)
      assert.deepEqual(streams, ['s0', 's1', 's2', 't0', 's3'])
    }))

  test('appends once what has the key of an earlier append, also after it is opened again', async () => {
    await withLog(async (log, name) => {
      const options = { stream: 's', idempotencyKey: 'key\0ä' }
      const [first, second] = await Promise.all([log.append('once', options), log.append('twice', options)])
      assert.deepEqual(first, { seq: 0, streamSeq: 0, duplicate: false })
      assert.deepEqual(second, { seq: 0, streamSeq: 0, duplicate: true })
      // The key comes before the expected seq.
      assert.equal((await log.append('thrice', { ...options, expectedSeq: 5 })).duplicate, true)
      await assert.rejects(log.appendBatch(['a', 'b'], options), { code: 'ERR_INVALID_ARG' })
      const batch = { stream: 's', idempotencyKey: 'batch' }
      assert.deepEqual(await log.appendBatch(['a', 'b'], batch), { firstSeq: 1, lastSeq: 2, duplicate: false })
      await log.close()
      const again = await open(name)
      assert.deepEqual(await again.append('again', options), { seq: 0, streamSeq: 0, duplicate: true })
      assert.deepEqual(await again.appendBatch(['a', 'b'], batch), { firstSeq: 1, lastSeq: 2, duplicate: true })
      assert.deepEqual(await data(again.read()), ['once', 'a', 'b'])
      await again.close()
    })
  })

  test('forgets keys after 10,000 others', () =>
    withLog(async (log) => {
      await log.append('old', { idempotencyKey: 'old', durability: 'os' })
      await log.append('kept', { idempotencyKey: 'kept', durability: 'os' })
      const others = Array.from({ length: 9999 }, (_, index) =>
        log.append('', { idempotencyKey: `k${index}`, durability: 'os' })
      )
      await Promise.all(others)
      assert.equal((await log.append('', { idempotencyKey: 'kept' })).duplicate, true)
      assert.deepEqual(await log.append('new', { idempotencyKey: 'old' }), {
        seq: 10_001,
        streamSeq: 10_001,
        duplicate: false
      })
      assert.equal((await log.append('', { idempotencyKey: 'old' })).seq, 10_001)
      assert.equal((await log.append('', { idempotencyKey: 'kept' })).duplicate, false)
    }))

  test('a tail has what there is and what comes, without a gap or a repetition', () =>
    withLog(async (log) => {
      await log.appendBatch(['0', '1'])
      const controller = new AbortController()
      const seen = /** @type {string[]} */ ([])
      const late = /** @type {string[]} */ ([])
      const follow = async (/** @type {string[]} */ into, /** @type {any} */ options) => {
        for await (const events of log.tail({ ...options, signal: controller.signal })) {
          into.push(...events.map((event) => event.data))
          if (into.at(-1) === '99') return
        }
      }
      const following = [follow(seen, { from: 0 }), follow(late, {})]
      for (let index = 2; index < 100; index++) await log.append(String(index), { durability: 'os' })
      await Promise.all(following)
      assert.deepEqual(
        seen,
        Array.from({ length: 100 }, (_, index) => String(index))
      )
      assert.deepEqual(late, seen.slice(2))
      const ended = follow([], { stream: 'none' })
      controller.abort()
      await ended
    }))

  test('restores the newest checkpoint and what came after it', () =>
    withLog(async (log, name) => {
      const sum = (/** @type {number} */ state = 0, /** @type {Event} */ event) => state + event.data.n
      const boxed = (/** @type {any} */ state, /** @type {Event} */ event) => ({ sum: sum(state?.sum, event) })
      for (let n = 1; n <= 4; n++) await log.append({ n })
      assert.deepEqual((await log.restore('state', boxed)).state, { sum: 10 })
      const checkpoint = await log.checkpoint('state', { sum: 10 }, { timeMs: 3 })
      assert.deepEqual(checkpoint, {
        ...checkpoint,
        name: 'state',
        seq: 4,
        timeMs: 3,
        bytes: 10,
        baseSeq: null,
        fault: null
      })
      await log.append({ n: 5 })
      assert.deepEqual(await log.restore('state', boxed), { state: { sum: 15 }, fromSeq: 4, replayed: 1, skipped: [] })
      const bytes = Buffer.from([1, 2, 3])
      await log.checkpoint('bytes ä', bytes, { seq: 2 })
      await log.checkpoint('bytes ä', bytes.subarray(1), { seq: 2 })
      await assert.rejects(log.checkpoint('state', {}, { seq: 6 }), { code: 'ERR_INVALID_ARG' })
      await log.close()
      const again = await open(name)
      assert.deepEqual((await again.restore('bytes ä')).state, bytes.subarray(1))
      assert.deepEqual(
        (await again.checkpoints()).map(({ name: of, seq }) => [of, seq]),
        [
          ['bytes ä', 2],
          ['state', 4]
        ]
      )
      assert.equal((await again.checkpoints('none')).length, 0)
      await again.close()
    }))

  const withDeltas = deltas ? test : () => undefined
  withDeltas('does not replace a checkpoint that others stand on', () =>
    withLog(async (log) => {
      const state = (/** @type {number} */ n) => ({ text: 'x'.repeat(5000), n })
      await log.appendBatch(['a', 'b'])
      await log.checkpoint('state', state(1), { seq: 1 })
      assert.equal((await log.checkpoint('state', state(2), { seq: 2, delta: true })).baseSeq, 1)
      await assert.rejects(log.checkpoint('state', state(3), { seq: 1 }), { code: 'ERR_INVALID_ARG' })
      assert.deepEqual((await log.restore('state')).state, state(2))
      await log.checkpoint('state', state(4), { seq: 2 })
      await log.checkpoint('state', state(5), { seq: 1 })
      assert.deepEqual((await log.restore('state')).state, state(4))
      assert.deepEqual((await log.verify()).problems, [])
    })
  )

  test('prunes, but nothing that a kept checkpoint needs', () =>
    withLog(async (log) => {
      const line = 'x'.repeat(10_000)
      for (let index = 0; index < 40; index++) await log.append(line, { stream: `s${index % 2}` })
      for (const seq of [10, 20, 30]) await log.checkpoint('state', { seq }, { seq })
      const report = await log.prune({ before: 40, keepCheckpoints: 2 })
      assert.equal(report.checkpointsRemoved, 1)
      assert.equal(report.heldBy, 'state')
      assert.ok(report.firstSeq > 0 && report.firstSeq <= 20, `the first is ${report.firstSeq}`)
      assert.equal(report.eventsRemoved, report.firstSeq)
      assert.ok(report.bytesRemoved >= report.eventsRemoved * line.length)
      assert.equal((await log.stats()).firstSeq, report.firstSeq)
      const [first] = await all(log.read({ limit: 1 }))
      assert.equal(first.seq, report.firstSeq)
      assert.equal((await all(log.read({ reverse: true }))).at(-1)?.seq, report.firstSeq)
      assert.equal((await log.restore('state')).fromSeq, 30)
      assert.deepEqual(await log.append('next', { stream: 's0' }), { seq: 40, streamSeq: 20, duplicate: false })
      assert.deepEqual((await log.verify()).problems, [])
    }))

  test('forks at any event, with streams, keys and checkpoints as they were there', () =>
    withLog(async (log, name) => {
      await log.appendBatch(['a', 'b', 'c'], { stream: ['s', 't', 's'] })
      await log.append('d', { stream: 's', idempotencyKey: 'd' })
      await log.append('e', { stream: 'u', idempotencyKey: 'e' })
      await log.checkpoint('state', { at: 2 }, { seq: 2 })
      await log.checkpoint('state', { at: 5 })
      assert.deepEqual(await log.fork(place(`${name}-at-4`), { atSeq: 4 }), { events: 4 })
      assert.deepEqual(await log.fork(place(`${name}-at-1`), { atSeq: 1 }), { events: 1 })
      await assert.rejects(log.fork(place(`${name}-at-4`)), { code: 'ERR_INVALID_ARG' })
      const fork = await open(`${name}-at-4`)
      assert.deepEqual(await data(fork.read()), ['a', 'b', 'c', 'd'])
      assert.deepEqual((await fork.restore('state')).state, { at: 2 })
      assert.equal((await fork.append('d', { stream: 's', idempotencyKey: 'd' })).duplicate, true)
      assert.deepEqual(await fork.append('f', { stream: 's', idempotencyKey: 'e' }), {
        seq: 4,
        streamSeq: 3,
        duplicate: false
      })
      assert.deepEqual((await fork.verify()).problems, [])
      await fork.close()
      const cut = await open(`${name}-at-1`)
      assert.deepEqual(await cut.append('b', { stream: 't' }), { seq: 1, streamSeq: 0, duplicate: false })
      await cut.close()
      assert.deepEqual(await data(log.read()), ['a', 'b', 'c', 'd', 'e'])
    }))

  test('verifies and counts what it has', () =>
    withLog(async (log) => {
      await log.appendBatch(['a', 'b'], { stream: ['s', 't'] })
      await log.append('c', { durability: 'memory' })
      await log.checkpoint('state', {})
      const { events, batches, checkpoints, problems } = await log.verify()
      assert.deepEqual(
        { events, batches, checkpoints, problems },
        { events: 3, batches: 2, checkpoints: 1, problems: [] }
      )
      await log.flush()
      const stats = await log.stats()
      const expected = { firstSeq: 0, nextSeq: 3, durableSeq: 3, streams: 3, checkpoints: 1 }
      assert.deepEqual({ ...stats, ...expected }, stats)
    }))

  test('takes appends of every durability, in their order', () =>
    withLog(async (log, name) => {
      const appends = Array.from({ length: 60 }, (_, index) =>
        log.append(String(index), { durability: /** @type {const} */ (['memory', 'os', 'disk'])[index % 3] })
      )
      assert.deepEqual(
        (await Promise.all(appends)).map(({ seq }) => seq),
        Array.from({ length: 60 }, (_, index) => index)
      )
      await log.append('last', { durability: 'memory' })
      await log.close()
      const again = await open(name)
      assert.equal((await all(again.read())).length, 61)
      await again.close()
    }))

  test('exports, and imports what it exported', () =>
    withLog(async (log, name) => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-contract-'))
      try {
        await log.appendBatch(['a', Buffer.from([1]), { b: 2 }], { stream: 's', type: ['x', 'y', 'z'], timeMs: 9 })
        const file = path.join(folder, 'log.jsonl')
        assert.equal((await log.exportJsonl(file)).events, 3)
        const other = await open(`${name}-imported`)
        await other.importJsonl(file, { format: 'export' })
        assert.deepEqual(await all(other.read()), await all(log.read()))
        await other.close()
      } finally {
        fs.rmSync(folder, { recursive: true })
      }
    }))

  test('ends with ERR_ABORTED and ERR_CLOSED', () =>
    withLog(async (log) => {
      await log.append('a')
      await assert.rejects(all(log.read({ signal: AbortSignal.abort() })), { code: 'ERR_ABORTED' })
      const tail = all(log.tail())
      await log.close()
      assert.deepEqual(await tail, [])
      await log.close()
      await assert.rejects(log.append('b'), { code: 'ERR_CLOSED' })
    }))
}

describe('the contract of a log, in a directory', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-contract-'))
  after(() => fs.rmSync(folder, { recursive: true }))
  const place = (/** @type {string} */ name) => path.join(folder, name)
  contract({ open: (name) => openLog(place(name), { segmentBytes: 65_536 }), place, deltas: compresses() })
})

describe('the contract of a log, in PostgreSQL', { skip: withoutPostgres() }, () => {
  /** @type {import('../postgres').Server} */
  let server
  const run = crypto.randomUUID()
  const place = (/** @type {string} */ name) => `${run}/${name}`
  before(async () => {
    server = await openPostgres()
  })
  after(() => server?.remove())
  contract({
    open: (name) => openPostgresLog({ connectionString: server.connectionString, name: place(name) }),
    place,
    deltas: true
  })
})
