'use strict'

// A copy of the package in a folder of its own, as npm would install it, and Node processes that use it.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { packageName, platformName } = require('../lib/native')
const { files, version } = require('../package.json')

const ROOT = path.join(__dirname, '..')
const PLATFORM = platformName()
const PACKAGE = packageName()
const BINARY = `tenon.${PLATFORM}.node`

/** What a process says of itself and of one call. */
const REPORT = `
  let error, answer
  try { answer = tenon.tokens.count('hello world') } catch (thrown) { error = thrown }
  const { native, features: { tokens } } = tenon.status()
  const report = { answer, native, tokens }
  if (error) report.error = { name: error.name, code: error.code, message: error.message, package: error.package }
`

/** @typedef {{ answer?: number, native: any, tokens: any, error?: { name: string, code: string, message: string, package: string } }} Report */
/** @typedef {{ env?: NodeJS.ProcessEnv, flags?: string[], script?: string, cwd?: string }} RunOptions */

/**
 * An empty folder that is gone after the test, or after the suite where `t` is `node:test` itself. Its path has no
 * links in it.
 * @param {{ after(cleanUp: () => void): void }} t
 */
function temporaryFolder(t) {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'tenon-test-'))
  // Windows cannot delete a binary as long as a process that has just ended keeps it mapped.
  t.after(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }))
  return folder
}

/**
 * The environment of the tests without what would choose an engine.
 * @param {NodeJS.ProcessEnv} [env]
 */
function cleanEnvironment(env = {}) {
  const inherited = { ...process.env }
  for (const name of ['TENON_MODE', 'TENON_FEATURES', 'TENON_NATIVE_PATH', 'NODE_OPTIONS']) delete inherited[name]
  return { ...inherited, ...env }
}

/** The package in `<folder>/node_modules/tenon`, and where its binary may lie. */
class Sandbox {
  /** @param {import('node:test').TestContext} t */
  constructor(t) {
    this.folder = temporaryFolder(t)
    this.root = path.join(this.folder, 'node_modules', 'tenon')
    /** As `npm run build` leaves it. */
    this.built = path.join(this.root, BINARY)
    /** As npm installs it. */
    this.packaged = path.join(this.folder, 'node_modules', PACKAGE, BINARY)
    for (const name of ['package.json', ...files.filter((name) => !name.includes('*'))]) {
      const from = path.join(ROOT, name)
      if (fs.existsSync(from)) fs.cpSync(from, path.join(this.root, name), { recursive: true })
    }
    for (const data of ['crates/files/data', 'crates/tokens/data']) {
      fs.cpSync(path.join(ROOT, data), path.join(this.root, data), { recursive: true })
    }
    fs.chmodSync(this.folder, 0o755)
  }

  /** Installs the platform's package with the binary of this checkout. */
  install() {
    fs.mkdirSync(path.dirname(this.packaged), { recursive: true })
    fs.copyFileSync(
      path.join(ROOT, 'npm', PLATFORM, 'package.json'),
      path.join(path.dirname(this.packaged), 'package.json')
    )
    fs.copyFileSync(path.join(ROOT, BINARY), this.packaged)
    return this.packaged
  }

  /** Puts the binary of this checkout where `npm run build` does. */
  build() {
    fs.copyFileSync(path.join(ROOT, BINARY), this.built)
    return this.built
  }

  /** Makes the package, not its binary, another version. @param {string} version */
  setVersion(version) {
    const file = path.join(this.root, 'package.json')
    fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, 'utf8')), version }))
  }

  /**
   * Runs a script in a process of its own.
   * @param {RunOptions} [options]
   */
  spawn({ env, flags = [], script = '', cwd = this.folder } = {}) {
    return spawnSync(process.execPath, [...flags, '-e', script], {
      cwd,
      env: cleanEnvironment(env),
      encoding: 'utf8',
      timeout: 60_000
    })
  }

  /**
   * What `require('tenon')` does in a process of its own, which must end well and print nothing else.
   * @param {RunOptions} [options]
   * @returns {Report}
   */
  report({
    script = `const tenon = require('tenon'); ${REPORT}; console.log(JSON.stringify(report))`,
    ...options
  } = {}) {
    const { status, signal, stdout, stderr } = this.spawn({ ...options, script })
    assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' }, stdout)
    return JSON.parse(stdout)
  }
}

module.exports = { BINARY, PACKAGE, PLATFORM, REPORT, ROOT, Sandbox, cleanEnvironment, temporaryFolder, version }
