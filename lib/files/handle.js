'use strict'

// What is open for a while is a handle, as the trees of `ignore` are.

module.exports = require('../ignore/handle')
