'use strict'

const { readInputs } = require('./input')
const { writeWhole } = require('./output')

/**
 * Merges what two files made of a third, as `git merge-file`.
 * @param {typeof import('..')} tenon
 * @param {string} ours
 * @param {string} base
 * @param {string} theirs
 * @param {{ style?: 'merge' | 'diff3' | 'zdiff3' | 'union', favor?: 'ours' | 'theirs', write?: boolean }} options
 */
module.exports = function merge({ diff }, ours, base, theirs, { style, favor, write }) {
  if (write && ours === '-') throw new Error('standard input has no place to write to')
  const [mine, old, other] = readInputs([ours, base, theirs])
  const { text, clean, conflicts } = diff.merge(old, mine, other, {
    ...(style && { style }),
    ...(favor && { favor }),
    labels: { ours, base, theirs }
  })
  if (write) writeWhole(ours, text)
  else process.stdout.write(text)
  if (clean) return
  process.stderr.write(`tenon: ${conflicts.length} conflict${conflicts.length === 1 ? '' : 's'}\n`)
  process.exitCode = 1
}
