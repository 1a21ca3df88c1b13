'use strict'

const { bytesOf, offsetsShown, shown } = require('./text')

/**
 * The matches in one text.
 *
 * @typedef {import('./text').Text} Text
 * @typedef {import('./pattern/pattern').Pattern} Pattern
 * @typedef {import('./pattern/pattern').Span} Span
 * @typedef {Omit<import('./result').Match, 'path'>} Match
 *
 * @typedef {{ pattern: Pattern, linePattern: Pattern }} Patterns the same twice: each keeps a part of the text it last
 *   searched, whole texts or single lines
 *
 * @typedef {object} Shape what is wanted of each text
 * @property {boolean} multiline
 * @property {boolean} crlf
 * @property {boolean} invert
 * @property {number} before
 * @property {number} after
 * @property {number} maxPerFile
 * @property {number} maxLineLength
 *
 * @typedef {{ first: number | undefined, ranges: Span[], count: number, last: number[] }} Found where the matches are: the
 *   first, those that are not empty, as many as may be shown, how many of these there are, and where the last two begin
 *
 * @typedef {object} Block lines that match together
 * @property {number} start
 * @property {number} end behind the end of the last line
 * @property {Found} [found] of `multiline`, from the start of the text
 */

/** The matches of a line between two turns of the event loop. */
const MATCHES_PER_TURN = 4096
const PAUSE = Object.freeze(/** @type {const} */ ({ operation: 'pause', path: '' }))

class TextSearch {
  /**
   * @param {Text} text
   * @param {Patterns} patterns
   * @param {Shape} shape
   */
  constructor(text, { pattern, linePattern }, shape) {
    this.text = text
    this.string = text.string
    this.pattern = pattern
    this.linePattern = linePattern
    this.shape = shape
    /** Where to go on: the start of a line, but in `multiline` anywhere. */
    this.at = 0
    /** The lines and bytes up to here are counted. */
    this.counted = 0
    this.linesCounted = 0
    this.bytesCounted = text.skippedBytes
    /** The lines up to here are part of a match, or of its context. */
    this.shownTo = 0
    this.matches = 0
    /** There are more than `maxPerFile`. */
    this.limited = false
    /** A block that was found already. @type {Block | undefined} */
    this.ahead = undefined
    /** Of `multiline`: the first match behind the last block. @type {Span | undefined} */
    this.nextSpan = undefined
    /** Of `invert`: lines between two that match. */
    this.gap = { at: 0, end: 0, resume: 0, last: false }
  }

  /**
   * The next match; undefined when there is none.
   * @returns {import('../../ignore/io').Work<Match | undefined>}
   */
  *next() {
    const { after, maxPerFile } = this.shape
    if (this.matches >= maxPerFile) {
      this.limited ||= (yield* this.nextBlock()) !== undefined
      return undefined
    }
    const block = this.ahead ?? (yield* this.nextBlock())
    this.ahead = undefined
    if (block === undefined) return undefined
    this.matches += 1
    let afterEnd = this.string.length
    if (after > 0 && this.matches < maxPerFile) {
      this.ahead = yield* this.nextBlock()
      if (this.ahead !== undefined) afterEnd = this.ahead.start
    }
    return yield* this.match(block, afterEnd)
  }

  /** @returns {import('../../ignore/io').Work<Block | undefined>} */
  *nextBlock() {
    if (!this.shape.invert) return yield* this.nextMatching()
    for (;;) {
      const { at, end, resume, last } = this.gap
      if (at < end) {
        this.gap.at = this.lineEnd(at)
        return { start: at, end: this.gap.at }
      }
      if (last) return undefined
      const block = yield* this.nextMatching()
      this.gap =
        block === undefined
          ? { at: resume, end: this.string.length, resume: this.string.length, last: true }
          : { at: resume, end: block.start, resume: block.end, last: false }
    }
  }

  /** @returns {import('../../ignore/io').Work<Block | undefined>} */
  nextMatching() {
    if (this.shape.multiline) return this.nextSpanning()
    // With the ends of the text in the pattern, each line is one. Beside bytes that are no UTF-8 the borders of words depend
    // on what is before the line.
    const alone = this.pattern.hasTextEnds || (this.pattern.hasWords && !this.text.valid)
    return alone ? this.nextLineByItself() : this.nextLine()
  }

  /** @returns {import('../../ignore/io').Work<Block | undefined>} */
  *nextLine() {
    const { string } = this
    while (this.at < string.length) {
      const span = yield* this.find(string, this.at)
      if (span === undefined) break
      const start = this.lineStart(span.start)
      // Behind the last line end there is no line.
      if (start === string.length) break
      const end = this.lineEnd(span.start)
      this.at = end
      // A match that looks at the CR of a line end is none of the line.
      const sure = span.end <= start + this.content(start, end).length
      if (sure || (yield* this.find(this.content(start, end), 0)) !== undefined) return { start, end }
    }
    this.at = string.length
    return undefined
  }

  /** @returns {import('../../ignore/io').Work<Block | undefined>} */
  *nextLineByItself() {
    let lines = 0
    while (this.at < this.string.length) {
      const start = this.at
      const end = this.lineEnd(start)
      this.at = end
      if ((yield* this.find(this.content(start, end), 0)) !== undefined) return { start, end }
      lines += 1
      if (lines % MATCHES_PER_TURN === 0) yield PAUSE
    }
    return undefined
  }

  /** @returns {import('../../ignore/io').Work<Block | undefined>} */
  *nextSpanning() {
    const { string } = this
    /** @type {Block & { found: Found } | undefined} */
    let block
    for (let count = 1; ; count++) {
      if (count % MATCHES_PER_TURN === 0) yield PAUSE
      const span = this.nextSpan ?? (this.at > string.length ? undefined : yield* this.find(string, this.at))
      this.nextSpan = undefined
      if (span !== undefined && block !== undefined && this.isBefore(span.start, block.end)) {
        if (span.end > block.end) block.end = string[span.end - 1] === '\n' ? span.end : this.lineEnd(span.end)
      } else {
        const start = span === undefined ? string.length : this.lineStart(span.start)
        if (span === undefined || start === string.length) {
          this.at = string.length + 1
          return block
        }
        if (block !== undefined) {
          this.nextSpan = span
          return block
        }
        const end = span.end > start && string[span.end - 1] === '\n' ? span.end : this.lineEnd(span.end)
        block = { start, end, found: { first: undefined, ranges: [], count: 0, last: [] } }
      }
      this.at = this.behind(string, span)
      this.add(block.found, span)
    }
  }

  /** Whether a match there begins in lines that end there. @param {number} at @param {number} end */
  isBefore(at, end) {
    // A last line without an end goes on to the end of the text.
    return at < end || (at === end && end === this.string.length && this.string[end - 1] !== '\n')
  }

  /**
   * @param {string} text
   * @param {number} from
   * @returns {import('../../ignore/io').Work<Span | undefined>}
   */
  *find(text, from) {
    const search = (text === this.string ? this.pattern : this.linePattern).search(text, from)
    for (;;) {
      const { done, value } = search.next()
      if (done) return value
      yield PAUSE
    }
  }

  /** Where the next match may begin. @param {string} text @param {Span} span */
  behind(text, { start, end }) {
    if (end > start) return end
    return end + (Number(text.codePointAt(end)) > 0xffff ? 2 : 1)
  }

  /** @param {number} at */
  lineStart(at) {
    return at === 0 ? 0 : this.string.lastIndexOf('\n', at - 1) + 1
  }

  /** Behind the end of a line. @param {number} at */
  lineEnd(at) {
    const end = this.string.indexOf('\n', at)
    return end === -1 ? this.string.length : end + 1
  }

  /** Lines without the end of the last. @param {number} start @param {number} end */
  content(start, end) {
    if (this.string[end - 1] !== '\n' || end === start) return this.string.slice(start, end)
    const cr = this.shape.crlf && end - 2 >= start && this.string[end - 2] === '\r'
    return this.string.slice(start, end - (cr ? 2 : 1))
  }

  /**
   * The matches of a block, from its start.
   * @param {Block} block
   * @param {string} content
   * @returns {import('../../ignore/io').Work<Found>}
   */
  *found({ start, found: collected }, content) {
    /** @type {Found} */
    const found = { first: undefined, ranges: [], count: 0, last: [] }
    if (this.shape.invert) return found
    if (collected !== undefined) {
      const inside = (/** @type {number} */ at) => Math.min(at - start, content.length)
      found.first = inside(collected.first ?? start)
      // The end of the last line is not shown.
      found.count = collected.count - collected.last.filter((at) => at - start >= content.length).length
      for (const [index, span] of collected.ranges.entries()) {
        const [from, to] = [inside(span.start), inside(span.end)]
        if (from < to) found.ranges.push({ start: from, end: to })
        if (index % MATCHES_PER_TURN === MATCHES_PER_TURN - 1) yield PAUSE
      }
      return found
    }
    let at = 0
    for (let count = 0; at <= content.length; count++) {
      const span = yield* this.find(content, at)
      if (span === undefined) break
      this.add(found, span)
      at = this.behind(content, span)
      if (count % MATCHES_PER_TURN === MATCHES_PER_TURN - 1) yield PAUSE
    }
    return found
  }

  /** @param {Found} found @param {Span} span */
  add(found, span) {
    found.first ??= span.start
    if (span.end === span.start) return
    found.count += 1
    found.last = [...found.last.slice(-1), span.start]
    // The others are beyond what is shown.
    if (span.start - found.first <= 4 * this.shape.maxLineLength) found.ranges.push(span)
  }

  /**
   * A match with its context, of which the part behind ends at `afterEnd` at the latest.
   * @param {Block} block
   * @param {number} afterEnd
   * @returns {import('../../ignore/io').Work<Match>}
   */
  *match(block, afterEnd) {
    const { maxLineLength } = this.shape
    const { valid } = this.text
    const content = this.content(block.start, block.end)
    const { first = 0, ranges, count } = yield* this.found(block, content)
    this.count(block.start)
    const byteOffset = this.bytesCounted + bytesOf(content.slice(0, first), valid)
    const before = this.linesBefore(block.start)
    const after = this.linesAfter(block.end, afterEnd)

    const line = valid ? content : shown(content)
    const offset = valid ? (/** @type {number} */ at) => at : offsetsShown(content)
    const column = offset(first, false)
    let shownRanges = ranges.map(
      ({ start, end }) => /** @type {[number, number]} */ ([offset(start, false), offset(end, true)])
    )
    let start = 0
    let text = line
    if (line.length > maxLineLength) {
      start = Math.min(Math.max(0, column - Math.floor(maxLineLength / 4)), line.length - maxLineLength)
      if (isInsidePair(line, start)) start += 1
      const end = Math.min(line.length, start + maxLineLength)
      text = line.slice(start, isInsidePair(line, end) ? end - 1 : end)
      shownRanges = shownRanges
        .map(
          ([from, to]) =>
            /** @type {[number, number]} */ ([Math.max(from, start) - start, Math.min(to - start, text.length)])
        )
        .filter(([from, to]) => from < to)
    }
    let context = 0
    const shorten = (/** @type {string} */ part) => {
      const whole = valid ? part : shown(part)
      if (whole.length <= maxLineLength) return whole
      context += 1
      return whole.slice(0, isInsidePair(whole, maxLineLength) ? maxLineLength - 1 : maxLineLength)
    }
    /** @type {Match} */
    const match = { line: this.linesCounted + 1, column, byteOffset, text, ranges: shownRanges }
    const shownBefore = before.map(shorten)
    const shownAfter = after.map(shorten)
    if (text.length < line.length || context > 0) match.cut = { start, length: line.length, ranges: count, context }
    if (before.length > 0) match.before = shownBefore
    if (after.length > 0) match.after = shownAfter
    return match
  }

  /** Counts the lines and bytes up to there. @param {number} to */
  count(to) {
    const part = this.string.slice(this.counted, to)
    for (let at = part.indexOf('\n'); at !== -1; at = part.indexOf('\n', at + 1)) this.linesCounted += 1
    this.bytesCounted += bytesOf(part, this.text.valid)
    this.counted = to
  }

  /** The lines in front of `start` that were not shown. @param {number} start */
  linesBefore(start) {
    const lines = []
    let end = start
    while (lines.length < this.shape.before && end > this.shownTo) {
      const from = this.lineStart(end - 1)
      lines.push(this.content(from, end))
      end = from
    }
    return lines.reverse()
  }

  /** The lines behind `end`. @param {number} end @param {number} latest */
  linesAfter(end, latest) {
    const lines = []
    let start = end
    while (lines.length < this.shape.after && start < latest) {
      const to = this.lineEnd(start)
      lines.push(this.content(start, to))
      start = to
    }
    this.shownTo = start
    return lines
  }
}

/** @param {string} text @param {number} at */
function isInsidePair(text, at) {
  return at > 0 && /[\udc00-\udfff]/.test(text[at] ?? '') && /[\ud800-\udbff]/.test(text[at - 1])
}

module.exports = { TextSearch }
