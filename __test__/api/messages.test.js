'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { messageParts } = require('../../lib/tokens/messages')
const { TenonError, tokens } = require('../..')
const { SEED, fuzzRuns, randomFrom } = require('../engines')
const fixture = require('../fixtures/tokens/messages.json')

/** @typedef {import('../..').tokens.MessagesOptions} Options */

/** @type {any} */
const wrong = tokens.countMessages
const model = 'gpt-4o'
/** @param {any} content @param {string} [role] */
const say = (content, role = 'user') => [{ role, content }]
/** @param {string} code @param {string | RegExp} message */
const error = (code, message) => ({ name: 'TenonError', code, message })
/** @param {any} call @param {string} [content] */
const calls = (call, content) => ({ role: 'assistant', content: content ?? null, tool_calls: [].concat(call) })
/** @param {string} name @param {string} input */
const call = (name, input) => ({ id: 'call_1', type: 'function', function: { name, arguments: input } })

test('requests count as was published', () => {
  assert.ok(fixture.cases.length > 140)
  for (const [index, { source, tokens: published, messages, ...options }] of fixture.cases.entries()) {
    assert.ok(source in fixture.sources, source)
    const { over = 0, ...request } = /** @type {Options & { over?: number }} */ (options)
    const counted = tokens.countMessages(/** @type {any} */ (messages), request)
    assert.equal(counted, published + over, `case ${index} of ${source}`)
  }
})

test('one crossing counts a whole request', () => {
  const { status } = require('../..')
  const total = () => Object.values(status().features.tokens.calls).reduce((sum, each) => sum + each)
  const before = total()
  const messages = [...say('a'), ...say('b'), calls([call('f', '{}'), call('g', '{}')]), ...say('c', 'tool')]
  tokens.countMessages(messages, { model, tools: [{ type: 'function', function: { name: 'f' } }] })
  assert.equal(total(), before + 1)
  assert.equal(tokens.countMessages([], { model }), 3)
})

test('a request is the sum of its messages and what it has once', () => {
  const messages = [
    ...say('Be brief.', 'system'),
    ...say([
      { type: 'text', text: 'What is' },
      { type: 'text', text: ' this?' }
    ]),
    calls(call('look', '{"at": "it"}'), 'I look.'),
    ...say('{"seen": true}', 'tool'),
    { ...say('It is good.', 'assistant')[0], name: 'helper' }
  ]
  const parts = messages.map((message) => messageParts(message, model))
  const sum = parts.reduce(
    (total, { texts, overheadTokens }) =>
      total + overheadTokens + tokens.countBatch(texts, { model }).reduce((a, b) => a + b, 0),
    3
  )
  assert.equal(tokens.countMessages(messages, { model }), sum)
})

test('content parts, items of the Responses API and flat tools count as their like', () => {
  const count = (/** @type {any} */ messages, /** @type {object} */ options = {}) =>
    wrong(messages, { model, ...options })
  assert.equal(count(say([{ type: 'text', text: 'hello' }])), count(say('hello')))
  assert.equal(count([{ type: 'message', ...say([{ type: 'input_text', text: 'hello' }])[0] }]), count(say('hello')))
  assert.equal(
    count([
      { type: 'function_call', name: 'f', arguments: '{"a": 1}', call_id: 'x' },
      { type: 'function_call_output', output: 'done', call_id: 'x' }
    ]),
    count([calls(call('f', '{"a":1}')), ...say('done', 'tool')])
  )
  assert.equal(
    count([
      { type: 'custom_tool_call', name: 'f', input: 'ls' },
      { type: 'custom_tool_call_output', output: [{ type: 'input_text', text: 'a' }] }
    ]),
    count([calls({ type: 'custom', custom: { name: 'f', input: 'ls' } }), ...say('a', 'tool')])
  )
  assert.equal(
    count([...say('a'), { type: 'reasoning', summary: [], encrypted_content: 'x'.repeat(100) }]),
    count(say('a'))
  )
  const definition = {
    name: 'f',
    description: 'Does it',
    parameters: { type: 'object', properties: { a: { type: 'string' } } }
  }
  const tools = [{ type: 'function', function: definition }]
  assert.equal(
    count(say('a'), { tools: [{ type: 'function', strict: true, ...definition }] }),
    count(say('a'), { tools })
  )
  assert.equal(count(say('a'), { functions: [definition] }), count(say('a'), { tools }))
  assert.equal(count(say('a'), { tools: [] }), count(say('a')))
  // A developer message takes the definitions in as a system message does.
  assert.equal(count(say('a', 'developer'), { tools }), count(say('a', 'system'), { tools }))
  assert.ok(count(say('a'), { tools }) > count(say('a', 'system'), { tools }))
})

test('what a model does not see costs nothing', () => {
  const plain = tokens.countMessages(say('hello'), { model })
  assert.equal(wrong([{ ...say('hello')[0], id: 'x', annotations: [], metadata: { a: 1 } }], { model }), plain)
  assert.equal(
    wrong([{ ...say('hello')[0], name: null, tool_calls: null, refusal: null, audio: null }], { model }),
    plain
  )
  assert.equal(wrong([{ ...say('hello')[0], tool_calls: [] }], { model }), plain)
  const compact = tokens.countMessages([calls(call('f', '{"a":[1,"b  \\" c"]}'))], { model })
  assert.equal(tokens.countMessages([calls(call('f', ' {\n "a" : [ 1,\t"b  \\" c" ] }\r\n'))], { model }), compact)
  // No JSON: as it is.
  assert.ok(
    tokens.countMessages([calls(call('f', 'a  b  c'))], { model }) >
      tokens.countMessages([calls(call('f', 'a'))], { model })
  )
  tokens.countMessages([calls(call('f', '{"unterminated \\'))], { model })
  tokens.countMessages([calls(call('f', '['.repeat(100_000)))], { model })
})

test('images cost by model, detail and size', () => {
  const png = (/** @type {number} */ width, /** @type {number} */ height) => {
    const bytes = Buffer.from('89504e470d0a1a0a0000000d494844520000000000000000', 'hex')
    bytes.writeUInt32BE(width, 16)
    bytes.writeUInt32BE(height, 20)
    return `data:image/png;base64,${bytes.toString('base64')}`
  }
  const gif = Buffer.from('47494638396100040003', 'hex')
  const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000ffc2001108030004000301220002110103110100', 'hex')
  /** @param {string} url @param {string} [detail] @param {string} [name] */
  const cost = (url, detail, name = model) =>
    wrong(say([{ type: 'image_url', image_url: { url, ...(detail && { detail }) } }]), { model: name }) -
    tokens.countMessages(say([]), { model: name })
  // The examples of OpenAI's guide.
  assert.equal(cost(png(1024, 1024), 'high'), 765)
  assert.equal(cost(png(2048, 4096), 'high'), 1105)
  assert.equal(cost(png(4096, 8192), 'low'), 85)
  assert.equal(cost(png(1024, 1024), 'auto', 'gpt-5'), 70 + 4 * 140)
  assert.equal(cost(png(1024, 1024), 'auto', 'o1'), 75 + 4 * 150)
  // As measured: 77, 922 and 1229 tokens.
  assert.equal(cost(png(256, 256), undefined, 'gpt-5-mini'), 77)
  assert.equal(cost(png(768, 1024), undefined, 'gpt-5-mini'), 922)
  assert.equal(cost(png(1024, 1024), undefined, 'gpt-5.1-mini-2026'), 1229)
  assert.equal(cost(png(4000, 1474), undefined, 'gpt-4.1-mini'), Math.ceil(1536 * 1.62))
  assert.equal(cost(`data:image/gif;base64,${gif.toString('base64')}`), 85 + 4 * 170)
  assert.equal(cost(`data:image/jpeg;base64,${jpeg.toString('base64')}`), 85 + 4 * 170)
  // The most there is, where the size is not known.
  for (const url of [
    'https://example.com/cat.png',
    'data:image/png;base64,',
    'data:image/webp;base64,AAAA',
    png(0, 5),
    ''
  ])
    assert.equal(cost(url), 1445, url)
  assert.equal(
    wrong(say([{ type: 'input_image', image_url: png(1024, 1024) }]), { model }) - wrong(say([]), { model }),
    765
  )
  assert.equal(wrong(say([{ type: 'input_image', file_id: 'x' }]), { model }) - wrong(say([]), { model }), 1445)
  assert.throws(
    () => cost(png(1, 1), 'huge'),
    error('ERR_INVALID_ARG', /^messages\[0\]\.content\[0\]\.image_url\.detail must be auto/)
  )
  assert.throws(
    () => cost(png(1, 1), 'low', 'gpt-3.5-turbo'),
    error('ERR_UNSUPPORTED', /^messages\[0\]\.content\[0\]\.image_url is an image/)
  )
})

test('what is wrong is named with its place', () => {
  /** @type {[messages: any, place: string][]} */
  const cases = [
    [7, 'messages'],
    ['hello', 'messages'],
    [[null], 'messages[0]'],
    [['hello'], 'messages[0]'],
    [[{}], 'messages[0].role'],
    [[{ role: 7 }], 'messages[0].role'],
    [[{ role: '' }], 'messages[0].role'],
    [[...say('a'), ...say(7)], 'messages[1].content'],
    [[...say('a'), ...say({})], 'messages[1].content'],
    [say(['hello']), 'messages[0].content[0]'],
    [say([{ text: 'a' }]), 'messages[0].content[0].type'],
    [[...say('a'), ...say('b'), ...say('c'), ...say([{ type: 'text' }])], 'messages[3].content[0].text'],
    [say([{ type: 'image_url' }]), 'messages[0].content[0].image_url'],
    [say([{ type: 'image_url', image_url: {} }]), 'messages[0].content[0].image_url.url'],
    [[{ role: 'user', name: 7 }], 'messages[0].name'],
    [[{ role: 'assistant', refusal: 7 }], 'messages[0].refusal'],
    [[{ role: 'assistant', tool_calls: {} }], 'messages[0].tool_calls'],
    [[{ role: 'assistant', tool_calls: [7] }], 'messages[0].tool_calls[0]'],
    [[{ role: 'assistant', tool_calls: [{}] }], 'messages[0].tool_calls[0].function'],
    [[calls([call('f', '{}'), { function: { name: 'f' } }])], 'messages[0].tool_calls[1].function.arguments'],
    [[calls({ type: 'custom', custom: {} })], 'messages[0].tool_calls[0].custom.name'],
    [[{ role: 'assistant', function_call: 'f' }], 'messages[0].function_call'],
    [[{ type: 'function_call', name: 'f' }], 'messages[0].arguments']
  ]
  for (const [messages, place] of cases) {
    assert.throws(
      () => wrong(messages, { model }),
      (thrown) => {
        const { code, message, argument } = Object(thrown)
        assert.deepEqual({ code, argument }, { code: 'ERR_INVALID_ARG', argument: place })
        assert.ok(message.startsWith(`${place} must be `), message)
        return true
      },
      place
    )
  }
})

test('options and tools that are wrong are named too', () => {
  /** @type {[options: any, code: string, message: RegExp][]} */
  const cases = [
    [undefined, 'ERR_INVALID_ARG', /^options must be an object/],
    [{ model, tool: [] }, 'ERR_INVALID_ARG', /^unknown option "tool"; the options are model, tools/],
    [{ model, tools: {} }, 'ERR_INVALID_ARG', /^options\.tools must be an array/],
    [{ model, tools: [7] }, 'ERR_INVALID_ARG', /^options\.tools\[0\] must be an object/],
    [{ model, tools: [{ type: 'web_search' }] }, 'ERR_UNSUPPORTED', /^options\.tools\[0\] has type "web_search"/],
    [
      { model, tools: [{ type: 'function', function: {} }] },
      'ERR_INVALID_ARG',
      /^options\.tools\[0\]\.function\.name must be a string/
    ],
    [
      { model, functions: [{ name: 'f', description: 7 }] },
      'ERR_INVALID_ARG',
      /^options\.functions\[0\]\.description must be/
    ],
    [
      { model, functions: [{ name: 'f', parameters: true }] },
      'ERR_INVALID_ARG',
      /^options\.functions\[0\]\.parameters must be/
    ],
    [
      { model, functions: [{ name: 'f', parameters: { properties: { a: { items: { enum: 7 } } } } }] },
      'ERR_INVALID_ARG',
      /^options\.functions\[0\]\.parameters\.properties\.a\.items\.enum must be an array/
    ],
    [{ model, toolChoice: 'some' }, 'ERR_INVALID_ARG', /^options\.toolChoice must be an object/],
    [{ model, toolChoice: { function: {} } }, 'ERR_INVALID_ARG', /^options\.toolChoice\.function\.name must be/],
    [{ model, functionCall: {} }, 'ERR_INVALID_ARG', /^options\.functionCall\.name must be/],
    [{}, 'ERR_UNSUPPORTED', /^options\.model undefined has no encoding/],
    [{ model: 'claude-opus-4-7' }, 'ERR_UNSUPPORTED', /tokens\.estimate gives a range/],
    [
      { model: 'text-embedding-3-small' },
      'ERR_UNSUPPORTED',
      /^options\.model "text-embedding-3-small" is no chat model$/
    ],
    [{ model: 'davinci-002' }, 'ERR_UNSUPPORTED', /is no chat model$/]
  ]
  for (const [options, code, message] of cases)
    assert.throws(() => wrong(say('a'), options), error(code, message), String(message))
  for (const type of ['input_audio', 'file', 'video'])
    assert.throws(
      () => wrong(say([{ type }]), { model }),
      error('ERR_UNSUPPORTED', `messages[0].content[0] has type "${type}", whose tokens are not known`)
    )
  assert.throws(
    () => wrong([{ type: 'web_search_call' }], { model }),
    error('ERR_UNSUPPORTED', /^messages\[0\] has type "web_search_call"/)
  )
  assert.throws(
    () => wrong([{ role: 'assistant', audio: { id: 'x' } }], { model }),
    error('ERR_UNSUPPORTED', /^messages\[0\]\.audio has audio/)
  )
})

test('schemas without an end are refused, whatever makes them endless', () => {
  /** @type {any} */
  const cyclic = { type: 'object', properties: {} }
  cyclic.properties.self = cyclic
  /** @type {any} */
  let doubling = { type: 'string' }
  for (let level = 0; level < 40; level++) doubling = { type: 'object', properties: { a: doubling, b: doubling } }
  for (const parameters of [cyclic, doubling])
    assert.throws(
      () => wrong(say('a'), { model, functions: [{ name: 'f', parameters }] }),
      error('ERR_LIMIT', /^options\.functions\[0\]\.parameters has more than (64 levels|100000 schemas) within it$/)
    )
})

test('all of JSON Schema is rendered, as far as models see it', () => {
  /** @param {any} schema */
  const cost = (schema) =>
    wrong(say('a'), { model, functions: [{ name: 'f', parameters: { type: 'object', properties: { a: schema } } }] })
  assert.equal(cost({ type: ['string', 'null'] }), cost({ anyOf: [{ type: 'string' }, { type: 'null' }] }))
  assert.equal(cost({ type: ['string', 'string'] }), cost({ type: 'string' }))
  assert.equal(cost({ type: 'integer', minimum: 3, default: 7 }), cost({ type: 'number' }))
  assert.equal(cost({ $ref: '#/definitions/x' }), cost(true))
  assert.equal(cost({ type: 'array', items: [{ type: 'string' }] }), cost({ type: 'array' }))
  assert.equal(cost({ type: 'string', enum: [{}, 'a'] }), cost({ type: 'string' }))
  assert.ok(cost({ type: 'string', enum: ['one', 'two'] }) > cost({ type: 'string' }))
  assert.ok(
    cost({ type: 'object', properties: { b: { type: 'string', description: 'deep inside' } } }) >
      cost({ type: 'object', properties: { b: { type: 'string' } } })
  )
})

test('any values are counted or refused with a code', () => {
  const random = randomFrom(SEED)
  const atoms = [
    undefined,
    null,
    true,
    0,
    -1,
    '',
    'a',
    'user',
    'system',
    'function',
    'text',
    '{"a": 1}',
    'data:image/png;base64,iVBORw0KGgo',
    'data:image/jpeg;base64,/9j/4AAQSkZJRg'
  ]
  const keys = [
    'role',
    'type',
    'content',
    'text',
    'name',
    'tool_calls',
    'function',
    'arguments',
    'image_url',
    'url',
    'parameters',
    'properties',
    'items',
    'anyOf',
    'enum',
    'required',
    'description',
    'output',
    'a'
  ]
  /** @param {number} depth @returns {any} */
  const value = (depth) => {
    const kind = depth === 0 ? 0 : random.below(4)
    if (kind < 2) return random.pick(atoms)
    const size = random.below(4)
    if (kind === 2) return Array.from({ length: size }, () => value(depth - 1))
    return Object.fromEntries(Array.from({ length: size }, () => [random.pick(keys), value(depth - 1)]))
  }
  let counted = 0
  for (let run = 0; run < fuzzRuns(3000); run++) {
    const message = {
      role: random.pick(['user', 'system', 'assistant', 'tool', undefined]),
      type: random.pick(['function_call', undefined]),
      content: value(3),
      ...value(1)
    }
    const options = {
      model,
      tools: random.pick([undefined, [{ type: 'function', function: { name: 'f', parameters: value(5) } }], value(3)])
    }
    try {
      const number = wrong([message], options)
      assert.ok(Number.isSafeInteger(number) && number >= 3)
      counted++
    } catch (thrown) {
      const where = `seed ${SEED}, run ${run}: ${JSON.stringify([message, options])}`
      assert.ok(thrown instanceof TenonError, `${where}: ${Object(thrown).stack}`)
      assert.ok(['ERR_INVALID_ARG', 'ERR_UNSUPPORTED'].includes(thrown.code), where)
      assert.ok(thrown.message.length < 500, where)
    }
  }
  assert.ok(counted > 0)
})
