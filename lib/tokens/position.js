'use strict'

// Positions of a text in UTF-8, told in the units of the text it came from. `crates/tokens/src/position.rs` is the same.

/** How many bytes UTF-8 has for the character that begins with a code unit of well-formed text. @param {number} unit */
function utf8Length(unit) {
  if (unit < 0x80) return 1
  if (unit < 0x800) return 2
  return (unit & 0xfc00) === 0xd800 ? 4 : 3
}

/**
 * The positions in UTF-16 code units of byte positions that do not fall. One inside a character is that of the character.
 * @param {string} text well-formed
 * @param {ArrayLike<number>} bytePositions
 */
function utf16Positions(text, bytePositions) {
  const positions = new Uint32Array(bytePositions.length)
  let at = 0
  let units = 0
  let atCharacter = 0
  for (let index = 0; index < bytePositions.length; index++) {
    while (at < bytePositions[index]) {
      const length = utf8Length(text.charCodeAt(units))
      atCharacter = units
      at += length
      units += length === 4 ? 2 : 1
    }
    positions[index] = at === bytePositions[index] ? units : atCharacter
  }
  return positions
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @param {Uint8Array} bytes */
function isUtf8(bytes) {
  try {
    strict.decode(bytes)
    return true
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

/**
 * The positions in `bytes` of positions that do not fall in the UTF-8 of what `TextDecoder` makes of them. One inside a
 * replacement character is that of the bytes replaced.
 * @param {Uint8Array} bytes
 * @param {Uint32Array} positions
 */
function positionsBeforeReplacement(bytes, positions) {
  if (isUtf8(bytes)) return positions
  const before = new Uint32Array(positions.length)
  let inText = 0
  let inBytes = 0
  for (let index = 0; index < positions.length; index++) {
    while (inBytes < bytes.length) {
      const { length, valid } = sequence(bytes, inBytes)
      const textLength = valid ? length : 3
      if (positions[index] < inText + textLength) break
      inText += textLength
      inBytes += length
    }
    const inside = inBytes < bytes.length && sequence(bytes, inBytes).valid ? positions[index] - inText : 0
    before[index] = inBytes + inside
  }
  return before
}

/**
 * The character at `at`, or the longest beginning of one, which becomes one replacement character (Unicode 16, section
 * 3.9, "maximal subpart").
 * @param {Uint8Array} bytes
 * @param {number} at
 */
function sequence(bytes, at) {
  const first = bytes[at]
  if (first < 0x80) return { length: 1, valid: true }
  const wanted = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  if (wanted === 0) return { length: 1, valid: false }
  // What may follow the first byte; surrogates, overlong forms and what is beyond Unicode are none.
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  let length = 1
  while (length < wanted) {
    const byte = bytes[at + length]
    const [least, most] = length === 1 ? [low, high] : [0x80, 0xbf]
    if (byte === undefined || byte < least || byte > most) return { length, valid: false }
    length++
  }
  return { length, valid: true }
}

module.exports = { positionsBeforeReplacement, utf16Positions, utf8Length }
