'use strict'

const { list, listSync } = require('./list/facade')

module.exports = { list, listSync }
