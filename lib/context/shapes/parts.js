'use strict'

// The parts of a message's `content`, by their type. The types of the shapes differ, so one table reads them all, and
// a shape that is given narrows it.

const { Reading, identifier } = require('../reading')

/** @typedef {Record<string, any>} Part */
/** @typedef {(reading: Reading, part: Part, place: number, name: string) => void} Reader */

/** @type {Reader} */
const text = (reading, part) => {
  reading.text(part.text)
  reading.speaks = true
}

/** @type {Reader} */
const media = (reading) => {
  reading.media++
  reading.speaks = true
}

/** What the tables do not know is sent as it is, so its JSON is counted. @type {Reader} */
const unknown = (reading, part) => {
  reading.json(part)
  reading.speaks = true
}

/** @type {(hosted: boolean) => Reader} */
const anthropicCall = (hosted) => (reading, part, place, name) => {
  const id = identifier(part.id, `${name}.id`)
  reading.call(
    { id, name: String(part.name), place, adjacency: hosted ? 'anywhere' : 'anthropic', resumes: hosted },
    part.input
  )
}

/** @type {(editable: boolean) => Reader} */
const anthropicResult = (editable) => (reading, part, place, name) => {
  const id = identifier(part.tool_use_id, `${name}.tool_use_id`)
  reading.result({ id, place, error: part.is_error === true, editable }, () =>
    blocks(reading, part.content, ANTHROPIC_OUTPUT)
  )
}

/** What a result holds. @param {Reading} reading @param {unknown} content @param {Readonly<Record<string, Reader>>} table */
function blocks(reading, content, table) {
  if (!Array.isArray(content)) return reading.json(content)
  const { speaks } = reading
  for (const block of content) (tableEntry(table, block) ?? unknown)(reading, block, -1, '')
  reading.speaks = speaks
}

/** @param {Readonly<Record<string, Reader>>} table @param {any} part @returns {Reader | undefined} */
function tableEntry(table, part) {
  const type = part?.type
  return typeof type === 'string' && Object.hasOwn(table, type) ? table[type] : undefined
}

/** @type {Readonly<Record<string, Reader>>} */
const CHAT = Object.freeze({
  text,
  refusal: (reading, part) => {
    reading.text(part.refusal)
    reading.speaks = true
  },
  image_url: media,
  input_audio: media,
  file: media
})

/** @type {Readonly<Record<string, Reader>>} */
const RESPONSES = Object.freeze({
  text,
  input_text: text,
  output_text: text,
  summary_text: text,
  reasoning_text: text,
  refusal: CHAT.refusal,
  input_image: media,
  input_file: media,
  input_audio: media,
  computer_screenshot: media
})

/** @type {Reader} */
const document = (reading, part, place, name) => {
  const { source } = part
  if (source?.type === 'text') reading.text(source.data)
  else if (source?.type === 'content') blocks(reading, source.content, ANTHROPIC_OUTPUT)
  else media(reading, part, place, name)
  reading.text(part.title)
  reading.text(part.context)
  reading.speaks = true
}

/** What a result of a tool may hold: no calls of its own. @type {Readonly<Record<string, Reader>>} */
const ANTHROPIC_OUTPUT = Object.freeze({ text, image: media, document })

/** @type {Readonly<Record<string, Reader>>} */
const ANTHROPIC = Object.freeze({
  text,
  image: media,
  container_upload: media,
  document,
  // The signature is not for the model.
  thinking: (reading, part) => reading.text(part.thinking),
  redacted_thinking: (reading, part) => reading.opaque(part.data),
  tool_use: anthropicCall(false),
  server_tool_use: anthropicCall(true),
  mcp_tool_use: anthropicCall(true),
  tool_result: anthropicResult(true),
  mcp_tool_result: anthropicResult(true)
})

/** What a tool of the AI SDK answered. @type {Readonly<Record<string, Reader>>} */
const AI_SDK_OUTPUT = Object.freeze({
  text,
  media,
  'file-data': media,
  'file-url': media,
  'file-id': media,
  'image-data': media,
  'image-url': media,
  'image-file-id': media
})

/** @type {Readonly<Record<string, Reader>>} */
const AI_SDK = Object.freeze({
  text,
  image: media,
  file: media,
  reasoning: (reading, part) => reading.text(part.text),
  'tool-call': (reading, part, place, name) => {
    const id = identifier(part.toolCallId, `${name}.toolCallId`)
    const hosted = part.providerExecuted === true
    reading.call(
      { id, name: String(part.toolName), place, adjacency: hosted ? 'anywhere' : 'ai-sdk', resumes: hosted },
      'input' in part ? part.input : part.args
    )
  },
  'tool-result': (reading, part, place, name) => {
    const id = identifier(part.toolCallId, `${name}.toolCallId`)
    const { output } = part
    const denied = output?.type === 'execution-denied'
    const error = part.isError === true || denied || /^error-/.test(output?.type)
    reading.result({ id, place, error, editable: !denied, name: part.toolName }, () => {
      if (output === undefined) reading.json(part.result)
      else if (output?.type === 'content') blocks(reading, output.value, AI_SDK_OUTPUT)
      else reading.json(denied ? output.reason : output?.value)
    })
  },
  'tool-approval-request': (reading, part, place, name) => {
    reading.requests.push({ id: identifier(part.approvalId, `${name}.approvalId`), callId: part.toolCallId, place })
  },
  'tool-approval-response': (reading, part, place, name) => {
    reading.response({ id: identifier(part.approvalId, `${name}.approvalId`), place }, part.reason)
  }
})

/**
 * The content of a result with `text` in place of its text.
 * @param {unknown} content
 * @param {{ text: string, keepMedia: boolean }} edit
 * @param {Readonly<Record<string, Reader>>} table
 * @param {string} type of a text block
 * @returns {string | object[]} a string where no image or file has to stand beside it
 */
function replaced(content, { text: newText, keepMedia }, table, type) {
  const kept = keepMedia && Array.isArray(content) ? content.filter((block) => isMedia(block, table)) : []
  return kept.length === 0 ? newText : [{ type, text: newText }, ...kept]
}

/** @param {unknown} block @param {Readonly<Record<string, Reader>>} table */
function isMedia(block, table) {
  const reading = new Reading('tool')
  blocks(reading, [block], table)
  return reading.media > 0
}

/** Results of tools that Anthropic runs have types of their own, and are more than text. */
const HOSTED_RESULT = /^\w+_tool_result$/

/**
 * Reads one part.
 * @param {Reading} reading
 * @param {any} part
 * @param {number} place
 * @param {string} name such as `messages[3].content[0]`
 * @param {Readonly<Record<string, Reader>>} table
 */
function readPart(reading, part, place, name, table) {
  const reader = tableEntry(table, part)
  if (reader) reader(reading, part, place, name)
  else if ('tool_use' in table && HOSTED_RESULT.test(part?.type) && typeof part.tool_use_id === 'string')
    anthropicResult(false)(reading, part, place, name)
  else unknown(reading, part, place, name)
}

module.exports = {
  AI_SDK,
  AI_SDK_OUTPUT,
  ANTHROPIC,
  ANTHROPIC_OUTPUT,
  /** The types that mean the same in every shape, or belong to one alone. */
  ANY: Object.freeze({ ...RESPONSES, ...CHAT, ...AI_SDK, ...ANTHROPIC }),
  CHAT,
  RESPONSES,
  blocks,
  readPart,
  replaced
}
