'use strict'

// How tokens are counted: by the encoding of the model, by an encoding that stands in for it, or by the caller.

const { TenonError, describe } = require('../errors')
const { ENCODINGS, encodingOf } = require('../tokens/encodings')
const { TextMemory } = require('./memory')

/**
 * How many tokens a model of no public vocabulary makes of what is one token of o200k_base, at most, for source, prose
 * and JSON. Claude's makes more of source than others.
 */
const CLOSED_FACTORS = Object.freeze({ claude: 1.5, others: 1.25 })
/** Nobody uses many limits and markers at once. */
const MAX_CUT_MEMORIES = 4
/** Of each of two generations of texts that were cut. */
const MAX_CUT_UNITS = 2 ** 22
const O200K = ENCODINGS.indexOf('o200k_base')

/**
 * @typedef {object} Tokenizer the engine in force
 * @property {(texts: readonly string[], encoding: number) => ArrayLike<number>} countBatch
 * @property {(text: string, encoding: number) => Uint32Array} encode
 * @property {(ids: Uint32Array, encoding: number) => string} decode
 */

/** @typedef {import('./reading').Reading} Reading */
/**
 * @typedef {object} Known
 * @property {WeakMap<object, Reading>} readings by message
 * @property {WeakMap<object, readonly Reading[]>} lists by the first message, as they were when they were last read
 */

/** What stays the same for every call that counts alike. */
class Counting {
  constructor() {
    /** By the shape that was given. @type {Map<string | undefined, Known>} */
    this.known = new Map()
    /** Texts that have been cut, by limit and marker. @type {Map<string, TextMemory<{ text: string, tokens: number }>>} */
    this.cuts = new Map()
  }

  /** @param {string | undefined} shape */
  readingsOf(shape) {
    let found = this.known.get(shape)
    if (!found) this.known.set(shape, (found = { readings: new WeakMap(), lists: new WeakMap() }))
    return found
  }

  /** @param {string} key */
  cutsOf(key) {
    let found = this.cuts.get(key)
    if (!found) {
      if (this.cuts.size >= MAX_CUT_MEMORIES) this.cuts.clear()
      this.cuts.set(key, (found = new TextMemory(MAX_CUT_UNITS)))
    }
    return found
  }
}

/** @type {Counting[]} */
const byEncoding = []
/** @type {WeakMap<Function, Counting>} */
const byFunction = new WeakMap()

class Counter {
  /**
   * @param {Tokenizer} tokenizer
   * @param {number} encoding whose borders cuts follow
   * @param {number} factor
   * @param {boolean} estimated
   * @param {((texts: string[]) => ArrayLike<number>) | undefined} countTokens
   */
  constructor(tokenizer, encoding, factor, estimated, countTokens) {
    this.tokenizer = tokenizer
    this.encoding = encoding
    this.factor = factor
    this.estimated = estimated
    this.countTokens = countTokens
    this.counting = countingOf(encoding, countTokens)
  }

  /** Tokens of each text, before the factor. @param {string[]} texts @returns {ArrayLike<number>} */
  count(texts) {
    if (!this.countTokens) return this.tokenizer.countBatch(texts, this.encoding)
    const counts = this.countTokens(texts.slice())
    if (counts?.length !== texts.length) {
      const message = `options.countTokens must return ${texts.length} numbers for as many texts, not ${counts?.length ?? describe(counts)}`
      throw new TenonError('ERR_INVALID_ARG', message, { argument: 'countTokens' })
    }
    return Float64Array.from(counts, (count, at) => {
      if (!Number.isSafeInteger(count) || count < 0) {
        const message = `options.countTokens must return integers from 0, not ${describe(count)} for text ${at}`
        throw new TenonError('ERR_INVALID_ARG', message, { argument: 'countTokens' })
      }
      return count
    })
  }

  /** What a number of tokens may be for the model. @param {number} tokens */
  scaled(tokens) {
    return Math.ceil(tokens * this.factor)
  }
}

/** @param {number} encoding @param {Function | undefined} countTokens */
function countingOf(encoding, countTokens) {
  if (!countTokens) return (byEncoding[encoding] ??= new Counting())
  let found = byFunction.get(countTokens)
  if (!found) byFunction.set(countTokens, (found = new Counting()))
  return found
}

/**
 * @param {Tokenizer} tokenizer
 * @param {{ model?: unknown, encoding?: unknown, countTokens?: (texts: string[]) => ArrayLike<number>, safetyFactor?: number }} options
 */
function counterOf(tokenizer, { model, encoding, countTokens, safetyFactor }) {
  if (countTokens) return new Counter(tokenizer, O200K, safetyFactor ?? 1, false, countTokens)
  const position = known(model, encoding)
  if (position !== undefined) return new Counter(tokenizer, position, safetyFactor ?? 1, false, undefined)
  const factor = /claude/i.test(String(model)) ? CLOSED_FACTORS.claude : CLOSED_FACTORS.others
  return new Counter(tokenizer, O200K, safetyFactor ?? factor, true, undefined)
}

/**
 * The position of the encoding; undefined for a model that has none.
 * @param {unknown} model
 * @param {unknown} encoding
 */
function known(model, encoding) {
  if (typeof model !== 'string' || model === '' || encoding !== undefined) return encodingOf({ encoding, model })
  // Gateways put the provider in front: openai/gpt-4o.
  for (const name of new Set([model, model.slice(model.lastIndexOf('/') + 1)])) {
    try {
      return encodingOf({ model: name })
    } catch (error) {
      if (Object(error).code !== 'ERR_UNSUPPORTED') throw error
    }
  }
  return undefined
}

module.exports = { Counter, counterOf }
