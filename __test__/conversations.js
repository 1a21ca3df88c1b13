'use strict'

// Random conversations in every shape, what their providers refuse, and what they count: written from the manual and the
// providers' rules alone, with nothing of the code that is tested.

const assert = require('node:assert/strict')

/** @typedef {ReturnType<typeof import('./engines').randomFrom>} Random */
/** @typedef {import('..').context.Shape} Shape */
/** @typedef {Record<string, any>} Message */

const SHAPES = /** @type {const} */ (['openai-chat', 'openai-responses', 'anthropic', 'ai-sdk', 'ai-sdk-ui'])

const WORDS = [
  'the',
  ' file',
  ' /src/index.ts',
  '\n',
  '文字',
  '👩‍👩‍👧',
  '🏽',
  ' naïve',
  '0123456789',
  '    ',
  '\ud83d',
  'é',
  '}\n'
].concat(['==', ' const x = 1;', ' '.repeat(7), '한국어', ' <|endoftext|>', '\u0301', '𐐀𐐨'])

/** @param {Random} random @param {number} most */
function text(random, most) {
  let made = ''
  for (let words = 1 + random.below(most); words > 0; words--) made += random.pick(WORDS)
  return made
}

/** What a tool said: mostly short, sometimes huge. @param {Random} random */
const output = (random) => text(random, random.pick([3, 3, 10, 60, 400, random.below(10) === 0 ? 5000 : 20]))

/**
 * @param {Random} random
 * @param {Shape} shape
 * @returns {Message[]}
 */
function conversation(random, shape) {
  const made = MAKERS[shape](random)
  if (random.below(2) === 0) for (let times = 1 + random.below(4); times > 0; times--) corrupt(random, shape, made)
  return made
}

/**
 * The skeleton of a conversation: what each turn says and calls.
 * @param {Random} random
 */
function turnsOf(random) {
  const recurring = random.below(3) === 0
  let number = 0
  return Array.from({ length: 1 + random.below(5) }, () => {
    if (recurring) number = 0
    return {
      asked: text(random, 20),
      steps: Array.from({ length: random.below(5) }, () => ({
        said: random.below(3) === 0 ? text(random, 8) : '',
        thought: random.below(3) === 0 ? text(random, 10) : '',
        calls: Array.from({ length: 1 + random.below(random.pick([1, 1, 4])) }, () => ({
          id: `call_${number++}`,
          name: random.pick(['read', 'write', 'skill']),
          input: { path: text(random, 3), depth: random.below(9) },
          output: output(random),
          error: random.below(5) === 0
        }))
      })),
      answered: random.below(5) > 0 ? text(random, 20) : ''
    }
  })
}

/** @type {Record<Shape, (random: Random) => Message[]>} */
const MAKERS = {
  'openai-chat'(random) {
    /** @type {Message[]} */
    const list = random.below(3) ? [{ role: random.pick(['system', 'developer']), content: text(random, 12) }] : []
    for (const { asked, steps, answered } of turnsOf(random)) {
      const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
      const content = random.below(4) ? asked : [{ type: 'text', text: asked }, ...(random.below(3) ? [] : [image])]
      list.push({ role: 'user', content, ...(random.below(5) === 0 && { name: 'Ada' }) })
      for (const { said, calls } of steps) {
        const [first] = calls
        if (random.below(8) === 0) {
          const called = { name: first.name, arguments: JSON.stringify(first.input) }
          list.push({ role: 'assistant', content: said || null, function_call: called })
          list.push({ role: 'function', name: first.name, content: first.output })
          continue
        }
        list.push({
          role: 'assistant',
          content: said || random.pick([null, '']),
          tool_calls: calls.map(({ id, name, input }) => ({
            id,
            type: 'function',
            function: { name, arguments: JSON.stringify(input) }
          }))
        })
        for (const call of calls) list.push({ role: 'tool', tool_call_id: call.id, content: call.output })
      }
      if (answered) list.push({ role: 'assistant', content: answered })
    }
    return list
  },

  'openai-responses'(random) {
    /** @type {Message[]} */
    const list = random.below(3) ? [{ role: 'developer', content: text(random, 12) }] : []
    for (const { asked, steps, answered } of turnsOf(random)) {
      const parts = [{ type: 'input_text', text: asked }]
      list.push(random.below(2) ? { role: 'user', content: asked } : { type: 'message', role: 'user', content: parts })
      for (const { said, thought, calls } of steps) {
        if (thought) list.push({ type: 'reasoning', id: 'rs', summary: [{ type: 'summary_text', text: thought }] })
        if (said) list.push({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: said }] })
        const custom = random.below(5) === 0
        const type = custom ? 'custom_tool_call' : 'function_call'
        const argument = (/** @type {object} */ input) => JSON.stringify(input)
        const called = calls.map(({ id, name, input }) =>
          custom
            ? { type, call_id: id, name, input: argument(input) }
            : { type, call_id: id, name, arguments: argument(input) }
        )
        const results = calls.map(({ id, output }) => ({
          type: `${type}_output`,
          call_id: id,
          output: random.below(4) ? output : [{ type: 'input_text', text: output }]
        }))
        // Parallel calls may be recorded each with its output.
        if (random.below(3)) list.push(...called, ...results)
        else called.forEach((call, at) => list.push(call, results[at]))
        if (random.below(9) === 0) list.push({ type: 'web_search_call', id: 'ws', status: 'completed', action: {} })
      }
      if (answered) list.push({ role: 'assistant', content: answered })
    }
    return list
  },

  anthropic(random) {
    /** @type {Message[]} */
    const list = []
    for (const { asked, steps, answered } of turnsOf(random)) {
      list.push({ role: 'user', content: random.below(2) ? asked : [{ type: 'text', text: asked }] })
      for (const { said, thought, calls } of steps) {
        const blocks = calls.map(({ id, name, input }) => ({ type: 'tool_use', id, name, input }))
        const thinking = { type: 'thinking', thinking: thought, signature: 'c2lnbmF0dXJl' }
        const redacted = { type: 'redacted_thinking', data: 'QUFB'.repeat(10) }
        const hosted = random.below(6) === 0 && {
          type: 'server_tool_use',
          id: `srv_${calls[0].id}`,
          name: 'code',
          input: {}
        }
        list.push({
          role: 'assistant',
          content: [
            ...(thought ? [random.below(4) ? thinking : redacted] : []),
            ...(said ? [{ type: 'text', text: said }] : []),
            ...(hosted ? [hosted] : []),
            ...blocks
          ]
        })
        const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }
        list.push({
          role: 'user',
          content: [
            ...calls.map(({ id, output, error }) => ({
              type: 'tool_result',
              tool_use_id: id,
              content: random.pick([
                output,
                [{ type: 'text', text: output }],
                [{ type: 'text', text: output }, image, { type: 'text', text: 'more' }]
              ]),
              ...(error && { is_error: true })
            })),
            ...(random.below(6) ? [] : [{ type: 'text', text: 'by the way' }])
          ]
        })
        // The provider's own tool called those above, and answers when they have.
        if (hosted) {
          list.push({
            role: 'assistant',
            content: [
              { type: 'code_execution_tool_result', tool_use_id: hosted.id, content: { type: 'result', stdout: 'ok' } },
              { type: 'text', text: 'ran' }
            ]
          })
        }
      }
      if (answered) list.push({ role: 'assistant', content: answered })
    }
    return list
  },

  'ai-sdk'(random) {
    /** @type {Message[]} */
    const list = random.below(3) ? [{ role: 'system', content: text(random, 12) }] : []
    for (const { asked, steps, answered } of turnsOf(random)) {
      list.push({ role: 'user', content: random.below(2) ? asked : [{ type: 'text', text: asked }] })
      for (const { said, thought, calls } of steps) {
        const approved = random.below(6) === 0
        const hosted = !approved && random.below(8) === 0
        const results = calls.map(({ id, name, output, error }) => ({
          type: 'tool-result',
          toolCallId: id,
          toolName: name,
          output: error
            ? { type: 'error-text', value: output }
            : random.pick([
                { type: 'text', value: output },
                { type: 'json', value: { output } },
                {
                  type: 'content',
                  value: [
                    { type: 'text', text: output },
                    { type: 'media', data: 'AA', mediaType: 'image/png' }
                  ]
                }
              ])
        }))
        list.push({
          role: 'assistant',
          content: [
            ...(thought ? [{ type: 'reasoning', text: thought }] : []),
            ...(said ? [{ type: 'text', text: said }] : []),
            ...calls.map(({ id, name, input }) => ({
              type: 'tool-call',
              toolCallId: id,
              toolName: name,
              input,
              ...(hosted && { providerExecuted: true })
            })),
            ...(approved
              ? calls.map(({ id }, at) => ({
                  type: 'tool-approval-request',
                  approvalId: `approval ${list.length} ${at}`,
                  toolCallId: id
                }))
              : []),
            ...(hosted ? results : [])
          ]
        })
        if (approved) {
          const at = list.length - 1
          const answers = calls.map((_, call) => ({
            type: 'tool-approval-response',
            approvalId: `approval ${at} ${call}`,
            approved: true
          }))
          list.push({ role: 'tool', content: answers })
        }
        if (hosted) continue
        if (random.below(3)) list.push({ role: 'tool', content: results })
        else for (const result of results) list.push({ role: 'tool', content: [result] })
      }
      if (answered) list.push({ role: 'assistant', content: [{ type: 'text', text: answered }] })
    }
    return list
  },

  'ai-sdk-ui'(random) {
    /** @type {Message[]} */
    const list = []
    for (const { asked, steps, answered } of turnsOf(random)) {
      list.push({
        id: 'u',
        role: 'user',
        parts: [
          { type: 'text', text: asked },
          { type: 'data-note', data: asked }
        ]
      })
      const parts = steps.flatMap(({ said, thought, calls }) => [
        { type: 'step-start' },
        ...(thought ? [{ type: 'reasoning', text: thought }] : []),
        ...(said ? [{ type: 'text', text: said }] : []),
        ...calls.map(({ id, name, input, output, error }) => ({
          ...(random.below(3) ? { type: `tool-${name}` } : { type: 'dynamic-tool', toolName: name }),
          toolCallId: id,
          input,
          ...(error
            ? { state: 'output-error', errorText: output }
            : { state: 'output-available', output: random.below(2) ? output : { output } })
        }))
      ])
      if (answered) parts.push({ type: 'text', text: answered })
      if (parts.length > 0) list.push({ id: 'a', role: 'assistant', parts })
    }
    return list
  }
}

/**
 * Breaks a conversation as crashes, cancellations and careless edits do.
 * @param {Random} random
 * @param {Shape} shape
 * @param {Message[]} list
 */
function corrupt(random, shape, list) {
  if (list.length < 2) return
  const at = 1 + random.below(list.length - 1)
  const { content, parts, tool_calls: calls } = list[at]
  switch (random.below(6)) {
    case 0:
      return void list.splice(at, 1)
    case 1:
      return void list.splice(at)
    case 2:
      return void list.splice(at, 0, {
        role: 'user',
        ...(shape === 'ai-sdk-ui' ? { parts: [{ type: 'text', text: 'stop' }] } : { content: 'stop' })
      })
    case 3:
      return void list.splice(at, 0, structuredClone(list[random.below(list.length)]))
    case 4: {
      const inner = [parts, calls, content].find((found) => Array.isArray(found) && found.length > 1)
      return void inner?.splice(random.below(inner.length), 1)
    }
    case 5: {
      const tool = parts?.find((/** @type {any} */ part) => part.toolCallId)
      if (tool) {
        tool.state = 'input-available'
        delete tool.output
        delete tool.errorText
      }
    }
  }
}

/**
 * Why a provider would refuse the conversation.
 * @param {Shape} shape
 * @param {Message[]} list
 * @returns {string | undefined}
 */
function fault(shape, list) {
  return FAULTS[shape](list)
}

/** @param {Message} message @param {string} type @returns {any[]} */
const ofType = ({ content }, type) => (Array.isArray(content) ? content.filter((part) => part.type === type) : [])

/** @type {Record<Shape, (list: Message[]) => string | undefined>} */
const FAULTS = {
  'openai-chat'(list) {
    for (let at = 0; at < list.length; at++) {
      const { role, content, tool_calls: calls, function_call: called } = list[at]
      if (role === 'tool' || role === 'function') return `${at}: a result without a call`
      if (role === 'assistant' && !calls && !called && (content ?? '') === '') return `${at}: empty`
      if (calls?.length === 0) return `${at}: no calls`
      const wanted = new Set(calls?.map((/** @type {any} */ call) => call.id))
      while (list[at + 1]?.role === 'tool') {
        if (!wanted.delete(list[++at].tool_call_id)) return `${at}: a result without a call`
      }
      if (wanted.size > 0) return `${at}: calls without results: ${[...wanted]}`
      if (called && list[++at]?.name !== called.name) return `${at}: a function call without a result`
    }
    return undefined
  },

  'openai-responses'(list) {
    const open = new Set()
    for (const [at, item] of list.entries()) {
      if (/_call$/.test(item.type) && item.call_id) {
        if (open.has(item.call_id)) return `${at}: called twice`
        open.add(item.call_id)
      }
      if (/_output$/.test(item.type) && !open.delete(item.call_id)) return `${at}: an output without a call`
      if (item.type === 'reasoning') {
        const next = list[at + 1]
        if (!next || /_output$/.test(next.type) || ['user', 'developer'].includes(next.role))
          return `${at}: reasoning alone`
      }
    }
    return open.size > 0 ? `calls without outputs: ${[...open]}` : undefined
  },

  anthropic(list) {
    /** @type {{ role: string, content: any[] }[]} */
    const merged = []
    for (const [at, { role, content }] of list.entries()) {
      if (content.length === 0) return `${at}: empty`
      const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content
      if (blocks.every((/** @type {any} */ { type }) => /thinking$/.test(type))) return `${at}: thinking alone`
      if (merged.at(-1)?.role === role) merged.at(-1)?.content.push(...blocks)
      else merged.push({ role, content: [...blocks] })
    }
    const hosted = new Set()
    let expected = new Set()
    for (const [at, message] of merged.entries()) {
      const results = ofType(message, 'tool_result').map((block) => block.tool_use_id)
      for (const id of results) if (!expected.delete(id)) return `merged ${at}: a result without a call: ${id}`
      if (expected.size > 0) return `merged ${at}: calls without results: ${[...expected]}`
      if (results.length > 0 && message.content.slice(0, results.length).some(({ type }) => type !== 'tool_result'))
        return `merged ${at}: results are not first`
      expected = new Set(ofType(message, 'tool_use').map((block) => block.id))
      if (expected.size !== ofType(message, 'tool_use').length) return `merged ${at}: called twice`
      for (const block of ofType(message, 'server_tool_use')) {
        if (hosted.has(block.id)) return `merged ${at}: called twice`
        hosted.add(block.id)
      }
      for (const block of ofType(message, 'code_execution_tool_result')) {
        if (!hosted.delete(block.tool_use_id)) return `merged ${at}: a hosted result without a call`
      }
      // A paused turn ends with the call of a hosted tool.
      if (hosted.size > 0 && at === merged.length - 1 && ofType(message, 'server_tool_use').length > 0) hosted.clear()
    }
    if (expected.size > 0) return `calls without results: ${[...expected]}`
    return hosted.size > 0 ? `hosted calls without results: ${[...hosted]}` : undefined
  },

  'ai-sdk'(list) {
    const open = new Set()
    const called = new Set()
    const requests = new Map()
    const approved = new Set()
    for (const [at, message] of list.entries()) {
      const { role, content } = message
      if (content.length === 0) return `${at}: empty`
      if (typeof content !== 'string' && content.every(({ type = '' }) => type === 'reasoning'))
        return `${at}: reasoning alone`
      if ((role === 'user' || role === 'system') && open.size > 0) return `${at}: calls without results: ${[...open]}`
      for (const part of ofType(message, 'tool-call')) {
        if (open.has(part.toolCallId)) return `${at}: called twice`
        if (!part.providerExecuted) open.add(part.toolCallId)
        if (called.has(part.toolCallId)) return `${at}: called twice`
        called.add(part.toolCallId)
        approved.delete(part.toolCallId)
      }
      for (const part of ofType(message, 'tool-approval-request')) {
        if (!called.has(part.toolCallId)) return `${at}: an approval request without a call`
        requests.set(part.approvalId, part.toolCallId)
      }
      for (const part of ofType(message, 'tool-approval-response')) {
        if (!requests.has(part.approvalId)) return `${at}: an approval without a request`
        if (at === list.length - 1) approved.add(requests.get(part.approvalId))
        requests.delete(part.approvalId)
      }
      for (const part of ofType(message, 'tool-result')) {
        if (!called.delete(part.toolCallId)) return `${at}: a result without a call`
        open.delete(part.toolCallId)
      }
    }
    // What was approved is about to run, and the provider may go on with the last message.
    for (const id of approved) [open, called].forEach((calls) => calls.delete(id))
    for (const part of ofType(list.at(-1) ?? {}, 'tool-call')) if (part.providerExecuted) called.delete(part.toolCallId)
    if (called.size > 0) return `calls without results: ${[...called]}`
    return open.size > 0 ? `calls without results: ${[...open]}` : undefined
  },

  'ai-sdk-ui'(list) {
    for (const [at, { parts }] of list.entries()) {
      if (!parts.some(({ type = '' }) => type === 'text' || /^data-|tool/.test(type))) return `${at}: empty`
      const open = parts.find((/** @type {any} */ part) => part.toolCallId && !/^output-/.test(part.state))
      if (open) return `${at}: a call without a result: ${open.toolCallId}`
    }
    return undefined
  }
}

/**
 * Whether the first message that is no system message may be first.
 * @param {Shape} shape
 * @param {Message[]} before
 * @param {Message[]} list
 */
function startsWell(shape, before, list) {
  const first = (/** @type {Message[]} */ messages) =>
    messages.find(({ role }) => role !== 'system' && role !== 'developer')
  if (first(before)?.role !== 'user' || !first(list)) return true
  // Nothing that the user asked is left to begin with.
  if (!list.some(({ role }) => role === 'user')) return true
  return first(list)?.role === 'user'
}

/**
 * What a conversation counts, by the manual.
 * @param {Message[]} list
 * @param {(text: string) => number} count
 * @param {number} imageTokens
 */
function tokensOf(list, count, imageTokens) {
  const value = (/** @type {any} */ given) => count(typeof given === 'string' ? given : (JSON.stringify(given) ?? ''))
  /** @param {any} content @returns {number} */
  const contentTokens = (content) => {
    if (typeof content === 'string') return count(content)
    return (content ?? []).reduce((/** @type {number} */ sum, /** @type {any} */ part) => sum + partTokens(part), 0)
  }
  /** @param {any} part @returns {number} */
  const partTokens = (part) => {
    switch (part.type) {
      case 'text':
      case 'input_text':
      case 'output_text':
      case 'summary_text':
      case 'reasoning':
        return count(part.text)
      case 'image_url':
      case 'image':
      case 'media':
        return imageTokens
      case 'thinking':
        return count(part.thinking)
      case 'redacted_thinking':
        return Math.ceil((part.data.length * 3) / 16)
      case 'tool_use':
      case 'server_tool_use':
        return 8 + count(part.name) + value(part.input)
      case 'tool_result':
        return 8 + contentTokens(part.content)
      case 'code_execution_tool_result':
        return 8 + value(part.content)
      case 'tool-call':
        return 8 + count(part.toolName) + value(part.input)
      case 'tool-result':
        return 8 + (part.output.type === 'content' ? contentTokens(part.output.value) : value(part.output.value))
      case 'tool-approval-request':
      case 'tool-approval-response':
        return 0
    }
    return assert.fail(`no such part: ${part.type}`)
  }
  /** @param {any} part @returns {number} */
  const uiPartTokens = (part) => {
    if (part.type === 'step-start') return 4
    if (part.type === 'data-note') return 0
    if (!part.toolCallId) return count(part.text)
    const call = 8 + count(part.toolName ?? part.type.slice(5)) + value(part.input)
    return part.state === 'input-available' ? call : call + 4 + 8 + value(part.errorText ?? part.output)
  }
  return list.reduce((sum, message) => {
    const { type, name, parts, tool_calls: calls = [], function_call: called } = message
    let own = 4
    if (parts) own += parts.reduce((/** @type {number} */ all, /** @type {any} */ part) => all + uiPartTokens(part), 0)
    else if (/_output$/.test(type)) own += 8 + contentTokens(message.output)
    else if (type === 'web_search_call') own += value(message)
    else if (/_call$/.test(type)) own += 8 + count(name) + count(message.arguments ?? message.input)
    else if (type === 'reasoning') own += contentTokens(message.summary)
    else if (message.role === 'tool' && message.tool_call_id) own += 8 + contentTokens(message.content)
    else if (message.role === 'function') own += 8 + contentTokens(message.content)
    else {
      own += contentTokens(message.content)
      if (name) own += 1 + count(name)
      for (const call of calls) own += 8 + count(call.function.name) + count(call.function.arguments)
      if (called) own += 8 + count(called.name) + count(called.arguments)
    }
    return sum + own
  }, 3)
}

module.exports = { SHAPES, conversation, fault, startsWell, text, tokensOf }
