'use strict'

const { fold } = require('./fold')

const MAX_PATH_CHARACTERS = 4096
const SLASH = 0x2f

/** One path after the other as code points, in memory that is kept: of a long path the last characters. */
class Text {
  characters = new Uint32Array(MAX_PATH_CHARACTERS)
  folded = new Uint32Array(MAX_PATH_CHARACTERS)
  length = 0
  /** Where the last name starts: behind the last slash that is not the end. */
  lastName = 0

  /** @param {string} path */
  read(path) {
    const { characters, folded } = this
    let length = 0
    for (let at = startOf(path); at < path.length; at++) {
      let character = path.charCodeAt(at)
      if (character >= 0xd800 && character < 0xe000) {
        character = /** @type {number} */ (path.codePointAt(at))
        if (character > 0xffff) at++
      }
      characters[length] = character
      folded[length] = fold(character)
      length++
    }
    this.length = length
    let lastName = Math.max(length - 1, 0)
    while (lastName > 0 && characters[lastName - 1] !== SLASH) lastName--
    this.lastName = lastName
  }
}

/**
 * The code unit at which the characters begin that count.
 * @param {string} path
 */
function startOf(path) {
  if (path.length <= MAX_PATH_CHARACTERS) return 0
  let start = path.length
  for (let count = 0; count < MAX_PATH_CHARACTERS && start > 0; count++) {
    start -= isPair(path, start - 2) ? 2 : 1
  }
  return start
}

/**
 * Whether two code units are one character.
 * @param {string} path
 * @param {number} at
 */
function isPair(path, at) {
  return at >= 0 && /** @type {number} */ (path.codePointAt(at)) > 0xffff
}

/**
 * Positions of characters that count as positions of code units.
 * @param {string} path
 * @param {number[]} positions ascending
 */
function toUnits(path, positions) {
  let unit = startOf(path)
  let character = 0
  return positions.map((position) => {
    for (; character < position; character++) unit += isPair(path, unit) ? 2 : 1
    return unit
  })
}

/**
 * The order of the paths' bytes: that of code points, which differs from that of code units where there are surrogates.
 * @param {string} a
 * @param {string} b
 */
function compareBytes(a, b) {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  let at = 0
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++
  if (at === length) return a.length - b.length
  // The first that differ may belong to pairs that began before.
  const start = at > 0 && (isPair(a, at - 1) || isPair(b, at - 1)) ? at - 1 : at
  const [left, right] = [a, b].map((path) => /** @type {number} */ (path.codePointAt(start)))
  return left - right
}

module.exports = { Text, compareBytes, toUnits }
