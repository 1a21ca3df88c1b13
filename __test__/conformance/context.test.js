'use strict'

// Against the AI SDK itself (npm `ai`): it looks for missing results, unknown approvals and the like before it calls a
// model, and what has been fitted passes.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const tenon = require('../..')
const { conversation } = require('../conversations')
const { SEED, fuzzRuns, randomFrom } = require('../engines')

/** @typedef {import('../conversations').Message} Message */

// Not by a plain `require`: the type checker would follow it, and the SDK's declarations need those of a browser.
const load = /** @type {(name: string) => any} */ (require)
const ai = load('ai')
const { MockLanguageModelV3 } = load('ai/test')

/** A model that is asked nothing: what matters is what the SDK does before. */
const model = new MockLanguageModelV3({
  doGenerate: async () => ({
    content: [{ type: 'text', text: 'ok' }],
    finishReason: { unified: 'stop', raw: 'stop' },
    usage: {
      inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 1, text: 1, reasoning: 0 }
    },
    warnings: []
  })
})

/**
 * Why the SDK refuses a conversation.
 * @param {'ai-sdk' | 'ai-sdk-ui'} shape
 * @param {Message[]} messages
 * @returns {Promise<string | undefined>}
 */
async function refusal(shape, messages) {
  const given = /** @type {any} */ (structuredClone(messages))
  try {
    const modelMessages = shape === 'ai-sdk-ui' ? await ai.convertToModelMessages(given) : given
    await ai.generateText({ model, messages: modelMessages, maxRetries: 0 })
    return undefined
  } catch (error) {
    return `${Object(error).name}: ${Object(error).message}`
  }
}

test('the AI SDK takes every conversation that has been fitted', async (t) => {
  t.diagnostic(`seed ${SEED}`)
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })
  const random = randomFrom(SEED + 300)
  const seen = { refused: 0, fitted: 0 }
  for (let run = 0; run < fuzzRuns(300); run++) {
    const shape = random.pick(/** @type {const} */ (['ai-sdk', 'ai-sdk-ui']))
    const messages = conversation(random, shape)
    if ((await refusal(shape, messages)) !== undefined) seen.refused++
    const { tokens } = tenon.context.fit(messages, { maxTokens: 1e9, dryRun: true })
    const maxTokens = Math.max(10, Math.floor((tokens * (40 + random.below(80))) / 100))
    let fitted
    try {
      fitted = tenon.context.fit(messages, { maxTokens }).messages
    } catch (error) {
      if (Object(error).code !== 'ERR_LIMIT') throw error
      continue
    }
    if (!fitted.some(({ role }) => role !== 'system')) continue
    seen.fitted++
    const where = `seed ${SEED}, run ${run}, ${maxTokens}: ${JSON.stringify(messages)}`
    assert.equal(await refusal(shape, fitted), undefined, where)
  }
  t.diagnostic(JSON.stringify(seen))
  assert.ok(seen.refused > 0 && seen.fitted > seen.refused, JSON.stringify(seen))
})
