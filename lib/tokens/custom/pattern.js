'use strict'

// The regular expressions that cut text into pretokens: a matcher with backtracking that is the same, step by step, as
// `crates/tokens/src/custom/pattern`, so that both engines find the same and give up at the same place. JavaScript's own
// expressions differ in white space, in folding and in the version of Unicode, and have no possessive repetition.

const { beyond } = require('./definition')
const { literal, parse } = require('./pattern-parser')
const { Op, UNBOUNDED, compile } = require('./pattern-program')

/** Steps that a text of no length may take, and that each character adds. Patterns in use take some twenty a character. */
const STEPS = 100_000
const STEPS_PER_CHARACTER = 200
/** Choices that can be open at once: a repeated group leaves one behind each time. */
const MAX_FRAMES = 2 ** 20

/** The kinds of frames on the stack. */
const [CHOICE, GREEDY, LAZY, ATOMIC, AHEAD, NOT_AHEAD] = [0, 1, 2, 3, 4, 5]
/** Of each frame: its kind, the instruction to go on with, the position, and the bound of a run. */
const FRAME = 4

/** tiktoken's expressions, which a scanner may stand for. */
const WELL_KNOWN = Object.freeze({
  gpt2: String.raw`'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s`,
  cl100k: String.raw`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s`,
  o200k: String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
})

/** @typedef {keyof typeof WELL_KNOWN} WellKnown */

/** It matches what `gpt2` matches. */
const GPT2_OF_HUGGING_FACE = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`

/** What matching a text may still cost, and the stack that matches share. */
class Matcher {
  /** @param {string} text well-formed */
  constructor(text) {
    let characters = text.length
    for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xd800) characters--
    this.limit = STEPS + STEPS_PER_CHARACTER * characters
    this.steps = 0
    this.stack = new Int32Array(64 * FRAME)
    this.size = 0
  }

  check() {
    if (this.steps > this.limit) throw beyond('text', this.limit, 'steps to match the pattern')
  }

  /** @param {number} kind @param {number} next @param {number} at @param {number} bound */
  push(kind, next, at, bound) {
    if (this.size === MAX_FRAMES * FRAME) throw beyond('text', MAX_FRAMES, 'open choices while matching the pattern')
    if (this.size === this.stack.length) {
      const larger = new Int32Array(2 * this.size)
      larger.set(this.stack)
      this.stack = larger
    }
    const { stack } = this
    stack[this.size] = kind
    stack[this.size + 1] = next
    stack[this.size + 2] = at
    stack[this.size + 3] = bound
    this.size += FRAME
  }

  /** Takes the frames down to the innermost of a kind, that one too, and returns its position. @param {number} kind */
  cut(kind) {
    do this.size -= FRAME
    while (this.stack[this.size] !== kind)
    return this.stack[this.size + 2]
  }
}

/** A compiled pattern. */
class Pattern {
  /**
   * @param {string} source
   * @param {import('./pattern-program').Program} program
   * @param {WellKnown | undefined} wellKnown the well-known pattern whose matches it has
   */
  constructor(source, program, wellKnown) {
    this.source = source
    this.program = program
    this.wellKnown = wellKnown
  }

  /**
   * The first match that starts at `from` or behind it. What is before `from` is seen by lookbehind and anchors.
   * @param {string} text well-formed
   * @param {number} from a character's border
   * @param {Matcher} matcher
   * @returns {[start: number, end: number] | undefined}
   */
  find(text, from, matcher) {
    const first = this.program.sets[this.program.first]
    for (let start = from; ; start = after(text, start)) {
      if (first) {
        while (start < text.length && !first.has(codePointAt(text, start))) {
          start = after(text, start)
          matcher.steps++
        }
        if (start >= text.length) {
          matcher.check()
          return undefined
        }
      }
      const end = matchAt(this.program, text, start, matcher)
      if (end >= 0) return [start, end]
      if (start >= text.length) return undefined
    }
  }

  /**
   * Where the match that starts at `start` ends; -1 where none starts there. For a pattern that covers all text, this is the
   * end of the piece.
   * @param {string} text well-formed
   * @param {number} start a character's border
   * @param {Matcher} matcher
   */
  nextEnd(text, start, matcher) {
    return matchAt(this.program, text, start, matcher)
  }

  /**
   * All matches in order, one after the other. One that is empty is not counted where the one before it ends.
   * @param {string} text well-formed
   * @param {Matcher} matcher
   */
  *matches(text, matcher) {
    let from = 0
    let lastEnd = -1
    for (;;) {
      const found = this.find(text, from, matcher)
      if (!found) return
      const [start, end] = found
      if (start === end && end === lastEnd) {
        if (from >= text.length) return
        from = after(text, from)
        continue
      }
      from = lastEnd = end
      yield found
    }
  }
}

/**
 * Compiles a pattern, or the well-known one of that name. Errors begin with `place`, and have positions in UTF-16 code
 * units.
 * @param {string} pattern
 * @param {{ syntax?: import('./pattern-parser').Syntax, place?: string }} [options]
 * @throws {import('../../errors').TenonError} `ERR_INVALID_ARG` for what is no pattern, `ERR_UNSUPPORTED` for what this matcher
 *   does not do, `ERR_LIMIT` for what is too large
 */
function compilePattern(pattern, { syntax = 'rust', place = 'pattern' } = {}) {
  if (Object.hasOwn(WELL_KNOWN, pattern)) {
    return compileExpression(WELL_KNOWN[/** @type {WellKnown} */ (pattern)], { syntax: 'rust', place })
  }
  return compileExpression(pattern, { syntax, place })
}

/**
 * As `compilePattern`, without the names.
 * @param {string} source
 * @param {{ syntax: import('./pattern-parser').Syntax, place: string }} options
 */
function compileExpression(source, { syntax, place }) {
  source = source.toWellFormed()
  const program = compile(parse(source, syntax, place), place)
  return new Pattern(source, program, meantBy(source, syntax))
}

/** The pattern that matches a text as it is. @param {string} text @param {string} place */
function compileLiteral(text, place) {
  text = text.toWellFormed()
  return new Pattern(text, compile(literal(text, place), place), undefined)
}

/** The well-known pattern whose matches an expression has. @param {string} source @param {string} syntax */
function meantBy(source, syntax) {
  if (source === GPT2_OF_HUGGING_FACE) return 'gpt2'
  // The expressions themselves mean something else to Oniguruma: `$`, and `{1,3}+`.
  const names = /** @type {WellKnown[]} */ (Object.keys(WELL_KNOWN))
  return names.find((name) => syntax === 'rust' && WELL_KNOWN[name] === source)
}

/**
 * Where the match that starts at `start` ends, or -1.
 * @param {import('./pattern-program').Program} program
 * @param {string} text
 * @param {number} start
 * @param {Matcher} matcher
 */
function matchAt({ code, sets }, text, start, matcher) {
  matcher.size = 0
  let at = start
  let next = 0
  for (;;) {
    matcher.steps++
    matcher.check()
    const base = next * 5
    const a = code[base + 1]
    let matched = true
    switch (code[base]) {
      case Op.SET:
        matched = at < text.length && sets[a].has(codePointAt(text, at))
        if (matched) at = after(text, at)
        next++
        break
      case Op.RUN: {
        const set = sets[a]
        const min = code[base + 2]
        const max = code[base + 3]
        const mode = code[base + 4]
        const most = mode === 1 ? min : max
        let count = 0
        let least = at
        let end = at
        while (count < most && end < text.length && set.has(codePointAt(text, end))) {
          end = after(text, end)
          if (++count === min) least = end
        }
        matcher.steps += count
        matched = count >= min
        if (matched) {
          if (mode === 0 && end > least) {
            matcher.push(GREEDY, next + 1, end, least)
          } else if (mode === 1 && count < max) {
            matcher.push(LAZY, next, end, max === UNBOUNDED ? UNBOUNDED : max - count)
          }
          at = end
          next++
        }
        break
      }
      case Op.BRANCH:
        if (a < 0 || (at < text.length && sets[a].has(codePointAt(text, at)))) {
          matcher.push(CHOICE, code[base + 2], at, 0)
          next++
        } else {
          next = code[base + 2]
        }
        break
      case Op.LOOP:
        matcher.push(CHOICE, next + 1, at, 0)
        next = a
        break
      case Op.JUMP:
        next = a
        break
      case Op.ATOMIC_START:
        matcher.push(ATOMIC, 0, at, 0)
        next++
        break
      case Op.ATOMIC_END:
        matcher.cut(ATOMIC)
        next++
        break
      case Op.AHEAD_START:
        matcher.push(AHEAD, 0, at, 0)
        next++
        break
      case Op.AHEAD_END:
        at = matcher.cut(AHEAD)
        next++
        break
      case Op.NOT_AHEAD_START:
        matcher.push(NOT_AHEAD, a, at, 0)
        next++
        break
      case Op.NOT_AHEAD_END:
        matcher.cut(NOT_AHEAD)
        matched = false
        break
      case Op.BEHIND: {
        const found = at > 0 && sets[a].has(codePointAt(text, before(text, at)))
        matched = found !== (code[base + 2] === 1)
        next++
        break
      }
      case Op.ASSERT:
        matched = isPlace(a, text, at)
        next++
        break
      default:
        return at
    }
    if (matched) continue
    const { stack } = matcher
    for (;;) {
      if (matcher.size === 0) return -1
      const frame = (matcher.size -= FRAME)
      matcher.steps++
      const kind = stack[frame]
      // A group whose inside has failed.
      if (kind === ATOMIC || kind === AHEAD) continue
      next = stack[frame + 1]
      at = stack[frame + 2]
      if (kind === GREEDY) {
        at = before(text, at)
        if (at > stack[frame + 3]) {
          stack[frame + 2] = at
          matcher.size += FRAME
        }
      } else if (kind === LAZY) {
        if (at >= text.length || !sets[code[next * 5 + 1]].has(codePointAt(text, at))) continue
        at = after(text, at)
        const bound = stack[frame + 3] === UNBOUNDED ? UNBOUNDED : stack[frame + 3] - 1
        if (bound > 0) {
          stack[frame + 2] = at
          stack[frame + 3] = bound
          matcher.size += FRAME
        }
        next++
      }
      break
    }
  }
}

/** @param {number} place @param {string} text @param {number} at */
function isPlace(place, text, at) {
  switch (place) {
    case 0:
      return at === 0
    case 1:
      return at === text.length
    case 2:
      return at === 0 || text.charCodeAt(at - 1) === 0x0a
    case 3:
      return at === text.length || text.charCodeAt(at) === 0x0a
    default:
      return at === 0 || (at < text.length && text.charCodeAt(at - 1) === 0x0a)
  }
}

/** The character at `at`, which is before the end. @param {string} text @param {number} at */
function codePointAt(text, at) {
  const unit = text.charCodeAt(at)
  if ((unit & 0xfc00) !== 0xd800) return unit
  return ((unit & 0x3ff) << 10) + (text.charCodeAt(at + 1) & 0x3ff) + 0x10000
}

/** Behind the character at `at`. @param {string} text @param {number} at */
function after(text, at) {
  return at + ((text.charCodeAt(at) & 0xfc00) === 0xd800 ? 2 : 1)
}

/** Where the character before `at` starts. @param {string} text @param {number} at */
function before(text, at) {
  return at - ((text.charCodeAt(at - 1) & 0xfc00) === 0xdc00 ? 2 : 1)
}

module.exports = { Matcher, Pattern, WELL_KNOWN, compileExpression, compileLiteral, compilePattern }
