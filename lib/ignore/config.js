'use strict'

const { errnoName, foldCase, join, readRegular, reasonOf, toBytes, toText } = require('./io')
const { branchOf } = require('./repository')
const { compileGlob, matchesGlob } = require('./wildmatch')

/**
 * git configuration: the file format, and the few values that matter here. `[include]` is followed, and
 * `[includeIf]` by `gitdir`, `gitdir/i`, `onbranch` and `hasconfig:remote.*.url`.
 *
 * @typedef {object} Environment the environment variables git's configuration depends on; `undefined` means unset
 * @property {string} [home] `HOME`
 * @property {string} [xdgConfigHome] `XDG_CONFIG_HOME`; empty counts as unset
 * @property {string} [gitConfigGlobal] `GIT_CONFIG_GLOBAL`: read instead of both global files; empty means none
 * @property {string} [gitConfigSystem] `GIT_CONFIG_SYSTEM`: read instead of `/etc/gitconfig`
 * @property {string} [gitConfigNosystem] `GIT_CONFIG_NOSYSTEM`: a git boolean; true skips the system file
 * @property {string[]} [gitConfigParameters] `GIT_CONFIG_KEY_n` and `GIT_CONFIG_VALUE_n` in turn: they win over all files
 * @property {boolean} [repositoryOnly] leaves out the system's and the user's files, and the default of
 *   `core.excludesFile`; not a variable of git's
 *
 * @typedef {object} Settings
 * @property {boolean} ignoreCase `core.ignoreCase`: ASCII letters match in either case
 * @property {string | undefined} excludesFile the file `core.excludesFile` names, or the default one
 * @property {number} hashBytes the length of the repository's object ids: 20 (SHA-1) or 32 (SHA-256)
 *
 * @typedef {object} Variable
 * @property {string} name the section and the key
 * @property {string} section with its subsection and a dot
 * @property {string} key
 * @property {string | undefined} value `undefined` for a name alone, which is a true boolean
 */

/** All files of one configuration together. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024
/** git's own limit for includes inside includes. */
const MAX_INCLUDE_DEPTH = 10
/** Includes fan out: without an end to them a few small files could name billions. */
const MAX_CONFIG_FILES = 100
/** What conditions of includes may take: any number of long patterns against long texts would take hours. */
const MAX_CONDITIONS = 100
const MAX_CONDITION_BYTES = 1024
const MAX_REMOTE_URLS = 100
const MAX_URL_BYTES = 256
/** Where parameters come from, as reports name it. */
const PARAMETERS = 'GIT_CONFIG_COUNT'
/** Variables read between two turns of the event loop. */
const VARIABLES_PER_TURN = 16_384

/**
 * The settings in force in `repository`, or outside of any. What cannot be read or understood is reported, and the
 * values around it still count.
 * @param {import('./repository').Repository | undefined} repository
 * @param {string} top where a relative `core.excludesFile` starts
 * @param {Environment} environment
 * @param {(path: string, reason: string) => void} report
 * @returns {import('./io').Work<Settings>}
 */
function* readSettings(repository, top, environment, report) {
  const values = yield* readValues(repository, top, environment, report, false)
  const xdg = environment.repositoryOnly ? undefined : xdgGit(environment)
  const excludesFile = values.excludesFile ?? (xdg === undefined ? undefined : join(xdg, 'ignore'))
  return { ignoreCase: values.ignoreCase, excludesFile: excludesFile || undefined, hashBytes: values.hashBytes }
}

/**
 * @typedef {object} Values
 * @property {boolean} ignoreCase
 * @property {string} [excludesFile] empty when the configuration names no file on purpose
 * @property {boolean} worktreeConfig
 * @property {number} hashBytes
 * @property {string[]} remoteUrls every `remote.*.url`
 */

/**
 * What all files and parameters say together.
 * @param {import('./repository').Repository | undefined} repository
 * @param {string} top
 * @param {Environment} environment
 * @param {(path: string, reason: string) => void} report
 * @param {boolean} collecting conditions on `remote.*.url` hold for none: their values are being collected
 * @returns {import('./io').Work<Values>}
 */
function* readValues(repository, top, environment, report, collecting) {
  /** @type {Values} */
  const values = { ignoreCase: false, worktreeConfig: false, hashBytes: 20, remoteUrls: [] }
  const home = environment.home === undefined ? undefined : fromSystem(environment.home)
  let files = 0
  let bytes = 0
  // A limit was passed and reported: nothing more is read.
  let exhausted = false
  /** @type {string[] | undefined} */
  let remoteUrls
  let conditions = 0
  /** The last condition. @type {{ section?: string, file?: string, holds: boolean | Fault }} */
  let memo = { holds: false }

  /**
   * @param {string} file
   * @param {number} depth
   * @returns {import('./io').Work<void>}
   */
  function* read(file, depth) {
    if (exhausted) return
    files += 1
    exhausted = depth > MAX_INCLUDE_DEPTH || files > MAX_CONFIG_FILES
    if (exhausted) {
      const deep = depth > MAX_INCLUDE_DEPTH
      report(
        file,
        deep
          ? `included more than ${MAX_INCLUDE_DEPTH} files deep`
          : `more than ${MAX_CONFIG_FILES} configuration files`
      )
      return
    }
    let content
    try {
      content = yield* readRegular(file, MAX_CONFIG_BYTES)
    } catch (error) {
      report(file, reasonOf(error))
    }
    if (content === undefined) return
    bytes += content.length
    exhausted = bytes > MAX_CONFIG_BYTES
    if (exhausted) return report(file, `more than ${MAX_CONFIG_BYTES} bytes of configuration`)
    const variables = parseConfig(content.toString('latin1'))
    let count = 0
    let step = variables.next()
    for (; !step.done; step = variables.next()) {
      count += 1
      if (count % VARIABLES_PER_TURN === 0) yield { operation: 'pause', path: '' }
      yield* use(step.value, file, depth)
    }
    if (step.value !== undefined) report(file, `bad configuration in line ${step.value}`)
  }

  /**
   * Takes a variable over, and reads the file that it includes.
   * @param {Variable} variable
   * @param {string | undefined} file
   * @param {number} depth
   * @returns {import('./io').Work<void>}
   */
  function* use(variable, file, depth) {
    const included = yield* apply(variable, file)
    if (included instanceof Fault) report(file ?? PARAMETERS, included.message)
    else if (included !== undefined) yield* read(included, depth + 1)
  }

  /**
   * Takes a variable over; the result is a file that it includes.
   * @param {Variable} variable
   * @param {string | undefined} file
   * @returns {import('./io').Work<string | Fault | undefined>}
   */
  function* apply({ name, section, key, value }, file) {
    if (name === 'core.ignorecase' || name === 'extensions.worktreeconfig') {
      const flag = value === undefined ? true : parseBoolean(value)
      if (flag === undefined) return new Fault(`${name} is not a boolean`)
      values[name === 'core.ignorecase' ? 'ignoreCase' : 'worktreeConfig'] = flag
    } else if (name === 'extensions.objectformat') {
      if (value !== 'sha1' && value !== 'sha256') return new Fault('unknown extensions.objectformat')
      values.hashBytes = value === 'sha256' ? 32 : 20
    } else if (name === 'core.excludesfile') {
      if (value === undefined) return new Fault(`${name} has no value`)
      const path = expand(value)
      if (path instanceof Fault) return path
      values.excludesFile = path === '' ? '' : join(top, path)
    } else if (name === 'include.path') {
      return included(file, value, name)
    } else if (key === 'path' && section.startsWith('includeif.')) {
      // The section's name is not read again for each of its variables: it may be long.
      if (section !== memo.section || file !== memo.file) {
        memo = { section, file, holds: yield* holds(section.slice('includeif.'.length, -1), file) }
      }
      if (memo.holds instanceof Fault) return memo.holds
      if (memo.holds) return included(file, value, 'includeif.path')
    } else if (collecting && key === 'url' && section.startsWith('remote.')) {
      if (value !== undefined) values.remoteUrls.push(value)
    }
    return undefined
  }

  /**
   * The file that a variable includes.
   * @param {string | undefined} file
   * @param {string | undefined} value
   * @param {string} name
   */
  function included(file, value, name) {
    if (value === undefined) return new Fault(`${name} has no value`)
    const path = expand(value)
    if (path instanceof Fault) return path
    if (file === undefined && !isAbsolute(path)) return new Fault('a relative include must come from a file')
    return join(file === undefined ? '' : parentOf(file), path)
  }

  /** @param {string} value */
  function expand(value) {
    return expandHome(value, home) ?? new Fault(`cannot expand the path '${toText(value)}'`)
  }

  /**
   * Whether the condition of an `[includeIf]` holds; no condition that is unknown does, as for git.
   * @param {string} condition
   * @param {string | undefined} file
   * @returns {import('./io').Work<boolean | Fault>}
   */
  function* holds(condition, file) {
    const [, name, pattern] = /^(gitdir|gitdir\/i|onbranch|hasconfig:remote\.\*\.url):([^]*)$/.exec(condition) ?? []
    if (name === undefined) return false
    conditions += 1
    if (conditions > MAX_CONDITIONS) return new Fault(`more than ${MAX_CONDITIONS} conditions of includes`)
    if (pattern.length > MAX_CONDITION_BYTES) return new Fault(`a condition of more than ${MAX_CONDITION_BYTES} bytes`)
    if (name === 'gitdir' || name === 'gitdir/i') return yield* gitDirMatches(pattern, file, name === 'gitdir/i')
    if (name === 'onbranch') {
      const branch = repository && (yield* branchOf(repository))
      return branch !== undefined && matches(folderAndBelow(pattern), branch, false)
    }
    if (collecting) return false
    // What is wrong with a file is reported where it is read for its other values.
    remoteUrls ??= (yield* readValues(repository, top, environment, () => {}, true)).remoteUrls
    if (remoteUrls.length > MAX_REMOTE_URLS) return new Fault(`more than ${MAX_REMOTE_URLS} remote URLs`)
    return remoteUrls.some((url) => url.length <= MAX_URL_BYTES && matches(folderAndBelow(pattern), url, false))
  }

  /**
   * Whether the repository's folder is what a condition's pattern says, links followed or not.
   * @param {string} pattern
   * @param {string | undefined} file
   * @param {boolean} fold
   * @returns {import('./io').Work<boolean | Fault>}
   */
  function* gitDirMatches(pattern, file, fold) {
    if (repository === undefined) return false
    let plain = ''
    let glob = pattern
    if (pattern.startsWith('./')) {
      if (file === undefined) return new Fault('a relative condition of an include must come from a file')
      plain = `${parentOf((yield* realPath(file)) ?? file)}/`
      glob = pattern.slice(2)
    } else if (pattern === '~' || pattern.startsWith('~/')) {
      const real = home === undefined ? undefined : yield* realPath(home)
      if (real === undefined) return new Fault(`cannot expand the path '${toText(pattern)}'`)
      glob = real + pattern.slice(1)
    } else {
      const expanded = expand(pattern)
      if (expanded instanceof Fault) return expanded
      glob = expanded
    }
    if (plain === '' && !isAbsolute(glob)) glob = `**/${glob}`
    glob = folderAndBelow(glob)
    const caseless = (/** @type {string} */ text) => (fold ? foldCase(text) : text)
    const texts = [(yield* realPath(repository.gitDir)) ?? repository.gitDir, repository.gitDir]
    return texts.some((text) => {
      const start = text.slice(0, plain.length)
      return caseless(start) === caseless(plain) && matches(glob, text.slice(plain.length), fold)
    })
  }

  for (const file of configFiles(environment)) yield* read(file, 0)
  if (repository !== undefined) {
    yield* read(join(repository.commonDir, 'config'), 0)
    if (values.worktreeConfig) yield* read(join(repository.gitDir, 'config.worktree'), 0)
  }
  const parameters = environment.gitConfigParameters ?? []
  for (let at = 0; at + 1 < parameters.length; at += 2) {
    const name = parameterName(toBytes(parameters[at]))
    if (name === undefined) report(PARAMETERS, `bad configuration key '${parameters[at]}'`)
    else yield* use({ ...name, value: toBytes(parameters[at + 1]) }, undefined, -1)
  }
  return values
}

/** What is wrong with a variable. Not an `Error`, whose stack would take longer than all the rest. */
class Fault {
  /** @param {string} message */
  constructor(message) {
    this.message = message
  }
}

/**
 * The parts of a name written as `section.key` or `section.subsection.key`; `undefined` where it is none.
 * @param {string} name
 */
function parameterName(name) {
  const [, section, subsection, key] = /^([A-Za-z0-9-]+)((?:\.[^\n]*)?\.)([A-Za-z][A-Za-z0-9-]*)$/.exec(name) ?? []
  if (section === undefined) return undefined
  const parts = { section: foldCase(section) + subsection, key: foldCase(key) }
  return { name: parts.section + parts.key, ...parts }
}

/** A condition's pattern, of a folder one for all that is in it. @param {string} pattern */
function folderAndBelow(pattern) {
  return pattern.endsWith('/') ? `${pattern}**` : pattern
}

/** @param {string} pattern @param {string} text @param {boolean} fold */
function matches(pattern, text, fold) {
  const glob = compileGlob(pattern, fold)
  return glob !== undefined && matchesGlob(glob, fold ? foldCase(text) : text)
}

/** @param {string} path */
function isAbsolute(path) {
  return path.startsWith('/') || (process.platform === 'win32' && /^[A-Za-z]:[/\\]/.test(path))
}

/**
 * The path with its links followed; `undefined` where there is nothing.
 * @param {string} path
 * @returns {import('./io').Work<string | undefined>}
 */
function* realPath(path) {
  try {
    /** @type {string} */
    const real = yield { operation: 'realpath', path }
    return process.platform === 'win32' ? real.replaceAll('\\', '/') : real
  } catch (error) {
    errnoName(error)
    return undefined
  }
}

/**
 * The folder of git's files in the XDG configuration directory.
 * @param {Environment} environment
 */
function xdgGit({ xdgConfigHome, home }) {
  if (xdgConfigHome) return join(fromSystem(xdgConfigHome), 'git')
  return home === undefined ? undefined : join(fromSystem(home), '.config/git')
}

/**
 * The configuration files outside the repository, weakest first.
 * @param {Environment} environment
 */
function configFiles(environment) {
  if (environment.repositoryOnly) return []
  const { home, gitConfigGlobal, gitConfigSystem, gitConfigNosystem } = environment
  const skipSystem = gitConfigNosystem !== undefined && parseBoolean(gitConfigNosystem) === true
  const system = gitConfigSystem ?? (process.platform === 'win32' ? '' : '/etc/gitconfig')
  const files = skipSystem ? [] : [fromSystem(system)]
  if (gitConfigGlobal !== undefined) {
    files.push(fromSystem(gitConfigGlobal))
  } else {
    const xdg = xdgGit(environment)
    if (xdg !== undefined) files.push(join(xdg, 'config'))
    if (home !== undefined) files.push(join(fromSystem(home), '.gitconfig'))
  }
  return files.filter((file) => file !== '')
}

/**
 * A path the environment gives, with `/` between its components.
 * @param {string} path
 */
function fromSystem(path) {
  return toBytes(process.platform === 'win32' ? path.replaceAll('\\', '/') : path)
}

/**
 * The value of a git boolean; `undefined` for what is none.
 * @param {string} value
 */
function parseBoolean(value) {
  if (/^(true|yes|on)$/i.test(value)) return true
  if (/^(false|no|off|)$/i.test(value)) return false
  return /^[-+]?[0-9]+[kmg]?$/i.test(value) ? /[1-9]/.test(value) : undefined
}

/**
 * A path as configuration writes it: `~/` is the home folder. `undefined` where it cannot be expanded.
 * @param {string} value
 * @param {string | undefined} home
 */
function expandHome(value, home) {
  if (value === '~') return home
  if (value.startsWith('~/')) return home === undefined ? undefined : join(home, value.slice(2))
  return value.startsWith('~') || value.startsWith('%(prefix)/') ? undefined : value
}

/**
 * The folder of a file, without the slashes and dots that lead nowhere at its end.
 * @param {string} path
 */
function parentOf(path) {
  const slash = path.lastIndexOf('/')
  return slash === -1 ? '' : path.slice(0, slash).replace(/(?:\/\.?)+$/, '') || '/'
}

/**
 * The variables of a configuration file one by one; the result is the line (from 1) where it stopped being one.
 * @param {string} text a byte string
 * @returns {Generator<Variable, number | undefined>}
 */
function* parseConfig(text) {
  // A carriage return in front of a line feed is not read, and the file ends with a line feed, written or not.
  const source = text.replace(/^\xef\xbb\xbf/, '').replace(/\r\n/g, '\n') + '\n'
  // With its dot; a variable above the first section has none.
  let section = ''
  let at = 0

  /** @param {string} key @param {string | undefined} value @returns {Variable} */
  function named(key, value) {
    const folded = foldCase(key)
    return { name: section + folded, section, key: folded, value }
  }

  /** The variable whose name starts at `at`, or `false`. */
  function variable() {
    const key = match(/[A-Za-z][A-Za-z0-9-]*/y)
    match(/[ \t]*/y)
    if (source[at] === '\n') return named(key, undefined)
    if (source[at] !== '=') return false
    at += 1
    const value = parseValue()
    return value === undefined ? false : named(key, value)
  }

  /** The value from `at` to the end of its last line; `undefined` when it is malformed. */
  function parseValue() {
    let value = ''
    let quoted = false
    // The length of the value without the spaces at its end, once there are some.
    let trimmed = -1
    for (; at < source.length; at += 1) {
      const char = source[at]
      if (char === '\n') {
        if (quoted) return undefined
        break
      }
      if (!quoted && /[ \t\r]/.test(char)) {
        if (trimmed === -1) trimmed = value.length
        if (value !== '') value += char
        continue
      }
      if (!quoted && (char === '#' || char === ';')) {
        match(/[^\n]*/y)
        break
      }
      // A continuation too: git keeps the spaces in front of one.
      trimmed = -1
      if (char === '\\' && source[at + 1] === '\n') {
        at += 1
        continue
      }
      if (char === '"') {
        quoted = !quoted
      } else if (char === '\\') {
        at += 1
        const escaped = ESCAPES.get(source[at])
        if (escaped === undefined) return undefined
        value += escaped
      } else {
        value += char
      }
    }
    // A continuation at the end of the file leaves nothing behind it: git takes that for malformed.
    if (at >= source.length) return undefined
    // git hands values on as C strings: a NUL ends one.
    return (trimmed === -1 ? value : value.slice(0, trimmed)).split('\0', 1)[0]
  }

  /** The section's name from behind its `[`, or `false`. */
  function sectionName() {
    const name = foldCase(match(/[A-Za-z0-9.-]*/y))
    if (source[at] === ']') return name
    if (match(/[ \t\r]+/y) === '') return false
    const subsection = match(/"(?:[^"\\\n]|\\[^\n])*"(?=\])/y)
    return subsection === '' ? false : `${name}.${subsection.slice(1, -1).replace(/\\([^])/g, '$1')}`
  }

  /**
   * What matches at `at`, which then stands behind it.
   * @param {RegExp} pattern
   */
  function match(pattern) {
    pattern.lastIndex = at
    const text = pattern.exec(source)?.[0] ?? ''
    at += text.length
    return text
  }

  while (at < source.length) {
    const char = source[at]
    if (/[ \t\r\n]/.test(char)) {
      at += 1
    } else if (char === '#' || char === ';') {
      match(/[^\n]*/y)
    } else if (char === '[') {
      at += 1
      const name = sectionName()
      if (name === false) return lineAt(source, at)
      section = `${name}.`
      at += 1
    } else {
      const parsed = /[A-Za-z]/.test(char) && variable()
      if (parsed === false) return lineAt(source, at)
      yield parsed
    }
  }
  return undefined
}

const ESCAPES = new Map([
  ['t', '\t'],
  ['b', '\b'],
  ['n', '\n'],
  ['\\', '\\'],
  ['"', '"']
])

/**
 * @param {string} text
 * @param {number} at
 */
function lineAt(text, at) {
  return text.slice(0, Math.min(at, text.length - 1)).split('\n').length
}

module.exports = { parseConfig, readSettings }
