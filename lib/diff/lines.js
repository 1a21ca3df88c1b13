'use strict'

// Texts as lines that can be compared. `crates/diff/src/lines.rs` is the same.

const { compare } = require('./script')
const { Interner } = require('./token')

/** Which white space does not count, by their numbers at the border between the engines. */
const WHITESPACES = Object.freeze(['exact', 'carriage-return', 'at-end', 'change', 'all'])

/** @typedef {{ algorithm: number, whitespace: number, maxSteps: number }} CompareLines */

/**
 * Compares two texts line by line.
 * @param {string} before
 * @param {string} after
 * @param {CompareLines} options
 */
function diffLines(before, after, { algorithm, whitespace, maxSteps }) {
  const linesBefore = split(before)
  const linesAfter = split(after)
  const interner = new Interner()
  const normal = NORMAL[WHITESPACES[whitespace]]
  const symbolsBefore = interner.internAll(normal ? linesBefore.map(normal) : linesBefore)
  const symbolsAfter = interner.internAll(normal ? linesAfter.map(normal) : linesAfter)
  const script = compare(symbolsBefore, symbolsAfter, interner.size, {
    algorithm,
    indentation: [(position) => indentation(linesBefore[position]), (position) => indentation(linesAfter[position])],
    maxSteps
  })
  return { before: linesBefore, after: linesAfter, ...script }
}

/**
 * The lines of a text, each with the LF it ends in; the last may have none. A CR is part of its line, as in git.
 * @param {string} text
 */
function split(text) {
  const lines = []
  let start = 0
  for (let end; (end = text.indexOf('\n', start) + 1) > 0; start = end) lines.push(text.slice(start, end))
  if (start < text.length) lines.push(text.slice(start))
  return lines
}

/** A line without the white space that does not count. @type {Record<string, (line: string) => string>} */
const NORMAL = {
  // Where there is no LF, a CR is not at the end of a line.
  'carriage-return': (line) => line.replace(/\r?\n$/, ''),
  'at-end': withoutEnd,
  change: (line) => withoutEnd(line).replace(/[ \t\r\n]+/g, ' '),
  all: (line) => line.replace(/[ \t\r\n]+/g, '')
}

/** @param {string} line */
function withoutEnd(line) {
  let end = line.length
  while (end > 0 && isSpace(line.charCodeAt(end - 1))) end--
  return line.slice(0, end)
}

/** @param {number} unit */
function isSpace(unit) {
  return unit === 0x20 || unit === 0x09 || unit === 0x0d || unit === 0x0a
}

/** No indentation counts as more columns. */
const MAX_INDENTATION = 200

/**
 * The indentation of a line in columns, with tab stops at each eighth; −1 for a blank line. At most 200.
 * @param {string} line
 */
function indentation(line) {
  let columns = 0
  for (let at = 0; at < line.length; at++) {
    const unit = line.charCodeAt(at)
    if (unit === 0x20) columns++
    else if (unit === 0x09) columns += 8 - (columns % 8)
    else if (unit !== 0x0d && unit !== 0x0a) return columns
    if (columns >= MAX_INDENTATION) return MAX_INDENTATION
  }
  return -1
}

module.exports = { WHITESPACES, diffLines, split }
