'use strict'

// The addon's functions without the facade: what is left of a call when Tenon's own JavaScript is taken away.

const { load } = require('../../lib/native')

/** The addon and its version. */
function loaded() {
  const found = load()
  if (!found.addon) throw new Error(`native is ${found.reason}`)
  return found
}

/** @type {import('.').EngineModule} */
module.exports = {
  kind: 'part',
  version: () => loaded().version,
  open() {
    const { addon } = loaded()
    const encoding = addon.tokensEncodings().indexOf('o200k_base')
    return {
      crossing: () => addon.probeCrossing(),
      countPlain: (/** @type {string} */ text) => addon.tokensCount(text, encoding),
      encode: (/** @type {string} */ text) => addon.tokensEncode(text, encoding)
    }
  }
}
