'use strict'

// Globs as picomatch matches them, wherever index.d.ts lists no difference.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const picomatch = require('picomatch')
const tenon = require('../..')
const { SEED, fuzzRuns, randomFrom } = require('../engines')

/** @typedef {ReturnType<typeof randomFrom>} Random */

const LITERALS = ['a', 'b', 'ab', '-', '.', 'a.b', '.b', 'x']
const CLASSES = ['[ab]', '[^a]', '[!b]', '[a-b]', '[^a-b]', '[.x]', '[]a]']
// Of what picomatch finds risky it makes text.
const REPEATED = ['+(a|b)', '*(a|b)', '+(ab)', '*(ab|x)', '+(a)', '*(-|.)']

/**
 * A pattern of the core that both have.
 * @param {Random} random
 */
function corePattern(random) {
  const names = Array.from({ length: 1 + random.below(4) }, () => (random.below(4) === 0 ? '**' : coreName(random, 2)))
  // Only at the end does picomatch look at all of the name.
  if (random.below(8) === 0) names.push(`${random.pick(['', 'a'])}!(${coreList(random, 1, '|')})`)
  if (random.below(8) === 0) names.push(`!(*.${random.pick(['a', 'b'])}).${random.pick(['x', 'ab'])}`)
  // What may be nothing at all is no name to us, and may be to picomatch.
  const needsMore = (/** @type {string} */ name, /** @type {number} */ at) =>
    names[at - 1] === '**' && /^(.?\(|\{)/.test(name)
  return names.map((name, at) => (needsMore(name, at) ? `${random.pick(['a', '?'])}${name}` : name)).join('/')
}

/**
 * @param {Random} random
 * @param {number} depth
 * @returns {string}
 */
function coreName(random, depth) {
  let name = ''
  for (let more = 1 + random.below(3); more > 0; more--) {
    const atom = coreAtom(random, depth)
    // Two stars that come together are not those of one piece, and a question mark behind a parenthesis is a quantifier.
    name += (/\*$/.test(name) && /^\*/.test(atom)) || (/\)$/.test(name) && /^\?/.test(atom)) ? `a${atom}` : atom
  }
  return name
}

/**
 * @param {Random} random
 * @param {number} depth
 * @returns {string}
 */
function coreAtom(random, depth) {
  const kind = random.below(depth > 0 ? 13 : 8)
  if (kind < 4) return random.pick(LITERALS)
  if (kind < 6) return '*'
  if (kind < 7) return '?'
  if (kind < 8) return random.pick(CLASSES)
  if (kind < 10) return `{${coreList(random, depth - 1, ',')}}`
  if (kind < 11) return random.pick(REPEATED)
  return `${random.pick(['@', '?'])}(${coreList(random, depth - 1, '|')})`
}

/**
 * Two alternatives or three. None starts with a question mark: picomatch takes it as text behind a parenthesis.
 * @param {Random} random
 * @param {number} depth
 * @param {',' | '|'} separator
 */
function coreList(random, depth, separator) {
  return Array.from({ length: 2 + random.below(2) }, () => `${random.pick(['a', 'b', '-'])}${coreName(random, depth)}`)
    .map((alternative) => (random.below(2) === 0 ? alternative.slice(1) : alternative))
    .map((alternative) => (/^[?*]/.test(alternative) ? `x${alternative}` : alternative))
    .join(separator)
}

/** @param {Random} random */
function corePath(random) {
  const name = () => Array.from({ length: 1 + random.below(5) }, () => random.pick(['a', 'b', 'x', '-', '.'])).join('')
  return Array.from({ length: 1 + random.below(4) }, name).join('/')
}

/**
 * Whether index.d.ts lists a difference that the pattern and the path may meet.
 * @param {string} pattern
 * @param {string} path
 * @param {boolean} dot
 */
function mayDiffer(pattern, path, dot) {
  const names = path.split('/')
  if (names.some((name) => /^\.\.?$/.test(name))) return true
  // Classes and groups in front of a name that starts with a dot.
  if (names.some((name) => name.startsWith('.')) && /[[({]/.test(pattern)) return true
  // Two dots in braces are a range to picomatch, wherever they stand.
  if (/\{.*\.\..*\}/.test(pattern)) return true
  // A star behind a dot needs a character, but not everywhere.
  return /\.\*/.test(pattern) && (dot || /[({]|^(\*\*\/)?\*\.\*/.test(pattern))
}

test('picomatch matches the same', (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED)
  let compared = 0
  let matched = 0
  for (let run = 0; run < fuzzRuns(4000); run++) {
    const pattern = corePattern(random)
    const options = { dot: random.below(2) === 0 }
    const matches = picomatch(pattern, { ...options, posix: true })
    const paths = Array.from({ length: 40 }, () => corePath(random)).filter(
      (path) => !mayDiffer(pattern, path, options.dot)
    )
    const expected = paths.filter((path) => matches(path))
    const place = `seed ${SEED}, run ${run}: ${JSON.stringify({ pattern, options })}`
    assert.deepEqual(tenon.files.filterPaths(paths, pattern, options), expected, place)
    compared += paths.length
    matched += expected.length
  }
  t.diagnostic(`${compared} paths compared, of which ${matched} matched`)
  assert.ok(matched > fuzzRuns(4000), 'too few matched')
})
