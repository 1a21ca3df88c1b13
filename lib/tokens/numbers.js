'use strict'

/** Numbers below 2^32, one after the other: an array has a length at which V8 ends the process, and this has none. */
class Numbers {
  #all = new Uint32Array(1024)
  #length = 0

  get length() {
    return this.#length
  }

  /** @param {number} number */
  push(number) {
    if (this.#length === this.#all.length) {
      const larger = new Uint32Array(2 * this.#length)
      larger.set(this.#all)
      this.#all = larger
    }
    this.#all[this.#length++] = number
  }

  take() {
    return this.#all.slice(0, this.#length)
  }
}

module.exports = { Numbers }
