'use strict'

// Runs one binary in this Node: it loads, it answers, and its answers are those of the fallback.
//
//   node scripts/smoke.js <file.node>

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const file = process.argv[2]
if (!file) throw new Error('usage: node scripts/smoke.js <file.node>')
process.env.TENON_NATIVE_PATH = path.resolve(file)

const tenon = require('..')

const TEXT = `${'The quick brown fox jumps over the lazy dog. '.repeat(50)}naïve 東京 🦀\r\n\t0123456789`
/** What zstd 1.5.7 makes of 'to and fro, to and fro'. */
const FRAME = Buffer.from('28b52ffd241695000060746f20616e642066726f2c200100df4a12dfa51d5f', 'hex')
const FOLDER = path.join(__dirname, '..', 'lib')

/** What a log has after a crash that tore its last event. */
async function logged() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-smoke-'))
  try {
    const writer = await tenon.log.openLog(folder)
    for (const event of ['whole', 'torn']) await writer.append(event, { timeMs: 0 })
    await writer.close()
    const [segment] = fs.readdirSync(folder).filter((name) => name.endsWith('.segment'))
    fs.truncateSync(path.join(folder, segment), fs.statSync(path.join(folder, segment)).size - 8)
    const again = await tenon.log.openLog(folder)
    const events = []
    for await (const batch of again.read()) events.push(...batch)
    await again.close()
    return events
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {'native' | 'fallback'} mode */
async function answers(mode) {
  tenon.configure({ mode })
  const fitted = tenon.context.fit([{ role: 'user', content: TEXT }], { maxTokens: 10_000 })
  return {
    ids: tenon.tokens.encode(TEXT),
    count: tenon.tokens.count(TEXT),
    fitted,
    patch: tenon.diff.createPatch(TEXT, TEXT.replaceAll('fox', 'ox')),
    paths: [...tenon.files.listSync(FOLDER)],
    found: tenon.files.findSync('qck fox', { paths: TEXT.split(' '), typos: 1 }),
    ignored: [...tenon.ignore.parseIgnore('*.log\n!a.log\n').check(['a.log', 'b.log'])],
    content: tenon.zstd.decompress(FRAME),
    events: await logged()
  }
}

async function main() {
  const native = await answers('native')
  assert.deepEqual(native, await answers('fallback'))
  for (const [name, { calls }] of Object.entries(tenon.status().features)) {
    assert.ok(calls.native > 0, `native has answered ${name}`)
    assert.ok(calls.fallback > 0, `the fallback has answered ${name}`)
  }
  console.log(
    `${path.basename(file)} in Node ${process.version} on ${process.platform} ${process.arch}: ` +
      `${native.count} tokens, ${native.paths.length} paths, equal to the fallback's`
  )
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
