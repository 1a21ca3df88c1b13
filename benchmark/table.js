'use strict'

const { mebibytes, rate, ratio, time } = require('./format')

/** @typedef {import('./run').CaseResult} CaseResult */
/** @typedef {import('./run').EngineResult} EngineResult */

const HEADINGS = ['', 'median', 'p10', 'p90', 'rate', 'native is', 'peak memory']

/**
 * A case as lines of text.
 * @param {CaseResult} result
 * @param {boolean} [quick] the times mean nothing, so nothing is said of targets
 */
function table(result, quick) {
  const rows = [HEADINGS, ...result.engines.map((engine) => cells(result, engine))]
  const widths = HEADINGS.map((_, column) => {
    // An engine that was not timed has a sentence instead of columns.
    return Math.max(...rows.map((row) => (row.length > 2 || column === 0 ? row[column].length : 0)))
  })
  const lines = rows.map((row) => {
    const [name, ...rest] = row
    if (rest.length === 1) return `  ${name.padEnd(widths[0])}  ${rest[0]}`
    const padded = rest.map((cell, column) => cell.padStart(widths[column + 1]))
    return `  ${name.padEnd(widths[0])}  ${padded.join('  ')}`.trimEnd()
  })
  const targets = (quick ? [] : result.targets).map(({ says, met, shown }) => {
    return `  ${met ? 'met' : 'MISSED'}: ${says} (${shown})`
  })
  return [`${result.feature}: ${result.name}`, ...lines, ...targets].join('\n')
}

/** Why an engine has no times. @param {EngineResult} engine */
function outcome({ outcome, reason }) {
  return outcome === 'different' ? 'different answer' : (reason ?? outcome)
}

/** Whether native has to be compared with it. @param {EngineResult} engine */
function isOther({ kind, engine }) {
  return kind === 'rival' || engine === 'tenon-fallback'
}

/** @param {CaseResult} result @param {EngineResult} engine */
function cells(result, engine) {
  if (!engine.time) return [engine.engine, outcome(engine)]
  const { median, p10, p90 } = engine.time
  const native = result.engines.find(({ engine: name }) => name === 'tenon-native')?.time
  return [
    engine.engine,
    time(median),
    time(p10),
    time(p90),
    rate(result.unit, result.work, median),
    native && isOther(engine) ? `${ratio(median / native.median)} as fast` : '',
    mebibytes(engine.peakBytes ?? NaN)
  ]
}

module.exports = { isOther, outcome, table }
