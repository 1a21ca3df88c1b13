'use strict'

// The parts of `files` as one feature: a folder each, with its own `facade.js`, `binding.js` and `fallback.js`.

const { defineFeature } = require('../engines')
const { Handle } = require('./handle')

const BINDINGS = [
  require('./list/binding'),
  require('./find/binding'),
  require('./glob/binding'),
  require('./grep/binding')
]

/** What returns something to go on with, of which two engines' are never equal: it comes as a handle. */
const OPENING = ['openGrep', 'openWalk']

/** @param {import('../engines').Engine} engine @returns {import('../engines').Engine} */
function withHandles(engine) {
  const opening = OPENING.map((name) => [name, (/** @type {any[]} */ ...args) => new Handle(engine[name](...args))])
  return { ...engine, ...Object.fromEntries(opening) }
}

module.exports = defineFeature({
  name: 'files',
  native: (addon) => withHandles(Object.assign({}, ...BINDINGS.map(({ binding }) => binding(addon)))),
  fallback: () => withHandles(require('./fallback'))
})
