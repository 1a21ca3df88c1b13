'use strict'

// What is remembered by text: agents copy messages and share their strings.

/** Two generations of so many code units: at most 128 MiB of strings that nobody else may hold. */
const MAX_UNITS = 2 ** 24
/** Shorter texts are counted sooner than looked up. */
const MIN_UNITS = 64

/**
 * A bounded map by text. What has not been asked for during a whole generation is forgotten.
 * @template T
 */
class TextMemory {
  constructor() {
    /** @type {Map<string, T>} */
    this.young = new Map()
    /** @type {Map<string, T>} */
    this.old = new Map()
    this.units = 0
  }

  /** @param {string} text @returns {T | undefined} */
  get(text) {
    const found = this.young.get(text)
    if (found !== undefined) return found
    const aged = this.old.get(text)
    if (aged !== undefined) this.set(text, aged)
    return aged
  }

  /** @param {string} text @param {T} value */
  set(text, value) {
    if (text.length > MAX_UNITS) return
    if (this.units + text.length > MAX_UNITS) {
      this.old = this.young
      this.young = new Map()
      this.units = 0
    }
    this.young.set(text, value)
    this.units += text.length
  }
}

/**
 * An engine that counts no long text twice. Each engine remembers for itself, so that a comparison of two compares
 * what they do.
 * @param {import('../engines').Engine} engine
 * @returns {import('../engines').Engine}
 */
function remembering(engine) {
  /** @type {TextMemory<number>[]} */
  const memories = []
  return {
    ...engine,
    countBatch(/** @type {readonly string[]} */ texts, /** @type {number} */ encoding) {
      const memory = (memories[encoding] ??= new TextMemory())
      const counts = new Float64Array(texts.length)
      const missing = []
      const places = []
      for (let at = 0; at < texts.length; at++) {
        const text = texts[at]
        const known = text.length < MIN_UNITS ? undefined : memory.get(text)
        if (known !== undefined) counts[at] = known
        else {
          missing.push(text)
          places.push(at)
        }
      }
      if (missing.length === 0) return counts
      const counted = engine.countBatch(missing, encoding)
      for (let at = 0; at < places.length; at++) {
        counts[places[at]] = counted[at]
        if (missing[at].length >= MIN_UNITS) memory.set(missing[at], counted[at])
      }
      return counts
    }
  }
}

module.exports = { TextMemory, remembering }
