'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')
const { promisify } = require('node:util')
const tenon = require('../..')
const { createSaver } = require('../../lib/log/langgraph')
const { openPostgresLog } = require('../../lib/log/postgres')
const { openPostgres, withoutPostgres } = require('../postgres')

const ROOT = path.join(__dirname, '..', '..')
const VITEST = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')

/** How many tests LangGraph's validation has at least. */
const VALIDATIONS = 700

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-langgraph-'))
after(() => fs.rmSync(scratch, { recursive: true }))

/** Runs LangGraph's own validation, and says what failed. @param {NodeJS.ProcessEnv} env */
async function validation(env) {
  const report = path.join(fs.mkdtempSync(path.join(scratch, 'report-')), 'report.json')
  const args = ['run', '--globals', '--root', ROOT, '--dir', '__test__', 'langgraph.spec.mjs']
  const reporting = ['--reporter=json', `--outputFile=${report}`]
  // It says by its exit that a test failed; which one is in the report.
  const ran = await promisify(execFile)(process.execPath, [VITEST, ...args, ...reporting], {
    cwd: ROOT,
    // Vitest must not take this for one of its own workers, nor the runner's variable for its own.
    env: { ...process.env, NODE_TEST_CONTEXT: '', ...env }
  }).catch((error) => error)
  if (!fs.existsSync(report)) throw new Error(`vitest made no report: ${ran.stdout}\n${ran.stderr}`)
  const { numPassedTests, testResults } = JSON.parse(fs.readFileSync(report, 'utf8'))
  const failed = testResults.flatMap((/** @type {any} */ { assertionResults, message }) => [
    ...(message ? [message] : []),
    ...assertionResults
      .filter((/** @type {any} */ { status }) => status !== 'passed')
      .map((/** @type {any} */ { fullName, failureMessages }) => `${fullName}: ${failureMessages[0]}`)
  ])
  return { passed: numPassedTests, failed }
}

/** @param {string} id @param {Record<string, unknown>} values @param {Record<string, number>} versions */
const checkpointOf = (id, values, versions) => ({
  v: 4,
  id,
  ts: '2026-01-01T00:00:00.000Z',
  channel_values: values,
  channel_versions: versions,
  versions_seen: {}
})

/** @type {any} */
const METADATA = { source: 'loop', step: 0, parents: {} }

/** @param {string} thread @param {string} [id] */
const configOf = (thread, id) => ({ configurable: { thread_id: thread, checkpoint_ns: '', checkpoint_id: id } })

describe('the LangGraph saver', () => {
  test('passes the validation of LangGraph', async () => {
    const { passed, failed } = await validation({ TENON_TEST_LANGGRAPH: '' })
    assert.deepEqual(failed, [])
    assert.ok(passed >= VALIDATIONS, `${passed} tests passed`)
  })

  test('stores what is new in a step, and not the whole state', async () => {
    const log = await tenon.log.openLog(path.join(scratch, 'growth'), { durability: 'os' })
    const saver = await createSaver(log)
    const large = 'x'.repeat(100_000)
    let config = configOf('t')
    for (let step = 1; step <= 50; step++) {
      const values = { large, counter: step }
      const versions = { large: 1, counter: step }
      const news = step === 1 ? versions : { counter: step }
      config = /** @type {any} */ (
        await saver.put(config, checkpointOf(String(step).padStart(3, '0'), values, versions), METADATA, news)
      )
    }
    const { bytes } = await log.stats()
    assert.ok(bytes < 300_000, `50 steps of a state of 100,000 bytes take ${bytes} bytes`)
    for (const step of [1, 25, 50]) {
      const tuple = await saver.getTuple(configOf('t', String(step).padStart(3, '0')))
      assert.deepEqual(tuple?.checkpoint.channel_values, { large, counter: step })
    }
    await log.close()
  })

  test('knows its threads when the log is opened again', async () => {
    const directory = path.join(scratch, 'again')
    let log = await tenon.log.openLog(directory, { durability: 'os' })
    let saver = await createSaver(log, { cacheBytes: 0 })
    await log.append({ some: 'event of another' })
    const config = await saver.put(configOf('t'), checkpointOf('1', { a: [1] }, { a: 1 }), METADATA, { a: 1 })
    await saver.putWrites(config, [['a', 'x']], 'task-2', 'path')
    await saver.putWrites(config, [['a', 'y']], 'task-1', 'path')
    await saver.putWrites(config, [['a', 'not again']], 'task-1', 'path')
    await saver.putWrites(config, [['__error__', 'first']], 'task-1', 'path')
    await saver.putWrites(config, [['__error__', 'second']], 'task-1', 'path')
    await saver.put(configOf('gone'), checkpointOf('1', {}, {}), METADATA, {})
    await saver.deleteThread('gone')
    const before = await saver.getTuple(configOf('t'))
    await log.close()
    log = await tenon.log.openLog(directory)
    saver = await createSaver(log, { cacheBytes: 0 })
    assert.deepEqual(await saver.getTuple(configOf('t')), before)
    assert.deepEqual(before?.pendingWrites, [
      ['task-1', '__error__', 'second'],
      ['task-1', 'a', 'y'],
      ['task-2', 'a', 'x']
    ])
    assert.equal(await saver.getTuple(configOf('gone')), undefined)
    await log.close()
  })

  test('keeps branches apart that give one version to different values', async () => {
    const log = await tenon.log.openLog(path.join(scratch, 'branches'), { durability: 'os' })
    const saver = await createSaver(log)
    const root = await saver.put(configOf('t'), checkpointOf('1', { a: 'root' }, { a: 1 }), METADATA, { a: 1 })
    const left = await saver.put(root, checkpointOf('2', { a: 'left' }, { a: 2 }), METADATA, { a: 2 })
    const right = await saver.put(root, checkpointOf('3', { a: 'right' }, { a: 2 }), METADATA, { a: 2 })
    // The end of each branch has news in another channel only.
    await saver.put(left, checkpointOf('4', { a: 'left', b: 1 }, { a: 2, b: 3 }), METADATA, { b: 3 })
    await saver.put(right, checkpointOf('5', { a: 'right', b: 2 }, { a: 2, b: 3 }), METADATA, { b: 3 })
    // A copy of one's end, as a fork makes it, under the parent of both.
    await saver.put(root, checkpointOf('6', { a: 'left', b: 1 }, { a: 2, b: 3 }), METADATA, {})
    const values = async (/** @type {string} */ id) =>
      (await saver.getTuple(configOf('t', id)))?.checkpoint.channel_values
    assert.deepEqual(await values('2'), { a: 'left' })
    assert.deepEqual(await values('4'), { a: 'left', b: 1 })
    assert.deepEqual(await values('5'), { a: 'right', b: 2 })
    assert.deepEqual(await values('6'), { a: 'left', b: 1 })
    await log.close()
  })

  test('says what is missing where events were pruned', async () => {
    const directory = path.join(scratch, 'pruned')
    const log = await tenon.log.openLog(directory, { durability: 'os', segmentBytes: 65_536 })
    let saver = await createSaver(log)
    const first = checkpointOf('1', { a: 'x'.repeat(70_000) }, { a: 1 })
    const config = await saver.put(configOf('t'), first, METADATA, { a: 1 })
    await log.append('x'.repeat(70_000))
    const second = checkpointOf('2', { a: first.channel_values.a, b: 1 }, { a: 1, b: 2 })
    await saver.put(config, second, METADATA, { b: 2 })
    const { eventsRemoved } = await log.prune({ before: 2 })
    assert.ok(eventsRemoved > 0)
    saver = await createSaver(log, { cacheBytes: 0 })
    await assert.rejects(saver.getTuple(configOf('t')), { code: 'ERR_CORRUPT' })
    await log.close()
  })

  test('says what it has not seen where others appended and pruned, and begins where the log begins', async () => {
    const log = await tenon.log.openLog(path.join(scratch, 'unseen'), { durability: 'os', segmentBytes: 65_536 })
    const [saver, other] = [await createSaver(log), await createSaver(log)]
    const put = (/** @type {any} */ by, /** @type {string} */ id) =>
      by.put(configOf('t'), checkpointOf(id, { a: 'x'.repeat(70_000) }, { a: Number(id) }), METADATA, { a: Number(id) })
    await put(saver, '1')
    for (const id of ['2', '3', '4']) await put(other, id)
    const { firstSeq } = await log.prune({ before: 3 })
    assert.ok(firstSeq > 1)
    const expected = {
      code: 'ERR_CORRUPT',
      message: new RegExp(`^events 1 to ${firstSeq - 1}, which .* pruned$`),
      lastGoodSeq: 0,
      nextGoodSeq: firstSeq
    }
    for (let again = 0; again < 2; again++) await assert.rejects(saver.getTuple(configOf('t')), expected)
    await assert.rejects(put(saver, '5'), expected)
    assert.equal((await other.getTuple(configOf('t')))?.checkpoint.id, '4')
    const anew = await createSaver(log)
    assert.equal((await anew.getTuple(configOf('t')))?.checkpoint.id, '4')
    await log.close()
  })

  test('a serializer that rejects rejects the put, and nothing else', async () => {
    /** @type {unknown[]} */
    const unhandled = []
    const onUnhandled = (/** @type {unknown} */ reason) => unhandled.push(reason)
    process.on('unhandledRejection', onUnhandled)
    const log = await tenon.log.openLog(path.join(scratch, 'rejected'), { durability: 'os' })
    const serde = {
      dumpsTyped: async (/** @type {any} */ value) => {
        if (value === 'bad' || value?.bad || value?.id === 'bad') throw new Error('cannot be dumped')
        return /** @type {[string, Uint8Array]} */ (['json', Buffer.from(JSON.stringify(value))])
      },
      loadsTyped: async (/** @type {string} */ _, /** @type {any} */ bytes) => {
        const value = JSON.parse(Buffer.from(bytes).toString())
        if (value?.unreadable) throw new Error('cannot be loaded')
        return value
      }
    }
    const saver = await createSaver(log, { serde })
    const expected = { message: 'cannot be dumped' }
    const bad = /** @type {any} */ ({ bad: true })
    const put = (/** @type {string} */ id, /** @type {any} */ values, /** @type {any} */ metadata) =>
      saver.put(configOf('t'), checkpointOf(id, values, { a: 1, b: 1 }), metadata, { a: 1, b: 1 })
    await assert.rejects(put('bad', { a: 'bad', b: 'bad' }, bad), expected)
    await assert.rejects(put('1', { a: 1, b: 2 }, bad), expected)
    await assert.rejects(put('1', { a: 1, b: 'bad' }, METADATA), expected)
    const config = await put('1', { a: 1, b: 2 }, METADATA)
    await assert.rejects(
      saver.putWrites(
        config,
        [
          ['a', 'bad'],
          ['b', 'bad']
        ],
        'task'
      ),
      expected
    )
    assert.deepEqual((await saver.getTuple(configOf('t')))?.checkpoint.channel_values, { a: 1, b: 2 })
    await put('2', { a: { unreadable: 1 }, b: { unreadable: 1 } }, METADATA)
    await assert.rejects(saver.getTuple(configOf('t')), { message: 'cannot be loaded' })
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', onUnhandled)
    assert.deepEqual(unhandled, [])
    await log.close()
  })

  test('refuses what is no log, unknown options and a checkpoint without a thread', async () => {
    await assert.rejects(createSaver(/** @type {any} */ ({})), { code: 'ERR_INVALID_ARG' })
    const log = await tenon.log.openLog(path.join(scratch, 'refused'), { durability: 'os' })
    await assert.rejects(createSaver(log, /** @type {any} */ ({ serder: 1 })), { code: 'ERR_INVALID_ARG' })
    const saver = await createSaver(log)
    await assert.rejects(saver.put({}, checkpointOf('1', {}, {}), METADATA, {}), { code: 'ERR_INVALID_ARG' })
    await log.append('none of its events', { type: 'langgraph/checkpoint' })
    await assert.rejects(saver.getTuple(configOf('t')), { code: 'ERR_CORRUPT' })
    await log.close()
  })
})

describe('the LangGraph saver over PostgreSQL', { skip: withoutPostgres() }, () => {
  /** @type {import('../postgres').Server} */
  let server
  before(async () => {
    server = await openPostgres()
  })
  after(() => server?.remove())

  test('passes the validation of LangGraph', async () => {
    const { passed, failed } = await validation({ TENON_TEST_LANGGRAPH: server.connectionString })
    assert.deepEqual(failed, [])
    assert.ok(passed >= VALIDATIONS, `${passed} tests passed`)
  })

  test('begins with a log that has only pruned events', async () => {
    const log = await openPostgresLog({
      connectionString: server.connectionString,
      name: `bare-${crypto.randomUUID()}`
    })
    await log.appendBatch(['a', 'b'])
    assert.equal((await log.prune({ before: 2 })).firstSeq, 2)
    const saver = await createSaver(log)
    await saver.put(configOf('t'), checkpointOf('1', { a: 1 }, { a: 1 }), METADATA, { a: 1 })
    assert.deepEqual((await saver.getTuple(configOf('t')))?.checkpoint.channel_values, { a: 1 })
    await log.close()
  })

  test('two savers of one log know of each other', async () => {
    const options = { connectionString: server.connectionString, name: `shared-${crypto.randomUUID()}` }
    const [log, other] = [await openPostgresLog(options), await openPostgresLog(options)]
    const [saver, another] = [await createSaver(log), await createSaver(other)]
    const config = await saver.put(configOf('t'), checkpointOf('1', { a: 1 }, { a: 1 }), METADATA, { a: 1 })
    await another.putWrites(config, [['a', 2]], 'task')
    await another.put(config, checkpointOf('2', { a: 1, b: 2 }, { a: 1, b: 2 }), METADATA, { b: 2 })
    const tuple = await saver.getTuple(configOf('t'))
    assert.deepEqual(tuple?.checkpoint.channel_values, { a: 1, b: 2 })
    assert.deepEqual((await saver.getTuple(configOf('t', '1')))?.pendingWrites, [['task', 'a', 2]])
    await another.deleteThread('t')
    assert.equal(await saver.getTuple(configOf('t')), undefined)
    await log.close()
    await other.close()
  })
})
