'use strict'

// Patches against git: what `git apply` makes of a file, `applyPatch` makes of its text, and the other way round. The Rust
// tests compare whole repositories and moved hunks with git and GNU patch.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')
const { diff } = require('../..')
const { SEED, fuzzRuns, randomFrom } = require('../engines')
const { randomPair } = require('../diff')

/** Nothing of the machine's own configuration may reach git. */
const ISOLATED = { ...process.env, GIT_CONFIG_GLOBAL: os.devNull, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' }

/** @param {string} folder @param {string[]} args @param {string} [input] */
const git = (folder, args, input) =>
  execFileSync('git', ['-c', 'core.autocrlf=false', ...args], { cwd: folder, env: ISOLATED, input, maxBuffer: 2 ** 28 })

test('patches of many files, from git and for git', () => {
  const random = randomFrom(SEED)
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-patch-'))
  try {
    git(folder, ['init', '-q'])
    const pairs = Array.from({ length: fuzzRuns(300) }, () => randomPair(random, 40))
    const nameOf = (/** @type {number} */ index) => `${['f', 'a b', 'é', '{q}'][index % 4]}${index}`
    pairs.forEach(([before], index) => fs.writeFileSync(path.join(folder, nameOf(index)), before))
    git(folder, ['add', '-A'])
    pairs.forEach(([, after], index) => fs.writeFileSync(path.join(folder, nameOf(index)), after))
    const written = git(folder, ['diff', '--text', `-U${random.below(4) + 1}`]).toString()
    const files = diff.parsePatch(written, { strip: 1 })
    assert.equal(files.length, pairs.filter(([before, after]) => before !== after).length)
    for (const file of files) {
      const index = pairs.findIndex((_, index) => nameOf(index) === file.newName)
      const [before, after] = pairs[index]
      assert.equal(diff.applyPatch(before, file).text, after, `seed ${SEED}: ${index}`)
      assert.equal(diff.applyPatch(after, file, { reverse: true }).text, before, `seed ${SEED}: ${index}`)
    }
    assert.equal(diff.reversePatch(diff.reversePatch(written)), written)
    git(folder, ['apply', '-'], diff.reversePatch(written))
    pairs.forEach(([before], index) => {
      assert.equal(fs.readFileSync(path.join(folder, nameOf(index)), 'utf8'), before, `seed ${SEED}: ${index}`)
    })
    git(folder, ['apply', '-p0', '-'], diff.formatPatch(files))
    pairs.forEach(([, after], index) => {
      assert.equal(fs.readFileSync(path.join(folder, nameOf(index)), 'utf8'), after, `seed ${SEED}: ${index}`)
    })
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
})
