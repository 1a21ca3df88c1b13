'use strict'

// Where the hunks of a patch belong in a source, found as GNU patch does, except that a place is never guessed.
//
// A hunk is looked for at its place, moved by as many lines as the hunk before it; then nearest to it; and only then, if
// allowed, with lines of its context left out: those at both ends, first of the longer context. A hunk with a shorter
// context above belongs at the start of the source if it says line 1, and one with a shorter context below at its end.
//
// `crates/diff/src/patch/place.rs` does the same in the same order.

/** @typedef {import('./parse').Hunk} Hunk */
/** @typedef {import('./source').Source} Source */
/**
 * Why a hunk has no place: its lines are nowhere where they may be; at two places that are equally near; only where the
 * hunks before it make changes, or above them; only farther away than allowed; elsewhere, though it belongs at the start
 * of the source, at its end, or is all of it. It has no lines by which the place can be
 * told, and the source is not as the patch says; it says that the source is empty; a line without a newline would stand
 * before others; the search would take too long; it has been applied already.
 * @typedef {'context-not-found' | 'ambiguous' | 'overlap' | 'offset-limit' | 'anchored' | 'no-context' | 'not-empty'
 *   | 'no-final-newline' | 'limit' | 'already-applied'} Reason
 */
/** @typedef {{ role: 'context' | 'old' | 'new', text: string, open: boolean }} Line `open` where it has no LF */
/** @typedef {{ at: number, offset: number, fuzz: number }} Place the index of a line of the source */
/** @typedef {{ reason: Reason, others: number[] }} Refusal the indices of lines where the hunk could as well begin, or is and may not be */
/** @typedef {{ expected: number, place?: Place, refusal?: Refusal }} Placement */
/** @typedef {{ fuzz: number, maxOffset: number }} Limits */
/** @typedef {{ low: number, high: number, maxOffset: number, front: number, back: number }} Range the indices at which a
 * hunk may begin, and the lines left out of the comparison at its ends */

/** The comparisons of lines that one call may cost, behind which only a hostile patch gets: below a second. */
const MAX_STEPS = 2 ** 24
/** The id of a source's line that the patch does not have. */
const NO_ID = 0xffffffff

/** A hunk in the direction in which it is applied. */
class Side {
  /**
   * @param {Hunk} hunk
   * @param {boolean} reversed
   * @param {boolean} whole the patch creates or deletes the file, so that the source has nothing but its lines
   */
  constructor(hunk, reversed, whole) {
    const oldMarker = reversed ? '+' : '-'
    /** @type {Line[]} */
    this.lines = []
    /** @type {Line[]} the lines that must be in the source */
    this.old = []
    this.newLines = 0
    /** The number of context lines before the first change. */
    this.prefix = -1
    /** The number of context lines behind the last change. */
    this.suffix = 0
    /** Whether nothing of the source may follow it. */
    this.ends = false
    for (const text of hunk.lines) {
      const marker = text[0]
      if (marker === '\\') {
        const last = this.lines[this.lines.length - 1]
        if (last) last.open = true
        continue
      }
      const role = marker === ' ' ? 'context' : marker === oldMarker ? 'old' : 'new'
      /** @type {Line} */
      const line = { role, text: text.slice(1), open: false }
      if (role === 'context') {
        this.suffix++
      } else {
        if (this.prefix === -1) this.prefix = this.lines.length
        this.suffix = 0
      }
      this.lines.push(line)
      if (role !== 'new') this.old.push(line)
      if (role !== 'old') this.newLines++
    }
    this.changes = this.prefix !== -1
    if (!this.changes) this.prefix = this.lines.length
    this.ends = this.suffix === 0 && this.lines.some((line) => line.role === 'new' && line.open)
    this.whole = whole
    /** The index of the source's line where it says it begins. */
    this.start = Math.max(reversed ? hunk.newStart : hunk.oldStart, 1) - 1
  }

  /** The context lines at both ends. */
  get context() {
    return this.prefix + this.suffix
  }
}

/** The lines of a source and of a patch by number, so that they are compared at once, and where each one is. */
class Index {
  /**
   * @param {Source} source
   * @param {readonly Side[]} sides
   */
  constructor(source, sides) {
    /** @type {Map<string, number>} */
    this.ids = new Map()
    for (const side of sides) {
      for (const line of side.lines) {
        const key = keyOf(line.text, line.open)
        if (!this.ids.has(key)) this.ids.set(key, this.ids.size)
      }
    }
    /** The id of each line of the source. */
    this.source = new Uint32Array(source.length)
    /** @type {number[][]} */
    this.places = Array.from({ length: this.ids.size }, () => [])
    for (let at = 0; at < source.length; at++) {
      const id = this.ids.get(keyOf(source.line(at), source.isOpen(at))) ?? NO_ID
      this.source[at] = id
      if (id !== NO_ID) this.places[id].push(at)
    }
  }

  /**
   * The ids of lines of the patch.
   * @param {readonly Line[]} lines
   */
  idsOf(lines) {
    return lines.map((line) => this.ids.get(keyOf(line.text, line.open)) ?? NO_ID)
  }

  /** @param {number} id */
  positions(id) {
    return this.places[id] ?? []
  }
}

/** @param {string} text @param {boolean} open */
const keyOf = (text, open) => (open ? text : text + '\n')

/** The search for the hunks of one patch. */
class Search {
  /**
   * @param {Source} source
   * @param {number} steps spent so far
   */
  constructor(source, steps = 0) {
    this.source = source
    /** @type {Index | undefined} */
    this.lines = undefined
    this.steps = steps
    /** The comparisons that may be made before the lines are numbered, which costs as much. */
    this.unnumbered = source.length
  }

  /** A search for other lines, which has the steps that are left. */
  again() {
    return new Search(this.source, this.steps)
  }

  /**
   * Counts `steps`; whether there are any left.
   * @param {number} steps
   */
  spend(steps) {
    this.steps += steps
    return this.steps <= MAX_STEPS
  }

  /** @param {readonly Side[]} sides */
  index(sides) {
    return (this.lines ??= new Index(this.source, sides))
  }

  /**
   * The place of each hunk. What a hunk does not find does not move those behind it.
   * @param {readonly Side[]} sides
   * @param {Limits} limits
   * @returns {Placement[]}
   */
  place(sides, limits) {
    let [shift, frozen, ended] = [0, 0, false]
    return sides.map((side) => {
      const expected = side.start + shift
      const found = ended
        ? refuse('no-final-newline')
        : side.old.length === 0
          ? this.insertion(side, expected, frozen, sides.length === 1)
          : this.locate(sides, side, expected, frozen, limits)
      if ('reason' in found) return { expected, refusal: found }
      shift = found.at - side.start
      if (side.changes) frozen = Math.max(frozen, found.at + side.old.length - side.suffix)
      ended = side.ends
      return { expected, place: found }
    })
  }

  /**
   * The places of hunks that are all where they say; undefined where one is not. They must have lines to look for.
   * @param {readonly Side[]} sides
   * @returns {Placement[] | undefined}
   */
  exactly(sides) {
    let frozen = 0
    /** @type {Placement[]} */
    const placements = []
    for (const side of sides) {
      const [at, last] = [side.start, this.source.length - side.old.length]
      const atEnd = side.whole || side.ends || side.suffix < side.prefix
      if (at < frozen || at > last || (atEnd && at < last) || (side.whole && at > 0)) return undefined
      if (this.isAt(side.old, at) !== true) return undefined
      if (side.changes) frozen = at + side.old.length - side.suffix
      placements.push({ expected: at, place: { at, offset: 0, fuzz: 0 } })
    }
    return placements
  }

  /**
   * Lines without any context are put where the patch says or nowhere.
   * @param {Side} side
   * @param {number} expected
   * @param {number} frozen
   * @param {boolean} alone
   * @returns {Place | Refusal}
   */
  insertion(side, expected, frozen, alone) {
    const [at, count] = [side.start, this.source.length]
    // The first line is also where the patch of an empty file begins, which may not say that it creates it.
    if (count > 0 && (side.whole || (alone && at === 0))) return refuse('not-empty')
    if (expected !== at || at > count) return refuse('no-context')
    if (at < frozen) return refuse('overlap')
    if ((at === count && this.source.open) || (side.ends && at < count)) return refuse('no-final-newline')
    return { at, offset: 0, fuzz: 0 }
  }

  /**
   * @param {readonly Side[]} sides
   * @param {Side} side
   * @param {number} expected
   * @param {number} frozen
   * @param {Limits} limits
   * @returns {Place | Refusal}
   */
  locate(sides, side, expected, frozen, limits) {
    const [count, length] = [this.source.length, side.old.length]
    const context = Math.max(side.prefix, side.suffix)
    const [prefixLack, suffixLack] = [context - side.prefix, context - side.suffix]
    /** @type {number[] | undefined} */
    let ids
    for (let fuzz = 0; fuzz <= Math.min(limits.fuzz, context); fuzz++) {
      const [front, back] = [Math.max(fuzz - prefixLack, 0), Math.max(fuzz - suffixLack, 0)]
      if (front + back >= length) break
      const last = count + back - length
      if (last < 0) continue
      const atStart = side.whole || (fuzz < prefixLack && side.start === 0)
      const atEnd = side.whole || side.ends || fuzz < suffixLack
      const low = atEnd ? Math.max(frozen, last) : frozen
      const high = atStart ? 0 : last
      if (low > high) continue
      if (fuzz === 0 && expected >= low && expected <= high) {
        const isAt = this.isAt(side.old, expected)
        if (isAt === undefined) return refuse('limit')
        if (isAt) return { at: expected, offset: 0, fuzz }
      }
      if (fuzz === 0 && ids === undefined && this.lines === undefined) {
        const found = this.scan(side.old, expected, low, high, limits.maxOffset)
        if (typeof found === 'object') return found
        if (found !== undefined) return { at: found, offset: found - expected, fuzz }
      }
      ids ??= this.index(sides).idsOf(side.old)
      const found = this.nearest(ids, expected, { low, high, maxOffset: limits.maxOffset, front, back })
      if (typeof found === 'object') return found
      if (found !== undefined) return { at: found, offset: found - expected, fuzz }
    }
    // Whether it is somewhere where it may not be.
    const anchored = side.whole || (prefixLack > 0 && side.start === 0) || suffixLack > 0
    const limited = frozen > 0 || anchored || side.ends || limits.maxOffset < count
    if (count < length || !limited) return refuse('context-not-found')
    ids ??= this.index(sides).idsOf(side.old)
    const everywhere = { low: 0, high: count - length, maxOffset: Infinity, front: 0, back: 0 }
    const found = this.nearest(ids, expected, everywhere)
    if (typeof found === 'object' && found.reason === 'limit') return found
    const at = typeof found === 'object' ? found.others[0] : found
    if (at === undefined) return refuse('context-not-found')
    if (at < frozen) return { reason: 'overlap', others: [at] }
    if (side.ends) return { reason: 'no-final-newline', others: [at] }
    const far = Math.abs(at - expected) > limits.maxOffset
    return { reason: far ? 'offset-limit' : 'anchored', others: [at] }
  }

  /**
   * What `nearest` finds, but not at the expected place, where it is found without numbers at less cost; undefined where
   * it is not.
   * @param {readonly Line[]} lines
   * @param {number} expected
   * @param {number} low
   * @param {number} high
   * @param {number} maxOffset
   * @returns {number | undefined | Refusal}
   */
  scan(lines, expected, low, high, maxOffset) {
    for (let distance = Math.max(low - expected, expected - high, 1); distance <= maxOffset; distance++) {
      const [below, above] = [expected - distance, expected + distance]
      if (below < low && above > high) return undefined
      /** @type {number[]} */
      const found = []
      for (const at of [below, above]) {
        if (at < low || at > high) continue
        let equal = 0
        while (equal < lines.length && this.isLine(at + equal, lines[equal])) equal++
        this.unnumbered -= equal + 1
        if (equal === lines.length) found.push(at)
      }
      if (found.length === 1) return found[0]
      if (found.length === 2) return { reason: 'ambiguous', others: found }
      if (this.unnumbered < 0) return undefined
    }
    return undefined
  }

  /**
   * The nearest place in a range where the lines of a hunk are, as an index; undefined where there is none.
   * @param {readonly number[]} all the ids of the lines
   * @param {number} expected
   * @param {Range} range
   * @returns {number | undefined | Refusal}
   */
  nearest(all, expected, range) {
    const ids = all.slice(range.front, all.length - range.back)
    if (!this.spend(ids.length)) return refuse('limit')
    if (this.lines === undefined) return undefined
    const { source } = this.lines
    // The rarest line has the fewest places to look at.
    let rarest = 0
    let positions = this.lines.positions(ids[0])
    for (let at = 1; at < ids.length; at++) {
      const others = this.lines.positions(ids[at])
      if (others.length < positions.length) [rarest, positions] = [at, others]
    }
    // From the start of the hunk, with what is left out of it.
    const ahead = range.front + rarest
    const pivot = expected + ahead
    const first = firstNotBelow(positions, range.low + ahead)
    const end = firstNotBelow(positions, range.high + ahead + 1)
    let right = Math.min(Math.max(firstNotBelow(positions, pivot), first), end)
    let left = right
    for (;;) {
      const below = left > first ? pivot - positions[left - 1] : Infinity
      const above = right < end ? positions[right] - pivot : Infinity
      const distance = Math.min(below, above)
      if (distance === Infinity || distance > range.maxOffset) return undefined
      /** @type {number[]} */
      const found = []
      /** @type {number[]} */
      const candidates = []
      if (below === distance) candidates.push(positions[--left])
      if (above === distance) candidates.push(positions[right++])
      for (const at of candidates) {
        const start = at - rarest
        let equal = 0
        while (equal < ids.length && source[start + equal] === ids[equal]) equal++
        if (!this.spend(Math.min(equal + 1, ids.length))) return refuse('limit')
        if (equal === ids.length) found.push(at - ahead)
      }
      if (found.length === 1) return found[0]
      if (found.length === 2) return { reason: 'ambiguous', others: found }
    }
  }

  /**
   * Whether `lines` are in the source from the line at index `at` on; undefined where there are no steps left.
   * @param {readonly Line[]} lines
   * @param {number} at
   */
  isAt(lines, at) {
    let equal = 0
    while (equal < lines.length && this.isLine(at + equal, lines[equal])) equal++
    if (!this.spend(Math.min(equal + 1, lines.length))) return undefined
    return equal === lines.length
  }

  /** @param {number} at @param {Line} line */
  isLine(at, line) {
    return this.source.isLine(at, line.text) && this.source.isOpen(at) === line.open
  }
}

/**
 * @param {Reason} reason
 * @returns {Refusal}
 */
const refuse = (reason) => ({ reason, others: [] })

/**
 * The index of the first of ascending numbers that is not below `limit`.
 * @param {readonly number[]} numbers
 * @param {number} limit
 */
function firstNotBelow(numbers, limit) {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (numbers[middle] < limit) low = middle + 1
    else high = middle
  }
  return low
}

module.exports = { Search, Side }
