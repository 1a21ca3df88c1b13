'use strict'

// The log in JavaScript (docs/log-format.md), in the files of `store`.

const { openStore: open } = require('./store/store')

/** @typedef {import('./store/store').StoreOptions} StoreOptions */

/**
 * @param {string} directory
 * @param {StoreOptions} options
 */
async function openStore(directory, options) {
  return open(directory, options)
}

module.exports = { openStore }
