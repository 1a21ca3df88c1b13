'use strict'

/** @type {Record<string, string[]>} */
const TYPES = require('../../../crates/files/data/types')

/**
 * The globs of the names of files of a type; undefined where there is no such type.
 * @param {unknown} name
 */
function globsOfTypes(name) {
  return typeof name === 'string' && Object.hasOwn(TYPES, name) ? TYPES[name] : undefined
}

module.exports = { globsOfTypes }
