'use strict'

const path = require('node:path')
const { isUint8Array } = require('node:util').types
const { checkBoolean, checkInteger, checkKeys, checkObject, checkPath, checkSignal } = require('../arguments')
const { defineFeature } = require('../engines')
const { aborted, invalidArgument } = require('../errors')
const { binding } = require('./binding')
const { Log, checkDurability } = require('./log')

/** @typedef {import('./store').Store} Store */
/** @typedef {import('./store').StoreOptions} StoreOptions */

const feature = defineFeature({
  name: 'log',
  native: binding,
  fallback: () => require('./fallback'),
  // Two engines cannot write one log.
  shadow: false
})

const runOpen = feature.async('openStore')
const runSalvage = feature.async('salvageStore')

const DEFAULT_SEGMENT_BYTES = 16 << 20
const MIN_SEGMENT_BYTES = 64 << 10
const MAX_SEGMENT_BYTES = 1 << 30
const DEFAULT_LEVEL = 3
const MIN_LEVEL = 1
const MAX_LEVEL = 22

/** @type {typeof import('../..').log.openLog} */
async function openLog(directory, options = {}) {
  checkPath('directory', directory)
  checkObject('options', options)
  checkKeys(options, ['durability', 'segmentBytes', 'compression', 'readOnly', 'create', 'onRecovery'])
  const { durability = 'disk', segmentBytes = DEFAULT_SEGMENT_BYTES, readOnly = false, onRecovery } = options
  const { create = !readOnly } = options
  const level = checkDurability('options.durability', durability)
  checkInteger('options.segmentBytes', segmentBytes, MIN_SEGMENT_BYTES, MAX_SEGMENT_BYTES)
  checkBoolean('options.readOnly', readOnly)
  checkBoolean('options.create', create)
  if (create && readOnly) throw invalidArgument('options.create', 'false where options.readOnly is true', create)
  if (onRecovery !== undefined && typeof onRecovery !== 'function') {
    throw invalidArgument('options.onRecovery', 'a function', onRecovery)
  }
  const compression = checkCompression(options.compression)
  /** @type {Store} */
  const store = await runOpen(path.resolve(directory), { segmentBytes, readOnly, create, ...compression })
  const log = new Log(store, { durability: level, readOnly, level: compression.level })
  if (store.recovery && onRecovery) {
    try {
      onRecovery(store.recovery)
    } catch (error) {
      await log.close()
      throw error
    }
  }
  return log
}

/** @type {typeof import('../..').log.salvage} */
async function salvage(directory, outDirectory, options = {}) {
  checkPath('directory', directory)
  checkPath('outDirectory', outDirectory)
  checkObject('options', options)
  checkKeys(options, ['signal'])
  const { signal } = options
  if (signal !== undefined) checkSignal('options.signal', signal)
  if (signal?.aborted) throw aborted(signal)
  return runSalvage(path.resolve(directory), path.resolve(outDirectory), signal)
}

/** @param {unknown} compression @returns {{ level: number, dictionary?: Uint8Array }} */
function checkCompression(compression = 'none') {
  if (compression === 'none') return { level: 0 }
  if (compression === 'zstd') return { level: DEFAULT_LEVEL }
  if (typeof compression !== 'object' || compression === null) {
    throw invalidArgument('options.compression', "'none', 'zstd' or an object with a dictionary", compression)
  }
  checkKeys(compression, ['dictionary', 'level'])
  const { dictionary, level = DEFAULT_LEVEL } = /** @type {any} */ (compression)
  if (!isUint8Array(dictionary) || dictionary.length < 8) {
    throw invalidArgument('options.compression.dictionary', 'a Uint8Array of 8 bytes at least', dictionary)
  }
  checkInteger('options.compression.level', level, MIN_LEVEL, MAX_LEVEL)
  return { level, dictionary: Uint8Array.from(dictionary) }
}

module.exports = { openLog, salvage }
