'use strict'

const { CharacterSet, one } = require('../../../tokens/custom/character-set')
const { fold } = require('../../../tokens/custom/properties')
const { TenonError } = require('../../../errors')
const { characters } = require('./expression')
const { SmartCase } = require('./smart-case')

/** Of all sets outside ASCII together, so that reading 64 KiB of large sets takes no minutes. */
const MAX_RANGES = 400_000
/** What a set weighs besides its ranges. */
const SET_RANGES = 4
/** What it weighs to look for the cases of a large set. */
const FOLD_RANGES = 200

/** @typedef {import('./expression').Expression} Expression */

/** What is known while patterns are read. */
class Reading {
  constructor() {
    this.smartCase = new SmartCase()
    /** The names of groups. @type {Set<string>} */
    this.names = new Set()
    /** Of a property that is not there. It counts where nothing else is wrong, as in `regex-syntax`. @type {TenonError | undefined} */
    this.unknownProperty = undefined
    /** @private */
    this.ranges = 0
    /** @private @type {Map<string, CharacterSet>} */
    this.sets = new Map()
    /** @private @type {Map<number, Expression>} */
    this.foldedCharacters = new Map()
  }

  /** Counts a set, which it gives back. @param {CharacterSet} set @throws {TenonError} ERR_LIMIT */
  count(set) {
    if (!isAscii(set)) this.spend(set.ranges.length + SET_RANGES)
    return set
  }

  /** A set that is made once. @param {string} name @param {() => CharacterSet} make */
  set(name, make) {
    let set = this.sets.get(name)
    if (!set) {
      set = make()
      this.sets.set(name, set)
    }
    return this.count(set)
  }

  /** A set with all cases of its members. @param {CharacterSet} set */
  fold(set) {
    return this.set(`fold ${set.key}`, () => {
      if (!isAscii(set)) {
        this.spend(FOLD_RANGES)
        return fold(set)
      }
      const ranges = []
      for (let codePoint = 0; codePoint < 128; codePoint++) {
        if (set.has(codePoint)) ranges.push(...this.set(`fold ${codePoint}`, () => fold(one(codePoint))).ranges)
      }
      return new CharacterSet(ranges.map(([first, last]) => [first, last]))
    })
  }

  /** A character in all its cases. @param {number} codePoint */
  foldCharacter(codePoint) {
    let expression = this.foldedCharacters.get(codePoint)
    if (!expression) {
      expression = characters(fold(one(codePoint)))
      this.foldedCharacters.set(codePoint, expression)
    }
    return expression
  }

  /** @private @param {number} ranges */
  spend(ranges) {
    this.ranges += ranges
    if (this.ranges > MAX_RANGES) throw tooLarge()
  }
}

/** @param {CharacterSet} set */
const isAscii = (set) => set.ranges.length === 0 || set.lasts[set.lasts.length - 1] < 128

const tooLarge = () =>
  new TenonError('ERR_LIMIT', 'the pattern is too large once it is compiled', { argument: 'options.pattern' })

module.exports = { MAX_RANGES, Reading, SET_RANGES, isAscii, tooLarge }
