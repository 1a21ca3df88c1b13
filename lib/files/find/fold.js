'use strict'

// Which characters are the same but for their case, and what kind of character each is. By rules that both engines have,
// and not by V8's tables, which follow versions of Unicode. A character is a code point, lone surrogates included.

const FINAL_SIGMA = 0x3c2

/**
 * The small letter of a capital, and any other character itself. ASCII never folds to another character, nor another to
 * ASCII.
 * @param {number} character
 * @returns {number}
 */
function fold(character) {
  if (character < 0xc0) return character >= 0x41 && character <= 0x5a ? character + 0x20 : character
  const within = (/** @type {number} */ first, /** @type {number} */ last) => character >= first && character <= last
  const even = (character & 1) === 0
  // Latin-1
  if (within(0xc0, 0xd6) || within(0xd8, 0xde)) return character + 0x20
  // Latin Extended-A
  if (even && (within(0x100, 0x12f) || within(0x132, 0x137) || within(0x14a, 0x177))) return character + 1
  if (!even && (within(0x139, 0x148) || within(0x179, 0x17e))) return character + 1
  if (character === 0x178) return 0xff
  // Greek
  if (character === 0x386) return 0x3ac
  if (within(0x388, 0x38a)) return character + 0x25
  if (character === 0x38c) return 0x3cc
  if (within(0x38e, 0x38f)) return character + 0x3f
  if (within(0x391, 0x3a1) || within(0x3a3, 0x3ab)) return character + 0x20
  if (character === FINAL_SIGMA) return 0x3c3
  // Cyrillic
  if (within(0x400, 0x40f)) return character + 0x50
  if (within(0x410, 0x42f)) return character + 0x20
  if (even && (within(0x460, 0x481) || within(0x48a, 0x4bf) || within(0x4d0, 0x52f))) return character + 1
  if (character === 0x4c0) return 0x4cf
  if (!even && within(0x4c1, 0x4ce)) return character + 1
  // Latin Extended Additional
  if (even && (within(0x1e00, 0x1e95) || within(0x1ea0, 0x1eff))) return character + 1
  // Fullwidth Latin
  if (within(0xff21, 0xff3a)) return character + 0x20
  return character
}

/** The class of a character: what it is to the score. */
const SLASH = 0
const OTHER = 1
const SMALL = 2
const CAPITAL = 3
const DIGIT = 4

/**
 * The class of any character. Beyond ASCII all are letters.
 * @param {number} character
 */
function classOf(character) {
  if (character === 0x2f) return SLASH
  if (character >= 0x30 && character <= 0x39) return DIGIT
  if (character >= 0x61 && character <= 0x7a) return SMALL
  if (character !== FINAL_SIGMA && fold(character) !== character) return CAPITAL
  return character < 0x80 ? OTHER : SMALL
}

module.exports = { CAPITAL, DIGIT, OTHER, SLASH, SMALL, classOf, fold }
