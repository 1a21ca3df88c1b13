'use strict'

// What `context` asks of an engine, in JavaScript: counts for the plan, ids and their text for the cuts.

const { countBatch, decode, encode } = require('../tokens/fallback')

module.exports = { countBatch, decode, encode }
