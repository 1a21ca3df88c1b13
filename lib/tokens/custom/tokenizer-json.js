'use strict'

// `tokenizer.json` of Hugging Face's tokenizers, as far as it is byte-level BPE. What would change the ids and is not
// implemented is refused; truncation, padding and the post-processor are not applied, as with
// `encode(…, add_special_tokens=False)`. `crates/tokens/src/custom/tokenizer_json.rs` is the same.

const {
  MAX_ADDED_BYTES,
  MAX_ADDED_TOKEN_BYTES,
  MAX_FILE_BYTES,
  MAX_ID,
  MAX_STEPS,
  MAX_TOKENS,
  MAX_TOKEN_BYTES,
  beyond,
  invalid,
  unsupported
} = require('./definition')
const { compileExpression, compileLiteral, compilePattern } = require('./pattern')
const { whiteSpace } = require('./properties')

/** @typedef {import('./definition').Step} Step */
/** @typedef {import('./definition').AddedToken} AddedToken */

const ARGUMENT = 'tokenizerJson'
/** Arrays and objects in each other. */
const MAX_DEPTH = 127

/**
 * The tokenizer of a `tokenizer.json`.
 * @param {string | Uint8Array} json bytes are UTF-8
 * @returns {import('./definition').Definition}
 * @throws {import('../../errors').TenonError} `ERR_INVALID_ARG` for what is no such file, `ERR_UNSUPPORTED` for what would change
 *   the ids and is not implemented, `ERR_LIMIT`
 */
function parseTokenizerJson(json) {
  const root = new Part(parseJson(json), ARGUMENT)
  root.object()
  const model = readModel(root.field('model'))
  /** @type {import('./definition').Definition['normalizers']} */
  const normalizers = []
  readNormalizers(root.field('normalizer'), normalizers)
  /** @type {Step[]} */
  const steps = []
  const preTokenizer = root.field('pre_tokenizer')
  if (!readSteps(preTokenizer, false, steps)) throw preTokenizer.unsupported('a tokenizer without ByteLevel')
  checkDecoder(root.field('decoder'))
  const added = readAddedTokens(root.field('added_tokens'), model)
  return { tokens: model.tokens, merges: model.merges, normalizers, steps, added }
}

/**
 * A JSON value. What `JSON.parse` takes and others do not is refused: lone surrogates in escapes, numbers beyond a double,
 * and nesting without end.
 * @param {string | Uint8Array} json
 * @returns {unknown}
 */
function parseJson(json) {
  const length = typeof json === 'string' ? Buffer.byteLength(json) : json.length
  if (length > MAX_FILE_BYTES) throw beyond(ARGUMENT, MAX_FILE_BYTES, 'bytes')
  let value
  try {
    const text = typeof json === 'string' ? json.toWellFormed() : UTF8.decode(json)
    value = JSON.parse(text)
  } catch (cause) {
    throw notJson(cause)
  }
  checkJson(value, 0)
  return value
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @param {unknown} [cause] */
const notJson = (cause) =>
  Object.assign(invalid(ARGUMENT, 'it is not JSON in UTF-8'), cause === undefined ? {} : { cause })

/** @param {unknown} value @param {number} depth */
function checkJson(value, depth) {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw notJson()
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw notJson()
  } else if (typeof value === 'object' && value !== null) {
    if (depth === MAX_DEPTH) throw notJson()
    if (Array.isArray(value)) for (const item of value) checkJson(item, depth + 1)
    else {
      for (const name of Object.keys(value)) {
        if (!name.isWellFormed()) throw notJson()
        checkJson(/** @type {Record<string, unknown>} */ (value)[name], depth + 1)
      }
    }
  }
}

/** A value with its place, for errors. */
class Part {
  /** @param {unknown} value @param {string} place */
  constructor(value, place) {
    this.value = value
    this.place = place
  }

  /** A field of an object; null where it is not there, or where this is no object. @param {string} name */
  field(name) {
    const place = this.place === ARGUMENT ? `${ARGUMENT}, ${name}` : `${this.place}.${name}`
    return new Part(isObject(this.value) && Object.hasOwn(this.value, name) ? this.value[name] : null, place)
  }

  /** @param {number} index @param {unknown} value */
  item(index, value) {
    return new Part(value, `${this.place}[${index}]`)
  }

  /** @param {string} what */
  mustBe(what) {
    return invalid(this.place, `it is not ${what}`)
  }

  /** @param {string} part */
  unsupported(part) {
    return unsupported(this.place, part)
  }

  object() {
    if (!isObject(this.value)) throw this.mustBe('an object')
    return this.value
  }

  /** @returns {unknown[]} */
  array() {
    if (!Array.isArray(this.value)) throw this.mustBe('an array')
    return this.value
  }

  string() {
    if (typeof this.value !== 'string') throw this.mustBe('a string')
    return this.value
  }

  /** @param {boolean} missing where it is not there */
  boolean(missing) {
    if (this.value === null) return missing
    if (typeof this.value !== 'boolean') throw this.mustBe('true or false')
    return this.value
  }

  id() {
    if (!isId(this.value)) throw this.mustBe('an integer from 0 to 2147483647')
    return this.value | 0
  }

  /** A string that is empty or not there; others are refused. */
  noText() {
    if (this.value === null || this.value === '') return
    throw typeof this.value === 'string' ? this.unsupported('a text here') : this.mustBe('a string')
  }

  kind() {
    this.object()
    return this.field('type').string()
  }

  /** A type that is not among those implemented. @param {string} kind */
  unknown(kind) {
    return this.field('type').unsupported(`"${Array.from(kind).slice(0, 40).join('')}"`)
  }
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)

/** @param {unknown} value @returns {value is number} */
const isId = (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) < MAX_ID

/** @param {Part} model */
function readModel(model) {
  const fields = model.object()
  // Older files do not say it, and have merges.
  const untyped = model.field('type').value === null && Object.hasOwn(fields, 'merges')
  if (!untyped && model.kind() !== 'BPE') throw model.unknown(model.kind())
  const dropout = model.field('dropout')
  if (dropout.value !== null && dropout.value !== 0) throw dropout.unsupported('dropout')
  model.field('continuing_subword_prefix').noText()
  model.field('end_of_word_suffix').noText()
  // What these say concerns bytes without a token, and every byte has one.
  model.field('byte_fallback').boolean(false)
  model.field('fuse_unk').boolean(false)
  const wholeFirst = model.field('ignore_merges').boolean(false)

  const vocab = model.field('vocab')
  const entries = Object.entries(vocab.object())
  if (entries.length > MAX_TOKENS) throw beyond(vocab.place, MAX_TOKENS, 'tokens')
  /** @type {Map<string, number>} */
  const ids = new Map()
  for (const [name, id] of entries) {
    if (!isId(id)) throw invalid(vocab.place, 'an id is not an integer from 0 to 2147483647')
    ids.set(name, id | 0)
  }
  if (entries.some(([name]) => Buffer.byteLength(name) > MAX_TOKEN_BYTES)) {
    throw beyond(vocab.place, MAX_TOKEN_BYTES, 'bytes of a token')
  }
  const tokens = Array.from(ids, ([name, id]) => {
    const bytes = bytesOf(name)
    return { bytes: bytes ?? Buffer.from(name).toString('latin1'), id, reachable: bytes !== undefined && bytes !== '' }
  }).sort((a, b) => a.id - b.id)
  const twice = tokens.findIndex(({ id }, index) => tokens[index + 1]?.id === id)
  if (twice >= 0) throw invalid(vocab.place, `two tokens have the id ${tokens[twice].id}`)
  for (let byte = 0; byte < 256; byte++) {
    // No UTF-8 has the others.
    const occurs = byte !== 0xc0 && byte !== 0xc1 && byte < 0xf5
    if (!occurs || ids.has(BYTE_CHARACTERS[byte])) continue
    const hex = byte.toString(16).padStart(2, '0')
    throw invalid(vocab.place, `the byte 0x${hex} is no token, so that not every text has ids`)
  }

  const merges = model.field('merges')
  const list = merges.array()
  if (list.length > MAX_TOKENS) throw beyond(merges.place, MAX_TOKENS, 'merges')
  const pairs = list.map((value, index) => readMerge(value, index, merges, ids))
  /** @type {import('./definition').Merges} */
  const rule = { by: 'list', pairs, wholeFirst }
  return { tokens, merges: rule, ids }
}

/** @param {unknown} value @param {number} index @param {Part} merges @param {Map<string, number>} ids */
function readMerge(value, index, merges, ids) {
  /** @type {unknown[]} */
  let names
  if (typeof value === 'string') {
    names = value.split(' ', 3)
    if (names.length !== 2) throw merges.item(index, value).mustBe('two tokens with a space between')
  } else if (Array.isArray(value)) names = value
  else throw merges.item(index, value).mustBe('two tokens')
  const [first, second] = names
  if (names.length !== 2 || typeof first !== 'string' || typeof second !== 'string') {
    throw merges.item(index, value).mustBe('two tokens')
  }
  const left = ids.get(first)
  const right = ids.get(second)
  const merged = ids.get(first + second)
  if (left === undefined || right === undefined || merged === undefined) {
    throw invalid(merges.item(index, value).place, 'a token of the merge is not in model.vocab')
  }
  return { left, right, merged }
}

/**
 * The printable characters that stand for bytes in a vocabulary: those of Latin-1 for themselves, and for the rest
 * characters from U+0100 on, in the order of the bytes.
 */
const BYTE_CHARACTERS = (() => {
  let other = 0x100
  return Array.from({ length: 256 }, (_, byte) => {
    const itself = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
    return String.fromCharCode(itself ? byte : other++)
  })
})()
const BYTES = new Map(BYTE_CHARACTERS.map((character, byte) => [character, String.fromCharCode(byte)]))

/** Undefined where a character stands for no byte. @param {string} name */
function bytesOf(name) {
  let bytes = ''
  for (let at = 0; at < name.length; at++) {
    const byte = BYTES.get(name[at])
    if (byte === undefined) return undefined
    bytes += byte
  }
  return bytes
}

/** @param {Part} part @param {import('./definition').Definition['normalizers']} normalizers */
function readNormalizers(part, normalizers) {
  if (part.value === null) return
  const kind = part.kind()
  switch (kind) {
    case 'Sequence': {
      const list = part.field('normalizers')
      list.array().forEach((value, index) => {
        const item = list.item(index, value)
        item.object()
        readNormalizers(item, normalizers)
      })
      return
    }
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      if (normalizers.length === MAX_STEPS) throw beyond(part.place, MAX_STEPS, 'normalizers')
      normalizers.push(kind)
      return
    default:
      throw part.unknown(kind)
  }
}

/**
 * Adds the steps of a pre-tokenizer; `done` is whether text has become bytes before it. Says whether it has, behind it.
 * @param {Part} part
 * @param {boolean} done
 * @param {Step[]} steps
 * @returns {boolean}
 */
function readSteps(part, done, steps) {
  if (part.value === null) return done
  const kind = part.kind()
  if (kind === 'Sequence') {
    const list = part.field('pretokenizers')
    list.array().forEach((value, index) => {
      const item = list.item(index, value)
      item.object()
      done = readSteps(item, done, steps)
    })
    return done
  }
  if (done) throw part.unsupported('a step behind ByteLevel')
  if (steps.length + 2 > MAX_STEPS) throw beyond(part.place, MAX_STEPS, 'steps')
  switch (kind) {
    case 'ByteLevel':
      if (part.field('add_prefix_space').boolean(true)) steps.push({ kind: 'prefix-space' })
      if (part.field('use_regex').boolean(true)) {
        const pattern = compilePattern('gpt2', { place: part.place })
        steps.push({ kind: 'split', pattern, behavior: 'Isolated', invert: false })
      }
      return true
    case 'Digits': {
      const behavior = part.field('individual_digits').boolean(false) ? 'Isolated' : 'Contiguous'
      const pattern = compilePattern('\\p{N}', { place: part.place })
      steps.push({ kind: 'split', pattern, behavior, invert: false })
      return false
    }
    case 'Split': {
      const pattern = readPattern(part.field('pattern'))
      const behavior = readBehavior(part.field('behavior'))
      steps.push({ kind: 'split', pattern, behavior, invert: part.field('invert').boolean(false) })
      return false
    }
    default:
      throw part.unknown(kind)
  }
}

/** @param {Part} part @returns {import('./definition').Behavior} */
function readBehavior(part) {
  const behavior = part.string()
  switch (behavior) {
    case 'Removed':
    case 'Isolated':
    case 'MergedWithPrevious':
    case 'MergedWithNext':
    case 'Contiguous':
      return behavior
    default:
      throw part.mustBe('a behavior')
  }
}

/** @param {Part} part */
function readPattern(part) {
  const fields = Object.keys(part.object())
  if (fields.length === 1 && fields[0] === 'Regex') {
    const regex = part.field('Regex')
    return compileExpression(regex.string(), { syntax: 'oniguruma', place: regex.place })
  }
  if (fields.length !== 1 || fields[0] !== 'String') throw part.mustBe('an object with Regex or String')
  const text = part.field('String')
  if (text.string() === '') throw text.unsupported('an empty text')
  return compileLiteral(text.string(), text.place)
}

/** Decoding gives the bytes of the tokens, which is what this one does. @param {Part} part */
function checkDecoder(part) {
  if (part.value === null) return
  const kind = part.kind()
  if (kind === 'ByteLevel') return
  if (kind !== 'Sequence') throw part.unknown(kind)
  const list = part.field('decoders')
  list.array().forEach((value, index) => checkDecoder(list.item(index, value)))
}

/** @param {Part} part @param {ReturnType<typeof readModel>} model @returns {AddedToken[]} */
function readAddedTokens(part, model) {
  if (part.value === null) return []
  const list = part.array()
  if (list.length > MAX_TOKENS) throw beyond(part.place, MAX_TOKENS, 'tokens')
  const texts = new Set()
  const taken = new Set(model.tokens.map(({ id }) => id))
  let largest = -1
  let bytes = 0
  const added = list.map((value, index) => {
    const item = part.item(index, value)
    item.object()
    const content = item.field('content')
    const text = content.string()
    if (text === '') throw content.mustBe('a text of one character or more')
    const length = Buffer.byteLength(text)
    if (length > MAX_ADDED_TOKEN_BYTES) throw beyond(content.place, MAX_ADDED_TOKEN_BYTES, 'bytes')
    bytes += length
    if (bytes > MAX_ADDED_BYTES) throw beyond(part.place, MAX_ADDED_BYTES, 'bytes')
    if (texts.has(text)) throw invalid(content.place, "the text is another token's too")
    texts.add(text)
    const place = item.field('id')
    const id = place.id()
    // tokenizers numbers anew: by the vocabulary, or behind everything.
    const size = model.tokens.length
    const expected = model.ids.get(text) ?? (largest >= size ? largest + 1 : size)
    if (id !== expected) throw invalid(place.place, `it is ${id}, which tokenizers would make ${expected}`)
    if (!model.ids.has(text) && taken.has(id)) throw invalid(place.place, `the id ${id} is another token's too`)
    largest = Math.max(largest, id)
    const special = item.field('special').boolean(false)
    return {
      text,
      id,
      special,
      normalized: item.field('normalized').boolean(!special),
      singleWord: item.field('single_word').boolean(false),
      leftStrip: item.field('lstrip').boolean(false),
      rightStrip: item.field('rstrip').boolean(false)
    }
  })
  const spaces = whiteSpace()
  if (added.some(({ rightStrip }) => rightStrip) && added.some(({ text }) => spaces.has(Number(text.codePointAt(0))))) {
    throw part.unsupported('rstrip beside a token that starts with white space')
  }
  return added
}

module.exports = { parseTokenizerJson }
