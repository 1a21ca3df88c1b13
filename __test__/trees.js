'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

/** What makes a directory a repository. */
const REPOSITORY = { '.git/HEAD': 'ref: refs/heads/main\n', '.git/objects/': '', '.git/refs/': '' }

/**
 * A directory for trees, which is gone when the process ends, and what makes a tree in it. Its path has no links in it.
 * @param {string} name
 * @param {'utf8' | 'latin1'} [encoding] of names and texts; latin1 where they are byte strings
 */
function treeMaker(name, encoding = 'utf8') {
  const made = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), `tenon-${name}-`))
  process.on('exit', () => fs.rmSync(made, { recursive: true, force: true }))
  let count = 0

  /**
   * A new directory with these files; a name that ends in `/` is a directory.
   * @param {Record<string, string | Buffer>} files
   * @param {Record<string, string>} [links] by their names, where they lead
   */
  function tree(files, links = {}) {
    const root = path.join(made, String(++count))
    fs.mkdirSync(root)
    const place = (/** @type {string} */ name) => {
      const folder = name.slice(0, name.lastIndexOf('/') + 1)
      fs.mkdirSync(bytes(root, folder, encoding), { recursive: true })
      return bytes(root, name, encoding)
    }
    for (const [name, text] of Object.entries(files)) {
      const file = place(name)
      if (!name.endsWith('/')) fs.writeFileSync(file, typeof text === 'string' ? Buffer.from(text, encoding) : text)
    }
    for (const [name, target] of Object.entries(links)) fs.symlinkSync(target, place(name))
    return root
  }

  return { made, tree }
}

/**
 * The path of a name below a root.
 * @param {string} root
 * @param {string} name
 * @param {'utf8' | 'latin1'} [encoding]
 */
function bytes(root, name, encoding = 'latin1') {
  return Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, encoding)])
}

module.exports = { REPOSITORY, bytes, treeMaker }
