'use strict'

const { execFileSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const path = require('node:path')
const { read } = require('./tokens')

/** How far back the old versions are, or the first commit where there are fewer. */
const COMMITS_BACK = 50
const MAX_GIT_BYTES = 1 << 30

/** @typedef {{ patches: [path: string, sha256: string][] }} Answer */

/** @type {import('./files').Row} */
module.exports = {
  name: 'diff',

  async run({ diff }, { directory, answers }, report) {
    /** @type {Answer} */
    const answer = { patches: [] }
    const summary = { files: 0, bytes: 0 }
    const changed = changedFiles(directory, new Set(answers.files.paths))
    // The first call loads the engine, and is made where there is no history.
    diff.createPatch('a', 'b')
    let ms = 0
    for (const [index, { name, before }] of changed.entries()) {
      const after = read(path.join(directory, name))
      if (Buffer.isBuffer(after)) {
        const start = performance.now()
        const patch = diff.createPatch(before, after, { oldName: `a/${name}`, newName: `b/${name}` })
        ms += performance.now() - start
        answer.patches.push([name, createHash('sha256').update(patch).digest('hex')])
        summary.files++
        summary.bytes += before.length + after.length
      }
      report(index + 1, changed.length)
    }
    return { answer, summary, leftOut: [], ms }
  },

  compare(/** @type {Answer} */ native, /** @type {Answer} */ fallback) {
    const byFallback = new Map(fallback.patches)
    for (const [name, sha256] of native.patches) {
      if (byFallback.get(name) !== sha256) return `${name}: the engines write different patches`
    }
    return native.patches.length === fallback.patches.length ? undefined : 'another number of files'
  }
}

/**
 * The listed files that git's history has an older version of, with that version; none where there is no history.
 * @param {string} directory
 * @param {ReadonlySet<string>} listed
 * @returns {{ name: string, before: Buffer }[]}
 */
function changedFiles(directory, listed) {
  /** @param {string[]} args @param {string} [input] */
  const git = (args, input) =>
    execFileSync('git', args, {
      cwd: directory,
      input: input ?? '',
      maxBuffer: MAX_GIT_BYTES,
      stdio: ['pipe', 'pipe', 'ignore']
    })
  /** @type {string} */
  let old
  try {
    const commits = git(['rev-list', '--first-parent', `--max-count=${COMMITS_BACK + 1}`, 'HEAD'])
      .toString()
      .trim()
    old = commits.split('\n').at(-1) ?? ''
  } catch {
    // No git, no repository, or no commit.
    return []
  }
  // Paths are those below the directory, and not of submodules or symbolic links.
  const entries = git(['diff', '--raw', '-z', '--no-abbrev', '--no-renames', '--diff-filter=M', '--relative', old])
    .toString()
    .split('\0')
  /** @type {{ name: string, id: string }[]} */
  const found = []
  for (let at = 0; at + 1 < entries.length; at += 2) {
    const [mode, , id] = entries[at].split(' ')
    const name = entries[at + 1]
    if (mode.startsWith(':100') && listed.has(name)) found.push({ name, id })
  }
  const batch = git(['cat-file', '--batch'], found.map(({ id }) => `${id}\n`).join(''))
  let at = 0
  return found.flatMap(({ name }) => {
    const headerEnd = batch.indexOf('\n', at)
    const header = batch.toString('latin1', at, headerEnd)
    // A partial clone may not have it.
    if (header.endsWith(' missing')) {
      at = headerEnd + 1
      return []
    }
    const size = Number(header.split(' ')[2])
    const before = batch.subarray(headerEnd + 1, headerEnd + 1 + size)
    at = headerEnd + 1 + size + 1
    return [{ name, before }]
  })
}
