'use strict'

const { load, versionOf } = require('./package')

/** @type {import('.').EngineModule} */
module.exports = {
  kind: 'rival',
  version: () => versionOf('fdir'),
  open() {
    const { fdir } = load('fdir')
    const crawler = (/** @type {string} */ root) =>
      new fdir({ excludeSymlinks: true }).withRelativePaths().exclude((/** @type {string} */ name) => name === '.git').crawl(root)
    return {
      list: (/** @type {string} */ root) => crawler(root).withPromise(),
      listSync: (/** @type {string} */ root) => crawler(root).sync()
    }
  }
}
