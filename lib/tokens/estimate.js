'use strict'

// Tokens of models whose vocabulary is not public: how many an OpenAI model would need, times what is known of the
// model's family for such text. Where the factors come from is said at each family.

const { TenonError, describe } = require('../errors')
const { closedFamily, encodingForModel } = require('./encodings')

/** The encoding that the factors are relative to. */
const REFERENCE = 'o200k_base'

/** More of a text is judged by samples, evenly from all of it. */
const MAX_JUDGED_UNITS = 65_536
const SAMPLE_UNITS = 1024

/** A few tokens more or less are chance, where the text is short. */
const SLACK_TOKENS = 2

/**
 * Kinds of text that tokenizers treat differently.
 * @typedef {'plain' | 'foreign' | 'symbols' | 'digits' | 'cyrillic' | 'vietnamese' | 'greek' | 'semitic' | 'indic' | 'caucasian' | 'cjk' | 'other'} Kind
 */

/**
 * How many characters of a kind make a token of `o200k_base`, about: what weighs the kinds of a mixed text.
 * @type {Record<Kind, number>}
 */
const UNITS_PER_TOKEN = {
  plain: 4.8,
  foreign: 4.2,
  symbols: 2,
  digits: 2,
  cyrillic: 3.4,
  vietnamese: 3.5,
  greek: 2.9,
  semitic: 3.1,
  indic: 2.9,
  caucasian: 3,
  cjk: 1.9,
  other: 0.8
}

/** @typedef {Record<Kind, readonly [low: number, likely: number, high: number]>} Factors tokens for one of `o200k_base` */

/**
 * Claude 3 to 4.6. The vocabulary of Claude 2 times 1.1, which agrees with Anthropic's counts for Claude 3 to 4.5 within
 * 2 % (the accuracy table of ai-tokenizer 1.0, English), measured on text of 35 languages and 8 of programming; 1.18 is
 * published for source (sammcj/ingest#65). Other scripts than the Latin are not published since Claude 2, so their low
 * bound is low.
 * @type {Factors}
 */
const CLAUDE = {
  plain: [1.02, 1.2, 1.45],
  foreign: [1.15, 1.55, 2.15],
  symbols: [1.02, 1.2, 1.45],
  digits: [1.02, 1.15, 1.45],
  cyrillic: [1.05, 1.9, 2.55],
  vietnamese: [1.2, 2.7, 3.5],
  greek: [1.2, 3.1, 4],
  semitic: [1.2, 3, 4.1],
  indic: [1.2, 4.2, 6.8],
  caucasian: [1.2, 4.6, 7],
  cjk: [0.9, 1.55, 2.35],
  other: [0.8, 1.8, 3]
}

/**
 * Claude from Opus 4.7. Against the former: English and German 1.45, French 1.36, Spanish 1.24, source 1.13 to 1.36,
 * technical English up to 1.47, timestamps 1.07, other scripts 1.00 (sol.ava.dev, 2026-04-17; pithwire.com, both by
 * Anthropic's counting endpoint); against `o200k_base` 1.53 (sammcj/ingest#65).
 * @type {Factors}
 */
const CLAUDE_4_7 = {
  ...CLAUDE,
  plain: [1.15, 1.6, 2.08],
  foreign: [1.4, 2.1, 3.15],
  symbols: [1.1, 1.4, 1.9],
  digits: [1.02, 1.2, 1.6],
  vietnamese: [1.2, 3, 4.4]
}

/**
 * Gemini from 2.0 has the vocabulary of Gemma 3 ("the same tokenizer as Gemini 2.0": the report on Gemma 3), measured on
 * the same text.
 * @type {Factors}
 */
const GEMINI = {
  plain: [0.95, 1.08, 1.35],
  foreign: [0.88, 1.04, 1.22],
  symbols: [0.95, 1.2, 1.5],
  digits: [1.1, 2.2, 3.05],
  cyrillic: [0.9, 1.01, 1.15],
  vietnamese: [0.92, 1.02, 1.1],
  greek: [1, 1.07, 1.15],
  semitic: [0.92, 1.1, 1.28],
  indic: [0.7, 0.87, 1],
  caucasian: [1.1, 1.4, 1.8],
  cjk: [0.6, 0.9, 1.1],
  other: [0.6, 0.9, 1.6]
}

/**
 * Mistral's models with the Tekken vocabulary, from 2024-07; measured with the one of mistral-common.
 * @type {Factors}
 */
const MISTRAL = {
  plain: [0.98, 1.04, 1.2],
  foreign: [0.98, 1.07, 1.38],
  symbols: [1, 1.08, 1.35],
  digits: [1.3, 2.2, 3.05],
  cyrillic: [0.98, 1.06, 1.22],
  vietnamese: [0.98, 1.02, 1.08],
  greek: [0.92, 1.05, 1.12],
  semitic: [0.92, 1.03, 1.18],
  indic: [1.05, 1.22, 1.4],
  caucasian: [1, 1.22, 1.42],
  cjk: [0.85, 1.06, 1.32],
  other: [0.9, 1.8, 3.1]
}

/**
 * Grok and Nova. Only English is published: Grok 3 within 2 % of `o200k_base`, Nova within 11 % of `cl100k_base` (the
 * accuracy table of ai-tokenizer 1.0). The rest is the range of the vocabularies above.
 * @type {Factors}
 */
const UNMEASURED = {
  plain: [0.88, 1.03, 1.25],
  foreign: [0.88, 1.15, 2.15],
  symbols: [0.88, 1.05, 1.4],
  digits: [0.9, 1.2, 3.05],
  cyrillic: [0.9, 1.2, 2.55],
  vietnamese: [0.9, 1.2, 3.5],
  greek: [0.9, 1.4, 4],
  semitic: [0.9, 1.4, 4.1],
  indic: [0.7, 1.4, 6.8],
  caucasian: [1, 1.6, 7],
  cjk: [0.6, 1.15, 2.35],
  other: [0.6, 1.4, 3.1]
}

/** Of a Claude whose name does not say which of the two it has. */
const ANY_CLAUDE = /** @type {Factors} */ ({ ...CLAUDE_4_7 })
for (const kind of /** @type {Kind[]} */ (Object.keys(CLAUDE))) {
  const [, likely, high] = CLAUDE_4_7[kind]
  ANY_CLAUDE[kind] = [CLAUDE[kind][0], likely, high]
}

/** @param {string} model @returns {Factors | undefined} */
function factorsOf(model) {
  switch (closedFamily(model)) {
    case 'claude':
      return claudeFactors(model)
    case 'gemini':
      return GEMINI
    case 'mistral':
      return MISTRAL
    case 'grok':
    case 'nova':
      return UNMEASURED
    default:
      return undefined
  }
}

/** @param {string} model */
function claudeFactors(model) {
  // claude-opus-4-7, claude-sonnet-4.5, claude-3-5-haiku; a date has more digits than a version.
  const [, major, minor = '0'] = /claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/.exec(model) ?? []
  if (major === undefined) return ANY_CLAUDE
  return Number(major) > 4 || (Number(major) === 4 && Number(minor) >= 7) ? CLAUDE_4_7 : CLAUDE
}

/**
 * About how many tokens `text` is for `model`.
 * @param {unknown} text
 * @param {unknown} model
 * @param {(text: any, options: any) => number} count counts exactly, and refuses what is no text
 * @returns {{ tokens: number, low: number, high: number }}
 */
function estimate(text, model, count) {
  const factors = typeof model === 'string' ? factorsOf(model.toLowerCase()) : undefined
  if (factors === undefined) {
    const tokens = count(text, { encoding: exactEncoding(model) })
    return { tokens, low: tokens, high: tokens }
  }
  const reference = count(text, { encoding: REFERENCE })
  if (reference === 0) return { tokens: 0, low: 0, high: 0 }
  const input = /** @type {string | Uint8Array} */ (text)
  const factor = judge(input, factors)
  // Every one of these vocabularies has a token for each byte.
  const most = typeof input === 'string' ? Buffer.byteLength(input, 'utf8') : Math.max(reference, input.length)
  const low = Math.max(1, Math.floor(reference * factor[0]) - SLACK_TOKENS)
  const high = Math.min(most, Math.ceil(reference * factor[2]) + SLACK_TOKENS)
  const tokens = Math.min(high, Math.max(1, Math.round(reference * factor[1])))
  return { tokens, low: Math.min(low, tokens), high }
}

/** @param {unknown} model */
function exactEncoding(model) {
  try {
    return encodingForModel(model)
  } catch (error) {
    if (Object(error).code !== 'ERR_UNSUPPORTED') throw error
    const families = 'Claude, Gemini, Grok, Mistral and Nova'
    const message = `model ${describe(model)} is not known; tokens are estimated for ${families}, and counted for OpenAI's models`
    throw new TenonError('ERR_UNSUPPORTED', message, { argument: 'model' })
  }
}

/** The mean of the factors of what is in `input`. @param {string | Uint8Array} input @param {Factors} factors */
function judge(input, factors) {
  const weights = weigh(samples(input))
  /** @type {[number, number, number]} */
  const sums = [0, 0, 0]
  let total = 0
  for (const kind of /** @type {Kind[]} */ (Object.keys(weights))) {
    const weight = weights[kind]
    total += weight
    for (let bound = 0; bound < 3; bound++) sums[bound] += weight * factors[kind][bound]
  }
  // White space alone: nothing but space has no kind.
  if (total === 0) return [0.25, 1, 4.1]
  return sums.map((sum) => sum / total)
}

/** @param {string | Uint8Array} input @returns {string} */
function samples(input) {
  const take = (/** @type {number} */ from, /** @type {number} */ to) =>
    typeof input === 'string'
      ? input.slice(from, to)
      : Buffer.from(input.buffer, input.byteOffset + from, Math.min(to, input.length) - from).toString('utf8')
  if (input.length <= MAX_JUDGED_UNITS) return take(0, input.length)
  const pieces = []
  const number = MAX_JUDGED_UNITS / SAMPLE_UNITS
  for (let index = 0; index < number; index++) {
    const from = Math.floor((index * (input.length - SAMPLE_UNITS)) / (number - 1))
    pieces.push(take(from, from + SAMPLE_UNITS))
  }
  return pieces.join('\n')
}

/** English has one of these in every ten words or so, in prose and in comments; other languages have not. */
const ENGLISH = /\b(?:the|and|to|of|for|that|this|with|are|be|not|is)\b/gi
/** Share of words that makes a text English. */
const ENGLISH_SHARE = 0.08
/** Symbols and digits, for each letter, of source and data. */
const SOURCE_SHARE = 0.12

/** The tokens of each kind in `text`, about. @param {string} text @returns {Record<Kind, number>} */
function weigh(text) {
  const units = tally(text)
  let foreign = 0
  if (units.letters > 0) {
    const words = text.match(/[a-zA-Z\u00c0-\u024f]+/g)?.length ?? 1
    const english = (text.match(ENGLISH)?.length ?? 0) / words
    const prose = 1 - Math.min(1, (units.symbols + units.digits) / units.letters / SOURCE_SHARE)
    const accented = Math.min(1, (units.accented / units.letters) * 50)
    foreign = Math.max(0, 1 - english / ENGLISH_SHARE) * Math.max(accented, prose)
  }
  const latin = units.letters + units.space
  const all = { ...units, plain: latin * (1 - foreign), foreign: latin * foreign }
  const weights = { ...UNITS_PER_TOKEN }
  for (const kind of /** @type {Kind[]} */ (Object.keys(weights))) weights[kind] = all[kind] / UNITS_PER_TOKEN[kind]
  return weights
}

/**
 * The last code unit of each range, and what is in it.
 * @type {readonly [last: number, kind: Exclude<Kind, 'plain' | 'foreign' | 'symbols' | 'digits'> | 'accented'][]}
 */
const RANGES = [
  [0xbf, 'other'],
  [0x24f, 'accented'],
  [0x2ff, 'other'],
  [0x36f, 'vietnamese'],
  [0x3ff, 'greek'],
  [0x52f, 'cyrillic'],
  [0x58f, 'caucasian'],
  [0x8ff, 'semitic'],
  [0x109f, 'indic'],
  [0x10ff, 'caucasian'],
  [0x11ff, 'cjk'],
  [0x1dff, 'indic'],
  [0x1eff, 'vietnamese'],
  [0x1fff, 'greek'],
  [0x2dff, 'other'],
  [0x9fff, 'cjk'],
  [0xabff, 'indic'],
  [0xd7ff, 'cjk'],
  [0xf8ff, 'other'],
  [0xfaff, 'cjk'],
  [0xfdff, 'semitic'],
  [0xfe6f, 'cjk'],
  [0xfeff, 'semitic'],
  [0xffef, 'cjk'],
  [0xffff, 'other']
]

/** Code units of each kind. A space beside a word counts with it; further space is nearly free. @param {string} text */
function tally(text) {
  const units = {
    letters: 0,
    accented: 0,
    space: 0,
    symbols: 0,
    digits: 0,
    cyrillic: 0,
    vietnamese: 0,
    greek: 0,
    semitic: 0,
    indic: 0,
    caucasian: 0,
    cjk: 0,
    other: 0
  }
  let inWord = false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit <= 0x20) {
      if (inWord) units.space++
      inWord = false
      continue
    }
    inWord = false
    if (unit >= 0x80) {
      const kind = /** @type {typeof RANGES[number]} */ (RANGES.find(([last]) => unit <= last))[1]
      units[kind]++
      if (kind === 'accented') {
        units.letters++
        inWord = true
      }
    } else if (unit >= 0x30 && unit <= 0x39) {
      units.digits++
    } else if ((unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a) {
      units.letters++
      inWord = true
    } else {
      units.symbols++
    }
  }
  // Vietnamese is Latin letters with marks of its own.
  if (units.vietnamese > 0 && units.letters > 0) {
    const moved = Math.min(units.letters, units.vietnamese * 12)
    units.letters -= moved
    units.vietnamese += moved
  }
  return units
}

module.exports = { estimate }
