'use strict'

// The text that edits go into, as lines: their content, how each ends, and which line of the text as it was given each
// comes from. crates/diff/src/edits/source.rs does the same.

const { Lines } = require('../closest')
const { keyOf } = require('./grades')

/** How a line ends. Only the last line of a text can end in nothing. */
const NOTHING = 0
const LF = 1
const CRLF = 2
const CR = 3
const ENDINGS = ['', '\n', '\r\n', '\r']
const BOM = '\ufeff'

/**
 * Whole lines that take the place of the lines from `first` to before `last`.
 * @typedef {object} Replacement
 * @property {number} first
 * @property {number} last
 * @property {string} text lines that all end in LF
 * @property {number[]} endings how each of them shall end
 * @property {number[]} origins which line of the given text each stands for
 */

/** @param {string} text */
function withLineFeeds(text) {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
}

/** A new text with its line ends as LF. A lone CR is one only where all lines end in it. @param {string} text @param {number} form */
function newLines(text, form) {
  return form === CR ? withLineFeeds(text) : text.replaceAll('\r\n', '\n')
}

class Source {
  /** @param {string} text */
  constructor(text) {
    /** The byte order mark, which belongs to no line. */
    this.bom = text.startsWith(BOM) ? BOM : ''
    const body = text.slice(this.bom.length)
    /** The lines, each of which ends in LF whatever its ending is. */
    this.flat = withLineFeeds(body)
    const complete = this.flat === '' || this.flat.endsWith('\n')
    if (!complete) this.flat += '\n'
    /** Where each line begins in `flat`, and where one after the last would. */
    this.starts = startsOf(this.flat)
    this.count = this.starts.length - 1
    this.endings = new Uint8Array(this.count).fill(LF)
    if (body.includes('\r')) {
      let line = 0
      for (const [ending] of body.matchAll(/\r\n?|\n/g)) this.endings[line++] = ENDINGS.indexOf(ending)
    }
    if (!complete) this.endings[this.count - 1] = NOTHING
    /** How the first line ends that ends in LF or CRLF; CR where all do. */
    this.form = formOf(this.endings)
    /** The lines of the given text, from 1; a line that an edit inserted counts as the one before it. */
    this.origins = Int32Array.from(this.endings, (_, line) => line + 1)
    /** @type {({ known: Map<string, number>, ids: Int32Array } | undefined)[]} */
    this.keys = []
    /** @type {Lines | undefined} */
    this.points = undefined
  }

  /** The lines as `closestIn` searches them. */
  get searchable() {
    // A CR inside a line ends none here.
    return (this.points ??= new Lines(this.flat.replaceAll('\r', ' ')))
  }

  /** The content of a line. @param {number} line */
  line(line) {
    return this.flat.slice(this.starts[line], this.starts[line + 1] - 1)
  }

  /** The line that the place `at` of `flat` is in. @param {number} at */
  lineAt(at) {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.starts[middle + 1] <= at) low = middle + 1
      else high = middle
    }
    return low
  }

  /** A number for each line; lines that are equal at the grade have the same. @param {number} grade */
  ids(grade) {
    const there = this.keys[grade]
    if (there) return there
    /** @type {Map<string, number>} */
    const known = new Map()
    const ids = new Int32Array(this.count)
    for (let line = 0; line < this.count; line++) ids[line] = intern(known, keyOf(grade, this.line(line)))
    return (this.keys[grade] = { known, ids })
  }

  /** How a line that is written at `line` should end: as the one before it, or else the one after. @param {number} line */
  endingNear(line) {
    for (const near of [line - 1, line - 2, line]) {
      if (near >= 0 && near < this.count && this.endings[near] !== NOTHING) return this.endings[near]
    }
    return LF
  }

  /** @param {Replacement[]} replacements in order, none over another */
  replace(replacements) {
    const { flat, starts, endings, origins, keys } = this
    const parts = []
    let at = 0
    let added = 0
    for (const { first, last, text, endings: written } of replacements) {
      parts.push(flat.slice(starts[at], starts[first]), text)
      at = last
      added += written.length - (last - first)
    }
    parts.push(flat.slice(starts[at]))
    this.flat = parts.join('')
    this.points = undefined
    this.count += added
    this.starts = new Int32Array(this.count + 1)
    this.endings = new Uint8Array(this.count)
    this.origins = new Int32Array(this.count)
    this.keys = keys.map((table) => table && { known: table.known, ids: new Int32Array(this.count) })
    let from = 0
    let to = 0
    let offset = 0
    /** @param {number} end */
    const copy = (end) => {
      for (let line = from; line < end; line++) this.starts[to + line - from] = starts[line] + offset
      this.endings.set(endings.subarray(from, end), to)
      this.origins.set(origins.subarray(from, end), to)
      for (const [grade, table] of this.keys.entries()) table?.ids.set(keys[grade]?.ids.subarray(from, end) ?? [], to)
      to += end - from
    }
    for (const { first, last, text, endings: written, origins: lines } of replacements) {
      copy(first)
      let start = 0
      for (let line = 0; line < written.length; line++, to++) {
        const end = text.indexOf('\n', start)
        this.starts[to] = starts[first] + offset + start
        this.endings[to] = written[line]
        this.origins[to] = lines[line]
        for (const [grade, table] of this.keys.entries()) {
          if (table) table.ids[to] = intern(table.known, keyOf(grade, text.slice(start, end)))
        }
        start = end + 1
      }
      offset += text.length - (starts[last] - starts[first])
      from = last
    }
    copy(starts.length - 1)
    this.starts[this.count] = this.flat.length
    this.dropEmptyLast()
  }

  /** A last line without content and without ending is none. */
  dropEmptyLast() {
    const last = this.count - 1
    if (last < 0 || this.endings[last] !== NOTHING || this.starts[last + 1] - this.starts[last] > 1) return
    this.flat = this.flat.slice(0, -1)
    this.count = last
    this.starts = this.starts.subarray(0, this.count + 1)
    this.endings = this.endings.subarray(0, this.count)
    this.origins = this.origins.subarray(0, this.count)
    for (const table of this.keys) if (table) table.ids = table.ids.subarray(0, this.count)
  }

  /** The text with the endings and the byte order mark it has. */
  text() {
    const { bom, count, endings, flat } = this
    if (count === 0) return bom
    if (endings.every((ending, line) => ending === LF || (line === count - 1 && ending === NOTHING))) {
      return bom + (endings[count - 1] === NOTHING ? flat.slice(0, -1) : flat)
    }
    const parts = [bom]
    for (let line = 0; line < count; line++) parts.push(this.line(line), ENDINGS[endings[line]])
    return parts.join('')
  }
}

/** @param {Uint8Array} endings */
function formOf(endings) {
  const first = endings.find((ending) => ending === LF || ending === CRLF)
  return first ?? (endings.includes(CR) ? CR : LF)
}

/** @param {string} flat */
function startsOf(flat) {
  const starts = [0]
  for (let at = flat.indexOf('\n'); at >= 0; at = flat.indexOf('\n', at + 1)) starts.push(at + 1)
  return Int32Array.from(starts)
}

/** @param {Map<string, number>} known @param {string} key */
function intern(known, key) {
  const id = known.get(key) ?? known.size
  if (id === known.size) known.set(key, id)
  return id
}

module.exports = { BOM, CR, CRLF, ENDINGS, LF, NOTHING, Source, newLines, withLineFeeds }
