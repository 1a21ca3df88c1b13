'use strict'

// One row on the engine that TENON_MODE names; the answer goes to the parent.

const tenon = require('..')
const { peakBytes } = require('../scripts/memory')

/** @type {Record<string, () => import('./rows/files').Row>} */
const ROWS = {
  files: () => require('./rows/files'),
  ignore: () => require('./rows/ignore'),
  glob: () => require('./rows/glob'),
  grep: () => require('./rows/grep'),
  find: () => require('./rows/find'),
  tokens: () => require('./rows/tokens'),
  context: () => require('./rows/context'),
  diff: () => require('./rows/diff'),
  zstd: () => require('./rows/zstd'),
  log: () => require('./rows/log')
}

/** @param {object} message @param {() => void} [sent] */
const send = (message, sent) => /** @type {any} */ (process).send(message, undefined, undefined, sent)

process.once('message', async (/** @type {any} */ { row, input }) => {
  try {
    let reported = 0
    const { name, feature = name, run } = ROWS[row]()
    const result = await run(tenon, input, (done, total) => {
      const now = performance.now()
      if (now - reported < 100 && done < total) return
      reported = now
      send({ progress: { done, total } })
    })
    checkEngine(feature)
    // A large answer takes a while: the channel closes when it is through.
    send({ result: { ...result, peakBytes: peakBytes() } }, () => process.disconnect())
  } catch (error) {
    const { message, code, path } = Object(error)
    send({ error: { message, code, path } }, () => process.disconnect())
  }
})

/** A row counts only if the engine it names did all of it. @param {string} feature */
function checkEngine(feature) {
  const { calls } = tenon.status().features[/** @type {import('..').Feature} */ (feature)]
  const engine = process.env.TENON_MODE === 'native' ? 'native' : 'fallback'
  const other = engine === 'native' ? 'fallback' : 'native'
  if (calls[engine] === 0 || calls[other] > 0)
    throw new Error(`${feature}: ${engine} was asked for and did not do it all: ${JSON.stringify(calls)}`)
}
