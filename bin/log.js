'use strict'

const fs = require('node:fs')

/** @typedef {typeof import('..')} Tenon */
/** @typedef {import('..').log.Event} Event */
/** @typedef {{ stream?: string, type?: string[], from?: number, to?: number, reverse?: boolean, limit?: number }} Choice */

/** @param {unknown} value */
const print = (value) => process.stdout.write(JSON.stringify(value) + '\n')

/** A line as `exportJsonl` writes it. @param {Event} event */
function line({ seq, streamSeq, stream, type, timeMs, data }) {
  const head = { seq, streamSeq, stream, type, timeMs }
  return data instanceof Uint8Array ? { ...head, base64: Buffer.from(data).toString('base64') } : { ...head, data }
}

/** The options that the library has by other names. @param {Choice} choice */
function chosen({ type = [], ...rest }) {
  return { ...rest, ...(type.length > 0 && { types: type }) }
}

/** Waits where the reader is slower. @param {Event[]} events */
async function write(events) {
  const text = events.map((event) => JSON.stringify(line(event)) + '\n').join('')
  if (!process.stdout.write(text)) await new Promise((drained) => process.stdout.once('drain', drained))
}

/**
 * @param {Tenon} tenon
 * @param {string} directory
 * @param {Choice} choice
 */
async function cat(tenon, directory, choice) {
  const log = await tenon.log.openLog(directory, { readOnly: true })
  try {
    for await (const events of log.read(chosen(choice))) await write(events)
  } finally {
    await log.close()
  }
}

/**
 * @param {Tenon} tenon
 * @param {string} directory
 * @param {Choice} choice
 */
async function tail(tenon, directory, choice) {
  const log = await tenon.log.openLog(directory, { readOnly: true })
  const end = new AbortController()
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(signal, () => end.abort())
  try {
    for await (const events of log.tail({ ...chosen(choice), signal: end.signal })) await write(events)
  } finally {
    await log.close()
  }
}

/** @param {Tenon} tenon @param {string} directory @param {{ json?: boolean }} options */
async function verify(tenon, directory, { json }) {
  const log = await tenon.log.openLog(directory, { readOnly: true }).catch((error) => {
    if (error.code !== 'ERR_CORRUPT') throw error
    // Its last segment is damaged: there is nothing to open, and this is the answer.
    const { segment, offsetBytes, lastGoodSeq, nextGoodSeq, message } = error
    if (json) print({ problems: [{ file: segment, offsetBytes, reason: message, lastGoodSeq, nextGoodSeq }] })
    else process.stdout.write(`${message}; last good seq ${lastGoodSeq}, next ${nextGoodSeq ?? 'none'}\n`)
    process.exitCode = 1
  })
  if (!log) return
  try {
    const report = await log.verify()
    if (json) print(report)
    else {
      const { segments, events, bytes, checkpoints } = report
      process.stdout.write(`${events} events, ${segments} segments, ${checkpoints} checkpoints, ${bytes} bytes\n`)
      for (const { file, offsetBytes, reason, lastGoodSeq, nextGoodSeq } of report.problems) {
        const next = nextGoodSeq === null ? 'none behind' : `next good seq ${nextGoodSeq}`
        process.stdout.write(`${file} at ${offsetBytes}: ${reason}; last good seq ${lastGoodSeq}, ${next}\n`)
      }
    }
    if (report.problems.length > 0) process.exitCode = 1
  } finally {
    await log.close()
  }
}

/** @param {Tenon} tenon @param {string} directory @param {string} output @param {{ json?: boolean }} options */
async function salvage(tenon, directory, output, { json }) {
  const report = await tenon.log.salvage(directory, output)
  if (json) print(report)
  else {
    process.stdout.write(`${report.events} events and ${report.checkpoints} checkpoints copied to ${output}\n`)
    for (const { file, offsetBytes, lostBytes, afterSeq, beforeSeq, reason } of report.lost) {
      const between = `after seq ${afterSeq ?? 'none'}, before seq ${beforeSeq ?? 'none'}`
      process.stderr.write(`tenon: ${file} at ${offsetBytes}: ${lostBytes} bytes left behind (${reason}; ${between})\n`)
    }
    if (report.checkpointsDropped > 0)
      process.stderr.write(`tenon: ${report.checkpointsDropped} checkpoints behind the first gap were left behind\n`)
  }
  if (report.lost.length > 0 || report.checkpointsDropped > 0) process.exitCode = 1
}

/**
 * @param {Tenon} tenon
 * @param {string} file
 * @param {string} directory
 * @param {{ repair?: boolean, stream?: string, type?: string, exported?: boolean, json?: boolean }} options
 */
async function importJsonl(tenon, file, directory, { repair = false, stream, type, exported, json }) {
  // A mistyped name makes no log.
  fs.accessSync(file)
  const log = await tenon.log.openLog(directory, {
    onRecovery: ({ segment, offsetBytes, lostBytes, lostFile }) =>
      process.stderr.write(`tenon: ${segment} was torn at ${offsetBytes}: ${lostBytes} bytes moved to ${lostFile}\n`)
  })
  try {
    const report = await log.importJsonl(file, {
      repair,
      format: exported ? 'export' : 'data',
      ...(stream !== undefined && { stream }),
      ...(type !== undefined && { type })
    })
    if (json) print(report)
    else {
      process.stdout.write(`${report.events} events of ${report.lines} lines\n`)
      for (const { line, kind, taken, droppedBytes, sample } of report.problems) {
        const what = sample === '' ? '' : `: ${JSON.stringify(sample)}`
        process.stderr.write(`tenon: line ${line}: ${kind}; ${taken} taken, ${droppedBytes} bytes dropped${what}\n`)
      }
    }
    if (report.problems.some(({ droppedBytes }) => droppedBytes > 0)) process.exitCode = 1
  } finally {
    await log.close()
  }
}

module.exports = { cat, importJsonl, salvage, tail, verify }
