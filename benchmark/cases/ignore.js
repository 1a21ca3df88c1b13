'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { hash } = require('../answer')

/** @typedef {import('.').Case} Case */

/** So many verdicts a second and core the crate promises, with hundreds of rules. */
const VERDICTS_PER_SECOND = 5e6
/** Rules of every kind, none of which is in the tree: what a long file costs those whom it does not concern. */
const FURTHER_RULES = Array.from({ length: 75 }, (_, index) =>
  [`generated-${index}`, `*.gen${index}`, `/out/${index}/*.o`, `cache_${index}_*/`].join('\n')
).join('\n')

/** The files under a folder, without links and without `.git`. @param {string} tree */
function filesOf(tree) {
  /** @type {string[]} */
  const paths = []
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of fs.readdirSync(path.join(tree, folder), { withFileTypes: true })) {
      const name = folder + entry.name
      if (entry.isDirectory() && entry.name !== '.git') folders.push(`${name}/`)
      else if (entry.isFile()) paths.push(name)
    }
  }
  return paths.sort()
}

/** @param {string} tree */
function rulesOf(tree) {
  const file = path.join(tree, '.gitignore')
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '*.o\n*.log\n/build/\n'
}

let verdicts = 0

/** @type {readonly Case[]} */
module.exports = [
  {
    name: 'the rules of one file, compiled and asked about every file',
    feature: 'ignore',
    unit: 'paths',
    engines: ['tenon-native', 'tenon-fallback', 'ignore'],
    inputs: ({ tree }) => [{ rules: rulesOf(tree), paths: filesOf(tree) }],
    work: ({ paths }) => paths.length,
    run: (engine, { rules, paths }) => engine.checkRules(rules, paths),
    digest: (checked) => hash(Buffer.from(checked).toString('latin1')),
    targets: [
      {
        says: 'native at least 3 times as fast as npm ignore',
        kind: 'ratio',
        value: (median) => median('ignore') / median('tenon-native'),
        atLeast: 3
      }
    ]
  },
  {
    name: 'a tree, opened and asked about every file',
    feature: 'ignore',
    unit: 'paths',
    engines: ['tenon-native', 'tenon-fallback'],
    inputs: ({ tree }) => [{ tree, paths: filesOf(tree) }],
    work: ({ paths }) => paths.length,
    run: (engine, { tree, paths }) => engine.checkTree(tree, paths),
    digest: (checked) => hash(Buffer.from(checked).toString('latin1')),
    alive: true
  },
  {
    name: 'verdicts in Rust, with 300 rules more',
    feature: 'ignore',
    unit: 'verdicts',
    engines: ['tenon-ignore'],
    inputs({ tree }) {
      const paths = filesOf(tree)
      verdicts = paths.length
      return [JSON.stringify({ rules: `${rulesOf(tree)}\n${FURTHER_RULES}\n`, paths })]
    },
    work: () => verdicts,
    run: (engine, input) => engine.count(input),
    digest: (count) => count,
    uncounted: true,
    targets: [
      {
        says: 'at least 5 million verdicts a second and core (times as many)',
        kind: 'ratio',
        value: (median, _, work) => work / median('tenon-ignore') / VERDICTS_PER_SECOND,
        atLeast: 1
      }
    ]
  }
]
