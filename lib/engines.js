'use strict'

// Which engine answers: modes, selection, counters, shadow runs and `tenon.status()`.

const { isDeepStrictEqual } = require('node:util')
const native = require('./native')
const { checkKeys, checkObject } = require('./arguments')
const { TenonError, describe, fromNative, invalidArgument } = require('./errors')
const { version } = require('../package.json')

/** @typedef {'auto' | 'native' | 'fallback' | 'shadow'} Mode */
/** @typedef {Record<string, (...args: any[]) => any>} Engine a feature's functions by name, alike in both engines */
/**
 * @typedef {object} Definition
 * @property {string} name
 * @property {(addon: import('./native').Addon) => Engine} native shapes the addon's flat functions
 * @property {() => Engine} fallback loads the JavaScript engine
 * @property {false} [shadow] what it does cannot be done twice: in shadow mode the fallback answers alone
 */
/** @typedef {{ feature: string, method: string, equal: boolean, fallbackMs: number, nativeMs: number, difference?: string }} ShadowReport */

/** Every feature's name; `index.js` has a line for each. */
const FEATURES = Object.freeze(['context', 'diff', 'files', 'ignore', 'log', 'tokens', 'zstd'])
const MODES = Object.freeze(['auto', 'native', 'fallback', 'shadow'])
/** After so many internal failures of native, `auto` leaves a feature on the fallback. */
const MAX_INTERNAL_FAILURES = 3

/** @type {{ mode: Mode, features: Partial<Record<string, Mode>>, onShadow?: (report: ShadowReport) => void }} */
const settings = fromEnvironment(process.env)

/** @type {Map<string, Feature>} */
const defined = new Map()

/** One feature's choice of engine, and what it has counted. */
class Feature {
  /** @param {string} name */
  constructor(name) {
    this.name = name
    this.calls = { native: 0, fallback: 0 }
    this.shadow = { runs: 0, differences: 0 }
    this.internalFailures = 0
    /** @type {Definition | undefined} */
    this.definition = undefined
    /** Rises whenever the choice of engine has to be made again. */
    this.epoch = 0
    this.selectedEpoch = -1
    /** @type {'native' | 'fallback' | 'shadow' | 'unavailable'} */
    this.route = 'fallback'
    /** @type {string | undefined} */
    this.reason = undefined
    /** @type {Engine | undefined} */
    this.nativeEngine = undefined
    /** @type {Engine | undefined} */
    this.fallbackEngine = undefined
  }

  /** @returns {Mode} */
  get mode() {
    return settings.features[this.name] ?? settings.mode
  }

  /** Chooses the route for the mode in force. Loads the addon only where the mode may use it. */
  select() {
    if (this.selectedEpoch === this.epoch) return
    this.selectedEpoch = this.epoch
    const { mode } = this
    this.reason = undefined
    if (mode === 'fallback') {
      this.route = 'fallback'
      this.reason = 'mode is fallback'
    } else if (mode === 'shadow' && this.definition?.shadow === false) {
      this.route = 'fallback'
      this.reason = `mode is shadow; no shadow runs, because ${this.name} writes to the disk`
    } else if (mode === 'auto' && this.internalFailures >= MAX_INTERNAL_FAILURES) {
      this.route = 'fallback'
      this.reason = `native failed internally ${this.internalFailures} times; configure() gives it another chance`
    } else {
      const fault = this.loadNative()
      if (fault === undefined) this.route = mode === 'shadow' ? 'shadow' : 'native'
      else {
        this.route = mode === 'native' ? 'unavailable' : 'fallback'
        this.reason = fault
      }
      if (mode === 'shadow') this.reason = fault === undefined ? 'mode is shadow' : `no shadow runs; ${fault}`
    }
  }

  /** Shapes the addon's functions; why there are none, where there are none. */
  loadNative() {
    const found = native.load()
    if (!found.addon) return found.reason
    try {
      this.nativeEngine ??= this.definition?.native(found.addon)
    } catch (error) {
      return `broken: the binary does not serve ${this.name}: ${Object(error).message}`
    }
    return undefined
  }

  /** Drops the choice and the strikes; the counters stay. */
  reset() {
    this.epoch++
    this.internalFailures = 0
  }

  /** @param {string} method */
  nativeMethod(method) {
    return /** @type {Engine} */ (this.nativeEngine)[method]
  }

  /** @param {string} method */
  fallbackMethod(method) {
    this.fallbackEngine ??= /** @type {Definition} */ (this.definition).fallback()
    return this.fallbackEngine[method]
  }

  unavailable() {
    return new TenonError('ERR_NATIVE_UNAVAILABLE', `${this.name} is in native mode, and native is ${this.reason}`, {
      feature: this.name,
      package: native.packageName()
    })
  }

  /**
   * Decides what becomes of something native threw. A caller's error is the answer; an internal failure is one in
   * `native` mode too, while in `auto` it is counted and the fallback answers (undefined).
   * @param {unknown} thrown
   * @returns {TenonError | undefined}
   */
  strike(thrown) {
    const error = fromNative(thrown)
    if (error.code !== 'ERR_INTERNAL' || this.mode !== 'auto') return error
    this.internalFailures++
    if (this.internalFailures >= MAX_INTERNAL_FAILURES) this.epoch++
    else
      this.reason = `${this.internalFailures} internal failure(s) of native answered by the fallback: ${error.message}`
    return undefined
  }
}

/**
 * Declares a feature; nothing is loaded until one of its functions is called.
 * @param {Definition} definition
 * @returns {{ sync(method: string): (...args: any[]) => any, async(method: string): (...args: any[]) => Promise<any> }}
 */
function defineFeature(definition) {
  const feature = featureNamed(definition.name)
  feature.definition = definition
  // `status()` may have chosen an engine before there was one.
  feature.epoch++
  return {
    sync: (method) => bindSync(feature, method),
    async: (method) => bindAsync(feature, method)
  }
}

/** @param {string} name */
function featureNamed(name) {
  let feature = defined.get(name)
  if (!feature) defined.set(name, (feature = new Feature(name)))
  return feature
}

/**
 * A function that runs `method` on the engine in force. At most five arguments: rest arguments would cost an array
 * a call.
 * @param {Feature} feature
 * @param {string} method
 */
function bindSync(feature, method) {
  let epoch = -1
  /** @type {(...args: any[]) => any} */
  let onNative
  /** @type {(...args: any[]) => any} */
  let onFallback

  /** @param {any} a @param {any} b @param {any} c @param {any} d @param {any} e */
  function run(a, b, c, d, e) {
    if (epoch !== feature.epoch) prepare()
    if (feature.route === 'native') {
      feature.calls.native++
      try {
        return onNative(a, b, c, d, e)
      } catch (thrown) {
        const error = feature.strike(thrown)
        if (error) throw error
        onFallback ??= feature.fallbackMethod(method)
      }
    } else if (feature.route === 'shadow') {
      return shadowSync(feature, method, onNative, onFallback, [a, b, c, d, e])
    } else if (feature.route === 'unavailable') {
      throw feature.unavailable()
    }
    feature.calls.fallback++
    return onFallback(a, b, c, d, e)
  }

  function prepare() {
    feature.select()
    if (feature.route === 'native' || feature.route === 'shadow') onNative = feature.nativeMethod(method)
    if (feature.route === 'fallback' || feature.route === 'shadow') onFallback = feature.fallbackMethod(method)
    epoch = feature.epoch
  }

  return run
}

/**
 * As `bindSync`, for a method that returns a promise.
 * @param {Feature} feature
 * @param {string} method
 */
function bindAsync(feature, method) {
  return async function run(/** @type {any[]} */ ...args) {
    feature.select()
    if (feature.route === 'unavailable') throw feature.unavailable()
    if (feature.route === 'shadow') return shadowAsync(feature, method, args)
    if (feature.route === 'native') {
      feature.calls.native++
      try {
        return await feature.nativeMethod(method)(...args)
      } catch (thrown) {
        const error = feature.strike(thrown)
        if (error) throw error
      }
    }
    feature.calls.fallback++
    return feature.fallbackMethod(method)(...args)
  }
}

/** @typedef {{ value?: any, error?: any, ms: number }} Outcome */

/**
 * @param {Feature} feature
 * @param {string} method
 * @param {(...args: any[]) => any} onNative
 * @param {(...args: any[]) => any} onFallback
 * @param {any[]} args
 */
function shadowSync(feature, method, onNative, onFallback, args) {
  /** @param {(...args: any[]) => any} engine @returns {Outcome} */
  const time = (engine) => {
    const start = performance.now()
    try {
      return { value: engine(...args), ms: performance.now() - start }
    } catch (error) {
      return { error, ms: performance.now() - start }
    }
  }
  return settle(feature, method, time(onFallback), time(onNative))
}

/**
 * @param {Feature} feature
 * @param {string} method
 * @param {any[]} args
 */
async function shadowAsync(feature, method, args) {
  /** @param {(...args: any[]) => any} engine @returns {Promise<Outcome>} */
  const time = async (engine) => {
    const start = performance.now()
    try {
      return { value: await engine(...args), ms: performance.now() - start }
    } catch (error) {
      return { error, ms: performance.now() - start }
    }
  }
  // One after the other, so that neither time includes the other's work.
  const fallback = await time(feature.fallbackMethod(method))
  // What the caller cancelled is no answer to compare with.
  if (isAborted(fallback)) {
    feature.calls.fallback++
    throw fallback.error
  }
  const shadow = await time(feature.nativeMethod(method))
  if (isAborted(shadow)) {
    feature.calls.fallback++
    if ('error' in fallback) throw fallback.error
    return fallback.value
  }
  return settle(feature, method, fallback, shadow)
}

/** @param {Outcome} outcome */
function isAborted(outcome) {
  return 'error' in outcome && Object(outcome.error).code === 'ERR_ABORTED'
}

/**
 * Reports how the two engines compare and answers with the fallback's outcome.
 * @param {Feature} feature
 * @param {string} method
 * @param {Outcome} fallback
 * @param {Outcome} shadow
 */
function settle(feature, method, fallback, shadow) {
  feature.calls.fallback++
  feature.calls.native++
  feature.shadow.runs++
  const difference = differenceOf(fallback, shadow)
  if (difference !== undefined) feature.shadow.differences++
  if (settings.onShadow) {
    const report = {
      feature: feature.name,
      method,
      equal: difference === undefined,
      fallbackMs: fallback.ms,
      nativeMs: shadow.ms
    }
    try {
      settings.onShadow(difference === undefined ? report : { ...report, difference })
    } catch (error) {
      process.emitWarning(`onShadow threw: ${Object(error).stack ?? error}`, 'TenonWarning')
    }
  }
  if ('error' in fallback) throw fallback.error
  return fallback.value
}

/**
 * What differs between two outcomes, in words; undefined when nothing does.
 * @param {Outcome} fallback
 * @param {Outcome} shadow
 */
function differenceOf(fallback, shadow) {
  if ('error' in fallback || 'error' in shadow) {
    const [expected, actual] = [fallback, shadow].map((outcome) => {
      if (!('error' in outcome)) return 'returned a value'
      const error = outcome === shadow ? fromNative(outcome.error) : outcome.error
      return `threw ${Object(error).code ?? 'an error'}: ${Object(error).message ?? error}`
    })
    return expected === actual ? undefined : `fallback ${expected}; native ${actual}`
  }
  if (isDeepStrictEqual(fallback.value, shadow.value)) return undefined
  return `fallback returned ${sample(fallback.value)}; native returned ${sample(shadow.value)}`
}

/** @param {any} value */
function sample(value) {
  const text = ArrayBuffer.isView(value)
    ? `[${Array.prototype.slice.call(value, 0, 16).join(',')}…]`
    : JSON.stringify(value)
  return text === undefined || text.length <= 200 ? String(text) : `${text.slice(0, 200)}…`
}

/**
 * Chooses engines at run time. What is left out stays as it is; every feature chooses its engine anew.
 * @param {{ mode?: Mode, features?: Partial<Record<string, Mode>>, onShadow?: ((report: ShadowReport) => void) | undefined }} options
 */
function configure(options) {
  checkObject('options', options)
  checkKeys(options, ['mode', 'features', 'onShadow'])
  const { mode, features, onShadow } = options
  if (mode !== undefined) checkMode('options.mode', mode)
  if (features !== undefined) {
    checkObject('options.features', features)
    for (const [name, value] of Object.entries(features)) {
      checkFeature('options.features', name)
      if (value !== undefined) checkMode(`options.features.${name}`, value)
    }
  }
  if (onShadow !== undefined && typeof onShadow !== 'function')
    throw invalidArgument('options.onShadow', 'a function', onShadow)
  if (mode !== undefined) settings.mode = mode
  for (const [name, value] of Object.entries(features ?? {})) if (value !== undefined) settings.features[name] = value
  if ('onShadow' in options) settings.onShadow = onShadow
  for (const feature of defined.values()) feature.reset()
}

/** Which engine serves each feature, and why. Selects engines that no call has selected yet. */
function status() {
  /** @type {Record<string, object>} */
  const features = {}
  for (const name of FEATURES) {
    const feature = featureNamed(name)
    feature.select()
    features[name] = {
      mode: feature.mode,
      engine: feature.route === 'native' || feature.route === 'unavailable' ? 'native' : 'fallback',
      ...(feature.reason !== undefined && { reason: feature.reason }),
      calls: { ...feature.calls },
      ...(feature.shadow.runs > 0 && { shadow: { ...feature.shadow } })
    }
  }
  return { version, platform: native.platformName(), native: nativeStatus(), features }
}

function nativeStatus() {
  const found = native.peek()
  if (!found) return { loaded: false, cause: 'disabled', reason: 'disabled: every feature is in fallback mode' }
  const file = found.path === undefined ? {} : { path: found.path }
  if (found.addon) return { loaded: true, ...file, version: found.version }
  return { loaded: false, ...file, cause: found.cause, reason: found.reason }
}

/**
 * Reads TENON_MODE and TENON_FEATURES.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {{ mode: Mode, features: Partial<Record<string, Mode>>, onShadow?: (report: ShadowReport) => void }}
 */
function fromEnvironment({ TENON_MODE: mode, TENON_FEATURES: list }) {
  /** @type {Record<string, Mode>} */
  const features = {}
  if (mode) checkMode('TENON_MODE', mode)
  for (const entry of list ? list.split(',') : []) {
    const [name, value, ...rest] = entry.split('=').map((part) => part.trim())
    if (rest.length > 0) throw invalidArgument('TENON_FEATURES', "a list such as 'tokens=native,files=fallback'", list)
    checkFeature('TENON_FEATURES', name)
    checkMode(`TENON_FEATURES, ${name}`, value)
    features[name] = /** @type {Mode} */ (value)
  }
  return { mode: /** @type {Mode} */ (mode || 'auto'), features }
}

/** @param {string} where @param {unknown} mode */
function checkMode(where, mode) {
  if (!MODES.includes(/** @type {Mode} */ (mode))) throw invalidArgument(where, `one of ${MODES.join(', ')}`, mode)
}

/** @param {string} where @param {string} name */
function checkFeature(where, name) {
  if (!FEATURES.includes(name)) {
    throw new TenonError(
      'ERR_INVALID_ARG',
      `${where} names an unknown feature ${describe(name)}; the features are ${FEATURES.join(', ')}`,
      { argument: where }
    )
  }
}

module.exports = { FEATURES, configure, defineFeature, status }
