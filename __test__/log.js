'use strict'

// What the tests of the log's stores have in common: groups of batches, what a log has, and a disk that loses what it may.

const SECTOR_BYTES = 512

/** @typedef {import('../lib/log/store/disk').Disk} Disk */
/** @typedef {{ data: string | Uint8Array, stream?: string, type?: string, timeMs?: number, kind?: number }} TestEvent */
/** @typedef {{ events: TestEvent[], key?: string, expectedSeq?: number }} TestBatch */

/** Batches as `commit` takes them. @param {TestBatch[]} batches @returns {[Uint8Array, Float64Array]} */
function group(batches) {
  /** @type {Buffer[]} */
  const parts = []
  /** @type {number[]} */
  const meta = []
  for (const { events, key = '', expectedSeq = -1 } of batches) {
    for (const [index, { data, stream = '', type = '', timeMs = 0, kind = 1 }] of events.entries()) {
      const four = [stream, type, index === 0 ? key : '', data].map((part) => Buffer.from(/** @type {any} */ (part)))
      parts.push(...four)
      const more = index < events.length - 1 ? 1 : 0
      meta.push(...four.map(({ length }) => length), kind, timeMs, index === 0 ? expectedSeq : -1, more)
    }
  }
  return [Buffer.concat(parts), Float64Array.from(meta)]
}

/**
 * The events that a cursor gives.
 * @param {any} store
 * @param {object} [options]
 * @param {[number, number]} [most] events and bytes of a packet
 */
async function events(store, options = {}, most = [100, 4096]) {
  const all = { from: 0, to: Infinity, reverse: false, stream: null, types: null, limit: Infinity }
  const cursor = store.cursor({ ...all, ...options })
  const found = []
  for (let packet; (packet = await cursor.next(...most)) !== null;) {
    let at = 0
    for (let index = 0; index < packet.meta.length; index += 6) {
      const [seq, streamSeq, timeMs, kind, bytes, names] = packet.meta.subarray(index, index + 6)
      const data = Buffer.from(packet.bytes.subarray(at, at + bytes)).toString('latin1')
      at += bytes
      const stream = packet.names[Math.floor(names / 65_536)]
      found.push({ seq, streamSeq, timeMs, kind, stream, type: packet.names[names % 65_536], data })
    }
  }
  cursor.close()
  return found
}

/** @param {string} code */
function failure(code) {
  return Object.assign(new Error(`${code}: made by the test`), { code, syscall: 'test' })
}

/** The content of a file: what is on the disk, and what was written since. */
class Inode {
  synced = Buffer.alloc(0)
  live = Buffer.alloc(0)
  /** @type {({ length: number } | { offset: number, bytes: Buffer })[]} */
  pending = []

  /** @param {Buffer} content @param {Uint8Array} bytes @param {number} offset */
  static written(content, bytes, offset) {
    const result = Buffer.alloc(Math.max(content.length, offset + bytes.length))
    content.copy(result)
    result.set(bytes, offset)
    return result
  }

  /** @param {Buffer} content @param {number} length */
  static resized(content, length) {
    const result = Buffer.alloc(length)
    content.copy(result)
    return result
  }
}

/**
 * A disk in memory. Each operation may fail, and a crash keeps any of the sectors and names that were not synced.
 * @implements {Disk}
 */
class SimulatedDisk {
  constructor() {
    /** @type {Map<string, Inode>} */
    this.names = new Map()
    /** @type {Map<string, Inode>} */
    this.syncedNames = new Map()
    this.operations = 0
    /** Says the errno with which an operation fails. @type {(operation: string, number: number) => string | undefined} */
    this.fails = () => undefined
  }

  /** @param {string} operation */
  async step(operation) {
    const code = this.fails(operation, this.operations++)
    if (code !== undefined) throw failure(code)
    await undefined
  }

  /** @param {string} path */
  inode(path) {
    const inode = this.names.get(path)
    if (!inode) throw failure('ENOENT')
    return inode
  }

  async createDirectory() {
    await this.step('createDirectory')
  }

  async createNewDirectory() {
    await this.step('createNewDirectory')
  }

  /** @param {string} directory */
  async list(directory) {
    await this.step('list')
    const start = `${directory}/`
    return [...this.names.keys()].filter((name) => name.startsWith(start)).map((name) => name.slice(start.length))
  }

  /** @param {string} path @param {import('../lib/log/store/disk').Access} access */
  async open(path, access) {
    await this.step('open')
    if (access === 'create' && this.names.has(path)) throw failure('EEXIST')
    if (access === 'create' || (access === 'replace' && !this.names.has(path))) this.names.set(path, new Inode())
    const inode = this.inode(path)
    if (access === 'replace') {
      inode.live = Buffer.alloc(0)
      inode.pending.push({ length: 0 })
    }
    return {
      length: async () => (await this.step('length'), inode.live.length),
      /** @param {Buffer} bytes @param {number} offset */
      readAt: async (bytes, offset) => {
        await this.step('read')
        return inode.live.copy(bytes, 0, Math.min(offset, inode.live.length))
      },
      /** @param {Uint8Array} bytes @param {number} offset */
      writeAt: async (bytes, offset) => {
        try {
          await this.step('write')
        } catch (error) {
          // What fails may have been done in part.
          const part = Buffer.from(bytes.subarray(0, bytes.length >> 1))
          inode.live = Inode.written(inode.live, part, offset)
          inode.pending.push({ offset, bytes: part })
          throw error
        }
        inode.live = Inode.written(inode.live, bytes, offset)
        inode.pending.push({ offset, bytes: Buffer.from(bytes) })
      },
      /** @param {number} length */
      setLength: async (length) => {
        await this.step('setLength')
        inode.live = Inode.resized(inode.live, length)
        inode.pending.push({ length })
      },
      sync: async () => {
        await this.step('sync')
        inode.synced = inode.live
        inode.pending = []
      },
      close: async () => undefined
    }
  }

  /** @param {string} from @param {string} to */
  async rename(from, to) {
    await this.step('rename')
    const below = [...this.names].filter(([name]) => name.startsWith(`${from}/`))
    for (const [name, inode] of below) {
      this.names.delete(name)
      this.names.set(to + name.slice(from.length), inode)
    }
    if (below.length > 0) return
    const inode = this.inode(from)
    this.names.delete(from)
    this.names.set(to, inode)
  }

  /** @param {string} path */
  async remove(path) {
    await this.step('remove')
    this.inode(path)
    this.names.delete(path)
  }

  async removeDirectory() {
    await this.step('removeDirectory')
  }

  async syncDirectory() {
    await this.step('syncDirectory')
    this.syncedNames = new Map(this.names)
  }

  /**
   * The disk as it may be after the power was cut. Processes are gone with it, and their locks.
   * @param {{ below(limit: number): number }} random
   */
  crashed(random) {
    const disk = new SimulatedDisk()
    // Of a hundred; often all or nothing.
    const kept = [0, 50, 90, 100][random.below(4)]
    const keep = () => random.below(100) < kept
    /** @type {Map<Inode, Inode>} */
    const after = new Map()
    for (const name of new Set([...this.names.keys(), ...this.syncedNames.keys()])) {
      const synced = this.syncedNames.get(name)
      const live = this.names.get(name)
      const inode = synced === live || keep() ? live : synced
      if (!inode || /\/LOCK\.\d+$/.test(name)) continue
      if (!after.has(inode)) after.set(inode, crashedInode(inode, keep))
      disk.names.set(name, /** @type {Inode} */ (after.get(inode)))
    }
    disk.syncedNames = new Map(disk.names)
    return disk
  }
}

/** @param {Inode} inode @param {() => boolean} keep */
function crashedInode({ synced, pending }, keep) {
  let content = synced
  for (const change of pending) {
    if ('length' in change) {
      if (keep()) content = Inode.resized(content, change.length)
      continue
    }
    const { offset, bytes } = change
    for (let at = 0; at < bytes.length;) {
      const sectorEnd = (Math.floor((offset + at) / SECTOR_BYTES) + 1) * SECTOR_BYTES - offset
      if (keep()) content = Inode.written(content, bytes.subarray(at, sectorEnd), offset + at)
      at = sectorEnd
    }
  }
  const inode = new Inode()
  inode.synced = content
  inode.live = content
  return inode
}

module.exports = { SimulatedDisk, events, failure, group }
