'use strict'

/** @typedef {Record<string, any>} Line */

/** @type {[heading: string, cell: (line: Line) => string | undefined][]} */
const COLUMNS = [
  ['row', ({ row }) => row],
  ['files', ({ files }) => files?.toLocaleString('en')],
  ['bytes', ({ bytes }) => bytes?.toLocaleString('en')],
  ['tokens', ({ tokens }) => tokens?.toLocaleString('en')],
  ['native ms', ({ nativeMs }) => nativeMs?.toFixed(1)],
  ['fallback ms', ({ fallbackMs }) => fallbackMs?.toFixed(1)],
  ['native is', ({ ratio }) => ratio && `${ratio.toFixed(1)}x as fast`],
  ['native peak', ({ nativePeakBytes }) => mebibytes(nativePeakBytes)],
  ['fallback peak', ({ fallbackPeakBytes }) => mebibytes(fallbackPeakBytes)],
  ['answers', ({ equal, difference }) => (equal ? 'equal' : difference === undefined ? 'not compared' : 'DIFFERENT')]
]

/** @param {number | undefined} bytes */
function mebibytes(bytes) {
  return bytes === undefined ? undefined : `${(bytes / 2 ** 20).toFixed(0)} MiB`
}

/**
 * The lines as a table for people.
 * @param {Line[]} lines
 */
function table(lines) {
  const cells = [
    COLUMNS.map(([heading]) => heading),
    ...lines.map((line) => COLUMNS.map(([, cell]) => cell(line) ?? '-'))
  ]
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((row) => row[column].length)))
  return cells
    .map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('  ')
    )
    .join('\n')
}

module.exports = { table }
