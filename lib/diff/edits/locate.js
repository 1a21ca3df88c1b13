'use strict'

// Where the old lines of a block are in a source, at each grade. crates/diff/src/edits/locate.rs does the same.

const { similarity } = require('../similarity')
const {
  FUZZY,
  TRAILING_SPACE,
  UNICODE_PUNCTUATION,
  fold,
  indentationOf,
  isBlankLine,
  isWord,
  joinsWord,
  keyOf,
  reindentations
} = require('./grades')

/** Bounds the lines that are compared for one edit after equal keys were found. */
const MAX_LINES = 1 << 20
/** Bounds the lines that are looked at for what anchors enclose, and the units that are compared more than once. */
const MAX_STEPS = 1 << 24
/** An anchor that is in more lines tells nothing. */
const MAX_ANCHOR_LINES = 1000
/** Longer texts are sought by their first units, then compared. */
const HEAD_UNITS = 64

/** @typedef {import('./block').Block} Block */
/** @typedef {import('./grades').Reindentation} Reindentation */
/** @typedef {import('./source').Source} Source */
/** @typedef {{ from: number, to: number }} Region lines from 0, without `to` */

/**
 * Where a block is.
 * @typedef {object} Place
 * @property {number} first
 * @property {number} last the line after it
 * @property {number[]} lines for each old line that of the source, or -1 for a blank line that the source lacks
 * @property {Reindentation[]} ways all that make the block's indentation that of the source
 * @property {number} score
 */

/** @type {Reindentation} */
const AS_IT_IS = { tabs: 0, spaces: 0, added: '', removed: '' }

/** Counts the steps of a work. */
class Steps {
  /** @param {number} most */
  constructor(most) {
    this.left = most
  }

  get spent() {
    return this.left < 0
  }
}

/**
 * The lines at which the source has these lines, by their keys. At the fuzzy grade blank lines
 * are left out, and the positions count the lines that are not blank.
 * @param {Source} source
 * @param {readonly string[]} lines
 * @param {number} grade
 */
function positionsOf(source, lines, grade) {
  const { known, ids } = source.ids(grade)
  const blank = grade === FUZZY ? known.get('') : undefined
  const pattern = []
  for (const line of lines) {
    const key = keyOf(grade, line)
    if (grade === FUZZY && key === '') continue
    const id = known.get(key)
    if (id === undefined) return []
    pattern.push(id)
  }
  if (pattern.length === 0) return []
  return occurrences(blank === undefined ? ids : ids.filter((id) => id !== blank), pattern)
}

/**
 * Every place where `pattern` begins in `text`, those that overlap too, by the algorithm of Knuth, Morris and Pratt.
 * @param {ArrayLike<number>} text
 * @param {ArrayLike<number>} pattern not empty
 */
function occurrences(text, pattern) {
  const borders = new Int32Array(pattern.length + 1)
  borders[0] = -1
  for (let at = 0, border = -1; at < pattern.length;) {
    while (border >= 0 && pattern[at] !== pattern[border]) border = borders[border]
    borders[++at] = ++border
  }
  const found = []
  let matched = 0
  for (let at = 0; at < text.length; at++) {
    while (matched >= 0 && (matched === pattern.length || text[at] !== pattern[matched])) matched = borders[matched]
    if (++matched === pattern.length) found.push(at + 1 - matched)
  }
  return found
}

/**
 * The places in the source whose keys are equal and whose indentation agrees.
 * @param {Source} source
 * @param {Block} block
 * @param {number} grade
 * @param {Steps} steps
 * @returns {Place[]}
 */
function placesOf(source, block, grade, steps) {
  const positions = positionsOf(source, block.old, grade)
  const rows = grade === FUZZY && positions.length > 0 ? rowsOf(source) : []
  const places = []
  for (const position of positions) {
    if (grade > TRAILING_SPACE) steps.left -= block.old.length
    if (steps.spent) break
    const place =
      grade === FUZZY ? fuzzyPlace(source, block, rows, position) : linesPlace(source, block, grade, position)
    if (place) places.push(place)
  }
  return places
}

/** The lines that are not blank. @param {Source} source */
function rowsOf(source) {
  const { known, ids } = source.ids(FUZZY)
  const blank = known.get('')
  const rows = []
  for (let line = 0; line < ids.length; line++) if (ids[line] !== blank) rows.push(line)
  return rows
}

/**
 * @param {Source} source
 * @param {Block} block
 * @param {number} grade
 * @param {number} first
 * @returns {Place | undefined}
 */
function linesPlace(source, block, grade, first) {
  const last = first + block.old.length
  if (grade <= TRAILING_SPACE) return { first, last, lines: [], ways: [AS_IT_IS], score: 1 }
  const ways = waysOf(source, block, (index) => first + index)
  return ways.length > 0 ? { first, last, lines: [], ways, score: 1 } : undefined
}

/**
 * @param {Source} source
 * @param {Block} block
 * @param {(index: number) => number} lineOf
 */
function waysOf(source, block, lineOf) {
  /** @type {[string, string][]} */
  const pairs = []
  for (const [index, text] of block.old.entries()) {
    const edit = fold(text)
    if (lineOf(index) < 0 || isBlankLine(edit)) continue
    pairs.push([indentationOf(edit), indentationOf(fold(source.line(lineOf(index))))])
  }
  return reindentations(pairs)
}

/**
 * A place where only what the edit keeps differs, in blanks, quotes and the like, and not in its first and last lines that
 * are not blank.
 * @param {Source} source
 * @param {Block} block
 * @param {number[]} rows the lines of the source that are not blank
 * @param {number} position among them
 * @returns {Place | undefined}
 */
function fuzzyPlace(source, block, rows, position) {
  const indexes = []
  for (const [index, text] of block.old.entries()) if (!isBlankLine(fold(text))) indexes.push(index)
  if (indexes.length < 3) return undefined
  // Which old lines stay, and whether something is gained or lost right before each.
  const stays = []
  const touched = []
  let changes = false
  for (const { kind } of block.entries) {
    if (kind !== ' ') changes = true
    if (kind === '+') continue
    stays.push(kind === ' ')
    touched.push(changes)
    changes = kind === '-'
  }
  touched.push(changes)
  const lines = block.old.map(() => -1)
  const edit = []
  const file = []
  for (const [at, index] of indexes.entries()) {
    const line = rows[position + at]
    lines[index] = line
    edit.push(keyOf(UNICODE_PUNCTUATION, block.old[index]))
    file.push(keyOf(UNICODE_PUNCTUATION, source.line(line)))
    const outer = at === 0 || at === indexes.length - 1
    if ((outer || !stays[index]) && edit[at] !== file[at]) return undefined
    if (at > 0 && !alignBlanks(indexes[at - 1], index, lines, touched)) return undefined
  }
  // Blank lines around: as many as both have.
  let first = lines[indexes[0]]
  for (let index = indexes[0] - 1; index >= 0; index--) {
    if (first > 0 && isBlankLine(fold(source.line(first - 1)))) lines[index] = --first
    else if (touched[index] || touched[index + 1]) return undefined
  }
  const end = indexes[indexes.length - 1]
  let last = lines[end] + 1
  for (let index = end + 1; index < lines.length; index++) {
    if (last < source.count && isBlankLine(fold(source.line(last)))) lines[index] = last++
    else if (touched[index] || touched[index + 1]) return undefined
  }
  const ways = waysOf(source, block, (index) => lines[index])
  if (ways.length === 0) return undefined
  return { first, last, lines, ways, score: similarity(edit.join('\n'), file.join('\n')) }
}

/**
 * Gives the blank lines between two lines of a block those that are between them in the source. Where there are more or
 * fewer, nothing may be gained or lost among them.
 * @param {number} from
 * @param {number} to
 * @param {number[]} lines
 * @param {boolean[]} touched
 */
function alignBlanks(from, to, lines, touched) {
  const same = lines[to] - lines[from] === to - from
  for (let index = from + 1; index <= to; index++) {
    if (!same && touched[index]) return false
    if (index < to && lines[from] + index - from < lines[to]) lines[index] = lines[from] + index - from
  }
  return true
}

/**
 * Where the block may begin, by its anchors: in each line that is the last anchor and in what that line encloses; or
 * which anchor is not found, or in which lines where only one may be.
 * @param {Source} source
 * @param {readonly string[]} anchors
 * @returns {{ regions: Region[], lines: number[], missing?: string, several?: boolean, spent: boolean }} `lines` are those of the anchor
 */
function regionsOf(source, anchors) {
  const steps = new Steps(MAX_STEPS)
  /** @type {Region[]} */
  let inside = [{ from: 0, to: source.count }]
  /** @type {Region[]} */
  let regions = inside
  /** @type {number[]} */
  let lines = []
  for (const anchor of anchors) {
    const found = anchorLines(source, anchor, inside)
    if (found.lines.length === 0) return { regions: [], lines: [], missing: anchor, spent: false }
    lines = found.lines.map(({ line }) => line)
    if (lines.length > (found.whole ? MAX_ANCHOR_LINES : 1))
      return { regions: [], lines, missing: anchor, several: true, spent: false }
    regions = found.lines.map(({ line, to }) => ({ from: line, to: enclosedBy(source, line, to, steps) }))
    inside = merge(regions.map(({ from, to }) => ({ from: from + 1, to })))
  }
  return { regions: merge(regions), lines, spent: steps.spent }
}

/**
 * The lines that are the anchor; where there are none those that begin with it behind their indentation.
 * @param {Source} source
 * @param {string} anchor
 * @param {readonly Region[]} regions
 */
function anchorLines(source, anchor, regions) {
  const sought = keyOf(UNICODE_PUNCTUATION, anchor)
  const { known, ids } = source.ids(UNICODE_PUNCTUATION)
  const id = known.get(sought)
  /** @param {(line: number) => boolean} accepts */
  const linesIn = (accepts) => {
    const lines = []
    for (const { from, to } of regions) {
      for (let line = from; line < to; line++) if (accepts(line)) lines.push({ line, to })
    }
    return lines
  }
  const whole = id === undefined ? [] : linesIn((line) => ids[line] === id)
  if (whole.length > 0) return { lines: whole, whole: true }
  const starts = linesIn((line) => isStart(keyOf(UNICODE_PUNCTUATION, source.line(line)), sought))
  return { lines: starts, whole: false }
}

/** @param {string} line @param {string} anchor */
function isStart(line, anchor) {
  return line.startsWith(anchor) && !splitsWord(line, anchor.length)
}

/** Regions that overlap or touch, as one. @param {readonly Region[]} regions in the order of `from` */
function merge(regions) {
  /** @type {Region[]} */
  const merged = []
  for (const { from, to } of regions) {
    const last = merged[merged.length - 1]
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else if (from < to) merged.push({ from, to })
  }
  return merged
}

/**
 * The line after the last that `line` encloses: that of a heading or of the title of a section up to the next one, that of a
 * comment with what the line under it encloses, else by indentation.
 * @param {Source} source
 * @param {number} line
 * @param {number} to
 * @param {Steps} steps
 */
function enclosedBy(source, line, to, steps) {
  const content = keyOf(UNICODE_PUNCTUATION, source.line(line))
  if (isOpen(content, '([{') || isDecorator(content)) return byIndentation(source, line, to, steps)
  const blankNext = line + 1 < to && isBlankLine(source.line(line + 1))
  const level = levelOf(content)
  if (level > 1 || (level === 1 && blankNext)) {
    return sectionEnd(source, line, to, steps, (other) => levelOf(other) > 0 && levelOf(other) <= level)
  }
  if (content.startsWith('[')) return sectionEnd(source, line, to, steps, (other) => other.startsWith('['))
  const mark = commentMark(content)
  if (mark === '') return byIndentation(source, line, to, steps)
  const outer = widthOf(source.line(line))
  for (let at = line + 1; at < to; at++) {
    steps.left--
    if (steps.spent) break
    const text = source.line(at)
    if (isBlankLine(text) || widthOf(text) !== outer) return at
    const other = keyOf(UNICODE_PUNCTUATION, text)
    if (commentMark(other) !== mark) return byIndentation(source, at, to, steps)
  }
  return to
}

/** How many signs of a heading a line begins with. @param {string} content */
function levelOf(content) {
  let level = 0
  while (content[level] === '#') level++
  return level === content.length || content[level] === ' ' ? level : 0
}

/** What a line begins with that is a comment, or nothing. @param {string} content */
function commentMark(content) {
  return ['//', '--', '#', ';', '%'].find((mark) => content.startsWith(mark)) ?? ''
}

/** @param {string} content */
function isDecorator(content) {
  return content.startsWith('@') || content.startsWith('#[')
}

/** Whether a line ends in one of these signs. @param {string} content @param {string} signs */
function isOpen(content, signs) {
  return content !== '' && signs.includes(content[content.length - 1])
}

/**
 * The first line from which a section is over; where none begins another, the next blank line, but `to` where the line after
 * its title is blank.
 * @param {Source} source
 * @param {number} line
 * @param {number} to
 * @param {Steps} steps
 * @param {(content: string) => boolean} begins whether a line begins a section
 */
function sectionEnd(source, line, to, steps, begins) {
  const outer = widthOf(source.line(line))
  let blank = to
  for (let at = line + 1; at < to; at++) {
    steps.left--
    if (steps.spent) break
    const text = source.line(at)
    if (isBlankLine(text)) {
      if (blank === to && at > line + 1) blank = at
      continue
    }
    const width = widthOf(text)
    if (width < outer || (width === outer && begins(keyOf(UNICODE_PUNCTUATION, text)))) return at
  }
  return line + 1 < to && isBlankLine(source.line(line + 1)) ? to : blank
}

/**
 * The line after the last that `line` encloses by indentation, with the line that closes it. What goes on with its header
 * belongs to it: what closes a bracket of the header, a list of selectors, what a decorator decorates, a brace on a line of
 * its own. Where no line is indented more, lines that are indented the same up to a blank one, or to one that begins as this
 * one does.
 * @param {Source} source
 * @param {number} line
 * @param {number} to
 * @param {Steps} steps
 */
function byIndentation(source, line, to, steps) {
  const outer = widthOf(source.line(line))
  const first = keyOf(UNICODE_PUNCTUATION, source.line(line))
  let header = first
  let end = line + 1
  let encloses = false
  for (let at = line + 1; at < to; at++) {
    steps.left--
    if (steps.spent) break
    const text = source.line(at)
    if (isBlankLine(text)) continue
    const width = widthOf(text)
    if (width < outer) break
    if (width > outer) {
      encloses = true
      end = at + 1
      continue
    }
    const content = keyOf(UNICODE_PUNCTUATION, text)
    const decorates = isDecorator(header)
    if (isOpen(header, decorates ? '([{' : '([') && isOpen(content.slice(0, 1), ')]}')) {
      // What is decorated still comes.
      header = decorates ? '@' : content
    } else if (decorates) header = content
    else if (!encloses && header.endsWith(',') && (header.startsWith('.') || isUnclosed(header))) header = content
    else if (!encloses && content.startsWith('{') && !isOpen(header, ';{}')) header = content
    else {
      if (closes(content) && (encloses || isOpen(header, '([{'))) return at + 1
      break
    }
    encloses = false
    end = at + 1
  }
  return encloses || end > line + 1 || isOpen(first, '([{') ? end : paragraphEnd(source, line, to, steps)
}

/**
 * @param {Source} source
 * @param {number} line
 * @param {number} to
 * @param {Steps} steps
 */
function paragraphEnd(source, line, to, steps) {
  const outer = widthOf(source.line(line))
  const first = keyOf(UNICODE_PUNCTUATION, source.line(line))
  const start = startOf(first)
  let at = line + 1
  for (; at < to; at++) {
    steps.left--
    if (steps.spent) break
    const text = source.line(at)
    if (isBlankLine(text) || widthOf(text) !== outer) break
    const content = keyOf(UNICODE_PUNCTUATION, text)
    if (startOf(content) === start || (first.endsWith(':') && content.endsWith(':'))) break
  }
  return at
}

/** The signs that a line begins with, or else its first word. @param {string} content */
function startOf(content) {
  const word = isWord(content.charCodeAt(0))
  let end = 0
  while (end < content.length && content.charCodeAt(end) < 0x80 && isWord(content.charCodeAt(end)) === word) end++
  return content.slice(0, end)
}

/** Whether a line opens a round or square bracket that it does not close. @param {string} content */
function isUnclosed(content) {
  let depth = 0
  for (const sign of content) {
    if (sign === '(' || sign === '[') depth++
    else if ((sign === ')' || sign === ']') && depth > 0) depth--
  }
  return depth > 0
}

/** Whether the line of an anchor ends inside a header, where nothing can be inserted. @param {string} line */
function isInsideHeader(line) {
  const content = keyOf(UNICODE_PUNCTUATION, line)
  return !content.endsWith('{') && (isUnclosed(content) || (content.startsWith('.') && content.endsWith(',')))
}

/** Whether a line only closes. @param {string} content */
function closes(content) {
  return content !== '' && /^(?:end(?![0-9A-Za-z_]))?[})\];,]*$/.test(content)
}

/** The columns of a line's indentation; a tab goes on to the next multiple of 8. @param {string} line */
function widthOf(line) {
  let width = 0
  for (const blank of indentationOf(line)) width = blank === '\t' ? width - (width % 8) + 8 : width + 1
  return width
}

/** Whether both sides of a place in a text are one word. @param {string} text @param {number} at */
function splitsWord(text, at) {
  return at > 0 && at < text.length && joinsWord(text.charCodeAt(at - 1)) && joinsWord(text.charCodeAt(at))
}

/**
 * Every place where `needle` begins in `text`, those that overlap too, on code points' borders.
 * @param {string} text
 * @param {string} needle not empty
 */
function verbatim(text, needle) {
  /** @type {number[]} */
  let found = []
  const head = needle.slice(0, HEAD_UNITS)
  let compared = 0
  for (let at = text.indexOf(head); at >= 0; at = text.indexOf(head, at + 1)) {
    compared += needle.length
    // The same by an algorithm whose work is bounded.
    if (head !== needle && compared > 2 * text.length + MAX_STEPS) {
      found = occurrences(units(text), units(needle))
      break
    }
    if (text.startsWith(needle, at)) found.push(at)
  }
  return found.filter((at) => !splitsPoint(text, at) && !splitsPoint(text, at + needle.length))
}

/** @param {string} text */
function units(text) {
  return Uint16Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
}

/** @param {string} text @param {number} at */
function splitsPoint(text, at) {
  return (text.charCodeAt(at - 1) & 0xfc00) === 0xd800 && (text.charCodeAt(at) & 0xfc00) === 0xdc00
}

module.exports = { MAX_LINES, Steps, isInsideHeader, placesOf, positionsOf, regionsOf, splitsWord, verbatim }
