'use strict'

const path = require('node:path')
const { told } = require('./faults')
const { faultOf, listCheckpoints, syncFile } = require('./checkpoint')

/** @typedef {import('./checkpoint').Checkpoint} Checkpoint */
/**
 * @typedef {object} PruneReport
 * @property {number} firstSeq
 * @property {number} segmentsRemoved
 * @property {number} eventsRemoved
 * @property {number} bytesRemoved
 * @property {number} checkpointsRemoved
 * @property {string | null} heldBy the checkpoint whose events stay although they are before what was asked
 */

/**
 * Removes segments whose events are all before a seq, and older checkpoints. Nothing that a kept checkpoint needs goes.
 * @param {import('./store').Store} store
 * @param {number} before
 * @param {number} keepCheckpoints newest of each name, or -1 for all
 * @returns {Promise<PruneReport>}
 */
async function prune(store, before, keepCheckpoints) {
  const { disk, directory } = store
  store.writable()
  const { kept, bases, removed } = await decide(store, keepCheckpoints)
  let oldest = kept[0]
  for (const checkpoint of kept) if (checkpoint.seq < oldest.seq) oldest = checkpoint
  const held = oldest !== undefined && oldest.seq < before
  const end = held ? oldest.seq : before
  const report = {
    firstSeq: store.segments[0].firstSeq,
    segmentsRemoved: 0,
    eventsRemoved: 0,
    bytesRemoved: 0,
    checkpointsRemoved: 0,
    heldBy: held ? oldest.name : null
  }
  /** @param {string} name */
  const remove = async (name) => {
    const file = path.join(directory, name)
    const bytes = await told('read', file, async () => {
      const opened = await disk.open(file, 'read')
      try {
        return await opened.length()
      } finally {
        await opened.close()
      }
    })
    await told('remove', file, () => disk.remove(file))
    report.bytesRemoved += bytes
  }
  const sync = () => told('sync', directory, () => disk.syncDirectory(directory))
  const isNone = removed.length === 0 && !(store.segments.length > 1 && store.segments[1].firstSeq <= end)
  if (isNone) return report
  // What stays has to be there when the rest is gone.
  for (const { fault, file } of [...kept, ...bases]) if (fault === null) await syncFile(store, file)
  await sync()
  for (let left = removed; left.length > 0;) {
    const isBase = (/** @type {Checkpoint} */ { name, seq }) =>
      left.some((other) => other.name === name && other.baseSeq === seq)
    const later = left.filter(isBase)
    for (const { file } of left.filter((checkpoint) => !later.includes(checkpoint))) {
      await remove(file)
      store.synced.delete(file)
      report.checkpointsRemoved += 1
    }
    await sync()
    left = later
  }
  while (store.segments.length > 1 && store.segments[1].firstSeq <= end) {
    const all = store.segments
    const [segment, ...rest] = all
    // Nobody looks for it any more.
    store.segments = rest
    try {
      await remove(segment.name)
    } catch (error) {
      store.segments = all
      throw error
    }
    report.segmentsRemoved += 1
    report.eventsRemoved += rest[0].firstSeq - segment.firstSeq
    report.firstSeq = rest[0].firstSeq
    // One by one, for no crash may bring back a segment without the one behind it.
    await sync()
  }
  return report
}

/**
 * What becomes of the checkpoints: the newest of each name stay, and the bases they need. A damaged one is no reason for an older
 * one to go.
 * @param {import('./store').Store} store
 * @param {number} most of a name, or -1 for all
 */
async function decide(store, most) {
  const keep = most < 0 ? Infinity : most
  /** @type {Checkpoint[]} */
  const kept = []
  /** @type {Checkpoint[]} */
  const bases = []
  /** @type {Checkpoint[]} */
  const removed = []
  /** @type {Map<string, Checkpoint[]>} */
  const names = new Map()
  for (const checkpoint of await listCheckpoints(store, null)) {
    const same = names.get(checkpoint.name)
    if (same) same.push(checkpoint)
    else names.set(checkpoint.name, [checkpoint])
  }
  for (const [name, checkpoints] of names) {
    if (checkpoints.length <= keep) {
      kept.push(...checkpoints)
      continue
    }
    let good = 0
    const needed = new Set()
    for (const checkpoint of checkpoints.reverse()) {
      const { seq, baseSeq } = checkpoint
      if (good < keep) {
        if ((await faultOf(store, name, seq)) === null) good += 1
        needed.add(baseSeq)
        kept.push(checkpoint)
      } else if (needed.has(seq)) {
        needed.add(baseSeq)
        bases.push(checkpoint)
      } else {
        removed.push(checkpoint)
      }
    }
  }
  return { kept, bases, removed }
}

module.exports = { prune }
