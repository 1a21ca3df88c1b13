'use strict'

const { filterPaths, glob, globSync, isMatch } = require('./glob/facade')
const { list, listSync } = require('./list/facade')

module.exports = { filterPaths, glob, globSync, isMatch, list, listSync }
