'use strict'

const { TenonError } = require('../../errors')

const CODES = Object.freeze({ invalid: 'ERR_INVALID_ARG', limit: 'ERR_LIMIT', unsupported: 'ERR_UNSUPPORTED' })

/** Why a pattern cannot be used; the message continues one that names the pattern. */
class GlobFault extends Error {
  /**
   * @param {keyof CODES} kind
   * @param {string} message
   */
  constructor(kind, message) {
    super(message)
    this.kind = kind
  }

  /**
   * The error for the caller.
   * @param {'patterns' | 'options.ignore'} list
   * @param {number} index
   */
  toError(list, index) {
    return new TenonError(CODES[this.kind], `${list}[${index}] ${this.message}`, { argument: list })
  }
}

module.exports = { GlobFault }
