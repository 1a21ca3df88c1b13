'use strict'

const fs = require('node:fs')

/**
 * Writes a file beside and renames it: whatever goes wrong, a file of that name is whole. It keeps its mode.
 * @param {string} file
 * @param {string | Uint8Array} content
 * @param {number} [mode]
 */
function writeWhole(file, content, mode) {
  const target = fs.existsSync(file) ? fs.realpathSync(file) : file
  const part = `${target}.${process.pid}.part`
  const kept = mode ?? fs.statSync(target, { throwIfNoEntry: false })?.mode
  // One that is there is somebody else's.
  const descriptor = fs.openSync(part, 'wx')
  try {
    try {
      fs.writeFileSync(descriptor, content)
    } finally {
      fs.closeSync(descriptor)
    }
    if (kept !== undefined) fs.chmodSync(part, kept & 0o7777)
    fs.renameSync(part, target)
  } catch (error) {
    fs.rmSync(part, { force: true })
    throw error
  }
}

module.exports = { writeWhole }
