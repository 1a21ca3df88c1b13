'use strict'

// The markers of SEARCH/REPLACE blocks, and the names of files as models and git write them.
// crates/diff/src/edits/names.rs does the same.

const { toString } = require('../text')

/** A line of more code points is no path. */
const MAX_PATH = 1000

/** Names of files that have neither a slash nor a dot. */
const BARE_NAMES = new Set([
  ...['AUTHORS', 'BUILD', 'Brewfile', 'CHANGELOG', 'CHANGES', 'CODEOWNERS', 'CONTRIBUTING', 'CONTRIBUTORS', 'COPYING'],
  ...['Caddyfile', 'Containerfile', 'Dockerfile', 'GNUmakefile', 'Gemfile', 'HISTORY', 'INSTALL', 'Jenkinsfile'],
  ...['Justfile', 'LICENCE', 'LICENSE', 'MAINTAINERS', 'Makefile', 'NEWS', 'NOTICE', 'OWNERS', 'Pipfile', 'Podfile'],
  ...['Procfile', 'README', 'Rakefile', 'TODO', 'Tiltfile', 'VERSION', 'Vagrantfile', 'WORKSPACE', 'dockerfile'],
  ...['justfile', 'makefile']
])

/** @typedef {{ kind: 'search' | 'divider' | 'replace' | 'damaged', sign: string, length: number }} Marker */

/**
 * A line that is a marker, or looks like one.
 * @param {string} line
 * @returns {Marker | undefined}
 */
function markerOf(line) {
  const sign = line.slice(0, 1)
  if (sign === '' || !'<>=+-'.includes(sign)) return undefined
  let length = 0
  while (line[length] === sign) length++
  if (length < 4) return undefined
  const rest = trimmedEnd(line.slice(length))
  const usual = length >= 5 && length <= 9
  if (rest === '') return sign === '=' && usual ? { kind: 'divider', sign, length } : undefined
  const is = (/** @type {string} */ name, /** @type {string} */ angle, /** @type {string} */ other) =>
    (rest === ` ${name}` && (sign === angle || sign === other)) || (rest === name && sign === angle)
  if (usual && is('SEARCH', '<', '-')) return { kind: 'search', sign, length }
  if (usual && is('REPLACE', '>', '+')) return { kind: 'replace', sign, length }
  const word = /^[ \t]*([0-9A-Za-z_]+)/.exec(rest)?.[1] ?? ''
  const name = sign === '<' || sign === '>' ? word.toUpperCase() : word
  return name === 'SEARCH' || name === 'REPLACE' ? { kind: 'damaged', sign, length } : undefined
}

/** Without the spaces and tabs at its end. @param {string} text */
function trimmedEnd(text) {
  let end = text.length
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--
  return text.slice(0, end)
}

/** Without the spaces and tabs at both ends. @param {string} text */
function trimmed(text) {
  let start = 0
  while (text[start] === ' ' || text[start] === '\t') start++
  return trimmedEnd(text.slice(start))
}

/** @param {string} line */
function isTooLong(line) {
  return line.length > MAX_PATH && [...line.slice(0, 2 * MAX_PATH + 2)].length > MAX_PATH
}

/**
 * The path that a line is, without what models put around it.
 * @param {string} line
 * @param {boolean} sure whether the line can hardly be anything else
 * @returns {string | undefined}
 */
function pathOf(line, sure) {
  if (isTooLong(line)) return undefined
  let text = line
  let wrapped = false
  let labelled = false
  let comment = false
  for (let before = ''; before !== text;) {
    before = text
    text = trimmed(text)
    const opening = /^(?:\/\/|<!--|\/\*|--|;)[ \t]/.exec(text)?.[0] ?? ''
    if (opening !== '') comment = true
    text = trimmed(text.slice(opening.length).replace(/(?:-->|\*\/)$/, ''))
    const heading = /^#+[ \t]/.exec(text)?.[0] ?? ''
    text = trimmed(text.slice(heading.length).replace(/:$/, ''))
    const label = /^(?:file|filename|path|file path)[ \t]*:/i.exec(text)?.[0] ?? ''
    if (label !== '') labelled = true
    text = trimmed(text.slice(label.length))
    for (const mark of [/^`+/.exec(text)?.[0] ?? '`', '**', '*', '__', '"', "'"]) {
      if (text.length > 2 * mark.length && text.startsWith(mark) && text.endsWith(mark)) {
        text = text.slice(mark.length, -mark.length)
        wrapped = true
        break
      }
    }
  }
  if (text === '' || /[.!?,;:]$/.test(text) || /[<>|"*?`]/.test(text)) return undefined
  const looks = looksLikePath(text)
  if (/[ \t]/.test(text)) return wrapped && looks ? text : undefined
  const bare = BARE_NAMES.has(text) || (sure && !comment && !line.endsWith(':'))
  return looks || wrapped || labelled || bare ? text : undefined
}

/** Whether a text has what paths have: a slash, a dot before it or an extension. @param {string} text */
function looksLikePath(text) {
  return /[/\\]/.test(text) || /^\.[^.]/.test(text) || /\.[0-9A-Za-z_]{1,12}$/.test(text)
}

/**
 * The words of a line that look like paths with an extension.
 * @param {string} line
 */
function pathsIn(line) {
  if (isTooLong(line)) return []
  return line.split(/[ \t`"'*(),;:]+/).filter((word) => /^[0-9A-Za-z_@./\\-]+\.[A-Za-z][0-9A-Za-z]{0,9}$/.test(word))
}

/**
 * Whether a text without blanks can be the name of a file: it has a slash, a dot inside or is well known.
 * @param {string} text
 */
function isName(text) {
  if (BARE_NAMES.has(text)) return true
  if (/[/\\]/.test(text)) return /[0-9A-Za-z]/.test(text)
  return /\.[0-9A-Za-z]/.test(text) && /[^0-9.]/.test(text) && text !== 'e.g' && text !== 'i.e'
}

/**
 * Whether a name is that of the file at a path, or the end of it behind a slash.
 * @param {string} name
 * @param {string | null} path
 */
function isNameOf(name, path) {
  if (path === null) return false
  const [plainName, plainPath] = [plain(name), plain(path)]
  return plainName === plainPath || plainPath.endsWith(`/${plainName}`)
}

/** @param {string} path */
function plain(path) {
  return path.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '')
}

/**
 * Whether a line may name another file than the one at a path.
 * @param {string} line
 * @param {string | null} path
 * @param {boolean} marked whether any word in backticks, stars or angle brackets is a name
 */
function namesOther(line, path, marked) {
  return line.split(/[ \t]/).some((word) => {
    const opening = /^[`*<>"'([{]*/.exec(word)?.[0] ?? ''
    const rest = word.slice(opening.length)
    let end = rest.length
    while (end > 0 && '`*<>"\')]}.,;:!?'.includes(rest[end - 1])) end--
    const bare = rest.slice(0, end)
    if (bare === '' || isNameOf(bare, path)) return false
    if (marked) {
      const sign = opening.includes('`') ? '`' : opening.includes('**') ? '**' : opening.includes('<') ? '>' : ''
      const inner = bare.split(/[`*<>]/, 1)[0]
      if (sign !== '' && rest.includes(sign) && /^[0-9A-Za-z_@.+~-]+$/.test(inner) && !isNameOf(inner, path))
        return true
      if (/^__.+__$/.test(bare)) return true
    }
    return bare
      .split(/[`*<>"'()[\]{},;:!?|=]/)
      .map((piece) => piece.replace(/\.+$/, ''))
      .some((piece) => isName(piece) && !isNameOf(piece, path))
  })
}

/**
 * A name of a diff's header: as it is up to a tab, or in quotes as git writes it.
 * @param {string} text
 * @returns {string | undefined} undefined where the quotes are not right
 */
function decodeName(text) {
  if (!text.startsWith('"')) return trimmedEnd(text.split('\t', 1)[0])
  const quoted = unquote(text)
  return quoted && /^[ \t]*(\t[^]*)?$/.test(text.slice(quoted.length)) ? quoted.name : undefined
}

/** @type {Record<string, number>} */
const ESCAPES = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 }

/**
 * The quoted name that a text begins with, and how long it is.
 * @param {string} text
 * @returns {{ name: string, length: number } | undefined}
 */
function unquote(text) {
  /** @type {string[]} */
  const parts = []
  for (let at = 1; at < text.length;) {
    if (text[at] === '"') return { name: parts.join(''), length: at + 1 }
    if (text[at] !== '\\') {
      parts.push(text[at++])
      continue
    }
    const octal = /^(?:\\[0-3][0-7][0-7])+/.exec(text.slice(at))?.[0]
    if (octal !== undefined) {
      const bytes = octal
        .slice(1)
        .split('\\')
        .map((digits) => parseInt(digits, 8))
      parts.push(toString(Uint8Array.from(bytes)))
      at += octal.length
      continue
    }
    const escaped = ESCAPES[text[at + 1] ?? '']
    if (escaped === undefined) return undefined
    parts.push(String.fromCharCode(escaped))
    at += 2
  }
  return undefined
}

/**
 * The name on both sides of a 'diff --git' line, where they are the same.
 * @param {string} text behind 'diff --git '
 * @returns {string | undefined}
 */
function splitGitNames(text) {
  if (text.startsWith('"')) {
    const quoted = unquote(text)
    const second = quoted && text[quoted.length] === ' ' ? decodeName(text.slice(quoted.length + 1)) : undefined
    return quoted && second !== undefined ? sameName(quoted.name, second) : undefined
  }
  const half = (text.length - 1) / 2
  return text[half] === ' ' ? sameName(text.slice(0, half), text.slice(half + 1)) : undefined
}

/** @param {string} oldName @param {string} newName */
function sameName(oldName, newName) {
  if (oldName.startsWith('a/') && newName.startsWith('b/') && oldName.slice(2) === newName.slice(2))
    return newName.slice(2)
  return oldName === newName ? newName : undefined
}

module.exports = { decodeName, isName, isNameOf, markerOf, namesOther, pathOf, pathsIn, splitGitNames, trimmed }
