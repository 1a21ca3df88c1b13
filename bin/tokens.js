'use strict'

const fs = require('node:fs')
const path = require('node:path')
const sayLeftOut = require('./left-out')

/** @typedef {{ path: string, tokens: number, low?: number, high?: number }} Counted */
/**
 * @typedef {object} Options
 * @property {import('..').tokens.Encoding} [encoding]
 * @property {string} [model]
 * @property {string} [estimate] the model
 * @property {number} [limit]
 * @property {number} [truncate] the most tokens of the text that is printed
 * @property {string} [messages] a file
 * @property {string} [tools] a file
 * @property {boolean} [json]
 */

/**
 * @param {typeof import('..')} tenon
 * @param {string[]} paths
 * @param {Options} options
 */
module.exports = async function tokens(tenon, paths, { encoding, model, ...options }) {
  const choice = { ...(encoding && { encoding }), ...(model && { model }) }
  if (options.truncate !== undefined) return printTruncated(tenon, paths, options.truncate, choice, options)
  const { messages, tools, estimate } = options
  if (tools !== undefined && messages === undefined) throw new Error('--tools are those of --messages')
  const counts =
    messages === undefined
      ? await countPaths(tenon, paths, (text) =>
          estimate === undefined ? { tokens: tenon.tokens.count(text, choice) } : tenon.tokens.estimate(text, estimate)
        )
      : countRequest(tenon, paths, messages, tools, model)
  print(counts, options)
}

/**
 * @param {typeof import('..')} tenon
 * @param {string[]} paths
 * @param {(text: Buffer) => Omit<Counted, 'path'>} count
 */
async function countPaths(tenon, paths, count) {
  /** @type {Counted[]} */
  const counts = []
  for (const given of paths.length > 0 ? paths : ['-']) {
    for (const file of await filesOf(tenon, given)) {
      try {
        counts.push({ path: file, ...count(read(tenon.files.pathBytes(file))) })
      } catch (error) {
        // A file that was asked for by name is an error; one among many is not a reason to count none.
        if (file === given || !isOfFile(error)) throw error
        sayLeftOut([{ path: file, reason: Object(error).code }])
      }
    }
  }
  return counts
}

/**
 * What a chat request costs, from files with its messages and its tools.
 * @param {typeof import('..')} tenon
 * @param {string[]} paths
 * @param {string} messages
 * @param {string | undefined} tools
 * @param {string | undefined} model
 * @returns {Counted[]}
 */
function countRequest(tenon, paths, messages, tools, model) {
  if (paths.length > 0) throw new Error('--messages names the file itself; there is nothing to count besides')
  if (model === undefined) throw new Error('--messages needs --model: what stands around messages depends on it')
  const options = { model, ...(tools !== undefined && { tools: readJson(tools) }) }
  return [{ path: messages, tokens: tenon.tokens.countMessages(readJson(messages), options) }]
}

/**
 * @param {Counted[]} counts
 * @param {Options} options
 */
function print(counts, { limit, json }) {
  const sum = (/** @type {'tokens' | 'low' | 'high'} */ key) =>
    counts.reduce((total, count) => total + (count[key] ?? count.tokens), 0)
  const total = { path: 'total', tokens: sum('tokens'), low: sum('low'), high: sum('high') }
  if (json) console.log(JSON.stringify(counts, null, 2))
  else {
    const width = String(total.tokens).length
    const exact = counts.every(({ high }) => high === undefined)
    for (const { path, tokens, low, high } of counts.length === 1 ? counts : [...counts, total]) {
      const range = exact ? '' : ` (${low} to ${high})`
      console.log(`${String(tokens).padStart(width)}${range} ${path}`)
    }
  }
  // Of a range, the most that it may be.
  if (limit !== undefined && total.high > limit) {
    process.stderr.write(`tenon: ${total.high} tokens are more than the ${limit} of --limit\n`)
    process.exitCode = 1
  }
}

/**
 * @param {typeof import('..')} tenon
 * @param {string[]} paths
 * @param {number} most
 * @param {{ encoding?: import('..').tokens.Encoding, model?: string }} choice
 * @param {Options} options
 */
function printTruncated(tenon, paths, most, choice, { json }) {
  if (paths.length > 1) throw new Error('--truncate cuts one text: give one file, or standard input')
  const [file = '-'] = paths
  const { text, tokens, truncated } = tenon.tokens.truncate(read(file), most, choice)
  process.stdout.write(json ? `${JSON.stringify({ path: file, text, tokens, truncated }, null, 2)}\n` : text)
}

/** Descriptor 0 is standard input. @param {string | Buffer} file */
const read = (file) => fs.readFileSync(String(file) === '-' ? 0 : file)

/** @param {string} file */
function readJson(file) {
  const text = read(file).toString('utf8')
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${file} is not JSON: ${Object(error).message}`, { cause: error })
  }
}

/** Whether an error is about one file: it cannot be read, or is too long. @param {unknown} error */
function isOfFile(error) {
  const { code, syscall } = Object(error)
  return syscall !== undefined || code === 'ERR_FS_FILE_TOO_LARGE' || code === 'ERR_LIMIT'
}

/**
 * A file itself, or the files of a directory that git would not ignore.
 * @param {typeof import('..')} tenon
 * @param {string} given
 */
async function filesOf(tenon, given) {
  if (given === '-' || !fs.statSync(given).isDirectory()) return [given]
  // Whoever names a directory on the command line means it.
  const listed = await tenon.files.list(given, { allowBroadRoot: true })
  sayLeftOut(listed.skipped)
  if (listed.truncated) {
    process.stderr.write(`tenon: ${given} has more files than the ${listed.length} counted\n`)
    process.exitCode = 1
  }
  return listed.map((name) => path.join(given, name))
}
