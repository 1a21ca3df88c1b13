'use strict'

const fs = require('node:fs')

/** The bytes of a file, or of standard input for `-`. @param {string} file */
function readInput(file) {
  return fs.readFileSync(file === '-' ? 0 : file)
}

module.exports = { readInput }
