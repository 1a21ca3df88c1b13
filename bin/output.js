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
  try {
    fs.writeFileSync(part, content, {
      flag: 'wx',
      mode: mode ?? (fs.existsSync(target) ? fs.statSync(target).mode : 0o666)
    })
    fs.renameSync(part, target)
  } catch (error) {
    fs.rmSync(part, { force: true })
    throw error
  }
}

module.exports = { writeWhole }
