'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const tenon = require('../..')
const { SHAPES, conversation, fault, startsWell, text, tokensOf } = require('../conversations')
const { SEED, describeBoth, fuzzRuns, randomFrom } = require('../engines')

/** @typedef {import('../conversations').Message} Message */

/** @type {{ cases: { name: string, messages: Message[], options: any, expected: any }[] }} */
const { cases } = JSON.parse(fs.readFileSync(path.join(__dirname, '../fixtures/context/conversations.json'), 'utf8'))

const PLACEHOLDER = '[old tool result cleared]'
const IMAGE_TOKENS = 30

/** Freezes all of a value: a change to what was given throws. @template T @param {T} value @returns {T} */
function frozen(value) {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

/** @param {() => any} call */
function outcome(call) {
  try {
    return call()
  } catch (error) {
    const { code, message, details } = Object(error)
    if (code === undefined || code === 'ERR_INTERNAL') throw error
    return { code, message, details }
  }
}

/** @param {ReturnType<typeof randomFrom>} random @param {Message[]} messages */
function randomOptions(random, messages) {
  const all = tokensOf(messages, tenon.tokens.count, IMAGE_TOKENS)
  const maxTokens = Math.max(1, Math.floor((all * (1 + random.below(130))) / 100))
  const clear = {
    keep: random.below(4),
    keepErrors: random.below(3) === 0,
    excludeTools: random.pick([[], ['skill']]),
    clearAtLeastTokens: random.pick([0, 0, 200]),
    ...(random.below(3) === 0 && { triggerTokens: Math.floor(maxTokens / 2) })
  }
  const pinned = new Set(random.below(4) === 0 ? [messages[random.below(messages.length)]] : [])
  return {
    maxTokens: maxTokens + 50,
    reserveTokens: 50,
    imageTokens: IMAGE_TOKENS,
    keepTurns: 1 + random.below(3),
    ...(random.below(3) === 0 && { keepSteps: 1 + random.below(3) }),
    ...(pinned.size > 0 && { pinned: (/** @type {Message} */ message) => pinned.has(message) }),
    clear: random.below(6) === 0 ? /** @type {const} */ (false) : clear,
    truncate:
      random.below(6) === 0
        ? /** @type {const} */ (false)
        : { maxTokens: 32 + random.below(100), ...(random.below(2) && { marker: ' […] ' }) }
  }
}

describeBoth('context', () => {
  for (const { name, messages, options, expected } of cases) {
    test(name, () => {
      const { tokens, tokensBefore, estimated, ...found } = tenon.context.fit(messages, options)
      assert.deepEqual(JSON.parse(JSON.stringify(found)), expected)
      assert.ok(tokens <= tokensBefore && tokens <= options.maxTokens)
      assert.equal(estimated, options.model === 'claude-sonnet-4-5')
    })
  }

  for (const [position, shape] of SHAPES.entries()) {
    test(`random conversations end valid, within the budget, and stay as they are: ${shape}`, (t) => {
      t.diagnostic(`seed ${SEED}`)
      const random = randomFrom(SEED + position)
      const seen = { fitted: 0, limits: 0, changed: 0, repaired: 0, cleared: 0, truncated: 0, dropped: 0 }
      for (let run = 0; run < fuzzRuns(250); run++) {
        const messages = frozen(conversation(random, shape))
        const options = randomOptions(random, messages)
        const where = `seed ${SEED}, run ${run}, ${JSON.stringify(options)}: ${JSON.stringify(messages)}`
        const before = JSON.stringify(messages)
        const result = outcome(() => tenon.context.fit(messages, options))
        assert.equal(JSON.stringify(messages), before)
        const plan = outcome(() => tenon.context.fit(messages, { ...options, dryRun: true }))
        if (result.code !== undefined) {
          assert.equal(result.code, 'ERR_LIMIT', `${result.message}, ${where}`)
          assert.deepEqual(plan, result)
          checkLimit(messages, options, result, shape, where)
          seen.limits++
          continue
        }
        seen.fitted++
        const { messages: fitted, ...rest } = result
        assert.deepEqual(plan, rest)
        checkFitted(messages, options, result, shape, where)
        if (rest.changes.length > 0) seen.changed++
        for (const { kind } of rest.changes) seen[/** @type {'cleared'} */ (kind)]++
        // Copies are counted from nothing, and give the same.
        const kept = messages.filter((_, index) => !rest.dropped.includes(index))
        const pinned = (/** @type {Message} */ _, /** @type {number} */ index) => options.pinned?.(kept[index]) === true
        const again = tenon.context.fit(structuredClone(fitted), { ...options, pinned })
        assert.deepEqual(again.changes, [], where)
        assert.deepEqual(again.messages, fitted, where)
        assert.equal(again.tokens, result.tokens, where)
      }
      t.diagnostic(JSON.stringify(seen))
      assert.ok(seen.changed > 0 && seen.repaired > 0 && seen.cleared > 0 && seen.truncated > 0, JSON.stringify(seen))
      assert.ok(seen.limits > 0 && seen.dropped > 0)
    })
  }
})

/**
 * @param {Message[]} messages
 * @param {ReturnType<typeof randomOptions>} options
 * @param {import('../..').context.Fitted<Message>} result
 * @param {import('../..').context.Shape} shape
 * @param {string} where
 */
function checkFitted(messages, options, { messages: fitted, tokens, tokensBefore, ...plan }, shape, where) {
  assert.equal(fault(shape, fitted), undefined, where)
  assert.ok(startsWell(shape, messages, fitted), where)
  assert.equal(tokens, tokensOf(fitted, tenon.tokens.count, IMAGE_TOKENS), where)
  assert.equal(tokensBefore, tokensOf(messages, tenon.tokens.count, IMAGE_TOKENS), where)
  assert.ok(tokens <= options.maxTokens - options.reserveTokens, where)

  const gone = new Set(plan.dropped)
  const changed = new Set(plan.changes.map(({ index }) => index))
  const kept = messages.map((_, index) => index).filter((index) => !gone.has(index))
  assert.equal(kept.length, fitted.length, where)
  kept.forEach((index, at) => {
    // What is not named is the very object that was given.
    assert.equal(fitted[at] === messages[index], !changed.has(index), where)
    assert.equal(fitted[at].role, messages[index].role, where)
  })
  assert.equal(plan.firstChanged, plan.changes[0]?.index)
  for (const [index, { role }] of messages.entries())
    assert.ok(!(gone.has(index) && (role === 'system' || role === 'developer')), where)

  // Each message's changes go on from one another, and their sum is what the whole has lost.
  const lost = plan.changes.reduce((sum, { tokensBefore, tokensAfter }) => sum + tokensBefore - tokensAfter, 0)
  assert.equal(lost, tokensBefore - tokens, where)
  const invalid = new Set(plan.changes.filter(({ kind }) => kind === 'repaired').map(({ index }) => index))
  if (fault(shape, messages) === undefined) assert.equal(invalid.size, 0, where)
  for (const { index, kind } of plan.changes) {
    if (kind !== 'repaired') assert.ok(!options.pinned?.(messages[index]), where)
  }
  const fits = tokensBefore <= Math.min(options.maxTokens - options.reserveTokens, triggerOf(options))
  if (fits) assert.equal(invalid.size, changed.size, where)
}

/** @param {ReturnType<typeof randomOptions>} options */
const triggerOf = ({ clear }) => (clear && clear.triggerTokens !== undefined ? clear.triggerTokens : Infinity)

/**
 * What was refused: with one token less than the error asks for it is refused again, with exactly these it fits, and then
 * nothing is there that could have gone.
 * @param {Message[]} messages
 * @param {ReturnType<typeof randomOptions>} options
 * @param {any} error
 * @param {import('../..').context.Shape} shape
 * @param {string} where
 */
function checkLimit(messages, options, { details }, shape, where) {
  const { tokens, allowedTokens, kept } = details
  assert.equal(allowedTokens, options.maxTokens - options.reserveTokens)
  assert.ok(tokens > allowedTokens, where)
  assert.ok(kept.length > 0 && kept.every((/** @type {any} */ one) => one.tokens > 0 && one.index < messages.length))
  const clear = options.clear && { ...options.clear, triggerTokens: 0, clearAtLeastTokens: 0 }
  const least = { ...options, clear, maxTokens: tokens + options.reserveTokens }
  const result = tenon.context.fit(messages, least)
  checkFitted(messages, least, result, shape, where)
  assert.equal(result.tokens, tokens, where)
  assert.throws(() => tenon.context.fit(messages, { ...least, maxTokens: least.maxTokens - 1 }), { code: 'ERR_LIMIT' })
  if (options.pinned) return

  const results = result.messages.flatMap(resultsOf)
  // A result whose call was another tool's is no reason to look further.
  if (fault(shape, messages) !== undefined) return
  const old = clear ? results.slice(0, Math.max(0, results.length - clear.keep)) : []
  for (const { texts, tool, error } of old) {
    if (!clear || clear.excludeTools.includes(/** @type {never} */ (tool)) || (clear.keepErrors && error)) continue
    assert.ok(countAll(texts) <= tenon.tokens.count(PLACEHOLDER), `${texts}, ${where}`)
  }
  for (const { texts } of options.truncate ? results : [])
    assert.ok(countAll(texts) <= Object(options.truncate).maxTokens, where)
  // There a call and its result may have turns between them, which are then one.
  if (shape === 'openai-responses' || JSON.stringify(messages).includes('server_tool_use')) return
  // Of the turns only the last are left.
  const heads = (/** @type {Message[]} */ list) =>
    list.filter((one) => one.role === 'user' && resultsOf(one).length === 0)
  assert.equal(heads(result.messages).length, Math.min(options.keepTurns, heads(messages).length), where)
}

/** What the tools of a message said, where it is text. @param {Message} message @returns {{ texts: string[], error: boolean, tool?: string }[]} */
function resultsOf({ role, type, content, output, parts, tool_call_id: id }) {
  const textsIn = (/** @type {any} */ said) => {
    if (Array.isArray(said)) return said.flatMap((part) => part.text ?? [])
    return [typeof said === 'string' ? said : JSON.stringify(said)]
  }
  // Where a message does not name its tool, it may be the one that is excluded.
  if (/_output$/.test(type)) return [{ texts: textsIn(output), error: false, tool: 'skill' }]
  if ((role === 'tool' && id) || role === 'function') return [{ texts: textsIn(content), error: false, tool: 'skill' }]
  return (parts ?? (Array.isArray(content) ? content : [])).flatMap((/** @type {any} */ part) => {
    if (part.type === 'tool_result') {
      return [{ texts: textsIn(part.content), error: part.is_error === true, tool: 'skill' }]
    }
    if (part.type === 'tool-result') {
      const { type, value } = part.output
      return [{ texts: textsIn(value), error: /^error/.test(type), tool: part.toolName }]
    }
    if (part.state === 'output-available' || part.state === 'output-error') {
      const tool = part.toolName ?? part.type.slice(5)
      return [{ texts: textsIn(part.errorText ?? part.output), error: part.state === 'output-error', tool }]
    }
    return []
  })
}

/** @param {string[]} texts */
const countAll = (texts) => texts.reduce((sum, said) => sum + tenon.tokens.count(said), 0)

test('both engines agree on random conversations', (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED + 100)
  for (let run = 0; run < fuzzRuns(500); run++) {
    const shape = random.pick(SHAPES)
    const messages = conversation(random, shape)
    const model = random.pick(['gpt-4o', 'gpt-4', 'claude-sonnet-4-5', 'gemini-2.5-pro'])
    const { pinned, ...options } = randomOptions(random, messages)
    const answers = /** @type {const} */ (['native', 'fallback']).map((engine) => {
      tenon.configure({ features: { context: engine } })
      const before = tenon.status().features.context.calls[engine]
      // Copies: what one engine has counted must not answer for the other.
      const copies = structuredClone(messages)
      const answer = outcome(() =>
        tenon.context.fit(copies, {
          ...options,
          model,
          ...(pinned && { pinned: (_, index) => pinned(messages[index]) })
        })
      )
      assert.ok(tenon.status().features.context.calls[engine] > before, `${engine} did not answer`)
      return answer
    })
    assert.deepEqual(answers[0], answers[1], `seed ${SEED}, run ${run}, ${shape}: ${JSON.stringify(messages)}`)
    if (answers[0].messages) assert.equal(answers[0].estimated, !model.startsWith('gpt'))
  }
})

test('both engines cut random texts alike, within the limit, between characters', (t) => {
  t.diagnostic(`seed ${SEED}`)
  const random = randomFrom(SEED + 200)
  for (let run = 0; run < fuzzRuns(300); run++) {
    const said = text(random, 600)
    const limit = 32 + random.below(200)
    const cuts = /** @type {const} */ (['native', 'fallback']).map((engine) => {
      tenon.configure({ features: { context: engine } })
      const messages = [
        { role: 'assistant', content: '', tool_calls: [{ id: '1', function: { name: 'read', arguments: '' } }] },
        { role: 'tool', tool_call_id: '1', content: said }
      ]
      const truncate = { maxTokens: limit, marker: '[…]' }
      const { messages: fitted } = tenon.context.fit(messages, { maxTokens: limit + 40, truncate })
      return String(fitted[1].content)
    })
    assert.equal(cuts[0], cuts[1], `seed ${SEED}, run ${run}`)
    const whole = said.toWellFormed()
    if (cuts[0] === said) continue
    assert.ok(tenon.tokens.count(cuts[0]) <= limit, `seed ${SEED}, run ${run}`)
    const [start, end] = cuts[0].split('[…]')
    assert.ok(whole.startsWith(start) && whole.endsWith(end), `seed ${SEED}, run ${run}: ${JSON.stringify(cuts[0])}`)
    assert.ok(cuts[0].isWellFormed())
    // What is lost beyond the middle: seams that join otherwise, and the parts of a character at either cut.
    assert.ok(tenon.tokens.count(cuts[0]) > limit - 24, `${tenon.tokens.count(cuts[0])} of ${limit}`)
  }
})

/** What a field may hold that is not what it should. */
const WRONG = Object.freeze([null, 7, true, undefined, '', 'user', 'tool', 'system', 'tool_use', 'tool-call', [], {}])

/** Changes one leaf of a value, or a branch. @param {ReturnType<typeof randomFrom>} random @param {any} value */
function spoil(random, value) {
  const keys = Object.keys(value)
  if (keys.length === 0) return
  const key = random.pick(keys)
  if (typeof value[key] === 'object' && value[key] !== null && random.below(4) > 0) spoil(random, value[key])
  else value[key] = random.below(3) > 0 ? random.pick(WRONG) : structuredClone(value[random.pick(keys)])
}

test('messages that are wrong anywhere are refused with a code, or fitted for good', (t) => {
  t.diagnostic(`seed ${SEED}`)
  tenon.configure({ features: { context: 'native' } })
  const random = randomFrom(SEED + 400)
  const seen = { refused: 0, fitted: 0 }
  for (let run = 0; run < fuzzRuns(1000); run++) {
    const messages = conversation(random, random.pick(SHAPES))
    for (let times = 1 + random.below(3); times > 0; times--) spoil(random, messages)
    const options = { maxTokens: 50 + random.below(1500), keepSteps: 1, clear: { keep: random.below(2) } }
    const where = `seed ${SEED}, run ${run}: ${JSON.stringify(messages)}`
    // What has no code is thrown on.
    const { code, messages: fitted, tokens } = outcome(() => tenon.context.fit(messages, options))
    if (code !== undefined) {
      assert.match(code, /^ERR_(INVALID_ARG|LIMIT)$/, where)
      seen.refused++
      continue
    }
    const again = tenon.context.fit(structuredClone(fitted), options)
    assert.deepEqual({ changes: again.changes, tokens: again.tokens }, { changes: [], tokens }, where)
    seen.fitted++
  }
  assert.ok(seen.refused > 0 && seen.fitted > 0, JSON.stringify(seen))
})
