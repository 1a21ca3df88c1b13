'use strict'

/**
 * Decodes ids that come in pieces. A character whose bytes are in two tokens is held back until it is whole.
 * @param {(ids: Uint32Array | readonly number[]) => Uint8Array} decodeBytes
 */
function createStreamingDecoder(decodeBytes) {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return {
    /** @param {number | Uint32Array | readonly number[]} ids */
    write(ids) {
      return decoder.decode(decodeBytes(typeof ids === 'number' ? [ids] : ids), { stream: true })
    },
    end() {
      return decoder.decode()
    }
  }
}

module.exports = { createStreamingDecoder }
