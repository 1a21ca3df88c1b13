'use strict'

// Moves the changes of one side to where a reader expects them. A run of changed lines that is followed by the line it
// begins with can as well be one line further down. Such a run is joined with a neighbour where it can reach one, else it
// is put beside a change of the other side, else where lines and indentation make the best border (git's indent
// heuristic, by Michael Haggerty), else as far down as possible. `crates/diff/src/script/compact.rs` is the same.

/** @typedef {import('./budget').Budget} Budget */
/** @typedef {import('.').Indentation} Indentation */

/** No more places than this are rated. */
const MAX_MOVES = 100
/** So many blank lines in a row are as good as any number. */
const MAX_BLANKS = 20

// The ratings of git's indent heuristic.
const START_OF_FILE = 1
const END_OF_FILE = 21
const BLANK = -30
const BLANK_BEHIND = 6
const INDENT = -4
const INDENT_WITH_BLANK = 10
const OUTDENT = 24
const OUTDENT_WITH_BLANK = 17
const DEDENT = 23
const DEDENT_WITH_BLANK = 17
const INDENTATION_WEIGHT = 60

/**
 * Moves the changes of a side.
 * @param {Uint32Array} symbols
 * @param {Uint8Array} changed
 * @param {Uint8Array} otherChanged which of the other side's are
 * @param {Indentation | undefined} indentation
 * @param {Budget} budget
 */
function compact(symbols, changed, otherChanged, indentation, budget) {
  const group = new Group(changed)
  const other = new Group(otherChanged)
  for (;;) {
    if (!group.isEmpty) {
      const moves = place(group, other, symbols, indentation)
      if (!budget.spend(moves)) {
        // What is not placed yet is as correct where it is.
        if (budget.coarse) return
        budget.coarsen()
      }
    }
    if (!group.advance()) return
    other.advance()
  }
}

/**
 * Moves one group to its place, and the other side's group along with it.
 * @param {Group} group
 * @param {Group} other
 * @param {Uint32Array} symbols
 * @param {Indentation | undefined} indentation
 * @returns {number} the moves and the ratings that it took
 */
function place(group, other, symbols, indentation) {
  let moves = 0
  const moveUp = () => {
    if (!group.moveUp(symbols)) return false
    other.retreat()
    moves++
    return true
  }
  let highestEnd
  let besideOther
  let size
  do {
    size = group.size
    while (moveUp());
    highestEnd = group.end
    besideOther = !other.isEmpty
    while (group.moveDown(symbols)) {
      other.advance()
      moves++
      if (!other.isEmpty) besideOther = true
    }
    // It grew where it met another group.
  } while (group.size !== size)
  if (group.end === highestEnd) return moves
  if (besideOther) {
    while (other.isEmpty && moveUp());
  } else if (indentation) {
    const lowestEnd = group.end
    const first = Math.max(highestEnd, lowestEnd - size - 1, lowestEnd - MAX_MOVES)
    const best = bestEnd(first, lowestEnd, size, symbols.length, indentation)
    moves += lowestEnd + 1 - first
    while (group.end > best && moveUp());
  }
  return moves
}

/**
 * Where a group of `size` had best end, between two positions.
 * @param {number} first
 * @param {number} last
 * @param {number} size
 * @param {number} length
 * @param {Indentation} indentation
 */
function bestEnd(first, last, size, length, indentation) {
  let best = -1
  let bestIndentation = 0
  let bestPenalty = 0
  for (let end = first; end <= last; end++) {
    const below = rating(end, length, indentation)
    const above = rating(end - size, length, indentation)
    const columns = below.columns + above.columns
    const penalty = below.penalty + above.penalty
    if (best === -1 || INDENTATION_WEIGHT * Math.sign(columns - bestIndentation) + (penalty - bestPenalty) <= 0) {
      best = end
      bestIndentation = columns
      bestPenalty = penalty
    }
  }
  return best
}

/**
 * How good a border between two lines is; the less, the better.
 * @param {number} border
 * @param {number} length
 * @param {Indentation} indentation
 */
function rating(border, length, indentation) {
  const above = nearest(border - 1, -1, length, indentation)
  const below = nearest(border + 1, 1, length, indentation)
  const own = border < length ? indentation(border) : -1
  let penalty = 0
  if (above.columns === -1 && above.blanks === 0) penalty += START_OF_FILE
  if (border >= length) penalty += END_OF_FILE
  const blanksBelow = own === -1 ? 1 + below.blanks : 0
  const blanks = above.blanks + blanksBelow
  penalty += BLANK * blanks + BLANK_BEHIND * blanksBelow
  const columns = own === -1 ? below.columns : own
  if (columns !== -1 && above.columns !== -1) {
    if (columns > above.columns) penalty += blanks > 0 ? INDENT_WITH_BLANK : INDENT
    else if (columns < above.columns) {
      if (below.columns > columns) penalty += blanks > 0 ? OUTDENT_WITH_BLANK : OUTDENT
      else penalty += blanks > 0 ? DEDENT_WITH_BLANK : DEDENT
    }
  }
  return { columns, penalty }
}

/**
 * The blank lines from a position on, and the indentation of the line behind them; −1 where there is none.
 * @param {number} from
 * @param {1 | -1} step
 * @param {number} length
 * @param {Indentation} indentation
 */
function nearest(from, step, length, indentation) {
  let blanks = 0
  for (let line = from; line >= 0 && line < length; line += step) {
    const columns = indentation(line)
    if (columns >= 0) return { blanks, columns }
    blanks++
    if (blanks === MAX_BLANKS) return { blanks, columns: 0 }
  }
  return { blanks, columns: -1 }
}

/** A run of changed symbols, or the empty run before an unchanged one: both sides have equally many. */
class Group {
  /** @param {Uint8Array} changed */
  constructor(changed) {
    this.changed = changed
    this.start = 0
    this.end = 0
    this.#extendDown()
  }

  get isEmpty() {
    return this.start === this.end
  }

  get size() {
    return this.end - this.start
  }

  /** Goes to the next group; false at the last. */
  advance() {
    if (this.end >= this.changed.length) return false
    this.start = this.end = this.end + 1
    this.#extendDown()
    return true
  }

  /** Goes to the group before. */
  retreat() {
    this.start = this.end = Math.max(0, this.start - 1)
    this.#extendUp()
  }

  /** Moves one up where that leaves the same text; joins a group that it meets. @param {Uint32Array} symbols */
  moveUp(symbols) {
    if (this.start === 0 || symbols[this.start - 1] !== symbols[this.end - 1]) return false
    this.changed[--this.start] = 1
    this.changed[--this.end] = 0
    this.#extendUp()
    return true
  }

  /** As `moveUp`, down. @param {Uint32Array} symbols */
  moveDown(symbols) {
    if (this.end >= symbols.length || symbols[this.start] !== symbols[this.end]) return false
    this.changed[this.start++] = 0
    this.changed[this.end++] = 1
    this.#extendDown()
    return true
  }

  #extendDown() {
    while (this.changed[this.end] === 1) this.end++
  }

  #extendUp() {
    while (this.start > 0 && this.changed[this.start - 1] === 1) this.start--
  }
}

module.exports = { compact }
