'use strict'

// The platforms Tenon has binaries for: what Rust, npm and Node call each of them.

const { napi } = require('../package.json')

/** @typedef {{ triple: string, platform: string, os: string, cpu: string, libc?: 'gnu' | 'musl', library: string }} Target */

/** @type {Record<string, Pick<Target, 'os' | 'library'>>} */
const SYSTEMS = {
  linux: { os: 'linux', library: 'libtenon_node.so' },
  darwin: { os: 'darwin', library: 'libtenon_node.dylib' },
  windows: { os: 'win32', library: 'tenon_node.dll' }
}

/** @param {string} triple @returns {Target} */
function target(triple) {
  const [architecture, , system, abi] = triple.split('-')
  const cpu = architecture === 'aarch64' ? 'arm64' : 'x64'
  const { os, library } = SYSTEMS[system]
  const platform = [os, cpu, abi].filter(Boolean).join('-')
  const libc = os === 'linux' ? /** @type {'gnu' | 'musl'} */ (abi) : undefined
  return { triple, platform, os, cpu, libc, library }
}

/** @type {Target[]} */
const TARGETS = napi.targets.map(target)

/** The newest glibc that a gnu binary may need: that of the oldest systems Node's own builds run on. */
const GLIBC = '2.17'

/** Where a platform's binary lies in its npm package, relative to the checkout. @param {string} platform */
function binaryPath(platform) {
  return `npm/${platform}/tenon.${platform}.node`
}

module.exports = { GLIBC, TARGETS, binaryPath }
