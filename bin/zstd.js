'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { pipeline } = require('node:stream/promises')

const ENDING = '.zst'

/** @typedef {typeof import('..')} Tenon */
/** @typedef {{ dictionary?: string, stdout?: boolean, force?: boolean }} FileOptions */

/** @param {string | undefined} file */
const dictionaryIn = (file) => (file === undefined ? {} : { dictionary: fs.readFileSync(file) })

/**
 * Runs each file through a stream of its own: to the file that `rename` names, or to standard output.
 * @param {string[]} files
 * @param {FileOptions} options
 * @param {(file: string) => string} rename
 * @param {() => import('node:stream').Transform} open
 */
async function convert(files, { stdout, force }, rename, open) {
  for (const file of files.length > 0 ? files : ['-']) {
    // Opened last: a stream that is left when something else throws fails where nobody listens.
    const input = () => (file === '-' ? process.stdin : fs.createReadStream(file))
    if (file === '-' || stdout) {
      const codec = open()
      await pipeline(input(), codec, process.stdout, { end: false })
      continue
    }
    const target = rename(file)
    // Written beside and renamed: whatever goes wrong, a file of that name is whole.
    const part = `${target}.${process.pid}.part`
    if (!force && fs.existsSync(target)) throw new Error(`${target} exists; --force writes over it`)
    try {
      const codec = open()
      await pipeline(input(), codec, fs.createWriteStream(part, { flags: 'wx' }))
      fs.renameSync(part, target)
    } catch (error) {
      fs.rmSync(part, { force: true })
      throw withFile(error, file)
    }
  }
}

/** The error, with the file in its message. @param {any} error @param {string} file */
function withFile(error, file) {
  if (error.code?.startsWith('ERR_') && !error.message.includes(file)) error.message = `${file}: ${error.message}`
  return error
}

/**
 * @param {Tenon} tenon
 * @param {string[]} files
 * @param {FileOptions & { level?: number, long?: boolean, check: boolean }} options
 */
async function compress({ zstd }, files, options) {
  const { level, long: longDistance = false, check: checksum, dictionary } = options
  const settings = { checksum, longDistance, ...(level !== undefined && { level }), ...dictionaryIn(dictionary) }
  await convert(
    files,
    options,
    (file) => file + ENDING,
    // No size is pledged: a pipe has none, and a log may grow while it is read.
    () => zstd.createCompressStream(settings)
  )
}

/**
 * @param {Tenon} tenon
 * @param {string[]} files
 * @param {FileOptions & { maxOutputBytes?: number, maxWindowLog?: number }} options
 */
async function decompress({ zstd }, files, options) {
  const { maxOutputBytes, maxWindowLog, dictionary } = options
  const settings = {
    ...(maxOutputBytes !== undefined && { maxOutputBytes }),
    ...(maxWindowLog !== undefined && { maxWindowLog }),
    ...dictionaryIn(dictionary)
  }
  /** @param {string} file */
  const rename = (file) => {
    if (file.endsWith(ENDING) && path.basename(file) !== ENDING) return file.slice(0, -ENDING.length)
    throw new Error(`${file} does not end with ${ENDING}; --stdout needs no name`)
  }
  await convert(files, options, rename, () => zstd.createDecompressStream(settings))
}

/**
 * @param {Tenon} tenon
 * @param {string[]} samples
 * @param {{ output: string, force?: boolean, maxBytes?: number }} options
 */
async function train({ zstd }, samples, { output, force, maxBytes }) {
  if (!force && fs.existsSync(output)) throw new Error(`${output} exists; --force writes over it`)
  const contents = samples.map((file) => fs.readFileSync(file))
  const trained = await zstd.trainDictionaryAsync(contents, { ...(maxBytes !== undefined && { maxBytes }) })
  fs.writeFileSync(output, trained)
}

module.exports = { compress, decompress, train }
