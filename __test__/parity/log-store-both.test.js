'use strict'

// What both engines of the log's store must do with the same calls, each on a real directory.

const assert = require('node:assert/strict')
const { randomBytes } = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { describe, test } = require('node:test')
const { binding } = require('../../lib/log/binding')
const fallback = require('../../lib/log/fallback')
const { load } = require('../../lib/native')
const { events, group } = require('../log')
const { temporaryFolder } = require('../sandbox')
const { NODE_HAS_ZSTD } = require('../zstd')

const { addon } = load()
assert.ok(addon, 'the addon is built')

/** @typedef {{ openStore: (directory: string, options: any) => Promise<any>, salvageStore: (from: string, to: string) => Promise<any> }} Stores */

/** @type {[string, Stores][]} */
const ENGINES = [
  ['native', /** @type {any} */ (binding(addon))],
  ['fallback', fallback]
]
const OS = 1
const OPTIONS = { segmentBytes: 65_536, readOnly: false, create: true, level: 0 }
const READ_ONLY = { ...OPTIONS, readOnly: true, create: false }
const ALL = { from: 0, to: Infinity, reverse: false, stream: null, types: null, limit: Infinity }

/** Appends events that fill a segment each. @param {any} store @param {number} count @param {string} [stream] */
async function fill(store, count, stream = '') {
  const data = 'x'.repeat(60_000)
  for (let index = 0; index < count; index++) {
    await store.commit(...group([{ events: [{ data, stream }] }]), OS)
  }
}

/** The seq of the next event alone. @param {any} cursor */
async function step(cursor) {
  const packet = await cursor.next(1, 1)
  return packet === null ? null : packet.meta[0]
}

/** @param {number} from @param {number} to */
const pruned = (from, to) => ({
  code: 'ERR_IO',
  errno: 'ENOENT',
  message: `events ${from} to ${to} were pruned while they were read`
})

for (const [engine, { openStore, salvageStore }] of ENGINES) {
  describe(`the log's store, ${engine}`, () => {
    test('a cursor begins at its first look, and what is pruned after that is missed', async (t) => {
      const directory = path.join(temporaryFolder(t), 'log')
      const store = await openStore(directory, OPTIONS)
      await fill(store, 10)
      const reader = await openStore(directory, READ_ONLY)
      for (const one of [store, reader]) {
        const up = one.cursor(ALL)
        const filtered = one.cursor({ ...ALL, stream: 'none' })
        const down = one.cursor({ ...ALL, reverse: true })
        const end = one.cursor({ ...ALL, from: store.info().nextSeq })
        const late = [one.cursor(ALL), one.cursor({ ...ALL, reverse: true })]
        const { firstSeq, nextSeq } = store.info()
        assert.deepEqual([await step(up), await step(down)], [firstSeq, nextSeq - 1])
        assert.deepEqual([await step(end), await step(filtered)], [null, null])
        await fill(store, 5)
        await store.prune(nextSeq + 1, -1)
        const first = store.info().firstSeq
        assert.equal(first, nextSeq + 1)
        // The next segment is open already.
        assert.deepEqual([await step(up), await step(down)], [firstSeq + 1, nextSeq - 2])
        await assert.rejects(step(up), pruned(firstSeq + 2, first - 1))
        await assert.rejects(step(down), pruned(firstSeq, nextSeq - 3))
        await assert.rejects(step(end), pruned(nextSeq, first - 1))
        await assert.rejects(step(filtered), pruned(nextSeq, first - 1))
        assert.equal(await step(late[0]), first)
        const found = await events({ cursor: () => late[1] })
        assert.deepEqual(found.map(({ seq }) => seq).reverse(), [first, first + 1, first + 2, first + 3])
      }
      await reader.close()
      await store.close()
    })

    test('forks and salvages to one place, and beside what is there', async (t) => {
      const folder = temporaryFolder(t)
      const source = path.join(folder, 'source')
      const store = await openStore(source, OPTIONS)
      await fill(store, 20)
      const beside = await openStore(path.join(folder, 'copy.tmp'), OPTIONS)
      await fill(beside, 1)
      await beside.close()
      const to = path.join(folder, 'copy')
      const copies = await Promise.allSettled([
        ...Array.from({ length: 4 }, () => store.fork(`${to}/`, 20)),
        salvageStore(source, to)
      ])
      const failed = copies.filter(({ status }) => status === 'rejected')
      assert.equal(failed.length, 4)
      assert.deepEqual(fs.readdirSync(folder).sort(), ['copy', 'copy.tmp', 'source'])
      for (const [name, count] of /** @type {[string, number][]} */ ([
        ['copy', 20],
        ['copy.tmp', 1]
      ])) {
        const copy = await openStore(path.join(folder, name), READ_ONLY)
        assert.equal((await events(copy)).length, count)
        assert.deepEqual((await copy.verify()).problems, [])
        await copy.close()
      }
      fs.mkdirSync(path.join(folder, 'empty'))
      assert.deepEqual(await store.fork(path.join(folder, 'empty'), 1), { events: 1 })
      assert.deepEqual(await store.fork(path.join(folder, 'a', 'b', '/'), 2), { events: 2 })
      await store.close()
    })

    // Without native it takes a Node with zstd.
    const compresses = engine === 'native' || NODE_HAS_ZSTD
    const deltas = compresses ? test : () => undefined
    deltas('the 33rd delta in a row is written whole', async (t) => {
      const directory = path.join(temporaryFolder(t), 'log')
      const store = await openStore(directory, OPTIONS)
      await store.commit(...group([{ events: Array.from({ length: 50 }, () => ({ data: '' })) }]), OS)
      const state = randomBytes(5000)
      const bases = []
      for (let seq = 1; seq <= 40; seq++) {
        state[seq] ^= 1
        const settings = { compress: true, level: 3, baseSeq: seq - 2 < 0 ? -1 : seq - 1, timeMs: 1, disk: false }
        await store.writeCheckpoint('s', seq, 0, state, settings)
        bases.push((await store.checkpoints('s')).at(-1).baseSeq)
        assert.deepEqual(Buffer.from((await store.readCheckpoint('s', seq)).bytes), state)
      }
      assert.deepEqual(
        bases,
        bases.map((_, index) => (index % 32 === 0 ? -1 : index))
      )
      await store.close()
    })

    test('a checkpoint of events that were not synced syncs them', async (t) => {
      const directory = path.join(temporaryFolder(t), 'log')
      const store = await openStore(directory, OPTIONS)
      const settings = { compress: false, level: 3, baseSeq: -1, timeMs: 1, disk: false }
      for (const durability of [0, OS]) {
        await store.commit(...group([{ events: [{ data: 'a' }, { data: 'b' }] }]), durability)
        const { durableSeq, nextSeq } = store.info()
        assert.equal(durableSeq, nextSeq - 2)
        await store.writeCheckpoint('s', durableSeq, 0, Buffer.from('s'), settings)
        assert.equal(store.info().durableSeq, durableSeq)
        await store.writeCheckpoint('s', nextSeq - 1, 0, Buffer.from('s'), settings)
        assert.equal(store.info().durableSeq, nextSeq)
      }
      await store.close()
    })

    test('fork and verify while the log is pruned', async (t) => {
      const folder = temporaryFolder(t)
      const store = await openStore(path.join(folder, 'log'), OPTIONS)
      const settings = { compress: false, level: 3, baseSeq: -1, timeMs: 1, disk: false }
      const reader = await openStore(path.join(folder, 'log'), READ_ONLY)
      for (let round = 0; round < 8; round++) {
        await fill(store, 12)
        const { firstSeq, nextSeq } = store.info()
        await store.writeCheckpoint('s', nextSeq - 2, 0, Buffer.from('s'), settings)
        const one = round % 2 === 0 ? store : reader
        const fork = one.fork(path.join(folder, `fork ${round}`), nextSeq - 1)
        const all = [fork, one.verify()].map((promise) => promise.catch((/** @type {any} */ error) => error))
        // At another time each round, so that one is begun by then.
        for (let turn = 0; turn < round * 3; turn++) await new Promise((resolve) => setImmediate(resolve))
        await store.prune(nextSeq - 2, 1)
        for (const outcome of await Promise.all(all)) {
          if (outcome.code === undefined) assert.deepEqual(outcome.problems ?? [], [])
          else assert.match(outcome.message, /^events \d+ to \d+ were pruned while they were read$/)
          if (outcome.code !== undefined) assert.deepEqual([outcome.code, outcome.errno], ['ERR_IO', 'ENOENT'])
        }
        assert.ok(store.info().firstSeq > firstSeq)
        assert.deepEqual(
          fs.readdirSync(folder).filter((name) => name.endsWith('.tmp')),
          []
        )
      }
      await reader.close()
      await store.close()
    })

    test('a directory without a segment is no log', async (t) => {
      const directory = temporaryFolder(t)
      for (const options of [READ_ONLY, { ...OPTIONS, create: false }]) {
        for (const where of [directory, path.join(directory, 'missing')]) {
          await assert.rejects(openStore(where, options), { code: 'ERR_IO', errno: 'ENOENT', path: where })
        }
      }
      assert.deepEqual(fs.readdirSync(directory), [])
      await (await openStore(directory, OPTIONS)).close()
      await (await openStore(directory, { ...OPTIONS, create: false })).close()
      await (await openStore(directory, READ_ONLY)).close()
    })

    test('a batch that is too large with its headers is refused, and nothing of its group is written', async (t) => {
      const directory = path.join(temporaryFolder(t), 'log')
      const store = await openStore(directory, OPTIONS)
      await fill(store, 1)
      const file = path.join(directory, `${'0'.repeat(20)}.segment`)
      const before = fs.readFileSync(file)
      const small = [0, 0, 0, 0, 1, 0, -1, 0]
      const large = [0, 0, 0, 2 ** 28, 1, 0, -1, 1, 0, 0, 0, 2 ** 28, 1, 0, -1, 0]
      for (const meta of [large, [...small, ...large], [...small, ...large, ...small]]) {
        // Its bytes are not looked at.
        const refused = store.commit(Buffer.alloc(0), Float64Array.from(meta), OS)
        await assert.rejects(refused, { code: 'ERR_LIMIT' })
        assert.deepEqual(fs.readFileSync(file), before)
      }
      assert.equal(store.info().nextSeq, 1)
      assert.equal(store.info().poisoned, null)
      await fill(store, 1)
      assert.equal((await events(store)).length, 2)
      await store.close()
    })

    const onLinux = process.platform === 'linux' ? test : () => undefined
    onLinux('an owner is dead or alive, wherever it was', async (t) => {
      const directory = temporaryFolder(t)
      const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
      const namespace = fs.readlinkSync('/proc/self/ns/pid')
      const host = os.hostname()
      const native = engine === 'native'
      const gone = 2 ** 31 - 1
      for (const [lives, owner] of /** @type {[boolean, object][]} */ ([
        [!native, { boot, namespace: 'pid:[1]', host: 'elsewhere', engine: 'native' }],
        [!native, { boot, namespace: 'pid:[1]', host, engine: 'native' }],
        [true, { boot, namespace: 'pid:[1]', host, engine: 'fallback' }],
        [true, { boot, namespace, host: 'elsewhere', engine: 'fallback' }],
        [true, { boot: 'other', namespace, host: 'elsewhere', engine: 'native' }],
        [false, { boot: 'other', namespace: 'pid:[1]', host: host.toUpperCase(), engine: 'native' }],
        [false, { boot, namespace, host: host.toUpperCase(), engine: 'fallback' }]
      ])) {
        const json = JSON.stringify({ pid: gone, start: '1', openedMs: 1, ...owner })
        fs.writeFileSync(path.join(directory, 'LOCK.3'), json)
        const opened = await openStore(directory, OPTIONS).catch((error) => error)
        assert.equal(opened.code, lives ? 'ERR_LOCKED' : undefined, json)
        if (!lives) await opened.close()
      }
    })
  })
}
