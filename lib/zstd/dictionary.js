'use strict'

// Prepared dictionaries. Each keeps its bytes, so that it serves whichever engine answers.

const { TenonError } = require('../errors')
const { dictionaryId } = require('./tables')

/**
 * A dictionary as the engines get it. Each engine puts there what it prepares.
 * @typedef {object} Material
 * @property {Uint8Array} bytes
 * @property {number} level
 * @property {boolean} prepared whether it lives longer than the call
 * @property {import('../addon').ZstdDictionary} [native]
 * @property {import('./tables').ParsedDictionary} [parsed]
 */

/** What `createDictionary` returns. */
class Dictionary {
  /** @type {Material | undefined} */
  #material
  #id
  #level

  /** @param {Material} material */
  constructor(material) {
    this.#material = material
    this.#id = dictionaryId(material.bytes)
    this.#level = material.level
  }

  get id() {
    return this.#id
  }

  get level() {
    return this.#level
  }

  close() {
    this.#material?.native?.close()
    this.#material = undefined
  }

  [Symbol.dispose]() {
    this.close()
  }

  /** Not a method, which a caller would see. @param {Dictionary} dictionary @returns {Material} */
  static material(dictionary) {
    if (dictionary.#material) return dictionary.#material
    throw new TenonError('ERR_CLOSED', 'the dictionary is closed')
  }

  /** Whether a value is a dictionary, of whatever realm its prototype is. @param {unknown} value @returns {value is Dictionary} */
  static is(value) {
    return typeof value === 'object' && value !== null && #material in value
  }
}

module.exports = { Dictionary }
