'use strict'

/**
 * What an engine makes of a tree or a file. Paths are strings relative to the root, in plain words; `joined` is all of
 * them with a NUL between any two.
 *
 * @typedef {import('./paths').Kind} Kind
 * @typedef {{ file: string, line: number, pattern: string, negated: boolean }} Rule
 * @typedef {{ ignored: boolean, tracked: boolean, rule?: Rule }} Explanation
 *
 * @typedef {object} Engine
 * @property {(path: string, isDirectory: Kind) => boolean} ignores
 * @property {(path: string, isDirectory: Kind) => Explanation | null} explain
 * @property {(path: string) => boolean} canPrune
 * @property {(paths: readonly string[], joined: string) => Uint8Array} check
 * @property {(paths: readonly string[] | undefined) => void} reload
 * @property {() => { path: string, reason: string }[]} problems
 * @property {() => string} root
 * @property {() => void} close
 */

/**
 * Hides the engine: in shadow mode, handles of both engines compare as equal, and the fallback's is the one in use.
 * @template [E=Engine]
 */
class Handle {
  #engine

  /** @param {E} engine */
  constructor(engine) {
    this.#engine = engine
  }

  /** @template E @param {Handle<E>} handle @returns {E} */
  static engine(handle) {
    return handle.#engine
  }
}

module.exports = { Handle }
