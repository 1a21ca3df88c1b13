'use strict'

// Whether an object is still what it was: its plain objects and arrays are copied, its strings are shared, so that a
// comparison with what has not changed is a comparison of pointers.

const { TenonError } = require('../errors')

/** Deeper than any message; a cycle ends here too. */
const MAX_DEPTH = 256

class ListSnapshot {
  /** @param {unknown[]} values */
  constructor(values) {
    this.values = values
  }
}

class RecordSnapshot {
  /** @param {string[]} keys @param {unknown[]} values */
  constructor(keys, values) {
    this.keys = keys
    this.values = values
  }
}

/**
 * A snapshot of `value`. What is neither a plain object nor an array (bytes, a URL) is taken by reference.
 * @param {unknown} value
 * @param {string} name for the message of an error
 * @param {number} [depth]
 * @returns {unknown}
 */
function snapshot(value, name, depth = 0) {
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) {
    throw new TenonError('ERR_LIMIT', `${name} is nested deeper than ${MAX_DEPTH} levels`, { argument: 'messages' })
  }
  if (Array.isArray(value)) return new ListSnapshot(value.map((item) => snapshot(item, name, depth + 1)))
  const prototype = Object.getPrototypeOf(value)
  if (depth > 0 && prototype !== null && Object.getPrototypeOf(prototype) !== null) return value
  const keys = []
  const values = []
  for (const key in value) {
    keys.push(key)
    values.push(snapshot(/** @type {Record<string, unknown>} */ (value)[key], name, depth + 1))
  }
  return new RecordSnapshot(keys, values)
}

/**
 * Whether `value` equals what `taken` was made of.
 * @param {any} value
 * @param {any} taken
 * @returns {boolean}
 */
function unchanged(value, taken) {
  if (value === taken) return true
  if (typeof value !== 'object' || value === null) return false
  if (taken instanceof RecordSnapshot) {
    const { keys, values } = taken
    let at = 0
    for (const key in value) {
      if (keys[at] !== key) return false
      const now = value[key]
      const then = values[at++]
      if (now !== then && !unchanged(now, then)) return false
    }
    return at === keys.length
  }
  if (!(taken instanceof ListSnapshot) || !Array.isArray(value)) return false
  const { values } = taken
  if (value.length !== values.length) return false
  for (let at = 0; at < values.length; at++) {
    if (value[at] !== values[at] && !unchanged(value[at], values[at])) return false
  }
  return true
}

module.exports = { snapshot, unchanged }
