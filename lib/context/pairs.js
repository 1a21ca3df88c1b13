'use strict'

// Which result answers which call. Identifiers recur (some models number their calls anew each turn), so a result
// belongs to the last call before it with its identifier that is still open.

/** @typedef {import('./reading').Reading} Reading */
/** @typedef {import('./reading').Call} Call */
/** @typedef {import('./reading').Result} Result */
/** @typedef {{ index: number, call: Call }} OpenCall */
/** @typedef {{ index: number, result: Result, callIndex: number, name: string }} Pair */
/**
 * @typedef {object} Pairing
 * @property {Pair[]} pairs in the order of the results
 * @property {[number, number][]} links messages that live and die together, calls and results aside
 * @property {Orphan[]} orphans
 */
/** @typedef {{ index: number, place: number, reason: string, item: { call: Call } | { result: Result } | { response: import('./reading').Response } | { request: import('./reading').Request } }} Orphan */

const NO_RESULT = 'tool call without a result'
const NO_CALL = 'tool result without a call'
const NO_REQUEST = 'approval without its request'
const NO_APPROVED_CALL = 'approval request without its call'

/**
 * @param {readonly Reading[]} readings
 * @param {boolean} keepPending whether calls that the end of the list leaves open stay
 * @returns {Pairing}
 */
function pair(readings, keepPending) {
  /** @type {Record<import('./reading').Adjacency, Map<string, OpenCall>>} */
  const open = { chat: new Map(), anthropic: new Map(), 'ai-sdk': new Map(), anywhere: new Map() }
  const maps = Object.values(open)
  /** @type {Pair[]} */
  const pairs = []
  /** @type {[number, number][]} */
  const links = []
  /** @type {Orphan[]} */
  const orphans = []
  /** @typedef {{ index: number, request: import('./reading').Request, call?: Call, answer?: Orphan }} Asked */
  /** @type {Map<string, Asked>} */
  const requests = new Map()
  /** @type {Asked[]} */
  const allAsked = []
  /** Calls that were approved: at the end of the list they are about to run. @type {Set<Call>} */
  const approved = new Set()
  const orphan = (/** @type {OpenCall} */ { index, call }) =>
    void orphans.push({ index, place: call.place, reason: NO_RESULT, item: { call } })
  const latest = (/** @type {string} */ id) => {
    /** @type {OpenCall | undefined} */
    let found
    for (const map of maps) {
      const candidate = map.size === 0 ? undefined : map.get(id)
      if (candidate && (!found || candidate.index > found.index)) found = candidate
    }
    return found
  }
  const close = (/** @type {Map<string, OpenCall>} */ calls) => {
    if (calls.size === 0) return
    for (const left of calls.values()) orphan(left)
    calls.clear()
  }
  /** Where a shape wants the results next, it refuses the call that something else follows. */
  const closeBefore = (/** @type {Reading['role']} */ role, /** @type {boolean} */ behindAssistant) => {
    close(open.chat)
    if (role !== 'assistant' || !behindAssistant) close(open.anthropic)
    if (role === 'user' || role === 'system') close(open['ai-sdk'])
  }
  let lastUser = -1

  for (let index = 0; index < readings.length; index++) {
    const reading = readings[index]
    const { role, calls, results } = reading
    const answers = role !== 'assistant' && results.length + reading.responses.length > 0
    const orphansBefore = orphans.length
    if (!answers) closeBefore(role, index > 0 && readings[index - 1].role === 'assistant')
    if (!answers && role === 'user') lastUser = index
    for (let at = 0; at < calls.length; at++) {
      const call = calls[at]
      if (call.settled) continue
      const same = open[call.adjacency].get(call.id)
      if (same) {
        open[call.adjacency].delete(call.id)
        orphan(same)
      }
      open[call.adjacency].set(call.id, { index, call })
    }
    for (let at = 0; at < results.length; at++) {
      const result = results[at]
      if (result.inside) {
        pairs.push({ index, result, callIndex: index, name: result.name ?? '' })
        continue
      }
      const found = latest(result.id)
      if (!found) {
        orphans.push({ index, place: result.place, reason: NO_CALL, item: { result } })
        continue
      }
      open[found.call.adjacency].delete(result.id)
      pairs.push({ index, result, callIndex: found.index, name: found.call.name })
    }
    for (const request of reading.requests) {
      const { callId } = request
      const call = callId === undefined ? undefined : latest(callId)
      // Without `callId` the request is the call.
      if (callId !== undefined && !call)
        orphans.push({ index, place: request.place, reason: NO_APPROVED_CALL, item: { request } })
      else {
        if (call) links.push([call.index, index])
        const asked = { index, request, call: call?.call }
        requests.set(request.id, asked)
        allAsked.push(asked)
      }
    }
    for (const response of reading.responses) {
      const request = requests.get(response.id)
      const answer = { index, place: response.place, reason: NO_REQUEST, item: { response } }
      if (!request || request.answer) {
        orphans.push(answer)
        continue
      }
      request.answer = answer
      links.push([request.index, index])
      if (request.call) approved.add(request.call)
    }
    if (answers && reading.speaks) {
      // What is left of it when its results are orphans, or what it says behind them, ends the answers.
      const isAnswer = orphans.length - orphansBefore < results.length + reading.responses.length
      if (isAnswer) close(open.anthropic)
      else closeBefore(role, false)
    }
  }
  for (const [name, calls] of Object.entries(open)) {
    for (const left of calls.values()) {
      // Anthropic goes on with a turn that it paused, from the call of its own tool.
      const paused = left.call.hosted && left.index === readings.length - 1
      const pending = keepPending && (name !== 'anywhere' || left.index > lastUser)
      if (!paused && !pending && !approved.has(left.call)) orphan(left)
    }
  }
  const without = new Set(orphans.map(({ item }) => ('call' in item ? item.call : undefined)))
  for (const { index, request, call, answer } of allAsked) {
    if (!call || !without.has(call)) continue
    orphans.push({ index, place: request.place, reason: NO_APPROVED_CALL, item: { request } })
    if (answer) orphans.push(answer)
  }
  return { pairs, links, orphans }
}

module.exports = { pair }
