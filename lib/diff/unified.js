'use strict'

// Unified patches. `crates/diff/src/unified.rs` is the same.

const { diffLines } = require('./lines')

/** @typedef {import('./lines').CompareLines} CompareLines */
/**
 * @typedef {CompareLines & { context: number, heading: boolean }} PatchOptions with the number of unchanged lines around
 *   changes, and whether the hunks' headers end in the line that git takes for the head of the function they are in
 */
/** @typedef {{ beforeStart: number, beforeEnd: number, afterStart: number, afterEnd: number }} Change */

/**
 * The unified patch that makes `after` of `before`: what `git diff` writes from `---` on; empty where they are equal.
 * @param {string} before
 * @param {string} after
 * @param {string} oldName
 * @param {string} newName
 * @param {PatchOptions} options
 * @returns {{ text: string, coarse: boolean }}
 */
function createPatch(before, after, oldName, newName, options) {
  if (before === after) return { text: '', coarse: false }
  const diff = diffLines(before, after, options)
  const { changes, coarse } = diff
  if (changes.length === 0) return { text: '', coarse }
  const patch = [`--- ${quoted(oldName)}\n+++ ${quoted(newName)}\n`]
  const search = { found: '', searched: 0 }
  for (let first = 0, end; first < changes.length; first = end) {
    end = first + 4
    while (end < changes.length && changes[end] - changes[end - 3] <= 2 * options.context) end += 4
    const hunk = changes.subarray(first, end)
    const heading = options.heading ? findHeading(search, diff.before, Math.max(0, hunk[0] - options.context)) : ''
    pushHunk(diff.before, diff.after, hunk, options.context, heading, patch)
  }
  return { text: patch.join(''), coarse }
}

/**
 * Adds the changes as one hunk.
 * @param {string[]} before
 * @param {string[]} after
 * @param {Uint32Array} changes
 * @param {number} context
 * @param {string} heading
 * @param {string[]} patch
 */
function pushHunk(before, after, changes, context, heading, patch) {
  const [firstBefore, , firstAfter] = changes
  const lastBefore = changes[changes.length - 3]
  const lastAfter = changes[changes.length - 1]
  // The context is the new text's, which differs from the old one's where white space does not count.
  const lead = Math.min(context, firstBefore, firstAfter)
  const trail = Math.min(context, before.length - lastBefore, after.length - lastAfter)
  const oldRange = range(firstBefore - lead, lastBefore + trail)
  const newRange = range(firstAfter - lead, lastAfter + trail)
  patch.push(`@@ -${oldRange} +${newRange} @@${heading === '' ? '' : ` ${heading}`}\n`)
  let at = firstAfter - lead
  for (let change = 0; change < changes.length; change += 4) {
    pushLines(' ', after, at, changes[change + 2], patch)
    pushLines('-', before, changes[change], changes[change + 1], patch)
    pushLines('+', after, changes[change + 2], changes[change + 3], patch)
    at = changes[change + 3]
  }
  pushLines(' ', after, at, lastAfter + trail, patch)
}

/**
 * Adds lines of a hunk behind their marker.
 * @param {string} marker
 * @param {string[]} lines
 * @param {number} start
 * @param {number} end
 * @param {string[]} patch
 */
function pushLines(marker, lines, start, end, patch) {
  for (let at = start; at < end; at++) {
    patch.push(marker, lines[at])
    if (!lines[at].endsWith('\n')) patch.push('\n\\ No newline at end of file\n')
  }
}

/**
 * A range as `start,count`: an empty one starts at the line before it, and a count of one is left out.
 * @param {number} start
 * @param {number} end
 */
function range(start, end) {
  if (end - start === 1) return `${end}`
  return end === start ? `${start},0` : `${start + 1},${end - start}`
}

/** @type {Record<string, string>} */
const ESCAPES = {
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\'
}

/**
 * A name as git writes it: with a tab behind it where it has a space, so that it is known where it ends; in double quotes,
 * with escapes as in C, where it has a control character, a double quote or a backslash.
 * @param {string} name
 */
function quoted(name) {
  const special = /[\x00-\x1f"\\\x7f]/
  if (!special.test(name)) return name.includes(' ') ? `${name}\t` : name
  const escaped = name.replace(
    new RegExp(special, 'g'),
    (unit) => ESCAPES[unit] ?? `\\${unit.charCodeAt(0).toString(8).padStart(3, '0')}`
  )
  return `"${escaped}"`
}

/** The most bytes of a line that a hunk's header shows. */
const MAX_HEADING_BYTES = 80

/**
 * The line that a hunk's header shows: the last one above `start` that begins with a letter, `_` or `$`.
 * @param {{ found: string, searched: number }} search goes on where it ended before
 * @param {string[]} before
 * @param {number} start
 */
function findHeading(search, before, start) {
  for (let at = start - 1; at >= search.searched; at--) {
    if (!/^[A-Za-z_$]/.test(before[at])) continue
    search.found = headingOf(before[at])
    break
  }
  search.searched = start
  return search.found
}

/** @param {string} line */
function headingOf(line) {
  let bytes = 0
  let end = 0
  for (const character of line) {
    // A lone surrogate is a byte that is no UTF-8.
    bytes += character.isWellFormed() ? Buffer.byteLength(character) : 1
    if (bytes > MAX_HEADING_BYTES) break
    end += character.length
  }
  return line.slice(0, end).replace(/[ \t\n\f\r]+$/, '')
}

module.exports = { createPatch, quoted }
