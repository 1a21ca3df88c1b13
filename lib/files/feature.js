'use strict'

// The parts of `files` as one feature: a folder each, with its own `facade.js`, `binding.js` and `fallback.js`.

const { defineFeature } = require('../engines')
const BINDINGS = [
  require('./list/binding'),
  require('./find/binding'),
  require('./glob/binding'),
  require('./grep/binding')
]

module.exports = defineFeature({
  name: 'files',
  native: (addon) => Object.assign({}, ...BINDINGS.map(({ binding }) => binding(addon))),
  fallback: () => require('./fallback')
})
