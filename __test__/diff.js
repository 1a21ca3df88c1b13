'use strict'

// What the tests of `diff` share: random texts, and what becomes of them.

/** @typedef {ReturnType<import('./engines').randomFrom>} Random */

const BODIES = ['', '}', 'x', 'x  y', 'naïve 文字。', '👨‍👩‍👧', '$f', 'a\u2028b', 'The end. "So?" Yes', '\ufeff']
const INDENTS = ['', '  ', '\t', '    ', ' \t']
const ENDS = ['\n', '\n', '\n', '\r\n', ' \n', '\t\r\n', '\r']

/**
 * Two texts, of which the second is made of the first or has the same lines.
 * @param {Random} random
 * @param {number} most lines
 * @returns {[string, string]}
 */
function randomPair(random, most) {
  const vocabulary = Array.from({ length: random.pick([2, 3, 5, 20, 200]) }, (_, index) =>
    [random.pick(INDENTS), random.pick([...BODIES, `name ${index}`]), random.pick(ENDS)].join('')
  )
  const before = Array.from({ length: random.below(most) }, () => random.pick(vocabulary))
  let after = [...before]
  if (random.below(5) === 0) after = Array.from({ length: random.below(most) }, () => random.pick(vocabulary))
  for (let edits = random.below(8); edits > 0; edits--) {
    const at = random.below(after.length + 1)
    const some = after.slice(at, at + random.below(10))
    if (random.below(3) > 0) after.splice(at, some.length)
    if (random.below(3) > 0) after.splice(random.below(after.length + 1), 0, ...some)
    if (random.below(2) > 0) after.splice(at, 0, random.pick(vocabulary))
  }
  const [from, to] = [before, after].map((lines) => {
    const text = lines.join('')
    return random.below(5) === 0 ? text.slice(0, -1) : text
  })
  return [from, to]
}

/**
 * Bytes of a text, of which some may have been damaged.
 * @param {Random} random
 * @param {string} text
 */
function randomBytes(random, text) {
  const bytes = Buffer.from(text)
  for (let damages = random.below(4); damages > 0 && bytes.length > 0; damages--) {
    bytes[random.below(bytes.length)] = random.pick([0, 0x0a, 0x80, 0xed, 0xa0, 0xff])
  }
  return bytes
}

/**
 * Both texts, as the changes have them.
 * @template {string | Buffer} T
 * @param {{ value: T, added: boolean, removed: boolean }[]} changes
 */
function sidesOf(changes) {
  const side = (/** @type {'added' | 'removed'} */ left) => {
    const values = changes.filter((change) => !change[left]).map(({ value }) => value)
    return values.some((value) => typeof value !== 'string')
      ? Buffer.concat(/** @type {Buffer[]} */ (values))
      : values.join('')
  }
  return { before: side('added'), after: side('removed') }
}

module.exports = { randomBytes, randomPair, sidesOf }
