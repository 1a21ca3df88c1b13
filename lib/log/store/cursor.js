'use strict'

const path = require('node:path')
const { setImmediate: turn } = require('node:timers/promises')
const { TenonError, aborted } = require('../../errors')
const { contentOf } = require('./codec')
const { corrupt, isAbsence, told } = require('./faults')
const { HEADER_BYTES } = require('./layout')
const { FRAME, KIND, RECORD_HEADER_BYTES } = require('./record')
const { NEEDS_BYTES, RECORD, Scan, firstLater } = require('./scan')
const { damagedState, readState } = require('./segments')

/**
 * @typedef {object} CursorOptions
 * @property {number} from
 * @property {number} to
 * @property {boolean} reverse
 * @property {string | null} stream
 * @property {readonly string[] | null} types
 * @property {number} limit
 *
 * @typedef {object} Packet events of one reading
 * @property {Uint8Array} bytes the data of all events, one after the other
 * @property {Float64Array} meta six numbers an event: seq, stream seq, time, kind, bytes of the data, and 65536 × the
 *   stream's place in `names` + the type's
 * @property {string[]} names
 */

const META = 6
const MAX_NAMES = 65_536
const FIRST_PACKET_BYTES = 16 * 1024
const FIRST_PACKET_EVENTS = 64
const TURN_MS = 8
const EVENTS_PER_LOOK = 256

/** What a packet is made in. */
class PacketDraft {
  constructor() {
    this.bytes = Buffer.allocUnsafeSlow(FIRST_PACKET_BYTES)
    this.length = 0
    this.meta = new Float64Array(FIRST_PACKET_EVENTS * META)
    this.events = 0
    /** @type {string[]} */
    this.names = []
    /** Where in `names` a byte string is. @type {Map<string, number>} */
    this.places = new Map()
  }

  /** @param {string} name a byte string */
  place(name) {
    const known = this.places.get(name)
    if (known !== undefined) return known
    const place = this.names.push(Buffer.from(name, 'latin1').toString('utf8')) - 1
    this.places.set(name, place)
    return place
  }

  /**
   * @param {import('./record').RecordHeader} header
   * @param {number} seq
   * @param {string} stream
   * @param {string} type
   * @param {Uint8Array} source
   * @param {number} start
   * @param {number} dataBytes
   */
  add(header, seq, stream, type, source, start, dataBytes) {
    if (this.length + dataBytes > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.length + dataBytes))
      larger.set(this.bytes.subarray(0, this.length))
      this.bytes = larger
    }
    this.bytes.set(source.subarray(start, start + dataBytes), this.length)
    this.length += dataBytes
    let at = this.events * META
    if (at === this.meta.length) {
      const larger = new Float64Array(2 * at)
      larger.set(this.meta)
      this.meta = larger
    }
    this.events += 1
    this.meta[at++] = seq
    this.meta[at++] = header.streamSeq
    this.meta[at++] = header.timeMs
    this.meta[at++] = header.flags & KIND
    this.meta[at++] = dataBytes
    this.meta[at] = this.place(stream) * 65_536 + this.place(type)
  }

  /** @returns {Packet} */
  finish() {
    const { bytes, length, meta, events, names } = this
    return { bytes: bytes.subarray(0, length), meta: meta.subarray(0, events * META), names }
  }
}

/** Goes over the events of a log, in packets. */
class Cursor {
  /** @param {import('./store').Store} store @param {CursorOptions} options */
  constructor(store, { from, to, reverse, stream, types, limit }) {
    this.store = store
    this.reverse = reverse
    this.from = from
    this.to = to
    this.stream = stream === null ? null : byteString(stream)
    this.types = types && new Set(types.map(byteString))
    this.left = limit
    /** The next event, or one above it where the cursor goes down; -1 before the first look. */
    this.seq = -1
    /** The least event that was there at the first look. */
    this.floor = from
    this.done = false
    this.closed = false
    /** @type {import('./disk').DiskFile | undefined} */
    this.file = undefined
    /** Of the segment that is open. @type {Scan | undefined} */
    this.scan = undefined
    /** The first seq of the segment behind it. */
    this.scanEnd = Infinity
    /** Of a segment that is read backwards: where the events are that are left. @type {number[]} */
    this.offsets = []
    this.offsetsEnd = 0
    /** How the segment before ended, that was read to its end. @type {{ firstSeq: number, previousCrc: number } | undefined} */
    this.crc = undefined
    /** What the state record of a segment says of the cursor's stream. @type {{ firstSeq: number, next: number | undefined } | undefined} */
    this.known = undefined
    /** What a frame held that did not fit into the last packet. @type {{ seq: number, content: Uint8Array } | undefined} */
    this.content = undefined
    /** @type {Promise<unknown>} */
    this.last = Promise.resolve()
  }

  /**
   * @param {number} maxEvents
   * @param {number} maxBytes
   * @param {AbortSignal} [signal]
   * @returns {Promise<Packet | null>} null at the end as it is now
   */
  next(maxEvents, maxBytes, signal) {
    const running = this.last.then(() => this.#next(maxEvents, maxBytes, signal))
    // Told to the caller; the next one goes on.
    this.last = running.catch(() => undefined)
    return running
  }

  close() {
    this.closed = true
    this.last = this.last.then(() => this.#leave())
    // A file that was only read loses nothing.
    this.last.catch(() => undefined)
  }

  /**
   * @param {number} maxEvents
   * @param {number} maxBytes
   * @param {AbortSignal | undefined} signal
   */
  async #next(maxEvents, maxBytes, signal) {
    this.#check(signal)
    if (this.done) return null
    const draft = new PacketDraft()
    const run = this.reverse ? this.#down : this.#up
    try {
      await run.call(this, draft, maxEvents, maxBytes, signal)
    } catch (error) {
      // What is before a fault is shown first; the next call meets it again.
      if (draft.events === 0 || this.closed || signal?.aborted) throw error
      return draft.finish()
    }
    if (this.left <= 0) this.done = true
    if (this.done) await this.#leave()
    return draft.events > 0 ? draft.finish() : null
  }

  /** @param {AbortSignal | undefined} signal */
  #check(signal) {
    if (signal?.aborted) throw aborted(signal)
    if (this.closed || this.store.closed) throw new TenonError('ERR_CLOSED', 'the log is closed')
  }

  /**
   * @param {PacketDraft} draft
   * @param {number} maxEvents
   * @param {number} maxBytes
   * @param {AbortSignal | undefined} signal
   */
  async #up(draft, maxEvents, maxBytes, signal) {
    const { store, to } = this
    if (this.seq < 0) {
      await store.relist()
      this.floor = Math.max(this.from, store.segments[0].firstSeq)
      this.seq = this.floor
    }
    if (this.seq >= store.nextSeq && this.seq < to) await store.refresh()
    const bound = Math.min(to, store.nextSeq)
    const turns = new Turns(() => this.#check(signal))
    while (this.seq < bound && this.left > 0) {
      const scan = this.scan ?? (await this.#enterUp())
      if (!scan) continue
      if (scan.seq >= this.scanEnd) {
        await this.#pass(scan)
        continue
      }
      // What is before the first event that is asked for is not read.
      const whole = !scan.first && scan.seq >= this.seq
      const found = scan.look(whole)
      if (found === NEEDS_BYTES) {
        await scan.window.load(scan.offset, scan.needBytes)
        this.#check(signal)
        continue
      }
      if (found !== RECORD) {
        if (!whole) await this.#damaged(scan)
        await this.#pass(scan)
        continue
      }
      if (whole) {
        if (!(await this.#take(draft, scan, maxEvents, maxBytes))) return
        this.seq = scan.seq + 1
      }
      scan.advance()
      if (turns.due()) await turns.take()
    }
    this.done = this.seq >= to
  }

  /**
   * Behind the last record of a segment, or where one is bad.
   * @param {Scan} scan
   */
  async #pass(scan) {
    const following = this.#following(scan.segment)
    if (following?.firstSeq === scan.seq) {
      this.crc = { firstSeq: scan.seq, previousCrc: scan.previousCrc }
      await this.#leave()
      return
    }
    const [{ firstSeq }] = this.store.segments
    if (scan.seq < firstSeq) throw this.#pruned(scan.seq, firstSeq)
    // What was read ahead may be older than the event.
    scan.window.empty()
    if ((await scan.find()) === RECORD) return
    await this.#damaged(scan)
  }

  /** @param {import('./layout').Segment} segment */
  #following(segment) {
    return this.store.segments.find(({ firstSeq }) => firstSeq > segment.firstSeq)
  }

  /** @param {Scan} scan @returns {Promise<never>} */
  async #damaged(scan) {
    const { segment, offset, seq, fault, ended, window } = scan
    const { directory } = this.store
    const following = this.#following(segment)?.firstSeq ?? null
    if (offset === HEADER_BYTES) throw await damagedState(directory, scan, following)
    const nextGoodSeq = (await firstLater(window.file, segment, offset, seq))?.seq ?? following
    const damage = { segment: segment.name, offsetBytes: offset, lastGoodSeq: seq - 1, nextGoodSeq }
    throw corrupt(directory, ended ? 'the segment ends before its events do' : fault, damage)
  }

  /**
   * Opens the segment of an event, if there can be something to find in it.
   * @param {number} seq
   * @returns {Promise<Scan | undefined>}
   */
  async #enter(seq) {
    const { store } = this
    const segment = store.segments.findLast(({ firstSeq }) => firstSeq <= seq)
    if (!segment) throw this.#pruned(seq, store.segments[0].firstSeq)
    try {
      if (await this.#isSkipped(segment)) return undefined
      this.file = await this.#open(segment)
    } catch (error) {
      if (!isAbsence(error)) throw error
      await store.refresh()
      const [{ firstSeq }] = store.segments
      throw seq < firstSeq ? this.#pruned(seq, firstSeq) : error
    }
    this.scan = new Scan(this.file, segment)
    this.scan.fileBytes = await this.file.length()
    this.scanEnd = this.#following(segment)?.firstSeq ?? Infinity
    return this.scan
  }

  /** The error for an event, and those that are missing with it. @param {number} seq @param {number} firstSeq */
  #pruned(seq, firstSeq) {
    return this.reverse ? pruned(this.floor, seq + 1) : pruned(seq, firstSeq)
  }

  /** @param {import('./layout').Segment} segment */
  #open(segment) {
    const file = path.join(this.store.directory, segment.name)
    return told('open', file, () => this.store.disk.open(file, 'read'))
  }

  /** Whether the cursor's stream has no event in a segment. @param {import('./layout').Segment} segment */
  async #isSkipped(segment) {
    const following = this.stream === null ? undefined : this.#following(segment)
    if (!following) return false
    // In this order, so that the one that is asked for next is known.
    const [first, second] = this.reverse ? [following, segment] : [segment, following]
    const next = await this.#knownAt(first)
    return next === (await this.#knownAt(second))
  }

  /**
   * The next stream seq of the cursor's stream where a segment begins.
   * @param {import('./layout').Segment} segment
   * @returns {Promise<number | undefined>}
   */
  async #knownAt(segment) {
    if (this.known?.firstSeq === segment.firstSeq) return this.known.next
    const opened = await this.#open(segment)
    try {
      const following = this.#following(segment)?.firstSeq ?? null
      const { state } = await readState(opened, this.store.directory, segment, following)
      const next = state.streams.get(String(this.stream))
      this.known = { firstSeq: segment.firstSeq, next }
      return next
    } finally {
      await opened.close()
    }
  }

  async #leave() {
    const { file } = this
    this.file = undefined
    this.scan = undefined
    this.offsets = []
    await file?.close()
  }

  /**
   * @param {PacketDraft} draft
   * @param {number} maxEvents
   * @param {number} maxBytes
   * @param {AbortSignal | undefined} signal
   */
  async #down(draft, maxEvents, maxBytes, signal) {
    const { store } = this
    if (this.seq < 0) {
      await store.refresh()
      this.floor = Math.max(this.from, store.segments[0].firstSeq)
      this.seq = Math.min(this.to, store.nextSeq)
    }
    const turns = new Turns(() => this.#check(signal))
    while (this.seq > this.floor && this.left > 0) {
      if (this.offsets.length === 0) {
        await this.#enterDown(turns)
        continue
      }
      const scan = /** @type {Scan} */ (this.scan)
      const { window } = scan
      const offset = this.offsets[this.offsets.length - 1]
      if (offset < window.start || this.offsetsEnd > window.end) {
        await window.loadBack(offset, this.offsetsEnd - offset)
      }
      const at = offset - window.start
      // That it follows the one before is not looked at.
      const previousCrc = at + RECORD_HEADER_BYTES <= window.end ? window.bytes.readUInt32LE(at + 28) : 0
      scan.goTo({ offset, seq: this.seq - 1, previousCrc })
      if ((await scan.find()) !== RECORD) await this.#damaged(scan)
      if (!(await this.#take(draft, scan, maxEvents, maxBytes))) return
      this.offsets.pop()
      this.offsetsEnd = offset
      this.seq -= 1
      if (turns.due()) await turns.take()
    }
    this.done = true
  }

  /**
   * Opens the segment of the event below `seq`, and finds where its events are.
   * @param {Turns} turns
   */
  async #enterDown(turns) {
    await this.#leave()
    // Asked first: meanwhile it may be pruned.
    const skipped = this.store.segments.findLast(({ firstSeq }) => firstSeq < this.seq)
    const scan = await this.#enter(this.seq - 1)
    if (!scan) {
      this.seq = Number(skipped?.firstSeq)
      return
    }
    /** @type {number[]} */
    const offsets = []
    while (scan.seq < this.seq) {
      if ((await scan.find(false)) !== RECORD) await this.#damaged(scan)
      if (!scan.first) offsets.push(scan.offset)
      scan.advance()
      if (turns.due()) await turns.take()
    }
    this.offsets = offsets
    this.offsetsEnd = scan.offset
  }

  /** The segment of the next event, unless there is nothing to find in it. */
  async #enterUp() {
    const { crc } = this
    // Asked first: meanwhile it may be pruned.
    const following = this.store.segments.find(({ firstSeq }) => firstSeq > this.seq)
    const scan = await this.#enter(this.seq)
    if (scan) {
      const { name, firstSeq, previousCrc } = scan.segment
      if (crc?.firstSeq === firstSeq && crc.previousCrc !== previousCrc) {
        await this.#leave()
        this.crc = crc
        const damage = { segment: name, offsetBytes: 0, lastGoodSeq: firstSeq - 1, nextGoodSeq: firstSeq }
        throw corrupt(this.store.directory, 'the segment does not follow the one before', damage)
      }
      return scan
    }
    this.crc = undefined
    this.seq = Number(following?.firstSeq)
    return undefined
  }

  /**
   * Puts an event into a packet, if it is one that is asked for; false where the packet is full before it.
   * @param {PacketDraft} draft
   * @param {Scan} scan
   * @param {number} maxEvents
   * @param {number} maxBytes
   */
  async #take(draft, scan, maxEvents, maxBytes) {
    const { header, body } = scan
    const { bytes } = scan.window
    const typeAt = body + header.streamBytes
    const keyAt = typeAt + header.typeBytes
    const stream = bytes.toString('latin1', body, typeAt)
    if (this.stream !== null && stream !== this.stream) return true
    const type = bytes.toString('latin1', typeAt, keyAt)
    if (this.types && !this.types.has(type)) return true
    if (draft.events > 0 && (draft.events >= maxEvents || draft.names.length > MAX_NAMES - 2)) return false
    const dataAt = keyAt + header.keyBytes
    const end = body + header.bodyBytes
    if ((header.flags & FRAME) === 0) {
      if (draft.events > 0 && draft.length + end - dataAt > maxBytes) return false
      draft.add(header, scan.seq, stream, type, bytes, dataAt, end - dataAt)
    } else {
      const content = await this.#contentOf(scan, dataAt, end)
      if (draft.events > 0 && draft.length + content.length > maxBytes) return false
      draft.add(header, scan.seq, stream, type, content, 0, content.length)
      this.content = undefined
    }
    this.left -= 1
    return true
  }

  /** @param {Scan} scan @param {number} start @param {number} end */
  async #contentOf({ seq, segment, offset, window }, start, end) {
    if (this.content?.seq === seq) return this.content.content
    const { store } = this
    try {
      const dictionary = await store.dictionaries.of(segment)
      const content = await contentOf(window.bytes.subarray(start, end), dictionary)
      this.content = { seq, content }
      return content
    } catch (error) {
      const { code, segment: of } = Object(error)
      if ((code !== 'ERR_CORRUPT' && code !== 'ERR_LIMIT') || of !== undefined) throw error
      const isLast = seq + 1 >= store.nextSeq
      const damage = { segment: segment.name, offsetBytes: offset, lastGoodSeq: seq - 1 }
      throw corrupt(store.directory, 'the compressed data is damaged', {
        ...damage,
        nextGoodSeq: isLast ? null : seq + 1
      })
    }
  }
}

/** Gives the event loop its turns. */
class Turns {
  /** @param {() => void} check called after each */
  constructor(check) {
    this.check = check
    this.count = 0
    this.last = performance.now()
  }

  /** Called for each event. */
  due() {
    this.count += 1
    return this.count % EVENTS_PER_LOOK === 0 && performance.now() - this.last > TURN_MS
  }

  async take() {
    await turn()
    this.last = performance.now()
    this.check()
  }
}

/** @param {number} from @param {number} to */
function pruned(from, to) {
  return new TenonError('ERR_IO', `events ${from} to ${to - 1} were pruned while they were read`, { errno: 'ENOENT' })
}

/** @param {string} text */
function byteString(text) {
  return Buffer.from(text, 'utf8').toString('latin1')
}

module.exports = { Cursor, Turns, pruned }
