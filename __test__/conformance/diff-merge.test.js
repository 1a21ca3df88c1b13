'use strict'

// Against `git merge-file`.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')
const { diff } = require('../..')
const { SEED, fuzzRuns, randomFrom } = require('../engines')
const { randomOptions, randomSides } = require('../merges')
const { temporaryFolder } = require('../sandbox')

const { cases } = require('../fixtures/diff/merge.json')

/** @typedef {import('../merges').Sides} Sides */

/** Nothing of the machine's own configuration may reach git. @type {NodeJS.ProcessEnv} */
const ISOLATED = { ...process.env, GIT_CONFIG_GLOBAL: os.devNull, GIT_CONFIG_NOSYSTEM: '1', XDG_CONFIG_HOME: '' }

/**
 * What git writes, and whether it leaves no conflict.
 * @param {string} folder
 * @param {Sides} sides
 * @param {import('../..').diff.MergeOptions} options
 */
function mergeFile(folder, sides, { style = 'merge', favor, labels = {}, markerSize = 7, algorithm = 'myers' }) {
  for (const [name, text] of Object.entries(sides)) fs.writeFileSync(path.join(folder, name), text)
  const args = ['merge-file', '-p', '-q', `--marker-size=${markerSize}`, `--diff-algorithm=${algorithm}`]
  if (style !== 'merge') args.push(`--${style}`)
  if (favor) args.push(`--${favor}`)
  const { ours = 'ours', base = 'base', theirs = 'theirs' } = labels
  for (const label of [ours, base, theirs]) args.push('-L', label)
  const env = { ...ISOLATED, GIT_CEILING_DIRECTORIES: path.dirname(folder) }
  const git = spawnSync('git', [...args, 'ours', 'base', 'theirs'], { cwd: folder, env })
  assert.equal(git.error, undefined, 'these tests need git')
  assert.ok(git.status !== null && git.status < 128, String(git.stderr))
  return { text: String(git.stdout), clean: git.status === 0 }
}

test('the table of merges is what git answers', (t) => {
  const folder = fs.realpathSync(temporaryFolder(t))
  for (const { name, base, ours, theirs, options = {}, text, clean } of /** @type {any[]} */ (cases)) {
    assert.deepEqual(mergeFile(folder, { base, ours, theirs }, options), { text, clean }, name)
  }
})

test('random merges are as in git', (t) => {
  const folder = fs.realpathSync(temporaryFolder(t))
  const random = randomFrom(SEED)
  for (let run = 0; run < fuzzRuns(300); run++) {
    const { base, ours, theirs } = randomSides(random)
    const options = randomOptions(random)
    // Both at once are not git's: there, the one that comes last counts.
    if (options.favor && options.style === 'union') delete options.favor
    const { text, clean } = diff.merge(base, ours, theirs, options)
    const shown = `seed ${SEED}: ${JSON.stringify({ base, ours, theirs, options })}`
    assert.deepEqual({ text, clean }, mergeFile(folder, { base, ours, theirs }, options), shown)
  }
})
