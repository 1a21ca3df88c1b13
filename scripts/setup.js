'use strict'

// What the other scripts need, installed or built on first use. Uses Node alone: nothing else is there yet.

const fs = require('node:fs')
const path = require('node:path')
const { ROOT, exists, run } = require('./run')

/** Installs a folder's npm dependencies where they are missing or not those of its lockfile. */
function ensureDependencies(folder = ROOT) {
  const installed = path.join(folder, 'node_modules', '.package-lock.json')
  if (modified(installed) >= modified(path.join(folder, 'package-lock.json'))) return
  console.error(`installing the dependencies of ${path.relative(path.dirname(ROOT), folder)} (npm ci)`)
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder })
}

/**
 * Builds the addon where it is missing or older than its sources.
 * @returns {boolean} false where neither a binary nor Rust is there: then only the fallback can run
 */
function ensureAddon() {
  const { packageName, platformName } = require('../lib/native')
  const binary = path.join(ROOT, `tenon.${platformName()}.node`)
  if (modified(binary) > newestSource()) return true
  if (exists('cargo')) {
    console.error('building the addon (cargo build --release; a first build takes a few minutes)')
    run(process.execPath, [path.join(__dirname, 'build.js')])
    return true
  }
  if (fs.existsSync(binary)) {
    console.error(
      `the addon is older than its sources and Rust is not installed: delete ${path.basename(binary)} or install Rust (https://rustup.rs)`
    )
    return true
  }
  if (fs.existsSync(path.join(ROOT, 'node_modules', packageName()))) return true
  console.error(
    'Rust is not installed (https://rustup.rs), and no prebuilt addon is: only the JavaScript fallback can run'
  )
  return false
}

/** The Rust that is here beside the one that the crates name. */
function rustNeeded() {
  const manifest = fs.readFileSync(path.join(ROOT, 'Cargo.toml'), 'utf8')
  const needed = /^rust-version = "([\d.]+)"/m.exec(manifest)?.[1]
  const here = exists('rustc') ? run('rustc', ['--version'], { capture: true }).trim() : 'no rustc'
  return `Tenon needs Rust ${needed} or later, and here is ${here}`
}

/** When the newest file that the addon is built from was changed, in milliseconds. */
function newestSource() {
  const crates = path.join(ROOT, 'crates')
  const files = fs.readdirSync(crates, { recursive: true, encoding: 'utf8' }).map((name) => path.join(crates, name))
  const built = files.filter(
    (file) => /(\.rs|\.toml|\bdata\b.*\.js)$/.test(file) && !/[\\/](tests|examples)[\\/]/.test(file)
  )
  const settings = ['Cargo.toml', 'Cargo.lock', '.cargo/config.toml', 'scripts/build.js']
  return Math.max(...[...built, ...settings.map((name) => path.join(ROOT, name))].map(modified))
}

/** A file's time of change in milliseconds; 0 where there is none. @param {string} file */
function modified(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

module.exports = { ensureAddon, ensureDependencies, rustNeeded }
