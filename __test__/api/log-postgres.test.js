'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')
const { setTimeout: wait } = require('node:timers/promises')
const { promisify } = require('node:util')
const { Client, Pool } = require('pg')
const { openPostgresLog } = require('../../lib/log/postgres')
const { findBinaries, openPostgres, startPostgres, withoutPostgres } = require('../postgres')

/** @typedef {import('../..').log.Log} Log */

const DRIVER = require.resolve('../../lib/log/postgres')

/** @param {Log} log @param {any} [options] */
async function data(log, options) {
  const found = []
  for await (const events of log.read(options)) found.push(...events.map((event) => event.data))
  return found
}

describe('what openPostgresLog is told', () => {
  test('is checked before anything is connected', async () => {
    const open = /** @type {any} */ (openPostgresLog)
    const connectionString = 'postgres://nobody@127.0.0.1:1/none'
    for (const options of [
      undefined,
      {},
      { name: 'a' },
      { name: '', connectionString },
      { name: 'a'.repeat(256), connectionString },
      { name: 'a', connectionString, schema: 'a\0b' },
      { name: 'a', connectionString, durability: 'none' },
      { name: 'a', connectionString, create: 1 },
      { name: 'a', connectionString, segmentBytes: 65_536 },
      { name: 'a', connectionString, pool: {} },
      { name: 'a', connectionString: 5 },
      { name: 'a', pool: {} },
      { name: 'a', client: {} }
    ]) {
      await assert.rejects(open(options), { code: 'ERR_INVALID_ARG' }, JSON.stringify(options))
    }
  })

  test('ERR_IO has the errno where nobody listens', async () => {
    const connectionString = 'postgres://nobody@127.0.0.1:1/none'
    const expected = { code: 'ERR_IO', errno: 'ECONNREFUSED', path: 'tenon/a' }
    await assert.rejects(openPostgresLog({ connectionString, name: 'a' }), expected)
  })

  test('ERR_UNSUPPORTED names pg where it is not installed', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-without-pg-'))
    try {
      fs.cpSync(path.dirname(path.dirname(DRIVER)), path.join(folder, 'lib'), { recursive: true })
      const script = `
        require('./lib/log/postgres').openPostgresLog({ name: 'a', connectionString: 'postgres://a/b' })
          .catch(({ code, message }) => console.log(code, message))
        require('./lib/log/langgraph').createSaver({ append() {}, read() {} })
          .catch(({ code, message }) => console.log(code, message))`
      const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: folder })
      assert.match(stdout, /^ERR_UNSUPPORTED .*npm install pg$/m)
      assert.match(stdout, /^ERR_UNSUPPORTED .*npm install @langchain\/langgraph-checkpoint @langchain\/core$/m)
    } finally {
      fs.rmSync(folder, { recursive: true })
    }
  })
})

describe('a log in PostgreSQL', { skip: withoutPostgres() }, () => {
  /** @type {import('../postgres').Server} */
  let server
  /** @type {string} */
  let connectionString
  const schema = `tenon "test" ${crypto.randomUUID()}`.slice(0, 60)
  const quoted = `"${schema.replaceAll('"', '""')}"`
  let count = 0
  const named = () => ({ connectionString, schema, name: `log-${count++}` })
  before(async () => {
    server = await openPostgres()
    connectionString = server.connectionString
  })
  after(async () => {
    if (!server) return
    await sql(`DROP SCHEMA IF EXISTS ${quoted} CASCADE`)
    await server.remove()
  })

  /** @param {string} text @param {unknown[]} [values] */
  async function sql(text, values) {
    const client = new Client({ connectionString })
    await client.connect()
    try {
      return (await client.query(text, values)).rows
    } finally {
      await client.end()
    }
  }

  test('is made once, however many make it at the same time', async () => {
    const options = { ...named(), schema: `${schema}2` }
    await assert.rejects(openPostgresLog({ ...options, create: false }), { code: 'ERR_IO', errno: 'ENOENT' })
    const logs = await Promise.all(Array.from({ length: 8 }, () => openPostgresLog(options)))
    await Promise.all(logs.map((log, index) => log.append(String(index))))
    assert.equal((await data(logs[0])).length, 8)
    await Promise.all(logs.map((log) => log.close()))
    await assert.rejects(openPostgresLog({ ...options, name: 'none', create: false }), {
      code: 'ERR_IO',
      errno: 'ENOENT'
    })
    await sql(`DROP SCHEMA "${options.schema.replaceAll('"', '""')}" CASCADE`)
  })

  test('lets exactly one of those append that expect the same seq', async () => {
    const options = named()
    const logs = await Promise.all(Array.from({ length: 4 }, () => openPostgresLog(options)))
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.allSettled(
        logs.map((log, index) => log.appendBatch([`${round}`, `${index}`], { stream: 's', expectedSeq: round * 2 }))
      )
      const won = answers.filter(({ status }) => status === 'fulfilled')
      assert.equal(won.length, 1)
      for (const answer of answers) {
        if (answer.status === 'fulfilled') continue
        assert.equal(answer.reason.code, 'ERR_CONFLICT')
        assert.equal(answer.reason.actual, round * 2 + 2)
      }
    }
    const stored = await data(logs[0])
    assert.deepEqual(
      stored.filter((_, index) => index % 2 === 0),
      Array.from({ length: 20 }, (_, round) => String(round))
    )
    assert.deepEqual((await logs[0].verify()).problems, [])
    await Promise.all(logs.map((log) => log.close()))
  })

  test('appends a key once, however many bring it at the same time', async () => {
    const options = named()
    const logs = await Promise.all(Array.from({ length: 4 }, () => openPostgresLog(options)))
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(
        logs.map((log, index) => log.append(String(round), { stream: `s${index}`, idempotencyKey: `key-${round}` }))
      )
      assert.deepEqual(
        answers.map(({ seq }) => seq),
        Array(4).fill(round)
      )
      assert.equal(answers.filter(({ duplicate }) => !duplicate).length, 1)
    }
    await Promise.all(logs.map((log) => log.close()))
  })

  test('writers of many streams neither wait in a circle nor leave holes, and a tail sees all in order', async () => {
    const options = named()
    const [reader, ...writers] = await Promise.all(Array.from({ length: 5 }, () => openPostgresLog(options)))
    const total = 4 * 25 * 3
    /** @type {number[]} */
    const seen = []
    const tailing = (async () => {
      for await (const events of reader.tail({ from: 0 })) {
        seen.push(...events.map(({ seq }) => seq))
        if (seen.length >= total) return
      }
    })()
    await Promise.all(
      writers.map(async (log, writer) => {
        for (let index = 0; index < 25; index++) {
          // Each writer names the streams in an order of its own.
          const stream = [0, 1, 2].map((at) => `s${(at * (writer + 1) + index) % 7}`)
          await log.appendBatch(stream, { stream, durability: index % 2 === 0 ? 'os' : 'disk' })
        }
      })
    )
    await tailing
    assert.deepEqual(
      seen,
      Array.from({ length: total }, (_, seq) => seq)
    )
    const report = await reader.verify()
    assert.deepEqual(report.problems, [])
    assert.equal(report.batches, 100)
    await Promise.all([reader, ...writers].map((log) => log.close()))
  })

  test('a tail begins at the end as it is, whoever appended', async () => {
    const options = named()
    const [log, other] = [await openPostgresLog(options), await openPostgresLog(options)]
    await other.append('before')
    const tail = log.tail()[Symbol.asyncIterator]()
    const next = tail.next()
    // Until it has looked where the end is.
    await new Promise((resolve) => setTimeout(resolve, 300))
    await other.append('after')
    assert.deepEqual(
      (await next).value.map((/** @type {any} */ event) => event.data),
      ['after']
    )
    await tail.return?.()
    await log.close()
    await other.close()
  })

  test('uses a pool of the caller and leaves it open', async () => {
    const pool = new Pool({ connectionString, max: 2 })
    const log = await openPostgresLog({ pool, schema, name: named().name })
    await Promise.all(Array.from({ length: 20 }, (_, index) => log.append(String(index))))
    const tail = log.tail({ from: 19 })[Symbol.asyncIterator]()
    assert.equal((await tail.next()).value.length, 1)
    await tail.return?.()
    assert.equal((await data(log)).length, 20)
    await log.close()
    assert.equal((await pool.query('SELECT 1 AS one')).rows[0].one, 1)
    await pool.end()
  })

  test('one connection listens for all tails of a pool', async () => {
    const application = `tenon ${crypto.randomUUID()}`
    const pool = new Pool({ connectionString, max: 3, application_name: application })
    const names = Array.from({ length: 12 }, () => named().name)
    const logs = await Promise.all(names.map((name) => openPostgresLog({ pool, schema, name })))
    const tails = logs.map((log) => log.tail({ from: 0 })[Symbol.asyncIterator]())
    const waiting = tails.map((tail) => tail.next())
    const listening = async () => {
      const text = `SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND query LIKE '%LISTEN "tenon%'`
      return (await sql(text, [application])).length
    }
    while (pool.totalCount - pool.idleCount !== 1 || (await listening()) !== 1) await wait(20)
    await Promise.all(logs.map((log, index) => log.append(String(index))))
    for (const next of waiting) assert.equal((await next).value.length, 1)
    await Promise.all(tails.slice(1).map((tail) => tail.return?.()))
    assert.equal(await listening(), 1)
    // What another process appends comes at once, and not when it is looked for.
    const other = await openPostgresLog({ connectionString, schema, name: names[0] })
    const again = tails[0].next()
    await wait(300)
    const started = performance.now()
    await other.append('by another')
    assert.equal((await again).value.length, 1)
    assert.ok(performance.now() - started < 1000)
    await tails[0].return?.()
    while (pool.totalCount > pool.idleCount || (await listening()) > 0) await wait(20)
    await Promise.all([other, ...logs].map((log) => log.close()))
    await pool.end()
  })

  for (const max of [1, 2]) {
    test(`tails a log over a pool of ${max}, and appends whoever else holds a connection`, async () => {
      const pool = new Pool({ connectionString, max })
      const { name } = named()
      const log = await openPostgresLog({ pool, schema, name })
      const other = await openPostgresLog({ connectionString, schema, name })
      const tail = log.tail({ from: 0 })[Symbol.asyncIterator]()
      const first = tail.next()
      await wait(300)
      assert.equal(pool.totalCount - pool.idleCount, max - 1)
      const held = max === 2 ? await pool.connect() : undefined
      await log.append('mine')
      assert.equal((await first).value.length, 1)
      const second = tail.next()
      await other.append('by another')
      assert.equal((await second).value.length, 1)
      held?.release()
      await tail.return?.()
      await log.close()
      await other.close()
      await pool.end()
    })
  }

  test('uses one client for everything, reads waiting for appends', async () => {
    const client = new Client({ connectionString })
    await client.connect()
    const log = await openPostgresLog({ client, schema, name: named().name })
    /** @type {unknown[]} */
    const seen = []
    const tailing = (async () => {
      for await (const events of log.tail({ from: 0 })) {
        seen.push(...events.map((event) => event.data))
        if (seen.length >= 30) return
      }
    })()
    const appending = Array.from({ length: 30 }, async (_, index) => {
      await log.append({ index })
      return data(log)
    })
    await Promise.all([tailing, ...appending])
    assert.equal(seen.length, 30)
    await log.close()
    assert.equal((await client.query('SELECT 1 AS one')).rows[0].one, 1)
    await client.end()
  })

  test('does not care what the server and the program are set to', async () => {
    const client = new Client({ connectionString })
    await client.connect()
    await client.query(`SET bytea_output = escape; SET default_transaction_isolation = serializable;
      SET standard_conforming_strings = off; SET synchronous_commit = off; SET client_min_messages = error`)
    client.setTypeParser(20, () => 'nonsense')
    const log = await openPostgresLog({ client, schema, name: named().name })
    const bytes = Buffer.from([0, 92, 255, 39])
    await log.append(bytes, { stream: "\\'\0", expectedSeq: 0 })
    await log.checkpoint('\\x', bytes)
    assert.deepEqual(await data(log, { stream: "\\'\0" }), [bytes])
    assert.deepEqual((await log.restore('\\x')).state, bytes)
    assert.deepEqual((await client.query('SHOW synchronous_commit')).rows, [{ synchronous_commit: 'off' }])
    await log.close()
    await client.end()
  })

  test('a delta has only what differs, and its base stays', async () => {
    const log = await openPostgresLog(named())
    const messages = Array.from({ length: 2000 }, (_, index) => ({ role: 'user', content: `message ${index}` }))
    for (let seq = 0; seq < 4; seq++) {
      const { storedBytes, bytes, baseSeq } = await log.checkpoint('state', { messages }, { delta: true })
      assert.equal(baseSeq, seq === 0 ? null : seq - 1)
      if (seq > 0) assert.ok(storedBytes * 100 < bytes, `${storedBytes} of ${bytes}`)
      await log.append(String(seq))
      messages.push({ role: 'user', content: `message of ${seq}` })
    }
    assert.equal((await log.restore('state')).state.messages.length, 2003)
    assert.equal((await log.prune({ before: 4, keepCheckpoints: 1 })).checkpointsRemoved, 0)
    assert.equal((await log.restore('state')).state.messages.length, 2003)
    assert.deepEqual((await log.verify()).problems, [])
    await log.close()
  })

  test('a checkpoint that others stand on is not replaced, and the 33rd of a chain is whole', async () => {
    const log = await openPostgresLog(named())
    const state = (/** @type {number} */ n) => ({ text: 'x'.repeat(1000), n })
    for (let n = 0; n < 34; n++) {
      await log.append(String(n))
      await log.checkpoint('state', state(n), { delta: true })
    }
    const stored = await log.checkpoints('state')
    assert.deepEqual(
      stored.map(({ baseSeq }) => baseSeq),
      Array.from({ length: 34 }, (_, index) => (index % 32 === 0 ? null : index))
    )
    const expected = { code: 'ERR_INVALID_ARG', message: "other checkpoints stand on 'state' at 1" }
    await assert.rejects(log.checkpoint('state', state(0), { seq: 1 }), expected)
    await log.checkpoint('state', state(-1), { seq: 32, delta: true })
    await log.checkpoint('state', state(-2), { seq: 34 })
    assert.deepEqual((await log.restore('state')).state, state(-2))
    assert.deepEqual((await log.verify()).problems, [])
    await log.close()
  })

  test('of those who replace a checkpoint and those who begin to stand on it, one gives way', async () => {
    const options = named()
    const [log, other] = [await openPostgresLog(options), await openPostgresLog(options)]
    await log.appendBatch(Array(40).fill(''))
    const text = 'x'.repeat(10_000)
    for (let seq = 1; seq < 40; seq += 2) {
      await log.checkpoint('state', { text, seq }, { seq })
      const answers = await Promise.allSettled([
        other.checkpoint('state', { text, seq: seq + 1 }, { seq: seq + 1, delta: true }),
        log.checkpoint('state', { replaced: seq }, { seq })
      ])
      assert.equal(answers[0].status, 'fulfilled')
      if (answers[1].status === 'rejected') assert.equal(answers[1].reason.code, 'ERR_INVALID_ARG')
      assert.deepEqual(await log.restore('state'), {
        state: { text, seq: seq + 1 },
        fromSeq: seq + 1,
        replayed: 0,
        skipped: []
      })
    }
    assert.deepEqual((await log.verify()).problems, [])
    await log.close()
    await other.close()
  })

  test('tells of what was pruned while it was read', async () => {
    const log = await openPostgresLog(named())
    const line = 'x'.repeat(10_000)
    await log.appendBatch(Array(400).fill(line))
    const reading = log.read()[Symbol.asyncIterator]()
    await reading.next()
    await log.prune({ before: 399 })
    await assert.rejects(
      async () => {
        while (!(await reading.next()).done);
      },
      { code: 'ERR_IO', message: /^events \d+ to 398 were pruned while they were read$/ }
    )
    assert.equal((await data(log)).length, 1)
    await log.close()
  })

  test('sees rows that were changed or taken away by hand', async () => {
    const options = named()
    const log = await openPostgresLog(options)
    await log.appendBatch(['a', 'b', 'c', 'd'], { stream: 's' })
    await log.checkpoint('state', { some: 'state' })
    const where = `log = (SELECT log FROM ${quoted}.logs WHERE name = $1)`
    const name = [Buffer.from(options.name)]
    await sql(`UPDATE ${quoted}.events SET data = 'x' WHERE seq = 1 AND ${where}`, name)
    await assert.rejects(data(log), { code: 'ERR_CORRUPT', lastGoodSeq: 0, nextGoodSeq: 2 })
    await sql(`UPDATE ${quoted}.events SET data = 'b' WHERE seq = 1 AND ${where}`, name)
    assert.equal((await data(log)).length, 4)
    await sql(`DELETE FROM ${quoted}.events WHERE seq IN (1, 2) AND ${where}`, name)
    await assert.rejects(data(log), { code: 'ERR_CORRUPT', lastGoodSeq: 0, nextGoodSeq: 3 })
    await assert.rejects(data(log, { reverse: true }), { code: 'ERR_CORRUPT', lastGoodSeq: 0, nextGoodSeq: 3 })
    await sql(`DELETE FROM ${quoted}.events WHERE seq = 3 AND ${where}`, name)
    await assert.rejects(data(log, { from: 1 }), { code: 'ERR_CORRUPT', lastGoodSeq: 0, nextGoodSeq: 4 })
    await sql(`UPDATE ${quoted}.checkpoints SET data = 'x' WHERE ${where}`, name)
    const { skipped, fromSeq } = await log.restore('state')
    assert.deepEqual([skipped.length, fromSeq], [1, 0])
    const { problems } = await log.verify()
    assert.deepEqual(problems.map(({ file }) => file).sort(), ['checkpoints', 'events', 'streams'])
    await log.close()
  })

  test('says that the outcome is unknown where the connection is lost in a commit, and a key makes it safe', async () => {
    const { name } = named()
    const pool = new Pool({ connectionString })
    let losing = false
    /** @type {any} */
    const failing = {
      connect: async () => {
        const client = await pool.connect()
        return new Proxy(client, {
          get(target, property) {
            const value = Reflect.get(target, property)
            if (property !== 'query') return typeof value === 'function' ? value.bind(target) : value
            return async (/** @type {any} */ query) => {
              const answer = await target.query(query)
              if (losing && query.text === 'COMMIT') throw new Error('Connection terminated unexpectedly')
              return answer
            }
          }
        })
      }
    }
    const log = await openPostgresLog({ pool: failing, schema, name })
    losing = true
    const expected = { code: 'ERR_IO', errno: 'ECONNRESET', unknown: true }
    await assert.rejects(log.append('a', { idempotencyKey: 'k' }), expected)
    losing = false
    assert.deepEqual(await log.append('a', { idempotencyKey: 'k' }), { seq: 0, streamSeq: 0, duplicate: true })
    await log.close()
    await pool.end()
  })

  test('refuses the tables of a later version', async () => {
    const options = named()
    await (await openPostgresLog(options)).close()
    await sql(`UPDATE ${quoted}.logs SET version = 2 WHERE name = $1`, [Buffer.from(options.name)])
    await assert.rejects(openPostgresLog(options), { code: 'ERR_UNSUPPORTED' })
  })

  test(
    'an append is there after the server was killed, and connections are made anew',
    { skip: !findBinaries() },
    async () => {
      const own = await startPostgres()
      try {
        const options = { connectionString: own.connectionString, name: 'killed' }
        const [log, other] = [await openPostgresLog(options), await openPostgresLog(options)]
        await log.append('before')
        const tail = other.tail({ from: 0 })[Symbol.asyncIterator]()
        assert.equal((await tail.next()).value.length, 1)
        const waiting = tail.next()
        let acknowledged = 1
        const appending = (async () => {
          for (;;) {
            await log.append(String(acknowledged))
            acknowledged++
          }
        })()
        appending.catch(() => undefined)
        while (acknowledged < 5) await new Promise((resolve) => setTimeout(resolve, 5))
        await waiting
        await own.stop()
        await assert.rejects(appending, { code: 'ERR_IO' })
        await assert.rejects(
          async () => {
            while (!(await tail.next()).done);
          },
          { code: 'ERR_IO' }
        )
        await assert.rejects(data(log), { code: 'ERR_IO' })
        await assert.rejects(log.append('down'), ({ code, errno }) => code === 'ERR_IO' && /^E[A-Z]+$/.test(errno))
        await own.start()
        const stored = await data(log)
        assert.ok(stored.length >= acknowledged, `${stored.length} of ${acknowledged}`)
        await log.append('after')
        assert.equal((await other.append('after')).seq, stored.length + 1)
        assert.deepEqual((await log.verify()).problems, [])
        await log.close()
        await other.close()
      } finally {
        await own.remove()
      }
    }
  )
})
