'use strict'

// The conflicts that a merge left in a text, read from their markers. `crates/diff/src/conflicts.rs` does the same in the
// same order, and has the same words.

const { TenonError } = require('../errors')

/** @typedef {{ startLine: number, endLine: number }} LineSpan lines from 1; without any, `endLine` is the one before */
/** @typedef {{ line: number, label: string }} Marker */
/** @typedef {{ start: number, ours: string, base: Marker | undefined, separator: number | undefined }} Open */
/**
 * @typedef {object} MarkedConflict
 * @property {number} startLine of the first marker
 * @property {number} endLine of the last marker
 * @property {LineSpan} ours
 * @property {LineSpan} [base] if the conflict shows it
 * @property {LineSpan} theirs
 * @property {{ ours: string, base?: string, theirs: string }} labels what the markers say behind their space
 */

/**
 * The conflicts in `text`, whose markers repeat their character `markerSize` times: the forms `merge` and `diff3` of git.
 * Outside of conflicts, the lines that divide one are lines like any other. Throws where markers do not make whole
 * conflicts, or a conflict is within another.
 * @param {string} text
 * @param {number} markerSize
 * @returns {MarkedConflict[]}
 */
function parseConflicts(text, markerSize) {
  /** @type {MarkedConflict[]} */
  const conflicts = []
  /** @type {Open | undefined} */
  let open
  for (let at = 0, line = 1; at < text.length; line++) {
    const next = text.indexOf('\n', at) + 1 || text.length
    const label = labelOf(text, at, next, markerSize)
    const character = text[at]
    at = next
    if (label === undefined) continue
    if (character === '<') {
      if (open) throw invalid(line, `a conflict begins within the one of line ${open.start}`)
      open = { start: line, ours: label, base: undefined, separator: undefined }
    } else if (character === '|') {
      if (!open || open.separator !== undefined) continue
      if (open.base) throw invalid(line, `the conflict of line ${open.start} has a second base`)
      open.base = { line, label }
    } else if (character === '=') {
      if (!open) continue
      if (open.separator !== undefined) throw invalid(line, `the conflict of line ${open.start} has a second separator`)
      open.separator = line
    } else {
      if (!open) throw invalid(line, 'a conflict ends that has not begun')
      const { start, ours, base, separator } = open
      if (separator === undefined) throw invalid(line, `the conflict of line ${start} ends without a separator`)
      conflicts.push({
        startLine: start,
        endLine: line,
        ours: between(start, base ? base.line : separator),
        ...(base && { base: between(base.line, separator) }),
        theirs: between(separator, line),
        labels: { ours, ...(base && { base: base.label }), theirs: label }
      })
      open = undefined
    }
  }
  if (open) throw invalid(open.start, 'the conflict has no end')
  return conflicts
}

/**
 * The label of the marker that is the line from `at` to `next`; undefined for another line. The separator has no label.
 * @param {string} text
 * @param {number} at
 * @param {number} next
 * @param {number} size
 */
function labelOf(text, at, next, size) {
  const character = text[at]
  if (character !== '<' && character !== '|' && character !== '=' && character !== '>') return undefined
  let end = next
  if (text[end - 1] === '\n') end--
  const isMarker = end - at >= size && text.startsWith(character.repeat(size), at)
  if (!isMarker) return undefined
  if (end > at + size && text[end - 1] === '\r') end--
  if (end === at + size) return ''
  return text[at + size] === ' ' && character !== '=' ? text.slice(at + size + 1, end) : undefined
}

/**
 * @param {number} marker
 * @param {number} next
 * @returns {LineSpan}
 */
function between(marker, next) {
  return { startLine: marker + 1, endLine: next - 1 }
}

/**
 * @param {number} line
 * @param {string} message
 */
function invalid(line, message) {
  return new TenonError('ERR_PATCH_INVALID', `line ${line}: ${message}`, { line })
}

module.exports = { parseConflicts }
