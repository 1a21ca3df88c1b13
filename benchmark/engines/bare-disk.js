'use strict'

// The limits of a log: a write and an fdatasync into a file that has its length, JSON.parse, reading and writing a file.

const fs = require('node:fs')
const { place } = require('./scratch')

const FILE_BYTES = 16 << 20

/** @type {import('.').EngineModule} */
module.exports = {
  kind: 'limit',
  version: () => process.versions.node,
  open() {
    /** @type {number | undefined} */
    let file
    let end = 0
    /** @type {Map<readonly object[], string[]>} */
    const texts = new Map()
    return {
      appendDurable(/** @type {Uint8Array} */ event) {
        if (file === undefined) {
          file = fs.openSync(place(), 'w')
          fs.writeSync(file, Buffer.alloc(FILE_BYTES))
          fs.fdatasyncSync(file)
        }
        if (end + event.length > FILE_BYTES) end = 0
        fs.writeSync(file, event, 0, event.length, end)
        fs.fdatasyncSync(file)
        end += event.length
      },
      replay(/** @type {readonly object[]} */ events) {
        let lines = texts.get(events)
        if (!lines) texts.set(events, (lines = events.map((event) => JSON.stringify(event))))
        let last
        for (const line of lines) last = JSON.parse(line)
        return { count: lines.length, last }
      }
    }
  }
}
