'use strict'

// Vocabularies that are not built in: the tables that the Rust tests read too.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { CustomTokenizer } = require('../../lib/tokens/custom/tokenizer')
const { Matcher, compilePattern } = require('../../lib/tokens/custom/pattern')
const { definitionFromTiktoken, parseTiktoken } = require('../../lib/tokens/custom/tiktoken-file')
const { parseTokenizerJson } = require('../../lib/tokens/custom/tokenizer-json')
const { vocabulary } = require('../../lib/tokens/vocabulary')
const { cl100k } = require('../../lib/tokens/scan')
const { SEED, fuzzRuns, randomFrom } = require('../engines')

/** @param {string} name */
const table = (name) =>
  JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'fixtures', 'tokens', `${name}.json`), 'utf8'))

/** @type {{ texts: string[], cases: { name: string, tokenizer: any, ids: number[][][] }[] }} */
const tokenizers = table('tokenizer-json')

test("the ids are those of Hugging Face's tokenizers", () => {
  assert.ok(tokenizers.cases.length > 15 && tokenizers.texts.length > 50)
  for (const { name, tokenizer, ids } of tokenizers.cases) {
    const json = JSON.stringify(tokenizer)
    const loaded = new CustomTokenizer(parseTokenizerJson(name.length % 2 ? json : Buffer.from(json)))
    tokenizers.texts.forEach((text, index) => {
      const [all, none = all] = ids[index]
      assert.deepEqual([...loaded.encode(text, 'all')], all, `${name}: ${JSON.stringify(text)}`)
      assert.deepEqual([...loaded.encode(text)], none, `${name}, no special tokens: ${JSON.stringify(text)}`)
    })
  }
})

test('the matches of patterns are those of fancy-regex and Oniguruma, in as many steps as in Rust', () => {
  /** @type {{ texts: string[], cases: { pattern: string, syntax: 'rust' | 'oniguruma', matches: string[][], steps: number[] }[] }} */
  const { texts, cases } = table('patterns')
  assert.ok(cases.length > 20)
  for (const { pattern, syntax, matches, steps } of cases) {
    const compiled = compilePattern(pattern, { syntax })
    texts.forEach((text, index) => {
      const matcher = new Matcher(text)
      const found = Array.from(compiled.matches(text, matcher), ([start, end]) => text.slice(start, end))
      assert.deepEqual(found, matches[index], `${pattern} on ${JSON.stringify(text)}`)
      assert.equal(matcher.steps, steps[index], `${pattern} on ${JSON.stringify(text)}`)
      const first = compiled.find(text, 0, matcher)
      if (first) assert.equal(compiled.nextEnd(text, first[0], matcher), first[1])
    })
  }
})

/** @param {() => unknown} make @param {string} argument @returns {string[]} */
function errorOf(make, argument) {
  try {
    make()
  } catch (error) {
    assert.equal(Object(error).name, 'TenonError', String(error))
    assert.equal(Object(error).argument, argument)
    return [Object(error).code, Object(error).message]
  }
  return ['none', '']
}

test('errors are worded as in Rust', () => {
  const errors = table('definition-errors')
  for (const { pattern, syntax, error } of errors.pattern) {
    assert.deepEqual(
      errorOf(() => compilePattern(pattern, { syntax }), 'pattern'),
      error,
      pattern
    )
  }
  for (const { ranks, error } of errors.ranks) {
    assert.deepEqual(
      errorOf(() => parseTiktoken(Buffer.from(ranks)), 'ranks'),
      error,
      ranks
    )
  }
  const base = tokenizers.cases.find(({ name }) => name === 'no cut')?.tokenizer
  for (const { json, pointer, value, normalizer, error } of errors.tokenizerJson) {
    const text = json ?? JSON.stringify(changed(base, pointer, value, normalizer))
    const make = () => new CustomTokenizer(parseTokenizerJson(text))
    assert.deepEqual(errorOf(make, 'tokenizerJson'), error, json ?? pointer)
  }
})

/** A copy with another value at a JSON pointer. @param {any} base @param {string} pointer @param {unknown} value @param {unknown} normalizer */
function changed(base, pointer, value, normalizer = base.normalizer) {
  const copy = { ...structuredClone(base), normalizer }
  const names = pointer.slice(1).split('/')
  const last = String(names.pop())
  names.reduce((part, name) => part[name], copy)[last] = value
  return copy
}

test("cl100k_base from a file has the built-in encoding's ids", (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED)
  const { ranks } = vocabulary(1)
  const file = Array.from(ranks, ([bytes, rank]) => `${Buffer.from(bytes, 'latin1').toString('base64')} ${rank}\n`)
  const pattern = compilePattern('cl100k')
  assert.equal(pattern.wellKnown, 'cl100k')
  const special = /** @type {[string, number][]} */ ([['<|endoftext|>', 100257]])
  const tokenizer = new CustomTokenizer(definitionFromTiktoken(Buffer.from(file.join('')), pattern, special))
  const tenon = require('../..')
  const alphabet = [
    ..."abSTs'’12²٣ \t\n\r\u0085\u00a0\u3000\ufeff./_éſK文あ한\u0301👨🏽𐐀",
    'the',
    ' the',
    "'ll",
    '<|endoftext|>'
  ]
  for (let run = 0; run < fuzzRuns(1000); run++) {
    const text = Array.from({ length: random.below(30) }, () => random.pick(alphabet)).join('')
    const context = `seed ${SEED}, run ${run}: ${JSON.stringify(text)}`
    const ids = tokenizer.encode(text)
    assert.deepEqual(ids, tenon.tokens.encode(text, { encoding: 'cl100k_base' }), context)
    assert.equal(Buffer.from(tokenizer.decode(ids, 1000)).toString(), text, context)
    let at = 0
    for (const piece of tokenizer.pretokens(text)) {
      assert.equal(cl100k(text, at), at + piece.length, context)
      at += piece.length
    }
  }
  assert.deepEqual([...tokenizer.encode('a<|endoftext|>', 'all')], [64, 100257])
  assert.deepEqual([...tokenizer.encode('a<|endoftext|>', new Set(['<|endoftext|>']))], [64, 100257])
  assert.throws(() => tokenizer.decode([64, 100257], 10), { code: 'ERR_LIMIT' })
  assert.throws(() => tokenizer.decode([64, 4_000_000], 10), {
    code: 'ERR_INVALID_ARG',
    message: 'ids[1]: 4000000 is no token of the encoding'
  })
})

test('what takes too long is an error, and long runs are none', () => {
  for (const pattern of ['(?:a+)+b', '(?:a|aa)+b', '(?:a?){500}a{500}b']) {
    const text = 'a'.repeat(1000)
    assert.throws(() => [...compilePattern(pattern).matches(text, new Matcher(text))], {
      code: 'ERR_LIMIT',
      message: 'text: more than 300000 steps to match the pattern'
    })
  }
  const pairs = 'ab'.repeat(2_000_000)
  assert.throws(() => [...compilePattern('(?:ab)+c').matches(pairs, new Matcher(pairs))], {
    code: 'ERR_LIMIT',
    message: 'text: more than 1048576 open choices while matching the pattern'
  })
  for (const { tokenizer } of tokenizers.cases.slice(0, 6)) {
    const loaded = new CustomTokenizer(parseTokenizerJson(JSON.stringify(tokenizer)))
    for (const unit of ['a', ' ', 'e\u0301', '文', 'the ', '<|im_start|>']) {
      assert.ok(loaded.encode(unit.repeat(20_000), 'all').length > 0)
    }
  }
})

test('the added tokens of a .tiktoken file are checked', () => {
  const ranks = Buffer.from(
    Array.from({ length: 256 }, (_, byte) => `${Buffer.from([byte]).toString('base64')} ${byte}\n`).join('')
  )
  const pattern = compilePattern('o200k')
  for (const [special, message] of /** @type {[[string, number][], string][]} */ ([
    [[['', 300]], 'special[0]: the text is empty'],
    [
      [
        ['a', 300],
        ['a', 301]
      ],
      "special[1]: the text is another token's too"
    ],
    [
      [
        ['a', 300],
        ['b', 7]
      ],
      "special[1]: the id 7 is another token's too"
    ],
    [[['a', 2 ** 31]], 'special[0]: the id is not below 2147483648']
  ])) {
    assert.throws(() => definitionFromTiktoken(ranks, pattern, special), { code: 'ERR_INVALID_ARG', message })
  }
})

// U+1ADE is a mark since Unicode 17: before that it is a character like any other, which marks do not pass.
test('normalization is that of Unicode 16', () => {
  const base = tokenizers.cases.find(({ name }) => name === 'no cut')?.tokenizer
  const json = JSON.stringify({ ...base, normalizer: { type: 'NFC' } })
  const tokenizer = new CustomTokenizer(parseTokenizerJson(json))
  for (const [text, normal] of [
    ['a\u1ade\u0301\u0323', 'a\u1ade\u0323\u0301'],
    ['e\u0301\u1adee\u0301', 'é\u1adeé'],
    ['\u1ade', '\u1ade'],
    ['a\u0301\u0323', '\u1ea1\u0301']
  ]) {
    assert.deepEqual(tokenizer.pretokens(text), [normal])
  }
})
