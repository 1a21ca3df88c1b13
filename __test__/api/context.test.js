'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { context, tokens } = require('../..')

/** @typedef {Record<string, any>} Message */

/** @param {string} code @param {RegExp} message */
const error = (code, message) => ({ name: 'TenonError', code, message })

const LINE = 'A line of the file that was read. '
const LONG = LINE.repeat(200)

/** @param {string} id @param {string} [name] */
const call = (id, name = 'read') => ({ id, type: 'function', function: { name, arguments: '{"path":"a.ts"}' } })

/** One turn of an agent, with so many steps. @param {number} steps @param {string} [output] @returns {Message[]} */
function turn(steps, output = LONG) {
  return [
    { role: 'user', content: 'Do it.' },
    ...Array.from({ length: steps }, (_, step) => [
      { role: 'assistant', content: null, tool_calls: [call(`call_${step}`)] },
      { role: 'tool', tool_call_id: `call_${step}`, content: output }
    ]).flat(),
    { role: 'assistant', content: 'Done.' }
  ]
}

/** @param {{ changes: { index: number, kind: string }[] }} plan */
const kinds = ({ changes }) => changes.map(({ index, kind }) => `${index} ${kind}`)

test('what fits is the same objects in a new list', () => {
  const messages = turn(2)
  const fitted = context.fit(messages, { maxTokens: 100_000, model: 'gpt-4o' })
  assert.notEqual(fitted.messages, messages)
  assert.equal(fitted.messages.length, messages.length)
  fitted.messages.forEach((message, index) => assert.equal(message, messages[index]))
  assert.deepEqual({ changes: fitted.changes, dropped: fitted.dropped }, { changes: [], dropped: [] })
  assert.equal(fitted.tokens, fitted.tokensBefore)
  assert.ok(!('firstChanged' in fitted))
  assert.deepEqual(context.fit([], { maxTokens: 10 }), {
    messages: [],
    tokens: 3,
    tokensBefore: 3,
    estimated: false,
    dropped: [],
    changes: []
  })
})

test('a message counts what the manual says', () => {
  const count = (/** @type {Message} */ message) => context.fit([message], { maxTokens: 10_000 }).tokensBefore - 3
  const hello = tokens.count('Hello there.')
  assert.equal(count({ role: 'user', content: 'Hello there.' }), 4 + hello)
  assert.equal(count({ role: 'user', name: 'Ada', content: 'Hello there.' }), 4 + hello + 1 + tokens.count('Ada'))
  const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }
  assert.equal(count({ role: 'user', content: [{ type: 'text', text: 'Hello there.' }, image] }), 4 + hello + 1600)
  assert.equal(
    count({ role: 'user', content: [{ type: 'future', a: 1 }] }),
    4 + tokens.count('{"type":"future","a":1}')
  )
  const reasoning = { type: 'reasoning', summary: [], encrypted_content: 'A'.repeat(160) }
  assert.equal(count(reasoning), 4 + 30)
  assert.equal(
    count({ role: 'assistant', content: null, tool_calls: [call('a')] }),
    4 + 8 + 1 + tokens.count('{"path":"a.ts"}')
  )
})

test('the order: clear, truncate, drop turns, each only as far as it must', () => {
  const messages = [...turn(2), ...turn(3), ...turn(1)]
  const all = context.fit(messages, { maxTokens: 1e6 }).tokens
  const options = { clear: { keep: 2 }, truncate: { maxTokens: 500 }, keepTurns: 1 }
  // Three fit if one goes.
  assert.deepEqual(kinds(context.fit(messages, { ...options, maxTokens: all - 1000 })), ['2 cleared'])
  assert.deepEqual(kinds(context.fit(messages, { ...options, maxTokens: all - 8000 })), [
    ...['2 cleared', '4 cleared', '8 cleared', '10 cleared', '12 truncated']
  ])
  const dropped = context.fit(messages, { ...options, maxTokens: 1200 })
  assert.deepEqual(dropped.dropped, [0, 1, 2, 3, 4, 5])
  assert.deepEqual(kinds(dropped).slice(6), ['8 cleared', '10 cleared', '12 truncated', '16 truncated'])
  assert.equal(dropped.firstChanged, 0)
})

test('clearing may begin before the budget, frees at least so much, and is not worth less', () => {
  const messages = turn(6)
  const { tokens: all } = context.fit(messages, { maxTokens: 1e6 })
  const cleared = (/** @type {object} */ clear) => context.fit(messages, { maxTokens: all + 10, clear }).changes.length
  assert.equal(cleared({ keep: 1 }), 0)
  assert.equal(cleared({ keep: 1, triggerTokens: all }), 0)
  assert.equal(cleared({ keep: 1, triggerTokens: all - 1 }), 1)
  assert.equal(cleared({ keep: 1, triggerTokens: 0 }), 5)
  assert.equal(cleared({ keep: 1, triggerTokens: all - 1, clearAtLeastTokens: 4000 }), 3)
  // There is not so much to free: nothing has to happen, so nothing does.
  assert.equal(cleared({ keep: 1, triggerTokens: all - 1, clearAtLeastTokens: 1e6 }), 0)
  assert.equal(
    context.fit(messages, { maxTokens: all - 1, clear: { keep: 1, clearAtLeastTokens: 1e6 } }).changes.length,
    5
  )
  assert.equal(cleared({ keep: 9, triggerTokens: 0 }), 0)
  assert.equal(cleared({ keep: 1, triggerTokens: 0, excludeTools: ['read'] }), 0)
})

test('one long turn: its oldest steps go only where that is asked for', () => {
  const messages = turn(20, 'short')
  const { tokens: all } = context.fit(messages, { maxTokens: 1e6 })
  assert.throws(() => context.fit(messages, { maxTokens: all - 100 }), error('ERR_LIMIT', /what has to stay is/))
  const fitted = context.fit(messages, { maxTokens: all - 100, keepSteps: 2 })
  assert.deepEqual(fitted.dropped, [1, 2, 3, 4, 5, 6, 7, 8])
  assert.equal(fitted.messages[0], messages[0])
  assert.throws(() => context.fit(messages, { maxTokens: all - 100, keepSteps: 19 }), error('ERR_LIMIT', /./))
})

test('what cannot fit says what is too large', () => {
  const messages = [{ role: 'system', content: LONG }, ...turn(1), { role: 'user', content: LINE }]
  assert.throws(
    () => context.fit(messages, { maxTokens: 600, reserveTokens: 100 }),
    (/** @type {any} */ thrown) => {
      assert.match(
        thrown.message,
        /^what has to stay is 1822 tokens in 2 messages, and 500 are allowed \(maxTokens 600 less reserveTokens 100\); the largest are messages\[0\] with 1805, messages\[5\] with 14$/
      )
      assert.equal(thrown.code, 'ERR_LIMIT')
      assert.deepEqual(thrown.details, {
        argument: 'maxTokens',
        tokens: 1822,
        allowedTokens: 500,
        kept: [
          { index: 0, tokens: 1805 },
          { index: 5, tokens: 14 }
        ]
      })
      return true
    }
  )
})

test('a dry run has the same numbers and no messages', () => {
  const messages = [...turn(4), ...turn(4)]
  for (const maxTokens of [20_000, 8000, 2500, 1500]) {
    const { messages: fitted, ...rest } = context.fit(messages, { maxTokens })
    assert.ok(fitted.length > 0)
    assert.deepEqual(context.fit(messages, { maxTokens, dryRun: true }), rest)
  }
})

test('calls that the end leaves open go, or are kept for their results', () => {
  const messages = [
    { role: 'user', content: 'Go.' },
    { role: 'assistant', content: null, tool_calls: [call('a'), call('b')] }
  ]
  const half = [...messages, { role: 'tool', tool_call_id: 'b', content: 'b' }]
  assert.deepEqual(context.fit(messages, { maxTokens: 1000 }).dropped, [1])
  assert.deepEqual(kinds(context.fit(half, { maxTokens: 1000 })), ['1 repaired'])
  for (const list of [messages, half])
    assert.deepEqual(context.fit(list, { maxTokens: 1000, pendingCalls: 'keep' }).changes, [])
  // Where the user has gone on, nothing is to come.
  const gone = [...messages, { role: 'user', content: 'Never mind.' }]
  assert.deepEqual(context.fit(gone, { maxTokens: 1000, pendingCalls: 'keep' }).dropped, [1])
})

test('pinned messages stay as they are', () => {
  const messages = [...turn(1), ...turn(1), { role: 'user', content: 'Go on.' }]
  const options = { maxTokens: 3000, clear: { keep: 0 } }
  assert.deepEqual(kinds(context.fit(messages, options)), ['2 cleared'])
  assert.deepEqual(kinds(context.fit(messages, { ...options, pinned: [2] })), ['6 cleared'])
  /** @type {number[]} */
  const asked = []
  const pinned = (/** @type {Message} */ message, /** @type {number} */ index) => {
    asked.push(index)
    return message === messages[2]
  }
  assert.deepEqual(kinds(context.fit(messages, { ...options, pinned })), ['6 cleared'])
  assert.deepEqual(asked, [...messages.keys()])
  const tight = context.fit(messages, { maxTokens: 1850, clear: false, truncate: false, pinned: [6] })
  assert.deepEqual(tight.dropped, [0, 1, 2, 3, 7])
  assert.ok(tight.messages.includes(messages[6]) && tight.messages.includes(messages[5]))
})

test('a model without a public vocabulary is estimated, and says so', () => {
  const messages = [{ role: 'user', content: LONG }]
  const exact = tokens.count(LONG)
  const fit = (/** @type {Omit<import('../..').context.FitOptions, 'maxTokens'>} */ options) => {
    const { tokens: all, estimated } = context.fit(messages, { maxTokens: 1e6, ...options })
    return [all - 7, estimated]
  }
  assert.deepEqual(fit({}), [exact, false])
  assert.deepEqual(fit({ model: 'gpt-4o' }), [exact, false])
  assert.deepEqual(fit({ model: 'openai/gpt-4o' }), [exact, false])
  assert.deepEqual(fit({ model: 'gpt-4o', safetyFactor: 1.1 }), [Math.ceil(exact * 1.1), false])
  assert.deepEqual(fit({ model: 'claude-sonnet-4-5' }), [Math.ceil(exact * 1.5), true])
  assert.deepEqual(fit({ model: 'us.anthropic.Claude-opus' }), [Math.ceil(exact * 1.5), true])
  assert.deepEqual(fit({ model: 'gemini-2.5-pro' }), [Math.ceil(exact * 1.25), true])
  assert.deepEqual(fit({ model: 'gemini-2.5-pro', safetyFactor: 1 }), [exact, true])
  assert.deepEqual(fit({ encoding: 'cl100k_base' }), [tokens.count(LONG, { encoding: 'cl100k_base' }), false])
})

test('the counts may be the caller’s', () => {
  let asked = 0
  const countTokens = (/** @type {string[]} */ texts) => {
    asked += texts.length
    return texts.map((text) => Math.ceil(text.length / 3))
  }
  const messages = turn(2)
  const { tokens: all } = context.fit(messages, { maxTokens: 1e6, countTokens })
  const first = asked
  assert.ok(first > 0)
  assert.equal(context.fit(messages, { maxTokens: 1e6, countTokens, model: 'claude-sonnet-4-5' }).tokens, all)
  assert.equal(asked, first, 'remembered')
  const { messages: fitted, tokens: less } = context.fit(messages, { maxTokens: 1000, countTokens, clear: false })
  assert.ok(less <= 1000)
  assert.ok(fitted[2].content.length / 3 <= 125 && fitted[2].content.startsWith(LINE))
  for (const [answer, message] of /** @type {[any, RegExp][]} */ ([
    [[], /must return \d+ numbers for as many texts, not 0/],
    [undefined, /numbers for as many texts, not undefined/],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, NaN], /integers from 0, not NaN for text 9/],
    [[-1], /not -1 for text 0/]
  ])) {
    const wrong = (/** @type {string[]} */ texts) =>
      answer?.length > 0 ? texts.map((_, index) => answer[index % answer.length]) : answer
    assert.throws(() => context.fit(turn(4), { maxTokens: 100, countTokens: wrong }), error('ERR_INVALID_ARG', message))
  }
})

test('a message that has changed since is counted anew', () => {
  /** @type {Message[]} */
  const messages = [
    { role: 'user', content: [{ type: 'text', text: 'one' }] },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'read', input: { deep: { list: [1, 2] } } }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'ok' }] }
  ]
  const now = () => context.fit(messages, { maxTokens: 10_000 }).tokens
  const fresh = () => context.fit(structuredClone(messages), { maxTokens: 10_000 }).tokens
  let before = now()
  for (const change of [
    () => (messages[0].content[0].text = 'one two three'),
    () => messages[0].content.push({ type: 'text', text: 'four' }),
    () => messages[1].content[0].input.deep.list.push(3),
    () => (messages[1].content[0].input.more = { key: 'value' }),
    () => (messages[1].content[0].name = 'read_the_file'),
    () => (messages[2].content[0].content = [{ type: 'text', text: 'another text' }]),
    () => delete messages[1].content[0].input.deep,
    () => (messages[0].name = 'Ada')
  ]) {
    change()
    const changed = now()
    assert.notEqual(changed, before, String(change))
    assert.equal(changed, fresh(), String(change))
    before = changed
  }
})

test('the shape may be given', () => {
  const other = [
    { role: 'user', content: 'Go.' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'read', input: {} }] }
  ]
  assert.deepEqual(context.fit(other, { maxTokens: 1000 }).dropped, [1])
  assert.deepEqual(context.fit(other, { maxTokens: 1000, shape: 'anthropic' }).dropped, [1])
  // In a chat it is a part that nobody knows.
  assert.deepEqual(context.fit(other, { maxTokens: 1000, shape: 'openai-chat' }).dropped, [])
  assert.throws(
    () => context.fit(other, { maxTokens: 1000, shape: 'ai-sdk-ui' }),
    error('ERR_INVALID_ARG', /^messages\[0\]\.parts must be an array/)
  )
})

test('wrong options say what is wrong', () => {
  const wrong = /** @type {any} */ (context)
  for (const [options, message] of /** @type {[any, RegExp][]} */ ([
    [undefined, /options must be an object, not undefined/],
    [{}, /options.maxTokens must be an integer from 1 to \d+, not undefined/],
    [{ maxTokens: 0 }, /options.maxTokens must be/],
    [{ maxTokens: 1.5 }, /options.maxTokens must be/],
    [{ maxTokens: 10, reserveTokens: 10 }, /options.reserveTokens is 10, which leaves nothing/],
    [{ maxTokens: 10, max: 1 }, /unknown option "max"; the options are maxTokens, model/],
    [{ maxTokens: 10, keepTurns: 0 }, /options.keepTurns must be an integer from 1/],
    [{ maxTokens: 10, keepSteps: 0 }, /options.keepSteps must be an integer from 1/],
    [
      { maxTokens: 10, shape: 'gemini' },
      /options.shape must be one of openai-chat, openai-responses, anthropic, ai-sdk/
    ],
    [{ maxTokens: 10, clear: true }, /options.clear must be an object, not true/],
    [{ maxTokens: 10, clear: { keeep: 1 } }, /unknown option "keeep"; the options are triggerTokens/],
    [{ maxTokens: 10, clear: { keep: -1 } }, /options.clear.keep must be an integer from 0/],
    [{ maxTokens: 10, clear: { excludeTools: 'read' } }, /options.clear.excludeTools must be an array of names/],
    [{ maxTokens: 10, clear: { excludeTools: [7] } }, /options.clear.excludeTools\[0\] must be a string, not 7/],
    [{ maxTokens: 10, clear: { placeholder: '' } }, /options.clear.placeholder must be a string that is not empty/],
    [{ maxTokens: 10, truncate: { maxTokens: 31 } }, /options.truncate.maxTokens must be an integer from 32/],
    [{ maxTokens: 10, truncate: { marker: LINE.repeat(9) } }, /options.truncate.marker has \d+ tokens, more than half/],
    [{ maxTokens: 10, pendingCalls: true }, /options.pendingCalls must be one of drop, keep/],
    [{ maxTokens: 10, pinned: 7 }, /options.pinned must be a function or an array of indices/],
    [{ maxTokens: 10, pinned: [-1] }, /options.pinned\[0\] must be an integer from 0/],
    [{ maxTokens: 10, countTokens: 7 }, /options.countTokens must be a function/],
    [{ maxTokens: 10, safetyFactor: 0.5 }, /options.safetyFactor must be a number from 1 to 10/],
    [{ maxTokens: 10, dryRun: 1 }, /options.dryRun must be a boolean/],
    [{ maxTokens: 10, encoding: 'p99k' }, /options.encoding must be one of/],
    [{ maxTokens: 10, encoding: 'o200k_base', model: 'gpt-4o' }, /not both/]
  ])) {
    assert.throws(() => wrong.fit([], options), error('ERR_INVALID_ARG', message))
  }
  assert.throws(() => wrong.fit('a', { maxTokens: 10 }), error('ERR_INVALID_ARG', /^messages must be an array/))
  for (const model of ['', 7]) assert.throws(() => wrong.fit([], { maxTokens: 10, model }), { code: 'ERR_UNSUPPORTED' })
})

test('wrong messages say what is wrong and where', () => {
  /** @type {any} */
  const cyclic = { role: 'user', content: [{ type: 'text', text: 'a' }] }
  cyclic.content.push(cyclic)
  for (const [message, said] of /** @type {[any, RegExp][]} */ ([
    [null, /^messages\[1\] must be an object, not null$/],
    ['a', /^messages\[1\] must be an object, not "a"$/],
    [{ role: 'model', content: 'a' }, /^messages\[1\]\.role must be one of system, .*, not "model"$/],
    [{ content: 'a' }, /^messages\[1\]\.role must be one of .*, not undefined$/],
    [{ role: 'user', content: 7 }, /^messages\[1\]\.content must be a string or an array, not 7$/],
    [
      { role: 'tool', tool_call_id: 7, content: 'a' },
      /^messages\[1\]\.tool_call_id must be a string that is not empty, not 7$/
    ],
    [{ role: 'assistant', tool_calls: [{}] }, /^messages\[1\]\.tool_calls\[0\]\.id must be a string/],
    [
      { role: 'assistant', content: [{ type: 'tool_use', name: 'a' }] },
      /^messages\[1\]\.content\[0\]\.id must be a string/
    ],
    [{ role: 'assistant', parts: [{ type: 'tool-a' }] }, /^messages\[1\]\.parts\[0\]\.toolCallId must be a string/],
    [
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'b', input: { big: 1n } }] },
      /^messages\[1\] cannot be written as JSON: .*BigInt/
    ]
  ])) {
    const list = [{ role: 'user', content: 'a' }, message]
    assert.throws(() => context.fit(list, { maxTokens: 100 }), error('ERR_INVALID_ARG', said))
  }
  assert.throws(
    () => context.fit([cyclic], { maxTokens: 100 }),
    error('ERR_LIMIT', /^messages\[0\] is nested deeper than 256 levels$/)
  )
})

test('a text beyond the limit is ERR_LIMIT before any work', () => {
  assert.throws(
    () => context.fit([{ role: 'user', content: 'a'.repeat(2 ** 27 + 1) }], { maxTokens: 100 }),
    error('ERR_LIMIT', /^messages\[0\] has a text of 134217729 code units; the limit is 134217728$/)
  )
})

test('a long list of calls that nobody answers takes no time that grows with its square', () => {
  /** @type {Message[]} */
  const messages = [{ role: 'user', content: 'Go.' }]
  for (let index = 0; index < 40_000; index++) {
    messages.push({ type: 'function_call', call_id: `c${index}`, name: 'read', arguments: '{}' })
    messages.push({ role: 'user', content: 'Go on.' })
  }
  const { dropped, messages: fitted } = context.fit(messages, { maxTokens: 1e7 })
  assert.equal(dropped.length, 40_000)
  assert.equal(fitted.length, 40_001)
  assert.equal(context.fit(fitted, { maxTokens: 5000 }).dropped.length > 30_000, true)
})

test('an encoding that changes text cuts by characters, in time that does not grow with the square', () => {
  const table = JSON.parse(fs.readFileSync(path.join(__dirname, '../fixtures/tokens/tokenizer-json.json'), 'utf8'))
  const { tokenizer } = table.cases.find((/** @type {any} */ { tokenizer }) => tokenizer.normalizer?.type === 'NFC')
  const encoding = 'normalizing'
  tokens.register({ name: encoding, tokenizerJson: JSON.stringify(tokenizer) })
  const content = `begin ${'abc '.repeat(80_000)}e\u0301${' xyz'.repeat(80_000)} end`
  const fitted = context.fit(
    [
      { role: 'user', content: 'go' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }]
      },
      { role: 'tool', tool_call_id: 'a', content }
    ],
    { maxTokens: 2000, encoding, truncate: { maxTokens: 1000 } }
  )
  assert.ok(fitted.tokens <= 2000)
  const cut = String(fitted.messages[2].content)
  assert.ok(cut.startsWith('begin abc') && cut.endsWith('xyz end'), cut.slice(0, 80))
  assert.ok(tokens.count(cut, { encoding }) > 400)
})

test('a system message that loses its call is one again for the reasoning before it', () => {
  const messages = /** @type {any[]} */ ([
    { role: 'user', content: 'hi' },
    { type: 'reasoning' },
    {
      role: 'system',
      content: [
        { type: 'tool_use', id: 'a', name: 'f', input: {} },
        { type: 'text', text: 'x' }
      ]
    }
  ])
  const once = context.fit(messages, { maxTokens: 1000, model: 'gpt-4o' })
  assert.deepEqual(context.fit(once.messages, { maxTokens: 1000, model: 'gpt-4o' }).messages, once.messages)
  assert.deepEqual(once.dropped, [1])
})
