'use strict'

// Rule files and paths as nobody writes them, for the tests that ask git. All are byte strings.

const NAME_PIECES = [
  'a',
  'b',
  'ab',
  'A',
  'B',
  'c',
  'foo',
  'Foo',
  '.',
  '-',
  '1',
  ' ',
  '\t',
  '\\',
  ']',
  '[',
  '!',
  '#',
  '*',
  '?',
  ':',
  '\xe9',
  '\xc3\xa9',
  '\xff',
  '.o',
  '.txt',
  '\r',
  '\n',
  '{',
  '^',
  '~'
]
const PATTERN_PIECES = [
  ...NAME_PIECES,
  '*',
  '*',
  '**',
  '***',
  '?',
  '/',
  '/',
  '/**/',
  '**/',
  '/**',
  '/*/',
  '\\',
  '\\/',
  '[',
  ']',
  '[a-c]',
  '[!a]',
  '[^b-]',
  '[]a]',
  '[!]]',
  '[c-a]',
  '[\\]]',
  '[A]',
  '[A-C]',
  '[X-b]',
  '[[:alpha:]]',
  '[[:upper:]]',
  '[[:space:]]',
  '[[:punct:]x]',
  '[[:bad:]]',
  '[[:',
  ':]',
  '[a/b]',
  '[--0]',
  '[\\a-c]',
  '\\a',
  '\\A',
  '\\*',
  '!',
  '#',
  ' ',
  '\\ ',
  '\0',
  '\xef\xbb\xbf'
]

/** @typedef {(limit: number) => number} Random a number below the limit */

/** @param {Random} random @param {string[]} pieces @param {number} most */
function pick(random, pieces, most) {
  return Array.from({ length: 1 + random(most) }, () => pieces[random(pieces.length)]).join('')
}

/** @param {Random} random */
function randomName(random) {
  const name = pick(random, random(4) === 0 ? NAME_PIECES : NAME_PIECES.slice(0, 9), 3)
  return /^\.\.?$|^\.git/i.test(name) ? 'a' : name
}

/** @param {Random} random @param {string} [folder] */
function randomPath(random, folder) {
  const names = Array.from({ length: 1 + random(4) }, () => randomName(random))
  if (folder !== undefined && random(2) === 0) names.unshift(folder)
  return names.join('/')
}

/** @param {Random} random */
function randomRules(random) {
  const lines = Array.from({ length: 1 + random(8) }, () => {
    for (;;) {
      const line =
        (random(5) === 0 ? '!' : '') +
        (random(6) === 0 ? '/' : '') +
        pick(random, PATTERN_PIECES, random(3) === 0 ? 7 : 4)
      const ended = line + (random(8) === 0 ? '/' : '') + (random(8) === 0 ? '  ' : '') + (random(8) === 0 ? '\r' : '')
      if (!isQuirk(ended)) return ended
    }
  })
  return (random(10) === 0 ? '\xef\xbb\xbf' : '') + lines.join('\n') + (random(2) === 0 ? '\n' : '')
}

/**
 * git before 2.52 takes `**` for special behind a plain beginning, as in `foo**` + `/bar`, because it compares that
 * beginning apart and then takes the stars for the pattern's start. The documented meaning is the one implemented.
 * @param {string} text some lines
 */
function isQuirk(text) {
  return text.split('\n').some((line) => {
    const pattern = line
      .replace(/^\xef\xbb\xbf/, '')
      .split('\0')[0]
      .replace(/\r$/, '')
      .replace(/ +$/, '')
      .replace(/^!/, '')
      .replace(/\/$/, '')
    return pattern.includes('/') && /^\/?[^*?[\\]*[^*?[\\/]\*\*/.test(pattern)
  })
}

module.exports = { isQuirk, pick, randomName, randomPath, randomRules }
