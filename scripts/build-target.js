'use strict'

// Builds the addon of one platform as it is released, into the folder of that platform's npm package.
//
//   npm run build:target -- <triple>
//
// Linux targets are linked by zig, which knows the symbols of old glibc versions and brings musl, so that they build
// the same on any host. macOS and Windows targets need that system's own linker and libraries.

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { build, targetDirectory } = require('./build')
const { ROOT, exists, run } = require('./run')
const { GLIBC, TARGETS, binaryPath } = require('./targets')

/** @typedef {import('./targets').Target} Target */

const INSTALL_ZIG = 'python3 -m pip install -r scripts/zig-requirements.txt'

/** What keeps this machine from building a target, with what to do about it; undefined if nothing does. @param {Target} target */
function obstacle({ triple, os }) {
  if (!exists('cargo')) return 'cargo is missing: install Rust (https://rustup.rs)'
  if (os === 'linux') {
    if (!exists('cargo-zigbuild')) return `cargo-zigbuild is missing: ${INSTALL_ZIG}`
    if (!answers('zig', ['version']) && !answers('python3', ['-m', 'ziglang', 'version']))
      return `zig is missing: ${INSTALL_ZIG}`
  } else if (os !== process.platform) {
    return `${triple} is built on a ${os === 'darwin' ? 'macOS' : 'Windows'} machine, not on ${process.platform}`
  }
  return undefined
}

/** @param {string} command @param {string[]} args */
function answers(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/** Installs Rust's standard library for a target where it is missing. @param {string} triple */
function ensureStandardLibrary(triple) {
  const folder = run('rustc', ['--print', 'target-libdir', '--target', triple], { capture: true }).trim()
  if (fs.existsSync(folder)) return
  console.error(`installing Rust's standard library for ${triple} (rustup target add)`)
  run('rustup', ['target', 'add', triple])
}

/** @param {Target} target */
function buildTarget(target) {
  const { triple, platform, os, libc, library } = target
  ensureStandardLibrary(triple)
  const linked = libc === 'gnu' ? `${triple}.${GLIBC}` : triple
  build({
    profile: 'release',
    platform,
    output: path.join(ROOT, binaryPath(platform)),
    cargo: [os === 'linux' ? 'zigbuild' : 'build', '--target', linked],
    artifact: path.join(targetDirectory(), triple, 'release', library)
  })
}

function main() {
  const { positionals } = parseArgs({ allowPositionals: true })
  const target = TARGETS.find(({ triple }) => triple === positionals[0])
  if (!target || positionals.length !== 1) {
    console.error(`usage: npm run build:target -- <triple>\n\n${TARGETS.map(({ triple }) => `  ${triple}`).join('\n')}`)
    process.exitCode = 2
    return
  }
  const fault = obstacle(target)
  if (fault) {
    console.error(fault)
    process.exitCode = 1
    return
  }
  buildTarget(target)
}

if (require.main === module) main()

module.exports = { buildTarget, obstacle }
