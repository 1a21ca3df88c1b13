'use strict'

// The addon's functions of `diff`, shaped as the fallback's.

/** @typedef {import('../native').Addon} Addon */
/** @typedef {import('./fallback').Text} Text */
/** @typedef {import('./lines').CompareLines} CompareLines */
/** @typedef {import('./fallback').MergeOptions} MergeOptions */
/** @typedef {import('./unified').PatchOptions} PatchOptions */

const HEADING = 0x100
const PARTIAL = 4
const EXACT_ENDINGS = 8

/** @param {CompareLines} options */
const settings = ({ algorithm, whitespace }) => algorithm | (whitespace << 4)

/** @param {Addon} addon @returns {import('../engines').Engine} */
const binding = (addon) => ({
  /** @param {Text} before @param {Text} after @param {number} unit @param {CompareLines} options */
  changes: (before, after, unit, options) =>
    addon.diffChanges(before, after, unit, settings(options), options.maxSteps),

  /** @param {Text} before @param {Text} after @param {Text} names @param {PatchOptions} options */
  createPatch(before, after, names, options) {
    const { context, heading, maxSteps } = options
    const patch = addon.diffCreatePatch(
      before,
      after,
      names,
      context,
      settings(options) | (heading ? HEADING : 0),
      maxSteps
    )
    if (typeof patch === 'object' && 'text' in patch) return { text: patch.text, coarse: true }
    return { text: patch, coarse: false }
  },

  /** @param {Text} base @param {Text} ours @param {Text} theirs @param {Text} labels @param {MergeOptions} options */
  merge: (base, ours, theirs, labels, options) =>
    addon.diffMerge(
      base,
      ours,
      theirs,
      labels,
      settings(options) | (options.style << 8) | (options.favor << 12) | (options.markerSize << 16),
      options.maxSteps
    ),

  /** @param {Text} text @param {number} markerSize */
  parseConflicts: (text, markerSize) => JSON.parse(addon.diffParseConflicts(text, markerSize)),

  /** @param {Text} a @param {Text} b */
  similarity: (a, b) => addon.diffSimilarity(a, b),

  /** @param {Text} haystack @param {Text} needle @param {number} limit @param {number} minScore */
  closest(haystack, needle, limit, minScore) {
    const numbers = addon.diffClosest(haystack, needle, limit, minScore)
    const found = []
    for (let at = 0; at < numbers.length; at += 3) {
      found.push({ startLine: numbers[at], endLine: numbers[at + 1], score: numbers[at + 2] })
    }
    return found
  },

  /** @param {Text} text */
  parseEdits: (text) => JSON.parse(addon.diffParseEdits(text)),

  /** @param {Text} source @param {Text[]} texts @param {number[]} kinds @param {number} fuzzy @param {boolean} partial */
  applyEdits(source, texts, kinds, fuzzy, partial) {
    const { text, edits } = addon.diffApplyEdits(source, texts, kinds, fuzzy, partial)
    return { text: text ?? null, edits: JSON.parse(edits) }
  },

  /** @param {Text} patch @param {number} strip */
  parsePatch: (patch, strip) => JSON.parse(addon.diffParsePatch(patch, strip)),

  /** @param {Text} source @param {Text} patch @param {import('./patch/apply').ApplyOptions} options */
  applyPatch(source, patch, { fuzz, maxOffset, partial, reverse, lineEndings }) {
    const direction = reverse === 'auto' ? 2 : Number(reverse)
    const applied = addon.diffApplyPatch(
      source,
      patch,
      fuzz,
      maxOffset === Infinity ? -1 : maxOffset,
      direction | (partial ? PARTIAL : 0) | (lineEndings === 'exact' ? EXACT_ENDINGS : 0)
    )
    return { text: applied.text ?? null, ...JSON.parse(applied.report) }
  },

  /** @param {Text} patch */
  reversePatch: (patch) => addon.diffReversePatch(patch)
})

module.exports = { binding }
