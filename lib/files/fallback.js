'use strict'

// The functions of every part in JavaScript.

module.exports = {
  ...require('./list/fallback'),
  ...require('./find/fallback'),
  ...require('./glob/fallback'),
  ...require('./grep/fallback')
}
