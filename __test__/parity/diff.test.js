'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const tenon = require('../..')
const { randomBytes, randomPair, sidesOf } = require('../diff')
const { SEED, answers, describeBoth, fuzzRuns, randomFrom } = require('../engines')
const { cases } = require('../fixtures/diff/changes.json')

const { diff } = tenon
const UNITS = /** @type {const} */ (['lines', 'words', 'chars', 'sentences'])
const ALGORITHMS = /** @type {const} */ (['histogram', 'myers', 'minimal', 'patience'])

describeBoth('diff', () => {
  test('the changes of the fixture table', () => {
    assert.ok(cases.length > 15)
    for (const { unit, a, b, changes } of cases) {
      const found = diff[/** @type {'lines'} */ (unit)](a, b, { algorithm: 'minimal' })
      const kind = (/** @type {import('../..').diff.Change} */ { added, removed }) =>
        added ? '+' : removed ? '-' : ' '
      assert.deepEqual(
        found.map((change) => [kind(change), change.count, change.value]),
        changes,
        JSON.stringify({ unit, a, b })
      )
      const inBytes = diff[/** @type {'lines'} */ (unit)](Buffer.from(a), Buffer.from(b), { algorithm: 'minimal' })
      assert.deepEqual(
        inBytes.map(({ value }) => value.toString()),
        found.map(({ value }) => value)
      )
    }
  })

  test('a bound makes correct changes that are larger, and says so', () => {
    const before = Array.from({ length: 2000 }, (_, line) => `${line}\n`)
    const after = before.toReversed().join('')
    let coarse = 0
    const options = /** @type {const} */ ({ algorithm: 'minimal', timeoutWork: 5000, onCoarse: () => coarse++ })
    assert.deepEqual(sidesOf(diff.lines(before.join(''), after, options)), { before: before.join(''), after })
    diff.createPatch(before.join(''), after, options)
    assert.equal(coarse, 2)
    diff.createPatch(before.join(''), after, { onCoarse: () => assert.fail('the default is enough here') })
  })
})

test('both engines give the same changes and patches', (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED + 11)
  for (let run = 0; run < fuzzRuns(1500); run++) {
    const [a, b] = randomPair(random, random.pick([4, 12, 60, 300]))
    const algorithm = random.pick(ALGORITHMS)
    const unit = random.pick(UNITS)
    const ignoreWhitespace = random.pick(
      /** @type {const} */ ([false, false, true, 'change', 'at-end', 'carriage-return'])
    )
    const timeoutWork = random.pick([1, 50, 500, 2 ** 27, 2 ** 27])
    const [from, to] = random.pick([
      [a, b],
      [a, b],
      [randomBytes(random, a), randomBytes(random, b)],
      [a, randomBytes(random, b)],
      [a.replace('x', '\ud800'), b.replace('x', '\udc80\ud83d')]
    ])
    const context = `seed ${SEED}, run ${run}, ${unit}, ${algorithm}: ${JSON.stringify([from, to])}`
    const options = { algorithm, timeoutWork, ...(unit === 'lines' && { ignoreWhitespace }) }
    const changes = answers('diff', () => {
      const /** @type {string[]} */ coarse = []
      return [diff[unit](from, to, { ...options, onCoarse: () => coarse.push('coarse') }), coarse]
    })
    assert.deepEqual(changes.native, changes.fallback, context)
    if (!ignoreWhitespace) {
      const { before, after } = sidesOf(/** @type {any} */ (changes.native)[0])
      const isString = typeof from === 'string' && typeof to === 'string'
      for (const [made, given] of [
        [before, from],
        [after, to]
      ]) {
        if (isString || given.length === 0)
          assert.equal(made.length === 0 ? '' : made, given.length === 0 ? '' : given, context)
        else assert.deepEqual(made, Buffer.from(/** @type {any} */ (given)), context)
      }
    }
    const patchOptions = {
      algorithm,
      ignoreWhitespace,
      timeoutWork,
      context: random.pick([0, 1, 3]),
      heading: random.below(4) > 0,
      oldName: random.pick(['a/ä.txt', 'a b', 'a"\t\\\x01', '\ud800\udcff', '\u{f0000}', null]),
      newName: 'b/\x7f'
    }
    const patches = answers('diff', () => diff.createPatch(from, to, patchOptions))
    assert.deepEqual(patches.native, patches.fallback, context)
    assert.equal(Object(patches.native).code, undefined, context)
  }
})

test('both engines give the same structured patches', () => {
  const random = randomFrom(SEED + 12)
  for (let run = 0; run < 100; run++) {
    const [a, b] = randomPair(random, 40)
    const [native, fallback] = /** @type {const} */ (['native', 'fallback']).map((engine) => {
      tenon.configure({ features: { diff: engine } })
      return diff.structuredPatch(a, b)
    })
    assert.deepEqual(native, fallback, `seed ${SEED}, run ${run}: ${JSON.stringify([a, b])}`)
  }
})
