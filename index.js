'use strict'

// The facade: one line a feature, loaded when it is first named.

const { configure, status } = require('./lib/engines')
const { TenonError } = require('./lib/errors')

module.exports = { TenonError, configure, status }

lazy('context', () => require('./lib/context'))
lazy('diff', () => require('./lib/diff'))
lazy('files', () => require('./lib/files'))
lazy('ignore', () => require('./lib/ignore'))
lazy('log', () => require('./lib/log'))
lazy('tokens', () => require('./lib/tokens'))
lazy('zstd', () => require('./lib/zstd'))

/**
 * Defines an export that is loaded when it is first read, and costs nothing more afterwards.
 * @param {string} name
 * @param {() => object} load
 */
function lazy(name, load) {
  const get = () => {
    const value = load()
    Object.defineProperty(module.exports, name, { enumerable: true, value })
    return value
  }
  Object.defineProperty(module.exports, name, { configurable: true, enumerable: true, get })
}
