'use strict'

const { checkPath, folderOf, splitSlash } = require('./paths')
const { parseRules, verdict, withRules } = require('./rules')

/**
 * The rules of one ignore file alone, without a disk: asked about paths in its folder, and whatever lies in folders it
 * excludes. Paths are byte strings.
 *
 * @typedef {import('./paths').Kind} Kind
 * @typedef {import('./tree').Explanation} Explanation
 * @typedef {import('./tree').Decision} Decision
 */

class IgnoreFile {
  #rules
  #base

  /**
   * @param {Uint8Array} text
   * @param {string} base the folder the file is in; empty for the top
   * @param {boolean} fold
   */
  constructor(text, base, fold) {
    const folder = base.replace(/\/$/, '')
    checkPath(folder)
    this.#base = folder === '' ? '' : `${folder}/`
    this.#rules = withRules(undefined, parseRules(text, fold), '', this.#base.length)
  }

  /** A path is a file unless its end or the kind says otherwise. @param {string} path @param {Kind} isDirectory */
  ignores(path, isDirectory) {
    return this.explain(path, isDirectory)?.ignored ?? false
  }

  /**
   * `null` outside of the base.
   * @param {string} given
   * @param {Kind} kind
   * @returns {Explanation | null}
   */
  explain(given, kind) {
    const [path, isDirectory] = splitSlash(given, kind)
    checkPath(path)
    if (!path.startsWith(this.#base)) return null
    const rule = this.#excludedFolder(path) ?? this.#decide(path, isDirectory ?? false)
    return { ignored: rule?.negated === false, tracked: false, rule }
  }

  /** @param {string} path */
  canPrune(path) {
    return this.ignores(path, true)
  }

  /** @param {readonly string[]} paths */
  check(paths) {
    const checked = new Uint8Array(paths.length)
    let folder
    let excluded = false
    for (const [index, given] of paths.entries()) {
      const [path, isDirectory] = splitSlash(given, undefined)
      checkPath(path)
      if (folderOf(path) !== folder) {
        folder = folderOf(path)
        excluded = path.startsWith(this.#base) && this.#excludedFolder(path) !== undefined
      }
      const inside = path.startsWith(this.#base)
      const ignored = excluded || (inside && this.#decide(path, isDirectory ?? false)?.negated === false)
      checked[index] = Number(ignored)
    }
    return checked
  }

  /** What excludes the topmost excluded folder that a path lies in. @param {string} path */
  #excludedFolder(path) {
    for (let slash = path.indexOf('/', this.#base.length); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      const decision = this.#decide(path.slice(0, slash), true)
      if (decision?.negated === false) return decision
    }
    return undefined
  }

  /**
   * @param {string} path
   * @param {boolean} isDirectory
   * @returns {Decision | undefined}
   */
  #decide(path, isDirectory) {
    const found = path === '' ? undefined : verdict(this.#rules, path, isDirectory)
    return found && { source: '', line: found.rule.line, pattern: found.rule.text, negated: found.rule.negated }
  }
}

module.exports = { IgnoreFile }
