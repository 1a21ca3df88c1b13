'use strict'

// What can be taken of one line of a JSONL file that may be torn.

/** @typedef {import('../..').log.ImportProblem} ImportProblem */
/** @typedef {{ kind: ImportProblem['kind'], droppedBytes: number, sample: string }} Fault */

const NUL = 0
const SAMPLE_UNITS = 80
/** Where another value may begin, in a value that never ends: as many places as are tried, and as much text. */
const MAX_STARTS = 1000
const MAX_TRIED_UNITS = 1 << 26

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
const lenient = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * The JSON texts of a line. A blank line has none, and no fault either.
 * @param {Buffer} line without its newline
 * @returns {{ values: string[], fault?: Fault }}
 */
function readLine(line) {
  let text
  try {
    text = strict.decode(line)
  } catch {
    // No UTF-8: a fault, which `repaired` names.
  }
  if (text !== undefined) {
    if (text.trim() === '') return { values: [] }
    if (isJson(text)) return { values: [text.trim()] }
  }
  return repaired(line, text === undefined)
}

/** @param {string} text */
function isJson(text) {
  try {
    JSON.parse(text)
    return true
  } catch {
    // That is the answer.
    return false
  }
}

/** @param {Buffer} line @param {boolean} badEncoding @returns {{ values: string[], fault: Fault }} */
function repaired(line, badEncoding) {
  const nuls = line.includes(NUL) ? line.filter((byte) => byte === NUL).length : 0
  const rest = nuls > 0 ? line.filter((byte) => byte !== NUL) : line
  const text = lenient.decode(rest)
  const { values, dropped } = split(text)
  const whole = values.filter((value) => !badEncoding || !value.includes('\ufffd') || holds(rest, value))
  const lost = values.filter((value) => !whole.includes(value))
  const droppedText = [...dropped, ...lost]
  const takenBytes = whole.reduce((sum, value) => sum + Buffer.byteLength(value), 0)
  const blanks = Buffer.byteLength(text) - Buffer.byteLength([...values, ...dropped].join(''))
  const droppedBytes = Math.max(0, line.length - takenBytes - blanks)
  /** @type {Fault['kind']} */
  let kind = 'malformed'
  if (nuls > 0) kind = 'nul'
  else if (badEncoding) kind = 'encoding'
  else if (dropped.length === 0) kind = 'fused'
  else if (values.length > 0 || /^\s*[[{"]/.test(text)) kind = 'torn'
  const sample = (droppedText[0] ?? '').slice(0, SAMPLE_UNITS)
  return { values: whole, fault: { kind, droppedBytes, sample } }
}

/** Whether the bytes have a text as it is: U+FFFD may have been there. @param {Uint8Array} bytes @param {string} text */
function holds(bytes, text) {
  return Buffer.from(bytes).includes(Buffer.from(text))
}

/**
 * Cuts a text into the values in it and what is between them.
 * @param {string} text
 * @returns {{ values: string[], dropped: string[] }}
 */
function split(text) {
  /** @type {string[]} */
  const values = []
  /** @type {string[]} */
  const dropped = []
  let start = 0
  while (start < text.length) {
    const blank = /^\s*/.exec(text.slice(start, start + 4096))
    const skipped = blank ? blank[0].length : 0
    if (skipped > 0) {
      start += skipped
      continue
    }
    const { end, starts } = scan(text, start)
    const value = end === undefined ? undefined : text.slice(start, end)
    if (value !== undefined && isJson(value)) {
      values.push(value)
      start = /** @type {number} */ (end)
      continue
    }
    const tried = Math.max(8, Math.floor(MAX_TRIED_UNITS / (text.length - start)))
    const next = starts.slice(0, tried).find((place) => {
      const { end } = scan(text, place)
      return end !== undefined && isJson(text.slice(place, end))
    })
    dropped.push(text.slice(start, next))
    if (next === undefined) break
    start = next
  }
  return { values, dropped }
}

/**
 * Follows one object or array from `start`. Where it is broken, says where another one may have begun: at a brace in a string, or
 * where JSON has no place for one. A brace where a value belongs is part of the broken one, whole as it may look.
 * @param {string} text
 * @param {number} start
 * @returns {{ end?: number, starts: number[] }}
 */
function scan(text, start) {
  /** @type {number[]} */
  const starts = []
  const add = (/** @type {number} */ place) => {
    if (place > start && starts.length < MAX_STARTS) starts.push(place)
  }
  const open = text[start]
  if (open !== '{' && open !== '[') {
    const next = text.indexOf('{', start)
    if (next >= 0) add(next)
    return { starts }
  }
  /** @type {string[]} */
  const stack = []
  let at = start
  // Whether a value may stand here.
  let value = true
  while (at < text.length) {
    const unit = text[at]
    if (unit === '"') {
      at++
      while (at < text.length && text[at] !== '"') {
        if (text[at] === '{') add(at)
        at += text[at] === '\\' ? 2 : 1
      }
      if (at >= text.length) return { starts }
      at++
      value = false
    } else if (unit === '{' || unit === '[') {
      if (!value) {
        if (unit === '{') add(at)
        return { starts }
      }
      stack.push(unit === '{' ? '}' : ']')
      value = unit === '['
      at++
    } else if (unit === '}' || unit === ']') {
      if (stack.pop() !== unit) return { starts }
      at++
      value = false
      if (stack.length === 0) return { end: at, starts }
    } else if (unit === ':') {
      value = true
      at++
    } else if (unit === ',') {
      value = stack.at(-1) === ']'
      at++
    } else if (/[\s\w.+-]/.test(unit)) {
      // A word after a string, or what is no word of JSON: the string ended where another value's began.
      const word = /^\s*(?:true|false|null|-?\d[\d.eE+-]*)?/.exec(text.slice(at, at + 64))
      const length = word ? word[0].length : 0
      if (length === 0) {
        const next = text.indexOf('{', at)
        if (next >= 0) add(next)
        return { starts }
      }
      if (word && word[0].trim() !== '') value = false
      at += length
    } else {
      const next = text.indexOf('{', at)
      if (next >= 0) add(next)
      return { starts }
    }
  }
  return { starts }
}

module.exports = { readLine }
