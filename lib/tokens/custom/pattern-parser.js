'use strict'

// From a pattern's text to a tree. `crates/tokens/src/custom/pattern/parse.rs` is the same.

const { CODE_POINTS, CharacterSet, copy, one } = require('./character-set')
const { beyond, invalid, unsupported } = require('./definition')
const properties = require('./properties')

/** The most characters of a pattern. */
const MAX_PATTERN_CHARACTERS = 2 ** 14
/** Groups and classes in each other. */
const MAX_DEPTH = 100
/** The most characters of a pattern in a message. */
const MAX_SHOWN = 40
/** The largest number in `{m,n}`. */
const MAX_REPEAT = 1000

/**
 * Whose rules a pattern is written for, where they differ: the `regex` and `fancy-regex` crates, which tiktoken uses; or
 * Oniguruma, which Hugging Face's tokenizers use, where `^` and `$` are also at lines' borders.
 * @typedef {'rust' | 'oniguruma'} Syntax
 */

/** How a repetition gives back what it took. @typedef {'greedy' | 'lazy' | 'possessive'} Mode */

/** A place in the text. @typedef {'text-start' | 'text-end' | 'line-start' | 'line-end' | 'line-start-before-end'} Place */

/**
 * @typedef {{ kind: 'set', set: CharacterSet }
 *   | { kind: 'concat', items: Node[] }
 *   | { kind: 'alternate', branches: Node[] }
 *   | { kind: 'repeat', node: Node, min: number, max: number, mode: Mode }
 *   | { kind: 'atomic', node: Node }
 *   | { kind: 'ahead', node: Node, negative: boolean }
 *   | { kind: 'behind', set: CharacterSet, negative: boolean }
 *   | { kind: 'assert', place: Place }} Node
 */

/** @typedef {{ ignoreCase: boolean, multiLine: boolean, dotAll: boolean }} Flags */

/** @type {Flags} */
const NO_FLAGS = { ignoreCase: false, multiLine: false, dotAll: false }

/**
 * The tree of a pattern.
 * @param {string} pattern well-formed
 * @param {Syntax} syntax
 * @param {string} place where it stands, for errors
 * @returns {Node}
 */
function parse(pattern, syntax, place) {
  const parser = new Parser(characters(pattern, place), syntax, place)
  const node = parser.alternation(NO_FLAGS)
  if (parser.peek() !== undefined) throw parser.invalid(parser.at, 'a ) without its (')
  return node
}

/**
 * The tree that matches a text as it is.
 * @param {string} text well-formed
 * @param {string} place
 * @returns {Node}
 */
function literal(text, place) {
  return {
    kind: 'concat',
    items: characters(text, place).map((character) => ({ kind: 'set', set: one(Number(character.codePointAt(0))) }))
  }
}

/** @param {string} text @param {string} place */
function characters(text, place) {
  const found = text.length > 2 * MAX_PATTERN_CHARACTERS ? [] : Array.from(text)
  if (text.length > 2 * MAX_PATTERN_CHARACTERS || found.length > MAX_PATTERN_CHARACTERS) {
    throw beyond(place, MAX_PATTERN_CHARACTERS, 'characters')
  }
  return found
}

class Parser {
  /** @param {string[]} characters @param {Syntax} syntax @param {string} place */
  constructor(characters, syntax, place) {
    this.characters = characters
    this.at = 0
    this.depth = 0
    this.syntax = syntax
    this.place = place
    /**
     * The character read last, where it is one that case does not matter for, whatever groups are between.
     * @type {string | undefined}
     */
    this.folded = undefined
  }

  /** @param {number} at */
  unsupportedCase(at) {
    return unsupported(this.position(at), '(?i) before this')
  }

  /** @returns {string | undefined} */
  peek(offset = 0) {
    return this.characters[this.at + offset]
  }

  next() {
    const character = this.peek()
    if (character !== undefined) this.at++
    return character
  }

  /** Eats a text as a whole, or nothing. @param {string} wanted of ASCII */
  eat(wanted) {
    for (let index = 0; index < wanted.length; index++) if (this.peek(index) !== wanted[index]) return false
    this.at += wanted.length
    return true
  }

  /** A position in UTF-16 code units, as both engines say it. @param {number} at */
  position(at) {
    let units = 0
    for (let index = 0; index < at; index++) units += this.characters[index].length
    return `${this.place}, position ${units}`
  }

  /** @param {number} at @param {string} fault */
  invalid(at, fault) {
    return invalid(this.position(at), fault)
  }

  /** What starts at `at` and has been read up to here is not supported. @param {number} at */
  unsupported(at) {
    return unsupported(this.position(at), this.characters.slice(at, Math.min(this.at, at + MAX_SHOWN)).join(''))
  }

  enter() {
    this.depth++
    if (this.depth > MAX_DEPTH) throw beyond(this.place, MAX_DEPTH, 'groups in each other')
  }

  /** @param {Flags} flags @returns {Node} */
  alternation(flags) {
    /** @type {Node[]} */
    const branches = []
    const groupStart = this.at
    for (;;) {
      /** @type {Node[]} */
      const items = []
      for (let character = this.peek(); character !== undefined; character = this.peek()) {
        if (character === '|' || character === ')') break
        const start = this.at
        const changed = this.flags(flags, start === groupStart)
        if (changed) {
          flags = changed
          continue
        }
        items.push(this.repetition(this.atom(flags), start))
      }
      this.folded = undefined
      branches.push(items.length === 1 ? items[0] : { kind: 'concat', items })
      if (!this.eat('|')) return alternate(branches)
    }
  }

  /** `(?i)` and the like, which hold to the end of the pattern. @param {Flags} flags @param {boolean} first */
  flags(flags, first) {
    const start = this.at
    if (!this.eat('(?')) return undefined
    const changed = this.flagLetters(flags)
    if (changed && this.eat(')')) {
      // Oniguruma takes what follows for a group of its own, up to the end and over every `|`; the `fancy-regex` crate lets
      // the flags of a group go on behind it.
      if (this.depth > 0 || (this.syntax === 'oniguruma' && !first)) throw this.unsupported(start)
      return changed
    }
    this.at = start
    return undefined
  }

  /** Letters between `(?` and `:` or `)`; undefined where there are none. @param {Flags} flags */
  flagLetters(flags) {
    const changed = { ...flags }
    let on = true
    let some = false
    for (let letter = this.peek(); letter !== undefined; letter = this.peek()) {
      if (letter === 'i') changed.ignoreCase = on
      else if (letter === 'm' && this.syntax === 'rust') changed.multiLine = on
      else if (letter === 's' && this.syntax === 'rust') changed.dotAll = on
      else if (letter === '-' && on) on = false
      else break
      if (letter !== '-') some = true
      this.at++
    }
    return some ? changed : undefined
  }

  /** @param {Flags} flags @returns {Node} */
  atom(flags) {
    const start = this.at
    const character = this.next()
    const oniguruma = this.syntax === 'oniguruma'
    const { folded } = this
    this.folded = undefined
    switch (character) {
      case undefined:
        throw this.invalid(start, 'the pattern ends too early')
      case '(':
        this.folded = folded
        return this.group(flags, start)
      case '[':
        return { kind: 'set', set: this.class(flags, start) }
      case '.': {
        const all = new CharacterSet([[0, CODE_POINTS - 1]])
        return { kind: 'set', set: flags.dotAll ? all : all.subtract(one(0x0a)) }
      }
      case '^':
        if (oniguruma) return { kind: 'assert', place: 'line-start-before-end' }
        return { kind: 'assert', place: flags.multiLine ? 'line-start' : 'text-start' }
      case '$':
        return { kind: 'assert', place: flags.multiLine || oniguruma ? 'line-end' : 'text-end' }
      case '*':
      case '+':
      case '?':
      case '{':
        throw this.invalid(start, 'there is nothing to repeat')
      case '\\':
        if (this.eat('A')) return { kind: 'assert', place: 'text-start' }
        if (this.eat('z')) return { kind: 'assert', place: 'text-end' }
        return { kind: 'set', set: this.escape(flags, start, false) }
      default: {
        const set = single(character)
        if (!flags.ignoreCase) return { kind: 'set', set }
        this.folded = /^[A-Z]$/.test(character) ? character.toLowerCase() : character
        // Oniguruma takes ß for `ss`, and ligatures for their letters.
        const several = ['ss', 'st', 'ff', 'fi', 'fl'].includes(`${folded}${this.folded}`)
        if (oniguruma && (several || !isAscii(set))) throw this.unsupportedCase(start)
        return { kind: 'set', set: properties.fold(set) }
      }
    }
  }

  /** Behind the `(`. @param {Flags} flags @param {number} start @returns {Node} */
  group(flags, start) {
    this.enter()
    /** @type {Node} */
    let node
    if (this.eat('?<=') || this.eat('?<!')) {
      const negative = this.characters[this.at - 1] === '!'
      const inside = this.groupEnd(flags, start)
      if (inside.kind !== 'set') throw this.unsupported(start)
      node = { kind: 'behind', set: inside.set, negative }
    } else if (this.eat('?=') || this.eat('?!')) {
      const negative = this.characters[this.at - 1] === '!'
      node = { kind: 'ahead', node: this.groupEnd(flags, start), negative }
    } else if (this.eat('?>')) {
      node = { kind: 'atomic', node: this.groupEnd(flags, start) }
    } else if (this.eat('?:')) {
      node = this.groupEnd(flags, start)
    } else if (this.eat('?P<') || this.eat('?<')) {
      const name = this.at
      while (/^[A-Za-z0-9_]$/.test(this.peek() ?? '')) this.at++
      if (this.at === name || !this.eat('>')) throw this.invalid(start, 'the name of a group is missing')
      node = this.groupEnd(flags, start)
    } else if (this.eat('?')) {
      const changed = this.flagLetters(flags)
      if (!changed || !this.eat(':')) {
        this.next()
        throw this.unsupported(start)
      }
      node = this.groupEnd(changed, start)
    } else {
      node = this.groupEnd(flags, start)
    }
    this.depth--
    return node
  }

  /** @param {Flags} flags @param {number} start */
  groupEnd(flags, start) {
    const node = this.alternation(flags)
    if (!this.eat(')')) throw this.invalid(start, 'a ( without its )')
    return node
  }

  /** The atom with the quantifier behind it, if there is one. @param {Node} atom @param {number} start @returns {Node} */
  repetition(atom, start) {
    const quantifier = this.at
    let [min, max] = [0, Infinity]
    switch (this.peek()) {
      case '*':
        break
      case '+':
        min = 1
        break
      case '?':
        max = 1
        break
      case '{':
        ;[min, max] = this.bounds()
        break
      default:
        return atom
    }
    const braces = this.next() === '}'
    // `s{2}` is `ss` to Oniguruma.
    if (this.syntax === 'oniguruma' && braces && this.folded !== undefined) throw this.unsupportedCase(start)
    /** @type {Mode} */
    const mode = this.eat('?') ? 'lazy' : this.eat('+') ? 'possessive' : 'greedy'
    // Oniguruma repeats the repetition, or makes `{n}?` optional, where others have a possessive or a lazy one.
    if (this.syntax === 'oniguruma' && braces && mode !== 'greedy') throw this.unsupported(quantifier)
    if (['*', '+', '?', '{'].includes(this.peek() ?? '')) {
      this.next()
      throw this.unsupported(quantifier)
    }
    if (atom.kind === 'concat' && atom.items.length === 0) {
      throw this.invalid(quantifier, 'there is nothing to repeat')
    }
    if (atom.kind === 'ahead' || atom.kind === 'behind' || atom.kind === 'assert') {
      throw unsupported(this.position(start), 'a repetition of a place')
    }
    if (max === Infinity && matchesEmpty(atom)) {
      throw unsupported(this.position(start), 'an endless repetition of what may be empty')
    }
    return { kind: 'repeat', node: atom, min, max, mode }
  }

  /** `{m}`, `{m,}`, `{,n}` or `{m,n}`, up to the brace that ends it. @returns {[number, number]} */
  bounds() {
    const start = this.at
    this.at++
    const low = this.number(start)
    const high = this.eat(',') ? this.number(start) : low
    if (low === undefined && high === undefined) throw this.invalid(start, 'a repetition without its numbers')
    const min = low ?? 0
    const max = high ?? Infinity
    if (this.peek() !== '}') throw this.invalid(start, 'a { without its }')
    if (min > max) throw this.invalid(start, 'a repetition whose numbers are in the wrong order')
    return [min, max]
  }

  /** @param {number} start */
  number(start) {
    let number
    for (let digit = this.peek(); digit !== undefined && digit >= '0' && digit <= '9'; digit = this.peek()) {
      number = (number ?? 0) * 10 + Number(digit)
      if (number > MAX_REPEAT) throw beyond(this.position(start), MAX_REPEAT, 'repetitions')
      this.at++
    }
    return number
  }

  /** Behind the `[`. @param {Flags} flags @param {number} start @returns {CharacterSet} */
  class(flags, start) {
    this.enter()
    const negative = this.eat('^')
    /** @type {{ set: CharacterSet, operator: string } | undefined} */
    let left
    /** @type {import('./character-set').Range[]} */
    let ranges = []
    while (this.eat('-')) {
      ranges.push([0x2d, 0x2d])
      if (this.syntax === 'oniguruma' && this.peek() === '-') {
        this.at++
        throw this.unsupported(this.at - 2)
      }
    }
    if (ranges.length === 0 && this.eat(']')) ranges.push([0x5d, 0x5d])
    for (;;) {
      const at = this.at
      /** @type {string | undefined} */
      let operator
      if (this.eat('&&')) operator = '&&'
      else if (this.eat('--')) {
        if (this.syntax === 'oniguruma') throw this.unsupported(at)
        operator = '--'
      } else if (this.eat('~~')) throw this.unsupported(at)
      if (operator !== undefined || this.eat(']')) {
        let set = new CharacterSet(ranges)
        ranges = []
        const operated = operator !== undefined || left !== undefined
        if (flags.ignoreCase && operated) set = properties.fold(set)
        if (left) set = left.operator === '&&' ? left.set.intersect(set) : left.set.subtract(set)
        if (operator !== undefined) {
          left = { set, operator }
          continue
        }
        if (flags.ignoreCase) {
          // Oniguruma folds classes in ways of its own.
          const plain = !negative && !operated && isAscii(set)
          if (this.syntax === 'oniguruma' && !plain) throw this.unsupportedCase(start)
          set = properties.fold(set)
        }
        this.depth--
        return negative ? set.negate() : set
      }
      const character = this.next()
      if (character === undefined) throw this.invalid(start, 'a [ without its ]')
      if (character !== '[') this.classItem(character, at, flags, start, ranges)
      else if (this.eat(':')) throw this.unsupported(at)
      else append(ranges, this.class(flags, at))
    }
  }

  /**
   * A character or an escape in a class, and the range that it may begin.
   * @param {string} character
   * @param {number} at
   * @param {Flags} flags
   * @param {number} classStart
   * @param {import('./character-set').Range[]} ranges
   */
  classItem(character, at, flags, classStart, ranges) {
    const low = this.classMember(character, at, flags)
    if (this.peek() !== '-' || [undefined, ']', '-'].includes(this.peek(1))) return append(ranges, low)
    this.at++
    const end = this.at
    const last = this.next()
    if (last === undefined) throw this.invalid(classStart, 'a [ without its ]')
    if (last === '[') throw this.invalid(end, 'a range that ends with a class')
    // Not folded: a range has two characters, whatever the case.
    const high = this.classMember(last, end, NO_FLAGS)
    const ends = [low, high].map(({ ranges: [range, ...more] }) =>
      range && more.length === 0 && range[0] === range[1] ? range[0] : undefined
    )
    if (ends[0] === undefined || ends[1] === undefined) throw this.invalid(at, 'a range with a class as an end')
    if (ends[0] > ends[1]) throw this.invalid(at, 'a range whose ends are in the wrong order')
    ranges.push([ends[0], ends[1]])
  }

  /** @param {string} character @param {number} at @param {Flags} flags */
  classMember(character, at, flags) {
    if (character !== '\\') return single(character)
    // What has no case of its own is folded with the rest of the class.
    return this.escape(/^[pP]$/.test(this.peek() ?? '') ? flags : NO_FLAGS, at, true)
  }

  /**
   * Behind the backslash at `start`: the characters that the escape stands for.
   * @param {Flags} flags
   * @param {number} start
   * @param {boolean} inClass
   * @returns {CharacterSet}
   */
  escape(flags, start, inClass) {
    const character = this.next()
    if (character === undefined) throw this.invalid(start, 'the pattern ends with a backslash')
    const set = this.escaped(character, flags, start, inClass)
    return flags.ignoreCase && character !== 'p' && character !== 'P' ? properties.fold(set) : set
  }

  /** @param {string} character @param {Flags} flags @param {number} start @param {boolean} inClass @returns {CharacterSet} */
  escaped(character, flags, start, inClass) {
    switch (character) {
      case 'n':
        return one(0x0a)
      case 'r':
        return one(0x0d)
      case 't':
        return one(0x09)
      case 'f':
        return one(0x0c)
      case 'a':
        return one(0x07)
      case 's':
        return properties.whiteSpace()
      case 'S':
        return properties.whiteSpace().negate()
      case 'd':
        return properties.digits()
      case 'D':
        return properties.digits().negate()
      case 'w':
        return this.word(inClass)
      case 'W':
        return this.word(inClass).negate()
      case 'p':
        return this.property(flags, start, false)
      case 'P':
        return this.property(flags, start, true)
      case 'x':
      case 'u':
        return this.codePoint(flags, start, character)
      default:
        if (character === 'v' && this.syntax === 'rust') return one(0x0b)
        if (/^[!-/:;=?@[-`{-~ ]$/.test(character)) return single(character)
        throw this.unsupported(start)
    }
  }

  /** Oniguruma counts the joiners out, and outside of classes some numbers in. @param {boolean} inClass */
  word(inClass) {
    if (this.syntax === 'rust') return properties.word()
    const set = properties.word().subtract(new CharacterSet([[0x200c, 0x200d]]))
    if (inClass) return set
    const numbers = new CharacterSet([
      [0xb2, 0xb3],
      [0xb9, 0xb9],
      [0xbc, 0xbe]
    ])
    return set.union(numbers)
  }

  /**
   * `\p{name}`, `\p{^name}` or `\pN`, behind the `p`.
   * @param {Flags} flags
   * @param {number} start
   * @param {boolean} negative
   */
  property(flags, start, negative) {
    let name = ''
    const first = this.next()
    if (first === undefined) throw this.invalid(start, 'the name of a property is missing')
    if (first === '{') {
      if (this.syntax === 'oniguruma' && this.eat('^')) negative = !negative
      for (;;) {
        const character = this.next()
        if (character === undefined) throw this.invalid(start, 'a { without its }')
        if (character === '}') break
        name += character
      }
    } else if (this.syntax === 'rust') name = first
    else throw this.unsupported(start)
    let set = properties.property(name)
    if (!set) throw this.unsupported(start)
    if (flags.ignoreCase && this.syntax === 'oniguruma') throw this.unsupportedCase(start)
    if (flags.ignoreCase) set = properties.fold(set)
    return negative ? set.negate() : set
  }

  /** `\x7f`, `\x{10ffff}`, `\u00e9` or `\u{e9}`, behind the letter. @param {Flags} flags @param {number} start @param {string} letter */
  codePoint(flags, start, letter) {
    const braces = this.eat('{')
    if (braces && letter === 'u' && this.syntax === 'oniguruma') throw this.unsupported(start)
    const most = braces ? 8 : letter === 'x' ? 2 : 4
    let hex = ''
    while (hex.length < most && /^[0-9a-fA-F]$/.test(this.peek() ?? '')) hex += this.next()
    const whole = braces ? hex.length > 0 && this.eat('}') : hex.length === most
    if (flags.ignoreCase && this.syntax === 'oniguruma') throw this.unsupportedCase(start)
    const value = parseInt(hex, 16)
    if (!whole || value >= CODE_POINTS || (value >= 0xd800 && value <= 0xdfff)) {
      throw this.invalid(start, 'the number of a character is wrong')
    }
    return one(value)
  }
}

/** @param {import('./character-set').Range[]} ranges @param {CharacterSet} set */
function append(ranges, set) {
  for (const range of set.ranges) ranges.push(copy(range))
}

/** @param {CharacterSet} set */
const isAscii = (set) => set.ranges.every(([, last]) => last < 128)

/** @param {string} character */
const single = (character) => one(Number(character.codePointAt(0)))

/** Branches that are all one character are a set, which matches without trying one after the other. @param {Node[]} branches @returns {Node} */
function alternate(branches) {
  if (branches.length === 1) return branches[0]
  /** @type {import('./character-set').Range[]} */
  const ranges = []
  for (const branch of branches) {
    if (branch.kind !== 'set') return { kind: 'alternate', branches }
    append(ranges, branch.set)
  }
  return { kind: 'set', set: new CharacterSet(ranges) }
}

/** Whether a node can match without taking a character. @param {Node} node @returns {boolean} */
function matchesEmpty(node) {
  switch (node.kind) {
    case 'set':
      return false
    case 'concat':
      return node.items.every(matchesEmpty)
    case 'alternate':
      return node.branches.some(matchesEmpty)
    case 'repeat':
      return node.min === 0 || matchesEmpty(node.node)
    case 'atomic':
      return matchesEmpty(node.node)
    default:
      return true
  }
}

module.exports = { literal, matchesEmpty, parse }
