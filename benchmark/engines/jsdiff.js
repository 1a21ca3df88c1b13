'use strict'

const { load, versionOf } = require('./package')

/** @type {import('.').EngineModule} */
module.exports = {
  kind: 'rival',
  version: () => versionOf('diff'),
  open() {
    const jsdiff = load('diff')
    return {
      createPatch: (/** @type {string} */ a, /** @type {string} */ b) => jsdiff.createTwoFilesPatch('a', 'b', a, b),
      lines: jsdiff.diffLines,
      words: jsdiff.diffWordsWithSpace,
      applyPatch: (/** @type {string} */ text, /** @type {string} */ patch) => jsdiff.applyPatch(text, patch)
    }
  }
}
