'use strict'

const fs = require('node:fs')
const path = require('node:path')

/** Who owns nothing. */
const NOBODY = 65534

/**
 * Does something as a user who may not read all: root becomes another for as long as it takes.
 * @template T
 * @param {string} folder which that user has to reach
 * @param {() => T | Promise<T>} act
 * @returns {Promise<T>}
 */
async function unprivileged(folder, act) {
  if (process.geteuid?.() !== 0) return act()
  fs.chmodSync(path.dirname(folder), 0o755)
  process.seteuid?.(NOBODY)
  try {
    return await act()
  } finally {
    process.seteuid?.(0)
  }
}

module.exports = { unprivileged }
