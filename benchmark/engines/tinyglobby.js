'use strict'

const { load, versionOf } = require('./package')

/** @type {import('.').EngineModule} */
module.exports = {
  kind: 'rival',
  version: () => versionOf('tinyglobby'),
  open() {
    const { glob, globSync } = load('tinyglobby')
    const options = (/** @type {string} */ cwd) => ({
      cwd,
      dot: true,
      ignore: ['**/.git', '**/.git/**'],
      followSymbolicLinks: false,
      expandDirectories: false
    })
    return {
      list: (/** @type {string} */ root) => glob('**', options(root)),
      listSync: (/** @type {string} */ root) => globSync('**', options(root))
    }
  }
}
