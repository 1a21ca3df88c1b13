'use strict'

// The readings of a list of messages, with their counts: remembered by message, and read anew where it has changed.

const { TenonError } = require('../errors')
const shapes = require('./shapes')
const { snapshot, unchanged } = require('./snapshot')

/** Of code units, as in `tokens`. */
const MAX_TEXT_LENGTH = 2 ** 27

/** @typedef {import('./reading').Reading} Reading */

/**
 * @param {readonly object[]} messages
 * @param {string | undefined} shape
 * @param {import('./counter').Counter} counter
 * @returns {Reading[]}
 */
function readingsOf(messages, shape, counter) {
  const known = counter.counting.readingsOf(shape)
  /** @type {Reading[]} */
  const readings = new Array(messages.length)
  // A conversation grows at its end: most messages are where they were.
  const last = messages.length > 0 ? known.lists.get(messages[0]) : undefined
  const fresh = []
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index]
    const there = last?.[index]
    const found = there?.message === message ? there : known.readings.get(message)
    if (found !== undefined && unchanged(message, found.taken)) readings[index] = found
    else {
      const reading = (readings[index] = read(message, shape, `messages[${index}]`))
      fresh.push({ message, reading })
    }
  }
  if (fresh.length > 0) {
    /** @type {string[]} */
    const texts = []
    for (const { reading } of fresh) for (const text of reading.texts) texts.push(text)
    const counts = texts.length === 0 ? [] : counter.count(texts)
    let at = 0
    for (const { message, reading } of fresh) {
      for (let place = 0; place < reading.texts.length; place++) {
        reading.counts.push(counts[at])
        reading.textTokens += counts[at++]
      }
      reading.message = message
      known.readings.set(message, reading)
    }
  }
  if (messages.length > 0) known.lists.set(messages[0], readings)
  return readings
}

/** @param {unknown} message @param {string | undefined} shape @param {string} name */
function read(message, shape, name) {
  // First of all, because it ends at cycles.
  const taken = snapshot(message, name)
  const reading = shapes.read(message, shape, name)
  reading.taken = taken
  for (const { length } of reading.texts) {
    if (length <= MAX_TEXT_LENGTH) continue
    const text = `${name} has a text of ${length} code units; the limit is ${MAX_TEXT_LENGTH}`
    throw new TenonError('ERR_LIMIT', text, { argument: 'messages' })
  }
  return reading
}

module.exports = { readingsOf }
