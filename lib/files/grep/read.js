'use strict'

const fs = require('node:fs')
const { constants } = fs
const { errnoName, isAbsence } = require('../../ignore/io')

/**
 * Reading files whole. A pipe is not waited for, and a link that has taken the place of a file is not followed.
 *
 * @typedef {{ content: Buffer } | { flaw: 'tooLarge' | 'special' | 'unreadable', detail?: string } | undefined} Outcome
 *   undefined where the file is gone
 */

const FIRST_READ_BYTES = 64 * 1024
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

/**
 * @param {string} location a byte string
 * @param {boolean} follows
 * @param {number} maxBytes
 * @returns {Promise<Outcome>}
 */
async function readFile(location, follows, maxBytes) {
  try {
    const flags = FLAGS | (follows ? 0 : (constants.O_NOFOLLOW ?? 0))
    const file = await fs.promises.open(Buffer.from(location, 'latin1'), flags)
    try {
      const stat = await file.stat()
      if (!stat.isFile()) return { flaw: 'special' }
      if (stat.size > maxBytes) return { flaw: 'tooLarge' }
      return await fill(file, stat.size, maxBytes)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (isAbsence(error)) return undefined
    const detail = errnoName(error)
    // A socket, or a device that is not there.
    return detail === 'ENXIO' ? { flaw: 'special' } : { flaw: 'unreadable', detail }
  }
}

/**
 * @param {fs.promises.FileHandle} file
 * @param {number} size what it claims
 * @param {number} maxBytes
 * @returns {Promise<Outcome>}
 */
async function fill(file, size, maxBytes) {
  // One byte more: a file that has grown shows it.
  let room = Buffer.allocUnsafe(Math.max(size + 1, size === 0 ? FIRST_READ_BYTES : 0))
  let length = 0
  for (;;) {
    if (length === room.length) room = Buffer.concat([room], 2 * room.length)
    const { bytesRead } = await file.read(room, length, room.length - length)
    if (bytesRead === 0) return { content: room.subarray(0, length) }
    length += bytesRead
    if (length > maxBytes) return { flaw: 'tooLarge' }
  }
}

module.exports = { readFile }
