'use strict'

// Against the `zstd` command, both ways, and against node:zlib where this Node has zstd.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const zlib = /** @type {any} */ (require('node:zlib'))
const tenon = require('../..')
const { SEED, fuzzRuns, randomFrom } = require('../engines')
const { temporaryFolder } = require('../sandbox')
const { NODE_HAS_ZSTD, compressed, dictionaryNamed, randomData } = require('../zstd')

const ROOT = path.join(__dirname, '../..')

/**
 * What the command makes of its input.
 * @param {string[]} args
 * @param {Uint8Array} input
 */
function command(args, input) {
  const { status, stdout, stderr, error } = spawnSync('zstd', ['--quiet', ...args, '--stdout'], {
    input,
    maxBuffer: 1 << 28
  })
  assert.equal(error, undefined, 'these tests need the zstd command')
  assert.equal(status, 0, String(stderr))
  return Uint8Array.from(stdout)
}

/** Source, data and text of this repository. */
const files = ['index.d.ts', 'package-lock.json', 'crates/tokens/data/classes.js', 'benchmark/corpus/cjk.txt'].map(
  (name) => fs.readFileSync(path.join(ROOT, name))
)

test('what we compress the command decompresses, and the other way round', (t) => {
  const folder = temporaryFolder(t)
  const trained = path.join(folder, 'trained')
  fs.writeFileSync(trained, dictionaryNamed('trained'))
  const random = randomFrom(SEED)
  const contents = [
    Buffer.alloc(0),
    ...files,
    Buffer.concat(files),
    ...Array.from({ length: 8 }, () => randomData(random))
  ]
  for (const content of contents) {
    const expected = Uint8Array.from(content)
    for (const options of [{}, { level: 19, checksum: true }, { level: -3, longDistance: true }]) {
      assert.deepEqual(command(['--decompress'], compressed(content, options)), expected)
    }
    const dictionary = dictionaryNamed('trained')
    assert.deepEqual(command(['--decompress', '-D', trained], compressed(content, { dictionary })), expected)
    for (const args of [['-3'], ['-19', '--no-check'], ['--fast=4'], ['--long=20']]) {
      assert.deepEqual(tenon.zstd.decompress(command(args, content)), expected, args.join(' '))
    }
    assert.deepEqual(tenon.zstd.decompress(command(['-D', trained], content), { dictionary }), expected)
  }
})

test('several frames, and what is no frame, are to us what they are to the command', () => {
  const frame = command(['-3'], Buffer.from('one '))
  const skippable = Buffer.from('502a4d1802000000ffff', 'hex')
  const good = [[frame, frame], [skippable, frame, skippable], [skippable]]
  for (const parts of good) {
    const data = Buffer.concat(parts)
    assert.deepEqual(tenon.zstd.decompress(data), command(['--decompress'], data))
  }
  const bad = [
    [],
    [frame, Buffer.from('more')],
    [frame.subarray(0, -1)],
    [Buffer.from('text')],
    [frame, frame.subarray(0, 3)]
  ]
  for (const parts of bad) {
    const data = Buffer.concat(parts)
    const { status } = spawnSync('zstd', ['--quiet', '--decompress', '--stdout'], { input: data })
    assert.notEqual(status, 0, data.toString('hex'))
    assert.throws(() => tenon.zstd.decompress(data), { code: 'ERR_CORRUPT' }, data.toString('hex'))
  }
})

test('node:zlib, where it has zstd, and we read each other', (t) => {
  t.diagnostic(`seed ${SEED}`)
  if (!NODE_HAS_ZSTD) return assert.equal(zlib.zstdCompressSync, undefined)
  const random = randomFrom(SEED)
  for (let run = 0; run < fuzzRuns(100); run++) {
    const data = randomData(random)
    const level = random.pick([-5, 1, 3, 9])
    const params = { [zlib.constants.ZSTD_c_compressionLevel]: level }
    const theirs = zlib.zstdCompressSync(data, { params })
    assert.deepEqual(tenon.zstd.decompress(theirs), Uint8Array.from(data), `run ${run}`)
    assert.deepEqual(
      Uint8Array.from(zlib.zstdDecompressSync(compressed(data, { level }))),
      Uint8Array.from(data),
      `run ${run}`
    )
  }
})
