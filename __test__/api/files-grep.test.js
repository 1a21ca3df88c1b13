'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { after, before, test } = require('node:test')
const tenon = require('../..')
const { unprivileged } = require('../unprivileged')

const { grep, grepStream } = tenon.files
/** @typedef {import('../..').files.GrepOptions} GrepOptions */

const made = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'tenon-grep-'))
after(() => fs.rmSync(made, { recursive: true, force: true }))
const isolated = { GIT_CONFIG_GLOBAL: path.join(made, 'none'), GIT_CONFIG_NOSYSTEM: '1', XDG_CONFIG_HOME: made }
before(() => void Object.assign(process.env, isolated))
const isFallback = tenon.status().features.files.engine === 'fallback'
const notOnWindows = { skip: process.platform === 'win32' && 'there is no such thing on Windows' }

let count = 0
/**
 * A new directory with these files; a name that ends in `/` is a directory.
 * @param {Record<string, string | Buffer>} contents
 */
function tree(contents) {
  const root = path.join(made, String(++count))
  fs.mkdirSync(root)
  for (const [name, content] of Object.entries(contents)) {
    const file = path.join(root, ...name.split('/'))
    fs.mkdirSync(name.endsWith('/') ? file : path.dirname(file), { recursive: true })
    if (!name.endsWith('/')) fs.writeFileSync(file, content)
  }
  return root
}

/** Path, line and text of each match. @param {import('../..').files.GrepResult} result */
const lines = ({ matches }) => matches.map(({ path, line, text }) => `${path}:${line}:${text}`)

test('columns and ranges are UTF-16, the offset is in bytes', async () => {
  const root = tree({ a: 'é😀 foo foo\n', b: Buffer.from('ab\xff\xfe foo', 'latin1') })
  const { matches, skipped } = await grep({ pattern: 'foo', root })
  assert.deepEqual(matches, [
    {
      path: 'a',
      line: 1,
      column: 4,
      byteOffset: 7,
      text: 'é😀 foo foo',
      ranges: [
        [4, 7],
        [8, 11]
      ]
    },
    { path: 'b', line: 1, column: 5, byteOffset: 5, text: 'ab\ufffd\ufffd foo', ranges: [[5, 8]] }
  ])
  assert.equal(skipped.notUtf8, 1)
  assert.deepEqual(skipped.samples, [{ path: 'b', reason: 'notUtf8' }])
})

test('lines, and what a pattern may match of them', async () => {
  const root = tree({ a: 'one\r\ntwo\r\n\r\nthree' })
  const found = async (/** @type {GrepOptions} */ options) =>
    (await grep({ ...options, root })).matches.map(({ line, text }) => [line, text])
  assert.deepEqual(await found({ pattern: 'o$' }), [[2, 'two']])
  assert.deepEqual(await found({ pattern: '^$' }), [[3, '']])
  assert.deepEqual(await found({ pattern: 'two\\s' }), [])
  assert.deepEqual(await found({ pattern: 'two\\r' }), [[2, 'two\r']])
  assert.deepEqual(await found({ pattern: '\\At' }), [
    [2, 'two'],
    [4, 'three']
  ])
  assert.deepEqual(await found({ pattern: 'o', invert: true }), [
    [3, ''],
    [4, 'three']
  ])
  assert.deepEqual(await found({ pattern: 'e\\s+t', multiline: true }), [[1, 'one\r\ntwo']])
  assert.deepEqual(await found({ pattern: 'one.+three', multiline: true, dotAll: true }), [
    [1, 'one\r\ntwo\r\n\r\nthree']
  ])
  assert.deepEqual(await found({ patterns: ['tw', 'thr'] }), [
    [2, 'two'],
    [4, 'three']
  ])
  assert.deepEqual(await found({ pattern: 't.', fixed: true }), [])
  assert.deepEqual(await found({ pattern: 'on', word: true }), [])
  assert.deepEqual(await found({ pattern: 'ONE', ignoreCase: true }), [[1, 'one']])
  assert.deepEqual(await found({ pattern: 'One', ignoreCase: 'smart' }), [])
})

test('context is given once', async () => {
  const root = tree({ a: '1\n2\nx\n4\nx\n6\n7\n8\nx\n' })
  const { matches } = await grep({ pattern: 'x', root, before: 2, after: 1 })
  assert.deepEqual(
    matches.map(({ line, before, after }) => ({ line, before, after })),
    [
      { line: 3, before: ['1', '2'], after: ['4'] },
      { line: 5, before: undefined, after: ['6'] },
      { line: 9, before: ['7', '8'], after: undefined }
    ]
  )
})

test('long lines are cut around the match, and say so', async () => {
  const root = tree({ a: `${'-'.repeat(500)}foo${'-'.repeat(500)}foo\n`, b: `foo\n${'é'.repeat(60)}\n` })
  const { matches } = await grep({ pattern: 'foo', root, maxLineLength: 40, after: 1 })
  assert.deepEqual(matches[0].cut, { start: 490, length: 1006, ranges: 2, context: 0 })
  assert.equal(matches[0].column, 500)
  assert.equal(matches[0].text, `${'-'.repeat(10)}foo${'-'.repeat(27)}`)
  assert.deepEqual(matches[0].ranges, [[10, 13]])
  assert.deepEqual(matches[1].cut, { start: 0, length: 3, ranges: 1, context: 1 })
  assert.deepEqual(matches[1].after, ['é'.repeat(40)])
})

test('what is not searched is counted, with samples and rules', async () => {
  const root = tree({
    '.git/HEAD': 'ref: refs/heads/main\n',
    '.git/objects/': '',
    '.git/refs/': '',
    '.gitignore': '# comment\n*.log\n/out/\n',
    'a.log': 'foo',
    'out/b': 'foo',
    'out/c': 'foo',
    '.secret': 'foo',
    binary: 'foo\0',
    large: 'x'.repeat(200),
    src: 'bar'
  })
  const { matches, skipped } = await grep({ pattern: 'foo', root, hidden: false, maxFileBytes: 100 })
  assert.deepEqual(matches, [])
  const { samples, matching, ...counts } = skipped
  assert.deepEqual(counts, {
    ignored: 2,
    hidden: 2,
    binary: 1,
    tooLarge: 1,
    unreadable: 0,
    notUtf8: 0,
    outsideBudget: 0,
    special: 0,
    symlinks: 0,
    nestedRepositories: 0
  })
  assert.deepEqual(matching, { ignored: 3, hidden: 1, complete: true })
  assert.deepEqual(samples, [
    { path: '.gitignore', reason: 'hidden' },
    { path: '.secret', reason: 'hidden' },
    { path: 'a.log', reason: 'ignored', rule: { file: '.gitignore', line: 2, pattern: '*.log' } },
    { path: 'binary', reason: 'binary' },
    { path: 'large', reason: 'tooLarge' },
    { path: 'out', reason: 'ignored', rule: { file: '.gitignore', line: 3, pattern: '/out/' } }
  ])
  // Where something matched, nobody looks further.
  assert.equal((await grep({ pattern: 'bar', root })).skipped.matching, undefined)
  assert.deepEqual(lines(await grep({ pattern: 'foo', root, ignored: true, binary: 'text' })), [
    '.secret:1:foo',
    'a.log:1:foo',
    'binary:1:foo\0',
    'out/b:1:foo',
    'out/c:1:foo'
  ])
})

test('globs, types and paths', async () => {
  const root = tree({
    'a.ts': 'x',
    'b.js': 'x',
    'src/c.ts': 'x',
    'src/d/e.ts': 'x',
    'src/d/f.rs': 'x',
    '.gitignore': 'b.js\n'
  })
  const found = async (/** @type {Partial<GrepOptions>} */ options) =>
    (await grep({ pattern: 'x', root, ...options })).matches.map(({ path }) => path)
  assert.deepEqual(await found({ globs: '*.ts' }), ['a.ts', 'src/c.ts', 'src/d/e.ts'])
  assert.deepEqual(await found({ globs: '/*.ts' }), ['a.ts'])
  assert.deepEqual(await found({ globs: ['*.ts', '!d'] }), ['a.ts', 'src/c.ts'])
  assert.deepEqual(await found({ globs: ['!*.ts'] }), ['src/d/f.rs'])
  assert.deepEqual(await found({ globs: 'src/**' }), ['src/c.ts', 'src/d/e.ts', 'src/d/f.rs'])
  assert.deepEqual(await found({ types: 'rust' }), ['src/d/f.rs'])
  assert.deepEqual(await found({ types: ['rust', 'ts'], globs: '!src/c.ts' }), ['a.ts', 'src/d/e.ts', 'src/d/f.rs'])
  assert.deepEqual(await found({ paths: ['src/d', 'a.ts'] }), ['a.ts', 'src/d/e.ts', 'src/d/f.rs'])
  // A file that is named is searched, and none twice.
  assert.deepEqual(await found({ paths: ['./b.js', 'src//d/', 'src', 'b.js'] }), [
    'b.js',
    'src/c.ts',
    'src/d/e.ts',
    'src/d/f.rs'
  ])
  assert.deepEqual(await found({ paths: [path.join(root, 'a.ts')] }), ['a.ts'])
  await assert.rejects(found({ paths: ['none'] }), { code: 'ERR_IO', errno: 'ENOENT' })
})

test('limits cut at the same place every time, and say so', async () => {
  const root = tree(
    Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`f${String(index).padStart(2, '0')}`, 'x\nx\nx\n']))
  )
  const all = await grep({ pattern: 'x', root })
  assert.deepEqual([all.matches.length, all.truncated, all.filesSearched, all.filesMatched], [90, false, 30, 30])
  for (const maxResults of [0, 1, 3, 4, 89, 90, 1000]) {
    const { matches, truncated, filesSearched, filesMatched } = await grep({ pattern: 'x', root, maxResults })
    assert.deepEqual(matches, all.matches.slice(0, maxResults))
    assert.equal(truncated, maxResults < 90 ? 'maxResults' : false)
    assert.equal(filesSearched, Math.min(30, Math.floor(maxResults / 3) + 1))
    assert.equal(filesMatched, Math.min(30, Math.ceil(maxResults / 3)))
  }
  const few = await grep({ pattern: 'x', root, maxPerFile: 2 })
  assert.deepEqual([few.matches.length, few.truncated, few.filesLimited], [60, false, 30])
  const justEnough = await grep({ pattern: 'x', root, maxPerFile: 3 })
  assert.deepEqual(justEnough, all)
  assert.equal(all.filesLimited, 0)
  // Of the file in which the search ends, nobody knows.
  const both = await grep({ pattern: 'x', root, maxPerFile: 2, maxResults: 5 })
  assert.deepEqual([both.matches.length, both.truncated, both.filesLimited], [5, 'maxResults', 2])
  const none = await grep({ pattern: 'x', root, timeBudgetMs: 0 })
  assert.deepEqual([none.matches, none.truncated, none.filesSearched], [[], 'timeBudget', 0])
  const enough = await grep({ pattern: 'x', root, timeBudgetMs: 60_000 })
  assert.deepEqual(enough, all)
})

test('buffers stand for files', async () => {
  const root = tree({ a: 'saved', 'b.log': 'saved', '.gitignore': '*.log\n', 'sub/c': 'saved' })
  /** @type {Map<string, string | Buffer>} */
  const overlay = new Map()
  for (const [name, text] of /** @type {[string, string | Buffer][]} */ ([
    ['a', 'unsaved é'],
    ['b.log', 'unsaved'],
    ['new/d.ts', 'unsaved'],
    ['sub/c', Buffer.from('\ufeffunsaved')]
  ]))
    overlay.set(name, text)
  assert.deepEqual(lines(await grep({ pattern: 'saved', root, overlay })), [
    'a:1:unsaved é',
    'b.log:1:unsaved',
    'new/d.ts:1:unsaved',
    'sub/c:1:unsaved'
  ])
  assert.deepEqual(lines(await grep({ pattern: 'saved', root, overlay, globs: '*.ts' })), ['new/d.ts:1:unsaved'])
  assert.deepEqual(lines(await grep({ pattern: 'saved', root, overlay, paths: ['sub', 'other'].slice(0, 1) })), [
    'sub/c:1:unsaved'
  ])
  assert.deepEqual(lines(await grep({ pattern: 'saved', root, overlay, paths: ['new/d.ts'] })), ['new/d.ts:1:unsaved'])
  assert.equal((await grep({ pattern: 'saved', root, overlay })).skipped.ignored, 0)
})

test('encodings', async () => {
  const root = tree({
    le: Buffer.from('\ufeffone\nzwölf\n', 'utf16le'),
    latin: Buffer.from('zw\xf6lf', 'latin1'),
    utf8: Buffer.from('\ufeffzwölf')
  })
  assert.deepEqual(lines(await grep({ pattern: 'zwölf', root })), ['le:2:zwölf', 'utf8:1:zwölf'])
  const all = await grep({ pattern: 'zwölf', root, encoding: 'latin1' })
  assert.deepEqual(lines(all), ['latin:1:zwölf', 'le:2:zwölf', 'utf8:1:zwölf'])
  assert.deepEqual(
    all.matches.map(({ byteOffset }) => byteOffset),
    [0, 4, 3]
  )
  const shiftJis = grep({ pattern: 'x', root, encoding: 'shift_jis' })
  if (isFallback) await assert.rejects(shiftJis, { code: 'ERR_UNSUPPORTED' })
  else assert.deepEqual((await shiftJis).matches, [])
})

test('look-around and back-references', async () => {
  const root = tree({ a: 'foobar\nbarfoo\nabab\n', b: `${'ab'.repeat(40)}\n` })
  const options = { pattern: '(?<=bar)foo|(ab)\\1', root, paths: ['a'] }
  if (isFallback) return assert.rejects(grep(options), { code: 'ERR_UNSUPPORTED' })
  const found = await grep(options)
  assert.equal(found.engine, 'fancy-regex')
  assert.deepEqual(
    found.matches.map(({ line, ranges }) => [line, ranges]),
    [
      [2, [[3, 6]]],
      [3, [[0, 4]]]
    ]
  )
  // Too many steps are said, not silent.
  const { skipped, matches } = await grep({ pattern: '(?:a|b|ab)*(?<=c)', root, paths: ['b'] })
  assert.deepEqual([matches, skipped.outsideBudget, skipped.samples], [[], 1, [{ path: 'b', reason: 'outsideBudget' }]])
})

test('what is no regular file is not waited for', notOnWindows, async () => {
  const root = tree({ a: 'foo' })
  execFileSync('mkfifo', [path.join(root, 'fifo')])
  const server = net.createServer().listen(path.join(root, 'socket'))
  await new Promise((resolve) => server.once('listening', resolve))
  fs.symlinkSync('a', path.join(root, 'link'))
  try {
    const { matches, skipped } = await grep({ pattern: 'foo', root })
    assert.deepEqual([matches.length, skipped.special, skipped.symlinks], [1, 2, 1])
    const named = await grep({ pattern: 'foo', root, paths: ['fifo', 'socket', 'link'] })
    assert.deepEqual([lines(named), named.skipped.special], [['link:1:foo'], 2])
  } finally {
    server.close()
  }
})

test('a file without permission does not fail the search', notOnWindows, async () => {
  const root = tree({ a: 'foo', b: 'foo' })
  fs.chmodSync(path.join(root, 'a'), 0)
  const { matches, skipped } = await unprivileged(root, () => grep({ pattern: 'foo', root }))
  assert.deepEqual(
    [matches.length, skipped.unreadable, skipped.samples[0]],
    [1, 1, { path: 'a', reason: 'unreadable', detail: 'EACCES' }]
  )
})

test('files that grow while they are read', async () => {
  const root = tree({ a: 'foo\n' })
  const file = path.join(root, 'a')
  let left = 100
  const timer = setInterval(() => left-- > 0 && fs.appendFileSync(file, 'foo\n'.repeat(500)), 1)
  try {
    for (let turn = 0; turn < 20; turn++) {
      const { matches, skipped } = await grep({ pattern: '^foo$', root })
      assert.ok(matches.length >= 1 && skipped.tooLarge === 0)
    }
  } finally {
    clearInterval(timer)
  }
})

test(
  'names that are not UTF-8',
  { skip: process.platform !== 'linux' && 'names are UTF-16 or UTF-8 there' },
  async () => {
    const root = tree({ a: '' })
    fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/n`), Buffer.from([0xff])]), 'foo')
    const { matches } = await grep({ pattern: 'foo', root })
    assert.equal(matches[0].path, 'n\udcff')
    const bytes = Buffer.concat([Buffer.from(`${root}/`), tenon.files.pathBytes(matches[0].path)])
    assert.equal(fs.readFileSync(bytes, 'utf8'), 'foo')
    assert.deepEqual((await grep({ pattern: 'foo', root, paths: ['n\udcff'] })).matches, matches)
  }
)

test('a stream gives the same in batches, and its summary at the end', async () => {
  const root = tree(
    Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`f${index}`, 'x\n'.repeat(index * 10)]))
  )
  const { matches, ...summary } = await grep({ pattern: 'x', root })
  const stream = grepStream({ pattern: 'x', root })
  assert.equal(stream.summary, undefined)
  const batches = []
  for await (const batch of stream) batches.push(batch)
  assert.ok(batches.length > 1 && batches.every((batch) => batch.length > 0))
  assert.deepEqual(batches.flat(), matches)
  assert.deepEqual(stream.summary, summary)
  assert.deepEqual(await stream.next(), { done: true, value: undefined })
})

test('a stream may be left at any time', async () => {
  const root = tree({ a: 'x\n'.repeat(100_000) })
  const stream = grepStream({ pattern: 'x', root })
  for await (const batch of stream) {
    assert.ok(batch.length >= 1)
    break
  }
  assert.deepEqual(await stream.next(), { done: true, value: undefined })
  assert.equal(stream.summary, undefined)
})

test('one file with very many matches comes in parts', async () => {
  const root = tree({ a: '\n'.repeat(200_000) })
  let sum = 0
  for await (const batch of grepStream({ pattern: '', root })) {
    assert.equal(batch[0].line, sum + 1)
    assert.ok(batch.length < 100_000)
    sum += batch.length
  }
  assert.equal(sum, 200_000)
})

test('the signal ends a search', async () => {
  const root = tree({ a: 'x\n'.repeat(300_000) })
  await assert.rejects(grep({ pattern: 'x', root, signal: AbortSignal.abort(new Error('no')) }), {
    code: 'ERR_ABORTED'
  })
  const controller = new AbortController()
  const searching = grep({ pattern: 'x', root, maxResults: 1_000_000, signal: controller.signal })
  setImmediate(() => controller.abort(new Error('enough')))
  await assert.rejects(searching, { code: 'ERR_ABORTED' })
  const stream = grepStream({ pattern: 'x', root, signal: AbortSignal.abort() })
  await assert.rejects(stream.next(), { code: 'ERR_ABORTED' })
})

test('progress is told', async () => {
  const root = path.join(__dirname, '../..')
  /** @type {{ filesSearched: number, matches: number }[]} */
  const told = []
  const options = {
    pattern: 'e',
    root,
    ignored: true,
    globs: 'node_modules/**/*.js',
    onProgress: (/** @type {any} */ one) => told.push(one)
  }
  const { filesSearched } = await grep(options)
  for (const { filesSearched: soFar } of told) assert.ok(soFar <= filesSearched)
})

test('other work of the process has its turn', async () => {
  const root = tree({ a: 'x\n'.repeat(200_000) })
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  await grep({ pattern: 'x', root, maxResults: 1_000_000 })
  clearInterval(timer)
  assert.ok(turns > 0)
})

test('what is no option, and what is no pattern', async () => {
  const root = tree({ a: '' })
  /** @type {[object, RegExp?][]} */
  const wrong = [
    [{}, /either pattern or patterns/],
    [{ pattern: 'a', patterns: ['b'] }],
    [{ patterns: [] }],
    [{ pattern: 1 }],
    [{ pattern: '\ud800' }],
    [{ pattern: 'a', unknown: 1 }, /unknown option/],
    [{ pattern: '(' }],
    [{ pattern: 'a\\nb' }, /multiline/],
    [{ pattern: 'a\nb', fixed: true }, /multiline/],
    [{ patterns: ['a)', '(b'] }],
    [{ pattern: 'a', ignoreCase: 'no' }],
    [{ pattern: 'a', before: -1 }],
    [{ pattern: 'a', binary: 'maybe' }],
    [{ pattern: 'a', maxFileBytes: 2 ** 30 }],
    [{ pattern: 'a', maxLineLength: 1 }],
    [{ pattern: 'a', timeBudgetMs: NaN }],
    [{ pattern: 'a', encoding: 'klingon' }],
    [{ pattern: 'a', types: 'klingon' }, /klingon/],
    [{ pattern: 'a', globs: [''] }],
    [{ pattern: 'a', paths: 'a' }],
    [{ pattern: 'a', overlay: {} }],
    [{ pattern: 'a', overlay: new Map([['../a', '']]) }],
    [{ pattern: 'a', overlay: new Map([['a', 1]]) }],
    [{ pattern: 'a', signal: {} }],
    [{ pattern: 'a', root: path.parse(root).root }, /allowBroadRoot/],
    [{ pattern: 'a', paths: [path.parse(root).root] }, /allowBroadRoot/]
  ]
  for (const [options, message = /./] of wrong) {
    const given = /** @type {GrepOptions} */ ({ root, ...options })
    await assert.rejects(grep(given), { code: 'ERR_INVALID_ARG', message }, JSON.stringify(options))
    const thrown = await grep(given).catch((error) => error)
    if (!('unknown' in options)) assert.match(thrown.argument, /^options\.\w+(\[\d+\])?$/)
  }
  assert.throws(() => grepStream(/** @type {any} */ ({ pattern: 'a', root, onProgress: () => 0 })), {
    code: 'ERR_INVALID_ARG'
  })
  await assert.rejects(grep({ pattern: 'a'.repeat(70_000), root }), { code: 'ERR_LIMIT' })
  await assert.rejects(grep({ pattern: '(?:\\pL{100}){100}', root }), { code: 'ERR_LIMIT' })
  await assert.rejects(grep({ pattern: 'a', root: path.join(root, 'none') }), { code: 'ERR_IO', errno: 'ENOENT' })
  await assert.rejects(grep({ pattern: 'a', root: path.join(root, 'a') }), { code: 'ERR_IO', errno: 'ENOTDIR' })
})

test('the codes of what is wrong with a pattern, and the option that it is in', async () => {
  const root = tree({ a: 'a' })
  for (const [pattern, code, also] of [
    ['(?>a)', 'ERR_INVALID_ARG'],
    ['(?|a)', 'ERR_INVALID_ARG'],
    ['(?P=a)', 'ERR_INVALID_ARG'],
    ['(?P>a)', 'ERR_INVALID_ARG'],
    ['(?(1)a)', 'ERR_INVALID_ARG'],
    ['(?<a>b)\\k<a>', 'ERR_INVALID_ARG'],
    ['\\g{1}', 'ERR_INVALID_ARG'],
    ['a(?=\\nb)', 'ERR_INVALID_ARG'],
    ['(a)\\1\n', 'ERR_INVALID_ARG'],
    ['\\p{NoSuchName}', 'ERR_UNSUPPORTED'],
    ['\\P{Script=NoSuch}', 'ERR_UNSUPPORTED'],
    ['[^\\p{NoSuch}]\\n', 'ERR_UNSUPPORTED'],
    ['\\p{NoSuchName}(', 'ERR_INVALID_ARG'],
    ['(', 'ERR_INVALID_ARG', '\\p{NoSuchName}'],
    ['(?:\\pL{100}){100}', 'ERR_LIMIT']
  ]) {
    const expected = { code, argument: 'options.pattern' }
    await assert.rejects(grep({ pattern, root }), expected, pattern)
    await assert.rejects(grepStream({ pattern, root }).next(), expected, pattern)
    const patterns = ['a', pattern, ...(also === undefined ? [] : [also])]
    await assert.rejects(grep({ patterns, root }), { code, argument: 'options.patterns' }, pattern)
    await assert.rejects(grepStream({ patterns, root }).next(), { code, argument: 'options.patterns' }, pattern)
  }
})

test('what is wrong with globs is said of their option', async () => {
  const options = { pattern: 'a', root: tree({ a: 'a' }), globs: ['a', '*(b/c)'] }
  const expected = {
    code: 'ERR_UNSUPPORTED',
    argument: 'options.globs',
    message: 'one of options.globs has a slash inside *(…)'
  }
  await assert.rejects(grep(options), expected)
  await assert.rejects(grepStream(options).next(), expected)
})

test('tenon grep', () => {
  const root = tree({ 'a.txt': 'one\ntwo\nthree\nfour\nfive\ntwo\n', 'b.log': 'nine\n', '.gitignore': '*.log\n' })
  const bin = path.join(__dirname, '../../bin/tenon.js')
  const run = (/** @type {string[]} */ ...args) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [bin, 'grep', ...args], {
      cwd: root,
      encoding: 'utf8'
    })
    return { stdout, stderr, status }
  }
  assert.deepEqual(run('two'), {
    stdout: 'a.txt:2:two\na.txt:6:two\n',
    stderr: 'tenon: not searched: 1 ignored\n',
    status: 0
  })
  assert.equal(run('TWO', '-i', '-A1').stdout, 'a.txt:2:two\na.txt-3-three\n--\na.txt:6:two\n')
  const nothing = run('nine')
  assert.deepEqual([nothing.stdout, nothing.status], ['', 1])
  assert.match(nothing.stderr, /1 ignored and 0 hidden files would have/)
  assert.equal(run('nine', '--no-ignore', '.').stdout, 'b.log:1:nine\n')
  assert.equal(run('(').status, 2)
  assert.equal(run('two', 'none').status, 2)
  const cut = run('o', '--max-results', '1', '--json')
  const [match, summary] = cut.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual([match.type, match.line, summary.type, summary.truncated], ['match', 1, 'summary', 'maxResults'])
  assert.match(cut.stderr, /--max-results cut the search short/)
  assert.match(run('o', '--max-count', '1').stderr, /there is more: --max-count cut 1 files short/)
  assert.match(run('two', '--stats').stderr, /ignored: b\.log \(\.gitignore:1: \*\.log\)/)
})

test('a list of no paths is refused, and one path is searched once however it is spelled', async () => {
  const root = tree({ a: 'foo', 'lib/b': 'foo' })
  await assert.rejects(grep({ pattern: 'foo', root, paths: [] }), { code: 'ERR_INVALID_ARG' })
  const paths = ['lib', path.join(root, 'lib'), 'lib/../lib/b', path.join(root, 'a'), './a']
  const { matches, filesSearched } = await grep({ pattern: 'foo', root, paths })
  assert.deepEqual(
    matches.map((match) => match.path),
    ['a', 'lib/b']
  )
  assert.equal(filesSearched, 2)
  const overlay = new Map([['a', 'bar']])
  const unsaved = await grep({ pattern: 'bar', root, paths: [path.join(root, 'a')], overlay })
  assert.equal(unsaved.matches.length, 1)
})

test('globs name directories too, and nothing outside', async () => {
  const root = tree({ a: 'foo', 'lib/b': 'foo', 'src/lib/c': 'foo' })
  const found = async (/** @type {string} */ globs) =>
    (await grep({ pattern: 'foo', root, globs })).matches.map((match) => match.path)
  assert.deepEqual(await found('lib/'), ['lib/b', 'src/lib/c'])
  assert.deepEqual(await found('src/lib'), ['src/lib/c'])
  assert.deepEqual(await found('!lib'), ['a'])
  await assert.rejects(found('../a'), { code: 'ERR_INVALID_ARG' })
})

test('what onProgress throws is the caller’s, and no fault of an engine', async () => {
  const root = tree(Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`f${at}`, 'foo bar\n'.repeat(100_000)])))
  const before = tenon.status().features.files.reason
  let calls = 0
  const onProgress = () => {
    calls++
    throw new RangeError('mine')
  }
  const search = grep({ pattern: 'o', root, maxResults: 4_000_000, onProgress })
  await assert.rejects(search, (error) => error instanceof RangeError && error.message === 'mine')
  assert.equal(calls, 1)
  assert.equal(tenon.status().features.files.reason, before)
})

test('the second look is not called complete where a file was not searched whole', async () => {
  const root = tree({ '.gitignore': '*.log\n', 'big.log': 'foo\n'.repeat(100), a: 'x' })
  const small = await grep({ pattern: 'foo', root, maxFileBytes: 50 })
  assert.deepEqual(small.skipped.matching, { ignored: 0, hidden: 0, complete: false })
  const whole = await grep({ pattern: 'foo', root, paths: ['new', '.'], overlay: new Map([['new', 'x']]) })
  assert.deepEqual(whole.skipped.matching, { ignored: 1, hidden: 0, complete: true })
})

test('one line of a megabyte with many matches, in lines of several and beside bytes that are no UTF-8', async () => {
  const line = 'ab '.repeat(300_000)
  const root = tree({ line, invalid: Buffer.concat([Buffer.of(0xff), Buffer.from('abc\n'.repeat(4_000_000))]) })
  const { matches } = await grep({ pattern: 'ab ', root, paths: ['line'], multiline: true })
  assert.deepEqual([matches.length, matches[0].cut?.ranges], [1, 300_000])
  const { filesSearched, skipped } = await grep({ pattern: 'abcd|zzz', root, paths: ['invalid'] })
  assert.deepEqual([filesSearched, skipped.notUtf8], [1, 1])
})

test(
  'where paths overlap, each file is searched once, and counted once where it is left out',
  notOnWindows,
  async () => {
    const root = tree({
      'd/!x': 'foo',
      'd/.gitignore': 'y\n',
      'd/a': 'foo',
      'd/e/b.bin': 'foo\0',
      'd/e/c': 'foo',
      z: 'foo'
    })
    fs.symlinkSync('a', path.join(root, 'd/link'))
    fs.chmodSync(path.join(root, 'd/.gitignore'), 0)
    const paths = ['d/e', '.', 'd', 'd/a']
    const result = await unprivileged(root, () => grep({ pattern: 'foo', root, paths }))
    assert.deepEqual(
      result.matches.map((match) => match.path),
      ['d/!x', 'd/a', 'd/e/c', 'z']
    )
    assert.equal(result.filesSearched, 4)
    const { unreadable, binary, symlinks } = result.skipped
    assert.deepEqual([unreadable, binary, symlinks], [1, 1, 1])
    assert.equal(result.skipped.samples.filter((sample) => sample.path === 'd/.gitignore').length, 1)
  }
)

test('what is named is not left out, and neither is what a buffer stands for', notOnWindows, async () => {
  const root = tree({ '.gitignore': '*.log\n', 'a.log': 'foo', '.b': 'foo', c: 'foo' })
  execFileSync('mkfifo', [path.join(root, 'fifo')])
  fs.symlinkSync('c', path.join(root, 'link'))
  fs.chmodSync(path.join(root, 'c'), 0)
  const names = ['a.log', '.b', 'c', 'fifo', 'link']
  const overlay = new Map(names.map((name) => [name, 'bar']))
  const nothing = ['ignored', 'hidden', 'unreadable', 'special', 'symlinks']
  const count = (/** @type {any} */ { skipped }) => nothing.map((kind) => skipped[kind])
  const unsaved = await unprivileged(root, () => grep({ pattern: 'bar', root, overlay, hidden: false }))
  assert.deepEqual([unsaved.matches.map((match) => match.path).sort(), count(unsaved)], [names.sort(), [0, 1, 0, 0, 0]])
  assert.deepEqual(unsaved.skipped.samples, [{ path: '.gitignore', reason: 'hidden' }])
  fs.chmodSync(path.join(root, 'c'), 0o644)
  const named = await grep({ pattern: 'foo', root, paths: ['.', 'a.log', 'link'] })
  assert.deepEqual(
    [lines(named), count(named)],
    [
      ['.b:1:foo', 'a.log:1:foo', 'c:1:foo', 'link:1:foo'],
      [0, 0, 0, 1, 0]
    ]
  )
})

test(
  'a file of rules that cannot be read is told once, and a pipe in its place is not waited for',
  notOnWindows,
  async () => {
    const root = tree({ '.gitignore': 'a\n', a: 'foo', 'd/b': 'foo' })
    fs.chmodSync(path.join(root, '.gitignore'), 0)
    execFileSync('mkfifo', [path.join(root, 'd/.gitignore')])
    const { matches, skipped } = await unprivileged(root, () => grep({ pattern: 'foo', root }))
    assert.equal(matches.length, 2)
    assert.deepEqual(skipped.samples, [
      { path: '.gitignore', reason: 'unreadable', detail: 'EACCES' },
      { path: 'd/.gitignore', reason: 'special' }
    ])
    assert.deepEqual([skipped.unreadable, skipped.special], [1, 1])
  }
)

test('a file that is named and cannot be read is skipped; a directory is an error', notOnWindows, async () => {
  const root = tree({ a: 'foo', 'd/b': 'foo' })
  fs.chmodSync(path.join(root, 'a'), 0)
  fs.chmodSync(path.join(root, 'd'), 0)
  const { skipped, filesSearched } = await unprivileged(root, () => grep({ pattern: 'foo', root, paths: ['a'] }))
  assert.deepEqual([skipped.unreadable, filesSearched], [1, 0])
  await unprivileged(root, () => assert.rejects(grep({ pattern: 'foo', root, paths: ['d'] }), { code: 'ERR_IO' }))
  fs.chmodSync(path.join(root, 'd'), 0o755)
})

test('links and pipes among what is left out may have matched', notOnWindows, async () => {
  const matching = async (/** @type {string} */ root) => (await grep({ pattern: 'foo', root })).skipped.matching
  const link = tree({ '.gitignore': 'd/\nlog\n', a: 'x', 'd/b': 'x' })
  fs.symlinkSync('b', path.join(link, 'd/link'))
  assert.deepEqual(await matching(link), { ignored: 0, hidden: 0, complete: false })
  const pipe = tree({ '.gitignore': 'fifo\n', a: 'x' })
  execFileSync('mkfifo', [path.join(pipe, 'fifo')])
  assert.deepEqual(await matching(pipe), { ignored: 0, hidden: 0, complete: false })
  // What is not left out by rules has been told already.
  const outside = tree({ '.gitignore': 'log\n', log: 'foo', a: 'x' })
  fs.symlinkSync('a', path.join(outside, 'link'))
  assert.deepEqual(await matching(outside), { ignored: 1, hidden: 0, complete: true })
})

test('samples of ignored directories that are searched name the rule', async () => {
  const git = { '.git/HEAD': 'ref: refs/heads/main\n', '.git/objects/': '', '.git/refs/': '' }
  const root = tree({ ...git, '.gitignore': 'out/\n', 'out/a': 'foo', 'src/b': 'x' })
  const rules = async (/** @type {Partial<GrepOptions>} */ options) =>
    (await grep({ pattern: 'foo', root, ...options })).skipped.samples.map(({ path, rule }) => [
      path,
      rule?.file,
      rule?.line
    ])
  assert.deepEqual(await rules({ paths: ['out'] }), [
    ['out', '.gitignore', 1],
    ['out/a', '.gitignore', 1]
  ])
  const above = `${root.replaceAll('\\', '/')}/.gitignore`
  assert.deepEqual(await rules({ root: path.join(root, 'out') }), [
    ['.', above, 1],
    ['a', above, 1]
  ])
  assert.deepEqual(await rules({ root: path.join(root, 'src'), paths: ['../out'] }), [
    ['../out', above, 1],
    ['../out/a', above, 1]
  ])
})

test('buffers below files, at directories and in directories that are not there', async () => {
  const root = tree({ a: 'foo', 'd/b': 'foo' })
  const found = async (/** @type {string[]} */ names, /** @type {string[]} */ paths = ['.']) =>
    (await grep({ pattern: 'foo', root, paths, overlay: new Map(names.map((name) => [name, 'foo'])) })).matches.map(
      (match) => match.path
    )
  assert.deepEqual(await found(['a/x']), ['a', 'a/x', 'd/b'])
  assert.deepEqual(await found(['a/x'], ['a']), ['a', 'a/x'])
  assert.deepEqual(await found(['d']), ['a', 'd', 'd/b'])
  assert.deepEqual(await found(['d'], ['d']), ['d', 'd/b'])
  assert.deepEqual(await found(['new/e/x', 'newer'], ['new']), ['new/e/x'])
  assert.deepEqual(await found(['new/e/x'], ['new/e/', 'd']), ['d/b', 'new/e/x'])
  await assert.rejects(found(['new/x'], ['ne']), { code: 'ERR_IO', errno: 'ENOENT' })
  for (const name of ['x/', 'a/', 'd//']) await assert.rejects(found([name]), { code: 'ERR_INVALID_ARG' })
})

test('UTF-16 that is ill-formed is told as UTF-8 is', async () => {
  const units = (/** @type {number[]} */ ...units) => Buffer.from(Uint16Array.of(0xfeff, 0x66, ...units, 0x0a).buffer)
  const root = tree({
    'a-lone': units(0xd800, 0x66),
    'b-low': units(0xdc00).swap16(),
    'c-odd': units().subarray(0, -1),
    'd-replacement': units(0xfffd),
    'e-pair': units(0xd83d, 0xde00)
  })
  const { matches, skipped } = await grep({ pattern: 'f', root })
  assert.equal(matches.length, 5)
  assert.deepEqual(skipped.samples, [
    { path: 'a-lone', reason: 'notUtf8' },
    { path: 'b-low', reason: 'notUtf8' },
    { path: 'c-odd', reason: 'notUtf8' }
  ])
})

test('what ends a search in the middle of a file does not change the rest', async () => {
  const root = tree({ a: `${'ab cd\n'.repeat(1_500_000)}ab cdx\n`, b: 'cdx' })
  const whole = await grep({ pattern: 'a?b cdx|[c]dx', root })
  /** @type {import('../..').files.Match[]} */
  const matches = []
  const stream = grepStream({ pattern: 'a?b cdx|[c]dx', root })
  for await (const batch of stream) matches.push(...batch)
  assert.deepEqual({ matches, ...stream.summary }, whole)
  // However far it comes: a file that was not searched whole does not count as searched.
  const { truncated, filesSearched } = await grep({ pattern: 'a?b cdx|[c]dx', root, timeBudgetMs: 5 })
  assert.ok(truncated === false ? filesSearched === 2 : filesSearched < 2)
})

test('leaving a stream or a walk before its first batch closes it', async () => {
  const root = tree({ a: 'foo' })
  for (const batches of [grepStream({ pattern: 'foo', root }), tenon.files.walk(root)]) {
    assert.deepEqual(await batches.return(), { done: true, value: undefined })
    assert.deepEqual(await batches.next(), { done: true, value: undefined })
    assert.deepEqual(await batches.return(), { done: true, value: undefined })
  }
})
