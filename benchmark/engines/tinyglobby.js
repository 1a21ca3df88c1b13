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
    // Links are left out, and directories are not what their name stands for, as by Tenon.
    const plain = (/** @type {string} */ cwd) => ({ cwd, followSymbolicLinks: false, expandDirectories: false })
    return {
      glob: (/** @type {string} */ pattern, /** @type {string} */ root) => glob(pattern, plain(root)),
      globSync: (/** @type {string} */ pattern, /** @type {string} */ root) => globSync(pattern, plain(root)),
      list: (/** @type {string} */ root) => glob('**', options(root)),
      listSync: (/** @type {string} */ root) => globSync('**', options(root))
    }
  }
}
