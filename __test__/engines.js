'use strict'

// One test body for every engine. `npm test` runs the files below twice more, with each engine forced by
// TENON_MODE; here both run side by side.

const assert = require('node:assert/strict')
const { describe, after } = require('node:test')
const tenon = require('..')

/**
 * Runs `body` once for each engine and checks that this engine, and no other, answered its calls.
 * @param {import('..').Feature} feature
 * @param {(engine: 'native' | 'fallback') => void} body declares tests
 */
function describeBoth(feature, body) {
  for (const engine of /** @type {const} */ (['native', 'fallback'])) {
    describe(`${feature} on ${engine}`, () => {
      const { before } = require('node:test')
      /** @type {{ native: number, fallback: number }} */
      let calls
      before(() => {
        tenon.configure({ features: { [feature]: engine } })
        calls = tenon.status().features[feature].calls
      })
      body(engine)
      after(() => {
        const now = tenon.status().features[feature].calls
        const other = engine === 'native' ? 'fallback' : 'native'
        assert.ok(now[engine] > calls[engine], `${engine} answered no call`)
        assert.equal(now[other], calls[other], `${other} answered calls meant for ${engine}`)
      })
    })
  }
}

/**
 * The answer of each engine to the same call, or the code and message of what it threw.
 * @template T
 * @param {import('..').Feature} feature
 * @param {() => T} call
 * @returns {{ native: unknown, fallback: unknown }}
 */
function answers(feature, call) {
  const outcome = (/** @type {'native' | 'fallback'} */ engine) => {
    tenon.configure({ features: { [feature]: engine } })
    const before = tenon.status().features[feature].calls[engine]
    try {
      return call()
    } catch (error) {
      return { code: Object(error).code, message: Object(error).message }
    } finally {
      assert.equal(tenon.status().features[feature].calls[engine], before + 1, `${engine} did not answer`)
    }
  }
  return { native: outcome('native'), fallback: outcome('fallback') }
}

/**
 * Small, fast and seeded: the same numbers on every machine (mulberry32).
 * @param {number} seed
 */
function randomFrom(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    /** An integer below `limit`. @param {number} limit */
    below: (limit) => Math.floor(next() * limit),
    /** @template T @param {readonly T[]} choices @returns {T} */
    pick: (choices) => choices[Math.floor(next() * choices.length)]
  }
}

/** The seed of this run: TENON_FUZZ_SEED, or the same each time. */
const SEED = Number(process.env.TENON_FUZZ_SEED ?? 20261121)
/** How many inputs a fuzz test tries, unless TENON_FUZZ_RUNS says otherwise. @param {number} usual */
const fuzzRuns = (usual) => Number(process.env.TENON_FUZZ_RUNS ?? usual)

module.exports = { SEED, answers, describeBoth, fuzzRuns, randomFrom }
