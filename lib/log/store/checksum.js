'use strict'

const zlib = require('node:zlib')

/** Below this, the call of zlib costs more than the table. */
const ZLIB_MIN_BYTES = 64

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0)
  return rest
})

/**
 * zlib's CRC-32 of a part of a buffer, going on from `seed`.
 * @param {Buffer} bytes
 * @param {number} start
 * @param {number} end
 * @param {number} seed
 */
function crc32(bytes, start, end, seed) {
  if (end - start >= ZLIB_MIN_BYTES) return zlib.crc32(bytes.subarray(start, end), seed)
  let crc = ~seed
  for (let at = start; at < end; at++) crc = TABLE[(crc ^ bytes[at]) & 0xff] ^ (crc >>> 8)
  return ~crc >>> 0
}

module.exports = { crc32 }
