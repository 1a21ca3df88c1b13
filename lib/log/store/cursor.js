'use strict'

const path = require('node:path')
const { setImmediate: turn } = require('node:timers/promises')
const { TenonError, aborted } = require('../../errors')
const { contentOf } = require('./codec')
const { corrupt, isAbsence, told } = require('./faults')
const { NEEDS_BYTES, RECORD, Scan } = require('./scan')
const { FRAME, KIND } = require('./record')
const { firstLater } = require('./segments')

/** @typedef {{ offset: number, seq: number, previousCrc: number }} Place where a record is */
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
/** A reverse cursor remembers a place at about so many bytes. */
const MARK_BYTES = 64 * 1024
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
    /** The next event, or one above it where the cursor goes down; -1 before the first. */
    this.seq = -1
    this.done = false
    this.closed = false
    /** @type {import('./disk').DiskFile | undefined} */
    this.file = undefined
    /** Of the segment that is open. @type {Scan | undefined} */
    this.scan = undefined
    /** Of a segment that is read backwards: where to begin, each behind the one before. @type {Place[]} */
    this.marks = []
    /** The events behind the last mark that was taken. @type {Place[]} */
    this.places = []
    this.blockOffset = 0
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
    await (this.reverse ? this.#down(draft, maxEvents, maxBytes, signal) : this.#up(draft, maxEvents, maxBytes, signal))
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
    if (this.seq < 0) this.seq = Math.max(this.from, store.segments[0].firstSeq)
    if (this.seq >= store.nextSeq && this.seq < to) await store.refresh()
    if (draft.events === 0 && this.from === this.seq) this.seq = Math.max(this.seq, store.segments[0].firstSeq)
    const bound = Math.min(to, store.nextSeq)
    const turns = new Turns(() => this.#check(signal))
    while (this.seq < bound && this.left > 0) {
      const scan = this.scan ?? (await this.#enter(this.seq))
      const found = scan.look()
      if (found === NEEDS_BYTES) {
        await scan.window.load(scan.offset, scan.needBytes)
        this.#check(signal)
        continue
      }
      if (found !== RECORD) {
        await this.#pass(scan)
        continue
      }
      if (!scan.first && scan.seq >= this.seq) {
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
    const { store } = this
    const following = store.segments.find(({ firstSeq }) => firstSeq > scan.segment.firstSeq)
    if (following?.firstSeq === scan.seq) {
      if (following.previousCrc !== scan.previousCrc) {
        const damage = { segment: following.name, offsetBytes: 0, lastGoodSeq: scan.seq - 1, nextGoodSeq: scan.seq }
        throw corrupt(store.directory, 'the segment does not follow the one before it', damage)
      }
      await this.#leave()
      return
    }
    // What was read ahead may be older than the event.
    scan.window.empty()
    if ((await scan.find()) === RECORD) return
    await this.#damaged(scan)
  }

  /** @param {Scan} scan @returns {Promise<never>} */
  async #damaged(scan) {
    const { segment, offset, seq, fault, window } = scan
    const following = this.store.segments.find(({ firstSeq }) => firstSeq > segment.firstSeq)
    const nextGoodSeq = (await firstLater(window.file, segment, offset, seq)) ?? following?.firstSeq ?? null
    const damage = { segment: segment.name, offsetBytes: offset, lastGoodSeq: seq - 1, nextGoodSeq }
    throw corrupt(this.store.directory, fault, damage)
  }

  /**
   * Opens the segment of an event.
   * @param {number} seq
   * @returns {Promise<Scan>}
   */
  async #enter(seq) {
    const { store } = this
    const segment = store.segments.findLast(({ firstSeq }) => firstSeq <= seq)
    if (!segment) throw pruned(seq, store.segments[0].firstSeq)
    const file = path.join(store.directory, segment.name)
    try {
      this.file = await told('open', file, () => store.disk.open(file, 'read'))
    } catch (error) {
      if (!isAbsence(error)) throw error
      await store.refresh()
      const [{ firstSeq }] = store.segments
      throw seq < firstSeq ? pruned(seq, firstSeq) : error
    }
    this.scan = new Scan(this.file, segment)
    return this.scan
  }

  async #leave() {
    const { file } = this
    this.file = undefined
    this.scan = undefined
    this.marks = []
    this.places = []
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
      this.seq = Math.min(this.to, store.nextSeq)
    }
    const turns = new Turns(() => this.#check(signal))
    while (this.seq > Math.max(this.from, store.segments[0].firstSeq) && this.left > 0) {
      const place = this.places.at(-1)
      if (!place) {
        await this.#enterBlock(turns)
        continue
      }
      const scan = /** @type {Scan} */ (this.scan)
      if (place.offset < scan.window.start) await scan.window.load(this.blockOffset, 1)
      scan.goTo(place)
      if ((await scan.find()) !== RECORD) await this.#damaged(scan)
      if (!(await this.#take(draft, scan, maxEvents, maxBytes))) return
      this.places.pop()
      this.seq = place.seq
      if (turns.due()) await turns.take()
    }
    this.done = true
  }

  /**
   * Finds the places of the events below `seq`, as far as the last mark below it.
   * @param {Turns} turns
   */
  async #enterBlock(turns) {
    const { store, seq } = this
    if (this.marks.length === 0) await this.#leave()
    const scan = this.scan ?? (await this.#enter(seq - 1))
    if (this.marks.length === 0) await this.#mark(scan, turns)
    const mark = /** @type {Place} */ (this.marks.pop())
    this.blockOffset = mark.offset
    scan.goTo(mark)
    await scan.window.load(mark.offset, 1)
    while (scan.seq < seq) {
      if ((await scan.find()) !== RECORD) await this.#damaged(scan)
      this.places.push(scan.place)
      scan.advance()
    }
    const following = store.segments.find(({ firstSeq }) => firstSeq > scan.segment.firstSeq)
    if (following?.firstSeq === seq && following.previousCrc !== scan.previousCrc) {
      const damage = { segment: following.name, offsetBytes: 0, lastGoodSeq: seq - 1, nextGoodSeq: seq }
      throw corrupt(store.directory, 'the segment does not follow the one before it', damage)
    }
  }

  /**
   * Goes over a segment up to `seq`, and remembers places.
   * @param {Scan} scan
   * @param {Turns} turns
   */
  async #mark(scan, turns) {
    while (scan.seq < this.seq) {
      if ((await scan.find()) !== RECORD) {
        scan.window.empty()
        if ((await scan.find()) !== RECORD) await this.#damaged(scan)
      }
      const last = this.marks.at(-1)
      if (!scan.first && (!last || scan.offset - last.offset >= MARK_BYTES)) this.marks.push(scan.place)
      scan.advance()
      if (turns.due()) await turns.take()
    }
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
      const { code, message, segment: of } = Object(error)
      if (code !== 'ERR_CORRUPT' || of !== undefined) throw error
      const damage = { segment: segment.name, offsetBytes: offset, lastGoodSeq: seq - 1, nextGoodSeq: seq + 1 }
      throw corrupt(store.directory, message, damage)
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

module.exports = { Cursor, Turns }
