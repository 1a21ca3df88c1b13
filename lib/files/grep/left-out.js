'use strict'

const { readFile } = require('./read')
const { TextSearch } = require('./search')
const { openSource } = require('./source')
const { decode } = require('./text')

// A second look, at what rules and names left out, where nothing else matched.

/** What may hold matches only if rules or names say so. @type {Set<import('../walk').Reason>} */
const BY_RULES = new Set(/** @type {const} */ (['ignored', 'hidden', 'rootIgnored', 'ruleFile']))

/** Whether it may hold matches, and is left out by neither rules nor names. @param {import('../walk').LeftOut} leftOut */
function isRefused({ reason }) {
  return !BY_RULES.has(reason)
}

/** The files that are looked at. */
const MOST_FILES = 10_000
/** The entries that are walked over: those that were searched are among them. */
const MOST_ENTRIES = 1_000_000
const MOST_BYTES = 256 * 1024 * 1024

class SecondPass {
  /**
   * @param {string} root
   * @param {readonly string[]} places
   * @param {Map<string, Buffer>} overlay
   * @param {import('../walk').WalkOptions} options
   * @param {import('../walk').Select} select
   * @param {import('./fallback').Plan} plan
   */
  constructor(root, places, overlay, options, select, plan) {
    this.opening = openSource(root, places, overlay, options, select)
    /** @type {import('./source').Source | undefined} */
    this.source = undefined
    this.plan = plan
    this.entries = 0
    this.files = 0
    this.bytes = 0
    /** Whether each file so far was searched whole. */
    this.whole = true
    /** What the walk could not enter or take: the first search has met what of it is not left out. */
    this.refused = 0
    /** The file that is looked at. @type {{ search: import('../../ignore/io').Work<unknown>, leftOut: 'hidden' | 'ignored' } | undefined} */
    this.open = undefined
    this.matching = { ignored: 0, hidden: 0, complete: false }
  }

  /**
   * Goes on until it is late; true at the end.
   * @param {number} refused what the walk could not enter or take elsewhere, and meets again
   * @param {() => boolean} late
   * @returns {import('../../ignore/io').Work<boolean>}
   */
  *search(refused, late) {
    const source = (this.source ??= yield* this.opening)
    const { patterns, shape, encoding, takesBinary, literals, maxFileBytes } = this.plan
    while (!late()) {
      if (this.open !== undefined) {
        const { search, leftOut } = this.open
        const { done, value } = search.next()
        if (!done) yield value
        else {
          this.open = undefined
          if (value !== undefined) this.matching[leftOut] += 1
        }
        continue
      }
      const step = yield* source.next(late)
      if (step === undefined) {
        if (!source.ended) return false
        this.matching.complete = this.whole && this.refused === refused
        return true
      }
      this.entries += 1
      if (step.reason !== undefined && isRefused(step)) this.refused += 1
      if (step.reason !== undefined || step.leftOut === undefined || 'text' in step.origin) {
        if (this.entries === MOST_ENTRIES) return true
        continue
      }
      if (this.files === MOST_FILES || this.bytes >= MOST_BYTES || this.entries >= MOST_ENTRIES) return true
      this.files += 1
      const { location, follows } = step.origin
      /** @type {import('./read').Outcome} */
      const outcome = yield { operation: 'wait', path: '', wait: readFile(location, follows, maxFileBytes) }
      if (outcome === undefined) continue
      if ('flaw' in outcome) {
        this.whole = false
        continue
      }
      this.bytes += outcome.content.length
      const text = decode(outcome.content, encoding, takesBinary, literals)
      if (text === undefined) {
        this.whole = false
        continue
      }
      this.open = { search: new TextSearch(text, patterns, shape).nextBlock(), leftOut: step.leftOut }
    }
    return false
  }
}

module.exports = { SecondPass, isRefused }
