'use strict'

// A text without its middle, cut between tokens.

/**
 * The beginning and the end of `text` around `marker`, at most `limit` tokens of the model. Both ends are cut at borders
 * of tokens that are borders of characters; what comes out is counted, because tokens at the seams may join otherwise.
 * @param {string} text itself the answer where it has not more than `limit` tokens
 * @param {number} limit
 * @param {string} marker
 * @param {import('./counter').Counter} counter
 * @returns {{ text: string, tokens: number }} `tokens` before the factor
 */
function cutMiddle(text, limit, marker, counter) {
  const memory = counter.counting.cutsOf(`${counter.factor} ${limit} ${marker}`)
  const known = memory.get(text)
  if (known) return known
  const { tokenizer, encoding } = counter
  const whole = text.toWellFormed()
  const ids = tokenizer.encode(whole, encoding)
  const [all, ofMarker] = Array.from(counter.count([whole, marker]))
  if (counter.scaled(all) <= limit) return { text: whole, tokens: all }
  // How many ids are a token of the model.
  const rate = Math.min(1, ids.length / Math.max(1, counter.scaled(all)))
  let room = Math.floor(Math.max(0, limit - counter.scaled(ofMarker)) * rate)
  for (;;) {
    const head = Math.ceil(room / 2)
    const tail = room - head
    const start =
      startOf(whole, tokenizer.decode(ids.subarray(0, head), encoding)) ??
      whole.slice(0, characterBorder(whole, Math.floor((whole.length * head) / ids.length)))
    const end =
      endOf(whole, tokenizer.decode(ids.subarray(ids.length - tail), encoding)) ??
      whole.slice(characterBorder(whole, whole.length - Math.floor((whole.length * tail) / ids.length)))
    const cut = { text: `${start}${marker}${end}`, tokens: 0 }
    cut.tokens = counter.count([cut.text])[0]
    const excess = counter.scaled(cut.tokens) - limit
    if (excess <= 0 || room === 0) {
      memory.set(text, cut)
      return cut
    }
    // A counter of the caller's may have little to do with the ids: a sixteenth a time ends soon.
    room = Math.max(0, room - Math.max(Math.ceil(excess * rate), room >> 4, 1))
  }
}

/** What is left of a character whose bytes are in several tokens: each byte may have become a U+FFFD. */
const MAX_CHARACTER_RESTS = 3

/**
 * `decoded` without the part of a character behind which its tokens end. Undefined where the tokens do not stand for the
 * text itself, as those of an encoding that normalizes: then there is no telling where they are in it.
 * @param {string} text @param {string} decoded
 */
function startOf(text, decoded) {
  for (let rests = 0; rests <= MAX_CHARACTER_RESTS; rests++) {
    const start = decoded.slice(0, Math.max(0, decoded.length - rests))
    if (text.startsWith(start)) return start
  }
  return undefined
}

/** `decoded` without the part of a character with which its tokens begin; as `startOf`. @param {string} text @param {string} decoded */
function endOf(text, decoded) {
  for (let rests = 0; rests <= MAX_CHARACTER_RESTS; rests++) {
    const end = decoded.slice(rests)
    if (text.endsWith(end)) return end
  }
  return undefined
}

/** The last border between characters at or before `at`. @param {string} text @param {number} at */
function characterBorder(text, at) {
  return at > 0 && at < text.length && (text.charCodeAt(at) & 0xfc00) === 0xdc00 ? at - 1 : at
}

module.exports = { cutMiddle }
