'use strict'

const fs = require('node:fs')

/** The most memory this process has had. On Linux `maxRSS` of a child starts at its parent's; `VmHWM` does not. */
function peakBytes() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync('/proc/self/status', 'latin1'))?.[1]) * 1024
}

module.exports = { peakBytes }
