'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, test } = require('node:test')
const SINGLE_BYTE = require('../../crates/files/data/encodings')
const { Batches } = require('../../lib/files/steps')
const { EVERYTHING, nextItem, openWalk } = require('../../lib/files/walk')
const { runSync } = require('../../lib/ignore/io')
const tenon = require('../..')
const { SEED, describeBoth, fuzzRuns, randomFrom } = require('../engines')
const { randomBytes, randomOptions } = require('../patterns')
const { unprivileged } = require('../unprivileged')

/** @typedef {import('../..').files.GrepOptions} GrepOptions */
/** @typedef {ReturnType<typeof randomFrom>} Random */

const made = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-grep-'))
process.on('exit', () => fs.rmSync(made, { recursive: true, force: true }))
const isolated = {
  GIT_CONFIG_GLOBAL: path.join(made, 'none'),
  GIT_CONFIG_NOSYSTEM: '1',
  XDG_CONFIG_HOME: made,
  HOME: made
}
/** @type {Record<string, string | undefined>} */
const outer = {}
before(() => {
  for (const [name, value] of Object.entries(isolated)) {
    outer[name] = process.env[name]
    process.env[name] = value
  }
})
after(() => {
  for (const [name, value] of Object.entries(outer)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
})

/**
 * @param {'native' | 'fallback'} engine
 * @param {GrepOptions} options
 */
async function outcome(engine, options) {
  tenon.configure({ features: { files: engine } })
  const before = tenon.status().features.files.calls[engine]
  try {
    const result = await tenon.files.grep(options)
    assert.equal(tenon.status().features.files.calls[engine], before + 1, `${engine} did not answer`)
    return { result }
  } catch (error) {
    if (Object(error).name !== 'TenonError') throw error
    return { code: String(Object(error).code), message: String(Object(error).message) }
  }
}

/** The batches of a stream as one result. @param {'native' | 'fallback'} engine @param {GrepOptions} options */
async function streamed(engine, options) {
  tenon.configure({ features: { files: engine } })
  const stream = tenon.files.grepStream(options)
  const matches = []
  for await (const batch of stream) matches.push(...batch)
  return { matches, ...stream.summary }
}

describeBoth('files', () => {
  test('grep finds lines', async () => {
    const root = path.join(made, 'small')
    fs.mkdirSync(path.join(root, 'sub'), { recursive: true })
    fs.writeFileSync(path.join(root, 'a.txt'), 'one\r\ntwo é two\r\nthree\n')
    fs.writeFileSync(path.join(root, 'sub/b.txt'), 'two')
    const { matches, filesSearched, filesMatched, truncated, engine } = await tenon.files.grep({
      pattern: 't.o',
      root,
      before: 1
    })
    assert.deepEqual(matches, [
      {
        path: 'a.txt',
        line: 2,
        column: 0,
        byteOffset: 5,
        text: 'two é two',
        ranges: [
          [0, 3],
          [6, 9]
        ],
        before: ['one']
      },
      { path: 'sub/b.txt', line: 1, column: 0, byteOffset: 0, text: 'two', ranges: [[0, 3]] }
    ])
    assert.deepEqual(
      { filesSearched, filesMatched, truncated, engine },
      { filesSearched: 2, filesMatched: 2, truncated: false, engine: 'regex' }
    )
  })
})

/** Some content for a file. @param {Random} random @returns {Buffer} */
function randomContent(random) {
  const parts = []
  for (let count = random.below(random.below(4) === 0 ? 60 : 12); count > 0; count--) {
    const line = randomBytes(random)
    parts.push(random.below(3) === 0 ? line : Buffer.from(line.toString('latin1').replace(/[\x80-\xff]/g, 'é'), 'utf8'))
    parts.push(Buffer.from(random.pick(['\n', '\n', '\n', '\r\n', '\n\n', ''])))
  }
  if (random.below(15) === 0) parts.push(Buffer.from([0]))
  const content = Buffer.concat(parts)
  if (random.below(12) === 0) return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), content])
  if (random.below(12) === 0) return Buffer.from(`\ufeff${content.toString('utf8')}`, 'utf16le')
  if (random.below(20) === 0) return Buffer.from(`\ufeff${content.toString('utf8')}`, 'utf16le').subarray(0, -1)
  // Surrogates that stand alone.
  if (random.below(20) === 0) {
    const units = Buffer.from(
      `\ufeff${content.toString('latin1').replaceAll('\xff', random.pick(['\ud800', '\udc00']))}`,
      'utf16le'
    )
    return random.below(2) === 0 ? units : units.swap16()
  }
  return content
}

const NAMES = ['a', 'b.ts', 'c.md', 'd', 'é.ts', '.e', 'f.log', 'Makefile', 'g-h.rs', 'z']

/** @param {Random} random */
function randomTree(random) {
  const root = fs.mkdtempSync(path.join(made, 'tree-'))
  fs.chmodSync(root, 0o755)
  if (random.below(2) === 0) {
    for (const name of ['.git/objects', '.git/refs']) fs.mkdirSync(path.join(root, name), { recursive: true })
    fs.writeFileSync(path.join(root, '.git/HEAD'), 'ref: refs/heads/main\n')
  }
  const fill = (/** @type {string} */ folder, /** @type {number} */ depth) => {
    for (const name of NAMES) {
      const at = path.join(folder, name)
      const kind = random.below(10)
      if (kind < 4) {
        fs.writeFileSync(at, randomContent(random))
        if (random.below(30) === 0) fs.chmodSync(at, 0)
      } else if (kind === 4 && depth < 3) {
        fs.mkdirSync(at)
        fill(at, depth + 1)
      } else if (kind === 5 && random.below(3) === 0 && process.platform !== 'win32')
        fs.symlinkSync(random.pick(NAMES), at)
    }
    if (random.below(4) === 0) {
      const rules = [random.pick(['*.log', 'd', '/a', '!f.log', '*.ts', 'd/', '.e'])]
      fs.writeFileSync(path.join(folder, '.gitignore'), rules.join('\n'))
      if (random.below(5) === 0) fs.chmodSync(path.join(folder, '.gitignore'), 0)
    }
    if (process.platform === 'linux' && random.below(6) === 0) {
      fs.writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x6e, 0xff])]), randomContent(random))
    }
  }
  fill(root, 0)
  return root
}

/**
 * @param {Random} random
 * @param {string} root
 * @returns {GrepOptions}
 */
function randomGrep(random, root) {
  const { patterns, fixed, ignoreCase, word, multiline, dotAll } = randomOptions(random)
  const sometimes = (/** @type {number} */ often, /** @type {object} */ options) =>
    random.below(often) === 0 ? options : {}
  const places = () => {
    if (random.below(2) === 0)
      return random.pick([['.'], ['a', 'd'], ['b.ts', '.'], ['é.ts'], ['./d/', 'z', 'f.log'], ['.e'], [root]])
    // Some lie in others.
    const there = fs
      .readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => !/^\.git(\/|$)/.test(name))
    return Array.from({ length: 1 + random.below(4) }, () =>
      random.below(3) === 0 ? '.' : random.pick(['d', ...there])
    )
  }
  return /** @type {GrepOptions} */ ({
    ...{ patterns, fixed, ignoreCase, word, multiline, dotAll },
    root,
    ...sometimes(4, { invert: true }),
    ...sometimes(3, { before: random.below(4) }),
    ...sometimes(3, { after: random.below(4) }),
    ...sometimes(3, { paths: places() }),
    ...sometimes(5, { globs: random.pick(['*.ts', '!*.ts', ['**/d/**'], ['*.{ts,md}', '!a/**'], '/a/*', 'a/**']) }),
    ...sometimes(8, { types: random.pick(['ts', ['rust', 'md'], 'make']) }),
    ...sometimes(4, { hidden: false }),
    ...sometimes(4, { ignored: true }),
    ...sometimes(10, { encoding: random.pick(['utf-8', 'latin1', 'utf-16le', 'koi8-r']) }),
    ...sometimes(5, { binary: 'text' }),
    ...sometimes(4, { maxResults: random.below(20) }),
    ...sometimes(4, { maxPerFile: 1 + random.below(4) }),
    ...sometimes(5, { maxFileBytes: random.below(400) }),
    ...sometimes(3, { maxLineLength: 16 + random.below(40) }),
    ...sometimes(5, {
      overlay: new Map(
        [...NAMES, 'd/new', 'new', 'a/a', 'a/d/a', 'd/.gitignore', 'new/d/e', 'd/.e/x', '.e/z', 'z/z']
          .filter(() => random.below(5) === 0)
          .map((name) => [name, randomContent(random).toString('utf8')])
      )
    })
  })
}

test('shadow runs of what is open for a while tell of no difference', async () => {
  const root = randomTree(randomFrom(SEED))
  /** @type {unknown[]} */
  const differences = []
  tenon.configure({
    features: { files: 'shadow' },
    onShadow: ({ method, difference }) => difference !== undefined && differences.push([method, difference])
  })
  const { runs } = tenon.status().features.files.shadow ?? { runs: 0 }
  await tenon.files.grepStream({ pattern: 'a', root }).next()
  await tenon.files.walk(root).next()
  assert.equal(tenon.status().features.files.shadow?.runs, runs + 2)
  tenon.configure({ features: { files: 'auto' }, onShadow: undefined })
  assert.deepEqual(differences, [])
})

test('both engines find the same in random trees', async () => {
  const random = randomFrom(SEED)
  const runs = fuzzRuns(400)
  let compared = 0
  /** @type {string} */
  let root = ''
  for (let run = 0; run < runs; run++) {
    if (run % 10 === 0) root = randomTree(random)
    const options = randomGrep(random, root)
    const what = `seed ${SEED}, run ${run}: ${JSON.stringify({ ...options, overlay: options.overlay && [...options.overlay] })}`
    const fallback = await unprivileged(root, () => outcome('fallback', options))
    // What the fallback says that it does not do.
    if (fallback.code === 'ERR_UNSUPPORTED') continue
    const native = await unprivileged(root, () => outcome('native', options))
    if (native.code !== undefined || fallback.code !== undefined) {
      assert.equal(native.code, fallback.code, what)
      if (native.code !== 'ERR_INVALID_ARG') assert.equal(native.message, fallback.message, what)
      continue
    }
    compared++
    assert.deepEqual(native, fallback, what)
    if (run % 7 === 0) {
      for (const engine of /** @type {const} */ (['native', 'fallback'])) {
        const batches = await unprivileged(root, () => streamed(engine, options))
        assert.deepEqual(batches, native.result, `${engine} in batches; ${what}`)
      }
    }
  }
  assert.ok(compared > runs / 2, `only ${compared} of ${runs} were compared`)
})

test('a walk without native ends where it is late, and goes on', async () => {
  const root = path.join(made, 'late')
  fs.mkdirSync(path.join(root, 'd'), { recursive: true })
  fs.writeFileSync(path.join(root, 'd/a'), '')
  const options = { hidden: true, ignore: false, environment: {} }
  let late = true
  const items = runSync(
    (function* () {
      const walk = yield* openWalk(root, options, EVERYTHING)
      const items = []
      for (let count = 0; count < 6; count++) {
        const item = yield* nextItem(walk, () => late)
        items.push(item?.path ?? (walk.next === undefined ? 'end' : 'late'))
        late = !late
      }
      return items
    })()
  )
  assert.deepEqual(items, ['late', 'd/a', 'end', 'end', 'end', 'end'])
})

test('steps that nobody asked for are closed', async () => {
  let closed = 0
  const steps = { next: async () => ({}), close: () => void (closed += 1) }
  const take = () => ({ batch: [1], done: false })
  const unread = new Batches(steps, take, undefined)
  await unread.return()
  assert.equal(closed, 1)
  const read = new Batches(steps, take, undefined)
  assert.deepEqual(await read.next(), { done: false, value: [1] })
  await read.return()
  assert.equal(closed, 2)
})

test('both engines decode the single-byte encodings alike', async () => {
  const root = path.join(made, 'bytes')
  fs.mkdirSync(root, { recursive: true })
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte !== 10 && byte !== 13))
  fs.writeFileSync(path.join(root, 'a'), bytes)
  for (const encoding of ['utf-8', 'utf-16le', 'utf-16be', 'ascii', ...Object.keys(SINGLE_BYTE)]) {
    const options = { pattern: '', root, encoding, binary: /** @type {const} */ ('text') }
    const [native, fallback] = [await outcome('native', options), await outcome('fallback', options)]
    assert.deepEqual(native, fallback, encoding)
  }
})
