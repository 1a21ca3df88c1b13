'use strict'

// States of a log, a file each (docs/log-format.md, "Checkpoints").

const path = require('node:path')
const { TenonError } = require('../../errors')
const { compressAsync, decompressAsync } = require('../../zstd/fallback')
const { crc32 } = require('./checksum')
const { corrupt, isAbsence, told } = require('./faults')
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
 * @property {number} bytes of the state
 * @property {number} storedBytes
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
const COPY_BYTES = 1 << 20

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
 * @param {Omit<Checkpoint, 'file' | 'fault'>} checkpoint
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
 * The header of a file that is open.
 * @param {DiskFile} opened
 * @param {string} file
 * @param {{ name: string, seq: number }} named
 * @param {string} id of the log
 * @returns {Promise<{ checkpoint: Checkpoint, header: CheckpointHeader | undefined }>}
 */
async function readHeader(opened, file, { name, seq }, id) {
  const nameBytes = Buffer.byteLength(name)
  const start = HEADER_BYTES + nameBytes
  const read = Buffer.alloc(start)
  const length = await opened.readAt(read, 0)
  /** @param {string} fault */
  const unusable = (fault) => ({
    checkpoint: { name, seq, timeMs: 0, kind: 0, bytes: 0, storedBytes: 0, baseSeq: -1, file, fault },
    header: undefined
  })
  if (length < start) return unusable('the header is cut off')
  if (!read.subarray(0, 8).equals(MAGIC)) return unusable('the file is no checkpoint')
  if (headerCrc(read) !== read.readUInt32LE(92)) return unusable('the checksum of the header is wrong')
  const version = read.readUInt32LE(8)
  if (version !== VERSION) return unusable(`the file has version ${version} of the format`)
  const flags = read.readUInt32LE(12)
  const kind = flags & KIND
  const based = read.readUInt32LE(48) !== 0xffffffff || read.readUInt32LE(52) !== 0xffffffff
  const bytes = readU64(read, 56)
  const storedBytes = readU64(read, 64)
  const baseSeq = based ? readU64(read, 48) : -1
  if (read.readUInt32LE(84) !== nameBytes || read.toString('utf8', HEADER_BYTES) !== name || readU64(read, 32) !== seq)
    return unusable('the header is that of another checkpoint')
  if (flags > (KIND | FRAME | DELTA) || based !== (flags & DELTA) > 0 || baseSeq >= seq)
    return unusable('the header contradicts itself')
  if (!(flags & FRAME) && bytes !== storedBytes) return unusable('the header contradicts itself')
  const checkpoint = { name, seq, timeMs: readU64(read, 40), kind, bytes, storedBytes, baseSeq, file, fault: '' }
  /** @param {string} fault */
  const faulty = (fault) => ({ checkpoint: { ...checkpoint, fault }, header: undefined })
  if (read.toString('hex', 16, 32) !== id) return faulty('the checkpoint is of another log')
  if (bytes > MAX_STATE_BYTES) return faulty(`the state has ${bytes} bytes`)
  if ((await opened.length()) !== start + storedBytes) return faulty('the file has another length than its header says')
  const header = {
    flags,
    id,
    stateCrc: read.readUInt32LE(72),
    storedCrc: read.readUInt32LE(76),
    baseCrc: read.readUInt32LE(80),
    start
  }
  return { checkpoint: { ...checkpoint, fault: null }, header }
}

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
      found.push((await reading(store, file, (opened) => readHeader(opened, file, named, id))).checkpoint)
    } catch (error) {
      // Pruned meanwhile.
      if (!isAbsence(error)) throw error
    }
  }
  return found.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)) || a.seq - b.seq)
}

/**
 * @param {Source} store
 * @param {string} name
 * @param {number} seq
 * @returns {Promise<{ bytes: Uint8Array, kind: number, timeMs: number }>}
 */
async function readCheckpoint(store, name, seq) {
  /** The wanted one, and the bases below it. */
  const chain = [await readStored(store, name, seq, undefined)]
  for (let last = chain[0]; last.checkpoint.baseSeq >= 0; last = chain[chain.length - 1]) {
    chain.push(await readStored(store, name, last.checkpoint.baseSeq, last.checkpoint.file))
  }
  /** @type {Buffer | undefined} */
  let state
  let stateCrc = 0
  for (const { checkpoint, header } of chain.reverse()) {
    if (header.flags & DELTA && header.baseCrc !== stateCrc)
      throw damaged(store, checkpoint.file, 'its base is another')
    state = await readState(store, checkpoint, header, header.flags & DELTA ? state : undefined)
    stateCrc = header.stateCrc
  }
  const { kind, timeMs } = chain[chain.length - 1].checkpoint
  return { bytes: /** @type {Buffer} */ (state), kind, timeMs }
}

/**
 * @param {Source} store
 * @param {string} name
 * @param {number} seq
 * @param {string | undefined} of the file that needs it
 */
async function readStored(store, name, seq, of) {
  const file = checkpointFile(name, seq)
  const [{ id }] = store.segments
  try {
    const { checkpoint, header } = await reading(store, file, (opened) => readHeader(opened, file, { name, seq }, id))
    if (!header) throw damaged(store, file, String(checkpoint.fault))
    return { checkpoint, header }
  } catch (error) {
    if (!isAbsence(error)) throw error
    if (of !== undefined) throw damaged(store, of, `its base at seq ${seq} is missing`)
    const message = `there is no checkpoint ${JSON.stringify(name)} at seq ${seq}`
    throw new TenonError('ERR_INVALID_ARG', message, { argument: 'seq' })
  }
}

/**
 * The state in a checkpoint.
 * @param {Source} store
 * @param {Checkpoint} checkpoint
 * @param {CheckpointHeader} header
 * @param {Buffer | undefined} base
 * @returns {Promise<Buffer>}
 */
async function readState(store, { file, bytes, storedBytes }, header, base) {
  const stored = await reading(store, file, async (opened) => {
    if ((await opened.length()) !== header.start + storedBytes)
      throw damaged(store, file, 'the file has another length')
    const stored = Buffer.allocUnsafeSlow(storedBytes)
    if ((await opened.readAt(stored, header.start)) < storedBytes) throw damaged(store, file, 'the file is cut off')
    return stored
  })
  if (crc32(stored, 0, storedBytes, 0) !== header.storedCrc) throw damaged(store, file, 'its checksum is wrong')
  /** @type {Buffer} */
  let state = stored
  if (header.flags & FRAME) {
    try {
      const limits = { maxOutputBytes: bytes, maxWindowLog: READ_WINDOW_LOG }
      const content = await decompressAsync(stored, limits, base && { bytes: base, level: 0, prepared: false })
      state = Buffer.from(content.buffer, content.byteOffset, content.length)
    } catch (error) {
      const { code, message } = Object(error)
      throw code === 'ERR_CORRUPT' || code === 'ERR_LIMIT' ? damaged(store, file, message) : error
    }
  }
  if (state.length !== bytes || crc32(state, 0, state.length, 0) !== header.stateCrc) {
    throw damaged(store, file, 'the checksum of the state is wrong')
  }
  return state
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
    const message = `seq must be from ${firstSeq} to ${store.nextSeq}, not ${seq}`
    throw new TenonError('ERR_INVALID_ARG', message, { argument: 'seq' })
  }
  if (state.length > MAX_STATE_BYTES) {
    const message = `the state has ${state.length} bytes; the limit is ${MAX_STATE_BYTES}`
    throw new TenonError('ERR_LIMIT', message, { maxBytes: MAX_STATE_BYTES })
  }
  const file = checkpointFile(name, seq)
  const others = await listCheckpoints(store, name)
  if (others.some((other) => other.seq === seq) && others.some((other) => other.baseSeq === seq)) {
    const message = `the checkpoint ${JSON.stringify(name)} at seq ${seq} is the base of another`
    throw new TenonError('ERR_INVALID_ARG', message, { argument: 'seq' })
  }
  const stateCrc = crc32(state, 0, state.length, 0)
  const { stored, flags, baseSeq, baseCrc } = await encodeState(store, name, seq, state, settings)
  // Events that are lost are followed by others of the same seqs, which the state would not have.
  if (seq > store.durableSeq) await store.sync()
  const checkpoint = {
    name,
    seq,
    timeMs: settings.timeMs,
    kind,
    bytes: state.length,
    storedBytes: stored.length,
    baseSeq
  }
  const storedCrc = crc32(stored, 0, stored.length, 0)
  const header = encodeHeader(checkpoint, { flags: kind | flags, id, stateCrc, storedCrc, baseCrc })
  const disked = settings.disk ?? settings.durability === DISK
  await writeFile(disk, directory, file, [header, stored], disked)
  return { storedBytes: stored.length }
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
  const plain = { stored: state, flags: 0, baseSeq: -1, baseCrc: 0 }
  if (baseSeq >= 0) {
    if (baseSeq >= seq) {
      throw new TenonError('ERR_INVALID_ARG', `the base at seq ${baseSeq} is not before ${seq}`, {
        argument: 'baseSeq'
      })
    }
    const base = Buffer.from((await readCheckpoint(store, name, baseSeq)).bytes)
    if (base.length >= MIN_BASE_BYTES && !base.subarray(0, 4).equals(DICTIONARY_MAGIC)) {
      const both = Math.floor(Math.log2(Math.max(1, base.length + state.length))) + 1
      const windowLog = Math.min(Math.max(both, MIN_WINDOW_LOG), MAX_WINDOW_LOG)
      const options = { level, checksum: false, longDistance: true, windowLog }
      const frame = await compressAsync(state, options, { bytes: base, level, prepared: false })
      const stored = Buffer.from(frame.buffer, frame.byteOffset, frame.length)
      if (stored.length < state.length) {
        return { stored, flags: FRAME | DELTA, baseSeq, baseCrc: crc32(base, 0, base.length, 0) }
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
async function copyCheckpoint(source, checkpoint, directory, id) {
  const { name, seq, file, storedBytes } = checkpoint
  const { header } = await readStored(source, name, seq, undefined)
  await reading(source, file, async (opened) => {
    async function* parts() {
      yield encodeHeader(checkpoint, { ...header, id })
      const piece = Buffer.allocUnsafe(Math.min(storedBytes, COPY_BYTES))
      for (let at = 0; at < storedBytes; at += piece.length) {
        const part = piece.subarray(0, Math.min(piece.length, storedBytes - at))
        if ((await opened.readAt(part, header.start + at)) < part.length)
          throw damaged(source, file, 'the file is cut off')
        yield part
      }
    }
    await writeFile(source.disk, directory, file, parts(), true)
  })
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
      await removeIfThere(disk, `${name}.tmp`).catch(() => undefined)
      throw error
    }
    if (sync) await disk.syncDirectory(directory)
  })
}

module.exports = { checkpointFile, copyCheckpoint, listCheckpoints, parseFile, readCheckpoint, writeCheckpoint }
