'use strict'

// How many steps an engine that goes back and tries again (V8's) needs for one place where a match might begin, at the most.
// A loop goes back over each of its rounds, unless what comes behind it cannot begin as a round does; and what can be done
// in several ways multiplies with what follows.

const { CharacterSet } = require('../../../tokens/custom/character-set')
const { overlaps, some } = require('./expression')

/** @typedef {import('./expression').Expression} Expression */
/** In how many ways a part can match, and the steps to try them all. @typedef {{ ways: number, steps: number }} Cost */
/** The cost where loops run over at most so many characters. @typedef {(span: number) => Cost} CostOf */
/**
 * What comes behind a part. `open` where that may fail whatever the next character is, `certain` where it cannot fail.
 * @typedef {{ set: CharacterSet, open: boolean, certain: boolean }} Follow
 */

const NOTHING = new CharacterSet([])

/**
 * @param {Expression} expression
 * @returns {(span: number) => number} the steps
 */
function backtrackingSteps(expression) {
  const cost = costOf(expression, { set: NOTHING, open: false, certain: true })
  return (span) => cost(span).steps
}

/** @param {Expression} expression @param {Follow} follow @returns {CostOf} */
function costOf(expression, follow) {
  switch (expression.kind) {
    case 'empty':
    case 'look':
    case 'class':
      return () => ({ ways: 1, steps: 1 })
    case 'literal': {
      const steps = expression.shortest
      return () => ({ ways: 1, steps })
    }
    case 'group':
      return costOf(expression.sub, follow)
    case 'concat':
      return concatCost(expression.subs, follow)
    case 'alternation':
      return alternationCost(expression.subs, follow)
    case 'repeat':
      return repeatCost(expression, follow)
  }
}

/** @param {Expression[]} subs @param {Follow} follow @returns {CostOf} */
function concatCost(subs, follow) {
  /** @type {CostOf[]} */
  const costs = []
  for (let rest = follow, i = subs.length - 1; i >= 0; i--) {
    costs.push(costOf(subs[i], rest))
    rest = before(subs[i], rest)
  }
  return (span) => {
    let ways = 1
    let steps = 0
    for (const cost of costs) {
      const part = cost(span)
      steps = part.steps + part.ways * steps
      ways *= part.ways
    }
    return { ways, steps }
  }
}

/** @param {Expression[]} subs @param {Follow} follow @returns {CostOf} */
function alternationCost(subs, follow) {
  const costs = subs.map((sub) => costOf(sub, follow))
  const apart = areApart(subs)
  return (span) => {
    const branches = costs.map((cost) => cost(span))
    const ways = branches.map((branch) => branch.ways)
    const steps = branches.map((branch) => branch.steps)
    return { ways: apart ? most(ways) : sum(ways), steps: subs.length + (apart ? most(steps) : sum(steps)) }
  }
}

/** @param {number[]} numbers */
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0)
/** @param {number[]} numbers */
const most = (numbers) => numbers.reduce((greatest, number) => Math.max(greatest, number), 0)

/** Whether at most one of the branches can match at a place. @param {Expression[]} subs */
function areApart(subs) {
  /** @type {import('../../../tokens/custom/character-set').Range[]} */
  const ranges = []
  for (const sub of subs) {
    const { set, open } = firstOf(sub)
    if (open || sub.shortest === 0) return false
    ranges.push(...set.ranges)
  }
  ranges.sort((a, b) => a[0] - b[0])
  return ranges.every(([first], i) => i === 0 || first > ranges[i - 1][1])
}

/** @param {import('./expression').Repeat} expression @param {Follow} follow @returns {CostOf} */
function repeatCost({ sub, min, max }, follow) {
  const round = firstOf(sub)
  const inner = costOf(sub, { set: round.set.union(follow.set), open: follow.open || round.open, certain: false })
  const goesBack = !follow.certain && (follow.open || round.open || overlaps(round.set, follow.set))
  return (span) => {
    const rounds = sub.shortest === 0 ? max : Math.min(max, Math.ceil(span / sub.shortest))
    const { ways, steps } = inner(span)
    if (ways <= 1) {
      return { ways: goesBack ? Math.max(1, rounds - Math.min(min, rounds) + 1) : 1, steps: rounds * (steps + 1) }
    }
    const paths = ways ** rounds
    return { ways: paths * (rounds + 1), steps: paths * (steps + 1) * (rounds + 1) }
  }
}

/** What comes before a follow, with a part in between. @param {Expression} part @param {Follow} rest @returns {Follow} */
function before(part, rest) {
  const { set, open } = firstOf(part)
  if (part.shortest > 0) return { set, open, certain: false }
  const certain = rest.certain && !some(part, ({ kind }) => kind === 'look')
  return { set: set.union(rest.set), open: open || rest.open, certain }
}

/**
 * The characters a part can begin with; `open` where a look-around stands before them.
 * @param {Expression} expression
 * @returns {{ set: CharacterSet, open: boolean }}
 */
function firstOf(expression) {
  switch (expression.kind) {
    case 'empty':
      return { set: NOTHING, open: false }
    case 'look':
      return { set: NOTHING, open: true }
    case 'class':
      return { set: expression.set, open: false }
    case 'literal': {
      const codePoint = /** @type {number} */ (expression.text.codePointAt(0))
      return { set: new CharacterSet([[codePoint, codePoint]]), open: false }
    }
    case 'group':
    case 'repeat':
      return firstOf(expression.sub)
    case 'concat': {
      let set = NOTHING
      let open = false
      for (const sub of expression.subs) {
        const first = firstOf(sub)
        set = set.union(first.set)
        open ||= first.open
        if (sub.shortest > 0) break
      }
      return { set, open }
    }
    case 'alternation': {
      const firsts = expression.subs.map(firstOf)
      const ranges = firsts.flatMap(({ set }) => set.ranges)
      const set = new CharacterSet(ranges.map(([first, last]) => [first, last]))
      return { set, open: firsts.some(({ open }) => open) }
    }
  }
}

module.exports = { backtrackingSteps }
