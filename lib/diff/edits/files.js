'use strict'

// Edits of several files, as one: all are applied or none.

const { refusalOfFiles } = require('./report')

/** @typedef {string | Uint8Array} Text */
/** @typedef {import('../../..').diff.ParsedFile<any>} ParsedFile */
/** @typedef {import('../../..').diff.FileResult<any>} FileResult */
/** @typedef {{ text: Text | null, edits: import('../../..').diff.EditReport[] }} Applied */

/** The texts by path, as the edits before make them. */
class Texts {
  /** @param {Map<string, Text | null> | Record<string, Text | null>} given */
  constructor(given) {
    /** @type {Map<string, Text | null>} */
    this.byPath = new Map(given instanceof Map ? given : Object.entries(given))
    /** The paths that were given, without what does not name a folder. @type {Map<string, string>} */
    this.names = new Map([...this.byPath.keys()].map((path) => [plain(path), path]))
  }

  /** The path as it was given. @param {string} path */
  known(path) {
    return this.byPath.has(path) ? path : (this.names.get(plain(path)) ?? path)
  }

  /** Null where there is no file. @param {string} path */
  get(path) {
    return this.byPath.get(path) ?? null
  }

  /** @param {string} path @param {Text | null} text */
  set(path, text) {
    this.byPath.set(path, text)
    this.names.set(plain(path), path)
  }

  /** The only path, if there is one only. */
  get only() {
    return this.byPath.size === 1 ? [...this.byPath.keys()][0] : null
  }
}

/** @param {string} path */
function plain(path) {
  return path.replace(/^(?:\.\/)+/, '')
}

/**
 * @param {Map<string, Text | null> | Record<string, Text | null>} sources
 * @param {readonly ParsedFile[]} files
 * @param {boolean} partial
 * @param {(text: Text, edits: any[], partial: boolean) => Applied} apply to one text
 * @returns {{ files: FileResult[] }}
 */
function applyToFiles(sources, files, partial, apply) {
  const texts = new Texts(sources)
  const only = texts.only
  const results = merged(files, texts).map((file) => applyToFile(texts, only, file, partial, apply))
  if (partial || results.every(({ reason, edits }) => reason === undefined && edits.every(({ applied }) => applied))) {
    return { files: results }
  }
  for (const result of results) {
    result.text = null
    result.reason ??= 'rolled-back'
    for (const report of result.edits) {
      if (report.applied) Object.assign(report, { applied: false, reason: 'rolled-back' })
    }
  }
  throw refusalOfFiles(results)
}

/**
 * The files, with the edits of one that is named more than once in its first place.
 * @param {readonly ParsedFile[]} files
 * @param {Texts} texts
 */
function merged(files, texts) {
  /** @type {ParsedFile[]} */
  const list = []
  /** Where in the list a file is that may get more edits. @type {Map<string, number>} */
  const places = new Map()
  const key = (/** @type {string} */ path) => plain(texts.known(path))
  for (const file of files) {
    const named = file.path ?? texts.only
    const place = named === null ? undefined : places.get(key(named))
    if (place !== undefined && file.operation === 'update') {
      for (const edit of file.edits) list[place].edits.push(edit)
      continue
    }
    // A file that goes, comes or moves parts the edits before it from those after it.
    if (file.newPath !== undefined) places.delete(key(file.newPath))
    if (named !== null) places.delete(key(named))
    if (named !== null && (file.operation === 'update' || file.operation === 'create'))
      places.set(key(named), list.length)
    list.push({ ...file, edits: [...file.edits] })
  }
  return list
}

/**
 * @param {Texts} texts
 * @param {string | null} only
 * @param {ParsedFile} file
 * @param {boolean} partial
 * @param {(text: Text, edits: any[], partial: boolean) => Applied} apply
 * @returns {FileResult}
 */
function applyToFile(texts, only, file, partial, apply) {
  const { operation, edits } = file
  const named = file.path ?? only
  const path = named === null ? null : texts.known(named)
  const newPath = file.newPath === undefined ? undefined : texts.known(file.newPath)
  /** @type {FileResult} */
  const result = { path, operation, text: null, edits: [], ...(newPath !== undefined && { newPath }) }
  if (path === null) return { ...result, reason: 'no-path' }
  const source = texts.get(path)
  if (operation === 'create') {
    if (source !== null && source.length > 0) return { ...result, reason: 'file-exists' }
    Object.assign(result, create(source ?? '', edits, partial, apply))
    if (result.text !== null) texts.set(path, result.text)
    return result
  }
  if (source === null) return { ...result, reason: 'missing-file' }
  if (newPath !== undefined && newPath !== path && texts.get(newPath) !== null) {
    return { ...result, reason: 'file-exists' }
  }
  const applied =
    edits.length > 0 ? apply(source, edits, partial && operation !== 'delete') : { text: source, edits: [] }
  result.edits = applied.edits
  if (applied.text === null) return result
  if (operation === 'delete') {
    if (edits.length > 0 && applied.text.length > 0) return { ...result, reason: 'not-empty' }
    texts.set(path, null)
    return result
  }
  result.text = applied.text
  if (newPath !== undefined) texts.set(path, null)
  texts.set(newPath ?? path, applied.text)
  return result
}

/**
 * @param {Text} source empty
 * @param {any[]} edits
 * @param {boolean} partial
 * @param {(text: Text, edits: any[], partial: boolean) => Applied} apply
 * @returns {Applied}
 */
function create(source, edits, partial, apply) {
  const [first] = edits
  // An empty file, which an edit of texts does not make.
  if (edits.length === 1 && first.newText?.length === 0 && first.oldText?.length === 0) {
    const report = {
      applied: true,
      matchedWith: /** @type {const} */ ('exact'),
      line: 1,
      endLine: 1,
      count: 1,
      score: 1
    }
    return { text: first.newText, edits: [report] }
  }
  return apply(source, edits, partial)
}

module.exports = { applyToFiles }
