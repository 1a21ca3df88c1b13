'use strict'

// What a compiled addon says of itself, read from its bytes: ELF (the System V ABI and its symbol versioning), Mach-O
// (`loader.h`), PE (the Microsoft specification). Nothing is loaded or run.

/**
 * @typedef {object} Binary
 * @property {'linux' | 'darwin' | 'win32'} os
 * @property {string} cpu as Node names it, or the format's own number
 * @property {boolean} shared whether it can be loaded into a process
 * @property {string[]} libraries what the loader has to find (ELF only)
 * @property {string[]} symbolVersions such as GLIBC_2.17 (ELF only)
 */

const ELF = { x64: 62, arm64: 183, sharedObject: 3, dynamic: 6, noBits: 8, versionNeeds: 0x6ffffffe, needed: 1n }
const MACH_O = { magic: 0xfeedfacf, x64: 0x01000007, arm64: 0x0100000c, library: 6, bundle: 8, segment: 0x19 }
const PE = { magic: 0x4550, x64: 0x8664, arm64: 0xaa64, library: 0x2000 }

/**
 * @param {Buffer} bytes
 * @returns {Binary} what the headers say
 * @throws {Error} where they make no sense, in words for `gate.js`
 */
function readBinary(bytes) {
  try {
    if (bytes.length >= 4 && bytes.readUInt32BE(0) === 0x7f454c46) return readElf(bytes)
    if (bytes.length >= 4 && bytes.readUInt32LE(0) === MACH_O.magic) return readMachO(bytes)
    if (bytes.length >= 2 && bytes.toString('latin1', 0, 2) === 'MZ') return readPe(bytes)
  } catch (error) {
    if (Object(error).code !== 'ERR_OUT_OF_RANGE') throw error
    throw new Error('is damaged: its headers point outside of it', { cause: error })
  }
  throw new Error('is no ELF, Mach-O or PE file')
}

/** @param {Buffer} bytes @returns {Binary} */
function readElf(bytes) {
  if (bytes[4] !== 2 || bytes[5] !== 1) throw new Error('is an ELF file, but not of 64 bits, little endian')
  const sections = readSections(bytes)
  return {
    os: 'linux',
    cpu: name(ELF, bytes.readUInt16LE(0x12)),
    shared: bytes.readUInt16LE(0x10) === ELF.sharedObject,
    libraries: sections
      .filter(({ type }) => type === ELF.dynamic)
      .flatMap((section) => readNeeded(bytes, section, sections)),
    symbolVersions: sections
      .filter(({ type }) => type === ELF.versionNeeds)
      .flatMap((section) => readVersions(bytes, section, sections))
  }
}

/** @typedef {{ type: number, offset: number, size: number, link: number, info: number }} Section */

/** @param {Buffer} bytes @returns {Section[]} */
function readSections(bytes) {
  const table = Number(bytes.readBigUInt64LE(0x28))
  const entrySize = bytes.readUInt16LE(0x3a)
  const count = bytes.readUInt16LE(0x3c)
  checkEnd(bytes, table + count * entrySize)
  const sections = Array.from({ length: count }, (_, index) => {
    const at = table + index * entrySize
    const type = bytes.readUInt32LE(at + 4)
    const offset = Number(bytes.readBigUInt64LE(at + 0x18))
    const size = Number(bytes.readBigUInt64LE(at + 0x20))
    if (type !== ELF.noBits) checkEnd(bytes, offset + size)
    return {
      type,
      offset,
      size,
      link: bytes.readUInt32LE(at + 0x28),
      info: bytes.readUInt32LE(at + 0x2c)
    }
  })
  if (!sections.some(({ type }) => type === ELF.dynamic)) throw new Error('is an ELF file without a dynamic section')
  return sections
}

/** The libraries of the dynamic section: pairs of a tag and a value. @param {Buffer} bytes @param {Section} dynamic @param {Section[]} sections */
function readNeeded(bytes, dynamic, sections) {
  const libraries = []
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
    if (bytes.readBigInt64LE(at) !== ELF.needed) continue
    libraries.push(text(bytes, sections[dynamic.link], Number(bytes.readBigUInt64LE(at + 8))))
  }
  return libraries
}

/**
 * The symbol versions a file needs of its libraries: a chain of libraries, each with a chain of versions, whose links
 * count from the entry they are in.
 * @param {Buffer} bytes
 * @param {Section} needs
 * @param {Section[]} sections
 */
function readVersions(bytes, needs, sections) {
  const versions = []
  let library = needs.offset
  for (let left = needs.info; left > 0; left--) {
    let version = library + bytes.readUInt32LE(library + 8)
    for (let count = bytes.readUInt16LE(library + 2); count > 0; count--) {
      versions.push(text(bytes, sections[needs.link], bytes.readUInt32LE(version + 8)))
      version += bytes.readUInt32LE(version + 12)
    }
    library += bytes.readUInt32LE(library + 12)
  }
  return versions
}

/** A string of a string table, up to its NUL. @param {Buffer} bytes @param {Section | undefined} table @param {number} offset */
function text(bytes, table, offset) {
  const start = (table?.offset ?? Infinity) + offset
  const end = bytes.indexOf(0, start)
  if (start >= bytes.length || end < 0) throw new Error('is damaged: its headers point outside of it')
  return bytes.toString('latin1', start, end)
}

/** @param {Buffer} bytes @returns {Binary} */
function readMachO(bytes) {
  const type = bytes.readUInt32LE(12)
  const shared = type === MACH_O.library || type === MACH_O.bundle
  let command = 32
  for (let left = bytes.readUInt32LE(16); left > 0; left--) {
    if (bytes.readUInt32LE(command) === MACH_O.segment) {
      checkEnd(bytes, Number(bytes.readBigUInt64LE(command + 40) + bytes.readBigUInt64LE(command + 48)))
    }
    command += bytes.readUInt32LE(command + 4)
  }
  return { os: 'darwin', cpu: name(MACH_O, bytes.readUInt32LE(4)), shared, libraries: [], symbolVersions: [] }
}

/** @param {Buffer} bytes @returns {Binary} */
function readPe(bytes) {
  const header = bytes.readUInt32LE(0x3c)
  if (bytes.readUInt32LE(header) !== PE.magic) throw new Error('is an MS-DOS file, not a PE file')
  const shared = (bytes.readUInt16LE(header + 22) & PE.library) !== 0
  const sections = header + 24 + bytes.readUInt16LE(header + 20)
  for (let index = 0; index < bytes.readUInt16LE(header + 6); index++) {
    checkEnd(bytes, bytes.readUInt32LE(sections + index * 40 + 16) + bytes.readUInt32LE(sections + index * 40 + 20))
  }
  return { os: 'win32', cpu: name(PE, bytes.readUInt16LE(header + 4)), shared, libraries: [], symbolVersions: [] }
}

/** What a header announces must be there: a binary that was cut short says so nowhere else. @param {Buffer} bytes @param {number} end */
function checkEnd(bytes, end) {
  if (end > bytes.length) throw new Error(`is cut short: ${bytes.length} of ${end} bytes`)
}

/** @param {{ x64: number, arm64: number }} format @param {number} machine */
function name(format, machine) {
  if (machine === format.x64) return 'x64'
  return machine === format.arm64 ? 'arm64' : `machine ${machine}`
}

module.exports = { readBinary }
