'use strict'

const { readInput } = require('./input')
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
  const [mine, old, other] = [ours, base, theirs].map(readInput)
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
