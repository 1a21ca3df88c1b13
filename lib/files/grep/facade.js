'use strict'

const { gitEnvironment } = require('../../environment')
const { TenonError, aborted } = require('../../errors')
const feature = require('../feature')
const { Handle } = require('../handle')
const { checkOptions } = require('./options')
const { MatchStream } = require('./stream')

const runGrep = feature.async('grep')
const runOpenGrep = feature.sync('openGrep')

/** @type {typeof import('../../..').files.grep} */
async function grep(options) {
  const { root, query, patternName, signal, onProgress } = checkOptions(options, false, gitEnvironment())
  if (signal?.aborted) throw aborted(signal)
  // What the callback throws is the caller's, and no fault of an engine: it ends the search as an abort does.
  const stopped = new AbortController()
  /** @type {{ error: unknown } | undefined} */
  let thrown
  /** @type {typeof onProgress} */
  const progress =
    onProgress &&
    ((done) => {
      try {
        if (thrown === undefined) onProgress(done)
      } catch (error) {
        thrown = { error }
        stopped.abort()
      }
    })
  const ends = onProgress ? AbortSignal.any(signal ? [signal, stopped.signal] : [stopped.signal]) : signal
  let result
  try {
    result = await runGrep(root, query, ends, progress)
  } catch (error) {
    if (thrown) throw thrown.error
    throw signal?.aborted ? aborted(signal) : named(error, patternName)
  }
  if (thrown) throw thrown.error
  // Work that was faster than the signal is cancelled all the same, whichever engine did it.
  if (signal?.aborted) throw aborted(signal)
  return result
}

/** @type {typeof import('../../..').files.grepStream} */
function grepStream(options) {
  const { root, query, patternName, signal } = checkOptions(options, true, gitEnvironment())
  /** @type {import('./result').Steps} */
  const steps = Handle.engine(runOpenGrep(root, query))
  const next = (/** @type {Parameters<typeof steps.next>} */ ...limits) =>
    steps.next(...limits).catch((error) => {
      throw named(error, patternName)
    })
  return new MatchStream({ next, close: () => steps.close() }, signal)
}

/**
 * The error of an engine with the option that its patterns are in.
 * @param {unknown} error
 * @param {string} patternName
 */
function named(error, patternName) {
  const { argument, code, message, details } = Object(error)
  if (argument === 'patterns') {
    // Of globs, of which the engine gets more than there were.
    const inOptions = message.replace(/^patterns\[\d+\]/, 'one of options.globs')
    return new TenonError(code, inOptions, { ...details, argument: 'options.globs', cause: error })
  }
  if (argument !== 'options.pattern' || patternName === argument) return error
  return new TenonError(code, message, { ...details, argument: patternName, cause: error })
}

module.exports = { grep, grepStream }
