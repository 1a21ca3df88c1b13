'use strict'

/** Why a pattern cannot be used; the message continues one that names the pattern. */
class GlobFault extends Error {
  /**
   * @param {'invalid' | 'limit' | 'unsupported'} kind
   * @param {string} message
   */
  constructor(kind, message) {
    super(message)
    this.kind = kind
    /** The pattern. @type {{ list: 'patterns' | 'ignore', index: number } | undefined} */
    this.place = undefined
  }
}

module.exports = { GlobFault }
