'use strict'

// The facade: one line a feature, loaded when it is first named.

const { configure, status } = require('./lib/engines')
const { TenonError } = require('./lib/errors')

module.exports = {
  TenonError,
  configure,
  status,
  get files() {
    return require('./lib/files')
  },
  get tokens() {
    return require('./lib/tokens')
  }
}
