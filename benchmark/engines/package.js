'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { createRequire } = require('node:module')

/**
 * A rival's module. Not by a literal `require`: the types are checked where the rivals are not installed, too.
 * @type {(name: string) => any}
 */
const load = createRequire(__filename)

/** The installed version of a rival. @param {string} name */
function versionOf(name) {
  const manifest = path.join(__dirname, '..', 'node_modules', name, 'package.json')
  return /** @type {string} */ (JSON.parse(fs.readFileSync(manifest, 'utf8')).version)
}

module.exports = { load, versionOf }
