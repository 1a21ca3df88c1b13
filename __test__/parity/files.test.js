'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { spawnSync } = require('node:child_process')
const { after, before, test } = require('node:test')
const { getSystemErrorMap } = require('node:util')
const { errnoName } = require('../../lib/ignore/io')
const tenon = require('../..')
const { SEED, answers, describeBoth, fuzzRuns, randomFrom } = require('../engines')
const { REPOSITORY, treeMaker } = require('../trees')

const { made, tree } = treeMaker('files')
/** What both engines read of one file of rules. */
const MAX_RULE_FILE_BYTES = 4 * 1024 * 1024

/**
 * Checks that each engine gives this listing.
 * @param {string} root
 * @param {{ paths: string[], skipped: { path: string, reason: string }[], truncated: boolean }} expected
 * @param {import('../..').files.ListOptions} [options]
 */
function assertBoth(root, expected, options) {
  const { native, fallback } = answers('files', () => plain(tenon.files.listSync(root, options)))
  assert.deepEqual(native, expected, 'native')
  assert.deepEqual(fallback, expected, 'fallback')
}

/** A listing that can be compared whole. @param {import('../..').files.Listing} listed */
function plain(listed) {
  return { paths: [...listed], skipped: [...listed.skipped], truncated: listed.truncated }
}

/** As `plain`, with what was left out. @param {import('../..').files.Listing} listed */
function whole(listed) {
  return { ...plain(listed), leftOut: listed.leftOut }
}

/** The environment a test may not depend on. */
const isolated = {
  GIT_CONFIG_GLOBAL: path.join(made, 'none'),
  GIT_CONFIG_NOSYSTEM: '1',
  XDG_CONFIG_HOME: made,
  HOME: made
}
/** @type {Record<string, string | undefined>} */
const outer = {}
before(() => {
  for (const [name, value] of Object.entries(isolated)) {
    outer[name] = process.env[name]
    process.env[name] = value
  }
})
after(() => {
  for (const [name, value] of Object.entries(outer)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
})

describeBoth('files', () => {
  test('lists what git would not ignore, by bytes', async () => {
    const root = tree({
      '.gitignore': '*.log\n/build/\n!keep.log\n',
      'a.ts': '',
      'a-b.ts': '',
      'a/z.ts': '',
      'a/x.log': '',
      'a/keep.log': '',
      'build/out.js': '',
      'sub/build/in.js': '',
      'sub/.gitignore': 'z*\n',
      'sub/zebra': '',
      '.hidden/file': '',
      'é.txt': '',
      'Z.txt': '',
      'empty/': ''
    })
    const all = [
      '.gitignore',
      '.hidden/file',
      'Z.txt',
      'a-b.ts',
      'a.ts',
      'a/keep.log',
      'a/z.ts',
      'sub/.gitignore',
      'sub/build/in.js',
      'é.txt'
    ]
    const listed = await tenon.files.list(root)
    assert.deepEqual([...listed], all)
    assert.deepEqual(listed.skipped, [])
    assert.equal(listed.truncated, false)
    assert.deepEqual(
      Object.keys(listed),
      all.map((_, index) => String(index)),
      'skipped and truncated are not enumerable'
    )
    assert.deepEqual([...tenon.files.listSync(root)], all)
    assert.deepEqual(
      [...tenon.files.listSync(root, { hidden: false })],
      all.filter((name) => !name.includes('.gitignore') && !name.startsWith('.'))
    )
    assert.deepEqual(
      [...tenon.files.listSync(root, { ignore: false })].filter((name) => !all.includes(name)),
      ['a/x.log', 'build/out.js', 'sub/zebra']
    )
  })

  test('.git never appears, whether directory or file', () => {
    const root = tree({
      '.git/HEAD': 'ref: refs/heads/main\n',
      '.git/objects/': '',
      '.git/refs/': '',
      'sub/.git': 'not a link\n',
      'sub/a': '',
      b: ''
    })
    for (const ignore of [true, false]) {
      const listed = tenon.files.listSync(root, { ignore })
      assert.ok(!listed.some((name) => name.split('/').includes('.git')), String(listed))
      assert.ok(listed.includes('b'))
    }
  })

  test('maxFiles keeps the first by bytes, and says that it cut', async () => {
    const root = tree(Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`d${index % 3}/f${index}`, ''])))
    const all = await tenon.files.list(root)
    for (const maxFiles of [1, 7, 19]) {
      const cut = await tenon.files.list(root, { maxFiles })
      assert.deepEqual([...cut], all.slice(0, maxFiles))
      assert.equal(cut.truncated, true)
    }
    assert.equal((await tenon.files.list(root, { maxFiles: 20 })).truncated, false)
  })

  test('a root that cannot be read is ERR_IO with its path', async () => {
    const root = tree({ file: '' })
    for (const [given, errno] of [
      [path.join(root, 'none'), 'ENOENT'],
      [path.join(root, 'file'), 'ENOTDIR'],
      ['', 'ENOENT']
    ]) {
      const expected = {
        name: 'TenonError',
        code: 'ERR_IO',
        errno,
        path: given,
        message: `cannot read directory '${given}': ${errno}`
      }
      assert.throws(() => tenon.files.listSync(given), expected)
      await assert.rejects(tenon.files.list(given), expected)
    }
  })

  test('a signal ends the walk with its reason as the cause', async () => {
    const root = tree({ a: '' })
    const reason = new Error('enough')
    await assert.rejects(tenon.files.list(root, { signal: AbortSignal.abort(reason) }), {
      name: 'TenonError',
      code: 'ERR_ABORTED',
      cause: reason
    })
    const controller = new AbortController()
    const listing = tenon.files.list(path.join(__dirname, '../..'), { ignore: false, signal: controller.signal })
    controller.abort(reason)
    await assert.rejects(listing, { code: 'ERR_ABORTED', cause: reason })
    assert.deepEqual([...(await tenon.files.list(root, { signal: new AbortController().signal }))], ['a'])
  })

  test('wrong arguments say what is wrong', async () => {
    const list = /** @type {any} */ (tenon.files.list)
    for (const [args, message] of /** @type {[any[], RegExp][]} */ ([
      [[], /root must be a string, not undefined/],
      [[7], /root must be a string, not 7/],
      [['.', 7], /options must be an object/],
      [['.', { depth: 1 }], /unknown option "depth"; the options are hidden, ignore, maxFiles, allowBroadRoot, signal/],
      [['.', { hidden: 1 }], /options.hidden must be a boolean, not 1/],
      [['.', { ignore: 'no' }], /options.ignore must be a boolean/],
      [['.', { maxFiles: -1 }], /options.maxFiles must be an integer from 0 to 4294967295, not -1/],
      [['.', { maxFiles: 1.5 }], /options.maxFiles/],
      [['.', { signal: {} }], /options.signal must be an AbortSignal/]
    ])) {
      await assert.rejects(list(...args), { name: 'TenonError', code: 'ERR_INVALID_ARG', message })
    }
    assert.throws(() => /** @type {any} */ (tenon.files.listSync)('.', { signal: undefined }), {
      code: 'ERR_INVALID_ARG',
      message: /unknown option "signal"/
    })
    // A NUL would end the path early where the system reads it.
    await assert.rejects(list('a\0b'), { code: 'ERR_INVALID_ARG', message: /root must be a path without NUL/ })
  })

  test('links are not files, and a link to a directory is not entered; the root may be one', (t) => {
    const root = tree({ 'dir/a': '', b: '' })
    try {
      fs.symlinkSync('dir', path.join(root, 'link'), 'dir')
      fs.symlinkSync('b', path.join(root, 'alias'))
      fs.symlinkSync('.', path.join(root, 'dir', 'loop'), 'dir')
    } catch (error) {
      // Windows lets only some users make links.
      if (Object(error).code === 'EPERM') return t.diagnostic('this user may not make links')
      throw error
    }
    assert.deepEqual([...tenon.files.listSync(root)], ['b', 'dir/a'])
    assert.deepEqual([...tenon.files.listSync(path.join(root, 'link'))], ['a'])
  })
})

/**
 * The bytes of an index.
 * @param {number} version
 * @param {{ name: string, mode?: number }[]} entries in order
 */
function indexOf(version, entries) {
  const header = Buffer.from('DIRC\0\0\0\0\0\0\0\0')
  header.writeUInt32BE(version, 4)
  header.writeUInt32BE(entries.length, 8)
  const parts = entries.flatMap(({ name, mode = 0o100644 }) => {
    // Times and inode, mode, sizes and ids, flags; in version 4 nothing is taken off the path before.
    const fixed = Buffer.alloc(24 + 4 + 12 + 20 + 2 + (version === 4 ? 1 : 0))
    fixed.writeUInt32BE(mode, 24)
    const path_ = Buffer.from(name)
    return [fixed, path_, Buffer.alloc(version === 4 ? 1 : 8 - ((fixed.length + path_.length) % 8))]
  })
  return Buffer.concat([header, ...parts, Buffer.alloc(20)])
}

test('an index whose paths expand without bound is refused by both engines', () => {
  const longer = Array.from({ length: 16_000 }, () => ({ name: 'a', mode: 0o160000 }))
  const index = indexOf(4, [{ name: 'a'.repeat(1_000_000) }, ...longer])
  const root = tree({ a: '', ...REPOSITORY, '.git/index': index })
  const skipped = [{ path: '.git/index', reason: 'corrupt index: its paths are too long' }]
  assertBoth(root, { paths: ['a'], skipped, truncated: false })
})

test('a broken index is reported though no rule asks for it', () => {
  const root = tree({ a: '', ...REPOSITORY, '.git/index': 'garbage that is long enough to be an index' })
  const skipped = [{ path: '.git/index', reason: 'corrupt index: no DIRC signature' }]
  assertBoth(root, { paths: ['a'], skipped, truncated: false })
})

test('a file that is longer than it says is read up to the limit', { skip: process.platform !== 'linux' }, (t) => {
  // The kernel makes it up as it is read, and says that its size is 0.
  const symbols = '/proc/kallsyms'
  if (!fs.existsSync(symbols) || fs.readFileSync(symbols).length <= MAX_RULE_FILE_BYTES) return t.skip('a short one')
  const root = tree({ a: '', ...REPOSITORY, '.git/config': `[core]\nexcludesFile = ${symbols}\n` })
  assertBoth(root, {
    paths: ['a'],
    skipped: [{ path: symbols, reason: `larger than ${MAX_RULE_FILE_BYTES} bytes` }],
    truncated: false
  })
})

test('every failure of the system has one name', { skip: process.platform !== 'linux' }, () => {
  // The Rust tests of tenon-ignore compare the native names with the same table.
  const names = require('../fixtures/ignore/errno-linux.json')
  const failure = (/** @type {number} */ errno, /** @type {string} */ code) => ({ errno, code, syscall: 'scandir' })
  // A later Node may know more of them.
  for (const [number, name] of Object.entries(names)) {
    assert.equal(getSystemErrorMap().get(-number)?.[0], name)
    assert.equal(errnoName(failure(-number, name)), name)
  }
  assert.equal(errnoName(failure(-116, 'Unknown system error -116')), 'E116')
  assert.equal(errnoName(failure(-117, 'UNKNOWN')), 'E117')
  assert.equal(errnoName(failure(-4094, 'UNKNOWN')), 'UNKNOWN')
})

test('files that would grow without bound when read are refused by both engines', () => {
  const rules = (/** @type {number} */ count) => 'a\n'.repeat(count)
  const config = (/** @type {string} */ text) => ({ a: '', ...REPOSITORY, '.git/config': text })
  const many = `${'[include]\npath = more\n'.repeat(150)}`
  const filled = `[a]\n#${'x'.repeat(1_500_000)}\n[include]\npath = `
  for (const [files, paths, path_, reason] of /** @type {[Record<string, string>, string[], string, string][]} */ ([
    [{ '.gitignore': rules(100_001), a: '' }, ['.gitignore', 'a'], '.gitignore', 'more than 100000 rules'],
    [{ '.gitignore': '[a]'.repeat(1.4e6), a: '' }, ['.gitignore', 'a'], '.gitignore', 'larger than 4194304 bytes'],
    [config(many), ['a'], '.git/more', 'more than 100 configuration files'],
    [
      { ...config(`${filled}b`), '.git/b': `${filled}c`, '.git/c': filled },
      ['a'],
      '.git/c',
      'more than 4194304 bytes of configuration'
    ],
    [config('x'.repeat(4194305)), ['a'], '.git/config', 'larger than 4194304 bytes']
  ])) {
    assertBoth(tree(files), { paths, skipped: [{ path: path_, reason }], truncated: false })
  }
  // Up to the limits everything counts.
  assertBoth(tree({ '.gitignore': rules(100_000), a: '' }), { paths: ['.gitignore'], skipped: [], truncated: false })
  assertBoth(tree({ ...config('[x "' + 'y'.repeat(1e6) + '"]\n' + 'b\n'.repeat(1e6)) }), {
    paths: ['a'],
    skipped: [],
    truncated: false
  })
  // Names of classes that never end, each to be searched to the end of the line.
  const open = { '.gitignore': `[[:${'[:'.repeat(2_000_000)}x]`, a: '' }
  assertBoth(tree(open), { paths: ['.gitignore', 'a'], skipped: [], truncated: false })
})

for (const engine of /** @type {const} */ (['native', 'fallback'])) {
  test(`an abort ends a walk through very many rules soon (${engine})`, async () => {
    const files = Object.fromEntries(Array.from({ length: 4000 }, (_, index) => [`f${index}`, '']))
    // No byte of them tells beforehand that they do not match.
    const globs = '*[f]*[x-z]*\n'.repeat(99_000)
    const root = tree({ ...files, '.gitignore': globs })
    tenon.configure({ features: { files: engine } })
    const controller = new AbortController()
    const listing = tenon.files.list(root, { signal: controller.signal })
    setTimeout(() => controller.abort(), 300)
    const started = performance.now()
    await assert.rejects(listing, { code: 'ERR_ABORTED' })
    const took = performance.now() - started
    assert.ok(took < 2000, `${took} ms`)
  })
}

test('configuration in folders written in odd ways', { skip: process.platform === 'win32' }, () => {
  const inner = '[include]\npath = ./inner\n'
  const root = tree({
    a: '',
    ...REPOSITORY,
    '.git/config': '[include]\npath = .//more/.//./one\n',
    '.git/more/one': inner,
    '.git/more/inner': '[core]\nignoreCase = perhaps\n'
  })
  const reason = 'core.ignorecase is not a boolean'
  assertBoth(root, { paths: ['a'], skipped: [{ path: '.git/.//more/./inner', reason }], truncated: false })
  process.env.GIT_CONFIG_GLOBAL = '/dev//./null'
  assertBoth(tree({ a: '' }), { paths: ['a'], skipped: [], truncated: false })
  process.env.GIT_CONFIG_GLOBAL = isolated.GIT_CONFIG_GLOBAL
})

test('HEAD may be a link to a branch, and to nothing else', { skip: process.platform === 'win32' }, () => {
  for (const [target, paths] of /** @type {[string, string[]][]} */ ([
    ['refs/heads/main', ['a']],
    ['refs', ['a', 'b']],
    ['elsewhere', ['a', 'b']]
  ])) {
    const root = tree({ a: '', b: '', '.git/objects/': '', '.git/refs/': '', '.git/info/exclude': 'b\n' })
    fs.symlinkSync(target, path.join(root, '.git/HEAD'))
    assertBoth(root, { paths, skipped: [], truncated: false })
  }
})

// Native asks Linux itself, past the library: `crates/files/src/walk/names.rs` has its own test.
test('a file system that does not record kinds lists alike', { skip: process.platform !== 'linux' }, (t) => {
  const library = path.join(made, 'kinds.so')
  // Takes the kind out of every entry, as old XFS, NFS and FUSE leave it.
  const source = `
    #define _GNU_SOURCE
    #include <dirent.h>
    #include <dlfcn.h>
    struct dirent64 *readdir64(DIR *dir) {
      struct dirent64 *(*real)(DIR *) = dlsym(RTLD_NEXT, "readdir64");
      struct dirent64 *entry = real(dir);
      if (entry) entry->d_type = DT_UNKNOWN;
      return entry;
    }
    int scandir64(const char *path, struct dirent64 ***list, int (*filter)(const struct dirent64 *),
                  int (*order)(const struct dirent64 **, const struct dirent64 **)) {
      int (*real)(const char *, struct dirent64 ***, void *, void *) = dlsym(RTLD_NEXT, "scandir64");
      int count = real(path, list, filter, order);
      for (int at = 0; at < count; at++) (*list)[at]->d_type = DT_UNKNOWN;
      return count;
    }`
  const compiled = spawnSync('cc', ['-shared', '-fPIC', '-o', library, '-x', 'c', '-', '-ldl'], { input: source })
  if (compiled.status !== 0) return t.skip(`no C compiler: ${compiled.error ?? compiled.stderr}`)
  const root = tree({ 'ä/ö': '', 'ä/.gitignore': 'x\n', 'ä/x': '', 文: '', 'a/b': '' })
  fs.symlinkSync('a', path.join(root, 'lïnk'))
  const script = `
    const tenon = require(${JSON.stringify(path.join(__dirname, '../..'))})
    const plain = ${plain}
    const answers = []
    const main = async () => {
      for (const engine of ['native', 'fallback']) {
        tenon.configure({ features: { files: engine } })
        answers.push(plain(tenon.files.listSync(${JSON.stringify(root)})))
        answers.push(plain(await tenon.files.list(${JSON.stringify(root)})))
      }
      process.stdout.write(JSON.stringify(answers))
    }
    main()`
  const env = { ...process.env, LD_PRELOAD: library }
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', script], { env, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  const expected = { paths: ['a/b', 'ä/.gitignore', 'ä/ö', '文'], skipped: [], truncated: false }
  assert.deepEqual(JSON.parse(stdout), [expected, expected, expected, expected])
})

/** @typedef {ReturnType<typeof randomFrom>} Random */

/**
 * Lines that no git wrote, some of them of meaning.
 * @param {Random} random
 */
function hostileConfig(random) {
  const lines = [
    '[core]',
    '[include]',
    '[Extensions]',
    '[core "sub"]',
    '[a "\\"b"] c',
    '[broken "',
    'ignoreCase = perhaps',
    'ignoreCase',
    'excludesFile = ~nobody/rules',
    'excludesFile = ./a/../.gitignore ; too',
    'excludesFile = "/dev//null"',
    'excludesFile',
    'path = inc',
    'path = ./inc',
    'path = .//sub/./inc',
    'path = ../inc',
    'path = config',
    'path = "s\\tb"',
    'path = .',
    'path',
    'worktreeConfig = 1k',
    'objectFormat = sha256',
    'objectFormat = md5',
    '?',
    'a = "open',
    'a = \\\n b',
    '\r',
    '\0'
  ]
  return Array.from({ length: 1 + random.below(8) }, () => `${random.pick(lines)}\n`).join('')
}

/**
 * An index of some of these files, most often damaged.
 * @param {Random} random
 * @param {string[]} files
 */
function brokenIndex(random, files) {
  const names = files.filter(() => random.below(2) === 0).sort((a, b) => Buffer.from(a).compare(Buffer.from(b)))
  const entries = names.map((name) => ({ name, mode: random.pick([0o100644, 0o100644, 0o160000, 0o040000]) }))
  let index = indexOf(random.pick([2, 3]), entries)
  if (random.below(4) === 0) index = index.subarray(0, random.below(index.length))
  for (let damage = random.below(4); damage > 0 && index.length > 0; damage--) {
    index[random.below(index.length)] = random.below(256)
  }
  if (random.below(4) > 0) return index
  const extension = Buffer.from(
    `${random.pick(['TREE', 'link', 'sdir', 'zzzz'])}\0\0\0${random.pick(['\0', '\x01', '\x7f'])}`
  )
  return Buffer.concat([index.subarray(0, -20), extension, Buffer.alloc(20)])
}

test('both engines agree on random trees', (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED)
  const names = [
    'a',
    'b',
    'B',
    'ab',
    'a.o',
    'b.o',
    'x.log',
    'build',
    '.x',
    'ä',
    '文',
    'a b',
    'a-b',
    'foo',
    'bar',
    'node_modules'
  ]
  const patterns = [
    ...names,
    '*.o',
    '*.log',
    '/build',
    'build/',
    '!a.o',
    '!*',
    '*',
    'a*',
    '?',
    '[ab]',
    '[!a]',
    '**/foo',
    'foo/**',
    'a/**/b',
    'foo/bar',
    '/*/',
    '!/foo/',
    '.*',
    '# x',
    '\\#',
    'x\\ ',
    'b ',
    '{a,b}',
    '[[:alpha:]]',
    '**',
    'ä',
    '文/'
  ]
  const some = (/** @type {number} */ most) =>
    Array.from({ length: random.below(most) }, () => random.pick(patterns)).join(random.pick(['\n', '\r\n'])) + '\n'
  for (let run = 0; run < fuzzRuns(200); run++) {
    /** @type {Record<string, string | Buffer>} */
    const files = {}
    for (let files_ = random.below(40); files_ > 0; files_--) {
      const depth = 1 + random.below(4)
      files[Array.from({ length: depth }, () => random.pick(names)).join('/') + '.f'] = ''
    }
    const folders = [
      '',
      ...new Set(
        Object.keys(files).flatMap((name) =>
          name
            .split('/')
            .slice(0, -1)
            .map((_, index, parts) => parts.slice(0, index + 1).join('/') + '/')
        )
      )
    ]
    for (const folder of folders) if (folder === '' || random.below(3) === 0) files[`${folder}.gitignore`] = some(6)
    if (random.below(2) === 0)
      Object.assign(files, {
        ...REPOSITORY,
        '.git/info/exclude': some(4),
        '.git/config': random.pick(['', '[core]\n\tignorecase = true\n', hostileConfig(random)]),
        ...(random.below(2) === 0 && { '.git/sub/inc': hostileConfig(random), '.git/inc': hostileConfig(random) }),
        ...(random.below(2) === 0 && { '.git/index': brokenIndex(random, Object.keys(files)) })
      })
    const root = tree(files)
    const options = { hidden: random.below(4) > 0, ignore: random.below(5) > 0, maxFiles: random.pick([1, 5, 1000]) }
    const { native, fallback } = answers('files', () => whole(tenon.files.listSync(root, options)))
    assert.deepEqual(native, fallback, `seed ${SEED}, run ${run}: ${JSON.stringify({ files, options })}`)
    fs.rmSync(root, { recursive: true })
  }
})
