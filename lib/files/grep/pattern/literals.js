'use strict'

// Strings of which every match of an expression contains one.

/** @typedef {import('./expression').Expression} Expression */

const MAX_LITERALS = 16
/** A class of more characters is not spelled out. */
const MAX_CLASS = 4
/** Longer literals make no better filter. */
const MAX_UNITS = 64

/**
 * @param {Expression} expression
 * @returns {string[] | undefined} none where there are no such strings, or too many
 */
function requiredLiterals(expression) {
  const found = required(expression)
  return found && rank(found) > -Infinity ? found : undefined
}

/** @param {Expression} expression @returns {string[] | undefined} */
function required(expression) {
  const exact = strings(expression)
  if (exact) return exact
  switch (expression.kind) {
    case 'literal':
      // Not through the middle of a character.
      return [expression.text.slice(0, MAX_UNITS).replace(/[\ud800-\udbff]$/, '')]
    case 'group':
      return required(expression.sub)
    case 'repeat':
      return expression.min === 0 ? undefined : required(expression.sub)
    case 'alternation': {
      /** @type {Set<string>} */
      const all = new Set()
      for (const sub of expression.subs) {
        const found = required(sub)
        if (!found || rank(found) === -Infinity) return undefined
        for (const text of found) all.add(text)
        if (all.size > MAX_LITERALS) return undefined
      }
      return [...all]
    }
    case 'concat':
      return best(runs(expression.subs))
    default:
      return undefined
  }
}

/** The strings of neighbours together, as far as they are few, and what other parts ask for. @param {Expression[]} subs */
function runs(subs) {
  /** @type {string[][]} */
  const found = []
  let run = ['']
  for (const sub of subs) {
    const exact = strings(sub)
    if (exact) {
      const longer = product(run, exact)
      if (longer) {
        run = longer
        continue
      }
      found.push(run)
      run = exact
      continue
    }
    found.push(run)
    run = ['']
    const inner = required(sub)
    if (inner) found.push(inner)
  }
  found.push(run)
  return found
}

/** All strings an expression matches, where they are few. @param {Expression} expression @returns {string[] | undefined} */
function strings(expression) {
  switch (expression.kind) {
    case 'empty':
    case 'look':
      return ['']
    case 'literal':
      return expression.text.length > MAX_UNITS ? undefined : [expression.text]
    case 'class': {
      const members = []
      for (const [first, last] of expression.set.ranges) {
        if (members.length + last - first >= MAX_CLASS) return undefined
        for (let codePoint = first; codePoint <= last; codePoint++) members.push(String.fromCodePoint(codePoint))
      }
      return members.length === 0 ? undefined : members
    }
    case 'group':
      return strings(expression.sub)
    case 'concat': {
      /** @type {string[] | undefined} */
      let all = ['']
      for (const sub of expression.subs) {
        const next = strings(sub)
        all = next && all && product(all, next)
        if (!all) return undefined
      }
      return all
    }
    case 'alternation': {
      /** @type {Set<string>} */
      const all = new Set()
      for (const sub of expression.subs) {
        const found = strings(sub)
        for (const text of found ?? []) all.add(text)
        if (!found || all.size > MAX_LITERALS) return undefined
      }
      return [...all]
    }
    default:
      return undefined
  }
}

/** @param {string[]} heads @param {string[]} tails */
function product(heads, tails) {
  if (heads.length * tails.length > MAX_LITERALS) return undefined
  const all = heads.flatMap((head) => tails.map((tail) => head + tail))
  return all.some((text) => text.length > MAX_UNITS) ? undefined : all
}

/** @param {string[][]} found */
function best(found) {
  let [winner] = found
  for (const texts of found) if (rank(texts) > rank(winner)) winner = texts
  return winner
}

/** Longer strings are rarer, and each one costs a pass. @param {string[]} texts */
function rank(texts) {
  const shortest = texts.reduce((least, { length }) => Math.min(least, length), Infinity)
  return shortest === 0 ? -Infinity : shortest * 4 - texts.length
}

module.exports = { requiredLiterals }
