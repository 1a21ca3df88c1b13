'use strict'

// What the errors of refused edits say, so that whoever wrote them can correct them.

const { TenonError } = require('../../errors')

/** How much of the closest text a message shows. */
const SHOWN_LINES = 20

/** @typedef {import('../../..').diff.EditReport} EditReport */
/** @typedef {import('../../..').diff.FileResult<any>} FileResult */

/** @type {Record<string, string>} */
const REASONS = {
  'not-found': 'the old text is not there',
  ambiguous: 'more than one place may be meant; write the lines as they are there, with more of those around them',
  'no-change': 'the old text and the new text are the same',
  'already-applied': 'the new text is there already',
  'below-score': 'what is most like the old text is not like it enough',
  'too-short': 'the old text is there in a form of its own only, and too short to tell whether it is meant',
  'inside-word': 'the old text begins or ends inside a word; give the whole word',
  indentation: 'how the new lines are to be indented cannot be told; indent the edit as the file is',
  'empty-search': 'the old text is empty, and the file is not',
  'no-context': 'no line of content says where the edit belongs',
  'out-of-order': 'the hunk is found before the hunk that comes before it',
  'not-at-end': 'the old lines are there, but not at the end of the file',
  'outside-anchor': 'the old lines are there, but not where the anchor is',
  'anchor-not-found': 'the anchor is not there',
  'too-large': 'the edit is not there as it is, and too large to look for anything like it',
  'missing-file': 'there is no such file',
  'file-exists': 'there is such a file already',
  'not-empty': 'the file has more than the edit takes away',
  'no-path': 'there is no path, and more than one file'
}

/**
 * One edit that is refused, in a line, and what is most like it.
 * @param {EditReport} report
 */
function describeReport({ reason = 'not-found', candidates, closest }) {
  const parts = [REASONS[reason]]
  if (candidates !== undefined) parts.push(` (line${candidates.length > 1 ? 's' : ''} ${candidates.join(', ')})`)
  if (closest === undefined) return parts.join('')
  const [best] = closest
  if (best === undefined) return [...parts, '; nothing is like it'].join('')
  const lines = best.text.split('\n')
  const more = lines.length > SHOWN_LINES ? '\n…' : ''
  parts.push(`; most like it, ${best.score.toFixed(2)}, are lines ${best.startLine} to ${best.endLine}:\n`)
  return [...parts, lines.slice(0, SHOWN_LINES).join('\n'), more].join('')
}

/** Whether an edit is refused for itself. @param {EditReport} report */
function isRefused({ applied, reason }) {
  return !applied && reason !== 'rolled-back'
}

/**
 * @param {readonly EditReport[]} reports
 * @param {string} where
 */
function describeReports(reports, where) {
  return reports.flatMap((report, at) =>
    isRefused(report) ? [`${where}edit ${at + 1} of ${reports.length}: ${describeReport(report)}`] : []
  )
}

/**
 * The error for edits of one text.
 * @param {EditReport[]} edits
 */
function refusal(edits) {
  return error(edits, describeReports(edits, ''), { edits })
}

/**
 * The error for edits of files.
 * @param {FileResult[]} files
 */
function refusalOfFiles(files) {
  const lines = files.flatMap(({ path, edits, reason }) => {
    const where = path === null ? '' : `${path}: `
    return reason === undefined || reason === 'rolled-back'
      ? describeReports(edits, where)
      : [`${where}${REASONS[reason]}`]
  })
  const reports = files.flatMap(({ edits, reason }) => (reason === undefined || reason === 'rolled-back' ? edits : []))
  const alone = files.every(({ reason }) => reason === undefined || reason === 'rolled-back')
  return error(alone ? reports : [], lines, { files })
}

/**
 * @param {readonly EditReport[]} reports the edits that decide on the code: all that are refused are ambiguous, or not
 * @param {string[]} lines
 * @param {Record<string, unknown>} details
 */
function error(reports, lines, details) {
  const refused = reports.filter(isRefused)
  const ambiguous = refused.length > 0 && refused.every(({ reason }) => reason === 'ambiguous')
  const message = ['nothing was applied', ...lines].join('\n')
  return new TenonError(ambiguous ? 'ERR_PATCH_AMBIGUOUS' : 'ERR_PATCH_REJECTED', message, details)
}

module.exports = { refusal, refusalOfFiles }
