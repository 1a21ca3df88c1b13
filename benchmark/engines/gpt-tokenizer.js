'use strict'

const { load, versionOf } = require('./package')

/** What looks like a special token is text, as it is to Tenon; by default this engine throws. */
const ORDINARY = { disallowedSpecial: new Set() }

/** @type {import('.').EngineModule} */
module.exports = {
  kind: 'rival',
  version: () => versionOf('gpt-tokenizer'),
  open() {
    /** @type {Record<string, any>} */
    const loaded = {}
    const get = (/** @type {string} */ encoding) => (loaded[encoding] ??= load(`gpt-tokenizer/encoding/${encoding}`))
    // Its default encoding, as its users load it.
    const preset = get('o200k_base')
    return {
      countPlain: (/** @type {string} */ text) => preset.countTokens(text),
      count: (/** @type {string} */ text, /** @type {string} */ encoding) => get(encoding).countTokens(text, ORDINARY),
      countBatch(/** @type {string[]} */ texts, /** @type {string} */ encoding) {
        const { countTokens } = get(encoding)
        return Uint32Array.from(texts, (text) => countTokens(text, ORDINARY))
      },
      encode: (/** @type {string} */ text, /** @type {string} */ encoding) => get(encoding).encode(text, ORDINARY),
      decode: (/** @type {Uint32Array} */ ids, /** @type {string} */ encoding) => get(encoding).decode(ids)
    }
  }
}
