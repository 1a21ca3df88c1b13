'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { spawnSync } = require('node:child_process')
const { after, before, test } = require('node:test')
const tenon = require('../..')
const { unprivileged } = require('../unprivileged')

const { filterPaths, glob, globSync, isMatch } = tenon.files
const made = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'tenon-glob-'))
after(() => fs.rmSync(made, { recursive: true, force: true }))
const isolated = { GIT_CONFIG_GLOBAL: path.join(made, 'none'), GIT_CONFIG_NOSYSTEM: '1', XDG_CONFIG_HOME: made }
before(() => void Object.assign(process.env, isolated))

let count = 0
/**
 * A new directory with these files; a name that ends in `/` is a directory.
 * @param {string[]} names
 * @param {Record<string, string>} [contents]
 */
function tree(names, contents = {}) {
  const root = path.join(made, String(++count))
  fs.mkdirSync(root)
  for (const name of [...names, ...Object.keys(contents)]) {
    const file = path.join(root, ...name.split('/'))
    fs.mkdirSync(name.endsWith('/') ? file : path.dirname(file), { recursive: true })
    if (!name.endsWith('/')) fs.writeFileSync(file, contents[name] ?? '')
  }
  return root
}

const NAMES = ['a.ts', 'b.js', '.c.ts', 'src/a.ts', 'src/b.tsx', 'src/d/e.ts', 'src/d/.f.ts', 'src.d/g.ts', '.git/h.ts']

test('finds files by their paths, sorted by bytes', async () => {
  const cwd = tree(NAMES)
  const found = await glob('**/*.ts', { cwd })
  assert.deepEqual([...found], ['a.ts', 'src.d/g.ts', 'src/a.ts', 'src/d/e.ts'])
  assert.deepEqual([...globSync('**/*.ts', { cwd })], [...found])
  assert.deepEqual([...globSync(['src/**', '!**/*.tsx'], { cwd })], ['src/a.ts', 'src/d/e.ts'])
  assert.deepEqual([...globSync(['b.js', 'src/{a,b}.{ts,tsx}', 'none'], { cwd })], ['b.js', 'src/a.ts', 'src/b.tsx'])
  assert.deepEqual([...globSync('src', { cwd })], [])
})

test('the result tells what is not in it, and copies do not', () => {
  const cwd = tree(['a.ts', 'b.ts', 'vendor/c.ts', 'c.log', 'docs/d.md'], { '.gitignore': 'vendor/\n*.log\ndocs/\n' })
  const found = globSync('**/*.{ts,log}', { cwd })
  assert.deepEqual([...found], ['a.ts', 'b.ts'])
  assert.deepEqual(Object.keys(found), ['0', '1'])
  assert.deepEqual([found.skipped, found.truncated], [[], false])
  // The directories could have held some, and the file would have matched.
  assert.equal(found.leftOut.ignored, 3)
  assert.equal(globSync('*.ts', { cwd }).leftOut.ignored, 0)
  assert.equal(globSync('docs/*.md', { cwd }).leftOut.ignored, 1)
})

test('ignore rules, and further patterns to leave out', () => {
  const cwd = tree(['a.ts', 'dist/b.ts', 'test/c.ts', 'test/d/e.ts', '.x/f.ts'], { '.gitignore': 'dist\n' })
  const all = (/** @type {boolean | string[]} */ ignore) => [...globSync('**/*.ts', { cwd, ignore, dot: true })]
  assert.deepEqual(all(true), ['.x/f.ts', 'a.ts', 'test/c.ts', 'test/d/e.ts'])
  assert.deepEqual(all(false), ['.x/f.ts', 'a.ts', 'dist/b.ts', 'test/c.ts', 'test/d/e.ts'])
  assert.deepEqual(all(['test']), ['.x/f.ts', 'a.ts'])
  assert.deepEqual(all(['test/*.ts', '*']), [])
  assert.deepEqual(all(['**/*.ts/', 'test/*.ts']), ['.x/f.ts', 'a.ts', 'test/d/e.ts'])
  assert.deepEqual(all([]), all(true))
})

test('dots', () => {
  const cwd = tree(NAMES)
  assert.deepEqual([...globSync('*', { cwd })], ['a.ts', 'b.js'])
  assert.deepEqual([...globSync('*', { cwd, dot: true })], ['.c.ts', 'a.ts', 'b.js'])
  assert.deepEqual([...globSync('.*', { cwd })], ['.c.ts'])
  assert.deepEqual([...globSync('src/**/.f*', { cwd })], ['src/d/.f.ts'])
  // Whatever is asked for.
  assert.deepEqual([...globSync(['.git/**', '.git/h.ts'], { cwd, dot: true, ignore: false })], [])
})

test('directories', () => {
  const cwd = tree(NAMES)
  assert.deepEqual([...globSync('**', { cwd, onlyDirectories: true })], ['src', 'src.d', 'src/d'])
  assert.deepEqual([...globSync('*', { cwd, onlyFiles: false })], ['a.ts', 'b.js', 'src', 'src.d'])
  assert.deepEqual([...globSync('*/', { cwd, onlyFiles: false })], ['src', 'src.d'])
  assert.deepEqual([...globSync('*/', { cwd })], [])
  assert.deepEqual([...globSync('src/**', { cwd, onlyDirectories: true })], ['src', 'src/d'])
})

test('depth, count and absolute paths', () => {
  const cwd = tree(NAMES)
  assert.deepEqual([...globSync('**/*.ts', { cwd, maxDepth: 1 })], ['a.ts'])
  assert.deepEqual([...globSync('**/*.ts', { cwd, maxDepth: 2 })], ['a.ts', 'src.d/g.ts', 'src/a.ts'])
  const first = globSync('**/*.ts', { cwd, maxResults: 2 })
  assert.deepEqual([[...first], first.truncated], [['a.ts', 'src.d/g.ts'], true])
  const exact = globSync('**/*.ts', { cwd, maxResults: 4 })
  assert.deepEqual([exact.length, exact.truncated], [4, false])
  const none = globSync('**/*.ts', { cwd, maxResults: 0 })
  assert.deepEqual([[...none], none.truncated], [[], true])
  const slashed = cwd.replaceAll(path.sep, '/')
  assert.deepEqual([...globSync('src/*.ts', { cwd, absolute: true })], [`${slashed}/src/a.ts`])
  const relative = path.relative(process.cwd(), cwd)
  assert.deepEqual([...globSync('src/*.ts', { cwd: relative, absolute: true })], [`${slashed}/src/a.ts`])
})

test('letters in either case', () => {
  const cwd = tree(['SRC/A.TS', 'lib/b.ts'])
  assert.deepEqual([...globSync('src/*.ts', { cwd })], [])
  assert.deepEqual([...globSync('{src,LIB}/*.Ts', { cwd, caseSensitive: false })], ['SRC/A.TS', 'lib/b.ts'])
})

test('links are left out, or followed inside', (t) => {
  const cwd = tree(['d/a.ts', 'd/e/'])
  const outside = tree(['o.ts'])
  try {
    fs.symlinkSync('d', path.join(cwd, 'link'), 'dir')
    fs.symlinkSync(path.join('d', 'a.ts'), path.join(cwd, 'l.ts'))
    fs.symlinkSync('..', path.join(cwd, 'd', 'e', 'loop'), 'dir')
    fs.symlinkSync(outside, path.join(cwd, 'out'), 'dir')
    fs.symlinkSync('nowhere', path.join(cwd, 'broken.ts'))
  } catch (error) {
    // Windows lets only some users make links.
    if (Object(error).code === 'EPERM') return t.diagnostic('this user may not make links')
    throw error
  }
  const plain = globSync('**/*.ts', { cwd })
  assert.deepEqual([[...plain], [...plain.skipped]], [['d/a.ts'], []])
  // Of those that match themselves: nobody looked at what is behind the others.
  assert.equal(plain.leftOut.symlinks, 2)
  const followed = globSync('**/*.ts', { cwd, followSymlinks: true })
  assert.deepEqual([...followed], ['d/a.ts', 'l.ts', 'link/a.ts'])
  assert.deepEqual(
    followed.skipped.map(({ path: place }) => place),
    ['broken.ts', 'd/e/loop', 'link/e/loop', 'out']
  )
  assert.deepEqual([...globSync('link/*', { cwd, followSymlinks: true })], ['link/a.ts'])
})

test('directories that can hold nothing wanted are not read', { skip: process.platform === 'win32' }, async () => {
  const cwd = tree(['a/b.ts', 'c/d.ts'])
  fs.chmodSync(path.join(cwd, 'c'), 0o000)
  try {
    await unprivileged(cwd, () => {
      assert.deepEqual([...globSync('a/*.ts', { cwd }).skipped], [])
      const found = globSync('*/*.ts', { cwd })
      assert.deepEqual([[...found], [...found.skipped]], [['a/b.ts'], [{ path: 'c', reason: 'EACCES' }]])
    })
  } finally {
    fs.chmodSync(path.join(cwd, 'c'), 0o755)
  }
})

test('names that are not UTF-8 match by the byte', { skip: process.platform !== 'linux' }, () => {
  const cwd = tree(['a.ts'])
  fs.writeFileSync(Buffer.from(`${cwd}/b\xff.ts`, 'latin1'), '')
  assert.deepEqual([...globSync('b?.ts', { cwd })], ['b\udcff.ts'])
  assert.deepEqual([...globSync('b\udcff.*', { cwd })], ['b\udcff.ts'])
  assert.deepEqual([...globSync('b[\udcf0-\udcff].ts', { cwd })], ['b\udcff.ts'])
  assert.deepEqual([...globSync('b??.ts', { cwd })], [])
})

test('repositories inside a repository are opaque, and said where they could hold something', () => {
  const repository = { '.git/HEAD': 'ref: refs/heads/main\n' }
  const cwd = tree(['a.ts', '.git/objects/', '.git/refs/', 'sub/.git/objects/', 'sub/.git/refs/', 'sub/b.ts'], {
    ...repository,
    'sub/.git/HEAD': repository['.git/HEAD']
  })
  const found = globSync('**/*.ts', { cwd })
  assert.deepEqual([[...found], [...found.skipped]], [['a.ts'], [{ path: 'sub', reason: 'nested git repository' }]])
  assert.deepEqual([...globSync('*.ts', { cwd }).skipped], [])
  assert.deepEqual([...globSync('**/*.ts', { cwd, ignore: false })], ['a.ts', 'sub/b.ts'])
})

test('what is wrong with the arguments is said', async () => {
  for (const [args, code, message] of /** @type {[any[], string, RegExp][]} */ ([
    [[7], 'ERR_INVALID_ARG', /^patterns must be a string or an array of strings, not 7$/],
    [[[]], 'ERR_INVALID_ARG', /^patterns must be at least one pattern/],
    [[''], 'ERR_INVALID_ARG', /^patterns must be not empty and without NUL/],
    [[['a', 'b\0']], 'ERR_INVALID_ARG', /^patterns\[1\] must be not empty and without NUL/],
    [[['a', 1]], 'ERR_INVALID_ARG', /^patterns\[1\] must be a string, not 1/],
    [['x'.repeat(65_537)], 'ERR_LIMIT', /^patterns has more than 65536 code units/],
    [[Array(10_001).fill('a')], 'ERR_LIMIT', /^patterns are more than 10000/],
    [['/a'], 'ERR_INVALID_ARG', /^patterns\[0\] is absolute: patterns are relative to cwd/],
    [['{a,/b}'], 'ERR_INVALID_ARG', /^patterns\[0\] is absolute/],
    [['a/../b'], 'ERR_INVALID_ARG', /^patterns\[0\] leads out of cwd by \.\./],
    [['!../b'], 'ERR_INVALID_ARG', /^patterns\[0\] leads out of cwd by \.\./],
    [['a', { ignore: ['b', '!c'] }], 'ERR_INVALID_ARG', /^options.ignore\[1\] cannot be negated/],
    [['a', { ignore: 'b' }], 'ERR_INVALID_ARG', /^options.ignore must be a boolean or an array of patterns/],
    [['a', { ignore: [''] }], 'ERR_INVALID_ARG', /^options.ignore\[0\] must be not empty/],
    [['a', 7], 'ERR_INVALID_ARG', /^options must be an object/],
    [['a', { root: '.' }], 'ERR_INVALID_ARG', /^unknown option "root"; the options are cwd, ignore, dot/],
    [['a', { dot: 1 }], 'ERR_INVALID_ARG', /^options.dot must be a boolean/],
    [['a', { onlyFiles: true, onlyDirectories: true }], 'ERR_INVALID_ARG', /^options.onlyFiles must be false where/],
    [['a', { maxResults: -1 }], 'ERR_INVALID_ARG', /^options.maxResults must be an integer from 0/],
    [['a', { maxDepth: 0 }], 'ERR_INVALID_ARG', /^options.maxDepth must be an integer from 1/],
    [['a', { cwd: '/' }], 'ERR_INVALID_ARG', /allowBroadRoot/],
    [['a', { cwd: os.homedir() }], 'ERR_INVALID_ARG', /allowBroadRoot/],
    [['a', { cwd: path.join(made, 'missing') }], 'ERR_IO', /ENOENT/]
  ])) {
    // @ts-expect-error the arguments are wrong on purpose
    await assert.rejects(glob(...args), { name: 'TenonError', code, message })
    // @ts-expect-error the arguments are wrong on purpose
    assert.throws(() => globSync(...args), { name: 'TenonError', code, message })
  }
  await assert.rejects(glob('a', { signal: /** @type {any} */ ({}) }), { code: 'ERR_INVALID_ARG' })
  // @ts-expect-error only the promise takes a signal
  assert.throws(() => globSync('a', { signal: undefined }), { code: 'ERR_INVALID_ARG', message: /unknown option/ })
})

test('a signal ends it', async () => {
  const reason = new Error('enough')
  await assert.rejects(glob('**', { cwd: made, signal: AbortSignal.abort(reason) }), {
    code: 'ERR_ABORTED',
    cause: reason
  })
  const controller = new AbortController()
  const found = glob('**', { cwd: made, signal: controller.signal })
  controller.abort(reason)
  await assert.rejects(found, { code: 'ERR_ABORTED', cause: reason })
})

test('paths alone', () => {
  assert.equal(isMatch('src/a.tsx', 'src/*.{ts,tsx}'), true)
  assert.equal(isMatch('./src/a.ts', './src/*'), true)
  assert.equal(isMatch('src', '*/'), false)
  assert.equal(isMatch('src/', '*/'), true)
  assert.equal(isMatch('', '**'), false)
  assert.equal(isMatch('.a', '*', { dot: true }), true)
  assert.equal(isMatch('A.TS', '*.ts', { caseSensitive: false }), true)
  assert.equal(isMatch('/x/a.ts', '/x/*'), true)
  assert.equal(isMatch('../a.ts', '../*'), true)
  assert.deepEqual(filterPaths([], '*'), [])
  assert.deepEqual(filterPaths(['b', './a', 'c/'], ['*', '!b']), ['./a', 'c/'])
  // @ts-expect-error the argument is wrong on purpose
  assert.throws(() => isMatch(1, 'a'), { code: 'ERR_INVALID_ARG', message: /^path must be a string/ })
  // @ts-expect-error the argument is wrong on purpose
  assert.throws(() => filterPaths('a', 'a'), { code: 'ERR_INVALID_ARG', message: /^paths must be an array/ })
  // @ts-expect-error the argument is wrong on purpose
  assert.throws(() => filterPaths(['a', 1], 'a'), { code: 'ERR_INVALID_ARG', message: /^paths\[1\] must be a string/ })
  // @ts-expect-error the argument is wrong on purpose
  assert.throws(() => isMatch('a', 'a', { cwd: '.' }), { code: 'ERR_INVALID_ARG', message: /unknown option "cwd"/ })
})

test('from the command line', () => {
  const cwd = tree(['a.ts', '.b.ts', 'src/c.ts', 'dist/d.ts'], { '.gitignore': 'dist\n' })
  const bin = path.join(__dirname, '../../bin/tenon.js')
  const run = (/** @type {string[]} */ ...args) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [bin, 'glob', ...args], { cwd, encoding: 'utf8' })
    return { stdout, stderr, status }
  }
  assert.deepEqual(run('**/*.ts'), { stdout: 'a.ts\nsrc/c.ts\n', stderr: '', status: 0 })
  assert.deepEqual(run('**/*.ts', '!src', '--dot', '-0').stdout, '.b.ts\0a.ts\0')
  assert.deepEqual(run('*.ts', '--cwd', 'src').stdout, 'c.ts\n')
  assert.deepEqual(run('**/*.ts', '--no-ignore', '--exclude', 'src', '--exclude', 'a.*').stdout, 'dist/d.ts\n')
  assert.deepEqual(run('*', '--directories').stdout, 'src\n')
  assert.equal(run('**/*.ts', '--absolute').stdout.split('\n')[0], `${cwd.replaceAll(path.sep, '/')}/a.ts`)
  const cut = run('**/*.ts', '--max-results', '1')
  assert.deepEqual([cut.stdout, cut.status], ['a.ts\n', 1])
  assert.match(cut.stderr, /there are more than 1/)
  assert.deepEqual(JSON.parse(run('a*', '--json').stdout), { paths: ['a.ts'], skipped: [], truncated: false })
  const none = run('*.rs')
  assert.deepEqual([none.stdout, none.status], ['', 1])
  assert.match(run('**/d.ts').stderr, /nothing matches; 1 ignored/)
  assert.equal(run('../*').status, 2)
})
