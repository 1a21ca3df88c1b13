'use strict'

// What the planner knows of a message, whatever its shape.

const { TenonError, describe } = require('../errors')

/**
 * Framing and role of a message: 3 tokens and 1, as OpenAI's cookbook counts chat messages. Items of the Responses API
 * and messages of other shapes are framed alike.
 */
const MESSAGE_TOKENS = 4
/** A name costs its tokens and one. */
const NAME_TOKENS = 1
/** What frames a call besides its name and arguments, and a result besides its text: as in OpenAI's harmony format. */
const CALL_TOKENS = 8
const RESULT_TOKENS = 8
/** Encrypted reasoning is base64 of what has about four bytes a token. */
const OPAQUE_UNITS_PER_TOKEN = 16 / 3

/** @typedef {'chat' | 'anthropic' | 'ai-sdk' | 'anywhere'} Adjacency where the result of a call has to stand */
/**
 * @typedef {object} Call
 * @property {string} id
 * @property {string} name
 * @property {number} place in the list that holds it; -1 where the message is the call
 * @property {Adjacency} adjacency
 * @property {number} from the first of its texts
 * @property {number} to behind the last of them
 * @property {boolean} settled needs no result: it is in the same part
 * @property {boolean} resumes needs no result where it is in the last message: the provider runs it, or it was approved
 */
/**
 * @typedef {object} Result
 * @property {string} id
 * @property {number} place as of a call
 * @property {boolean} error
 * @property {number} from the first of its texts
 * @property {number} to behind the last of them
 * @property {number} media images, files and audio in it
 * @property {boolean} editable whether text may take its place
 * @property {boolean} inside whether it stands in the same part as its call
 * @property {string} [name] of the tool, where the result says it
 */
/** @typedef {{ id: string, place: number, callId?: string }} Request an approval that was asked for */
/** @typedef {{ id: string, place: number, from: number, to: number }} Response an approval that was given or denied */

class Reading {
  /** @param {'system' | 'user' | 'assistant' | 'tool'} role */
  constructor(role) {
    this.role = role
    /** The role it has once nothing in it pairs with other messages any more. */
    this.roleAlone = role
    /** @type {string[]} */
    this.texts = []
    this.fixed = MESSAGE_TOKENS
    this.media = 0
    /** @type {Call[]} */
    this.calls = []
    /** @type {Result[]} */
    this.results = []
    /** @type {Request[]} */
    this.requests = []
    /** @type {Response[]} */
    this.responses = []
    /** Whether it says something besides calls, results, approvals and reasoning. */
    this.speaks = false
    /** Whether it is a reasoning item of the Responses API, which must not be last. */
    this.reasoning = false
    /** Tokens of each text, and of all; set when they are counted. @type {number[]} */
    this.counts = []
    this.textTokens = 0
    /** What was read, and a snapshot of it. @type {object | undefined} */
    this.message = undefined
    /** @type {unknown} */
    this.taken = undefined
  }

  /** Whether it is an answer that says nothing, or reasoning alone. Items of the Responses API are judged together. */
  get isEmpty() {
    return this.role === 'assistant' && this.items === 0 && !this.speaks && !this.reasoning
  }

  /** Calls, results and approvals in it. */
  get items() {
    return this.calls.length + this.results.length + this.requests.length + this.responses.length
  }

  /** @param {unknown} value */
  text(value) {
    if (typeof value === 'string' && value !== '') this.texts.push(value)
  }

  /** The JSON of a value that models see as JSON; a string as it is. @param {unknown} value */
  json(value) {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    if (text !== undefined && text !== '') this.texts.push(text)
  }

  /** @param {unknown} data */
  opaque(data) {
    if (typeof data === 'string') this.fixed += Math.ceil(data.length / OPAQUE_UNITS_PER_TOKEN)
  }

  /** @param {unknown} name */
  named(name) {
    if (typeof name !== 'string' || name === '') return
    this.fixed += NAME_TOKENS
    this.texts.push(name)
  }

  /** @param {Pick<Call, 'id' | 'name' | 'place' | 'adjacency'> & Partial<Call>} call @param {unknown} input */
  call(call, input) {
    const from = this.texts.length
    this.fixed += CALL_TOKENS
    this.text(call.name)
    this.json(input)
    this.calls.push({ settled: false, resumes: false, ...call, from, to: this.texts.length })
  }

  /** @param {Pick<Response, 'id' | 'place'>} response @param {unknown} reason */
  response(response, reason) {
    const from = this.texts.length
    this.text(reason)
    this.responses.push({ ...response, from, to: this.texts.length })
  }

  /**
   * @param {Pick<Result, 'id' | 'place'> & Partial<Result>} result
   * @param {() => void} content reads what the result says
   */
  result(result, content) {
    const from = this.texts.length
    const media = this.media
    content()
    this.fixed += RESULT_TOKENS
    this.results.push({
      error: false,
      editable: true,
      inside: false,
      ...result,
      from,
      to: this.texts.length,
      media: this.media - media
    })
  }
}

/**
 * An identifier that pairs calls and results.
 * @param {unknown} id
 * @param {string} name
 * @returns {string}
 */
function identifier(id, name) {
  if (typeof id === 'string' && id !== '') return id
  throw new TenonError('ERR_INVALID_ARG', `${name} must be a string that is not empty, not ${describe(id)}`, {
    argument: 'messages'
  })
}

/** The role by the names of every shape. @param {unknown} role @param {string} name */
function roleOf(role, name) {
  switch (role) {
    case 'system':
    case 'developer':
      return 'system'
    case 'user':
    case 'assistant':
      return role
    case 'tool':
    case 'function':
      return 'tool'
  }
  throw new TenonError(
    'ERR_INVALID_ARG',
    `${name}.role must be one of system, developer, user, assistant, tool, function, not ${describe(role)}`,
    { argument: 'messages' }
  )
}

module.exports = { CALL_TOKENS, MESSAGE_TOKENS, NAME_TOKENS, RESULT_TOKENS, Reading, identifier, roleOf }
