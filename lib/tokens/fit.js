'use strict'

// What fits a number of tokens, over UTF-16; `crates/tokens/src/fit.rs` is the same over UTF-8, where the reasons are.

const { TenonError } = require('../errors')
const { Numbers } = require('./numbers')
const { utf8Length } = require('./position')

/** Of a text to be split, so many characters a token are looked at. */
const WINDOW_CHARACTERS = 128
/** So many pretokens at the end of a text may be others when more text follows. */
const UNSTABLE_PRETOKENS = 3

/**
 * @typedef {object} Tokenizer the fallback's tokenizer of one encoding
 * @property {(text: string, allowed: Uint32Array | undefined) => Iterable<Unit>} units
 * @property {(text: string) => number} count without special tokens
 * @property {(id: number) => number} length the bytes that a token stands for
 * @property {number} longestSpecial
 */
/** @typedef {{ start: number, end: number, ids: ArrayLike<number> }} Unit a pretoken or a special token */

/** @param {Tokenizer} tokenizer @param {string} text @param {number} limit @param {Uint32Array | undefined} allowed */
function countUntil(tokenizer, text, limit, allowed) {
  let total = 0
  for (const { ids } of tokenizer.units(text, allowed)) {
    total += ids.length
    if (total > limit) return limit + 1
  }
  return total
}

/**
 * Where the first tokens of `text` end: of at most `most`, in whole pretokens. `before` is the last border between
 * characters at or before the end, `behind` the first at or behind it.
 * @param {Tokenizer} tokenizer
 * @param {string} text
 * @param {number} most
 */
function tokenEnds(tokenizer, text, most) {
  const before = new Numbers()
  const behind = new Numbers()
  for (const { start, end, ids } of tokenizer.units(text, undefined)) {
    // How many of the pretoken's bytes the tokens so far have, and how many the characters up to `units` have.
    let tokenBytes = 0
    let bytes = 0
    let units = start
    let last = start
    for (let index = 0; index < ids.length; index++) {
      tokenBytes += tokenizer.length(ids[index])
      while (bytes < tokenBytes) {
        const length = utf8Length(text.charCodeAt(units))
        last = units
        bytes += length
        units += length === 4 ? 2 : 1
      }
      before.push(bytes === tokenBytes ? units : last)
      behind.push(units)
    }
    if (units !== end || bytes !== tokenBytes) throw unaligned()
    if (before.length > most) break
  }
  return { before: before.take(), behind: behind.take() }
}

/** The tokens do not stand for the text itself, so there is no telling where they are in it. */
function unaligned() {
  const message = 'the encoding changes the text, so that its tokens have no place in it'
  return new TenonError('ERR_UNSUPPORTED', message, { argument: 'text' })
}

/**
 * @param {Tokenizer} tokenizer
 * @param {string} text
 * @param {number} most
 * @param {number} keep 0 for the start, 1 for the end, 2 for both
 * @param {string} marker
 * @returns {[headEnd: number, tailStart: number, marked: number, tokens: number, truncated: number]}
 */
function truncate(tokenizer, text, most, keep, marker) {
  const whole = countUntil(tokenizer, text, most, undefined)
  if (whole <= most) return [text.length, text.length, 0, whole, 0]
  const { before, behind } = tokenEnds(tokenizer, text, keep === 0 ? most : Infinity)
  const markerTokens = tokenizer.count(marker)
  const marked = marker !== '' && markerTokens <= most
  let budget = marked ? most - markerTokens : most
  for (;;) {
    const tailTokens = keep === 0 ? 0 : keep === 1 ? budget : Math.floor(budget / 2)
    const headTokens = budget - tailTokens
    const headEnd = headTokens === 0 ? 0 : before[headTokens - 1]
    const tailStart = tailTokens === 0 ? text.length : behind[behind.length - tailTokens - 1]
    const tokens = tokenizer.count(text.slice(0, headEnd) + (marked ? marker : '') + text.slice(tailStart))
    if (tokens <= most) return [headEnd, tailStart, Number(marked), tokens, 1]
    budget -= Math.min(tokens - most, budget)
  }
}

/**
 * @param {Tokenizer} tokenizer
 * @param {string} text
 * @param {number} most
 * @param {number} overlap
 * @returns {Uint32Array} `start, end, tokens` of each part
 */
function split(tokenizer, text, most, overlap) {
  const parts = new Numbers()
  /** @param {number} start @param {number} end @param {number} tokens */
  const add = (start, end, tokens) => {
    parts.push(start)
    parts.push(end)
    parts.push(tokens)
    endBefore = end
  }
  let endBefore = 0
  for (let start = 0; start < text.length;) {
    const windowEnd = characterEnd(text, start, (most + 1) * WINDOW_CHARACTERS)
    const rest = text.slice(start, windowEnd)
    const { before, behind } = tokenEnds(tokenizer, rest, most)
    if (windowEnd === text.length && before.length <= most) {
      add(start, text.length, before.length)
      break
    }
    let taken = Math.min(most, before.length)
    /** @type {number} */
    let length
    /** @type {number} */
    let tokens
    for (;;) {
      length = taken === 0 ? 0 : before[taken - 1]
      if (length === 0) {
        const message = `the character at ${start} has more than ${most} tokens`
        throw new TenonError('ERR_LIMIT', message, { argument: 'maxTokens' })
      }
      tokens = tokenizer.count(rest.slice(0, length))
      if (tokens <= most) break
      taken -= Math.min(tokens - most, taken)
    }
    if (start + length <= endBefore) {
      // The overlap leaves no room for what follows it: this part does without.
      start = endBefore
      continue
    }
    add(start, start + length, tokens)
    if (start + length === text.length) break
    const overlapStart = overlap >= taken ? 0 : behind[taken - overlap - 1]
    start += overlapStart === 0 ? length : Math.min(overlapStart, length)
  }
  return parts.take()
}

/** Where the `count` characters from `start` end. @param {string} text @param {number} start @param {number} count */
function characterEnd(text, start, count) {
  let end = start
  for (let left = count; left > 0 && end < text.length; left--) {
    end += (text.charCodeAt(end) & 0xfc00) === 0xd800 ? 2 : 1
  }
  return end
}

/**
 * @param {Tokenizer} tokenizer
 * @param {string} text
 * @param {Uint32Array | undefined} allowed
 * @returns {[tokens: number, stableEnd: number, stableTokens: number]}
 */
function countGrowing(tokenizer, text, allowed) {
  // Special tokens are ASCII; where one may begin whose end is still to come is counted in bytes, as native does.
  const safe = allowed ? Math.max(0, tokenizer.longestSpecial - 1) : 0
  let bytesBehind = safe === 0 ? 0 : Buffer.byteLength(text)
  // The last ones, of which the first is where the text is stable.
  const ends = [[0, 0]]
  let tokens = 0
  for (const { start, end, ids } of tokenizer.units(text, allowed)) {
    tokens += ids.length
    if (safe > 0) bytesBehind -= Buffer.byteLength(text.slice(start, end))
    if (bytesBehind >= safe && ends.push([end, tokens]) > UNSTABLE_PRETOKENS + 1) ends.shift()
  }
  const [[stableEnd, stableTokens]] = ends
  return [tokens, stableEnd, stableTokens]
}

module.exports = { countGrowing, countUntil, split, truncate, unaligned }
