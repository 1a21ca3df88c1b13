'use strict'

// Regular expressions and texts for the tests of grep's two engines: random ones, and texts as each engine has them.

/** @typedef {ReturnType<import('./engines').randomFrom>} Random */
/** @typedef {import('../lib/files/grep/pattern/pattern').PatternOptions} PatternOptions */

const CHARACTERS = [
  ...'aabbcABKks_1 -,:x#/',
  ...'éÉßſσςΣ€😀𝔘٣Kǅ',
  ...['\\n', '\\r', '\\t', '\\.', '\\x61', '\\u{e9}', '\\-', '\\U0001F600']
]
const CLASSES = [
  ...['\\w', '\\d', '\\s', '\\W', '\\D', '\\S', '.', '[a-c]', '[^a]', '[[:alpha:]]', '[[:^space:]_]', '[[:punct:]]'],
  ...['[a-z&&[^b]]', '[\\w--a]', '[a-c~~b-d]', '[a&&]', '[^\\n]', '[\\r\\n]', '[\\n]', '[\\ra]', '[a\\n]', '[^\\S\\n]'],
  ...['\\pL', '\\p{Lu}', '\\P{Ll}', '\\p{Greek}', '\\p{gc=Nd}', '\\p{sc:Latin}', '\\p{Any}', '\\p{is_Lu}', '\\p{lc}'],
  ...['[]a]', '[^]a]', '[a-]', '[--a]', '[^\\x00-\\x{10FFFF}]', '[é-ſ]', '[😀-😂]', '[K-k]']
]
const LOOKS = [
  '^',
  '$',
  '\\b',
  '\\B',
  '\\A',
  '\\z',
  '\\<',
  '\\>',
  '\\b{start}',
  '\\b{end}',
  '\\b{start-half}',
  '\\b{end-half}'
]
const REPETITIONS = [
  ...[
    '*',
    '+',
    '?',
    '*?',
    '+?',
    '??',
    '{2}',
    '{0,2}',
    '{1,3}?',
    '{2,}',
    '{0}',
    '{1}',
    '{0,0}',
    '{,2}',
    '{ 1 , 2 }',
    '{3,}?'
  ]
]
const FLAGS = ['(?i)', '(?s)', '(?-m)', '(?m)', '(?U)', '(?x)', '(?R)', '(?-i)', '(?i-s)']
const GROUP_FLAGS = ['i', 's', 'x', 'U', 'm', 'R', '-m']
const USUAL = [
  'foo',
  'bar',
  'foo.*bar',
  '\\bfoo\\b',
  '\\w+foo',
  '(foo|bar)+',
  'ab|abc',
  'foo$',
  '^foo',
  '\\s+$',
  'ab*b|ab*c'
]
/** What may be no pattern, or one that the fallback does not have. */
const FAULTS = [
  ...['#', ' ', '\\ ', '(', ')', '\\', '[', '{', '*', '\\q', '(?', '\\b{', '\\p{', '\\x{', '&', '~'],
  ...['(?P<n>a)', '\\p{Foo}', '(?=a)', '\\1', '(?-u)', '(?ii)', '(?)', '[b-a]', 'a{2,1}']
]

/** @param {Random} random @param {number} depth @returns {string} */
function randomPattern(random, depth) {
  const inner = () => randomPattern(random, depth - 1)
  const kind = random.below(200)
  if (depth <= 0 || kind < 70) return random.pick(kind < 40 ? CHARACTERS : kind < 56 ? CLASSES : LOOKS)
  if (kind < 120) return inner() + inner()
  if (kind < 140) return `${inner()}|${inner()}`
  if (kind < 148) return `${inner()}|`
  if (kind < 180) return (random.below(5) > 0 ? `(?:${inner()})` : inner()) + random.pick(REPETITIONS)
  if (kind < 186) return `(${inner()})`
  if (kind < 190) return random.pick(FLAGS) + inner()
  if (kind < 194) return `(?${random.pick(GROUP_FLAGS)}:${inner()})`
  if (kind < 197) return randomClass(random)
  return random.pick(FAULTS)
}

/** @param {Random} random */
function randomClass(random) {
  const items = [...CHARACTERS, ...CLASSES, '&&', '--', '~~', 'a-c', '-', '^', '&']
  const count = 1 + random.below(4)
  return `[${random.below(3) === 0 ? '^' : ''}${Array.from({ length: count }, () => random.pick(items)).join('')}]`
}

/** @param {Random} random @returns {PatternOptions} */
function randomOptions(random) {
  const often = (/** @type {number} */ part) => random.below(part) === 0
  const fixed = often(14)
  const string = () =>
    Array.from({ length: 1 + random.below(3) }, () => random.pick([...'abéKs.(ſ\n\r', 'foo'])).join('')
  const isList = often(20)
  const listed = () => Array.from({ length: random.below(5) }, () => random.pick([...'aabbkKé', '[ab]'])).join('')
  const pattern = () =>
    isList ? listed() : often(10) ? random.pick(USUAL) : randomPattern(random, 1 + random.below(5))
  const patterns = Array.from(
    { length: isList ? 8 + random.below(12) : often(10) ? 1 + random.below(3) : 1 },
    fixed ? string : pattern
  )
  return {
    patterns,
    fixed,
    ignoreCase: often(12) ? 'smart' : often(4),
    word: often(4),
    multiline: often(4),
    dotAll: often(10),
    crlf: often(4)
  }
}

const PLAIN = [...'abab', 'c', '\n', ' ', 'é'].map((text) => Buffer.from(text))
const PIECES = [...[...'abcABKksS_1 ,\n\t-x:/#éÉſKßσς€😀\u0085\u2028'], ...['\r\n', '\r', 'foo', 'bar']].map((text) =>
  Buffer.from(text)
)
/** No UTF-8: stray and missing bytes, an encoded surrogate, what is too long or too large. */
const STRAY = ['ff', '80', 'bf', 'c3', 'e282', 'f09f98', 'eda080', 'f4908080', 'c080', '80808080'].map((hex) =>
  Buffer.from(hex, 'hex')
)

/** @param {Random} random */
function randomBytes(random) {
  const pieces = random.below(2) === 0 ? PLAIN : PIECES
  const hasStray = random.below(4) === 0
  const length = random.below(random.below(10) === 0 ? 60 : 14)
  const parts = Array.from({ length }, () => random.pick(hasStray && random.below(3) === 0 ? STRAY : pieces))
  return Buffer.concat(parts)
}

/**
 * The text of bytes as the fallback has it: the lone surrogate U+DC00 + b for a byte b that is no UTF-8. Of each character the
 * offset in bytes and in units, the end of the text last.
 * @param {Uint8Array} bytes
 */
function decode(bytes) {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let text = ''
  const byteOffsets = []
  const unitOffsets = []
  for (let at = 0; at < bytes.length;) {
    byteOffsets.push(at)
    unitOffsets.push(text.length)
    const lead = bytes[at]
    let length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
    let character
    try {
      character = decoder.decode(bytes.subarray(at, at + length))
    } catch {
      length = 1
      character = String.fromCharCode(0xdc00 + lead)
    }
    text += character
    at += length
  }
  byteOffsets.push(bytes.length)
  unitOffsets.push(text.length)
  return { text, byteOffsets, unitOffsets }
}

module.exports = { decode, randomBytes, randomOptions }
