'use strict'

const { hash } = require('../answer')
const { generator, source } = require('../corpus')

/** @typedef {import('.').Case} Case */
/** @typedef {{ before: string, after: string }} Pair */

const ENGINES = ['tenon-native', 'tenon-fallback', 'jsdiff']
/** For what jsdiff takes seconds or minutes, or does not have. */
const OURS = ['tenon-native', 'tenon-fallback']

/** @param {string} says @param {number} seconds @returns {NonNullable<Case['targets']>[number]} */
const within = (says, seconds) => ({ says, kind: 'time', value: (median) => median('tenon-native'), atMost: seconds })

/** @param {number} times @returns {NonNullable<Case['targets']>[number]} */
const thanJsdiff = (times) => ({
  says: `native at least ${times === 1 ? 'as fast' : `${times} times as fast`} as jsdiff`,
  kind: 'ratio',
  value: (median) => median('jsdiff') / median('tenon-native'),
  atLeast: times
})

/** @param {number} count */
function lines(count) {
  const all = source(160 * count, 1)[0].split(/(?<=\n)/)
  if (all.length < count) throw new Error(`the source has ${all.length} lines of ${count}`)
  return all.slice(0, count)
}

/** Lines changed, taken out and put in at random. @param {string[]} all @param {number} edits @param {number} seed */
function edited(all, edits, seed) {
  const random = generator(seed)
  const result = [...all]
  for (let edit = 0; edit < edits; edit++) {
    const at = random() % result.length
    const kind = random() % 3
    const line = `    const changed${random() % 1000} = compute(${edit})\n`
    if (kind === 0) result[at] = line
    else if (kind === 1) result.splice(at, 1)
    else result.splice(at, 0, line, line)
  }
  return result
}

/** @param {number} count @param {number} seed */
function invented(count, seed) {
  const random = generator(seed)
  return Array.from({ length: count }, (_, at) => `  value${random() % 100_000} = f${random() % 1000}(${at})\n`)
}

/** @param {string[]} before @param {string[]} after @returns {Pair} */
const pair = (before, after) => ({ before: before.join(''), after: after.join('') })

/**
 * What a patch makes of a text. It is strict: engines may find other changes, but what they lead to is the same.
 * @param {string} text
 * @param {string} patch
 */
function applied(text, patch) {
  const old = text.split(/(?<=\n)/)
  const result = []
  let at = 0
  for (const line of patch.split(/(?<=\n)/)) {
    const header = /^@@ -(\d+)(?:,(\d+))? \+/.exec(line)
    if (header) {
      const start = header[2] === '0' ? Number(header[1]) : Number(header[1]) - 1
      while (at < start) result.push(old[at++])
    } else if (/^(---|\+\+\+|===)/.test(line) || line[0] === '\\') continue
    else if (line[0] === '+') result.push(line.slice(1))
    else if (old[at++] !== line.slice(1)) throw new Error(`line ${at} is not that of the patch`)
    else if (line[0] === ' ') result.push(line.slice(1))
  }
  return [...result, ...old.slice(at)].join('')
}

/**
 * @param {string} name
 * @param {readonly string[]} engines
 * @param {() => Pair[]} inputs
 * @param {NonNullable<Case['targets']>} targets
 * @returns {Case}
 */
const patchCase = (name, engines, inputs, targets) => ({
  name: `createPatch, ${name}`,
  feature: 'diff',
  unit: 'bytes',
  engines,
  inputs,
  work: ({ before, after }) => before.length + after.length,
  run: (engine, { before, after }) => ({ before, patch: engine.createPatch(before, after) }),
  digest: ({ before, patch }) => hash(Buffer.from(applied(before, patch))),
  targets
})

/** A patch by the addon itself, so that no call of the facade is counted. @param {string} before @param {string} after */
function patchOf(before, after) {
  const { addon } = require('../../lib/native').load()
  if (!addon) throw new Error('there is no native engine to make the patch')
  return String(addon.diffCreatePatch(before, after, 'a\0b', 3, 0, 2 ** 27))
}

/**
 * Twenty edits, of seven lines each that are nowhere else.
 * @param {string[]} all
 * @param {(line: string) => string} disturb what the old lines are as the edit has them
 */
function editsOf(all, disturb) {
  const text = all.join('')
  const edits = []
  for (let at = 100; edits.length < 20; at += 7) {
    const old = all.slice(at, at + 7)
    if (old.some((line) => line.trim().length < 8) || text.split(old.join('')).length !== 2) continue
    const oldLines = old.map(disturb)
    /** @type {string[]} */
    const newLines = oldLines.toSpliced(3, 1, `  changed(${edits.length})\n`)
    edits.push({ oldText: oldLines.join(''), newText: newLines.join('') })
    at += 200
  }
  return { before: text, edits }
}

/** @type {readonly Case[]} */
module.exports = [
  patchCase('2 lines', ENGINES, () => [{ before: 'hello\nworld\n', after: 'hello\nthere\n' }], [
    within('at most 3 µs', 3e-6),
    thanJsdiff(1)
  ]),
  patchCase('100 lines, 3 edits', ENGINES, () => [pair(lines(100), edited(lines(100), 3, 3))], [thanJsdiff(1)]),
  patchCase('10,000 lines, 100 edits', ENGINES, () => [pair(lines(10_000), edited(lines(10_000), 100, 1))], [
    thanJsdiff(6),
    within('at most 2 ms', 2e-3)
  ]),
  patchCase('10,000 lines reversed', OURS, () => [pair(lines(10_000), lines(10_000).reverse())], [
    within('at most 20 ms', 20e-3)
  ]),
  patchCase('20,000 lines rewritten', OURS, () => [pair(invented(20_000, 5), invented(20_000, 9))], [
    within('at most 50 ms', 50e-3)
  ]),
  {
    name: 'words, 4 KB',
    feature: 'diff',
    unit: 'bytes',
    engines: ENGINES,
    inputs: () => [pair(lines(100), edited(lines(100), 10, 7))],
    work: ({ before, after }) => before.length + after.length,
    run: (engine, { before, after }) => engine.words(before, after),
    digest: (/** @type {import('../..').diff.Change[]} */ changes) =>
      [true, false].map((added) =>
        hash(
          Buffer.from(
            changes
              .filter((change) => (added ? !change.removed : !change.added))
              .map(({ value }) => value)
              .join('')
          )
        )
      ),
    targets: [thanJsdiff(1)]
  },
  {
    name: 'applyPatch, 10,000 lines, 100 edits',
    feature: 'diff',
    unit: 'bytes',
    engines: ENGINES,
    inputs: () => {
      const { before, after } = pair(lines(10_000), edited(lines(10_000), 100, 1))
      return [{ before, patch: patchOf(before, after) }]
    },
    work: ({ before }) => before.length,
    run: (engine, { before, patch }) => engine.applyPatch(before, patch),
    digest: (/** @type {string} */ text) => hash(Buffer.from(text)),
    targets: [thanJsdiff(1)]
  },
  {
    name: 'applyEdits, 5,000 lines, 20 edits of old and new text',
    feature: 'diff',
    unit: 'edits',
    engines: OURS,
    inputs: () => [editsOf(lines(5000), (line) => line)],
    work: ({ edits }) => edits.length,
    run: (engine, { before, edits }) => engine.applyEdits(before, edits),
    digest: ({ text }) => hash(Buffer.from(text)),
    targets: [within('at most 5 ms', 5e-3)]
  },
  {
    name: 'applyEdits, 5,000 lines, 20 edits that are indented otherwise',
    feature: 'diff',
    unit: 'edits',
    engines: OURS,
    inputs: () => [editsOf(invented(5000, 21), (line) => `  ${line}`)],
    work: ({ edits }) => edits.length,
    run: (engine, { before, edits }) => engine.applyEdits(before, edits),
    digest: ({ text }) => hash(Buffer.from(text)),
    targets: [within('at most 5 ms', 5e-3)]
  },
  {
    name: 'merge, 10,000 lines, 50 edits a side',
    feature: 'diff',
    unit: 'bytes',
    engines: OURS,
    inputs: () => [
      {
        base: lines(10_000).join(''),
        ours: edited(lines(10_000), 50, 11).join(''),
        theirs: edited(lines(10_000), 50, 13).join('')
      }
    ],
    work: ({ base, ours, theirs }) => base.length + ours.length + theirs.length,
    run: (engine, { base, ours, theirs }) => engine.merge(base, ours, theirs),
    digest: ({ text }) => hash(Buffer.from(text))
  }
]
