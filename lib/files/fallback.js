'use strict'

// The functions of every part in JavaScript.

module.exports = {
  ...require('./list/fallback'),
  ...require('./glob/fallback'),
  ...require('./grep/fallback')
}
