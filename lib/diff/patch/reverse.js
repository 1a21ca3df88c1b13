'use strict'

// Patches that take back what others do. `crates/diff/src/patch/reverse.rs` does the same.

const { formatPatch } = require('./format')
const { invalid, parsePatch } = require('./parse')

/** @typedef {import('./parse').FilePatch} FilePatch */
/** @typedef {import('./parse').Hunk} Hunk */

/**
 * The patch that takes back what the patch `text` does, the last file first. Text around the patches is left out.
 * @param {string} text
 */
function reversePatch(text) {
  return formatPatch(parsePatch(text, 0).reverse().map(reverseFilePatch))
}

/**
 * The patch that takes back what `file` does. A copy is refused, whose reverse would delete a file of which the patch does
 * not have all lines, and a binary patch without the old text.
 * @param {FilePatch} file
 * @returns {FilePatch}
 */
function reverseFilePatch(file) {
  if (file.operation === 'copy') {
    throw invalid(file.line - 1, 'a copy cannot be reversed: the patch does not have the text of the new file')
  }
  if (file.binaryBlocks?.length === 1) {
    throw invalid(file.line - 1, 'a binary patch without the old text cannot be reversed')
  }
  /** @type {FilePatch} */
  const reversed = {
    oldName: file.newName,
    newName: file.oldName,
    operation: file.operation === 'create' ? 'delete' : file.operation === 'delete' ? 'create' : file.operation,
    binary: file.binary,
    line: file.line,
    hunks: file.hunks.map(reverseHunk)
  }
  if (file.newMode !== undefined) reversed.oldMode = file.newMode
  if (file.oldMode !== undefined) reversed.newMode = file.oldMode
  if (file.similarity !== undefined) reversed.similarity = file.similarity
  if (file.newHash !== undefined) reversed.oldHash = file.newHash
  if (file.oldHash !== undefined) reversed.newHash = file.oldHash
  if (file.prefixes) reversed.prefixes = [file.prefixes[1], file.prefixes[0]]
  if (file.escaped) reversed.escaped = true
  if (file.binaryBlocks) reversed.binaryBlocks = file.binaryBlocks.toReversed()
  return reversed
}

/**
 * @param {Hunk} hunk
 * @returns {Hunk}
 */
function reverseHunk(hunk) {
  /** @type {string[]} */
  const lines = []
  // What is taken away is written before what is put in its place.
  /** @type {string[]} */
  let taken = []
  /** @type {string[]} */
  let put = []
  const flush = () => {
    for (const line of taken) lines.push(line)
    for (const line of put) lines.push(line)
    ;[taken, put] = [[], []]
  }
  let last = ' '
  for (const line of hunk.lines) {
    const marker = line[0]
    if (marker === '-') put.push('+' + line.slice(1))
    else if (marker === '+') taken.push('-' + line.slice(1))
    else if (marker === '\\' && last === '-') put.push(line)
    else if (marker === '\\' && last === '+') taken.push(line)
    else {
      if (marker !== '\\') flush()
      lines.push(line)
    }
    last = marker
  }
  flush()
  return {
    oldStart: hunk.newStart,
    oldLines: hunk.newLines,
    newStart: hunk.oldStart,
    newLines: hunk.oldLines,
    ...(hunk.heading && { heading: hunk.heading }),
    lines
  }
}

module.exports = { reverseFilePatch, reversePatch }
