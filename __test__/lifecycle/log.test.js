'use strict'

// Writers that are killed, and disks that are full.

const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, test } = require('node:test')
const { log } = require('../..')

const ROOT = path.join(__dirname, '../..')
const FOLDER = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-log-'))
after(() => fs.rmSync(FOLDER, { recursive: true, force: true }))

const KILLS = Number(process.env.TENON_LOG_KILLS ?? 500)
const SEED = Number(process.env.TENON_FUZZ_SEED ?? Date.now() % 2 ** 31)

/** mulberry32. @param {number} seed */
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Appends for ever, and tells of each acknowledged event: `<seq> <the start of its data>`. */
const WRITER = `
  const fs = require('node:fs')
  const { log } = require(${JSON.stringify(ROOT)})
  const [directory, run] = process.argv.slice(1)
  const told = (lines) => fs.writeSync(1, lines)
  log.openLog(directory, { segmentBytes: 65536, onRecovery: ({ lostBytes }) => told('recovery ' + lostBytes + '\\n') }).then(async (writer) => {
    told('ready\\n')
    const flying = []
    for (let at = 0; ; at++) {
      const ids = Array.from({ length: 1 + at % 4 }, (_, index) => run + '-' + at + '-' + index)
      const durability = at % 3 === 0 ? 'disk' : 'os'
      const appended = writer
        .appendBatch(ids.map((id, index) => id + ' ' + 'x'.repeat((at * 37 + index * 101) % 700)), { durability, stream: 's' + at % 5 })
        .then(({ firstSeq }) => told(ids.map((id, index) => firstSeq + index + ' ' + id + '\\n').join('')))
      flying.push(appended)
      if (at % 50 === 49) {
        await writer.checkpoint('last', { run, at }, { durability: at % 2 ? 'disk' : 'os' })
        if (at % 200 === 199) await writer.prune({ before: (await writer.stats()).nextSeq - 2000, keepCheckpoints: 2 })
      }
      if (flying.length > 3) await flying.shift()
    }
  })`

test(`a log outlives ${KILLS} killed writers, of either engine in turn`, { timeout: 900_000 }, async (t) => {
  t.diagnostic(`TENON_FUZZ_SEED=${SEED}`)
  const next = random(SEED)
  const directory = path.join(FOLDER, 'killed')
  let expectedSeq = 0
  let events = 0
  let recoveries = 0
  for (let run = 0; run < KILLS; run++) {
    const child = spawn(process.execPath, ['-e', WRITER, directory, String(run)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TENON_MODE: run % 2 ? 'fallback' : 'native' }
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
    const closed = once(child, 'close')
    while (!output.includes('ready\n')) {
      await Promise.race([once(child.stdout, 'data'), closed])
      assert.equal(child.exitCode, null, `run ${run} ended by itself`)
    }
    await new Promise((resolve) => setTimeout(resolve, next() * 25))
    child.kill('SIGKILL')
    await closed
    recoveries += output.split('\n').filter((line) => line.startsWith('recovery')).length
    /** @type {Map<number, string>} */
    const acknowledged = new Map()
    // The last line may be cut.
    for (const line of output.split('\n').slice(0, -1)) {
      const [seq, id] = line.split(' ')
      if (/^\d+$/.test(seq)) acknowledged.set(Number(seq), id)
    }
    const reader = await log.openLog(directory, { readOnly: true })
    for await (const batch of reader.read({ from: expectedSeq })) {
      for (const { seq, data } of batch) {
        // What was pruned is gone from the front alone.
        if (events === 0 || seq > expectedSeq) assert.ok(seq === expectedSeq || seq === (await reader.stats()).firstSeq)
        const id = acknowledged.get(seq)
        if (id !== undefined) assert.equal(data.split(' ')[0], id, `seq ${seq} of run ${run}`)
        acknowledged.delete(seq)
        expectedSeq = seq + 1
        events++
      }
    }
    const { firstSeq, nextSeq } = await reader.stats()
    await reader.close()
    const lost = [...acknowledged.keys()].filter((seq) => seq >= firstSeq)
    assert.deepEqual(lost, [], `run ${run}: acknowledged and lost; the log has ${firstSeq} to ${nextSeq}`)
    expectedSeq = nextSeq
  }
  const writer = await log.openLog(directory)
  assert.deepEqual((await writer.verify()).problems, [])
  assert.equal((await writer.restore('last')).skipped.length, 0)
  await writer.close()
  t.diagnostic(`${events} events, ${recoveries} torn tails`)
})

/** Reads what comes until there are so many, and fails where one is missing. */
const TAIL = `
  const { log } = require(${JSON.stringify(ROOT)})
  const [directory, count] = process.argv.slice(1)
  ;(async () => {
    const reader = await log.openLog(directory, { readOnly: true })
    let next = 0
    for await (const events of reader.tail({ from: 0 })) {
      for (const { seq } of events) if (seq !== next++) throw new Error('seq ' + seq + ' instead of ' + (next - 1))
      if (next >= Number(count)) break
    }
    await reader.close()
  })().catch((error) => { console.error(error); process.exit(1) })`

test('tails of other processes, of both engines, keep up with a writer that never rests', async () => {
  const directory = path.join(FOLDER, 'live')
  const count = 4000
  const writer = await log.openLog(directory, { segmentBytes: 1 << 20 })
  const tails = ['native', 'fallback', 'fallback'].map((engine) => {
    const child = spawn(process.execPath, ['-e', TAIL, directory, String(count)], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, TENON_MODE: engine }
    })
    return once(child, 'exit')
  })
  let begun = 0
  const write = async () => {
    while (begun < count) await writer.append({ index: begun, filler: 'x'.repeat(200 + (begun++ % 1500)) })
  }
  await Promise.all([write(), write(), write(), write()])
  assert.deepEqual(await Promise.all(tails), Array(3).fill([0, null]))
  await writer.close()
})

for (const engine of ['native', 'fallback']) {
  test(`a full disk loses nothing that was acknowledged: ${engine}`, async (t) => {
    const place = path.join(FOLDER, `full-${engine}`)
    fs.mkdirSync(place)
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tenon', place]).status === 0
    t.diagnostic(mounted ? 'a tmpfs of 3 MiB' : 'no mount: files of at most 1 MiB (RLIMIT_FSIZE)')
    const script = `
      const fs = require('node:fs')
      const path = require('node:path')
      const { log } = require(${JSON.stringify(ROOT)})
      ;(async () => {
        process.on('SIGXFSZ', () => {})
        const directory = path.join(process.argv[1], 'log')
        const ballast = path.join(process.argv[1], 'ballast')
        if (${mounted}) fs.writeFileSync(ballast, Buffer.alloc(1 << 20))
        const writer = await log.openLog(directory, { segmentBytes: 1 << 24 })
        let acknowledged = 0
        const failures = []
        for (let at = 0; at < 400 && failures.length < 5; at++) {
          try {
            const { seq } = await writer.append(at + ' ' + 'x'.repeat(10_000), { durability: at % 2 ? 'disk' : 'os' })
            if (seq !== acknowledged++) throw new Error('seq ' + seq)
          } catch (error) {
            failures.push(error.errno ?? error.stack)
          }
        }
        const read = async (log) => { let count = 0; for await (const events of log.read()) for (const { seq, data } of events) if (seq !== count++ || data.length < 10_000) throw new Error('event ' + seq); return count }
        const seen = await read(writer)
        let after = acknowledged
        if (${mounted}) {
          fs.unlinkSync(ballast)
          await writer.append('again ' + 'x'.repeat(10_000))
          after++
        }
        await writer.close().catch((error) => failures.push('close ' + error.errno))
        const again = await log.openLog(directory, { onRecovery: (recovery) => failures.push('recovery ' + JSON.stringify(recovery)) })
        const reopened = await read(again)
        await again.close()
        console.log(JSON.stringify({ acknowledged, seen, after, reopened, failures }))
      })().catch((error) => { console.error(error); process.exit(1) })`
    const quoted = [process.execPath, '-e', script, place]
    const { stdout, stderr, status } = mounted
      ? spawnSync(quoted[0], quoted.slice(1), { encoding: 'utf8', env: { ...process.env, TENON_MODE: engine } })
      : spawnSync('sh', ['-c', 'ulimit -f 2048; exec "$@"', 'sh', ...quoted], {
          encoding: 'utf8',
          env: { ...process.env, TENON_MODE: engine }
        })
    if (mounted) spawnSync('umount', [place])
    assert.equal(status, 0, stderr)
    const { acknowledged, seen, after: total, reopened, failures } = JSON.parse(stdout)
    assert.ok(acknowledged > 20, `${acknowledged} events fitted`)
    assert.equal(seen, acknowledged)
    assert.equal(reopened, total)
    assert.deepEqual(failures, Array(5).fill(mounted ? 'ENOSPC' : 'EFBIG'))
  })
}
