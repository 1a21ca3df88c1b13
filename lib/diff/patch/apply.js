'use strict'

// Patches applied to a text. `crates/diff/src/patch/apply.rs` does the same in the same order.

const { closest } = require('./closest')
const { invalid } = require('./parse')
const { Search, Side } = require('./place')
const { Source } = require('./source')

/** @typedef {import('./closest').Candidate} Candidate */
/** @typedef {import('./parse').FilePatch} FilePatch */
/** @typedef {import('./parse').Hunk} Hunk */
/** @typedef {import('./place').Place} Place */
/** @typedef {import('./place').Placement} Placement */
/** @typedef {import('./place').Reason} Reason */
/**
 * @typedef {object} ApplyOptions
 * @property {number} fuzz how many lines of context may differ at either end of a hunk, as for `patch -F`
 * @property {number} maxOffset how many lines a hunk may be moved, counted from where the hunk before it was moved to
 * @property {boolean} partial whether the hunks that have a place are applied where others have none
 * @property {boolean | 'auto'} reverse whether the patch is taken back; `'auto'` where it has been applied already
 * @property {'auto' | 'exact'} lineEndings `'auto'`: where the patch does not fit otherwise, and either all lines of the
 *   source end in CRLF and none of the patch or the other way round, it is taken with the line endings of the source
 */
/**
 * @typedef {object} AppliedHunk
 * @property {boolean} applied whether its changes were made in the text
 * @property {number} line the line, counted from 1, where its new lines begin in the text; where it was not applied, the
 *   line of the source where its old lines were found, or where they were expected
 * @property {number} offset how many lines it was moved, behind where the hunk before it was moved to
 * @property {number} fuzz how many lines of context were not compared at either end
 * @property {Reason} [reason] why it has no place; absent where it has one and only other hunks have none
 * @property {Candidate[]} [closest] the places in the source that are most like it where it was not found
 * @property {number[]} [others] the lines of the source at which it could as well begin where it is ambiguous, or at which it
 *   is and may not be
 */
/**
 * @typedef {object} Applied
 * @property {string | null} text null where a hunk has no place, unless the call is for what can be applied
 * @property {AppliedHunk[]} hunks
 * @property {boolean} alreadyApplied the source has all that the patch puts in, so that it is returned as it is
 * @property {boolean} reversed the patch was taken back
 */

/** The context that a hunk must have to say by itself that it has been applied where its old lines are elsewhere. */
const MIN_CONTEXT = 2

/**
 * Applies the patch of one file to its text. The context of the text stays as it is, where it is not that of the patch.
 * A hunk that has no place is no error but part of what comes back.
 * @param {string} text
 * @param {FilePatch} patch
 * @param {ApplyOptions} options
 * @returns {Applied}
 */
function applyPatch(text, patch, options) {
  if (patch.binary) throw invalid(patch.line - 1, 'a binary patch has no lines to apply')
  const source = new Source(text)
  const search = new Search(source)
  const attempt = new Attempt(search, patch.hunks, patch.operation, options)
  if (attempt.outcome === 'rejected' && options.lineEndings === 'auto') {
    const hunks = withEndingsOf(source, patch.hunks)
    if (hunks !== undefined) {
      const other = new Attempt(search.again(), hunks, patch.operation, options)
      if (other.outcome !== 'rejected' || other.placed() >= attempt.placed()) return other.finish(options)
    }
  }
  return attempt.finish(options)
}

/** The places of a patch's hunks, and where they would be taken back. */
class Attempt {
  /**
   * @param {Search} search
   * @param {readonly Hunk[]} hunks
   * @param {import('./parse').Operation} operation
   * @param {ApplyOptions} options
   */
  constructor(search, hunks, operation, options) {
    this.search = search
    this.reversed = options.reverse === true
    // What deletes a file leaves nothing of it, and what creates one finds nothing.
    const whole = operation === 'create' || operation === 'delete'
    /** @param {boolean} reversed */
    const sides = (reversed) => hunks.map((hunk) => new Side(hunk, reversed, whole))
    this.sides = sides(this.reversed)
    /** @type {Side[]} */
    this.backSides = []
    /** @type {Placement[]} empty where it was not looked for them */
    this.backPlaces = []
    /** @type {'fits' | 'already' | 'rejected'} */
    this.outcome = 'fits'
    this.places = search.place(this.sides, { fuzz: options.fuzz, maxOffset: options.maxOffset })
    const fits = this.places.every((placement) => placement.place !== undefined)
    if (fits && this.places.every(isExact)) return
    this.backSides = sides(!this.reversed)
    // What fits elsewhere may have been applied: it has if all its new lines are where it says.
    if (fits && !this.backSides.every((side) => side.context >= MIN_CONTEXT && side.old.length > 0)) return
    this.backPlaces = fits
      ? (search.exactly(this.backSides) ?? [])
      : search.place(this.backSides, { fuzz: 0, maxOffset: options.maxOffset })
    const already = hunks.every((_, index) => this.isAlready(index))
    this.outcome = already ? 'already' : fits ? 'fits' : 'rejected'
  }

  /**
   * Whether a hunk has been applied: its new lines are found, and its old ones are not, or not as well.
   * @param {number} index
   */
  isAlready(index) {
    const [forward, back] = [this.places[index], this.backPlaces[index]]
    if (back === undefined) return false
    // Lines that are taken away without any context leave nothing by which to tell.
    const tells = this.backSides[index].old.length > 0 || this.search.source.length === 0
    return back.place !== undefined && tells && (forward.place === undefined || (isExact(back) && !isExact(forward)))
  }

  placed() {
    return this.places.filter((placement) => placement.place !== undefined).length
  }

  /**
   * @param {ApplyOptions} options
   * @returns {Applied}
   */
  finish(options) {
    if (this.outcome === 'fits') return this.applied(this.sides, this.places, this.reversed)
    if (this.outcome === 'rejected') return this.rejected(options)
    if (options.reverse === 'auto') return this.applied(this.backSides, this.backPlaces, !this.reversed)
    return {
      text: this.search.source.text,
      hunks: this.backPlaces.map(alreadyApplied),
      alreadyApplied: true,
      reversed: this.reversed
    }
  }

  /**
   * @param {readonly Side[]} sides
   * @param {readonly Placement[]} places
   * @param {boolean} reversed
   * @returns {Applied}
   */
  applied(sides, places, reversed) {
    const { text, lines } = rebuild(this.search.source, sides, places)
    const hunks = places.map((placement, index) =>
      placement.place ? { ...atPlace(placement.place), applied: true, line: lines[index] } : refused(placement)
    )
    return { text, hunks, alreadyApplied: false, reversed }
  }

  /**
   * @param {ApplyOptions} options
   * @returns {Applied}
   */
  rejected(options) {
    const { search } = this
    /** @type {Applied} */
    const applied = options.partial
      ? this.applied(this.sides, this.places, this.reversed)
      : {
          text: null,
          hunks: this.places.map((placement) => (placement.place ? atPlace(placement.place) : refused(placement))),
          alreadyApplied: false,
          reversed: this.reversed
        }
    applied.hunks.forEach((hunk, index) => {
      const placement = this.places[index]
      if (placement.place) return
      if (hunk.reason !== 'limit' && this.isAlready(index)) {
        applied.hunks[index] = alreadyApplied(this.backPlaces[index])
      } else if (hunk.reason === 'context-not-found') {
        const wanted = this.sides[index].old
        const lines = search.index(this.sides)
        if (!search.spend(4 * (lines.source.length + wanted.length) + lines.ids.size)) return
        const candidates = closest(lines.source, lines.idsOf(wanted), lines.ids.size, placement.expected)
        if (candidates.length > 0) hunk.closest = candidates
      }
    })
    return applied
  }
}

/** @param {Placement} placement */
const isExact = ({ place }) => place !== undefined && place.offset === 0 && place.fuzz === 0

/**
 * @param {Place} place
 * @returns {AppliedHunk}
 */
const atPlace = ({ at, offset, fuzz }) => ({ applied: false, line: at + 1, offset, fuzz })

/**
 * @param {Placement} placement
 * @returns {AppliedHunk}
 */
function refused({ expected, refusal }) {
  const others = refusal?.others.map((at) => at + 1) ?? []
  return {
    applied: false,
    line: Math.max(expected, 0) + 1,
    offset: 0,
    fuzz: 0,
    reason: refusal?.reason,
    ...(others.length > 0 && { others })
  }
}

/**
 * A hunk whose new lines are at the place where it would be taken back.
 * @param {Placement} back
 * @returns {AppliedHunk}
 */
function alreadyApplied(back) {
  return back.place ? { ...atPlace(back.place), reason: 'already-applied' } : refused(back)
}

/**
 * The text with the changes of the hunks that have a place, and the line where each begins in it.
 * @param {Source} source
 * @param {readonly Side[]} sides
 * @param {readonly Placement[]} places
 */
function rebuild(source, sides, places) {
  let text = ''
  /** @type {number[]} */
  const lines = []
  // Where the part of the source ends that is in the text, and by how many lines the text is longer so far.
  let [copied, longer] = [0, 0]
  sides.forEach((side, index) => {
    const { place } = places[index]
    if (place === undefined) {
      lines.push(0)
      return
    }
    lines.push(place.at + longer + 1)
    let at = place.at
    for (const line of side.lines) {
      if (line.role === 'context') {
        at++
        continue
      }
      const start = source.start(at)
      text += source.text.slice(copied, Math.max(copied, start))
      if (line.role === 'old') {
        at++
        copied = source.start(at)
      } else {
        copied = start
        text += line.open ? line.text : line.text + '\n'
      }
    }
    longer += side.newLines - side.old.length
  })
  return { text: text + source.text.slice(copied), lines }
}

/**
 * The hunks with the line endings of the source, where all lines of one end in CRLF and none of the other.
 * @param {Source} source
 * @param {readonly Hunk[]} hunks
 * @returns {Hunk[] | undefined}
 */
function withEndingsOf(source, hunks) {
  const inSource = { crlf: 0, lf: 0 }
  for (let at = 0; at < source.length; at++) {
    if (!source.isOpen(at)) count(inSource, source.text[source.starts[at + 1] - 2] === '\r')
  }
  const inPatch = { crlf: 0, lf: 0 }
  for (const { lines } of hunks) {
    lines.forEach((line, at) => {
      if (line[0] !== '\\' && !isOpen(lines, at)) count(inPatch, line.endsWith('\r'))
    })
  }
  const [wanted, written] = [only(inSource), only(inPatch)]
  if (wanted === undefined || written === undefined || wanted === written) return undefined
  return hunks.map((hunk) => ({
    ...hunk,
    lines: hunk.lines.map((line, at) => {
      if (line[0] === '\\') return line
      if (wanted === 'crlf') return isOpen(hunk.lines, at) ? line : line + '\r'
      return line.endsWith('\r') ? line.slice(0, -1) : line
    })
  }))
}

/**
 * Whether a line of a hunk has no LF.
 * @param {readonly string[]} lines
 * @param {number} at
 */
const isOpen = (lines, at) => lines[at + 1]?.[0] === '\\'

/** @param {{ crlf: number, lf: number }} endings @param {boolean} crlf */
function count(endings, crlf) {
  if (crlf) endings.crlf++
  else endings.lf++
}

/**
 * How the lines end, where they all end alike.
 * @param {{ crlf: number, lf: number }} endings
 */
function only({ crlf, lf }) {
  if (crlf === 0 && lf === 0) return undefined
  return crlf === 0 ? 'lf' : lf === 0 ? 'crlf' : undefined
}

module.exports = { applyPatch }
