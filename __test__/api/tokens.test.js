'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { tokens } = require('../..')

/** Called with what the types do not allow. @type {any} */
const wrong = tokens

/** @param {string} code @param {RegExp} message */
const error = (code, message) => ({ name: 'TenonError', code, message })

test('a model means its encoding, dated and fine-tuned versions included', () => {
  const o200k = tokens.count('naïve façade', { encoding: 'o200k_base' })
  const cl100k = tokens.count('naïve façade', { encoding: 'cl100k_base' })
  assert.notEqual(o200k, cl100k)
  for (const model of [
    'gpt-4o',
    'gpt-4o-mini',
    'gpt-4o-2024-08-06',
    'o1',
    'o3-mini',
    'gpt-5',
    'gpt-5-codex',
    'gpt-5.1-codex',
    'gpt-4.1-nano',
    'ft:gpt-4o:org::id',
    'ft:gpt-4o-mini-2024-07-18:org::id',
    'ft:gpt-4.1-2025-04-14:org::id',
    'ft:o4-mini'
  ]) {
    assert.equal(tokens.count('naïve façade', { model }), o200k, model)
  }
  for (const model of [
    'gpt-4',
    'gpt-4-turbo',
    'gpt-4-0613',
    'gpt-3.5-turbo-16k',
    'text-embedding-3-small',
    'ft:gpt-3.5-turbo:org',
    'ft:gpt-4'
  ]) {
    assert.equal(tokens.count('naïve façade', { model }), cl100k, model)
  }
})

test('a model without a known encoding is refused, never guessed', () => {
  for (const model of ['claude-sonnet-4', 'gemini-2.5-pro', 'gpt', 'o', '', 'toString', '__proto__', 7]) {
    assert.throws(
      () => tokens.count('a', { model: /** @type {string} */ (model) }),
      error('ERR_UNSUPPORTED', /has no encoding that Tenon knows/),
      String(model)
    )
  }
})

test('wrong arguments say what is wrong', () => {
  for (const text of [undefined, null, 7, {}, [], new ArrayBuffer(1), new Uint16Array(1)]) {
    assert.throws(() => wrong.count(text), error('ERR_INVALID_ARG', /^text must be a string or a Uint8Array, not /))
    assert.throws(() => wrong.encode(text), error('ERR_INVALID_ARG', /^text must be/))
  }
  assert.throws(
    () => wrong.count('a', { encodng: 'o200k_base' }),
    error('ERR_INVALID_ARG', /unknown option "encodng"; the options are encoding, model, allowedSpecial/)
  )
  assert.throws(
    () => wrong.count('a', { encoding: 'r50k' }),
    error('ERR_INVALID_ARG', /must be one of o200k_base, cl100k_base, .*, gpt2, not "r50k"/)
  )
  assert.throws(
    () => wrong.count('a', { encoding: 'o200k_base', model: 'gpt-4o' }),
    error('ERR_INVALID_ARG', /not both/)
  )
  assert.throws(() => wrong.count('a', null), error('ERR_INVALID_ARG', /options must be an object, not null/))
  assert.throws(() => wrong.countBatch('a'), error('ERR_INVALID_ARG', /texts must be an array/))
  assert.throws(() => wrong.countBatch(['a', 7]), error('ERR_INVALID_ARG', /^texts\[1\] must be a string/))
  assert.throws(() => wrong.decode('a'), error('ERR_INVALID_ARG', /^ids must be/))
  for (const id of [-1, 1.5, 2 ** 32, NaN, '1']) {
    assert.throws(() => wrong.decode([0, id]), error('ERR_INVALID_ARG', /^ids\[1\] must be an integer from 0/))
  }
  assert.throws(
    () => tokens.decode([0, 199_998]),
    error('ERR_INVALID_ARG', /^ids\[1\] is 199998, which o200k_base does not have$/)
  )
})

test('special tokens decode, and their text is ordinary text', () => {
  assert.equal(tokens.decode([199_999, 200_018]), '<|endoftext|><|endofprompt|>')
  const { length } = tokens.encode('<|endoftext|>')
  assert.ok(length > 1)
})

test('a batch counts as its texts do', () => {
  const texts = ['', 'hello world', new TextEncoder().encode('bytes'), '文字', 'x'.repeat(10_000)]
  assert.deepEqual(
    [...tokens.countBatch(texts)],
    texts.map((text) => tokens.count(text))
  )
})

test('a text larger than any buffer kept between calls comes through whole', () => {
  for (const unit of ['word ', '文字', '👨']) {
    for (const repeats of [1364, 1365, 1366, 4093, 4096, 300_000]) {
      const text = unit.repeat(repeats)
      assert.equal(tokens.decode(tokens.encode(text)), text, `${unit} times ${repeats}`)
    }
  }
})

test('a text or an answer beyond the limits is ERR_LIMIT before any work', () => {
  const limit = 2 ** 27
  const tooLong = error('ERR_LIMIT', /^text has 134217729 (code units|bytes); the limit is 134217728$/)
  assert.throws(() => tokens.count('a'.repeat(limit + 1)), tooLong)
  assert.throws(() => tokens.encode(new Uint8Array(limit + 1)), tooLong)
  assert.throws(() => tokens.countBatch(['a', 'a'.repeat(limit + 1)]), error('ERR_LIMIT', /^texts\[1\] has/))
  // 128 spaces are one token, the longest there is.
  const [longest] = tokens.encode(' '.repeat(128))
  const ids = new Uint32Array(Math.ceil(2 ** 29 / 128)).fill(longest)
  assert.throws(() => tokens.decode(ids), error('ERR_LIMIT', /^the ids stand for more than 536870888 bytes$/))
})

test('bytes and ids of another realm, or without their buffer, are taken for what they are', () => {
  const foreign = require('node:vm').runInNewContext('new Uint8Array([104, 105])')
  assert.equal(tokens.count(foreign), tokens.count('hi'))
  const ids = tokens.encode('hello')
  structuredClone(ids, { transfer: [/** @type {ArrayBuffer} */ (ids.buffer)] })
  assert.equal(tokens.decode(ids), '')
  const bytes = new TextEncoder().encode('hello')
  structuredClone(bytes, { transfer: [bytes.buffer] })
  assert.equal(tokens.count(bytes), 0)
})

test('countUntil counts up to its limit and one more', () => {
  const text = 'one two three four'
  const all = tokens.count(text)
  for (let limit = 0; limit <= all + 1; limit++) {
    assert.equal(tokens.countUntil(text, limit), Math.min(all, limit + 1), `${limit}`)
    assert.equal(tokens.countUntil(Buffer.from(text), limit, { model: 'gpt-4' }), Math.min(all, limit + 1))
  }
  assert.equal(tokens.countUntil('', 0), 0)
  assert.equal(tokens.countUntil(text, 2 ** 32 - 1), all)
  // One pretoken, of which nothing may be left out.
  const run = 'a'.repeat(100_000)
  assert.equal(tokens.countUntil(run, 7), 8)
  assert.equal(tokens.countUntil(run, 100_000), tokens.count(run))
  assert.equal(tokens.countUntil('a<|endoftext|>b', 2, { allowedSpecial: 'all' }), 3)
  assert.equal(tokens.countUntil('a<|endoftext|>b', 2), 3)
  for (const limit of [-1, 1.5, 2 ** 32, NaN, '1', undefined, null]) {
    assert.throws(
      () => wrong.countUntil('a', limit),
      error('ERR_INVALID_ARG', /^limit must be an integer from 0 to 4294967295/)
    )
  }
})

test('offsets are where the tokens are, in the units of the text', () => {
  const text = 'naïve 文字 👨‍👩‍👧 𐐀 end'
  for (const encoding of tokens.encodings()) {
    const { ids, offsets } = tokens.encodeWithOffsets(text, { encoding })
    assert.deepEqual(ids, tokens.encode(text, { encoding }))
    assert.equal(offsets.length, ids.length + 1)
    assert.equal([...ids].map((_, at) => text.slice(offsets[at], offsets[at + 1])).join(''), text)
    const bytes = Buffer.from(text)
    const inBytes = tokens.encodeWithOffsets(bytes, { encoding })
    ids.forEach((id, at) => {
      const token = bytes.subarray(inBytes.offsets[at], inBytes.offsets[at + 1])
      assert.deepEqual(tokens.decodeBytes([id], { encoding }), Uint8Array.from(token), `${encoding}, token ${at}`)
    })
  }
  // The middle tokens begin inside the one character.
  assert.deepEqual([...tokens.encodeWithOffsets('a𐐀b').offsets], [0, 1, 1, 1, 1, 3, 4])
  assert.deepEqual(tokens.encodeWithOffsets(''), { ids: new Uint32Array(), offsets: new Uint32Array(1) })
  const special = tokens.encodeWithOffsets('é<|endoftext|>', { allowedSpecial: 'all' })
  assert.deepEqual([...special.offsets], [0, 1, 14])
  // This id has two special tokens, of different lengths.
  const either = /** @type {const} */ ({ encoding: 'o200k_harmony', allowedSpecial: 'all' })
  for (const text of ['<|reserved_200018|>', '<|endofprompt|>']) {
    const { ids, offsets } = tokens.encodeWithOffsets(`é${text}!`, either)
    assert.deepEqual([ids[1], [...offsets]], [200018, [0, 1, 1 + text.length, 2 + text.length]])
  }
  assert.throws(() => wrong.encodeWithOffsets('a', { limit: 1 }), error('ERR_INVALID_ARG', /unknown option "limit"/))
})

test('offsets in bytes that are no UTF-8 are those of the bytes', () => {
  // Two replacement characters are one token, the second stands for two bytes.
  const { ids, offsets } = tokens.encodeWithOffsets(Uint8Array.of(0x61, 0xff, 0xf0, 0x9f, 0x62))
  assert.equal(tokens.decode(ids), 'a\ufffd\ufffdb')
  assert.deepEqual([...offsets], [0, 1, 4, 5])
  const lone = tokens.encodeWithOffsets('a\ud83d b')
  assert.equal(lone.offsets.at(-1), 4)
  assert.deepEqual(tokens.encodeWithOffsets(Uint8Array.of(0xe6, 0x96)).offsets.at(-1), 2)
})

test('bytes of ids are what decode has before it is text', () => {
  const [first, ...others] = tokens.encode('𐐀')
  assert.equal(Buffer.from(tokens.decodeBytes([first, ...others])).toString(), '𐐀')
  assert.deepEqual(tokens.decodeBytes([first]), Uint8Array.from(Buffer.from('𐐀').subarray(0, 1)))
  assert.deepEqual(tokens.decodeBytes([]), new Uint8Array())
  assert.equal(Buffer.from(tokens.decodeBytes(Uint32Array.of(199_999))).toString(), '<|endoftext|>')
  assert.throws(() => wrong.decodeBytes('a'), error('ERR_INVALID_ARG', /^ids must be/))
  assert.throws(
    () => tokens.decodeBytes([100_256], { encoding: 'cl100k_base' }),
    error('ERR_INVALID_ARG', /^ids\[0\] is 100256, which cl100k_base does not have$/)
  )
  assert.throws(
    () => wrong.decodeBytes([1], { allowedSpecial: 'all' }),
    error('ERR_INVALID_ARG', /unknown option "allowedSpecial"/)
  )
})

test('a decoder takes ids one by one or many, and what throws leaves it as it was', () => {
  const text = 'a 𐐀 文字'
  for (const model of ['gpt-4o', 'gpt-4', 'davinci']) {
    const decoder = tokens.createDecoder({ model })
    const [first, ...others] = tokens.encode(text, { model })
    let decoded = decoder.write(first)
    for (const id of others) {
      assert.throws(() => decoder.write([id, 4_000_000]), error('ERR_INVALID_ARG', /^ids\[1\] is 4000000/))
      decoded += decoder.write(id)
    }
    assert.equal(decoded + decoder.end(), text)
    assert.equal(decoder.write(Uint32Array.of(first, ...others)) + decoder.end(), text, 'it can be used again')
    assert.equal(decoder.write([]), '')
    for (const ids of ['a', -1, 1.5, null, [1.5]])
      assert.throws(() => decoder.write(/** @type {any} */ (ids)), error('ERR_INVALID_ARG', /^ids/))
  }
  assert.throws(() => wrong.createDecoder({ encoding: 'x' }), error('ERR_INVALID_ARG', /^options\.encoding must be/))
})

test('a text is cut to a number of tokens', () => {
  const text = 'one two three four five'
  assert.deepEqual(tokens.truncate(text, 5), { text, tokens: 5, truncated: false })
  assert.deepEqual(tokens.truncate(text, 3), { text: 'one two three', tokens: 3, truncated: true })
  assert.deepEqual(tokens.truncate(text, 2, { keep: 'end' }), { text: ' four five', tokens: 2, truncated: true })
  assert.deepEqual(tokens.truncate(text, 3, { keep: 'both' }), { text: 'one two five', tokens: 3, truncated: true })
  assert.deepEqual(tokens.truncate(text, 3, { keep: 'both', marker: '…' }), {
    text: 'one… five',
    tokens: 3,
    truncated: true
  })
  assert.deepEqual(tokens.truncate(Buffer.from(text), 2, { model: 'gpt-4' }).text, 'one two')
  // As the manual has it.
  const output = text.repeat(1000)
  const fits = tokens.truncate(output, 1000, { keep: 'both', marker: '\n[…]\n' })
  assert.ok(fits.truncated && fits.tokens <= 1000 && fits.tokens > 990, `${fits.tokens}`)
  assert.ok(fits.text.startsWith('one two') && fits.text.includes('\n[…]\n') && fits.text.endsWith('four five'))
  assert.equal(tokens.count(fits.text), fits.tokens)
})

test('nothing is left of a text that may have no tokens, and a marker that does not fit is left out', () => {
  const empty = { text: '', tokens: 0, truncated: true }
  for (const keep of /** @type {const} */ (['start', 'end', 'both'])) {
    assert.deepEqual(tokens.truncate('one two', 0, { keep }), empty)
    assert.deepEqual(tokens.truncate('one two', 0, { keep, marker: '…' }), empty)
    assert.deepEqual(tokens.truncate('', 0, { keep, marker: '…' }), { text: '', tokens: 0, truncated: false })
    // The first character has four tokens.
    assert.deepEqual(tokens.truncate('𐐀', 3, { keep }), empty)
    const marker = ' a marker that is longer than all that may be left'
    assert.ok(!tokens.truncate('one two three four', 3, { keep, marker }).text.includes('marker'))
    // Only the marker fits.
    assert.deepEqual(tokens.truncate('one two three', 1, { keep, marker: '…' }), {
      text: '…',
      tokens: 1,
      truncated: true
    })
  }
})

test('one long pretoken is cut like any other text', () => {
  for (const unit of ['a', ' ', '=', '文', 'é']) {
    const text = unit.repeat(20_000)
    for (const keep of /** @type {const} */ (['start', 'end', 'both'])) {
      const cut = tokens.truncate(text, 100, { keep, marker: '|' })
      assert.ok(cut.truncated && cut.tokens <= 100 && cut.tokens > 80, `${unit} ${keep} ${cut.tokens}`)
      assert.equal(tokens.count(cut.text), cut.tokens)
    }
    const parts = tokens.split(text, { maxTokens: 100 })
    assert.equal(parts.map((part) => part.text).join(''), text)
  }
})

test('halves of surrogate pairs that a cut brings together do not become a character', () => {
  for (const [text, most, options] of /** @type {[string, number, import('../..').tokens.TruncateOptions][]} */ ([
    ['\ud801 a b c d e f\udc00', 2, { keep: 'both' }],
    ['\ud801 a b c d e f', 3, { marker: '\udc00' }],
    ['\ud801 a b c d e f', 2, { marker: '\udc00' }],
    ['a b c d \udc00', 2, { keep: 'end', marker: '\ud801' }]
  ])) {
    const cut = tokens.truncate(text, most, options)
    const context = JSON.stringify([text, most, options, cut])
    assert.ok(cut.truncated && cut.tokens <= most, context)
    assert.equal(tokens.count(cut.text), cut.tokens, context)
  }
  const whole = 'a\ud801'
  assert.equal(tokens.truncate(whole, 100).text, whole, 'what is not cut is not changed')
  const parts = tokens.split('\ud801 \udc00\ud801 x', { maxTokens: 1 })
  for (const { text, tokens: counted } of parts) assert.equal(tokens.count(text), counted)
  assert.equal(parts.map(({ text }) => text).join(''), '\ud801 \udc00\ud801 x')
})

test('a text of more tokens than an array may have is cut', () => {
  // V8 ends the process where an array grows beyond 112813858 elements.
  const text = ('𐐀'.repeat(16) + '1').repeat(1_740_000)
  assert.deepEqual(tokens.truncate(text, 4, { keep: 'end', encoding: 'r50k_base' }), {
    text: '1',
    tokens: 1,
    truncated: true
  })
})

test('truncate checks its arguments', () => {
  assert.throws(() => wrong.truncate(7, 1), error('ERR_INVALID_ARG', /^text must be/))
  for (const most of [-1, 0.5, 2 ** 32, '1', undefined])
    assert.throws(() => wrong.truncate('a', most), error('ERR_INVALID_ARG', /^maxTokens must be an integer from 0/))
  assert.throws(
    () => wrong.truncate('a', 1, { keep: 'middle' }),
    error('ERR_INVALID_ARG', /^options\.keep must be one of start, end, both, not "middle"$/)
  )
  assert.throws(
    () => wrong.truncate('a', 1, { marker: 7 }),
    error('ERR_INVALID_ARG', /^options\.marker must be a string/)
  )
  assert.throws(
    () => wrong.truncate('a', 1, { allowedSpecial: 'all' }),
    error('ERR_INVALID_ARG', /unknown option "allowedSpecial"; the options are encoding, model, keep, marker/)
  )
  assert.throws(
    () => tokens.truncate('a', 1, { marker: 'a'.repeat(2 ** 27 + 1) }),
    error('ERR_LIMIT', /^options\.marker has 134217729 code units/)
  )
})

test('a text is split into parts that fit', () => {
  const book = 'one two three four five six seven'
  assert.deepEqual(tokens.split(book, { maxTokens: 3 }), [
    { text: 'one two three', start: 0, end: 13, tokens: 3 },
    { text: ' four five six', start: 13, end: 27, tokens: 3 },
    { text: ' seven', start: 27, end: 33, tokens: 1 }
  ])
  assert.deepEqual(
    tokens.split(book, { maxTokens: 3, overlapTokens: 1 }).map(({ text }) => text),
    ['one two three', ' three four five', ' five six seven']
  )
  assert.deepEqual(tokens.split('', { maxTokens: 1 }), [])
  assert.deepEqual(tokens.split('a', { maxTokens: 2 ** 32 - 1, overlapTokens: 2 ** 32 - 2 }), [
    { text: 'a', start: 0, end: 1, tokens: 1 }
  ])
  assert.deepEqual(tokens.split(Buffer.from('é é'), { maxTokens: 1, model: 'gpt-4' }).at(-1)?.end, 3)
  for (const { text, start, end } of tokens.split('文字 '.repeat(300), { maxTokens: 512, overlapTokens: 32 })) {
    assert.equal('文字 '.repeat(300).slice(start, end), text)
  }
})

test('split checks its arguments, and says which character cannot be in any part', () => {
  for (const options of [undefined, {}, { maxTokens: 0 }, { maxTokens: 1.5 }, { maxTokens: 2 ** 32 }])
    assert.throws(
      () => wrong.split('a', options),
      error('ERR_INVALID_ARG', /^options\.maxTokens must be an integer from 1/)
    )
  for (const overlapTokens of [-1, 3, 0.5])
    assert.throws(
      () => wrong.split('a', { maxTokens: 3, overlapTokens }),
      error('ERR_INVALID_ARG', /^options\.overlapTokens must be an integer from 0 to 2/)
    )
  assert.throws(
    () => wrong.split('a', { maxTokens: 3, overlap: 1 }),
    error('ERR_INVALID_ARG', /the options are encoding, model, maxTokens, overlapTokens/)
  )
  assert.throws(
    () => tokens.split('文 𐐀', { maxTokens: 3 }),
    error('ERR_LIMIT', /^the character at 2 has more than 3 tokens$/)
  )
})

test('a counter has the count of all pieces, and takes them back', () => {
  const counter = tokens.counter({ model: 'gpt-4o' })
  assert.equal(counter.count, 0)
  assert.equal(counter.append(''), 0)
  let whole = ''
  for (const piece of ['hel', 'lo wor', 'ld', "'", 's', '\n', '\n', ' x']) {
    whole += piece
    assert.equal(counter.append(piece), tokens.count(whole), JSON.stringify(whole))
  }
  counter.pop()
  assert.equal(counter.count, tokens.count(whole.slice(0, -2)))
  assert.throws(() => counter.append(/** @type {any} */ (7)), error('ERR_INVALID_ARG', /^text must be/))
  assert.equal(counter.count, tokens.count(whole.slice(0, -2)), 'what throws adds nothing')
  const long = tokens.counter()
  const run = 'a'.repeat(20_000)
  for (let pieces = 1; pieces <= 4; pieces++) assert.equal(long.append(run), tokens.count(run.repeat(pieces)))
  const halves = tokens.counter()
  halves.append('\ud801')
  assert.equal(halves.append('\udc00'), tokens.count('𐐀'), 'a pair whose halves come one after the other')
})

test('a counter counts special tokens that come in pieces, and has nothing to take back at first', () => {
  const counter = tokens.counter({ allowedSpecial: ['<|endoftext|>'] })
  counter.append('a <|endof')
  assert.equal(counter.append('text|> b'), tokens.count('a <|endoftext|> b', { allowedSpecial: 'all' }))
  counter.pop()
  counter.pop()
  assert.equal(counter.count, 0)
  assert.throws(() => counter.pop(), error('ERR_INVALID_ARG', /^there is nothing to take back/))
  assert.throws(
    () => wrong.counter({ disallowedSpecial: 'all' }),
    error('ERR_INVALID_ARG', /^options\.disallowedSpecial is not for counters/)
  )
  assert.throws(() => wrong.counter({ signal: 1 }), error('ERR_INVALID_ARG', /unknown option "signal"/))
})

test('special tokens are tokens where they are allowed, and refused where they are not', async () => {
  const text = 'a<|endoftext|>b<|endofprompt|>'
  const special = ['<|endoftext|>']
  assert.deepEqual(tokens.encode('<|endoftext|>', { allowedSpecial: 'all' }), Uint32Array.of(199_999))
  const [all, some, none] = [/** @type {'all'} */ ('all'), special, []].map((allowedSpecial) =>
    tokens.count(text, { allowedSpecial })
  )
  assert.ok(all === 4 && all < some && some < none)
  assert.equal(none, tokens.count(text))
  /** @type {(at: number, found: string, name?: string) => object} */
  const refused = (at, found, name = 'text') => ({
    code: 'ERR_INVALID_ARG',
    message: `${name} has the special token ${found} at ${at}, which is disallowed`,
    special: found,
    at
  })
  const disallowed = { disallowedSpecial: /** @type {'all'} */ ('all') }
  assert.throws(() => tokens.count(text, disallowed), refused(1, '<|endoftext|>'))
  assert.throws(() => tokens.count(text, { ...disallowed, allowedSpecial: special }), refused(15, '<|endofprompt|>'))
  assert.throws(
    () => tokens.countUntil(text, 1, { allowedSpecial: 'all', disallowedSpecial: special }),
    refused(1, special[0])
  )
  assert.throws(() => tokens.encode(Buffer.from(`é${text}`), disallowed), refused(2, '<|endoftext|>'))
  assert.throws(() => tokens.countBatch(['x', text], disallowed), refused(1, '<|endoftext|>', 'texts[1]'))
  await assert.rejects(tokens.countAsync(text, disallowed), refused(1, '<|endoftext|>'))
  await assert.rejects(tokens.encodeAsync(text, disallowed), refused(1, '<|endoftext|>'))
  await assert.rejects(tokens.countBatchAsync(['x', text], disallowed), refused(1, '<|endoftext|>', 'texts[1]'))
  assert.equal(tokens.count(text, { ...disallowed, allowedSpecial: 'all' }), 4)
  // It is none of the older encoding's.
  assert.ok(tokens.count('<|endofprompt|>', { ...disallowed, encoding: 'r50k_base' }) > 1)
  for (const key of ['allowedSpecial', 'disallowedSpecial']) {
    assert.throws(
      () => wrong.count('a', { [key]: ['<|other|>'] }),
      error('ERR_INVALID_ARG', /has "<\|other\|>", which is no special token of o200k_base$/)
    )
    assert.throws(() => wrong.count('a', { [key]: [7] }), error('ERR_INVALID_ARG', /has 7, which is no special token/))
    assert.throws(
      () => wrong.count('a', { [key]: '<|endoftext|>' }),
      error('ERR_INVALID_ARG', /must be 'all' or an array of special tokens/)
    )
  }
})

/** More than either engine counts in a few milliseconds. */
const LONG = 'one two three '.repeat(1 << 19)

test('asynchronous calls reject what they refuse', async () => {
  for (const [call, expected] of /** @type {[() => Promise<unknown>, object][]} */ ([
    [() => wrong.countAsync(7), error('ERR_INVALID_ARG', /^text must be/)],
    [() => wrong.encodeAsync(), error('ERR_INVALID_ARG', /^text must be/)],
    [() => wrong.countBatchAsync('a'), error('ERR_INVALID_ARG', /^texts must be an array/)],
    [() => wrong.countBatchAsync(['a', 7]), error('ERR_INVALID_ARG', /^texts\[1\] must be/)],
    [() => wrong.countAsync('a', { signal: 5 }), error('ERR_INVALID_ARG', /^options\.signal must be an AbortSignal/)],
    [() => wrong.encodeAsync('a', { limit: 1 }), error('ERR_INVALID_ARG', /the options are .*, signal$/)],
    [() => tokens.countAsync('a', { model: 'claude-4' }), error('ERR_UNSUPPORTED', /claude-4/)],
    [() => tokens.encodeAsync('a'.repeat(2 ** 27 + 1)), error('ERR_LIMIT', /^text has 134217729 code units/)]
  ])) {
    await assert.rejects(call(), expected)
  }
  assert.deepEqual(await tokens.countBatchAsync([]), new Uint32Array())
  assert.deepEqual(await tokens.encodeAsync(''), new Uint32Array())
  assert.equal(await tokens.countAsync(''), 0)
  assert.throws(
    () => wrong.count('a', { signal: AbortSignal.abort() }),
    error('ERR_INVALID_ARG', /unknown option "signal"/)
  )
})

test('a signal that is aborted before, during or after', async () => {
  const reason = new Error('enough')
  const aborted = { code: 'ERR_ABORTED', cause: reason }
  for (const call of [
    (/** @type {AbortSignal} */ signal) => tokens.countAsync(LONG, { signal }),
    (/** @type {AbortSignal} */ signal) => tokens.countBatchAsync(['a', LONG], { signal }),
    (/** @type {AbortSignal} */ signal) => tokens.encodeAsync(LONG, { signal })
  ]) {
    await assert.rejects(call(AbortSignal.abort(reason)), aborted)
    const during = new AbortController()
    const running = call(during.signal)
    during.abort(reason)
    await assert.rejects(running, aborted)
    const after = new AbortController()
    await call(after.signal)
    after.abort(reason)
  }
})

test('many calls may share a signal', async () => {
  /** @type {Error[]} */
  const warnings = []
  const warned = (/** @type {Error} */ warning) => void warnings.push(warning)
  process.on('warning', warned)
  const { signal } = new AbortController()
  const counts = await Promise.all(
    Array.from({ length: 50 }, (_, at) => tokens.countAsync('a '.repeat(at), { signal }))
  )
  assert.deepEqual(
    counts,
    counts.map((_, at) => tokens.count('a '.repeat(at)))
  )
  const controller = new AbortController()
  const running = Array.from({ length: 10 }, () => tokens.countAsync(LONG, { signal: controller.signal }))
  controller.abort()
  const settled = /** @type {PromiseRejectedResult[]} */ (await Promise.allSettled(running))
  // The first may be done while the text is copied for the last.
  assert.equal(settled.at(-1)?.status, 'rejected')
  for (const { status, reason } of settled) assert.ok(status !== 'rejected' || reason.code === 'ERR_ABORTED', reason)
  await new Promise(setImmediate)
  process.off('warning', warned)
  assert.deepEqual(warnings, [])
})

test('texts of asynchronous calls are copied before the call returns', async () => {
  const text = 'one two three '.repeat(20_000)
  const bytes = new TextEncoder().encode(text)
  const texts = [bytes, 'x']
  const counted = tokens.countBatchAsync(texts)
  const encoded = tokens.encodeAsync(bytes)
  bytes.fill(0x20)
  texts.length = 0
  assert.deepEqual([...(await counted)], [tokens.count(text), 1])
  assert.deepEqual(await encoded, tokens.encode(text))
})

test('shared and detached bytes are taken by every function', async () => {
  const shared = new Uint8Array(new SharedArrayBuffer(11))
  shared.set(Buffer.from('hello world'))
  const detached = new TextEncoder().encode('hello')
  structuredClone(detached, { transfer: [detached.buffer] })
  for (const [bytes, text] of /** @type {[Uint8Array, string][]} */ ([
    [shared, 'hello world'],
    [detached, '']
  ])) {
    const count = tokens.count(text)
    assert.equal(tokens.countUntil(bytes, 5), count)
    assert.deepEqual(tokens.encodeWithOffsets(bytes), tokens.encodeWithOffsets(text))
    assert.equal(tokens.truncate(bytes, 5).text, text)
    assert.equal(
      tokens
        .split(bytes, { maxTokens: 5 })
        .map((part) => part.text)
        .join(''),
      text
    )
    assert.equal(tokens.counter().append(bytes), count)
    assert.equal(tokens.count(bytes, { allowedSpecial: 'all' }), count)
    assert.equal(await tokens.countAsync(bytes), count)
    assert.deepEqual([...(await tokens.countBatchAsync([bytes]))], [count])
    assert.deepEqual(await tokens.encodeAsync(bytes), tokens.encode(text))
  }
  const ids = new Uint32Array(new SharedArrayBuffer(8))
  ids.set([24912, 2375])
  assert.equal(tokens.decode(ids), 'hello world')
  assert.equal(Buffer.from(tokens.decodeBytes(ids)).toString(), 'hello world')
  assert.equal(tokens.createDecoder().write(ids), 'hello world')
})

test('every function refuses a text beyond the limit before any work', async () => {
  const text = 'a'.repeat(2 ** 27 + 1)
  const tooLong = error('ERR_LIMIT', /^text has 134217729 code units; the limit is 134217728$/)
  for (const call of [
    () => tokens.countUntil(text, 1),
    () => tokens.encodeWithOffsets(text),
    () => tokens.truncate(text, 1),
    () => tokens.split(text, { maxTokens: 1 }),
    () => tokens.counter().append(text)
  ])
    assert.throws(call, tooLong)
  await assert.rejects(tokens.countAsync(text), tooLong)
  await assert.rejects(tokens.countBatchAsync(['a', text]), error('ERR_LIMIT', /^texts\[1\] has/))
})

test('the encodings have the default first', () => {
  const names = tokens.encodings()
  assert.equal(names[0], 'o200k_base')
  assert.equal(new Set(names).size, 7)
  assert.equal(tokens.count('naïve façade'), tokens.count('naïve façade', { encoding: names[0] }))
})
