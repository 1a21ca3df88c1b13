'use strict'

const { filterPaths, glob, globSync, isMatch } = require('./glob/facade')
const { grep, grepStream } = require('./grep/facade')
const { list, listSync, pathBytes, walk } = require('./list/facade')

module.exports = { filterPaths, glob, globSync, grep, grepStream, isMatch, list, listSync, pathBytes, walk }
