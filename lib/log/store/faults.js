'use strict'

const path = require('node:path')
const { TenonError, ioError } = require('../../errors')

/**
 * @typedef {object} Damage
 * @property {string} segment the file's name
 * @property {number} offsetBytes
 * @property {number} lastGoodSeq -1 for none
 * @property {number | null} nextGoodSeq
 */

/**
 * The error for what is damaged and was not cut off.
 * @param {string} directory
 * @param {string} what
 * @param {Damage} damage
 */
function corrupt(directory, what, { segment, offsetBytes, lastGoodSeq, nextGoodSeq }) {
  const file = path.join(directory, segment)
  const message = `'${file}' is damaged at byte ${offsetBytes}: ${what}`
  const error = new TenonError('ERR_CORRUPT', message, { segment, offsetBytes, lastGoodSeq, nextGoodSeq, path: file })
  reasons.set(error, what)
  return error
}

/** What is wrong, without where. @type {WeakMap<object, string>} */
const reasons = new WeakMap()

/** What an error of `corrupt` says is wrong. @param {unknown} error @returns {string} */
const reasonOf = (error) => reasons.get(Object(error)) ?? String(Object(error).message)

/**
 * Says of a failure of the file system what was tried.
 * @template T
 * @param {string} operation
 * @param {string} file
 * @param {() => Promise<T>} run
 * @returns {Promise<T>}
 */
async function told(operation, file, run) {
  try {
    return await run()
  } catch (error) {
    throw error instanceof TenonError ? error : ioError(operation, file, error)
  }
}

/** Whether a failure says that there is no such file. @param {unknown} error */
function isAbsence(error) {
  const { code, errno } = Object(error)
  return (code === 'ERR_IO' ? errno : code) === 'ENOENT'
}

module.exports = { corrupt, isAbsence, reasonOf, told }
