'use strict'

// The functions of every part in JavaScript.

module.exports = {
  ...require('./list/fallback'),
  ...require('./find/fallback')
}
