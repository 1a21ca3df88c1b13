'use strict'

const { SingleBar } = require('cli-progress')

/**
 * Progress of one step after the other: a bar on a terminal, a line a step elsewhere.
 * @param {NodeJS.WriteStream} stream
 */
module.exports = function progress(stream) {
  let step = ''
  const bar = stream.isTTY
    ? new SingleBar({ stream, format: '{step} [{bar}] {value}/{total}', clearOnComplete: true, hideCursor: true })
    : undefined
  return {
    /** @param {string} name */
    start(name) {
      step = name
      bar?.start(1, 0, { step })
    },
    /** @param {number} done @param {number} total */
    update(done, total) {
      bar?.setTotal(total)
      bar?.update(done, { step })
    },
    /** @param {number} ms */
    stop(ms) {
      bar?.stop()
      stream.write(`${step}: ${ms.toFixed(1)} ms\n`)
    }
  }
}
