'use strict'

const { mebibytes, rate, ratio, time } = require('./format')

/** @typedef {import('./run').CaseResult} CaseResult */
/** @typedef {import('./run').EngineResult} EngineResult */

const HEADINGS = ['', 'median', 'p10', 'p90', 'rate', 'native is', 'peak memory']

/**
 * A case as lines of text.
 * @param {CaseResult} result
 */
function table(result) {
  const rows = [HEADINGS, ...result.engines.map((engine) => cells(result, engine))]
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row.length > 2 || column === 0 ? row[column].length : 0)))
  const lines = rows.map((row) => {
    const [name, ...rest] = row
    if (rest.length === 1) return `  ${name.padEnd(widths[0])}  ${rest[0]}`
    return `  ${[name.padEnd(widths[0]), ...rest.map((cell, column) => cell.padStart(widths[column + 1]))].join('  ')}`.trimEnd()
  })
  const targets = result.targets.map(({ says, met, shown }) => `  ${met ? 'met' : 'MISSED'}: ${says} (${shown})`)
  return [`${result.feature}: ${result.name}`, ...lines, ...targets].join('\n')
}

/** @param {CaseResult} result @param {EngineResult} engine */
function cells(result, engine) {
  if (!engine.time) return [engine.engine, engine.outcome === 'different' ? 'different answer' : (engine.reason ?? engine.outcome)]
  const { median, p10, p90 } = engine.time
  const native = result.engines.find(({ engine: name }) => name === 'tenon-native')?.time
  return [
    engine.engine,
    time(median),
    time(p10),
    time(p90),
    engine.kind === 'limit' && result.unit === 'processes' ? '' : rate(result.unit, result.work, median),
    native && engine.kind !== 'limit' && engine.engine !== 'tenon-native' ? `${ratio(median / native.median)} as fast` : '',
    mebibytes(engine.peakBytes ?? NaN)
  ]
}

module.exports = { table }
