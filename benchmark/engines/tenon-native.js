'use strict'

module.exports = require('./tenon').tenonEngine('native')
