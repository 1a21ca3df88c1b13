'use strict'

// Decompression in JavaScript (RFC 8878), for a Node whose zlib has no zstd, and for streams.

const { Checksum } = require('./checksum')
const { BackwardBits, decodeHuffman, readFseTable, readHuffmanTable, singleFseTable } = require('./entropy')
const {
  BLOCK_HEADER_BYTES,
  CHECKSUM_BYTES,
  MAX_BLOCK_BYTES,
  RAW,
  RESERVED,
  RLE,
  blockAt,
  checkHeader,
  damaged,
  littleEndian,
  noFrame,
  scan,
  startAt,
  tooMuch,
  truncated
} = require('./frame')
const {
  FIRST_REPEATS,
  LITERALS,
  LITERAL_BASES,
  LITERAL_BITS,
  MATCHES,
  MATCH_BASES,
  MATCH_BITS,
  OFFSETS
} = require('./tables')

/** @typedef {import('./frame').Header} Header */
/** @typedef {import('./frame').Limits} Limits */
/** @typedef {import('./tables').Code} Code */
/** @typedef {import('./tables').ParsedDictionary} ParsedDictionary */
/** @typedef {import('./entropy').FseTable} FseTable */

/** What frames declare is allocated at once up to this size, and up to this many times their own size. */
const TRUSTED_BYTES = 1 << 20
const TRUSTED_RATIO = 64
const MIN_FOUR_STREAM_LITERALS = 6
const MIN_FOUR_STREAM_BYTES = 10
const LONG_SEQUENCE_COUNT = 0x7f00
const PREDEFINED = 0
const SINGLE = 1
const DESCRIBED = 2

/** What is thrown inside of a frame; the outside knows where the frame is. */
class Damage extends Error {}

/** @returns {never} */
function damage() {
  throw new Damage()
}

/** Decodes the blocks of one frame after the other. */
class BlockDecoder {
  /** @param {ParsedDictionary | undefined} dictionary */
  constructor(dictionary) {
    this.dictionary = dictionary
    this.buffer = new Uint8Array(MAX_BLOCK_BYTES)
    /** The literals of the block: where they are, from where, and how many. @type {Uint8Array} */
    this.literals = this.buffer
    this.literalsAt = 0
    this.literalCount = 0
    this.maxBlock = 0
    /** The content before the frame's own. @type {Uint8Array} */
    this.before = new Uint8Array(0)
    /** @type {import('./tables').Entropy} */
    this.entropy = { repeats: [...FIRST_REPEATS] }
  }

  /** @param {Header} header */
  begin({ window }) {
    const { entropy, content } = this.dictionary ?? { entropy: { repeats: FIRST_REPEATS }, content: new Uint8Array(0) }
    this.entropy = { ...entropy, repeats: [...entropy.repeats] }
    this.before = content
    this.maxBlock = Math.min(window, MAX_BLOCK_BYTES)
  }

  /**
   * Decodes a compressed block into `target`, which has room for the largest of blocks.
   * @param {Uint8Array} bytes
   * @param {number} start
   * @param {number} end
   * @param {Uint8Array} target
   * @param {number} at where the block's content goes
   * @param {number} base where the content of the frame begins that matches may reach back to
   * @returns {number} where the content ends
   */
  decode(bytes, start, end, target, at, base) {
    if (end - start < 2) damage()
    const sequences = this.readLiterals(bytes, start, end)
    return this.runSequences(bytes, sequences, end, target, at, base)
  }

  /** Reads the literals section. @param {Uint8Array} bytes @param {number} start @param {number} end @returns {number} its end */
  readLiterals(bytes, start, end) {
    const type = bytes[start] & 3
    const format = (bytes[start] >> 2) & 3
    return type < 2
      ? this.readPlainLiterals(bytes, start, end, type, format)
      : this.readHuffmanLiterals(bytes, start, end, type === 3, format)
  }

  /** @param {Uint8Array} bytes @param {number} start @param {number} end @param {number} type @param {number} format */
  readPlainLiterals(bytes, start, end, type, format) {
    const headerBytes = format === 1 ? 2 : format === 3 ? 3 : 1
    const stored = start + headerBytes
    if (stored > end) damage()
    const count = littleEndian(bytes, start, headerBytes) >> (headerBytes === 1 ? 3 : 4)
    if (count > this.maxBlock) damage()
    this.literalCount = count
    if (type === RAW) {
      if (stored + count > end) damage()
      this.literals = bytes
      this.literalsAt = stored
      return stored + count
    }
    if (stored >= end) damage()
    this.literals = this.buffer.fill(bytes[stored], 0, count)
    this.literalsAt = 0
    return stored + 1
  }

  /** @param {Uint8Array} bytes @param {number} start @param {number} end @param {boolean} again @param {number} format */
  readHuffmanLiterals(bytes, start, end, again, format) {
    if (end - start < 5 || (again && !this.entropy.huffman)) damage()
    const headerBytes = format < 2 ? 3 : format + 2
    const fieldBits = [10, 10, 14, 18][format]
    const fields = Math.floor(littleEndian(bytes, start, headerBytes) / 16)
    const count = fields % 2 ** fieldBits
    const stored = Math.floor(fields / 2 ** fieldBits)
    const single = format === 0
    const stop = start + headerBytes + stored
    if (count > this.maxBlock || stop > end || (!single && count < MIN_FOUR_STREAM_LITERALS)) damage()
    let at = start + headerBytes
    if (!again) {
      const read = readHuffmanTable(bytes, at, stop)
      if (!read || read.end >= stop) return damage()
      this.entropy.huffman = read.table
      at = read.end
    }
    const { huffman } = this.entropy
    if (!huffman) return damage()
    this.literals = this.buffer
    this.literalsAt = 0
    this.literalCount = count
    if (single) {
      if (!decodeHuffman(huffman, bytes, at, stop, this.buffer, 0, count)) damage()
      return stop
    }
    if (stop - at < MIN_FOUR_STREAM_BYTES) damage()
    const share = (count + 3) >> 2
    let streamAt = at + 6
    for (let stream = 0; stream < 4; stream++) {
      const streamEnd = stream === 3 ? stop : streamAt + littleEndian(bytes, at + 2 * stream, 2)
      const from = stream * share
      const length = stream === 3 ? count - from : share
      if (length < 0 || from + length > count || streamEnd > stop) damage()
      if (!decodeHuffman(huffman, bytes, streamAt, streamEnd, this.buffer, from, length)) damage()
      streamAt = streamEnd
    }
    return stop
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} start
   * @param {number} end
   * @param {Uint8Array} target
   * @param {number} at
   * @param {number} base
   */
  runSequences(bytes, start, end, target, at, base) {
    if (start >= end) damage()
    const { literals, literalCount, before, entropy } = this
    let literal = this.literalsAt
    const literalsEnd = literal + literalCount
    const limit = at + this.maxBlock
    let next = start
    let count = bytes[next++]
    if (count === 255) {
      if (next + 2 > end) damage()
      count = littleEndian(bytes, next, 2) + LONG_SEQUENCE_COUNT
      next += 2
    } else if (count > 127) {
      if (next >= end) damage()
      count = (count - 128) * 256 + bytes[next++]
    }
    let out = at
    if (count === 0) {
      if (next !== end) damage()
    } else {
      if (next >= end || (bytes[next] & 3) !== 0) damage()
      const modes = bytes[next++]
      const tables = { end: next }
      const ofLiterals = sequenceTable(modes >> 6, LITERALS, entropy.literals, bytes, tables, end)
      const ofOffsets = sequenceTable((modes >> 4) & 3, OFFSETS, entropy.offsets, bytes, tables, end)
      const ofMatches = sequenceTable((modes >> 2) & 3, MATCHES, entropy.matches, bytes, tables, end)
      entropy.literals = ofLiterals
      entropy.offsets = ofOffsets
      entropy.matches = ofMatches
      const stream = new BackwardBits(bytes, tables.end, end)
      if (!stream.valid) damage()
      let literalState = stream.take(ofLiterals.log)
      let offsetState = stream.take(ofOffsets.log)
      let matchState = stream.take(ofMatches.log)
      let [first, second, third] = entropy.repeats
      for (let left = count; left > 0; left--) {
        const literalCode = ofLiterals.symbols[literalState]
        const matchCode = ofMatches.symbols[matchState]
        const offsetCode = ofOffsets.symbols[offsetState]
        let offset
        if (offsetCode > 1) {
          offset = 2 ** offsetCode + stream.read(offsetCode) - 3
          third = second
          second = first
          first = offset
        } else {
          // A sequence without literals cannot mean the offset before it: its numbers are shifted by one.
          const choice = (offsetCode === 0 ? 0 : 1 + stream.take(1)) + (LITERAL_BASES[literalCode] === 0 ? 1 : 0)
          offset = choice === 0 ? first : choice === 1 ? second : choice === 2 ? third : first - 1
          if (choice > 1) third = second
          if (choice > 0) {
            second = first
            first = offset
          }
        }
        const matchLength = MATCH_BASES[matchCode] + stream.take(MATCH_BITS[matchCode])
        const literalLength = LITERAL_BASES[literalCode] + stream.take(LITERAL_BITS[literalCode])
        if (left > 1) {
          literalState = ofLiterals.bases[literalState] + stream.take(ofLiterals.bits[literalState])
          matchState = ofMatches.bases[matchState] + stream.take(ofMatches.bits[matchState])
          offsetState = ofOffsets.bases[offsetState] + stream.take(ofOffsets.bits[offsetState])
        }
        const matchAt = out + literalLength
        if (stream.overrun || literal + literalLength > literalsEnd || matchAt + matchLength > limit) damage()
        while (out < matchAt) target[out++] = literals[literal++]
        const reach = matchAt - base
        if (offset === 0 || offset > reach + before.length) damage()
        const stop = matchAt + matchLength
        let from = matchAt - offset
        if (offset > reach) {
          let old = before.length - (offset - reach)
          while (out < stop && old < before.length) target[out++] = before[old++]
          from = base
        }
        // One by one where the match runs into itself.
        if (offset >= matchLength && matchLength > 32 && out === matchAt) {
          target.copyWithin(out, from, from + matchLength)
          out = stop
        } else {
          while (out < stop) target[out++] = target[from++]
        }
      }
      if (!stream.ended) damage()
      entropy.repeats = [first, second, third]
    }
    if (out + (literalsEnd - literal) > limit) damage()
    target.set(literals.subarray(literal, literalsEnd), out)
    return out + (literalsEnd - literal)
  }
}

/**
 * The table of a code for this block.
 * @param {number} mode
 * @param {Code} code
 * @param {FseTable | undefined} last
 * @param {Uint8Array} bytes
 * @param {{ end: number }} at moved on behind what was read
 * @param {number} end
 * @returns {FseTable}
 */
function sequenceTable(mode, { maxSymbol, maxLog, initial }, last, bytes, at, end) {
  if (mode === PREDEFINED) return initial
  if (mode === SINGLE) {
    const symbol = at.end < end ? bytes[at.end++] : damage()
    return symbol > maxSymbol ? damage() : singleFseTable(symbol)
  }
  if (mode === DESCRIBED) {
    const read = readFseTable(bytes, at.end, end, maxSymbol, maxLog) ?? damage()
    at.end = read.end
    return read.table
  }
  return last ?? damage()
}

/** Content that grows as it comes. */
class Content {
  /** @param {number} bytes */
  constructor(bytes) {
    this.bytes = new Uint8Array(bytes)
    this.length = 0
  }

  /** @param {number} more */
  reserve(more) {
    if (this.length + more <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.length + more))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }
}

/**
 * Decompresses step by step: a block a step.
 * @param {Uint8Array} data
 * @param {Limits} limits
 * @param {ParsedDictionary | undefined} dictionary
 * @returns {Generator<undefined, Uint8Array>}
 */
function* decompressInSteps(data, limits, dictionary) {
  const { frames, declared } = scan(data, limits, dictionary?.id)
  const trusted = Math.max(TRUSTED_BYTES, data.length * TRUSTED_RATIO)
  // One block more than is needed, for a block is decoded before it is found to be too large.
  const content = new Content(Math.min(declared, trusted) + MAX_BLOCK_BYTES)
  const decoder = new BlockDecoder(dictionary)
  for (const { start, header } of frames) {
    const base = content.length
    decoder.begin(header)
    let at = start + header.bytes
    for (let last = false; !last;) {
      const block = /** @type {import('./frame').Block} */ (blockAt(data, at))
      at += BLOCK_HEADER_BYTES
      content.reserve(MAX_BLOCK_BYTES)
      content.length = decodeBlock(decoder, block, data, at, content.bytes, content.length, base, start)
      at += block.stored
      if (header.content !== undefined && content.length - base > header.content) throw damaged(start)
      if (content.length > limits.maxOutputBytes) throw tooMuch(limits.maxOutputBytes)
      last = block.last
      yield
    }
    if (header.content !== undefined && content.length - base !== header.content) throw damaged(start)
    if (header.checksum) {
      const checksum = new Checksum()
      checksum.update(content.bytes, base, content.length)
      if (checksum.digest() !== littleEndian(data, at, CHECKSUM_BYTES)) throw damaged(start)
    }
  }
  return content.bytes.slice(0, content.length)
}

/**
 * @param {BlockDecoder} decoder
 * @param {import('./frame').Block} block
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {Uint8Array} target
 * @param {number} out
 * @param {number} base
 * @param {number} frame
 */
function decodeBlock(decoder, { type, size, stored }, bytes, at, target, out, base, frame) {
  if (type === RAW) {
    target.set(bytes.subarray(at, at + size), out)
    return out + size
  }
  if (type === RLE) {
    target.fill(bytes[at], out, out + size)
    return out + size
  }
  try {
    return decoder.decode(bytes, at, at + stored, target, out, base)
  } catch (error) {
    throw error instanceof Damage ? damaged(frame) : error
  }
}

/**
 * @param {Uint8Array} data
 * @param {Limits} limits
 * @param {ParsedDictionary | undefined} dictionary
 */
function decompress(data, limits, dictionary) {
  const steps = decompressInSteps(data, limits, dictionary)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return /** @type {Uint8Array} */ (value)
  }
}

const BETWEEN = 0
const SKIPPING = 1
const BLOCK = 2
const CHECKSUM = 3
/** The window grows up to what a frame asks for, from this. */
const FIRST_WINDOW_BYTES = 512 << 10
/** A piece of content has about so many bytes. */
const PIECE_BYTES = 128 << 10

/** Decompresses a stream of pieces. It remembers no more than the window. */
class StreamDecoder {
  /** @param {Limits} limits @param {ParsedDictionary | undefined} dictionary */
  constructor(limits, dictionary) {
    this.limits = limits
    this.decoder = new BlockDecoder(dictionary)
    this.id = dictionary?.id
    this.state = BETWEEN
    /** @type {Uint8Array} */
    this.pending = new Uint8Array(0)
    this.at = 0
    /** Where in the stream `pending` begins, and where the frame does. */
    this.base = 0
    this.frame = 0
    this.any = false
    this.skip = 0
    this.produced = 0
    /** @type {Header | undefined} */
    this.header = undefined
    this.history = new Uint8Array(0)
    this.length = 0
    this.ofFrame = 0
    /** @type {Checksum | undefined} */
    this.checksum = undefined
  }

  /** @param {Uint8Array} piece */
  push(piece) {
    const rest = this.pending.length - this.at
    const joined = new Uint8Array(rest + piece.length)
    joined.set(this.pending.subarray(this.at))
    joined.set(piece, rest)
    this.base += this.at
    this.pending = joined
    this.at = 0
  }

  /** The next content; whether there may be more without another piece. @returns {{ bytes: Uint8Array, more: boolean }} */
  pull() {
    const parts = []
    let length = 0
    while (length < PIECE_BYTES) {
      const part = this.step()
      if (!part) return { bytes: joinParts(parts, length), more: false }
      parts.push(part)
      length += part.length
    }
    return { bytes: joinParts(parts, length), more: true }
  }

  /** What the next header or block gives; undefined where its bytes are not all there. @returns {Uint8Array | undefined} */
  step() {
    const available = this.pending.length - this.at
    if (this.state === SKIPPING) {
      const skipped = Math.min(this.skip, available)
      this.at += skipped
      this.skip -= skipped
      if (this.skip > 0) return undefined
      this.state = BETWEEN
      return EMPTY
    }
    if (this.state === BLOCK) return this.stepBlock()
    if (this.state === CHECKSUM) {
      if (available < CHECKSUM_BYTES) return undefined
      const expected = littleEndian(this.pending, this.at, CHECKSUM_BYTES)
      if (/** @type {Checksum} */ (this.checksum).digest() !== expected) throw damaged(this.frame)
      this.at += CHECKSUM_BYTES
      this.state = BETWEEN
      return EMPTY
    }
    if (available === 0) return undefined
    this.frame = this.base + this.at
    const found = startAt(this.pending, this.at)
    if (found.kind === 'short') return undefined
    if (found.kind === 'unknown') throw noFrame(this.frame)
    if (found.kind === 'reserved') throw damaged(this.frame)
    this.any = true
    if (found.kind === 'skippable') {
      this.at += 8
      this.skip = found.bytes
      this.state = SKIPPING
      return EMPTY
    }
    this.enter(found)
    return EMPTY
  }

  /** @param {Header} header */
  enter(header) {
    const { maxOutputBytes, maxWindowLog } = this.limits
    checkHeader(header, this.frame, maxWindowLog, this.id)
    if (header.content !== undefined && header.content > maxOutputBytes - this.produced) throw tooMuch(maxOutputBytes)
    this.at += header.bytes
    this.header = header
    this.decoder.begin(header)
    this.length = 0
    this.ofFrame = 0
    this.checksum = header.checksum ? new Checksum() : undefined
    this.state = BLOCK
  }

  stepBlock() {
    const header = /** @type {Header} */ (this.header)
    const block = blockAt(this.pending, this.at)
    if (!block) return undefined
    if (block.type === RESERVED || block.size > this.decoder.maxBlock) throw damaged(this.frame)
    const bodyAt = this.at + BLOCK_HEADER_BYTES
    if (bodyAt + block.stored > this.pending.length) return undefined
    this.makeRoom(header.window)
    const from = this.length
    this.length = decodeBlock(this.decoder, block, this.pending, bodyAt, this.history, from, 0, this.frame)
    this.at = bodyAt + block.stored
    const length = this.length - from
    this.ofFrame += length
    this.produced += length
    if (header.content !== undefined && this.ofFrame > header.content) throw damaged(this.frame)
    if (this.produced > this.limits.maxOutputBytes) throw tooMuch(this.limits.maxOutputBytes)
    this.checksum?.update(this.history, from, this.length)
    if (block.last) {
      if (header.content !== undefined && this.ofFrame !== header.content) throw damaged(this.frame)
      this.state = this.checksum ? CHECKSUM : BETWEEN
    }
    return this.history.slice(from, this.length)
  }

  /** Room for a block behind the window. @param {number} window */
  makeRoom(window) {
    const { history, length } = this
    if (length + MAX_BLOCK_BYTES <= history.length) return
    // Twice the window, so that its content moves once a window and not once a block.
    const most = window + Math.max(window, 2 * MAX_BLOCK_BYTES)
    if (history.length < most) {
      const larger = new Uint8Array(Math.min(most, Math.max(2 * history.length, FIRST_WINDOW_BYTES)))
      if (larger.length >= length + MAX_BLOCK_BYTES) {
        larger.set(history.subarray(0, length))
        this.history = larger
        return
      }
    }
    const kept = Math.min(length, window)
    history.copyWithin(0, length - kept, length)
    this.length = kept
    // What was before the frame is out of the window's reach.
    this.decoder.before = EMPTY
  }

  /** Throws where the stream may not end here. */
  finish() {
    if (this.state !== BETWEEN) throw truncated(this.frame)
    if (this.at < this.pending.length) throw truncated(this.base + this.at)
    if (!this.any) throw noFrame(0)
  }
}

const EMPTY = new Uint8Array(0)

/** @param {Uint8Array[]} parts @param {number} length */
function joinParts(parts, length) {
  const joined = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

module.exports = { StreamDecoder, decompress, decompressInSteps }
