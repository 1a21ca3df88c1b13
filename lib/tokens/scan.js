'use strict'

// Where a pretoken ends: tiktoken's regular expressions as hand-written scanners over UTF-16. JavaScript's own
// expressions would differ: in what is white space (U+0085, U+FEFF), in folding (`ſ` in contractions), and in the
// version of Unicode. `crates/tokens/src/scan.rs` is the same over UTF-8, with the expressions beside the code.

const zlib = require('node:zlib')

const [OTHER, NEWLINE, SPACE, NUMBER, UPPER, LOWER, LETTER, MARK] = [0, 1, 2, 3, 4, 5, 6, 7]

/** The class of every code point (Unicode 16). */
const CLASSES = loadClasses()

/** @param {number[]} classes a set of classes as bits */
const set = (...classes) => classes.reduce((bits, one) => bits | (1 << one), 0)

const LETTERS = set(UPPER, LOWER, LETTER)
const NUMBERS = set(NUMBER)
const SPACES = set(SPACE, NEWLINE)
const SYMBOLS = set(OTHER, MARK)
const WORD_PREFIX = set(OTHER, MARK, SPACE)
const NOT_LOWER = set(UPPER, LETTER, MARK)
const NOT_UPPER = set(LOWER, LETTER, MARK)
const CASELESS = set(LETTER, MARK)

/** Runs of `(gap: varint, length: varint, class: u8)`, written by scripts/tokens-data. */
function loadClasses() {
  const bytes = zlib.brotliDecompressSync(Buffer.from(require('../../crates/tokens/data/classes.js'), 'base64'))
  const classes = new Uint8Array(0x110000)
  let at = 0
  const varint = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  for (let codePoint = 0; at < bytes.length;) {
    codePoint += varint()
    const end = codePoint + varint()
    classes.fill(bytes[at++], codePoint, end)
    codePoint = end
  }
  return classes
}

/** @param {number} unit */
const isHighSurrogate = (unit) => (unit & 0xfc00) === 0xd800

/** The class of the character at `at`. @param {string} text well-formed @param {number} at before the end */
function classAt(text, at) {
  const unit = text.charCodeAt(at)
  return CLASSES[isHighSurrogate(unit) ? /** @type {number} */ (text.codePointAt(at)) : unit]
}

/** Behind the character at `at`. @param {string} text @param {number} at */
function after(text, at) {
  return at + (isHighSurrogate(text.charCodeAt(at)) ? 2 : 1)
}

/** The end of the run of `classes` that starts at `at`. @param {string} text @param {number} at @param {number} classes */
function run(text, at, classes) {
  while (at < text.length && (classes >> classAt(text, at)) & 1) at = after(text, at)
  return at
}

/**
 * The end of the pretoken that starts at `start`, for cl100k_base.
 * @param {string} text well-formed
 * @param {number} start before the end
 */
function cl100k(text, start) {
  const contracted = contraction(text, start)
  if (contracted > 0) return contracted
  const first = classAt(text, start)
  const second = after(text, start)
  if ((LETTERS >> first) & 1) return run(text, second, LETTERS)
  if ((WORD_PREFIX >> first) & 1) {
    const end = run(text, second, LETTERS)
    if (end > second) return end
  }
  if (first === NUMBER) return number(text, second)
  if ((SYMBOLS >> first) & 1) return endings(text, run(text, second, SYMBOLS), '\r\n')
  const spaced = spacedSymbols(text, start, '\r\n')
  if (spaced > 0) return spaced
  const end = run(text, start, SPACES)
  if (end === text.length) return end
  return behindNewline(text, start, end) || beforeLast(start, end)
}

/**
 * The end of the pretoken that starts at `start`, for o200k_base.
 * @param {string} text well-formed
 * @param {number} start before the end
 */
function o200k(text, start) {
  const first = classAt(text, start)
  const second = after(text, start)
  // A letter cannot be the prefix; a mark can be either, and the expression prefers the prefix.
  const prefixed = (WORD_PREFIX >> first) & 1
  const bare = (LETTERS >> first) & 1 || first === MARK
  const word =
    (prefixed && lowerWord(text, second)) ||
    (bare && lowerWord(text, start)) ||
    (prefixed && upperWord(text, second)) ||
    (bare && upperWord(text, start))
  if (word) return contraction(text, word) || word
  if (first === NUMBER) return number(text, second)
  if ((SYMBOLS >> first) & 1) return endings(text, run(text, second, SYMBOLS), '\r\n/')
  const spaced = spacedSymbols(text, start, '\r\n/')
  if (spaced > 0) return spaced
  const end = run(text, start, SPACES)
  return behindNewline(text, start, end) || (end === text.length ? end : beforeLast(start, end))
}

/**
 * The end of the pretoken that starts at `start`, for gpt2, r50k_base, p50k_base and p50k_edit.
 * @param {string} text well-formed
 * @param {number} start before the end
 */
function gpt2(text, start) {
  const contracted = contraction(text, start)
  // In lower case alone.
  if (contracted > 0 && /^'[a-z]+$/.test(text.slice(start, contracted))) return contracted
  // Of the space and what follows it, the latter decides.
  const at = text.charCodeAt(start) === 0x20 && start + 1 < text.length ? start + 1 : start
  const first = classAt(text, at)
  for (const classes of [LETTERS, NUMBERS, SYMBOLS]) if ((classes >> first) & 1) return run(text, at, classes)
  const end = run(text, start, SPACES)
  return end === text.length ? end : beforeLast(start, end)
}

/**
 * The end of `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+`, or 0. The first run is greedy and gives
 * back only what it must: where no lower-case letter follows, the match ends behind the last caseless character.
 * @param {string} text @param {number} at
 */
function lowerWord(text, at) {
  let behindCaseless = 0
  while (at < text.length) {
    const found = classAt(text, at)
    if (found === LOWER) return run(text, after(text, at), NOT_UPPER)
    if (!((NOT_LOWER >> found) & 1)) break
    at = after(text, at)
    if ((CASELESS >> found) & 1) behindCaseless = at
  }
  return behindCaseless
}

/**
 * The end of `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*`, or 0, where `lowerWord` found nothing.
 * @param {string} text @param {number} at
 */
function upperWord(text, at) {
  const end = run(text, at, NOT_LOWER)
  return end > at ? end : 0
}

/**
 * The end of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d` in either case, or 0. U+017F folds to `s`.
 * @param {string} text @param {number} at
 */
function contraction(text, at) {
  if (text.charCodeAt(at) !== 0x27) return 0
  switch (text[at + 1]) {
    case 's':
    case 'S':
    case 'ſ':
    case 'd':
    case 'D':
    case 'm':
    case 'M':
    case 't':
    case 'T':
      return at + 2
    case 'l':
    case 'L':
      return text[at + 2] === 'l' || text[at + 2] === 'L' ? at + 3 : 0
    case 'v':
    case 'V':
    case 'r':
    case 'R':
      return text[at + 2] === 'e' || text[at + 2] === 'E' ? at + 3 : 0
    default:
      return 0
  }
}

/** `\p{N}{1,3}` behind its first character. @param {string} text @param {number} end */
function number(text, end) {
  for (let more = 0; more < 2 && end < text.length && classAt(text, end) === NUMBER; more++) end = after(text, end)
  return end
}

/** The end of ` [^\s\p{L}\p{N}]+` and what it may end with, or 0. @param {string} text @param {number} start @param {string} units */
function spacedSymbols(text, start, units) {
  if (text.charCodeAt(start) !== 0x20) return 0
  const end = run(text, start + 1, SYMBOLS)
  return end > start + 1 ? endings(text, end, units) : 0
}

/** @param {string} text @param {number} at @param {string} units */
function endings(text, at, units) {
  while (at < text.length && units.includes(text[at])) at++
  return at
}

/** Behind the last `\r` or `\n` of the white space, or 0. @param {string} text @param {number} start @param {number} end */
function behindNewline(text, start, end) {
  for (let at = end; at > start; at--) {
    if (CLASSES[text.charCodeAt(at - 1)] === NEWLINE) return at
  }
  return 0
}

/**
 * White space leaves its last character to what follows, unless it is the only one. All of it is in the BMP.
 * @param {number} start @param {number} end
 */
function beforeLast(start, end) {
  return end - 1 > start ? end - 1 : end
}

module.exports = { cl100k, gpt2, o200k }
