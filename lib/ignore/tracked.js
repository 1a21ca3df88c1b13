'use strict'

const { Unusable, foldCase, readRegular } = require('./io')

/**
 * The paths in git's index, which no rule ignores. The format is `index-format` of git's documentation, versions 2 to 4.
 * The bytes are not trusted: what does not parse is an error that says so.
 *
 * @typedef {object} Tracked
 * @property {string[]} paths sorted by bytes
 * @property {Set<string>} gitlinks the paths of submodules
 * @property {boolean} fold the paths are in lower case, and are found in either
 */

/** Some thirteen million paths. */
const MAX_INDEX_BYTES = 1024 * 1024 * 1024
/**
 * Prefix compression can make a small file expand without bound, whatever the entries are; real indexes stay far below
 * this.
 */
const MAX_PATH_TOTAL_BYTES = 256 * 1024 * 1024
const MODE_TYPE = 0o170000
const MODE_GITLINK = 0o160000
const MODE_DIRECTORY = 0o040000
const FLAG_EXTENDED = 0x4000
/** Entries parsed between two turns of the event loop. */
const ENTRIES_PER_TURN = 8192

/** @type {Tracked} */
const NOTHING_TRACKED = { paths: [], gitlinks: new Set(), fold: false }

/**
 * The paths in the index file at `path`; none when there is no such file. Throws an `Unusable` that says why it cannot
 * be used.
 * @param {string} path
 * @param {number} hashBytes
 * @param {boolean} fold
 * @returns {import('./io').Work<Tracked>}
 */
function* readTracked(path, hashBytes, fold) {
  const index = yield* readRegular(path, MAX_INDEX_BYTES)
  return index === undefined ? NOTHING_TRACKED : yield* parseIndex(index, hashBytes, fold)
}

/**
 * The paths in the bytes of an index.
 * @param {Buffer} index
 * @param {number} hashBytes the length of the repository's object ids
 * @param {boolean} fold
 * @returns {import('./io').Work<Tracked>}
 */
function* parseIndex(index, hashBytes, fold) {
  // The last bytes are a checksum, which git itself does not verify when it reads.
  const end = index.length - hashBytes
  if (end < 12) throw corrupt('it ends too early')
  const body = index.subarray(0, end)
  if (body.toString('latin1', 0, 4) !== 'DIRC') throw corrupt('no DIRC signature')
  const version = body.readUInt32BE(4)
  if (version < 2 || version > 4) throw corrupt(`unsupported version ${version}`)
  const count = body.readUInt32BE(8)
  const fixed = 42 + hashBytes
  /** @type {string[]} */
  const paths = []
  /** @type {Set<string>} */
  const gitlinks = new Set()
  let at = 12
  let path = ''
  let lastStage = 0
  let inOrder = true
  let totalBytes = 0
  for (let entry = 0; entry < count; entry += 1) {
    if (entry % ENTRIES_PER_TURN === 0) yield { operation: 'pause', path: '' }
    if (at + fixed > end) throw corrupt('it ends too early')
    const mode = body.readUInt32BE(at + 24)
    const flags = body.readUInt16BE(at + fixed - 2)
    let nameAt = at + fixed
    if ((flags & FLAG_EXTENDED) !== 0) {
      if (version < 3) throw corrupt('extended flags in version 2')
      nameAt += 2
    }
    let kept = 0
    if (version === 4) {
      const strip = readVarint(body, nameAt)
      nameAt = strip.end
      if (strip.value > path.length) throw corrupt('a path shorter than nothing')
      kept = path.length - strip.value
    }
    const nameEnd = nameAt <= end ? body.indexOf(0, nameAt) : -1
    if (nameEnd === -1) throw corrupt('it ends too early')
    const stage = (flags >> 12) & 3
    const next = path.slice(0, kept) + body.toString('latin1', nameAt, nameEnd)
    if (entry > 0 && !(path < next || (path === next && lastStage < stage))) inOrder = false
    path = next
    lastStage = stage
    totalBytes += path.length
    if (totalBytes > MAX_PATH_TOTAL_BYTES) throw corrupt('its paths are too long')
    // One to eight NULs bring an entry to a multiple of eight bytes, but for version 4.
    at = version === 4 ? nameEnd + 1 : at + ((nameEnd - at + 8) & ~7)
    const type = mode & MODE_TYPE
    if (type === MODE_GITLINK) {
      gitlinks.add(fold ? foldCase(path) : path)
    } else if (type !== MODE_DIRECTORY) {
      // A directory stands for the files a sparse checkout left out.
      paths.push(fold ? foldCase(path) : path)
    }
  }
  checkExtensions(body, at)
  if (!inOrder) throw corrupt('paths out of order')
  if (fold) paths.sort(byBytes)
  return { paths, gitlinks, fold }
}

/**
 * Looks through the extensions for one that changes what the entries mean.
 * @param {Buffer} body
 * @param {number} at
 */
function checkExtensions(body, at) {
  while (at < body.length) {
    if (at + 8 > body.length) throw corrupt('it ends too early')
    const signature = body.toString('latin1', at, at + 4)
    if (signature === 'link') throw new Unusable('split index (link extension) is not supported')
    // A capital says that a reader may ignore the extension.
    if (signature !== 'sdir' && !/^[A-Z]/.test(signature)) throw corrupt('an unknown extension')
    at += 8 + body.readUInt32BE(at + 4)
    if (at > body.length) throw corrupt('it ends too early')
  }
}

/**
 * The number of bytes to take off the previous path: seven bits a byte, most significant first, each continuation adding
 * one so that no number has two spellings.
 * @param {Buffer} body
 * @param {number} at
 */
function readVarint(body, at) {
  let value = 0
  for (;;) {
    if (at >= body.length || value > 0xffffffff) throw corrupt('it ends too early')
    const byte = body[at]
    at += 1
    value = value * 128 + (byte & 127)
    if (byte < 128) return { value, end: at }
    value += 1
  }
}

/** @param {string} what */
function corrupt(what) {
  return new Unusable(`corrupt index: ${what}`)
}

/**
 * Whether `path`, relative to the top of the working tree, is tracked.
 * @param {Tracked} tracked
 * @param {string} path
 */
function isTracked(tracked, path) {
  const wanted = tracked.fold ? foldCase(path) : path
  return tracked.paths[firstNotBelow(tracked.paths, wanted)] === wanted
}

/**
 * Whether a tracked path lies in the folder whose path, with its slash, is `folder`.
 * @param {Tracked} tracked
 * @param {string} folder
 */
function tracksBelow(tracked, folder) {
  const wanted = tracked.fold ? foldCase(folder) : folder
  return tracked.paths[firstNotBelow(tracked.paths, wanted)]?.startsWith(wanted) ?? false
}

/**
 * Whether `path` is a submodule.
 * @param {Tracked} tracked
 * @param {string} path
 */
function isGitlink(tracked, path) {
  return tracked.gitlinks.size > 0 && tracked.gitlinks.has(tracked.fold ? foldCase(path) : path)
}

/**
 * @param {string[]} paths
 * @param {string} wanted
 */
function firstNotBelow(paths, wanted) {
  let low = 0
  let high = paths.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (paths[middle] < wanted) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * @param {string} a
 * @param {string} b
 */
function byBytes(a, b) {
  return a < b ? -1 : a > b ? 1 : 0
}

module.exports = { NOTHING_TRACKED, isGitlink, isTracked, parseIndex, readTracked, tracksBelow }
