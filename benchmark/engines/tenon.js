'use strict'

// Tenon with one engine forced, and the proof that this engine did all of the work.

const { version } = require('../../package.json')
const { logEngine } = require('./tenon-log')

/** @typedef {'o200k_base' | 'cl100k_base'} Encoding those that cases name */

/**
 * @param {'native' | 'fallback'} mode
 * @returns {import('.').EngineModule}
 */
function tenonEngine(mode) {
  const other = mode === 'native' ? 'fallback' : 'native'
  return {
    kind: 'tenon',
    version: () => version,
    open() {
      const tenon = require('../..')
      tenon.configure({ mode })
      const { native, features } = tenon.status()
      if (mode === 'native' && !native.loaded) throw new Error(`native is ${native.reason}`)
      for (const [feature, { engine }] of Object.entries(features)) {
        if (engine !== mode) throw new Error(`${feature} runs on ${engine} where ${mode} was asked for`)
      }
      // Made once: what is measured is the call.
      /** @type {Record<Encoding, { encoding: Encoding }>} */
      const options = { o200k_base: { encoding: 'o200k_base' }, cl100k_base: { encoding: 'cl100k_base' } }
      /** @type {{ bytes: Uint8Array, prepared: { dictionary: import('../..').zstd.Dictionary } } | undefined} */
      let last
      const prepared = (/** @type {Uint8Array} */ bytes) => {
        if (last?.bytes !== bytes) last = { bytes, prepared: { dictionary: tenon.zstd.createDictionary(bytes) } }
        return last.prepared
      }
      /** @type {{ paths: readonly string[], set: import('../..').files.PathSet } | undefined} */
      let lastPaths
      return {
        ...logEngine(tenon),
        createPatch: tenon.diff.createPatch,
        words: tenon.diff.words,
        merge: tenon.diff.merge,
        applyPatch: (/** @type {string} */ text, /** @type {string} */ patch) =>
          tenon.diff.applyPatch(text, patch).text,
        applyEdits: tenon.diff.applyEdits,
        compress: (/** @type {Uint8Array} */ data, /** @type {Uint8Array | undefined} */ dictionary) =>
          tenon.zstd.compress(data, dictionary && { dictionary }),
        decompress: (/** @type {Uint8Array} */ data, /** @type {Uint8Array | undefined} */ dictionary) =>
          tenon.zstd.decompress(data, dictionary && { dictionary }),
        compressPrepared: (/** @type {Uint8Array} */ data, /** @type {Uint8Array} */ dictionary) =>
          tenon.zstd.compress(data, prepared(dictionary)),
        decompressPrepared: (/** @type {Uint8Array} */ data, /** @type {Uint8Array} */ dictionary) =>
          tenon.zstd.decompress(data, prepared(dictionary)),
        compressBatch: (/** @type {Uint8Array[]} */ data, /** @type {Uint8Array} */ dictionary) =>
          tenon.zstd.compressBatch(data, prepared(dictionary)),
        countPlain: (/** @type {string} */ text) => tenon.tokens.count(text),
        count: (/** @type {string} */ text, /** @type {Encoding} */ encoding) =>
          tenon.tokens.count(text, options[encoding]),
        countBatch: (/** @type {string[]} */ texts, /** @type {Encoding} */ encoding) =>
          tenon.tokens.countBatch(texts, options[encoding]),
        encode: (/** @type {string} */ text, /** @type {Encoding} */ encoding) =>
          tenon.tokens.encode(text, options[encoding]),
        decode: (/** @type {Uint32Array} */ ids, /** @type {Encoding} */ encoding) =>
          tenon.tokens.decode(ids, options[encoding]),
        fit: (/** @type {object[]} */ messages, /** @type {import('../..').context.FitOptions} */ options) =>
          tenon.context.fit(messages, options),
        glob: (/** @type {string} */ pattern, /** @type {string} */ cwd) =>
          tenon.files.glob(pattern, { cwd, ignore: false }),
        globSync: (/** @type {string} */ pattern, /** @type {string} */ cwd) =>
          tenon.files.globSync(pattern, { cwd, ignore: false }),
        find: (/** @type {readonly string[]} */ paths, /** @type {string} */ query) =>
          tenon.files.find(query, { paths }),
        findPrepared(/** @type {readonly string[]} */ paths, /** @type {string} */ query) {
          if (lastPaths?.paths !== paths) lastPaths = { paths, set: tenon.files.createPaths(paths) }
          return tenon.files.find(query, { paths: lastPaths.set })
        },
        checkRules: (/** @type {string} */ rules, /** @type {string[]} */ paths) => {
          const file = tenon.ignore.parseIgnore(rules)
          const checked = file.check(paths)
          file.close()
          return checked
        },
        checkTree: (/** @type {string} */ root, /** @type {string[]} */ paths) => {
          const opened = tenon.ignore.openIgnore(root)
          const checked = opened.check(paths)
          opened.close()
          return checked
        },
        grep: async (/** @type {string} */ root, /** @type {string} */ pattern) =>
          (await tenon.files.grep({ root, pattern, ignored: true, maxResults: 10_000_000 })).matches,
        grepFirst: async (
          /** @type {string} */ root,
          /** @type {string} */ pattern,
          /** @type {number} */ maxResults
        ) => (await tenon.files.grep({ root, pattern, maxResults })).matches,
        list: (/** @type {string} */ root, /** @type {boolean} */ ignore) => tenon.files.list(root, { ignore }),
        async walk(/** @type {string} */ root, /** @type {boolean} */ ignore) {
          const paths = []
          for await (const batch of tenon.files.walk(root, { ignore })) {
            for (const entry of batch) paths.push(entry.path)
          }
          return paths
        },
        listSync: (/** @type {string} */ root, /** @type {boolean} */ ignore) => tenon.files.listSync(root, { ignore })
      }
    },
    verify(feature) {
      const { calls } = require('../..').status().features[/** @type {import('../..').Feature} */ (feature)]
      if (calls[mode] === 0 || calls[other] > 0) {
        throw new Error(`${feature}: ${mode} was asked for and did not do it all: ${JSON.stringify(calls)}`)
      }
    }
  }
}

module.exports = { tenonEngine }
