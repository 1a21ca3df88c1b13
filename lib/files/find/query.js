'use strict'

const { CAPITAL, classOf, fold } = require('./fold')

/**
 * What is asked for: terms that must all match.
 *
 * @typedef {'fuzzy' | 'within' | 'start' | 'end' | 'whole'} Kind
 * @typedef {object} Term
 * @property {Kind} kind
 * @property {boolean} negated
 * @property {boolean} anyCase
 * @property {number} typos the most characters to leave out
 * @property {number[]} characters folded where the case does not count
 * @property {number[]} ids for each character, which of the different ones it is
 * @property {Map<number, number>} idOf of each of the different characters
 *
 * @typedef {'smart' | 'ignore' | 'respect'} LetterCase
 */

const MAX_QUERY_UNITS = 1024
const MAX_TYPOS = 4
/** The most characters of a term of which some may be left out. */
const MAX_TYPO_CHARACTERS = 64

/**
 * @param {string} text
 * @param {LetterCase} letterCase
 * @param {number} typos
 * @returns {Term[]}
 */
function readQuery(text, letterCase, typos) {
  return wordsOf(text).flatMap((word) => readTerm(word, letterCase, typos) ?? [])
}

/**
 * What white space separates, without the backslashes that take a space in.
 * @param {string} text
 */
function wordsOf(text) {
  const words = text.match(/(?:\\ |[^\t-\r ])+/g) ?? []
  return words.map((word) => word.replaceAll('\\ ', ' '))
}

/**
 * A term by its signs; nothing where nothing is left to look for.
 * @param {string} word
 * @param {LetterCase} letterCase
 * @param {number} typos
 * @returns {Term | undefined}
 */
function readTerm(word, letterCase, typos) {
  const negated = word.startsWith('!')
  if (negated) word = word.slice(1)
  const atEnd = word.length > 1 && word.endsWith('$')
  if (atEnd) word = word.slice(0, -1)
  const sign = word[0]
  if (sign === '^' || sign === "'") word = word.slice(1)
  if (word === '') return undefined

  const given = Array.from(word, (character) => /** @type {number} */ (character.codePointAt(0)))
  const anyCase =
    letterCase === 'ignore' || (letterCase === 'smart' && !given.some((character) => classOf(character) === CAPITAL))
  const characters = anyCase ? given.map(fold) : given
  const different = [...new Set(characters)]
  const idOf = new Map(different.map((character, id) => [character, id]))
  const kind = kindOf(sign, atEnd, negated)
  return {
    kind,
    negated,
    anyCase,
    typos:
      kind === 'fuzzy' && characters.length <= MAX_TYPO_CHARACTERS
        ? Math.min(typos, Math.floor(characters.length / 3))
        : 0,
    characters,
    ids: characters.map((character) => /** @type {number} */ (idOf.get(character))),
    idOf
  }
}

/**
 * @param {string} sign the first character
 * @param {boolean} atEnd
 * @param {boolean} negated
 * @returns {Kind}
 */
function kindOf(sign, atEnd, negated) {
  if (sign === '^') return atEnd ? 'whole' : 'start'
  if (atEnd) return 'end'
  return sign === "'" || negated ? 'within' : 'fuzzy'
}

module.exports = { MAX_QUERY_UNITS, MAX_TYPOS, readQuery }
