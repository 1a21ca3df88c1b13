'use strict'

/**
 * The stable `code` of every error Tenon throws. A feature adds its own here, under the common ones.
 * @type {ReadonlySet<string>}
 */
const CODES = new Set([
  'ERR_INVALID_ARG',
  'ERR_NATIVE_UNAVAILABLE',
  'ERR_ABORTED',
  'ERR_LIMIT',
  'ERR_IO',
  'ERR_CORRUPT',
  'ERR_LOCKED',
  'ERR_UNSUPPORTED',
  'ERR_CLOSED',
  'ERR_INTERNAL',
  // diff
  'ERR_PATCH_INVALID',
  'ERR_PATCH_REJECTED',
  'ERR_PATCH_AMBIGUOUS',
  // log
  'ERR_CONFLICT'
])

/** An error with a stable `code`; `details` are also properties of the error (`errno` and `path` of `ERR_IO`). */
class TenonError extends Error {
  /**
   * @param {string} code one of `CODES`
   * @param {string} message what was wrong and where
   * @param {{ cause?: unknown, [detail: string]: unknown }} [details]
   */
  constructor(code, message, details = {}) {
    const { cause, ...rest } = details
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'TenonError'
    this.code = CODES.has(code) ? code : 'ERR_INTERNAL'
    /** @type {Record<string, unknown>} */
    this.details = rest
    Object.assign(this, rest)
  }
}

/**
 * The error for an argument that is not what the manual says.
 * @param {string} name of the argument, as in `index.d.ts`
 * @param {string} expected such as 'a string or a Uint8Array'
 * @param {unknown} received
 */
function invalidArgument(name, expected, received) {
  return new TenonError('ERR_INVALID_ARG', `${name} must be ${expected}, not ${describe(received)}`, { argument: name })
}

/**
 * The error for work its caller cancelled; the signal's reason is its cause.
 * @param {AbortSignal} signal
 */
function aborted(signal) {
  return new TenonError('ERR_ABORTED', 'the operation was aborted', { cause: signal.reason })
}

/**
 * The error for a failed operation on the file system, worded alike by both engines.
 * @param {string} operation what was tried, such as 'read directory'
 * @param {string} path as the caller gave it
 * @param {unknown} error what Node threw; its `code` is the symbolic errno
 */
function ioError(operation, path, error) {
  const errno = String(Object(error).code ?? 'EIO')
  return new TenonError('ERR_IO', `cannot ${operation} '${path}': ${errno}`, { errno, path, cause: error })
}

/**
 * Turns what the addon threw into a TenonError. `crates/node/src/error.rs` packs the code, the message and the
 * details as JSON behind a NUL; anything else that comes out of the addon is a caught panic or a fault of the
 * binding, so ERR_INTERNAL.
 * @param {unknown} error
 * @returns {TenonError}
 */
function fromNative(error) {
  if (error instanceof TenonError) return error
  const text = error instanceof Error ? error.message : String(error)
  if (text.charCodeAt(0) === 0) {
    const { code, message, details } = JSON.parse(text.slice(1))
    return new TenonError(code, message, details)
  }
  return new TenonError('ERR_INTERNAL', `the native engine failed: ${text}`, { cause: error })
}

/**
 * Names a value for a message without printing it whole.
 * @param {unknown} value
 */
function describe(value) {
  if (value === null) return 'null'
  if (typeof value === 'object') return `an instance of ${value.constructor?.name ?? 'Object'}`
  if (typeof value === 'string')
    return value.length <= 40 ? JSON.stringify(value) : `a string of ${value.length} code units`
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value
}

module.exports = { CODES, TenonError, aborted, describe, fromNative, invalidArgument, ioError }
