'use strict'

// ripgrep is right: matches, lines, columns and context, where the files searched are the same.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, test } = require('node:test')
const tenon = require('../..')
const { SEED, fuzzRuns, randomFrom } = require('../engines')
const { ripgrep, search } = require('../ripgrep')

/** @typedef {import('../..').files.Match} Match */
/** @typedef {import('../..').files.GrepOptions} GrepOptions */

const ROOT = path.join(__dirname, '../..')
const rg = ripgrep() ?? ''
const skip = rg === '' ? 'ripgrep is not built for this platform' : false
const isFallback = tenon.status().features.files.engine === 'fallback'
const made = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'tenon-rg-'))
after(() => fs.rmSync(made, { recursive: true, force: true }))
before(
  () =>
    void Object.assign(process.env, {
      GIT_CONFIG_GLOBAL: path.join(made, 'none'),
      GIT_CONFIG_NOSYSTEM: '1',
      XDG_CONFIG_HOME: made
    })
)

/** What both say of a line, comparable: columns in UTF-16 code units, ranges that are not empty. */
/** @typedef {{ path: string, line: number, text: string, ranges: number[][], kind: string }} Shown */

/** @param {readonly Match[]} matches @returns {Shown[]} */
function ours(matches) {
  return matches.flatMap(({ path, line, text, ranges, before = [], after = [] }) => {
    const lines = text.split('\n').length
    const context = (/** @type {string} */ text, /** @type {number} */ at) => ({
      path,
      line: at,
      text,
      ranges: [],
      kind: 'context'
    })
    return [
      ...before.map((text, index) => context(text, line - before.length + index)),
      { path, line, text, ranges, kind: 'match' },
      ...after.map((text, index) => context(text, line + lines + index))
    ]
  })
}

/** @param {import('../ripgrep').Line[]} lines @returns {Shown[]} */
function theirs(lines) {
  return lines.map(({ path, line, bytes, ranges, type }) => {
    const end = bytes.at(-1) !== 10 ? bytes.length : bytes.at(-2) === 13 ? bytes.length - 2 : bytes.length - 1
    const content = bytes.subarray(0, end)
    const units = (/** @type {number} */ at) => content.subarray(0, at).toString('utf8').length
    const shown = ranges.map(([start, end]) => [units(start), units(end)]).filter(([start, end]) => start < end)
    return { path, line, text: content.toString('utf8'), ranges: type === 'match' ? shown : [], kind: type }
  })
}

/** Blocks that follow each other are one for ripgrep. @param {Shown[]} lines */
function joined(lines) {
  /** @type {Shown[]} */
  const blocks = []
  for (const line of lines) {
    const last = blocks.at(-1)
    if (
      last &&
      last.kind === 'match' &&
      line.kind === 'match' &&
      last.path === line.path &&
      last.line + last.text.split('\n').length === line.line
    ) {
      const offset = last.text.length + 1
      last.text += `\n${line.text}`
      last.ranges.push(...line.ranges.map(([start, end]) => [start + offset, end + offset]))
    } else blocks.push({ ...line, ranges: [...line.ranges] })
  }
  return blocks
}

/**
 * Where ranges start that do not start with the end of a line: of a match that ends with one, ripgrep's range has it in it.
 * @param {Shown} block
 */
function startsOnly({ ranges, text, ...block }) {
  const starts = ranges.map(([start]) => start).filter((start) => start < text.length && text[start] !== '\n')
  return { ...block, text, starts }
}

/** @param {GrepOptions} options */
function flags(options) {
  const { before = 0, after = 0, maxPerFile } = options
  return [
    '--crlf',
    ...(options.fixed ? ['-F'] : []),
    ...(options.ignoreCase === 'smart' ? ['-S'] : options.ignoreCase ? ['-i'] : []),
    ...(options.word ? ['-w'] : []),
    ...(options.invert ? ['-v'] : []),
    ...(options.multiline ? ['-U'] : []),
    ...(options.multiline && options.dotAll ? ['--multiline-dotall'] : []),
    ...(before > 0 ? [`-B${before}`] : []),
    ...(after > 0 ? [`-A${after}`] : []),
    ...(maxPerFile === undefined ? [] : [`-m${maxPerFile}`]),
    '-e',
    String(options.pattern)
  ]
}

const WORDS = ['foo', 'bar', 'Foo', 'é', '😀', 'a', '1', '_', 'ſ', 'K']
// Without `\B`, which ripgrep finds between CR and LF (as the empty pattern between words), and `\A`, which it finds and does not show.
const PATTERNS = [
  ...[
    'foo',
    'fo+',
    '\\bfoo\\b',
    '^foo',
    'bar$',
    '\\w+',
    'f.o',
    '[a-f]+o',
    'é|foo',
    '(?i)FOO',
    '\\s+bar',
    '^$',
    '',
    'x*',
    '😀'
  ],
  ...['\\d{1,3}', 'foo.*bar', '[^a ]+', '\\pL+', '^\\s*\\w', '(foo|bar)(1|_)', 'K', '.$', 'foo|']
]

// None that is empty at the end of a file, whose context ripgrep shows.
const SPANNING = [
  'foo\\s+bar',
  'a\\n',
  '\\n\\n',
  'foo[^a]*a',
  '(?s)foo.*?bar',
  'a$\\n^b',
  'foo',
  '\\w+',
  'foo.*bar',
  'é|foo'
]

for (const [name, options] of /** @type {[string, Partial<GrepOptions>][]} */ ([
  ['a word', { pattern: 'engine' }],
  ['a regular expression', { pattern: '\\b[A-Z]+_[A-Z]+\\b' }],
  ['either case', { pattern: 'tenonerror', ignoreCase: true }],
  ['context', { pattern: 'walk', before: 2, after: 1 }],
  ['several lines', { pattern: '\\{\\n\\s+return', multiline: true }],
  ['words', { pattern: 'is', word: true }]
])) {
  test(`on this repository: ${name}`, { skip }, async () => {
    const cwd = path.join(ROOT, 'lib')
    const found = await tenon.files.grep({ ...options, root: cwd, ignored: true, maxLineLength: 1 << 20 })
    const expected = search(rg, cwd, ['--hidden', '--no-ignore', ...flags(options)])
    assert.ok(expected.length > 0)
    assert.deepEqual(joined(ours(found.matches)), joined(theirs(expected)))
  })
}

test('on the whole of this repository, with its rules', { skip }, async () => {
  const found = await tenon.files.grep({
    pattern: 'TenonError',
    root: ROOT,
    globs: ['!node_modules', '!target'],
    maxLineLength: 1 << 20
  })
  const expected = search(rg, ROOT, [
    '--hidden',
    '--glob=!.git',
    '--glob=!node_modules',
    '--glob=!target',
    '--crlf',
    'TenonError'
  ])
  assert.ok(expected.length > 100)
  assert.deepEqual(joined(ours(found.matches)), joined(theirs(expected)))
})

test('on random trees', { skip }, async () => {
  const random = randomFrom(SEED)
  let root = ''
  /** @type {boolean} */
  let crlf = false
  for (let run = 0; run < fuzzRuns(isFallback ? 100 : 200); run++) {
    if (run % 10 === 0) {
      root = path.join(made, String(run))
      crlf = random.below(2) === 0
      fs.mkdirSync(path.join(root, 'd'), { recursive: true })
      for (const name of ['a', 'b', 'd/c', 'e']) {
        let text = ''
        for (let lines = random.below(30); lines > 0; lines--) {
          for (let words = random.below(6); words > 0; words--)
            text += random.pick(WORDS) + random.pick([' ', ' ', '', '-', '\t'])
          text += crlf ? random.pick(['\n', '\r\n']) : '\n'
        }
        fs.writeFileSync(path.join(root, name), random.below(4) === 0 ? text : text.trimEnd())
      }
    }
    const often = (/** @type {number} */ part) => random.below(part) === 0
    // Where the lines of blocks are joined, it cannot be told how they ended.
    const multiline = /** @type {boolean} */ (!crlf && often(2))
    const pattern = random.pick(multiline ? SPANNING : PATTERNS)
    /** @type {GrepOptions} */
    const options = {
      pattern,
      root,
      word: !crlf && often(5),
      ignoreCase: often(4) ? 'smart' : often(4),
      invert: !multiline && often(4),
      multiline,
      dotAll: often(3),
      before: random.below(3),
      after: random.below(3),
      // Of several lines ripgrep counts what it has joined, and matches behind the last one are more matches, not context.
      ...(!multiline && often(4) && { maxPerFile: 1 + random.below(3), after: 0 })
    }
    const { matches } = await tenon.files.grep(options)
    const expected = search(rg, root, ['--hidden', ...flags(options)])
    const comparable = (/** @type {Shown[]} */ lines) => (multiline ? joined(lines).map(startsOnly) : joined(lines))
    assert.deepEqual(
      comparable(ours(matches)),
      comparable(theirs(expected)),
      `seed ${SEED}, run ${run}: ${JSON.stringify(options)}`
    )
  }
})

test('encodings by their byte order mark', { skip }, async () => {
  const root = path.join(made, 'encodings')
  fs.mkdirSync(root)
  for (const [name, content] of Object.entries({
    'a-le': Buffer.from('\ufeffone\r\ntwo é 😀 two\n', 'utf16le'),
    'b-be': Buffer.from('\ufeffone\ntwo é two', 'utf16le').swap16(),
    'c-utf8': Buffer.from('\ufefftwo\none two')
  }))
    fs.writeFileSync(path.join(root, name), content)
  const { matches } = await tenon.files.grep({ pattern: 'two', root })
  assert.deepEqual(joined(ours(matches)), joined(theirs(search(rg, root, ['--crlf', 'two']))))
})
