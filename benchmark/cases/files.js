'use strict'

const path = require('node:path')
const { hash } = require('../answer')

/** @typedef {import('.').Case} Case */

const ENGINES = Object.freeze({
  'every file': ['tenon-native', 'tenon-fallback', 'fdir', 'tinyglobby', 'ripgrep'],
  'ignore rules': ['tenon-native', 'tenon-fallback', 'ripgrep']
})

const OWN_ENGINES = Object.freeze(['tenon-native', 'tenon-fallback'])

/** @type {import('.').Target} */
const FASTER_THAN_RIPGREP = {
  says: 'native at least as fast as starting rg',
  kind: 'ratio',
  value: (median) => median('ripgrep') / median('tenon-native'),
  atLeast: 1
}

/** The rivals do not sort their lists, and some write the separator of the platform. @param {string[]} paths */
function digest(paths) {
  const slashed = path.sep === '/' ? paths : paths.map((name) => name.replaceAll(path.sep, '/'))
  return hash([...slashed].sort().join('\0'))
}

/**
 * @param {'list' | 'listSync' | 'walk'} method
 * @param {keyof ENGINES} rules
 * @returns {Case}
 */
function listing(method, rules) {
  // The rivals have no walk in batches: theirs is the list.
  const engines = method === 'walk' ? OWN_ENGINES : ENGINES[rules]
  return {
    name: `${method}, ${rules}`,
    feature: 'files',
    unit: 'files',
    engines,
    inputs: ({ tree }) => [tree],
    work: (_, paths) => paths.length,
    run: (engine, tree) => engine[method](tree, rules === 'ignore rules'),
    digest,
    alive: true,
    targets: [
      {
        says: 'native at least as fast as the fallback',
        kind: 'ratio',
        value: (median) => median('tenon-fallback') / median('tenon-native'),
        atLeast: 1
      },
      ...(method === 'walk' ? [] : [FASTER_THAN_RIPGREP])
    ]
  }
}

/** @type {readonly Case[]} */
module.exports = [
  listing('list', 'every file'),
  listing('list', 'ignore rules'),
  listing('listSync', 'every file'),
  listing('listSync', 'ignore rules'),
  listing('walk', 'every file'),
  listing('walk', 'ignore rules')
]
