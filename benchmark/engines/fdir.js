'use strict'

const { load, versionOf } = require('./package')

/** @type {import('.').EngineModule} */
module.exports = {
  kind: 'rival',
  version: () => versionOf('fdir'),
  open() {
    const { fdir } = load('fdir')
    const isGit = (/** @type {string} */ name) => name === '.git'
    const crawler = (/** @type {string} */ root) =>
      new fdir({ excludeSymlinks: true }).withRelativePaths().exclude(isGit).crawl(root)
    return {
      list: (/** @type {string} */ root) => crawler(root).withPromise(),
      listSync: (/** @type {string} */ root) => crawler(root).sync()
    }
  }
}
