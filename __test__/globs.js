'use strict'

// Random glob patterns and paths.

/** @typedef {ReturnType<typeof import('./engines').randomFrom>} Random */

const NAMES = ['a', 'b', 'ab', 'x', '.', '-', '_', 'B', 'ä', '文', '\udcff', '1', '10']
const CLASSES = [
  '[ab]',
  '[^a]',
  '[!b]',
  '[a-b]',
  '[[:alpha:]]',
  '[äö]',
  '[.]',
  '[]a]',
  '[b-a]',
  '[![:digit:]x]',
  '[\udcf0-\udcff]'
]
const RANGES = ['{1..3}', '{08..11}', '{a..e..2}', '{3..1}', '{-1..1}', '{1..}', '{}', '{a}']
const ODDITIES = [
  '[',
  ']',
  '{',
  '}',
  '(',
  ')',
  '|',
  ',',
  '\\',
  '!',
  '@(',
  '[:',
  '..',
  './',
  '//',
  '"',
  '+',
  '$',
  '\\*',
  '\\/',
  '***',
  '/**'
]

/**
 * Any pattern, well formed or not.
 * @param {Random} random
 * @returns {string}
 */
function anyPattern(random) {
  const parts = []
  for (let more = 1 + random.below(4); more > 0; more--) {
    parts.push(random.below(4) === 0 ? '**' : sequence(random, 2, anyAtom))
  }
  const marks = random.below(8) === 0 ? random.pick(['!', './', '!!', '!./', '/']) : ''
  return marks + parts.join('/') + (random.below(10) === 0 ? '/' : '')
}

/**
 * @param {Random} random
 * @param {number} depth
 * @param {(random: Random, depth: number) => string} atom
 */
function sequence(random, depth, atom) {
  return Array.from({ length: 1 + random.below(3) }, () => atom(random, depth)).join('')
}

/**
 * @param {Random} random
 * @param {number} depth
 * @returns {string}
 */
function anyAtom(random, depth) {
  const kind = random.below(depth > 0 ? 16 : 11)
  if (kind < 4) return random.pick(NAMES)
  if (kind < 6) return '*'
  if (kind < 7) return '?'
  if (kind < 8) return random.pick(CLASSES)
  if (kind < 9) return random.pick(RANGES)
  if (kind < 10) return random.pick(ODDITIES)
  if (kind < 11) return random.pick(['**', '/', 'a/'])
  const inner = () => (random.below(6) === 0 ? '' : sequence(random, depth - 1, anyAtom))
  const list = (/** @type {string} */ separator) => Array.from({ length: 1 + random.below(3) }, inner).join(separator)
  return kind < 13 ? `{${list(',')}}` : `${random.pick(['@', '?', '*', '+', '!'])}(${list('|')})`
}

/**
 * @param {Random} random
 * @returns {string}
 */
function anyPath(random) {
  const name = () => Array.from({ length: 1 + random.below(4) }, () => random.pick(NAMES)).join('')
  const names = Array.from({ length: 1 + random.below(4) }, name)
  return names.join('/') + (random.below(8) === 0 ? '/' : '')
}

module.exports = { anyPath, anyPattern }
