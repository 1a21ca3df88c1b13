'use strict'

const { isUint8Array } = require('node:util').types
const { checkBoolean, checkInteger, checkKeys, checkObject, checkText, owned } = require('../arguments')
const { defineFeature } = require('../engines')
const { TenonError, invalidArgument } = require('../errors')
const { binding } = require('./binding')
const { applyToFiles } = require('./edits/files')
const { refusal } = require('./edits/report')
const { checkFiles, flatten } = require('./edits/requests')
const { WHITESPACES } = require('./lines')
const { UNITS } = require('./pieces')
const { FAVORS, STYLES } = require('./merge')
const { formatPatch: format } = require('./patch/format')
const { reverseFilePatch } = require('./patch/reverse')
const { checkFilePatch, showFilePatch } = require('./patch/shape')
const { ALGORITHMS } = require('./script')
const { shield, toBytes } = require('./text')

/** @typedef {import('./fallback').Text} Text */

const feature = defineFeature({ name: 'diff', native: binding, fallback: () => require('./fallback') })

const runApplyPatch = feature.sync('applyPatch')
const runChanges = feature.sync('changes')
const runCreatePatch = feature.sync('createPatch')
const runMerge = feature.sync('merge')
const runParseConflicts = feature.sync('parseConflicts')
const runSimilarity = feature.sync('similarity')
const runClosest = feature.sync('closest')
const runParseEdits = feature.sync('parseEdits')
const runApplyEdits = feature.sync('applyEdits')
const runParsePatch = feature.sync('parsePatch')
const runReversePatch = feature.sync('reversePatch')

/** Two of them together are a string still, with what stands around them. */
const MAX_TEXT_BYTES = 2 ** 27
const MAX_PIECES = 2 ** 24 - 1
const MAX_CONTEXT = 2 ** 30
const MAX_LINES = 2 ** 31 - 1
const MAX_COMPONENTS = 1000
const MARKER_SIZE = 7
const MAX_MARKER_SIZE = 1000
/** Some tenths of a second natively. */
const DEFAULT_STEPS = 2 ** 27
const MAX_CLOSEST = 100
const DEFAULT_FUZZY = 0.95

const COMPARE_OPTIONS = ['algorithm', 'ignoreWhitespace', 'timeoutWork', 'onCoarse']
const APPLY_OPTIONS = ['fuzz', 'maxOffset', 'partial', 'reverse', 'lineEndings']
const MERGE_OPTIONS = ['style', 'favor', 'labels', 'markerSize', 'algorithm', 'timeoutWork']
const PATCH_OPTIONS = [...COMPARE_OPTIONS, 'oldName', 'newName', 'context', 'heading']

const NO_OPTIONS = Object.freeze({})

/**
 * The texts of one call as engines take them: all strings that UTF-8 can carry, or all bytes; and what makes of a result
 * what the caller should have.
 * @typedef {{ texts: Text[], restore?: (text: any) => any }} Prepared
 */

/**
 * @param {string[]} names of the arguments
 * @param {unknown[]} texts
 * @returns {Prepared}
 */
function prepare(names, texts) {
  const given = /** @type {Text[]} */ (texts)
  let bytes = false
  let wellFormed = true
  for (let at = 0; at < given.length; at++) {
    const text = given[at]
    checkText(names[at], text)
    if (text.length > MAX_TEXT_BYTES) {
      throw new TenonError('ERR_LIMIT', `${names[at]} is longer than ${MAX_TEXT_BYTES}`, { argument: names[at] })
    }
    if (text.length === 0 && typeof text !== 'string') checkAttached(names[at], text)
    if (text.length > MAX_PIECES) checkLines(names[at], text)
    if (typeof text !== 'string') bytes = true
    else if (!text.isWellFormed()) wellFormed = false
  }
  if (bytes) {
    const inBytes = given.map((text) => (typeof text === 'string' ? Buffer.from(text) : owned(text)))
    return { texts: inBytes, restore: asBuffer }
  }
  return wellFormed ? { texts: given } : shield(/** @type {string[]} */ (given))
}

/**
 * What was transferred away is not the same as nothing.
 * @param {string} name
 * @param {Uint8Array} bytes
 */
function checkAttached(name, bytes) {
  try {
    new Uint8Array(bytes.buffer, 0, 0)
  } catch {
    // The one reason that it can have.
    throw new TenonError('ERR_INVALID_ARG', `${name} must not be detached`, { argument: name })
  }
}

/** The fallback numbers no more lines, and native gives the same answer. @param {string} name @param {Text} text */
function checkLines(name, text) {
  const inBytes = typeof text === 'string' ? text : asBuffer(text)
  let lines = 0
  for (let end = -1; (end = inBytes.indexOf('\n', end + 1)) >= 0; lines++) {
    if (lines > MAX_PIECES) {
      throw new TenonError('ERR_LIMIT', `${name} has more than ${MAX_PIECES} lines`, { argument: name })
    }
  }
}

/** Bytes as a Buffer, which is a Uint8Array that can more. @param {Uint8Array} bytes */
function asBuffer(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * @param {unknown} options
 * @param {readonly string[]} known
 * @returns {any}
 */
function checkOptions(options, known) {
  if (options === undefined) return NO_OPTIONS
  checkObject('options', options)
  checkKeys(/** @type {object} */ (options), known)
  return options
}

/**
 * @param {any} options checked for its keys
 * @param {string} algorithm that of the caller who names none
 * @returns {import('./lines').CompareLines}
 */
function compareOptions(options, algorithm) {
  const { ignoreWhitespace = false, timeoutWork = DEFAULT_STEPS, onCoarse } = options
  const chosen = ALGORITHMS.indexOf(options.algorithm === undefined ? algorithm : options.algorithm)
  if (chosen < 0) throw invalidArgument('options.algorithm', `one of ${ALGORITHMS.join(', ')}`, options.algorithm)
  const whitespace = ignoreWhitespace === true ? 'all' : ignoreWhitespace === false ? 'exact' : ignoreWhitespace
  const ignored = WHITESPACES.indexOf(whitespace)
  if (ignored < 0) {
    const expected = `a boolean or one of ${WHITESPACES.slice(1).join(', ')}`
    throw invalidArgument('options.ignoreWhitespace', expected, ignoreWhitespace)
  }
  checkInteger('options.timeoutWork', timeoutWork, 1, Number.MAX_SAFE_INTEGER)
  if (onCoarse !== undefined && typeof onCoarse !== 'function') {
    throw invalidArgument('options.onCoarse', 'a function', onCoarse)
  }
  return { algorithm: chosen, whitespace: ignored, maxSteps: timeoutWork }
}

/** @param {string} name @param {unknown} value */
function checkName(name, value) {
  if (value === undefined || value === null) return
  if (typeof value !== 'string' || value.includes('\0')) throw invalidArgument(name, 'a string without NUL', value)
}

/**
 * @param {string} unit
 * @param {string} algorithm
 * @returns {(a: any, b: any, options?: any) => any}
 */
function differ(unit, algorithm) {
  const number = UNITS.indexOf(unit)
  return (a, b, options) => {
    const checked = checkOptions(options, COMPARE_OPTIONS)
    const compare = compareOptions(checked, algorithm)
    if (unit !== 'lines' && WHITESPACES[compare.whitespace] !== 'exact') {
      throw new TenonError('ERR_INVALID_ARG', 'options.ignoreWhitespace is for lines', {
        argument: 'options.ignoreWhitespace'
      })
    }
    const { texts, restore } = prepare(['a', 'b'], [a, b])
    for (const text of unit === 'lines' ? [] : texts) {
      if (text.length > MAX_PIECES) {
        throw new TenonError('ERR_LIMIT', `texts for ${unit} may be as long as ${MAX_PIECES}`, { argument: 'a, b' })
      }
    }
    const table = runChanges(texts[0], texts[1], number, compare)
    const changes = shapeChanges(table, texts[0], texts[1], restore)
    if (table[0] === 1) checked.onCoarse?.()
    return changes
  }
}

/**
 * @param {Uint32Array} table
 * @param {any} before
 * @param {any} after
 * @param {((text: any) => any) | undefined} restore
 */
function shapeChanges(table, before, after, restore) {
  /** @type {{ value: any, added: boolean, removed: boolean, count: number }[]} */
  const changes = []
  /** @param {any} text @param {number} start @param {number} end @param {number} count @param {boolean} added @param {boolean} removed */
  const push = (text, start, end, count, added, removed) => {
    if (count === 0) return
    // A part of its own, so that a caller who writes into one does not change the other.
    const value = typeof text === 'string' ? text.slice(start, end) : Uint8Array.prototype.slice.call(text, start, end)
    changes.push({ value: restore ? restore(value) : value, added, removed, count })
  }
  let piece = 0
  let position = 0
  for (let at = 2; at < table.length; at += 8) {
    push(after, position, table[at + 6], table[at + 2] - piece, false, false)
    push(before, table[at + 4], table[at + 5], table[at + 1] - table[at], false, true)
    push(after, table[at + 6], table[at + 7], table[at + 3] - table[at + 2], true, false)
    piece = table[at + 3]
    position = table[at + 7]
  }
  push(after, position, after.length, table[1] - piece, false, false)
  return changes
}

/** @type {typeof import('../..').diff.lines} */
const lines = differ('lines', 'histogram')
/** @type {typeof import('../..').diff.words} */
const words = differ('words', 'minimal')
/** @type {typeof import('../..').diff.chars} */
const chars = differ('chars', 'minimal')
/** @type {typeof import('../..').diff.sentences} */
const sentences = differ('sentences', 'minimal')

/** @type {typeof import('../..').diff.createPatch} */
function createPatch(/** @type {any} */ a, /** @type {any} */ b, /** @type {any} */ options) {
  const checked = checkOptions(options, PATCH_OPTIONS)
  const compare = compareOptions(checked, 'histogram')
  const { context = 3, heading = false } = checked
  checkInteger('options.context', context, 0, MAX_CONTEXT)
  checkBoolean('options.heading', heading)
  const names = patchNames(checked)
  const { texts, restore } = prepare(['a', 'b', 'options.oldName and newName'], [a, b, names])
  const { algorithm, whitespace, maxSteps } = compare
  const settings = { algorithm, whitespace, maxSteps, context, heading }
  const patch = runCreatePatch(texts[0], texts[1], texts[2], settings)
  const text = restore ? restore(patch.text) : patch.text
  if (patch.coarse) checked.onCoarse?.()
  return text
}

/** @type {typeof import('../..').diff.structuredPatch} */
function structuredPatch(/** @type {any} */ a, /** @type {any} */ b, /** @type {any} */ options) {
  const checked = checkOptions(options, PATCH_OPTIONS)
  const patch = createPatch(a, b, checked)
  const [oldName, newName] = patchNames(checked)
    .split('\0')
    .map((name) => (name === '/dev/null' ? null : name))
  return { oldName, newName, hunks: patch.length === 0 ? [] : /** @type {any} */ (parsePatch)(patch)[0].hunks }
}

/** Both names, with a NUL between them. @param {{ oldName?: unknown, newName?: unknown }} options */
function patchNames({ oldName, newName }) {
  if (oldName === undefined && newName === undefined) return 'a\0b'
  checkName('options.oldName', oldName)
  checkName('options.newName', newName)
  // One name is for both sides, unless a side has no file.
  const known = oldName ?? newName ?? 'file'
  const [from, to] = [oldName, newName].map((name) => (name === null ? '/dev/null' : (name ?? known)))
  return `${from}\0${to}`
}

/** @type {typeof import('../..').diff.merge} */
function merge(
  /** @type {any} */ base,
  /** @type {any} */ ours,
  /** @type {any} */ theirs,
  /** @type {any} */ options
) {
  const checked = checkOptions(options, MERGE_OPTIONS)
  const settings = { ...compareOptions(checked, 'myers'), ...mergeOptions(checked) }
  const names = ['base', 'ours', 'theirs', 'options.labels']
  const { texts, restore } = prepare(names, [base, ours, theirs, mergeLabels(checked.labels)])
  const { text, clean, coarse, conflicts } = runMerge(texts[0], texts[1], texts[2], texts[3], settings)
  return { text: restore ? restore(text) : text, clean, coarse, conflicts: shapeConflicts(conflicts) }
}

/** @param {any} options */
function mergeOptions({ style = 'merge', favor, markerSize = MARKER_SIZE }) {
  if (!STYLES.includes(style)) throw invalidArgument('options.style', `one of ${STYLES.join(', ')}`, style)
  if (!FAVORS.includes(favor)) throw invalidArgument('options.favor', 'ours or theirs', favor)
  checkInteger('options.markerSize', markerSize, 1, MAX_MARKER_SIZE)
  return { style: STYLES.indexOf(style), favor: FAVORS.indexOf(favor), markerSize }
}

/** The three labels, with an LF between them. @param {unknown} labels */
function mergeLabels(labels = {}) {
  const sides = ['ours', 'base', 'theirs']
  checkObject('options.labels', labels)
  checkKeys(/** @type {object} */ (labels), sides)
  const given = /** @type {Record<string, unknown>} */ (labels)
  const lines = sides.map((side) => {
    const label = given[side] === undefined ? side : given[side]
    if (typeof label !== 'string' || label.includes('\n')) {
      throw invalidArgument(`options.labels.${side}`, 'a string without LF', label)
    }
    return label
  })
  return lines.join('\n')
}

/** @param {Uint32Array} numbers eight each */
function shapeConflicts(numbers) {
  /** @type {import('../..').diff.Conflict[]} */
  const conflicts = []
  for (let at = 0; at < numbers.length; at += 8) {
    const [startLine, endLine] = [numbers[at], numbers[at + 1]]
    const [ours, base, theirs] = [2, 4, 6].map((side) => ({
      startLine: numbers[at + side],
      lineCount: numbers[at + side + 1]
    }))
    conflicts.push({ startLine, endLine, ours, base, theirs })
  }
  return conflicts
}

/** @type {typeof import('../..').diff.parseConflicts} */
function parseConflicts(text, options) {
  const { markerSize = MARKER_SIZE } = checkOptions(options, ['markerSize'])
  checkInteger('options.markerSize', markerSize, 1, MAX_MARKER_SIZE)
  const { texts, restore } = prepare(['text'], [text])
  const conflicts = runParseConflicts(texts[0], markerSize)
  // A label is a string in any case: what is not UTF-8 in one of bytes cannot be shown, and a stand-in was none.
  const show = typeof text === 'string' ? restore : (/** @type {string} */ label) => label.toWellFormed()
  if (show) {
    for (const { labels } of conflicts) for (const side of Object.keys(labels)) labels[side] = show(labels[side])
  }
  return conflicts
}

/** @type {typeof import('../..').diff.similarity} */
function similarity(a, b) {
  const { texts } = prepare(['a', 'b'], [a, b])
  return runSimilarity(texts[0], texts[1])
}

/** @type {typeof import('../..').diff.closest} */
function closest(haystack, needle, options) {
  const { limit = 3, minScore = 0 } = checkOptions(options, ['limit', 'minScore'])
  checkInteger('options.limit', limit, 1, MAX_CLOSEST)
  checkScore('options.minScore', minScore)
  const { texts } = prepare(['haystack', 'needle'], [haystack, needle])
  return runClosest(texts[0], texts[1], limit, minScore)
}

/** @param {string} name @param {unknown} value */
function checkScore(name, value) {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) {
    throw invalidArgument(name, 'a number from 0 to 1', value)
  }
}

/** @type {typeof import('../..').diff.parseEdits} */
function parseEdits(/** @type {any} */ text) {
  const { texts, restore } = prepare(['text'], [text])
  const parsed = runParseEdits(texts[0])
  const isString = typeof text === 'string'
  if (isString && restore === undefined) return parsed
  // Paths and anchors of bytes are found in other texts again as bytes; a path is a string in any case.
  const path = isString ? /** @type {any} */ (restore) : (/** @type {string} */ path) => path.toWellFormed()
  const content = isString ? /** @type {any} */ (restore) : toBytes
  for (const file of parsed.files) {
    if (file.path !== null) file.path = path(file.path)
    if (file.newPath !== undefined) file.newPath = path(file.newPath)
    for (const edit of file.edits) {
      if (edit.lines === undefined) {
        edit.oldText = content(edit.oldText)
        edit.newText = content(edit.newText)
      } else {
        edit.lines = edit.lines.map(content)
        edit.anchors = edit.anchors.map(content)
      }
    }
  }
  return parsed
}

/** @type {typeof import('../..').diff.applyEdits} */
function applyEdits(/** @type {any} */ source, /** @type {any} */ edits, /** @type {any} */ options) {
  const { fuzzy = DEFAULT_FUZZY, partial = false } = checkOptions(options, ['fuzzy', 'partial'])
  if (fuzzy !== false) checkScore('options.fuzzy', fuzzy)
  checkBoolean('options.partial', partial)
  const isText = typeof source === 'string' || isUint8Array(source)
  if (!isText) checkSources(source)
  const given = typeof edits === 'string' || isUint8Array(edits) ? parseEdits(/** @type {any} */ (edits)) : edits
  /** @type {(text: Text, edits: any[], partial: boolean) => any} */
  const apply = (text, edits, partial) => applyToText(text, edits, fuzzy === false ? -1 : fuzzy, partial)
  if (Array.isArray(given)) {
    if (!isText) throw invalidArgument('source', 'a string or a Uint8Array where edits have no paths', source)
    return finish(apply(source, given, partial), partial)
  }
  checkObject('edits', given)
  const files = checkFiles(given, 'edits')
  if (!isText) return applyToFiles(source, files, partial, apply)
  const [file] = files
  if (files.length !== 1 || file.operation === 'delete' || file.operation === 'move') {
    const what = files.length === 1 ? `the edits ${file.operation} the file` : `the edits are of ${files.length} files`
    throw new TenonError('ERR_PATCH_REJECTED', `${what}: give the texts by path`, { edits: [] })
  }
  return finish(apply(source, file.edits, partial), partial)
}

/** @param {unknown} sources */
function checkSources(sources) {
  checkObject('source', sources)
  const entries = sources instanceof Map ? [...sources] : Object.entries(/** @type {object} */ (sources))
  for (const [path, text] of entries) {
    if (typeof path !== 'string') throw invalidArgument('source', 'a Map of strings', path)
    if (text !== null) checkText(`source[${JSON.stringify(path)}]`, text)
  }
}

/**
 * @param {Text} source
 * @param {any[]} edits
 * @param {number} fuzzy
 * @param {boolean} partial
 */
function applyToText(source, edits, fuzzy, partial) {
  const { kinds, names, texts: own } = flatten(edits, 'edits')
  const { texts, restore } = prepare(['source', ...names], [source, ...own])
  const [text, ...rest] = texts
  const applied = runApplyEdits(text, rest, kinds, fuzzy, partial)
  // What is shown is a string in any case.
  const show = typeof text === 'string' ? restore : (/** @type {string} */ shown) => shown.toWellFormed()
  if (show) {
    for (const { closest } of applied.edits) for (const near of closest ?? []) near.text = show(near.text)
  }
  return { text: restore && applied.text !== null ? restore(applied.text) : applied.text, edits: applied.edits }
}

/** @param {any} applied @param {boolean} partial */
function finish(applied, partial) {
  if (!partial && applied.text === null) throw refusal(applied.edits)
  return applied
}

/** @type {typeof import('../..').diff.parsePatch} */
function parsePatch(/** @type {any} */ patch, /** @type {any} */ options) {
  const { strip = 0 } = checkOptions(options, ['strip'])
  checkInteger('options.strip', strip, 0, MAX_COMPONENTS)
  const { texts, restore = asItIs } = prepare(['patch'], [patch])
  const files = /** @type {import('./patch/parse').FilePatch[]} */ (runParsePatch(texts[0], strip))
  return files.map((file) => showFilePatch(file, typeof patch !== 'string', restore))
}

/** @template T @param {T} value */
const asItIs = (value) => value

/** @type {typeof import('../..').diff.applyPatch} */
function applyPatch(/** @type {any} */ source, /** @type {any} */ patch, /** @type {any} */ options) {
  const settings = applyOptions(checkOptions(options, APPLY_OPTIONS))
  let text = patch
  if (!isText(patch)) {
    checkText('source', source)
    const { file, bytes } = checkFilePatch('patch', patch)
    if (file.binary) throw binaryPatch(file.line)
    if (file.hunks.length === 0) return unchanged(source, settings.reverse === true)
    text = format([onlyHunks(file)])
    if (bytes || typeof source !== 'string') text = toBytes(text)
  }
  const { texts, restore } = prepare(['source', 'patch'], [source, text])
  const applied = runApplyPatch(texts[0], texts[1], settings)
  if (applied.text === null) throw rejection(applied.hunks)
  return restore ? { ...applied, text: restore(applied.text) } : applied
}

/** @param {unknown} value */
const isText = (value) => typeof value === 'string' || isUint8Array(value)

/**
 * @param {any} options checked for its keys
 * @returns {import('./patch/apply').ApplyOptions}
 */
function applyOptions({ fuzz = 0, maxOffset = Infinity, partial = false, reverse = false, lineEndings = 'auto' }) {
  checkInteger('options.fuzz', fuzz, 0, MAX_LINES)
  if (maxOffset !== Infinity) checkInteger('options.maxOffset', maxOffset, 0, MAX_LINES)
  checkBoolean('options.partial', partial)
  if (reverse !== 'auto' && typeof reverse !== 'boolean') {
    throw invalidArgument('options.reverse', "a boolean or 'auto'", reverse)
  }
  if (lineEndings !== 'auto' && lineEndings !== 'exact') {
    throw invalidArgument('options.lineEndings', 'auto or exact', lineEndings)
  }
  return { fuzz, maxOffset, partial, reverse, lineEndings }
}

/**
 * The patch of the same hunks without what applying it does not need.
 * @param {import('./patch/parse').FilePatch} file
 * @returns {import('./patch/parse').FilePatch}
 */
function onlyHunks({ operation, hunks }) {
  const whole = operation === 'create' || operation === 'delete'
  return {
    oldName: operation === 'create' ? null : 'a',
    newName: operation === 'delete' ? null : 'b',
    operation: whole ? operation : 'modify',
    binary: false,
    line: 1,
    hunks
  }
}

/** @param {number} line */
function binaryPatch(line) {
  return new TenonError('ERR_PATCH_INVALID', `line ${line}: a binary patch has no lines to apply`, { line })
}

/** @param {Text} source @param {boolean} reversed @returns {any} */
function unchanged(source, reversed) {
  const text = typeof source === 'string' ? source : Buffer.from(source)
  return { text, hunks: [], alreadyApplied: false, reversed }
}

/**
 * The error for a patch of which a hunk has no place.
 * @param {import('./patch/apply').AppliedHunk[]} hunks
 */
function rejection(hunks) {
  const failed = hunks.filter(({ reason }) => reason !== undefined)
  const hunk = failed.find(({ reason }) => reason !== 'already-applied') ?? failed[0]
  const number = hunks.indexOf(hunk) + 1
  const { reason, line, others = [], closest: [nearest] = [] } = hunk
  const places = others.length > 0 ? `, found in line ${others.join(' and in line ')}` : ''
  const like = nearest ? `, most like it are lines ${nearest.startLine} to ${nearest.endLine}` : ''
  const message = `hunk ${number} of ${hunks.length} has no place (${reason}): expected in line ${line}${places}${like}`
  const code = reason === 'ambiguous' ? 'ERR_PATCH_AMBIGUOUS' : 'ERR_PATCH_REJECTED'
  return new TenonError(code, message, { hunk: number, hunks })
}

/** @param {any} patch @returns {any} */
function reversePatch(patch) {
  if (!isText(patch)) {
    const { file, bytes } = checkFilePatch('patch', patch)
    return showFilePatch(reverseFilePatch(file), bytes, asItIs)
  }
  const { texts, restore } = prepare(['patch'], [patch])
  const reversed = runReversePatch(texts[0])
  return restore ? restore(reversed) : reversed
}

/** @type {typeof import('../..').diff.formatPatch} */
function formatPatch(/** @type {any} */ files) {
  if (!Array.isArray(files)) throw invalidArgument('files', 'an array', files)
  const checked = files.map((file, at) => checkFilePatch(`files[${at}]`, file))
  const text = format(checked.map(({ file }) => file))
  return checked.some(({ bytes }) => bytes) ? toBytes(text) : text
}

module.exports = {
  applyEdits,
  applyPatch,
  chars,
  closest,
  createPatch,
  formatPatch,
  lines,
  merge,
  parseConflicts,
  parseEdits,
  parsePatch,
  reversePatch,
  sentences,
  similarity,
  structuredPatch,
  words
}
