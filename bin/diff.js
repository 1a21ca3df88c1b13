'use strict'

const { colored } = require('./color')
const { readInput } = require('./input')

/**
 * Prints the patch from one file to another.
 * @param {typeof import('..')} tenon
 * @param {string} before
 * @param {string} after
 * @param {{ unified?: number, algorithm?: import('..').diff.Algorithm, ignoreAllSpace?: boolean,
 *   ignoreSpaceChange?: boolean, words?: boolean, color?: boolean }} options
 */
module.exports = function diff({ diff }, before, after, options) {
  const { unified: context, algorithm, ignoreAllSpace, ignoreSpaceChange, words } = options
  const [from, to] = [before, after].map(readInput)
  const paint = colored(options.color)
  const settings = {
    ...(algorithm && { algorithm }),
    onCoarse: () => process.stderr.write('tenon: the texts differ so much that the changes are larger than need be\n')
  }
  if (words) {
    const changes = diff.words(from.toString(), to.toString(), settings)
    for (const { value, added, removed } of changes) {
      process.stdout.write(
        added ? paint('added', value, '{+', '+}') : removed ? paint('removed', value, '[-', '-]') : value
      )
    }
  } else {
    const ignoreWhitespace = ignoreAllSpace ? 'all' : ignoreSpaceChange ? 'change' : false
    const patch = diff.createPatch(from, to, {
      ...settings,
      ...(context !== undefined && { context }),
      ignoreWhitespace,
      heading: true,
      oldName: before,
      newName: after
    })
    process.stdout.write(paint.patch(Buffer.from(patch)))
  }
  if (!from.equals(to)) process.exitCode = 1
}
