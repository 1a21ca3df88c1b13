'use strict'

const { isUint32Array, isUint8Array } = require('node:util').types
const { checkInteger, checkKeys, checkObject, checkSignal, checkText, owned } = require('../arguments')
const { defineFeature } = require('../engines')
const { TenonError, describe, invalidArgument } = require('../errors')
const { tokensOf } = require('./binding')
const { createCounter } = require('./counter')
const registered = require('./custom/registered')
const { createStreamingDecoder } = require('./decoder')
const models = require('./encodings')
const { allowedOf } = require('./options')
const { defineSpecialTokens } = require('./special')

const { ENCODINGS, encodingOf } = models

/** @typedef {string | Uint8Array} Text */

/** Of code units or bytes: more than any file that is read as text, and what either engine holds in memory. */
const MAX_TEXT_LENGTH = 2 ** 27
/** What native takes in 32 bits. */
const MAX_TOKENS = 2 ** 32 - 1

const TEXT_KEYS = Object.freeze(['encoding', 'model', 'allowedSpecial', 'disallowedSpecial'])
const ASYNC_KEYS = Object.freeze([...TEXT_KEYS, 'signal'])
const TRUNCATE_KEYS = Object.freeze(['encoding', 'model', 'keep', 'marker'])
const SPLIT_KEYS = Object.freeze(['encoding', 'model', 'maxTokens', 'overlapTokens'])
const KEEPS = Object.freeze(['start', 'end', 'both'])

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

const feature = defineFeature({
  name: 'tokens',
  native: (addon) => /** @type {import('../engines').Engine} */ (tokensOf(addon)),
  fallback: () => require('./fallback')
})

const runSpecialTokens = feature.sync('specialTokens')
const runCount = feature.sync('count')
const runCountBatch = feature.sync('countBatch')
const runCountUntil = feature.sync('countUntil')
const runCountGrowing = feature.sync('countGrowing')
const runEncode = feature.sync('encode')
const runEncodeWithOffsets = feature.sync('encodeWithOffsets')
const runTruncate = feature.sync('truncate')
const runSplit = feature.sync('split')
const runDecode = feature.sync('decode')
const runDecodeBytes = feature.sync('decodeBytes')
const runCountBatchAsync = feature.async('countBatchAsync')
const runEncodeAsync = feature.async('encodeAsync')

/** @type {typeof import('../..').tokens.count} */
function count(text, options) {
  const checked = checkedText('text', text)
  if (options === undefined) return runCount(checked, 0)
  const encoding = encodingOf(options, TEXT_KEYS)
  return runCount(checked, encoding, allowedIn(options, encoding, checked))
}

/** @type {typeof import('../..').tokens.countBatch} */
function countBatch(texts, options) {
  const checked = checkedTexts(texts)
  if (options === undefined) return runCountBatch(checked, 0)
  const encoding = encodingOf(options, TEXT_KEYS)
  return runCountBatch(checked, encoding, allowedIn(options, encoding, ...checked))
}

/** @type {typeof import('../..').tokens.countAsync} */
async function countAsync(text, options) {
  const checked = checkedText('text', text)
  const { encoding, allowed, signal } = asyncOptions(options, [checked], () => 'text')
  const [counted] = await runCountBatchAsync([checked], encoding, allowed, signal)
  return counted
}

/** @type {typeof import('../..').tokens.countBatchAsync} */
async function countBatchAsync(texts, options) {
  const checked = checkedTexts(texts)
  const { encoding, allowed, signal } = asyncOptions(options, checked, nameInBatch)
  return runCountBatchAsync(checked, encoding, allowed, signal)
}

/** @type {typeof import('../..').tokens.countUntil} */
function countUntil(text, limit, options) {
  const checked = checkedText('text', text)
  checkInteger('limit', limit, 0, MAX_TOKENS)
  if (options === undefined) return runCountUntil(checked, limit, 0)
  const encoding = encodingOf(options, TEXT_KEYS)
  return runCountUntil(checked, limit, encoding, allowedIn(options, encoding, checked))
}

/** @type {typeof import('../..').tokens.encode} */
function encode(text, options) {
  const checked = checkedText('text', text)
  if (options === undefined) return runEncode(checked, 0)
  const encoding = encodingOf(options, TEXT_KEYS)
  return runEncode(checked, encoding, allowedIn(options, encoding, checked))
}

/** @type {typeof import('../..').tokens.encodeAsync} */
async function encodeAsync(text, options) {
  const checked = checkedText('text', text)
  const { encoding, allowed, signal } = asyncOptions(options, [checked], () => 'text')
  return runEncodeAsync(checked, encoding, allowed, signal)
}

/** @type {typeof import('../..').tokens.encodeWithOffsets} */
function encodeWithOffsets(text, options) {
  const checked = checkedText('text', text)
  const encoding = encodingOf(options, TEXT_KEYS)
  const flat = runEncodeWithOffsets(checked, encoding, allowedIn(options, encoding, checked))
  const length = (flat.length - 1) / 2
  return { ids: flat.slice(0, length), offsets: flat.slice(length) }
}

/** @type {typeof import('../..').tokens.decode} */
function decode(ids, options) {
  return runDecode(checkIds(ids), encodingOf(options))
}

/** @type {typeof import('../..').tokens.decodeBytes} */
function decodeBytes(ids, options) {
  return runDecodeBytes(checkIds(ids), encodingOf(options))
}

/** @type {typeof import('../..').tokens.createDecoder} */
function createDecoder(options) {
  const encoding = encodingOf(options)
  return createStreamingDecoder((ids) => runDecodeBytes(checkIds(ids), encoding))
}

/** @type {typeof import('../..').tokens.truncate} */
function truncate(text, maxTokens, options) {
  const whole = stringOf(checkedText('text', text))
  checkInteger('maxTokens', maxTokens, 0, MAX_TOKENS)
  const encoding = encodingOf(options, TRUNCATE_KEYS)
  const { keep = 'start', marker = '' } = options ?? {}
  const kept = KEEPS.indexOf(keep)
  if (kept < 0) {
    const message = `options.keep must be one of ${KEEPS.join(', ')}, not ${describe(keep)}`
    throw new TenonError('ERR_INVALID_ARG', message, { argument: 'keep' })
  }
  if (typeof marker !== 'string') throw invalidArgument('options.marker', 'a string', marker)
  checkedText('options.marker', marker)
  const [headEnd, tailStart, marked, tokens, truncated] = runTruncate(whole, maxTokens, kept, marker, encoding)
  if (!truncated) return { text: whole, tokens, truncated: false }
  // Two halves of surrogate pairs that met would be a character that nobody counted.
  const parts = [whole.slice(0, headEnd), marked ? marker : '', whole.slice(tailStart)]
  return { text: parts.map((part) => part.toWellFormed()).join(''), tokens, truncated: true }
}

/** @type {typeof import('../..').tokens.split} */
function split(text, options) {
  const whole = stringOf(checkedText('text', text))
  const encoding = encodingOf(options, SPLIT_KEYS)
  const { maxTokens, overlapTokens = 0 } = options ?? {}
  checkInteger('options.maxTokens', maxTokens, 1, MAX_TOKENS)
  checkInteger('options.overlapTokens', overlapTokens, 0, Math.max(0, Number(maxTokens) - 1))
  const flat = runSplit(whole, maxTokens, overlapTokens, encoding)
  const parts = new Array(flat.length / 3)
  for (let index = 0; index < parts.length; index++) {
    const [start, end, tokens] = flat.subarray(3 * index, 3 * index + 3)
    parts[index] = { text: whole.slice(start, end), start, end, tokens }
  }
  return parts
}

/** @type {typeof import('../..').tokens.counter} */
function counter(options) {
  const encoding = encodingOf(options, TEXT_KEYS)
  if (options && 'disallowedSpecial' in options && options.disallowedSpecial !== undefined) {
    const message = 'options.disallowedSpecial is not for counters, whose text comes in pieces'
    throw new TenonError('ERR_INVALID_ARG', message, { argument: 'disallowedSpecial' })
  }
  const allowed = options && allowedIn(options, encoding)
  return createCounter(
    (text) => checkedText('text', text),
    (text) => runCountGrowing(text, encoding, allowed)
  )
}

/** @type {typeof import('../..').tokens.encodings} */
function encodings() {
  return models.encodings()
}

/** @type {typeof import('../..').tokens.encodingForModel} */
function encodingForModel(model) {
  return /** @type {import('../..').tokens.BuiltInEncoding} */ (models.encodingForModel(model))
}

/** @type {typeof import('../..').tokens.countMessages} */
function countMessages(messages, options) {
  // Loaded by those who need it: a first count is not kept waiting.
  return require('./messages').countMessages(messages, options, countBatch)
}

/** @type {typeof import('../..').tokens.estimate} */
function estimate(text, model) {
  return require('./estimate').estimate(text, model, count)
}

/** @type {typeof import('../..').tokens.register} */
function register(options) {
  checkObject('options', options)
  checkKeys(options, ['name', 'ranks', 'tokenizerJson', 'pattern', 'special'])
  const { name } = options
  if (typeof name !== 'string' || name === '') throw invalidArgument('options.name', 'a string that is not empty', name)
  if (models.encodings().includes(name)) {
    throw new TenonError('ERR_INVALID_ARG', `there is an encoding ${describe(name)} already`, { argument: 'name' })
  }
  const place = registered.add(name, sourceOf(options))
  try {
    defineSpecialTokens(name, runSpecialTokens(ENCODINGS.length + place))
  } catch (error) {
    registered.remove()
    throw error
  }
}

/** @param {import('../..').tokens.Registration} options @returns {import('./custom/registered').Source} */
function sourceOf({ ranks, tokenizerJson, pattern, special = {} }) {
  checkObject('options.special', special)
  if ((ranks === undefined) === (tokenizerJson === undefined)) {
    throw new TenonError('ERR_INVALID_ARG', 'give either options.ranks or options.tokenizerJson', { argument: 'ranks' })
  }
  if (tokenizerJson !== undefined) {
    if (pattern !== undefined || Object.keys(special).length > 0) {
      const message = 'options.pattern and options.special are for options.ranks: a tokenizer.json has its own'
      throw new TenonError('ERR_INVALID_ARG', message, { argument: pattern === undefined ? 'special' : 'pattern' })
    }
    const json = checkedText('options.tokenizerJson', tokenizerJson)
    return { tokenizerJson: typeof json === 'string' ? json : Uint8Array.from(json) }
  }
  if (!isUint8Array(ranks)) throw invalidArgument('options.ranks', 'a Uint8Array', ranks)
  if (typeof pattern !== 'string') {
    throw invalidArgument('options.pattern', "a string: 'gpt2', 'cl100k', 'o200k' or a regular expression", pattern)
  }
  for (const [text, id] of Object.entries(special))
    checkInteger(`options.special[${describe(text)}]`, id, 0, 2 ** 31 - 1)
  return { ranks: Uint8Array.from(ranks), pattern, special: Object.entries(special) }
}

/**
 * @param {import('./options').SpecialOptions | undefined} options
 * @param {number} encoding
 * @param {Text[]} texts
 */
function allowedIn(options, encoding, ...texts) {
  return allowedOf(options ?? {}, encoding, texts, texts.length === 1 ? () => 'text' : nameInBatch)
}

/** @param {number} index */
const nameInBatch = (index) => `texts[${index}]`

/**
 * @param {import('../..').tokens.AsyncTokenOptions | undefined} options
 * @param {readonly Text[]} texts
 * @param {(index: number) => string} nameOf
 */
function asyncOptions(options, texts, nameOf) {
  const encoding = encodingOf(options, ASYNC_KEYS)
  const { signal } = options ?? {}
  if (signal !== undefined) checkSignal('options.signal', signal)
  return { encoding, allowed: allowedOf(options ?? {}, encoding, texts, nameOf), signal }
}

/**
 * @param {string} name
 * @param {unknown} text
 * @returns {Text}
 */
function checkedText(name, text) {
  checkText(name, text)
  const checked = /** @type {Text} */ (text)
  if (checked.length > MAX_TEXT_LENGTH) {
    const message = `${name} has ${checked.length} ${typeof text === 'string' ? 'code units' : 'bytes'}; the limit is ${MAX_TEXT_LENGTH}`
    throw new TenonError('ERR_LIMIT', message, { argument: name })
  }
  return owned(checked)
}

/** @param {unknown} texts @returns {Text[]} */
function checkedTexts(texts) {
  if (!Array.isArray(texts)) throw invalidArgument('texts', 'an array', texts)
  const checked = new Array(texts.length)
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index]
    const plain = typeof text === 'string' && text.length <= MAX_TEXT_LENGTH
    checked[index] = plain ? text : checkedText(nameInBatch(index), text)
  }
  return checked
}

/** What is cut is a string, whose positions are UTF-16. @param {Text} text */
const stringOf = (text) => (typeof text === 'string' ? text : decoder.decode(text))

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

// Names alone: Node finds the named exports of CommonJS by reading, up to the first that is more than a name.
module.exports = {
  count,
  countAsync,
  countBatch,
  countBatchAsync,
  countMessages,
  countUntil,
  counter,
  createDecoder,
  decode,
  decodeBytes,
  encode,
  encodeAsync,
  encodeWithOffsets,
  encodingForModel,
  encodings,
  estimate,
  register,
  split,
  truncate
}
