'use strict'

const { invalidArgument, TenonError } = require('../../errors')

/** The most patterns in a list, and the longest: more is no pattern that somebody wrote. */
const MAX_PATTERNS = 10_000
const MAX_PATTERN_LENGTH = 65_536

/**
 * Patterns as a list. What they mean is checked by the engines.
 * @param {string} name of the argument
 * @param {unknown} value
 * @returns {string[]}
 */
function checkPatterns(name, value) {
  const patterns = Array.isArray(value) ? value : [value]
  if (typeof value !== 'string' && !Array.isArray(value)) {
    throw invalidArgument(name, 'a string or an array of strings', value)
  }
  if (patterns.length > MAX_PATTERNS) {
    throw new TenonError('ERR_LIMIT', `${name} are more than ${MAX_PATTERNS}`, { argument: name })
  }
  patterns.forEach((pattern, index) => {
    const place = Array.isArray(value) ? `${name}[${index}]` : name
    if (typeof pattern !== 'string') throw invalidArgument(place, 'a string', pattern)
    if (pattern === '' || pattern.includes('\0')) throw invalidArgument(place, 'not empty and without NUL', pattern)
    if (pattern.length > MAX_PATTERN_LENGTH) {
      const message = `${place} has more than ${MAX_PATTERN_LENGTH} code units`
      throw new TenonError('ERR_LIMIT', message, { argument: name })
    }
  })
  return patterns
}

module.exports = { checkPatterns }
