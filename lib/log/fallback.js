'use strict'

// The log in JavaScript (docs/log-format.md), in the files of `store`.

const { salvageStore: salvage } = require('./store/salvage')
const { openStore: open } = require('./store/store')

/** @typedef {import('./store/store').StoreOptions} StoreOptions */

/**
 * @param {string} directory
 * @param {StoreOptions} options
 */
async function openStore(directory, options) {
  return open(directory, options)
}

/**
 * @param {string} directory
 * @param {string} outDirectory
 * @param {AbortSignal} [signal]
 */
async function salvageStore(directory, outDirectory, signal) {
  return salvage(directory, outDirectory, signal)
}

module.exports = { openStore, salvageStore }
