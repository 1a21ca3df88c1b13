'use strict'

// Prepared paths. Each set keeps its paths, so that it serves whichever engine answers.

const { TenonError } = require('../../errors')

/**
 * Paths as the engines get them. Each engine puts there what it prepares.
 * @typedef {object} Material
 * @property {readonly string[]} paths
 * @property {import('../../addon').FilesPathSet} [native]
 * @property {Uint32Array} [masks] of the fallback: which characters each path has
 * @property {number} searches that run
 */

/** What `createPaths` returns. */
class PathSet {
  /** @type {Material | undefined} */
  #material
  #size

  /** @param {Material} material */
  constructor(material) {
    this.#material = material
    this.#size = material.paths.length
  }

  get size() {
    return this.#size
  }

  close() {
    const material = this.#material
    this.#material = undefined
    // A search that runs may have its turn on native still to come, as in shadow mode.
    if (material?.searches === 0) material.native?.close()
  }

  [Symbol.dispose]() {
    this.close()
  }

  /** Not a method, which a caller would see. @param {PathSet} set @returns {Material} */
  static material(set) {
    if (set.#material) return set.#material
    throw new TenonError('ERR_CLOSED', 'the path set is closed')
  }

  /**
   * Searches in a set, which keeps what it has prepared until the search is done.
   * @template T
   * @param {PathSet} set
   * @param {(material: Material) => Promise<T>} search
   */
  static async search(set, search) {
    const material = PathSet.material(set)
    material.searches += 1
    try {
      return await search(material)
    } finally {
      material.searches -= 1
      if (material.searches === 0 && set.#material === undefined) material.native?.close()
    }
  }

  /** Whether a value is a set, of whatever realm its prototype is. @param {unknown} value @returns {value is PathSet} */
  static is(value) {
    return typeof value === 'object' && value !== null && #material in value
  }
}

module.exports = { PathSet }
