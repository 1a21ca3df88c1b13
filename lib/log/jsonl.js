'use strict'

// JSONL files: written from a log, and read into one, however torn they are.

const { once } = require('node:events')
const fs = require('node:fs')
const { finished } = require('node:stream/promises')
const { TenonError, aborted, invalidArgument, ioError } = require('../errors')
const { JsonText, MAX_EVENT_BYTES } = require('./events')
const { readLine } = require('./jsonl-line')

/** @typedef {import('../..').log.Event} Event */
/** @typedef {import('../..').log.ImportProblem} ImportProblem */
/** @typedef {import('../..').log.ImportReport} ImportReport */
/** @typedef {{ format: 'data' | 'export', repair: boolean, stream: string, type: string, signal?: AbortSignal }} Settings */
/** @typedef {{ stream: string[], type: string[], timeMs?: number[] }} Told */
/** @typedef {(events: unknown[], told: Told) => Promise<{ firstSeq: number, lastSeq: number }>} Append */

const NEWLINE = 10
const MAX_BATCH_EVENTS = 1000
const MAX_BATCH_BYTES = 1 << 20

/**
 * @param {string} file
 * @param {AsyncIterable<Event[]>} batches
 * @returns {Promise<{ events: number, bytes: number }>}
 */
async function exportJsonl(file, batches) {
  const output = fs.createWriteStream(file, { flags: 'wx' })
  try {
    await once(output, 'open')
  } catch (error) {
    throw ioError('create', file, error)
  }
  const done = finished(output)
  // Told when it is awaited.
  done.catch(() => undefined)
  let events = 0
  let bytes = 0
  try {
    for await (const batch of batches) {
      const text = Buffer.from(batch.map(lineOf).join(''))
      events += batch.length
      bytes += text.length
      if (!output.write(text)) await Promise.race([once(output, 'drain'), done])
    }
    output.end()
    await done
  } catch (error) {
    output.destroy()
    // Half of a file must not look like a whole one.
    await fs.promises.rm(file, { force: true })
    throw output.errored ? ioError('write', file, output.errored) : error
  }
  return { events, bytes }
}

/** @param {Event} event */
function lineOf(event) {
  try {
    return JSON.stringify(exported(event)) + '\n'
  } catch (cause) {
    // A text of JSON that is nested more deeply than V8 writes it.
    throw new TenonError('ERR_LIMIT', `event ${event.seq} cannot be written as JSON: ${Object(cause).message}`, {
      cause
    })
  }
}

/** @param {Event} event */
function exported({ seq, streamSeq, stream, type, timeMs, data }) {
  const head = { seq, streamSeq, stream, type, timeMs }
  return data instanceof Uint8Array ? { ...head, base64: Buffer.from(data).toString('base64') } : { ...head, data }
}

/**
 * @param {string} file
 * @param {Settings} settings
 * @param {Append} append
 * @returns {Promise<ImportReport>}
 */
async function importJsonl(file, settings, append) {
  if (settings.signal?.aborted) throw aborted(settings.signal)
  await checkFile(file)
  // Without repair nothing is appended of a file that is not whole, so it is looked through first.
  if (!settings.repair) {
    for await (const { taken, line, offsetBytes, problem } of entries(file, settings)) {
      if (problem === undefined || (problem.kind === 'unterminated' && taken.length === 1)) continue
      const message = `line ${line} of '${file}' is ${NAMES[problem.kind]}: ${problem.sample}`
      throw new TenonError('ERR_CORRUPT', message, { path: file, line, offsetBytes, kind: problem.kind })
    }
  }
  /** @type {ImportReport} */
  const report = { lines: 0, events: 0, firstSeq: -1, lastSeq: -1, problems: [] }
  /** @type {Taken[]} */
  let batch = []
  let batchBytes = 0
  const flush = async () => {
    if (batch.length === 0) return
    const told = {
      stream: batch.map(({ stream }) => stream),
      type: batch.map(({ type }) => type),
      ...(settings.format === 'export' && { timeMs: batch.map(({ timeMs }) => /** @type {number} */ (timeMs)) })
    }
    const { firstSeq, lastSeq } = await append(
      batch.map(({ data }) => data),
      told
    )
    if (report.firstSeq < 0) report.firstSeq = firstSeq
    report.lastSeq = lastSeq
    report.events += batch.length
    batch = []
    batchBytes = 0
  }
  for await (const { taken, line, problem, bytes } of entries(file, settings)) {
    report.lines = line
    if (problem) report.problems.push(problem)
    for (const one of taken) batch.push(one)
    batchBytes += bytes
    if (batch.length >= MAX_BATCH_EVENTS || batchBytes >= MAX_BATCH_BYTES) await flush()
  }
  await flush()
  return report
}

/** A pipe can be read only once, and a directory not at all. @param {string} file */
async function checkFile(file) {
  let stat
  try {
    stat = await fs.promises.stat(file)
  } catch (error) {
    throw ioError('read', file, error)
  }
  if (!stat.isFile()) throw invalidArgument('file', 'a regular file', file)
}

/** @type {Record<ImportProblem['kind'], string>} */
const NAMES = {
  fused: 'several values in one',
  torn: 'torn',
  nul: 'full of NUL bytes',
  encoding: 'no UTF-8',
  malformed: 'no JSON',
  unterminated: 'without its end'
}

/** @typedef {{ data: unknown, stream: string, type: string, timeMs?: number }} Taken */

/**
 * The lines of a file, and what can be taken of each.
 * @param {string} file
 * @param {Settings} settings
 * @returns {AsyncGenerator<{ line: number, offsetBytes: number, bytes: number, taken: Taken[], problem?: ImportProblem }>}
 */
async function* entries(file, settings) {
  for await (const { bytes, line, offsetBytes, terminated } of lines(file, settings.signal)) {
    const { values, fault } = readLine(bytes)
    /** @type {Taken[]} */
    const taken = []
    let { kind, droppedBytes, sample } = fault ?? { kind: undefined, droppedBytes: 0, sample: '' }
    for (const text of values) {
      const one = settings.format === 'data' ? { data: new JsonText(text), ...settings } : fromExport(text)
      if (one) {
        taken.push(one)
        continue
      }
      kind ??= 'malformed'
      droppedBytes += Buffer.byteLength(text)
      sample ||= text.slice(0, 80)
    }
    if (kind === undefined && !terminated && values.length > 0) {
      kind = 'unterminated'
      sample = ''
    }
    const entry = { line, offsetBytes, bytes: bytes.length, taken }
    if (kind === undefined) yield entry
    else yield { ...entry, problem: { line, offsetBytes, kind, taken: taken.length, droppedBytes, sample } }
  }
}

/** An event of a line that `exportJsonl` wrote. @param {string} text @returns {Taken | undefined} */
function fromExport(text) {
  const { stream, type, timeMs, data, base64 } = Object(JSON.parse(text))
  if (typeof stream !== 'string' || typeof type !== 'string' || !Number.isSafeInteger(timeMs) || timeMs < 0) {
    return undefined
  }
  if (typeof base64 === 'string') return { stream, type, timeMs, data: Buffer.from(base64, 'base64') }
  if (data === undefined) return undefined
  return { stream, type, timeMs, data: typeof data === 'string' ? data : new JsonText(JSON.stringify(data)) }
}

/**
 * @param {string} file
 * @param {AbortSignal} [signal]
 * @returns {AsyncGenerator<{ bytes: Buffer, line: number, offsetBytes: number, terminated: boolean }>}
 */
async function* lines(file, signal) {
  let line = 0
  let offsetBytes = 0
  /** @type {Buffer[]} */
  let pieces = []
  let pending = 0
  const input = fs.createReadStream(file, { highWaterMark: 1 << 18 })
  try {
    for await (const chunk of input) {
      if (signal?.aborted) throw aborted(signal)
      let start = 0
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        const last = chunk.subarray(start, end)
        const bytes = pieces.length === 0 ? last : Buffer.concat([...pieces, last])
        yield { bytes, line: ++line, offsetBytes, terminated: true }
        offsetBytes += bytes.length + 1
        pieces = []
        pending = 0
        start = end + 1
      }
      if (start === chunk.length) continue
      pieces.push(chunk.subarray(start))
      pending += chunk.length - start
      if (pending > MAX_EVENT_BYTES) {
        const message = `line ${line + 1} of '${file}' has more than ${MAX_EVENT_BYTES} bytes`
        throw new TenonError('ERR_LIMIT', message, { path: file, maxBytes: MAX_EVENT_BYTES })
      }
    }
  } catch (error) {
    throw error instanceof TenonError ? error : ioError('read', file, error)
  } finally {
    input.destroy()
  }
  if (pending > 0) yield { bytes: Buffer.concat(pieces), line: line + 1, offsetBytes, terminated: false }
}

module.exports = { exportJsonl, importJsonl }
