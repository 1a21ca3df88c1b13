'use strict'

const { readFile } = require('./read')
const { TextSearch } = require('./search')
const { openSource } = require('./source')
const { decode } = require('./text')

// A second look, at what rules and names left out, where nothing else matched.

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
    this.matching = { ignored: 0, hidden: 0, complete: false }
  }

  /**
   * Goes on until it is late; true at the end.
   * @param {() => boolean} late
   * @returns {import('../../ignore/io').Work<boolean>}
   */
  *search(late) {
    const source = (this.source ??= yield* this.opening)
    const { patterns, shape, encoding, takesBinary, literals, maxFileBytes } = this.plan
    while (!late()) {
      const step = yield* source.next()
      if (step === undefined) {
        this.matching.complete = this.whole
        return true
      }
      this.entries += 1
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
      if ((yield* new TextSearch(text, patterns, shape).nextBlock()) !== undefined) this.matching[step.leftOut] += 1
    }
    return false
  }
}

module.exports = { SecondPass }
