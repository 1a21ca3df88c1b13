'use strict'

const { TenonError } = require('../errors')

/**
 * What was counted of the texts so far, and the end of them that more text may change.
 * @typedef {{ tokens: number, stableTokens: number, tail: string }} State
 */

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * A count of text that comes in pieces: always that of all of it. Only the end that a piece may change is counted anew.
 * @param {(text: unknown) => string | Uint8Array} check throws what `count` throws for such a text
 * @param {(text: string) => Uint32Array} countGrowing `[tokens, stable end, stable tokens]`
 */
function createCounter(check, countGrowing) {
  /** @type {State[]} */
  const states = [{ tokens: 0, stableTokens: 0, tail: '' }]
  const last = () => states[states.length - 1]
  return {
    /** @param {unknown} text */
    append(text) {
      const checked = check(text)
      const piece = typeof checked === 'string' ? checked : decoder.decode(checked)
      const { stableTokens, tail } = last()
      const whole = tail + piece
      check(whole)
      const [tokens, end, stable] = countGrowing(whole)
      states.push({
        tokens: stableTokens + tokens,
        stableTokens: stableTokens + stable,
        tail: whole.slice(end)
      })
      return last().tokens
    },
    pop() {
      if (states.length === 1)
        throw new TenonError(
          'ERR_INVALID_ARG',
          'there is nothing to take back: pop() undoes an append(), the last first'
        )
      states.pop()
    },
    get count() {
      return last().tokens
    }
  }
}

module.exports = { createCounter }
