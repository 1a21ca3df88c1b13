'use strict'

// The two entropy codes of zstd: FSE (RFC 8878, section 4.1) and Huffman (section 4.2). What cannot be read is
// `undefined` or `false`: the caller knows which frame it is that is damaged. Streams must end with their last symbol,
// where libzstd 1.5.7 lets the four of a block pass that end some bits too early or too late.

const MAX_HUFFMAN_BITS = 12
const MAX_WEIGHT_FSE_BITS = 6

/** @typedef {{ log: number, symbols: Uint8Array, bits: Uint8Array, bases: Uint16Array }} FseTable by state */
/**
 * @typedef {object} HuffmanTable
 * @property {number} log the longest code in bits
 * @property {Uint8Array} symbols by the next `log` bits
 * @property {Uint8Array} bits the length of that symbol's code
 */

/**
 * Bits of a stream that is read from its end, where a set bit marks the last one.
 */
class BackwardBits {
  /** @param {Uint8Array} bytes @param {number} start @param {number} end */
  constructor(bytes, start, end) {
    this.bytes = bytes
    this.start = start
    this.at = end
    this.held = 0
    this.count = 0
    /** Whether more bits were read than there are; those were zeros. */
    this.overrun = false
    const last = start < end ? bytes[end - 1] : 0
    this.valid = last !== 0
    if (this.valid) {
      this.at--
      this.held = last
      this.count = 31 - Math.clz32(last)
    }
  }

  /** @param {number} wanted at most 31 */
  read(wanted) {
    if (wanted <= 16) return this.take(wanted)
    const upper = this.take(wanted - 16)
    return upper * 65536 + this.take(16)
  }

  /** @param {number} wanted at most 16 */
  take(wanted) {
    while (this.count < wanted) {
      if (this.at > this.start) this.held = (this.held << 8) | this.bytes[--this.at]
      else {
        this.held <<= 8
        this.overrun = true
      }
      this.count += 8
    }
    this.count -= wanted
    return (this.held >>> this.count) & ((1 << wanted) - 1)
  }

  /** Whether all bits were read, and no more. */
  get ended() {
    return !this.overrun && this.at === this.start && this.count === 0
  }
}

/**
 * An FSE table from its description.
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 * @param {number} maxSymbol
 * @param {number} maxLog
 * @returns {{ table: FseTable, end: number } | undefined}
 */
function readFseTable(bytes, start, end, maxSymbol, maxLog) {
  let bit = 0
  // At most 16 bits; those behind the end are zeros.
  const peek = (/** @type {number} */ wanted) => {
    const at = start + (bit >> 3)
    const value = byteAt(at) | (byteAt(at + 1) << 8) | (byteAt(at + 2) << 16)
    return (value >> (bit & 7)) & ((1 << wanted) - 1)
  }
  const byteAt = (/** @type {number} */ at) => (at < end ? bytes[at] : 0)
  if (start >= end) return undefined
  const log = peek(4) + 5
  bit = 4
  if (log > maxLog) return undefined
  const counts = new Int16Array(maxSymbol + 1)
  let symbol = 0
  let remaining = (1 << log) + 1
  let threshold = 1 << log
  let width = log + 1
  while (remaining > 1 && symbol <= maxSymbol) {
    const smallest = 2 * threshold - 1 - remaining
    const short = peek(width - 1)
    let count
    if (short < smallest) {
      count = short
      bit += width - 1
    } else {
      count = peek(width)
      if (count >= threshold) count -= smallest
      bit += width
    }
    count--
    remaining -= Math.abs(count)
    counts[symbol++] = count
    if (remaining < 1) return undefined
    while (remaining < threshold) {
      width--
      threshold >>= 1
    }
    if (count !== 0) continue
    for (let repeats = 3; repeats === 3;) {
      repeats = peek(2)
      bit += 2
      symbol += repeats
    }
    if (symbol > maxSymbol && remaining > 1) return undefined
  }
  const used = start + ((bit + 7) >> 3)
  if (remaining !== 1 || used > end) return undefined
  return { table: buildFseTable(counts, log), end: used }
}

/** @param {ArrayLike<number>} counts of each symbol; -1 is less than one @param {number} log @returns {FseTable} */
function buildFseTable(counts, log) {
  const size = 1 << log
  const symbols = new Uint8Array(size)
  const bits = new Uint8Array(size)
  const bases = new Uint16Array(size)
  const next = new Uint16Array(counts.length)
  let top = size - 1
  for (let symbol = 0; symbol < counts.length; symbol++) {
    if (counts[symbol] === -1) {
      symbols[top--] = symbol
      next[symbol] = 1
    } else next[symbol] = counts[symbol]
  }
  const step = (size >> 1) + (size >> 3) + 3
  let place = 0
  for (let symbol = 0; symbol < counts.length; symbol++) {
    for (let count = counts[symbol]; count > 0; count--) {
      symbols[place] = symbol
      do place = (place + step) & (size - 1)
      while (place > top)
    }
  }
  for (let state = 0; state < size; state++) {
    const turn = next[symbols[state]]++
    bits[state] = log - (31 - Math.clz32(turn))
    bases[state] = (turn << bits[state]) - size
  }
  return { log, symbols, bits, bases }
}

/** A table that has one symbol and takes no bits. @param {number} symbol @returns {FseTable} */
function singleFseTable(symbol) {
  return { log: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), bases: new Uint16Array(1) }
}

/**
 * A Huffman table from its description.
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 * @returns {{ table: HuffmanTable, end: number } | undefined}
 */
function readHuffmanTable(bytes, start, end) {
  if (start >= end) return undefined
  const header = bytes[start]
  const weights = new Uint8Array(256)
  let count
  let used
  if (header >= 128) {
    count = header - 127
    used = start + 1 + ((count + 1) >> 1)
    if (used > end) return undefined
    for (let index = 0; index < count; index++) {
      const pair = bytes[start + 1 + (index >> 1)]
      weights[index] = index & 1 ? pair & 15 : pair >> 4
    }
  } else {
    used = start + 1 + header
    if (used > end) return undefined
    const read = readWeights(bytes, start + 1, used, weights)
    if (read === undefined) return undefined
    count = read
  }
  const table = buildHuffmanTable(weights, count)
  return table && { table, end: used }
}

/**
 * Weights that two FSE states give in turn, until the bits are used up.
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 * @param {Uint8Array} weights
 * @returns {number | undefined} how many
 */
function readWeights(bytes, start, end, weights) {
  const described = readFseTable(bytes, start, end, 255, MAX_WEIGHT_FSE_BITS)
  if (!described) return undefined
  const { log, symbols, bits, bases } = described.table
  const stream = new BackwardBits(bytes, described.end, end)
  if (!stream.valid) return undefined
  const states = [stream.take(log), stream.take(log)]
  if (stream.overrun) return undefined
  for (let count = 0; ; count++) {
    // The last symbol is implied by the others, so 255 is all that can be.
    if (count > 253) return undefined
    const turn = count & 1
    const state = states[turn]
    weights[count] = symbols[state]
    states[turn] = bases[state] + stream.take(bits[state])
    if (!stream.overrun) continue
    weights[count + 1] = symbols[states[1 - turn]]
    return count + 2
  }
}

/** @param {Uint8Array} weights @param {number} count @returns {HuffmanTable | undefined} */
function buildHuffmanTable(weights, count) {
  let total = 0
  for (let symbol = 0; symbol < count; symbol++) {
    if (weights[symbol] > MAX_HUFFMAN_BITS) return undefined
    total += weights[symbol] === 0 ? 0 : 1 << (weights[symbol] - 1)
  }
  if (total === 0) return undefined
  const log = 32 - Math.clz32(total)
  if (log > MAX_HUFFMAN_BITS) return undefined
  // The weight of the last symbol fills the total up to a power of two.
  const rest = (1 << log) - total
  if ((rest & (rest - 1)) !== 0) return undefined
  weights[count] = 32 - Math.clz32(rest)
  const size = 1 << log
  const symbols = new Uint8Array(size)
  const bits = new Uint8Array(size)
  let place = 0
  let longest = 0
  for (let weight = 1; weight <= log; weight++) {
    const length = log + 1 - weight
    for (let symbol = 0; symbol <= count; symbol++) {
      if (weights[symbol] !== weight) continue
      if (weight === 1) longest++
      const next = place + (1 << (weight - 1))
      symbols.fill(symbol, place, next)
      bits.fill(length, place, next)
      place = next
    }
  }
  if (longest < 2 || longest & 1) return undefined
  return { log, symbols, bits }
}

/**
 * Decodes one stream of exactly `length` symbols; false where it does not end with them.
 * @param {HuffmanTable} table
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 * @param {Uint8Array} target
 * @param {number} from
 * @param {number} length
 */
function decodeHuffman(table, bytes, start, end, target, from, length) {
  const { log, symbols, bits } = table
  if (start >= end || bytes[end - 1] === 0) return false
  let at = end - 1
  let held = bytes[at]
  let count = 31 - Math.clz32(held)
  const mask = (1 << log) - 1
  const stop = from + length
  for (let index = from; index < stop; index++) {
    while (count < log && at > start) {
      held = (held << 8) | bytes[--at]
      count += 8
    }
    const next = (count >= log ? held >>> (count - log) : held << (log - count)) & mask
    target[index] = symbols[next]
    count -= bits[next]
    if (count < 0) return false
  }
  return count === 0 && at === start
}

module.exports = {
  BackwardBits,
  buildFseTable,
  decodeHuffman,
  readFseTable,
  readHuffmanTable,
  singleFseTable
}
