'use strict'

// `diff` in JavaScript. The work is done on strings; bytes come and go as the strings of text.js.

const { closest: closestIn } = require('./closest')
const conflicts = require('./conflicts')
const applying = require('./edits/apply')
const parsing = require('./edits/parse')
const { ALL, ANCHORS, AT_END, FIRST, HUNK, WHOLE_LINES } = require('./edits/requests')
const merging = require('./merge')
const patching = { ...require('./patch/apply'), ...require('./patch/parse'), ...require('./patch/reverse') }
const { diffPieces } = require('./pieces')
const alike = require('./similarity')
const { toBytes, toString } = require('./text')
const unified = require('./unified')

/** @typedef {string | Uint8Array} Text of one kind in a call */
/** @typedef {import('./lines').CompareLines} CompareLines */
/**
 * `style` and `favor` are positions in their lists of merge.js.
 * @typedef {CompareLines & { style: number, favor: number, markerSize: number }} MergeOptions
 */

/** @param {Text} text */
const stringOf = (text) => (typeof text === 'string' ? text : toString(text))

/** @param {string} text @param {Text} like */
const kindOf = (text, like) => (typeof like === 'string' ? text : toBytes(text))

/**
 * The changes between two texts in pieces of a unit: 1 where they are coarse, else 0; the pieces of the new text; then
 * eight numbers a change: from which to which piece of the old text and of the new one, and the same in positions.
 * @param {Text} before
 * @param {Text} after
 * @param {number} unit
 * @param {CompareLines} options
 */
function changes(before, after, unit, options) {
  const diff = diffPieces(stringOf(before), stringOf(after), unit, options)
  const isString = typeof before === 'string'
  const startBefore = positions(diff.before, isString)
  const startAfter = positions(diff.after, isString)
  const table = [Number(diff.coarse), diff.after.length]
  for (let at = 0; at < diff.changes.length; at += 4) {
    const [beforeStart, beforeEnd, afterStart, afterEnd] = diff.changes.subarray(at, at + 4)
    table.push(beforeStart, beforeEnd, afterStart, afterEnd)
    table.push(startBefore[beforeStart], startBefore[beforeEnd], startAfter[afterStart], startAfter[afterEnd])
  }
  return Uint32Array.from(table)
}

/**
 * Where each piece starts, and the end.
 * @param {string[]} pieces
 * @param {boolean} utf16
 */
function positions(pieces, utf16) {
  const starts = new Uint32Array(pieces.length + 1)
  pieces.forEach((piece, at) => (starts[at + 1] = starts[at] + (utf16 ? piece : toBytes(piece)).length))
  return starts
}

/**
 * @param {Text} before
 * @param {Text} after
 * @param {Text} names two, with a NUL between them
 * @param {import('./unified').PatchOptions} options
 */
function createPatch(before, after, names, options) {
  const [oldName, newName] = stringOf(names).split('\0')
  const { text, coarse } = unified.createPatch(stringOf(before), stringOf(after), oldName, newName, options)
  return { text: kindOf(text, before), coarse }
}

/**
 * A merged text; eight numbers a conflict: its first and its last line, and for ours, the base and theirs the first line
 * and how many there are.
 * @param {Text} base
 * @param {Text} ours
 * @param {Text} theirs
 * @param {Text} labels three, with an LF between them
 * @param {MergeOptions} options
 */
function merge(base, ours, theirs, labels, { style, favor, markerSize, algorithm, maxSteps }) {
  const [oursLabel, baseLabel, theirsLabel] = stringOf(labels).split('\n')
  const merged = merging.merge(stringOf(base), stringOf(ours), stringOf(theirs), {
    style: merging.STYLES[style],
    favor: merging.FAVORS[favor],
    labels: { ours: oursLabel, base: baseLabel, theirs: theirsLabel },
    markerSize,
    algorithm,
    maxSteps
  })
  const numbers = merged.conflicts.flatMap(({ startLine, endLine, ...sides }) => [
    ...[startLine, endLine],
    ...[sides.ours, sides.base, sides.theirs].flatMap((lines) => [lines.startLine, lines.lineCount])
  ])
  return {
    text: kindOf(merged.text, base),
    clean: merged.clean,
    coarse: merged.coarse,
    conflicts: Uint32Array.from(numbers)
  }
}

/**
 * @param {Text} text
 * @param {number} markerSize
 */
function parseConflicts(text, markerSize) {
  return conflicts.parseConflicts(stringOf(text), markerSize)
}

/** @param {Text} a @param {Text} b */
function similarity(a, b) {
  return alike.similarity(stringOf(a), stringOf(b))
}

/** @param {Text} haystack @param {Text} needle @param {number} limit @param {number} minScore */
function closest(haystack, needle, limit, minScore) {
  return closestIn(stringOf(haystack), stringOf(needle), { limit, minScore })
}

/** @param {Text} text */
function parseEdits(text) {
  return parsing.parseEdits(stringOf(text))
}

/**
 * @param {Text} source
 * @param {Text[]} texts two for each edit: the old and the new one, or the lines and the anchors of a hunk
 * @param {number[]} kinds
 * @param {number} fuzzy negative where that grade is off
 * @param {boolean} partial
 */
function applyEdits(source, texts, kinds, fuzzy, partial) {
  const edits = kinds.map((kind, at) => {
    const [first, second] = [stringOf(texts[2 * at]), stringOf(texts[2 * at + 1])]
    if ((kind & HUNK) === 0) {
      return { oldText: first, newText: second, all: (kind & ALL) !== 0, wholeLines: (kind & WHOLE_LINES) !== 0 }
    }
    const anchors = (kind & ANCHORS) === 0 ? [] : second.split('\n')
    return { lines: first.split('\n'), anchors, atEnd: (kind & AT_END) !== 0, first: (kind & FIRST) !== 0 }
  })
  const applied = applying.applyEdits(stringOf(source), edits, { fuzzy: fuzzy < 0 ? false : fuzzy, partial })
  return { text: applied.text === null ? null : kindOf(applied.text, source), edits: applied.edits }
}

/**
 * The patches of single files.
 * @param {Text} patch
 * @param {number} strip how many leading components names lose
 */
function parsePatch(patch, strip) {
  return patching.parsePatch(stringOf(patch), strip)
}

/**
 * @param {Text} source
 * @param {Text} patch of one file
 * @param {import('./patch/apply').ApplyOptions} options
 */
function applyPatch(source, patch, options) {
  const applied = patching.applyPatch(stringOf(source), patching.oneFilePatch(stringOf(patch)), options)
  return { ...applied, text: applied.text === null ? null : kindOf(applied.text, source) }
}

/** @param {Text} patch */
function reversePatch(patch) {
  return kindOf(patching.reversePatch(stringOf(patch)), patch)
}

module.exports = {
  applyEdits,
  applyPatch,
  changes,
  closest,
  createPatch,
  merge,
  parseConflicts,
  parseEdits,
  parsePatch,
  reversePatch,
  similarity
}
