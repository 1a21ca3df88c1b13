'use strict'

// A Node process that loads nothing: what the processes of the other engines are compared with.

/** @type {import('.').EngineModule} */
module.exports = {
  kind: 'limit',
  version: () => process.versions.node,
  open: () => ({ count: () => 0, ready: () => 0 })
}
