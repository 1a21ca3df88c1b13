'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')

const ROOT = path.join(__dirname, '../..')

/** V8's heap breathes by this much; a leak of 100 bytes a call, or of one result in a hundred, is far above it. */
const CEILING_BYTES = 24 << 20

/**
 * How many bytes the resident memory of a new process grows while `turn` runs, after a warm-up of as many turns. V8 makes
 * its young generation larger now and then, which is seen in one round; a leak is seen in each. So where a round grew,
 * there are up to four more, and the least growth of any is the answer.
 * @param {string} turn statements; `tenon` and `turn`, the number of the turn, are there
 * @param {number} turns
 */
function growth(turn, turns) {
  const script = `
    const tenon = require(${JSON.stringify(ROOT)})
    const ROOT = ${JSON.stringify(ROOT)}
    const WORDS = 'const value = compute(index) '.repeat(1500)
    tenon.configure({ mode: 'native' })
    async function run() { for (let turn = 0; turn < ${turns}; turn++) { ${turn} } gc(); gc(); await new Promise(setImmediate); gc() }
    ;(async () => {
      await run()
      let bytes = Infinity
      for (let round = 0; round < 5 && bytes >= ${CEILING_BYTES}; round++) {
        const before = process.memoryUsage.rss()
        await run()
        bytes = Math.min(bytes, process.memoryUsage.rss() - before)
      }
      const { calls } = tenon.status().features.tokens
      console.log(JSON.stringify({ bytes, fallback: calls.fallback }))
    })()`
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', '-e', script], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  const { bytes, fallback } = JSON.parse(stdout)
  assert.equal(fallback, 0)
  return bytes
}

for (const [what, turn, turns] of /** @type {const} */ ([
  ['count of a small string', "tenon.tokens.count('const value = compute(index)')", 500_000],
  ['encode of 40 KB', "tenon.tokens.encode('const value = compute(index) '.repeat(1500))", 2_000],
  ['encode of a new text of 2 MB', "tenon.tokens.encode((turn + ' ').repeat(400_000))", 20],
  ['count of one long run', "tenon.tokens.count('a'.repeat(300_000 + turn))", 20],
  ['searches', "await tenon.files.grep({ pattern: 'checkRoot', root: ROOT + '/lib', before: 1 })", 200],
  [
    'searches that are left',
    "for await (const batch of tenon.files.grepStream({ pattern: 'e', root: ROOT + '/lib' })) { if (batch) break }",
    200
  ],
  ['decode', 'tenon.tokens.decode(Uint32Array.from({ length: 5000 }, (_, index) => index * 7 + 300))', 2_000],
  ['encodeWithOffsets of 40 KB', 'tenon.tokens.encodeWithOffsets(WORDS)', 2_000],
  ['countUntil', 'tenon.tokens.countUntil(WORDS, 100)', 20_000],
  ['decodeBytes', 'tenon.tokens.decodeBytes(Uint32Array.from({ length: 5000 }, (_, index) => index * 7 + 300))', 2_000],
  ['truncate', "tenon.tokens.truncate(WORDS, 100, { keep: 'both', marker: '…' })", 1_000],
  ['split', 'tenon.tokens.split(WORDS, { maxTokens: 100, overlapTokens: 10 })', 500],
  [
    'counters',
    'const counter = tenon.tokens.counter(); for (let at = 0; at < 100; at++) counter.append("value " + at + turn); counter.pop()',
    2_000
  ],
  [
    'decoders',
    'const decoder = tenon.tokens.createDecoder(); for (let at = 300; at < 400; at++) decoder.write(at); decoder.end()',
    2_000
  ],
  [
    'special tokens',
    "tenon.tokens.encode('a<|end|>b' + turn, { encoding: 'o200k_harmony', allowedSpecial: 'all', disallowedSpecial: [] })",
    50_000
  ],
  ['countAsync', 'await tenon.tokens.countAsync(WORDS)', 3_000],
  ['countBatchAsync', "await tenon.tokens.countBatchAsync([WORDS, 'a' + turn, Buffer.from('d')])", 3_000],
  ['encodeAsync of a new text', 'await tenon.tokens.encodeAsync((turn + " ").repeat(200_000))', 30],
  [
    'encodeAsync that is aborted, by a signal that all share',
    'const c = (turn % 100 === 0 || !globalThis.shared) ? (globalThis.shared = new AbortController()) : globalThis.shared; const e = tenon.tokens.encodeAsync(WORDS, { signal: c.signal }); if (turn % 100 === 99) c.abort(); await e.catch(() => 0)',
    3_000
  ],
  [
    'ignore trees and files',
    "const tree = tenon.ignore.openIgnore(ROOT); tree.check(['lib/a', 'crates/b.rs', 'x/' + turn]); if (turn % 2) tree.close(); tenon.ignore.parseIgnore('*.log\\n'.repeat(100)).ignores('a.log')",
    1_000
  ],
  ['createPatch', "tenon.diff.createPatch(WORDS.replaceAll(' ', '\\n'), (WORDS + turn).replaceAll(' ', '\\n'))", 1_000],
  [
    'createPatch of new texts of 2 MB',
    "tenon.diff.createPatch((turn + '\\n').repeat(300_000), (turn + '\\n').repeat(300_001))",
    20
  ],
  ['words of bytes', 'tenon.diff.words(Buffer.from(WORDS), Buffer.from(WORDS + turn))', 500],
  ['merge', 'tenon.diff.merge(WORDS, WORDS + turn, turn + WORDS)', 3_000],
  ['countBatch', "tenon.tokens.countBatch(['a', 'b c', Buffer.from('d')])", 100_000],
  [
    'errors',
    'try { tenon.tokens.decode([199998]) } catch (error) { if (error.code !== "ERR_INVALID_ARG") throw error }',
    50_000
  ],
  [
    'context.fit of 1 MB, once and again',
    `const messages = Array.from({ length: 20 }, (_, at) => ({ role: 'user', content: (turn + ' ' + at + ' words ').repeat(5000) }))
     for (let again = 0; again < 3; again++) tenon.context.fit(messages, { maxTokens: 400_000 })`,
    // What is remembered is full after 64, and V8 takes twice that to settle.
    150
  ],
  [
    'zstd of a small record, both ways',
    "tenon.zstd.decompress(tenon.zstd.compress('a small record ' + turn, { checksum: true }))",
    100_000
  ],
  ['zstd of 2 MB at a high level', "tenon.zstd.compress('some text '.repeat(200_000) + turn, { level: 16 })", 10],
  [
    // What is not closed is given back by a finaliser, which runs when the loop turns.
    'zstd dictionaries, closed or not',
    "const d = tenon.zstd.createDictionary(Buffer.alloc(20_000, 'content ' + turn), 3); tenon.zstd.compress('content', { dictionary: d }); if (turn & 1) d.close(); if (turn % 100 === 0) { gc(); await new Promise(setImmediate) }",
    3000
  ],
  [
    'zstd streams that are left behind',
    "const s = tenon.zstd.createDecompressStream(); s.write(tenon.zstd.compress('x'.repeat(1e6))); await new Promise((r) => s.once('readable', r)); s.destroy(); if (turn % 20 === 0) gc()",
    1000
  ],
  ['zstd.compressAsync', "await tenon.zstd.compressAsync('some text '.repeat(20_000))", 500],
  ['files.list', 'await tenon.files.list(ROOT)', 300],
  [
    'files.list that is aborted',
    'const c = new AbortController(); const l = tenon.files.list(ROOT, { signal: c.signal }); c.abort(); await l.catch(() => 0)',
    300
  ],
  [
    'path sets, closed or not, and what is found in them',
    "const s = tenon.files.createPaths(WORDS.split(' ').map((word, at) => `${word}/${turn}/${at}`)); await tenon.files.find('val', { paths: s }); if (turn & 1) s.close(); if (turn % 50 === 0) { gc(); await new Promise(setImmediate) }",
    1000
  ],
  ['files.find among strings', "tenon.files.findSync('val', { paths: WORDS.split(' ') })", 500]
])) {
  test(`memory does not grow with calls: ${what}`, (t) => {
    const bytes = growth(turn, turns)
    t.diagnostic(`grew by ${(bytes / 2 ** 20).toFixed(1)} MiB`)
    assert.ok(bytes < CEILING_BYTES, `grew by ${bytes} bytes in ${turns} calls`)
  })
}

/** What one encoding may hold: its tables, as far as they are touched, and what it remembers. */
const MAX_ENCODING_BYTES = 25 * 10 ** 6

test('an encoding that has counted megabytes of real text holds no more than it may', (t) => {
  const script = `
    const fs = require('node:fs')
    const path = require('node:path')
    const tenon = require(${JSON.stringify(ROOT)})
    tenon.configure({ mode: 'native' })
    tenon.status()
    const fixtures = path.join(${JSON.stringify(ROOT)}, '__test__', 'fixtures', 'tokens')
    const texts = ['languages', 'sources'].flatMap((folder) =>
      fs.readdirSync(path.join(fixtures, folder)).map((name) => fs.readFileSync(path.join(fixtures, folder, name), 'utf8')))
    const compiler = fs.readFileSync(require.resolve('typescript/lib/typescript.js'), 'utf8')
    for (let at = 0; at < compiler.length; at += 100_000) texts.push(compiler.slice(at, at + 100_000))
    gc()
    const before = process.memoryUsage.rss()
    let tokens = 0
    for (const text of texts) tokens += tenon.tokens.count(text, { encoding: process.argv[1] })
    gc()
    const { calls } = tenon.status().features.tokens
    console.log(JSON.stringify({ bytes: process.memoryUsage.rss() - before, tokens, calls }))`
  for (const encoding of ['o200k_base', 'cl100k_base', 'r50k_base']) {
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', '-e', script, encoding], {
      encoding: 'utf8',
      cwd: ROOT
    })
    assert.equal(status, 0, stderr)
    const { bytes, tokens, calls } = JSON.parse(stdout)
    t.diagnostic(`${encoding}: ${(bytes / 10 ** 6).toFixed(1)} MB after ${tokens} tokens`)
    assert.ok(tokens > 1_000_000 && calls.native > 0 && calls.fallback === 0)
    assert.ok(bytes < MAX_ENCODING_BYTES, `${encoding} holds ${bytes} bytes`)
  }
})
