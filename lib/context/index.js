'use strict'

const { checkBoolean, checkInteger, checkKeys, checkObject } = require('../arguments')
const { defineFeature } = require('../engines')
const { TenonError, invalidArgument } = require('../errors')
const { tokensOf } = require('../tokens/binding')
const { counterOf } = require('./counter')
const { remembering } = require('./memory')
const { Plan } = require('./plan')
const { readingsOf } = require('./readings')
const { SHAPES, edit } = require('./shapes')

const KEYS = Object.freeze([
  'maxTokens',
  'model',
  'encoding',
  'countTokens',
  'safetyFactor',
  'reserveTokens',
  'imageTokens',
  'shape',
  'keepTurns',
  'keepSteps',
  'pinned',
  'clear',
  'truncate',
  'pendingCalls',
  'dryRun'
])
const CLEAR_KEYS = Object.freeze([
  'triggerTokens',
  'keep',
  'clearAtLeastTokens',
  'excludeTools',
  'keepErrors',
  'placeholder'
])
const TRUNCATE_KEYS = Object.freeze(['maxTokens', 'excludeTools', 'marker'])

const DEFAULT_PLACEHOLDER = '[old tool result cleared]'
const DEFAULT_MARKER = '\n[… the middle of this output was cut …]\n'
/** An image of about a megapixel, the largest that the providers look at without scaling it down. */
const DEFAULT_IMAGE_TOKENS = 1600
/** By default a tool result is oversized beyond an eighth of the budget, and beyond 4,000 tokens. */
const OVERSIZED_FRACTION = 8
const OVERSIZED_TOKENS = 4000
/** Less would not hold a marker and something around it. */
const MIN_OUTPUT_TOKENS = 32

const feature = defineFeature({
  name: 'context',
  native: (addon) => remembering(tokensOf(addon)),
  fallback: () => remembering(require('./fallback'))
})

const tokenizer = {
  countBatch: feature.sync('countBatch'),
  encode: feature.sync('encode'),
  decode: feature.sync('decode')
}

/**
 * @param {readonly any[]} messages
 * @param {any} options
 */
function fitMessages(messages, options) {
  if (!Array.isArray(messages)) throw invalidArgument('messages', 'an array', messages)
  const checked = checkOptions(options)
  const counter = counterOf(tokenizer, options)
  if (checked.truncate) checkMarker(checked.truncate, counter)
  const plan = new Plan(messages, readingsOf(messages, checked.shape, counter), counter, checked).make()
  const changes = plan.changes()
  const result = {
    tokens: plan.total,
    tokensBefore: plan.tokensBefore,
    estimated: counter.estimated,
    dropped: [...plan.drops.keys()].sort((a, b) => a - b),
    changes,
    ...(changes.length > 0 && { firstChanged: changes[0].index })
  }
  return checked.dryRun ? result : { messages: build(messages, plan, checked.shape), ...result }
}

/**
 * What is left: the caller's own objects, and new ones in place of those that the plan edits.
 * @param {readonly object[]} messages
 * @param {Plan} plan
 * @param {string | undefined} shape
 */
function build(messages, { gone, drafts, drops }, shape) {
  if (drafts.size === 0 && drops.size === 0) return messages.slice()
  const built = []
  for (let index = 0; index < messages.length; index++) {
    if (gone[index]) continue
    const draft = drafts.get(index)
    built.push(draft ? edit(messages[index], shape, draft.edits) : messages[index])
  }
  return built
}

/**
 * @param {any} options
 * @returns {import('./plan').Options}
 */
function checkOptions(options) {
  checkObject('options', options)
  checkKeys(options, KEYS)
  const { maxTokens, reserveTokens = 0, imageTokens = DEFAULT_IMAGE_TOKENS, keepTurns = 1, dryRun = false } = options
  const { countTokens, safetyFactor, shape, keepSteps, pendingCalls = 'drop' } = options
  checkTokens('options.maxTokens', maxTokens, 1)
  checkTokens('options.reserveTokens', reserveTokens, 0)
  checkTokens('options.imageTokens', imageTokens, 0)
  if (reserveTokens >= maxTokens) {
    const message = `options.reserveTokens is ${reserveTokens}, which leaves nothing of options.maxTokens, ${maxTokens}`
    throw new TenonError('ERR_INVALID_ARG', message, { argument: 'reserveTokens' })
  }
  checkTokens('options.keepTurns', keepTurns, 1)
  if (keepSteps !== undefined) checkTokens('options.keepSteps', keepSteps, 1)
  checkBoolean('options.dryRun', dryRun)
  if (shape !== undefined) checkOneOf('options.shape', shape, Object.keys(SHAPES))
  checkOneOf('options.pendingCalls', pendingCalls, ['drop', 'keep'])
  if (countTokens !== undefined && typeof countTokens !== 'function')
    throw invalidArgument('options.countTokens', 'a function', countTokens)
  if (safetyFactor !== undefined && !(typeof safetyFactor === 'number' && safetyFactor >= 1 && safetyFactor <= 10))
    throw invalidArgument('options.safetyFactor', 'a number from 1 to 10', safetyFactor)
  const budget = maxTokens - reserveTokens
  return {
    maxTokens,
    reserveTokens,
    imageTokens,
    keepTurns,
    keepSteps,
    dryRun,
    shape,
    keepPending: pendingCalls === 'keep',
    pinned: checkPinned(options.pinned),
    clear: checkClear(options.clear, budget),
    truncate: checkTruncate(options.truncate, budget)
  }
}

/** @param {string} name @param {unknown} value @param {number} minimum */
function checkTokens(name, value, minimum) {
  checkInteger(name, value, minimum, Number.MAX_SAFE_INTEGER)
}

/** @param {string} name @param {unknown} value @param {readonly string[]} choices */
function checkOneOf(name, value, choices) {
  if (!choices.includes(/** @type {string} */ (value)))
    throw invalidArgument(name, `one of ${choices.join(', ')}`, value)
}

/** @param {string} name @param {unknown} value */
function checkFilled(name, value) {
  if (typeof value !== 'string' || value === '') throw invalidArgument(name, 'a string that is not empty', value)
}

/** @param {string} name @param {unknown} value */
function checkTools(name, value) {
  if (!Array.isArray(value)) throw invalidArgument(name, 'an array of names', value)
  for (const [index, tool] of value.entries())
    if (typeof tool !== 'string') throw invalidArgument(`${name}[${index}]`, 'a string', tool)
}

/** @param {unknown} pinned @returns {import('./plan').Options['pinned']} */
function checkPinned(pinned) {
  if (pinned === undefined || typeof pinned === 'function') return /** @type {any} */ (pinned)
  if (!Array.isArray(pinned)) throw invalidArgument('options.pinned', 'a function or an array of indices', pinned)
  pinned.forEach((index, at) => checkTokens(`options.pinned[${at}]`, index, 0))
  const indices = new Set(pinned)
  return (_, index) => indices.has(index)
}

/** @param {any} clear @param {number} budget @returns {import('./plan').Options['clear']} */
function checkClear(clear, budget) {
  if (clear === false) return undefined
  if (clear !== undefined) {
    checkObject('options.clear', clear)
    checkKeys(clear, CLEAR_KEYS)
  }
  const { triggerTokens = budget, keep = 3, clearAtLeastTokens = 0, excludeTools = [] } = clear ?? {}
  const { keepErrors = false, placeholder = DEFAULT_PLACEHOLDER } = clear ?? {}
  checkTokens('options.clear.triggerTokens', triggerTokens, 0)
  checkTokens('options.clear.keep', keep, 0)
  checkTokens('options.clear.clearAtLeastTokens', clearAtLeastTokens, 0)
  checkTools('options.clear.excludeTools', excludeTools)
  checkBoolean('options.clear.keepErrors', keepErrors)
  checkFilled('options.clear.placeholder', placeholder)
  return { triggerTokens, keep, clearAtLeastTokens, excludeTools, keepErrors, placeholder }
}

/** @param {any} truncate @param {number} budget @returns {import('./plan').Options['truncate']} */
function checkTruncate(truncate, budget) {
  if (truncate === false) return undefined
  if (truncate !== undefined) {
    checkObject('options.truncate', truncate)
    checkKeys(truncate, TRUNCATE_KEYS)
  }
  const usual = Math.max(MIN_OUTPUT_TOKENS, Math.min(OVERSIZED_TOKENS, Math.floor(budget / OVERSIZED_FRACTION)))
  const { maxTokens = usual, excludeTools = [], marker = DEFAULT_MARKER } = truncate ?? {}
  checkTokens('options.truncate.maxTokens', maxTokens, MIN_OUTPUT_TOKENS)
  checkTools('options.truncate.excludeTools', excludeTools)
  checkFilled('options.truncate.marker', marker)
  return { maxTokens, excludeTools, marker }
}

/** @param {{ maxTokens: number, marker: string }} truncate @param {import('./counter').Counter} counter */
function checkMarker({ maxTokens, marker }, counter) {
  if (marker === DEFAULT_MARKER) return
  const tokens = counter.scaled(counter.count([marker])[0])
  if (2 * tokens <= maxTokens) return
  const message = `options.truncate.marker has ${tokens} tokens, more than half of options.truncate.maxTokens, ${maxTokens}`
  throw new TenonError('ERR_INVALID_ARG', message, { argument: 'marker' })
}

const fit = /** @type {typeof import('../..').context.fit} */ (/** @type {any} */ (fitMessages))

module.exports = { fit }
