'use strict'

// The plan: what of a conversation goes so that the rest fits. In this order: what is invalid is repaired, old tool
// results are cleared, oversized ones lose their middle, the oldest turns are dropped, the oldest steps are dropped.
// A step stops as soon as the conversation fits, and changes nothing that it has changed before: a plan for the outcome
// of a plan is empty.

const { TenonError } = require('../errors')
const { cutMiddle } = require('./cut')
const { Draft, tokensOf } = require('./draft')
const { pair } = require('./pairs')
const { isHead, turnsOf } = require('./turns')

/** @typedef {import('./reading').Reading} Reading */
/** @typedef {import('./counter').Counter} Counter */
/**
 * Every option, with its default filled in.
 * @typedef {object} Options
 * @property {number} maxTokens
 * @property {number} reserveTokens
 * @property {string | undefined} shape
 * @property {number} keepTurns
 * @property {number | undefined} keepSteps
 * @property {((message: any, index: number) => boolean) | undefined} pinned
 * @property {{ triggerTokens: number, keep: number, clearAtLeastTokens: number, excludeTools: readonly string[], keepErrors: boolean, placeholder: string } | undefined} clear
 * @property {{ maxTokens: number, excludeTools: readonly string[], marker: string } | undefined} truncate
 * @property {boolean} keepPending
 * @property {number} imageTokens
 * @property {boolean} dryRun
 */
/** @typedef {{ index: number, kind: 'repaired' | 'cleared' | 'truncated' | 'dropped', tokensBefore: number, tokensAfter: number, reason: string }} Change */

/** @typedef {{ tokensBefore: number, repair: boolean, reason: string }} Drop */

/** What starts the answer, as OpenAI's cookbook counts it. */
const ANSWER_TOKENS = 3
/** So many of the kept messages an error names, the largest. */
const NAMED_MESSAGES = 10

class Plan {
  /**
   * @param {readonly any[]} messages
   * @param {Reading[]} readings
   * @param {Counter} counter
   * @param {Options} options
   */
  constructor(messages, readings, counter, options) {
    this.messages = messages
    this.readings = readings
    this.counter = counter
    this.options = options
    this.budget = options.maxTokens - options.reserveTokens
    const { length } = messages
    /** Tokens of each message now; 0 for what is gone. */
    this.tokens = new Float64Array(length)
    this.total = ANSWER_TOKENS
    for (let index = 0; index < length; index++) this.total += this.tokens[index] = this.measure(readings[index])
    this.tokensBefore = this.total
    this.gone = new Uint8Array(length)
    /** @type {Map<number, Draft>} */
    this.drafts = new Map()
    /** @type {Map<number, Drop>} */
    this.drops = new Map()
    /** @type {Uint8Array | undefined} */
    this.pins = undefined
    this.pairing = pair(readings, options.keepPending)
  }

  /** Makes the plan, or throws `ERR_LIMIT`. */
  make() {
    this.repair()
    this.clear()
    this.truncate()
    if (this.total > this.budget) {
      const turns = turnsOf(this.readings, this.gone, this.pairing)
      this.dropTurns(turns)
      this.dropSteps(turns)
    }
    if (this.total > this.budget) throw this.tooLarge()
    return this
  }

  /** @param {{ fixed: number, media: number, textTokens: number }} what */
  measure({ fixed, media, textTokens }) {
    return fixed + media * this.options.imageTokens + this.counter.scaled(textTokens)
  }

  /** @param {number} index */
  isPinned(index) {
    const { pinned } = this.options
    if (!pinned) return false
    this.pins ??= Uint8Array.from(this.messages, (message, at) => (pinned(message, at) ? 1 : 0))
    return this.pins[index] === 1
  }

  /** @param {number} index */
  draft(index) {
    let draft = this.drafts.get(index)
    if (!draft) this.drafts.set(index, (draft = new Draft(this.readings[index])))
    return draft
  }

  /** Takes note of what a draft counts now. @param {number} index @param {Draft} draft @param {import('./draft').Stage['kind']} kind @param {string} reason */
  settle(index, draft, kind, reason) {
    const now = this.measure(draft)
    draft.note(kind, this.tokens[index], now, reason)
    this.total += now - this.tokens[index]
    this.tokens[index] = now
  }

  /** @param {number} index @param {string} reason @param {boolean} [repair] */
  drop(index, reason, repair = false) {
    this.drops.set(index, { tokensBefore: this.measure(this.readings[index]), repair, reason })
    this.gone[index] = 1
    this.total -= this.tokens[index]
    this.tokens[index] = 0
  }

  /** Takes out what no provider accepts: calls without results and the reverse, and answers that say nothing. */
  repair() {
    /** @type {Set<number>} */
    const touched = new Set()
    for (const orphan of this.pairing.orphans) {
      const draft = this.draft(orphan.index)
      draft.remove(orphan)
      this.settle(orphan.index, draft, 'repaired', orphan.reason)
      touched.add(orphan.index)
    }
    for (const index of touched) {
      const draft = this.draft(index)
      if (draft.isEmpty) this.drop(index, draft.stages[0].reason, true)
    }
    for (let index = 0; index < this.readings.length; index++) {
      if (this.readings[index].isEmpty && !this.gone[index]) this.drop(index, 'answer that says nothing', true)
    }
    this.repairReasoning()
    if (touched.size > 0) this.repairStart()
  }

  repairReasoning() {
    /** The next message that is there. */
    let next = this.readings.length
    for (let index = next - 1; index >= 0; index--) {
      if (this.gone[index]) continue
      const following = this.readings[next]
      const role = this.drafts.get(next)?.items === 0 ? following?.roleAlone : following?.role
      // What lay between two of them is gone: it was the first one's.
      const leads = role === 'assistant' && !(following.reasoning && next > index + 1)
      if (this.readings[index].reasoning && !leads) this.drop(index, 'reasoning without what it led to', true)
      else next = index
    }
  }

  /** Where the first message was one of the user's and is gone, an answer must not be the first. */
  repairStart() {
    const first = this.readings.findIndex(({ role }) => role !== 'system')
    if (first < 0 || this.readings[first].role !== 'user' || !this.gone[first]) return
    const head = this.readings.findIndex((reading, index) => !this.gone[index] && isHead(reading))
    for (const step of turnsOf(this.readings, this.gone, this.pairing).flatMap((turn) => turn.steps)) {
      if (step[0] < head) for (const index of step) this.drop(index, 'answer to what is gone', true)
    }
  }

  clear() {
    const { clear } = this.options
    if (!clear) return
    const target = Math.min(clear.triggerTokens, this.budget)
    if (this.total <= target) return
    const [tokens] = Array.from(this.counter.count([clear.placeholder]))
    const placeholder = { text: clear.placeholder, tokens }
    const pairs = this.pairs()
    const excluded = new Set(clear.excludeTools)
    const old = pairs.slice(0, Math.max(0, pairs.length - clear.keep)).filter(({ index, result, name }) => {
      if (!result.editable || (clear.keepErrors && result.error) || excluded.has(name)) return false
      const saved =
        this.counter.scaled(tokensOf(this.readings[index], result)) + result.media * this.options.imageTokens
      return saved > this.counter.scaled(tokens) && !this.isPinned(index)
    })
    // What does not have to be is not worth a prompt cache.
    if (this.total <= this.budget && this.saving(old, tokens) < clear.clearAtLeastTokens) return
    const before = this.total
    for (const { index, result } of old) {
      if (this.total <= target && before - this.total >= clear.clearAtLeastTokens) break
      const draft = this.draft(index)
      draft.replace(result, placeholder, false)
      this.settle(index, draft, 'cleared', 'old tool result')
    }
  }

  /** Pairs whose messages are there, in the order of the results. */
  pairs() {
    if (this.drops.size === 0) return this.pairing.pairs
    return this.pairing.pairs.filter(({ index }) => !this.gone[index])
  }

  /** What clearing all of `pairs` would free. @param {import('./pairs').Pair[]} pairs @param {number} tokens of the placeholder */
  saving(pairs, tokens) {
    /** @type {Map<number, Draft>} */
    const drafts = new Map()
    for (const { index, result } of pairs) {
      let draft = drafts.get(index)
      if (!draft) {
        const { fixed, media, textTokens } = this.drafts.get(index) ?? this.readings[index]
        drafts.set(index, (draft = Object.assign(new Draft(this.readings[index]), { fixed, media, textTokens })))
      }
      draft.replace(result, { text: '', tokens }, false)
    }
    let saved = 0
    for (const [index, draft] of drafts) saved += this.tokens[index] - this.measure(draft)
    return saved
  }

  truncate() {
    const { truncate } = this.options
    if (!truncate || this.total <= this.budget) return
    const excluded = new Set(truncate.excludeTools)
    for (const { index, result, name } of this.pairs()) {
      if (this.total <= this.budget) return
      if (!result.editable || excluded.has(name)) continue
      const now = this.drafts.get(index)?.contentOf(result) ?? { tokens: tokensOf(this.readings[index], result) }
      if (this.counter.scaled(now.tokens) <= truncate.maxTokens || this.isPinned(index)) continue
      const text =
        'text' in now ? String(now.text) : this.readings[index].texts.slice(result.from, result.to).join('\n')
      const draft = this.draft(index)
      draft.replace(result, cutMiddle(text, truncate.maxTokens, truncate.marker, this.counter), true)
      this.settle(index, draft, 'truncated', 'oversized tool result')
    }
  }

  /** @param {import('./turns').Turn[]} turns */
  dropTurns(turns) {
    for (const { members, steps } of turns.slice(0, Math.max(0, turns.length - this.options.keepTurns))) {
      if (this.total <= this.budget) return
      // A pinned message keeps what it lives and dies with, and what the user said before.
      const kept = new Set(steps.filter((step) => step.some((index) => this.isPinned(index))).flat())
      const hasPins = kept.size > 0 || members.some((index) => this.isPinned(index))
      for (const index of members) {
        if (kept.has(index) || (hasPins && isHead(this.readings[index]))) continue
        this.drop(index, 'oldest turn')
      }
    }
  }

  /** @param {import('./turns').Turn[]} turns */
  dropSteps(turns) {
    const { keepSteps } = this.options
    if (keepSteps === undefined || this.total <= this.budget) return
    const steps = turns.flatMap((turn) => turn.steps).filter(([first]) => !this.gone[first])
    for (const step of steps.slice(0, Math.max(0, steps.length - keepSteps))) {
      if (this.total <= this.budget) return
      if (step.some((index) => this.isPinned(index))) continue
      for (const index of step) this.drop(index, 'oldest step')
    }
  }

  tooLarge() {
    const kept = this.messages
      .map((_, index) => ({ index, tokens: this.tokens[index] }))
      .filter(({ index }) => !this.gone[index])
      .sort((a, b) => b.tokens - a.tokens || a.index - b.index)
    const named = kept.slice(0, NAMED_MESSAGES)
    const largest = named.slice(0, 3).map(({ index, tokens }) => `messages[${index}] with ${tokens}`)
    const { maxTokens, reserveTokens } = this.options
    const message =
      `what has to stay is ${this.total} tokens in ${kept.length} messages, and ${this.budget} are allowed ` +
      `(maxTokens ${maxTokens} less reserveTokens ${reserveTokens})` +
      (largest.length > 0 ? `; the largest are ${largest.join(', ')}` : '')
    return new TenonError('ERR_LIMIT', message, {
      argument: 'maxTokens',
      tokens: this.total,
      allowedTokens: this.budget,
      kept: named
    })
  }

  /** In the order of the messages. @returns {Change[]} */
  changes() {
    /** @type {Change[]} */
    const changes = []
    if (this.drafts.size + this.drops.size === 0) return changes
    for (let index = 0; index < this.gone.length; index++) {
      if (this.gone[index]) {
        const { tokensBefore, repair, reason } = /** @type {Drop} */ (this.drops.get(index))
        changes.push({ index, kind: repair ? 'repaired' : 'dropped', tokensBefore, tokensAfter: 0, reason })
        continue
      }
      const draft = this.drafts.get(index)
      if (!draft) continue
      for (const { kind, tokensBefore, tokensAfter, reason } of draft.stages) {
        changes.push({ index, kind, tokensBefore, tokensAfter, reason })
      }
    }
    return changes
  }
}

module.exports = { ANSWER_TOKENS, Plan }
