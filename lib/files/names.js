'use strict'

// Names as bytes and as strings: what `ignore` does, `files` does alike.

module.exports = require('../ignore/names')
