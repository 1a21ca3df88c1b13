'use strict'

const { createHash } = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { read } = require('./tokens')

/** Files of this many bytes together go in one batch. */
const BATCH_BYTES = 1 << 20
const CHECKPOINT = 'files'

/** @typedef {import('../..').log.Event} Event */
/** @typedef {{ events: [path: string, digest: string][], files: number, problems: number, resumed: number }} Answer */

/** @type {import('./files').Row} */
module.exports = {
  name: 'log',

  async run({ log }, { directory, answers }, report) {
    const { paths } = answers.files
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-start-'))
    const summary = { files: 0, bytes: 0 }
    let ms = 0
    /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
    const timed = async (work) => {
      const start = performance.now()
      const result = await work()
      ms += performance.now() - start
      return result
    }
    try {
      const place = path.join(folder, 'log')
      let writer = await timed(() => log.openLog(place, { durability: 'os' }))
      /** @type {{ data: Buffer[], type: string[], bytes: number }} */
      let batch = { data: [], type: [], bytes: 0 }
      const flush = async () => {
        const { data, type } = batch
        if (data.length === 0) return
        await timed(() => writer.appendBatch(data, { stream: 'files', type, timeMs: 0 }))
        batch = { data: [], type: [], bytes: 0 }
      }
      for (const [index, name] of paths.entries()) {
        const bytes = read(path.join(directory, name))
        // What is no text is left out here as in the row of tokens, which says so.
        if (Buffer.isBuffer(bytes)) {
          batch.data.push(bytes)
          batch.type.push(path.extname(name).slice(0, 20))
          batch.bytes += bytes.length
          summary.files++
          summary.bytes += bytes.length
          if (batch.bytes >= BATCH_BYTES) await flush()
        }
        // The log is read after it was written.
        report(index + 1, paths.length * 2)
      }
      await flush()
      await timed(() => writer.checkpoint(CHECKPOINT, { files: summary.files }))
      await timed(() => writer.append({ after: 'the checkpoint' }, { durability: 'disk', timeMs: 0 }))
      await timed(() => writer.close())

      writer = await timed(() => log.openLog(place))
      const { state, replayed } = await timed(() =>
        writer.restore(CHECKPOINT, (/** @type {any} */ before, /** @type {Event} */ event) => ({
          ...before,
          ...event.data
        }))
      )
      const { problems } = await timed(() => writer.verify())
      /** @type {Answer['events']} */
      const events = []
      const reading = writer.read({ stream: 'files' })[Symbol.asyncIterator]()
      for (;;) {
        const { value, done } = await timed(() => reading.next())
        if (done) break
        for (const { seq, streamSeq, type, data } of value) {
          const digest = createHash('sha256').update(data).digest('base64')
          events.push([`${seq} ${streamSeq} ${type}`, digest])
        }
        report(paths.length + events.length, paths.length * 2)
      }
      await timed(() => writer.close())
      const answer = { events, files: state.files, problems: problems.length, resumed: replayed }
      return { answer, summary, leftOut: [], ms }
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  },

  compare(/** @type {Answer} */ native, /** @type {Answer} */ fallback) {
    const count = Math.max(native.events.length, fallback.events.length)
    for (let index = 0; index < count; index++) {
      const [one, other] = [native.events[index], fallback.events[index]]
      if (String(one) !== String(other)) return `event ${index}: native ${one}, fallback ${other}`
    }
    for (const name of /** @type {const} */ (['files', 'problems', 'resumed'])) {
      if (native[name] !== fallback[name]) return `${name}: native ${native[name]}, fallback ${fallback[name]}`
    }
    return undefined
  }
}
