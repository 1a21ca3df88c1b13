'use strict'

// The regular expressions of grep's fallback against those of native, and its two matchers against each other.

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')
const { Pattern, compile } = require('../../lib/files/grep/pattern/pattern')
const { load } = require('../../lib/native')
const { SEED, fuzzRuns, randomFrom } = require('../engines')
const { decode, randomBytes, randomOptions } = require('../patterns')

/** @typedef {import('../patterns').PatternOptions} PatternOptions */
/** @typedef {{ start: number, end: number } | undefined} Found */
/**
 * `bytes` has a character for each byte. Either `matches`, each `[start, end]` in bytes, or the code of the error, and in
 * `fallback` that of the fallback where it is another.
 * @typedef {PatternOptions & { bytes: string, matches?: number[][], error?: string, fallback?: string }} Case
 */
const { cases } = /** @type {{ cases: Case[] }} */ (require('../fixtures/files/regex.json'))

const { addon } = load()

/**
 * The first match from each place, in bytes, or the code of the error.
 * @param {PatternOptions} options
 * @param {Uint8Array} bytes
 * @param {number[]} places
 */
function native(options, bytes, places) {
  const { patterns, fixed = false, word = false, multiline = false, dotAll = false, crlf = false, ignoreCase } = options
  const letterCase = ignoreCase === 'smart' ? 'smart' : ignoreCase ? 'insensitive' : 'sensitive'
  const pattern = { patterns, fixed, letterCase, word, multiline, dotAll, crlf }
  try {
    assert.ok(addon, 'native is built')
    const flat = addon.probePattern(pattern, bytes, Uint32Array.from(places))
    return places.map((_, i) => (flat[2 * i] < 0 ? undefined : { start: flat[2 * i], end: flat[2 * i + 1] }))
  } catch (error) {
    const { message } = /** @type {Error} */ (error)
    if (!message.startsWith('\0')) throw error
    return /** @type {string} */ (JSON.parse(message.slice(1)).code)
  }
}

/** The pattern, or the code of the error. @param {PatternOptions} options */
function compiled(options) {
  try {
    return compile(options)
  } catch (error) {
    if (Object(error).name !== 'TenonError') throw error
    return /** @type {string} */ (Object(error).code)
  }
}

/** A pattern that has one matcher only. @param {PatternOptions} options @param {'v8' | 'pike'} matcher */
function restricted(options, matcher) {
  const pattern = compile(options)
  const inner = /** @type {any} */ (pattern)
  if (matcher === 'pike') inner.regExp = undefined
  else if (inner.regExp) inner.maxSpan = Infinity
  inner.literals = undefined
  return pattern
}

/**
 * All matches: behind an empty one the search goes on at the next character.
 * @param {(from: number) => Found} find
 * @param {(at: number) => number} next
 * @param {number} length
 */
function all(find, next, length) {
  const found = []
  for (let from = 0; from <= length;) {
    const match = find(from)
    if (!match) break
    found.push([match.start, match.end])
    from = match.end > match.start ? match.end : next(match.end)
  }
  return found
}

describe('the table of cases', () => {
  for (const { bytes: characters, matches, error, fallback = error, ...options } of cases) {
    test(`${JSON.stringify(options)} in ${JSON.stringify(characters)}`, () => {
      const bytes = Buffer.from(characters, 'latin1')
      const { text, byteOffsets, unitOffsets } = decode(bytes)
      const byteAt = (/** @type {number} */ unit) => byteOffsets[unitOffsets.indexOf(unit)]
      const nextByte = (/** @type {number} */ at) => byteOffsets[byteOffsets.indexOf(at) + 1] ?? Infinity
      const nextUnit = (/** @type {number} */ at) => unitOffsets[unitOffsets.indexOf(at) + 1] ?? Infinity

      const first = native(options, bytes, [0])
      if (typeof first === 'string') assert.equal(first, error, 'native')
      else {
        const find = (/** @type {number} */ from) => /** @type {Found[]} */ (native(options, bytes, [from]))[0]
        assert.deepEqual(all(find, nextByte, bytes.length), matches, 'native')
      }
      const pattern = compiled(options)
      if (typeof pattern === 'string') assert.equal(pattern, fallback)
      else {
        assert.equal(fallback, undefined)
        const found = all((from) => pattern.find(text, from), nextUnit, text.length)
        const inBytes = found.map((span) => span.map(byteAt))
        assert.deepEqual(inBytes, matches)
      }
    })
  }
})

test('random patterns find the same in both engines', () => {
  const random = randomFrom(SEED)
  for (let run = 0; run < fuzzRuns(3000); run++) {
    const options = randomOptions(random)
    const bytes = randomBytes(random)
    const { text, byteOffsets, unitOffsets } = decode(bytes)
    const what = `seed ${SEED}, run ${run}: ${JSON.stringify(options)} in ${JSON.stringify(text)}`
    const expected = native(options, bytes, byteOffsets)
    const pattern = compiled(options)
    if (typeof pattern === 'string') {
      // What the fallback refuses is no pattern, or in the part that it says it has not.
      if (pattern !== 'ERR_UNSUPPORTED') assert.equal(pattern, expected, what)
      continue
    }
    assert.notEqual(typeof expected, 'string', `${expected} by native only; ${what}`)
    const inUnits = /** @type {Found[]} */ (expected).map((span) => {
      if (!span) return undefined
      const [start, end] = [span.start, span.end].map((byte) => unitOffsets[byteOffsets.indexOf(byte)])
      return { start, end }
    })
    const hasStray = !text.isWellFormed()
    for (const by of [pattern, restricted(options, 'pike'), ...(hasStray ? [] : [restricted(options, 'v8')])]) {
      const found = unitOffsets.map((from) => by.find(text, from))
      assert.deepEqual(found, inUnits, what)
    }
    for (const span of inUnits) {
      if (!span) continue
      const match = text.slice(span.start, span.end)
      assert.ok(pattern.canBeEmpty || match !== '', `not empty; ${what}`)
      assert.ok(pattern.literals?.some((literal) => match.includes(literal)) ?? true, `${pattern.literals}; ${what}`)
    }
  }
})

test('long texts and long lines have the matches that one character after another finds', () => {
  const random = randomFrom(SEED)
  const patterns = [
    ...[
      '\\w+ba',
      '^',
      '$',
      '^$',
      '\\bfoo\\b',
      'a.*b',
      '.*foo.*bar',
      '[^a]+$',
      '\\s+$',
      '^\\s*\\w',
      '(?:\\w+\\s+)*=',
      '\\B'
    ],
    ...['x*', '(a|ab)+c', 'foo|bar|é+', '[é😀]+', '.{5}$', 'a{2,5}b', '\\A\\w', '\\w\\z', '^.*$', 'foo\\s+bar', 'a*?b']
  ]
  const words = ['foo', 'bar', 'a', 'b', 'ab', 'abc', ' ', '  ', '=', '1.5', 'é', '😀', 'xx', '\t', 'c', '\r']
  for (let run = 0; run < fuzzRuns(3000) / 50; run++) {
    const pool = random.below(5) === 0 ? [...words, '\udc80', '\udcff'] : words
    let text = ''
    for (const length = random.below(40_000); text.length < length;) {
      const count = random.below(300) === 0 ? random.below(8000) : random.below(12)
      for (let i = 0; i < count; i++) text += random.pick(pool)
      text += random.pick(['\n', '\n', '\r\n', '\n\n'])
    }
    const flag = () => random.below(5) === 0
    const options = {
      patterns: [random.pick(patterns)],
      ignoreCase: flag(),
      word: flag(),
      multiline: flag(),
      crlf: flag()
    }
    const what = `seed ${SEED}, run ${run}: ${JSON.stringify(options)}`
    const pattern = compile(options)
    const pike = restricted(options, 'pike')
    for (let from = 0, count = 0; from <= text.length && count < 100; count++) {
      const match = pattern.find(text, from)
      assert.deepEqual(match, pike.find(text, from), `from ${from}; ${what}`)
      if (!match) break
      from = match.end > match.start ? match.end : match.end + sizeAt(text, match.end)
    }
  }
})

/** @param {string} text @param {number} at */
const sizeAt = (text, at) => (Number(text.codePointAt(at)) > 0xffff ? 2 : 1)

describe('patterns that take an engine long that goes back', () => {
  const long = 'lorem ipsum dolor sit amet '.repeat(40_000)
  /** @type {[string, string, Found][]} */
  const slow = [
    ['(a+)+b', 'a'.repeat(1_000_000), undefined],
    ['(a+)+b', `${'a'.repeat(100_000)}b`, { start: 0, end: 100_001 }],
    ['(.*)*x', 'a'.repeat(1_000_000), undefined],
    ['(?:.*)*[xy]', 'a'.repeat(100_000), undefined],
    ['(?:a?){30}a{30}', 'a'.repeat(30), { start: 0, end: 30 }],
    ['(?:a|b|ab){40}c', 'ab'.repeat(10_000), undefined],
    ['(?:a|b|ab){40}[cd]', 'ab'.repeat(10_000), undefined],
    ['.*foo.*bar', `${long}foo${long}`, undefined],
    ['.*[fg]oo.*[bc]ar', `${long}foo${long}`, undefined],
    ['(x+x+)+y', 'x'.repeat(100_000), undefined]
  ]
  for (const [pattern, text, expected] of slow) {
    test(`${pattern} in ${text.length} units`, () =>
      assert.deepEqual(compile({ patterns: [pattern] }).find(text), expected))
  }

  test('a search stops between turns', () => {
    const search = compile({ patterns: ['[a-z]{500}{100}'] }).search('ab'.repeat(100_000))
    for (let turn = 0; turn < 3; turn++) assert.equal(search.next().done, false)
    search.return(undefined)
  })
})

test('what is too large is refused', () => {
  const code = 'ERR_LIMIT'
  assert.throws(() => compile({ patterns: ['a{1001}'] }), { code })
  assert.throws(() => compile({ patterns: ['(?:a{1000}){1000}'] }), { code })
  assert.throws(() => compile({ patterns: ['(?:(?:(?:a?){1000}){1000}){1000}'] }), { code })
  assert.throws(() => compile({ patterns: ['a'.repeat(65_537)] }), { code })
  assert.throws(() => compile({ patterns: ['('.repeat(30_000)] }), { code: 'ERR_INVALID_ARG' })
  assert.throws(() => compile({ patterns: ['['.repeat(30_000)] }), { code: 'ERR_INVALID_ARG' })
  assert.throws(() => compile({ patterns: [`a${'*'.repeat(60_000)}`] }), { code: 'ERR_INVALID_ARG' })
  assert.ok(compile({ patterns: ['a'.repeat(65_536)] }) instanceof Pattern)
  assert.ok(compile({ patterns: [`${'(?:'.repeat(240)}a${')'.repeat(240)}`] }) instanceof Pattern)
  assert.ok(compile({ patterns: ['a|'.repeat(30_000)] }).canBeEmpty)
})

test('a string is found whole, a surrogate alone is no pattern', () => {
  assert.deepEqual(compile({ patterns: ['😀'] }).find('x😀'), { start: 1, end: 3 })
  assert.throws(() => compile({ patterns: ['\ude00'] }), { code: 'ERR_INVALID_ARG' })
  assert.equal(compile({ patterns: ['.'] }).find('\udcff'), undefined)
})
