'use strict'

// What counts as equal at each grade, and how the indentation of an edit becomes that of the file.
// crates/diff/src/edits/grades.rs does the same.

/** From the strictest to the loosest, in the order in which they are tried. */
const GRADES = /** @type {const} */ (['exact', 'trailing-space', 'indentation', 'unicode-punctuation', 'fuzzy'])
const EXACT = 0
const TRAILING_SPACE = 1
const INDENTATION = 2
const UNICODE_PUNCTUATION = 3
const FUZZY = 4

/** @typedef {typeof GRADES[number]} Grade */

/**
 * What must be the same for two lines to be equal at a grade.
 * @param {number} grade
 * @param {string} line
 */
function keyOf(grade, line) {
  switch (grade) {
    case EXACT:
      return line
    case TRAILING_SPACE:
      return withoutTrailingBlanks(line)
    case INDENTATION:
      return withoutBlanks(line)
    case UNICODE_PUNCTUATION:
      return withoutBlanks(fold(line))
    default:
      return skeleton(fold(line))
  }
}

/** @param {string} line */
function withoutTrailingBlanks(line) {
  let end = line.length
  while (end > 0 && isBlank(line.charCodeAt(end - 1))) end--
  return line.slice(0, end)
}

/** @param {string} line */
function withoutBlanks(line) {
  return withoutTrailingBlanks(line.slice(indentationOf(line).length))
}

/** The spaces and tabs that a line begins with. @param {string} line */
function indentationOf(line) {
  let end = 0
  while (end < line.length && isBlank(line.charCodeAt(end))) end++
  return line.slice(0, end)
}

/** Whether a line has spaces and tabs alone. @param {string} line */
function isBlankLine(line) {
  return indentationOf(line).length === line.length
}

/** @param {number} unit */
function isBlank(unit) {
  return unit === 32 || unit === 9
}

/**
 * Punctuation and spaces that models write in another form than the file has, in the form of ASCII.
 * @param {string} line
 */
function fold(line) {
  if (!/[^\x00-\x7f]/.test(line)) return line
  let folded = ''
  for (const character of line) folded += foldPoint(/** @type {number} */ (character.codePointAt(0))) ?? character
  return folded
}

/** @param {number} point @returns {string | undefined} */
function foldPoint(point) {
  if (point >= 0xff01 && point <= 0xff5e) return String.fromCharCode(point - 0xfee0)
  if (point >= 0x2010 && point <= 0x2015) return '-'
  if (point >= 0x2000 && point <= 0x200a) return ' '
  switch (point) {
    case 0xb4:
    case 0x2b9:
    case 0x2bc:
    case 0x2018:
    case 0x2019:
    case 0x201a:
    case 0x201b:
    case 0x2032:
    case 0x2035:
      return "'"
    case 0x201c:
    case 0x201d:
    case 0x201e:
    case 0x201f:
    case 0x2033:
    case 0x2036:
      return '"'
    case 0x2212:
    case 0xfe58:
    case 0xfe63:
      return '-'
    case 0x2026:
      return '...'
    case 0xa0:
    case 0x1680:
    case 0x202f:
    case 0x205f:
    case 0x3000:
      return ' '
    case 0xad:
    case 0x200b:
    case 0x2060:
    case 0xfeff:
      return ''
    default:
      return undefined
  }
}

/**
 * A new line whose parts that are those of the old line are as the file has them; what is between them is folded where the
 * file has ASCII alone there. All are without their indentation.
 * @param {string} oldLine
 * @param {string} newLine
 * @param {string} fileLine equal to `oldLine` once folded, or else nothing is done
 */
function asInFile(oldLine, newLine, fileLine) {
  if (oldLine === fileLine || fold(oldLine) !== fold(fileLine)) return newLine
  const edit = [...oldLine]
  const made = [...newLine]
  const file = [...fileLine]
  const shorter = Math.min(edit.length, made.length)
  let start = 0
  while (start < shorter && edit[start] === made[start]) start++
  let end = 0
  while (end < shorter - start && edit[edit.length - 1 - end] === made[made.length - 1 - end]) end++
  const [madeStart, fileStart] = aligned(edit, file, start)
  const [madeEnd, behind] = aligned([...edit].reverse(), [...file].reverse(), end)
  const fileEnd = Math.min(behind, file.length - fileStart)
  const middle = made.slice(madeStart, made.length - madeEnd).join('')
  const replaced = file.slice(fileStart, file.length - fileEnd).join('')
  return [
    ...file.slice(0, fileStart),
    /[^\x00-\x7f]/.test(replaced) ? middle : fold(middle),
    ...file.slice(file.length - fileEnd)
  ].join('')
}

/**
 * How many of the first code points of two lines are the same once folded, `most` of the first line or fewer.
 * @param {readonly string[]} edit
 * @param {readonly string[]} file
 * @param {number} most
 * @returns {[number, number]}
 */
function aligned(edit, file, most) {
  /** @type {Map<number, number>} */
  const places = new Map([[0, 0]])
  let length = 0
  for (const [at, point] of file.entries()) places.set((length += fold(point).length), at + 1)
  const lengths = [0]
  for (const point of edit.slice(0, most)) lengths.push(lengths[lengths.length - 1] + fold(point).length)
  for (let at = most; at > 0; at--) {
    const there = places.get(lengths[at])
    if (there !== undefined) return [at, there]
  }
  return [0, 0]
}

/**
 * A line without the blanks that part no words, with one kind of quotes, and without commas and semicolons at its end.
 * @param {string} line
 */
function skeleton(line) {
  let result = ''
  let parted = false
  let inWord = false
  for (let at = 0; at < line.length; at++) {
    const unit = line.charCodeAt(at)
    if (isBlank(unit)) {
      parted = true
      continue
    }
    const word = isWord(unit) || unit >= 0x80
    if (parted && inWord && word) result += ' '
    result += line[at] === '"' || line[at] === '`' ? "'" : line[at]
    parted = false
    inWord = word
  }
  let end = result.length
  while (end > 1 && (result[end - 1] === ',' || result[end - 1] === ';')) end--
  return result.slice(0, end)
}

/** How many code points of words a text has. @param {string} text */
function weigh(text) {
  let weight = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (isWord(unit) || (unit >= 0x80 && (unit & 0xfc00) !== 0xdc00)) weight++
    // A low surrogate alone is a code point of its own.
    else if (unit >= 0x80 && (text.charCodeAt(at - 1) & 0xfc00) !== 0xd800) weight++
  }
  return weight
}

/** Whether a code point is an ASCII letter, digit or underscore. @param {number} point */
function isWord(point) {
  return (point >= 48 && point <= 57) || (point >= 65 && point <= 90) || point === 95 || (point >= 97 && point <= 122)
}

/**
 * Whether a code point continues a word in a script that writes words apart: ASCII, Latin, the marks that combine, Greek
 * and Cyrillic.
 * @param {number} point
 */
function joinsWord(point) {
  return isWord(point) || (point >= 0xc0 && point < 0x530 && point !== 0xd7 && point !== 0xf7)
}

/**
 * A way to make an edit's indentation the file's: tabs as spaces or the other way round, then blanks put in front or taken
 * away there.
 * @typedef {{ tabs: number, spaces: number, added: string, removed: string }} Reindentation
 */

/** Each tab as so many spaces, or so many spaces as a tab; 0 leaves them. */
const CONVERSIONS = [
  { tabs: 0, spaces: 0 },
  { tabs: 2, spaces: 0 },
  { tabs: 4, spaces: 0 },
  { tabs: 8, spaces: 0 },
  { tabs: 0, spaces: 2 },
  { tabs: 0, spaces: 4 },
  { tabs: 0, spaces: 8 }
]

/**
 * Every way that makes the first of each pair the second. A way that changes nothing comes alone.
 * @param {[edit: string, file: string][]} pairs of indentations
 * @returns {Reindentation[]}
 */
function reindentations(pairs) {
  const found = []
  for (const { tabs, spaces } of CONVERSIONS) {
    const converted = pairs.map(([edit]) => convert(edit, tabs, spaces))
    const changes = converted.some((indentation, at) => indentation !== pairs[at][0])
    if ((tabs > 0 || spaces > 0) && !changes) continue
    const from = converted.length > 0 ? converted[0] : ''
    const to = converted.length > 0 ? pairs[0][1] : ''
    const way = { tabs, spaces, added: '', removed: '' }
    if (to.length >= from.length) way.added = to.slice(0, to.length - from.length)
    else way.removed = from.slice(0, from.length - to.length)
    if (!pairs.every(([edit, file]) => reindent(edit, way) === file)) continue
    if (tabs === 0 && spaces === 0 && way.added === '' && way.removed === '') return [way]
    found.push(way)
  }
  return found
}

/**
 * An indentation of the edit as one of the file; undefined where it lacks what would be taken away.
 * @param {string} indentation
 * @param {Reindentation} way
 */
function reindent(indentation, { tabs, spaces, added, removed }) {
  const converted = convert(indentation, tabs, spaces)
  return converted.startsWith(removed) ? added + converted.slice(removed.length) : undefined
}

/** @param {string} indentation @param {number} tabs @param {number} spaces */
function convert(indentation, tabs, spaces) {
  if (tabs > 0) return indentation.replaceAll('\t', ' '.repeat(tabs))
  if (spaces > 0) return indentation.replaceAll(' '.repeat(spaces), '\t')
  return indentation
}

module.exports = {
  EXACT,
  FUZZY,
  GRADES,
  INDENTATION,
  TRAILING_SPACE,
  UNICODE_PUNCTUATION,
  asInFile,
  fold,
  indentationOf,
  isBlankLine,
  isWord,
  joinsWord,
  keyOf,
  reindent,
  reindentations,
  weigh,
  withoutTrailingBlanks
}
