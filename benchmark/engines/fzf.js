'use strict'

const path = require('node:path')
const { load, versionOf } = require('./package')

/** What the package names for `require` exports nothing: it is UMD, and the package says that it is a module. */
const MODULE = path.join(__dirname, '..', 'node_modules', 'fzf', 'dist', 'fzf.es.js')

/** @type {import('.').EngineModule} */
module.exports = {
  kind: 'rival',
  version: () => versionOf('fzf'),
  open() {
    const { Fzf } = load(MODULE)
    /** @type {{ paths: readonly string[], prepared: any } | undefined} */
    let last
    const find = (/** @type {any} */ finder, /** @type {string} */ query) =>
      finder.find(query).map((/** @type {{ item: string }} */ { item }) => ({ path: item }))
    return {
      find: (/** @type {readonly string[]} */ paths, /** @type {string} */ query) =>
        find(new Fzf(paths, { limit: 50 }), query),
      findPrepared(/** @type {readonly string[]} */ paths, /** @type {string} */ query) {
        if (last?.paths !== paths) last = { paths, prepared: new Fzf(paths, { limit: 50 }) }
        return find(last.prepared, query)
      }
    }
  }
}
