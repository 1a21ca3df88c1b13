'use strict'

const { compileGlob, matchesGlob } = require('./wildmatch')
const { Unusable, foldCase, readRegular } = require('./io')

/**
 * git's ignore rules on byte strings (see `io.js`), as git ≥ 2.52 applies them. What is read of files that may hold
 * anything, and what git would follow and this does not, is listed in `crates/ignore/src/lib.rs`; the limits are the same
 * here: `GIT_DIR`, `GIT_WORK_TREE`, `GIT_INDEX_FILE`, `core.worktree`, `GIT_CONFIG_PARAMETERS`, a system configuration
 * outside `/etc` and `core.precomposeUnicode` are not followed.
 *
 * @typedef {object} Rule one line that holds a pattern
 * @property {number} line from 1
 * @property {string} text the pattern as written, without the line's ending and its trailing spaces
 * @property {boolean} negated it starts with `!`: what it matches is not ignored
 * @property {boolean} directoryOnly
 * @property {boolean} anchored it is matched against the path, not the basename
 * @property {(text: string) => boolean} matches
 *
 * @typedef {{ rules: Rule[], fold: boolean }} RuleFile
 *
 * @typedef {object} RuleStack the rule files in force in a folder, the strongest first
 * @property {RuleFile} file
 * @property {string} source where the file was read
 * @property {number} baseBytes the length of the folder it applies to, its slash included
 * @property {number} ruleCount of this file and all below: what a path may be tried against
 * @property {RuleStack | undefined} below
 */

/** git takes 25 times as much, but a byte of rules can become fifty in memory; real files stay far below this. */
const MAX_RULE_FILE_BYTES = 4 * 1024 * 1024
/** What one file may hold: a rule of two bytes takes some two hundred in memory, and each may be tried for each path. */
const MAX_RULES = 100_000

/**
 * The rules in the text of one ignore file. What git cannot use is a rule that matches nothing; too many
 * rules are an `Unusable`.
 * @param {Uint8Array} bytes
 * @param {boolean} fold whether ASCII letters match in either case, as under `core.ignoreCase`
 * @returns {RuleFile}
 */
function parseRules(bytes, fold) {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  /** @type {Rule[]} */
  const rules = []
  const lines = text.replace(/^\xef\xbb\xbf/, '').split('\n')
  for (const [index, line] of lines.entries()) {
    const [pattern] = line.replace(/\r$/, '').split('\0', 1)
    const trimmed = withoutTrailingSpaces(pattern)
    if (trimmed === '' || trimmed[0] === '#') continue
    if (rules.length === MAX_RULES) throw new Unusable(`more than ${MAX_RULES} rules`)
    rules.push(parseRule(trimmed, index + 1, fold))
  }
  return { rules, fold }
}

/**
 * The rules that patterns are, one each, whatever they start or end with. The line of a rule is the pattern's place.
 * @param {string[]} patterns byte strings
 * @param {boolean} fold
 * @returns {RuleFile}
 */
function rulesOf(patterns, fold) {
  if (patterns.length > MAX_RULES) throw new Unusable(`more than ${MAX_RULES} rules`)
  const rules = patterns.map((pattern, index) => parseRule(pattern, index + 1, fold))
  return { rules: rules.filter(({ text }) => text !== ''), fold }
}

/**
 * @param {string} text
 * @param {number} line
 * @param {boolean} fold
 * @returns {Rule}
 */
function parseRule(text, line, fold) {
  const negated = text[0] === '!'
  let pattern = negated ? text.slice(1) : text
  const directoryOnly = pattern.endsWith('/')
  if (directoryOnly) pattern = pattern.slice(0, -1)
  const anchored = pattern.includes('/')
  if (pattern[0] === '/') pattern = pattern.slice(1)
  return { line, text, negated, directoryOnly, anchored, matches: compileMatcher(pattern, anchored, fold) }
}

/**
 * @param {string} pattern
 * @param {boolean} anchored
 * @param {boolean} fold the texts come with their capitals in lower case
 * @returns {(text: string) => boolean}
 */
function compileMatcher(pattern, anchored, fold) {
  const special = pattern.search(/[*?[\\]/)
  const folded = fold ? foldCase(pattern) : pattern
  if (pattern === '') return () => false
  if (special === -1) return (text) => text === folded
  if (!anchored && pattern[0] === '*' && !/[*?[\\]/.test(pattern.slice(1))) {
    const suffix = folded.slice(1)
    return (text) => text.endsWith(suffix)
  }
  const glob = compileGlob(pattern, fold)
  if (glob === undefined) return () => false
  const prefix = folded.slice(0, special)
  return (text) => text.startsWith(prefix) && matchesGlob(glob, text)
}

/**
 * The line without the spaces at its end; a backslash keeps the space behind it.
 * @param {string} line
 */
function withoutTrailingSpaces(line) {
  let end = line.length
  while (end > 0 && line[end - 1] === ' ') end -= 1
  let slashes = 0
  while (slashes < end && line[end - slashes - 1] === '\\') slashes += 1
  return line.slice(0, slashes % 2 === 1 && end < line.length ? end + 1 : end)
}

/**
 * The last rule of a file that matches `path`, which is relative to the folder the file applies to. Its parents are not
 * considered.
 * @param {RuleFile} file
 * @param {string} path
 * @param {boolean} isDirectory
 * @returns {Rule | undefined}
 */
function lastMatch({ rules, fold }, path, isDirectory) {
  const whole = fold ? foldCase(path) : path
  const name = whole.slice(whole.lastIndexOf('/') + 1)
  for (let index = rules.length - 1; index >= 0; index -= 1) {
    const rule = rules[index]
    if (rule.directoryOnly && !isDirectory) continue
    if (rule.matches(rule.anchored ? whole : name)) return rule
  }
  return undefined
}

/**
 * The stack with one more file on top, whose rules win over all below.
 * @param {RuleStack | undefined} below
 * @param {RuleFile} file
 * @param {string} source
 * @param {number} baseBytes
 * @returns {RuleStack | undefined}
 */
function withRules(below, file, source, baseBytes) {
  if (file.rules.length === 0) return below
  return { file, source, baseBytes, ruleCount: file.rules.length + (below?.ruleCount ?? 0), below }
}

/**
 * The rule that decides `path`, relative to the repository's top, in a folder that is not itself excluded.
 * @param {RuleStack | undefined} stack
 * @param {string} path
 * @param {boolean} isDirectory
 * @returns {{ rule: Rule, source: string } | undefined}
 */
function verdict(stack, path, isDirectory) {
  for (let level = stack; level !== undefined; level = level.below) {
    const rule = lastMatch(level.file, path.slice(level.baseBytes), isDirectory)
    if (rule !== undefined) return { rule, source: level.source }
  }
  return undefined
}

/**
 * Whether `path` is ignored, in a folder that is not.
 * @param {RuleStack | undefined} stack
 * @param {string} path
 * @param {boolean} isDirectory
 */
function ignores(stack, path, isDirectory) {
  const found = verdict(stack, path, isDirectory)
  return found !== undefined && !found.rule.negated
}

/**
 * The rules in the file at `path`, links followed; none when there is no such file.
 * @param {string} path
 * @param {boolean} fold
 * @param {(path: string, reason: string) => void} report told of a file that could not be used
 * @returns {import('./io').Work<RuleFile>}
 */
function* readRules(path, fold, report) {
  try {
    const content = yield* readRegular(path, MAX_RULE_FILE_BYTES)
    return parseRules(content ?? new Uint8Array(0), fold)
  } catch (error) {
    if (!(error instanceof Unusable)) throw error
    report(path, error.message)
    return { rules: [], fold }
  }
}

module.exports = { ignores, lastMatch, parseRules, readRules, rulesOf, verdict, withRules }
