'use strict'

// What the files in a log's directory are, by their names (docs/log-format.md, "The directory").

const { parseFile } = require('./checkpoint')
const { DICTIONARY, LOST, segmentSeqs } = require('./layout')

const TEMPORARY = '.tmp'

/** Whether a file is what a copy of a log is made of. @param {string} name */
function isOfLog(name) {
  return segmentSeqs([name]).length > 0 || DICTIONARY.test(name) || parseFile(name) !== undefined
}

/** Whether a crash left a file that was being written. @param {string} name */
function isUnfinished(name) {
  if (!name.endsWith(TEMPORARY)) return false
  const whole = name.slice(0, -TEMPORARY.length)
  return isOfLog(whole) || LOST.test(whole)
}

module.exports = { isOfLog, isUnfinished }
