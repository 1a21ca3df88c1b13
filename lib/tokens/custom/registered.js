'use strict'

// The vocabularies that a program registered, in this thread. Each engine makes its own tokenizer of them, when it is
// first asked.

/**
 * A `.tiktoken` file with its pattern and special tokens, or a `tokenizer.json`; copies, which nobody changes.
 * @typedef {{ ranks: Uint8Array, pattern: string, special: readonly [text: string, id: number][] }
 *   | { tokenizerJson: string | Uint8Array }} Source
 */

/** @type {{ name: string, source: Source }[]} */
const registered = []

/** @param {string} name @param {Source} source @returns {number} its place */
function add(name, source) {
  return registered.push({ name, source }) - 1
}

/** Takes the last one back. */
function remove() {
  registered.pop()
}

const names = () => registered.map(({ name }) => name)
/** @param {number} place */
const nameAt = (place) => registered[place].name
/** @param {number} place */
const sourceAt = (place) => registered[place].source

module.exports = { add, nameAt, names, remove, sourceAt }
