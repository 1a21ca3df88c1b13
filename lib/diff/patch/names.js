'use strict'

// Names of files as git and GNU diff write them. `crates/diff/src/patch/names.rs` does the same.

const { toString } = require('../text')

/** @type {Record<string, number>} */
const ESCAPES = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 0x22, '\\': 0x5c }
/** @type {Record<number, string>} */
const ESCAPED = { 7: 'a', 8: 'b', 9: 't', 10: 'n', 11: 'v', 12: 'f', 13: 'r', 0x22: '"', 0x5c: '\\' }

/**
 * The name that a C-quoted text is, and what follows the closing quote; undefined where the quotes are not read so.
 * @param {string} text
 * @returns {{ name: string, rest: string } | undefined}
 */
function unquote(text) {
  if (text[0] !== '"') return undefined
  let name = ''
  /** @type {number[]} bytes that are escaped and not in `name` yet: some may be a character together */
  let bytes = []
  for (let at = 1; at < text.length; at++) {
    const character = text[at]
    if (character !== '\\') {
      if (bytes.length > 0) name += toString(Uint8Array.from(bytes))
      bytes = []
      if (character === '"') return { name, rest: text.slice(at + 1) }
      name += character
      continue
    }
    at++
    const octal = /^[0-3][0-7]{2}/.exec(text.slice(at, at + 3))
    const byte = octal ? Number.parseInt(octal[0], 8) : ESCAPES[text[at]]
    if (byte === undefined) return undefined
    if (octal) at += 2
    bytes.push(byte)
  }
  return undefined
}

/**
 * A name as it is written: in double quotes with escapes as in C where it has a control character, a double quote or a
 * backslash, or is to have what is not ASCII escaped.
 * @param {string} name
 * @param {boolean} escaped
 */
function quoteName(name, escaped) {
  const quoted = escaped ? /[^\x20-\x7e]|["\\]/ : /[\x00-\x1f\x7f"\\]/
  return quoted.test(name) ? inQuotes(name, escaped) : name
}

/**
 * A name in quotes.
 * @param {string} name
 * @param {boolean} escaped
 */
function inQuotes(name, escaped) {
  let text = '"'
  for (const character of name) {
    const point = /** @type {number} */ (character.codePointAt(0))
    if (point in ESCAPED) text += '\\' + ESCAPED[point]
    else if (point < 0x20 || point === 0x7f) text += octal(point)
    else if (point < 0x80 || !escaped) text += character
    else if (point >= 0xd800 && point < 0xe000) {
      // A byte that is no text, as lib/diff/text.js shows it.
      text += point >= 0xdc80 && point < 0xdd00 ? octal(point - 0xdc00) : character
    } else text += Array.from(Buffer.from(character), octal).join('')
  }
  return text + '"'
}

/** @param {number} byte */
const octal = (byte) => '\\' + byte.toString(8).padStart(3, '0')

/**
 * What is left of a name without its first `count` components, as for `patch -p`; undefined where it has too few. Slashes
 * next to each other count as one.
 * @param {string} name
 * @param {number} count
 * @returns {string | undefined}
 */
function strip(name, count) {
  let at = 0
  for (let component = 0; component < count; component++) {
    at = name.indexOf('/', at)
    if (at === -1) return undefined
    while (name[at] === '/') at++
    if (at === name.length) return undefined
  }
  return name.slice(at)
}

/**
 * The two names behind `diff --git `. Unquoted names have no end of their own: they are told apart by the names that a
 * rename or a copy has, or by being the same but for their first component.
 * @param {string} text
 * @param {readonly [string, string] | undefined} moved
 * @returns {[string, string] | undefined}
 */
function headerNames(text, moved) {
  if (text[0] === '"') {
    const old = unquote(text)
    if (old === undefined || old.rest[0] !== ' ') return undefined
    const rest = old.rest.slice(1)
    if (rest[0] !== '"') return [old.name, rest]
    const other = unquote(rest)
    return other?.rest === '' ? [old.name, other.name] : undefined
  }
  if (text.endsWith('"')) {
    const at = text.indexOf(' "')
    const other = at === -1 ? undefined : unquote(text.slice(at + 1))
    return other?.rest === '' ? [text.slice(0, at), other.name] : undefined
  }
  if (moved !== undefined) {
    const [from, to] = moved
    if (!text.endsWith(to)) return undefined
    const at = text.slice(0, text.length - to.length).lastIndexOf(' ')
    if (at === -1 || !text.slice(0, at).endsWith(from)) return undefined
    return [text.slice(0, at), text.slice(at + 1)]
  }
  const middle = Math.floor(text.length / 2)
  let [old, other] = [text.slice(0, middle), text.slice(middle + 1)]
  if (text[middle] !== ' ' || !samePath(old, other)) {
    const at = text.indexOf(' ')
    if (at === -1) return undefined
    ;[old, other] = [text.slice(0, at), text.slice(at + 1)]
    if (other.includes(' ')) return undefined
  }
  return [old, other]
}

/**
 * Whether two names are equal, or equal but for a first component of ASCII.
 * @param {string} old
 * @param {string} other
 */
function samePath(old, other) {
  if (old === other) return true
  const [one, two] = [old.indexOf('/'), other.indexOf('/')]
  if (one === -1 || two === -1) return false
  return old.slice(one) === other.slice(two) && /^[\x00-\x7f]*$/.test(old.slice(0, one) + other.slice(0, two))
}

/**
 * What stands before the paths `paths` in `names`.
 * @param {readonly [string, string]} names
 * @param {readonly [string, string]} paths
 * @returns {[string, string] | undefined}
 */
function prefixesBefore(names, paths) {
  if (!names[0].endsWith(paths[0]) || !names[1].endsWith(paths[1])) return undefined
  return [names[0].slice(0, names[0].length - paths[0].length), names[1].slice(0, names[1].length - paths[1].length)]
}

/**
 * What stands before the path in the two names of one file: all but what they have in common from some slash on.
 * @param {readonly [string, string]} names
 * @returns {[string, string] | undefined}
 */
function prefixesOf([old, other]) {
  if (old === other) return ['', '']
  let common = 0
  const most = Math.min(old.length, other.length)
  while (common < most && old[old.length - 1 - common] === other[other.length - 1 - common]) common++
  const tail = old.slice(old.length - common)
  const slash = tail.indexOf('/')
  if (slash === -1) return undefined
  const path = tail.length - slash - 1
  return [old.slice(0, old.length - path), other.slice(0, other.length - path)]
}

/**
 * What stands before the paths of names where nothing else is known.
 * @param {string | null} old
 * @param {string | null} other
 * @returns {[string, string]}
 */
function usualPrefixes(old, other) {
  /** @param {string | null} name @param {string} prefix */
  const starts = (name, prefix) => name === null || name.startsWith(prefix)
  if (starts(old, 'a/') && starts(other, 'b/')) return ['a/', 'b/']
  if (starts(old, 'b/') && starts(other, 'a/')) return ['b/', 'a/']
  return ['', '']
}

module.exports = { headerNames, inQuotes, prefixesBefore, prefixesOf, quoteName, strip, unquote, usualPrefixes }
