'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')
const tenon = require('../..')
const { toByteString } = require('../../lib/files/names')
const { Globs } = require('../../lib/files/glob/globs')
const { SEED, answers, describeBoth, fuzzRuns, randomFrom } = require('../engines')
const { anyPath, anyPattern } = require('../globs')

/** @typedef {{ name: string, patterns: string[], dot?: boolean, ignoreCase?: boolean } & Partial<Record<'takes' | 'leaves' | 'enters' | 'passes', string[]>>} Case */
/** @typedef {{ name: string, pattern: string, times?: number, close?: string, code: string, message: string }} Fault */

// The Rust tests of tenon-files read the same table.
const { cases, faults } = /** @type {{ cases: Case[], faults: Fault[] }} */ (
  /** @type {unknown} */ (require('../fixtures/files/glob.json'))
)

describeBoth('files', () => {
  test('every row of the table holds', () => {
    for (const { name, patterns, dot = false, ignoreCase = false, takes = [], leaves = [] } of cases) {
      const options = { dot, caseSensitive: !ignoreCase }
      assert.deepEqual(tenon.files.filterPaths([...takes, ...leaves], patterns, options), takes, name)
      for (const path of takes) assert.ok(tenon.files.isMatch(path, patterns, options), `${name}: ${path}`)
    }
  })

  test('what cannot be used is named', () => {
    for (const { name, pattern, times = 1, close = '', code, message } of faults) {
      const whole = pattern.repeat(times) + close.repeat(times)
      assert.throws(() => tenon.files.isMatch('a', ['a', whole]), { code, message, argument: 'patterns' }, name)
    }
  })

  test('every pattern is answered in time', () => {
    const long = 'a'.repeat(255)
    const path = `${'a/'.repeat(1900)}${long}`
    for (const pattern of [
      `${'*a'.repeat(100)}b`,
      `${'**/'.repeat(20_000)}b`,
      `${'**/a/'.repeat(10_000)}b`,
      `${'+(a|aa|*(a|b|+(a)))'.repeat(20)}b`,
      `${'+('.repeat(30)}!(a${')'.repeat(31)}b`,
      '{'.repeat(60_000),
      '['.repeat(60_000),
      '[[:alpha:]'.repeat(6_000),
      '@('.repeat(30_000),
      '[:['.repeat(20_000)
    ]) {
      assert.deepEqual(tenon.files.filterPaths([long, path], pattern), [], pattern.slice(0, 20))
    }
  })
})

test('the fallback knows which directories can hold something', () => {
  for (const { name, patterns, dot = false, ignoreCase = false, enters = [], passes = [] } of cases) {
    const globs = new Globs(patterns.map(toByteString), [], { dot, caseSensitive: !ignoreCase })
    for (const folder of enters) assert.equal(globs.enters(toByteString(folder)), true, `${name}: ${folder}`)
    for (const folder of passes) assert.equal(globs.enters(toByteString(folder)), false, `${name}: ${folder}`)
  }
})

test('both engines match random paths alike', (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED)
  let matched = 0
  for (let run = 0; run < fuzzRuns(3000); run++) {
    const patterns = Array.from({ length: 1 + random.below(3) }, () => anyPattern(random))
    const paths = Array.from({ length: 30 }, () => anyPath(random))
    const options = { dot: random.below(2) === 0, caseSensitive: random.below(3) > 0 }
    const { native, fallback } = answers('files', () => tenon.files.filterPaths(paths, patterns, options))
    assert.deepEqual(native, fallback, `seed ${SEED}, run ${run}: ${JSON.stringify({ patterns, paths, options })}`)
    if (Array.isArray(native)) matched += native.length
  }
  assert.ok(matched > fuzzRuns(3000), `only ${matched} paths matched`)
})

test('a directory that holds something that is taken is entered', (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED)
  for (let run = 0; run < fuzzRuns(2000); run++) {
    const patterns = [toByteString(anyPattern(random)), toByteString(anyPattern(random))]
    const options = { dot: random.below(2) === 0, caseSensitive: true }
    let globs
    try {
      globs = new Globs(patterns, [], options)
    } catch (error) {
      assert.match(String(Object(error).code), /^ERR_(LIMIT|UNSUPPORTED|INVALID_ARG)$/)
      continue
    }
    for (let more = 20; more > 0; more--) {
      const given = toByteString(anyPath(random))
      const path = given.replace(/\/$/, '')
      if (!globs.takes(path, given !== path)) continue
      for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
        const folder = path.slice(0, slash)
        assert.ok(globs.enters(folder), `seed ${SEED}, run ${run}: ${JSON.stringify({ patterns, path, folder })}`)
      }
    }
  }
})

/** Deletes what a test made when the process ends. */
const made = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-glob-'))
process.on('exit', () => fs.rmSync(made, { recursive: true, force: true }))
process.env.GIT_CONFIG_GLOBAL = path.join(made, 'none')
process.env.GIT_CONFIG_NOSYSTEM = '1'
process.env.XDG_CONFIG_HOME = made

/**
 * Files, folders, links and rules.
 * @param {string} root
 * @param {ReturnType<typeof randomFrom>} random
 */
function grow(root, random) {
  const names = ['a', 'b', 'ab', 'a.ts', 'b.ts', '.a', '.b.ts', 'B.TS', 'ä.ts', '文', 'x-y', '[id]', '{a}', '(a)']
  const folders = ['']
  for (let more = random.below(10); more > 0; more--) folders.push(`${random.pick(folders)}${random.pick(names)}.d/`)
  for (const folder of folders) fs.mkdirSync(path.join(root, folder), { recursive: true })
  for (let more = random.below(40); more > 0; more--) {
    fs.writeFileSync(path.join(root, random.pick(folders), random.pick(names)), '')
  }
  for (let more = random.below(5); more > 0; more--) {
    const target = random.pick(['.', '..', 'a.d', 'a', '../b.d', '/', 'nowhere', 'b.ts'])
    try {
      fs.symlinkSync(target, path.join(root, random.pick(folders), `l${random.pick(names)}`))
    } catch (error) {
      // Windows lets only some users make links.
      if (!/^(EEXIST|EPERM)$/.test(Object(error).code)) throw error
    }
  }
  const rules = ['a', '*.ts', '/b', 'a.d/', '!b.ts', 'ab.d/*', '**/x-y', '.*']
  for (const folder of folders) {
    if (random.below(3) > 0) continue
    const text = Array.from({ length: random.below(4) }, () => random.pick(rules)).join('\n')
    fs.writeFileSync(path.join(root, folder, '.gitignore'), text)
  }
}

test('both engines find the same in random trees', async (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED)
  const usual = [
    '**',
    '**/*.ts',
    '*',
    '*.d/**',
    '**/*.d/*',
    '{a,b}.d/**/*',
    '**/[id]',
    '!**/a*',
    '**/.*',
    '**/l*/**',
    '*/'
  ]
  const pattern = () => (random.below(3) === 0 ? anyPattern(random) : random.pick(usual))
  let found = 0
  for (let run = 0; run < fuzzRuns(150); run++) {
    const cwd = path.join(made, String(run))
    grow(cwd, random)
    for (let more = 4; more > 0; more--) {
      const patterns = Array.from({ length: 1 + random.below(3) }, pattern)
      const onlyDirectories = random.below(4) === 0
      /** @type {import('../..').files.GlobOptions} */
      const options = {
        cwd,
        ignore: random.pick([true, true, false, [pattern().replace(/^!+/, '') || 'a']]),
        dot: random.below(2) === 0,
        onlyDirectories,
        onlyFiles: !onlyDirectories && random.below(2) === 0,
        followSymlinks: random.below(3) === 0,
        caseSensitive: random.below(4) > 0,
        maxResults: random.pick([1, 5, 1_000_000]),
        maxDepth: random.pick([1, 2, 2 ** 32 - 1])
      }
      const place = `seed ${SEED}, run ${run}: ${JSON.stringify({ patterns, options })}`
      const { native, fallback } = answers('files', () => plain(tenon.files.globSync(patterns, options)))
      assert.deepEqual(native, fallback, place)
      if (Object(native).code !== undefined) continue
      found += Object(native).paths.length
      for (const mode of /** @type {const} */ (['native', 'fallback'])) {
        tenon.configure({ features: { files: mode } })
        assert.deepEqual(plain(await tenon.files.glob(patterns, options)), native, `${place}, ${mode} with a promise`)
      }
    }
    fs.rmSync(cwd, { recursive: true })
  }
  assert.ok(found > fuzzRuns(150), `only ${found} were found`)
})

/** A result that can be compared whole. @param {import('../..').files.Listing} listing */
function plain(listing) {
  const { skipped, leftOut, truncated } = listing
  return { paths: [...listing], skipped: [...skipped], leftOut, truncated }
}
