'use strict'

// The log's fallback on disks that fail, lose what was not synced, and turn bits.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { Worker } = require('node:worker_threads')
const { salvageStore: salvageFallback } = require('../../lib/log/fallback')
const { salvageStore } = require('../../lib/log/store/salvage')
const { State } = require('../../lib/log/store/state')
const { openStore } = require('../../lib/log/store/store')
const { Writer } = require('../../lib/log/store/writer')
const { SEED, fuzzRuns, randomFrom } = require('../engines')
const { SimulatedDisk, events, group } = require('../log')
const { temporaryFolder } = require('../sandbox')

const DIRECTORY = '/log'
const MEMORY = 0
const OS = 1
const DISK = 2
const OPTIONS = { segmentBytes: 64 * 1024, readOnly: false, level: 0, create: true }
const READ_ONLY = { ...OPTIONS, readOnly: true, create: false }

/** @typedef {import('../log').TestBatch} TestBatch */

/** Fails for what no log may answer. @param {unknown} error */
function checkError(error) {
  const { name, code, message } = Object(error)
  assert.equal(name, 'TenonError', String(Object(error).stack))
  assert.notEqual(code, 'ERR_INTERNAL', message)
}

/**
 * @param {ReturnType<typeof randomFrom>} random
 * @param {number} number
 * @returns {TestBatch}
 */
function randomBatch(random, number) {
  const count = random.pick([1, 1, 1, 2, 5])
  const made = Array.from({ length: count }, (_, index) => ({
    data: `${number}.${index} ${'x'.repeat(random.pick([0, 1, 7, 100, 1000, 3000]))}`,
    stream: random.pick(['', 'a', 'b', 'ü']),
    type: random.pick(['', 't']),
    timeMs: number
  }))
  return { events: made, key: random.below(3) === 0 ? `key ${number}` : '' }
}

/** @param {SimulatedDisk} disk @param {object} [options] */
const open = (disk, options = {}) => openStore(DIRECTORY, { ...OPTIONS, ...options }, disk)

/** @param {SimulatedDisk} disk @returns {SimulatedDisk} */
function copyOf(disk) {
  const copy = disk.crashed({ below: () => 0 })
  return copy
}

describe('the log in JavaScript', () => {
  test('gives back what was appended, up and down, filtered and in packets', async (t) => {
    const directory = path.join(temporaryFolder(t), 'deep', 'log')
    const random = randomFrom(SEED)
    let store = await openStore(directory, OPTIONS)
    const all = []
    for (let number = 0; number < 300; number++) {
      const batch = randomBatch(random, number)
      const positions = await store.commit(...group([batch]), random.below(3))
      for (const [index, event] of batch.events.entries()) {
        const [status, seq, streamSeq] = positions.subarray(index * 3)
        assert.equal(status, 0)
        all.push({ seq, streamSeq, timeMs: number, kind: 1, stream: event.stream, type: event.type, data: event.data })
      }
      if (number % 100 === 99) {
        await store.close()
        store = await openStore(directory, OPTIONS)
        assert.equal(store.recovery, null)
      }
    }
    const expected = all.map((event) => ({ ...event, stream: event.stream, data: event.data }))
    const reader = await openStore(directory, READ_ONLY)
    for (const one of [store, reader]) {
      assert.deepEqual(await events(one), expected)
      assert.deepEqual(await events(one, { reverse: true }), [...expected].reverse())
      assert.deepEqual(await events(one, {}, [1, 1]), expected)
      assert.deepEqual(
        await events(one, { stream: 'ü' }),
        expected.filter(({ stream }) => stream === 'ü')
      )
      assert.deepEqual(
        await events(one, { types: ['t'], from: 50, to: 400, reverse: true, limit: 17 }),
        expected
          .slice(50, 400)
          .filter(({ type }) => type === 't')
          .reverse()
          .slice(0, 17)
      )
    }
    assert.ok(store.segments.length > 2)
    assert.deepEqual((await store.verify()).problems, [])
    assert.deepEqual((await reader.verify()).events, expected.length)
    const tail = reader.cursor({
      from: expected.length,
      to: Infinity,
      reverse: false,
      stream: null,
      types: null,
      limit: Infinity
    })
    assert.equal(await tail.next(10, 100), null)
    await store.commit(...group([{ events: [{ data: 'later' }] }]), OS)
    assert.equal((await tail.next(10, 100))?.meta[0], expected.length)
    assert.equal(tail.done, false)
    for (let number = 0; number < 100; number++) {
      await store.commit(...group([{ events: [{ data: 'z'.repeat(3000) }] }]), MEMORY)
    }
    let more = 0
    for (let packet; (packet = await tail.next(10, 10_000)) !== null;) more += packet.meta.length / 6
    assert.equal(more, 100)
    await store.close()
    await assert.rejects(store.commit(...group([{ events: [{ data: '' }] }]), OS), { code: 'ERR_CLOSED' })
  })

  test('knows keys and expected seqs, within a group, after it, and after it is opened again', async () => {
    const disk = new SimulatedDisk()
    let store = await open(disk)
    const batch = {
      events: [
        { data: '1', stream: 's' },
        { data: '2', stream: 's' }
      ],
      key: 'k'
    }
    const first = await store.commit(
      ...group([batch, batch, { events: [{ data: '3', stream: 's' }], expectedSeq: 1 }]),
      DISK
    )
    assert.deepEqual([...first], [0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 2, -1, 2])
    assert.equal(store.info().nextSeq, 2)
    for (let time = 0; time < 2; time++) {
      const again = await store.commit(...group([batch, { events: [{ data: 'x' }], key: 'k' }]), DISK)
      assert.deepEqual([...again], [1, 0, 0, 1, 1, 1, 3, -1, 2])
      // Rolls over, so that the keys come from a state record.
      for (let number = 0; number < 40; number++) {
        await store.commit(...group([{ events: [{ data: 'x'.repeat(4000) }] }]), DISK)
      }
      await store.close()
      store = await open(disk)
    }
    const right = await store.commit(...group([{ events: [{ data: '3', stream: 's' }], expectedSeq: 2 }]), DISK)
    assert.equal(right[2], 2)
    const keys = Array.from({ length: 10_001 }, (_, index) => ({ events: [{ data: '' }], key: `n${index}` }))
    await store.commit(...group(keys), DISK)
    const after = await store.commit(...group([keys[0], keys[1], keys[10_000], batch]), DISK)
    assert.deepEqual([after[0], after[3], after[6], after[9]], [0, 0, 1, 0])
    await store.close()
    store = await open(disk)
    const { seq } = /** @type {any} */ (store.state.batch('n10000'))
    assert.equal((await store.commit(...group([keys[10_000]]), DISK))[1], seq)
    await store.close()
  })

  test('a torn tail at each length: whole batches stay, the rest is kept beside', async () => {
    const disk = new SimulatedDisk()
    const store = await open(disk)
    const random = randomFrom(SEED + 1)
    const ends = [{ length: store.writer?.end ?? 0, seq: 0 }]
    for (let number = 0; number < 6; number++) {
      const { events: made, key } = randomBatch(random, number)
      await store.commit(...group([{ events: made.map((event) => ({ ...event, data: 'data' })), key }]), OS)
      ends.push({ length: store.writer?.end ?? 0, seq: store.info().nextSeq })
    }
    const all = await events(store)
    await store.close()
    const file = `${DIRECTORY}/${'0'.repeat(20)}.segment`
    for (let length = ends[0].length; length <= ends[6].length; length++) {
      const cut = copyOf(disk)
      const inode = cut.inode(file)
      inode.live = inode.live.subarray(0, length)
      const torn = await open(cut)
      const whole = /** @type {typeof ends[0]} */ (ends.findLast((end) => end.length <= length))
      assert.equal(torn.info().nextSeq, whole.seq, `cut to ${length}`)
      assert.deepEqual(await events(torn), all.slice(0, whole.seq))
      const { recovery } = torn
      const content = disk.inode(file).live.subarray(whole.length, length)
      if (content.every((byte) => byte === 0)) {
        assert.equal(recovery, null)
      } else {
        assert.equal(recovery?.offsetBytes, whole.length)
        const lost = cut.inode(`${DIRECTORY}/${recovery?.lostFile}`).live
        assert.ok(content.subarray(0, lost.length).equals(lost))
        assert.ok(content.subarray(lost.length).every((byte) => byte === 0))
      }
      const [[, seq]] = [await torn.commit(...group([{ events: [{ data: 'next' }] }]), DISK)]
      assert.equal(seq, whole.seq)
      await torn.close()
      assert.equal((await events(await open(cut, { readOnly: true }))).length, whole.seq + 1)
    }
  })

  test('each bit that turns in a log is found, and salvage copies the rest', async () => {
    const disk = new SimulatedDisk()
    const store = await open(disk)
    for (let number = 0; number < 4; number++) {
      const made = Array.from({ length: 1 + (number % 2) }, (_, index) => ({
        data: `event ${number}.${index}`,
        stream: 's'
      }))
      await store.commit(...group([{ events: made, key: number === 2 ? 'key' : '' }]), DISK)
    }
    const all = await events(store)
    await store.close()
    const file = `${DIRECTORY}/${'0'.repeat(20)}.segment`
    const { length } = disk.inode(file).live
    for (let bit = 0; bit < length * 8; bit++) {
      const turned = copyOf(disk)
      const inode = turned.inode(file)
      inode.live = Buffer.from(inode.live)
      inode.live[bit >> 3] ^= 1 << (bit & 7)
      const before = Buffer.from(inode.live)
      let found
      try {
        const again = await open(turned, { readOnly: true })
        found = await events(again)
        // Only what may not have been synced can be missing.
        assert.ok(found.length === 4 || found.length === 6, `bit ${bit}: ${found.length}`)
        assert.deepEqual(found, all.slice(0, found.length), `bit ${bit}`)
        assert.ok(found.length < all.length, `bit ${bit} makes no difference`)
        assert.deepEqual((await again.verify()).problems, [])
      } catch (error) {
        if (Object(error).name === 'AssertionError') throw error
        checkError(error)
        assert.equal(Object(error).code, 'ERR_CORRUPT', `bit ${bit}: ${Object(error).message}`)
      }
      assert.ok(inode.live.equals(before), 'a reader changed the file')
      const out = `/out`
      const report = await salvageStore(DIRECTORY, out, undefined, turned)
      // The batch of the bit, and the one behind it where nobody knows that it begins there; none where it is in the headers.
      assert.ok(report.events >= all.length - 3, `bit ${bit}: ${report.events} salvaged`)
      assert.equal(report.lost.length === 0, report.events === all.length && (bit < 512 || bit >= 1024), `bit ${bit}`)
      const salvaged = await openStore(out, { ...OPTIONS, readOnly: true }, turned)
      const left = await events(salvaged)
      assert.ok(left.every(({ data }) => all.some((event) => event.data === data)))
      assert.deepEqual(
        left.map(({ streamSeq }) => streamSeq),
        left.map((_, index) => index)
      )
    }
  })

  test('a disk without room for the zeros ahead has room for the records', async () => {
    const disk = new SimulatedDisk()
    const store = await open(disk)
    for (const durability of [DISK, OS]) {
      let fails = 1
      disk.fails = (operation) => (operation === 'write' && fails-- > 0 ? 'ENOSPC' : undefined)
      // Where nothing is made ahead, there is nothing to leave out.
      const appended = store.commit(...group([{ events: [{ data: 'a' }] }]), durability)
      if (durability === DISK) assert.deepEqual([...(await appended)], [0, 0, 0])
      else await assert.rejects(appended, { code: 'ERR_IO', errno: 'ENOSPC' })
    }
    await store.commit(...group([{ events: [{ data: 'b' }] }]), DISK)
    await store.close()
    const found = await events(await open(disk, { readOnly: true }))
    assert.deepEqual(
      found.map(({ data }) => data),
      ['a', 'b']
    )
  })

  test('a segment is closed before another takes its place', async () => {
    const disk = new SimulatedDisk()
    /** @type {Map<string, number>} */
    const opened = new Map()
    const count = (/** @type {string} */ file, /** @type {number} */ by) =>
      opened.set(file, (opened.get(file) ?? 0) + by)
    const { open: openFile, rename } = disk
    disk.open = async (file, access) => {
      const handle = await openFile.call(disk, file, access)
      count(file, 1)
      return { ...handle, close: async () => void count(file, -1) }
    }
    disk.rename = (from, to) => {
      assert.deepEqual([opened.get(from) ?? 0, opened.get(to) ?? 0], [0, 0])
      return rename.call(disk, from, to)
    }
    const origin = { id: '0'.repeat(32), firstSeq: 0, dictionary: 0 }
    const writer = await Writer.begin(disk, DIRECTORY, origin, new State())
    writer.savepoint()
    await writer.replace(new State(), 7)
    assert.equal(writer.segment.dictionary, 7)
    assert.equal(writer.poison, undefined)
    // Before it is closed, nothing is lost.
    disk.fails = (operation) => (operation === 'write' ? 'ENOSPC' : undefined)
    await assert.rejects(writer.replace(new State(), 8), { code: 'ERR_IO', errno: 'ENOSPC' })
    assert.equal(writer.poison, undefined)
    disk.fails = (operation) => (operation === 'rename' ? 'EIO' : undefined)
    await assert.rejects(writer.replace(new State(), 8), { code: 'ERR_IO', errno: 'EIO' })
    assert.notEqual(writer.poison, undefined)
    await writer.close()
  })

  test('failures of each operation: what was acknowledged stays, and the log opens', async (t) => {
    t.diagnostic(`seed ${SEED}`)
    for (const code of ['EIO', 'ENOSPC']) {
      for (let number = 0, more = true; more; number++) {
        const disk = new SimulatedDisk()
        const random = randomFrom(SEED)
        disk.fails = (_, operation) => (operation === number ? code : undefined)
        const acknowledged = await history(disk, random, 30)
        more = disk.operations > number
        disk.fails = () => undefined
        // Where the failure was one of closing, nobody has freed the lock.
        for (const name of disk.names.keys()) if (name.includes('LOCK')) disk.names.delete(name)
        // No power was cut, so what only the system had is there too.
        acknowledged.durable = acknowledged.batches.length
        await checkHistory(disk, acknowledged, `${code} at operation ${number}`)
      }
    }
  })

  test('crashes: what was acknowledged as on the disk is there, whole batches in order', async (t) => {
    t.diagnostic(`seed ${SEED}`)
    const runs = fuzzRuns(400)
    for (let run = 0; run < runs; run++) {
      const random = randomFrom(SEED + run)
      let disk = new SimulatedDisk()
      const limit = random.below(300)
      const fault = random.below(3) === 0 ? random.below(limit + 1) : -1
      disk.fails = (_, operation) =>
        operation >= limit ? 'EIO' : operation === fault ? random.pick(['EIO', 'ENOSPC']) : undefined
      const acknowledged = await history(disk, random, 60)
      disk = disk.crashed(random)
      await checkHistory(disk, acknowledged, `seed ${SEED + run}`)
    }
  })
})

/**
 * Appends until something fails that cannot be gone on from. Returns what every event may be, and what must be there.
 * @param {SimulatedDisk} disk
 * @param {ReturnType<typeof randomFrom>} random
 * @param {number} commits
 */
async function history(disk, random, commits) {
  /** @type {{ batches: string[][], durable: number, possible: Set<string> }} */
  const known = { batches: [], durable: 0, possible: new Set() }
  let store
  try {
    store = await open(disk)
    for (let number = 0; number < commits; number++) {
      const durability = random.below(3)
      const batches = Array.from({ length: 1 + random.below(3) }, (_, index) =>
        randomBatch(random, number * 10 + index)
      )
      const texts = batches.map((batch) => batch.events.map(({ data }) => String(data)))
      for (const text of texts) known.possible.add(text.join())
      try {
        await store.commit(...group(batches), durability)
      } catch (error) {
        checkError(error)
        if (store.info().poisoned !== null) {
          await assert.rejects(store.commit(...group(batches), durability), { code: 'ERR_IO', poisoned: true })
          break
        }
        continue
      }
      known.batches.push(...texts)
      if (durability === DISK) known.durable = known.batches.length
      if (random.below(10) === 0) {
        await store.flush()
        known.durable = known.batches.length
      }
      if (random.below(10) === 0) {
        const { nextSeq } = store.info()
        const settings = { compress: false, level: 3, baseSeq: -1, timeMs: 1, disk: true }
        await store.writeCheckpoint('state', nextSeq, 0, Buffer.from(String(nextSeq)), settings)
        known.durable = known.batches.length
      }
      if (random.below(15) === 0) {
        await store.close()
        known.durable = known.batches.length
        store = await open(disk)
      }
    }
    const { poisoned } = store.info()
    await store.close()
    if (poisoned === null) known.durable = known.batches.length
  } catch (error) {
    checkError(error)
    await store?.close().catch(checkError)
  }
  return known
}

/**
 * @param {SimulatedDisk} disk
 * @param {Awaited<ReturnType<typeof history>>} known
 * @param {string} what
 */
async function checkHistory(disk, { batches, durable, possible }, what) {
  const store = await open(disk).catch((error) => assert.fail(`${what}: ${error.message}`))
  const found = (await events(store)).map(({ data }) => data)
  const must = batches.slice(0, durable).flat()
  assert.deepEqual(found.slice(0, must.length), must, what)
  // Batches that were acknowledged, in order; then maybe one that failed, or that nobody waited for.
  let at = 0
  for (const batch of batches) {
    if (at === found.length) break
    if (found[at] !== batch[0]) break
    assert.deepEqual(found.slice(at, at + batch.length), batch, what)
    at += batch.length
  }
  while (at < found.length) {
    const rest = [...possible].find((text) => text.split(',')[0] === found[at])
    assert.ok(rest !== undefined, `${what}: ${found[at].slice(0, 20)} was never appended`)
    const batch = rest.split(',')
    assert.deepEqual(found.slice(at, at + batch.length), batch, what)
    at += batch.length
  }
  assert.deepEqual((await store.verify()).problems, [], what)
  for (const { name, seq, fault } of await store.checkpoints(null)) {
    assert.equal(fault, null, what)
    assert.ok(seq <= store.info().nextSeq, `${what}: a checkpoint of ${seq}`)
    assert.equal(Buffer.from((await store.readCheckpoint(name, seq)).bytes).toString(), String(seq), what)
  }
  const positions = await store.commit(...group([{ events: [{ data: 'after' }] }]), DISK)
  assert.equal(positions[1], found.length, what)
  await store.close()
}

describe('who writes', () => {
  test('one store at a time, in threads too; a dead owner is followed', async (t) => {
    const directory = temporaryFolder(t)
    const store = await openStore(directory, OPTIONS)
    const owner = (/** @type {any} */ error) => {
      assert.equal(error.code, 'ERR_LOCKED')
      assert.equal(error.owner.pid, process.pid)
      assert.equal(error.owner.engine, 'fallback')
      return true
    }
    await assert.rejects(openStore(directory, OPTIONS), owner)
    const code = `
      const { workerData, parentPort } = require('node:worker_threads')
      const { openStore } = require(workerData.file)
      openStore(workerData.directory, workerData.options).then(() => 'open', ({ code }) => code).then((is) => parentPort.postMessage(is))`
    const file = require.resolve('../../lib/log/fallback')
    const worker = new Worker(code, { eval: true, workerData: { file, directory, options: OPTIONS } })
    assert.equal(await new Promise((resolve) => worker.once('message', resolve)), 'ERR_LOCKED')
    await worker.terminate()
    await store.close()
    const script = `
      const { openStore } = require(${JSON.stringify(file)})
      openStore(${JSON.stringify(directory)}, ${JSON.stringify(OPTIONS)}).then(() => process.kill(process.pid, 'SIGKILL'))`
    spawnSync(process.execPath, ['-e', script])
    const left = () => fs.readdirSync(directory).filter((name) => name.startsWith('LOCK.'))
    assert.equal(left().length, 1)
    const next = await openStore(directory, OPTIONS)
    assert.equal(left().length, 1)
    await next.close()
    assert.deepEqual(left(), [])
    fs.writeFileSync(path.join(directory, 'LOCK.7'), '')
    const after = await openStore(directory, OPTIONS)
    assert.deepEqual(left(), ['LOCK.8'])
    await after.close()
    const elsewhere = {
      pid: 1,
      start: null,
      boot: null,
      namespace: null,
      host: 'elsewhere',
      engine: 'native',
      openedMs: 1
    }
    fs.writeFileSync(path.join(directory, 'LOCK.3'), JSON.stringify(elsewhere))
    await assert.rejects(openStore(directory, OPTIONS), { code: 'ERR_LOCKED' })
  })
})

describe('checkpoints, prune, fork and salvage', () => {
  const SETTINGS = { compress: false, level: 3, baseSeq: -1, timeMs: 7, disk: true }

  test('a state comes back, or its damage is told', async (t) => {
    const directory = temporaryFolder(t)
    const store = await openStore(directory, OPTIONS)
    await store.commit(...group([{ events: [{ data: 'a' }] }]), OS)
    const state = Buffer.from('{"a":1}')
    assert.deepEqual(await store.writeCheckpoint('Ü/.', 1, 2, state, SETTINGS), { storedBytes: 107 })
    assert.equal(store.info().durableSeq, 1)
    const file = '%C3%9C%2F%2E.00000000000000000001.checkpoint'
    const [listed] = await store.checkpoints(null)
    assert.deepEqual(listed, {
      name: 'Ü/.',
      seq: 1,
      timeMs: 7,
      kind: 2,
      bytes: 7,
      storedBytes: 107,
      baseSeq: -1,
      file,
      fault: null
    })
    const { bytes, kind, timeMs } = await store.readCheckpoint('Ü/.', 1)
    assert.deepEqual({ text: Buffer.from(bytes).toString(), kind, timeMs }, { text: '{"a":1}', kind: 2, timeMs: 7 })
    await assert.rejects(store.readCheckpoint('Ü/.', 0), { code: 'ERR_INVALID_ARG' })
    await assert.rejects(store.writeCheckpoint('a', 2, 0, state, SETTINGS), { code: 'ERR_INVALID_ARG' })
    const content = fs.readFileSync(path.join(directory, file))
    for (let bit = 0; bit < content.length * 8; bit++) {
      const turned = Buffer.from(content)
      turned[bit >> 3] ^= 1 << (bit & 7)
      fs.writeFileSync(path.join(directory, file), turned)
      await assert.rejects(store.readCheckpoint('Ü/.', 1), { code: 'ERR_CORRUPT' }, `bit ${bit}`)
    }
    assert.equal((await store.verify()).problems.length, 1)
    await store.close()
  })

  test('prune keeps what a checkpoint needs; fork and salvage keep what is there', async (t) => {
    const folder = temporaryFolder(t)
    const directory = path.join(folder, 'log')
    const store = await openStore(directory, OPTIONS)
    const random = randomFrom(SEED)
    for (let number = 0; number < 200; number++) await store.commit(...group([randomBatch(random, number)]), OS)
    const all = await events(store)
    const { nextSeq } = store.info()
    for (const seq of [50, 100, nextSeq]) await store.writeCheckpoint('s', seq, 0, Buffer.from(String(seq)), SETTINGS)
    for (const atSeq of [0, 1, 77, nextSeq]) {
      const to = path.join(folder, `fork ${atSeq}`)
      if (atSeq === 77) fs.mkdirSync(to)
      assert.deepEqual(await store.fork(to, atSeq), { events: atSeq })
      const fork = await openStore(to, OPTIONS)
      assert.deepEqual(await events(fork), all.slice(0, atSeq))
      assert.notEqual(fork.info().id, store.info().id)
      assert.equal((await fork.checkpoints('s')).length, [50, 100, nextSeq].filter((seq) => seq <= atSeq).length)
      assert.deepEqual((await fork.verify()).problems, [])
      await fork.commit(...group([{ events: [{ data: 'on' }] }]), DISK)
      await fork.close()
    }
    await assert.rejects(store.fork(path.join(folder, 'fork 1'), 1), { code: 'ERR_INVALID_ARG' })
    const report = await store.prune(nextSeq, 2)
    assert.equal(report.heldBy, 's')
    assert.equal(report.checkpointsRemoved, 1)
    assert.ok(report.firstSeq <= 100 && report.firstSeq > 0, String(report.firstSeq))
    assert.deepEqual(await events(store), all.slice(report.firstSeq))
    await store.prune(nextSeq, 1)
    const { firstSeq } = store.info()
    assert.equal(store.segments.length, 1)
    await store.close()
    const again = await openStore(directory, OPTIONS)
    assert.deepEqual(await events(again), all.slice(firstSeq))
    await again.close()
    const out = path.join(folder, 'out')
    const salvaged = await salvageFallback(directory, out)
    assert.deepEqual([salvaged.events, salvaged.lost, salvaged.checkpoints], [nextSeq - firstSeq, [], 1])
    const copy = await openStore(out, { ...OPTIONS, readOnly: true })
    assert.deepEqual(await events(copy), all.slice(firstSeq))
  })
})
