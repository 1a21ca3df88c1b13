'use strict'

const { ioError } = require('../../errors')
const { errnoName, isAbsence, join } = require('../../ignore/io')
const { fromByteString, toByteString } = require('../names')
const { nextItem, openWalk } = require('../walk')

/**
 * The files to be searched, one by one, in the order of their paths: the walks of the folders asked for, and the files
 * named one by one, merged. Paths are byte strings.
 *
 * @typedef {{ text: Buffer } | { location: string, follows: boolean }} Origin the text of a buffer that is not saved, or
 *   where a file is, and whether a link in its place is followed
 * @typedef {{ path: string, origin: Origin, leftOut?: 'hidden' | 'ignored', reason?: undefined }} FileStep
 * @typedef {FileStep | import('../walk').LeftOut} Step
 * @typedef {{ prefix: string, walk: import('../walk').Walk, peeked: import('../walk').Item | undefined, ended: boolean }} Place
 * @typedef {{ files: Set<string>, leftOut: Set<string>, ruleFiles: Set<string> }} Given
 */

/** Why a file may be left out that is searched where it is named, or a buffer stands for it. @type {Set<import('../walk').Reason>} */
const HIDE_FILES = new Set(/** @type {const} */ (['ignored', 'hidden', 'special', 'symlink']))

class Source {
  /**
   * @param {Place[]} places
   * @param {{ path: string, origin: Origin }[]} named
   * @param {Map<string, Buffer>} overlay
   */
  constructor(places, named, overlay) {
    this.places = places
    this.named = named.sort((a, b) => (a.path < b.path ? -1 : 1))
    this.namedPaths = new Set(named.map(({ path }) => path))
    this.overlay = overlay
    /** @type {string | undefined} */
    this.last = undefined
    this.ended = false
    /** With several folders, of which one may lie in another: the paths given out. @type {Given | undefined} */
    this.given = places.length > 1 ? { files: new Set(), leftOut: new Set(), ruleFiles: new Set() } : undefined
  }

  /**
   * The next step; undefined at the end, where `ended` is set, and where it is late.
   * @param {() => boolean} late
   * @returns {import('../../ignore/io').Work<Step | undefined>}
   */
  *next(late) {
    for (;;) {
      const step = yield* this.merged(late)
      if (step === undefined) return undefined
      if (step.reason === undefined) {
        // A walk meets the files that are named too.
        if (step.path === this.last) continue
        this.last = step.path
      }
      // It is searched all the same.
      else if (HIDE_FILES.has(step.reason) && this.namedPaths.has(step.path)) continue
      if (this.given === undefined || isNew(this.given, step)) return step
    }
  }

  /** @param {() => boolean} late @returns {import('../../ignore/io').Work<Step | undefined>} */
  *merged(late) {
    /** @type {Place | undefined} */
    let least
    let leastPath = ''
    for (const place of this.places) {
      if (place.peeked === undefined && !place.ended) {
        place.peeked = yield* nextItem(place.walk, late)
        if (place.peeked === undefined && place.walk.next !== undefined) return undefined
        place.ended = place.peeked === undefined
      }
      if (place.peeked === undefined) continue
      // It comes where it is met: what lies in its folder may come before it in the order of the paths.
      if (place.peeked.reason === 'ruleFile') return this.take(place)
      const path = place.prefix + place.peeked.path
      if (least === undefined || path < leastPath) {
        least = place
        leastPath = path
      }
    }
    const [named] = this.named
    if (named !== undefined && (least === undefined || named.path <= leastPath)) {
      this.named.shift()
      return named
    }
    if (least === undefined) {
      this.ended = true
      return undefined
    }
    return this.take(least)
  }

  /** The step that a place has ready. @param {Place} place @returns {Step} */
  take(place) {
    const { prefix, walk } = place
    const peeked = /** @type {import('../walk').Item} */ (place.peeked)
    place.peeked = undefined
    if (peeked.reason !== undefined) return { ...peeked, path: shown(prefix, peeked.path) }
    const path = prefix + peeked.path
    const text = this.overlay.get(path)
    const origin = text === undefined ? { location: join(walk.root, peeked.path), follows: false } : { text }
    return peeked.leftOut === undefined ? { path, origin } : { path, origin, leftOut: peeked.leftOut }
  }
}

/**
 * Whether the step was not given out; from now on it is.
 * @param {Given} given
 * @param {Step} step
 */
function isNew({ files, leftOut, ruleFiles }, { path, reason }) {
  const paths = reason === undefined ? files : reason === 'ruleFile' ? ruleFiles : leftOut
  if (paths.has(path)) return false
  paths.add(path)
  return true
}

/**
 * @param {string} root
 * @param {readonly string[]} given places; byte strings
 * @param {Map<string, Buffer>} overlay
 * @param {import('../walk').WalkOptions} options
 * @param {import('../walk').Select} select
 * @returns {import('../../ignore/io').Work<Source>}
 */
function* openSource(root, given, overlay, options, select) {
  /** @type {Place[]} */
  const places = []
  /** @type {string[]} */
  const prefixes = []
  /** @type {Map<string, Origin>} */
  const named = new Map()
  for (const place of given) {
    const location = join(toByteString(root), place)
    const path = place === '' ? root : fromByteString(location)
    const prefix = place === '' || place.endsWith('/') ? place : `${place}/`
    const standing = place === '' ? 'folder' : yield* standingOf(location, path, place, prefix, overlay)
    if (standing === 'folder') {
      const walk = yield* openWalk(path, options, prefixed(prefix, select))
      places.push({ prefix, walk, peeked: undefined, ended: false })
    } else if (standing === 'file') named.set(place, { location, follows: true })
    prefixes.push(prefix)
  }
  // An open buffer is searched whatever rules and names say, where it lies in a place that was asked for.
  for (const [path, text] of overlay) {
    const below = prefixes.some((prefix) => path.startsWith(prefix))
    if (given.includes(path) || (below && select.takes(path, 'file'))) named.set(path, { text })
  }
  return new Source(
    places,
    Array.from(named, ([path, origin]) => ({ path, origin })),
    overlay
  )
}

/**
 * What stands at a place; where there is nothing, buffers may, at the place or below it.
 * @param {string} location
 * @param {string} path for the error
 * @param {string} place
 * @param {string} prefix
 * @param {Map<string, Buffer>} overlay
 * @returns {import('../../ignore/io').Work<'folder' | 'file' | 'buffers'>}
 */
function* standingOf(location, path, place, prefix, overlay) {
  try {
    return (yield { operation: 'stat', path: location }).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    const code = errnoName(error)
    if (overlay.has(place)) return 'buffers'
    if (isAbsence(error) && Array.from(overlay.keys()).some((key) => key.startsWith(prefix))) return 'buffers'
    throw ioError('search', path, Object.assign(Object(error), { code }))
  }
}

/**
 * Asks with the paths that matches have, not those of a walk further down.
 * @param {string} prefix
 * @param {import('../walk').Select} select
 * @returns {import('../walk').Select}
 */
function prefixed(prefix, { enters, takes }) {
  if (prefix === '') return { enters, takes }
  return { enters: (path) => enters(prefix + path), takes: (path, kind) => takes(prefix + path, kind) }
}

/**
 * The path of something left out, as the paths of matches are.
 * @param {string} prefix
 * @param {string} path
 */
function shown(prefix, path) {
  if (path === '.' && prefix !== '') return prefix.slice(0, -1)
  return join(prefix, path)
}

module.exports = { Source, openSource }
