'use strict'

const path = require('node:path')
const { hash } = require('../answer')

/** @typedef {import('.').Case} Case */

const ENGINES = Object.freeze({
  'every file': ['tenon-native', 'tenon-fallback', 'fdir', 'tinyglobby', 'ripgrep'],
  'ignore rules': ['tenon-native', 'tenon-fallback', 'ripgrep']
})

/** The rivals do not sort their lists, and some write the separator of the platform. @param {string[]} paths */
function digest(paths) {
  const slashed = path.sep === '/' ? paths : paths.map((name) => name.replaceAll(path.sep, '/'))
  return hash([...slashed].sort().join('\0'))
}

/**
 * @param {'list' | 'listSync'} method
 * @param {keyof ENGINES} rules
 * @returns {Case}
 */
function listing(method, rules) {
  return {
    name: `${method}, ${rules}`,
    feature: 'files',
    unit: 'files',
    engines: ENGINES[rules],
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
      {
        says: 'native at least as fast as starting rg',
        kind: 'ratio',
        value: (median) => median('ripgrep') / median('tenon-native'),
        atLeast: 1
      }
    ]
  }
}

/** @type {readonly Case[]} */
module.exports = [
  listing('list', 'every file'),
  listing('list', 'ignore rules'),
  listing('listSync', 'every file'),
  listing('listSync', 'ignore rules')
]
