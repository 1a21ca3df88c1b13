'use strict'

// Which shape a message has. It is decided for each message by itself: by the keys and the types of parts that one
// shape alone has. What none claims (a role and a text) is the same in every shape.

const { TenonError, describe, invalidArgument } = require('../errors')
const message = require('./shapes/message')
const { AI_SDK, ANTHROPIC, CHAT } = require('./shapes/parts')
const responses = require('./shapes/responses')
const uiMessage = require('./shapes/ui-message')

/** @typedef {import('./reading').Reading} Reading */
/** @typedef {{ text: string, keepMedia: boolean }} Replacement of what a result says */
/** @typedef {Map<number, Replacement | null>} Edits by place; null takes the place away */
/** @typedef {{ read: (message: any, name: string) => Reading, edit: (message: any, edits: Edits) => object }} Shape */

/** @param {Readonly<Record<string, import('./shapes/parts').Reader>>} table @returns {Shape} */
const narrowed = (table) => ({ read: (value, name) => message.read(value, name, table), edit: message.edit })

/** @type {Readonly<Record<string, Shape>>} */
const SHAPES = Object.freeze({
  'openai-chat': narrowed(CHAT),
  'openai-responses': responses,
  anthropic: narrowed(ANTHROPIC),
  'ai-sdk': narrowed(AI_SDK),
  'ai-sdk-ui': uiMessage
})

/** Types of parts that only messages of the Responses API have. */
const RESPONSES_PARTS = Object.freeze(['input_text', 'output_text', 'input_image', 'input_file'])

/**
 * @param {any} value
 * @returns {Shape}
 */
function detect(value) {
  if (Array.isArray(value.parts)) return uiMessage
  const { content, role, type } = value
  if (typeof type === 'string' && role === undefined) return responses
  // An answer of Anthropic's API has type 'message' too, and other parts.
  if (Array.isArray(content) && content.some((part) => RESPONSES_PARTS.includes(part?.type))) return responses
  return message
}

/**
 * Reads a message.
 * @param {unknown} value
 * @param {string | undefined} shape
 * @param {string} name such as `messages[3]`
 * @returns {Reading}
 */
function read(value, shape, name) {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidArgument(name, 'an object', value)
  const found = shape === undefined ? detect(value) : SHAPES[shape]
  const { parts } = /** @type {any} */ (value)
  if (found === uiMessage && !Array.isArray(parts)) throw invalidArgument(`${name}.parts`, 'an array', parts)
  try {
    const reading = found.read(value, name)
    // What pairs with other messages cannot stay whatever happens to them.
    if (reading.role === 'system' && reading.items > 0) reading.role = reading.calls.length > 0 ? 'assistant' : 'tool'
    return reading
  } catch (error) {
    if (error instanceof TenonError) throw error
    // A BigInt, or a toJSON that throws.
    const message = `${name} cannot be written as JSON: ${Object(error).message ?? describe(error)}`
    throw new TenonError('ERR_INVALID_ARG', message, { argument: 'messages', cause: error })
  }
}

/**
 * The message with its edits, as a new object: what is not edited is shared.
 * @param {object} value
 * @param {string | undefined} shape
 * @param {Edits} edits
 */
function edit(value, shape, edits) {
  return (shape === undefined ? detect(value) : SHAPES[shape]).edit(value, edits)
}

module.exports = { SHAPES, edit, read }
