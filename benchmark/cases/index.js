'use strict'

// What is measured, by feature.

/**
 * @typedef {object} Target a figure the project promises
 * @property {string} says
 * @property {'time' | 'ratio'} kind seconds, or a ratio
 * @property {(median: (engine: string) => number, p99: (engine: string) => number, work: number) => number} value from
 *   the engines' seconds a call, the median and what one in a hundred is above, and from the units of work of a call
 * @property {number} [atMost]
 * @property {number} [atLeast]
 */

/** @typedef {{ tree: string }} Context `tree` is the directory to list */

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {string} unit what a call's work is counted in, such as 'bytes'
 * @property {readonly string[]} engines in the order they are shown
 * @property {(context: Context) => any[]} inputs several where one text again and again would only show the caches
 * @property {(input: any, result: any) => number} work how many units a call did
 * @property {(engine: import('../engines').Opened, input: any, call: number) => any} run what is timed; it may return a
 *   promise. `call` counts from 0, for work that must not repeat itself
 * @property {(result: any) => unknown} digest what has to be equal between engines: small, or hashed
 * @property {string} feature whose calls Tenon must have counted
 * @property {boolean} [uncounted] where no function of the feature is called
 * @property {boolean} [fresh] every sample is the first call of a new process, and includes loading the engine
 * @property {number} [warm] so many of the inputs are run to warm up and to be compared; each of the others is timed
 *   once, as a text that the engine has never seen
 * @property {boolean} [alive] the input may change between two answers, which are then asked for again
 * @property {readonly Target[]} [targets]
 */

/** @type {Readonly<Record<string, () => readonly Case[]>>} */
const FEATURES = Object.freeze({
  context: () => require('./context'),
  crossing: () => require('./crossing'),
  diff: () => require('./diff'),
  files: () => require('./files'),
  'files-find': () => require('./files-find'),
  'files-glob': () => require('./files-glob'),
  'files-grep': () => require('./files-grep'),
  ignore: () => require('./ignore'),
  load: () => require('./load'),
  log: () => require('./log'),
  tokens: () => require('./tokens'),
  zstd: () => require('./zstd')
})

module.exports = { FEATURES }
