'use strict'

// Tenon in a program that esbuild has put into one file: as CommonJS and as an ES module, with the binary beside it, with
// the platform packages left outside, and with none.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const esbuild = require('esbuild')
const { BINARY, PACKAGE, Sandbox, version } = require('../sandbox')
const { run } = require('./tarballs')

/** What esbuild's manual gives for bundles of CommonJS in an ES module. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

const ENTRY = `
  import tenon, { tokens } from 'tenon'
  import { count } from 'tenon/tokens'
  let error
  const answers = []
  try {
    answers.push(tokens.count('hello world'), count('hello world'), tenon.files.listSync('.').length > 0)
  } catch (thrown) {
    error = { code: thrown.code, package: thrown.package }
  }
  const { native, features } = tenon.status()
  console.log(JSON.stringify({ answers, error, native, calls: features.tokens.calls }))
`

/**
 * Bundles ENTRY into a folder of its own, from which no package can be found.
 * @param {Sandbox} sandbox
 * @param {esbuild.Format} format
 * @param {esbuild.BuildOptions} [options]
 */
async function bundle(sandbox, format, options = {}) {
  const entry = path.join(sandbox.folder, 'entry.mjs')
  fs.writeFileSync(entry, ENTRY)
  const output = path.join(sandbox.folder, 'output', format)
  const outfile = path.join(output, format === 'esm' ? 'bundle.mjs' : 'bundle.cjs')
  const { warnings } = await esbuild.build({
    absWorkingDir: sandbox.folder,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format,
    logLevel: 'silent',
    ...(format === 'esm' && { banner: { js: REQUIRE } }),
    ...options
  })
  assert.deepEqual(warnings, [])
  // Only what the bundle brings along is there when it runs.
  fs.renameSync(path.join(sandbox.folder, 'node_modules'), path.join(sandbox.folder, 'elsewhere'))
  return { output, outfile }
}

/** @param {string} file @param {NodeJS.ProcessEnv} [env] */
function start(file, env) {
  return JSON.parse(run(process.execPath, [file], { cwd: path.dirname(file), env }))
}

for (const format of /** @type {const} */ (['cjs', 'esm'])) {
  describe(`bundled as ${format}`, () => {
    test('with the binary copied beside the bundle', async (t) => {
      const sandbox = new Sandbox(t)
      sandbox.install()
      const { output, outfile } = await bundle(sandbox, format, { loader: { '.node': 'copy' } })
      const copies = fs.readdirSync(output).filter((name) => name.endsWith('.node'))
      assert.equal(copies.length, 1)
      assert.ok(copies[0].startsWith(path.parse(BINARY).name), copies[0])
      const { answers, native, calls } = start(outfile, { TENON_MODE: 'native' })
      assert.deepEqual(answers, [2, 2, true])
      assert.equal(native.loaded, true)
      assert.equal(native.version, version)
      assert.deepEqual(calls, { native: 2, fallback: 0 })
    })

    test('with the platform packages outside', async (t) => {
      const sandbox = new Sandbox(t)
      sandbox.install()
      const { output, outfile } = await bundle(sandbox, format, { external: ['tenon-*'] })
      const missing = start(outfile)
      assert.deepEqual(missing.answers, [2, 2, true])
      assert.deepEqual(missing.native, {
        loaded: false,
        cause: 'missing',
        reason: `missing: ${PACKAGE} is not installed; npm install ${PACKAGE}@${version}`
      })

      const installed = path.join(output, 'node_modules', PACKAGE)
      fs.cpSync(path.join(sandbox.folder, 'elsewhere', PACKAGE), installed, { recursive: true })
      const found = start(outfile, { TENON_MODE: 'native' })
      assert.deepEqual(found.answers, [2, 2, true])
      assert.deepEqual(found.calls, { native: 2, fallback: 0 })
      assert.equal(found.native.version, version)

      fs.truncateSync(path.join(installed, BINARY), 5000)
      const broken = start(outfile)
      assert.deepEqual(broken.answers, [2, 2, true])
      assert.equal(broken.native.cause, 'broken')
    })

    test('with none installed, the fallback is inside', async (t) => {
      const { output, outfile } = await bundle(new Sandbox(t), format)
      assert.deepEqual(fs.readdirSync(output), [path.basename(outfile)])
      const { answers, native, calls } = start(outfile)
      assert.deepEqual(answers, [2, 2, true])
      assert.deepEqual(native, {
        loaded: false,
        cause: 'missing',
        reason: `missing: ${PACKAGE} is not installed; npm install ${PACKAGE}@${version}`
      })
      assert.deepEqual(calls, { native: 0, fallback: 2 })
      assert.deepEqual(start(outfile, { TENON_MODE: 'native' }).error, {
        code: 'ERR_NATIVE_UNAVAILABLE',
        package: PACKAGE
      })
    })

    test('TENON_NATIVE_PATH names the binary', async (t) => {
      const sandbox = new Sandbox(t)
      const { output, outfile } = await bundle(sandbox, format, { minify: true })
      const file = path.join(output, 'any.node')
      fs.copyFileSync(path.join(__dirname, '../..', BINARY), file)
      const { native } = start(outfile, { TENON_MODE: 'native', TENON_NATIVE_PATH: file })
      assert.deepEqual(native, { loaded: true, path: file, version })
    })
  })
}
