'use strict'

const { randomBytes } = require('node:crypto')
const path = require('node:path')
const { setImmediate: turn } = require('node:timers/promises')
const { TenonError } = require('../../errors')
const { listCheckpoints, parseFile, readCheckpoint, writeCheckpoint } = require('./checkpoint')
const { Dictionaries, checkCompression, frameOf } = require('./codec')
const { Cursor, pruned } = require('./cursor')
const { REAL_DISK } = require('./disk')
const { isAbsence, told } = require('./faults')
const { isUnfinished } = require('./files')
const { fork } = require('./fork')
const { MAX_SEQ, digits } = require('./layout')
const { lock } = require('./lock')
const { prune } = require('./prune')
const { followTail, listSegments, readSegments, readTail } = require('./segments')
const { FRAME, MAX_BODY_BYTES, MAX_DATA_BYTES, MORE, recordBytes } = require('./record')
const { Scan } = require('./scan')
const { State } = require('./state')
const { verify } = require('./verify')
const { Writer } = require('./writer')

/** @typedef {import('./disk').Disk} Disk */
/** @typedef {import('./layout').Segment} Segment */
/** @typedef {import('./segments').Tail} Tail */
/** @typedef {import('./writer').Entry} Entry */
/**
 * @typedef {object} StoreOptions
 * @property {number} segmentBytes
 * @property {boolean} readOnly
 * @property {boolean} create
 * @property {number} level of zstd; 0 stores data as they are
 * @property {Uint8Array} [dictionary]
 *
 * @typedef {object} Recovery what was cut off at open
 * @property {string} segment the file's name
 * @property {number} offsetBytes
 * @property {number} lostBytes
 * @property {string | null} lostFile
 * @property {number} laterRecords
 * @property {number} nextSeq
 */

/** Numbers that `commit` gets for an event, and gives. */
const META = 8
const POSITION = 3
const DISK = 2
const APPENDED = 0
const KNOWN = 1
const CONFLICT = 2
const ANOTHER_BATCH = 3

const MAX_BATCH_BYTES = 2 ** 29
/** A segment may have so many times its state record. */
const STATES_A_SEGMENT = 4
const TURN_MS = 8
const EVENTS_PER_LOOK = 512
/** How often a reader starts anew because the files change under it. */
const READ_ATTEMPTS = 5
const COPY_BYTES = 1 << 20

/** A log that is open. */
class Store {
  /**
   * @param {Disk} disk
   * @param {string} directory
   * @param {StoreOptions} options
   */
  constructor(disk, directory, options) {
    this.disk = disk
    this.directory = directory
    this.options = options
    this.dictionaries = new Dictionaries(disk, directory)
    /** @type {Recovery | null} */
    this.recovery = null
    /** @type {Segment[]} */
    this.segments = []
    this.state = new State()
    this.nextSeq = 0
    this.durableSeq = 0
    /** Where the last segment ends, of a log that is open for reading. @type {Tail | undefined} */
    this.tail = undefined
    /** @type {Writer | undefined} */
    this.writer = undefined
    /** What new events are compressed with. @type {{ crc: number, material: import('./codec').Material | undefined }} */
    this.compression = { crc: 0, material: undefined }
    /** @type {(() => Promise<void>) | undefined} */
    this.unlock = undefined
    this.closed = false
    /** The files of checkpoints that are known to be on the disk. @type {Set<string>} */
    this.synced = new Set()
    /** @type {Promise<unknown>} */
    this.last = Promise.resolve()
  }

  /**
   * Runs what changes the log, one after the other.
   * @template T
   * @param {() => Promise<T>} run
   * @returns {Promise<T>}
   */
  exclusive(run) {
    const running = this.last.then(run)
    // Told to the caller; the next one goes on.
    this.last = running.catch(() => undefined)
    return running
  }

  /** The writer, if something can be written. */
  writable() {
    if (this.closed) throw closed()
    if (!this.writer) {
      throw new TenonError('ERR_INVALID_ARG', 'log is open for reading only', { argument: 'options.readOnly' })
    }
    const { poison } = this.writer
    if (poison === undefined) return this.writer
    const { errno = 'EIO', path: file = this.directory } = Object(poison)
    const message = `the log takes no more since '${file}' failed with ${errno}; open it again`
    throw new TenonError('ERR_IO', message, { errno, path: file, poisoned: true, cause: poison })
  }

  info() {
    const { nextSeq, durableSeq, segments, writer } = this
    const [{ id, firstSeq }] = segments
    const poisoned = writer?.poison === undefined ? null : String(Object(writer.poison).errno)
    return { firstSeq, nextSeq, durableSeq, id, poisoned }
  }

  /**
   * @param {Uint8Array} bytes
   * @param {Float64Array} meta
   * @param {number} durability
   * @returns {Promise<Float64Array>}
   */
  commit(bytes, meta, durability) {
    const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    return this.exclusive(() => this.#commit(source, meta, durability))
  }

  /**
   * @param {Buffer} source
   * @param {Float64Array} meta
   * @param {number} durability
   */
  async #commit(source, meta, durability) {
    const writer = this.writable()
    checkGroup(meta)
    const { crc: dictionary, material } = this.compression
    const { level, segmentBytes } = this.options
    const draft = new State(this.state)
    const positions = new Float64Array((meta.length / META) * POSITION)
    let before = writer.savepoint()
    let { nextSeq: seq, durableSeq } = this
    /** @type {Entry[]} */
    let waiting = []
    let waitingBytes = 0
    let last = performance.now()
    const write = async () => {
      const room = durability === DISK ? segmentBytes : 0
      if (waiting.length > 0) await writer.write(waiting, durableSeq, room)
      waiting = []
      waitingBytes = 0
    }
    try {
      let start = 0
      for (let event = 0; event * META < meta.length;) {
        const batch = readBatch(source, meta, event, start)
        const { count } = batch
        const refused = refusal(draft, batch)
        if (refused) {
          positions.set(refused, event * POSITION)
        } else {
          if (seq + count >= MAX_SEQ) throw new TenonError('ERR_LIMIT', `a log has at most ${MAX_SEQ} events`)
          let batchBytes = 0
          for (const [index, entry] of batch.entries.entries()) {
            if (level !== 0) await compressEntry(entry, level, material)
            batchBytes += recordBytes(entry.bodyBytes)
            if (index % EVENTS_PER_LOOK === EVENTS_PER_LOOK - 1 && performance.now() - last > TURN_MS) {
              await turn()
              last = performance.now()
            }
          }
          const most = Math.max(segmentBytes, STATES_A_SEGMENT * writer.stateBytes)
          const other = level !== 0 && writer.segment.dictionary !== dictionary
          const hasEvents = writer.hasEvents || waiting.length > 0
          if (hasEvents && (other || writer.end + waitingBytes + batchBytes > most)) {
            await write()
            await this.keepDictionary()
            await writer.roll(draft, dictionary)
            durableSeq = seq
          } else if (other) {
            await this.keepDictionary()
            await writer.replace(draft, dictionary)
            this.segments = [...this.segments.slice(0, -1), writer.segment]
            before = writer.savepoint()
          }
          for (const [index, entry] of batch.entries.entries()) {
            entry.seq = seq++
            entry.streamSeq = draft.next(batch.streams[index])
            draft.setNext(batch.streams[index], entry.streamSeq + 1)
            positions.set([APPENDED, entry.seq, entry.streamSeq], (event + index) * POSITION)
            waiting.push(entry)
          }
          waitingBytes += batchBytes
          const [{ seq: first, streamSeq }] = batch.entries
          if (batch.key !== '') draft.setBatch(batch.key, { seq: first, streamSeq, events: count })
          if (draft.mostBytes > MAX_BODY_BYTES) throw new TenonError('ERR_LIMIT', 'the log has too many streams')
        }
        event += count
        start = batch.end
        if (performance.now() - last > TURN_MS) {
          await turn()
          last = performance.now()
        }
      }
      await write()
      if (durability === DISK && durableSeq < seq) {
        await writer.sync()
        durableSeq = seq
      }
    } catch (error) {
      // Where that fails too, the writer is poisoned, and says so from now on.
      await writer.undo(before).catch(() => undefined)
      throw error
    }
    if (writer.begun.length > 0) this.segments = [...this.segments, ...writer.begun]
    this.state.take(draft)
    this.nextSeq = seq
    this.durableSeq = durableSeq
    return positions
  }

  /** Puts the dictionary where readers find it, before a segment names it. */
  async keepDictionary() {
    const { material } = this.compression
    if (material) await this.dictionaries.keep(Buffer.from(material.bytes))
  }

  flush() {
    return this.exclusive(() => this.sync())
  }

  /** Syncs what was appended. */
  async sync() {
    const writer = this.writable()
    const { nextSeq } = this
    if (this.durableSeq === nextSeq) return
    await writer.sync()
    this.durableSeq = nextSeq
  }

  /** @param {import('./cursor').CursorOptions} options */
  cursor(options) {
    return new Cursor(this, options)
  }

  /** Looks at what another process has written. */
  refresh() {
    return this.writer ? Promise.resolve() : this.exclusive(() => this.#refresh())
  }

  /** Forgets the segments that another process has pruned. */
  async relist() {
    if (this.writer) return
    await this.exclusive(async () => {
      if (this.closed) throw closed()
      const there = new Set(await listSegments(this.disk, this.directory))
      const left = this.segments.filter(({ firstSeq }) => there.has(firstSeq))
      if (left.length > 0) this.segments = left
      else await this.#refresh()
    })
  }

  /** The error for events from a seq on, if they were pruned. @param {number} seq */
  async prunedSince(seq) {
    await this.relist()
    const [{ firstSeq }] = this.segments
    return seq < firstSeq ? pruned(seq, firstSeq) : undefined
  }

  async #refresh() {
    for (let attempt = 1; ; attempt++) {
      if (this.closed) throw closed()
      try {
        const firstSeqs = await listSegments(this.disk, this.directory)
        const known = await this.#knownSegments(firstSeqs)
        const last = known.at(-1)?.firstSeq ?? -1
        const added = firstSeqs.filter((firstSeq) => firstSeq > last)
        const segments = [...known, ...(await readSegments(this.disk, this.directory, added, known.at(-1)))]
        const segment = segments.at(-1)
        if (!segment) throw gone(this.directory)
        const tail = await this.#readOn(segment)
        this.segments = segments
        this.tail = tail
        this.state = tail.state
        this.nextSeq = tail.seq
        this.durableSeq = Math.max(this.durableSeq, tail.durableSeq)
        return
      } catch (error) {
        // What was pruned, replaced or written while it was read looks like damage.
        const mayPass = isAbsence(error) || Object(error).code === 'ERR_CORRUPT'
        if (!mayPass || attempt >= READ_ATTEMPTS) throw error
        this.tail = undefined
        await turn()
      }
    }
  }

  /** The segments that are known already and are still there. @param {number[]} firstSeqs */
  async #knownSegments(firstSeqs) {
    const { tail } = this
    if (!tail) return []
    const there = new Set(firstSeqs)
    const known = this.segments.filter(({ firstSeq }) => there.has(firstSeq))
    if (known.at(-1) !== tail.segment) return []
    // As long as it has no event, the last one may be replaced.
    return tail.seq === tail.segment.firstSeq ? known.slice(0, -1) : known
  }

  /** The end of the last segment, from where it was. @param {Segment} segment @returns {Promise<Tail>} */
  async #readOn(segment) {
    const { tail, disk, directory } = this
    if (tail?.segment !== segment) return readTail(disk, directory, segment)
    const file = path.join(directory, segment.name)
    return told('read', file, async () => {
      const opened = await disk.open(file, 'read')
      try {
        const scan = new Scan(opened, segment)
        scan.goTo(tail)
        return { ...tail, ...(await followTail(directory, scan, tail.state)) }
      } finally {
        await opened.close()
      }
    })
  }

  /**
   * @param {string} name
   * @param {number} seq
   * @param {number} kind
   * @param {Uint8Array} bytes
   * @param {import('./checkpoint').CheckpointSettings} settings
   */
  writeCheckpoint(name, seq, kind, bytes, settings) {
    const state = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    return this.exclusive(() => writeCheckpoint(this, name, seq, kind, state, settings))
  }

  /** @param {string | null} name */
  async checkpoints(name) {
    this.readable()
    return listCheckpoints(this, name)
  }

  /** @param {string} name @param {number} seq */
  async readCheckpoint(name, seq) {
    this.readable()
    return readCheckpoint(this, name, seq)
  }

  /** @param {number} before @param {number} keepCheckpoints of each name, or -1 for all */
  prune(before, keepCheckpoints) {
    return this.exclusive(() => prune(this, before, keepCheckpoints))
  }

  /** @param {string} newDirectory @param {number} atSeq @param {AbortSignal} [signal] */
  async fork(newDirectory, atSeq, signal) {
    this.readable()
    await this.refresh()
    return fork(this, newDirectory, atSeq, signal)
  }

  /** @param {AbortSignal} [signal] */
  async verify(signal) {
    this.readable()
    await this.refresh()
    return verify(this, signal)
  }

  async stats() {
    this.readable()
    await this.refresh()
    const { disk, directory } = this
    let bytes = 0
    for (const { name } of this.segments) {
      const file = path.join(directory, name)
      bytes += await told('read', file, async () => {
        const opened = await disk.open(file, 'read')
        try {
          return await opened.length()
        } finally {
          await opened.close()
        }
      })
    }
    const { streams, keys } = this.state
    const checkpoints = await listCheckpoints(this, null)
    for (const { storedBytes } of checkpoints) bytes += storedBytes
    const segments = this.segments.length
    return { segments, bytes, streams: streams.size, keys: keys.size, checkpoints: checkpoints.length }
  }

  readable() {
    if (this.closed) throw closed()
  }

  /** @returns {Promise<void>} */
  close() {
    return this.exclusive(async () => {
      if (this.closed) return
      this.closed = true
      const { writer, unlock } = this
      this.unlock = undefined
      try {
        if (writer && writer.poison === undefined) {
          await writer.seal()
          this.durableSeq = this.nextSeq
        }
      } finally {
        try {
          await writer?.close()
        } finally {
          await unlock?.()
        }
      }
    })
  }
}

/** @returns {TenonError} */
function closed() {
  return new TenonError('ERR_CLOSED', 'the log is closed')
}

/** @param {string} directory */
function gone(directory) {
  return new TenonError('ERR_IO', `cannot read '${directory}': there is no segment in it`, {
    errno: 'ENOENT',
    path: directory
  })
}

/** Refuses a group with a batch that is too large. @param {Float64Array} meta */
function checkGroup(meta) {
  let bytes = 0
  for (let at = 0; at < meta.length; at += META) {
    const dataBytes = meta[at + 3]
    if (dataBytes > MAX_DATA_BYTES) {
      const message = `an event has ${dataBytes} bytes of data; the limit is ${MAX_DATA_BYTES}`
      throw new TenonError('ERR_LIMIT', message, { maxBytes: MAX_DATA_BYTES })
    }
    bytes += recordBytes(meta[at] + meta[at + 1] + meta[at + 2] + dataBytes)
    if (bytes > MAX_BATCH_BYTES) {
      const message = `the records of a batch have more than ${MAX_BATCH_BYTES} bytes`
      throw new TenonError('ERR_LIMIT', message, { maxBytes: MAX_BATCH_BYTES })
    }
    if (meta[at + 7] === 0) bytes = 0
  }
}

/**
 * A batch of a group.
 * @param {Buffer} source
 * @param {Float64Array} meta
 * @param {number} event
 * @param {number} start where its bytes begin
 */
function readBatch(source, meta, event, start) {
  /** @type {Entry[]} */
  const entries = []
  /** @type {string[]} */
  const streams = []
  const first = event * META
  const expectedSeq = meta[first + 6]
  const keyAt = start + meta[first] + meta[first + 1]
  const key = source.toString('latin1', keyAt, keyAt + meta[first + 2])
  let at = start
  for (let index = first; ; index += META) {
    const [streamBytes, typeBytes, keyBytes, dataBytes, kind, timeMs, , more] = meta.subarray(index, index + META)
    const sourceBytes = streamBytes + typeBytes + keyBytes + dataBytes
    streams.push(source.toString('latin1', at, at + streamBytes))
    entries.push({
      source,
      start: at,
      sourceBytes,
      frame: undefined,
      bodyBytes: sourceBytes,
      seq: 0,
      streamSeq: 0,
      timeMs,
      flags: kind | (more ? MORE : 0),
      streamBytes,
      typeBytes,
      keyBytes
    })
    at += sourceBytes
    if (!more) break
  }
  return { entries, streams, key, expectedSeq, count: entries.length, end: at }
}

/**
 * The positions to answer with where a batch is not appended; undefined where it is.
 * @param {State} state
 * @param {ReturnType<typeof readBatch>} batch
 */
function refusal(state, { key, expectedSeq, streams, count }) {
  const known = key === '' ? undefined : state.batch(key)
  if (known && known.events !== count) {
    return streams.flatMap(() => [ANOTHER_BATCH, -1, known.events])
  }
  if (known) {
    // Of the other streams nobody knows where they were.
    let streamSeq = known.streamSeq
    return streams.flatMap((stream, index) => [KNOWN, known.seq + index, stream === streams[0] ? streamSeq++ : -1])
  }
  const next = state.next(streams[0])
  return expectedSeq >= 0 && expectedSeq !== next ? streams.flatMap(() => [CONFLICT, -1, next]) : undefined
}

/**
 * @param {Entry} entry
 * @param {number} level
 * @param {import('./codec').Material | undefined} material
 */
async function compressEntry(entry, level, material) {
  const names = entry.streamBytes + entry.typeBytes + entry.keyBytes
  const { start, sourceBytes } = entry
  const frame = await frameOf(entry.source.subarray(start + names, start + sourceBytes), level, material)
  if (!frame) return
  entry.frame = frame
  entry.sourceBytes = names
  entry.bodyBytes = names + frame.length
  entry.flags |= FRAME
}

/**
 * Opens a log.
 * @param {string} directory
 * @param {StoreOptions} options
 * @param {Disk} [disk]
 */
async function openStore(directory, options, disk = REAL_DISK) {
  const store = new Store(disk, directory, options)
  if (options.readOnly) {
    await store.refresh()
    return store
  }
  if (options.create) await told('create directory', directory, () => disk.createDirectory(directory))
  else if ((await listSegments(disk, directory)).length === 0) throw gone(directory)
  store.unlock = await lock(disk, directory)
  try {
    await openForWriting(store)
    return store
  } catch (error) {
    store.closed = true
    // The first failure says more than those that follow from it.
    await store.writer?.close().catch(() => undefined)
    await store.unlock().catch(() => undefined)
    throw error
  }
}

/** @param {Store} store */
async function openForWriting(store) {
  const { disk, directory, options } = store
  if (options.level !== 0) {
    const { dictionary, level } = options
    const bytes = dictionary?.length ? Buffer.from(dictionary) : undefined
    checkCompression(level, bytes && { bytes, level, prepared: false })
    if (bytes) store.compression = store.dictionaries.know(bytes, level)
  }
  store.segments = await readSegments(disk, directory, await listSegments(disk, directory))
  for (const name of await told('read directory', directory, () => disk.list(directory))) {
    if (isUnfinished(name)) await told('remove', name, () => disk.remove(path.join(directory, name)))
  }
  const segment = store.segments.at(-1)
  if (!segment) {
    const origin = { id: randomBytes(16).toString('hex'), firstSeq: 0, dictionary: store.compression.crc }
    await store.keepDictionary()
    store.writer = await Writer.begin(disk, directory, origin, store.state)
    store.segments = [store.writer.segment]
    await setAside(store)
    return
  }
  // A writer may have ended between a segment's rename and this.
  await told('sync', directory, () => disk.syncDirectory(directory))
  const tail = await readTail(disk, directory, segment)
  const lostFile = tail.torn && (await keepLost(disk, directory, tail, tail.torn.lostEnd))
  const writer = await Writer.resume(disk, directory, tail)
  store.writer = writer
  if (tail.torn) {
    await told('truncate', writer.path, () => writer.open().setLength(tail.offset))
    writer.allocated = tail.offset
    store.recovery = {
      segment: segment.name,
      offsetBytes: tail.offset,
      lostBytes: tail.torn.lostEnd - tail.offset,
      lostFile,
      laterRecords: tail.torn.laterRecords,
      nextSeq: tail.seq
    }
  }
  await writer.rewrite(tail.unsynced, tail.offset)
  if (tail.torn) await writer.sync()
  store.state = tail.state
  store.nextSeq = tail.seq
  store.durableSeq = tail.torn ? tail.seq : tail.durableSeq
  await setAside(store)
}

/**
 * Puts checkpoints of events that the log lost out of the way, before others get these events' seqs.
 * @param {Store} store
 */
async function setAside({ disk, directory, nextSeq }) {
  const names = await told('read directory', directory, () => disk.list(directory))
  const ahead = names.filter((name) => (parseFile(name)?.seq ?? 0) > nextSeq)
  for (const name of ahead) {
    const file = path.join(directory, name)
    await told('rename', file, () => disk.rename(file, `${file}.lost`))
  }
  if (ahead.length > 0) await told('sync', directory, () => disk.syncDirectory(directory))
}

/**
 * Copies what is cut off the last segment into a file of its own.
 * @param {Disk} disk
 * @param {string} directory
 * @param {Tail} tail
 * @param {number} end
 * @returns {Promise<string>} the file's name
 */
async function keepLost(disk, directory, { segment, offset }, end) {
  const from = path.join(directory, segment.name)
  const taken = new Set(await told('read directory', directory, () => disk.list(directory)))
  let copy = 1
  const nameOf = () => `${digits(segment.firstSeq)}-${offset}${copy > 1 ? `-${copy}` : ''}.lost`
  // An earlier one stays as it is.
  while (taken.has(nameOf())) copy += 1
  const name = nameOf()
  const file = path.join(directory, name)
  await told('write', file, async () => {
    const to = await disk.open(`${file}.tmp`, 'replace')
    try {
      const source = await disk.open(from, 'read')
      try {
        const bytes = Buffer.alloc(Math.min(COPY_BYTES, end - offset))
        for (let at = offset; at < end; at += bytes.length) {
          const read = await source.readAt(bytes.subarray(0, Math.min(bytes.length, end - at)), at)
          await to.writeAt(bytes.subarray(0, read), at - offset)
        }
      } finally {
        await source.close()
      }
      await to.sync()
    } finally {
      await to.close()
    }
    await disk.rename(`${file}.tmp`, file)
    await disk.syncDirectory(directory)
  })
  return name
}

module.exports = { Store, closed, openStore }
