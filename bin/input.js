'use strict'

const fs = require('node:fs')

/** The bytes of a file, or of standard input for `-`. @param {string} file */
function readInput(file) {
  return fs.readFileSync(file === '-' ? 0 : file)
}

/** The bytes of files, of which one may be standard input. @param {string[]} files */
function readInputs(files) {
  if (files.filter((file) => file === '-').length > 1) throw new Error('standard input can be read once only')
  return files.map(readInput)
}

module.exports = { readInput, readInputs }
