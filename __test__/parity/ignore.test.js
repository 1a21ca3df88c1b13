'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const tenon = require('../..')
const { fromByteString, pathBytes } = require('../../lib/ignore/names')
const { SEED, describeBoth, fuzzRuns, randomFrom } = require('../engines')
const { randomName, randomPath, randomRules } = require('../ignore')
const { REPOSITORY, treeMaker } = require('../trees')

const { made, tree } = treeMaker('ignore', 'latin1')
Object.assign(process.env, { HOME: made, XDG_CONFIG_HOME: '', GIT_CONFIG_NOSYSTEM: '1' })

/** All that rules answer about paths. @param {any} rules @param {string[]} paths */
function answers(rules, paths) {
  return {
    each: paths.map((one) => [rules.ignores(one), rules.ignores(one, true), rules.ignores(one, false)]),
    explained: paths.map((one) => [rules.explain(one), rules.explain(one, true), rules.explain(`${one}/`)]),
    pruned: paths.map((one) => rules.canPrune(one)),
    checked: [...rules.check(paths)],
    kept: rules.filter(paths),
    problems: rules.problems
  }
}

/** What each engine answers. @param {() => any} open @param {(rules: any) => any} ask */
function assertBoth(open, ask) {
  const [native, fallback] = /** @type {const} */ (['native', 'fallback']).map((engine) => {
    tenon.configure({ features: { ignore: engine } })
    const before = tenon.status().features.ignore.calls[engine]
    const rules = open()
    assert.equal(tenon.status().features.ignore.calls[engine], before + 1)
    try {
      return ask(rules)
    } finally {
      rules.close()
    }
  })
  assert.deepEqual(native, fallback)
  return native
}

describeBoth('ignore', () => {
  test('a file: what it ignores, why, and what may be pruned', () => {
    using(tenon.ignore.parseIgnore('*.log\n!keep.log\nbuild/\n/top\nd/*\n'), (rules) => {
      assert.deepEqual(
        [...rules.check(['a/x.log', 'keep.log', 'build', 'build/', 'build/x', 'top', 'a/top'])],
        [1, 0, 0, 1, 1, 1, 0]
      )
      assert.deepEqual(rules.explain('build/x/y'), {
        ignored: true,
        rule: { line: 3, pattern: 'build/', negated: false }
      })
      assert.deepEqual(rules.explain('keep.log'), {
        ignored: false,
        rule: { line: 2, pattern: '!keep.log', negated: true }
      })
      assert.deepEqual(rules.explain('a'), { ignored: false })
      assert.deepEqual([rules.ignores('d', true), rules.canPrune('d'), rules.ignores('d/x')], [false, false, true])
      assert.equal(rules.canPrune('build'), true)
    })
    using(tenon.ignore.parseIgnore(Buffer.from('/a\nb'), { base: 'sub', ignoreCase: true }), (rules) => {
      assert.deepEqual([...rules.check(['a', 'sub/A', 'sub/x/a', 'sub/x/B', 'b'])], [0, 1, 0, 1, 0])
      assert.equal(rules.explain('b'), null)
    })
  })

  test('a tree: rules by the place of their file, extra patterns, and paths in other words', () => {
    const root = tree({
      ...REPOSITORY,
      '.gitignore': '*.log\n',
      'a/.gitignore': '!b.log\n',
      'a/b.log': '',
      'dir/x': ''
    })
    using(tenon.ignore.openIgnore(root, { extra: ['/dir', '# no comment '] }), (rules) => {
      assert.deepEqual(rules.explain('a/b.log'), {
        ignored: false,
        tracked: false,
        rule: { file: 'a/.gitignore', line: 1, pattern: '!b.log', negated: true }
      })
      assert.deepEqual(rules.explain('dir/x')?.rule, {
        file: 'options.extra',
        line: 1,
        pattern: '/dir',
        negated: false
      })
      assert.equal(rules.ignores('# no comment '), true)
      for (const one of ['./c.log', 'a//../c.log', `${root}/c.log`, 'c.log'])
        assert.equal(rules.ignores(one), true, one)
      assert.deepEqual(rules.filter(['./c.log', 'a/./b.log']), ['a/./b.log'])
      assert.equal(rules.ignores(root), false)
      assert.equal(rules.canPrune('.git'), true)
      assert.equal(rules.ignores('.git'), false)
      for (const one of ['../x', '/elsewhere', 'a/../../x', '']) {
        assert.throws(() => rules.ignores(one), { code: 'ERR_INVALID_ARG' }, one)
      }
      assert.throws(() => rules.check(['a\0b']), { code: 'ERR_INVALID_ARG' })
      assert.throws(() => rules.ignores('x'.repeat(40_000)), { code: 'ERR_INVALID_ARG' })
      assert.deepEqual([...rules.check([])], [])
    })
  })

  test('what is read is kept until reload', () => {
    const root = tree({ ...REPOSITORY, 'a/x': '' })
    using(tenon.ignore.openIgnore(root), (rules) => {
      assert.deepEqual([...rules.check(['a/x', 'new/x'])], [0, 0])
      fs.writeFileSync(path.join(root, 'a/.gitignore'), 'x\n')
      fs.mkdirSync(path.join(root, 'new'))
      fs.writeFileSync(path.join(root, 'new/.gitignore'), 'x\n')
      assert.deepEqual([...rules.check(['a/x', 'new/x'])], [0, 0])
      rules.reload(['a/.gitignore'])
      assert.deepEqual([...rules.check(['a/x', 'new/x'])], [1, 0])
      rules.reload(['new/.gitignore'])
      assert.deepEqual([...rules.check(['a/x', 'new/x'])], [1, 1])
      fs.writeFileSync(path.join(root, '.gitignore'), 'y\n')
      rules.reload()
      assert.equal(rules.ignores('y'), true)
      fs.mkdirSync(path.join(root, '.git/info'))
      fs.writeFileSync(path.join(root, '.git/info/exclude'), 'z\n')
      rules.reload([path.join(root, '.git/info/exclude')])
      assert.equal(rules.explain('z')?.rule?.file, '.git/info/exclude')
    })
  })

  test('a nested repository is opaque, and a link is not followed', () => {
    const nested = Object.fromEntries(Object.entries(REPOSITORY).map(([name, text]) => [`sub/${name}`, text]))
    const root = tree({
      ...REPOSITORY,
      ...nested,
      'sub/.gitignore': 'x\n',
      '.gitignore': '*.o\n',
      'real/.gitignore': 'x\n'
    })
    fs.symlinkSync('real', path.join(root, 'link'))
    using(tenon.ignore.openIgnore(root), (rules) => {
      assert.equal(rules.explain('sub/x'), null)
      assert.deepEqual([rules.ignores('sub/a.o'), rules.ignores('sub'), rules.canPrune('sub')], [false, false, true])
      assert.deepEqual(
        [rules.ignores('real/x'), rules.ignores('link/x'), rules.ignores('link/a.o')],
        [true, false, true]
      )
    })
    // Below a root that lies in none, a repository has its own rules.
    fs.rmSync(path.join(root, '.git'), { recursive: true })
    using(tenon.ignore.openIgnore(root), (rules) => {
      assert.deepEqual([rules.ignores('sub/x'), rules.ignores('sub/a.o'), rules.canPrune('sub')], [true, false, false])
    })
  })

  test('the configuration of the user can be left out, and problems are told', () => {
    const root = tree({ ...REPOSITORY, '.git/index': 'DIRC no index', '.git/config': '[core]\nignoreCase = perhaps\n' })
    fs.writeFileSync(path.join(made, '.gitconfig'), `[core]\nexcludesFile = ${made}/mine\n`)
    fs.writeFileSync(path.join(made, 'mine'), 'mine\n')
    using(tenon.ignore.openIgnore(root), (rules) => {
      assert.equal(rules.ignores('mine'), true)
      assert.equal(rules.explain('mine')?.rule?.file, path.join(made, 'mine'))
      assert.deepEqual(rules.problems, [
        { path: '.git/config', reason: 'core.ignorecase is not a boolean' },
        { path: '.git/index', reason: 'corrupt index: it ends too early' }
      ])
    })
    using(tenon.ignore.openIgnore(root, { global: false, tracked: false }), (rules) => {
      assert.equal(rules.ignores('mine'), false)
      assert.equal(rules.problems.length, 1)
    })
    fs.rmSync(path.join(made, '.gitconfig'))
  })

  test('wrong arguments, and a closed handle', () => {
    const { openIgnore, parseIgnore } = /** @type {any} */ (tenon.ignore)
    for (const call of [
      () => openIgnore(7),
      () => openIgnore(made, { deep: 1 }),
      () => openIgnore(made, { tracked: 1 }),
      () => openIgnore(made, { ignoreCase: 'no' }),
      () => openIgnore(made, { extra: 'x' }),
      () => openIgnore(made, { extra: ['a\0'] }),
      () => parseIgnore(7),
      () => parseIgnore('', { base: '../x' }),
      () => parseIgnore('').check('x'),
      () => parseIgnore('').check([7]),
      () => parseIgnore('').ignores('x', 1)
    ]) {
      assert.throws(call, { code: 'ERR_INVALID_ARG' }, String(call))
    }
    assert.throws(() => openIgnore(path.join(made, 'missing')), { code: 'ERR_IO', errno: 'ENOENT' })
    assert.throws(() => openIgnore(__filename), { code: 'ERR_IO', errno: 'ENOTDIR' })
    assert.throws(() => parseIgnore('a\n'.repeat(100_001)), { code: 'ERR_LIMIT' })
    assert.throws(() => parseIgnore(' '.repeat(5 << 20)), { code: 'ERR_LIMIT' })
    const handle = openIgnore(made)
    handle.close()
    handle.close()
    assert.throws(() => handle.ignores('x'), { code: 'ERR_CLOSED' })
    assert.throws(() => handle.problems, { code: 'ERR_CLOSED' })
  })

  test('a handle keeps its engine when the mode changes', () => {
    const rules = tenon.ignore.parseIgnore('a\n')
    const { mode } = tenon.status().features.ignore
    tenon.configure({ features: { ignore: mode === 'native' ? 'fallback' : 'native' } })
    assert.equal(rules.ignores('a'), true)
    tenon.configure({ features: { ignore: mode } })
    rules.close()
  })
})

/** @template {{ close(): void }} T @param {T} rules @param {(rules: T) => void} body */
function using(rules, body) {
  try {
    body(rules)
  } finally {
    rules.close()
  }
}

test(`both engines answer alike about random files (seed ${SEED})`, () => {
  const random = randomFrom(SEED).below
  for (let run = 0; run < fuzzRuns(300); run += 1) {
    const text = Buffer.from(randomRules(random), 'latin1')
    const paths = Array.from({ length: 20 }, () => fromByteString(randomPath(random)))
    const base = random(3) === 0 ? fromByteString(randomName(random)) : ''
    if (base !== '') for (const one of paths.slice(0, 10)) paths.push(`${base}/${one}`)
    const options = { base, ignoreCase: random(3) === 0 }
    assertBoth(
      () => tenon.ignore.parseIgnore(text, options),
      (rules) => answers(rules, paths)
    )
  }
})

test(`both engines answer alike about random trees (seed ${SEED})`, () => {
  const random = randomFrom(SEED + 1).below
  for (let run = 0; run < fuzzRuns(60); run += 1) {
    /** @type {Record<string, string>} */
    const files = random(4) === 0 ? {} : { ...REPOSITORY }
    const folders = Array.from({ length: 6 }, () => randomPath(random))
    for (const folder of folders) {
      files[`${folder}/`] = ''
      if (random(2) === 0) files[`${folder}/.gitignore`] = randomRules(random)
      if (random(8) === 0)
        for (const name of Object.keys(REPOSITORY)) files[`${folder}/${name}`] = 'ref: refs/heads/x\n'
    }
    files['.gitignore'] = randomRules(random)
    const root = tree(files)
    const inner = random(3) === 0 ? folders[0] : undefined
    const start = inner === undefined ? root : `${root}/${fromByteString(inner)}`
    const paths = [...folders, ...folders.map((one) => `${one}/${randomPath(random)}`), randomPath(random), '.git/x']
    const extra =
      random(3) === 0
        ? randomRules(random)
            .split(/[\n\0]/)
            .map(fromByteString)
        : []
    const options = { extra, ...(random(3) === 0 && { ignoreCase: random(2) === 0 }), tracked: random(2) === 0 }
    assertBoth(
      () => tenon.ignore.openIgnore(start, options),
      (rules) => answers(rules, paths.map(fromByteString))
    )
    assert.ok(pathBytes(start).length > 0)
    fs.rmSync(root, { recursive: true })
  }
})
