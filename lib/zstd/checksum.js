'use strict'

// XXH64 with seed 0 (the xxHash specification, revision 0.1.1), of which a frame keeps the lower half. JavaScript has no
// integers of 64 bits that are fast, so a number is two halves.

// The primes, upper and lower half.
const P1H = 0x9e3779b1
const P1L = 0x85ebca87
const P2H = 0xc2b2ae3d
const P2L = 0x27d4eb4f
const P3H = 0x165667b1
const P3L = 0x9e3779f9
const P4H = 0x85ebca77
const P4L = 0xc2b2ae63
const P5H = 0x27d4eb2f
const P5L = 0x165667c5

const STRIPE_BYTES = 32

/** The halves of the last result. */
let high = 0
let low = 0

/** @param {number} ah @param {number} al @param {number} bh @param {number} bl */
function multiply(ah, al, bh, bl) {
  const a0 = al & 0xffff
  const a1 = al >>> 16
  const b0 = bl & 0xffff
  const b1 = bl >>> 16
  const p00 = a0 * b0
  const p01 = a0 * b1
  const p10 = a1 * b0
  const middle = (p00 >>> 16) + (p01 & 0xffff) + (p10 & 0xffff)
  const carried = a1 * b1 + (p01 >>> 16) + (p10 >>> 16) + (middle >>> 16)
  low = (middle << 16) | (p00 & 0xffff)
  high = (carried + Math.imul(ah, bl) + Math.imul(al, bh)) | 0
}

/** @param {number} ah @param {number} al @param {number} bh @param {number} bl */
function add(ah, al, bh, bl) {
  const sum = (al >>> 0) + (bl >>> 0)
  low = sum | 0
  high = (ah + bh + (sum > 0xffffffff ? 1 : 0)) | 0
}

/** Rotates the last result left. @param {number} bits from 1 to 31 */
function rotate(bits) {
  const h = high
  high = (h << bits) | (low >>> (32 - bits))
  low = (low << bits) | (h >>> (32 - bits))
}

/** One round of an accumulator. @param {number} ah @param {number} al @param {number} bh @param {number} bl */
function round(ah, al, bh, bl) {
  multiply(bh, bl, P2H, P2L)
  add(ah, al, high, low)
  rotate(31)
  multiply(high, low, P1H, P1L)
}

/** The checksum of bytes that come in pieces. */
class Checksum {
  constructor() {
    /** Four accumulators, upper and lower half in turn. */
    this.state = new Int32Array(8)
    this.rest = new Uint8Array(STRIPE_BYTES)
    this.restBytes = 0
    this.bytes = 0
    add(P1H, P1L, P2H, P2L)
    this.state.set([high, low, P2H, P2L, 0, 0])
    // 0 - P1
    add(~P1H, ~P1L, 0, 1)
    this.state.set([high, low], 6)
  }

  /** @param {Uint8Array} data @param {number} start @param {number} end */
  update(data, start, end) {
    this.bytes += end - start
    let at = start
    if (this.restBytes > 0) {
      while (this.restBytes < STRIPE_BYTES && at < end) this.rest[this.restBytes++] = data[at++]
      if (this.restBytes < STRIPE_BYTES) return
      this.stripes(this.rest, 0, STRIPE_BYTES)
      this.restBytes = 0
    }
    const whole = at + (end - at - ((end - at) % STRIPE_BYTES))
    this.stripes(data, at, whole)
    while (this.restBytes < end - whole) this.rest[this.restBytes] = data[whole + this.restBytes++]
  }

  /** @param {Uint8Array} data @param {number} start @param {number} end */
  stripes(data, start, end) {
    const { state } = this
    for (let at = start; at < end; at += STRIPE_BYTES) {
      for (let lane = 0; lane < 4; lane++) {
        const from = at + 8 * lane
        round(state[2 * lane], state[2 * lane + 1], word(data, from + 4), word(data, from))
        state[2 * lane] = high
        state[2 * lane + 1] = low
      }
    }
  }

  /** The lower half of the hash. */
  digest() {
    const { state, rest, restBytes } = this
    if (this.bytes >= STRIPE_BYTES) {
      let [h, l] = [0, 0]
      for (const [lane, bits] of [1, 7, 12, 18].entries()) {
        high = state[2 * lane]
        low = state[2 * lane + 1]
        rotate(bits)
        add(h, l, high, low)
        ;[h, l] = [high, low]
      }
      for (let lane = 0; lane < 4; lane++) {
        round(0, 0, state[2 * lane], state[2 * lane + 1])
        multiply(h ^ high, l ^ low, P1H, P1L)
        add(high, low, P4H, P4L)
        ;[h, l] = [high, low]
      }
    } else {
      ;[high, low] = [P5H, P5L]
    }
    add(high, low, Math.floor(this.bytes / 2 ** 32), this.bytes | 0)
    let at = 0
    for (; at + 8 <= restBytes; at += 8) {
      const [h, l] = [high, low]
      round(0, 0, word(rest, at + 4), word(rest, at))
      ;[high, low] = [h ^ high, l ^ low]
      rotate(27)
      multiply(high, low, P1H, P1L)
      add(high, low, P4H, P4L)
    }
    if (at + 4 <= restBytes) {
      const [h, l] = [high, low]
      multiply(0, word(rest, at), P1H, P1L)
      ;[high, low] = [h ^ high, l ^ low]
      rotate(23)
      multiply(high, low, P2H, P2L)
      add(high, low, P3H, P3L)
      at += 4
    }
    for (; at < restBytes; at++) {
      const [h, l] = [high, low]
      multiply(0, rest[at], P5H, P5L)
      ;[high, low] = [h ^ high, l ^ low]
      rotate(11)
      multiply(high, low, P1H, P1L)
    }
    // x ^= x >>> 33
    low ^= high >>> 1
    multiply(high, low, P2H, P2L)
    // x ^= x >>> 29
    ;[high, low] = [high ^ (high >>> 29), low ^ ((low >>> 29) | (high << 3))]
    multiply(high, low, P3H, P3L)
    // x ^= x >>> 32
    return (low ^ high) >>> 0
  }
}

/** @param {Uint8Array} data @param {number} at */
function word(data, at) {
  return data[at] | (data[at + 1] << 8) | (data[at + 2] << 16) | (data[at + 3] << 24)
}

module.exports = { Checksum }
