'use strict'

const { filterPaths, glob, globSync, isMatch } = require('./glob/facade')
const { list, listSync, pathBytes, walk } = require('./list/facade')

module.exports = { filterPaths, glob, globSync, isMatch, list, listSync, pathBytes, walk }
