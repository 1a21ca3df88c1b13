'use strict'

// What a result depends on besides the code: the machine, Node, the build of the addon.

const { createHash } = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const zlib = require('node:zlib')
const { load, platformName } = require('../lib/native')
const { targetDirectory } = require('../scripts/build')
const { ROOT, exists, run } = require('../scripts/run')
const { TARGETS } = require('../scripts/targets')

/** @param {string} [note] what a reader of the times should know */
function machine(note) {
  const cpus = os.cpus()
  return {
    cpu: cpus[0]?.model.trim() ?? os.arch(),
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    os: distribution(),
    node: process.version,
    v8: process.versions.v8,
    load: Number(os.loadavg()[0].toFixed(2)),
    ...(note !== undefined && { note })
  }
}

/** The system and its distribution: a kernel's release may name the machine. */
function distribution() {
  const file = '/etc/os-release'
  const name = fs.existsSync(file) && /^PRETTY_NAME="?([^"\n]*)/m.exec(fs.readFileSync(file, 'utf8'))
  return name ? `${os.type()}, ${name[1]}` : os.type()
}

function revision() {
  if (!fs.existsSync(path.join(ROOT, '.git')) || !exists('git')) return {}
  const measured = ['crates', 'lib', 'index.js', 'Cargo.toml', 'Cargo.lock']
  const changed = run('git', ['status', '--porcelain', '--', ...measured], { capture: true })
  return {
    commit: run('git', ['rev-parse', 'HEAD'], { capture: true }).trim(),
    uncommittedChanges: changed.split('\n').filter(Boolean).length
  }
}

/** The binary that the measurements ran on. */
function build() {
  const { path: file } = load()
  if (file === undefined) return undefined
  const binary = fs.readFileSync(file)
  return {
    profile: profileOf(binary),
    rustc: exists('rustc') ? run('rustc', ['--version'], { capture: true }).trim() : undefined,
    binaryBytes: binary.length,
    gzipBytes: zlib.gzipSync(binary, { level: 9 }).length
  }
}

/** The profile whose last build this binary is; 'unknown' where that build is not here any more. @param {Buffer} binary */
function profileOf(binary) {
  const target = TARGETS.find(({ platform }) => platform === platformName())
  if (!target || !exists('cargo')) return 'unknown'
  const digest = (/** @type {Buffer} */ bytes) => createHash('sha256').update(bytes).digest('hex')
  const same = (/** @type {string} */ profile) => {
    const file = path.join(targetDirectory(), profile, target.library)
    return fs.existsSync(file) && digest(fs.readFileSync(file)) === digest(binary)
  }
  return ['release', 'quick'].find(same) ?? 'unknown'
}

/**
 * Seconds that a release build of the addon takes from nothing but downloaded sources.
 * @returns {{ buildSeconds: number, dependencies: string }}
 */
function timeBuild() {
  const target = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-build-'))
  try {
    run('cargo', ['fetch', '--locked'])
    const start = performance.now()
    run('cargo', ['build', '--release', '--package', 'tenon-node', '--locked', '--offline'], {
      env: { ...process.env, CARGO_TARGET_DIR: target, NAPI_TYPE_DEF_TMP_FOLDER: target }
    })
    return { buildSeconds: Math.round((performance.now() - start) / 100) / 10, dependencies: 'already downloaded' }
  } finally {
    fs.rmSync(target, { recursive: true, force: true })
  }
}

module.exports = { build, machine, revision, timeBuild }
