'use strict'

// Lists of strings as trees, so that a place in the text is not compared with each of them.

const { one } = require('../../../tokens/custom/character-set')
const { EMPTY, alternation, characters, concat, group, overlaps, repeat } = require('./expression')

/** @typedef {import('./expression').Expression} Expression */
/** @typedef {import('../../../tokens/custom/character-set').CharacterSet} CharacterSet */

/** Fewer strings are tried one after another. */
const MIN_STRINGS = 8
/** Strings may part at every character: a tree that is deeper is for nobody's use. */
const MAX_DEPTH = 200
/** Each new first character is compared with those there are. */
const MAX_GROUPS = 500

/**
 * The expression with the same matches, in which strings that begin alike share their beginning.
 * @param {Expression} expression
 * @returns {Expression}
 */
function withTries(expression) {
  switch (expression.kind) {
    case 'group':
      return group(withTries(expression.sub))
    case 'repeat':
      return repeat(withTries(expression.sub), expression.min, expression.max, expression.greedy)
    case 'concat':
      return concat(expression.subs.map(withTries))
    case 'alternation': {
      const strings = expression.subs.length < MIN_STRINGS ? undefined : setsOfAll(expression.subs)
      return strings ? trie(strings, 0, MAX_DEPTH) : alternation(expression.subs.map(withTries))
    }
    default:
      return expression
  }
}

/**
 * A set for each character of each branch; undefined where a branch is something else.
 * @param {Expression[]} branches
 */
function setsOfAll(branches) {
  /** One set for each character, so that equal ones are the same. @type {Map<string, CharacterSet>} */
  const known = new Map()
  const shared = (/** @type {string} */ key, /** @type {() => CharacterSet} */ make) => {
    let set = known.get(key)
    if (!set) {
      set = make()
      known.set(set.key, set).set(key, set)
    }
    return set
  }
  /** @type {CharacterSet[][]} */
  const all = []
  for (const branch of branches) {
    /** @type {CharacterSet[]} */
    const sets = []
    for (const part of partsOf(branch)) {
      if (part.kind === 'class') sets.push(shared(part.set.key, () => part.set))
      else if (part.kind !== 'literal') return undefined
      else for (const character of part.text) sets.push(shared(character, () => one(Number(character.codePointAt(0)))))
    }
    all.push(sets)
  }
  return all
}

/** @param {Expression} branch @returns {Expression[]} */
function partsOf(branch) {
  if (branch.kind === 'group') return partsOf(branch.sub)
  if (branch.kind === 'empty') return []
  return branch.kind === 'concat' ? branch.subs.flatMap(partsOf) : [branch]
}

/**
 * @param {CharacterSet[][]} strings in their order of preference
 * @param {number} at how many of their characters are done
 * @param {number} depth
 * @returns {Expression}
 */
function trie(strings, at, depth) {
  /** @type {Expression[]} */
  const branches = []
  /** @type {Map<CharacterSet, CharacterSet[][]>} */
  let groups = new Map()
  const endGroups = () => {
    for (const [set, members] of groups) branches.push(subtree(set, members, at, depth))
    groups = new Map()
  }
  for (const string of strings) {
    if (string.length === at) {
      // What stands behind it in the order is tried behind it.
      endGroups()
      branches.push(EMPTY)
      continue
    }
    const members = groups.get(string[at])
    if (members) members.push(string)
    else {
      // Strings whose first characters are apart do not match at the same place: their order does not matter.
      if (groups.size >= MAX_GROUPS || [...groups.keys()].some((set) => overlaps(set, string[at]))) endGroups()
      groups.set(string[at], [string])
    }
  }
  endGroups()
  return alternation(branches)
}

/** @param {CharacterSet} set @param {CharacterSet[][]} members @param {number} at @param {number} depth */
function subtree(set, members, at, depth) {
  const parts = [characters(set)]
  let next = at + 1
  const [first] = members
  while (next < first.length && members.every((string) => string[next] === first[next])) {
    parts.push(characters(first[next++]))
  }
  if (depth > 0) parts.push(trie(members, next, depth - 1))
  else parts.push(alternation(members.map((string) => concat(string.slice(next).map(characters)))))
  return concat(parts)
}

module.exports = { withTries }
