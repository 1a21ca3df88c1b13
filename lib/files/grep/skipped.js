'use strict'

const path = require('node:path')
const { join, runSync } = require('../../ignore/io')
const { IgnoreTree } = require('../../ignore/tree')
const { fromByteString, toByteString } = require('../names')
const { KINDS } = require('./result')

/**
 * What was not searched, or not whole: counts, and the first of each kind.
 *
 * @typedef {KINDS[number]} Kind
 */

/** How many samples of each kind are kept. */
const SAMPLES = 5

/** What a walk leaves out, as it is counted; all others are links. @type {Partial<Record<import('../walk').Reason, Kind>>} */
const LEFT_OUT = {
  ignored: 'ignored',
  hidden: 'hidden',
  special: 'special',
  nestedRepository: 'nestedRepositories',
  rootIgnored: 'ignored',
  unreadable: 'unreadable',
  ruleFile: 'unreadable'
}

class Skipped {
  constructor() {
    this.counts = /** @type {Record<Kind, number>} */ (Object.fromEntries(KINDS.map((kind) => [kind, 0])))
    /** Byte strings. @type {{ path: string, kind: Kind, detail: string }[]} */
    this.samples = []
    /** @type {import('../../..').files.GrepSkipped['matching']} */
    this.matching = undefined
  }

  /** @param {string} path @param {Kind} kind @param {string} [detail] */
  add(path, kind, detail = '') {
    this.counts[kind] += 1
    if (this.counts[kind] <= SAMPLES) this.samples.push({ path, kind, detail })
  }

  /** @param {import('../walk').LeftOut} leftOut */
  addLeftOut({ path, reason, detail }) {
    const rootIgnored = reason === 'rootIgnored' ? 'the root itself is ignored: only tracked files are listed' : ''
    this.add(path, LEFT_OUT[reason] ?? 'symlinks', detail ?? rootIgnored)
  }

  /** Whether rules or names left something out. */
  anyLeftOut() {
    return this.counts.ignored + this.counts.hidden > 0
  }

  /**
   * The shape it has in a result, with the rules that ignore the samples.
   * @param {string} root
   * @param {import('../walk').Environment} environment
   * @returns {import('../../..').files.GrepSkipped}
   */
  shape(root, environment) {
    const bytes = toByteString(root)
    const tree = this.counts.ignored === 0 ? undefined : openTree(bytes, environment)
    const samples = this.samples.map(({ path, kind, detail }) => {
      /** @type {import('../../..').files.GrepSample} */
      const sample = { path: fromByteString(path), reason: kind }
      if (detail !== '') sample.detail = detail
      if (kind !== 'ignored' || tree === undefined) return sample
      const rule = ruleOf(tree, path) ?? ruleFromBeside(locationOf(bytes, path, detail), environment)
      if (rule === undefined) return sample
      const { source, line, pattern } = rule
      return {
        ...sample,
        rule: { file: fromByteString(tree.nameOf(source)), line, pattern: fromByteString(pattern) }
      }
    })
    return { ...this.counts, samples, ...(this.matching && { matching: this.matching }) }
  }
}

/**
 * @param {string} root a byte string
 * @param {import('../walk').Environment} environment
 */
function openTree(root, environment) {
  try {
    // The walk has asked git's index already.
    return new IgnoreTree(root, [], { tracked: false, environment })
  } catch (error) {
    return cannotTell(error)
  }
}

/**
 * @param {IgnoreTree} tree
 * @param {string} path
 */
function ruleOf(tree, path) {
  try {
    const rule = tree.explain(path, undefined)?.rule
    return rule === undefined || rule.negated ? undefined : rule
  } catch (error) {
    return cannotTell(error)
  }
}

/**
 * Where a sample is on the disk.
 * @param {string} root
 * @param {string} path
 * @param {string} detail
 */
function locationOf(root, path, detail) {
  const location = join(root, path)
  // A folder that is searched, in which nothing counts.
  return detail === '' ? location : runSync(realpath(location))
}

/** @param {string} location @returns {import('../../ignore/io').Work<string | undefined>} */
function* realpath(location) {
  try {
    return yield { operation: 'realpath', path: location }
  } catch (error) {
    return cannotTell(error)
  }
}

/**
 * The rule by the tree of the folder that it lies in: of the root itself, of what lies outside of it, or is reached by a
 * link.
 * @param {string | undefined} location
 * @param {import('../walk').Environment} environment
 */
function ruleFromBeside(location, environment) {
  if (location === undefined) return undefined
  const tree = openTree(path.dirname(location), environment)
  return tree && ruleOf(tree, path.basename(location))
}

/**
 * Where a rule cannot be told, a sample has none: a path outside of the root, a disk that has changed.
 * @param {unknown} error
 * @returns {undefined}
 */
function cannotTell(error) {
  const { constructor, code, syscall } = Object(error)
  if (constructor?.name === 'NotBelow' || constructor?.name === 'Unusable') return undefined
  if (typeof syscall === 'string' || code === 'ERR_IO' || code === 'ERR_LIMIT') return undefined
  throw error
}

module.exports = { Skipped }
