'use strict'

const list = require('../list/fallback')
const { run, runSync } = require('../../ignore/io')
const { Aligner } = require('./align')
const { fold } = require('./fold')
const { readQuery } = require('./query')
const { scoreOfRun } = require('./score')
const { Text, compareBytes, toUnits } = require('./text')

/**
 * @typedef {import('./query').Term} Term
 * @typedef {import('./path-set').Material} Material
 * @typedef {{ limit: number, typos: number, letterCase: import('./query').LetterCase }} Settings
 * @typedef {{ path: string, score: number, indices: number[] }} FoundPath
 * @typedef {{ path: string, score: number, index: number }} Candidate
 */

/** How much is done between two turns of the event loop: a path counts as one, and so do so many cells or comparisons. */
const PATHS_A_TURN = 4096
const STEPS_A_PATH = 64

/**
 * @param {string} query
 * @param {Material} material
 * @param {Settings} settings
 * @returns {FoundPath[]}
 */
function findSync(query, material, settings) {
  return runSync(search(query, material, settings))
}

/**
 * @param {string} query
 * @param {Material} material
 * @param {Settings} settings
 * @param {AbortSignal} [signal]
 * @returns {Promise<FoundPath[]>}
 */
function find(query, material, settings, signal) {
  return run(search(query, material, settings), signal)
}

/**
 * @param {string} query
 * @param {string} root
 * @param {Settings} settings
 * @param {import('../list/fallback').Options} options
 * @param {AbortSignal} [signal]
 */
async function findBelow(query, root, settings, options, signal) {
  const { paths, ...rest } = await list.list(root, options, signal)
  return { ...rest, paths: await find(query, { paths, searches: 0 }, settings, signal) }
}

/**
 * Works out which characters each path of a set has.
 * @param {Material} material
 */
function preparePaths(material) {
  material.masks = Uint32Array.from(material.paths, maskOf)
}

/**
 * The paths that match best, the best first.
 * @param {string} query
 * @param {Material} material
 * @param {Settings} settings
 * @returns {import('../../ignore/io').Work<FoundPath[]>}
 */
function* search(query, { paths, masks }, { limit, typos, letterCase }) {
  const terms = readQuery(query, letterCase, typos)
  const wanted = maskOfTerms(terms)
  const matcher = new Matcher(terms)
  const best = new Best(limit)
  let done = 0
  /** Counts a path; whether it is time for the event loop to have a turn. */
  const isTurn = () => {
    done += 1 + matcher.takeSteps() / STEPS_A_PATH
    if (done < PATHS_A_TURN) return false
    done = 0
    return true
  }
  for (let index = 0; index < paths.length; index++) {
    if (isTurn()) yield { operation: 'pause', path: '' }
    if (masks && wanted & ~masks[index]) continue
    const score = matcher.score(paths[index])
    if (score !== undefined) best.add({ path: paths[index], score, index })
  }
  /** @type {FoundPath[]} */
  const found = []
  for (const { path, score } of best.inOrder()) {
    if (isTurn()) yield { operation: 'pause', path: '' }
    found.push({ path, score, indices: matcher.indices(path) })
  }
  return found
}

/** A bit for each character, alike for both cases; several share one. @param {number} character */
function bitOf(character) {
  const folded = fold(character)
  return 1 << (folded >= 0x61 && folded <= 0x7a ? folded - 0x61 : 26 + (folded % 6))
}

/** @param {string} path */
function maskOf(path) {
  let mask = 0
  for (let at = 0; at < path.length; at++) {
    const unit = path.charCodeAt(at)
    mask |= bitOf(unit >= 0xd800 && unit < 0xe000 ? Number(path.codePointAt(at)) : unit)
  }
  return mask
}

/** The bits that every path has that matches. @param {Term[]} terms */
function maskOfTerms(terms) {
  let mask = 0
  for (const { negated, typos, characters } of terms) {
    if (!negated && typos === 0) for (const character of characters) mask |= bitOf(character)
  }
  return mask
}

/** Matches one path after the other. */
class Matcher {
  #text = new Text()
  #aligner = new Aligner()
  #steps = 0
  /** @type {Term[]} */
  #exact
  /** @type {Term[]} */
  #fuzzy

  /** @param {Term[]} terms */
  constructor(terms) {
    this.#exact = terms.filter(({ kind }) => kind !== 'fuzzy')
    this.#fuzzy = terms.filter(({ kind }) => kind === 'fuzzy')
  }

  /** How much was done since this was asked last. */
  takeSteps() {
    const steps = this.#steps + this.#aligner.cells
    this.#steps = this.#aligner.cells = 0
    return steps
  }

  /**
   * The score of a path; undefined if it does not match.
   * @param {string} path
   * @param {number[]} [positions] gets those of the characters of all terms
   * @returns {number | undefined}
   */
  score(path, positions) {
    const text = this.#text
    text.read(path)
    let sum = 0
    this.#steps += text.length * (this.#exact.length + this.#fuzzy.length)
    // Aligning costs the most, so everything that can exclude the path comes before.
    for (const term of this.#exact) {
      this.#steps += text.length * term.characters.length
      const place = placeOf(term, text)
      if ((place === undefined) !== term.negated) return undefined
      if (place === undefined) continue
      sum += place.score
      if (positions) term.characters.forEach((_, at) => positions.push(place.start + at))
    }
    for (const term of this.#fuzzy) if (term.typos === 0 && !inOrder(term, text)) return undefined
    for (const term of this.#fuzzy) {
      const score = this.#aligner.align(term, text)
      if (score === undefined) return undefined
      sum += score
      if (positions) this.#aligner.trace(term, positions)
    }
    return sum
  }

  /** Where the characters of all terms are, in code units. @param {string} path */
  indices(path) {
    /** @type {number[]} */
    const positions = []
    this.score(path, positions)
    return toUnits(
      path,
      [...new Set(positions)].sort((a, b) => a - b)
    )
  }
}

/**
 * Whether the characters of a term are there in their order.
 * @param {Term} term
 * @param {Text} text
 */
function inOrder({ anyCase, characters }, text) {
  const given = anyCase ? text.folded : text.characters
  let found = 0
  for (let position = 0; position < text.length; position++) {
    if (given[position] === characters[found] && ++found === characters.length) return true
  }
  return false
}

/**
 * The best place of a term that is not fuzzy, and its score.
 * @param {Term} term
 * @param {Text} text
 */
function placeOf({ kind, anyCase, characters }, text) {
  const given = anyCase ? text.folded : text.characters
  const last = text.length - characters.length
  if (last < 0 || (kind === 'whole' && last > 0)) return undefined
  /** @type {{ score: number, start: number } | undefined} */
  let best
  for (let start = kind === 'end' ? last : 0; start <= (kind === 'start' ? 0 : last); start++) {
    if (!characters.every((character, at) => given[start + at] === character)) continue
    const score = scoreOfRun(text.characters, text.lastName, start, characters.length)
    if (best === undefined || score >= best.score) best = { score, start }
  }
  return best
}

/** The best candidates. */
class Best {
  /** @type {Candidate[]} */
  #candidates = []
  #limit
  /** The least score that can still be among the best. */
  #least = -Infinity

  /** @param {number} limit */
  constructor(limit) {
    this.#limit = limit
  }

  /** @param {Candidate} candidate */
  add(candidate) {
    if (candidate.score < this.#least) return
    this.#candidates.push(candidate)
    if (this.#candidates.length > 2 * this.#limit + 64) this.inOrder()
  }

  /** Those there are, the best first; the others are dropped. */
  inOrder() {
    this.#candidates.sort(compare)
    this.#candidates.length = Math.min(this.#candidates.length, this.#limit)
    if (this.#candidates.length === this.#limit) this.#least = this.#candidates.at(-1)?.score ?? Infinity
    return this.#candidates
  }
}

/** @param {Candidate} a @param {Candidate} b */
function compare(a, b) {
  return b.score - a.score || a.path.length - b.path.length || compareBytes(a.path, b.path) || a.index - b.index
}

module.exports = { find, findBelow, findSync, preparePaths }
