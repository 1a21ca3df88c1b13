'use strict'

const { createPaths, find, findSync } = require('./find/facade')
const { filterPaths, glob, globSync, isMatch } = require('./glob/facade')
const { grep, grepStream } = require('./grep/facade')
const { list, listSync, pathBytes, walk } = require('./list/facade')

module.exports = {
  createPaths,
  filterPaths,
  find,
  findSync,
  glob,
  globSync,
  grep,
  grepStream,
  isMatch,
  list,
  listSync,
  pathBytes,
  walk
}
