'use strict'

const path = require('node:path')
const { told } = require('./faults')
const { listCheckpoints } = require('./checkpoint')

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
  const checkpoints = await listCheckpoints(store, null)
  const kept = keptOf(checkpoints, keepCheckpoints)
  const oldest = [...kept].sort((a, b) => a.seq - b.seq)[0]
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
  // What needs a base goes before it.
  const dropped = checkpoints.filter((checkpoint) => checkpoint.fault === null && !kept.has(checkpoint)).reverse()
  for (const { file } of dropped) {
    await remove(file)
    report.checkpointsRemoved += 1
  }
  if (dropped.length > 0) await sync()
  while (store.segments.length > 1 && store.segments[1].firstSeq <= end) {
    const [segment, ...rest] = store.segments
    await remove(segment.name)
    store.segments = rest
    report.segmentsRemoved += 1
    report.eventsRemoved += rest[0].firstSeq - segment.firstSeq
    report.firstSeq = rest[0].firstSeq
    // One by one, for no crash may bring back a segment without the one behind it.
    await sync()
  }
  return report
}

/**
 * The newest of each name, and the bases they need. What is damaged is not counted.
 * @param {Checkpoint[]} checkpoints by name and seq
 * @param {number} most
 */
function keptOf(checkpoints, most) {
  /** @type {Set<Checkpoint>} */
  const kept = new Set()
  let name
  let count = 0
  for (const checkpoint of [...checkpoints].reverse()) {
    if (checkpoint.fault !== null) continue
    if (checkpoint.name !== name) count = 0
    name = checkpoint.name
    count += 1
    if (most < 0 || count <= most) kept.add(checkpoint)
  }
  for (const checkpoint of kept) {
    const base = checkpoints.find(({ name, seq }) => name === checkpoint.name && seq === checkpoint.baseSeq)
    if (base) kept.add(base)
  }
  return kept
}

module.exports = { prune }
