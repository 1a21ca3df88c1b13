'use strict'

// Messages with a role and `content`: OpenAI chat, Anthropic, and the ModelMessage of the AI SDK.

const { TenonError, describe } = require('../../errors')
const { Reading, identifier, roleOf } = require('../reading')
const { AI_SDK_OUTPUT, ANTHROPIC_OUTPUT, ANY, CHAT, blocks, readPart, replaced } = require('./parts')

/** @typedef {import('../shapes').Edits} Edits */

/** A message that is itself the call or the result. */
const SELF = -1
/** `tool_calls[0]` has this place, the next the one below. */
const FIRST_TOOL_CALL = -2

/** Functions of the time before tools have no identifier: the name pairs them. @param {unknown} name */
const functionId = (name) => `function ${name}`

/**
 * @param {any} message
 * @param {string} name such as `messages[3]`
 * @param {Readonly<Record<string, import('./parts').Reader>>} [table] the types of parts that may occur
 */
function read(message, name, table = ANY) {
  const reading = new Reading(roleOf(message.role, name))
  reading.named(message.role === 'function' ? undefined : message.name)
  const isResult = message.role === 'function' || (message.role === 'tool' && message.tool_call_id !== undefined)
  if (isResult) {
    const id =
      message.role === 'function' ? functionId(message.name) : identifier(message.tool_call_id, `${name}.tool_call_id`)
    reading.result({ id, place: SELF, name: message.name }, () => blocks(reading, message.content ?? '', CHAT))
    return reading
  }
  readContent(reading, message.content, name, table)
  reading.text(message.refusal)
  reading.text(message.reasoning_content)
  if (message.audio) reading.media++
  if (message.refusal || message.audio) reading.speaks = true
  if (message.role === 'assistant') readCalls(reading, message, name)
  return reading
}

/** @param {Reading} reading @param {unknown} content @param {string} name @param {Parameters<typeof read>[2]} table */
function readContent(reading, content, name, table = ANY) {
  if (Array.isArray(content)) {
    content.forEach((part, place) => readPart(reading, part, place, `${name}.content[${place}]`, table))
  } else if (typeof content === 'string') {
    reading.text(content)
    if (content !== '') reading.speaks = true
  } else if (content !== null && content !== undefined) {
    throw new TenonError('ERR_INVALID_ARG', `${name}.content must be a string or an array, not ${describe(content)}`, {
      argument: 'messages'
    })
  }
}

/** @param {Reading} reading @param {any} message @param {string} name */
function readCalls(reading, message, name) {
  const { function_call: called, tool_calls: calls } = message
  if (Array.isArray(calls)) {
    calls.forEach((call, at) => {
      const body = call?.type === 'custom' ? call.custom : call?.function
      reading.call(
        {
          id: identifier(call?.id, `${name}.tool_calls[${at}].id`),
          name: String(body?.name),
          place: FIRST_TOOL_CALL - at,
          adjacency: 'chat'
        },
        call?.type === 'custom' ? body?.input : body?.arguments
      )
    })
  }
  if (called) {
    reading.call(
      { id: functionId(called.name), name: String(called.name), place: SELF, adjacency: 'chat' },
      called.arguments
    )
  }
}

/**
 * The message with its edits, as a new object.
 * @param {any} message
 * @param {Edits} edits
 */
function edit(message, edits) {
  const edited = { ...message }
  const self = edits.get(SELF)
  if (self) edited.content = replaced(message.content, self, CHAT, 'text')
  else if (self === null) delete edited.function_call
  if (Array.isArray(message.tool_calls)) {
    const calls = message.tool_calls.filter(
      (/** @type {any} */ _, /** @type {number} */ at) => !edits.has(FIRST_TOOL_CALL - at)
    )
    if (calls.length === 0) delete edited.tool_calls
    else if (calls.length < message.tool_calls.length) edited.tool_calls = calls
  }
  if (Array.isArray(message.content) && !self) {
    edited.content = message.content.flatMap((/** @type {any} */ part, /** @type {number} */ place) => {
      const change = edits.get(place)
      if (change === undefined) return [part]
      return change === null ? [] : [editPart(part, change)]
    })
  }
  return edited
}

/** @param {any} part @param {import('../shapes').Replacement} change */
function editPart(part, change) {
  if (part.type === 'tool-result') {
    const { output } = part
    if (output === undefined) return { ...part, result: change.text }
    const value = replaced(output.value, change, AI_SDK_OUTPUT, 'text')
    const type = typeof value !== 'string' ? 'content' : /^error-/.test(output.type) ? 'error-text' : 'text'
    return { ...part, output: { ...output, type, value } }
  }
  const content = replaced(part.content, change, ANTHROPIC_OUTPUT, 'text')
  const isList = part.type === 'mcp_tool_result' && typeof content === 'string'
  return { ...part, content: isList ? [{ type: 'text', text: content }] : content }
}

module.exports = { edit, read }
