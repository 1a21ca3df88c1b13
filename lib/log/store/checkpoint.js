'use strict'

// States of a log, a file each (docs/log-format.md, "Checkpoints").

const path = require('node:path')
const { TenonError } = require('../../errors')
const { compressAsync, decompressAsync } = require('../../zstd/fallback')
const { crc32 } = require('./checksum')
const { corrupt, isAbsence, reasonOf, told } = require('./faults')
const { MAX_SEQ, VERSION, digits, readU64, writeU64 } = require('./layout')
const { removeIfThere } = require('./writer')

/** @typedef {import('./disk').Disk} Disk */
/** @typedef {import('./disk').DiskFile} DiskFile */
/**
 * @typedef {object} Checkpoint
 * @property {string} name
 * @property {number} seq
 * @property {number} timeMs
 * @property {number} kind
 * @property {number} bytes of the state; 0 with a fault
 * @property {number} storedBytes those of the file
 * @property {number} baseSeq -1 for none
 * @property {string} file its name
 * @property {string | null} fault why it cannot be used, as far as its header tells
 *
 * @typedef {{ disk: Disk, directory: string, segments: readonly { id: string }[] }} Source a log, as far as its checkpoints are read
 *
 * @typedef {object} CheckpointHeader
 * @property {number} flags
 * @property {string} id
 * @property {number} stateCrc
 * @property {number} storedCrc
 * @property {number} baseCrc
 * @property {number} start where the stored bytes begin
 *
 * @typedef {object} CheckpointSettings
 * @property {boolean} compress
 * @property {number} level
 * @property {number} baseSeq -1 for none
 * @property {number} timeMs
 * @property {boolean} [disk] whether to sync
 * @property {number} [durability] the same: 2 syncs
 */

const MAGIC = Buffer.from('TENONCKP')
const HEADER_BYTES = 96
const MAX_NAME_BYTES = 64
const MAX_STATE_BYTES = 2 ** 30
const FILE = /^((?:[a-z0-9_-]|%[0-9A-F]{2})+)\.(\d{20})\.checkpoint$/
const DISK = 2
/** The most files that one state is read from. */
const MAX_CHAIN = 32

const KIND = 0b11
const FRAME = 1 << 2
const DELTA = 1 << 3

/** As `crates/zstd/src/delta.rs` has them. */
const DICTIONARY_MAGIC = Buffer.from([0x37, 0xa4, 0x30, 0xec])
const MIN_BASE_BYTES = 8
const MIN_WINDOW_LOG = 10
const MAX_WINDOW_LOG = 30
const READ_WINDOW_LOG = 31

/** @param {string} name @param {number} seq */
function checkpointFile(name, seq) {
  const encoded = Array.from(Buffer.from(name), (byte) => {
    const character = String.fromCharCode(byte)
    return /[a-z0-9_-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
  return `${encoded}.${digits(seq)}.checkpoint`
}

/** What a file's name says; undefined where it is not that of a checkpoint. @param {string} file */
function parseFile(file) {
  const match = FILE.exec(file)
  if (!match) return undefined
  const bytes = Buffer.from(
    match[1].replace(/%(..)/g, (_, hex) => String.fromCharCode(Number(`0x${hex}`))),
    'latin1'
  )
  const name = bytes.toString('utf8')
  const seq = Number(match[2])
  if (bytes.length > MAX_NAME_BYTES || seq > MAX_SEQ || checkpointFile(name, seq) !== file) return undefined
  return { name, seq }
}

/**
 * @param {Omit<Checkpoint, 'file' | 'fault' | 'kind'>} checkpoint whose stored bytes are those behind the header
 * @param {Omit<CheckpointHeader, 'start'>} header
 */
function encodeHeader({ name, seq, timeMs, bytes, storedBytes, baseSeq }, { flags, id, stateCrc, storedCrc, baseCrc }) {
  const nameBytes = Buffer.from(name)
  const header = Buffer.alloc(HEADER_BYTES + nameBytes.length)
  MAGIC.copy(header)
  header.writeUInt32LE(VERSION, 8)
  header.writeUInt32LE(flags, 12)
  header.write(id, 16, 'hex')
  writeU64(header, 32, seq)
  writeU64(header, 40, timeMs)
  if (baseSeq >= 0) writeU64(header, 48, baseSeq)
  else header.fill(0xff, 48, 56)
  writeU64(header, 56, bytes)
  writeU64(header, 64, storedBytes)
  header.writeUInt32LE(stateCrc, 72)
  header.writeUInt32LE(storedCrc, 76)
  header.writeUInt32LE(baseCrc, 80)
  header.writeUInt32LE(nameBytes.length, 84)
  nameBytes.copy(header, HEADER_BYTES)
  header.writeUInt32LE(headerCrc(header), 92)
  return header
}

/** @param {Buffer} header with the name */
function headerCrc(header) {
  return crc32(header, HEADER_BYTES, header.length, crc32(header, 0, 92, 0))
}

/**
 * The header that the bytes begin with, or what is wrong with it, or the version that is not known.
 * @param {Buffer} read as many bytes as a header with the longest name has, if the file has them
 * @param {number} fileBytes
 * @param {{ name: string, seq: number }} named what the file's name says
 * @param {string} id of the log
 * @returns {(CheckpointHeader & Pick<Checkpoint, 'timeMs' | 'kind' | 'bytes' | 'baseSeq'>) | string | number}
 */
function decodeHeader(read, fileBytes, { name, seq }, id) {
  if (read.length < HEADER_BYTES) return 'the file ends within its header'
  if (!read.subarray(0, 8).equals(MAGIC)) return 'the file does not begin as a checkpoint'
  const nameBytes = read.readUInt32LE(84)
  if (nameBytes < 1 || nameBytes > MAX_NAME_BYTES) return "the checkpoint's header contradicts itself"
  const start = HEADER_BYTES + nameBytes
  if (read.length < start) return 'the file ends within its header'
  if (headerCrc(read.subarray(0, start)) !== read.readUInt32LE(92)) return "the crc of the checkpoint's header is wrong"
  const version = read.readUInt32LE(8)
  if (version !== VERSION) return version
  const flags = read.readUInt32LE(12)
  const kind = flags & KIND
  const isFrame = (flags & FRAME) > 0
  const isDelta = (flags & DELTA) > 0
  const based = read.readUInt32LE(48) !== 0xffffffff || read.readUInt32LE(52) !== 0xffffffff
  const headerSeq = readU64(read, 32)
  const bytes = readU64(read, 56)
  const storedBytes = readU64(read, 64)
  const baseSeq = based ? readU64(read, 48) : -1
  const isSane =
    flags <= (KIND | FRAME | DELTA) &&
    (kind === 0 || kind === 2) &&
    (isFrame || !isDelta) &&
    isDelta === based &&
    headerSeq <= MAX_SEQ &&
    read.readUInt32LE(88) === 0 &&
    (isFrame || bytes === storedBytes)
  if (!isSane) return "the checkpoint's header contradicts itself"
  if (read.toString('hex', 16, 32) !== id) return 'the checkpoint is of another log'
  if (!read.subarray(HEADER_BYTES, start).equals(Buffer.from(name)) || headerSeq !== seq) {
    return 'the checkpoint has another name than its file'
  }
  if (baseSeq >= seq || bytes > MAX_STATE_BYTES) return "the checkpoint's header contradicts itself"
  if (fileBytes !== start + storedBytes) return 'the file has another length than its header says'
  return {
    flags,
    id,
    stateCrc: read.readUInt32LE(72),
    storedCrc: read.readUInt32LE(76),
    baseCrc: read.readUInt32LE(80),
    start,
    timeMs: readU64(read, 40),
    kind,
    bytes,
    baseSeq
  }
}

/** @param {number} version */
const versionText = (version) => `the file has version ${version} of the format`

/**
 * Runs with a file that is open for reading.
 * @template T
 * @param {Source} store
 * @param {string} file
 * @param {(opened: DiskFile) => Promise<T>} run
 */
function reading({ disk, directory }, file, run) {
  const name = path.join(directory, file)
  return told('read', name, async () => {
    const opened = await disk.open(name, 'read')
    try {
      return await run(opened)
    } finally {
      await opened.close()
    }
  })
}

/**
 * The checkpoints of a log, by name and seq, as their headers tell.
 * @param {Source} store
 * @param {string | null} wanted
 * @returns {Promise<Checkpoint[]>}
 */
async function listCheckpoints(store, wanted) {
  const { disk, directory } = store
  const [{ id }] = store.segments
  /** @type {Checkpoint[]} */
  const found = []
  for (const file of await told('read directory', directory, () => disk.list(directory))) {
    const named = parseFile(file)
    if (!named || (wanted !== null && named.name !== wanted)) continue
    try {
      found.push(await reading(store, file, (opened) => describe(opened, file, named, id)))
    } catch (error) {
      // Pruned meanwhile.
      if (!isAbsence(error)) throw error
    }
  }
  return found.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)) || a.seq - b.seq)
}

/**
 * What the header of a file says.
 * @param {DiskFile} opened
 * @param {string} file
 * @param {{ name: string, seq: number }} named
 * @param {string} id
 * @returns {Promise<Checkpoint>}
 */
async function describe(opened, file, named, id) {
  const storedBytes = await opened.length()
  const read = Buffer.alloc(HEADER_BYTES + MAX_NAME_BYTES)
  const header = decodeHeader(read.subarray(0, await opened.readAt(read, 0)), storedBytes, named, id)
  if (typeof header === 'object') {
    const { timeMs, kind, bytes, baseSeq } = header
    return { ...named, timeMs, kind, bytes, storedBytes, baseSeq, file, fault: null }
  }
  const fault = typeof header === 'number' ? versionText(header) : header
  return { ...named, timeMs: 0, kind: 0, bytes: 0, storedBytes, baseSeq: -1, file, fault }
}

/**
 * @typedef {object} Link a file that a state is read from, checked
 * @property {string} file
 * @property {Exclude<ReturnType<typeof decodeHeader>, string | number>} header
 * @property {Buffer} stored
 */

/**
 * @param {Source} store
 * @param {string} name
 * @param {number} seq
 * @returns {Promise<{ bytes: Uint8Array, kind: number, timeMs: number }>}
 */
async function readCheckpoint(store, name, seq) {
  const chain = await readChain(store, name, seq)
  const { kind, timeMs } = chain[0].header
  return { bytes: await unfold(store, chain), kind, timeMs }
}

/**
 * The wanted file, and the bases below it.
 * @param {Source} store
 * @param {string} name
 * @param {number} seq
 */
async function readChain(store, name, seq) {
  const first = await readLink(store, name, seq)
  if (!first) throw new TenonError('ERR_INVALID_ARG', `there is no checkpoint '${name}' at ${seq}`)
  const chain = [first]
  for (let last = first; last.header.baseSeq >= 0;) {
    if (chain.length === MAX_CHAIN) throw damaged(store, last.file, 'the checkpoint stands on too many others')
    const base = await readLink(store, name, last.header.baseSeq)
    if (!base) throw damaged(store, last.file, "the checkpoint's base is missing")
    if (base.header.stateCrc !== last.header.baseCrc) {
      throw damaged(store, last.file, "the checkpoint's base is another one")
    }
    chain.push(base)
    last = base
  }
  return chain
}

/**
 * A file, read and checked; undefined where there is none.
 * @param {Source} store
 * @param {string} name
 * @param {number} seq
 * @returns {Promise<Link | undefined>}
 */
async function readLink(store, name, seq) {
  const file = checkpointFile(name, seq)
  const [{ id }] = store.segments
  try {
    return await reading(store, file, async (opened) => {
      const fileBytes = await opened.length()
      if (fileBytes > MAX_STATE_BYTES + HEADER_BYTES + MAX_NAME_BYTES) {
        throw damaged(store, file, 'the file is longer than any checkpoint')
      }
      const all = Buffer.allocUnsafeSlow(fileBytes)
      const read = all.subarray(0, await opened.readAt(all, 0))
      const header = decodeHeader(read.subarray(0, HEADER_BYTES + MAX_NAME_BYTES), fileBytes, { name, seq }, id)
      if (typeof header === 'string') throw damaged(store, file, header)
      if (typeof header === 'number') {
        const where = path.join(store.directory, file)
        const message = `'${where}' has version ${header} of the format; this is a reader of version ${VERSION}`
        throw new TenonError('ERR_UNSUPPORTED', message, { path: where })
      }
      const stored = read.subarray(header.start)
      if (read.length < fileBytes || crc32(stored, 0, stored.length, 0) !== header.storedCrc) {
        throw damaged(store, file, 'the crc of the stored bytes is wrong')
      }
      return { file, header, stored }
    })
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

/**
 * The state of a chain, from its end.
 * @param {Source} store
 * @param {Link[]} chain
 */
async function unfold(store, chain) {
  /** @type {Buffer} */
  let state = Buffer.alloc(0)
  for (const { file, header, stored } of chain.reverse()) {
    state = header.flags & FRAME ? await contentOf(store, file, header, stored, state) : stored
    if (crc32(state, 0, state.length, 0) !== header.stateCrc) {
      throw damaged(store, file, 'the crc of the state is wrong')
    }
  }
  return state
}

/**
 * @param {Source} store
 * @param {string} file
 * @param {Link['header']} header
 * @param {Buffer} stored
 * @param {Buffer} base
 */
async function contentOf(store, file, { flags, bytes }, stored, base) {
  const limits = { maxOutputBytes: bytes, maxWindowLog: READ_WINDOW_LOG }
  const dictionary = flags & DELTA ? { bytes: base, level: 0, prepared: false } : undefined
  try {
    const content = await decompressAsync(stored, limits, dictionary)
    if (content.length === bytes) return Buffer.from(content.buffer, content.byteOffset, bytes)
  } catch (error) {
    const { code } = Object(error)
    if (code !== 'ERR_CORRUPT' && code !== 'ERR_LIMIT') throw error
  }
  throw damaged(store, file, "the checkpoint's frame is damaged")
}

/**
 * What is wrong with a checkpoint, its state included; null for nothing.
 * @param {Source} store
 * @param {string} name
 * @param {number} seq
 * @returns {Promise<string | null>}
 */
async function faultOf(store, name, seq) {
  try {
    await readCheckpoint(store, name, seq)
    return null
  } catch (error) {
    const { code, message } = Object(error)
    if (code === 'ERR_CORRUPT') return reasonOf(error)
    // Pruned meanwhile.
    if (code === 'ERR_INVALID_ARG') return null
    if (code === 'ERR_UNSUPPORTED') return versionText(Number(/version (\d+)/.exec(message)?.[1]))
    throw error
  }
}

/** @param {Source} store @param {string} file @param {string} what */
function damaged(store, file, what) {
  return corrupt(store.directory, what, { segment: file, offsetBytes: 0, lastGoodSeq: -1, nextGoodSeq: null })
}

/**
 * @param {import('./store').Store} store
 * @param {string} name
 * @param {number} seq
 * @param {number} kind
 * @param {Buffer} state
 * @param {CheckpointSettings} settings
 */
async function writeCheckpoint(store, name, seq, kind, state, settings) {
  const { disk, directory } = store
  store.writable()
  const [{ id, firstSeq }] = store.segments
  if (seq < firstSeq || seq > store.nextSeq) {
    const message = `the log has no place ${seq}: it begins at ${firstSeq} and ends at ${store.nextSeq}`
    throw new TenonError('ERR_INVALID_ARG', message)
  }
  if (state.length > MAX_STATE_BYTES) {
    throw new TenonError('ERR_LIMIT', `bytes of a state: more than ${MAX_STATE_BYTES}`)
  }
  const file = checkpointFile(name, seq)
  const others = await listCheckpoints(store, name)
  // One that is on the disk must not give way to one that may be lost.
  const replaces = others.some((other) => other.seq === seq)
  const sync = replaces || (settings.disk ?? settings.durability === DISK)
  if (replaces && others.some((other) => other.baseSeq === seq)) {
    throw new TenonError('ERR_INVALID_ARG', `other checkpoints stand on '${name}' at ${seq}`)
  }
  const stateCrc = crc32(state, 0, state.length, 0)
  const { stored, flags, baseSeq, baseCrc, bases } = await encodeState(store, name, seq, state, settings)
  // Events that are lost are followed by others of the same seqs, which the state would not have. It may be on the disk at any time.
  if (sync || seq > store.durableSeq) await store.sync()
  if (sync && bases.length > 0) {
    for (const base of bases) await syncFile(store, base)
    await told('sync', directory, () => disk.syncDirectory(directory))
  }
  const checkpoint = {
    name,
    seq,
    timeMs: settings.timeMs,
    bytes: state.length,
    storedBytes: stored.length,
    baseSeq
  }
  const storedCrc = crc32(stored, 0, stored.length, 0)
  const header = encodeHeader(checkpoint, { flags: kind | flags, id, stateCrc, storedCrc, baseCrc })
  store.synced.delete(file)
  await writeFile(disk, directory, file, [header, stored], sync)
  if (sync) store.synced.add(file)
  return { storedBytes: header.length + stored.length }
}

/**
 * Syncs a file, unless that is known to have been done.
 * @param {import('./store').Store} store
 * @param {string} file
 */
async function syncFile({ disk, directory, synced }, file) {
  if (synced.has(file)) return
  const name = path.join(directory, file)
  await told('sync', name, async () => {
    const opened = await disk.open(name, 'write')
    try {
      await opened.sync()
    } finally {
      await opened.close()
    }
  })
  synced.add(file)
}

/**
 * What is stored of a state.
 * @param {Source} store
 * @param {string} name
 * @param {number} seq
 * @param {Buffer} state
 * @param {CheckpointSettings} settings
 */
async function encodeState(store, name, seq, state, { compress, level, baseSeq }) {
  const plain = { stored: state, flags: 0, baseSeq: -1, baseCrc: 0, bases: /** @type {string[]} */ ([]) }
  if (baseSeq >= 0) {
    if (baseSeq >= seq) {
      throw new TenonError('ERR_INVALID_ARG', `the base, at ${baseSeq}, is not before ${seq}`)
    }
    const chain = await readChain(store, name, baseSeq)
    const isFull = chain.length >= MAX_CHAIN
    const bases = chain.map(({ file }) => file)
    const base = await unfold(store, chain)
    if (!isFull && base.length >= MIN_BASE_BYTES && !base.subarray(0, 4).equals(DICTIONARY_MAGIC)) {
      const both = Math.floor(Math.log2(Math.max(1, base.length + state.length))) + 1
      const windowLog = Math.min(Math.max(both, MIN_WINDOW_LOG), MAX_WINDOW_LOG)
      const options = { level, checksum: false, longDistance: true, windowLog }
      const frame = await compressAsync(state, options, { bytes: base, level, prepared: false })
      const stored = Buffer.from(frame.buffer, frame.byteOffset, frame.length)
      // What saves little is not worth needing another file.
      if (stored.length < Math.floor(state.length / 2)) {
        return { stored, flags: FRAME | DELTA, baseSeq, baseCrc: crc32(base, 0, base.length, 0), bases }
      }
    }
  }
  if (!compress || state.length === 0) return plain
  const frame = await compressAsync(state, { level, checksum: false, longDistance: false, windowLog: 0 }, undefined)
  if (frame.length >= state.length) return plain
  return { ...plain, stored: Buffer.from(frame.buffer, frame.byteOffset, frame.length), flags: FRAME }
}

/**
 * Writes a checkpoint of one log into another.
 * @param {Source} source
 * @param {Checkpoint} checkpoint
 * @param {string} directory of the other
 * @param {string} id of the other
 */
async function copyCheckpoint(source, { name, seq, file }, directory, id) {
  const link = await readLink(source, name, seq)
  if (!link) return
  const { header, stored } = link
  const parts = [encodeHeader({ ...header, name, seq, storedBytes: stored.length }, { ...header, id }), stored]
  await writeFile(source.disk, directory, file, parts, true)
}

/**
 * Writes a file so that it is there whole or not at all.
 * @param {Disk} disk
 * @param {string} directory
 * @param {string} file
 * @param {Iterable<Buffer> | AsyncIterable<Buffer>} parts
 * @param {boolean} sync
 */
async function writeFile(disk, directory, file, parts, sync) {
  const name = path.join(directory, file)
  await told('write', name, async () => {
    try {
      const opened = await disk.open(`${name}.tmp`, 'replace')
      try {
        let at = 0
        for await (const part of parts) {
          await opened.writeAt(part, at)
          at += part.length
        }
        if (sync) await opened.sync()
      } finally {
        await opened.close()
      }
      await disk.rename(`${name}.tmp`, name)
    } catch (error) {
      // The first failure says more; what is left is removed at the next open.
      await removeIfThere(disk, `${name}.tmp`).catch(() => undefined)
      throw error
    }
    if (sync) await disk.syncDirectory(directory)
  })
}

module.exports = {
  checkpointFile,
  copyCheckpoint,
  faultOf,
  listCheckpoints,
  parseFile,
  readCheckpoint,
  syncFile,
  writeCheckpoint
}
