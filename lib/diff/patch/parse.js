'use strict'

// Patches as text: unified, with or without git's extended headers, and with any text around them.
// `crates/diff/src/patch/parse.rs` does the same in the same order, and has the same words.

const { TenonError } = require('../../errors')
const { headerNames, prefixesBefore, prefixesOf, strip, unquote, usualPrefixes } = require('./names')

/**
 * A group of changes with the unchanged lines around them. A start is the line, counted from 1, where the lines of a side
 * begin or would begin: where a side has no lines it is one more than what the patch says, which is the line before them.
 * @typedef {object} Hunk
 * @property {number} oldStart
 * @property {number} oldLines
 * @property {number} newStart
 * @property {number} newLines
 * @property {string} [heading] what stands behind the second `@@`
 * @property {string[]} lines each behind its marker and without its LF; `\ No newline at end of file` is one of them
 */
/** @typedef {'modify' | 'create' | 'delete' | 'rename' | 'copy'} Operation */
/**
 * @typedef {object} FilePatch
 * @property {string | null} oldName null for `/dev/null`, empty where the hunks have no header
 * @property {string | null} newName
 * @property {Operation} operation
 * @property {string} [oldMode] in octal digits, such as `100644`
 * @property {string} [newMode]
 * @property {number} [similarity] in percent
 * @property {string} [oldHash] git's abbreviated name of the text before
 * @property {string} [newHash]
 * @property {[string, string]} [prefixes] what stands before the path in the names where it is not `a/` and `b/`, and
 *   where it matters: git writes some headers without it, and others with it alone
 * @property {true} [escaped] names have what is not ASCII as octal escapes
 * @property {boolean} binary
 * @property {string[]} [binaryBlocks] the blocks of a `GIT binary patch` as they are written: of the new text, and of the
 *   old one
 * @property {number} line where the patch of this file begins, counted from 1
 * @property {Hunk[]} hunks
 */

/** The largest number a hunk's header may have. */
const MAX_NUMBER = 0x7fffffff
/** The line between the parts of a mail with attachments has at least so many dashes. */
const BOUNDARY = '-'.repeat(12)
const COMBINED = 'combined diffs, which show merges, are not supported'

/**
 * The patches of single files in a text, in its order; none in a text of white space alone. `components` leading
 * components are taken off the names.
 * @param {string} text
 * @param {number} components
 * @returns {FilePatch[]}
 */
function parsePatch(text, components) {
  return new Parser(text, components).parse()
}

/**
 * The only patch in a text.
 * @param {string} text
 * @returns {FilePatch}
 */
function oneFilePatch(text) {
  const files = parsePatch(text, 0)
  if (files.length === 0) throw invalid(0, 'no patch found')
  if (files.length > 1) {
    throw invalid(files[1].line - 1, 'a patch of a second file: read the patches with parsePatch and apply each')
  }
  return files[0]
}

/**
 * The error of the line at index `at`.
 * @param {number} at
 * @param {string} message
 */
function invalid(at, message) {
  return new TenonError('ERR_PATCH_INVALID', `line ${at + 1}: ${message}`, { line: at + 1 })
}

/** @param {string} text */
function split(text) {
  const lines = (text.startsWith('\ufeff') ? text.slice(1) : text).split('\n')
  if (lines[lines.length - 1] === '') lines.pop()
  return lines
}

/**
 * A line of a header, without the CR it may end in.
 * @param {string} line
 */
const trim = (line) => (line.endsWith('\r') ? line.slice(0, -1) : line)

/** @param {string | undefined} line */
const isHunk = (line) => line !== undefined && line.startsWith('@@ -')

class Parser {
  /**
   * @param {string} text
   * @param {number} components
   */
  constructor(text, components) {
    this.lines = split(text)
    /** The index of the next line. */
    this.at = 0
    this.components = components
    /** @type {FilePatch[]} */
    this.files = []
    /** Whether the first has hunks alone. */
    this.headless = false
  }

  parse() {
    while (this.at < this.lines.length) {
      const line = this.lines[this.at]
      if (line.startsWith('@@@ -') || line.startsWith('diff --cc ') || line.startsWith('diff --combined ')) {
        throw invalid(this.at, COMBINED)
      }
      if (line.startsWith('diff --git ')) {
        this.gitPatch()
      } else if (this.namesFollow()) {
        this.plainPatch()
      } else if (line.startsWith('--- ') && isHunk(this.lines[this.at + 1])) {
        throw invalid(this.at + 1, "a hunk without a '+++' line above it")
      } else if (isHunk(line)) {
        const headed = this.at > 0 && this.lines[this.at - 1].startsWith('+++ ')
        if (headed || this.files.length > 0) throw invalid(this.at, 'a hunk without a file header above it')
        this.headless = true
        this.finish(this.start(), undefined)
      } else if (trim(line) === 'GIT binary patch') {
        throw invalid(this.at, 'a binary patch without a file header above it')
      } else {
        const names = binaryNames(line)
        if (names !== undefined) {
          const file = this.start()
          file.oldName = this.name(names[0], this.at)
          file.newName = this.name(names[1], this.at)
          file.binary = true
          this.at++
          this.finish(file, undefined)
        } else {
          this.at++
        }
      }
    }
    if (this.files.length === 0 && !this.lines.every((line) => /^[ \t\r\v\f]*$/.test(line))) {
      throw invalid(0, 'no patch found')
    }
    if (this.headless && this.files.length > 1) {
      throw invalid(this.files[0].line - 1, 'a hunk without a file header above it')
    }
    return this.files
  }

  /** @returns {FilePatch} */
  start() {
    return { oldName: '', newName: '', operation: 'modify', binary: false, line: this.at + 1, hunks: [] }
  }

  /** Whether the next two lines name a file before and afterwards. */
  namesFollow() {
    const [first, second] = [this.lines[this.at], this.lines[this.at + 1]]
    return second !== undefined && first.startsWith('--- ') && second.startsWith('+++ ')
  }

  /** A patch that begins with `---` and `+++`. */
  plainPatch() {
    const file = this.start()
    this.names(file)
    this.finish(file, undefined)
  }

  /**
   * Reads the lines that name the file before and afterwards; hunks must follow.
   * @param {FilePatch} file
   */
  names(file) {
    for (const side of /** @type {const} */ (['oldName', 'newName'])) {
      const text = trim(this.lines[this.at].slice(4))
      if (text[0] === '"' && hasEscapedBytes(text)) file.escaped = true
      file[side] = this.name(this.readName(text, this.at), this.at)
      this.at++
    }
    if (!this.lines[this.at]?.startsWith('@@')) {
      throw invalid(Math.min(this.at, this.lines.length - 1), 'no hunk after the file header')
    }
  }

  /**
   * A name as it stands in a header: quoted, or up to a tab.
   * @param {string} text
   * @param {number} at
   */
  readName(text, at) {
    if (text[0] === '"') {
      const quoted = unquote(text)
      if (quoted === undefined) throw invalid(at, 'the quoted name cannot be read')
      return quoted.name
    }
    const end = text.indexOf('\t')
    return end === -1 ? text : text.slice(0, end)
  }

  /**
   * A name without its leading components; null for `/dev/null`.
   * @param {string} name
   * @param {number} at
   */
  name(name, at, components = this.components) {
    if (name === '/dev/null') return null
    const stripped = strip(name, components)
    if (stripped === undefined) throw invalid(at, `the name has fewer than ${components} leading components`)
    return stripped
  }

  /** A patch that begins with `diff --git`. */
  gitPatch() {
    const start = this.at
    const file = this.start()
    const header = trim(this.lines[start].slice('diff --git '.length))
    this.at++
    const moved = this.extendedHeader(file)
    const known = this.at > start + 1 || this.namesFollow() || this.binaryFollows()
    const names = headerNames(header, moved)
    // A line of text that happens to begin like a header.
    if (!known && names === undefined) return
    if (header.includes('"') && hasEscapedBytes(header)) file.escaped = true
    const before = names && (moved === undefined ? prefixesOf(names) : prefixesBefore(names, moved))
    /** @type {[string, string] | undefined} */
    const prefixes = before && [this.strippedPrefix(before[0]), this.strippedPrefix(before[1])]
    if (this.namesFollow()) {
      this.names(file)
    } else {
      const [old, other] = names ?? moved ?? [undefined, undefined]
      if (old === undefined || other === undefined) throw invalid(start, 'the names cannot be read')
      // Those of a rename or a copy have no `a/` and `b/`.
      const components = names === undefined ? Math.max(this.components - 1, 0) : this.components
      file.oldName = file.operation === 'create' ? null : this.name(old, start, components)
      file.newName = file.operation === 'delete' ? null : this.name(other, start, components)
      this.binaryContent(file)
    }
    const hunks = this.lines[this.at]?.startsWith('@@') ?? false
    const { oldMode, newMode } = file
    const modeChanges = oldMode !== undefined && newMode !== undefined && oldMode !== newMode
    if (!hunks && !file.binary && file.operation === 'modify' && !modeChanges) {
      throw invalid(start, 'no hunk after the file header')
    }
    if (hunks && !this.lines[this.at - 1].startsWith('+++ ')) {
      throw invalid(this.at, "a hunk without a '+++' line above it")
    }
    this.finish(file, prefixes)
  }

  /**
   * What is left of a prefix when the leading components are taken off.
   * @param {string} prefix
   */
  strippedPrefix(prefix) {
    let at = 0
    for (let component = 0; component < this.components && at < prefix.length; component++) {
      const slash = prefix.indexOf('/', at)
      at = slash === -1 ? prefix.length : slash + 1
      while (prefix[at] === '/') at++
    }
    return prefix.slice(at)
  }

  /**
   * Reads git's extended headers; the names of a rename or a copy, which have no prefixes.
   * @param {FilePatch} file
   * @returns {[string, string] | undefined}
   */
  extendedHeader(file) {
    /** @type {string | undefined} */
    let from
    /** @type {string | undefined} */
    let to
    for (; this.at < this.lines.length; this.at++) {
      const line = trim(this.lines[this.at])
      const value =
        /^(old mode|new mode|deleted file mode|new file mode|similarity index|dissimilarity index|rename from|rename to|copy from|copy to|index) (.*)$/s.exec(
          line
        )
      if (value === null) break
      const [, key, text] = value
      if (key === 'old mode') file.oldMode = readMode(text, this.at)
      else if (key === 'new mode') file.newMode = readMode(text, this.at)
      else if (key === 'deleted file mode') {
        file.oldMode = readMode(text, this.at)
        operate(file, 'delete', this.at)
      } else if (key === 'new file mode') {
        file.newMode = readMode(text, this.at)
        operate(file, 'create', this.at)
      } else if (key === 'similarity index') file.similarity = readPercent(text, this.at)
      else if (key === 'dissimilarity index') file.similarity = 100 - readPercent(text, this.at)
      else if (key === 'rename from') from = this.movedName(text, file, 'rename')
      else if (key === 'rename to') to = this.movedName(text, file, 'rename')
      else if (key === 'copy from') from = this.movedName(text, file, 'copy')
      else if (key === 'copy to') to = this.movedName(text, file, 'copy')
      else readHashes(text, file, this.at)
    }
    if (from !== undefined && to !== undefined) return [from, to]
    if (from === to) return undefined
    throw invalid(this.at - 1, 'a rename or a copy has one name without the other')
  }

  /**
   * @param {string} text
   * @param {FilePatch} file
   * @param {Operation} operation
   */
  movedName(text, file, operation) {
    operate(file, operation, this.at)
    if (text[0] !== '"') return text
    if (hasEscapedBytes(text)) file.escaped = true
    return this.readName(text, this.at)
  }

  binaryFollows() {
    const line = this.lines[this.at]
    return line !== undefined && (trim(line) === 'GIT binary patch' || isBinaryNotice(line))
  }

  /**
   * Reads what stands in place of hunks where the file is binary.
   * @param {FilePatch} file
   */
  binaryContent(file) {
    if (!this.binaryFollows()) return
    file.binary = true
    const blocks = !isBinaryNotice(this.lines[this.at])
    this.at++
    if (!blocks) return
    while (/^(literal|delta) /.test(this.lines[this.at] ?? '')) {
      let block = ''
      while (this.at < this.lines.length && trim(this.lines[this.at]) !== '') {
        block += trim(this.lines[this.at]) + '\n'
        this.at++
      }
      file.binaryBlocks ??= []
      file.binaryBlocks.push(block)
      if (this.at < this.lines.length) this.at++
    }
  }

  /**
   * Reads the hunks and keeps the patch.
   * @param {FilePatch} file
   * @param {[string, string] | undefined} prefixes
   */
  finish(file, prefixes) {
    while (!file.binary && this.lines[this.at]?.startsWith('@@')) {
      file.hunks.push(this.hunk())
      this.betweenHunks()
    }
    const at = file.line - 1
    if (file.oldName === null && file.newName === null) throw invalid(at, 'both names are /dev/null')
    if (file.oldName === null) operate(file, 'create', at)
    else if (file.newName === null) operate(file, 'delete', at)
    else if (file.operation === 'create' || file.operation === 'delete') {
      throw invalid(at, 'a file that is created or deleted has a name before and afterwards')
    }
    const whole = file.hunks.length < 2
    if (file.operation === 'create' && !(whole && file.hunks.every((hunk) => hunk.oldLines === 0))) {
      throw invalid(at, 'a file that is created has lines before')
    }
    if (file.operation === 'delete' && !(whole && file.hunks.every((hunk) => hunk.newLines === 0))) {
      throw invalid(at, 'a file that is deleted has lines afterwards')
    }
    const usual = usualPrefixes(file.oldName, file.newName)
    if (prefixes && file.operation !== 'modify' && (prefixes[0] !== usual[0] || prefixes[1] !== usual[1])) {
      file.prefixes = prefixes
    }
    this.files.push(file)
  }

  /** Skips empty lines behind a hunk, and refuses lines that should have been in it. */
  betweenHunks() {
    const end = this.at
    while (this.at < this.lines.length && trim(this.lines[this.at]) === '') this.at++
    if (this.at === this.lines.length) return
    const line = this.lines[this.at]
    const signature = trim(line) === '-- ' || trim(line) === '--'
    const boundary = this.at > end && line.startsWith(BOUNDARY)
    if (/^[-+ \\]/.test(line) && !signature && !boundary && !this.namesFollow()) {
      throw invalid(this.at, 'the hunk has more lines than its header says')
    }
  }

  hunk() {
    const start = this.at
    const hunk = readHunkHeader(trim(this.lines[start]), start)
    this.at++
    let [old, other] = [hunk.oldLines, hunk.newLines]
    let last = ''
    const ended = { old: false, new: false }
    while (old > 0 || other > 0) {
      if (this.at === this.lines.length) throw invalid(this.at - 1, cutShort(start, old, other))
      let line = this.lines[this.at]
      // An editor that strips white space at the ends of lines takes the marker of an empty line with it.
      if (line === '' || line === '\r') line = ' ' + line
      const marker = line[0]
      if (marker === ' ' || marker === '-' || marker === '+') {
        const [inOld, inNew] = [marker !== '+', marker !== '-']
        if ((inOld && old === 0) || (inNew && other === 0)) {
          throw invalid(this.at, 'the hunk has more lines than its header says')
        }
        if ((inOld && ended.old) || (inNew && ended.new)) {
          throw invalid(this.at, 'a line follows one that has no newline')
        }
        if (inOld) old--
        if (inNew) other--
      } else if (marker === '\\') {
        endSide(last, ended, this.at)
      } else {
        const begins = line.startsWith('@@') || line.startsWith('diff --git ')
        throw invalid(
          this.at,
          begins ? cutShort(start, old, other) : "a line of a hunk begins with ' ', '+', '-' or '\\'"
        )
      }
      last = marker
      hunk.lines.push(line)
      this.at++
    }
    if (this.lines[this.at]?.startsWith('\\')) {
      endSide(last, ended, this.at)
      hunk.lines.push(this.lines[this.at])
      this.at++
    }
    return hunk
  }
}

/**
 * Notes which sides end with the line that a `\ No newline at end of file` follows.
 * @param {string} last the marker of that line
 * @param {{ old: boolean, new: boolean }} ended
 * @param {number} at
 */
function endSide(last, ended, at) {
  if (last === '' || last === '\\') throw invalid(at, "a line that begins with '\\' follows no line")
  if (last !== '+') ended.old = true
  if (last !== '-') ended.new = true
}

/** @param {number} start @param {number} old @param {number} other */
function cutShort(start, old, other) {
  return `the hunk of line ${start + 1} is cut short: it lacks ${old} old and ${other} new lines`
}

/**
 * The header of a hunk whose lines are still to be read.
 * @param {string} line
 * @param {number} at
 * @returns {Hunk}
 */
function readHunkHeader(line, at) {
  if (line.startsWith('@@@ -')) throw invalid(at, COMBINED)
  const parts = /^@@ -([0-9]+)(?:,([0-9]+))? \+([0-9]+)(?:,([0-9]+))? @@ ?(.*)$/s.exec(line)
  if (parts === null) throw invalid(at, "the header of a hunk is not '@@ -line,count +line,count @@'")
  const [oldStart, oldLines, newStart, newLines] = parts.slice(1, 5).map((digits = '1') => Number(digits))
  if (Math.max(oldStart, oldLines, newStart, newLines) > MAX_NUMBER) {
    throw invalid(at, `a number is beyond ${MAX_NUMBER}`)
  }
  if (oldLines === 0 && newLines === 0) throw invalid(at, 'the hunk has no lines')
  let heading = parts[5]
  while (heading.endsWith('\r')) heading = heading.slice(0, -1)
  return {
    oldStart: oldLines === 0 ? oldStart + 1 : oldStart,
    oldLines,
    newStart: newLines === 0 ? newStart + 1 : newStart,
    newLines,
    ...(heading !== '' && { heading }),
    lines: []
  }
}

/** @param {string} text @param {number} at */
function readMode(text, at) {
  if (!/^[0-7]{1,7}$/.test(text)) throw invalid(at, 'the mode is not octal')
  return text
}

/** @param {string} text @param {number} at */
function readPercent(text, at) {
  const percent = /^[0-9]+%$/.test(text) ? Number(text.slice(0, -1)) : 101
  if (percent > 100) throw invalid(at, 'the similarity is not a percentage')
  return percent
}

/**
 * Reads `old..new` and, where it did not change, the mode behind them.
 * @param {string} text
 * @param {FilePatch} file
 * @param {number} at
 */
function readHashes(text, file, at) {
  const space = text.indexOf(' ')
  const hashes = space === -1 ? text : text.slice(0, space)
  if (!hashes.includes('..')) return
  const names = /^([0-9a-fA-F]+)\.\.([0-9a-fA-F]+)$/.exec(hashes)
  if (names !== null) [, file.oldHash, file.newHash] = names
  if (space !== -1) file.oldMode = file.newMode = readMode(text.slice(space + 1), at)
}

/**
 * Notes what happens to the file.
 * @param {FilePatch} file
 * @param {Operation} operation
 * @param {number} at
 */
function operate(file, operation, at) {
  if (file.operation !== 'modify' && file.operation !== operation) {
    throw invalid(at, 'the header says two things that exclude each other')
  }
  file.operation = operation
}

/** @param {string} line */
const isBinaryNotice = (line) => line.startsWith('Binary files ') && trim(line).endsWith(' differ')

/**
 * The names of `Binary files … and … differ` where they can be told apart.
 * @param {string} line
 * @returns {[string, string] | undefined}
 */
function binaryNames(line) {
  if (!isBinaryNotice(line)) return undefined
  const names = trim(line).slice('Binary files '.length)
  if (names.length < ' differ'.length) return undefined
  const at = names.slice(0, -' differ'.length).indexOf(' and ')
  return at === -1 ? undefined : [names.slice(0, at), names.slice(at + ' and '.length, -' differ'.length)]
}

/**
 * Whether a quoted name has what is not ASCII as octal escapes.
 * @param {string} text
 */
function hasEscapedBytes(text) {
  for (const [escape] of text.matchAll(/\\./gs)) {
    if (escape === '\\2' || escape === '\\3') return true
  }
  return false
}

module.exports = { MAX_NUMBER, invalid, oneFilePatch, parsePatch }
