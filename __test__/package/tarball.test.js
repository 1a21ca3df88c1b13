'use strict'

// What users get: the tarballs, installed by npm into an empty project.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')
const { BINARY, PACKAGE, PLATFORM, ROOT, temporaryFolder, version } = require('../sandbox')
const { install, packAll, run } = require('./tarballs')
const { TARGETS } = require('../../scripts/targets')

/** The files below a folder of the checkout, `/`-separated. @param {string} folder */
function below(folder) {
  const entries = fs.readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
}

/** @param {string} cwd @param {string} script @param {{ env?: NodeJS.ProcessEnv, flags?: string[] }} [options] */
function evaluate(cwd, script, { env, flags = [] } = {}) {
  return JSON.parse(run(process.execPath, [...flags, '-e', script], { cwd, env }))
}

describe('the packed tarballs', () => {
  /** @type {ReturnType<typeof packAll>} */
  let packed
  const folder = temporaryFolder({ after })
  before(() => {
    packed = packAll(folder)
  })

  test('the root carries what runs and what is read, and nothing else', () => {
    const data = fs
      .readdirSync(path.join(ROOT, 'crates'))
      .filter((name) => fs.existsSync(path.join(ROOT, 'crates', name, 'data')))
    const expected = [
      ...['index.js', 'index.mjs', 'index.d.ts', 'index.d.mts', 'package.json'],
      ...['README.md', 'CHANGELOG.md', 'LICENSE-MIT', 'LICENSE-APACHE'],
      ...below('bin'),
      ...below('lib'),
      ...below('docs'),
      ...data.flatMap((name) => below(`crates/${name}/data`))
    ]
    assert.deepEqual(packed.root.files, expected.sort())
    for (const file of packed.root.files)
      assert.match(file, /(\.js|\.mjs|\.d\.ts|\.d\.mts|\.md|package\.json|LICENSE-\w+)$/)
  })

  test('the platform package carries its binary', () => {
    assert.deepEqual(packed.platform.files, ['README.md', 'package.json', BINARY].sort())
    assert.equal(packed.platform.manifest.main, BINARY)
    assert.equal(packed.platform.manifest.engines, undefined)
    assert.deepEqual(packed.platform.manifest.os, [process.platform])
    assert.deepEqual(packed.platform.manifest.cpu, [process.arch])
  })

  test('the root names the eight platform packages in its own version, and the checkout does not', () => {
    const expected = Object.fromEntries(TARGETS.map(({ platform }) => [`tenon-${platform}`, version]))
    assert.equal(Object.keys(expected).length, 8)
    assert.deepEqual(packed.root.manifest.optionalDependencies, expected)
    assert.equal(packed.after, packed.before)
    assert.equal(JSON.parse(packed.after).optionalDependencies, undefined)
  })

  test('nothing runs when it is installed', () => {
    for (const { manifest } of [packed.root, packed.platform]) {
      for (const script of ['preinstall', 'install', 'postinstall', 'prepare'])
        assert.equal(manifest.scripts?.[script], undefined)
    }
    assert.ok(!packed.root.files.includes('binding.gyp'), 'npm would run node-gyp')
  })

  test('with the platform package, native serves', () => {
    const project = path.join(folder, 'with')
    install(project, [packed.root.tarball, packed.platform.tarball])
    const env = { TENON_MODE: 'native' }

    const required = `
      const tenon = require('tenon')
      const { count } = require('tenon/tokens')
      const answers = [tenon.tokens.count('hello world'), count('hello world'), tenon.files.listSync('.').includes('package.json')]
      const { features, native } = tenon.status()
      console.log(JSON.stringify({ answers, native: features.tokens.calls.native, path: native.path, version: native.version }))`
    assert.deepEqual(evaluate(project, required, { env }), {
      answers: [2, 2, true],
      native: 2,
      path: path.join(project, 'node_modules', PACKAGE, BINARY),
      version
    })

    const imported = `
      import tenon, { files, tokens, zstd } from 'tenon'
      import { count } from 'tenon/tokens'
      import { listSync } from 'tenon/files'
      import { decompress } from 'tenon/zstd'
      if (zstd.decompress !== decompress) throw new Error('tenon/zstd is another module')
      const answers = [tokens.count('hello world'), tenon.tokens.count('hello world'), count('hello world')]
      const paths = [files, { listSync }].map((module) => module.listSync('.').includes('package.json'))
      console.log(JSON.stringify({ answers, paths, native: tenon.status().features.tokens.calls.native }))`
    assert.deepEqual(evaluate(project, imported, { env, flags: ['--input-type=module'] }), {
      answers: [2, 2, 2],
      paths: [true, true],
      native: 3
    })

    const unknown = `
      let code
      try { require('tenon/lib/native') } catch (error) { code = error.code }
      console.log(JSON.stringify({ code, manifest: require('tenon/package.json').version }))`
    assert.deepEqual(evaluate(project, unknown), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED', manifest: version })
  })

  test('with the platform package, the command runs', () => {
    const project = path.join(folder, 'with')
    assert.equal(
      run('npm', ['exec', '--offline', '--loglevel=error', '--', 'tenon', '--version'], { cwd: project }).trim(),
      version
    )
    const command = path.join(project, 'node_modules', 'tenon', 'bin', 'tenon.js')
    const { native, platform, features } = JSON.parse(
      run(process.execPath, [command, 'doctor', '--json'], { cwd: project })
    )
    assert.equal(native.loaded, true)
    assert.equal(platform, PLATFORM)
    assert.equal(features.tokens.engine, 'native')
  })

  test('without the platform package, the fallback serves and says what to install', () => {
    const project = path.join(folder, 'without')
    install(project, [packed.root.tarball])
    assert.ok(!fs.existsSync(path.join(project, 'node_modules', PACKAGE)))
    const script = `
      const tenon = require('tenon')
      const answers = [tenon.tokens.count('hello world'), tenon.files.listSync('.').includes('package.json')]
      console.log(JSON.stringify({ answers, reason: tenon.status().features.tokens.reason }))`
    assert.deepEqual(evaluate(project, script), {
      answers: [2, true],
      reason: `missing: ${PACKAGE} is not installed; npm install ${PACKAGE}@${version}`
    })
    const forced = `
      let error
      try { require('tenon').tokens.count('') } catch (thrown) { error = thrown }
      console.log(JSON.stringify({ code: error.code, package: error.package }))`
    const expected = { code: 'ERR_NATIVE_UNAVAILABLE', package: PACKAGE }
    assert.deepEqual(evaluate(project, forced, { env: { TENON_MODE: 'native' } }), expected)
  })
})
