'use strict'

const { list, listSync, pathBytes, walk } = require('./list/facade')

module.exports = { list, listSync, pathBytes, walk }
