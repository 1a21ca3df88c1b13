'use strict'

const { hash } = require('../answer')

/** @typedef {import('.').Case} Case */

/** Every line that matches by path, line and column. @param {{ path: string, line: number, column: number }[]} matches */
function digest(matches) {
  const keys = matches.map(({ path, line, column }) => `${path}\0${line}\0${column}`)
  return { matches: matches.length, hash: hash(keys.sort().join('\n')) }
}

/**
 * @param {string} name
 * @param {string} pattern
 * @param {{ fallback?: boolean }} [options]
 * @returns {Case}
 */
function searching(name, pattern, { fallback = true } = {}) {
  return {
    name: `grep, ${name}`,
    feature: 'files',
    unit: 'searches',
    engines: ['tenon-native', ...(fallback ? ['tenon-fallback'] : []), 'ripgrep'],
    inputs: ({ tree }) => [{ tree, pattern }],
    work: () => 1,
    run: (engine, { tree, pattern }) => engine.grep(tree, pattern),
    digest,
    alive: true,
    targets: [
      {
        says: 'native at least as fast as starting rg --json and reading its output',
        kind: 'ratio',
        value: (median) => median('ripgrep') / median('tenon-native'),
        atLeast: 1
      }
    ]
  }
}

/** @type {readonly Case[]} */
module.exports = [
  searching('a literal', 'EXPORT_SYMBOL_NS'),
  searching('a regular expression', '[A-Z]+_RESUME'),
  searching('a word in either case', '(?i)\\bdeadlock\\b'),
  searching('a class without a literal', '\\p{Greek}{3}', { fallback: false }),
  {
    name: 'grep, the first 100 of a common word',
    feature: 'files',
    unit: 'searches',
    engines: ['tenon-native', 'tenon-fallback'],
    inputs: ({ tree }) => [{ tree, pattern: 'return' }],
    work: () => 1,
    run: (engine, { tree, pattern }) => engine.grepFirst(tree, pattern, 100),
    digest,
    alive: true,
    targets: [{ says: 'native in 10 ms', kind: 'time', value: (median) => median('tenon-native'), atMost: 0.01 }]
  }
]
