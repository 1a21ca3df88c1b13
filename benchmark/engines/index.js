'use strict'

// The engines by name. Each is loaded in a process that measures it and in no other.

/** @typedef {Record<string, (...args: any[]) => any>} Opened an engine's functions by the names that cases use */
/**
 * `tenon` and `rival` engines must answer alike; a `part` is a piece of Tenon and a `limit` a lower bound, whose answers
 * are not compared.
 * @typedef {object} EngineModule
 * @property {'tenon' | 'rival' | 'part' | 'limit'} kind
 * @property {() => string | undefined} version undefined where the engine is not installed
 * @property {() => Opened} open
 * @property {(inputs: any[], effort: 'full' | 'quick') => { samples: number[], calls: number }} [time] of an engine that
 *   times the calls itself
 * @property {(feature: string) => void} [verify] throws where another engine than this did some of the work
 */

/** @type {Readonly<Record<string, () => EngineModule>>} */
const ENGINES = Object.freeze({
  'tenon-native': () => require('./tenon-native'),
  'tenon-fallback': () => require('./tenon-fallback'),
  addon: () => require('./addon'),
  'tenon-tokens': () => require('./rust').rustEngine('tenon-tokens', 'tenon', require('../../package.json').version),
  'tenon-ignore': () => require('./rust').rustEngine('tenon-ignore', 'part', require('../../package.json').version),
  ignore: () => require('./ignore'),
  'toktok-rs': () => require('./rust').rustEngine('toktok-rs', 'rival', '0.3.0'),
  'bpe-openai': () => require('./rust').rustEngine('bpe-openai', 'rival', '0.3.2'),
  'gpt-tokenizer': () => require('./gpt-tokenizer'),
  tiktoken: () => require('./tiktoken'),
  fzf: () => require('./fzf'),
  fdir: () => require('./fdir'),
  tinyglobby: () => require('./tinyglobby'),
  ripgrep: () => require('./ripgrep'),
  jsdiff: () => require('./jsdiff'),
  'node-zlib': () => require('./node-zlib'),
  'better-sqlite3': () => require('./better-sqlite3'),
  lmdb: () => require('./lmdb'),
  'bare-disk': () => require('./bare-disk'),
  'memory-copy': () => require('./memory-copy')
})

module.exports = { ENGINES }
