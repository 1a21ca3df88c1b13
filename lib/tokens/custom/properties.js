'use strict'

// Properties of characters by name (Unicode 16), and simple case folding: what patterns are compiled with. Node's own
// tables have the version of Node. `crates/tokens/src/custom/properties.rs` is the same.

const zlib = require('node:zlib')
const { CODE_POINTS, CharacterSet, copy } = require('./character-set')

/** The categories in the order of their numbers, counted from 1. A group is those that begin with its letter. */
const CATEGORIES = [
  ['lu', 'uppercaseletter'],
  ['ll', 'lowercaseletter'],
  ['lt', 'titlecaseletter'],
  ['lm', 'modifierletter'],
  ['lo', 'otherletter'],
  ['mn', 'nonspacingmark'],
  ['mc', 'spacingmark'],
  ['me', 'enclosingmark'],
  ['nd', 'decimalnumber'],
  ['nl', 'letternumber'],
  ['no', 'othernumber'],
  ['pc', 'connectorpunctuation'],
  ['pd', 'dashpunctuation'],
  ['ps', 'openpunctuation'],
  ['pe', 'closepunctuation'],
  ['pi', 'initialpunctuation'],
  ['pf', 'finalpunctuation'],
  ['po', 'otherpunctuation'],
  ['sm', 'mathsymbol'],
  ['sc', 'currencysymbol'],
  ['sk', 'modifiersymbol'],
  ['so', 'othersymbol'],
  ['zs', 'spaceseparator'],
  ['zl', 'lineseparator'],
  ['zp', 'paragraphseparator'],
  ['cc', 'control'],
  ['cf', 'format'],
  ['co', 'privateuse']
]
const GROUPS = [
  ['l', 'letter'],
  ['m', 'mark'],
  ['n', 'number'],
  ['p', 'punctuation'],
  ['s', 'symbol'],
  ['z', 'separator'],
  ['c', 'other']
]

/** The scripts in the order of their numbers, counted from 1, with the codes of ISO 15924. */
const SCRIPTS = [
  ['arabic', 'arab'],
  ['armenian', 'armn'],
  ['bengali', 'beng'],
  ['bopomofo', 'bopo'],
  ['cyrillic', 'cyrl'],
  ['devanagari', 'deva'],
  ['ethiopic', 'ethi'],
  ['georgian', 'geor'],
  ['greek', 'grek'],
  ['gujarati', 'gujr'],
  ['gurmukhi', 'guru'],
  ['han', 'hani'],
  ['hangul', 'hang'],
  ['hebrew', 'hebr'],
  ['hiragana', 'hira'],
  ['katakana', 'kana'],
  ['khmer', 'khmr'],
  ['lao', 'laoo'],
  ['latin', 'latn'],
  ['myanmar', 'mymr'],
  ['tamil', 'taml'],
  ['telugu', 'telu'],
  ['thai', 'thai'],
  ['tibetan', 'tibt']
]

const WHITE_SPACE = 1
const OTHER_WORD = 2

/** @typedef {import('./character-set').Range} Range */

/** A run of code points and its number. @typedef {[first: number, last: number, number: number]} Run */

/** @type {{ categories: Run[], scripts: Run[], sets: Run[], orbits: number[][] } | undefined} */
let tables

/** The data, unpacked on first use. */
function loaded() {
  return (tables ??= load())
}

/**
 * Four parts, each behind its length as a varint: runs of the categories, of the scripts, of white space and other word
 * characters, as `(gap: varint, length: varint, number: u8)`; and the orbits of simple case folding, as `(gap of the first:
 * varint, size: u8, gaps between the members: varint)`. Written by scripts/tokens-data.
 */
function load() {
  const bytes = zlib.brotliDecompressSync(Buffer.from(require('../../../crates/tokens/data/properties.js'), 'base64'))
  let at = 0
  const varint = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const partEnd = () => {
    const length = varint()
    return at + length
  }
  const runs = () => {
    /** @type {Run[]} */
    const found = []
    for (let end = partEnd(), next = 0; at < end;) {
      const first = next + varint()
      next = first + varint()
      found.push([first, next - 1, bytes[at++]])
    }
    return found
  }
  const categories = runs()
  const scripts = runs()
  const sets = runs()
  /** @type {number[][]} */
  const orbits = []
  for (let end = partEnd(), first = 0; at < end;) {
    first += varint()
    const orbit = [first]
    for (let size = bytes[at++]; size > 1; size--) orbit.push(orbit[orbit.length - 1] + varint())
    orbits.push(orbit)
  }
  return { categories, scripts, sets, orbits }
}

/** @param {Run[]} runs @param {(number: number) => boolean} wanted */
function pick(runs, wanted) {
  /** @type {Range[]} */
  const ranges = []
  for (const [first, last, number] of runs) if (wanted(number)) ranges.push([first, last])
  return new CharacterSet(ranges)
}

/**
 * The characters of `\p{name}`; undefined where the name is not known. Case, spaces, `_` and `-` do not matter.
 * @param {string} name
 */
function property(name) {
  const loose = name.replace(/[ _-]/g, '').replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  const equals = loose.indexOf('=')
  if (equals >= 0) {
    const value = loose.slice(equals + 1)
    switch (loose.slice(0, equals)) {
      case 'gc':
      case 'generalcategory':
        return category(value)
      case 'sc':
      case 'script':
        return script(value)
      default:
        return undefined
    }
  }
  const found = category(loose) ?? script(loose)
  if (found) return found
  switch (loose) {
    case 'any':
      return new CharacterSet([[0, CODE_POINTS - 1]])
    case 'ascii':
      return new CharacterSet([[0, 0x7f]])
    case 'whitespace':
    case 'wspace':
    case 'space':
      return whiteSpace()
    default:
      return undefined
  }
}

/** `\s` */
const whiteSpace = () => pick(loaded().sets, (number) => number === WHITE_SPACE)

/** `\d` */
const digits = () => categories(['nd'])

/** `\w` of the `regex` crate. */
function word() {
  const others = pick(loaded().sets, (number) => number === OTHER_WORD)
  return categories(['lu', 'll', 'lt', 'lm', 'lo', 'mn', 'mc', 'me', 'nd', 'nl', 'pc']).union(others)
}

/** @type {CharacterSet | undefined} */
let assignedSet

/** The characters that are assigned in Unicode 16. */
const assigned = () => (assignedSet ??= pick(loaded().categories, () => true))

/** @param {string} name */
function category(name) {
  const is = (/** @type {string[]} */ names) => names.includes(name)
  if (is(['cn', 'unassigned'])) return unassigned()
  if (is(['lc', 'casedletter'])) return categories(['lu', 'll', 'lt'])
  const found = CATEGORIES.find(is)
  if (found) return categories([found[0]])
  const group = GROUPS.find(is)
  if (!group) return undefined
  const members = CATEGORIES.map(([short]) => short).filter((short) => short.startsWith(group[0]))
  return group[0] === 'c' ? categories(members).union(unassigned()) : categories(members)
}

const unassigned = () => assigned().negate()

/** Sets do not change, and patterns name the same ones again and again. @type {Map<string, CharacterSet>} */
const known = new Map()

/** @param {string[]} short */
function categories(short) {
  const key = short.join(' ')
  let set = known.get(key)
  if (!set) {
    const wanted = CATEGORIES.map(([name]) => short.includes(name))
    set = pick(loaded().categories, (number) => wanted[number - 1])
    known.set(key, set)
  }
  return set
}

/** @param {string} name */
function script(name) {
  const index = SCRIPTS.findIndex((names) => names.includes(name))
  return index < 0 ? undefined : pick(loaded().scripts, (number) => number === index + 1)
}

/** @type {Map<number, number[]> | undefined} */
let orbitOf

/**
 * The set with what simple case folding holds equal to a member.
 * @param {CharacterSet} set
 */
function fold(set) {
  const { orbits } = loaded()
  orbitOf ??= new Map(orbits.flatMap((orbit) => orbit.map((member) => [member, orbit])))
  const single = set.ranges.length === 1 && set.ranges[0][0] === set.ranges[0][1]
  const touched = single
    ? [orbitOf.get(set.ranges[0][0]) ?? []]
    : orbits.filter((orbit) => orbit.some((member) => set.has(member)))
  const added = touched.flat().map((member) => /** @type {Range} */ ([member, member]))
  return added.length === 0 ? set : new CharacterSet([...set.ranges.map(copy), ...added])
}

module.exports = { assigned, digits, fold, property, whiteSpace, word }
