'use strict'

const { pathBytes } = require('../lib/files/names')

/**
 * @typedef {object} Options
 * @property {boolean} [fixedStrings]
 * @property {boolean} [ignoreCase]
 * @property {boolean} [smartCase]
 * @property {boolean} [wordRegexp]
 * @property {boolean} [multiline]
 * @property {boolean} [multilineDotall]
 * @property {boolean} [invertMatch]
 * @property {number} [afterContext]
 * @property {number} [beforeContext]
 * @property {number} [context]
 * @property {string[]} glob
 * @property {string[]} type
 * @property {boolean} hidden
 * @property {boolean} ignore
 * @property {boolean} [text]
 * @property {string} [encoding]
 * @property {number} [maxCount]
 * @property {number} [maxResults]
 * @property {number} [maxLineLength]
 * @property {number} [timeBudgetMs]
 * @property {boolean} [allowBroadRoot]
 * @property {boolean} [null]
 * @property {boolean} [json]
 * @property {boolean} [stats]
 */

/** What the counts of a result are in words, where one or more is not searched. */
const LEFT_OUT = {
  ignored: 'ignored',
  hidden: 'hidden',
  binary: 'binary',
  tooLarge: 'too large',
  unreadable: 'unreadable',
  special: 'no regular files',
  symlinks: 'symbolic links',
  nestedRepositories: 'nested git repositories'
}
const NO_MATCH = 1

/**
 * @param {typeof import('..')} tenon
 * @param {string} pattern
 * @param {string[]} paths
 * @param {Options} options
 */
module.exports = async function grep(tenon, pattern, paths, options) {
  const { maxCount, maxResults, maxLineLength, timeBudgetMs, context = 0, json } = options
  const { beforeContext: before = context, afterContext: after = context } = options
  const stream = tenon.files.grepStream({
    pattern,
    ...(paths.length > 0 && { paths }),
    fixed: options.fixedStrings ?? false,
    ignoreCase: options.ignoreCase ?? (options.smartCase ? 'smart' : false),
    word: options.wordRegexp ?? false,
    multiline: options.multiline ?? false,
    dotAll: options.multilineDotall ?? false,
    invert: options.invertMatch ?? false,
    before,
    after,
    globs: options.glob,
    types: options.type,
    hidden: options.hidden,
    ignored: !options.ignore,
    binary: options.text ? 'text' : 'skip',
    encoding: options.encoding ?? 'auto',
    allowBroadRoot: options.allowBroadRoot ?? false,
    ...(maxCount && { maxPerFile: maxCount }),
    ...(maxResults && { maxResults }),
    ...(maxLineLength && { maxLineLength }),
    ...(timeBudgetMs && { timeBudgetMs })
  })
  const print = json
    ? (/** @type {Match} */ match) => jsonLine({ type: 'match', ...match })
    : printer(before + after > 0, options.null ?? false)
  let found = false
  for await (const batch of stream) {
    found = true
    // A reader that is slow holds the search up.
    if (!process.stdout.write(pathBytes(batch.map(print).join(''))))
      await new Promise((go) => process.stdout.once('drain', go))
  }
  const summary = /** @type {import('..').files.GrepSummary} */ (stream.summary)
  if (json) process.stdout.write(jsonLine({ type: 'summary', ...summary }))
  tell(summary, found, options)
}

/** @typedef {import('..').files.Match} Match */

/** @param {object} value */
function jsonLine(value) {
  return `${JSON.stringify(value)}\n`
}

/**
 * As grep prints: the path and the number in front of each line; with context `--` between lines that do not follow each
 * other.
 * @param {boolean} hasContext
 * @param {boolean} nul whether NUL ends the paths
 */
function printer(hasContext, nul) {
  const [matched, around] = nul ? ['\0', '\0'] : [':', '-']
  /** @type {{ path: string, line: number } | undefined} */
  let next
  /** @param {Match} match */
  return ({ path, line, text, before, after, cut }) => {
    const lines = text.split('\n')
    const start = line - (before?.length ?? 0)
    const gap = next !== undefined && hasContext && (next.path !== path || next.line < start) ? '--\n' : ''
    const shown = [
      ...(before ?? []).map((text, index) => `${path}${around}${start + index}-${text}\n`),
      ...lines.map(
        (text, index) => `${path}${matched}${line + index}:${text}${cut && index === lines.length - 1 ? ' […]' : ''}\n`
      ),
      ...(after ?? []).map((text, index) => `${path}${around}${line + lines.length + index}-${text}\n`)
    ]
    next = { path, line: line + lines.length + (after?.length ?? 0) }
    return gap + shown.join('')
  }
}

/**
 * Says on stderr what was not searched; the exit code is grep's.
 * @param {import('..').files.GrepSummary} summary
 * @param {boolean} found
 * @param {Options} options
 */
function tell({ skipped, truncated, filesSearched, filesMatched, filesLimited, engine }, found, { stats }) {
  const say = (/** @type {string} */ text) => process.stderr.write(pathBytes(`tenon: ${text}\n`))
  const leftOut = Object.entries(LEFT_OUT)
    .map(([kind, words]) => ({ count: skipped[/** @type {keyof LEFT_OUT} */ (kind)], words }))
    .filter(({ count }) => count > 0)
  if (leftOut.length > 0) say(`not searched: ${leftOut.map(({ count, words }) => `${count} ${words}`).join(', ')}`)
  for (const { path, reason, detail, rule } of skipped.samples) {
    if (reason === 'unreadable' || reason === 'outsideBudget')
      say(`skipped ${path}: ${detail ?? 'the pattern took too many steps'}`)
    else if (stats) say(`${reason}: ${path}${rule ? ` (${rule.file}:${rule.line}: ${rule.pattern})` : ''}`)
  }
  if (skipped.notUtf8 > 0)
    say(
      `${skipped.notUtf8} of the files searched are not valid in their encoding: what is not ASCII may be missed there`
    )
  if (filesLimited > 0) say(`there is more: --max-count cut ${filesLimited} files short`)
  if (truncated) say(`there is more: ${TRUNCATED[truncated]}`)
  if (stats) say(`${filesMatched} of ${filesSearched} files matched (${engine})`)
  if (!found) {
    const { ignored = 0, hidden = 0, complete = true } = skipped.matching ?? {}
    if (ignored + hidden > 0 || !complete) {
      const least = complete ? '' : 'at least '
      say(
        `nothing matches; ${least}${ignored} ignored and ${hidden} hidden files would have (--no-ignore searches them)`
      )
    }
    process.exitCode = NO_MATCH
  }
}

const TRUNCATED = {
  maxResults: '--max-results cut the search short',
  timeBudget: 'the time was up',
  resultSize: 'the result is too large'
}
