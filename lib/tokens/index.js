'use strict'

const { checkText, owned } = require('../arguments')
const { defineFeature } = require('../engines')
const { invalidArgument } = require('../errors')
const { ENCODINGS, encodingOf } = require('./encodings')

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
  checkText('text', text)
  return runCount(owned(text), encodingOf(options))
}

/** @type {typeof import('../..').tokens.countBatch} */
function countBatch(texts, options) {
  if (!Array.isArray(texts)) throw invalidArgument('texts', 'an array', texts)
  const checked = new Array(texts.length)
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index]
    if (typeof text !== 'string') checkText(`texts[${index}]`, text)
    checked[index] = owned(text)
  }
  return runCountBatch(checked, encodingOf(options))
}

/** @type {typeof import('../..').tokens.encode} */
function encode(text, options) {
  checkText('text', text)
  return runEncode(owned(text), encodingOf(options))
}

/** @type {typeof import('../..').tokens.decode} */
function decode(ids, options) {
  return runDecode(checkIds(ids), encodingOf(options))
}

/** @param {unknown} ids @returns {Uint32Array} */
function checkIds(ids) {
  if (ids instanceof Uint32Array) return owned(ids)
  if (!Array.isArray(ids)) throw invalidArgument('ids', 'a Uint32Array or an array of integers', ids)
  for (let index = 0; index < ids.length; index++) {
    if (ids[index] >>> 0 !== ids[index])
      throw invalidArgument(`ids[${index}]`, 'an integer from 0 to 4294967295', ids[index])
  }
  return Uint32Array.from(ids)
}

module.exports = { count, countBatch, decode, encode }
