'use strict'

// What is remembered by text: agents copy messages and share their strings.

/** Of each of two generations: at most 64 MiB of strings that nobody else may hold. */
const MAX_COUNTED_UNITS = 2 ** 24
/** Shorter texts are counted sooner than looked up. */
const MIN_UNITS = 64

/** Characters that a signature looks at: a map by the texts themselves would read each of them whole. */
const SAMPLES = 16
/** So many texts of one signature are remembered: logs and listings begin and go on alike. */
const MAX_ALIKE = 8

/**
 * A number that equal texts share and different ones seldom.
 * @param {string} text
 */
function signature(text) {
  const { length } = text
  let mixed = length
  // Two neighbours at each place, from the first to the last.
  for (let sample = 0; sample < SAMPLES; sample++) {
    const at = Math.floor((sample * (length - 2)) / (SAMPLES - 1))
    mixed = (Math.imul(mixed, 0x01000193) ^ text.charCodeAt(at) ^ (text.charCodeAt(at + 1) << 16)) | 0
  }
  return mixed
}

/**
 * A bounded map by text, of at least two code units. What has not been asked for during a whole generation is forgotten.
 * @template T
 */
class TextMemory {
  /** @param {number} maxUnits of a generation; a longer text is not remembered */
  constructor(maxUnits) {
    this.maxUnits = maxUnits
    /** @type {Map<number, { text: string, value: T }[]>} */
    this.young = new Map()
    /** @type {Map<number, { text: string, value: T }[]>} */
    this.old = new Map()
    this.units = 0
  }

  /** @param {string} text @returns {T | undefined} */
  get(text) {
    const key = signature(text)
    const found = this.young.get(key)?.find((entry) => entry.text === text)
    if (found) return found.value
    const aged = this.old.get(key)?.find((entry) => entry.text === text)
    if (aged) this.set(text, aged.value)
    return aged?.value
  }

  /** @param {string} given @param {T} value */
  set(given, value) {
    if (given.length > this.maxUnits) return
    const text = alone(given)
    if (this.units + text.length > this.maxUnits) {
      this.old = this.young
      this.young = new Map()
      this.units = 0
    }
    const key = signature(text)
    const alike = this.young.get(key)
    if (!alike) this.young.set(key, [{ text, value }])
    else if (alike.length < MAX_ALIKE) alike.push({ text, value })
    else alike[alike.length - 1] = { text, value }
    this.units += text.length
  }
}

/**
 * An equal text that holds nothing else: V8 makes a slice refer to the text it was cut from, which may be a whole log.
 * @param {string} text
 */
function alone(text) {
  // A text that is put together is written out anew when it is cut.
  return ` ${text}`.slice(1)
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
      const memory = (memories[encoding] ??= new TextMemory(MAX_COUNTED_UNITS))
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
