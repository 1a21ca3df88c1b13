'use strict'

const { TenonError } = require('../errors')
const { IgnoreFile } = require('./file')
const { Handle } = require('./handle')
const { Unusable } = require('./io')
const { fromByteString, toByteString } = require('./names')
const { NotBelow } = require('./paths')
const { IgnoreTree } = require('./tree')

// Strings become byte strings here, and back.

/**
 * @param {string} root
 * @param {string[]} extra
 * @param {{ tracked: boolean, global: boolean, ignoreCase?: boolean, environment: import('./config').Environment }} options
 */
function open(root, extra, { tracked, global, ignoreCase, environment }) {
  return handle(() => {
    const patterns = extra.map(toByteString)
    const settings = { tracked, ignoreCase, environment: { ...environment, repositoryOnly: !global } }
    return new IgnoreTree(toByteString(root), patterns, settings)
  })
}

/**
 * @param {string | Uint8Array} text
 * @param {string} base
 * @param {boolean} ignoreCase
 */
function parse(text, base, ignoreCase) {
  return handle(() => {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text
    return new IgnoreFile(bytes, toByteString(base), ignoreCase)
  })
}

/**
 * @param {() => IgnoreTree | IgnoreFile} make
 */
function handle(make) {
  /** @type {IgnoreTree | IgnoreFile | undefined} */
  let made = coded(make)
  const it = () => /** @type {IgnoreTree} */ (made)
  return new Handle({
    ignores: (path, isDirectory) => coded(() => it().ignores(toByteString(path), isDirectory)),
    explain: (path, isDirectory) =>
      shape(
        it(),
        coded(() => it().explain(toByteString(path), isDirectory))
      ),
    canPrune: (path) => coded(() => it().canPrune(toByteString(path))),
    check: (paths) => coded(() => it().check(paths.map(toByteString))),
    reload: (paths) => coded(() => it().reload(paths?.map(toByteString))),
    problems: () =>
      it()
        .problems()
        .map(({ path, reason }) => ({ path: fromByteString(path), reason: fromByteString(reason) })),
    root: () => fromByteString(it().root()),
    close: () => (made = undefined)
  })
}

/**
 * @param {IgnoreTree | IgnoreFile} from
 * @param {import('./tree').Explanation | null} explained
 */
function shape(from, explained) {
  if (explained === null) return null
  const { ignored, tracked, rule } = explained
  if (rule === undefined) return { ignored, tracked }
  const file = from instanceof IgnoreTree ? fromByteString(from.nameOf(rule.source)) : ''
  const { line, pattern, negated } = rule
  return { ignored, tracked, rule: { file, line, pattern: fromByteString(pattern), negated } }
}

/**
 * Runs with the errors of the modules made those of the package.
 * @template T
 * @param {() => T} run
 * @returns {T}
 */
function coded(run) {
  try {
    return run()
  } catch (error) {
    if (error instanceof NotBelow) throw new TenonError('ERR_INVALID_ARG', error.message, { argument: 'path' })
    if (error instanceof Unusable) throw new TenonError('ERR_LIMIT', error.message)
    throw error
  }
}

module.exports = { open, parse }
