'use strict'

// The regular expressions of `grep` without native: Rust's `regex` as ripgrep's `grep-regex` sets it up, with the same matches.
// What it does not have it refuses (ERR_UNSUPPORTED): look-around, back-references, `(?-u)`, and properties of Unicode other than
// general categories, white space and the larger scripts.
//
// V8's engine does the work where its going back is bounded by what `cost.js` can tell; elsewhere `pike.js` does.

const { TenonError } = require('../../../errors')
const { backtrackingSteps } = require('./cost')
const { NeedsBacktracking } = require('./cursor')
const { LineEndNamed, alternation, concat, literal, look, some, withoutLineEnd } = require('./expression')
const { requiredLiterals } = require('./literals')
const { asksForWords } = require('./looks')
const { parse } = require('./parse')
const { Machine, PikeSearch } = require('./pike')
const { compileProgram } = require('./program')
const { Reading } = require('./reading')
const { SmartCase } = require('./smart-case')
const { MAX_SIZE, translate } = require('./translate')
const { withTries } = require('./trie')

const MAX_PATTERN_BYTES = 64 * 1024

/** Steps of V8's engine for one place in the text where a match might begin. */
const STEPS_PER_START = 5000
/** Steps between two turns of a search, some milliseconds for either engine. */
const STEPS_PER_TURN = 20_000_000
const PIKE_STEPS_PER_TURN = 200_000
const MIN_CHUNK_UNITS = 4096
const MAX_CHUNK_UNITS = 256 * 1024

/** @typedef {import('./expression').Expression} Expression */
/** In UTF-16 units. @typedef {{ start: number, end: number }} Span */
/**
 * @typedef {object} PatternOptions
 * @property {string[]} patterns of which one must match; where several begin at the same place, the first
 * @property {boolean} [fixed] the patterns are strings
 * @property {boolean | 'smart'} [ignoreCase] `smart`: unless the pattern names an uppercase character
 * @property {boolean} [word] a match has no character of a word beside it
 * @property {boolean} [multiline] matches may contain line ends
 * @property {boolean} [dotAll] `.` matches line ends too
 * @property {boolean} [crlf] lines end in CR LF, LF or CR
 */

/**
 * @param {PatternOptions} options
 * @returns {Pattern}
 * @throws {TenonError} ERR_INVALID_ARG, ERR_UNSUPPORTED or ERR_LIMIT
 */
function compile(options) {
  const { patterns } = options
  const bytes = patterns.reduce((total, pattern) => total + Buffer.byteLength(pattern), 0)
  if (bytes > MAX_PATTERN_BYTES) {
    throw new TenonError('ERR_LIMIT', `patterns may have at most ${MAX_PATTERN_BYTES} bytes together`, {
      argument: 'options.pattern'
    })
  }
  if (patterns.some((pattern) => /\p{Surrogate}/u.test(pattern))) {
    throw new TenonError('ERR_INVALID_ARG', 'the pattern has a lone surrogate', { argument: 'options.pattern' })
  }
  return new Pattern(withTries(expressionOf(options)))
}

/** @param {PatternOptions} options @returns {Expression} */
function expressionOf({ patterns, fixed, ignoreCase = false, word, multiline, dotAll = false, crlf = false }) {
  let expression
  if (fixed) expression = fixedAlternation(patterns, ignoreCase)
  else {
    const flags = { ignoreCase: ignoreCase === true, multiLine: true, dotAll, swapGreed: false, crlf }
    try {
      let parsed = parse(patterns, flags)
      if (ignoreCase === 'smart' && parsed.smartCase.ignoresCase) {
        parsed = parse(patterns, { ...flags, ignoreCase: true })
      }
      expression = parsed.expression
    } catch (error) {
      // Of these native looks at the text alone, for it cannot take the line end out of them.
      const inLines = error instanceof NeedsBacktracking && !multiline
      throw inLines && patterns.some(namesLineFeed) ? new LineEndNamed('\n') : error
    }
  }
  if (!multiline) {
    if (crlf) expression = withoutLineEnd(expression, '\r')
    expression = withoutLineEnd(expression, '\n')
  }
  return word ? concat([look('word-start-half'), expression, look('word-end-half')]) : expression
}

/** @param {string} pattern */
function namesLineFeed(pattern) {
  return /\n|\\n/.test(pattern.replaceAll('\\\\', ''))
}

/** @param {string[]} texts @param {boolean | 'smart'} ignoreCase */
function fixedAlternation(texts, ignoreCase) {
  const codePoints = (/** @type {string} */ text) =>
    Array.from(text, (one) => /** @type {number} */ (one.codePointAt(0)))
  if (ignoreCase === 'smart') {
    const smartCase = new SmartCase()
    for (const text of texts) for (const codePoint of codePoints(text)) smartCase.note(codePoint)
    ignoreCase = smartCase.ignoresCase
  }
  if (!ignoreCase) return alternation(texts.map(literal))
  const reading = new Reading()
  return alternation(texts.map((text) => concat(codePoints(text).map((codePoint) => reading.foldCharacter(codePoint)))))
}

/** A compiled pattern, which keeps a part of the text it last searched. */
class Pattern {
  /** @param {Expression} expression */
  constructor(expression) {
    /** Whether a match may be empty. */
    this.canBeEmpty = expression.shortest === 0
    /** Strings of which every match contains one; undefined where there are none, or many. */
    this.literals = requiredLiterals(expression)

    /** @private The only string it matches. */
    this.text = expression.kind === 'literal' ? expression.text : undefined
    /** @private */
    this.program = compileProgram(expression)
    /** @private */
    this.regExp = this.program.size > MAX_SIZE ? undefined : translate(expression)
    /** @private */
    this.steps = this.regExp ? backtrackingSteps(expression) : () => Infinity
    /** @private Over how many characters loops may run in V8's engine. */
    this.maxSpan = maxSpan(this.steps)
    /** Whether it asks for the borders of words. */
    this.hasWords = some(expression, (part) => part.kind === 'look' && asksForWords(part.look))

    const hasLineEnd = some(expression, matchesLineEnd)
    const hasEnds = some(expression, (part) => part.kind === 'look' && (part.look === 'start' || part.look === 'end'))
    /** Whether it asks for the start or the end of the text. */
    this.hasTextEnds = hasEnds
    /** @private Whether a line alone tells which matches it has. */
    this.inLines = !hasLineEnd && !hasEnds
    /** @private Whether a loop may go over line ends. */
    this.loopsOverLines =
      hasLineEnd && some(expression, (part) => part.kind === 'repeat' && some(part.sub, matchesLineEnd))

    /** @private @type {Machine | undefined} */
    this.machine = undefined
    /** @private */
    this.chunk = { text: '', start: 0, end: 0, part: '' }
    /** @private */
    this.line = { text: '', start: 0, end: 0 }
    /** @private */
    this.known = { text: '', longestLine: 0, isWellFormed: true }
  }

  /**
   * The first match that begins at or behind a place; what stands before the place is seen by look-around.
   * @param {string} text in which the lone surrogate U+DC00 + b stands for a byte b that is no UTF-8
   * @param {number} [from] not in the middle of a character
   * @returns {Span | undefined}
   */
  find(text, from = 0) {
    if (this.text !== undefined) return this.findText(text, from)
    const search = this.search(text, from)
    for (;;) {
      const { done, value } = search.next()
      if (done) return value
    }
  }

  /**
   * As `find`, in turns of some milliseconds.
   * @param {string} text
   * @param {number} [from]
   * @returns {Generator<undefined, Span | undefined, void>}
   */
  *search(text, from = 0) {
    if (this.text !== undefined) return this.findText(text, from)
    const regExp = this.hasWords && !this.isWellFormed(text) ? undefined : this.regExp
    if (!this.inLines) {
      const span = this.loopsOverLines ? text.length - from : this.longestLine(text)
      if (!regExp || span > this.maxSpan) return yield* this.run(text, from, text.length)
      return exec(regExp, text, from, 0)
    }
    if (this.literals?.length === 1) return yield* this.searchLinesWith(this.literals[0], regExp, text, from)
    if (!regExp) return yield* this.run(text, from, text.length)
    return yield* this.searchChunks(regExp, text, from)
  }

  /** @private @param {string} text @param {number} from */
  findText(text, from) {
    const string = /** @type {string} */ (this.text)
    const start = text.indexOf(string, from)
    return start < 0 ? undefined : { start, end: start + string.length }
  }

  /**
   * Only lines that have the string.
   * @private
   * @param {string} string
   * @param {RegExp | undefined} regExp
   * @param {string} text
   * @param {number} from
   */
  *searchLinesWith(string, regExp, text, from) {
    for (let hit = text.indexOf(string, from); hit >= 0; hit = text.indexOf(string, from)) {
      const { start, end } = this.lineAt(text, hit)
      const first = Math.max(start, from)
      const match =
        regExp && end - start <= this.maxSpan
          ? execLine(regExp, text, start, end, first)
          : yield* this.run(text, first, end)
      if (match) return match
      from = end + 1
    }
    return undefined
  }

  /**
   * Many short lines at once, and each long one alone.
   * @private
   * @param {RegExp} regExp
   * @param {string} text
   * @param {number} from
   */
  *searchChunks(regExp, text, from) {
    while (from <= text.length) {
      if (this.chunk.text !== text || from < this.chunk.start || from >= this.chunk.end) {
        this.chunk = this.nextChunk(text, from)
      }
      const { start, end, part } = this.chunk
      if (start === end) {
        const lastStart = this.lineAt(text, from).end
        const match = yield* this.run(text, from, lastStart)
        if (match) return match
        from = lastStart + 1
      } else {
        const match = exec(regExp, part, from, start)
        // Behind the last line end of a chunk begins the first line of the next one.
        if (match && (match.start < end || end === text.length)) return match
        from = end === text.length ? end + 1 : end
        yield
      }
    }
    return undefined
  }

  /** @private @param {string} text @param {number} from */
  nextChunk(text, from) {
    const { start } = this.lineAt(text, from)
    let end = start
    let longest = 0
    let size = MAX_CHUNK_UNITS
    while (end < text.length && end - start < size) {
      const next = Math.min(this.lineAt(text, end).end + 1, text.length)
      if (next - end > this.maxSpan) break
      if (next - end > longest) {
        longest = next - end
        size = Math.min(MAX_CHUNK_UNITS, Math.max(MIN_CHUNK_UNITS, STEPS_PER_TURN / this.steps(longest)))
      }
      end = next
    }
    return { text, start, end, part: text.slice(start, end) }
  }

  /**
   * @private
   * @param {string} text
   * @param {number} from
   * @param {number} lastStart
   */
  *run(text, from, lastStart) {
    const machine = this.machine ?? new Machine(this.program)
    this.machine = undefined
    const search = new PikeSearch(machine, text, from, lastStart)
    while (!search.run(PIKE_STEPS_PER_TURN)) yield
    this.machine = machine
    return search.match
  }

  /** The line of a place, without its line end. @private @param {string} text @param {number} at */
  lineAt(text, at) {
    const { line } = this
    if (line.text === text && at >= line.start && at <= line.end) return line
    const start = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1
    return (this.line = { text, start, end: lineEnd(text, at) })
  }

  /** @private @param {string} text */
  isWellFormed(text) {
    return this.facts(text).isWellFormed
  }

  /** @private @param {string} text */
  longestLine(text) {
    return this.facts(text).longestLine
  }

  /** @private @param {string} text */
  facts(text) {
    if (this.known.text !== text) {
      this.known = { text, longestLine: longestLine(text), isWellFormed: text.isWellFormed() }
    }
    return this.known
  }
}

/** The largest power of two over which a loop may run. @param {(span: number) => number} steps */
function maxSpan(steps) {
  let span = 1
  while (span < 2 ** 30 && steps(span * 2) <= STEPS_PER_START) span *= 2
  return steps(span) <= STEPS_PER_START ? span : -1
}

/** @param {Expression} part */
function matchesLineEnd(part) {
  return (part.kind === 'literal' && part.text.includes('\n')) || (part.kind === 'class' && part.set.has(10))
}

/**
 * The first match that begins at or behind a place, in a part of a text.
 * @param {RegExp} regExp
 * @param {string} part
 * @param {number} from
 * @param {number} offset of the part
 * @returns {Span | undefined}
 */
function exec(regExp, part, from, offset) {
  regExp.lastIndex = from - offset
  for (let found = regExp.exec(part); found; found = regExp.exec(part)) {
    const { index } = found
    // V8 finds an empty match also in the middle of a character.
    if (index > 0 && isLow(part.charCodeAt(index)) && isHigh(part.charCodeAt(index - 1))) regExp.lastIndex = index + 1
    else return { start: index + offset, end: index + found[0].length + offset }
  }
  return undefined
}

/** @param {number} unit */
const isHigh = (unit) => unit >= 0xd800 && unit <= 0xdbff
/** @param {number} unit */
const isLow = (unit) => unit >= 0xdc00 && unit <= 0xdfff

/**
 * The first match in the line from `start` to `end` that begins at or behind a place.
 * @param {RegExp} regExp
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {number} from
 */
function execLine(regExp, text, start, end, from) {
  const match = exec(regExp, text.slice(start, end + 1), from, start)
  return match && match.start <= end ? match : undefined
}

/** Where the line of a place ends, before its line end. @param {string} text @param {number} at */
function lineEnd(text, at) {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

/** @param {string} text */
function longestLine(text) {
  let longest = 0
  for (let start = 0; start <= text.length;) {
    const end = lineEnd(text, start)
    longest = Math.max(longest, end - start)
    start = end + 1
  }
  return longest
}

module.exports = { Pattern, compile }
