'use strict'

/** Gives numbers to pieces of text: equal pieces have equal numbers, in the order in which they are first seen. */
class Interner {
  /** @type {Map<string, number>} */
  #numbers = new Map()

  /** How many different pieces there are: the numbers are below. */
  get size() {
    return this.#numbers.size
  }

  /**
   * The number of each piece.
   * @param {readonly string[]} pieces
   */
  internAll(pieces) {
    const numbers = this.#numbers
    const result = new Uint32Array(pieces.length)
    for (let at = 0; at < pieces.length; at++) {
      let number = numbers.get(pieces[at])
      if (number === undefined) numbers.set(pieces[at], (number = numbers.size))
      result[at] = number
    }
    return result
  }
}

module.exports = { Interner }
