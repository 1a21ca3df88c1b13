'use strict'

// Puts the edits that models write where they belong, or says why not. crates/diff/src/edits/apply.rs does the same.

const { closestIn } = require('../closest')
const { blockOfHunk, blockOfTexts, compare, linesOf } = require('./block')
const {
  EXACT,
  FUZZY,
  GRADES,
  INDENTATION,
  TRAILING_SPACE,
  UNICODE_PUNCTUATION,
  asInFile,
  indentationOf,
  isBlankLine,
  isWord,
  keyOf,
  reindent,
  weigh,
  withoutTrailingBlanks
} = require('./grades')
const { MAX_LINES, Steps, isInsideHeader, placesOf, positionsOf, regionsOf, splitsWord, verbatim } = require('./locate')
const { BOM, CR, NOTHING, Source, newLines, withLineFeeds } = require('./source')

/** Code points of words that the old lines need to be placed by more than a difference in trailing blanks. */
const MIN_WEIGHT = 12
/** How like the old lines another place may be where they are not found as they are. */
const MAX_RIVAL = 0.75
/** How often a line counts that is in the old lines more than once. */
const MAX_REPEATS = 8
/** What a report has at most. */
const MAX_CANDIDATES = 20
const MAX_CLOSEST = 3
const MIN_CLOSEST_SCORE = 0.4
const MAX_CLOSEST_LINES = 200

/** @typedef {import('./block').Block} Block */
/** @typedef {import('./block').Entry} Entry */
/** @typedef {import('./grades').Grade} Grade */
/** @typedef {import('./grades').Reindentation} Reindentation */
/** @typedef {import('./locate').Place} Place */
/** @typedef {import('./source').Replacement} Replacement */

/** @typedef {{ oldText: string, newText: string, all?: boolean, wholeLines?: boolean }} TextEdit */
/** @typedef {{ lines: readonly string[], anchors: readonly string[], atEnd: boolean, first: boolean }} HunkEdit */
/** @typedef {TextEdit | HunkEdit} Edit */

/**
 * @typedef {'not-found' | 'ambiguous' | 'no-change' | 'already-applied' | 'below-score' | 'too-short' | 'inside-word' |
 *   'indentation' | 'empty-search' | 'no-context' | 'out-of-order' | 'not-at-end' | 'outside-anchor' |
 *   'anchor-not-found' | 'too-large' | 'rolled-back'} Reason
 */

/**
 * What became of an edit. All lines are those of the text as it was given, from 1.
 * @typedef {object} Report
 * @property {boolean} applied
 * @property {Grade} [matchedWith]
 * @property {number} [line]
 * @property {number} [endLine] the last of the lines found
 * @property {number} [count] in how many places
 * @property {number} [score]
 * @property {Reason} [reason]
 * @property {number[]} [candidates] lines of the places that are as good as each other, or that would be
 * @property {{ startLine: number, endLine: number, score: number, text: string }[]} [closest]
 */

/** @typedef {{ report: Report, replacements?: Replacement[], cursor?: number, created?: string }} Attempt */

/**
 * Applies the edits in their order, each to what those before it made.
 * @param {string} text
 * @param {readonly Edit[]} edits
 * @param {{ fuzzy: number | false, partial: boolean }} options
 * @returns {{ text: string | null, edits: Report[] }}
 */
function applyEdits(text, edits, { fuzzy, partial }) {
  let source = new Source(text)
  // No hunk changes a line before this one.
  let cursor = 0
  /** @type {Report[]} */
  const reports = []
  for (const edit of edits) {
    if ('lines' in edit && edit.first) cursor = 0
    const attempt = 'lines' in edit ? tryHunk(source, edit, fuzzy, cursor) : tryTexts(source, edit, fuzzy)
    reports.push(attempt.report)
    if (attempt.created !== undefined) {
      source = new Source(attempt.created)
      source.origins.fill(0)
    }
    if (attempt.replacements) source.replace(attempt.replacements)
    if (attempt.cursor !== undefined) cursor = attempt.cursor
  }
  if (partial || reports.every((report) => report.applied)) return { text: source.text(), edits: reports }
  for (const report of reports) {
    if (report.applied) Object.assign(report, { applied: false, reason: 'rolled-back' })
  }
  return { text: null, edits: reports }
}

/**
 * @param {Source} source
 * @param {TextEdit} edit
 * @param {number | false} fuzzy
 * @returns {Attempt}
 */
function tryTexts(source, edit, fuzzy) {
  let oldText = withLineFeeds(edit.oldText)
  let newText = newLines(edit.newText, source.form)
  if (source.bom !== '' && oldText.startsWith(BOM)) {
    oldText = oldText.slice(BOM.length)
    if (newText.startsWith(BOM)) newText = newText.slice(BOM.length)
  }
  if (oldText === withLineFeeds(newText)) return refuse('no-change')
  if (oldText === '') {
    if (source.count > 0) return refuse('empty-search')
    const created = source.bom + (edit.newText.startsWith(BOM) ? edit.newText.slice(source.bom.length) : edit.newText)
    return { report: { applied: true, matchedWith: 'exact', line: 1, endLine: 1, count: 1, score: 1 }, created }
  }
  const all = edit.all === true
  if (edit.wholeLines !== true) {
    const attempt = tryVerbatim(source, oldText, newText, all)
    if (attempt) return attempt
  }
  const block = blockOfTexts(oldText, newText)
  if (block.entries.every(({ kind }) => kind === ' ')) return refuse('no-change')
  const grade = edit.wholeLines === true ? EXACT : TRAILING_SPACE
  const attempt = tryBlock(source, block, { grade, all, fuzzy, cursor: 0 })
  if (edit.wholeLines === true || attempt.report.reason !== 'not-found' || weigh(newText) < MIN_WEIGHT) return attempt
  const there = verbatim(source.flat, newText)
  return there.length === 1 ? refuse('already-applied', [number(source, source.lineAt(there[0]))]) : attempt
}

/**
 * The old text as it is, from anywhere in a line to anywhere in one; undefined where it is not there.
 * @param {Source} source
 * @param {string} oldText not empty
 * @param {string} newText
 * @param {boolean} all
 * @returns {Attempt | undefined}
 */
function tryVerbatim(source, oldText, newText, all) {
  const { flat } = source
  let found = verbatim(flat, oldText)
  // The LF at the end of a text without final newline is not there.
  const incomplete = source.count > 0 && source.endings[source.count - 1] === NOTHING
  if (incomplete && /^\n+$/.test(oldText)) found = found.filter((at) => at + oldText.length < flat.length)
  if (found.length === 0) return undefined
  /** @param {number} at */
  const lineOf = (at) => number(source, source.lineAt(at))
  if (all) {
    let end = 0
    found = found.filter((at) => {
      if (at < end) return false
      end = at + oldText.length
      return true
    })
  } else {
    if (found.length > 1) return refuse('ambiguous', found.slice(0, MAX_CANDIDATES).map(lineOf))
    const [at] = found
    if (insideWord(flat, at, oldText)) return refuse('inside-word', [lineOf(at)])
    if (isThere(flat, at, oldText, newText)) return refuse('already-applied', [lineOf(at)])
    const first = source.lineAt(at)
    const last = source.lineAt(at + oldText.length - 1) + 1
    if (cutsLines(source, at, oldText, first, last)) {
      const rival = similarLines(source, oldText, first, last)
      if (rival !== undefined) return refuse('ambiguous', numbers(source, [first, rival]))
    }
  }
  const pieces = []
  let matchedWith = EXACT
  let end = 0
  for (const at of found) {
    const piece = indented(source, at, oldText, newText, end)
    if (piece === undefined) return refuse('indentation', [lineOf(at)])
    if (!all && isThere(flat, piece.at, flat.slice(piece.at, piece.end), piece.text)) {
      return refuse('already-applied', [lineOf(at)])
    }
    if (piece.prefixed) matchedWith = INDENTATION
    pieces.push(piece)
    end = piece.end
  }
  const replacements = segmentsOf(source, pieces).map(({ first, last, text, final }) => {
    const oldLines = linesOf(flat.slice(source.starts[first], source.starts[last]))
    const { entries } = compare(oldLines, linesOf(text))
    return build(source, { first, last, lines: [] }, entries, final)
  })
  const line = lineOf(found[0])
  const endLine = lineOf(found[0] + oldText.length - 1)
  return {
    report: { applied: true, matchedWith: GRADES[matchedWith], line, endLine, count: found.length, score: 1 },
    replacements
  }
}

/** @typedef {{ at: number, end: number, text: string, prefixed: boolean }} Piece a part of `flat`, and what takes its place */

/**
 * What is replaced for a text that is found. Where it lacks some of its first line's indentation and becomes several lines,
 * these get it; where it becomes nothing and leaves nothing on its line, the indentation goes too. Undefined where it cannot
 * be told whether the new lines have their indentation.
 * @param {Source} source
 * @param {number} at
 * @param {string} oldText
 * @param {string} newText
 * @param {number} from what is before is replaced already
 * @returns {Piece | undefined}
 */
function indented(source, at, oldText, newText, from) {
  const { flat } = source
  const end = at + oldText.length
  const asItIs = { at, end, text: newText, prefixed: false }
  const start = source.starts[source.lineAt(at)]
  const missing = flat.slice(start, at)
  if (missing === '' || !isBlankLine(missing) || start < from || oldText.startsWith('\n')) return asItIs
  if (newText === '') return oldText.endsWith('\n') || flat[end] === '\n' ? { ...asItIs, at: start } : asItIs
  if (!newText.includes('\n')) return asItIs
  const [firstOld, ...oldLines] = oldText.split('\n')
  const [first, ...lines] = newText.split('\n')
  /** @param {string} line */
  const prefix = (line) => (isBlankLine(line) ? line : missing + line)
  // Further old lines are found as they are, so the new ones are written as they shall be.
  if (!oldLines.every(isBlankLine)) {
    return { at: start, end, text: [prefix(first), ...lines].join('\n'), prefixed: true }
  }
  const whole = missing + indentationOf(firstOld)
  const written = lines.filter((line) => !isBlankLine(line))
  if (written.length > 0 && written.every((line) => line.startsWith(whole))) {
    // Either they have the indentation that the first lacks, or they are inside of what the first opens.
    if (!/[:{([]$/.test(first) || indentationOf(written[0]) !== whole) return undefined
  }
  return { at: start, end, text: [first, ...lines].map(prefix).join('\n'), prefixed: true }
}

/**
 * Whether a text that is found begins or ends inside a word; one of several lines also where it begins behind a dot or a
 * sigil, which would make the first name another one.
 * @param {string} flat
 * @param {number} at
 * @param {string} oldText
 */
function insideWord(flat, at, oldText) {
  if (splitsWord(flat, at) || splitsWord(flat, at + oldText.length)) return true
  return at > 0 && oldText.includes('\n') && isWord(oldText.charCodeAt(0)) && '.$@'.includes(flat[at - 1])
}

/**
 * Whether a text of several lines begins behind something else on its first line or ends before something else on its last.
 * @param {Source} source
 * @param {number} at
 * @param {string} oldText
 * @param {number} first
 * @param {number} last
 */
function cutsLines({ flat, starts }, at, oldText, first, last) {
  if (last - first < 2) return false
  const before = flat.slice(starts[first], at)
  const after = flat.slice(at + oldText.length, starts[last] - 1)
  return !isBlankLine(before) || !isBlankLine(after)
}

/**
 * Whether what the new text adds before or after the old one is there already.
 * @param {string} flat
 * @param {number} at
 * @param {string} oldText
 * @param {string} newText
 */
function isThere(flat, at, oldText, newText) {
  const added = newText.length - oldText.length
  if (added <= 0) return false
  if (newText.startsWith(oldText) && weigh(newText.slice(oldText.length)) > 0 && flat.startsWith(newText, at))
    return true
  return (
    newText.endsWith(oldText) &&
    weigh(newText.slice(0, added)) > 0 &&
    added <= at &&
    flat.startsWith(newText, at - added)
  )
}

/**
 * The whole lines that the replacements of a text change, those that share a line as one.
 * @param {Source} source
 * @param {readonly Piece[]} pieces
 */
function segmentsOf(source, pieces) {
  const { count, flat, starts } = source
  /** @type {{ first: number, last: number, text: string, final: Block['final'] }[]} */
  const segments = []
  for (let index = 0; index < pieces.length;) {
    const first = source.lineAt(pieces[index].at)
    const parts = []
    let at = starts[first]
    let last
    // Whether what is written so far ends inside a line.
    let open = false
    do {
      const piece = pieces[index++]
      parts.push(flat.slice(at, piece.at), piece.text)
      if (piece.text !== '') open = !piece.text.endsWith('\n')
      else if (piece.at > at) open = flat[piece.at - 1] !== '\n'
      at = piece.end
      last = source.lineAt(at)
      if (last < count && (at > starts[last] || open)) last++
    } while (index < pieces.length && pieces[index].at < starts[last])
    parts.push(flat.slice(at, starts[last]))
    const cut = open && at === flat.length
    if (cut) parts.push('\n')
    segments.push({ first, last, text: parts.join(''), final: cut ? 'none' : 'keep' })
  }
  return segments
}

/**
 * @param {Source} source
 * @param {HunkEdit} edit
 * @param {number | false} fuzzy
 * @param {number} cursor
 * @returns {Attempt}
 */
function tryHunk(source, edit, fuzzy, cursor) {
  const block = blockOfHunk(edit, source.form)
  const written = block.entries.filter(({ kind }) => kind !== '-')
  const same = written.length === block.old.length && written.every(({ text }, at) => text === block.old[at])
  if (same && block.final === 'keep') return refuse('no-change')
  return tryBlock(source, block, { grade: EXACT, all: false, fuzzy, cursor })
}

/**
 * @param {Source} source
 * @param {Block} block
 * @param {{ grade: number, all: boolean, fuzzy: number | false, cursor: number }} options `grade` is the first
 * @returns {Attempt}
 */
function tryBlock(source, block, options) {
  const { lines, missing, regions, several, spent } = regionsOf(source, block.anchors)
  if (several) return refuse('ambiguous', numbers(source, lines))
  if (missing !== undefined) return refuse('anchor-not-found', undefined, closestTo(source, missing))
  if (spent) return refuse('too-large')
  if (block.old.length === 0) return tryInsertion(source, block, lines, options.cursor)
  if (block.old.every(isBlankLine)) return refuse('no-context')
  /** @param {Place[]} places */
  const fitting = (places) => {
    const inside = within(places, regions)
    return block.atEnd ? inside.filter(({ last }) => last === source.count) : inside
  }
  /** @type {Place[]} */
  let elsewhere = []
  let belowScore = false
  const steps = new Steps(MAX_LINES)
  for (let grade = options.grade; grade <= FUZZY; grade++) {
    if (grade === FUZZY && options.fuzzy === false) break
    if (!block.complete && grade > EXACT) return refuse('too-large')
    const places = placesOf(source, block, grade, steps)
    if (steps.spent) return refuse('too-large')
    let fit = fitting(places)
    if (elsewhere.length === 0 && fit.length === 0) elsewhere = places
    if (grade === FUZZY && fit.length === 1 && fit[0].score < Number(options.fuzzy)) {
      belowScore = true
      fit = []
    }
    if (fit.length > 0) return decide(source, block, grade, fit, options)
  }
  const there = appliedAt(source, block, fitting)
  if (there !== undefined) return refuse('already-applied', numbers(source, [there]))
  if (elsewhere.length > 0) {
    const candidates = numbers(
      source,
      elsewhere.map(({ first }) => first)
    )
    if (within(elsewhere, regions).length > 0) return refuse('not-at-end', candidates)
    return refuse('outside-anchor', candidates, closestTo(source, block.old.join('\n')))
  }
  return refuse(belowScore ? 'below-score' : 'not-found', undefined, closestTo(source, block.old.join('\n')))
}

/**
 * Only gained lines: they go after the last anchor, to the end where they shall be, or into a text that has no lines.
 * @param {Source} source
 * @param {Block} block
 * @param {readonly number[]} anchors where the last anchor is
 * @param {number} cursor
 * @returns {Attempt}
 */
function tryInsertion(source, block, anchors, cursor) {
  if (!block.atEnd && anchors.length > 1) return refuse('ambiguous', numbers(source, anchors))
  if (!block.atEnd && anchors.length === 0 && source.count > 0) return refuse('no-context')
  if (!block.atEnd && anchors.length > 0 && isInsideHeader(source.line(anchors[0]))) return refuse('no-context')
  const at = block.atEnd || anchors.length === 0 ? source.count : anchors[0] + 1
  const before = Math.max(0, at - 1)
  if (at < cursor) return refuse('out-of-order', numbers(source, [before]))
  const gained = block.entries.map(({ text }) => text)
  const start = block.atEnd ? at - gained.length : at
  if (weigh(gained.join('\n')) > 0 && equalLines(source, start, gained)) {
    return refuse('already-applied', numbers(source, [start]))
  }
  const replacement = build(source, { first: at, last: at, lines: [] }, block.entries, block.final)
  const line = source.count === 0 ? 1 : number(source, before)
  return {
    report: { applied: true, matchedWith: 'exact', line, endLine: line, count: 1, score: 1 },
    replacements: [replacement],
    cursor: at + gained.length
  }
}

/**
 * What happens where the block is found.
 * @param {Source} source
 * @param {Block} block
 * @param {number} grade
 * @param {Place[]} places in order, at least one
 * @param {{ all: boolean, cursor: number }} options
 * @returns {Attempt}
 */
function decide(source, block, grade, places, { all, cursor }) {
  const [place] = places
  if (!all && places.length > 1)
    return refuse(
      'ambiguous',
      numbers(
        source,
        places.map(({ first }) => first)
      )
    )
  if (grade >= INDENTATION && block.anchors.length === 0) {
    const old = block.old.join('\n')
    if (weigh(old) < MIN_WEIGHT) return refuse('too-short', numbers(source, [place.first]), closestTo(source, old))
    const rival = all ? undefined : rivalOf(source, block, place)
    if (rival !== undefined) return refuse('ambiguous', numbers(source, [place.first, rival]))
  }
  if (!all) {
    if (firstChange(block, place) < cursor) return refuse('out-of-order', numbers(source, [place.first]))
    const there = insertedAt(source, block, place)
    if (there !== undefined) return refuse('already-applied', numbers(source, [there]))
  }
  const taken = all ? apart(places) : places
  const replacements = []
  for (const each of taken) {
    const entries = reindented(block.entries, each.ways)
    if (!entries) return refuse('indentation', numbers(source, [each.first]))
    const written = grade >= UNICODE_PUNCTUATION ? withPunctuation(source, each, entries) : entries
    const replacement = build(source, each, written, block.final)
    if (changes(source, replacement)) replacements.push(replacement)
  }
  if (replacements.length === 0) return refuse('already-applied', numbers(source, [place.first]))
  const [{ first, endings }] = replacements
  let kept = 0
  while (block.entries[block.entries.length - 1 - kept].kind === ' ') kept++
  const line = number(source, place.first)
  const endLine = number(source, place.last - 1)
  const count = replacements.length
  return {
    report: { applied: true, matchedWith: GRADES[grade], line, endLine, count, score: place.score },
    replacements,
    cursor: first + Math.max(0, endings.length - kept)
  }
}

/** The places that do not overlap one before them. @param {readonly Place[]} places */
function apart(places) {
  let end = 0
  return places.filter(({ first, last }) => {
    if (first < end) return false
    end = last
    return true
  })
}

/**
 * The places that begin in one of the regions.
 * @param {readonly Place[]} places
 * @param {readonly { from: number, to: number }[]} regions both in order
 */
function within(places, regions) {
  let at = 0
  return places.filter(({ first }) => {
    while (at < regions.length && regions[at].to <= first) at++
    return at < regions.length && regions[at].from <= first
  })
}

/**
 * The line of another place that is so like the old lines that it may be the one that is meant: in which most lines are
 * theirs as they are, or that is like them in all.
 * @param {Source} source
 * @param {Block} block
 * @param {Place} place
 */
function rivalOf(source, { old }, { first, last }) {
  return mostLines(source, old, first, last) ?? similarLines(source, old.join('\n'), first, last)
}

/**
 * The line of the place most like a text outside of the lines from `first` to before `last`, if it is like it.
 * @param {Source} source
 * @param {string} text
 * @param {number} first
 * @param {number} last
 */
function similarLines(source, text, first, last) {
  const found = closestIn(source.searchable, text, { limit: 2, minScore: MAX_RIVAL })
  const other = found.find(({ startLine, endLine }) => endLine <= first || startLine > last)
  return other && other.startLine - 1
}

/**
 * The first place outside of the lines from `first` to before `last` that has more than half of these lines, those that are
 * not blank, and two or more.
 * @param {Source} source
 * @param {readonly string[]} lines
 * @param {number} first
 * @param {number} last
 */
function mostLines(source, lines, first, last) {
  const { known, ids } = source.ids(TRAILING_SPACE)
  /** @type {Map<number, number[]>} */
  const indexes = new Map()
  let count = 0
  for (const [index, line] of lines.entries()) {
    if (isBlankLine(line)) continue
    count++
    const id = known.get(keyOf(TRAILING_SPACE, line))
    if (id === undefined) continue
    const there = indexes.get(id)
    if (there === undefined) indexes.set(id, [index])
    // A line that is often there tells little.
    else if (there.length < MAX_REPEATS) there.push(index)
  }
  const shared = new Int32Array(source.count + lines.length)
  for (let line = 0; line < source.count; line++) {
    if (line >= first && line < last) continue
    for (const index of indexes.get(ids[line]) ?? []) shared[line - index + lines.length]++
  }
  const needed = Math.max(2, Math.floor(count / 2) + 1)
  const at = shared.findIndex((lines) => lines >= needed)
  return at < 0 ? undefined : Math.max(0, at - lines.length)
}

/**
 * The line at which a place begins to change.
 * @param {Block} block
 * @param {Place} place
 */
function firstChange(block, { first, last, lines }) {
  const index = block.entries.findIndex(({ kind }) => kind !== ' ')
  if (index < 0 || index >= block.old.length) return last
  return lines.length > 0 ? Math.max(first, lines[index]) : first + index
}

/**
 * Where the lines of a block that only gains lines are, around the place of those it keeps.
 * @param {Source} source
 * @param {Block} block
 * @param {Place} place
 */
function insertedAt(source, { entries, old }, { first }) {
  if (entries.some(({ kind }) => kind === '-') || entries.length === old.length) return undefined
  const start = first - entries.findIndex(({ kind }) => kind === ' ')
  const gained = entries.filter(({ kind }) => kind === '+').map(({ text }) => text)
  if (weigh(gained.join('\n')) === 0) return undefined
  const all = entries.map(({ text }) => text)
  return equalLines(source, start, all) ? start : undefined
}

/**
 * Whether the source has these lines at a place, whatever their indentation.
 * @param {Source} source
 * @param {number} first
 * @param {readonly string[]} lines
 */
function equalLines(source, first, lines) {
  if (first < 0 || first + lines.length > source.count) return false
  return lines.every(
    (line, at) => keyOf(UNICODE_PUNCTUATION, line) === keyOf(UNICODE_PUNCTUATION, source.line(first + at))
  )
}

/**
 * The line at which the new lines of a block are, if that is one place only.
 * @param {Source} source
 * @param {Block} block
 * @param {(places: Place[]) => Place[]} fitting
 */
function appliedAt(source, block, fitting) {
  const { entries } = block
  const lines = entries.filter(({ kind }) => kind !== '-').map(({ text }) => text)
  if (weigh(lines.join('\n')) < MIN_WEIGHT) return undefined
  const gains = entries.some(({ kind }) => kind === '+')
  // Where lines are only lost, those around them have to meet.
  if (!gains && (entries[0].kind === '-' || entries[entries.length - 1].kind === '-')) return undefined
  const positions = positionsOf(source, lines, TRAILING_SPACE)
  const places = positions.map((first) => ({ first, last: first + lines.length, lines: [], ways: [], score: 1 }))
  const fit = fitting(places)
  return fit.length === 1 ? fit[0].first : undefined
}

/**
 * The entries with what they gain indented as the source is; undefined where the ways to do it do not agree.
 * @param {readonly Entry[]} entries
 * @param {readonly Reindentation[]} ways
 */
function reindented(entries, ways) {
  /** @type {Entry[] | undefined} */
  let agreed
  for (const way of ways) {
    /** @type {Entry[]} */
    const result = []
    for (const entry of entries) {
      if (entry.kind !== '+' || isBlankLine(entry.text)) {
        result.push(entry)
        continue
      }
      const indentation = indentationOf(entry.text)
      const own = reindent(indentation, way)
      if (own === undefined) break
      result.push({ kind: '+', text: own + entry.text.slice(indentation.length) })
    }
    if (result.length < entries.length) continue
    if (agreed && agreed.some(({ text }, at) => text !== result[at].text)) return undefined
    agreed ??= result
  }
  return agreed
}

/**
 * The entries with what they gain in the place of lost lines punctuated as these are in the source, where it is the same.
 * @param {Source} source
 * @param {Place} place
 * @param {readonly Entry[]} entries
 */
function withPunctuation(source, { first, lines }, entries) {
  /** @type {[string, string][]} */
  let lost = []
  let index = 0
  /** @param {string} text */
  const content = (text) => text.slice(indentationOf(text).length)
  return entries.map((entry) => {
    const { kind, text } = entry
    if (kind === '+') {
      const pair = lost.shift()
      if (pair === undefined || isBlankLine(text)) return entry
      return { kind, text: indentationOf(text) + asInFile(pair[0], content(text), pair[1]) }
    }
    const line = lines.length > 0 ? lines[index] : first + index
    index++
    if (kind === ' ') lost = []
    else if (line >= 0) {
      lost.push([withoutTrailingBlanks(content(text)), withoutTrailingBlanks(content(source.line(line)))])
    }
    return entry
  })
}

/**
 * The lines that take the place of those found. What is kept is the source's own; a gained line ends as the lost line whose
 * place it takes, or else as the line before it.
 * @param {Source} source
 * @param {{ first: number, last: number, lines: readonly number[] }} place
 * @param {readonly Entry[]} entries
 * @param {Block['final']} final
 * @returns {Replacement}
 */
function build(source, place, entries, final) {
  const { count, flat, starts } = source
  let { first } = place
  const { last, lines } = place
  /** @type {string[]} */
  const parts = []
  /** @type {number[]} */
  const endings = []
  /** @type {number[]} */
  const origins = []
  /** @param {number} line */
  const keep = (line) => {
    parts.push(flat.slice(starts[line], starts[line + 1]))
    endings.push(source.endings[line])
    origins.push(source.origins[line])
  }
  const incomplete = last === count && count > 0 && source.endings[count - 1] === NOTHING
  if (incomplete && first === count) keep(--first)
  /** @type {number[]} */
  let lost = []
  let next = place.first
  let index = 0
  for (const { kind, text } of entries) {
    if (kind === '+') {
      const from = lost.shift()
      const before = endings.length - 1
      parts.push(text, '\n')
      const own = from !== undefined ? source.endings[from] : before >= 0 ? endings[before] : source.endingNear(first)
      // A line that has a CR is none of those that end in it.
      endings.push(own === CR && text.includes('\r') ? source.form : own)
      origins.push(
        from !== undefined ? source.origins[from] : before >= 0 ? origins[before] : originBefore(source, first)
      )
      continue
    }
    const line = lines.length > 0 ? lines[index] : place.first + index
    index++
    if (line < 0) continue
    while (next < line) keep(next++)
    next++
    if (kind === ' ') {
      keep(line)
      lost = []
    } else lost.push(line)
  }
  while (next < last) keep(next++)
  if (incomplete && endings.length === 0 && first > 0) keep(--first)
  const end = endings.length - 1
  for (let at = 0; at <= end; at++) if (endings[at] === NOTHING) endings[at] = source.endingNear(count - 1)
  if (end >= 0 && (final === 'none' || (final === 'keep' && incomplete))) endings[end] = NOTHING
  return { first, last, text: parts.join(''), endings, origins }
}

/** @param {Source} source @param {number} line */
function originBefore(source, line) {
  return line > 0 ? source.origins[line - 1] : 0
}

/** Whether a replacement is anything else than what it replaces. @param {Source} source @param {Replacement} replacement */
function changes(source, { first, last, text, endings }) {
  if (text !== source.flat.slice(source.starts[first], source.starts[last])) return true
  return endings.some((ending, at) => ending !== source.endings[first + at])
}

/** The line of the given text that a line stands for. @param {Source} source @param {number} line */
function number(source, line) {
  return Math.max(1, source.origins[line])
}

/** @param {Source} source @param {readonly number[]} lines */
function numbers(source, lines) {
  return lines.slice(0, MAX_CANDIDATES).map((line) => number(source, line))
}

/** @param {Source} source @param {string} needle */
function closestTo(source, needle) {
  const found = closestIn(source.searchable, needle, { limit: MAX_CLOSEST, minScore: MIN_CLOSEST_SCORE })
  return found.map(({ startLine, endLine, score }) => {
    const end = Math.min(endLine, startLine - 1 + MAX_CLOSEST_LINES)
    const text = source.flat.slice(source.starts[startLine - 1], source.starts[end] - 1)
    return { startLine: number(source, startLine - 1), endLine: number(source, endLine - 1), score, text }
  })
}

/**
 * @param {Reason} reason
 * @param {number[]} [candidates]
 * @param {Report['closest']} [near]
 * @returns {Attempt}
 */
function refuse(reason, candidates, near) {
  return { report: { applied: false, reason, ...(candidates && { candidates }), ...(near && { closest: near }) } }
}

module.exports = { applyEdits }
