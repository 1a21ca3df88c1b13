'use strict'

const { pathBytes } = require('../lib/files/names')

/** What git itself takes as opaque: a list without it is whole. */
const NESTED_REPOSITORY = 'nested git repository'

/**
 * Says on stderr what is missing from an answer; where that makes it less than whole, the exit code is 1.
 * @param {readonly { path: string, reason: string }[]} skipped
 */
module.exports = function sayLeftOut(skipped) {
  for (const { path, reason } of skipped) {
    process.stderr.write(pathBytes(`tenon: skipped ${path}: ${reason}\n`))
    if (reason !== NESTED_REPOSITORY) process.exitCode = 1
  }
}
