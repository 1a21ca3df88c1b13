'use strict'

// Against tiktoken's own Rust core (npm `tiktoken`, wasm), on real text and on characters that both know.
// The Rust tests compare native with `tiktoken-rs` likewise.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { get_encoding } = require('tiktoken')
const tenon = require('../..')
const { specialTokens } = require('../../lib/tokens/special')
const { SEED, fuzzRuns, randomFrom } = require('../engines')

const ROOT = path.join(__dirname, '../..')
const MAX_TEXT_UNITS = 200_000
/** Enough for every language an installed package is documented in, and for a few seconds. */
const REAL_TEXT_UNITS = Number(process.env.TENON_REAL_TEXT_UNITS ?? 3_000_000)

/** Where nothing was assigned for long: the oracle's Unicode is older, and what it does not know may be a letter now. */
const BLOCKS = [
  [0x00, 0x7f],
  [0x00, 0x7f],
  [0x80, 0x24f],
  [0x2b0, 0x377],
  [0x391, 0x4ff],
  [0x5d0, 0x5ea],
  [0x621, 0x669],
  [0x900, 0x97f],
  [0xe01, 0xe5b],
  [0x2000, 0x206f],
  [0x2150, 0x2188],
  [0x2190, 0x23ff],
  [0x3000, 0x30ff],
  [0x4e00, 0x9fa5],
  [0xac00, 0xd7a3],
  [0xfe00, 0xfe0f],
  [0x10400, 0x1044f],
  [0x1d400, 0x1d7ff],
  [0x1f300, 0x1f5ff]
]

/** The encodings of the oracle; the Rust tests have o200k_harmony too. */
const ENCODINGS = /** @type {const} */ (['o200k_base', 'cl100k_base', 'p50k_base', 'p50k_edit', 'r50k_base', 'gpt2'])
const FIXTURES = path.join(__dirname, '..', 'fixtures', 'tokens')

/** Texts in many languages and programming languages, which the Rust tests read too. */
function fixtures() {
  return ['languages', 'sources'].flatMap((folder) =>
    fs.readdirSync(path.join(FIXTURES, folder)).map((name) => {
      const file = path.join(FIXTURES, folder, name)
      return { file, text: fs.readFileSync(file, 'utf8') }
    })
  )
}

/** Source, documentation and data of the installed packages, and this repository's own. @param {number} units */
function* realTexts(units) {
  let left = units
  const typescript = path.join(ROOT, 'node_modules/typescript/lib')
  // The messages of the TypeScript compiler are in thirteen languages.
  const messages = fs
    .readdirSync(typescript)
    .map((folder) => path.join(typescript, folder, 'diagnosticMessages.generated.json'))
  const listed = tenon.files.listSync(path.join(ROOT, 'node_modules'), { ignore: false })
  const rest = listed
    .filter((name) => /\.(md|js|ts|mjs|json|txt)$/.test(name))
    .map((name) => path.join(ROOT, 'node_modules', name))
  const own = tenon.files
    .listSync(ROOT)
    .filter((name) => /\.(rs|js|md|toml)$/.test(name))
    .map((name) => path.join(ROOT, name))
  for (const file of [...messages.filter(fs.existsSync), ...own, ...rest]) {
    const text = fs.readFileSync(file, 'utf8').slice(0, MAX_TEXT_UNITS).toWellFormed()
    yield { file, text }
    if ((left -= text.length) <= 0) return
  }
}

/**
 * @param {Uint32Array} actual
 * @param {Uint32Array} expected
 * @param {string} file
 */
function assertIds(actual, expected, file) {
  const at = expected.findIndex((id, index) => id !== actual[index])
  if (at >= 0) assert.fail(`${file}: token ${at} is ${actual[at]}, tiktoken's is ${expected[at]}`)
  assert.equal(actual.length, expected.length, file)
}

for (const name of ENCODINGS) {
  // The older encodings share one rule and, but for a few runs of spaces, one vocabulary.
  const realTextUnits = name === 'o200k_base' || name === 'cl100k_base' ? REAL_TEXT_UNITS : REAL_TEXT_UNITS / 10

  test(`${name}: the ids of real text are tiktoken's`, () => {
    const oracle = get_encoding(name)
    const options = { encoding: name }
    for (const { file, text } of fixtures()) {
      const expected = oracle.encode_ordinary(text)
      assertIds(tenon.tokens.encode(text, options), expected, file)
      assertIds(tenon.tokens.encode(fs.readFileSync(file), options), expected, file)
      assertIds(tenon.tokens.encodeWithOffsets(text, options).ids, expected, file)
      assert.equal(tenon.tokens.count(text, options), expected.length, file)
      assert.deepEqual(tenon.tokens.decodeBytes(expected, options), Uint8Array.from(oracle.decode(expected)), file)
    }
    let units = 0
    for (const { file, text } of realTexts(realTextUnits)) {
      units += text.length
      assertIds(tenon.tokens.encode(text, options), oracle.encode_ordinary(text), file)
    }
    assert.ok(units > realTextUnits / 2, `only ${units} code units of text were found`)
    oracle.free()
  })

  test(`${name}: the ids of random characters are tiktoken's`, (t) => {
    t.diagnostic(`seed ${SEED}`)
    const oracle = get_encoding(name)
    const random = randomFrom(SEED)
    for (let run = 0; run < fuzzRuns(3000); run++) {
      let text = ''
      for (let length = random.below(30); length > 0; length--) {
        const [first, last] = random.pick(BLOCKS)
        text += String.fromCodePoint(first + random.below(last - first + 1))
      }
      assert.deepEqual(
        tenon.tokens.encode(text, { encoding: name }),
        oracle.encode_ordinary(text),
        `seed ${SEED}, run ${run}: ${JSON.stringify(text)}`
      )
    }
    oracle.free()
  })

  test(`${name}: the ids of random bytes are tiktoken's of the text that they are`, (t) => {
    t.diagnostic(`seed ${SEED}`)
    const oracle = get_encoding(name)
    const random = randomFrom(SEED + 1)
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    for (let run = 0; run < fuzzRuns(1000); run++) {
      const bytes = Uint8Array.from({ length: random.below(60) }, () =>
        random.pick([random.below(256), 0x20, 0x61, 0xf0, 0x9f, 0x80, 0xe6])
      )
      const context = `seed ${SEED}, run ${run}: ${Buffer.from(bytes).toString('hex')}`
      const expected = oracle.encode_ordinary(decoder.decode(bytes))
      assert.deepEqual(tenon.tokens.encode(bytes, { encoding: name }), expected, context)
      assert.deepEqual(tenon.tokens.encodeWithOffsets(bytes, { encoding: name }).ids, expected, context)
      assert.equal(tenon.tokens.count(bytes, { encoding: name }), expected.length, context)
    }
    oracle.free()
  })

  test(`${name}: special tokens, allowed and disallowed, are tiktoken's`, (t) => {
    t.diagnostic(`seed ${SEED}`)
    const oracle = get_encoding(name)
    const random = randomFrom(SEED + 2)
    const special = specialTokens(name).list.map(([text]) => text)
    for (const [text, id] of specialTokens(name).list) {
      assert.deepEqual(oracle.encode(text, 'all'), Uint32Array.of(id))
      assert.deepEqual(tenon.tokens.encode(text, { encoding: name, allowedSpecial: 'all' }), Uint32Array.of(id))
    }
    const pieces = [...special, '<|', '|>', '<|endof', 'endoftext|>', '<|fim_other|>', '<|ENDOFTEXT|>', ' ', 'a', '文']
    const outcomes = { refused: 0, encoded: 0 }
    const some = () => random.pick([/** @type {'all'} */ ('all'), [], special.filter(() => random.below(2) > 0)])
    for (let run = 0; run < fuzzRuns(1000); run++) {
      let text = ''
      for (let length = random.below(8); length > 0; length--) text += random.pick(pieces)
      const allowedSpecial = some()
      const disallowedSpecial = some()
      const options = { encoding: name, allowedSpecial, disallowedSpecial }
      const context = `seed ${SEED}, run ${run}: ${JSON.stringify({ text, ...options })}`
      /** @type {Uint32Array | undefined} */
      let expected
      try {
        expected = oracle.encode(text, allowedSpecial, disallowedSpecial)
      } catch (error) {
        assert.match(String(error), /special token that is not allowed/, context)
      }
      if (expected) {
        outcomes.encoded++
        assert.deepEqual(tenon.tokens.encode(text, options), expected, context)
        assert.equal(tenon.tokens.count(text, options), expected.length, context)
        assert.deepEqual(tenon.tokens.encodeWithOffsets(text, options).ids, expected, context)
      } else {
        outcomes.refused++
        for (const refuse of [tenon.tokens.encode, tenon.tokens.count, tenon.tokens.encodeWithOffsets]) {
          assert.throws(
            () => refuse(text, options),
            ({ code, details }) =>
              code === 'ERR_INVALID_ARG' &&
              special.includes(details.special) &&
              text.startsWith(details.special, details.at),
            context
          )
        }
      }
    }
    assert.ok(outcomes.refused > 0 && outcomes.encoded > 0, JSON.stringify(outcomes))
    oracle.free()
  })
}

test('the fixtures are in as many languages as they should be', () => {
  const files = fixtures().map(({ file, text }) => ({ text, folder: path.basename(path.dirname(file)) }))
  assert.ok(files.filter(({ folder }) => folder === 'languages').length >= 14)
  assert.ok(files.filter(({ folder }) => folder === 'sources').length >= 10)
  assert.ok(
    files.some(({ text }) => text.includes('\r\n')),
    'one of them has the line ends of Windows, however it was checked out'
  )
})
