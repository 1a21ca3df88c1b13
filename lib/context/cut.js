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
    const start = startOf(whole, tokenizer.decode(ids.subarray(0, head), encoding))
    const end = endOf(whole, tokenizer.decode(ids.subarray(ids.length - (room - head)), encoding))
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

/** `decoded` without the part of a character behind which its tokens end. @param {string} text @param {string} decoded */
function startOf(text, decoded) {
  let start = decoded
  while (!text.startsWith(start)) start = start.slice(0, -1)
  return start
}

/** `decoded` without the part of a character with which its tokens begin. @param {string} text @param {string} decoded */
function endOf(text, decoded) {
  let end = decoded
  while (!text.endsWith(end)) end = end.slice(1)
  return end
}

module.exports = { cutMiddle }
