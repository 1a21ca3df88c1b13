'use strict'

// An event of the saver: the length of a header in four bytes, the header in JSON, and the values it tells of, one after the other.

const { TenonError } = require('../../errors')

/** What a serializer made of a value. @typedef {{ type: string, bytes: Uint8Array }} Value */
/** Where a value stands in the data of an event. @typedef {{ seq: number, type: string, start: number, end: number }} Place */
/** @typedef {{ type: string, bytes: number }} Told */

/**
 * @param {object} header
 * @param {Value[]} values
 */
function encode(header, values) {
  const text = Buffer.from(
    JSON.stringify({ ...header, values: values.map(({ type, bytes }) => ({ type, bytes: bytes.length })) })
  )
  const length = Buffer.alloc(4)
  length.writeUInt32LE(text.length)
  return Buffer.concat([length, text, ...values.map(({ bytes }) => bytes)])
}

/**
 * The header, and where its values are.
 * @param {number} seq
 * @param {unknown} data
 * @returns {{ header: any, places: Place[] }}
 */
function decode(seq, data) {
  try {
    const bytes = /** @type {Buffer} */ (data)
    const headerEnd = 4 + bytes.readUInt32LE(0)
    const header = JSON.parse(bytes.toString('utf8', 4, headerEnd))
    let end = headerEnd
    const places = header.values.map((/** @type {Told} */ { type, bytes: length }) => {
      const start = end
      end += length
      return { seq, type, start, end }
    })
    if (end !== bytes.length) throw new RangeError(`its values have ${end - headerEnd} bytes`)
    return { header, places }
  } catch (cause) {
    const message = `event ${seq} has a type of the LangGraph saver, and is none of its events: ${Object(cause).message}`
    throw new TenonError('ERR_CORRUPT', message, { seq, cause })
  }
}

module.exports = { decode, encode }
