'use strict'

// TENON_MODE and TENON_FEATURES: which engine answers with the binary there and without, and what is refused.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { PACKAGE, Sandbox, version } = require('../sandbox')

/** @param {number} native @param {number} fallback */
const calls = (native, fallback) => ({ native, fallback })
const MISSING = `missing: ${PACKAGE} is not installed; npm install ${PACKAGE}@${version}`

test('each mode, with the binary', (t) => {
  const sandbox = new Sandbox(t)
  const path = sandbox.install()
  const loaded = { loaded: true, path, version }
  const mode = (/** @type {string} */ name) => {
    const { answer, native, tokens, error } = sandbox.report({ env: { TENON_MODE: name } })
    assert.equal(error, undefined)
    assert.equal(answer, 2)
    return { native, tokens }
  }
  const native = { mode: 'auto', engine: 'native', calls: calls(1, 0) }
  assert.deepEqual(mode(''), { native: loaded, tokens: native })
  assert.deepEqual(mode('auto'), { native: loaded, tokens: native })
  assert.deepEqual(mode('native'), { native: loaded, tokens: { ...native, mode: 'native' } })
  assert.deepEqual(mode('shadow'), {
    native: loaded,
    tokens: {
      mode: 'shadow',
      engine: 'fallback',
      reason: 'mode is shadow',
      calls: calls(1, 1),
      shadow: { runs: 1, differences: 0 }
    }
  })
  assert.deepEqual(mode('fallback'), {
    native: { loaded: false, cause: 'disabled', reason: 'disabled: every feature is in fallback mode' },
    tokens: { mode: 'fallback', engine: 'fallback', reason: 'mode is fallback', calls: calls(0, 1) }
  })
})

test('each mode, without the binary', (t) => {
  const sandbox = new Sandbox(t)
  const mode = (/** @type {string} */ name) => sandbox.report({ env: { TENON_MODE: name } })
  const unavailable = { loaded: false, cause: 'missing', reason: MISSING }

  const auto = mode('auto')
  assert.equal(auto.answer, 2)
  assert.deepEqual(auto.native, unavailable)
  assert.deepEqual(auto.tokens, { mode: 'auto', engine: 'fallback', reason: MISSING, calls: calls(0, 1) })

  const shadow = mode('shadow')
  assert.equal(shadow.answer, 2)
  assert.deepEqual(shadow.native, unavailable)
  const reason = `no shadow runs; ${MISSING}`
  assert.deepEqual(shadow.tokens, { mode: 'shadow', engine: 'fallback', reason, calls: calls(0, 1) })

  const native = mode('native')
  assert.deepEqual(native.error, {
    name: 'TenonError',
    code: 'ERR_NATIVE_UNAVAILABLE',
    message: `tokens is in native mode, and native is ${MISSING}`,
    package: PACKAGE
  })
  assert.deepEqual(native.native, unavailable)
  assert.deepEqual(native.tokens, { mode: 'native', engine: 'native', reason: MISSING, calls: calls(0, 0) })

  const fallback = mode('fallback')
  assert.equal(fallback.answer, 2)
  assert.deepEqual(fallback.native, {
    loaded: false,
    cause: 'disabled',
    reason: 'disabled: every feature is in fallback mode'
  })
})

test('the fallback mode does not touch the binary', (t) => {
  const sandbox = new Sandbox(t)
  sandbox.install()
  const script = `
    process.dlopen = () => { throw new Error('a binary is being loaded') }
    const tenon = require('tenon')
    tenon.tokens.count('hello')
    tenon.status()
    console.log(JSON.stringify(process.report.getReport().sharedObjects.filter((name) => name.includes('tenon.'))))`
  assert.deepEqual(sandbox.report({ script, env: { TENON_MODE: 'fallback' } }), [])
})

test('nothing is loaded before a feature is used', (t) => {
  const sandbox = new Sandbox(t)
  sandbox.install()
  const script = `
    process.dlopen = () => { throw new Error('a binary is being loaded') }
    require('tenon')
    console.log(JSON.stringify(Object.keys(require.cache).filter((name) => /lib.(tokens|files)/.test(name))))`
  assert.deepEqual(sandbox.report({ script }), [])
})

test('TENON_FEATURES chooses for one feature, before TENON_MODE', (t) => {
  const sandbox = new Sandbox(t)
  sandbox.install()
  const script = `
    const tenon = require('tenon')
    tenon.tokens.count('hello')
    const { files, tokens } = tenon.status().features
    console.log(JSON.stringify({ files: [files.mode, files.engine], tokens: [tokens.mode, tokens.engine, tokens.calls.native] }))`
  const chosen = (/** @type {NodeJS.ProcessEnv} */ env) => sandbox.report({ script, env })
  assert.deepEqual(chosen({ TENON_FEATURES: 'tokens=fallback' }), {
    files: ['auto', 'native'],
    tokens: ['fallback', 'fallback', 0]
  })
  assert.deepEqual(chosen({ TENON_MODE: 'fallback', TENON_FEATURES: ' files=shadow , tokens = native ' }), {
    files: ['shadow', 'fallback'],
    tokens: ['native', 'native', 1]
  })
  assert.deepEqual(chosen({ TENON_FEATURES: '' }), { files: ['auto', 'native'], tokens: ['auto', 'native', 1] })
})

test('unknown names and values are errors, not ignored', (t) => {
  const sandbox = new Sandbox(t)
  const script = `
    let report = 'no error'
    try { require('tenon') } catch (error) { report = { name: error.name, code: error.code, message: error.message } }
    console.log(JSON.stringify(report))`
  /** @type {[NodeJS.ProcessEnv, RegExp][]} */
  const refused = [
    [{ TENON_MODE: 'fast' }, /^TENON_MODE must be one of auto, native, fallback, shadow, not "fast"$/],
    [{ TENON_MODE: 'Native' }, /^TENON_MODE must be one of/],
    [{ TENON_MODE: 'toString' }, /^TENON_MODE must be one of/],
    [{ TENON_FEATURES: 'token=native' }, /^TENON_FEATURES names an unknown feature "token"; the features are /],
    [{ TENON_FEATURES: '__proto__=native' }, /^TENON_FEATURES names an unknown feature/],
    [{ TENON_FEATURES: 'tokens=on' }, /^TENON_FEATURES, tokens must be one of .*, not "on"$/],
    [{ TENON_FEATURES: 'tokens' }, /^TENON_FEATURES, tokens must be one of/],
    [{ TENON_FEATURES: 'tokens=native=fallback' }, /^TENON_FEATURES must be a list such as/],
    [{ TENON_FEATURES: 'tokens=native,' }, /^TENON_FEATURES names an unknown feature ""/],
    [{ TENON_FEATURES: 'tokens=native;files=native' }, /^TENON_FEATURES/]
  ]
  for (const [env, message] of refused) {
    const error = sandbox.report({ script, env })
    assert.equal(Object(error).code, 'ERR_INVALID_ARG', JSON.stringify(env))
    assert.match(Object(error).message, message)
  }
})
