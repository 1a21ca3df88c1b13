'use strict'

// Which special tokens a call allows, and which it refuses.

const { TenonError, describe, invalidArgument } = require('../errors')
const { nameOf: encodingName } = require('./encodings')
const { specialTokens } = require('./special')

/** @typedef {{ allowedSpecial?: unknown, disallowedSpecial?: unknown }} SpecialOptions */

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The positions of all special tokens of an encoding. @type {Map<string, Uint32Array>} */
const everyPosition = new Map()

/**
 * The positions of the special tokens that a call allows; undefined for none. Throws where a text has one that the call
 * disallows.
 * @param {SpecialOptions} options
 * @param {number} encoding the position
 * @param {readonly (string | Uint8Array)[]} texts
 * @param {(index: number) => string} nameOf the argument's name of a text
 * @returns {Uint32Array | undefined}
 */
function allowedOf({ allowedSpecial, disallowedSpecial }, encoding, texts, nameOf) {
  if (allowedSpecial === undefined && disallowedSpecial === undefined) return undefined
  const name = encodingName(encoding)
  const allowed = positionsOf('options.allowedSpecial', allowedSpecial ?? [], name)
  const disallowed =
    disallowedSpecial === 'all'
      ? all(name).filter((position) => !allowed.includes(position))
      : positionsOf('options.disallowedSpecial', disallowedSpecial ?? [], name)
  if (disallowed.length > 0) refuse(texts, nameOf, disallowed, name)
  return allowed.length > 0 ? allowed : undefined
}

/** @param {string} name of an encoding */
function all(name) {
  let positions = everyPosition.get(name)
  if (!positions) everyPosition.set(name, (positions = Uint32Array.from(specialTokens(name).list, (_, index) => index)))
  return positions
}

/**
 * @param {string} argument
 * @param {unknown} value
 * @param {string} name of an encoding
 */
function positionsOf(argument, value, name) {
  if (value === 'all') return all(name)
  if (!Array.isArray(value)) throw invalidArgument(argument, "'all' or an array of special tokens", value)
  const { positions } = specialTokens(name)
  return Uint32Array.from(value, (text) => {
    const position = positions.get(text)
    if (position === undefined) {
      const message = `${argument} has ${describe(text)}, which is no special token of ${name}`
      throw new TenonError('ERR_INVALID_ARG', message, { argument: argument.replace('options.', '') })
    }
    return position
  })
}

/**
 * @param {readonly (string | Uint8Array)[]} texts
 * @param {(index: number) => string} nameOf
 * @param {Uint32Array} disallowed
 * @param {string} name of an encoding
 */
function refuse(texts, nameOf, disallowed, name) {
  const { list, positions } = specialTokens(name)
  const refused = new Set(disallowed)
  const special = expressionOf(Array.from(disallowed, (position) => list[position][0]))
  texts.forEach((input, index) => {
    const text = typeof input === 'string' ? input : decoder.decode(input)
    for (const { 0: found, index: at } of text.matchAll(special)) {
      const position = positions.get(found)
      if (position === undefined || !refused.has(position)) continue
      const message = `${nameOf(index)} has the special token ${list[position][0]} at ${at}, which is disallowed`
      throw new TenonError('ERR_INVALID_ARG', message, { argument: 'text', special: found, at })
    }
  })
}

/**
 * What finds special tokens, the longest where several begin. Those that are built in are written alike, and none is inside
 * another, so that looking for all of them is enough.
 * @param {string[]} texts
 */
function expressionOf(texts) {
  if (texts.every((text) => /^<\|\w+\|>$/.test(text))) return /<\|\w+\|>/g
  const longestFirst = texts.sort((a, b) => b.length - a.length)
  return new RegExp(longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'), 'g')
}

module.exports = { allowedOf }
