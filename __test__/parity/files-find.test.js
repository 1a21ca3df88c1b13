'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')
const tenon = require('../..')
const { SEED, answers, describeBoth, fuzzRuns, randomFrom } = require('../engines')

/** @typedef {{ name: string, query: string, options?: object, paths: string[], found: [number, number, number[]][] }} Case */

// The Rust tests of tenon-files read the same table.
const { cases } = /** @type {{ cases: Case[] }} */ (/** @type {unknown} */ (require('../fixtures/files/find.json')))

describeBoth('files', () => {
  test('every row of the table holds', async () => {
    for (const { name, query, options, paths, found } of cases) {
      const expected = found.map(([index, score, indices]) => ({ path: paths[index], score, indices }))
      assert.deepEqual(tenon.files.findSync(query, { paths, ...options }), expected, name)
      assert.deepEqual(await tenon.files.find(query, { paths, ...options }), expected, name)
      const set = tenon.files.createPaths(paths)
      assert.deepEqual(tenon.files.findSync(query, { paths: set, ...options }), expected, name)
      assert.deepEqual(await tenon.files.find(query, { paths: set, ...options }), expected, name)
      set.close()
    }
  })

  test('surrogates that stand alone are characters', () => {
    const find = (/** @type {string} */ query, /** @type {string[]} */ paths) => tenon.files.findSync(query, { paths })
    assert.deepEqual(find('\ud83d', ['😀', '\ud83d/a']), [{ path: '\ud83d/a', score: 34, indices: [0] }])
    assert.deepEqual(find('\udcffa', ['\udcff/a', '\udcfea']), [{ path: '\udcff/a', score: 56, indices: [0, 2] }])
    const paths = ['a\u{10000}', 'a\ud83d\ufffe', 'a\udcff\ufffe', 'a\ufffe\ufffe']
    assert.deepEqual(
      find('a', paths).map((it) => it.path),
      [paths[1], paths[2], paths[3], paths[0]]
    )
    const same = ['\ud83d\ud83d\ude00', '\ud83d\ude00a', '\ud83da\ud83d']
    assert.deepEqual(
      find('', same).map((it) => it.path),
      [same[2], same[0], same[1]]
    )
  })

  test('a long path is matched by its end', () => {
    for (const letter of ['y', 'é', '😀']) {
      const long = `x/${letter.repeat(5000)}/abc`
      const count = (/** @type {string} */ query) => tenon.files.findSync(query, { paths: [long] }).length
      assert.deepEqual([count('abc'), count('xabc'), count(`^${letter}`), count('^x'), count('!x')], [1, 0, 1, 0, 1])
      const at = long.length - 3
      assert.deepEqual(tenon.files.findSync('abc', { paths: [long] })[0].indices, [at, at + 1, at + 2])
    }
  })

  test('the costliest query is answered', () => {
    const paths = Array.from({ length: 3 }, () => 'a'.repeat(4096))
    const [found] = tenon.files.findSync('a'.repeat(1024), { paths })
    assert.equal(found.score, 1024 * 16 + 2 * 9 + 16 + 1023 * 8)
    assert.equal(found.indices.length, 1024)
    assert.equal(tenon.files.findSync('a'.repeat(64), { paths, typos: 4 }).length, 3)
    assert.equal(tenon.files.findSync("'a ".repeat(300), { paths }).length, 3)
  })
})

const LETTERS = [...'aaabbcAB1_-. ', '/', '/', 'é', 'É', 'σ', 'ς', 'Ж', '😀', '\udcff', '\ud83d', '￮']
const PLAIN = [...'aaabbbccddABC12_-. //']

/** @param {ReturnType<typeof randomFrom>} random @param {string[]} letters @param {number} most */
function anyText(random, letters, most) {
  return Array.from({ length: random.below(most + 1) }, () => random.pick(letters)).join('')
}

/** @param {ReturnType<typeof randomFrom>} random @param {string[]} letters */
function anyQuery(random, letters) {
  const term = () => {
    const sign = random.pick(['', '', '', '', '', "'", '^', '!', '!^', "!'", '\\'])
    return sign + anyText(random, letters, 6) + random.pick(['', '', '', '', '', '$', '\\ a'])
  }
  return Array.from({ length: 1 + random.below(3) }, term).join(random.pick([' ', '  ', '\t']))
}

test('both engines find the same of anything', () => {
  const random = randomFrom(SEED)
  const runs = fuzzRuns(1500)
  let found = 0
  for (let run = 0; run < runs; run++) {
    const letters = random.below(2) === 0 ? PLAIN : LETTERS
    const paths = Array.from({ length: random.below(60) }, () => anyText(random, letters, random.pick([6, 20, 60])))
    const query = anyQuery(random, letters)
    const options = {
      limit: random.pick([0, 1, 3, 10, 50, 1000]),
      typos: random.pick([0, 0, 0, 1, 2, 4]),
      ignoreCase: random.pick(/** @type {const} */ (['smart', true, false]))
    }
    const given = random.below(2) === 0 ? paths : tenon.files.createPaths(paths)
    const { native, fallback } = answers('files', () => tenon.files.findSync(query, { paths: given, ...options }))
    assert.deepEqual(native, fallback, `seed ${SEED}, run ${run}: ${JSON.stringify({ query, options, paths })}`)
    found += /** @type {unknown[]} */ (native).length
  }
  assert.ok(found > runs, `only ${found} paths were found: the inputs are too odd`)
})

test('a set answers whichever engine made it, and when it is closed meanwhile', async () => {
  const MODES = /** @type {const} */ (['native', 'fallback', 'shadow', 'auto'])
  const paths = ['src/a.js', 'src/ab.rs', 'x\ud800y', 'é/ab.txt', 'lib/\udcff/ab']
  const expected = tenon.files.findSync('ab', { paths })
  /** @type {string[]} */
  const differences = []
  const onShadow = (/** @type {{ difference?: string }} */ { difference }) =>
    difference !== undefined && differences.push(difference)
  const configure = (/** @type {MODES[number]} */ mode) =>
    tenon.configure({ features: { files: mode }, onShadow: /** @type {any} */ (onShadow) })
  for (const made of MODES) {
    for (const first of MODES) {
      for (const second of MODES) {
        configure(made)
        const set = tenon.files.createPaths(paths)
        const found = []
        for (const mode of [first, second]) {
          configure(mode)
          found.push(tenon.files.findSync('ab', { paths: set }), await tenon.files.find('ab', { paths: set }))
        }
        const running = [tenon.files.find('ab', { paths: set }), tenon.files.find('ab', { paths: set })]
        set.close()
        found.push(...(await Promise.all(running)))
        for (const one of found) assert.deepEqual(one, expected, `made by ${made}, asked of ${first} and ${second}`)
        assert.throws(() => tenon.files.findSync('ab', { paths: set }), { code: 'ERR_CLOSED' })
        await assert.rejects(tenon.files.find('ab', { paths: set }), { code: 'ERR_CLOSED' })
      }
    }
  }
  tenon.configure({ features: { files: 'auto' }, onShadow: undefined })
  assert.deepEqual(differences, [])
})

test('both engines find the same among many paths', async () => {
  const random = randomFrom(SEED)
  const NAMES = ['core', 'net', 'Linux', 'driver', 'util', 'index', 'é', 'x1', 'test', 'a']
  const name = () => random.pick(NAMES) + random.pick(['', '', '_', '-', '.']) + random.pick(NAMES)
  const paths = Array.from({ length: 40_000 }, () => Array.from({ length: 1 + random.below(5) }, name).join('/'))
  for (const options of [{}, { typos: 1 }, { limit: 1 }, { ignoreCase: false }, { limit: 40_000 }]) {
    for (const query of ['core', 'ctli', 'net lin', 'x1$', '!a', '', 'iindx']) {
      const { native, fallback } = answers('files', () => tenon.files.findSync(query, { paths, ...options }))
      assert.deepEqual(native, fallback, `seed ${SEED}: ${query}, ${JSON.stringify(options)}`)
    }
  }
})

test('both engines find the same in a tree', async () => {
  const root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'tenon-find-'))
  try {
    fs.writeFileSync(path.join(root, '.gitignore'), 'out/\n')
    for (const folder of ['src', 'out', '.hidden']) fs.mkdirSync(path.join(root, folder))
    const names = ['src/main.js', 'src/b.js', 'out/main.js', '.hidden/main.js', 'src/é.js']
    for (const name of names) fs.writeFileSync(path.join(root, name), '')
    if (process.platform === 'linux') fs.writeFileSync(Buffer.from(`${root}/src/m\xff.js`, 'latin1'), '')
    for (const [query, options] of /** @type {[string, object][]} */ ([
      ['main', {}],
      ['main', { ignore: false }],
      ['main', { hidden: false }],
      ['\udcff', {}],
      ['', { maxFiles: 2 }],
      ['é', { limit: 1 }]
    ])) {
      /** @type {unknown[]} */
      const both = []
      for (const engine of /** @type {const} */ (['native', 'fallback'])) {
        tenon.configure({ features: { files: engine } })
        const found = await tenon.files.find(query, { root, ...options })
        assert.deepEqual(Object.keys(found), Object.keys([...found]), 'the properties are not enumerable')
        both.push({ found: [...found], skipped: found.skipped, leftOut: found.leftOut, truncated: found.truncated })
      }
      assert.deepEqual(both[0], both[1], query)
    }
    const found = await tenon.files.find('main', { root })
    assert.deepEqual(
      found.map((it) => it.path),
      ['src/main.js', '.hidden/main.js']
    )
    assert.equal(found.leftOut.ignored, 1)
    assert.equal(found.truncated, false)
    assert.equal((await tenon.files.find('', { root, maxFiles: 2 })).truncated, true)
  } finally {
    fs.rmSync(root, { recursive: true, force: true })
  }
})
