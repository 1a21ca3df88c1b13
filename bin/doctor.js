'use strict'

const { packageName } = require('../lib/native')

/**
 * @param {typeof import('..')} tenon
 * @param {{ json?: boolean }} options
 */
module.exports = function doctor(tenon, { json }) {
  const status = tenon.status()
  const { native, features } = status
  // Where somebody chose the fallback there is nothing to heal.
  if (
    Object.values(features).some(({ mode, engine }) => mode !== 'fallback' && (engine !== 'native' || !native.loaded))
  )
    process.exitCode = 1
  if (json) {
    console.log(JSON.stringify(status, null, 2))
    return
  }
  console.log(`tenon ${status.version} on ${status.platform}, Node ${process.version}`)
  console.log(
    native.loaded
      ? `native: loaded from ${native.path ?? 'a bundle'}, version ${native.version}`
      : `native: not loaded. ${native.reason}`
  )
  if (!process.env.TENON_NATIVE_PATH && ['missing', 'broken', 'stale'].includes(native.cause ?? '')) {
    console.log(`  to install it: npm install ${packageName()}@${status.version}`)
  }
  const width = Math.max(...Object.keys(features).map((name) => name.length))
  for (const [name, { mode, engine, reason }] of Object.entries(features)) {
    console.log(`${name.padEnd(width)}  ${engine.padEnd(8)}  mode ${mode}${reason ? `: ${reason}` : ''}`)
  }
}
