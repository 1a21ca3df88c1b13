'use strict'

// Which encoding a call means: by its name, or by the model that uses it.

const { checkKeys, checkObject } = require('../arguments')
const { TenonError, describe } = require('../errors')

/** The encodings' names. Both engines are told the position in this list. */
const ENCODINGS = Object.freeze(['o200k_base', 'cl100k_base'])

/**
 * Models and the prefixes of their dated and fine-tuned versions, as in tiktoken's `model.py`.
 * @type {Readonly<Record<string, string>>}
 */
const MODELS = Object.freeze({
  o1: 'o200k_base',
  o3: 'o200k_base',
  'o4-mini': 'o200k_base',
  'gpt-5': 'o200k_base',
  'gpt-4.5': 'o200k_base',
  'gpt-4.1': 'o200k_base',
  'gpt-4o': 'o200k_base',
  'chatgpt-4o': 'o200k_base',
  'gpt-4': 'cl100k_base',
  'gpt-3.5': 'cl100k_base',
  'gpt-3.5-turbo': 'cl100k_base',
  'gpt-35-turbo': 'cl100k_base',
  'davinci-002': 'cl100k_base',
  'babbage-002': 'cl100k_base',
  'text-embedding-ada-002': 'cl100k_base',
  'text-embedding-3-small': 'cl100k_base',
  'text-embedding-3-large': 'cl100k_base'
})

/**
 * The position in `ENCODINGS` that a call's options mean: o200k_base unless they say otherwise.
 * @param {{ encoding?: unknown, model?: unknown } | undefined} options
 */
function encodingOf(options) {
  if (options === undefined) return 0
  checkObject('options', options)
  checkKeys(options, ['encoding', 'model'])
  const { encoding, model } = options
  if (encoding !== undefined) {
    if (model !== undefined)
      throw new TenonError('ERR_INVALID_ARG', 'give either options.encoding or options.model, not both', {
        argument: 'options'
      })
    return position(encoding)
  }
  return model === undefined ? 0 : position(encodingForModel(model))
}

/** @param {unknown} name */
function position(name) {
  const index = ENCODINGS.indexOf(/** @type {string} */ (name))
  if (index < 0) {
    throw new TenonError(
      'ERR_INVALID_ARG',
      `options.encoding must be one of ${ENCODINGS.join(', ')}, not ${describe(name)}`,
      { argument: 'encoding' }
    )
  }
  return index
}

/**
 * The encoding of a model: of its own name, else of the longest known name that it extends by `-…`.
 * @param {unknown} model
 */
function encodingForModel(model) {
  if (typeof model === 'string') {
    for (let name = model; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('-')))) {
      if (Object.hasOwn(MODELS, name)) return MODELS[name]
    }
    // The versions of GPT-5 go on with a point: gpt-5.1-codex.
    if (model.startsWith('gpt-5.')) return MODELS['gpt-5']
    // Fine-tuned models name the model they were made of: ft:gpt-4o:my-org::id.
    const [, base] = /^ft:([^:]+)/.exec(model) ?? []
    if (base !== undefined) return encodingForModel(base)
  }
  throw new TenonError(
    'ERR_UNSUPPORTED',
    `options.model ${describe(model)} has no encoding that Tenon knows; give the encoding, one of ${ENCODINGS.join(', ')}`,
    { argument: 'model' }
  )
}

module.exports = { ENCODINGS, encodingOf }
