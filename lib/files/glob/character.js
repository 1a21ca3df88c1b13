'use strict'

// Characters of byte strings: a character is a well-formed UTF-8 sequence, or a byte that is part of none.

/**
 * How many bytes the character has that starts at `at`.
 * @param {string} text
 * @param {number} at
 */
function characterBytes(text, at) {
  const first = text.charCodeAt(at)
  if (first < 0xc2 || first > 0xf4) return 1
  // The second byte says whether the sequence is overlong, a surrogate or beyond U+10FFFF.
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  const second = text.charCodeAt(at + 1)
  if (!(second >= lowest && second <= highest)) return 1
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  for (let more = 2; more < length; more++) if ((text.charCodeAt(at + more) & 0xc0) !== 0x80) return 1
  return length
}

/**
 * The number of the character at `at`; a byte that is part of none counts as the lone surrogate that shows it.
 * @param {string} text
 * @param {number} at
 * @param {number} length what `characterBytes` said
 */
function characterValue(text, at, length) {
  const first = text.charCodeAt(at)
  if (length === 1) return first < 0x80 ? first : 0xdc00 + first
  let value = first & (0xff >> (length + 1))
  for (let more = 1; more < length; more++) value = (value << 6) | (text.charCodeAt(at + more) & 0x3f)
  return value
}

module.exports = { characterBytes, characterValue }
