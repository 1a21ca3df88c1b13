'use strict'

// Patches of files as callers have them, whose lines may be bytes, and as the rest of this folder has them, in strings.

const { isUint8Array } = require('node:util').types
const { TenonError, invalidArgument } = require('../../errors')
const { toBytes, toString } = require('../text')
const { MAX_NUMBER } = require('./parse')

/** @typedef {import('./parse').FilePatch} FilePatch */
/** @typedef {import('./parse').Hunk} Hunk */

/** @type {readonly import('./parse').Operation[]} */
const OPERATIONS = ['modify', 'create', 'delete', 'rename', 'copy']
const MARKERS = ' -+\\'

/**
 * A patch as callers have it: its names and headings are strings in any case, in which an invalid byte is a lone
 * surrogate.
 * @param {FilePatch} file
 * @param {boolean} bytes whether its lines are to be bytes
 * @param {(text: string) => string} restore
 * @returns {any}
 */
function showFilePatch(file, bytes, restore) {
  // Escaped bytes next to bytes that are not may be a character.
  const show = bytes ? (/** @type {string} */ text) => toString(toBytes(text)) : restore
  /** @type {(text: string) => string | Buffer} */
  const line = bytes ? toBytes : restore
  const shown = { ...file }
  for (const side of /** @type {const} */ (['oldName', 'newName'])) {
    const name = file[side]
    shown[side] = name === null ? null : show(name)
  }
  if (file.prefixes) shown.prefixes = [show(file.prefixes[0]), show(file.prefixes[1])]
  return {
    ...shown,
    ...(file.binaryBlocks && { binaryBlocks: file.binaryBlocks.map(line) }),
    hunks: file.hunks.map((hunk) => ({
      ...hunk,
      ...(hunk.heading !== undefined && { heading: show(hunk.heading) }),
      lines: hunk.lines.map(line)
    }))
  }
}

/**
 * A patch that a caller made or changed, checked, and whether any of its lines are bytes. jsdiff's names of properties and
 * its `/dev/null` are taken too.
 * @param {string} argument
 * @param {any} value
 * @returns {{ file: FilePatch, bytes: boolean }}
 */
function checkFilePatch(argument, value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidArgument(argument, 'a string, a Uint8Array or the patch of a file', value)
  }
  const lines = new Lines(argument)
  const oldName = checkName(`${argument}.oldName`, value.oldName === undefined ? value.oldFileName : value.oldName)
  const newName = checkName(`${argument}.newName`, value.newName === undefined ? value.newFileName : value.newName)
  const usual = oldName === null ? 'create' : newName === null ? 'delete' : 'modify'
  const { operation = usual, hunks, line = 1 } = value
  if (!OPERATIONS.includes(operation)) {
    throw invalidArgument(`${argument}.operation`, `one of ${OPERATIONS.join(', ')}`, operation)
  }
  if (oldName === null && newName === null) throw contradiction(argument, 'both names are null')
  if ((operation === 'create') !== (oldName === null) || (operation === 'delete') !== (newName === null)) {
    throw contradiction(argument, `the names are not those of the operation ${operation}`)
  }
  if (!Array.isArray(hunks)) throw invalidArgument(`${argument}.hunks`, 'an array', hunks)
  checkNumber(`${argument}.line`, line)
  /** @type {FilePatch} */
  const file = {
    oldName,
    newName,
    operation,
    ...checkHeader(argument, value),
    binary: value.binary === true || value.isBinary === true,
    line,
    hunks: hunks.map((hunk, index) => checkHunk(`${argument}.hunks[${index}]`, hunk, index + 1, lines))
  }
  if (value.binaryBlocks !== undefined) {
    file.binaryBlocks = lines.of(`${argument}.binaryBlocks`, value.binaryBlocks)
    for (const block of file.binaryBlocks) {
      if (!/^(literal|delta) [^\n]*\n([^\n]+\n)*$/.test(block)) {
        throw invalidArgument(`${argument}.binaryBlocks`, 'blocks as parsePatch reads them', block)
      }
    }
  }
  const whole = file.hunks.length < 2
  if (operation === 'create' && !(whole && file.hunks.every((hunk) => hunk.oldLines === 0))) {
    throw contradiction(argument, 'a file that is created has lines before')
  }
  if (operation === 'delete' && !(whole && file.hunks.every((hunk) => hunk.newLines === 0))) {
    throw contradiction(argument, 'a file that is deleted has lines afterwards')
  }
  return { file, bytes: lines.bytes }
}

/** Lines of a caller as strings. */
class Lines {
  /** @param {string} argument */
  constructor(argument) {
    this.argument = argument
    /** Whether any was bytes. */
    this.bytes = false
  }

  /**
   * @param {string} argument
   * @param {unknown} lines
   */
  of(argument, lines) {
    if (!Array.isArray(lines)) throw invalidArgument(argument, 'an array', lines)
    return lines.map((line, at) => {
      if (typeof line === 'string') return line
      if (!isUint8Array(line)) throw invalidArgument(`${argument}[${at}]`, 'a string or a Uint8Array', line)
      this.bytes = true
      return toString(line)
    })
  }
}

/**
 * What git's extended headers say, where they say something.
 * @param {string} argument
 * @param {any} value
 * @returns {Partial<FilePatch>}
 */
function checkHeader(argument, value) {
  /** @type {Partial<FilePatch>} */
  const header = {}
  for (const [key, pattern, expected] of /** @type {const} */ ([
    ['oldMode', /^[0-7]{1,7}$/, 'a string of octal digits'],
    ['newMode', /^[0-7]{1,7}$/, 'a string of octal digits'],
    ['oldHash', /^[0-9a-fA-F]+$/, 'a string of hexadecimal digits'],
    ['newHash', /^[0-9a-fA-F]+$/, 'a string of hexadecimal digits']
  ])) {
    if (value[key] === undefined) continue
    if (typeof value[key] !== 'string' || !pattern.test(value[key])) {
      throw invalidArgument(`${argument}.${key}`, expected, value[key])
    }
    header[key] = value[key]
  }
  const { similarity, prefixes } = value
  if (similarity !== undefined) {
    if (!Number.isInteger(similarity) || similarity < 0 || similarity > 100) {
      throw invalidArgument(`${argument}.similarity`, 'an integer from 0 to 100', similarity)
    }
    header.similarity = similarity
  }
  if (prefixes !== undefined) {
    if (!Array.isArray(prefixes) || prefixes.length !== 2 || prefixes.some((prefix) => typeof prefix !== 'string')) {
      throw invalidArgument(`${argument}.prefixes`, 'two strings', prefixes)
    }
    header.prefixes = [prefixes[0], prefixes[1]]
  }
  if (value.escaped === true) header.escaped = true
  return header
}

/**
 * @param {string} argument
 * @param {any} hunk
 * @param {number} number of the hunk, from 1
 * @param {Lines} lines
 * @returns {Hunk}
 */
function checkHunk(argument, hunk, number, lines) {
  if (typeof hunk !== 'object' || hunk === null) throw invalidArgument(argument, 'an object', hunk)
  const { oldStart, oldLines, newStart, newLines, heading = '' } = hunk
  for (const [key, value] of Object.entries({ oldStart, oldLines, newStart, newLines })) {
    checkNumber(`${argument}.${key}`, value)
  }
  if (typeof heading !== 'string' || heading.includes('\n')) {
    throw invalidArgument(`${argument}.heading`, 'a string without LF', heading)
  }
  /** @param {string} what */
  const invalid = (what) => new TenonError('ERR_PATCH_INVALID', `hunk ${number}: ${what}`, { hunk: number })
  const [count, ended] = [
    { old: 0, new: 0 },
    { old: false, new: false }
  ]
  let last = ''
  const checked = lines.of(`${argument}.lines`, hunk.lines).map((given) => {
    const line = given === '' || given === '\r' ? ' ' + given : given
    const marker = line[0]
    if (!MARKERS.includes(marker)) throw invalid(`a line of a hunk begins with ' ', '+', '-' or '\\'`)
    if (line.includes('\n')) throw invalid('a line of a hunk has an LF in it')
    if (marker === '\\') {
      if (last === '' || last === '\\') throw invalid("a line that begins with '\\' follows no line")
      if (last !== '+') ended.old = true
      if (last !== '-') ended.new = true
    } else {
      const [inOld, inNew] = [marker !== '+', marker !== '-']
      if ((inOld && ended.old) || (inNew && ended.new)) throw invalid('a line follows one that has no newline')
      if (inOld) count.old++
      if (inNew) count.new++
    }
    last = marker
    return line
  })
  if (checked.length === 0) throw invalid('the hunk has no lines')
  if (count.old !== oldLines || count.new !== newLines) {
    throw invalid(`it says ${oldLines} old and ${newLines} new lines, and has ${count.old} and ${count.new}`)
  }
  return { oldStart, oldLines, newStart, newLines, ...(heading !== '' && { heading }), lines: checked }
}

/**
 * @param {string} argument
 * @param {unknown} name
 * @returns {string | null}
 */
function checkName(argument, name) {
  if (name === undefined) return ''
  if (name === null || name === '/dev/null') return null
  if (typeof name !== 'string' || name.includes('\0')) throw invalidArgument(argument, 'a string without NUL', name)
  return name
}

/** @param {string} argument @param {unknown} value */
function checkNumber(argument, value) {
  if (!Number.isInteger(value) || Number(value) < 0 || Number(value) > MAX_NUMBER) {
    throw invalidArgument(argument, `an integer from 0 to ${MAX_NUMBER}`, value)
  }
}

/** @param {string} argument @param {string} what */
function contradiction(argument, what) {
  return new TenonError('ERR_PATCH_INVALID', `${argument}: ${what}`, { argument })
}

module.exports = { checkFilePatch, showFilePatch }
