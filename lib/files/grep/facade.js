'use strict'

const { gitEnvironment } = require('../../environment')
const { aborted } = require('../../errors')
const feature = require('../feature')
const { checkOptions } = require('./options')
const { MatchStream } = require('./stream')

const runGrep = feature.async('grep')
const runOpenGrep = feature.sync('openGrep')

/** @type {typeof import('../../..').files.grep} */
async function grep(options) {
  const { root, query, signal, onProgress } = checkOptions(options, false, gitEnvironment())
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
    throw signal?.aborted ? aborted(signal) : error
  }
  if (thrown) throw thrown.error
  // Work that was faster than the signal is cancelled all the same, whichever engine did it.
  if (signal?.aborted) throw aborted(signal)
  return result
}

/** @type {typeof import('../../..').files.grepStream} */
function grepStream(options) {
  const { root, query, signal } = checkOptions(options, true, gitEnvironment())
  return new MatchStream(runOpenGrep(root, query), signal)
}

module.exports = { grep, grepStream }
