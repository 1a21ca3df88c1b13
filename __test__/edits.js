'use strict'

// Random texts, edits of them, and what models might write.

/** @typedef {ReturnType<typeof import('./engines').randomFrom>} Random */

const WORDS = [
  ...['foo', 'bar', 'x', 'return', 'if', 'count = 1', 'self.x', '(a, b)', '(a,b)', '}', '{', ');', 'end', 'def f():'],
  ...[
    'class A:',
    '1',
    '//',
    '#',
    '...',
    '-',
    '"hi"',
    "'s",
    'é',
    '“hi”',
    '’s',
    '—',
    '…',
    '\u00a0',
    '😀',
    'ａ',
    '日本',
    '\udcff'
  ]
]
const INDENTATIONS = ['', '', '  ', '    ', '\t', '\t\t', '        ', '  \t', ' ']
const MARKS = [
  ...[
    '<<<<<<< SEARCH',
    '=======',
    '>>>>>>> REPLACE',
    '------- SEARCH',
    '+++++++ REPLACE',
    '<<<<< SEARCH',
    '<<<<<<< search'
  ],
  ...['```', '```js', '~~~', 'src/a.js', '**b.py**', '`c d.ts`', '# e.md', 'File: f.js:', 'Then update `src/z.js`:'],
  ...['*** Begin Patch', '*** End Patch', '*** Update File: a.js', '*** Add File: n.js', '*** Delete File: d.js'],
  ...['*** Move to: m.js', '*** End of File', '@@', '@@ def f():', '@@ -1,2 +1,3 @@', '@@ -1 +1 @@ foo', '@@ ... @@'],
  ...['--- a/x.js', '+++ b/x.js', '--- /dev/null', '+++ /dev/null', '+++ b/new.js', 'diff --git a/x.js b/x.js'],
  ...['new file mode 100644', 'deleted file mode 100644', 'rename from x.js', 'rename to y.js', 'index 123..456'],
  ...['--- "a/\\303\\251"', '+++ "b/\\303\\251"', '\\ No newline at end of file', '', ' ', '-- ', '2.39.1']
]

/** @template T @param {number} count @param {() => T} make @returns {T[]} */
const times = (count, make) => Array.from({ length: count }, make)

/** @param {Random} random */
function randomLine(random) {
  const words = times(random.below(4), () => random.pick(WORDS)).join(random.pick(['', ' ', ' ']))
  return random.pick(INDENTATIONS) + words + random.pick(['', '', '', '', '', ' ', '\t', '  '])
}

/** @param {Random} random @param {number} lines at most */
function randomText(random, lines) {
  const ends = random.pick([['\n'], ['\n'], ['\r\n'], ['\r'], ['\n', '\r\n', '\r']])
  const text = times(random.below(lines), () => randomLine(random) + random.pick(ends)).join('')
  return (random.below(8) === 0 ? '\ufeff' : '') + (random.below(3) === 0 ? text.replace(/[\r\n]+$/, '') : text)
}

/** @param {string} line */
const inAscii = (line) =>
  line.replace(/[“”]/g, '"').replace('’', "'").replace('—', '-').replace('…', '...').replace('\u00a0', ' ')

/** The lines as somebody might write them who has read them in a hurry. @param {Random} random @param {string[]} lines */
function disturbed(random, lines) {
  /** @type {(line: string) => string} */
  const change = random.pick([
    (/** @type {string} */ line) => line && `  ${line}`,
    (/** @type {string} */ line) => line.replace(/^[\t ]*/, (blanks) => blanks.replaceAll('\t', '    ')),
    (/** @type {string} */ line) => line.replace(/^ {2}/, ''),
    (/** @type {string} */ line) => line.replace(/[ \t]+$/, ''),
    inAscii,
    (/** @type {string} */ line) => line,
    (/** @type {string} */ line) => line,
    (/** @type {string} */ line) =>
      random.pick([line, line, `${line} `, randomLine(random), line.replace(/,/g, ', '), line.replace(/ /g, '')])
  ])
  return lines.map(change)
}

/** An edit of a text, or of what it might have been. @param {Random} random @param {string} source @returns {any} */
function randomEdit(random, source) {
  const lines = source.replace(/^\ufeff/, '').split(/\r\n?|\n/)
  const from = random.below(lines.length)
  const old = disturbed(random, lines.slice(from, from + 1 + random.below(6)))
  const kind = random.below(10)
  const flags = { all: random.below(5) === 0, wholeLines: random.below(3) === 0 }
  if (kind < 3) {
    const end = random.pick(['\n', '\n', ''])
    const changed = old.flatMap((line) =>
      random.pick([[], [randomLine(random)], [line, randomLine(random)], [line], [line], [line]])
    )
    return { oldText: old.join('\n') + end, newText: changed.length > 0 ? changed.join('\n') + end : '', ...flags }
  }
  if (kind < 5) {
    const points = [...source]
    const start = random.below(points.length + 1)
    const oldText = points.slice(start, start + random.below(30)).join('')
    const newText = random.below(3) === 0 ? oldText + random.pick(WORDS) : randomLine(random) + random.pick(['', '\n'])
    return { oldText, newText, ...flags }
  }
  const hunk = old.flatMap((line) =>
    random.pick([
      [`-${line}`],
      [`-${line}`, `+${randomLine(random)}`],
      [` ${line}`, `+${randomLine(random)}`],
      [`+${randomLine(random)}`, ` ${line}`],
      [line === '' ? '' : ` ${line}`],
      [` ${line}`]
    ])
  )
  if (random.below(15) === 0) hunk.push('\\ No newline at end of file')
  const anchor = () => [...random.pick(lines).trim()].slice(0, random.pick([1, 4, 100])).join('')
  const anchors = random.below(3) === 0 ? times(1 + random.below(2), anchor).filter((line) => line !== '') : []
  return {
    lines: random.below(25) === 0 ? [`+${randomLine(random)}`] : hunk,
    anchors,
    atEnd: random.below(8) === 0,
    first: random.below(3) === 0
  }
}

/** @param {Random} random */
const signedLine = (random) => random.pick([' ', '-', '+', '+', '-', '']) + randomLine(random)

/** Lines of a text with edits in one of the forms. @param {Random} random @returns {string[]} */
function modelLines(random) {
  const some = (/** @type {number} */ limit, /** @type {() => string[]} */ make) =>
    times(1 + random.below(limit), make).flat()
  const body = () => times(1 + random.below(4), () => signedLine(random))
  switch (random.below(4)) {
    case 0:
      return some(20, () => [random.below(3) === 0 ? signedLine(random) : random.pick(MARKS)])
    case 1:
      return some(3, () => {
        const content = () => times(random.below(4), () => randomLine(random))
        const block = ['<<<<<<< SEARCH', ...content(), '=======', ...content(), '>>>>>>> REPLACE']
        const name = random.pick([[], ['src/a.js'], ['**b.py**'], ['`c d.ts`:', ''], ['Now edit x.js:'], ['### q.ts']])
        return [...name, ...(random.below(2) === 0 ? block : [random.pick(['```', '```js src/k.js']), ...block, '```'])]
      })
    case 2: {
      const hunk = () => [random.pick(['@@', '@@ class A:', '@@ def f():']), ...body()]
      const file = () =>
        random.pick([
          () => [`*** Add File: n${random.below(9)}`, ...body().map((line) => `+${line}`)],
          () => [`*** Delete File: d${random.below(9)}`],
          () => [`*** Update File: u${random.below(3)}`, ...body(), ...random.pick([[], ['*** End of File'], hunk()])],
          () => [`*** Update File: m${random.below(9)}`, '*** Move to: m', ...hunk()]
        ])()
      return ['*** Begin Patch', ...some(3, file), '*** End Patch']
    }
    default:
      return some(3, () => {
        const lines = body()
        const count = (/** @type {string} */ sign) => lines.filter((line) => line[0] !== sign).length
        const numbers = `@@ -${random.below(9)},${count('+')} +${random.below(9)},${count('-')} @@`
        const name = random.pick(['x.js', 'y/z.py', 'w'])
        const header = random.below(3) === 0 ? [] : [`--- a/${name}`, `+++ b/${name}`]
        return [...header, random.pick([numbers, numbers, '@@', '@@ ... @@', '@@ def f():']), ...lines]
      })
  }
}

/** What a model might write. @param {Random} random */
function randomModelText(random) {
  const lines = modelLines(random)
  const at = random.below(lines.length)
  const damage = random.below(9)
  if (damage === 0) lines.splice(at, 1)
  if (damage === 1) lines.splice(at, 0, random.pick(MARKS))
  if (damage === 2) lines.length = at
  if (damage === 3) lines[at] = [...lines[at]].slice(0, random.below(9)).join('')
  return lines.join(random.pick(['\n', '\n', '\n', '\r\n'])) + random.pick(['', '\n'])
}

module.exports = { randomEdit, randomModelText, randomText, times }
