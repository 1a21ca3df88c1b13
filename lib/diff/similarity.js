'use strict'

// How alike two texts are: twice the length of their longest common subsequence of code points, divided by the code
// points of both. crates/diff/src/similarity.rs does the same; its words have 64 bits.

/** Above so many pairs of code points whole lines are compared instead. */
const MAX_CELLS = 2 ** 28
/** Two words of so many bits and a carry add up within 32 bits. */
const WORD_BITS = 30
const WORD = 2 ** WORD_BITS - 1
const LINE_FEED = 10

/**
 * From 0, nothing in common, to 1, equal.
 * @param {string} a
 * @param {string} b
 */
function similarity(a, b) {
  return a === b ? 1 : similarityOfPoints(codePoints(a), codePoints(b))
}

/**
 * The code points of a text; a lone surrogate is one.
 * @param {string} text
 */
function codePoints(text) {
  const points = new Int32Array(text.length)
  let count = 0
  for (let at = 0; at < text.length; at++) {
    let point = text.charCodeAt(at)
    if ((point & 0xfc00) === 0xd800) {
      const low = text.charCodeAt(at + 1)
      if ((low & 0xfc00) === 0xdc00) {
        point = 0x10000 + ((point & 0x3ff) << 10) + (low & 0x3ff)
        at++
      }
    }
    points[count++] = point
  }
  return points.subarray(0, count)
}

/**
 * @param {Int32Array} a
 * @param {Int32Array} b
 */
function similarityOfPoints(a, b) {
  const total = a.length + b.length
  if (total === 0) return 1
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a[start] === b[start]) start++
  let end = 0
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const restOfA = a.subarray(start, a.length - end)
  const restOfB = b.subarray(start, b.length - end)
  const measure = restOfA.length * restOfB.length > MAX_CELLS ? commonInLines : longestCommon
  const common = restOfA.length <= restOfB.length ? measure(restOfA, restOfB) : measure(restOfB, restOfA)
  return (2 * (start + end + common)) / total
}

/**
 * The length of the longest common subsequence, by Hyyrö's bit-parallel algorithm ("Bit-parallel LCS-length computation
 * revisited", 2004): one bit of the shorter text for each step along the longer.
 * @param {Int32Array} a the shorter
 * @param {Int32Array} b
 */
function longestCommon(a, b) {
  if (a.length === 0) return 0
  /** @type {Map<number, number>} */
  const ids = new Map()
  const rows = a.map((point) => {
    const id = ids.get(point) ?? ids.size
    ids.set(point, id)
    return id
  })
  // A code point that only the longer text has changes nothing.
  const columns = new Int32Array(b.length)
  let count = 0
  for (let at = 0; at < b.length; at++) {
    const id = ids.get(b[at])
    if (id !== undefined) columns[count++] = id
  }
  const carries = new Uint8Array(count)
  const masks = new Int32Array(ids.size)
  let length = 0
  for (let base = 0; base < rows.length; base += WORD_BITS) {
    const end = Math.min(base + WORD_BITS, rows.length)
    for (let row = base; row < end; row++) masks[rows[row]] |= 1 << (row - base)
    let word = WORD
    for (let column = 0; column < count; column++) {
      const matches = word & masks[columns[column]]
      const sum = word + matches + carries[column]
      carries[column] = sum >>> WORD_BITS
      word = (sum | (word ^ matches)) & WORD
    }
    for (let zeros = ~word & WORD; zeros !== 0; zeros &= zeros - 1) length++
    for (let row = base; row < end; row++) masks[rows[row]] = 0
  }
  return length
}

/**
 * The code points in the lines that both have, wherever they are: a coarser measure, for long texts.
 * @param {Int32Array} a
 * @param {Int32Array} b
 */
function commonInLines(a, b) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const [line] of linesOf(a)) counts.set(line, (counts.get(line) ?? 0) + 1)
  let common = 0
  for (const [line, length] of linesOf(b)) {
    const count = counts.get(line) ?? 0
    if (count === 0) continue
    counts.set(line, count - 1)
    common += length
  }
  return common
}

/**
 * The lines, each with the LF it ends in, and how many code points each has.
 * @param {Int32Array} points
 * @returns {Generator<[line: string, length: number]>}
 */
function* linesOf(points) {
  for (let from = 0; from < points.length;) {
    const end = points.indexOf(LINE_FEED, from)
    const to = end < 0 ? points.length : end + 1
    const parts = []
    for (let at = from; at < to; at += 4096)
      parts.push(String.fromCodePoint(...points.subarray(at, Math.min(at + 4096, to))))
    yield [parts.join(''), to - from]
    from = to
  }
}

module.exports = { codePoints, similarity, similarityOfPoints }
