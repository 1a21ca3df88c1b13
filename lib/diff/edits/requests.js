'use strict'

// The edits of a caller: checked, and flat as the engines take them.

const { checkBoolean, checkKeys, checkObject, checkText } = require('../../arguments')
const { TenonError, invalidArgument } = require('../../errors')

/** What is in the number of an edit. */
const HUNK = 1
const ALL = 2
const WHOLE_LINES = 4
const AT_END = 8
const FIRST = 16
const ANCHORS = 32

const TEXT_KEYS = ['oldText', 'newText', 'all', 'wholeLines', 'line']
const HUNK_KEYS = ['lines', 'anchors', 'atEnd', 'first', 'hint', 'line']
const OPERATIONS = ['update', 'create', 'delete', 'move']
/** As many need a tenth of a second in a text of some thousand lines. */
const MAX_EDITS = 10_000

/** @typedef {string | Uint8Array} Text */
/**
 * Two texts an edit: the old and the new one, or the lines and the anchors of a hunk, each with LF between them.
 * @typedef {{ names: string[], texts: Text[], kinds: number[] }} Flat
 */

/**
 * @param {unknown} edits
 * @param {string} name
 * @returns {Flat}
 */
function flatten(edits, name) {
  if (!Array.isArray(edits)) throw invalidArgument(name, 'an array of edits', edits)
  if (edits.length > MAX_EDITS) {
    throw new TenonError('ERR_LIMIT', `${name} has more than ${MAX_EDITS} edits`, { argument: name })
  }
  /** @type {Flat} */
  const flat = { names: [], texts: [], kinds: [] }
  edits.forEach((edit, at) => {
    const own = `${name}[${at}]`
    checkObject(own, edit)
    if (edit.lines === undefined) flattenTexts(edit, own, flat)
    else flattenHunk(edit, own, flat)
  })
  return flat
}

/** @param {any} edit @param {string} name @param {Flat} flat to which it is added */
function flattenTexts(edit, name, { names, texts, kinds }) {
  checkKeys(edit, TEXT_KEYS)
  const { oldText, newText, all = false, wholeLines = false } = edit
  checkText(`${name}.oldText`, oldText)
  checkText(`${name}.newText`, newText)
  checkBoolean(`${name}.all`, all)
  checkBoolean(`${name}.wholeLines`, wholeLines)
  names.push(`${name}.oldText`, `${name}.newText`)
  texts.push(oldText, newText)
  kinds.push((all ? ALL : 0) | (wholeLines ? WHOLE_LINES : 0))
}

/** @param {any} edit @param {string} name @param {Flat} flat to which it is added */
function flattenHunk(edit, name, { names, texts, kinds }) {
  checkKeys(edit, HUNK_KEYS)
  const { lines, anchors = [], atEnd = false, first = false } = edit
  checkLines(`${name}.lines`, lines, true)
  if (lines.length === 0) throw invalidArgument(`${name}.lines`, 'an array of lines', lines)
  checkLines(`${name}.anchors`, anchors, false)
  checkBoolean(`${name}.atEnd`, atEnd)
  checkBoolean(`${name}.first`, first)
  names.push(`${name}.lines`, `${name}.anchors`)
  texts.push(joined(lines), joined(anchors))
  kinds.push(HUNK | (atEnd ? AT_END : 0) | (first ? FIRST : 0) | (anchors.length > 0 ? ANCHORS : 0))
}

/** @param {string} name @param {unknown} lines @param {boolean} signed */
function checkLines(name, lines, signed) {
  if (!Array.isArray(lines)) throw invalidArgument(name, 'an array of lines', lines)
  lines.forEach((line, at) => {
    checkText(`${name}[${at}]`, line)
    const first = typeof line === 'string' ? line.slice(0, 1) : String.fromCharCode(...line.subarray(0, 1))
    const lineFeed = typeof line === 'string' ? '\n' : 10
    if (line.includes(lineFeed)) throw invalidArgument(`${name}[${at}]`, 'a line without LF', line)
    if (signed ? !' -+\\'.includes(first) : first === '') {
      throw invalidArgument(`${name}[${at}]`, signed ? "a line behind ' ', '-', '+' or '\\'" : 'a line', line)
    }
  })
}

/** Lines with LF between them; bytes where any is bytes. @param {Text[]} lines @returns {Text} */
function joined(lines) {
  if (lines.every((line) => typeof line === 'string')) return lines.join('\n')
  const parts = lines.flatMap((line) => [Buffer.from('\n'), Buffer.from(/** @type {any} */ (line))])
  return Buffer.concat(parts.slice(1))
}

/**
 * The edits of files, as `parseEdits` gives them.
 * @param {any} parsed
 * @param {string} name
 * @returns {import('../../..').diff.ParsedFile<any>[]}
 */
function checkFiles(parsed, name) {
  const files = Array.isArray(parsed.files) ? parsed.files : [parsed]
  for (const file of files) {
    checkObject(name, file)
    const { path, operation, newPath, edits } = file
    if (path !== null && typeof path !== 'string') throw invalidArgument(`${name}.path`, 'a string or null', path)
    if (!OPERATIONS.includes(operation)) {
      throw invalidArgument(`${name}.operation`, `one of ${OPERATIONS.join(', ')}`, operation)
    }
    if (operation === 'move' ? typeof newPath !== 'string' : newPath !== undefined) {
      throw invalidArgument(`${name}.newPath`, operation === 'move' ? 'a string' : 'undefined', newPath)
    }
    if (!Array.isArray(edits)) throw invalidArgument(`${name}.edits`, 'an array of edits', edits)
  }
  return files
}

module.exports = { ALL, ANCHORS, AT_END, FIRST, HUNK, WHOLE_LINES, checkFiles, flatten }
