'use strict'

const { colored } = require('./color')
const { readInputs } = require('./input')

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
  const [from, to] = readInputs([before, after])
  const paint = colored(options.color)
  const settings = {
    ...(algorithm && { algorithm }),
    onCoarse: () => process.stderr.write('tenon: the texts differ so much that the changes are larger than need be\n')
  }
  let differs = false
  if (words) {
    for (const { value, added, removed } of diff.words(from, to, settings)) {
      // In Latin-1 each byte is a character: what is no UTF-8 is shown as it is.
      const text = Buffer.from(value).toString('latin1')
      const shown = added ? paint('added', text, '{+', '+}') : removed ? paint('removed', text, '[-', '-]') : text
      differs ||= added || removed
      process.stdout.write(Buffer.from(shown, 'latin1'))
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
    differs = patch.length > 0
    process.stdout.write(paint.patch(Buffer.from(patch)))
  }
  if (differs) process.exitCode = 1
}
