'use strict'

// Texts as words, characters or sentences that can be compared. `crates/diff/src/pieces.rs` is the same.

const { diffLines, split: splitLines } = require('./lines')
const { compare } = require('./script')
const { Interner } = require('./token')

/** What is compared with what, by their numbers at the border between the engines. */
const UNITS = Object.freeze(['lines', 'words', 'chars', 'sentences'])

/** @typedef {import('./lines').CompareLines} CompareLines */

/**
 * Compares two texts piece by piece. White space is ignored among lines only.
 * @param {string} before
 * @param {string} after
 * @param {number} unit
 * @param {CompareLines} options
 */
function diffPieces(before, after, unit, options) {
  if (UNITS[unit] === 'lines') return diffLines(before, after, options)
  const piecesBefore = split(before, unit)
  const piecesAfter = split(after, unit)
  const interner = new Interner()
  const symbolsBefore = interner.internAll(piecesBefore)
  const symbolsAfter = interner.internAll(piecesAfter)
  const { algorithm, maxSteps } = options
  const script = compare(symbolsBefore, symbolsAfter, interner.size, { algorithm, indentation: undefined, maxSteps })
  return { before: piecesBefore, after: piecesAfter, ...script }
}

/**
 * The pieces of a text.
 * @param {string} text
 * @param {number} unit
 */
function split(text, unit) {
  if (UNITS[unit] === 'lines') return splitLines(text)
  const next = { words: wordEnd, chars: characterEnd, sentences: sentenceEnd }[UNITS[unit]]
  if (!next) throw new RangeError(`there is no unit ${unit}`)
  const pieces = []
  for (let start = 0, end; start < text.length; start = end) {
    end = next(text, start)
    pieces.push(text.slice(start, end))
  }
  return pieces
}

const LINE_END = 0
const SPACE = 1
const WORD = 2
const SINGLE = 3
/** Belongs to what is before it: combining marks, variation selectors, joiners, skin tones. */
const JOINING = 4

/**
 * Characters beyond ASCII that stand alone: punctuation, symbols, scripts without spaces between words, private use, and
 * the surrogates that stand for bytes. Not by Unicode's tables, so that no version of them changes a diff.
 */
const SINGLES = [
  [0x80, 0xa9],
  [0xab, 0xb1],
  [0xb4, 0xb4],
  [0xb6, 0xb8],
  [0xbb, 0xbb],
  [0xbf, 0xbf],
  [0xd7, 0xd7],
  [0xf7, 0xf7],
  [0x37e, 0x37e],
  [0x387, 0x387],
  [0x55a, 0x55f],
  [0x589, 0x58a],
  [0x5be, 0x5be],
  [0x5c0, 0x5c0],
  [0x5c3, 0x5c3],
  [0x5f3, 0x5f4],
  [0x60c, 0x60c],
  [0x61b, 0x61b],
  [0x61f, 0x61f],
  [0x66a, 0x66d],
  [0x6d4, 0x6d4],
  [0x964, 0x965],
  [0xe00, 0xeff],
  [0x1000, 0x109f],
  [0x1780, 0x17ff],
  [0x2010, 0x2027],
  [0x202a, 0x202e],
  [0x2030, 0x205e],
  [0x2060, 0x206f],
  [0x207a, 0x207e],
  [0x208a, 0x208e],
  [0x20a0, 0x20cf],
  [0x2190, 0x2bff],
  [0x2e00, 0x2fff],
  [0x3001, 0x312f],
  [0x3190, 0x9fff],
  [0xd800, 0xfaff],
  [0xfd3e, 0xfd3f],
  [0xfe10, 0xfe1f],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff0f],
  [0xff1a, 0xff20],
  [0xff3b, 0xff40],
  [0xff5b, 0xff9f],
  [0xffe0, 0xffff],
  [0x1b000, 0x1b2ff],
  [0x1f000, 0x1f3fa],
  [0x1f400, 0x1faff],
  [0x20000, 0x3ffff],
  [0xe0000, 0xe00ff],
  [0xe01f0, 0xe0fff],
  [0xf0000, 0xfffff],
  [0x100000, 0x10ffff]
]

const ZERO_WIDTH_JOINER = 0x200d

/** @param {number} point */
function classOf(point) {
  if (point <= 0x7f) {
    if (point >= 0x0a && point <= 0x0d) return LINE_END
    if (point === 0x09 || point === 0x20) return SPACE
    if (point >= 0x30 && point <= 0x39) return WORD
    if (point >= 0x41 && point <= 0x5a) return WORD
    if (point >= 0x61 && point <= 0x7a) return WORD
    return point === 0x5f ? WORD : SINGLE
  }
  if (point === 0x85 || point === 0x2028 || point === 0x2029) return LINE_END
  if (point === 0xa0 || point === 0x1680 || point === 0x202f || point === 0x205f || point === 0x3000) return SPACE
  if (point >= 0x2000 && point <= 0x200a) return SPACE
  if (point === 0x200c || point === ZERO_WIDTH_JOINER) return JOINING
  if (point >= 0x300 && point <= 0x36f) return JOINING
  if (point >= 0x20d0 && point <= 0x20ff) return JOINING
  if (point >= 0xfe00 && point <= 0xfe0f) return JOINING
  if (point >= 0x1f3fb && point <= 0x1f3ff) return JOINING
  if (point >= 0xe0100 && point <= 0xe01ef) return JOINING
  let low = 0
  for (let high = SINGLES.length; low < high;) {
    const middle = (low + high) >>> 1
    if (SINGLES[middle][1] < point) low = middle + 1
    else high = middle
  }
  return low < SINGLES.length && SINGLES[low][0] <= point ? SINGLE : WORD
}

/** @param {string} text @param {number} at */
function pointAt(text, at) {
  return /** @type {number} */ (text.codePointAt(at))
}

/** @param {string} text @param {number} at */
function characterEnd(text, at) {
  return at + (pointAt(text, at) > 0xffff ? 2 : 1)
}

/**
 * Where the word, run of white space, line end or other character at `start` ends.
 * @param {string} text
 * @param {number} start
 */
function wordEnd(text, start) {
  let last = pointAt(text, start)
  const first = classOf(last)
  let end = characterEnd(text, start)
  if (first === LINE_END) return text.startsWith('\r\n', start) ? start + 2 : end
  while (end < text.length) {
    const point = pointAt(text, end)
    const next = classOf(point)
    if (next === LINE_END) break
    if (next === SPACE && first !== SPACE) break
    if (next === JOINING && first === SPACE) break
    if (next === WORD && first !== WORD && first !== JOINING && last !== ZERO_WIDTH_JOINER) break
    if (next === SINGLE && last !== ZERO_WIDTH_JOINER) break
    last = point
    end = characterEnd(text, end)
  }
  return end
}

/** . ! ? … */
const MARKS = new Set([0x2e, 0x21, 0x3f, 0x2026])
/** 。 ！ ？ ｡ */
const WIDE_MARKS = new Set([0x3002, 0xff01, 0xff1f, 0xff61])
/** " ' ) ] } » ’ ” ） 」 』 */
const CLOSERS = new Set([0x22, 0x27, 0x29, 0x5d, 0x7d, 0xbb, 0x2019, 0x201d, 0xff09, 0x300d, 0x300f])

/**
 * Where the sentence at `start` ends, or the white space before it. A sentence ends behind a full stop, question or
 * exclamation mark, with closing quotes and brackets, before white space or the end of the text; behind such a mark of
 * Chinese or Japanese in any case; and before a blank line.
 * @param {string} text
 * @param {number} start
 */
function sentenceEnd(text, start) {
  const before = whiteSpace(text, start)
  if (before.end > start) return before.end
  let ended = false
  let wide = false
  for (let at = start; at < text.length;) {
    const point = pointAt(text, at)
    if (MARKS.has(point)) ended = true
    else if (WIDE_MARKS.has(point)) ended = wide = true
    else if (!CLOSERS.has(point)) {
      const space = whiteSpace(text, at)
      if (space.end > at) {
        if (ended || space.lineEnds > 1) return at
        at = space.end
        continue
      }
      if (wide) return at
      ended = wide = false
    }
    at = characterEnd(text, at)
  }
  return text.length
}

/** The white space at a position. @param {string} text @param {number} start */
function whiteSpace(text, start) {
  let end = start
  let lineEnds = 0
  for (; end < text.length; end = characterEnd(text, end)) {
    const point = pointAt(text, end)
    const found = classOf(point)
    if (found !== LINE_END && found !== SPACE) break
    if (point === 0x0a) lineEnds++
  }
  return { end, lineEnds }
}

module.exports = { UNITS, diffPieces, split }
