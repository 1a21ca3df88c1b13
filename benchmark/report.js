'use strict'

// A record as one page that needs nothing else: a row a case, a bar an engine.

const { mebibytes, rate, ratio, time } = require('./format')
const { load } = require('./engines/package')
const { isOther, outcome } = require('./table')

/** @typedef {import('./record').BenchmarkRecord} BenchmarkRecord */
/** @typedef {import('./run').CaseResult} CaseResult */
/** @typedef {import('./run').EngineResult} EngineResult */

const CHART_WIDTH = 820
const BAR_HEIGHT = 22
/** Above this ratio of the slowest to the fastest a straight scale would show the fastest as nothing. */
const LOGARITHMIC_FROM = 40

/** A 90th percentile that is further out is cut off: one disturbance must not make the bars unreadable. */
const LONGEST_WHISKER = 1.25

/** @type {Record<string, string>} */
const TITLES = {
  crossing: 'Crossing: what a call costs before any work is done',
  files: 'files: listing a directory',
  load: 'Load: what a process pays before its first answer',
  tokens: 'tokens: counting, encoding, decoding'
}

/** The page. @param {BenchmarkRecord} record */
function report(record) {
  const features = [...new Set(record.cases.map(({ feature }) => feature))]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tenon benchmark, ${record.date.slice(0, 10)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Tenon benchmark</h1>
${facts(record)}
${method(record)}
${features.map((feature) => section(feature, record)).join('\n')}
</main>
</body>
</html>
`
}

/** @param {BenchmarkRecord} record */
function facts({ date, commit, uncommittedChanges, machine, build, engines }) {
  const changes = uncommittedChanges ? ` and ${uncommittedChanges} changed files` : ''
  const rows = [
    ['Date', date.slice(0, 10)],
    ['Commit', commit ? `${commit.slice(0, 12)}${changes}` : 'unknown'],
    [
      'Machine',
      `${machine.cpu}, ${machine.cores} cores, ${mebibytes(machine.memoryBytes)}; ${[machine.os, machine.note].filter(Boolean).join('; ')}`
    ],
    ['Node', `${machine.node}, V8 ${machine.v8}`],
    ['Addon', addon(build)],
    [
      'Engines',
      Object.entries(engines)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')
    ]
  ]
  return `<dl>${rows.map(([term, text]) => `<dt>${term}</dt><dd>${escape(text)}</dd>`).join('')}</dl>`
}

/** @param {Record<string, any>} build */
function addon({ profile, rustc, binaryBytes, gzipBytes, buildSeconds }) {
  const built = buildSeconds ? `; a release build from nothing took ${buildSeconds} s` : ''
  return `${profile} profile, ${rustc}, ${mebibytes(binaryBytes)} (${mebibytes(gzipBytes)} gzipped)${built}`
}

/** @param {BenchmarkRecord} record */
function method({ plan, tree }) {
  return `<p>Every engine runs each case in processes of its own, ${plan.rounds} rounds of them, one engine after the other.
Before anything is timed, all engines answer the case, and the answers are compared: a difference between native and
fallback fails the run; a rival that answers otherwise is named and not timed. After it has warmed up, a process times
batches of at least a millisecond for at least 0.3 seconds. A bar is the median of all batches, the thin line goes from the
10th to the 90th percentile (cut off where that is far out), and shorter is better. Memory is the peak of the process,
Node's own share of about 45 MiB included. The load rows are the first call of a new process, ${plan.rounds * plan.processes} processes each.</p>
<p>What favours whom: most rows repeat a few texts, which favours engines that remember words they have merged before
(gpt-tokenizer and Tenon's fallback do); the rows that say <i>never seen</i> time every text once. The
tokenizers take and return what Tenon does, so tiktoken pays for its ids where only their number is wanted: it has no other way to count. Tenon sorts
its list of files; the rivals are not asked to. ripgrep pays for starting a process, as it does for everyone who calls it
from Node. The caches of the file system are warm. The listed directory is <code>${escape(tree)}</code>. The benchmark was
written by the authors of Tenon.</p>`
}

/** @param {string} feature @param {BenchmarkRecord} record */
function section(feature, { cases }) {
  const rows = cases.filter((result) => result.feature === feature).map(row)
  return `<h2>${escape(TITLES[feature] ?? feature)}</h2>\n${rows.join('\n')}`
}

/** @param {CaseResult} result */
function row(result) {
  const { fallback, rival, bestRival } = result.native
  const gains = [
    fallback && `native is <b>${ratio(fallback)}</b> as fast as the fallback`,
    rival && `${fallback ? '' : 'native is '}<b>${ratio(rival)}</b> as fast as ${bestRival}`
  ].filter(Boolean)
  const targets = result.targets.map(({ says, met, shown }) => {
    return `<li class="${met ? 'met' : 'missed'}">${met ? 'met' : 'missed'}: ${escape(says)} (${shown})</li>`
  })
  const untimed = result.engines
    .filter((engine) => !engine.time)
    .map((engine) => {
      return `<li>${escape(engine.engine)}: ${escape(outcome(engine))}</li>`
    })
  return `<article>
<h3>${escape(result.name)}</h3>
<p class="gain">${gains.join(', ')}</p>
${chart(result)}
<ul>${[...targets, ...untimed].join('')}</ul>
</article>`
}

/**
 * The bars of a case. Colours are the page's variables, so that one drawing serves light and dark.
 * @param {CaseResult} result
 */
function chart(result) {
  const engines = result.engines.filter((engine) => engine.time)
  if (engines.length === 0) return ''
  const times = engines.map((engine) => /** @type {import('./statistics').Summary} */ (engine.time))
  const medians = times.map(({ median }) => median)
  const logarithmic = Math.max(...medians) / Math.min(...medians) > LOGARITHMIC_FROM
  // A logarithmic bar has no natural start: a third of the fastest leaves that one a visible length.
  const start = Math.min(...medians) / 3
  const place = logarithmic ? (/** @type {number} */ seconds) => Math.max(0, Math.log(seconds / start)) : Number
  const most = Math.max(...medians) * LONGEST_WHISKER
  const height = engines.length * BAR_HEIGHT + 6
  const svg = load('echarts').init(null, null, { renderer: 'svg', ssr: true, width: CHART_WIDTH, height })
  svg.setOption({
    animation: false,
    grid: { left: 118, right: 270, top: 3, bottom: 3 },
    xAxis: { type: 'value', min: 0, max: place(most), show: false },
    yAxis: {
      type: 'category',
      inverse: true,
      data: engines.map(({ engine }) => engine),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: 'var(--text)', fontSize: 13, fontFamily: 'inherit', margin: 10 }
    },
    series: [
      {
        type: 'bar',
        barWidth: 13,
        data: engines.map((engine, index) => {
          return { value: place(medians[index]), itemStyle: { color: colour(engine), borderRadius: 2 } }
        })
      },
      {
        type: 'custom',
        renderItem: whisker,
        data: times.map(({ p10, p90 }, index) => [index, place(p10), place(Math.min(p90, most))])
      }
    ],
    graphic: engines.map((engine, index) => ({
      type: 'text',
      left: CHART_WIDTH - 262,
      top: 3 + index * BAR_HEIGHT + 4,
      style: { text: label(result, engine), fill: 'var(--text)', fontSize: 12.5, fontFamily: 'inherit' }
    }))
  })
  const drawing = svg.renderToSVGString().replace(/font-family:[^;"]+/g, 'font-family:inherit')
  svg.dispose()
  const scale = logarithmic ? '<p class="scale">logarithmic scale</p>' : ''
  return `<div class="chart" role="img" aria-label="${escape(description(engines))}">${drawing}</div>${scale}`
}

/** A line from the 10th to the 90th percentile. @param {any} _ @param {any} api */
function whisker(_, api) {
  const [x1, y] = api.coord([api.value(1), api.value(0)])
  const [x2] = api.coord([api.value(2), api.value(0)])
  return {
    type: 'line',
    shape: { x1, y1: y, x2, y2: y },
    style: { stroke: 'var(--whisker)', lineWidth: 1.5 }
  }
}

/** @param {CaseResult} result @param {EngineResult} engine */
function label({ unit, work }, { time: times, peakBytes }) {
  const { median } = /** @type {import('./statistics').Summary} */ (times)
  return [time(median), rate(unit, work, median), peakBytes && mebibytes(peakBytes)].filter(Boolean).join('  ·  ')
}

/** @param {EngineResult} engine */
function colour(engine) {
  if (engine.engine === 'tenon-native') return 'var(--native)'
  if (engine.engine === 'tenon-fallback') return 'var(--fallback)'
  return isOther(engine) ? 'var(--rival)' : 'var(--limit)'
}

/** @param {EngineResult[]} engines */
function description(engines) {
  return engines.map((engine) => `${engine.engine} ${time(engine.time?.median ?? NaN)}`).join(', ')
}

/** @param {string} text */
function escape(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

const STYLE = `
:root { color-scheme: light dark; --page: #fdfdfc; --text: #24292f; --quiet: #5d6670; --line: #dfe2e6;
  --native: #c2571a; --fallback: #3b78b5; --rival: #98a1ab; --limit: #6aa37f; --whisker: #24292f; --missed: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --page: #16191d; --text: #dfe4ea; --quiet: #98a2ad; --line: #31373e;
    --native: #e88744; --fallback: #6ba4dc; --rival: #77818c; --limit: #74b58c; --whisker: #dfe4ea; --missed: #ff8a80; }
}
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: ${CHART_WIDTH}px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 28px; margin: 0 0 12px; }
h2 { font-size: 20px; margin: 44px 0 4px; padding-bottom: 6px; border-bottom: 1px solid var(--line); }
h3 { font-size: 15px; margin: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 0 0 16px; }
dt { color: var(--quiet); }
dd { margin: 0; }
p { margin: 0 0 10px; }
article { padding: 14px 0 8px; border-bottom: 1px solid var(--line); }
.gain { color: var(--quiet); margin: 0 0 4px; }
.gain b { color: var(--text); }
.chart { overflow-x: auto; }
.chart svg { display: block; background: none; }
.scale { color: var(--quiet); font-size: 12px; margin: 0 0 0 118px; }
ul { list-style: none; margin: 4px 0 0; padding: 0; font-size: 13px; color: var(--quiet); }
.missed { color: var(--missed); }
`

module.exports = { report }
