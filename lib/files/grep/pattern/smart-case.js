'use strict'

const { CharacterSet } = require('../../../tokens/custom/character-set')
const { property } = require('../../../tokens/custom/properties')

/** What has the property Uppercase (Unicode 16) besides the uppercase letters: Roman numerals and letters in frames. */
const OTHER_UPPERCASE = new CharacterSet([
  [0x2160, 0x216f],
  [0x24b6, 0x24cf],
  [0x1f130, 0x1f149],
  [0x1f150, 0x1f169],
  [0x1f170, 0x1f189]
])

/** @type {CharacterSet | undefined} */
let uppercase

/** Whether a pattern names characters, and one that is upper case: without one, smart case takes letters in either case. */
class SmartCase {
  constructor() {
    this.hasCharacters = false
    this.hasUppercase = false
  }

  /** @param {number} codePoint that the pattern names */
  note(codePoint) {
    this.hasCharacters = true
    uppercase ??= /** @type {CharacterSet} */ (property('lu')).union(OTHER_UPPERCASE)
    this.hasUppercase ||= uppercase.has(codePoint)
  }

  get ignoresCase() {
    return this.hasCharacters && !this.hasUppercase
  }
}

module.exports = { SmartCase }
