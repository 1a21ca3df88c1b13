'use strict'

const path = require('node:path')
const { TenonError, aborted } = require('../../errors')
const { copyCheckpoint, faultOf, listCheckpoints } = require('./checkpoint')
const { Copy, endBatch, entryOf, record } = require('./copy')
const { corrupt, isAbsence, told } = require('./faults')
const { RECORD, firstLater } = require('./scan')
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
    const message = `the log has no place ${atSeq}: it begins at ${firstSeq} and ends at ${nextSeq}`
    throw new TenonError('ERR_INVALID_ARG', message)
  }
  const copy = new Copy(disk, newDirectory)
  await copy.begin()
  try {
    const state = new State()
    for (const segment of segments) {
      if (segment.firstSeq >= atSeq && segment.firstSeq > firstSeq) break
      const following = segments.find((other) => other.firstSeq > segment.firstSeq)?.firstSeq ?? null
      await copySegment(store, copy, segment, following, atSeq, state, signal)
    }
    for (const checkpoint of await listCheckpoints(store, null)) {
      if (signal?.aborted) throw aborted(signal)
      const { name, seq } = checkpoint
      // A damaged one has no place in a log that is whole.
      if (seq > atSeq || (await faultOf(store, name, seq)) !== null) continue
      await copyCheckpoint(store, checkpoint, copy.temporary, copy.id)
    }
    await copy.finish(store.directory)
  } catch (error) {
    // The first failure says more than one of tidying up.
    await copy.drop().catch(() => undefined)
    // It may be pruned while it is read.
    throw (isAbsence(error) && (await store.prunedSince(firstSeq))) || error
  }
  return { events: atSeq - firstSeq }
}

/**
 * @param {import('./store').Store} store
 * @param {Copy} copy
 * @param {Segment} segment
 * @param {number | null} following the first seq of the next segment
 * @param {number} atSeq
 * @param {State} state as it is before the segment, unless that is the first
 * @param {AbortSignal | undefined} signal
 */
async function copySegment({ disk, directory }, copy, segment, following, atSeq, state, signal) {
  const file = path.join(directory, segment.name)
  const end = Math.min(atSeq, following ?? atSeq)
  await told('read', file, async () => {
    const opened = await disk.open(file, 'read')
    try {
      const { scan, state: stored } = await readState(opened, directory, segment, following)
      if (!copy.writer) state.take(stored)
      const { firstSeq, dictionary, previousFirst, previousCrc } = segment
      await copy.segment(firstSeq, state, dictionary, { previousFirst, previousCrc })
      /** @type {Entry[]} */
      let batch = []
      while (scan.seq < end) {
        if ((await scan.find()) !== RECORD) {
          const { offset, seq, ended, fault } = scan
          const later = ended ? undefined : await firstLater(opened, segment, offset, seq)
          const nextGoodSeq = later?.seq ?? following
          const damage = { segment: segment.name, offsetBytes: offset, lastGoodSeq: seq - 1, nextGoodSeq }
          throw corrupt(directory, ended ? 'the segment ends too early' : fault, damage)
        }
        const entry = entryOf(scan)
        if (scan.seq === atSeq - 1) endBatch(entry)
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
