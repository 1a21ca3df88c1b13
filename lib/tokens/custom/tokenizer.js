'use strict'

// Runs a definition. `crates/tokens/src/custom/mod.rs` is the same.

const { AddedTokens } = require('./added-tokens')
const { beyond, invalid } = require('./definition')
const { PairMerger } = require('./pair-merge')
const { Matcher } = require('./pattern')
const properties = require('./properties')

/** @typedef {import('./definition').AddedToken} AddedToken */
/** @typedef {import('./definition').Definition} Definition */
/** @typedef {import('./definition').Step} Step */
/** Which special tokens are found: none, all, or those with one of these texts. @typedef {'none' | 'all' | ReadonlySet<string>} AllowedSpecial */

/** The longest text, as it is and normalized. */
const MAX_TEXT_BYTES = 2 ** 29

/** Pretokens whose ids are remembered within a text: up to so many of up to so many code units. */
const MAX_KNOWN = 2 ** 16
const MAX_KNOWN_UNITS = 64

/** Encodes and decodes with a vocabulary that is not built in. */
class CustomTokenizer {
  #model
  #normalizers
  #steps
  #raw
  #normalized
  /** @type {Map<number, AddedToken>} */
  #added

  /**
   * @param {Definition} definition
   * @throws {import('../../errors').TenonError} `ERR_INVALID_ARG` where two added tokens are the same when they are normalized
   */
  constructor({ tokens, merges, normalizers, steps, added }) {
    const early = added.filter((token) => !token.normalized)
    const late = added.filter((token) => token.normalized)
    const normal = late.map(({ text }) => normalize(text, normalizers))
    this.#model = new Model(tokens, merges)
    this.#raw = new AddedTokens(
      early,
      early.map(({ text }) => text)
    )
    this.#normalized = new AddedTokens(late, normal)
    this.#normalizers = normalizers
    this.#steps = steps
    this.#added = new Map(added.map((token) => [token.id, token]))
  }

  /**
   * The ids of a text.
   * @param {string} text
   * @param {AllowedSpecial} allowed
   * @throws {import('../../errors').TenonError} `ERR_LIMIT` for a text of more than 2^29 bytes, and where a pattern takes too many
   *   steps
   */
  encode(text, allowed = 'none') {
    const work = this.encodeInTurns(text, allowed)
    for (;;) {
      const { done, value } = work.next()
      if (done) return value
    }
  }

  /**
   * As `encode`, stopping after each pretoken, with its length in code units.
   * @param {string} text
   * @param {AllowedSpecial} allowed
   * @returns {Generator<number, Uint32Array>}
   */
  *encodeInTurns(text, allowed) {
    const ids = new Ids()
    const merger = new PairMerger()
    // Text repeats its words: where the ids of each begin and end.
    /** @type {Map<string, [start: number, end: number]>} */
    const known = new Map()
    for (const piece of this.#cut(text, allowed)) {
      if (typeof piece === 'number') {
        ids.push(piece)
        continue
      }
      const found = known.get(piece)
      if (found) {
        ids.repeat(...found)
        yield piece.length
        continue
      }
      const start = ids.length
      this.#model.encode(Buffer.from(piece).toString('latin1'), merger, ids)
      if (piece.length <= MAX_KNOWN_UNITS && known.size < MAX_KNOWN) known.set(piece, [start, ids.length])
      yield piece.length
    }
    return ids.take()
  }

  /** The pretokens of a text, and the texts of its added tokens. @param {string} text @param {AllowedSpecial} allowed */
  pretokens(text, allowed = 'none') {
    return Array.from(this.#cut(text, allowed), (piece) =>
      typeof piece === 'number' ? (this.#added.get(piece)?.text ?? '') : piece
    )
  }

  /**
   * The bytes of ids, those of added tokens included.
   * @param {ArrayLike<number>} ids
   * @param {number} limitBytes
   * @throws {import('../../errors').TenonError} `ERR_INVALID_ARG` for an id that is no token, with its position; `ERR_LIMIT`
   */
  decode(ids, limitBytes) {
    let length = 0
    let bytes = Buffer.alloc(64)
    for (let index = 0; index < ids.length; index++) {
      const token = this.token(ids[index])
      if (token === undefined) throw invalid(`ids[${index}]`, `${ids[index]} is no token of the encoding`)
      if (length + token.length > limitBytes) throw beyond('ids', limitBytes, 'bytes')
      if (length + token.length > bytes.length) {
        bytes = Buffer.concat([bytes], Math.max(2 * bytes.length, length + token.length))
      }
      length += bytes.write(token, length, 'latin1')
    }
    return bytes.subarray(0, length)
  }

  /** The bytes of a token, one code unit a byte. @param {number} id */
  token(id) {
    const added = this.#added.get(id)
    return added ? Buffer.from(added.text).toString('latin1') : this.#model.token(id)
  }

  /** The added tokens. */
  get addedTokens() {
    return [...this.#added.values()]
  }

  /** @param {string} text @param {AllowedSpecial} allowed @returns {Generator<string | number>} */
  *#cut(text, allowed) {
    text = text.toWellFormed()
    if (Buffer.byteLength(text) > MAX_TEXT_BYTES) throw beyond('text', MAX_TEXT_BYTES, 'bytes')
    const found = (/** @type {AddedToken} */ token) =>
      allowed === 'all' || (allowed !== 'none' && allowed.has(token.text))
    const matcher = new Matcher(text)
    for (const segment of this.#raw.segments(text, found)) {
      if (typeof segment === 'number') {
        yield segment
        continue
      }
      const normal = normalize(text.slice(...segment), this.#normalizers)
      for (const part of this.#normalized.segments(normal, found)) {
        if (typeof part === 'number') yield part
        else yield* take(this.#steps, 0, normal.slice(...part), matcher)
      }
    }
  }
}

/**
 * Takes a piece through the steps from one on; there are at most `MAX_STEPS`, which bounds the recursion.
 * @param {Step[]} steps
 * @param {number} index
 * @param {string} piece
 * @param {Matcher} matcher
 * @returns {Generator<string>}
 */
function* take(steps, index, piece, matcher) {
  if (piece === '') return
  const step = steps[index]
  if (!step) {
    yield piece
    return
  }
  switch (step.kind) {
    case 'prefix-space':
      yield* take(steps, index + 1, piece.startsWith(' ') ? piece : ` ${piece}`, matcher)
      break
    case 'matches':
      for (const [start, end] of step.pattern.matches(piece, matcher)) {
        yield* take(steps, index + 1, piece.slice(start, end), matcher)
      }
      break
    default:
      for (const [start, end] of split(step, piece, matcher)) {
        yield* take(steps, index + 1, piece.slice(start, end), matcher)
      }
  }
}

/**
 * The matches and what is between them, with whether each counts as a match.
 * @param {import('./pattern').Pattern} pattern
 * @param {boolean} invert
 * @param {string} text
 * @param {Matcher} matcher
 * @returns {Generator<[start: number, end: number, matched: boolean]>}
 */
function* parts(pattern, invert, text, matcher) {
  let behind = 0
  for (const [start, end] of pattern.matches(text, matcher)) {
    if (behind < start) yield [behind, start, invert]
    yield [start, end, !invert]
    behind = end
  }
  if (behind < text.length) yield [behind, text.length, invert]
}

/**
 * The pieces into which matches split a text, one after the other; some may be empty.
 * @param {Step & { kind: 'split' }} step
 * @param {string} text
 * @param {Matcher} matcher
 * @returns {Generator<[start: number, end: number]>}
 */
function* split({ pattern, behavior, invert }, text, matcher) {
  /** A piece that may become longer. @type {[number, number] | undefined} */
  let open
  let before = false
  for (const [start, end, matched] of parts(pattern, invert, text, matcher)) {
    const joins =
      behavior === 'MergedWithPrevious' ? matched && !before : behavior === 'Contiguous' && matched === before
    before = matched
    if (behavior === 'Removed' || behavior === 'Isolated') {
      if (behavior === 'Isolated' || !matched) yield [start, end]
    } else if (behavior === 'MergedWithNext' && !matched) {
      yield [open ? open[0] : start, end]
      open = undefined
    } else if (open && joins) {
      open[1] = end
    } else {
      if (open) yield open
      open = [start, end]
    }
  }
  if (open) yield open
}

/**
 * The text in its normalization forms, one after the other, as Unicode 16 has them: what is not assigned there stays as it
 * is, so that the tables of newer versions make no difference.
 * @param {string} text
 * @param {Definition['normalizers']} forms
 */
function normalize(text, forms) {
  if (forms.length === 0 || /^[\0-\x7f]*$/.test(text)) return text
  try {
    for (const form of forms) {
      const assigned = properties.assigned()
      let normal = ''
      let start = 0
      let at = 0
      for (const character of text) {
        const end = at + character.length
        if (!assigned.has(Number(character.codePointAt(0)))) {
          normal += text.slice(start, at).normalize(form) + character
          start = end
        }
        at = end
      }
      text = normal + text.slice(start).normalize(form)
      if (Buffer.byteLength(text) > MAX_TEXT_BYTES) throw new RangeError()
    }
  } catch (error) {
    // One character may become eighteen, and the string longer than V8 has it.
    if (error instanceof RangeError) throw beyond('text', MAX_TEXT_BYTES, 'bytes when it is normalized')
    throw error
  }
  return text
}

/** The vocabulary and its merges. Tokens are named by their position, in the order of their ids. */
class Model {
  /** @param {import('./definition').Token[]} tokens @param {import('./definition').Merges} merges */
  constructor(tokens, merges) {
    this.tokens = tokens
    /** @type {Map<number, number>} */
    this.byId = new Map(tokens.map(({ id }, at) => [id, at]))
    /** The position of each token that text can become. @type {Map<string, number>} */
    this.positions = new Map()
    this.longest = 0
    tokens.forEach(({ bytes, reachable }, at) => {
      if (reachable) this.positions.set(bytes, at)
      this.longest = Math.max(this.longest, bytes.length)
    })
    // Those that are missing occur in no UTF-8.
    this.single = Int32Array.from({ length: 256 }, (_, byte) => this.positions.get(String.fromCharCode(byte)) ?? 0)
    this.wholeFirst = merges.by === 'rank' || merges.wholeFirst
    if (merges.by === 'list') {
      const { pairs } = merges
      const position = (/** @type {number} */ id) => Number(this.byId.get(id))
      /** The priority of each pair, the last place of one that is there twice. @type {Map<number, number>} */
      this.priorities = new Map()
      this.made = Int32Array.from(pairs, ({ merged }) => position(merged))
      pairs.forEach(({ left, right }, priority) =>
        this.priorities?.set(position(left) * tokens.length + position(right), priority)
      )
    }
  }

  /** @param {number} id */
  token(id) {
    const at = this.byId.get(id)
    return at === undefined ? undefined : this.tokens[at].bytes
  }

  /** @param {string} piece bytes @param {PairMerger} merger @param {Ids} ids */
  encode(piece, merger, ids) {
    const { tokens, positions, single, longest, priorities, made } = this
    if (this.wholeFirst && piece.length <= longest) {
      const at = positions.get(piece)
      if (at !== undefined) return ids.push(tokens[at].id)
    }
    const token = (/** @type {number} */ at) => single[piece.charCodeAt(at)]
    const emit = (/** @type {number} */ at) => ids.push(tokens[at].id)
    if (priorities && made) {
      merger.merge(
        piece.length,
        token,
        (left, right, { tokens: parts }) => priorities.get(parts[left] * tokens.length + parts[right]) ?? -1,
        (priority) => made[priority],
        emit
      )
      return
    }
    merger.merge(
      piece.length,
      token,
      (left, right, { ends }) => {
        if (ends[right] - left > longest) return -1
        return positions.get(piece.slice(left, ends[right])) ?? -1
      },
      (priority) => priority,
      emit
    )
  }
}

/** Ids in a row. Grown by hand: an array of numbers has a length at which V8 ends the process. */
class Ids {
  #ids = new Uint32Array(64)
  length = 0

  /** @param {number} id */
  push(id) {
    if (this.length === this.#ids.length) this.#reserve(2 * this.length)
    this.#ids[this.length++] = id
  }

  /** Adds those that are already there from `start` to `end`. @param {number} start @param {number} end */
  repeat(start, end) {
    const length = this.length + end - start
    if (length > this.#ids.length) this.#reserve(2 * length)
    this.#ids.copyWithin(this.length, start, end)
    this.length = length
  }

  /** @param {number} length */
  #reserve(length) {
    const larger = new Uint32Array(length)
    larger.set(this.#ids)
    this.#ids = larger
  }

  take() {
    return this.#ids.slice(0, this.length)
  }
}

module.exports = { CustomTokenizer }
