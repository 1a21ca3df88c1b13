'use strict'

/** Steps that may be spent: first on what was asked for, then as many on something coarser. */
class Budget {
  /** @param {number} steps */
  constructor(steps) {
    this.left = steps
    this.reserve = steps
    this.coarse = false
  }

  /** Whether there were still so many steps. @param {number} steps */
  spend(steps) {
    if (steps <= this.left) {
      this.left -= steps
      return true
    }
    this.left = 0
    return false
  }

  /** Makes the result coarse, and gives the second half of the steps to it. That half is given once. */
  coarsen() {
    this.coarse = true
    this.left += this.reserve
    this.reserve = 0
  }
}

module.exports = { Budget }
