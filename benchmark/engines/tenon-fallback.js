'use strict'

module.exports = require('./tenon').tenonEngine('fallback')
