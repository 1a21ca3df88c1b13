'use strict'

// Which encoding a call means: by its name, or by the model that uses it.

const { checkKeys, checkObject } = require('../arguments')
const { TenonError, describe } = require('../errors')
const registered = require('./custom/registered')

const ENCODING_KEYS = Object.freeze(['encoding', 'model'])

/**
 * The encodings of tiktoken, the default first. Both engines are told the position in this list; behind it come those
 * that were registered.
 */
const ENCODINGS = Object.freeze([
  'o200k_base',
  'cl100k_base',
  'o200k_harmony',
  'p50k_base',
  'p50k_edit',
  'r50k_base',
  'gpt2'
])

/**
 * `MODEL_TO_ENCODING` of `tiktoken/model.py` of tiktoken 0.14.
 * @type {Readonly<Record<string, string>>}
 */
const MODELS = Object.freeze({
  o1: 'o200k_base',
  o3: 'o200k_base',
  'o4-mini': 'o200k_base',
  'gpt-5': 'o200k_base',
  'gpt-4.1': 'o200k_base',
  'gpt-4o': 'o200k_base',
  'gpt-4': 'cl100k_base',
  'gpt-3.5-turbo': 'cl100k_base',
  'gpt-3.5': 'cl100k_base',
  'gpt-35-turbo': 'cl100k_base',
  'davinci-002': 'cl100k_base',
  'babbage-002': 'cl100k_base',
  'text-embedding-ada-002': 'cl100k_base',
  'text-embedding-3-small': 'cl100k_base',
  'text-embedding-3-large': 'cl100k_base',
  'text-davinci-003': 'p50k_base',
  'text-davinci-002': 'p50k_base',
  'text-davinci-001': 'r50k_base',
  'text-curie-001': 'r50k_base',
  'text-babbage-001': 'r50k_base',
  'text-ada-001': 'r50k_base',
  davinci: 'r50k_base',
  curie: 'r50k_base',
  babbage: 'r50k_base',
  ada: 'r50k_base',
  'code-davinci-002': 'p50k_base',
  'code-davinci-001': 'p50k_base',
  'code-cushman-002': 'p50k_base',
  'code-cushman-001': 'p50k_base',
  'davinci-codex': 'p50k_base',
  'cushman-codex': 'p50k_base',
  'text-davinci-edit-001': 'p50k_edit',
  'code-davinci-edit-001': 'p50k_edit',
  'text-similarity-davinci-001': 'r50k_base',
  'text-similarity-curie-001': 'r50k_base',
  'text-similarity-babbage-001': 'r50k_base',
  'text-similarity-ada-001': 'r50k_base',
  'text-search-davinci-doc-001': 'r50k_base',
  'text-search-curie-doc-001': 'r50k_base',
  'text-search-babbage-doc-001': 'r50k_base',
  'text-search-ada-doc-001': 'r50k_base',
  'code-search-babbage-code-001': 'r50k_base',
  'code-search-ada-code-001': 'r50k_base',
  gpt2: 'gpt2',
  'gpt-2': 'gpt2'
})

/**
 * `MODEL_PREFIX_TO_ENCODING` of the same file, in its order.
 * @type {Readonly<Record<string, string>>}
 */
const PREFIXES = Object.freeze({
  'o1-': 'o200k_base',
  'o3-': 'o200k_base',
  'o4-mini-': 'o200k_base',
  'gpt-5': 'o200k_base',
  'gpt-4.5-': 'o200k_base',
  'gpt-4.1-': 'o200k_base',
  'chatgpt-4o-': 'o200k_base',
  'gpt-4o-': 'o200k_base',
  'gpt-4-': 'cl100k_base',
  'gpt-3.5-turbo-': 'cl100k_base',
  'gpt-35-turbo-': 'cl100k_base',
  'gpt-oss-': 'o200k_harmony',
  'ft:gpt-4o': 'o200k_base',
  'ft:gpt-4': 'cl100k_base',
  'ft:gpt-3.5-turbo': 'cl100k_base',
  'ft:davinci-002': 'cl100k_base',
  'ft:babbage-002': 'cl100k_base'
})

/**
 * The position of the encoding that a call's options mean: o200k_base unless they say otherwise.
 * @param {{ encoding?: unknown, model?: unknown } | undefined} options
 * @param {readonly string[]} [keys] all that the call knows
 */
function encodingOf(options, keys = ENCODING_KEYS) {
  if (options === undefined) return 0
  checkObject('options', options)
  checkKeys(options, keys)
  const { encoding, model } = options
  if (encoding !== undefined) {
    if (model !== undefined)
      throw new TenonError('ERR_INVALID_ARG', 'give either options.encoding or options.model, not both', {
        argument: 'options'
      })
    return position(encoding)
  }
  return model === undefined ? 0 : position(encodingForModel(model, 'options.model'))
}

/** @param {unknown} name */
function position(name) {
  const index = ENCODINGS.indexOf(/** @type {string} */ (name))
  if (index >= 0) return index
  const place = registered.names().indexOf(/** @type {string} */ (name))
  if (place >= 0) return ENCODINGS.length + place
  throw new TenonError(
    'ERR_INVALID_ARG',
    `options.encoding must be one of ${encodings().join(', ')}, not ${describe(name)}`,
    { argument: 'encoding' }
  )
}

/** The name of the encoding at a position. @param {number} position */
function nameOf(position) {
  return ENCODINGS[position] ?? registered.nameAt(position - ENCODINGS.length)
}

/**
 * Families whose vocabularies are not public but resemble one that is. Mistral's older models have another.
 * @type {readonly [name: 'claude' | 'gemini' | 'grok' | 'mistral' | 'nova', models: RegExp][]}
 */
const CLOSED = [
  ['claude', /^claude(-|$)/],
  ['gemini', /^gemini-(?!1\b)/],
  ['grok', /^grok-/],
  ['mistral', /^((mi|mini|magi|dev)stral|codestral|pixtral)-(?!7b|2405)/],
  ['nova', /^nova-/]
]

/**
 * The family of a model without a public vocabulary. Its name may have a provider before it, as in
 * `anthropic/claude-opus-4.5` and `us.anthropic.claude-sonnet-4-5-v1:0`.
 * @param {string} model
 */
function closedFamily(model) {
  const name = model.toLowerCase().replace(/^.*\/|^([a-z]+\.)+(?=[a-z]+-)/g, '')
  return CLOSED.find(([, models]) => models.test(name))?.[0]
}

/**
 * The encoding of a model, by the rules of tiktoken's `encoding_name_for_model`. A fine-tuned model has the encoding of
 * the model it was made of (tiktoken takes `ft:gpt-4.1` for a GPT-4).
 * @param {unknown} model
 * @param {string} [name] of the argument
 * @returns {string}
 */
function encodingForModel(model, name = 'model') {
  const found = typeof model === 'string' ? lookUp(model) : undefined
  if (found !== undefined) return found
  const why =
    typeof model === 'string' && closedFamily(model)
      ? 'its vocabulary is not public; tokens.estimate gives a range'
      : `give the encoding, one of ${encodings().join(', ')}`
  throw new TenonError('ERR_UNSUPPORTED', `${name} ${describe(model)} has no encoding that Tenon knows; ${why}`, {
    argument: 'model'
  })
}

/** @param {string} model @returns {string | undefined} */
function lookUp(model) {
  const name = model.replace(/^openai\//, '')
  if (Object.hasOwn(MODELS, name)) return MODELS[name]
  // ft:gpt-4.1-2025-04-14:my-org::id
  const [, base] = /^ft:(?!ft:)([^:]+)/.exec(name) ?? []
  const fineTuned = base === undefined ? undefined : lookUp(base)
  if (fineTuned !== undefined) return fineTuned
  const prefix = Object.keys(PREFIXES).find((start) => name.startsWith(start))
  return prefix === undefined ? undefined : PREFIXES[prefix]
}

/** The names of the encodings, the default first, then those registered. */
function encodings() {
  return [...ENCODINGS, ...registered.names()]
}

module.exports = { ENCODINGS, closedFamily, encodingForModel, encodingOf, encodings, nameOf }
