'use strict'

// Crates without JavaScript around them: a program of their own (benchmark/rust) counts and times by itself.

const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { EFFORT } = require('../measure')

const PROGRAM = path.join(
  __dirname,
  '..',
  'rust',
  'target',
  'release',
  `tenon-benchmark${process.platform === 'win32' ? '.exe' : ''}`
)

/** @param {string[]} args @param {string[]} texts */
function ask(args, texts) {
  const { error, status, stdout, stderr } = spawnSync(PROGRAM, args, {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 1 << 28
  })
  if (error) throw error
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

/**
 * @param {string} crate
 * @param {'tenon' | 'rival' | 'part'} kind
 * @param {string} version
 * @returns {import('.').EngineModule}
 */
function rustEngine(crate, kind, version) {
  return {
    kind,
    version: () => (spawnSync(PROGRAM).error ? undefined : version),
    open: () => ({ count: (/** @type {string} */ text) => ask([crate, 'answer'], [text])[0] }),
    time(inputs, effort) {
      const { warmUpMs, measureMs } = EFFORT[effort]
      return ask([crate, 'time', String(warmUpMs), String(measureMs)], inputs)
    }
  }
}

module.exports = { rustEngine }
