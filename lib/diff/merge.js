'use strict'

// Three-way merges: the text, byte for byte, that `git merge-file` writes. `crates/diff/src/merge.rs` does the same in
// the same order.
//
// Both sides are compared with the base. Where only one has changed lines they are taken; where both have, or their
// changes touch, there is a conflict, unless both did the same. What the two sides of a conflict have in common is then
// taken out of it, as far as the style has it.

const { split } = require('./lines')
const { compare } = require('./script')
const { Interner } = require('./token')

/** What may be written where the two sides conflict, by their numbers at the border between the engines. */
const STYLES = Object.freeze(/** @type {const} */ (['merge', 'diff3', 'zdiff3', 'union']))
/** The side that may be taken there instead, by the same numbers. */
const FAVORS = Object.freeze(/** @type {const} */ ([undefined, 'ours', 'theirs']))
/** Between conflicts so few lines are not worth an end and a beginning: the conflicts are joined. */
const MAX_JOINED_LINES = 3

/**
 * @typedef {object} MergeOptions
 * @property {typeof STYLES[number]} style what is written where the two sides conflict
 * @property {typeof FAVORS[number]} favor the side that is taken instead of writing a conflict, in whatever style
 * @property {{ ours: string, base: string, theirs: string }} labels what the markers say; without an LF
 * @property {number} markerSize how often a marker repeats its character
 * @property {number} algorithm its position in `ALGORITHMS` of script/index.js
 * @property {number} maxSteps the bound of the work of each comparison
 */
/** @typedef {{ startLine: number, lineCount: number }} LineRange lines from 1; without any, they would be before `startLine` */
/**
 * @typedef {object} Conflict
 * @property {number} startLine in the merged text, from 1: the first marker where there are markers
 * @property {number} endLine the last line, or the one before the first if there are none
 * @property {LineRange} ours
 * @property {LineRange} base of all the conflicts together into which one was divided
 * @property {LineRange} theirs
 */
/** @typedef {{ lines: string[], tokens: Uint32Array }} Side */
/** @typedef {{ start: number, end: number }} Range */
/** @typedef {{ before: Range, after: Range }} Change */
/**
 * Lines that are not the same in all three texts. 'same' is what is left of a conflict in which both sides came to the
 * same lines by different changes.
 * @typedef {{ kind: 'ours' | 'theirs' | 'same' | 'conflict', ours: Range, base: Range, theirs: Range }} Region
 */

/**
 * Merges what `ours` and `theirs` made of `base`. `clean`: there are no markers of this merge in the text, as there was no
 * conflict or the options decided each. `coarse`: a comparison ended at its bound, which gives changes, and conflicts, of
 * more lines than need be.
 * @param {string} base
 * @param {string} ours
 * @param {string} theirs
 * @param {MergeOptions} options
 * @returns {{ text: string, clean: boolean, coarse: boolean, conflicts: Conflict[] }}
 */
function merge(base, ours, theirs, options) {
  const interner = new Interner()
  const sides = { base: readSide(base, interner), ours: readSide(ours, interner), theirs: readSide(theirs, interner) }
  const comparison = new Comparison(interner.size, options)
  const oursChanges = comparison.changes(sides.base.tokens, sides.ours.tokens)
  const theirsChanges = comparison.changes(sides.base.tokens, sides.theirs.tokens)
  let regions = findRegions(oursChanges, theirsChanges, sides.ours.tokens, sides.theirs.tokens)
  if (options.style === 'zdiff3') shorten(regions, sides.ours.tokens, sides.theirs.tokens)
  else if (options.style !== 'diff3') {
    regions = divide(regions, sides.ours.tokens, sides.theirs.tokens, comparison)
    regions = join(regions, sides.ours)
  }
  const output = new Output()
  const conflicts = write(regions, sides, options, output)
  const decided = options.favor !== undefined || options.style === 'union'
  return {
    text: output.parts.join(''),
    clean: decided || conflicts.length === 0,
    coarse: comparison.coarse,
    conflicts
  }
}

/**
 * @param {string} text
 * @param {Interner} interner
 * @returns {Side}
 */
function readSide(text, interner) {
  const lines = split(text)
  return { lines, tokens: interner.internAll(lines) }
}

/** The comparisons of one merge. */
class Comparison {
  /**
   * @param {number} symbols
   * @param {MergeOptions} options
   */
  constructor(symbols, { algorithm, maxSteps }) {
    this.algorithm = algorithm
    this.maxSteps = maxSteps
    this.symbols = symbols
    this.coarse = false
  }

  /**
   * @param {Uint32Array} before
   * @param {Uint32Array} after
   * @param {number} [symbols]
   * @param {number} [maxSteps]
   * @returns {Change[]}
   */
  changes(before, after, symbols = this.symbols, maxSteps = this.maxSteps) {
    const script = compare(before, after, symbols, {
      algorithm: this.algorithm,
      indentation: undefined,
      maxSteps
    })
    if (script.coarse) this.coarse = true
    /** @type {Change[]} */
    const changes = []
    for (let at = 0; at < script.changes.length; at += 4) {
      const [beforeStart, beforeEnd, afterStart, afterEnd] = script.changes.subarray(at, at + 4)
      changes.push({ before: range(beforeStart, beforeEnd), after: range(afterStart, afterEnd) })
    }
    return changes
  }
}

/**
 * Walks both scripts. Changes that touch are one region; the same change in both is none.
 * @param {Change[]} ours
 * @param {Change[]} theirs
 * @param {Uint32Array} oursTokens
 * @param {Uint32Array} theirsTokens
 */
function findRegions(ours, theirs, oursTokens, theirsTokens) {
  /** @type {Region[]} */
  const regions = []
  let our = 0
  let their = 0
  // Behind the last region, so many lines of ours and of theirs there are for so many of the base.
  let oursEnd = 0
  let theirsEnd = 0
  let baseEnd = 0
  while (our < ours.length || their < theirs.length) {
    const start = Math.min(ours[our]?.before.start ?? Infinity, theirs[their]?.before.start ?? Infinity)
    const firstOur = our
    const firstTheir = their
    let end = start
    for (;;) {
      if (our < ours.length && ours[our].before.start <= end) end = Math.max(end, ours[our++].before.end)
      else if (their < theirs.length && theirs[their].before.start <= end)
        end = Math.max(end, theirs[their++].before.end)
      else break
    }
    const oursHere = ours.slice(firstOur, our)
    const theirsHere = theirs.slice(firstTheir, their)
    const oursStart = oursEnd + start - baseEnd
    const theirsStart = theirsEnd + start - baseEnd
    oursEnd = oursStart + linesAfter(oursHere, end - start)
    theirsEnd = theirsStart + linesAfter(theirsHere, end - start)
    baseEnd = end
    const same =
      oursHere.length === 1 &&
      theirsHere.length === 1 &&
      sameChange(oursHere[0], theirsHere[0], oursTokens, theirsTokens)
    if (same) continue
    regions.push({
      kind: theirsHere.length === 0 ? 'ours' : oursHere.length === 0 ? 'theirs' : 'conflict',
      ours: range(oursStart, oursEnd),
      base: range(start, end),
      theirs: range(theirsStart, theirsEnd)
    })
  }
  return regions
}

/**
 * How many lines `changes` make of `count` lines that they are all in.
 * @param {Change[]} changes
 * @param {number} count
 */
function linesAfter(changes, count) {
  return changes.reduce((lines, { before, after }) => lines + size(after) - size(before), count)
}

/**
 * @param {Change} our
 * @param {Change} their
 * @param {Uint32Array} oursTokens
 * @param {Uint32Array} theirsTokens
 */
function sameChange(our, their, oursTokens, theirsTokens) {
  if (our.before.start !== their.before.start || our.before.end !== their.before.end) return false
  if (size(our.after) !== size(their.after)) return false
  const shift = their.after.start - our.after.start
  for (let at = our.after.start; at < our.after.end; at++) if (oursTokens[at] !== theirsTokens[at + shift]) return false
  return true
}

/**
 * Takes the lines with which both sides of a conflict begin, then those with which both end, out of it.
 * @param {Region[]} regions
 * @param {Uint32Array} ours
 * @param {Uint32Array} theirs
 */
function shorten(regions, ours, theirs) {
  for (const { kind, ours: a, theirs: b } of regions) {
    if (kind !== 'conflict') continue
    while (size(a) > 0 && size(b) > 0 && ours[a.start] === theirs[b.start]) {
      a.start++
      b.start++
    }
    while (size(a) > 0 && size(b) > 0 && ours[a.end - 1] === theirs[b.end - 1]) {
      a.end--
      b.end--
    }
  }
}

/**
 * Compares the two sides of each conflict: what differs is a conflict of its own. Together, these comparisons have the
 * steps of one.
 * @param {Region[]} regions
 * @param {Uint32Array} ours
 * @param {Uint32Array} theirs
 * @param {Comparison} comparison
 */
function divide(regions, ours, theirs, comparison) {
  const lines = regions.filter(isDivisible).reduce((lines, region) => lines + linesOfSides(region), 0)
  const stepsALine = Math.floor(comparison.maxSteps / Math.max(lines, 1))
  /** @type {Region[]} */
  const divided = []
  for (const region of regions) {
    if (!isDivisible(region)) {
      divided.push(region)
      continue
    }
    // New numbers for the symbols of the part, so that the work depends on the part alone.
    /** @type {Map<number, number>} */
    const numbers = new Map()
    /** @param {number} symbol */
    const rename = (symbol) => {
      const number = numbers.get(symbol) ?? numbers.size
      numbers.set(symbol, number)
      return number
    }
    const before = ours.subarray(region.ours.start, region.ours.end).map(rename)
    const after = theirs.subarray(region.theirs.start, region.theirs.end).map(rename)
    const changes = comparison.changes(before, after, numbers.size, stepsALine * linesOfSides(region))
    if (changes.length === 0) divided.push({ ...region, kind: 'same' })
    for (const change of changes)
      divided.push({
        kind: 'conflict',
        ours: range(region.ours.start + change.before.start, region.ours.start + change.before.end),
        base: { ...region.base },
        theirs: range(region.theirs.start + change.after.start, region.theirs.start + change.after.end)
      })
  }
  return divided
}

/** @param {Region} region */
function isDivisible({ kind, ours, theirs }) {
  return kind === 'conflict' && size(ours) > 0 && size(theirs) > 0
}

/** @param {Region} region */
function linesOfSides({ ours, theirs }) {
  return size(ours) + size(theirs)
}

/**
 * Joins conflicts that follow each other with few lines between them, or only lines without a letter or a digit.
 * @param {Region[]} regions
 * @param {Side} ours
 */
function join(regions, ours) {
  /** @type {Region[]} */
  const joined = []
  for (const region of regions) {
    const last = joined.at(-1)
    if (last?.kind === 'conflict' && region.kind === 'conflict') {
      const from = last.ours.end
      const to = region.ours.start
      if (to - from <= MAX_JOINED_LINES || !hasAlphanumeric(ours.lines, from, to)) {
        last.ours.end = region.ours.end
        last.base.end = region.base.end
        last.theirs.end = region.theirs.end
        continue
      }
    }
    joined.push(region)
  }
  return joined
}

/**
 * @param {string[]} lines
 * @param {number} from
 * @param {number} to
 */
function hasAlphanumeric(lines, from, to) {
  for (let at = from; at < to; at++) if (/[0-9A-Za-z]/.test(lines[at])) return true
  return false
}

/** The merged text while it is written. */
class Output {
  /** @type {string[]} */
  parts = []
  lineCount = 0

  /**
   * @param {string[]} lines
   * @param {Range} part
   */
  lines(lines, { start, end }) {
    this.lineCount += end - start
    for (let at = start; at < end; at++) this.parts.push(lines[at])
  }

  /**
   * Lines that others follow: the last gets the end of a line if it has none.
   * @param {string[]} lines
   * @param {Range} part
   * @param {string} lineEnd
   */
  wholeLines(lines, part, lineEnd) {
    this.lines(lines, part)
    if (size(part) > 0 && !lines[part.end - 1].endsWith('\n')) this.parts.push(lineEnd)
  }

  /**
   * @param {string} character
   * @param {number} size
   * @param {string | undefined} label
   * @param {string} lineEnd
   */
  marker(character, size, label, lineEnd) {
    this.lineCount++
    this.parts.push(character.repeat(size), label === undefined ? '' : ` ${label}`, lineEnd)
  }
}

/**
 * Writes ours with what theirs has for it in `regions`, and the conflicts.
 * @param {Region[]} regions
 * @param {{ ours: Side, base: Side, theirs: Side }} sides
 * @param {MergeOptions} options
 * @param {Output} output
 */
function write(regions, sides, { style, favor, labels, markerSize }, output) {
  const { ours, base, theirs } = sides
  /** @type {Conflict[]} */
  const conflicts = []
  let written = 0
  for (const region of regions) {
    if (region.kind !== 'theirs' && region.kind !== 'conflict') continue
    output.lines(ours.lines, range(written, region.ours.start))
    written = region.ours.end
    if (region.kind === 'theirs') {
      output.lines(theirs.lines, region.theirs)
      continue
    }
    const start = output.lineCount
    const lineEnd = lineEndOf(sides, region)
    if (favor === 'ours') output.lines(ours.lines, region.ours)
    else if (favor === 'theirs') output.lines(theirs.lines, region.theirs)
    else if (style === 'union') {
      output.wholeLines(ours.lines, region.ours, lineEnd)
      output.lines(theirs.lines, region.theirs)
    } else {
      output.marker('<', markerSize, labels.ours, lineEnd)
      output.wholeLines(ours.lines, region.ours, lineEnd)
      if (style !== 'merge') {
        output.marker('|', markerSize, labels.base, lineEnd)
        output.wholeLines(base.lines, region.base, lineEnd)
      }
      output.marker('=', markerSize, undefined, lineEnd)
      output.wholeLines(theirs.lines, region.theirs, lineEnd)
      output.marker('>', markerSize, labels.theirs, lineEnd)
    }
    conflicts.push({
      startLine: start + 1,
      endLine: output.lineCount,
      ours: lineRange(region.ours),
      base: lineRange(region.base),
      theirs: lineRange(region.theirs)
    })
  }
  output.lines(ours.lines, range(written, ours.lines.length))
  return conflicts
}

/**
 * What the lines of a conflict's markers end in: CR LF if the lines before the conflict do in both sides, and the base
 * begins with such a line; a side of which that is not known is not asked.
 * @param {{ ours: Side, base: Side, theirs: Side }} sides
 * @param {Region} region
 */
function lineEndOf({ ours, base, theirs }, region) {
  if (endsInCrlf(ours, Math.max(region.ours.start - 1, 0)) === false) return '\n'
  if (endsInCrlf(theirs, Math.max(region.theirs.start - 1, 0)) === false) return '\n'
  return endsInCrlf(base, 0) ? '\r\n' : '\n'
}

/**
 * Whether a line ends in CR LF; for a last line that has no end, whether the one before it does.
 * @param {Side} side
 * @param {number} line
 */
function endsInCrlf({ lines }, line) {
  const asked = lines[line]?.endsWith('\n') === false ? line - 1 : line
  return lines[asked]?.endsWith('\r\n')
}

/**
 * @param {number} start
 * @param {number} end
 * @returns {Range}
 */
function range(start, end) {
  return { start, end }
}

/** @param {Range} range */
function size({ start, end }) {
  return end - start
}

/**
 * @param {Range} range
 * @returns {LineRange}
 */
function lineRange({ start, end }) {
  return { startLine: start + 1, lineCount: end - start }
}

module.exports = { FAVORS, STYLES, merge }
