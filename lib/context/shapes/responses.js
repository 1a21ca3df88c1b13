'use strict'

// Items of OpenAI's Responses API.

const { invalidArgument } = require('../../errors')
const { Reading, identifier, roleOf } = require('../reading')
const { RESPONSES, blocks, readPart, replaced } = require('./parts')

/** @typedef {import('../shapes').Edits} Edits */

/** An item is at most one call, result or approval. */
const SELF = -1

/**
 * @param {any} item
 * @param {string} name such as `messages[3]`
 */
function read(item, name) {
  const { type } = item
  if (type === undefined || type === null || type === 'message') return readMessage(item, name)
  if (typeof type !== 'string') throw invalidArgument(`${name}.type`, 'a string', type)
  if (type === 'reasoning') return readReasoning(item)
  if (type === 'compaction') {
    // It stands for everything before it.
    const reading = new Reading('system')
    reading.opaque(item.encrypted_content)
    return reading
  }
  if (type === 'mcp_approval_response') {
    const reading = new Reading('user')
    const id = identifier(item.approval_request_id, `${name}.approval_request_id`)
    reading.response({ id, place: SELF }, item.reason)
    return reading
  }
  const id = pairingId(item)
  if (id !== undefined && type.endsWith('_output')) return readOutput(item, id)
  const reading = new Reading('assistant')
  if (id !== undefined && type.endsWith('_call')) {
    const input = item.arguments ?? item.input ?? item.action ?? item.operation ?? item
    reading.call({ id, name: item.name ?? type.slice(0, -'_call'.length), place: SELF, adjacency: 'anywhere' }, input)
  } else if (type === 'mcp_call') readMcpCall(reading, item, name)
  else if (type === 'image_generation_call') {
    reading.media++
    reading.speaks = true
  } else {
    if (type === 'mcp_approval_request') {
      reading.requests.push({ id: identifier(item.id, `${name}.id`), place: SELF })
    }
    reading.json(item)
    reading.speaks = true
  }
  return reading
}

/** The identifier of a call that waits for an output, or of that output. @param {any} item @returns {string | undefined} */
function pairingId({ type, call_id: callId, id }) {
  if (typeof callId === 'string' && callId !== '') return callId
  return /^local_shell_call(_output)?$/.test(type) && typeof id === 'string' && id !== '' ? id : undefined
}

/** @param {any} item @param {string} name */
function readMessage(item, name) {
  const reading = new Reading(roleOf(item.role, name))
  reading.named(item.name)
  if (Array.isArray(item.content)) {
    item.content.forEach((/** @type {any} */ part, /** @type {number} */ place) =>
      readPart(reading, part, place, `${name}.content[${place}]`, RESPONSES)
    )
  } else reading.json(item.content ?? '')
  reading.speaks = true
  return reading
}

/** @param {any} item */
function readReasoning(item) {
  const reading = new Reading('assistant')
  reading.reasoning = true
  for (const list of [item.summary, item.content]) if (Array.isArray(list)) blocks(reading, list, RESPONSES)
  reading.opaque(item.encrypted_content)
  return reading
}

/** @param {any} item @param {string} id */
function readOutput(item, id) {
  const reading = new Reading('tool')
  const { output } = item
  const isShell = item.type === 'shell_call_output' && Array.isArray(output)
  const editable = typeof output === 'string' || Array.isArray(output)
  const error = item.status === 'failed' || item.status === 'incomplete'
  reading.result({ id, place: SELF, error, editable }, () => {
    if (isShell) {
      for (const piece of output) {
        reading.text(piece?.stdout)
        reading.text(piece?.stderr)
      }
    } else if (Array.isArray(output)) blocks(reading, output, RESPONSES)
    else if (output?.type === 'computer_screenshot') reading.media++
    else reading.json(output ?? item)
  })
  return reading
}

/** The call of a remote server's tool, its output beside it. @param {Reading} reading @param {any} item @param {string} name */
function readMcpCall(reading, item, name) {
  const id = identifier(item.id, `${name}.id`)
  const called = { id, name: String(item.name), place: SELF, settled: true }
  reading.call({ ...called, adjacency: 'anywhere' }, item.arguments)
  const isError = item.error !== null && item.error !== undefined
  if (isError) reading.json(item.error)
  if (typeof item.output !== 'string') return
  reading.result({ id, place: SELF, name: item.name, inside: true, error: isError }, () => reading.text(item.output))
}

/** @param {any} item @param {Edits} edits */
function edit(item, edits) {
  const change = edits.get(SELF)
  if (!change) return { ...item }
  if (item.type === 'shell_call_output') {
    return { ...item, output: [{ ...item.output[0], stdout: change.text, stderr: '' }] }
  }
  return { ...item, output: replaced(item.output, change, RESPONSES, 'input_text') }
}

module.exports = { edit, read }
