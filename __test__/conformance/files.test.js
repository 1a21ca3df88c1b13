'use strict'

const test = require('node:test')
const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { execFileSync, spawnSync } = require('node:child_process')
const { SEED, randomFrom } = require('../engines')

const files = plain(require('../..').files)
const { pathBytes } = require('../..').files

/** Random trees compared with git. */
const RUNS = Number(process.env.TENON_FUZZ_RUNS ?? 60)
const ODD_NAMES = process.platform === 'linux'
const POSIX = process.platform !== 'win32'

const work = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-files-')))
/** What a test closed: it is opened again before all is removed. @type {string[]} */
const closed = []
test.after(() => {
  for (const name of closed) fs.chmodSync(name, 0o700)
  fs.rmSync(work, { recursive: true, force: true })
})

// git and the engine read the same configuration, and none of the machine's.
const home = path.join(work, 'home')
fs.mkdirSync(home)
Object.assign(process.env, { HOME: home, XDG_CONFIG_HOME: path.join(home, 'xdg'), GIT_CONFIG_NOSYSTEM: '1' })
for (const name of Object.keys(process.env)) {
  if (name.startsWith('GIT_') && name !== 'GIT_CONFIG_NOSYSTEM') delete process.env[name]
}

test(`random trees list as in git (${RUNS} trees, seed ${SEED})`, async (context) => {
  let listed = 0
  for (let run = 0; run < RUNS; run += 1) {
    const random = randomFrom(SEED + run).below
    const tree = path.join(work, `tree${run}`)
    const ignoreCase = random(4) === 0
    const folders = plant(random, tree, ignoreCase).filter(() => random(3) === 0)
    for (const root of [tree, ...folders.map((folder) => path.join(tree, folder))]) {
      const expected = askGit(root)
      const shown = `seed ${SEED + run}, root ${JSON.stringify(path.relative(tree, root))}`
      const found = files.listSync(root)
      assert.deepEqual(found.paths, expected.paths, shown)
      assert.deepEqual(found.skipped, expected.skipped, shown)
      assert.deepEqual(await files.list(root), found, shown)
      listed += found.paths.length
      const most = random(found.paths.length + 2)
      const first = files.listSync(root, { maxFiles: most })
      assert.deepEqual(first.paths, found.paths.slice(0, most), shown)
      assert.equal(first.truncated, found.paths.length > most, shown)
    }
    fs.rmSync(tree, { recursive: true, force: true })
  }
  fs.rmSync(path.join(home, 'xdg'), { recursive: true, force: true })
  context.diagnostic(`${listed} files`)
})

test('a missing root, a file, and a link to a folder', async () => {
  const root = path.join(work, 'roots')
  fs.mkdirSync(path.join(root, 'real'), { recursive: true })
  fs.writeFileSync(path.join(root, 'real/a'), '')
  for (const [name, errno] of [
    ['missing', 'ENOENT'],
    ['real/a', 'ENOTDIR']
  ]) {
    const given = path.join(root, name)
    const expected = { code: 'ERR_IO', errno, path: given, message: `cannot read directory '${given}': ${errno}` }
    assert.throws(() => files.listSync(given), expected)
    await assert.rejects(files.list(given), expected)
  }
  if (!POSIX) return
  fs.symlinkSync('real', path.join(root, 'link'))
  assert.deepEqual(files.listSync(path.join(root, 'link')).paths, ['a'])
})

test('hidden names can be left out, and rules can be', () => {
  const root = path.join(work, 'options')
  write(root, { '.hidden/a': '', 'b/.c': '', 'b/d': '', '.gitignore': 'x\n!.hidden\n', x: '', 'y/x/z': '' })
  execFileSync('git', ['init', '-q', path.join(root, 'nested')])
  write(root, { 'nested/n': '' })
  const all = files.listSync(root, { ignore: false })
  assert.deepEqual(all.paths, ['.gitignore', '.hidden/a', 'b/.c', 'b/d', 'nested/n', 'x', 'y/x/z'])
  assert.deepEqual(files.listSync(root, { hidden: false }).paths, ['b/d', 'nested/n'])
  execFileSync('git', ['init', '-q', root])
  const inside = files.listSync(root)
  assert.deepEqual(inside.paths, ['.gitignore', '.hidden/a', 'b/.c', 'b/d'])
  assert.deepEqual(inside.skipped, [{ path: 'nested', reason: 'nested git repository' }])
})

test('outside a repository each one inside is walked by its own rules', () => {
  const root = path.join(work, 'many')
  execFileSync('git', ['init', '-q', path.join(root, 'one')])
  execFileSync('git', ['init', '-q', path.join(root, 'one/inner')])
  write(root, { '.gitignore': '*.log\n', 'a.log': '', b: '', 'one/a.log': '', 'one/c': '', 'one/kept.c': '' })
  write(root, { 'one/.git/info/exclude': '*c\n', 'one/sub/.gitignore': '!kept.c\n', 'one/sub/kept.c': '' })
  execFileSync('git', ['-C', path.join(root, 'one'), 'add', '-f', 'kept.c'])
  const { paths, skipped } = files.listSync(root)
  assert.deepEqual(paths, ['.gitignore', 'b', 'one/a.log', 'one/kept.c', 'one/sub/.gitignore', 'one/sub/kept.c'])
  assert.deepEqual(skipped, [{ path: 'one/inner', reason: 'nested git repository' }])
})

test('a linked worktree and a submodule have their own index and the shared rules', () => {
  const root = path.join(work, 'linked')
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync('git', ['-c', 'protocol.file.allow=always', '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      cwd: root,
      stdio: 'pipe'
    })
  write(root, { 'main/a': '', 'main/b.o': '' })
  git('init', '-q', 'main')
  git('-C', 'main', 'add', '-f', '.')
  git('-C', 'main', 'commit', '-qm', 'a')
  git('-C', 'main', 'worktree', 'add', '-q', '../tree')
  git('-C', 'main', 'submodule', 'add', '-q', path.join(root, 'main'), 'sub')
  write(root, { 'main/.git/info/exclude': '*.o\n', 'tree/c.o': '', 'tree/d': '', 'main/e.o': '', 'main/sub/e.o': '' })
  for (const folder of ['main', 'tree', 'main/sub']) {
    const expected = askGit(path.join(root, folder))
    const found = files.listSync(path.join(root, folder))
    assert.deepEqual({ paths: found.paths, skipped: found.skipped }, expected, folder)
  }
})

test('the index in each of its versions', () => {
  for (const [version, format] of [
    ['2', 'sha1'],
    ['3', 'sha1'],
    ['4', 'sha1'],
    ['2', 'sha256'],
    ['4', 'sha256']
  ]) {
    const root = path.join(work, `index-${version}-${format}`)
    execFileSync('git', ['init', '-q', `--object-format=${format}`, root])
    write(root, { '.gitignore': '*.o\nout/\n', 'a.o': '', 'b.o': '', 'out/c': '', 'out/d': '', 'long/path/to/a.o': '' })
    const add = ['-f', 'a.o', 'out/c', 'long/path/to/a.o']
    execFileSync('git', ['-C', root, '-c', `index.version=${version}`, 'add', ...add])
    if (version === '3') execFileSync('git', ['-C', root, 'add', '-N', '.gitignore'])
    else execFileSync('git', ['-C', root, 'update-index', '--index-version', version])
    const { paths, skipped } = files.listSync(root)
    assert.deepEqual(
      { paths, skipped },
      { paths: ['.gitignore', 'a.o', 'long/path/to/a.o', 'out/c'], skipped: [] },
      root
    )
  }
})

test('an index that cannot be used is reported and tracks nothing', () => {
  const root = path.join(work, 'broken-index')
  execFileSync('git', ['init', '-q', root])
  write(root, { '.gitignore': '*.o\n', 'a.o': '', b: '' })
  execFileSync('git', ['-C', root, 'add', '-f', '.'])
  const file = path.join(root, '.git/index')
  const index = fs.readFileSync(file)
  const reasons = new Set()
  const random = randomFrom(SEED).below
  for (let run = 0; run < 300; run += 1) {
    const broken = Buffer.from(index.subarray(0, random(3) === 0 ? random(index.length) : index.length))
    for (let hits = random(4); hits > 0 && broken.length > 0; hits -= 1) broken[random(broken.length)] = random(256)
    fs.writeFileSync(file, broken)
    const { paths, skipped } = files.listSync(root)
    assert.ok(paths.includes('b') && paths.includes('.gitignore'))
    for (const skip of skipped) {
      assert.equal(skip.path, '.git/index')
      reasons.add(skip.reason)
    }
  }
  assert.ok(reasons.has('corrupt index: it ends too early'), [...reasons].join())
  fs.writeFileSync(file, index)
  execFileSync('git', ['-C', root, 'update-index', '--split-index'])
  const reason = 'split index (link extension) is not supported'
  assert.deepEqual(files.listSync(root).skipped, [{ path: '.git/index', reason }])
})

test('what cannot be read is reported', { skip: !POSIX }, () => {
  const root = path.join(work, 'unreadable')
  write(root, { 'a/b': '', 'closed/c': '', 'd/.gitignore': 'e\n', 'd/e': '', 'link/f': '' })
  execFileSync('git', ['init', '-q', root])
  fs.rmSync(path.join(root, '.git/info'), { recursive: true })
  fs.mkdirSync(path.join(root, '.git/info/exclude'), { recursive: true })
  fs.symlinkSync('../d/.gitignore', path.join(root, 'link/.gitignore'))
  fs.writeFileSync(path.join(root, '.git/config'), '[core]\nignoreCase = perhaps\n?')
  for (const name of ['d/.gitignore', 'closed']) {
    fs.chmodSync(path.join(root, name), 0)
    closed.push(path.join(root, name))
  }
  const expected = {
    paths: ['a/b', 'd/.gitignore', 'd/e', 'link/f'],
    skipped: [
      { path: '.git/config', reason: 'bad configuration in line 3' },
      { path: '.git/config', reason: 'core.ignorecase is not a boolean' },
      { path: '.git/info/exclude', reason: 'not a regular file' },
      { path: 'closed', reason: 'EACCES' },
      { path: 'd/.gitignore', reason: 'EACCES' }
    ],
    truncated: false
  }
  assert.deepEqual(asOrdinaryUser(`listSync(${JSON.stringify(root)})`), expected)
  const errno = asOrdinaryUser(
    `(() => { try { return listSync(${JSON.stringify(path.join(root, 'closed'))}) } catch (error) { return error.errno } })()`
  )
  assert.equal(errno, 'EACCES')
})

test('names that are not UTF-8 are listed, and found again', { skip: !ODD_NAMES }, () => {
  const root = path.join(work, 'odd')
  fs.mkdirSync(root)
  for (const name of ['f\xff', 'g\xe9.o', '\xc3\xa9']) fs.writeFileSync(diskPath(root, name), '')
  for (const name of ['d\xff', 'e\xff']) fs.mkdirSync(diskPath(root, name))
  fs.writeFileSync(diskPath(root, 'd\xff/a'), '')
  fs.writeFileSync(diskPath(root, '.gitignore'), 'e*\n*.o\n')
  const paths = ['.gitignore', 'd\udcff/a', 'f\udcff', 'é']
  assert.deepEqual(files.listSync(root), { paths, skipped: [], truncated: false })
  assert.deepEqual(files.listSync(path.join(root, 'd\udcff')).paths, ['a'])
  for (const name of paths) fs.accessSync(Buffer.concat([Buffer.from(`${root}/`), pathBytes(name)]))
})

test('configuration: includes, worktree configuration, the excludes file', () => {
  const root = path.join(work, 'config')
  execFileSync('git', ['init', '-q', root])
  write(root, { a: '', b: '', c: '', d: '', 'sub/a': '' })
  const check = (/** @type {string} */ what) => {
    const { paths, skipped } = files.listSync(root)
    assert.deepEqual({ paths, skipped }, askGit(root), what)
    const below = files.listSync(path.join(root, 'sub'))
    assert.deepEqual(below.paths, askGit(path.join(root, 'sub')).paths, what)
  }
  write(home, { 'xdg/git/ignore': '/a\n' })
  check('the default excludes file')
  write(home, {
    '.gitconfig': '[include]\n\tpath = more/deep.inc\n\tpath = missing\n',
    'more/deep.inc': '[core]\nexcludesFile = ~/rules ; here\n'
  })
  write(home, { rules: 'b\n' })
  check('an included file names another')
  write(home, { 'xdg/git/config': '[core]\nexcludesfile = ~/other\n', other: 'c\n' })
  check('~/.gitconfig wins over the XDG file')
  fs.appendFileSync(
    path.join(root, '.git/config'),
    '[core]\n\texcludesFile = d-rules\n[extensions]\n\tworktreeConfig\n'
  )
  write(root, { 'd-rules': '/sub/\nd-rules\n' })
  assert.deepEqual(files.listSync(root).paths, ['a', 'b', 'c', 'd'])
  fs.writeFileSync(path.join(root, '.git/config.worktree'), '[core]\n\texcludesFile =\n')
  check('an empty name means no file')
  process.env.GIT_CONFIG_GLOBAL = path.join(home, 'xdg/git/config')
  fs.rmSync(path.join(root, '.git/config.worktree'))
  execFileSync('git', ['-C', root, 'config', '--unset', 'core.excludesFile'])
  check('GIT_CONFIG_GLOBAL')
  write(home, { loop: '[include]\npath = loop\n[include]\npath = loop\n' })
  process.env.GIT_CONFIG_GLOBAL = path.join(home, 'loop')
  const reason = 'included more than 10 files deep'
  assert.deepEqual(files.listSync(root).skipped, [{ path: path.join(home, 'loop').replaceAll(path.sep, '/'), reason }])
  delete process.env.GIT_CONFIG_GLOBAL
  fs.rmSync(path.join(home, '.gitconfig'))
  fs.rmSync(path.join(home, 'xdg'), { recursive: true })
})

test('a NUL in a path is no path', () => {
  const root = path.join(work, 'nul')
  write(root, { a: '', 'sub/.git': 'gitdir: a\0b\n', '.git/HEAD': 'ref: refs/heads/a\n', '.git/commondir': 'x\0y\n' })
  assert.deepEqual(files.listSync(root), { paths: ['a'], skipped: [], truncated: false })
})

test('cancelling ends the work', async () => {
  const root = path.join(work, 'cancel')
  write(root, { a: '', 'b/c': '' })
  const reason = new Error('enough')
  const expected = (/** @type {any} */ error) => error.code === 'ERR_ABORTED' && error.cause === reason
  await assert.rejects(files.list(root, {}, AbortSignal.abort(reason)), expected)
  const controller = new AbortController()
  const listing = files.list(root, {}, controller.signal)
  controller.abort(reason)
  await assert.rejects(listing, expected)
})

test('deep folders, and many entries in one', { skip: !POSIX }, () => {
  const root = path.join(work, 'deep')
  fs.mkdirSync(root)
  // Each step is short; the whole is longer than the system takes in one path.
  const script = 'for i in $(seq 1 25); do mkdir "$1" && cd "$1" || exit 1; done; touch end'
  execFileSync('bash', ['-c', script, 'bash', 'n'.repeat(200)], { cwd: root })
  const { paths, skipped } = files.listSync(root)
  assert.deepEqual(paths, [])
  assert.deepEqual(
    skipped.map((skip) => skip.reason),
    ['ENAMETOOLONG']
  )
  execFileSync('rm', ['-rf', root])
  fs.mkdirSync(root)
  for (let index = 0; index < 20000; index += 1) fs.writeFileSync(path.join(root, `f${index}`), '')
  const many = files.listSync(root)
  assert.deepEqual([many.paths.length, many.paths[0], many.paths.at(-1)], [20000, 'f0', 'f9999'])
})

/**
 * Plants a repository with everything a walk can meet; the result is its folders.
 * @param {Random} random
 * @param {string} tree
 * @param {boolean} ignoreCase
 */
function plant(random, tree, ignoreCase) {
  execFileSync('git', ['init', '-q', tree])
  if (ignoreCase) execFileSync('git', ['-C', tree, 'config', 'core.ignoreCase', 'true'])
  const taken = new Set()
  /** @type {string[]} */
  const folders = ['']
  const planted = []
  for (let count = 15 + random(40); count > 0; count -= 1) {
    const folder = folders[random(folders.length)]
    const name = randomName(random)
    // Names that differ in case alone are one name to git here, but two on disk.
    if (taken.has((folder + name).toLowerCase())) continue
    taken.add((folder + name).toLowerCase())
    const target = diskPath(tree, folder + name)
    const kind = random(16)
    if (kind < 5) {
      fs.mkdirSync(target)
      folders.push(`${folder + name}/`)
    } else if (kind === 5 && POSIX) {
      fs.symlinkSync(random(2) === 0 ? '.' : 'a', target)
    } else if (kind === 6 && /^[\w.]+$/.test(name)) {
      plantNested(random, path.join(tree, folder + name), folder + name)
    } else if (kind === 7 && POSIX && /^[\w.]+$/.test(folder + name)) {
      execFileSync('mkfifo', [path.join(tree, name)])
    } else {
      fs.writeFileSync(target, '')
      planted.push(folder + name)
    }
  }
  for (const folder of folders) {
    const kind = random(12)
    const target = diskPath(tree, `${folder}.gitignore`)
    if (kind < 4) fs.writeFileSync(target, Buffer.from(randomRules(random), 'latin1'))
    else if (kind === 4) fs.mkdirSync(target)
    else if (kind === 5 && POSIX) fs.symlinkSync('a', target)
  }
  if (random(2) === 0) write(tree, { '.git/info/exclude': randomRules(random) })
  write(home, { 'xdg/git/ignore': random(2) === 0 ? randomRules(random) : '' })
  const tracked = planted.filter(() => random(4) === 0).map((name) => `${name}\0`)
  const add = ['-C', tree, 'add', '-f', '--pathspec-from-file=-', '--pathspec-file-nul']
  execFileSync('git', add, {
    input: Buffer.from(tracked.join(''), 'latin1'),
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, GIT_LITERAL_PATHSPECS: '1' }
  })
  for (const name of tracked.filter(() => random(6) === 0)) fs.rmSync(diskPath(tree, name.slice(0, -1)))
  // Node takes no folder of an odd name to start git in.
  return folders
    .slice(1)
    .filter((folder) => Buffer.from(text(folder)).toString('latin1') === folder)
    .map(text)
}

/**
 * A repository inside another: whole, almost one, or one with tracked files of the outer.
 * @param {Random} random
 * @param {string} folder
 * @param {string} name
 */
function plantNested(random, folder, name) {
  const kind = random(4)
  if (kind === 0) write(folder, { '.git/HEAD': 'ref: refs/heads/main\n', inside: '' })
  else if (kind === 1) write(folder, { '.git': 'gitdir: ../nowhere\n', inside: '' })
  else {
    execFileSync('git', ['init', '-q', folder])
    write(folder, { inside: '' })
  }
  if (kind === 3) {
    const top = folder.slice(0, -name.length)
    // git refuses to add from inside another repository, but the index may still say so.
    const blob = execFileSync('git', ['-C', top, 'hash-object', '-w', '--stdin'], { input: '' }).toString().trim()
    execFileSync('git', ['-C', top, 'update-index', '--add', '--cacheinfo', `100644,${blob},${name}/inside`])
  }
}

/**
 * What git lists, shaped as a listing: regular files as paths, the rest as it should be reported.
 * @param {string} root
 */
function askGit(root) {
  const stdout = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    maxBuffer: 1 << 30,
    stdio: 'pipe'
  })
  const skipped = []
  const paths = []
  for (const name of new Set(stdout.toString('latin1').split('\0').slice(0, -1))) {
    const plain = name.replace(/\/$/, '')
    const stat = fs.lstatSync(diskPath(root, plain), { throwIfNoEntry: false })
    if (!stat || (!stat.isFile() && !stat.isDirectory())) continue
    if (stat.isDirectory()) skipped.push({ path: plain, reason: 'nested git repository' })
    else paths.push(plain)
  }
  // git lists what is tracked in an ignored folder and does not say why the rest is absent; the listing does.
  const ask = (/** @type {string} */ what) => execFileSync('git', ['rev-parse', what], { cwd: root, encoding: 'utf8' })
  const prefix = ask('--show-prefix').replace(/\/?\n$/, '')
  const top = path.join(root, ask('--show-cdup').trimEnd())
  const question = { cwd: top, input: `./${prefix}\0` }
  const ignored =
    prefix !== '' && spawnSync('git', ['check-ignore', '-z', '--stdin', '--no-index'], question).status === 0
  if (ignored) skipped.push({ path: '.', reason: 'the root itself is ignored: only tracked files are listed' })
  const sorted = skipped.sort((a, b) => (a.path < b.path ? -1 : 1))
  return {
    paths: paths.sort().map(text),
    skipped: sorted.map(({ path, reason }) => ({ path: text(path), reason }))
  }
}

/**
 * The text of a byte string: what cannot be decoded becomes a lone surrogate, byte by byte.
 * @param {string} bytes
 */
function text(bytes) {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let decoded = ''
  for (let at = 0; at < bytes.length;) {
    const candidates = [1, 2, 3, 4].map((length) => Buffer.from(bytes.slice(at, at + length), 'latin1'))
    const character = candidates.find((candidate) => {
      try {
        return decoder.decode(candidate) !== ''
      } catch {
        return false
      }
    })
    decoded += character?.toString() ?? String.fromCharCode(0xdc00 + bytes.charCodeAt(at))
    at += character?.length ?? 1
  }
  return decoded
}

/** @param {string} folder @param {string} name a byte string */
function diskPath(folder, name) {
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')])
}

/** @param {string} folder @param {Record<string, string>} contents */
function write(folder, contents) {
  for (const [name, content] of Object.entries(contents)) {
    const target = path.join(folder, name)
    fs.mkdirSync(path.dirname(target), { recursive: true })
    fs.writeFileSync(target, Buffer.from(content, 'latin1'))
  }
}

/**
 * The value of an expression over `listSync` in a process that may not read everything. It gives its rights up when
 * all is loaded: the checkout need not be readable for everybody.
 * @param {string} expression
 */
function asOrdinaryUser(expression) {
  fs.chmodSync(work, 0o755)
  const script = `
    const { listSync } = (${plain})(require(${JSON.stringify(path.join(__dirname, '../..'))}).files)
    listSync(${JSON.stringify(home)}, { allowBroadRoot: true })
    if (process.getuid() === 0) {
      process.chdir('/')
      process.setgroups([])
      process.setgid(65534)
      process.setuid(65534)
    }
    process.stdout.write(JSON.stringify(${expression}))`
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', script])
  assert.equal(status, 0, stderr.toString())
  return JSON.parse(stdout.toString())
}

/**
 * The functions with results that can be compared whole.
 * @param {typeof import('../..').files} functions
 */
function plain({ list, listSync }) {
  const shape = (/** @type {import('../..').files.Listing} */ listed) => ({
    paths: [...listed],
    skipped: [...listed.skipped],
    truncated: listed.truncated
  })
  return {
    listSync: (/** @type {string} */ root, options = {}) => shape(listSync(root, options)),
    list: async (/** @type {string} */ root, options = {}, /** @type {AbortSignal | undefined} */ signal = undefined) =>
      shape(await list(root, { ...options, ...(signal && { signal }) }))
  }
}

/** @typedef {(limit: number) => number} Random a number below the limit */

/** @param {Random} random */
function randomName(random) {
  const pieces = ['a', 'b', 'c', 'A', 'foo', '.o', '.', '-', '0', '\xc3\xa9']
  const odd = ['\n', '\t', '\xff', ' ', '*', '[', '\\', '\xe9', '!', '#', ':', '"']
  const name = Array.from({ length: 1 + random(3) }, () => {
    const choice = ODD_NAMES && random(8) === 0 ? odd : pieces
    return choice[random(choice.length)]
  }).join('')
  return /^\.\.?$|^\.git/i.test(name) ? 'z' : name
}

/** @param {Random} random */
function randomRules(random) {
  const pieces = [
    'a',
    'b',
    'c',
    'A',
    'foo',
    '.o',
    '*',
    '?',
    '*',
    '/',
    '**/',
    '/**',
    '[a-c]',
    '[!a]',
    '-',
    '\\',
    '\xff',
    '0',
    ' '
  ]
  const lines = Array.from({ length: 1 + random(5) }, () => {
    const pattern = Array.from({ length: 1 + random(3) }, () => pieces[random(pieces.length)]).join('')
    // git before 2.52 misreads stars behind a plain beginning: see ignore.test.js.
    const quirk = /[^*?[\\/]\*\*/.test(pattern)
    return (
      (random(4) === 0 ? '!' : '') +
      (random(5) === 0 ? '/' : '') +
      (quirk ? 'a' : pattern) +
      (random(5) === 0 ? '/' : '')
    )
  })
  return `${lines.join('\n')}\n`
}
