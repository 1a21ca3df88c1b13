'use strict'

// Finds the texts that are tokens by themselves. `crates/tokens/src/custom/added_tokens.rs` is the same.

const { invalid } = require('./definition')
const properties = require('./properties')

/** @typedef {import('./definition').AddedToken} AddedToken */
/** A node of the trie: what follows, and the token that ends here. @typedef {{ next: Map<number, TrieNode>, token?: AddedToken }} TrieNode */
/** A part of a text: the id of an added token, or the borders of what is between. @typedef {number | [start: number, end: number]} Segment */

/** A set of added tokens, as a trie over their code units. */
class AddedTokens {
  /** @param {AddedToken[]} tokens @param {string[]} texts what is looked for, in step with the tokens */
  constructor(tokens, texts) {
    /** @type {TrieNode} */
    this.root = { next: new Map() }
    this.empty = tokens.length === 0
    /** @type {import('./character-set').CharacterSet | undefined} */
    this.words = tokens.some(({ singleWord }) => singleWord) ? properties.word() : undefined
    this.spaces = properties.whiteSpace()
    tokens.forEach((token, index) => {
      let node = this.root
      for (let at = 0; at < texts[index].length; at++) {
        const unit = texts[index].charCodeAt(at)
        let child = node.next.get(unit)
        if (!child) {
          child = { next: new Map() }
          node.next.set(unit, child)
        }
        node = child
      }
      if (node.token) throw invalid('tokenizerJson, added_tokens', 'two tokens are the same when they are normalized')
      node.token = token
    })
  }

  /**
   * The text in parts, one after the other. A special token is found only where `allowed` says so.
   * @param {string} text well-formed
   * @param {(token: AddedToken) => boolean} allowed
   * @returns {Generator<Segment>}
   */
  *segments(text, allowed) {
    let behind = 0
    let from = 0
    while (!this.empty) {
      const found = this.find(text, from, allowed)
      if (!found) break
      let { start, end } = found
      const { token } = found
      from = end
      if (token.singleWord && (this.isWord(text, start - 1) || this.isWord(text, end))) continue
      // White space is in the BMP.
      if (token.leftStrip) while (start > behind && this.spaces.has(text.charCodeAt(start - 1))) start--
      if (token.rightStrip) while (end < text.length && this.spaces.has(text.charCodeAt(end))) end++
      start = Math.max(start, behind)
      if (behind < start) yield [behind, start]
      yield token.id
      behind = end
    }
    if (behind < text.length) yield [behind, text.length]
  }

  /**
   * The leftmost token at `from` or behind it, the longest of those that start there.
   * @param {string} text
   * @param {number} from
   * @param {(token: AddedToken) => boolean} allowed
   */
  find(text, from, allowed) {
    for (let start = from; start < text.length; start++) {
      let node = this.root.next.get(text.charCodeAt(start))
      let longest
      for (let at = start + 1; node; at++) {
        const { token } = node
        if (token && (!token.special || allowed(token))) longest = { start, end: at, token }
        node = at < text.length ? node.next.get(text.charCodeAt(at)) : undefined
      }
      if (longest) return longest
    }
    return undefined
  }

  /** Whether a word character includes the code unit at `at`. @param {string} text @param {number} at */
  isWord(text, at) {
    if (at < 0 || at >= text.length) return false
    const start = (text.charCodeAt(at) & 0xfc00) === 0xdc00 ? at - 1 : at
    return Boolean(this.words?.has(Number(text.codePointAt(start))))
  }
}

module.exports = { AddedTokens }
