'use strict'

// What is dropped as one: turns, and the steps within them.

/** @typedef {import('./reading').Reading} Reading */

/** Sets of neighbours, joined by what belongs together (union-find, by the smallest member). */
class Groups {
  /** @param {number} size */
  constructor(size) {
    this.parents = Int32Array.from({ length: size }, (_, at) => at)
  }

  /** @param {number} at */
  find(at) {
    const { parents } = this
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]]
      at = parents[at]
    }
    return at
  }

  /** @param {number} a @param {number} b */
  join(a, b) {
    const [first, second] = [this.find(a), this.find(b)]
    this.parents[Math.max(first, second)] = Math.min(first, second)
  }
}

/** A user message that brings no tool results begins a turn. @param {Reading} reading */
const isHead = ({ role, items }) => role === 'user' && items === 0

/**
 * @typedef {object} Turn
 * @property {number[]} members in order; system messages belong to none
 * @property {number[][]} steps what the model said at once, with the results of its calls; heads are in none
 */

/**
 * The turns in order. What comes before the first user message is a turn of its own. Turns between which a call and its
 * result lie are one.
 * @param {readonly Reading[]} readings
 * @param {Uint8Array} gone messages that are not there any more
 * @param {import('./pairs').Pairing} pairing
 * @returns {Turn[]}
 */
function turnsOf(readings, gone, { pairs, links }) {
  const steps = new Groups(readings.length)
  for (const { index, callIndex } of pairs) steps.join(index, callIndex)
  for (const [a, b] of links) steps.join(a, b)

  const turnOf = new Int32Array(readings.length)
  let count = 0
  let before = -1
  /** The last answer, and whether reasoning led to it. */
  let answer = -1
  let reasoned = false
  for (let index = 0; index < readings.length; index++) {
    const reading = readings[index]
    if (gone[index] || reading.role === 'system') continue
    if (count === 0 || isHead(reading)) {
      count++
      answer = -1
    }
    turnOf[index] = count - 1
    if (reading.role === 'assistant') {
      const goesOn = before >= 0 && readings[before].role === 'assistant' && answer >= 0
      // Without reasoning of its own it may belong to that before the last result: calls in parallel, or what follows.
      if (goesOn || (answer >= 0 && reasoned && !reading.reasoning)) {
        steps.join(answer, index)
        reasoned ||= reading.reasoning
      } else reasoned = reading.reasoning
      answer = index
    }
    before = index
  }

  // How far the steps of each turn reach.
  const reach = Int32Array.from({ length: count }, (_, turn) => turn)
  for (let index = 0; index < readings.length; index++) {
    const root = steps.find(index)
    if (root === index || gone[index] || gone[root]) continue
    reach[turnOf[root]] = Math.max(reach[turnOf[root]], turnOf[index])
  }
  const mergedInto = new Int32Array(count)
  for (let turn = 0, first = 0, end = -1; turn < count; turn++) {
    if (turn > end) first = turn
    mergedInto[turn] = first
    end = Math.max(end, reach[turn])
  }

  /** @type {Map<number, Turn>} */
  const found = new Map()
  /** @type {Map<number, number[]>} */
  const stepAt = new Map()
  for (let index = 0; index < readings.length; index++) {
    if (gone[index] || readings[index].role === 'system') continue
    const root = mergedInto[turnOf[index]]
    let turn = found.get(root)
    if (!turn) found.set(root, (turn = { members: [], steps: [] }))
    turn.members.push(index)
    if (isHead(readings[index])) continue
    const step = stepAt.get(steps.find(index))
    if (step) step.push(index)
    else {
      const made = [index]
      stepAt.set(steps.find(index), made)
      turn.steps.push(made)
    }
  }
  return [...found.values()]
}

module.exports = { isHead, turnsOf }
