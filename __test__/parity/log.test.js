'use strict'

// The two engines of the log, each on its own copy of the same directory: the same answers, and the same bytes.

const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { describe, test } = require('node:test')
const { binding } = require('../../lib/log/binding')
const fallback = require('../../lib/log/fallback')
const { Log } = require('../../lib/log/log')
const { load } = require('../../lib/native')
const { SEED, fuzzRuns, randomFrom } = require('../engines')
const { group } = require('../log')
const { temporaryFolder } = require('../sandbox')
const { NODE_HAS_ZSTD, SAME_ZSTD } = require('../zstd')

const { addon } = load()
assert.ok(addon, 'the addon is built')

/** @typedef {ReturnType<typeof randomFrom>} Random */
/** @typedef {'native' | 'fallback'} Engine */
/** @typedef {{ openStore: (directory: string, options: any) => Promise<any>, salvageStore: (from: string, to: string) => Promise<any> }} Stores */

/** @type {Record<Engine, Stores>} */
const STORES = { native: /** @type {any} */ (binding(addon)), fallback }
/** @type {readonly Engine[]} */
const ENGINES = ['native', 'fallback']

/** Of damage; the other tests have a part of them. */
const RUNS = fuzzRuns(80)
const DISK = 2
const OPTIONS = { segmentBytes: 65_536, readOnly: false, create: true, level: 0 }
const READ_ONLY = { ...OPTIONS, readOnly: true, create: false }
const ALL = { from: 0, to: Infinity, reverse: false, stream: null, types: null, limit: Infinity }
const STREAMS = ['', 'a', 'b', 'stream with a name', 'ü']
const TYPES = ['', 't', 'Ω']
const NAMES = ['state', 'a/Ü', 'z']
const FRAME_OPTIONS = {
  ...OPTIONS,
  level: 3,
  dictionary: Buffer.from('{"role":"user","content":"to and fro"}'.repeat(20))
}

/** Every file of a log but those of its locks: a hash of each. @param {string} directory */
function files(directory) {
  const names = fs
    .readdirSync(directory)
    .filter((name) => !name.startsWith('LOCK'))
    .sort()
  return names.map((name) => {
    const content = fs.readFileSync(path.join(directory, name))
    return `${name} ${content.length} ${createHash('sha1').update(content).digest('hex')}`
  })
}

/**
 * What came of a call: its value, or what its error tells.
 * @param {string} directory which is not told
 * @param {() => Promise<any>} call
 */
async function outcome(directory, call) {
  try {
    return { value: await call() }
  } catch (error) {
    const {
      name,
      code,
      errno,
      poisoned,
      segment,
      offsetBytes,
      lastGoodSeq,
      nextGoodSeq,
      argument,
      message,
      path: of
    } = Object(error)
    if (name !== 'TenonError' || code === 'ERR_INTERNAL') throw error
    const told = { code, errno, poisoned, segment, offsetBytes, lastGoodSeq, nextGoodSeq, argument }
    const relative = typeof of === 'string' ? path.relative(directory, of) : of
    // The system's words are Node's on one side and Rust's on the other.
    return { ...told, path: relative, message: code === 'ERR_IO' ? undefined : message.replaceAll(directory, '') }
  }
}

/**
 * The packets of a reading, up to the error that ends it.
 * @param {string} directory
 * @param {any} store
 * @param {object} [range]
 * @param {[number, number]} [most]
 */
async function packets(directory, store, range = {}, most = [1000, 1 << 20]) {
  const cursor = store.cursor({ ...ALL, ...range })
  const found = []
  for (;;) {
    const step = await outcome(directory, () => cursor.next(...most))
    if (!('value' in step)) {
      found.push(step)
      break
    }
    if (step.value === null) break
    const { bytes, meta, names } = step.value
    found.push({ bytes: createHash('sha1').update(bytes).digest('hex'), meta: Array.from(meta), names })
  }
  cursor.close()
  return found
}

/** @param {Random} random @param {number} size */
function randomText(random, size) {
  const word = random.pick(['to and fro ', 'x', '{"role":"user"}', 'äöü'])
  const text = `${random.below(1e9)} ${word.repeat(Math.ceil(size / word.length))}`
  return Buffer.from(text).subarray(0, size)
}

/** @param {Random} random @param {number} most bytes of an event */
function randomBatch(random, most) {
  const sizes = [0, 1, 7, 8, 100, 100, 1000, 5000, 30_000, 200_000].filter((size) => size <= most)
  const stream = random.pick(STREAMS)
  const events = Array.from({ length: random.pick([1, 1, 1, 2, 5, 20]) }, () => ({
    data: randomText(random, random.pick(sizes)),
    stream: random.below(4) === 0 ? random.pick(STREAMS) : stream,
    type: random.pick(TYPES),
    timeMs: random.pick([0, 1, 1_700_000_000_000, 2 ** 48 - 1]),
    kind: random.below(3)
  }))
  const key = random.below(3) === 0 ? `key ${random.below(30)}` : ''
  return { events, key, expectedSeq: random.below(6) === 0 ? random.below(10) : -1 }
}

/** @param {Random} random @param {number} end */
function randomRange(random, end) {
  return {
    from: random.below(3) === 0 ? random.below(end + 3) : 0,
    to: random.below(3) === 0 ? random.below(end + 3) : Infinity,
    reverse: random.below(3) === 0,
    stream: random.below(3) === 0 ? random.pick([...STREAMS, 'no such']) : null,
    types: random.below(4) === 0 ? [random.pick(TYPES), random.pick(TYPES)] : null,
    limit: random.below(5) === 0 ? random.below(20) : Infinity
  }
}

/**
 * @typedef {object} Workload
 * @property {number} steps
 * @property {number} most bytes of an event
 * @property {readonly number[]} durabilities
 * @property {boolean} [compress] whether checkpoints are compressed
 * @property {object} [options] of opening
 */

/**
 * Does what a seed says with a log, and says what came of it.
 * @param {Engine} engine
 * @param {string} directory
 * @param {Random} random
 * @param {Workload} workload
 */
async function work(engine, directory, random, { steps, most, durabilities, compress = false, options = OPTIONS }) {
  const told = []
  let store = await STORES[engine].openStore(directory, options)
  const { id } = store.info()
  const tell = async (/** @type {string} */ what, /** @type {() => Promise<any>} */ call) =>
    told.push({ what, ...(await outcome(directory, call)), info: store.info() })
  for (let step = 0; step < steps; step++) {
    const { firstSeq, nextSeq } = store.info()
    switch (random.below(16)) {
      case 0:
        await tell('close', () => store.close())
        told.push(files(directory))
        store = await STORES[engine].openStore(directory, options)
        await tell('open', async () => store.recovery)
        break
      case 1: {
        const name = random.pick(NAMES)
        const seq = random.below(3) === 0 ? random.below(nextSeq + 3) : nextSeq
        const text = randomText(random, random.pick([0, 5, 300, 5000]))
        const older = (await store.checkpoints(name)).filter((/** @type {any} */ other) => other.seq < seq)
        const baseSeq = compress && older.length > 0 && random.below(2) === 0 ? random.pick(older).seq : -1
        const disk = random.below(2) === 0
        const settings = {
          compress: baseSeq >= 0 || (compress && random.below(2) === 0),
          level: 3,
          baseSeq,
          timeMs: step,
          disk
        }
        const kind = random.pick([0, 2])
        const state = kind === 2 ? Buffer.from(JSON.stringify({ text: text.toString('latin1') })) : text
        await tell('write checkpoint', async () => {
          const { storedBytes } = await store.writeCheckpoint(name, seq, kind, state, settings)
          return SAME_ZSTD || !settings.compress ? storedBytes : undefined
        })
        break
      }
      case 2:
        if (random.below(3) > 0) break
        await tell('prune', async () => {
          const report = await store.prune(random.below(nextSeq + 1), random.pick([-1, 1, 2]))
          return compress && !SAME_ZSTD ? { ...report, bytesRemoved: 0 } : report
        })
        break
      case 3:
        await tell('flush', () => store.flush())
        break
      case 4: {
        const range = randomRange(random, nextSeq)
        const packet = /** @type {[number, number]} */ ([random.pick([1, 7, 1000]), random.pick([1, 5000, 1 << 20])])
        await tell('read', () => packets(directory, store, range, packet))
        break
      }
      case 5:
        await tell('list', () => listed(store, compress))
        await tell('stats', async () => {
          const { segments, bytes, streams, checkpoints } = await store.stats()
          return { segments, bytes: compress && !SAME_ZSTD ? 0 : bytes, streams, checkpoints }
        })
        await tell('verify', () => verified(store, compress))
        break
      case 6: {
        const name = random.pick(NAMES)
        for (const { seq } of await store.checkpoints(name)) {
          await tell('read checkpoint', async () => {
            const { bytes, kind, timeMs } = await store.readCheckpoint(name, seq)
            return { bytes: Buffer.from(bytes).toString('latin1'), kind, timeMs }
          })
        }
        await tell('read no checkpoint', () => store.readCheckpoint(name, nextSeq + 1))
        break
      }
      case 7: {
        if (random.below(3) > 0) break
        const atSeq = firstSeq + random.below(nextSeq - firstSeq + 2)
        await tell('fork', async () => {
          const { events } = await store.fork(`${directory}-fork`, atSeq)
          const fork = await STORES[engine].openStore(`${directory}-fork`, READ_ONLY)
          assert.notEqual(fork.info().id, id)
          const result = [
            events,
            { ...fork.info(), id: '' },
            await packets(directory, fork),
            await listed(fork, compress)
          ]
          result.push(await verified(fork, compress))
          await fork.close()
          return result
        })
        await tell('fork again', () => store.fork(`${directory}-fork`, nextSeq))
        fs.rmSync(`${directory}-fork`, { recursive: true, force: true })
        break
      }
      default: {
        const batches = Array.from({ length: random.pick([1, 1, 2, 4]) }, () => randomBatch(random, most))
        const durability = random.pick(durabilities)
        await tell('commit', async () => Array.from(await store.commit(...group(batches), durability)))
      }
    }
  }
  await tell('close', () => store.close())
  return told
}

/** @param {any} store @param {boolean} compress */
async function listed(store, compress) {
  const list = await store.checkpoints(null)
  return list.map((/** @type {any} */ entry) => ({
    ...entry,
    file: '',
    ...(compress && !SAME_ZSTD && { storedBytes: 0 })
  }))
}

/** @param {any} store @param {boolean} compress */
async function verified(store, compress) {
  const report = await store.verify()
  return compress && !SAME_ZSTD ? { ...report, bytes: 0 } : report
}

/**
 * Each engine does the same with its own copy.
 * @param {string} folder
 * @param {string} directory
 * @param {(engine: Engine, copy: string) => Promise<any>} run
 * @returns {Promise<any[]>}
 */
async function both(folder, directory, run) {
  const told = []
  for (const engine of ENGINES) {
    // Both are in the same place, so that no path differs.
    const copy = path.join(folder, 'copy')
    fs.rmSync(copy, { recursive: true, force: true })
    fs.cpSync(directory, copy, { recursive: true })
    told.push(await run(engine, copy))
    fs.rmSync(copy, { recursive: true, force: true })
  }
  return told
}

describe('the engines of the log', () => {
  test('the same calls, the same answers and the same bytes', async (t) => {
    t.diagnostic(`seed ${SEED}`)
    const folder = temporaryFolder(t)
    for (let run = 0; run < RUNS / 5; run++) {
      const seed = SEED + run
      const random = randomFrom(seed)
      const directory = path.join(folder, `log ${run}`)
      const maker = random.pick(ENGINES)
      const steps = 10 + random.below(50)
      const most = random.pick([1000, 5000, 30_000, 200_000])
      const durabilities = random.pick([[0, 1, 2], [2], [0, 1]])
      const compress = NODE_HAS_ZSTD && random.below(2) === 0
      await work(maker, directory, randomFrom(seed + 1e6), { steps: random.below(20), most, durabilities })
      const workload = { steps, most, durabilities, compress }
      const [native, inJavaScript] = await both(folder, directory, async (engine, copy) => {
        const told = await work(engine, copy, randomFrom(seed + 2e6), workload)
        return { told, files: files(copy) }
      })
      for (const [index, told] of native.told.entries()) {
        if (compress && !SAME_ZSTD && Array.isArray(told)) continue
        assert.deepEqual(inJavaScript.told[index], told, `seed ${seed}, step ${index}`)
      }
      if (!compress || SAME_ZSTD) assert.deepEqual(inJavaScript.files, native.files, `seed ${seed}`)
      fs.rmSync(directory, { recursive: true })
    }
  })

  test('what one wrote, the other reads and goes on with, in turns', async (t) => {
    const folder = temporaryFolder(t)
    for (let run = 0; run < RUNS / 20; run++) {
      const random = randomFrom(SEED + 3e6 + run)
      const directory = path.join(folder, `log ${run}`)
      for (let turn = 0; turn < 6; turn++) {
        const engine = ENGINES[(run + turn) % 2]
        const isFrames = random.below(3) === 0 && (engine === 'native' || SAME_ZSTD)
        await work(engine, directory, random, {
          steps: 15,
          most: 5000,
          durabilities: [0, 1, 2],
          compress: engine === 'native' || NODE_HAS_ZSTD,
          options: isFrames ? FRAME_OPTIONS : OPTIONS
        })
        const seen = []
        for (const reader of ENGINES) seen.push(await readEverything(reader, directory))
        assert.deepEqual(seen[1], seen[0], `seed ${SEED + 3e6 + run}, turn ${turn}`)
        assert.deepEqual(seen[0].verify.value.problems, [])
      }
    }
  })

  test('readings of every kind give the same packets', async (t) => {
    const folder = temporaryFolder(t)
    for (let run = 0; run < RUNS / 30; run++) {
      const random = randomFrom(SEED + 4e6 + run)
      const directory = path.join(folder, `log ${run}`)
      const options = run % 2 ? FRAME_OPTIONS : OPTIONS
      await work('native', directory, random, { steps: 80, most: 5000, durabilities: [1], options })
      const stores = []
      for (const engine of ENGINES) stores.push(await STORES[engine].openStore(directory, READ_ONLY))
      const { nextSeq } = stores[0].info()
      for (let reading = 0; reading < 60; reading++) {
        const range = randomRange(random, nextSeq)
        const most = /** @type {[number, number]} */ ([
          random.pick([1, 3, 100, 10_000]),
          random.pick([1, 999, 1 << 20])
        ])
        const native = await packets(directory, stores[0], range, most)
        const inJavaScript = await packets(directory, stores[1], range, most)
        assert.deepEqual(inJavaScript, native, `seed ${SEED + 4e6 + run}: ${JSON.stringify({ range, most })}`)
      }
      for (const store of stores) await store.close()
    }
  })

  test('damage is told, cut off and salvaged alike', async (t) => {
    t.diagnostic(`seed ${SEED}`)
    const folder = temporaryFolder(t)
    let directory = ''
    for (let run = 0; run < RUNS; run++) {
      const seed = SEED + 5e6 + run
      const random = randomFrom(seed)
      if (run % 8 === 0) {
        if (directory !== '') fs.rmSync(directory, { recursive: true })
        directory = path.join(folder, `log ${run}`)
        await work(random.pick(ENGINES), directory, randomFrom(seed), {
          steps: 20 + random.below(40),
          most: random.pick([100, 1000, 5000]),
          durabilities: random.pick([[0, 1, 2], [2], [1], [1]])
        })
        // Frames, and states that stand on others.
        if (random.below(2) === 0) {
          const workload = { steps: 15, most: 1000, durabilities: [1], compress: true, options: FRAME_OPTIONS }
          await work('native', directory, randomFrom(seed + 1), workload)
        }
      }
      const damaged = path.join(folder, 'damaged')
      fs.cpSync(directory, damaged, { recursive: true })
      const how = Array.from({ length: random.pick([1, 1, 2, 4]) }, () => damage(random, damaged))
      const [native, inJavaScript] = await both(folder, damaged, outcomesOf)
      assert.deepEqual(inJavaScript, native, `seed ${seed}: ${how.join(', ')}`)
      fs.rmSync(damaged, { recursive: true })
    }
  })
})

describe('one writer, whichever engine', () => {
  const script = `
    const { openStore } = process.argv[1] === 'native'
      ? require(${JSON.stringify(require.resolve('../../lib/log/binding'))}).binding(require(${JSON.stringify(require.resolve('../../lib/native'))}).load().addon)
      : require(${JSON.stringify(require.resolve('../../lib/log/fallback'))})
    openStore(process.argv[2], ${JSON.stringify(OPTIONS)}).then(
      async (store) => {
        await store.commit(Buffer.from('x'), Float64Array.of(0, 0, 0, 1, 1, 0, -1, 0), 1)
        console.log('open')
        if (process.argv[3] === 'stay') setInterval(() => store, 1000)
        else await store.close()
      },
      ({ code, owner, message }) => console.log(JSON.stringify({ code, owner, message }))
    )`

  for (const holder of ENGINES) {
    for (const other of ENGINES) {
      test(`${holder} has it, and ${other} waits until it is gone`, async (t) => {
        const directory = path.join(temporaryFolder(t), 'log')
        const child = spawn(process.execPath, ['-e', script, holder, directory, 'stay'], {
          stdio: ['ignore', 'pipe', 'inherit']
        })
        t.after(() => child.kill('SIGKILL'))
        await once(child.stdout, 'data')
        const inAnother = () => {
          const { stdout, stderr } = spawnSync(process.execPath, ['-e', script, other, directory], { encoding: 'utf8' })
          assert.equal(stderr, '')
          return stdout.trim()
        }
        const refused = JSON.parse(inAnother())
        const { openedMs, ...owner } = refused.owner
        assert.deepEqual(owner, { pid: child.pid, host: os.hostname(), engine: holder })
        assert.ok(Math.abs(openedMs - Date.now()) < 3_600_000)
        assert.equal(refused.code, 'ERR_LOCKED')
        assert.equal(refused.message, `'${directory}' is open for writing by process ${child.pid} on ${owner.host}`)
        await assert.rejects(STORES[other].openStore(directory, OPTIONS), { code: 'ERR_LOCKED' })
        // Reading needs no lock.
        const reader = await STORES[other].openStore(directory, READ_ONLY)
        assert.equal(reader.info().nextSeq, 1)
        await reader.close()
        child.kill('SIGKILL')
        await once(child, 'exit')
        assert.equal(inAnother(), 'open')
        const store = await STORES[other].openStore(directory, OPTIONS)
        assert.equal(store.info().nextSeq, 2)
        assert.equal(fs.readdirSync(directory).filter((name) => name.startsWith('LOCK.')).length, 1)
        await store.close()
        assert.deepEqual(
          fs.readdirSync(directory).filter((name) => name.startsWith('LOCK.')),
          []
        )
      })
    }
  }

  test('a name that is not of this host, or that is half written', async (t) => {
    for (const engine of ENGINES) {
      const directory = path.join(temporaryFolder(t), 'log')
      fs.mkdirSync(directory)
      fs.writeFileSync(path.join(directory, 'LOCK.4'), '{"pid":')
      const store = await STORES[engine].openStore(directory, OPTIONS)
      assert.ok(fs.existsSync(path.join(directory, 'LOCK.5')))
      await store.close()
      const elsewhere = {
        pid: 1,
        start: null,
        boot: null,
        namespace: null,
        host: 'elsewhere',
        engine: 'native',
        openedMs: 1
      }
      fs.writeFileSync(path.join(directory, 'LOCK.7'), JSON.stringify(elsewhere))
      const { code, owner } = await STORES[engine].openStore(directory, OPTIONS).catch((error) => error)
      assert.deepEqual(
        { code, owner },
        { code: 'ERR_LOCKED', owner: { pid: 1, host: 'elsewhere', engine: 'native', openedMs: 1 } }
      )
    }
  })
})

/** @param {Engine} engine @param {string} directory */
async function readEverything(engine, directory) {
  const store = await STORES[engine].openStore(directory, READ_ONLY)
  const states = []
  for (const { name, seq } of await store.checkpoints(null)) {
    states.push(
      await outcome(directory, async () => {
        const { bytes, kind, timeMs } = await store.readCheckpoint(name, seq)
        return { bytes: Buffer.from(bytes).toString('latin1'), kind, timeMs }
      })
    )
  }
  const log = new Log(store, { durability: DISK, readOnly: true, level: 0 })
  const restored = []
  for (const name of NAMES) {
    restored.push(
      await outcome(directory, async () => {
        const { state, ...rest } = await log.restore(name)
        const skipped = rest.skipped.map(({ seq, reason }) => ({ seq, reason: reason.replaceAll(directory, '') }))
        return { ...rest, skipped, state: state instanceof Uint8Array ? Buffer.from(state).toString('latin1') : state }
      })
    )
  }
  const seen = {
    info: store.info(),
    recovery: store.recovery,
    forward: await packets(directory, store),
    back: await packets(directory, store, { reverse: true }),
    half: await packets(directory, store, { from: store.info().nextSeq >> 1 }),
    stream: await packets(directory, store, { stream: 'b' }),
    streamBack: await packets(directory, store, { stream: 'ü', reverse: true }),
    list: await store
      .checkpoints(null)
      .then((/** @type {any[]} */ list) => list.map((entry) => ({ ...entry, file: '' }))),
    states,
    restored,
    verify: await outcome(directory, () => store.verify())
  }
  await store.close()
  return seen
}

/** What an engine makes of a directory that may be damaged. @param {Engine} engine @param {string} directory */
async function outcomesOf(engine, directory) {
  const before = files(directory)
  const read = await outcome(directory, () => readEverything(engine, directory))
  assert.deepEqual(files(directory), before, 'a reader changed something')
  const out = `${directory}-out`
  const salvage = await outcome(directory, () => STORES[engine].salvageStore(directory, out))
  assert.deepEqual(files(directory), before, 'salvage changed something')
  let salvaged
  if ('value' in salvage) {
    salvaged = await readEverything(engine, out)
    salvaged.info.id = ''
    // Which bytes are zero depends on the log's id.
    // A damaged dictionary comes along, since a whole one may be found elsewhere; what was compressed with it is not lost.
    const problems = salvaged.verify.value.problems.filter(
      (/** @type {{ file: string }} */ { file }) => !file.endsWith('.dictionary')
    )
    assert.deepEqual(problems, [])
  }
  fs.rmSync(out, { recursive: true, force: true })
  const fork = await outcome(directory, async () => {
    const store = await STORES[engine].openStore(directory, READ_ONLY)
    try {
      return await store.fork(out, store.info().nextSeq)
    } finally {
      await store.close()
      fs.rmSync(out, { recursive: true, force: true })
    }
  })
  // A new log has an id of its own.
  if (!before.some((file) => /^0\d{19}\.segment /.test(file))) return { read, salvage, fork }
  const write = await outcome(directory, async () => {
    const store = await STORES[engine].openStore(directory, OPTIONS)
    const told = [store.recovery, store.info(), files(directory), await packets(directory, store)]
    for (const durability of [1, DISK]) {
      const batch = { events: [{ data: 'next', stream: 'b' }], key: 'key 3' }
      told.push(
        await outcome(directory, async () =>
          Array.from(await store.commit(...group([batch, { events: batch.events }]), durability))
        )
      )
    }
    told.push(await outcome(directory, () => store.prune(store.info().nextSeq >> 1, 1)))
    await store.close()
    return told
  })
  return { read, salvage, salvaged, fork, write, files: files(directory) }
}

/** Damages a file or more of a log. Says how. @param {Random} random @param {string} directory */
function damage(random, directory) {
  const names = fs
    .readdirSync(directory)
    .filter((name) => !name.startsWith('LOCK'))
    .sort()
  const segments = names.filter((name) => name.endsWith('.segment'))
  // The last segment is the one that can be torn.
  const name =
    random.below(3) === 0
      ? random.pick(names)
      : random.below(2) === 0
        ? segments[segments.length - 1]
        : random.pick(segments)
  if (name === undefined) return 'nothing'
  const file = path.join(directory, name)
  const content = fs.readFileSync(file)
  const place = random.below(4) === 0 ? random.below(200) : random.below(content.length + 1)
  switch (random.below(9)) {
    case 0:
    case 1: {
      const at = Math.min(place, content.length - 1)
      if (at < 0) return 'nothing'
      content[at] ^= 1 << random.below(8)
      fs.writeFileSync(file, content)
      return `a bit of ${name} at ${at}`
    }
    case 2:
      fs.truncateSync(file, Math.min(place, content.length))
      return `${name} cut to ${place}`
    case 3: {
      const start = place - (place % 512)
      content.subarray(start, start + 512 * (1 + random.below(3))).fill(0)
      fs.writeFileSync(file, content)
      return `zeros in ${name} at ${start}`
    }
    case 4:
      if (random.below(2) > 0) return 'nothing'
      fs.rmSync(file)
      return `${name} gone`
    case 5: {
      const other = random.pick(names)
      fs.writeFileSync(file, fs.readFileSync(path.join(directory, other)))
      fs.writeFileSync(path.join(directory, other), content)
      return `${name} and ${other} swapped`
    }
    case 6: {
      const garbage = Buffer.from(Array.from({ length: random.pick([1, 8, 100, 5000]) }, () => random.below(256)))
      const zeros = Buffer.alloc(random.pick([0, 8, 4096]))
      fs.appendFileSync(file, Buffer.concat([zeros, garbage, random.pick([Buffer.alloc(0), zeros])]))
      return `garbage behind ${name}`
    }
    case 7: {
      // Records that are right in themselves, elsewhere.
      const from = random.below(content.length / 8 + 1) * 8
      const part = content.subarray(from, from + random.pick([64, 512, 4096]))
      const to = Math.min(Math.floor(place / 8) * 8, content.length)
      fs.writeFileSync(
        file,
        Buffer.concat([content.subarray(0, to), part, content.subarray(to + (random.below(2) ? part.length : 0))])
      )
      return `${name} from ${from} copied to ${to}`
    }
    default: {
      const left = random.pick([
        'x.tmp',
        `${name}.tmp`,
        'note.txt',
        '00000000000000000000-64.lost',
        '99999999999999999999.segment'
      ])
      fs.writeFileSync(path.join(directory, left), 'left')
      return `${left} left`
    }
  }
}
