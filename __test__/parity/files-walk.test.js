'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { execFileSync, spawnSync } = require('node:child_process')
const { after, before, test } = require('node:test')
const tenon = require('../..')
const { runSync } = require('../../lib/ignore/io')
const { fromByteString, toByteString } = require('../../lib/files/names')
const { nextItem, openWalk } = require('../../lib/files/walk')
const { SEED, describeBoth, fuzzRuns, randomFrom } = require('../engines')
const { REPOSITORY, bytes, treeMaker } = require('../trees')

const POSIX = process.platform !== 'win32'
const LINUX = process.platform === 'linux'
const { made, tree } = treeMaker('walk', 'latin1')
const home = path.join(made, 'home')
fs.mkdirSync(home)

/** The environment a test may not depend on. */
const isolated = {
  GIT_CONFIG_GLOBAL: path.join(made, 'none'),
  GIT_CONFIG_NOSYSTEM: '1',
  XDG_CONFIG_HOME: home,
  HOME: home
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

/**
 * All that a walk gives.
 * @param {string} root
 * @param {import('../..').files.WalkOptions} [options]
 */
async function walked(root, options) {
  const walk = tenon.files.walk(root, options)
  const entries = []
  for await (const batch of walk) entries.push(...batch)
  return { entries, skipped: walk.skipped, leftOut: walk.leftOut }
}

/** @param {string} root @param {import('../..').files.WalkOptions} [options] */
async function paths(root, options) {
  return (await walked(root, options)).entries.map((entry) => entry.path)
}

/** Counts that are not 0. @param {import('../..').files.LeftOut} leftOut */
function counted(leftOut) {
  return Object.fromEntries(Object.entries(leftOut).filter(([, value]) => value > 0))
}

test('walks give what the table says', { skip: !POSIX }, () => {
  // The Rust tests of tenon-files compare with the same table.
  for (const row of /** @type {any[]} */ (require('../fixtures/files/walk.json'))) {
    const texts = Object.entries(row.files).map(([name, text]) => [name, text.replace('LARGE', 'x'.repeat(5 << 20))])
    const root = tree(Object.fromEntries(texts), row.links)
    const { hidden = true, ignore = true, includeLeftOut = false, symlinks = 'leaveOut' } = row
    const environment = /** @type {any} */ ({ gitConfigNosystem: '1' })
    const options = { hidden, ignore, includeLeftOut, symlinks, environment }
    const select = {
      enters: (/** @type {string} */ folder) => row.below === undefined || row.below.includes(folder),
      takes: (/** @type {string} */ name, /** @type {string} */ kind) =>
        name.endsWith(row.ends ?? '') && (row.directories === true || kind !== 'directory')
    }
    const walk = runSync(openWalk(root, options, select))
    const items = []
    for (let item = runSync(nextItem(walk)); item !== undefined; item = runSync(nextItem(walk))) {
      if (item.reason !== undefined) items.push(`${item.reason} ${item.path}`)
      else items.push(`${item.kind} ${item.path}${item.leftOut === undefined ? '' : ` ${item.leftOut}`}`)
    }
    assert.deepEqual(items, row.items, row.says)
  }
})

test('any bytes can be had back from their text', () => {
  const random = randomFrom(SEED)
  const pieces = [
    'a',
    '/',
    '\xff',
    '\x80',
    '\xc3',
    '\xa9',
    '\xe2',
    '\x82',
    '\xac',
    '\xf0',
    '\x9f',
    '\x98',
    '\xed',
    '\xa0'
  ]
  for (let run = 0; run < fuzzRuns(20_000); run++) {
    const name = Array.from({ length: random.below(8) }, () =>
      random.below(3) === 0 ? String.fromCharCode(1 + random.below(255)) : random.pick(pieces)
    ).join('')
    const text = fromByteString(name)
    assert.equal(toByteString(text), name, JSON.stringify(name))
    assert.equal(tenon.files.pathBytes(text).toString('latin1'), name)
    const decoded = Buffer.from(name, 'latin1').toString()
    if (Buffer.from(decoded).toString('latin1') === name) assert.equal(text, decoded)
  }
})

describeBoth('files', (engine) => {
  test('a walk gives in batches what a list gives at once', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 25 }, (_, index) => [`d${index % 4}/f${index}`, 'x'.repeat(index)])
    )
    const root = tree({ ...files, 'd1/.gitignore': 'f5\n', 'd1-': '', 'a/b/c': '' })
    const listed = tenon.files.listSync(root)
    for (const batchSize of [1, 7, listed.length, 1000]) {
      const walk = tenon.files.walk(root, { batchSize })
      const batches = []
      for await (const batch of walk) batches.push(batch)
      assert.deepEqual(
        batches.flat(),
        listed.map((name) => ({ path: name, kind: 'file' }))
      )
      assert.ok(batches.slice(0, -1).every((batch) => batch.length === batchSize))
      assert.deepEqual([walk.skipped, walk.leftOut], [listed.skipped, listed.leftOut])
      assert.deepEqual(await walk.next(), { done: true, value: undefined })
    }
    const all = await paths(root, { directories: true })
    assert.deepEqual(all, all.toSorted())
    assert.deepEqual(all.slice(0, 4), ['a', 'a/b', 'a/b/c', 'd0'])
    assert.ok(all.indexOf('d1') < all.indexOf('d1-') && all.indexOf('d1-') < all.indexOf('d1/f1'))
    const { entries } = await walked(root, { stat: true, directories: true })
    for (const entry of entries) {
      const { size, mtimeMs } = fs.lstatSync(path.join(root, entry.path))
      assert.deepEqual([entry.size, entry.mtimeMs], [size, mtimeMs], entry.path)
    }
  })

  test('times of any age are those of Node', async () => {
    const root = tree({ a: '', b: '', c: '' })
    fs.utimesSync(path.join(root, 'a'), 0, -1234567.891)
    fs.utimesSync(path.join(root, 'b'), 0, 1e10 + 1 / 3)
    fs.utimesSync(path.join(root, 'c'), 0, 1700000000.987654)
    const { entries } = await walked(root, { stat: true })
    assert.deepEqual(
      entries.map((entry) => entry.mtimeMs),
      ['a', 'b', 'c'].map((name) => fs.statSync(path.join(root, name)).mtimeMs)
    )
  })

  test('nothing is read before it is asked for, and leaving the loop ends it', async () => {
    const root = tree({ 'a/1': '', 'b/1': '' })
    const walk = tenon.files.walk(root, { batchSize: 1 })
    fs.writeFileSync(path.join(root, 'a/0'), '')
    assert.deepEqual((await walk.next()).value, [{ path: 'a/0', kind: 'file' }])
    fs.writeFileSync(path.join(root, 'b/0'), '')
    assert.deepEqual((await walk.next()).value, [{ path: 'a/1', kind: 'file' }])
    assert.deepEqual((await walk.next()).value, [{ path: 'b/0', kind: 'file' }])
    assert.deepEqual(await walk.return(), { done: true, value: undefined })
    assert.deepEqual(await walk.next(), { done: true, value: undefined })
    const other = tenon.files.walk(root, { batchSize: 1 })
    for await (const batch of other) {
      assert.equal(batch.length, 1)
      break
    }
    assert.deepEqual(await other.next(), { done: true, value: undefined })
    // Before the first batch there is nothing to end.
    assert.deepEqual(await tenon.files.walk(root).return(), { done: true, value: undefined })
    const together = tenon.files.walk(root, { batchSize: 2 })
    const results = await Promise.all([together.next(), together.next(), together.next()])
    assert.deepEqual(
      results.map(({ value }) => value?.map((/** @type {import("../..").files.Entry} */ { path }) => path)),
      [['a/0', 'a/1'], ['b/0', 'b/1'], undefined]
    )
  })

  test('a signal ends a walk, whenever it comes', async () => {
    const root = tree({ 'a/1': '', 'b/1': '' })
    const reason = new Error('enough')
    const expected = { name: 'TenonError', code: 'ERR_ABORTED', cause: reason }
    await assert.rejects(tenon.files.walk(root, { signal: AbortSignal.abort(reason) }).next(), expected)
    const controller = new AbortController()
    const walk = tenon.files.walk(root, { batchSize: 1, signal: controller.signal })
    await walk.next()
    controller.abort(reason)
    await assert.rejects(walk.next(), expected)
    assert.deepEqual(await walk.next(), { done: true, value: undefined })
    const during = new AbortController()
    const rest = tenon.files.walk(path.join(__dirname, '../..'), {
      ignore: false,
      batchSize: 100_000,
      signal: during.signal
    })
    const waiting = rest.next()
    setImmediate(() => during.abort(reason))
    await assert.rejects(waiting, expected)
  })

  test('a root that cannot be read fails the first batch', async () => {
    const root = tree({ file: '' })
    for (const [given, errno] of [
      [path.join(root, 'none'), 'ENOENT'],
      [path.join(root, 'file'), 'ENOTDIR'],
      ['', 'ENOENT']
    ]) {
      const message = `cannot read directory '${given}': ${errno}`
      await assert.rejects(tenon.files.walk(given).next(), { code: 'ERR_IO', errno, path: given, message })
    }
    if (!LINUX) return
    const odd = path.join(root, 'no\udcffne')
    const expected = { code: 'ERR_IO', path: odd, message: `cannot read directory '${odd}': ENOENT` }
    assert.throws(() => tenon.files.listSync(odd), expected)
    await assert.rejects(tenon.files.list(odd), expected)
    await assert.rejects(tenon.files.walk(odd).next(), expected)
  })

  test('wrong arguments say what is wrong', () => {
    const walk = /** @type {any} */ (tenon.files.walk)
    for (const [args, message] of /** @type {[any[], RegExp][]} */ ([
      [[], /root must be a string, not undefined/],
      [['a\0b'], /root must be a path without NUL/],
      [['.', 7], /options must be an object/],
      [
        ['.', { maxFiles: 1 }],
        /unknown option "maxFiles"; the options are hidden, ignore, directories, symlinks, special/
      ],
      [['.', { stat: 1 }], /options.stat must be a boolean, not 1/],
      [['.', { directories: 'no' }], /options.directories must be a boolean/],
      [['.', { symlinks: true }], /options.symlinks must be one of skip, list, follow, not true/],
      [['.', { symlinks: 'toString' }], /options.symlinks must be one of/],
      [['.', { batchSize: 0 }], /options.batchSize must be an integer from 1 to 100000, not 0/],
      [['.', { allowBroadRoot: 1 }], /options.allowBroadRoot must be a boolean/],
      [['.', { signal: {} }], /options.signal must be an AbortSignal/]
    ])) {
      assert.throws(() => walk(...args), { name: 'TenonError', code: 'ERR_INVALID_ARG', message })
    }
    const pathBytes = /** @type {any} */ (tenon.files.pathBytes)
    assert.throws(() => pathBytes(7), { code: 'ERR_INVALID_ARG', message: /path must be a string/ })
    assert.throws(() => pathBytes('a\0'), { code: 'ERR_INVALID_ARG', message: /path must be a path without NUL/ })
  })

  test('a broad root has to be meant', async () => {
    fs.writeFileSync(path.join(home, 'a'), '')
    const link = path.join(made, `link-${engine}`)
    if (POSIX) fs.symlinkSync('home', link)
    const roots = [
      path.parse(process.cwd()).root,
      home,
      `${home}/`,
      path.join(home, 'x/..'),
      ...(POSIX ? [link, '//'] : [])
    ]
    for (const root of roots) {
      const expected = {
        code: 'ERR_INVALID_ARG',
        argument: 'root',
        message: /^root ".*" is the (root of a file system|home directory); options.allowBroadRoot must be true for it$/
      }
      assert.throws(() => tenon.files.listSync(root), expected, root)
      await assert.rejects(tenon.files.list(root), expected)
      assert.throws(() => tenon.files.walk(root), expected)
    }
    assert.deepEqual([...tenon.files.listSync(home, { allowBroadRoot: true })], ['a'])
    assert.deepEqual(await paths(home, { allowBroadRoot: true }), ['a'])
    const below = path.join(home, 'below')
    fs.mkdirSync(below, { recursive: true })
    assert.deepEqual([...(await tenon.files.list(below))], [])
    // What is above the home directory is as broad as the caller makes it.
    assert.ok((await tenon.files.list(made, { ignore: false, maxFiles: 1 })).truncated)
    fs.rmdirSync(below)
  })

  test('links in circles, to nothing and to elsewhere', { skip: !POSIX }, async () => {
    const root = tree(
      { 'a/b': '', ...REPOSITORY },
      {
        'a/here': '.',
        'a/up': '..',
        file: 'a/b',
        gone: 'nowhere',
        out: '/',
        self: 'self',
        one: 'two',
        two: 'one',
        git: '.git'
      }
    )
    const skipping = await walked(root)
    assert.deepEqual(skipping.entries, [{ path: 'a/b', kind: 'file' }])
    assert.deepEqual([counted(skipping.leftOut), skipping.skipped], [{ symlinks: 9 }, []])
    const listing = await walked(root, { symlinks: 'list', stat: true })
    assert.deepEqual(
      listing.entries.map(({ path, kind, size }) => `${path} ${kind} ${size}`),
      ['a/b file 0', 'a/here symlink 1', 'a/up symlink 2', 'file symlink 3', 'git symlink 4', 'gone symlink 7'].concat([
        'one symlink 3',
        'out symlink 1',
        'self symlink 4',
        'two symlink 3'
      ])
    )
    const following = await walked(root, { symlinks: 'follow', stat: true })
    assert.deepEqual(
      following.entries.map(({ path }) => path),
      ['a/b', 'file']
    )
    assert.deepEqual(following.skipped, [
      { path: 'a/here', reason: 'link to a folder it lies in' },
      { path: 'a/up', reason: 'link to a folder it lies in' },
      { path: 'git', reason: 'link into .git' },
      { path: 'gone', reason: 'link to nothing' },
      { path: 'one', reason: 'ELOOP' },
      { path: 'out', reason: 'link to outside the root' },
      { path: 'self', reason: 'ELOOP' },
      { path: 'two', reason: 'ELOOP' }
    ])
    assert.deepEqual(counted(following.leftOut), { symlinks: 5, unreadable: 3 })
  })

  test('a directory and a link named .gitignore have no rules', { skip: !POSIX }, async () => {
    const root = tree({ 'a/.gitignore/x': '', 'a/y': '', 'b/y': '', rules: '*\n' }, { 'b/.gitignore': '../rules' })
    const { entries, leftOut } = await walked(root)
    assert.deepEqual(
      entries.map(({ path }) => path),
      ['a/.gitignore/x', 'a/y', 'b/y', 'rules']
    )
    assert.deepEqual(counted(leftOut), { symlinks: 1 })
  })

  test('FIFOs, sockets and devices are counted, and never opened', { skip: !POSIX }, async () => {
    const root = tree({ a: '', '.gitignore': '*.tmp\n' })
    execFileSync('mkfifo', ['fifo', 'fifo.tmp', '.gitattributes'], { cwd: root })
    const server = net.createServer()
    await new Promise((resolve) => server.listen(path.join(root, 'sock'), () => resolve(undefined)))
    try {
      // Only some users may make devices.
      const device = spawnSync('mknod', ['null', 'c', '1', '3'], { cwd: root }).status === 0 ? ['null'] : []
      const { entries, leftOut } = await walked(root)
      assert.deepEqual(
        entries.map(({ path }) => path),
        ['.gitignore', 'a']
      )
      assert.deepEqual(counted(leftOut), { special: 3 + device.length, ignored: 1 })
      const others = (await walked(root, { special: true })).entries.filter(({ kind }) => kind === 'other')
      assert.deepEqual(
        others.map(({ path }) => path),
        ['.gitattributes', 'fifo', ...device, 'sock']
      )
      assert.deepEqual(counted(tenon.files.listSync(root).leftOut), counted(leftOut))
    } finally {
      server.close()
    }
  })

  test('a FIFO in the place of a rule file is none', { skip: !POSIX }, async () => {
    const root = tree({ a: '', ...REPOSITORY, '.git/info/': '' })
    execFileSync('mkfifo', ['.gitignore', '.git/info/exclude', '.git/index'], { cwd: root })
    const { entries, skipped } = await walked(root)
    assert.deepEqual(
      entries.map(({ path }) => path),
      ['a']
    )
    assert.deepEqual(skipped.map(({ path, reason }) => `${path}: ${reason}`).sort(), [
      '.git/index: not a regular file',
      '.git/info/exclude: not a regular file'
    ])
  })

  test('names that are not UTF-8 can be had back', { skip: !LINUX }, async () => {
    const names = [
      'a\xff',
      'b\xc3',
      'c\xe2\x82',
      'd\xf0\x9f\x98\x80',
      'e\xed\xb3\xbf',
      'f\xc0\x80',
      '\x80/\xfe',
      'x\n\x01'
    ]
    const root = tree(Object.fromEntries(names.map((name) => [name, name])))
    for (const [name, content] of [
      ['\xff.o', ''],
      ['.gitignore', '*\xff.o\n']
    ])
      fs.writeFileSync(bytes(root, name), Buffer.from(content, 'latin1'))
    const found = await paths(root)
    assert.deepEqual(found.slice(1), [
      'a\udcff',
      'b\udcc3',
      'c\udce2\udc82',
      'd😀',
      'e\udced\udcb3\udcbf',
      'f\udcc0\udc80',
      'x\n\x01',
      '\udc80/\udcfe'
    ])
    for (const name of found.slice(1)) {
      const file = Buffer.concat([Buffer.from(`${root}/`), tenon.files.pathBytes(name)])
      assert.deepEqual(fs.readFileSync(file), tenon.files.pathBytes(name))
    }
    assert.deepEqual([...tenon.files.listSync(root)], found)
    assert.deepEqual([...(await tenon.files.list(`${root}/\udc80`))], ['\udcfe'])
    assert.deepEqual(await paths(`${root}/\udc80`), ['\udcfe'])
  })

  test('100,000 files in one directory', async () => {
    const root = path.join(made, 'many')
    if (!fs.existsSync(root)) {
      fs.mkdirSync(root)
      for (let index = 0; index < 100_000; index++) fs.writeFileSync(path.join(root, `f${index}`), '')
      fs.writeFileSync(path.join(root, '.gitignore'), 'f*7\n')
    }
    const listed = await tenon.files.list(root)
    assert.equal(listed.length, 90_001)
    assert.deepEqual(counted(listed.leftOut), { ignored: 10_000 })
    let files = 0
    let last = ''
    for await (const batch of tenon.files.walk(root)) {
      for (const entry of batch) {
        assert.ok(entry.path > last)
        last = entry.path
      }
      files += batch.length
    }
    assert.equal(files, 90_001)
  })

  test('what is deeper than the system takes is reported, and the rest is there', { skip: !LINUX }, async () => {
    const root = tree({ a: '', 'z/z': '' })
    // Each step is short; the whole is longer than the system takes in one path.
    const script = 'for i in $(seq 1 25); do mkdir "$1" && cd "$1" || exit 1; touch f; done'
    execFileSync('bash', ['-c', script, 'bash', 'n'.repeat(200)], { cwd: root })
    const { entries, skipped, leftOut } = await walked(root, { stat: true })
    const deep = Math.floor((4095 - root.length) / 201)
    const file = (/** @type {number} */ depth) => `${`${'n'.repeat(200)}/`.repeat(depth)}f`
    const expected = ['a', ...Array.from({ length: deep }, (_, index) => file(index + 1)), 'z/z'].sort()
    assert.deepEqual(
      entries.map(({ path }) => path),
      expected
    )
    const last = `${'n'.repeat(200)}/`.repeat(deep + 1).slice(0, -1)
    assert.deepEqual(skipped, [{ path: last, reason: 'ENAMETOOLONG' }])
    assert.deepEqual(counted(leftOut), { unreadable: 1 })
    assert.deepEqual([...tenon.files.listSync(root)], expected)
    execFileSync('rm', ['-rf', root])
  })

  test('what may not be read is reported, and the rest is there', { skip: !POSIX }, () => {
    const root = tree(
      { a: '', 'closed/b': '', 'blind/c': '', 'd/e': '', 'rules/.gitignore': 'f\n', 'rules/f': '' },
      { l: 'closed/b' }
    )
    fs.chmodSync(made, 0o755)
    for (const [name, mode] of /** @type {const} */ ([
      ['closed', 0],
      ['blind', 0o444],
      ['rules/.gitignore', 0]
    ])) {
      fs.chmodSync(path.join(root, name), mode)
    }
    const script = `
      const tenon = require(${JSON.stringify(path.join(__dirname, '../..'))})
      tenon.configure({ features: { files: '${engine}' } })
      const root = ${JSON.stringify(root)}
      const main = async () => {
        await tenon.files.walk(root, { symlinks: 'follow' }).next()
        tenon.files.listSync(root)
        if (process.getuid() === 0) {
          process.chdir('/')
          process.setgroups([])
          process.setgid(65534)
          process.setuid(65534)
        }
        const walk = tenon.files.walk(root, { stat: true, symlinks: 'follow' })
        const entries = []
        for await (const batch of walk) entries.push(...batch)
        const { skipped, leftOut } = await tenon.files.list(root)
        process.stdout.write(JSON.stringify({
          entries: entries.map(({ path, size }) => path + ' ' + size), walk, skipped, leftOut
        }))
      }
      main()`
    const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })
    for (const name of ['closed', 'blind', 'rules/.gitignore']) fs.chmodSync(path.join(root, name), 0o700)
    assert.equal(status, 0, stderr)
    const { entries, walk, skipped, leftOut } = JSON.parse(stdout)
    assert.deepEqual(entries, ['a 0', 'blind/c undefined', 'd/e 0', 'rules/.gitignore 2', 'rules/f 0'])
    const denied = (/** @type {string[]} */ ...names) => names.map((name) => ({ path: name, reason: 'EACCES' }))
    assert.deepEqual(walk.skipped, denied('blind/c', 'closed', 'l', 'rules/.gitignore'))
    assert.deepEqual(counted(walk.leftOut), { unreadable: 2 })
    assert.deepEqual(skipped, denied('closed', 'rules/.gitignore'))
    assert.deepEqual(counted(leftOut), { unreadable: 1, symlinks: 1 })
  })

  test('what disappears during a walk is not there', async () => {
    const root = tree({ 'a/1': '', 'b/1': '', 'c/1': '', 'c/2': '', 'd/1': '' })
    const walk = tenon.files.walk(root, { batchSize: 1, stat: true })
    const found = []
    for await (const [entry] of walk) {
      found.push(entry.path)
      if (entry.path === 'a/1') fs.rmSync(path.join(root, 'b'), { recursive: true })
      // Its names are read already.
      if (entry.path === 'c/1') fs.rmSync(path.join(root, 'c'), { recursive: true })
    }
    assert.deepEqual(found, ['a/1', 'c/1', 'd/1'])
    assert.deepEqual([walk.skipped, counted(walk.leftOut)], [[], {}])
    const gone = tree({ a: '' })
    const other = tenon.files.walk(gone)
    fs.rmSync(gone, { recursive: true })
    await assert.rejects(other.next(), { code: 'ERR_IO', errno: 'ENOENT' })
  })

  test('roots that are links, ignored, and parts of repositories', { skip: !POSIX }, async () => {
    const root = tree(
      {
        ...REPOSITORY,
        '.gitignore': '/out/\n*.o\n',
        'out/a': '',
        'src/b': '',
        'src/b.o': '',
        'sub/.git': 'gitdir: ../.git\n',
        'sub/c': ''
      },
      { link: 'src' }
    )
    assert.deepEqual(await paths(path.join(root, 'link')), ['b'])
    const ignored = await walked(path.join(root, 'out'))
    assert.deepEqual(ignored.entries, [])
    assert.deepEqual(ignored.skipped, [
      { path: '.', reason: 'the root itself is ignored: only tracked files are listed' }
    ])
    const top = await walked(root)
    assert.deepEqual(
      top.entries.map(({ path }) => path),
      ['.gitignore', 'src/b']
    )
    assert.deepEqual(top.skipped, [{ path: 'sub', reason: 'nested git repository' }])
    assert.deepEqual(counted(top.leftOut), { ignored: 2, symlinks: 1, nestedRepositories: 1 })
    assert.deepEqual(await paths(path.join(root, 'sub')), ['c'])
    // Inside .git there are no rules, and it is entered when it is the root.
    assert.deepEqual(await paths(path.join(root, '.git')), ['HEAD'])
  })
})

test('both engines walk random hostile trees alike', { skip: !POSIX }, async (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED)
  const names = [
    'a',
    'b',
    'a-b',
    'a.o',
    '.h',
    '.git',
    '.gitignore',
    'z',
    '文',
    ...(LINUX ? ['\xff', 'b\xe9', '\xed\xa0\x80'] : [])
  ]
  const raw = names.map((name) => (name === '文' ? Buffer.from(name).toString('latin1') : name))
  const rules = ['a', '*.o', '/b/', '!a.o', '*', '!*/', 'z/', '.h', '\xff', 'b?', 'a/b', '**/z', '!b']
  for (let run = 0; run < fuzzRuns(150); run++) {
    const root = tree({})
    const folders = ['']
    for (let made = random.below(30); made > 0; made--) {
      const name = random.pick(folders) + random.pick(raw)
      const file = bytes(root, name)
      if (fs.lstatSync(file, { throwIfNoEntry: false })) continue
      const kind = random.below(10)
      if (kind < 3) {
        fs.mkdirSync(file)
        folders.push(`${name}/`)
        if (random.below(4) === 0) {
          for (const [file, text] of Object.entries(REPOSITORY)) {
            const target = bytes(root, `${name}/${file}`)
            if (file.endsWith('/')) fs.mkdirSync(target, { recursive: true })
            else {
              fs.mkdirSync(bytes(root, `${name}/.git`), { recursive: true })
              fs.writeFileSync(target, text)
            }
          }
        }
      } else if (kind === 3) {
        execFileSync('mkfifo', ['fifo'], { cwd: root })
        fs.renameSync(path.join(root, 'fifo'), /** @type {any} */ (file))
      } else if (kind < 6) {
        const up = '../'.repeat(random.below(3))
        fs.symlinkSync(
          Buffer.from(
            random.pick(['.', '..', up || './', `${up}${random.pick(raw)}`, '/', '/tmp', `${root}/a`]),
            'latin1'
          ),
          file
        )
      } else if (name.endsWith('.gitignore')) {
        const lines = Array.from({ length: 1 + random.below(4) }, () => random.pick(rules)).join('\n')
        fs.writeFileSync(file, Buffer.from(`${lines}\n`, 'latin1'))
      } else {
        fs.writeFileSync(file, 'x'.repeat(random.below(9)))
      }
    }
    const at = random.below(4) === 0 ? `/${random.pick(folders)}` : ''
    const given = root + fromByteString(at)
    const options = {
      hidden: random.below(3) > 0,
      ignore: random.below(4) > 0,
      directories: random.below(2) === 0,
      symlinks: random.pick(/** @type {const} */ (['skip', 'list', 'follow'])),
      special: random.below(2) === 0,
      stat: random.below(3) === 0,
      batchSize: random.pick([1, 3, 1000])
    }
    const results = []
    for (const engine of /** @type {const} */ (['native', 'fallback'])) {
      tenon.configure({ features: { files: engine } })
      const walk = tenon.files.walk(given, options)
      const batches = []
      for await (const batch of walk) batches.push(batch)
      const listed = tenon.files.listSync(given, { hidden: options.hidden, ignore: options.ignore })
      results.push({
        batches,
        skipped: walk.skipped,
        leftOut: walk.leftOut,
        listed,
        missing: listed.skipped,
        counts: listed.leftOut
      })
      const files = batches.flat().filter(({ kind }) => kind === 'file')
      if (options.symlinks !== 'follow')
        assert.deepEqual(
          files.map(({ path }) => path),
          [...listed]
        )
    }
    const shown = `seed ${SEED}, run ${run}: ${JSON.stringify({ given, options })}`
    assert.deepEqual(results[0], results[1], shown)
    const order = results[0].batches.flat().map(({ path }) => tenon.files.pathBytes(path).toString('latin1'))
    assert.deepEqual(order, order.toSorted(), shown)
    fs.rmSync(root, { recursive: true })
  }
})
