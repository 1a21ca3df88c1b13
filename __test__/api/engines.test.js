'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { afterEach, test } = require('node:test')
const tenon = require('../..')
const { FEATURES, defineFeature } = require('../../lib/engines')
const native = require('../../lib/native')

const ROOT = path.join(__dirname, '../..')

/** What each test starts from. */
const INITIAL = {
  mode: tenon.status().features.tokens.mode,
  features: { tokens: tenon.status().features.tokens.mode, files: tenon.status().features.files.mode }
}
afterEach(() => tenon.configure({ ...INITIAL, onShadow: undefined }))

let made = 0
/**
 * A feature of the test's own: its name is not among the public ones, so it follows the common mode.
 * @param {(...args: any[]) => any} onNative
 * @param {(...args: any[]) => any} onFallback
 */
function feature(onNative, onFallback) {
  return defineFeature({
    name: `test ${++made}`,
    native: () => ({ run: onNative }),
    fallback: () => ({ run: onFallback })
  })
}

const probePanic = () => /** @type {any} */ (native.load()).addon.probePanic()

test('the addon is there: nothing below would be shown without it', () => {
  const { native: found } = tenon.status()
  if (INITIAL.mode === 'fallback') tenon.configure({ mode: 'auto', features: { tokens: 'auto' } })
  const status = tenon.status()
  assert.equal(status.native.loaded, true, found.reason)
  assert.equal(status.native.version, status.version)
  assert.ok(path.isAbsolute(String(status.native.path)))
})

test('every feature has its line in index.js, its flag and its status', () => {
  const named = Object.keys(tenon).filter((name) => !['TenonError', 'configure', 'status'].includes(name))
  assert.deepEqual(named, [...FEATURES])
  assert.deepEqual(Object.keys(tenon.status().features), [...FEATURES])
})

test('each mode sends calls to its engine, and the status says so', () => {
  for (const [mode, engine] of /** @type {const} */ ([
    ['auto', 'native'],
    ['native', 'native'],
    ['fallback', 'fallback'],
    ['shadow', 'fallback']
  ])) {
    tenon.configure({ features: { tokens: mode } })
    const before = tenon.status().features.tokens.calls
    assert.equal(tenon.tokens.count('one two'), 2)
    const { mode: found, engine: serves, reason, calls } = tenon.status().features.tokens
    assert.deepEqual({ found, serves }, { found: mode, serves: engine })
    assert.equal(
      reason,
      { auto: undefined, native: undefined, fallback: 'mode is fallback', shadow: 'mode is shadow' }[mode]
    )
    assert.equal(calls.native - before.native, mode === 'fallback' ? 0 : 1)
    assert.equal(calls.fallback - before.fallback, mode === 'fallback' || mode === 'shadow' ? 1 : 0)
  }
})

test('configure refuses what it does not know, and changes nothing then', () => {
  const configure = /** @type {(options: any) => void} */ (tenon.configure)
  const before = tenon.status().features
  for (const [options, message] of /** @type {[any, RegExp][]} */ ([
    [undefined, /options must be an object, not undefined/],
    [[], /options must be an object/],
    [{ mod: 'native' }, /unknown option "mod"/],
    [{ mode: 'fast' }, /options.mode must be one of auto, native, fallback, shadow, not "fast"/],
    [
      { mode: 'fallback', features: { token: 'native' } },
      /unknown feature "token"; the features are context, diff, files, ignore, log, tokens, zstd/
    ],
    [{ features: { tokens: 'quick' } }, /options.features.tokens must be one of/],
    [{ features: 'tokens' }, /options.features must be an object/],
    [{ onShadow: 7 }, /options.onShadow must be a function, not 7/]
  ])) {
    assert.throws(() => configure(options), { name: 'TenonError', code: 'ERR_INVALID_ARG', message })
  }
  assert.deepEqual(tenon.status().features, before)
})

test('a panic in Rust is an error of the host, and the process lives', async () => {
  tenon.configure({ mode: 'native' })
  const panicking = feature(probePanic, () => 'fallback')
  assert.throws(panicking.sync('run'), { name: 'TenonError', code: 'ERR_INTERNAL', message: /a panic on request/ })
  const onPool = feature(
    () => /** @type {any} */ (native.load()).addon.probePanicAsync(),
    () => 'fallback'
  )
  await assert.rejects(onPool.async('run')(), {
    name: 'TenonError',
    code: 'ERR_INTERNAL',
    message: /a panic on request/
  })
})

test('in auto an internal failure is answered by the fallback; the third one ends native until configure', () => {
  tenon.configure({ mode: 'auto' })
  let nativeCalls = 0
  const run = feature(
    () => {
      nativeCalls++
      return probePanic()
    },
    (text) => `fallback ${text}`
  ).sync('run')
  for (let call = 1; call <= 6; call++) {
    assert.equal(run('answers'), 'fallback answers')
    assert.equal(nativeCalls, Math.min(call, 3))
  }
  tenon.configure({})
  assert.equal(run('again'), 'fallback again')
  assert.equal(nativeCalls, 4)
})

test('the same for promises', async () => {
  tenon.configure({ mode: 'auto' })
  let nativeCalls = 0
  const onNative = () => {
    nativeCalls++
    return /** @type {any} */ (native.load()).addon.probePanicAsync()
  }
  const run = feature(onNative, async () => 'fallback').async('run')
  for (let call = 1; call <= 5; call++) assert.equal(await run(), 'fallback')
  assert.equal(nativeCalls, 3)
})

test("a caller's error is the answer, not a failure of native", () => {
  tenon.configure({ mode: 'auto' })
  const refuse = () => {
    throw new tenon.TenonError('ERR_LIMIT', 'too large')
  }
  const run = feature(refuse, () => assert.fail('the fallback must not run')).sync('run')
  for (let call = 0; call < 5; call++) assert.throws(run, { code: 'ERR_LIMIT' })
})

test('a binary that does not serve a feature is no native engine for it, in every mode', async () => {
  const unfit = defineFeature({
    name: `test ${++made}`,
    native: () => assert.fail('no such function'),
    fallback: () => ({ run: () => 'fallback', runAsync: async () => 'fallback' })
  })
  for (const mode of /** @type {const} */ (['auto', 'shadow'])) {
    tenon.configure({ mode })
    assert.equal(unfit.sync('run')(), 'fallback')
    assert.equal(await unfit.async('runAsync')(), 'fallback')
  }
  tenon.configure({ mode: 'native' })
  assert.throws(unfit.sync('run'), { code: 'ERR_NATIVE_UNAVAILABLE', message: /does not serve .*no such function/ })
})

test('what the caller cancelled is no difference between the engines', async () => {
  /** @type {unknown[]} */
  const reports = []
  tenon.configure({ features: { files: 'shadow' }, onShadow: (report) => void reports.push(report) })
  const controller = new AbortController()
  const listing = tenon.files.list(ROOT, { signal: controller.signal })
  controller.abort()
  await assert.rejects(listing, { code: 'ERR_ABORTED' })
  assert.deepEqual(reports, [])
})

test('many calls may share one signal', async () => {
  /** @type {Error[]} */
  const warnings = []
  const note = (/** @type {Error} */ warning) => void warnings.push(warning)
  process.on('warning', note)
  const controller = new AbortController()
  await Promise.all(Array.from({ length: 30 }, () => tenon.files.list(__dirname, { signal: controller.signal })))
  await new Promise(setImmediate)
  process.off('warning', note)
  assert.deepEqual(warnings, [])
})

test('shadow answers from the fallback, compares, reports and counts', async () => {
  /** @type {import('../..').ShadowReport[]} */
  const reports = []
  tenon.configure({ mode: 'shadow', features: { tokens: 'shadow' }, onShadow: (report) => void reports.push(report) })
  assert.equal(tenon.tokens.count('one two'), 2)
  assert.equal(reports.length, 1)
  const [{ fallbackMs, nativeMs, ...rest }] = reports
  assert.deepEqual(rest, { feature: 'tokens', method: 'count', equal: true })
  assert.ok(fallbackMs >= 0 && nativeMs >= 0)

  const differing = feature(
    () => 1,
    () => 2
  )
  assert.equal(differing.sync('run')(), 2)
  assert.equal(
    await feature(
      async () => 1,
      async () => 2
    ).async('run')(),
    2
  )
  assert.deepEqual(
    reports.slice(1).map(({ equal, difference }) => ({ equal, difference })),
    Array(2).fill({ equal: false, difference: 'fallback returned 2; native returned 1' })
  )

  assert.equal(feature(probePanic, () => 3).sync('run')(), 3)
  assert.match(
    String(reports.at(-1)?.difference),
    /fallback returned a value; native threw ERR_INTERNAL: .*a panic on request/
  )

  const alike = () => {
    throw new tenon.TenonError('ERR_LIMIT', 'too large')
  }
  assert.throws(feature(alike, alike).sync('run'), { code: 'ERR_LIMIT' })
  assert.equal(reports.at(-1)?.equal, true)

  const { shadow } = tenon.status().features.tokens
  assert.ok(shadow && shadow.runs >= 1 && shadow.differences === 0)
})

test('an onShadow that throws is a warning, not an error of the call', async () => {
  tenon.configure({
    features: { tokens: 'shadow' },
    onShadow: () => {
      throw new Error('from onShadow')
    }
  })
  const warned = new Promise((resolve) => process.once('warning', resolve))
  assert.equal(tenon.tokens.count('one two'), 2)
  assert.match(String(await warned), /from onShadow/)
})

test('in fallback mode the binary is not loaded, nor is another feature', () => {
  const script = `
    const tenon = require(${JSON.stringify(ROOT)})
    tenon.tokens.count('a')
    const loaded = Object.keys(require.cache).concat(process.report.getReport().sharedObjects)
    console.log(JSON.stringify({ native: tenon.status().native, binary: loaded.some((file) => file.endsWith('.node')), files: loaded.some((file) => /lib.files/.test(file)) }))`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    env: { ...process.env, TENON_MODE: 'fallback' }
  })
  assert.equal(stderr, '')
  assert.deepEqual(JSON.parse(stdout), {
    native: { loaded: false, cause: 'disabled', reason: 'disabled: every feature is in fallback mode' },
    binary: false,
    files: false
  })
})

test('require loads neither a feature nor the binary nor a vocabulary', () => {
  const script = `
    require(${JSON.stringify(ROOT)})
    console.log(JSON.stringify(Object.keys(require.cache).map((file) => require('path').relative(${JSON.stringify(ROOT)}, file).replaceAll('\\\\', '/'))))`
  const { stdout } = spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    env: { ...process.env, TENON_MODE: 'auto' }
  })
  assert.deepEqual(JSON.parse(stdout).sort(), [
    'index.js',
    'lib/arguments.js',
    'lib/engines.js',
    'lib/errors.js',
    'lib/native.js',
    'package.json'
  ])
})

test('import gives the same object as require', async () => {
  const module = await import('../../index.mjs')
  assert.equal(module.default, tenon)
  const exported = /** @type {Record<string, unknown>} */ (module)
  for (const [name, value] of Object.entries(tenon)) assert.equal(exported[name], value, name)
})

test("in shadow mode the fallback's error is the answer, also where native is cancelled", async () => {
  tenon.configure({ mode: 'shadow' })
  const samples = Array.from({ length: 3000 }, (_, index) => `a sample ${index} of some kind ${index % 7}`)
  await assert.rejects(
    tenon.zstd.trainDictionaryAsync(samples, { signal: AbortSignal.timeout(1) }),
    /** @param {any} error */ (error) => {
      assert.match(error.code, /^ERR_(UNSUPPORTED|ABORTED)$/)
      return true
    }
  )
})
