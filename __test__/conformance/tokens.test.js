'use strict'

// Against tiktoken's own Rust core (npm `tiktoken`, wasm), on real text and on characters that both know.
// The Rust tests compare native with `tiktoken-rs` likewise.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { get_encoding } = require('tiktoken')
const tenon = require('../..')
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

/** Source, documentation and data of the installed packages, and this repository's own. */
function* realTexts() {
  let left = REAL_TEXT_UNITS
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

for (const name of /** @type {const} */ (['o200k_base', 'cl100k_base'])) {
  test(`${name}: the ids of real text are tiktoken's`, () => {
    const oracle = get_encoding(name)
    let units = 0
    for (const { file, text } of realTexts()) {
      units += text.length
      const expected = oracle.encode_ordinary(text)
      const actual = tenon.tokens.encode(text, { encoding: name })
      if (
        Buffer.compare(
          Buffer.from(expected.buffer, expected.byteOffset, expected.byteLength),
          Buffer.from(actual.buffer)
        ) !== 0
      ) {
        const at = expected.findIndex((id, index) => id !== actual[index])
        assert.fail(`${file}: token ${at} is ${actual[at]}, tiktoken's is ${expected[at]}`)
      }
    }
    assert.ok(units > REAL_TEXT_UNITS / 2, `only ${units} code units of text were found`)
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
}
