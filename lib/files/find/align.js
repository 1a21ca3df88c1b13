'use strict'

const {
  FIRST_MULTIPLIER,
  GAP,
  IN_BONUS_RUN,
  IN_RUN,
  LAST_NAME,
  LEFT_OUT,
  MATCH,
  MOST_OF_GAP,
  bonusAt
} = require('./score')

/**
 * The best alignment of a fuzzy term, by dynamic programming over the occurrences of its characters.
 *
 * A row belongs to a character of the term and a number of characters left out before it; it has a cell for each
 * occurrence of the character in the path. A cell holds the scores of the best two alignments that end there: of those
 * in whose last run no position has a bonus (`plain`), and of the others. The best of a row follows from these of the
 * rows before.
 *
 * @typedef {import('./query').Term} Term
 * @typedef {import('./text').Text} Text
 * @typedef {{ start: number, end: number }} Row
 * @typedef {{ index: number, leftOut: number, cell: number, hasBonus: boolean }} Place where a trace stands
 */

/** Less than any score, with room below. */
const NONE = -(2 ** 30)
const FIRST_CELLS = 1024

/** Aligns one path after the other, in memory that it keeps. */
class Aligner {
  /** The occurrences of each of the different characters of the term. @type {number[][]} */
  #occurrences = []
  /** @type {Row[]} */
  #rows = []
  // The cells of all rows, field by field.
  #position = new Int32Array(FIRST_CELLS)
  #bonus = new Int32Array(FIRST_CELLS)
  #plain = new Int32Array(FIRST_CELLS)
  #withBonus = new Int32Array(FIRST_CELLS)
  #end = 0
  /** How many cells were filled, for the caller to count. */
  cells = 0

  /**
   * The score of the best alignment; undefined where there is none.
   * @param {Term} term
   * @param {Text} text
   * @returns {number | undefined}
   */
  align(term, text) {
    this.#collect(term, text)
    const width = term.typos + 1
    this.#end = 0
    for (const [index, id] of term.ids.entries()) {
      const occurrences = this.#occurrences[id]
      if (occurrences.length === 0 && term.typos === 0) return undefined
      for (let leftOut = 0; leftOut <= Math.min(term.typos, index); leftOut++) {
        const row = this.#addRow(index * width + leftOut, occurrences, text)
        if (leftOut === index) {
          this.#begin(row, text.lastName)
          continue
        }
        for (let more = 0; more <= leftOut; more++) {
          this.#extend(row, this.#rows[(index - 1 - more) * width + leftOut - more])
        }
      }
    }
    this.cells += this.#end
    const best = this.#best(term)
    return best > NONE / 2 ? best : undefined
  }

  /**
   * Adds the positions of the best alignment, from the last to the first, of those that `align` has just found.
   * @param {Term} term
   * @param {number[]} positions
   */
  trace(term, positions) {
    const width = term.typos + 1
    const best = this.#best(term)
    /** @type {Place | undefined} */
    let place
    // Of those with the best score, the fewest left out; then the one farthest right.
    for (let all = 0; all < width && place === undefined; all++) {
      for (let leftOut = 0; leftOut <= all; leftOut++) {
        const index = term.ids.length - 1 - (all - leftOut)
        place = this.#nearest(width, place, index, leftOut, (score) => score - LEFT_OUT * all === best)
      }
    }
    while (place !== undefined) {
      positions.push(this.#position[place.cell])
      place = this.#before(width, place)
    }
  }

  /** @param {Term} term @param {Text} text */
  #collect(term, text) {
    const occurrences = this.#occurrences
    while (occurrences.length < term.idOf.size) occurrences.push([])
    for (let id = 0; id < term.idOf.size; id++) occurrences[id].length = 0
    const characters = term.anyCase ? text.folded : text.characters
    for (let position = 0; position < text.length; position++) {
      const id = term.idOf.get(characters[position])
      if (id !== undefined) occurrences[id].push(position)
    }
  }

  /**
   * A row with a cell for each occurrence, in which no alignment ends yet.
   * @param {number} number
   * @param {number[]} occurrences
   * @param {Text} text
   * @returns {Row}
   */
  #addRow(number, occurrences, text) {
    const start = this.#end
    const end = start + occurrences.length
    while (end > this.#position.length) {
      this.#position = doubled(this.#position)
      this.#bonus = doubled(this.#bonus)
      this.#plain = doubled(this.#plain)
      this.#withBonus = doubled(this.#withBonus)
    }
    for (let at = 0; at < occurrences.length; at++) {
      this.#position[start + at] = occurrences[at]
      this.#bonus[start + at] = bonusAt(text.characters, occurrences[at])
    }
    this.#plain.fill(NONE, start, end)
    this.#withBonus.fill(NONE, start, end)
    this.#end = end
    return (this.#rows[number] = { start, end })
  }

  /**
   * Lets alignments begin with this row.
   * @param {Row} row
   * @param {number} lastName
   */
  #begin({ start, end }, lastName) {
    for (let cell = start; cell < end; cell++) {
      const bonus = this.#bonus[cell]
      const score = MATCH + FIRST_MULTIPLIER * bonus + (this.#position[cell] >= lastName ? LAST_NAME : 0)
      if (bonus > 0) this.#withBonus[cell] = score
      else this.#plain[cell] = score
    }
  }

  /**
   * Lets the alignments of an earlier row go on in this one. What a gap costs grows by one for each position, up to its
   * limit: two running maxima are enough.
   * @param {Row} row
   * @param {Row} before
   */
  #extend({ start, end }, before) {
    const [positions, bonuses, plain, withBonus] = [this.#position, this.#bonus, this.#plain, this.#withBonus]
    // The best so far, and the best so far less what its gap would cost, had it begun at the path's start.
    let anywhere = NONE
    let byPlace = NONE
    let earlier = before.start
    for (let cell = start; cell < end; cell++) {
      const position = positions[cell]
      while (earlier < before.end && positions[earlier] < position - 1) {
        const best = Math.max(plain[earlier], withBonus[earlier])
        anywhere = Math.max(anywhere, best)
        byPlace = Math.max(byPlace, best + positions[earlier])
        earlier++
      }
      const isAdjacent = earlier < before.end && positions[earlier] === position - 1
      const adjacentPlain = isAdjacent ? plain[earlier] : NONE
      const adjacentWithBonus = isAdjacent ? withBonus[earlier] : NONE
      const behindGap = Math.max(byPlace - (position - 1 + GAP), anywhere - MOST_OF_GAP)
      const bonus = bonuses[cell]
      if (bonus > 0) {
        const inRun = Math.max(adjacentPlain, adjacentWithBonus) + Math.max(bonus, IN_BONUS_RUN)
        withBonus[cell] = Math.max(withBonus[cell], MATCH + Math.max(inRun, behindGap + bonus))
      } else {
        plain[cell] = Math.max(plain[cell], MATCH + Math.max(behindGap, adjacentPlain + IN_RUN))
        withBonus[cell] = Math.max(withBonus[cell], MATCH + adjacentWithBonus + IN_BONUS_RUN)
      }
    }
  }

  /**
   * The score of the best alignment. It ends with the last character, or behind it some are left out.
   * @param {Term} term
   */
  #best(term) {
    const width = term.typos + 1
    let best = NONE
    for (let all = 0; all < width; all++) {
      for (let leftOut = 0; leftOut <= all; leftOut++) {
        const { start, end } = this.#rows[(term.ids.length - 1 - (all - leftOut)) * width + leftOut]
        for (let cell = start; cell < end; cell++) {
          best = Math.max(best, this.#plain[cell] - LEFT_OUT * all, this.#withBonus[cell] - LEFT_OUT * all)
        }
      }
    }
    return best
  }

  /**
   * The place farthest right of those in a row that are wanted, and of another.
   * @param {number} width
   * @param {Place | undefined} found the other
   * @param {number} index
   * @param {number} leftOut
   * @param {(score: number, cell: number, hasBonus: boolean) => boolean} wanted
   */
  #nearest(width, found, index, leftOut, wanted) {
    const { start, end } = this.#rows[index * width + leftOut]
    for (let cell = start; cell < end; cell++) {
      for (const hasBonus of [false, true]) {
        const place = { index, leftOut, cell, hasBonus }
        if (wanted(this.#scoreOf(place), cell, hasBonus) && !(found && this.#isNearer(found, place))) found = place
      }
    }
    return found
  }

  /**
   * Whether one place counts before another where both would do: the one farther right, then that of a run with a bonus,
   * then that of a later character.
   * @param {Place} a
   * @param {Place} b
   */
  #isNearer(a, b) {
    const byPosition = this.#position[a.cell] - this.#position[b.cell]
    return (byPosition || Number(a.hasBonus) - Number(b.hasBonus) || a.index - b.index) > 0
  }

  /** @param {Place} place */
  #scoreOf({ cell, hasBonus }) {
    return hasBonus ? this.#withBonus[cell] : this.#plain[cell]
  }

  /**
   * The place that the best alignment comes from; undefined for its first character.
   * @param {number} width
   * @param {Place} place
   */
  #before(width, place) {
    const { index, leftOut, cell: at, hasBonus: inBonusRun } = place
    if (leftOut === index) return undefined
    const score = this.#scoreOf(place)
    const [position, bonus] = [this.#position[at], this.#bonus[at]]
    /** @type {(score: number, cell: number, hasBonus: boolean) => boolean} */
    const leadsHere = (from, cell, hasBonus) => {
      const gap = position - this.#position[cell] - 1
      if (gap < 0) return false
      if (gap > 0) return inBonusRun === bonus > 0 && from + MATCH + bonus - Math.min(gap + GAP, MOST_OF_GAP) === score
      if (inBonusRun !== (hasBonus || bonus > 0)) return false
      return from + MATCH + Math.max(bonus, inBonusRun ? IN_BONUS_RUN : IN_RUN) === score
    }
    /** @type {Place | undefined} */
    let found
    for (let more = 0; more <= leftOut; more++) {
      found = this.#nearest(width, found, index - 1 - more, leftOut - more, leadsHere)
    }
    return found
  }
}

/** @param {Int32Array} array */
function doubled(array) {
  const larger = new Int32Array(2 * array.length)
  larger.set(array)
  return larger
}

module.exports = { Aligner }
