'use strict'

// No rival fits a conversation to a budget by the same rules, so none could answer alike: Tenon's engines are compared.

const { hash } = require('../answer')
const { source } = require('../corpus')

/** @typedef {import('.').Case} Case */
/** @typedef {{ role: string, content: string | null, tool_call_id?: string, tool_calls?: object[] }} Message */

const TENON = ['tenon-native', 'tenon-fallback']
const MESSAGES = 2000
const BYTES = 10e6
/** What an agent says between its calls is short: nearly all of it is what the tools answered. */
const STEPS_A_TURN = 4
/** More than 10 MB of source: nothing has to go. */
const AMPLE_TOKENS = 1e7
/** Less than a tenth of it. */
const TIGHT_TOKENS = 200_000

/**
 * 10 MB in 2,000 messages: turns of a question, four calls with their results, and an answer.
 * @param {string} name in each result, so that no two conversations share a text
 * @returns {Message[]}
 */
function conversation(name) {
  const turns = Math.floor(MESSAGES / (2 + 2 * STEPS_A_TURN))
  const outputs = source(Math.floor(BYTES / (turns * STEPS_A_TURN)), turns * STEPS_A_TURN)
  /** @type {Message[]} */
  const messages = []
  for (let turn = 0; turn < turns; turn++) {
    messages.push({ role: 'user', content: `${name}: go on with part ${turn}` })
    for (let step = 0; step < STEPS_A_TURN; step++) {
      const id = `${name} ${turn} ${step}`
      const call = { name: 'read', arguments: JSON.stringify({ path: `src/${id}.ts` }) }
      messages.push({ role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: call }] })
      messages.push({ role: 'tool', tool_call_id: id, content: `${id}\n${outputs[turn * STEPS_A_TURN + step]}` })
    }
    messages.push({ role: 'assistant', content: `Part ${turn} is done.` })
  }
  // As they come from a file or a socket: flat strings.
  return JSON.parse(JSON.stringify(messages))
}

/** @param {import('../..').context.Fitted<Message>} fitted */
const digest = ({ tokens, tokensBefore, changes, messages }) =>
  hash(JSON.stringify([tokens, tokensBefore, changes, messages]))

const FASTER = Object.freeze({
  says: 'native at least as fast as the fallback',
  kind: /** @type {const} */ ('ratio'),
  value: (/** @type {(engine: string) => number} */ median) => median('tenon-fallback') / median('tenon-native'),
  atLeast: 1
})

/** @param {string} says @param {number} atMost seconds @returns {import('.').Target} */
const within = (says, atMost) => ({ says, kind: 'time', value: (median) => median('tenon-native'), atMost })

/**
 * @param {string} name
 * @param {number} maxTokens
 * @returns {Case}
 */
function neverCounted(name, maxTokens) {
  return {
    name: `fit, 10 MB in 2,000 messages never counted, ${name}`,
    feature: 'context',
    unit: 'messages',
    engines: TENON,
    inputs: () => Array.from({ length: 6 }, (_, index) => conversation(`conversation ${index}`)),
    warm: 2,
    work: (messages) => messages.length,
    run: (engine, messages) => engine.fit(messages, { model: 'gpt-4o', maxTokens, keepTurns: 2 }),
    digest,
    targets: [within('10 MB in 2,000 messages in at most 30 ms', 30e-3), FASTER]
  }
}

/**
 * @param {string} name
 * @param {number} maxTokens
 * @returns {Case}
 */
function oneMore(name, maxTokens) {
  return {
    name: `fit, one more message behind 2,000, ${name}`,
    feature: 'context',
    unit: 'messages',
    engines: TENON,
    inputs: () => [conversation('the conversation')],
    work: () => MESSAGES + 1,
    run(engine, messages, call) {
      // Another one each time, in the same place: the list does not grow over the calls.
      messages[MESSAGES] = { role: 'user', content: `one more question, number ${call}` }
      return engine.fit(messages, { model: 'gpt-4o', maxTokens, keepTurns: 2 })
    },
    digest,
    targets: [within('after one more message in at most 1 ms', 1e-3)]
  }
}

/** @type {readonly Case[]} */
module.exports = [
  neverCounted('nothing to do', AMPLE_TOKENS),
  neverCounted('most of it cleared', TIGHT_TOKENS),
  oneMore('nothing to do', AMPLE_TOKENS),
  oneMore('most of it cleared', TIGHT_TOKENS)
]
