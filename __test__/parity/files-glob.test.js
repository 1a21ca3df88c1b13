'use strict'

const assert = require('node:assert/strict')
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
