'use strict'

// The fallback's tokenizers of what was registered.

const { sourceAt } = require('./registered')

/** @type {WeakMap<import('./registered').Source, import('./tokenizer').CustomTokenizer>} */
const tokenizers = new WeakMap()

/** The tokenizer at a place, made when it is first asked. @param {number} place */
function tokenizerAt(place) {
  const source = sourceAt(place)
  let tokenizer = tokenizers.get(source)
  if (!tokenizer) tokenizers.set(source, (tokenizer = make(source)))
  return tokenizer
}

/** @param {import('./registered').Source} source */
function make(source) {
  // Loaded by those who registered something: nobody else waits for it.
  const { CustomTokenizer } = require('./tokenizer')
  if ('tokenizerJson' in source) {
    return new CustomTokenizer(require('./tokenizer-json').parseTokenizerJson(source.tokenizerJson))
  }
  const { compilePattern } = require('./pattern')
  const { definitionFromTiktoken } = require('./tiktoken-file')
  const { ranks, pattern, special } = source
  return new CustomTokenizer(definitionFromTiktoken(ranks, compilePattern(pattern), [...special]))
}

/**
 * The special tokens of a tokenizer, in the order of ids, then of texts.
 * @param {import('./tokenizer').CustomTokenizer} tokenizer
 * @returns {[text: string, id: number][]}
 */
function specialTokensOf(tokenizer) {
  return tokenizer.addedTokens
    .filter(({ special }) => special)
    .map(({ text, id }) => /** @type {[string, number]} */ ([text, id]))
    .sort(([a, idA], [b, idB]) => idA - idB || Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

module.exports = { specialTokensOf, tokenizerAt }
