'use strict'

// The addon's trees and files, shaped as the fallback's.

const { fromNative } = require('../errors')
const { Handle } = require('./handle')
const { fromByteString, pathBytes } = require('./names')

/** @typedef {{ ignored: boolean, tracked: boolean, line: number, negated: boolean, text: Uint8Array }} Packed */

/** @param {import('../native').Addon} addon @returns {import('../engines').Engine} */
const binding = (addon) => ({
  /**
   * @param {string} root
   * @param {string[]} extra
   * @param {{ tracked: boolean, global: boolean, ignoreCase?: boolean, environment: import('./config').Environment }} options
   */
  open(root, extra, options) {
    const tree = new addon.NativeIgnoreTree(bytesOf(root), bytesOf(extra.join('\0')), extra.length, options)
    return new Handle({
      ...methods(tree),
      reload: (paths) =>
        coded(() => tree.reload(paths && bytesOf(paths.join('\0')), paths === undefined ? 0 : paths.length)),
      problems: () => unpackProblems(coded(() => tree.problems())),
      root: () => text(coded(() => tree.root()))
    })
  },

  /** @param {string | Uint8Array} source @param {string} base @param {boolean} ignoreCase */
  parse(source, base, ignoreCase) {
    const file = new addon.NativeIgnoreFile(source, bytesOf(base), ignoreCase)
    return new Handle({ ...methods(file), reload: () => {}, problems: () => [], root: () => '' })
  }
})

/** @param {import('../addon').NativeIgnoreTree | import('../addon').NativeIgnoreFile} native */
function methods(native) {
  return {
    /** @param {string} path @param {import('./paths').Kind} isDirectory */
    ignores: (path, isDirectory) => coded(() => native.ignores(bytesOf(path), kind(isDirectory))),
    /** @param {string} path @param {import('./paths').Kind} isDirectory */
    explain: (path, isDirectory) => unpack(coded(() => native.explain(bytesOf(path), kind(isDirectory)))),
    /** @param {string} path */
    canPrune: (path) => coded(() => native.canPrune(bytesOf(path))),
    /** @param {readonly string[]} paths @param {string} joined */
    check: (paths, joined) => coded(() => native.check(bytesOf(joined), paths.length)),
    close: () => native.close()
  }
}

/** A path, or several, as the addon takes them: bytes where a string would lose some. @param {string} path */
function bytesOf(path) {
  return /** @type {any} */ (path).isWellFormed() ? path : pathBytes(path)
}

/** @param {import('./paths').Kind} isDirectory */
function kind(isDirectory) {
  return isDirectory === undefined ? 2 : Number(isDirectory)
}

/** @param {Packed | null} packed */
function unpack(packed) {
  if (packed === null) return null
  const { ignored, tracked, line, negated } = packed
  if (line === 0) return { ignored, tracked }
  const [file, pattern] = text(packed.text).split('\0')
  return { ignored, tracked, rule: { file, line, pattern, negated } }
}

/** @param {Uint8Array} packed */
function unpackProblems(packed) {
  const fields = packed.length === 0 ? [] : text(packed).split('\0')
  const problems = []
  for (let at = 0; at < fields.length; at += 2) problems.push({ path: fields[at], reason: fields[at + 1] })
  return problems
}

/** @param {Uint8Array} bytes */
function text(bytes) {
  return fromByteString(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'))
}

/**
 * Calls of a handle go past the engine's choice, which would turn what the addon throws into the package's errors.
 * @template T
 * @param {() => T} call
 * @returns {T}
 */
function coded(call) {
  try {
    return call()
  } catch (error) {
    throw fromNative(error)
  }
}

module.exports = { binding }
