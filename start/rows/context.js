'use strict'

const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

/** A longer conversation is no conversation; the files behind it are left out and counted. */
const MAX_CONVERSATION_BYTES = 64 << 20
/** An agent that reads so many files for each question. */
const FILES_A_TURN = 10
/** Of the tokens of all files; no model has less room than the least. */
const BUDGET_FRACTION = 4
const MIN_BUDGET_TOKENS = 8000

/** @typedef {{ role: string, content: string, tool_call_id?: string, tool_calls?: object[] }} Message */
/** @typedef {{ tokens: number, tokensBefore: number, dropped: number[], changes: object[], messages: string[] }} Answer */

/**
 * A conversation in which an agent reads the files that the row before has counted.
 * @param {string} directory
 * @param {[name: string, tokens: number][]} counts
 * @param {(done: number, total: number) => void} report
 */
function converse(directory, counts, report) {
  /** @type {Message[]} */
  const messages = [{ role: 'system', content: 'You read files and say what is in them.' }]
  /** @type {import('../left-out').LeftOut[]} */
  const leftOut = []
  const summary = { files: 0, bytes: 0, tokens: 0 }
  for (const [index, [name]] of counts.entries()) {
    if (summary.bytes > MAX_CONVERSATION_BYTES) {
      leftOut.push({ what: 'skipped', path: name, why: 'the conversation is long enough' })
      continue
    }
    let content
    try {
      content = fs.readFileSync(path.join(directory, name), 'utf8')
    } catch (error) {
      const { code } = Object(error)
      if (code === undefined) throw error
      leftOut.push({ what: 'unreadable', path: name, why: code })
      continue
    }
    if (summary.files % FILES_A_TURN === 0) messages.push({ role: 'user', content: `Go on with ${name}.` })
    const call = { name: 'read', arguments: JSON.stringify({ path: name }) }
    messages.push({ role: 'assistant', content: '', tool_calls: [{ id: name, type: 'function', function: call }] })
    messages.push({ role: 'tool', tool_call_id: name, content })
    summary.files++
    summary.bytes += Buffer.byteLength(content)
    report(index + 1, counts.length)
  }
  return { messages, leftOut, summary }
}

/** @type {import('./files').Row} */
module.exports = {
  name: 'context',

  async run({ context }, { directory, answers }, report) {
    const { counts } = answers.tokens
    const { messages, leftOut, summary } = converse(directory, counts, report)
    const all = counts.reduce(
      (/** @type {number} */ sum, /** @type {[string, number]} */ [, tokens]) => sum + tokens,
      0
    )
    const maxTokens = Math.max(MIN_BUDGET_TOKENS, Math.floor(all / BUDGET_FRACTION))
    // The first call loads the vocabulary; `npm run bench` measures that alone.
    context.fit([{ role: 'user', content: 'Hello.' }], { maxTokens })
    const start = performance.now()
    const fitted = context.fit(messages, { maxTokens })
    const ms = performance.now() - start
    const { tokens, tokensBefore, dropped, changes } = fitted
    summary.tokens = tokensBefore
    const hashes = fitted.messages.map((/** @type {Message} */ message) =>
      createHash('sha256').update(JSON.stringify(message)).digest('base64')
    )
    return { answer: { tokens, tokensBefore, dropped, changes, messages: hashes }, summary, leftOut, ms }
  },

  compare(/** @type {Answer} */ native, /** @type {Answer} */ fallback) {
    for (const what of /** @type {const} */ (['tokensBefore', 'tokens', 'dropped', 'changes', 'messages'])) {
      const [byNative, byFallback] = [native[what], fallback[what]].map((value) => JSON.stringify(value))
      if (byNative === byFallback) continue
      let at = 0
      while (byNative[at] === byFallback[at]) at++
      const [found, expected] = [byNative, byFallback].map((text) => text.slice(Math.max(0, at - 20), at + 40))
      return `${what}: native …${found}…, fallback …${expected}…`
    }
    return undefined
  }
}
