'use strict'

const { run, runSync } = require('../../ignore/io')
const { Absences } = require('../absences')
const { fromByteString } = require('../names')
const { EVERYTHING, nextItem, openWalk } = require('../walk')

/**
 * Every regular file under a folder that git would not ignore, in the order of the paths' bytes.
 *
 * @typedef {{ hidden: boolean, ignore: boolean, maxFiles: number, environment: import('../walk').Environment }} Options
 * @typedef {import('../absences').Absence} Absence
 * @typedef {import('../absences').Counts} Counts
 * @typedef {{ paths: string[], skipped: Absence[], leftOut: Counts, truncated: boolean }} Listing
 */

/**
 * @param {string} root
 * @param {Options} options
 * @returns {Listing}
 */
function listSync(root, options) {
  return runSync(listing(root, options))
}

/**
 * @param {string} root
 * @param {Options} options
 * @param {AbortSignal} [signal]
 * @returns {Promise<Listing>}
 */
function list(root, options, signal) {
  return run(listing(root, options), signal)
}

/**
 * @param {string} root
 * @param {Options} options
 * @returns {import('../../ignore/io').Work<Listing>}
 */
function* listing(root, { maxFiles, ...options }) {
  const walk = yield* openWalk(root, options, EVERYTHING)
  const absences = new Absences()
  /** @type {string[]} */
  const paths = []
  let truncated = false
  for (let item = yield* nextItem(walk); item !== undefined; item = yield* nextItem(walk)) {
    if (item.reason !== undefined) {
      absences.add(item)
    } else if (paths.length === maxFiles) {
      truncated = true
      break
    } else {
      paths.push(fromByteString(item.path))
    }
  }
  return { paths, skipped: absences.reports(), leftOut: absences.counts, truncated }
}

module.exports = { list, listSync }
