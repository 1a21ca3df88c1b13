'use strict'

// Special tokens, as tiktoken's `openai_public.py` (0.14) lists them: text that stands for one token where the caller
// allows it, and is ordinary text elsewhere. `crates/tokens/src/special.rs` is the same.

const END_OF_TEXT = '<|endoftext|>'
const END_OF_PROMPT = '<|endofprompt|>'

/** @param {number} first @returns {[string, number][]} */
const fillInTheMiddle = (first) => [
  ['<|fim_prefix|>', first],
  ['<|fim_middle|>', first + 1],
  ['<|fim_suffix|>', first + 2]
]

/** @returns {[string, number][]} */
function harmony() {
  /** @type {[string, number][]} */
  const named = [
    ['<|startoftext|>', 199_998],
    [END_OF_TEXT, 199_999],
    ['<|return|>', 200_002],
    ['<|constrain|>', 200_003],
    ['<|channel|>', 200_005],
    ['<|start|>', 200_006],
    ['<|end|>', 200_007],
    ['<|message|>', 200_008],
    ['<|call|>', 200_012]
  ]
  const taken = new Set(named.map(([, id]) => id))
  /** @type {[string, number][]} */
  const reserved = []
  for (let id = 200_000; id < 201_088; id++) if (!taken.has(id)) reserved.push([`<|reserved_${id}|>`, id])
  // One id has two texts.
  return [...named, ...reserved, [END_OF_PROMPT, 200_018]]
}

/** @type {Record<string, () => [string, number][]>} */
const LISTS = {
  o200k_base: () => [
    [END_OF_TEXT, 199_999],
    [END_OF_PROMPT, 200_018]
  ],
  cl100k_base: () => [[END_OF_TEXT, 100_257], ...fillInTheMiddle(100_258), [END_OF_PROMPT, 100_276]],
  o200k_harmony: harmony,
  p50k_base: () => [[END_OF_TEXT, 50_256]],
  p50k_edit: () => [[END_OF_TEXT, 50_256], ...fillInTheMiddle(50_281)],
  r50k_base: () => [[END_OF_TEXT, 50_256]],
  gpt2: () => [[END_OF_TEXT, 50_256]]
}

/**
 * The special tokens of an encoding.
 * @typedef {object} SpecialTokens
 * @property {readonly [text: string, id: number][]} list in the order of ids, then of texts
 * @property {Map<string, number>} positions in the list by text
 */

/** @type {Map<string, SpecialTokens>} */
const known = new Map()

/** @param {readonly [text: string, id: number][]} list in the order of ids, then of texts */
function specialTokensOf(list) {
  return { list, positions: new Map(list.map(([text], position) => [text, position])) }
}

/** Those of an encoding that was registered. @param {string} encoding @param {readonly [text: string, id: number][]} list */
function defineSpecialTokens(encoding, list) {
  known.set(encoding, specialTokensOf(list))
}

/**
 * @param {string} encoding
 * @returns {SpecialTokens}
 */
function specialTokens(encoding) {
  let special = known.get(encoding)
  if (!special) {
    const list = LISTS[encoding]().sort(([a, idA], [b, idB]) => idA - idB || (a < b ? -1 : 1))
    known.set(encoding, (special = specialTokensOf(list)))
  }
  return special
}

/** @typedef {{ start: number, end: number, special?: number }} Segment ordinary text, or a special token with its id */

/**
 * Cuts text into ordinary text and the special tokens that are allowed.
 * @param {string} text
 * @param {SpecialTokens} special
 * @param {Uint32Array | undefined} allowed positions
 * @returns {Generator<Segment>}
 */
function* segments(text, special, allowed) {
  let start = 0
  if (allowed) {
    const next = /<\|[A-Za-z0-9_]*(?:\|>)?/g
    for (let at = text.indexOf('<|'); at >= 0; at = text.indexOf('<|', at + 1)) {
      next.lastIndex = at
      const candidate = /** @type {RegExpExecArray} */ (next.exec(text))[0]
      const position = special.positions.get(candidate)
      if (position === undefined || !allowed.includes(position)) continue
      if (at > start) yield { start, end: at }
      start = at + candidate.length
      yield { start: at, end: start, special: special.list[position][1] }
      at = start - 1
    }
  }
  if (start < text.length) yield { start, end: text.length }
}

module.exports = { defineSpecialTokens, segments, specialTokens }
