'use strict'

const { characterBytes, characterValue } = require('./character')
const { classHolds } = require('./class')

/**
 * What one name must look like. Names are byte strings without a slash, in lower case where case does not count.
 *
 * @typedef {import('./expand').Piece} Piece
 * @typedef {{ dot: boolean, fold: boolean }} Options
 *
 * @typedef {{ kind: 'literal' | 'prefix', text: string }} Fixed
 * @typedef {{ kind: 'every' }} Every
 * @typedef {{ kind: 'words' | 'suffixes', words: Set<string>, lengths: number[] }} Listed
 * @typedef {{ kind: 'simple' | 'extended', pieces: Piece[] }} General
 * @typedef {Fixed | Every | Listed | General} Matcher
 */

/**
 * @param {Piece[]} given
 * @param {boolean} fold
 * @returns {Matcher}
 */
function compileSegment(given, fold) {
  const pieces = fold ? given.map(folded) : given
  const [first, second, third] = pieces
  const count = pieces.length
  if (count === 0) return { kind: 'literal', text: '' }
  if (count === 1 && first.type === 'literal') return { kind: 'literal', text: first.text }
  if (count === 1 && first.type === 'star') return { kind: 'every' }
  if (count === 1 && first.type === 'words') return { kind: 'words', words: first.words, lengths: first.lengths }
  if (count === 2 && first.type === 'literal' && second.type === 'star') return { kind: 'prefix', text: first.text }
  // The usual ones: `*.ts` and `*.{ts,tsx}`.
  if (first.type === 'star' && second.type === 'literal' && isAligned(second.text)) {
    const { text } = second
    if (count === 2) return { kind: 'suffixes', words: new Set([text]), lengths: [text.length] }
    if (count === 3 && third.type === 'words') {
      const words = new Set([...third.words].map((word) => text + word))
      return { kind: 'suffixes', words, lengths: third.lengths.map((length) => text.length + length) }
    }
  }
  const simple = pieces.every(({ type }) => type !== 'words' && type !== 'group')
  return { kind: simple ? 'simple' : 'extended', pieces }
}

/** Whether text starts where a character starts, so that the end of a name can be compared with it. @param {string} text */
function isAligned(text) {
  return (text.charCodeAt(0) & 0xc0) !== 0x80
}

/** @param {Piece} piece @returns {Piece} */
function folded(piece) {
  if (piece.type === 'literal') return { type: 'literal', text: foldCase(piece.text) }
  if (piece.type === 'words') return { ...piece, words: new Set([...piece.words].map(foldCase)) }
  if (piece.type === 'group') return { ...piece, alternatives: piece.alternatives.map((pieces) => pieces.map(folded)) }
  return piece
}

/** @param {string} text */
function foldCase(text) {
  return text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase())
}

/**
 * Whether the whole name is matched.
 * @param {Matcher} matcher
 * @param {string} name
 * @param {Options} options
 */
function matchesSegment(matcher, name, options) {
  switch (matcher.kind) {
    case 'literal':
      return name === matcher.text
    case 'words':
      return matcher.words.has(name)
    case 'prefix':
      return name.startsWith(matcher.text)
    case 'every':
      return name !== '' && !isHidden(name, options)
    case 'suffixes':
      return endsWithOne(matcher, name) && !isHidden(name, options)
    case 'simple':
      return matchesSimple(matcher.pieces, name, options)
    case 'extended':
      return new Extended(name, options).matches(matcher.pieces)
  }
}

/**
 * Whether only a dot that is spelled out matches the first character: `.` and `..` are never meant by a wildcard.
 * @param {string} name
 * @param {{ dot: boolean }} options
 */
function isHidden(name, { dot }) {
  return name[0] === '.' && (!dot || name === '.' || name === '..')
}

/**
 * @param {Listed} matcher
 * @param {string} name
 */
function endsWithOne({ words, lengths }, name) {
  return lengths.some((length) => length <= name.length && words.has(name.slice(name.length - length)))
}

/**
 * Without groups it is enough to go back to the last star.
 * @param {Piece[]} pieces
 * @param {string} name
 * @param {Options} options
 */
function matchesSimple(pieces, name, options) {
  if (pieces[0].type !== 'literal' && isHidden(name, options)) return false
  let piece = 0
  let at = 0
  let star = -1
  let starEnd = 0
  for (;;) {
    const here = pieces[piece]
    if (here === undefined && at === name.length) return true
    if (here?.type === 'star') {
      star = piece
      starEnd = at
      piece += 1
      continue
    }
    const length = here === undefined ? -1 : lengthAt(here, name, at, options)
    if (length >= 0) {
      piece += 1
      at += length
      continue
    }
    // The star takes one more character, and what is behind it is tried again.
    if (star < 0 || starEnd === name.length) return false
    starEnd += characterBytes(name, starEnd)
    piece = star + 1
    at = starEnd
  }
}

/**
 * How many bytes a piece of one length takes at a place; -1 where it does not match.
 * @param {Piece} piece
 * @param {string} name
 * @param {number} at
 * @param {Options} options
 */
function lengthAt(piece, name, at, { fold }) {
  if (piece.type === 'literal') return name.startsWith(piece.text, at) ? piece.text.length : -1
  if (at === name.length) return -1
  const length = characterBytes(name, at)
  if (piece.type === 'any') return length
  if (piece.type !== 'class') return -1
  return classHolds(piece, characterValue(name, at, length), fold) ? length : -1
}

/**
 * A name and the places in it that were reached. Groups are matched by sets of places, and each repeated group
 * is looked at once from each place: the time is polynomial whatever the pattern is.
 *
 * @typedef {Uint8Array} Places 1 for each place that is in the set, from 0 to the name's length
 */
class Extended {
  /**
   * @param {string} name
   * @param {Options} options
   */
  constructor(name, options) {
    this.name = name
    this.options = options
    this.hidden = isHidden(name, options)
    /** @type {Map<number, Places>} where the alternatives of a group end, by group and place */
    this.known = new Map()
  }

  /** @param {Piece[]} pieces */
  matches(pieces) {
    return this.sequence(pieces, this.place(0))[this.name.length] === 1
  }

  /** @returns {Places} */
  none() {
    return new Uint8Array(this.name.length + 1)
  }

  /** @param {number} at */
  place(at) {
    const places = this.none()
    places[at] = 1
    return places
  }

  /**
   * Where pieces end that start at one of the places.
   * @param {Piece[]} pieces
   * @param {Places} starts
   * @returns {Places}
   */
  sequence(pieces, starts) {
    let places = starts
    for (const piece of pieces) {
      if (!places.includes(1)) break
      places = this.piece(piece, places)
    }
    return places
  }

  /**
   * @param {Piece} piece
   * @param {Places} starts
   * @returns {Places}
   */
  piece(piece, starts) {
    const { name } = this
    const ends = this.none()
    if (piece.type === 'group') {
      if (piece.kind === '!') return this.except(piece, starts)
      if (piece.kind === '*' || piece.kind === '+') return this.repeated(piece, starts)
      if (piece.kind === '?') add(ends, starts)
      for (const alternative of piece.alternatives) add(ends, this.sequence(alternative, starts))
      return ends
    }
    for (let at = 0; at <= name.length; at++) {
      if (piece.type === 'star') {
        if ((starts[at] === 0 || this.isBarred(at)) && ends[at] === 0) continue
        ends[at] = 1
        if (at < name.length) ends[at + characterBytes(name, at)] = 1
      } else if (starts[at] === 0) {
        continue
      } else if (piece.type === 'words') {
        for (const length of piece.lengths) if (piece.words.has(name.slice(at, at + length))) ends[at + length] = 1
      } else if (piece.type === 'literal' || !this.isBarred(at)) {
        const length = lengthAt(piece, name, at, this.options)
        if (length >= 0) ends[at + length] = 1
      }
    }
    return ends
  }

  /** Whether no wildcard may start here. @param {number} at */
  isBarred(at) {
    return at === 0 && this.hidden
  }

  /**
   * Once or more, or any number of times.
   * @param {import('./expand').Repeat} group
   * @param {Places} starts
   */
  repeated(group, starts) {
    const ends = group.kind === '*' ? starts.slice() : this.none()
    const waiting = [...starts.keys()].filter((at) => starts[at] === 1)
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      this.once(group, at).forEach((reached, end) => {
        if (reached === 1 && ends[end] === 0) {
          ends[end] = 1
          if (starts[end] === 0) waiting.push(end)
        }
      })
    }
    return ends
  }

  /**
   * Everything but what the alternatives match.
   * @param {import('./expand').Repeat} group
   * @param {Places} starts
   */
  except(group, starts) {
    const { name } = this
    const ends = this.none()
    for (let start = 0; start <= name.length; start++) {
      if (starts[start] === 0) continue
      const excluded = this.once(group, start)
      for (let end = start; end <= name.length; end += end < name.length ? characterBytes(name, end) : 1) {
        if (excluded[end] === 0) ends[end] = 1
        if (this.isBarred(start)) break
      }
    }
    return ends
  }

  /**
   * Where the alternatives of a group end that start at one place.
   * @param {import('./expand').Repeat} group
   * @param {number} start
   * @returns {Places}
   */
  once(group, start) {
    const key = group.id * (this.name.length + 1) + start
    const known = this.known.get(key)
    if (known !== undefined) return known
    const ends = this.none()
    const starts = this.place(start)
    for (const alternative of group.alternatives) add(ends, this.sequence(alternative, starts))
    this.known.set(key, ends)
    return ends
  }
}

/**
 * @param {Places} places
 * @param {Places} more
 */
function add(places, more) {
  more.forEach((reached, at) => {
    if (reached === 1) places[at] = 1
  })
}

module.exports = { compileSegment, foldCase, isHidden, matchesSegment }
