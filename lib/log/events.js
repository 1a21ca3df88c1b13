'use strict'

// Events as they cross to an engine and back: bytes and numbers, one after the other.

const { types } = require('node:util')
const { TenonError, invalidArgument } = require('../errors')

/** @typedef {import('./store').Packet} Packet */
/** @typedef {import('../..').log.Event} Event */

const BYTES = 0
const STRING = 1
const JSON_TEXT = 2

/** Numbers of an event on the way to an engine. */
const META = 8
const MAX_EVENT_BYTES = 2 ** 28
/** With what each event takes besides. */
const MAX_BATCH_BYTES = 2 ** 29
const RECORD_BYTES = 40

/** Of these JSON says `{}`, or something else that nobody meant. */
const LOST_IN_JSON = [
  types.isPromise,
  types.isNativeError,
  types.isMap,
  types.isSet,
  types.isWeakMap,
  types.isWeakSet,
  types.isRegExp,
  types.isAnyArrayBuffer,
  types.isArrayBufferView
]

/** What a text in JSON stands for, where it is not what the caller sees as data. */
class JsonText {
  /** @param {string} text */
  constructor(text) {
    this.text = text
  }
}

/**
 * What is stored of an event's data: its kind, and bytes or a text.
 * @param {string} name
 * @param {unknown} data
 * @returns {{ kind: number, content: string | Uint8Array }}
 */
function contentOf(name, data) {
  if (typeof data === 'string') {
    // Half a character has no UTF-8, but JSON can say it.
    return data.isWellFormed() ? { kind: STRING, content: data } : { kind: JSON_TEXT, content: JSON.stringify(data) }
  }
  if (types.isUint8Array(data)) return { kind: BYTES, content: data }
  if (data instanceof JsonText) return { kind: JSON_TEXT, content: data.text }
  if (typeof data !== 'object' || data === null || LOST_IN_JSON.some((is) => is(data))) {
    throw invalidArgument(name, 'a Uint8Array, a string or an object that JSON can tell', data)
  }
  let content
  try {
    content = JSON.stringify(data)
  } catch (cause) {
    const message = `${name} cannot be told in JSON: ${Object(cause).message ?? cause}`
    throw new TenonError('ERR_INVALID_ARG', message, { argument: name, cause })
  }
  if (content === undefined) throw invalidArgument(name, 'what JSON can tell', data)
  return { kind: JSON_TEXT, content }
}

/** @param {string | Uint8Array} content */
function byteLength(content) {
  return typeof content === 'string' ? Buffer.byteLength(content) : content.length
}

/**
 * A batch for an engine.
 * @param {string} name of the data, for errors
 * @param {readonly unknown[]} events
 * @param {{ stream: (index: number) => string, type: (index: number) => string, timeMs: (index: number) => number,
 *           key: string, expectedSeq: number }} told
 * @returns {{ bytes: Uint8Array, meta: Float64Array }}
 */
function pack(name, events, told) {
  const meta = new Float64Array(events.length * META)
  const contents = new Array(events.length)
  let total = 0
  let stored = 0
  for (let index = 0; index < events.length; index++) {
    const { kind, content } = contentOf(events.length === 1 ? name : `${name}[${index}]`, events[index])
    const dataBytes = byteLength(content)
    if (dataBytes > MAX_EVENT_BYTES) {
      const message = `an event has ${dataBytes} bytes; the limit is ${MAX_EVENT_BYTES}`
      throw new TenonError('ERR_LIMIT', message, { argument: name, maxBytes: MAX_EVENT_BYTES })
    }
    contents[index] = content
    const at = index * META
    meta[at] = byteLength(told.stream(index))
    meta[at + 1] = byteLength(told.type(index))
    meta[at + 2] = index === 0 ? byteLength(told.key) : 0
    meta[at + 3] = dataBytes
    meta[at + 4] = kind
    meta[at + 5] = told.timeMs(index)
    meta[at + 6] = index === 0 ? told.expectedSeq : -1
    meta[at + 7] = index + 1 < events.length ? 1 : 0
    const bodyBytes = meta[at] + meta[at + 1] + meta[at + 2] + dataBytes
    total += bodyBytes
    stored += RECORD_BYTES + Math.ceil(bodyBytes / 8) * 8
    if (stored > MAX_BATCH_BYTES) {
      throw new TenonError('ERR_LIMIT', `a batch has more than ${MAX_BATCH_BYTES} bytes`, {
        argument: name,
        maxBytes: MAX_BATCH_BYTES
      })
    }
  }
  const bytes = Buffer.allocUnsafe(total)
  let end = 0
  for (let index = 0; index < events.length; index++) {
    end += bytes.write(told.stream(index), end)
    end += bytes.write(told.type(index), end)
    if (index === 0) end += bytes.write(told.key, end)
    const content = contents[index]
    if (typeof content === 'string') end += bytes.write(content, end)
    else {
      // Changed from another thread meanwhile, perhaps; its length cannot be.
      bytes.set(content, end)
      end += content.length
    }
  }
  return { bytes, meta }
}

/**
 * Bytes or a state as it was given.
 * @param {number} kind
 * @param {Uint8Array} bytes
 */
function dataOf(kind, bytes) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (kind === BYTES) return buffer
  const text = buffer.toString('utf8')
  return kind === STRING ? text : JSON.parse(text)
}

/**
 * The events of a packet. Those of bytes share its memory.
 * @param {Packet} packet
 * @returns {Event[]}
 */
function unpack({ bytes, meta, names }) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = meta.length / 6
  const events = new Array(count)
  let start = 0
  for (let index = 0; index < count; index++) {
    const at = index * 6
    const kind = meta[at + 3]
    const end = start + meta[at + 4]
    const named = meta[at + 5]
    const type = named & 0xffff
    events[index] = {
      seq: meta[at],
      streamSeq: meta[at + 1],
      stream: names[(named - type) / 0x10000],
      type: names[type],
      timeMs: meta[at + 2],
      data:
        kind === BYTES
          ? buffer.subarray(start, end)
          : kind === STRING
            ? buffer.toString('utf8', start, end)
            : JSON.parse(buffer.toString('utf8', start, end))
    }
    start = end
  }
  return events
}

module.exports = { BYTES, JSON_TEXT, JsonText, MAX_EVENT_BYTES, META, STRING, contentOf, dataOf, pack, unpack }
