'use strict'

// Random texts to merge: few different lines, and two sides made of the base.

/** @typedef {ReturnType<typeof import('./engines').randomFrom>} Random */
/** @typedef {{ base: string, ours: string, theirs: string }} Sides */

const STYLES = /** @type {const} */ (['merge', 'diff3', 'zdiff3', 'union'])
const ALGORITHMS = /** @type {const} */ (['myers', 'histogram', 'patience', 'minimal'])
const BODIES = ['', '}', '\t{', 'é', 'a\rb', '\u0001\u2028', '中😀', '=======']

/** @param {Random} random @returns {Sides} */
function randomSides(random) {
  const kinds = 1 + random.below(7)
  const ends = random.pick([['\n'], ['\n'], ['\r\n'], ['\n', '\r\n']])
  const percent = random.pick([5, 10, 20, 40, 80])
  const line = () => {
    const kind = random.below(kinds + 3)
    return (kind < 3 ? random.pick(BODIES) : `line ${kind}`) + random.pick(ends)
  }
  const some = () => Array.from({ length: 1 + random.below(3) }, line)
  /** @param {string[]} lines @param {number} percent */
  const edit = (lines, percent) => {
    const edited = []
    for (let at = 0; at <= lines.length; at++) {
      if (random.below(100) < percent) {
        if (random.below(2) === 0) at += 1 + random.below(3)
        const from = random.below(lines.length + 1)
        edited.push(...random.pick([() => [], some, () => lines.slice(from, from + 1 + random.below(4))])())
      }
      if (at < lines.length) edited.push(lines[at])
    }
    return edited
  }
  const base = Array.from({ length: random.below(random.pick([3, 30, 30, 30])) }, line)
  const ours = edit(base, percent)
  const theirs = random.below(3) === 0 ? edit(ours, 15) : edit(base, percent)
  const withoutEnd = random.below(3) === 0
  const [first, second, third] = [base, ours, theirs].map((lines) =>
    withoutEnd && random.below(2) === 0 ? lines.join('').replace(/\r?\n$/, '') : lines.join('')
  )
  return { base: first, ours: second, theirs: third }
}

/** @param {Random} random @returns {import('..').diff.MergeOptions} */
function randomOptions(random) {
  return {
    style: random.pick(STYLES),
    algorithm: random.pick(['myers', ...ALGORITHMS]),
    ...(random.below(5) === 0 && { favor: random.pick(['ours', 'theirs']) }),
    ...(random.below(5) === 0 && { labels: random.pick([{ ours: '', base: 'b b', theirs: 'é' }, { theirs: 'x' }]) }),
    ...(random.below(5) === 0 && { markerSize: 1 + random.below(12) })
  }
}

module.exports = { randomOptions, randomSides }
