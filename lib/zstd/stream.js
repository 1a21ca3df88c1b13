'use strict'

const { Transform } = require('node:stream')
const { fromNative } = require('../errors')
const { Codec } = require('./codec')

/** Runs a codec: one piece at a time, and none of its output while the reader has enough. */
class CodecStream extends Transform {
  #steps
  /** Whether the reader has asked for more since the last piece, which it may do while the next one is made. */
  #asked = false
  /** Goes on when it does. @type {(() => void) | undefined} */
  #resume

  /** @param {Codec} codec */
  constructor(codec) {
    super()
    this.#steps = Codec.steps(codec)
  }

  /** @param {number} size @override */
  _read(size) {
    const resume = this.#resume
    this.#asked = true
    this.#resume = undefined
    if (resume) resume()
    else super._read(size)
  }

  /**
   * @param {Uint8Array} chunk
   * @param {BufferEncoding} _
   * @param {import('node:stream').TransformCallback} callback
   * @override
   */
  _transform(chunk, _, callback) {
    this.#emit(this.#steps.write(chunk)).then(() => callback(), callback)
  }

  /** @param {import('node:stream').TransformCallback} callback @override */
  _flush(callback) {
    this.#emit(this.#steps.end()).then(() => callback(), callback)
  }

  /** @param {Error | null} error @param {(error?: Error | null) => void} callback @override */
  _destroy(error, callback) {
    this.#steps.close()
    super._destroy(error, callback)
  }

  /** @param {AsyncIterable<Uint8Array>} pieces */
  async #emit(pieces) {
    let full = false
    try {
      for await (const piece of pieces) {
        // Before the next piece, not after the last: with that, the stream itself waits.
        if (full && !this.#asked) await new Promise((resolve) => (this.#resume = () => resolve(undefined)))
        if (this.destroyed) return
        if (piece.length === 0) continue
        this.#asked = false
        full = !this.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length))
      }
    } catch (error) {
      throw fromNative(error)
    }
  }
}

module.exports = { CodecStream }
