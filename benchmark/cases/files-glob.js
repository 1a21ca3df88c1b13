'use strict'

const { hash } = require('../answer')

/** @typedef {import('.').Case} Case */

/**
 * Without ignore rules, which the rival does not know.
 * @param {'glob' | 'globSync'} method
 * @param {string} pattern
 * @param {Case['targets']} targets
 * @returns {Case}
 */
function globbing(method, pattern, targets) {
  return {
    name: `${method}, ${pattern}`,
    feature: 'files',
    unit: 'paths',
    engines: ['tenon-native', 'tenon-fallback', 'tinyglobby'],
    inputs: ({ tree }) => [tree],
    work: (_, paths) => paths.length,
    run: (engine, tree) => engine[method](pattern, tree),
    // The rival does not sort its list.
    digest: (/** @type {string[]} */ paths) => hash([...paths].sort().join('\0')),
    alive: true,
    targets
  }
}

/** @type {NonNullable<Case['targets']>} */
const TWICE = [
  {
    says: 'native at least twice as fast as tinyglobby',
    kind: 'ratio',
    value: (median) => median('tinyglobby') / median('tenon-native'),
    atLeast: 2
  }
]

/** @type {readonly Case[]} */
module.exports = [
  globbing('glob', '**/*.h', TWICE),
  globbing('glob', 'drivers/**/*.{c,h}', TWICE),
  globbing('globSync', '**/*.h', TWICE)
]
