'use strict'

// Finds the addon, or says why there is none. Never throws: every outcome is a value that `tenon.status()` can show.

const fs = require('node:fs')
const path = require('node:path')
const { version } = require('../package.json')

/**
 * `missing`: not installed. `broken`: installed, but it does not load. `stale`: it loads, but is another version.
 * `disabled`: Node was told to load no addons. `unsupported`: no binary is built for this platform.
 * @typedef {'missing' | 'broken' | 'stale' | 'disabled' | 'unsupported'} Cause
 */
/** @typedef {typeof import('./addon')} Addon */
/** @typedef {{ addon: Addon, path?: string, version: string }} Loaded */
/** @typedef {{ addon?: undefined, cause: Cause, reason: string, path?: string, error?: unknown }} Unavailable */

const PLATFORMS = new Set([
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'linux-x64-gnu',
  'linux-x64-musl',
  'win32-arm64-msvc',
  'win32-x64-msvc'
])

/** This file; undefined in a bundle that is an ES module. */
const HERE = typeof __filename === 'string' ? __filename : undefined

/** @type {Loaded | Unavailable | undefined} */
let outcome

/**
 * The addon, or why it is unavailable. The search runs once per thread.
 * @returns {Loaded | Unavailable}
 */
function load() {
  outcome ??= find()
  return outcome
}

/** The outcome if `load` has run; it never makes it run. */
function peek() {
  return outcome
}

/** The name the platform packages use, such as `linux-x64-gnu`. */
function platformName() {
  const base = `${process.platform}-${process.arch}`
  if (process.platform === 'linux') return `${base}-${isMusl() ? 'musl' : 'gnu'}`
  if (process.platform === 'win32') return `${base}-msvc`
  return base
}

/** The npm package that carries this platform's binary. */
function packageName() {
  return `tenon-${platformName()}`
}

/**
 * The search order: the path in TENON_NATIVE_PATH and nothing else; a binary built in this checkout; the package.
 * @returns {Loaded | Unavailable}
 */
function find() {
  const chosen = process.env.TENON_NATIVE_PATH
  if (chosen) {
    if (!fs.existsSync(chosen)) {
      return {
        cause: 'missing',
        reason: `missing: TENON_NATIVE_PATH names '${chosen}', which does not exist`,
        path: chosen
      }
    }
    return open(() => openFile(path.resolve(chosen)))
  }
  const platform = platformName()
  const built = HERE === undefined ? undefined : path.join(HERE, '..', '..', `tenon.${platform}.node`)
  if (built !== undefined && fs.existsSync(built)) return open(() => openFile(built))
  if (!PLATFORMS.has(platform)) {
    return { cause: 'unsupported', reason: `unsupported: no binary is built for ${platform}` }
  }
  return open(() => requirePackage(platform))
}

/**
 * Loads a binary and classifies what comes of it.
 * @param {() => Addon} loadBinary calls `process.dlopen`, as `require` does
 * @returns {Loaded | Unavailable}
 */
function open(loadBinary) {
  /** @type {string | undefined} */
  let file
  /** @type {string | undefined} */
  let fault
  // `require` finds the file itself, in a bundle only it can, and the file must be looked at before it is mapped.
  const { dlopen } = process
  /** @type {typeof process.dlopen} */
  const guarded = (module, filename, flags) => {
    file = filename.replace(/^\\\\\?\\(?!UNC)/, '')
    fault = truncation(file)
    if (fault !== undefined) throw new Error(fault)
    // Node refuses flags that are undefined.
    return flags === undefined ? dlopen.call(process, module, filename) : dlopen.call(process, module, filename, flags)
  }
  let addon
  let found
  try {
    process.dlopen = guarded
    addon = loadBinary()
    found = typeof addon.version === 'function' ? addon.version() : undefined
  } catch (error) {
    if (fault !== undefined) return { cause: 'broken', reason: `broken: '${file}' ${fault}`, path: file }
    return unavailable(error, file)
  } finally {
    if (process.dlopen === guarded) process.dlopen = dlopen
  }
  if (found !== version) {
    const reason = `stale: the binary is version ${found ?? 'unknown'}, tenon is version ${version}; npm install ${packageName()}@${version}`
    return { cause: 'stale', reason, path: file }
  }
  return { addon, path: file, version: found }
}

/**
 * @param {unknown} error
 * @param {string | undefined} file
 * @returns {Unavailable}
 */
function unavailable(error, file) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (
    error instanceof Error ? error : new Error(String(error))
  )
  if (code === 'ERR_DLOPEN_DISABLED') {
    return { cause: 'disabled', reason: `disabled: ${message}`, path: file, error }
  }
  // Only this very package may be absent, in the words of Node or of Yarn; a module missing inside it is a broken
  // install.
  if (
    code === 'MODULE_NOT_FOUND' &&
    new RegExp(`'${packageName()}'|tried to access ${packageName()}\\b`).test(message)
  ) {
    return {
      cause: 'missing',
      reason: `missing: ${packageName()} is not installed; npm install ${packageName()}@${version}`,
      error
    }
  }
  return { cause: 'broken', reason: `broken: ${file ? `'${file}' does not load: ` : ''}${message}`, path: file, error }
}

/**
 * One literal `require` a platform, directly inside `try`, so that bundlers follow those that are installed and
 * leave the others alone.
 * @param {string} platform
 * @returns {Addon}
 */
function requirePackage(platform) {
  try {
    switch (platform) {
      case 'darwin-arm64':
        return require('tenon-darwin-arm64')
      case 'darwin-x64':
        return require('tenon-darwin-x64')
      case 'linux-arm64-gnu':
        return require('tenon-linux-arm64-gnu')
      case 'linux-arm64-musl':
        return require('tenon-linux-arm64-musl')
      case 'linux-x64-gnu':
        return require('tenon-linux-x64-gnu')
      case 'linux-x64-musl':
        return require('tenon-linux-x64-musl')
      case 'win32-arm64-msvc':
        return require('tenon-win32-arm64-msvc')
      case 'win32-x64-msvc':
        return require('tenon-win32-x64-msvc')
    }
  } catch (error) {
    throw error
  }
  throw new Error(`no package is named for ${platform}`)
}

/**
 * @param {string} file
 * @returns {Addon}
 */
function openFile(file) {
  const module = { exports: {} }
  process.dlopen(module, file)
  return /** @type {Addon} */ (module.exports)
}

/**
 * What is wrong with an ELF file that ends too early, else undefined. The dynamic linker maps such a file and the
 * process dies of SIGBUS when a missing page is touched, so it must not get that far. Linkers place the section
 * headers last: they end where the file must. (dyld and the Windows loader check this themselves.)
 * @param {string} file
 */
function truncation(file) {
  let descriptor
  try {
    descriptor = fs.openSync(file, 'r')
    const header = Buffer.alloc(64)
    const read = fs.readSync(descriptor, header, 0, 64, 0)
    const { size } = fs.fstatSync(descriptor)
    if (size === 0) return 'is empty'
    if (process.platform !== 'linux') return undefined
    if (read < 64 || header.readUInt32BE(0) !== 0x7f454c46) return 'is not an ELF file'
    const end = Number(header.readBigUInt64LE(0x28)) + header.readUInt16LE(0x3a) * header.readUInt16LE(0x3c)
    return size < end ? `is truncated: ${size} of ${end} bytes` : undefined
  } catch (error) {
    return `cannot be read: ${Object(error).message}`
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor)
  }
}

/** Whether this Node runs on musl. The dynamic linker it names says so; the report is the slow, sure way. */
function isMusl() {
  const linker = dynamicLinker(process.execPath)
  if (linker !== undefined) return linker.includes('ld-musl')
  const report = /** @type {any} */ (process.report.getReport())
  return !report.header.glibcVersionRuntime
}

/**
 * The program interpreter of an ELF executable, such as `/lib/ld-musl-x86_64.so.1`; undefined where it has none or
 * cannot be read. What the machine has besides (`/usr/bin/ldd`) is no guide: a Node for musl runs on a glibc system too.
 * @param {string} file
 */
function dynamicLinker(file) {
  const INTERPRETER = 3
  let descriptor
  try {
    descriptor = fs.openSync(file, 'r')
    const header = Buffer.alloc(64)
    fs.readSync(descriptor, header, 0, 64, 0)
    if (header.readUInt32BE(0) !== 0x7f454c46) return undefined
    const entryBytes = header.readUInt16LE(0x36)
    const segments = Buffer.alloc(entryBytes * header.readUInt16LE(0x38))
    fs.readSync(descriptor, segments, 0, segments.length, Number(header.readBigUInt64LE(0x20)))
    for (let at = 0; at < segments.length; at += entryBytes) {
      if (segments.readUInt32LE(at) !== INTERPRETER) continue
      const name = Buffer.alloc(Math.min(Number(segments.readBigUInt64LE(at + 32)), 4096))
      fs.readSync(descriptor, name, 0, name.length, Number(segments.readBigUInt64LE(at + 8)))
      return name.toString('latin1')
    }
    return undefined
  } catch (error) {
    // The executable was replaced or is not readable: the report knows.
    if (typeof Object(error).code === 'string') return undefined
    throw error
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor)
  }
}

module.exports = { load, packageName, peek, platformName }
