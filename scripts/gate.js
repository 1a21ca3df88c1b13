'use strict'

// Refuses a release whose platform packages are not what they claim: one line a fault on stderr, and exit code 1.
//
//   node scripts/gate.js [platform…]     all platforms unless some are named

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { readBinary } = require('./binary')
const { check, readManifest } = require('./manifest')
const { GLIBC, TARGETS, binaryPath } = require('./targets')

/** @typedef {import('./targets').Target} Target */
/** @typedef {import('./binary').Binary} Binary */

const ROOT = path.join(__dirname, '..')

/** What every system with that C library and Node has. Anything else would have to be installed. */
const LIBRARIES = {
  gnu: /^(lib(c|dl|m|pthread|rt)\.so\.\d+|libgcc_s\.so\.1|ld-linux-(x86-64|aarch64)\.so\.\d)$/,
  musl: /^(libc\.so|libc\.musl-\w+\.so\.1|ld-musl-\w+\.so\.1|libgcc_s\.so\.1)$/
}

/**
 * Everything that forbids publishing, a line each; empty when nothing does.
 * @param {{ folder?: string, platforms?: string[] }} [options]
 * @returns {string[]}
 */
function faults({ folder = ROOT, platforms = TARGETS.map(({ platform }) => platform) } = {}) {
  const { version } = readManifest(folder)
  const known = TARGETS.filter(({ platform }) => platforms.includes(platform))
  const unknown = platforms.filter((platform) => !known.some((target) => target.platform === platform))
  return [
    ...unknown.map((platform) => `${platform} is no platform of package.json's napi.targets`),
    ...check(folder),
    ...known.flatMap((target) => {
      const file = binaryPath(target.platform)
      if (!fs.existsSync(path.join(folder, file))) return [`${file} is missing`]
      return binaryFaults(fs.readFileSync(path.join(folder, file)), target, version).map((fault) => `${file} ${fault}`)
    })
  ]
}

/**
 * @param {Buffer} bytes
 * @param {Target} target
 * @param {string} version
 * @returns {string[]}
 */
function binaryFaults(bytes, target, version) {
  /** @type {Binary} */
  let binary
  try {
    binary = readBinary(bytes)
  } catch (error) {
    return [Object(error).message]
  }
  const found = []
  if (binary.os !== target.os || binary.cpu !== target.cpu) {
    found.push(`is for ${binary.os} on ${binary.cpu}, not ${target.os} on ${target.cpu}`)
  }
  if (!binary.shared) found.push('is no shared library')
  if (target.libc) found.push(...libraryFaults(binary, target.libc))
  // Read by name: the import table of a PE file would say no more.
  if (target.os === 'win32' && /vcruntime\d+\.dll/i.test(bytes.toString('latin1'))) {
    found.push('needs the Visual C++ runtime, which not every machine with Node has')
  }
  return [...found, ...pathFaults(bytes), ...versionFaults(bytes, version)]
}

/**
 * @param {Binary} binary
 * @param {'gnu' | 'musl'} libc
 * @returns {string[]}
 */
function libraryFaults({ libraries, symbolVersions }, libc) {
  const found = libraries
    .filter((library) => !LIBRARIES[libc].test(library))
    .map((library) => `needs the library ${library}`)
  const needed = symbolVersions.filter((name) => name.startsWith('GLIBC_')).map((name) => name.slice('GLIBC_'.length))
  const newest = needed.sort(compareVersions).at(-1)
  if (newest === undefined) return found
  if (libc === 'musl') return [...found, `needs glibc ${newest}, and is to run on musl`]
  // A name without a number, such as GLIBC_PRIVATE, binds it to one build of glibc.
  const acceptable = /^\d+(\.\d+)*$/.test(newest) && compareVersions(newest, GLIBC) <= 0
  return acceptable ? found : [...found, `needs glibc ${newest}, newer than ${GLIBC}`]
}

/** Numbers by value, names after numbers. @param {string} a @param {string} b */
function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) =>
    version.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : Infinity))
  )
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [one, other] = [left[at] ?? 0, right[at] ?? 0]
    if (one !== other) return one < other ? -1 : 1
  }
  return 0
}

/** A release says nothing of the machine it was built on (`namelessPaths` in build.js). @param {Buffer} bytes */
function pathFaults(bytes) {
  const text = bytes.toString('latin1')
  const home = Buffer.from(os.homedir() + path.sep).toString('latin1')
  const found = []
  if (home.length > 2 && text.includes(home)) found.push(`contains the builder's home directory ${home}`)
  // Of another builder's home, where the gate runs on another machine.
  const registry = /[\w .:\\/-]+[\\/]\.cargo[\\/]registry(?=[\\/])/.exec(text)?.[0]
  if (registry !== undefined) found.push(`contains the builder's folder ${registry}`)
  return found
}

/** The mark is a constant of `crates/node`. @param {Buffer} bytes @param {string} version */
function versionFaults(bytes, version) {
  const marks = [...bytes.toString('latin1').matchAll(/tenon-native-version=([\w.+-]+);/g)].map(([, found]) => found)
  if (marks.length === 0) return ['does not say its version']
  return [...new Set(marks)]
    .filter((found) => found !== version)
    .map((found) => `is version ${found}, the package is ${version}`)
}

if (require.main === module) {
  const platforms = process.argv.slice(2)
  const found = faults(platforms.length > 0 ? { platforms } : {})
  for (const fault of found) console.error(fault)
  if (found.length > 0) process.exitCode = 1
  else console.log(`${platforms.length || TARGETS.length} platform package(s) may be published`)
}

module.exports = { binaryFaults, faults }
