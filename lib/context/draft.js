'use strict'

// A message that the plan changes: what will be edited, and what it counts then.

const { CALL_TOKENS, RESULT_TOKENS } = require('./reading')

/** @typedef {import('./reading').Reading} Reading */
/** @typedef {import('./reading').Result} Result */
/** @typedef {{ kind: 'repaired' | 'cleared' | 'truncated', tokensBefore: number, tokensAfter: number, reason: string }} Stage */

class Draft {
  /** @param {Reading} reading */
  constructor(reading) {
    this.reading = reading
    this.fixed = reading.fixed
    this.media = reading.media
    this.textTokens = reading.textTokens
    /** @type {import('./shapes').Edits} */
    this.edits = new Map()
    /** What is left of the message. */
    this.items = reading.items
    /** What results say now, where that has changed. @type {Map<Result, { text: string, tokens: number, media: number }>} */
    this.replaced = new Map()
    /** @type {Stage[]} */
    this.stages = []
  }

  /** Nothing that a provider would accept as a message is left. */
  get isEmpty() {
    return this.items === 0 && !this.reading.speaks
  }

  /** @param {import('./pairs').Orphan} orphan */
  remove({ place, item }) {
    this.edits.set(place, null)
    this.items--
    if ('call' in item) {
      this.fixed -= CALL_TOKENS
      this.textTokens -= tokensOf(this.reading, item.call)
    } else if ('result' in item) {
      this.fixed -= RESULT_TOKENS
      this.media -= item.result.media
      this.textTokens -= tokensOf(this.reading, item.result)
    } else if ('response' in item) this.textTokens -= tokensOf(this.reading, item.response)
  }

  /**
   * @param {Result} result
   * @param {{ text: string, tokens: number }} now
   * @param {boolean} keepMedia
   */
  replace(result, { text, tokens }, keepMedia) {
    const before = this.contentOf(result)
    const media = keepMedia ? before.media : 0
    this.textTokens += tokens - before.tokens
    this.media += media - before.media
    this.replaced.set(result, { text, tokens, media })
    this.edits.set(result.place, { text, keepMedia: media > 0 })
  }

  /** What a result counts now. @param {Result} result @returns {{ tokens: number, media: number, text?: string }} */
  contentOf(result) {
    return this.replaced.get(result) ?? { tokens: tokensOf(this.reading, result), media: result.media }
  }

  /** @param {Stage['kind']} kind @param {number} tokensBefore @param {number} tokensAfter @param {string} reason */
  note(kind, tokensBefore, tokensAfter, reason) {
    const last = this.stages.at(-1)
    if (last?.kind === kind) {
      last.tokensAfter = tokensAfter
      if (!last.reason.includes(reason)) last.reason += `; ${reason}`
    } else this.stages.push({ kind, tokensBefore, tokensAfter, reason })
  }
}

/** @param {Reading} reading @param {{ from: number, to: number }} range */
function tokensOf({ counts }, { from, to }) {
  let sum = 0
  for (let at = from; at < to; at++) sum += counts[at]
  return sum
}

module.exports = { Draft, tokensOf }
