'use strict'

const { load, versionOf } = require('./package')

/** @type {import('.').EngineModule} */
module.exports = {
  kind: 'rival',
  version: () => `${versionOf('tiktoken')} (wasm)`,
  open() {
    const { get_encoding: open } = load('tiktoken')
    /** @type {Record<string, any>} */
    const opened = {}
    const get = (/** @type {string} */ encoding) => (opened[encoding] ??= open(encoding))
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    const preset = get('o200k_base')
    return {
      countPlain: (/** @type {string} */ text) => preset.encode_ordinary(text).length,
      count: (/** @type {string} */ text, /** @type {string} */ encoding) => get(encoding).encode_ordinary(text).length,
      countBatch(/** @type {string[]} */ texts, /** @type {string} */ encoding) {
        const encoder = get(encoding)
        return Uint32Array.from(texts, (text) => encoder.encode_ordinary(text).length)
      },
      encode: (/** @type {string} */ text, /** @type {string} */ encoding) => get(encoding).encode_ordinary(text),
      decode: (/** @type {Uint32Array} */ ids, /** @type {string} */ encoding) =>
        decoder.decode(get(encoding).decode(ids))
    }
  }
}
