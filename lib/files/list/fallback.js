'use strict'

const { errnoName, isAbsence, join, run, runSync } = require('../../ignore/io')
const { Absences } = require('../absences')
const { fromByteString } = require('../names')
const { EVERYTHING, nextItem, openWalk: beginWalk } = require('../walk')

/**
 * Every regular file under a folder that git would not ignore, in the order of the paths' bytes.
 *
 * @typedef {{ hidden: boolean, ignore: boolean, maxFiles: number, environment: import('../walk').Environment }} Options
 * @typedef {import('../absences').Absence} Absence
 * @typedef {import('../absences').Counts} Counts
 * @typedef {import('../walk').WalkOptions & { directories: boolean, symlinks: 'leaveOut' | 'take' | 'follow', special: boolean,
 *   stat: boolean }} WalkOptions
 * @typedef {{ paths: string[], skipped: Absence[], leftOut: Counts, truncated: boolean }} Listing
 */

/**
 * @param {string} root
 * @param {Options} options
 * @returns {Listing}
 */
function listSync(root, options) {
  return runSync(listing(root, options))
}

/**
 * @param {string} root
 * @param {Options} options
 * @param {AbortSignal} [signal]
 * @returns {Promise<Listing>}
 */
function list(root, options, signal) {
  return run(listing(root, options), signal)
}

/**
 * @param {string} root
 * @param {Options} options
 * @returns {import('../../ignore/io').Work<Listing>}
 */
function* listing(root, { maxFiles, ...options }) {
  const walk = yield* beginWalk(root, options, EVERYTHING)
  const absences = new Absences()
  /** @type {string[]} */
  const paths = []
  let truncated = false
  for (let item = yield* nextItem(walk); item !== undefined; item = yield* nextItem(walk)) {
    if (item.reason !== undefined) {
      absences.add(item)
    } else if (paths.length === maxFiles) {
      truncated = true
      break
    } else {
      paths.push(fromByteString(item.path))
    }
  }
  return { paths, skipped: absences.reports(), leftOut: absences.counts, truncated }
}

/**
 * A walk in batches. Nothing runs between two of them.
 * @param {string} root
 * @param {WalkOptions} options
 * @returns {import('./walk').Steps}
 */
function openWalk(root, options) {
  const { directories } = options
  /** @type {import('../walk').Select} */
  const select = { enters: () => true, takes: (_, kind) => directories || kind !== 'directory' }
  const absences = new Absences()
  /** @type {import('../walk').Walk | undefined} */
  let walk

  /** @param {number} most @returns {import('../../ignore/io').Work<import('./walk').Batch>} */
  function* batch(most) {
    walk ??= yield* beginWalk(root, options, select)
    /** @type {import('../../..').files.Entry[]} */
    const entries = []
    while (entries.length < most) {
      const item = yield* nextItem(walk)
      if (item === undefined) break
      if (item.reason !== undefined) absences.add(item)
      else {
        const entry = yield* describeEntry(walk, item, options, absences)
        if (entry !== undefined) entries.push(entry)
      }
    }
    return { entries, skipped: absences.takeReports(), leftOut: { ...absences.counts } }
  }

  return {
    next: (most, signal) => run(batch(most), signal),
    close() {
      walk = undefined
    }
  }
}

/**
 * The entry with its size and time where they are asked for; undefined when it is gone.
 * @param {import('../walk').Walk} walk
 * @param {import('../walk').Entry} item
 * @param {WalkOptions} options
 * @param {Absences} absences
 * @returns {import('../../ignore/io').Work<import('../../..').files.Entry | undefined>}
 */
function* describeEntry(walk, { path, kind }, { stat, symlinks }, absences) {
  const entry = { path: fromByteString(path), kind }
  if (!stat) return entry
  try {
    /** @type {import('node:fs').Stats} */
    const { size, mtimeMs } = yield {
      operation: symlinks === 'follow' ? 'stat' : 'lstat',
      path: join(walk.root, path)
    }
    return { ...entry, size, mtimeMs }
  } catch (error) {
    if (isAbsence(error)) return undefined
    absences.report(path, errnoName(error))
    return entry
  }
}

module.exports = { list, listSync, openWalk }
