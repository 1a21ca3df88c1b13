'use strict'

const { createPaths, find, findSync } = require('./find/facade')
const { list, listSync } = require('./list/facade')

module.exports = { createPaths, find, findSync, list, listSync }
