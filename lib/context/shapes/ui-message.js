'use strict'

// The UIMessage of the AI SDK: a call and its result are one part.

const { MESSAGE_TOKENS, Reading, identifier, roleOf } = require('../reading')

/** @typedef {import('../shapes').Edits} Edits */

/** What is shown to people and not sent to the model. */
const NOT_SENT = /^(data-|source-)/
/** States in which the tool has answered. */
const SETTLED = Object.freeze(['output-available', 'output-error', 'output-denied'])

/**
 * @param {any} message
 * @param {string} name such as `messages[3]`
 */
function read(message, name) {
  const reading = new Reading(roleOf(message.role, name))
  message.parts.forEach((/** @type {any} */ part, /** @type {number} */ place) => {
    const type = String(part?.type)
    if (type === 'dynamic-tool' || type.startsWith('tool-'))
      return readTool(reading, part, place, `${name}.parts[${place}]`)
    // A step becomes a message of its own.
    if (type === 'step-start') reading.fixed += MESSAGE_TOKENS
    else if (type === 'text' || type === 'reasoning') reading.text(part.text)
    else if (type === 'file') reading.media++
    else if (!NOT_SENT.test(type)) reading.json(part)
    if (type !== 'step-start' && type !== 'reasoning') reading.speaks = true
  })
  return reading
}

/** @param {Reading} reading @param {any} part @param {number} place @param {string} name */
function readTool(reading, part, place, name) {
  const id = identifier(part.toolCallId, `${name}.toolCallId`)
  const tool = part.type === 'dynamic-tool' ? String(part.toolName) : part.type.slice('tool-'.length)
  const { state } = part
  const called = { id, name: tool, place, settled: SETTLED.includes(state), resumes: state === 'approval-responded' }
  reading.call({ ...called, adjacency: 'anywhere' }, part.input ?? part.rawInput)
  const isError = part.state === 'output-error'
  if (!isError && part.state !== 'output-available') return
  // The result becomes a message of its own.
  reading.fixed += MESSAGE_TOKENS
  reading.result({ id, place, name: tool, inside: true, error: isError }, () =>
    reading.json(isError ? part.errorText : part.output)
  )
}

/** @param {any} message @param {Edits} edits */
function edit(message, edits) {
  const parts = message.parts.flatMap((/** @type {any} */ part, /** @type {number} */ place) => {
    const change = edits.get(place)
    if (change === undefined) return [part]
    if (change === null) return []
    return [part.state === 'output-error' ? { ...part, errorText: change.text } : { ...part, output: change.text }]
  })
  return { ...message, parts }
}

module.exports = { edit, read }
