'use strict'

const path = require('node:path')
const { TenonError, aborted } = require('../../errors')
const { copyCheckpoint, listCheckpoints } = require('./checkpoint')
const { Copy, endBatch, entryOf, record } = require('./copy')
const { corrupt, told } = require('./faults')
const { RECORD } = require('./scan')
const { State } = require('./state')
const { readState } = require('./segments')

/** @typedef {import('./layout').Segment} Segment */
/** @typedef {import('./writer').Entry} Entry */

/**
 * Copies the events below a seq, and the checkpoints up to it, to a new log.
 * @param {import('./store').Store} store
 * @param {string} newDirectory
 * @param {number} atSeq
 * @param {AbortSignal} [signal]
 */
async function fork(store, newDirectory, atSeq, signal) {
  const { disk, segments, nextSeq } = store
  const [{ firstSeq }] = segments
  if (atSeq < firstSeq || atSeq > nextSeq) {
    const message = `atSeq must be from ${firstSeq} to ${nextSeq}, not ${atSeq}`
    throw new TenonError('ERR_INVALID_ARG', message, { argument: 'atSeq' })
  }
  const copy = new Copy(disk, newDirectory)
  await copy.begin('newDirectory')
  try {
    const state = new State()
    for (const segment of segments) {
      if (segment.firstSeq >= atSeq && segment.firstSeq > firstSeq) break
      const end = Math.min(atSeq, segments.find((other) => other.firstSeq > segment.firstSeq)?.firstSeq ?? nextSeq)
      await copySegment(store, copy, segment, end, state, signal)
    }
    for (const checkpoint of await listCheckpoints(store, null)) {
      if (signal?.aborted) throw aborted(signal)
      if (checkpoint.seq <= atSeq) await copyCheckpoint(store, checkpoint, copy.temporary, copy.id)
    }
    await copy.finish()
  } catch (error) {
    // The first failure says more than one of tidying up.
    await copy.drop().catch(() => undefined)
    throw error
  }
  return { events: atSeq - firstSeq }
}

/**
 * @param {import('./store').Store} store
 * @param {Copy} copy
 * @param {Segment} segment
 * @param {number} end
 * @param {State} state as it is before the segment, unless that is the first
 * @param {AbortSignal | undefined} signal
 */
async function copySegment({ disk, directory, dictionaries }, copy, segment, end, state, signal) {
  const file = path.join(directory, segment.name)
  const dictionary = await dictionaries.of(segment)
  if (dictionary) await copy.dictionaries.keep(Buffer.from(dictionary.bytes), 0)
  await told('read', file, async () => {
    const opened = await disk.open(file, 'read')
    try {
      const { scan, state: stored } = await readState(opened, directory, segment)
      if (!copy.writer) state.take(stored)
      await copy.segment(segment.firstSeq, state, segment.dictionary)
      /** @type {Entry[]} */
      let batch = []
      while (scan.seq < end) {
        if ((await scan.find()) !== RECORD) {
          const damage = {
            segment: segment.name,
            offsetBytes: scan.offset,
            lastGoodSeq: scan.seq - 1,
            nextGoodSeq: null
          }
          throw corrupt(directory, scan.fault, damage)
        }
        const entry = entryOf(scan)
        if (scan.seq === end - 1) endBatch(entry)
        const { more } = scan
        batch.push(entry)
        copy.add(entry)
        scan.advance()
        if (!more || scan.seq === end) {
          record(state, batch)
          batch = []
        }
        if (copy.isFull) {
          await copy.write()
          if (signal?.aborted) throw aborted(signal)
        }
      }
    } finally {
      await opened.close()
    }
  })
}

module.exports = { fork }
