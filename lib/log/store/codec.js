'use strict'

// The frames of zstd that data are stored as, and the dictionaries they need.

const path = require('node:path')
const { TenonError } = require('../../errors')
const { compress, compressAsync, decompress, decompressAsync } = require('../../zstd/fallback')
const { crc32 } = require('./checksum')
const { corrupt, isAbsence, told } = require('./faults')
const { dictionaryName } = require('./layout')
const { MAX_DATA_BYTES } = require('./record')

/** @typedef {import('./disk').Disk} Disk */
/** @typedef {import('../../zstd/dictionary').Material} Material */

/** More takes longer than the event loop should wait. */
const AT_ONCE_BYTES = 64 * 1024
const MAX_DICTIONARY_BYTES = 16 * 1024 * 1024
/** A frame says how large its content is, so a window is never larger than that. */
const MAX_WINDOW_LOG = 31

/** @param {number} level */
function settingsOf(level) {
  return { level, checksum: false, longDistance: false, windowLog: 0 }
}

/**
 * Data as a frame, or undefined where that is not smaller.
 * @param {Buffer} data
 * @param {number} level
 * @param {Material | undefined} dictionary
 */
async function frameOf(data, level, dictionary) {
  if (data.length === 0) return undefined
  const settings = settingsOf(level)
  const frame =
    data.length <= AT_ONCE_BYTES
      ? compress(data, settings, dictionary)
      : await compressAsync(data, settings, dictionary)
  return frame.length < data.length ? Buffer.from(frame.buffer, frame.byteOffset, frame.length) : undefined
}

/**
 * The content of a frame.
 * @param {Buffer} frame
 * @param {Material | undefined} dictionary
 * @returns {Promise<Uint8Array>}
 */
async function contentOf(frame, dictionary) {
  const limits = { maxOutputBytes: MAX_DATA_BYTES, maxWindowLog: MAX_WINDOW_LOG }
  if (frame.length <= AT_ONCE_BYTES / 8) return decompress(frame, limits, dictionary)
  return decompressAsync(frame, limits, dictionary)
}

/** Rejects where this Node cannot compress. @param {number} level @param {Material | undefined} dictionary */
function checkCompression(level, dictionary) {
  compress(Buffer.from('once'), settingsOf(level), dictionary)
}

/** The dictionaries of a log, each read once. */
class Dictionaries {
  /** @param {Disk} disk @param {string} directory */
  constructor(disk, directory) {
    this.disk = disk
    this.directory = directory
    /** @type {Map<number, Material>} */
    this.known = new Map()
  }

  /**
   * The one that a segment names.
   * @param {import('./layout').Segment} segment
   * @returns {Promise<Material | undefined>}
   */
  async of(segment) {
    const crc = segment.dictionary
    if (crc === 0) return undefined
    const known = this.known.get(crc)
    if (known) return known
    const name = dictionaryName(crc)
    const damage = { segment: name, offsetBytes: 0, lastGoodSeq: -1, nextGoodSeq: null }
    const bytes = await this.read(name)
    if (bytes === undefined) throw corrupt(this.directory, 'the dictionary is missing', damage)
    if (crc32(bytes, 0, bytes.length, 0) !== crc) {
      throw corrupt(this.directory, 'the crc of the dictionary is wrong', damage)
    }
    /** @type {Material} */
    const material = { bytes, level: 0, prepared: false }
    this.known.set(crc, material)
    return material
  }

  /** @param {string} name */
  async read(name) {
    const file = path.join(this.directory, name)
    try {
      return await told('read', file, async () => {
        const opened = await this.disk.open(file, 'read')
        try {
          const length = await opened.length()
          if (length > MAX_DICTIONARY_BYTES)
            throw new TenonError('ERR_LIMIT', `'${file}' has ${length} bytes`, { path: file })
          const bytes = Buffer.alloc(length)
          return bytes.subarray(0, await opened.readAt(bytes, 0))
        } finally {
          await opened.close()
        }
      })
    } catch (error) {
      if (isAbsence(error)) return undefined
      throw error
    }
  }

  /**
   * Puts a dictionary beside the segments, if it is not there.
   * @param {Buffer} bytes
   */
  async keep(bytes) {
    const name = dictionaryName(crc32(bytes, 0, bytes.length, 0))
    const there = await this.read(name)
    if (!there?.equals(bytes)) await this.put(name, bytes)
  }

  /** @param {string} name @param {Buffer} bytes */
  put(name, bytes) {
    const file = path.join(this.directory, name)
    return told('write', file, async () => {
      const opened = await this.disk.open(`${file}.tmp`, 'replace')
      try {
        await opened.writeAt(bytes, 0)
        await opened.sync()
      } finally {
        await opened.close()
      }
      await this.disk.rename(`${file}.tmp`, file)
      await this.disk.syncDirectory(this.directory)
    })
  }

  /**
   * Takes one that events are to be compressed with.
   * @param {Buffer} bytes
   * @param {number} level
   */
  know(bytes, level) {
    const crc = crc32(bytes, 0, bytes.length, 0)
    /** @type {Material} */
    const material = { bytes, level, prepared: false }
    this.known.set(crc, material)
    return { crc, material }
  }
}

module.exports = { Dictionaries, checkCompression, contentOf, frameOf }
