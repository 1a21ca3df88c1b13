'use strict'

const { Budget, expand } = require('./expand')
const { GlobFault } = require('./fault')
const { parse } = require('./parse')
const { compileSegment, foldCase, isHidden, matchesSegment } = require('./segment')

/**
 * Lists of patterns: which paths they take, and which folders can hold some. Paths are byte strings, relative, with `/`
 * between names.
 *
 * @typedef {object} GlobOptions
 * @property {boolean} dot whether wildcards match names that start with a dot
 * @property {boolean} caseSensitive ASCII letters alone are ever folded
 * @property {boolean} [inside] whether patterns that lead out of the folder are refused: `..` and a slash in front
 *
 * @typedef {import('./segment').Matcher} Matcher
 * @typedef {object} Pattern
 * @property {('**' | Matcher)[]} segments
 * @property {boolean} folderOnly it ends in a slash
 * @property {boolean} something whether a `**` at its end stands for one name at least: it does behind a star
 */

/** Patterns of which one has to match, and patterns of which none may. */
class Globs {
  /**
   * @param {string[]} patterns those that start with `!` leave out
   * @param {string[]} exclude more to leave out
   * @param {GlobOptions} options
   */
  constructor(patterns, exclude, { dot, caseSensitive, inside = false }) {
    const fold = !caseSensitive
    const budget = new Budget()
    this.fold = fold
    this.taken = new PatternSet({ dot, fold }, budget, inside)
    // Something is left out although its name starts with a dot.
    this.left = new PatternSet({ dot: true, fold }, budget, inside)
    let positive = 0
    patterns.forEach((pattern, index) => {
      naming('patterns', index, () => {
        const { text, negated } = withoutMarks(pattern)
        if (!negated) positive += 1
        const set = negated ? this.left : this.taken
        set.add(text)
      })
    })
    if (positive === 0) naming('patterns', 0, () => this.taken.add('**'))
    exclude.forEach((pattern, index) => {
      naming('options.ignore', index, () => {
        const { text, negated } = withoutMarks(pattern)
        if (negated) throw new GlobFault('invalid', 'cannot be negated')
        this.left.add(text)
      })
    })
  }

  /**
   * Whether a path is taken: not what lies in a folder that is left out.
   * @param {string} given
   * @param {boolean} isFolder
   */
  takes(given, isFolder) {
    const path = this.fold ? foldCase(given) : given
    return path !== '' && this.taken.matches(path, isFolder) && !this.left.matchesOrHolds(path, isFolder)
  }

  /**
   * Whether something below a folder can be taken.
   * @param {string} given without a slash at its end
   */
  enters(given) {
    const folder = this.fold ? foldCase(given) : given
    return this.taken.reachesInto(folder) && !this.left.matchesOrHolds(folder, true)
  }
}

class PatternSet {
  /**
   * @param {import('./segment').Options} options
   * @param {Budget} budget
   * @param {boolean} inside
   */
  constructor(options, budget, inside) {
    this.options = options
    this.budget = budget
    this.inside = inside
    /** @type {Pattern[]} */
    this.patterns = []
    /** Whole paths, of which there may be many. @type {Set<string>} */
    this.literals = new Set()
    /** @type {Set<string>} */
    this.literalFolders = new Set()
    /** The folders above them. @type {Set<string>} */
    this.above = new Set()
  }

  /** @param {string} text */
  add(text) {
    for (const { segments, folderOnly } of expand(parse(text), this.budget)) {
      if (this.inside) refuseOutside(segments)
      const [before, last] = segments.slice(-2)
      /** @type {Pattern} */
      const pattern = {
        segments: segments.map((segment) => (segment === '**' ? segment : compileSegment(segment, this.options.fold))),
        folderOnly,
        something: last === '**' && before !== '**' && before[before.length - 1]?.type === 'star'
      }
      const literal = literalOf(pattern)
      if (literal === undefined) this.patterns.push(pattern)
      else this.addLiteral(literal, folderOnly)
    }
    // As in picomatch, what is spelled as the pattern is meant by it too.
    if (/[[{(\\]/.test(text)) {
      const folderOnly = text.endsWith('/')
      const literal = folderOnly ? text.slice(0, -1) : text
      this.budget.take(literal.length)
      this.addLiteral(this.options.fold ? foldCase(literal) : literal, folderOnly)
    }
  }

  /**
   * @param {string} literal
   * @param {boolean} folderOnly
   */
  addLiteral(literal, folderOnly) {
    const set = folderOnly ? this.literalFolders : this.literals
    set.add(literal)
    for (let slash = literal.lastIndexOf('/'); slash > 0; slash = literal.lastIndexOf('/', slash - 1)) {
      const folder = literal.slice(0, slash)
      if (this.above.has(folder)) break
      this.budget.take(folder.length)
      this.above.add(folder)
    }
  }

  /**
   * @param {string} path
   * @param {boolean} isFolder
   */
  matches(path, isFolder) {
    if (this.literals.has(path) || (isFolder && this.literalFolders.has(path))) return true
    return this.patterns.some((pattern) => (isFolder || !pattern.folderOnly) && this.ends(pattern, path, isFolder))
  }

  /**
   * Whether the path or a folder above it is matched.
   * @param {string} path
   * @param {boolean} isFolder
   */
  matchesOrHolds(path, isFolder) {
    if (this.literals.size + this.literalFolders.size + this.patterns.length === 0) return false
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      if (this.matches(path.slice(0, slash), true)) return true
    }
    return this.matches(path, isFolder)
  }

  /**
   * Whether a longer path than the folder's can be matched.
   * @param {string} folder
   */
  reachesInto(folder) {
    if (this.above.has(folder)) return true
    return this.patterns.some((pattern) => {
      const reached = this.reached(pattern, folder)
      return reached.lastIndexOf(1, pattern.segments.length - 1) >= 0
    })
  }

  /**
   * @param {Pattern} pattern
   * @param {string} path
   * @param {boolean} isFolder
   */
  ends(pattern, path, isFolder) {
    const { length } = pattern.segments
    const [first, second] = pattern.segments
    if (length === 2 && first === '**' && second !== '**') {
      // The usual one, `**`, a slash and `*.ts`: the name decides.
      const slash = path.lastIndexOf('/')
      if (!matchesSegment(second, path.slice(slash + 1), this.options)) return false
      return (
        slash < 0 ||
        !path
          .slice(0, slash)
          .split('/')
          .some((name) => isHidden(name, this.options))
      )
    }
    const reached = this.reached(pattern, path)
    return reached[length] === 1 || (isFolder && pattern.something && reached[length - 1] === 1)
  }

  /**
   * How much of a pattern the names of a path can have matched: 1 for each number of segments.
   * @param {Pattern} pattern
   * @param {string} path
   */
  reached({ segments, something }, path) {
    const last = segments.length - 1
    let reached = new Uint8Array(segments.length + 1)
    // A `**` can be passed at once.
    const reach = (/** @type {Uint8Array} */ set, /** @type {number} */ at) => {
      set[at] = 1
      if (segments[at] === '**' && !(at === last && something)) set[at + 1] = 1
    }
    reach(reached, 0)
    for (const name of path.split('/')) {
      const next = new Uint8Array(segments.length + 1)
      let any = false
      for (let at = 0; at <= last; at++) {
        if (reached[at] === 0) continue
        const segment = segments[at]
        if (segment === '**') {
          if (isHidden(name, this.options)) continue
          reach(next, at)
          if (at === last) next[last + 1] = 1
        } else {
          if (!matchesSegment(segment, name, this.options)) continue
          reach(next, at + 1)
        }
        any = true
      }
      reached = next
      if (!any) break
    }
    return reached
  }
}

/**
 * @param {string} pattern
 * @returns {{ text: string, negated: boolean }}
 */
function withoutMarks(pattern) {
  let at = 0
  while (pattern[at] === '!' && pattern[at + 1] !== '(') at += 1
  const negated = at % 2 === 1
  while (pattern.startsWith('./', at)) at += 2
  if (at === pattern.length) throw new GlobFault('invalid', 'is empty')
  return { text: pattern.slice(at), negated }
}

/**
 * The path of a pattern without wildcards.
 * @param {Pattern} pattern
 */
function literalOf({ segments }) {
  const names = []
  for (const segment of segments) {
    if (segment === '**' || segment.kind !== 'literal') return undefined
    names.push(segment.text)
  }
  return names.join('/')
}

/** @param {import('./expand').Segment[]} segments */
function refuseOutside(segments) {
  const [first] = segments
  if (first.length === 0 && segments.length > 1) {
    throw new GlobFault('invalid', 'is absolute: patterns are relative to cwd')
  }
  for (const segment of segments) {
    const [piece] = segment
    if (segment.length === 1 && typeof piece !== 'string' && piece.type === 'literal' && piece.text === '..') {
      throw new GlobFault('invalid', 'leads out of cwd by ..: set cwd instead')
    }
  }
}

/**
 * Says which pattern a fault is in.
 * @param {'patterns' | 'options.ignore'} list
 * @param {number} index
 * @param {() => void} work
 */
function naming(list, index, work) {
  try {
    work()
  } catch (error) {
    throw error instanceof GlobFault ? error.toError(list, index) : error
  }
}

module.exports = { Globs }
