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

/** The calls that have no result yet. */
class OpenCalls {
  /** @param {(left: OpenCall) => void} onOrphan is told of a call that can have no result any more */
  constructor(onOrphan) {
    this.onOrphan = onOrphan
    /** The only one that is open, where there is but one: most calls are answered next. @type {OpenCall | undefined} */
    this.single = undefined
    /** @type {Record<import('./reading').Adjacency, Map<string, OpenCall>>} */
    this.byAdjacency = { chat: new Map(), anthropic: new Map(), 'ai-sdk': new Map(), anywhere: new Map() }
    this.maps = Object.values(this.byAdjacency)
  }

  /** @param {number} index @param {Call} call */
  add(index, call) {
    if (!this.single && this.maps.every(({ size }) => size === 0)) {
      this.single = { index, call }
      return
    }
    this.spread()
    const calls = this.byAdjacency[call.adjacency]
    const same = calls.get(call.id)
    if (same) {
      calls.delete(call.id)
      this.onOrphan(same)
    }
    calls.set(call.id, { index, call })
  }

  spread() {
    const { single } = this
    if (!single) return
    this.single = undefined
    this.byAdjacency[single.call.adjacency].set(single.call.id, single)
  }

  /** The last one with that identifier. @param {string} id @returns {OpenCall | undefined} */
  find(id) {
    if (this.single) return this.single.call.id === id ? this.single : undefined
    /** @type {OpenCall | undefined} */
    let found
    for (const calls of this.maps) {
      const candidate = calls.size === 0 ? undefined : calls.get(id)
      if (candidate && (!found || candidate.index > found.index)) found = candidate
    }
    return found
  }

  /** As `find`, and it is open no more. @param {string} id */
  take(id) {
    const found = this.find(id)
    if (found === this.single) this.single = undefined
    else if (found) this.byAdjacency[found.call.adjacency].delete(id)
    return found
  }

  /**
   * Where a shape wants the results next, it refuses the call that something else follows.
   * @param {Reading['role']} role of what follows
   * @param {boolean} behindAssistant whether it follows an answer
   */
  closeBefore(role, behindAssistant) {
    this.close('chat')
    if (role !== 'assistant' || !behindAssistant) this.close('anthropic')
    if (role === 'user' || role === 'system') this.close('ai-sdk')
  }

  /** @param {import('./reading').Adjacency} adjacency */
  close(adjacency) {
    if (this.single?.call.adjacency === adjacency) {
      this.onOrphan(this.single)
      this.single = undefined
    }
    const calls = this.byAdjacency[adjacency]
    if (calls.size === 0) return
    for (const left of calls.values()) this.onOrphan(left)
    calls.clear()
  }

  /** @returns {OpenCall[]} */
  rest() {
    this.spread()
    return this.maps.flatMap((calls) => [...calls.values()])
  }
}

/** Approvals of calls, and the calls that were approved. */
class Approvals {
  constructor() {
    /** @typedef {{ index: number, request: import('./reading').Request, call?: Call, answer?: Orphan }} Asked */
    /** @type {Asked[]} */
    this.all = []
    /** @type {Map<string, Asked>} */
    this.byId = new Map()
    /** Where calls were approved: what the last message approves is about to run. @type {Map<Call, number>} */
    this.approved = new Map()
  }

  /**
   * @param {number} index
   * @param {Reading} reading
   * @param {OpenCalls} open
   * @param {Pairing} pairing
   */
  read(index, { requests, responses }, open, { links, orphans }) {
    for (const request of requests) {
      const { callId } = request
      const called = callId === undefined ? undefined : open.find(callId)
      // Without `callId` the request is the call.
      if (callId !== undefined && !called) {
        orphans.push({ index, place: request.place, reason: NO_APPROVED_CALL, item: { request } })
        continue
      }
      if (called) links.push([called.index, index])
      const asked = { index, request, call: called?.call }
      this.all.push(asked)
      this.byId.set(request.id, asked)
    }
    for (const response of responses) {
      const asked = this.byId.get(response.id)
      const answer = { index, place: response.place, reason: NO_REQUEST, item: { response } }
      if (!asked || asked.answer) {
        orphans.push(answer)
        continue
      }
      asked.answer = answer
      links.push([asked.index, index])
      if (asked.call) this.approved.set(asked.call, index)
    }
  }

  /** @param {Call} call */
  approvedAt(call) {
    return this.approved.get(call) ?? -1
  }

  /** Requests whose calls are orphans, and their answers, are orphans too. @param {Orphan[]} orphans */
  follow(orphans) {
    if (this.all.length === 0) return
    const without = new Set(orphans.map(({ item }) => ('call' in item ? item.call : undefined)))
    for (const { index, request, call, answer } of this.all) {
      if (!call || !without.has(call)) continue
      orphans.push({ index, place: request.place, reason: NO_APPROVED_CALL, item: { request } })
      if (answer) orphans.push(answer)
    }
  }
}

/**
 * @param {readonly Reading[]} readings
 * @param {boolean} keepPending whether calls that the end of the list leaves open stay
 * @returns {Pairing}
 */
function pair(readings, keepPending) {
  /** @type {Pairing} */
  const pairing = { pairs: [], links: [], orphans: [] }
  const { pairs, orphans } = pairing
  const orphan = (/** @type {OpenCall} */ { index, call }) =>
    void orphans.push({ index, place: call.place, reason: NO_RESULT, item: { call } })
  const open = new OpenCalls(orphan)
  const approvals = new Approvals()
  let lastUser = -1

  for (let index = 0; index < readings.length; index++) {
    const reading = readings[index]
    const { role, calls, results, requests, responses } = reading
    const answers = role !== 'assistant' && results.length + responses.length > 0
    const orphansBefore = orphans.length
    if (!answers) {
      open.closeBefore(role, index > 0 && readings[index - 1].role === 'assistant')
      if (role === 'user') lastUser = index
    }
    for (let at = 0; at < calls.length; at++) if (!calls[at].settled) open.add(index, calls[at])
    for (let at = 0; at < results.length; at++) {
      const result = results[at]
      if (result.inside) {
        pairs.push({ index, result, callIndex: index, name: result.name ?? '' })
        continue
      }
      const called = open.take(result.id)
      if (called) pairs.push({ index, result, callIndex: called.index, name: called.call.name })
      else orphans.push({ index, place: result.place, reason: NO_CALL, item: { result } })
    }
    if (requests.length + responses.length > 0) approvals.read(index, reading, open, pairing)
    if (answers && reading.speaks) {
      // What is left of it when its results are orphans, or what it says behind them, ends the answers.
      if (orphans.length - orphansBefore < results.length + responses.length) open.close('anthropic')
      else open.closeBefore(role, false)
    }
  }
  for (const left of open.rest()) {
    // Anthropic goes on with a turn that it paused, from the call of its own tool.
    const resumes = left.call.resumes && left.index === readings.length - 1
    const pending = keepPending && (left.call.adjacency !== 'anywhere' || left.index > lastUser)
    if (!resumes && !pending && approvals.approvedAt(left.call) < readings.length - 1) orphan(left)
  }
  approvals.follow(orphans)
  return pairing
}

module.exports = { pair }
