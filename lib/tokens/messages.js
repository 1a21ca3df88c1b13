'use strict'

// What a chat request costs an OpenAI model before it answers. OpenAI documents neither the text that a request becomes
// nor its tokens; the rules here reproduce the counts that its API reported, collected in
// `__test__/fixtures/tokens/messages.json` with where each was published.

const { checkKeys, checkObject } = require('../arguments')
const { TenonError, describe, invalidArgument } = require('../errors')
const { encodingForModel } = require('./encodings')

/** `<|start|>`, the role's separator and `<|end|>`. */
const TOKENS_PER_MESSAGE = 3
const TOKENS_PER_NAME = 1
/** `<|start|>assistant<|message|>`, after which the model answers. */
const REPLY_TOKENS = 3
/** Of a message with calls beside text, which are two messages to the model: another start and role. */
const TEXT_BESIDE_CALLS_TOKENS = 4
/** ` to=functions.` of the call and `functions.` of its result. */
const TOOL_CALL_TOKENS = 5
/** Parallel calls are one call of `multi_tool_use.parallel`. */
const PARALLEL_CALLS_TOKENS = 13
const FUNCTION_CALL_TOKENS = 3
const FUNCTION_ROLE_TOKENS = -2
/** Around the definitions, in a system message of their own; less where they join the first one. */
const DEFINITIONS_TOKENS = 9
const JOINED_SYSTEM_TOKENS = -4
const CHOICE_NONE_TOKENS = 1
const CHOICE_TOOL_TOKENS = 7
const CHOICE_FUNCTION_TOKENS = 4

/** Schemas refer to themselves when they are made by mistake, and share what they would write twice. */
const MAX_SCHEMA_DEPTH = 64
const MAX_SCHEMAS = 100_000

/**
 * What a family does differently. The first that matches a model's name counts.
 * @type {readonly { models: RegExp, perMessage?: number, perName?: number, nested?: boolean, image?: Image }[]}
 * @typedef {{ base: number, tile: number } | { patch: number }} Image
 */
const FAMILIES = [
  { models: /^gpt-3\.5-turbo-0301$/, perMessage: 4, perName: -1, nested: false },
  { models: /^gpt-(3\.5|35)/, nested: false },
  { models: /^gpt-4o-mini/, image: { base: 2833, tile: 5667 } },
  { models: /^gpt-4\.1-mini/, image: { patch: 1.62 } },
  { models: /^gpt-4\.1-nano/, image: { patch: 2.46 } },
  { models: /^o4-mini/, image: { patch: 1.72 } },
  { models: /^gpt-5[^-]*-mini/, image: { patch: 1.2 } },
  { models: /^gpt-5[^-]*-nano/, image: { patch: 1.5 } },
  { models: /^gpt-5/, image: { base: 70, tile: 140 } },
  { models: /^o[13]/, image: { base: 75, tile: 150 } },
  { models: /^(gpt-4|chatgpt-4o)/, image: { base: 85, tile: 170 } },
  { models: /^gpt-oss-/ }
]

/**
 * @param {string} model
 * @param {string} name of the argument
 */
function familyOf(model, name) {
  const base = model.replace(/^openai\//, '').replace(/^ft:([^:]+).*/, '$1')
  const found = FAMILIES.find(({ models }) => models.test(base))
  if (found) return found
  throw new TenonError('ERR_UNSUPPORTED', `${name} ${describe(model)} is no chat model`, { argument: 'model' })
}

/** @typedef {{ texts: string[], overheadTokens: number }} Parts */
/** @typedef {(texts: string[], options: { model: any }) => ArrayLike<number>} CountBatch */

/**
 * The tokens that a chat request costs: of its messages, of what describes its tools, and of the reply's beginning.
 * @param {unknown} messages
 * @param {unknown} options
 * @param {CountBatch} countBatch called once
 * @returns {number}
 */
function countMessages(messages, options, countBatch) {
  if (!Array.isArray(messages)) throw invalidArgument('messages', 'an array', messages)
  checkObject('options', options)
  const given = /** @type {Record<string, unknown>} */ (options)
  checkKeys(given, ['model', 'tools', 'toolChoice', 'functions', 'functionCall'])
  const { model, tools, toolChoice, functions, functionCall } = given
  encodingForModel(model, 'options.model')
  const family = familyOf(String(model), 'options.model')

  /** @type {string[]} */
  const texts = []
  let tokens = REPLY_TOKENS
  const definitions = [
    ...definitionsOf(tools, 'options.tools', toolDefinition),
    ...definitionsOf(functions, 'options.functions', (value, at) => checkedDefinition(value, at))
  ]
  // The definitions follow the first system message after an empty line, or make one.
  let joined = false
  for (let index = 0; index < messages.length; index++) {
    const parts = partsOf(messages[index], family, `messages[${index}]`)
    if (definitions.length > 0 && !joined && isSystem(messages[index])) {
      joined = true
      parts.texts[parts.texts.length - 1] += '\n'
    }
    for (const text of parts.texts) texts.push(text)
    tokens += parts.overheadTokens
  }
  if (definitions.length > 0) {
    texts.push(renderDefinitions(definitions, family.nested !== false))
    tokens += DEFINITIONS_TOKENS + (joined ? JOINED_SYSTEM_TOKENS : 0)
  }
  tokens += choiceTokens(toolChoice, 'options.toolChoice', CHOICE_TOOL_TOKENS, texts)
  tokens += choiceTokens(functionCall, 'options.functionCall', CHOICE_FUNCTION_TOKENS, texts)
  const counts = countBatch(texts, { model })
  for (let index = 0; index < counts.length; index++) tokens += counts[index]
  return tokens
}

/**
 * What one message is counted from: its texts, whose tokens add up, and the tokens around them. The same message gives
 * the same parts in any conversation; what a request has once (the reply's beginning, tools) is not among them.
 * @param {unknown} message
 * @param {string} [model] whose overheads count; those of gpt-4o are those of nearly all
 * @param {string} [name] of the message, for errors
 * @returns {Parts}
 */
function messageParts(message, model = 'gpt-4o', name = 'message') {
  return partsOf(message, familyOf(model, 'model'), name)
}

/**
 * @param {unknown} message
 * @param {typeof FAMILIES[number]} family
 * @param {string} at
 * @returns {Parts}
 */
function partsOf(message, family, at) {
  checkObject(at, message)
  const fields = /** @type {Record<string, unknown>} */ (message)
  if (fields.role === undefined && fields.type !== undefined) return itemParts(fields, family, at)

  const role = checkedString(fields.role, `${at}.role`)
  if (role === '') throw invalidArgument(`${at}.role`, 'a role', role)
  const { perMessage = TOKENS_PER_MESSAGE, perName = TOKENS_PER_NAME } = family
  /** @type {Parts} */
  const parts = { texts: [role], overheadTokens: perMessage }
  // The name of a tool's result is the tool's, which its call has counted.
  if (fields.name !== undefined && fields.name !== null && role !== 'tool') {
    parts.texts.push(checkedString(fields.name, `${at}.name`))
    parts.overheadTokens += perName
  }
  let hasText = addContent(parts, fields.content, family, `${at}.content`)
  if (fields.refusal !== undefined && fields.refusal !== null) {
    const refusal = checkedString(fields.refusal, `${at}.refusal`)
    hasText ||= refusal !== ''
    parts.texts.push(refusal)
  }
  if (fields.audio !== undefined && fields.audio !== null) throw uncountable(`${at}.audio`, 'audio')
  if (role === 'function') parts.overheadTokens += FUNCTION_ROLE_TOKENS
  if (fields.function_call !== undefined && fields.function_call !== null) {
    const call = checkedCall(fields.function_call, 'arguments', `${at}.function_call`)
    parts.texts.push(call.name, call.input)
    parts.overheadTokens += FUNCTION_CALL_TOKENS
  }
  if (fields.tool_calls !== undefined && fields.tool_calls !== null) {
    const calls = checkedArray(fields.tool_calls, `${at}.tool_calls`)
    for (let index = 0; index < calls.length; index++) addToolCall(parts, calls[index], `${at}.tool_calls[${index}]`)
    if (calls.length > 1) parts.overheadTokens += PARALLEL_CALLS_TOKENS
    if (calls.length > 0 && hasText) parts.overheadTokens += TEXT_BESIDE_CALLS_TOKENS
  }
  return parts
}

/**
 * An item of the Responses API, by the chat message that it stands for.
 * @param {Record<string, unknown>} item
 * @param {typeof FAMILIES[number]} family
 * @param {string} at
 * @returns {Parts}
 */
function itemParts(item, family, at) {
  const perMessage = family.perMessage ?? TOKENS_PER_MESSAGE
  switch (item.type) {
    case 'function_call':
    case 'custom_tool_call': {
      /** @type {Parts} */
      const parts = { texts: ['assistant'], overheadTokens: perMessage }
      addCall(parts, checkedCall(item, item.type === 'function_call' ? 'arguments' : 'input', at))
      return parts
    }
    case 'function_call_output':
    case 'custom_tool_call_output': {
      /** @type {Parts} */
      const parts = { texts: ['tool'], overheadTokens: perMessage }
      addContent(parts, item.output, family, `${at}.output`)
      return parts
    }
    case 'reasoning':
      // What a model thought in earlier turns is taken out of the prompt.
      return { texts: [], overheadTokens: 0 }
    default:
      throw uncountable(at, `type ${describe(item.type)}`)
  }
}

/**
 * @param {Parts} parts
 * @param {unknown} content
 * @param {typeof FAMILIES[number]} family
 * @param {string} at
 * @returns {boolean} whether there is any text
 */
function addContent(parts, content, family, at) {
  if (content === undefined || content === null) return false
  if (typeof content === 'string') {
    parts.texts.push(content)
    return content !== ''
  }
  if (!Array.isArray(content)) throw invalidArgument(at, 'a string or an array of parts', content)
  let hasText = false
  for (let index = 0; index < content.length; index++) {
    const place = `${at}[${index}]`
    checkObject(place, content[index])
    const part = /** @type {Record<string, unknown>} */ (content[index])
    switch (part.type) {
      case 'text':
      case 'input_text':
      case 'output_text':
      case 'refusal': {
        const key = part.type === 'refusal' ? 'refusal' : 'text'
        const text = checkedString(part[key], `${place}.${key}`)
        hasText ||= text !== ''
        parts.texts.push(text)
        break
      }
      case 'image_url': {
        checkObject(`${place}.image_url`, part.image_url)
        const { url, detail } = /** @type {Record<string, unknown>} */ (part.image_url)
        parts.overheadTokens += imageTokens(url, detail, family, `${place}.image_url`, 'url')
        break
      }
      case 'input_image':
        parts.overheadTokens += imageTokens(part.image_url ?? '', part.detail, family, place, 'image_url')
        break
      default:
        throw typeof part.type === 'string'
          ? uncountable(place, `type ${describe(part.type)}`)
          : invalidArgument(`${place}.type`, 'a string', part.type)
    }
  }
  return hasText
}

/** @param {Parts} parts @param {unknown} call @param {string} at */
function addToolCall(parts, call, at) {
  checkObject(at, call)
  const { type, function: called, custom } = /** @type {Record<string, unknown>} */ (call)
  if (type !== undefined && type !== 'function' && type !== 'custom') throw uncountable(at, `type ${describe(type)}`)
  addCall(
    parts,
    type === 'custom'
      ? checkedCall(custom, 'input', `${at}.custom`)
      : checkedCall(called, 'arguments', `${at}.function`)
  )
}

/** @param {Parts} parts @param {{ name: string, input: string }} call */
function addCall(parts, { name, input }) {
  // The name stands in the call and again in the result.
  parts.texts.push(name, name, withoutSpace(input))
  parts.overheadTokens += TOOL_CALL_TOKENS
}

/** @param {unknown} call @param {string} key of what is passed @param {string} at */
function checkedCall(call, key, at) {
  checkObject(at, call)
  const fields = /** @type {Record<string, unknown>} */ (call)
  return { name: checkedString(fields.name, `${at}.name`), input: checkedString(fields[key], `${at}.${key}`) }
}

/** JSON without the white space between its tokens, which the model does not see. Other text as it is. @param {string} text */
function withoutSpace(text) {
  if (!/^\s*[{[]/.test(text)) return text
  let compact = ''
  let from = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (quoted) {
      if (unit === 0x5c) at++
      else if (unit === 0x22) quoted = false
    } else if (unit === 0x22) {
      quoted = true
    } else if (unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09) {
      compact += text.slice(from, at)
      from = at + 1
    }
  }
  return compact + text.slice(from)
}

/**
 * By the rules of OpenAI's guide to images. The size is read from `data:` URLs of PNG, GIF and JPEG; an image of unknown
 * size counts as the most expensive there is.
 * @param {unknown} url
 * @param {unknown} detail
 * @param {typeof FAMILIES[number]} family
 * @param {string} at
 * @param {string} key of the URL
 */
function imageTokens(url, detail, family, at, key) {
  const address = checkedString(url, `${at}.${key}`)
  if (detail !== undefined && detail !== null && !['auto', 'low', 'high', 'original'].includes(String(detail)))
    throw invalidArgument(`${at}.detail`, 'auto, low, high or original', detail)
  if (family.image === undefined)
    throw new TenonError('ERR_UNSUPPORTED', `${at} is an image, which the model does not take`)
  const size = imageSize(address)
  if ('patch' in family.image) return Math.ceil(patches(size) * family.image.patch - 1e-9)
  return family.image.base + (detail === 'low' ? 0 : tiles(size) * family.image.tile)
}

const MAX_TILES = 8
const MAX_PATCHES = 1536

/** Of 512 by 512 pixels, in an image that fits 2048 by 2048 and whose short side is at most 768. @param {Size | undefined} size */
function tiles(size) {
  if (size === undefined) return MAX_TILES
  const fit = Math.min(1, 2048 / Math.max(size.width, size.height))
  const scale = fit * Math.min(1, 768 / (Math.min(size.width, size.height) * fit))
  const along = (/** @type {number} */ side) => Math.max(1, Math.ceil((side * scale) / 512 - 1e-9))
  return along(size.width) * along(size.height)
}

/** Of 32 by 32 pixels. @param {Size | undefined} size */
function patches(size) {
  if (size === undefined) return MAX_PATCHES
  return Math.min(MAX_PATCHES, Math.ceil(size.width / 32) * Math.ceil(size.height / 32))
}

/** @typedef {{ width: number, height: number }} Size */

/** Base64 of so much holds the size of any PNG and GIF, and of a JPEG whose metadata are not larger. */
const MAX_HEADER_UNITS = 2 ** 18

/** @param {string} url @returns {Size | undefined} */
function imageSize(url) {
  const [whole] = /^data:image\/[a-z+.-]+;base64,/i.exec(url.slice(0, 64)) ?? []
  if (whole === undefined) return undefined
  const bytes = Buffer.from(url.slice(whole.length, whole.length + MAX_HEADER_UNITS), 'base64')
  const size = pngSize(bytes) ?? gifSize(bytes) ?? jpegSize(bytes)
  return size !== undefined && size.width > 0 && size.height > 0 ? size : undefined
}

/** @param {Buffer} bytes @returns {Size | undefined} */
function pngSize(bytes) {
  if (bytes.length < 24 || bytes.toString('latin1', 0, 8) !== '\x89PNG\r\n\x1a\n') return undefined
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

/** @param {Buffer} bytes @returns {Size | undefined} */
function gifSize(bytes) {
  if (bytes.length < 10 || bytes.toString('latin1', 0, 4) !== 'GIF8') return undefined
  return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }
}

/** @param {Buffer} bytes @returns {Size | undefined} */
function jpegSize(bytes) {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined
  for (let at = 2; at + 9 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1]
    // Start of frame, in any of its kinds; c4, c8 and cc are other segments.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) }
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}

/** @typedef {{ name: string, description?: string, parameters?: Record<string, any> }} Definition */

/**
 * @param {unknown} value
 * @param {string} at
 * @param {(value: unknown, at: string) => Definition} read
 */
function definitionsOf(value, at, read) {
  if (value === undefined) return []
  return checkedArray(value, at).map((entry, index) => read(entry, `${at}[${index}]`))
}

/** Of chat completions (`{ type, function }`) or of the Responses API, which has no `function` around it. @param {unknown} tool @param {string} at */
function toolDefinition(tool, at) {
  checkObject(at, tool)
  const fields = /** @type {Record<string, unknown>} */ (tool)
  if (fields.type !== 'function') throw uncountable(at, `type ${describe(fields.type)}`)
  return fields.function === undefined
    ? checkedDefinition(tool, at)
    : checkedDefinition(fields.function, `${at}.function`)
}

/** @param {unknown} value @param {string} at @returns {Definition} */
function checkedDefinition(value, at) {
  checkObject(at, value)
  const { name, description, parameters } = /** @type {Record<string, unknown>} */ (value)
  if (parameters !== undefined && parameters !== null)
    checkSchema(parameters, `${at}.parameters`, 0, { left: MAX_SCHEMAS })
  return {
    name: checkedString(name, `${at}.name`),
    ...(description !== undefined &&
      description !== null && { description: checkedString(description, `${at}.description`) }),
    ...(parameters !== undefined &&
      parameters !== null && { parameters: /** @type {Record<string, any>} */ (parameters) })
  }
}

/**
 * Of what is rendered: that it has the types of JSON Schema, and an end.
 * @param {unknown} schema
 * @param {string} at
 * @param {number} depth
 * @param {{ left: number }} budget
 */
function checkSchema(schema, at, depth, budget) {
  // Where a schema may stand, `true` and `false` may.
  if (typeof schema === 'boolean' && depth > 0) return
  checkObject(at, schema)
  if (depth > MAX_SCHEMA_DEPTH || --budget.left < 0) {
    const limit = depth > MAX_SCHEMA_DEPTH ? `${MAX_SCHEMA_DEPTH} levels` : `${MAX_SCHEMAS} schemas`
    const argument = at.slice(0, at.indexOf('.parameters') + 11)
    throw new TenonError('ERR_LIMIT', `${argument} has more than ${limit} within it`, { argument })
  }
  const {
    properties,
    required,
    description,
    items,
    anyOf,
    enum: values
  } = /** @type {Record<string, unknown>} */ (schema)
  if (description !== undefined) checkedString(description, `${at}.description`)
  if (required !== undefined) checkedArray(required, `${at}.required`)
  if (values !== undefined) checkedArray(values, `${at}.enum`)
  if (anyOf !== undefined)
    checkedArray(anyOf, `${at}.anyOf`).forEach((each, index) =>
      checkSchema(each, `${at}.anyOf[${index}]`, depth + 1, budget)
    )
  // An array of schemas, of the older drafts, is rendered as anything.
  if (items !== undefined && !Array.isArray(items)) checkSchema(items, `${at}.items`, depth + 1, budget)
  if (properties === undefined) return
  checkObject(`${at}.properties`, properties)
  for (const [key, value] of Object.entries(/** @type {object} */ (properties)))
    checkSchema(value, `${at}.properties.${key}`, depth + 1, budget)
}

/**
 * TypeScript, as the models see functions.
 * @param {Definition[]} definitions
 * @param {boolean} nested whether what lies within properties is described, and not indented
 */
function renderDefinitions(definitions, nested) {
  const lines = ['namespace functions {', '']
  for (const { name, description, parameters } of definitions) {
    if (description) lines.push(`// ${description}`)
    if (parameters !== undefined && Object.keys(parameters.properties ?? {}).length > 0)
      lines.push(`type ${name} = (_: {`, renderProperties(parameters, 0, nested), '}) => any;')
    else lines.push(`type ${name} = () => any;`)
    lines.push('')
  }
  lines.push('} // namespace functions')
  return lines.join('\n')
}

/** @param {Record<string, any>} schema @param {number} depth @param {boolean} nested @returns {string} */
function renderProperties(schema, depth, nested) {
  const lines = []
  const required = new Set(schema.required)
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.description && (depth === 0 || nested)) lines.push(`// ${property.description}`)
    lines.push(`${name}${required.has(name) ? '' : '?'}: ${renderType(property, depth, nested)},`)
  }
  const indent = nested ? '' : '  '.repeat(depth)
  return lines.map((line) => indent + line).join('\n')
}

/** @param {Record<string, any>} schema @param {number} depth @param {boolean} nested @returns {string} */
function renderType(schema, depth, nested) {
  if (schema.anyOf) return schema.anyOf.map((/** @type {any} */ each) => renderType(each, depth, nested)).join(' | ')
  if (Array.isArray(schema.type))
    return [...new Set(schema.type)].map((type) => renderType({ ...schema, type }, depth, nested)).join(' | ')
  switch (schema.type) {
    case 'string':
      return isPlain(schema.enum) ? schema.enum.map((value) => `"${value}"`).join(' | ') : 'string'
    case 'number':
    case 'integer':
      return isPlain(schema.enum) ? schema.enum.join(' | ') : 'number'
    case 'boolean':
    case 'null':
      return schema.type
    case 'object':
      return ['{', renderProperties(schema, depth + 1, nested), '}'].join('\n')
    case 'array':
      return schema.items && !Array.isArray(schema.items) ? `${renderType(schema.items, depth, nested)}[]` : 'any[]'
    default:
      return 'any'
  }
}

/** @param {unknown} values @returns {values is (string | number)[]} */
function isPlain(values) {
  return Array.isArray(values) && values.every((value) => typeof value === 'string' || typeof value === 'number')
}

/**
 * @param {unknown} choice
 * @param {string} at
 * @param {number} named the tokens around a name
 * @param {string[]} texts to which a name is added
 */
function choiceTokens(choice, at, named, texts) {
  if (choice === undefined || choice === 'auto' || choice === 'required') return 0
  if (choice === 'none') return CHOICE_NONE_TOKENS
  checkObject(at, choice)
  const fields = /** @type {Record<string, unknown>} */ (choice)
  const inner = fields.function
  if (inner !== undefined) checkObject(`${at}.function`, inner)
  const { name } = /** @type {Record<string, unknown>} */ (inner ?? fields)
  texts.push(checkedString(name, inner === undefined ? `${at}.name` : `${at}.function.name`))
  return named
}

/** @param {unknown} message */
function isSystem(message) {
  const { role } = Object(message)
  return role === 'system' || role === 'developer'
}

/** @param {unknown} value @param {string} at @returns {string} */
function checkedString(value, at) {
  if (typeof value !== 'string') throw invalidArgument(at, 'a string', value)
  return value
}

/** @param {unknown} value @param {string} at @returns {unknown[]} */
function checkedArray(value, at) {
  if (!Array.isArray(value)) throw invalidArgument(at, 'an array', value)
  return value
}

/** @param {string} at @param {string} what */
function uncountable(at, what) {
  return new TenonError('ERR_UNSUPPORTED', `${at} has ${what}, whose tokens are not known`, { argument: at })
}

module.exports = { countMessages, messageParts }
