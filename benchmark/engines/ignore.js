'use strict'

const { load, versionOf } = require('./package')

/** @type {import('.').EngineModule} */
module.exports = {
  kind: 'rival',
  version: () => versionOf('ignore'),
  open() {
    const ignore = load('ignore')
    return {
      checkRules(/** @type {string} */ rules, /** @type {string[]} */ paths) {
        const file = ignore({ ignorecase: false }).add(rules)
        return Uint8Array.from(paths, (path) => Number(file.ignores(path)))
      }
    }
  }
}
