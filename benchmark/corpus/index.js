'use strict'

// The texts that are measured: the same bytes on every machine.

const fs = require('node:fs')
const path = require('node:path')

const ROOT = path.join(__dirname, '..', '..')
/** Behind the licence and the first tables of `typescript.js`: ordinary source text from here on. */
const SOURCE_START_BYTES = 200_000

/**
 * Numbers from 0 to 2^32 - 1 that depend on the seed alone (Marsaglia's xorshift32).
 * @param {number} seed not 0
 */
function generator(seed) {
  let state = seed >>> 0
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>>= 0)
  }
}

/** @param {string} name */
const read = (name) => fs.readFileSync(path.join(__dirname, name), 'utf8')

/**
 * Sentences of `name` in random order, every fifth with a number in front, cut between characters.
 * @param {'prose.txt' | 'cjk.txt' | 'multilingual.txt'} name
 * @param {number} bytes
 */
function sentences(name, bytes) {
  const lines = read(name).split('\n').filter(Boolean)
  const random = generator(0x7e707)
  const parts = []
  for (let length = 0; length < bytes;) {
    const number = random() % 5 === 0 ? `${random() % 10_000}. ` : ''
    const sentence = `${number}${lines[random() % lines.length]}${random() % 4 === 0 ? '\n\n' : ' '}`
    parts.push(sentence)
    length += Buffer.byteLength(sentence)
  }
  return cut(Buffer.from(parts.join('')), 0, bytes)
}

/**
 * `count` texts that never repeat: every character follows those before it as it does somewhere in `name`. The words are
 * new, as names and compounds are; the scripts, the lengths and the neighbours are those of the language.
 * @param {'cjk.txt' | 'multilingual.txt'} name
 * @param {number} memory how many characters before one count
 * @param {number} bytes
 * @param {number} count
 */
function invented(name, memory, bytes, count) {
  const characters = [...read(name)]
  /** @type {Map<string, string[]>} */
  const followers = new Map()
  characters.forEach((_, at) => {
    const before = Array.from({ length: memory }, (_, offset) => characters[(at + offset) % characters.length]).join('')
    const known = followers.get(before)
    const next = characters[(at + memory) % characters.length]
    if (known) known.push(next)
    else followers.set(before, [next])
  })
  const random = generator(0xbabe1)
  const recent = characters.slice(0, memory)
  return Array.from({ length: count }, () => {
    const parts = []
    for (let length = 0; length < bytes; length += Buffer.byteLength(recent[memory - 1])) {
      const choices = /** @type {string[]} */ (followers.get(recent.join('')))
      recent.shift()
      recent.push(choices[random() % choices.length])
      parts.push(recent[memory - 1])
    }
    return cut(Buffer.from(parts.join('')), 0, bytes)
  })
}

/**
 * At most so many bytes from `start`, without a part of a character at either end.
 * @param {Buffer} buffer
 * @param {number} start
 * @param {number} bytes
 */
function cut(buffer, start, bytes) {
  const border = (/** @type {number} */ at) => {
    while (at < buffer.length && (buffer[at] & 0xc0) === 0x80) at--
    return at
  }
  return buffer.toString('utf8', border(start), border(Math.min(start + bytes, buffer.length)))
}

/** @type {Buffer | undefined} */
let compiler

/**
 * `count` different pieces of the TypeScript compiler, of `bytes` each, spread over the file.
 * @param {number} bytes
 * @param {number} [count]
 */
function source(bytes, count = 1) {
  compiler ??= fs.readFileSync(require.resolve('typescript/lib/typescript.js', { paths: [ROOT] }))
  const room = compiler.length - SOURCE_START_BYTES - bytes
  const step = Math.floor(room / count)
  return Array.from({ length: count }, (_, index) => {
    return cut(/** @type {Buffer} */ (compiler), SOURCE_START_BYTES + index * step, bytes)
  })
}

/** The Rust of crates/tokens, file by file in the order of names. */
function rust() {
  const folder = path.join(ROOT, 'crates', 'tokens', 'src')
  const files = fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.rs'))
    .sort()
  return files.map((name) => fs.readFileSync(path.join(folder, name), 'utf8')).join('')
}

module.exports = { generator, invented, rust, sentences, source }
