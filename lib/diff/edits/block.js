'use strict'

// An edit as lines: which the file keeps, which it loses and which it gains.
// crates/diff/src/edits/block.rs does the same.

const { newLines, withLineFeeds } = require('./source')

/** Above so many pairs of lines that differ, old and new lines are not compared with each other. */
const MAX_CELLS = 1 << 20

/** @typedef {{ kind: ' ' | '-' | '+', text: string }} Entry */

/**
 * @typedef {object} Block
 * @property {Entry[]} entries
 * @property {string[]} old the lines to be found: those that are kept or lost
 * @property {string[]} anchors the lines that come before, from outside to inside
 * @property {boolean} atEnd whether the last of the old lines is the file's last
 * @property {'keep' | 'newline' | 'none'} final what becomes of the file's final newline
 * @property {boolean} complete whether old and new lines were compared with each other
 */

/**
 * The lines of a text; one that ends in LF has no line after it.
 * @param {string} text
 */
function linesOf(text) {
  const lines = text.split('\n')
  if (lines[lines.length - 1] === '') lines.pop()
  return lines
}

/**
 * The block that makes one text of another. As lines, a new text ends as the old one does.
 * @param {string} oldText
 * @param {string} newText
 * @returns {Block}
 */
function blockOfTexts(oldText, newText) {
  const ends = oldText.endsWith('\n')
  const oldLines = ends ? linesOf(oldText) : oldText.split('\n')
  const newLines = ends ? linesOf(newText) : newText.split('\n')
  const { entries, complete } = compare(oldLines, newLines)
  return { entries, old: oldLines, anchors: [], atEnd: false, final: 'keep', complete }
}

/**
 * The block of a hunk.
 * @param {{ lines: readonly string[], anchors: readonly string[], atEnd: boolean }} hunk
 * @param {number} form how the lines of the source end
 * @returns {Block}
 */
function blockOfHunk({ lines, anchors, atEnd }, form) {
  /** @type {Entry[]} */
  const entries = []
  let kind = ' '
  let oldEnds = true
  let newEnds = true
  for (const line of lines) {
    if (line.startsWith('\\')) {
      if (kind !== '+') oldEnds = false
      if (kind !== '-') newEnds = false
      continue
    }
    kind = line[0]
    const content = line.slice(1)
    // A lone CR ends a line in the file too.
    for (const text of (kind === '+' ? newLines(content, form) : withLineFeeds(content)).split('\n')) {
      entries.push({ kind: kind === '-' || kind === '+' ? kind : ' ', text })
    }
  }
  const old = entries.filter((entry) => entry.kind !== '+').map((entry) => entry.text)
  const final = oldEnds === newEnds ? 'keep' : newEnds ? 'newline' : 'none'
  return { entries, old, anchors: [...anchors], atEnd: atEnd || !oldEnds || !newEnds, final, complete: true }
}

/**
 * What becomes of the old lines, by their longest common subsequence with the new ones.
 * @param {readonly string[]} oldLines
 * @param {readonly string[]} newLines
 * @returns {{ entries: Entry[], complete: boolean }}
 */
function compare(oldLines, newLines) {
  const shorter = Math.min(oldLines.length, newLines.length)
  let start = 0
  while (start < shorter && oldLines[start] === newLines[start]) start++
  let end = 0
  while (end < shorter - start && oldLines[oldLines.length - 1 - end] === newLines[newLines.length - 1 - end]) end++
  /** @type {Entry[]} */
  const entries = oldLines.slice(0, start).map((text) => ({ kind: ' ', text }))
  const complete = middle(
    oldLines.slice(start, oldLines.length - end),
    newLines.slice(start, newLines.length - end),
    entries
  )
  for (const text of oldLines.slice(oldLines.length - end)) entries.push({ kind: ' ', text })
  return { entries, complete }
}

/**
 * @param {readonly string[]} oldLines
 * @param {readonly string[]} newLines
 * @param {Entry[]} entries to which what becomes of them is added
 * @returns {boolean} whether they were compared
 */
function middle(oldLines, newLines, entries) {
  const complete = oldLines.length * newLines.length <= MAX_CELLS
  /** @type {Map<string, number>} */
  const known = new Map()
  /** @param {string} line */
  const number = (line) => {
    const id = known.get(line) ?? known.size
    known.set(line, id)
    return id
  }
  const a = complete ? oldLines.map(number) : []
  const b = complete ? newLines.map(number) : []
  const width = b.length + 1
  // How many lines two tails have in common.
  const common = new Uint16Array((a.length + 1) * width)
  for (let row = a.length - 1; row >= 0; row--) {
    for (let column = b.length - 1; column >= 0; column--) {
      const at = row * width + column
      common[at] = a[row] === b[column] ? common[at + width + 1] + 1 : Math.max(common[at + width], common[at + 1])
    }
  }
  let row = 0
  let column = 0
  while (row < a.length && column < b.length) {
    const at = row * width + column
    if (a[row] === b[column]) {
      entries.push({ kind: ' ', text: oldLines[row++] })
      column++
    } else if (common[at + width] >= common[at + 1]) entries.push({ kind: '-', text: oldLines[row++] })
    else entries.push({ kind: '+', text: newLines[column++] })
  }
  for (; row < oldLines.length; row++) entries.push({ kind: '-', text: oldLines[row] })
  for (; column < newLines.length; column++) entries.push({ kind: '+', text: newLines[column] })
  return complete
}

module.exports = { blockOfHunk, blockOfTexts, compare, linesOf }
