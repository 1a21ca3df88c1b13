'use strict'

/** What git takes from the environment of the process. */

/** More than this is no configuration of a person's. */
const MAX_PARAMETERS = 10_000

/** The variables that git's configuration depends on; `undefined` means unset. */
function gitEnvironment() {
  const { HOME, USERPROFILE, XDG_CONFIG_HOME, GIT_CONFIG_GLOBAL, GIT_CONFIG_SYSTEM, GIT_CONFIG_NOSYSTEM } = process.env
  return {
    home: HOME ?? (process.platform === 'win32' ? USERPROFILE : undefined),
    xdgConfigHome: XDG_CONFIG_HOME,
    gitConfigGlobal: GIT_CONFIG_GLOBAL,
    gitConfigSystem: GIT_CONFIG_SYSTEM,
    gitConfigNosystem: GIT_CONFIG_NOSYSTEM,
    gitConfigParameters: parameters(process.env)
  }
}

/**
 * `GIT_CONFIG_KEY_n` and `GIT_CONFIG_VALUE_n` in turn, as many as `GIT_CONFIG_COUNT` says. git refuses to run where one is
 * missing; here those before it count.
 * @param {NodeJS.ProcessEnv} environment
 */
function parameters(environment) {
  const count = Number(environment.GIT_CONFIG_COUNT || 0)
  const found = []
  for (let index = 0; index < Math.min(count, MAX_PARAMETERS); index++) {
    const key = environment[`GIT_CONFIG_KEY_${index}`]
    const value = environment[`GIT_CONFIG_VALUE_${index}`]
    if (key === undefined || value === undefined) break
    found.push(key, value)
  }
  return found
}

module.exports = { gitEnvironment }
