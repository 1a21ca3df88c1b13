'use strict'

// The checks that every feature makes of its arguments before an engine sees them.

const { isSharedArrayBuffer, isUint32Array, isUint8Array } = require('node:util').types
const { TenonError, describe, invalidArgument } = require('./errors')

/** @param {string} name @param {unknown} value */
function checkObject(name, value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidArgument(name, 'an object', value)
}

/**
 * Refuses option keys that the manual does not have: a misspelt option must not pass unnoticed.
 * @param {object} options
 * @param {readonly string[]} known
 */
function checkKeys(options, known) {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      const message = `unknown option ${describe(key)}; the options are ${known.join(', ')}`
      throw new TenonError('ERR_INVALID_ARG', message, { argument: key })
    }
  }
}

/**
 * A NUL would end the path early where the system reads it.
 * @param {string} name
 * @param {unknown} value
 */
function checkPath(name, value) {
  if (typeof value !== 'string') throw invalidArgument(name, 'a string', value)
  if (value.includes('\0')) throw invalidArgument(name, 'a path without NUL', value)
}

/** @param {string} name @param {unknown} value */
function checkText(name, value) {
  if (typeof value !== 'string' && !isUint8Array(value)) throw invalidArgument(name, 'a string or a Uint8Array', value)
}

/**
 * The value itself, or a copy where another thread could change it while an engine reads.
 * @template {string | Uint8Array | Uint32Array} T
 * @param {T} value
 * @returns {T}
 */
function owned(value) {
  if (typeof value === 'string' || !isSharedArrayBuffer(value.buffer)) return value
  return /** @type {T} */ (isUint32Array(value) ? Uint32Array.from(value) : Uint8Array.from(value))
}

/** @param {string} name @param {unknown} value */
function checkBoolean(name, value) {
  if (typeof value !== 'boolean') throw invalidArgument(name, 'a boolean', value)
}

/** @param {string} name @param {unknown} value @param {number} minimum @param {number} maximum */
function checkInteger(name, value, minimum, maximum) {
  if (!Number.isInteger(value) || Number(value) < minimum || Number(value) > maximum) {
    throw invalidArgument(name, `an integer from ${minimum} to ${maximum}`, value)
  }
}

/** @param {string} name @param {unknown} value */
function checkSignal(name, value) {
  if (!(value instanceof AbortSignal)) throw invalidArgument(name, 'an AbortSignal', value)
}

module.exports = { checkBoolean, checkInteger, checkKeys, checkObject, checkPath, checkSignal, checkText, owned }
