'use strict'

const { isUint32Array } = require('node:util').types
const { checkText, owned } = require('../arguments')
const { defineFeature } = require('../engines')
const { TenonError, invalidArgument } = require('../errors')
const { ENCODINGS, encodingForModel, encodingOf, encodings } = require('./encodings')
const estimates = require('./estimate')
const requests = require('./messages')

/** Of code units or bytes: more than any file that is read as text, and what either engine holds in memory. */
const MAX_TEXT_LENGTH = 2 ** 27

const feature = defineFeature({
  name: 'tokens',
  native(addon) {
    const names = addon.tokensEncodings()
    const positions = ENCODINGS.map((name) => names.indexOf(name))
    return {
      count: (text, encoding) => addon.tokensCount(text, positions[encoding]),
      countBatch: (texts, encoding) => addon.tokensCountBatch(texts, positions[encoding]),
      encode: (text, encoding) => addon.tokensEncode(text, positions[encoding]),
      decode: (ids, encoding) => addon.tokensDecode(ids, positions[encoding])
    }
  },
  fallback: () => require('./fallback')
})

const runCount = feature.sync('count')
const runCountBatch = feature.sync('countBatch')
const runEncode = feature.sync('encode')
const runDecode = feature.sync('decode')

/** @type {typeof import('../..').tokens.count} */
function count(text, options) {
  return runCount(checkedText('text', text), encodingOf(options))
}

/** @type {typeof import('../..').tokens.countBatch} */
function countBatch(texts, options) {
  if (!Array.isArray(texts)) throw invalidArgument('texts', 'an array', texts)
  const checked = new Array(texts.length)
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index]
    const plain = typeof text === 'string' && text.length <= MAX_TEXT_LENGTH
    checked[index] = plain ? text : checkedText(`texts[${index}]`, text)
  }
  return runCountBatch(checked, encodingOf(options))
}

/** @type {typeof import('../..').tokens.encode} */
function encode(text, options) {
  return runEncode(checkedText('text', text), encodingOf(options))
}

/** @type {typeof import('../..').tokens.decode} */
function decode(ids, options) {
  return runDecode(checkIds(ids), encodingOf(options))
}

/** @type {typeof import('../..').tokens.countMessages} */
function countMessages(messages, options) {
  return requests.countMessages(messages, options, countBatch)
}

/** @type {typeof import('../..').tokens.estimate} */
function estimate(text, model) {
  return estimates.estimate(text, model, count)
}

/**
 * @param {string} name
 * @param {unknown} text
 * @returns {string | Uint8Array}
 */
function checkedText(name, text) {
  checkText(name, text)
  const checked = /** @type {string | Uint8Array} */ (text)
  if (checked.length > MAX_TEXT_LENGTH) {
    const message = `${name} has ${checked.length} ${typeof text === 'string' ? 'code units' : 'bytes'}; the limit is ${MAX_TEXT_LENGTH}`
    throw new TenonError('ERR_LIMIT', message, { argument: name })
  }
  return owned(checked)
}

/** @param {unknown} ids @returns {Uint32Array} */
function checkIds(ids) {
  // The length of an array whose buffer is gone is 0, and reading it throws.
  if (isUint32Array(ids)) return ids.length === 0 ? new Uint32Array() : owned(ids)
  if (!Array.isArray(ids)) throw invalidArgument('ids', 'a Uint32Array or an array of integers', ids)
  for (let index = 0; index < ids.length; index++) {
    if (ids[index] >>> 0 !== ids[index])
      throw invalidArgument(`ids[${index}]`, 'an integer from 0 to 4294967295', ids[index])
  }
  return Uint32Array.from(ids)
}

module.exports = {
  count,
  countBatch,
  countMessages,
  decode,
  encode,
  encodingForModel: /** @type {typeof import('../..').tokens.encodingForModel} */ ((model) => encodingForModel(model)),
  encodings: /** @type {typeof import('../..').tokens.encodings} */ (encodings),
  estimate
}
