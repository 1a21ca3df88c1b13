'use strict'

// The syntax of Rust's `regex` crate, read in one pass into expressions.

const { TenonError } = require('../../../errors')
const { CODE_POINTS, CharacterSet, one } = require('../../../tokens/custom/character-set')
const { parseBracket } = require('./bracket')
const { Cursor, NeedsBacktracking, isWhiteSpace } = require('./cursor')
const { parseEscape } = require('./escape')
const { EMPTY, alternation, characters, concat, group, literal, look, repeat, scalars } = require('./expression')
const { Reading } = require('./reading')

/** As in `regex-syntax`. */
const MAX_NESTING = 250
const MAX_REPETITIONS = 1000
const MAX_U32 = 0xffffffff

/** @typedef {import('./expression').Expression} Expression */
/** `height` is how deeply it nests. @typedef {{ expression: Expression, height: number, isFlags?: boolean }} Parsed */
/**
 * @typedef {object} Flags
 * @property {boolean} ignoreCase `i`
 * @property {boolean} multiLine `m`: `^` and `$` match at every line
 * @property {boolean} dotAll `s`: `.` matches the ends of lines
 * @property {boolean} swapGreed `U`
 * @property {boolean} crlf `R`: lines end in CR LF, LF or CR
 */
/** @type {Record<string, keyof Flags>} */
const FLAGS = { i: 'ignoreCase', m: 'multiLine', s: 'dotAll', U: 'swapGreed', R: 'crlf' }

const LF = one(10)
const CR_LF = new CharacterSet([
  [10, 10],
  [13, 13]
])
const ANY = new CharacterSet([[0, CODE_POINTS - 1]])

/**
 * The patterns as one expression.
 * @param {string[]} patterns well-formed
 * @param {Flags} flags at the start of each
 * @returns {{ expression: Expression, smartCase: import('./smart-case').SmartCase }}
 */
function parse(patterns, flags) {
  const reading = new Reading()
  /** @type {Expression[]} */
  const branches = []
  /** @type {unknown[]} */
  const errors = []
  for (const pattern of patterns) {
    try {
      branches.push(new Parser(pattern, flags, reading).whole(patterns.length > 1))
    } catch (error) {
      errors.push(error)
    }
  }
  // One pattern with look-around has native read all of them by rules that are not these.
  if (errors.length > 0) {
    throw (
      errors.find((error) => error instanceof NeedsBacktracking) ??
      errors.find((error) => Object(error).code === 'ERR_UNSUPPORTED') ??
      errors[0]
    )
  }
  if (reading.unknownProperty) throw reading.unknownProperty
  return { expression: alternation(branches), smartCase: reading.smartCase }
}

class Parser {
  /** @param {string} pattern @param {Flags} flags @param {Reading} reading */
  constructor(pattern, flags, reading) {
    this.cursor = new Cursor(pattern, reading)
    this.reading = reading
    this.flags = { ...flags }
  }

  /** The pattern in its group. @param {boolean} isBranch whether it is one of several */
  whole(isBranch) {
    const { expression, height } = this.group(0)
    if (!this.cursor.isAtEnd) throw this.cursor.error("a ')' closes no group")
    this.nested({ expression, height: height + (isBranch ? 1 : 0) })
    return expression
  }

  /**
   * Up to a `)` or the end.
   * @param {number} depth
   * @returns {Parsed}
   */
  alternation(depth) {
    const { cursor } = this
    if (depth > MAX_NESTING) throw this.tooDeep()
    /** @type {Parsed[]} */
    const branches = []
    /** @type {Parsed[]} */
    let parts = []
    for (;;) {
      cursor.bumpSpace()
      const { current } = cursor
      if (cursor.isAtEnd || current === ')') break
      if (current === '|') {
        branches.push(this.concatenated(parts))
        parts = []
        cursor.bump()
      } else if (current === '?' || current === '*' || current === '+' || current === '{') this.repetition(parts)
      else parts.push(current === '(' ? this.group(depth) : this.primitive())
    }
    branches.push(this.concatenated(parts))
    if (branches.length === 1) return branches[0]
    const expression = alternation(branches.map((branch) => branch.expression))
    return this.nested({ expression, height: 1 + highest(branches) })
  }

  /** @param {Parsed[]} parts @returns {Parsed} */
  concatenated(parts) {
    if (parts.length === 0) return { expression: EMPTY, height: 0 }
    if (parts.length === 1) return parts[0]
    const expression = concat(parts.map((part) => part.expression))
    return this.nested({ expression, height: 1 + highest(parts) })
  }

  /** @param {Parsed} parsed */
  nested(parsed) {
    if (parsed.height > MAX_NESTING) throw this.tooDeep()
    return parsed
  }

  tooDeep() {
    return this.cursor.error(`it nests more than ${MAX_NESTING} levels deep`)
  }

  /** @returns {Parsed} */
  primitive() {
    const { cursor, flags } = this
    const { current } = cursor
    if (current === '[') {
      const { set, height } = parseBracket(cursor, flags.ignoreCase, MAX_NESTING)
      return this.nested({ expression: characters(set), height })
    }
    if (current === '\\') {
      const escaped = parseEscape(cursor, flags.ignoreCase)
      if (escaped.kind === 'character') return { expression: this.character(escaped.codePoint), height: 0 }
      return { expression: escaped.kind === 'set' ? characters(escaped.set) : look(escaped.look), height: 0 }
    }
    cursor.bump()
    return { expression: this.single(current), height: 0 }
  }

  /** @param {string} current a character that begins nothing longer */
  single(current) {
    const { crlf, dotAll, multiLine } = this.flags
    if (current === '.') {
      const name = dotAll ? '.' : crlf ? '. without CR LF' : '. without LF'
      return characters(this.reading.set(name, () => scalars(dotAll ? ANY : ANY.subtract(crlf ? CR_LF : LF))))
    }
    if (current === '^') return look(multiLine ? (crlf ? 'crlf-start' : 'line-start') : 'start')
    if (current === '$') return look(multiLine ? (crlf ? 'crlf-end' : 'line-end') : 'end')
    return this.character(/** @type {number} */ (current.codePointAt(0)))
  }

  /** @param {number} codePoint */
  character(codePoint) {
    this.reading.smartCase.note(codePoint)
    if (!this.flags.ignoreCase) return literal(String.fromCodePoint(codePoint))
    const expression = this.reading.foldCharacter(codePoint)
    if (expression.kind === 'class') this.reading.count(expression.set)
    return expression
  }

  /**
   * A group, or flags for the rest of the group around them.
   * @param {number} depth
   * @returns {Parsed}
   */
  group(depth) {
    const { cursor } = this
    cursor.bump()
    cursor.bumpSpace()
    for (const prefix of ['?=', '?!', '?<=', '?<!']) {
      if (cursor.bumpIf(prefix)) throw new NeedsBacktracking('look-around')
    }
    const outer = { ...this.flags }
    const outerIgnoresWhiteSpace = cursor.ignoreWhiteSpace
    let captures = true
    if (cursor.bumpIf('?P<') || cursor.bumpIf('?<')) this.name()
    else if (cursor.bumpIf('?')) {
      captures = false
      if (this.parseFlags() === ')') return { expression: EMPTY, height: 0, isFlags: true }
    }
    const inner = this.alternation(depth + 1)
    if (cursor.isAtEnd) throw cursor.error('a group is not closed')
    cursor.ignoreWhiteSpace = outerIgnoresWhiteSpace
    this.flags = outer
    cursor.bump()
    const expression = captures ? group(inner.expression) : inner.expression
    return this.nested({ expression, height: 1 + inner.height })
  }

  /** The name of a group, which counts for nothing but must be one, and no other's. */
  name() {
    const { cursor } = this
    const end = cursor.characters.indexOf('>', cursor.at)
    const name = cursor.characters.slice(cursor.at, end < 0 ? undefined : end).join('')
    if (/[^\0-\x7f]/.test(name)) throw cursor.unsupported('names of groups outside ASCII')
    if (end < 0 || !/^[A-Za-z_][A-Za-z0-9_.[\]]*$/.test(name)) throw cursor.error('a name of a group is not valid')
    if (this.reading.names.has(name)) throw cursor.error(`two groups have the name '${name}'`)
    this.reading.names.add(name)
    cursor.at = end + 1
  }

  /** Sets the flags up to a `:` or `)`, which it returns. */
  parseFlags() {
    const { cursor } = this
    let negated = false
    const seen = new Set()
    /** @type {boolean | undefined} */
    let ignoreWhiteSpace
    while (cursor.current !== ':' && cursor.current !== ')') {
      const flag = cursor.current
      if (cursor.isAtEnd) throw cursor.error('a group is not closed')
      if (seen.has(flag)) throw cursor.error(`the flag '${flag}' stands twice`)
      seen.add(flag)
      if (flag === '-') negated = true
      else if (flag === 'u') {
        if (negated) throw cursor.unsupported("patterns without Unicode ('(?-u)')")
      } else if (flag === 'x') ignoreWhiteSpace = !negated
      else if (Object.hasOwn(FLAGS, flag)) this.flags[FLAGS[flag]] = !negated
      else throw cursor.error(`'${flag}' is no flag`)
      cursor.bump()
      if (flag === '-' && (cursor.current === ':' || cursor.current === ')')) throw cursor.error("a '-' has no flags")
    }
    const end = cursor.current
    cursor.bump()
    if (end === ')' && seen.size === 0) throw cursor.error('flags are missing')
    if (ignoreWhiteSpace !== undefined) cursor.ignoreWhiteSpace = ignoreWhiteSpace
    return end
  }

  /** What `?`, `*`, `+` or `{…}` makes of the last part. @param {Parsed[]} parts */
  repetition(parts) {
    const { cursor } = this
    const last = parts.pop()
    if (!last || last.isFlags) throw cursor.error('there is nothing to repeat')
    const operator = cursor.current
    let min = operator === '+' ? 1 : 0
    let max = operator === '?' ? 1 : Infinity
    let goesOn
    if (operator === '{') {
      ;[min, max] = this.counts()
      goesOn = cursor.bumpAndBumpSpace()
    } else {
      goesOn = cursor.bump()
    }
    const lazy = goesOn && cursor.current === '?'
    if (lazy) cursor.bump()
    if (min > max) throw cursor.error('a repetition ends before it begins')
    if (Math.max(min, max === Infinity ? 0 : max) > MAX_REPETITIONS) {
      throw new TenonError('ERR_LIMIT', `a pattern may repeat a part at most ${MAX_REPETITIONS} times`, {
        argument: 'options.pattern'
      })
    }
    const expression = repeat(last.expression, min, max, lazy === this.flags.swapGreed)
    parts.push(this.nested({ expression, height: 1 + last.height }))
  }

  /** `{n}`, `{n,}` or `{n,m}`; left at the `}`. @returns {[min: number, max: number]} */
  counts() {
    const { cursor } = this
    const unclosed = () => cursor.error('a repetition is not closed')
    if (!cursor.bumpAndBumpSpace()) throw unclosed()
    const min = this.decimal()
    if (cursor.isAtEnd) throw unclosed()
    let max = min
    if (cursor.is(',')) {
      if (!cursor.bumpAndBumpSpace()) throw unclosed()
      max = cursor.is('}') ? Infinity : this.decimal()
    }
    if (!cursor.is('}')) throw unclosed()
    return [min, max]
  }

  decimal() {
    const { cursor } = this
    while (!cursor.isAtEnd && isWhiteSpace(cursor.current)) cursor.bump()
    let digits = ''
    while (/[0-9]/.test(cursor.current)) {
      digits += cursor.current
      cursor.bumpAndBumpSpace()
    }
    while (!cursor.isAtEnd && isWhiteSpace(cursor.current)) cursor.bumpAndBumpSpace()
    const value = Number(digits)
    if (digits === '' || value > MAX_U32) throw cursor.error('a count of a repetition is not valid')
    return value
  }
}

/** @param {Parsed[]} parts */
const highest = (parts) => parts.reduce((most, { height }) => Math.max(most, height), 0)

module.exports = { parse }
