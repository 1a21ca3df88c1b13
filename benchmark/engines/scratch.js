'use strict'

// A folder that is gone when the process is.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

/** @type {string | undefined} */
let folder
let places = 0

/** A path on the disk of temporary files, where nothing is. */
function place() {
  if (folder === undefined) {
    const made = (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-benchmark-')))
    process.on('exit', () => fs.rmSync(made, { recursive: true, force: true }))
  }
  return path.join(folder, String(places++))
}

module.exports = { place }
