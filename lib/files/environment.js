'use strict'

/**
 * What git reads of the process environment; undefined means unset.
 * @returns {import('./walk').Environment}
 */
function gitEnvironment() {
  const { HOME, USERPROFILE, XDG_CONFIG_HOME, GIT_CONFIG_GLOBAL, GIT_CONFIG_SYSTEM, GIT_CONFIG_NOSYSTEM } = process.env
  return {
    home: HOME ?? (process.platform === 'win32' ? USERPROFILE : undefined),
    xdgConfigHome: XDG_CONFIG_HOME,
    gitConfigGlobal: GIT_CONFIG_GLOBAL,
    gitConfigSystem: GIT_CONFIG_SYSTEM,
    gitConfigNosystem: GIT_CONFIG_NOSYSTEM
  }
}

module.exports = { gitEnvironment }
