'use strict'

const { isUint8Array } = require('node:util').types
const path = require('node:path')
const { checkBoolean, checkInteger, checkKeys, checkObject, checkPath, checkSignal, owned } = require('../../arguments')
const { TenonError, describe, invalidArgument } = require('../../errors')
const { checkPatterns } = require('../glob/patterns')
const { checkRoot } = require('../root')
const { globsOfTypes } = require('./types')

/**
 * What an engine is told to search, with every default filled in; what is infinite is not there.
 *
 * @typedef {object} Query
 * @property {string[]} patterns
 * @property {boolean} fixed
 * @property {boolean | 'smart'} ignoreCase
 * @property {boolean} word
 * @property {boolean} multiline
 * @property {boolean} dotAll
 * @property {boolean} crlf whether the CR of a CRLF belongs to the end of a line
 * @property {boolean} invert
 * @property {number} before
 * @property {number} after
 * @property {string[]} places paths from the root; the root itself is empty
 * @property {string[]} globs of which a path has to match one, where there are some
 * @property {string[]} kinds and one of these
 * @property {boolean} hidden
 * @property {boolean} ignored
 * @property {string} [encoding] of files without a byte order mark
 * @property {boolean} binary whether files with a NUL are searched
 * @property {number} [maxResults]
 * @property {number} [maxPerFile]
 * @property {number} maxFileBytes
 * @property {number} [maxLineLength]
 * @property {number} [maxTextLength]
 * @property {number} [timeBudgetMs]
 * @property {Map<string, Uint8Array>} overlay
 * @property {import('../walk').Environment} environment
 */

/** Where the caller sets no limit: more than anybody reads. A stream has none. */
const DEFAULT_MAX_RESULTS = 100_000
/** What no program has in a file that is meant to be read. */
const DEFAULT_MAX_FILE_BYTES = 16 * 1024 * 1024
const MAX_FILE_BYTES = 256 * 1024 * 1024
const DEFAULT_MAX_LINE_LENGTH = 4096
/** What one result may have as text: half a gigabyte in V8. */
const MAX_TEXT_LENGTH = 2 ** 27
/** What the engine of the fallback reads in bounded time. */
const MAX_PATTERN_BYTES = 64 * 1024
const MAX_CONTEXT = 10_000
const MAX = 2 ** 32 - 1

const OPTIONS = [
  ...['pattern', 'patterns', 'root', 'paths', 'fixed', 'ignoreCase', 'word', 'multiline', 'dotAll', 'invert'],
  ...['before', 'after', 'globs', 'types', 'hidden', 'ignored', 'encoding', 'binary', 'maxResults', 'maxPerFile'],
  ...['maxFileBytes', 'maxLineLength', 'timeBudgetMs', 'overlay', 'allowBroadRoot', 'signal']
]

/**
 * The root, and what to search there.
 * @param {unknown} given
 * @param {boolean} streams there is no end to what a stream may give
 * @param {import('../walk').Environment} environment
 * @returns {{ root: string, query: Query, patternName: string, signal: AbortSignal | undefined,
 *   onProgress: import('../../..').files.GrepOptions['onProgress'] }}
 */
function checkOptions(given, streams, environment) {
  checkObject('options', given)
  const options = /** @type {import('../../..').files.GrepOptions} */ (given)
  checkKeys(options, streams ? OPTIONS : [...OPTIONS, 'onProgress'])
  const { root = '.', paths, globs = [], types = [], overlay, signal, onProgress, allowBroadRoot = false } = options
  checkRoot('options.root', paths === undefined ? root : '', allowBroadRoot)
  checkPath('options.root', root)
  if (signal !== undefined) checkSignal('options.signal', signal)
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidArgument('options.onProgress', 'a function', onProgress)
  }
  /** @type {Query} */
  const query = {
    ...checkPattern(options),
    ...checkShape(options, streams),
    places: checkPlaces(root, paths, allowBroadRoot),
    globs: checkGlobs(globs),
    kinds: checkTypes(types),
    overlay: checkOverlay(root, overlay),
    environment
  }
  return { root, query, patternName: nameOfPatterns(options.pattern), signal, onProgress }
}

/** The option that the patterns are in. @param {string | undefined} pattern */
function nameOfPatterns(pattern) {
  return pattern === undefined ? 'options.patterns' : 'options.pattern'
}

/** @param {import('../../..').files.GrepOptions} options */
function checkPattern({ pattern, patterns, ...options }) {
  if ((pattern === undefined) === (patterns === undefined)) {
    const message = 'options must have either pattern or patterns'
    throw new TenonError('ERR_INVALID_ARG', message, { argument: 'options.pattern' })
  }
  const texts = pattern === undefined ? patterns : [pattern]
  if (!Array.isArray(texts) || texts.length === 0) {
    throw invalidArgument('options.patterns', 'an array of at least one string', texts)
  }
  const patternName = nameOfPatterns(pattern)
  let bytes = 0
  for (const [index, text] of texts.entries()) {
    const name = pattern === undefined ? `${patternName}[${index}]` : patternName
    if (typeof text !== 'string') throw invalidArgument(name, 'a string', text)
    if (/\p{Surrogate}/u.test(text)) throw invalidArgument(name, 'a string without lone surrogates', text)
    bytes += Buffer.byteLength(text)
  }
  if (bytes > MAX_PATTERN_BYTES) {
    const message = `the patterns have ${bytes} bytes together; the limit is ${MAX_PATTERN_BYTES}`
    throw new TenonError('ERR_LIMIT', message, { argument: patternName })
  }
  const { fixed = false, ignoreCase = false, word = false, multiline = false, dotAll = false } = options
  for (const [name, value] of Object.entries({ fixed, word, multiline, dotAll })) checkBoolean(`options.${name}`, value)
  if (ignoreCase !== 'smart' && typeof ignoreCase !== 'boolean') {
    throw invalidArgument('options.ignoreCase', "a boolean or 'smart'", ignoreCase)
  }
  if (fixed && !multiline && texts.some((text) => text.includes('\n'))) {
    const message = 'the pattern has a line feed in it: without `multiline` a match is inside of one line'
    throw new TenonError('ERR_INVALID_ARG', message, { argument: patternName })
  }
  const crlf = !texts.some((text) => namesCarriageReturn(text, fixed))
  return { patterns: [...texts], fixed, ignoreCase, word, multiline, dotAll, crlf }
}

/**
 * Whether a pattern asks for the CR of a CRLF itself, which is then no part of the line's end.
 * @param {string} text
 * @param {boolean} fixed
 */
function namesCarriageReturn(text, fixed) {
  if (text.includes('\r')) return true
  return !fixed && /\\(r|[xuU](0*[dD](?![\da-fA-F])|\{0*[dD]\}))/.test(text.replaceAll('\\\\', ''))
}

/** @param {import('../../..').files.GrepOptions} options @param {boolean} streams */
function checkShape(options, streams) {
  const { invert = false, before = 0, after = 0, hidden = true, ignored = false } = options
  const { encoding = 'auto', binary = 'skip', maxPerFile, timeBudgetMs } = options
  const { maxFileBytes = DEFAULT_MAX_FILE_BYTES, maxLineLength = DEFAULT_MAX_LINE_LENGTH } = options
  const { maxResults = streams ? undefined : DEFAULT_MAX_RESULTS } = options
  for (const [name, value] of Object.entries({ invert, hidden, ignored })) checkBoolean(`options.${name}`, value)
  checkInteger('options.before', before, 0, MAX_CONTEXT)
  checkInteger('options.after', after, 0, MAX_CONTEXT)
  if (binary !== 'skip' && binary !== 'text') throw invalidArgument('options.binary', "'skip' or 'text'", binary)
  if (maxResults !== undefined) checkInteger('options.maxResults', maxResults, 0, MAX)
  if (maxPerFile !== undefined) checkInteger('options.maxPerFile', maxPerFile, 1, MAX)
  checkInteger('options.maxFileBytes', maxFileBytes, 0, MAX_FILE_BYTES)
  checkInteger('options.maxLineLength', maxLineLength, 16, MAX_FILE_BYTES)
  if (timeBudgetMs !== undefined) {
    if (typeof timeBudgetMs !== 'number' || !(timeBudgetMs >= 0)) {
      throw invalidArgument('options.timeBudgetMs', 'a number from 0', timeBudgetMs)
    }
  }
  return {
    invert,
    before,
    after,
    hidden,
    ignored,
    binary: binary === 'text',
    maxFileBytes,
    maxLineLength,
    ...(encoding !== 'auto' && { encoding: checkEncoding(encoding) }),
    ...(maxResults !== undefined && { maxResults }),
    ...(maxPerFile !== undefined && { maxPerFile }),
    ...(!streams && { maxTextLength: MAX_TEXT_LENGTH }),
    ...(timeBudgetMs !== undefined && { timeBudgetMs })
  }
}

/** The name of an encoding. @param {unknown} label */
function checkEncoding(label) {
  const expected = "'auto' or the label of an encoding, such as 'utf-8' or 'windows-1252'"
  if (typeof label !== 'string') throw invalidArgument('options.encoding', expected, label)
  try {
    return new TextDecoder(label).encoding
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw invalidArgument('options.encoding', expected, label)
  }
}

/**
 * The paths as those of matches begin.
 * @param {string} root
 * @param {unknown} paths
 * @param {boolean} allowBroadRoot
 */
function checkPlaces(root, paths, allowBroadRoot) {
  if (paths === undefined) return ['']
  if (!Array.isArray(paths)) throw invalidArgument('options.paths', 'an array of strings', paths)
  if (paths.length === 0) {
    // Neither everything nor nothing: whoever has filtered a list down to nothing should know.
    const message = 'options.paths must have a path in it; leave it out to search the root'
    throw new TenonError('ERR_INVALID_ARG', message, { argument: 'options.paths' })
  }
  const places = paths.map((given, index) => {
    const name = `options.paths[${index}]`
    checkPath(name, given)
    if (given === '') throw invalidArgument(name, 'a path', given)
    checkRoot(name, path.resolve(root, given), allowBroadRoot)
    return placeBelow(root, given)
  })
  return [...new Set(places)]
}

/**
 * The path from the root, whatever way it was spelled; one that leads out of the root as it was given.
 * @param {string} root
 * @param {string} given
 */
function placeBelow(root, given) {
  const relative = path.relative(path.resolve(root), path.resolve(root, given))
  const outside = path.isAbsolute(relative) || relative.split(path.sep)[0] === '..'
  return plainPath(outside ? given : relative)
}

/** A path without what says nothing. @param {string} given */
function plainPath(given) {
  const slashed = process.platform === 'win32' ? given.replaceAll('\\', '/') : given
  const names = slashed.split('/').filter((name) => name !== '' && name !== '.')
  return (slashed.startsWith('/') ? '/' : '') + names.join('/')
}

/**
 * A pattern without a slash is one of names; one that ends with a slash is all that is below a directory, and one whose
 * last name has no wildcard may be a directory.
 * @param {string} glob
 * @returns {string[]}
 */
function anywhere(glob) {
  const [, marks, text] = /** @type {RegExpExecArray} */ (/^((?:!(?!\())*)([^]*)$/.exec(glob))
  const anchored = text.slice(0, -1).includes('/')
  const below = text.startsWith('/') ? text.slice(1) : anchored ? text : `**/${text}`
  if (below.endsWith('/')) return [`${marks}${below}**`]
  const last = below.slice(below.lastIndexOf('/') + 1)
  const plain = last !== '' && !/[*?[\]{}()!+@\\]/.test(last)
  return plain && marks === '' ? [below, `${below}/**`] : [marks + below]
}

/** @param {unknown} globs */
function checkGlobs(globs) {
  const given = checkPatterns('options.globs', globs)
  const outside = given.find((glob) => glob.replace(/^!+/, '').split('/').includes('..'))
  if (outside !== undefined) throw invalidArgument('options.globs', 'patterns of paths below the root', outside)
  return given.flatMap(anywhere)
}

/** @param {unknown} types */
function checkTypes(types) {
  const names = typeof types === 'string' ? [types] : types
  if (!Array.isArray(names)) throw invalidArgument('options.types', 'a string or an array of strings', types)
  return names.flatMap((name) => {
    const globs = globsOfTypes(name)
    if (globs === undefined) {
      const message = `options.types names an unknown type ${describe(name)}; they are those of ripgrep, such as rust, ts or py`
      throw new TenonError('ERR_INVALID_ARG', message, { argument: 'options.types' })
    }
    return globs.map((glob) => `**/${glob}`)
  })
}

/** @param {string} root @param {unknown} overlay */
function checkOverlay(root, overlay) {
  /** @type {Map<string, Uint8Array>} */
  const texts = new Map()
  if (overlay === undefined) return texts
  if (!(overlay instanceof Map)) throw invalidArgument('options.overlay', 'a Map from paths to texts', overlay)
  for (const [name, text] of overlay) {
    if (typeof name !== 'string' || name.includes('\0')) {
      throw invalidArgument('options.overlay', 'a Map from paths without NUL', name)
    }
    if (name.endsWith('/') || name.endsWith(path.sep)) {
      throw invalidArgument('options.overlay', 'a Map from paths of files, without a slash at their end', name)
    }
    const plain = placeBelow(root, name)
    if (plain === '' || plain.startsWith('/') || plain.split('/').includes('..')) {
      throw invalidArgument('options.overlay', 'a Map from paths below the root', name)
    }
    if (texts.has(plain)) throw invalidArgument('options.overlay', 'a Map that names each file once', name)
    if (plain.split('/').includes('.git')) {
      throw invalidArgument('options.overlay', 'a Map from paths outside of .git, which is never searched', name)
    }
    if (typeof text !== 'string' && !isUint8Array(text)) {
      const expected = `a Map to strings and Uint8Arrays (at ${describe(name)})`
      throw invalidArgument('options.overlay', expected, text)
    }
    texts.set(plain, typeof text === 'string' ? Buffer.from(text) : Uint8Array.from(owned(text)))
  }
  return texts
}

module.exports = { MAX_TEXT_LENGTH, checkOptions, namesCarriageReturn }
