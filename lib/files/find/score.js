'use strict'

const { CAPITAL, DIGIT, OTHER, SLASH, SMALL, classOf } = require('./fold')

// The scheme of scores. `crates/files/src/find/mod.rs` describes it whole.

const MATCH = 16
/** A gap of `g` characters costs this and `g`, up to the most. */
const GAP = 2
const MOST_OF_GAP = 16
const FIRST_MULTIPLIER = 2
const LAST_NAME = 16
const IN_RUN = 4
const IN_BONUS_RUN = 8
const LEFT_OUT = 16
const AFTER_SLASH = 9
const BOUNDARY = 8
const CAMEL = 7

/** The bonus of a class behind a class, at `5 * before + at`. */
const BONUSES = Uint8Array.from({ length: 25 }, (_, index) => bonusBehind(Math.floor(index / 5), index % 5))
const ASCII_CLASSES = Uint8Array.from({ length: 128 }, (_, character) => classOf(character))

/** @param {number} before @param {number} at */
function bonusBehind(before, at) {
  if (at === SLASH || at === OTHER) return BOUNDARY
  if (before === SLASH) return AFTER_SLASH
  if (before === OTHER) return BOUNDARY
  const camel = (before === SMALL && at === CAPITAL) || (before !== DIGIT && at === DIGIT)
  return camel ? CAMEL : 0
}

/** @param {number} character */
function quickClassOf(character) {
  return character < 128 ? ASCII_CLASSES[character] : classOf(character)
}

/**
 * The bonus of a position; the path starts as if behind a slash.
 * @param {Uint32Array} characters
 * @param {number} position
 */
function bonusAt(characters, position) {
  const before = position === 0 ? SLASH : quickClassOf(characters[position - 1])
  return BONUSES[5 * before + quickClassOf(characters[position])]
}

/**
 * The score of an alignment without a gap.
 * @param {Uint32Array} characters
 * @param {number} lastName where the last name starts
 * @param {number} start
 * @param {number} length
 */
function scoreOfRun(characters, lastName, start, length) {
  const first = bonusAt(characters, start)
  let score = MATCH + FIRST_MULTIPLIER * first + (start >= lastName ? LAST_NAME : 0)
  let hasBonus = first > 0
  for (let position = start + 1; position < start + length; position++) {
    const bonus = bonusAt(characters, position)
    hasBonus ||= bonus > 0
    score += MATCH + Math.max(bonus, hasBonus ? IN_BONUS_RUN : IN_RUN)
  }
  return score
}

module.exports = {
  FIRST_MULTIPLIER,
  GAP,
  IN_BONUS_RUN,
  IN_RUN,
  LAST_NAME,
  LEFT_OUT,
  MATCH,
  MOST_OF_GAP,
  bonusAt,
  scoreOfRun
}
