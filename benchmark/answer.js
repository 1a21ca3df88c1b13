'use strict'

const { createHash } = require('node:crypto')

/**
 * A result as a short string that differs where the result does.
 * @param {string | NodeJS.ArrayBufferView} data
 */
function hash(data) {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  return `${bytes.byteLength}:${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}`
}

module.exports = { hash }
