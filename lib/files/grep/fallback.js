'use strict'

const { TenonError } = require('../../errors')
const { run } = require('../../ignore/io')
const { Globs } = require('../glob/globs')
const { fromByteString, toByteString } = require('../names')
const { compile } = require('./pattern/pattern')
const { SecondPass, isRefused } = require('./left-out')
const { readFile } = require('./read')
const { collect } = require('./result')
const { TextSearch } = require('./search')
const { Skipped } = require('./skipped')
const { openSource } = require('./source')
const { checkEncoding, decode } = require('./text')

/**
 * A search over many files, one after the other.
 *
 * @typedef {import('./options').Query} Query
 * @typedef {import('./source').FileStep} FileStep
 * @typedef {import('./result').Match} Match
 *
 * @typedef {object} Plan what is the same for all files
 * @property {import('./search').Patterns} patterns
 * @property {import('./search').Shape} shape
 * @property {string} encoding
 * @property {boolean} takesBinary
 * @property {readonly Buffer[] | undefined} literals of which a file that matches has one
 * @property {number} maxFileBytes
 *
 * @typedef {object} OpenFile
 * @property {string} path
 * @property {TextSearch} search
 * @property {import('../../ignore/io').Work<import('./search').Match | undefined> | undefined} next the search for its next match,
 *   in the middle of which it was late
 * @property {boolean} matched
 */

/** Other work of the process waits no longer than about this. */
const TURN_MS = 5
/** Files that are read at the same time. */
const READ_AHEAD = 8

class Run {
  /** @param {string} root @param {Query} query */
  constructor(root, query) {
    const { multiline, crlf, invert, before, after, maxPerFile = Infinity, maxLineLength = Infinity } = query
    checkEncoding(query.encoding)
    this.root = root
    this.query = query
    const pattern = compile(query)
    /** @type {Plan} */
    this.plan = {
      patterns: { pattern, linePattern: compile(query) },
      shape: { multiline, crlf, invert, before, after, maxPerFile, maxLineLength },
      encoding: query.encoding ?? 'utf-8',
      takesBinary: query.binary,
      literals: invert ? undefined : pattern.literals?.map((literal) => Buffer.from(literal)),
      maxFileBytes: query.maxFileBytes
    }
    this.places = query.places.map(toByteString)
    this.overlay = new Map(
      Array.from(query.overlay, ([path, text]) => [
        toByteString(path),
        Buffer.from(text.buffer, text.byteOffset, text.length)
      ])
    )
    this.select = selecting(query)
    /** @type {import('./source').Source | undefined} */
    this.source = undefined
    this.exhausted = false
    /** Steps that were taken, with what is being read. @type {{ step: import('./source').Step, reading?: Promise<import('./read').Outcome> }[]} */
    this.ahead = []
    /** The file that is being searched. @type {OpenFile | undefined} */
    this.open = undefined
    this.skipped = new Skipped()
    /** Files of rules that could not be used. @type {Set<string>} */
    this.ruleFiles = new Set()
    /** As `isRefused` has it. */
    this.refused = 0
    this.filesSearched = 0
    this.filesMatched = 0
    this.filesLimited = 0
    this.matchCount = 0
    this.units = 0
    /** @type {false | 'maxResults' | 'timeBudget' | 'resultSize'} */
    this.truncated = false
    this.spentMs = 0
    /** @type {SecondPass | undefined} */
    this.second = undefined
  }

  /**
   * Searches on, until the limits of a step or the end.
   * @param {{ matches?: number, timeMs?: number }} limits
   * @returns {import('../../ignore/io').Work<import('./result').Step>}
   */
  *step({ matches: most = Infinity, timeMs = Infinity }) {
    const start = performance.now()
    const budget = (this.query.timeBudgetMs ?? Infinity) - this.spentMs
    const late = () => performance.now() - start >= Math.min(timeMs, budget)
    /** @type {Match[]} */
    const matches = []
    let over = false
    let turn = start
    while (!over && matches.length < most && !late()) {
      over = yield* this.advance(matches, late)
      if (performance.now() - turn >= TURN_MS) {
        yield { operation: 'pause', path: '' }
        turn = performance.now()
      }
    }
    if (!over && performance.now() - start >= budget) {
      this.truncated = 'timeBudget'
      over = true
    }
    if (over && this.matchCount === 0 && this.truncated === false && this.skipped.anyLeftOut()) {
      over = yield* this.lookAtLeftOut(late, () => performance.now() - start >= budget)
    }
    this.spentMs += performance.now() - start
    const { filesSearched, filesMatched, filesLimited, matchCount, truncated } = this
    const step = { matches, filesSearched, matchCount }
    if (!over) return step
    const skipped = this.skipped.shape(this.root, this.query.environment)
    return { ...step, summary: { filesSearched, filesMatched, filesLimited, truncated, skipped, engine: 'regex' } }
  }

  /**
   * Goes on to the next match, or to the next file. True at the end.
   * @param {Match[]} matches
   * @param {() => boolean} late
   * @returns {import('../../ignore/io').Work<boolean>}
   */
  *advance(matches, late) {
    if (this.open !== undefined) {
      const { open } = this
      const search = (open.next ??= open.search.next())
      for (;;) {
        const { done, value } = search.next()
        if (done) {
          open.next = undefined
          return this.take(open, value, matches)
        }
        yield value
        if (late()) return false
      }
    }
    const next = yield* this.nextStep(late)
    if (next === undefined) return this.exhausted
    const { step, reading } = next
    if (step.reason !== undefined) {
      this.skipped.addLeftOut(step)
      if (isRefused(step)) this.refused += 1
      if (step.reason === 'ruleFile') this.ruleFiles.add(step.path)
      return false
    }
    const { path, origin } = step
    /** @type {import('./read').Outcome} */
    const outcome = 'text' in origin ? this.sized(origin.text) : yield { operation: 'wait', path: '', wait: reading }
    if (outcome === undefined) return false
    if ('flaw' in outcome) {
      // What could not be read as rules is counted already.
      if (outcome.flaw === 'unreadable' && this.ruleFiles.has(path)) return false
      this.skipped.add(path, outcome.flaw, outcome.detail)
      return false
    }
    const { encoding, takesBinary, literals, patterns, shape } = this.plan
    const text = decode(outcome.content, 'text' in origin ? 'utf-8' : encoding, takesBinary, literals)
    if (text === undefined) {
      this.skipped.add(path, 'binary')
      return false
    }
    if (text.illFormed) this.skipped.add(path, 'notUtf8')
    const search = new TextSearch(text, patterns, shape)
    this.open = { path: fromByteString(path), search, next: undefined, matched: false }
    return false
  }

  /** @param {Buffer} content @returns {import('./read').Outcome} */
  sized(content) {
    return content.length > this.plan.maxFileBytes ? { flaw: 'tooLarge' } : { content }
  }

  /**
   * Adds a match, unless that is one too many; none is the end of the file. True at the end of the search.
   * @param {OpenFile} open
   * @param {import('./search').Match | undefined} found
   * @param {Match[]} matches
   */
  take(open, found, matches) {
    const { maxResults = Infinity, maxTextLength = Infinity } = this.query
    if (found === undefined) {
      this.filesSearched += 1
      if (open.search.limited) this.filesLimited += 1
      this.open = undefined
      return false
    }
    if (this.matchCount === maxResults) {
      this.filesSearched += 1
      this.truncated = 'maxResults'
      return true
    }
    const units = [...(found.before ?? []), ...(found.after ?? [])].reduce(
      (sum, line) => sum + line.length,
      found.text.length
    )
    if (this.units + units > maxTextLength) {
      this.filesSearched += 1
      this.truncated = 'resultSize'
      return true
    }
    if (!open.matched) this.filesMatched += 1
    open.matched = true
    this.units += units
    this.matchCount += 1
    matches.push({ path: open.path, ...found })
    return false
  }

  /**
   * The next step; the files behind it are being read. None at the end, and where it is late.
   * @param {() => boolean} late
   * @returns {import('../../ignore/io').Work<typeof this.ahead[number] | undefined>}
   */
  *nextStep(late) {
    const { hidden, ignored, environment } = this.query
    const walked = { hidden, ignore: !ignored, environment }
    this.source ??= yield* openSource(this.root, this.places, this.overlay, walked, this.select)
    const start = performance.now()
    // What was found does not wait for what is far away.
    const ends = () => late() || (this.ahead.length > 0 && performance.now() - start >= TURN_MS)
    while (this.ahead.length < READ_AHEAD && !this.exhausted && !ends()) {
      const step = yield* this.source.next(ends)
      if (step === undefined) {
        this.exhausted = this.source.ended
        break
      }
      if (step.reason !== undefined || 'text' in step.origin) this.ahead.push({ step })
      else {
        const { location, follows } = step.origin
        const reading = readFile(location, follows, this.plan.maxFileBytes)
        // Thrown where it is waited for.
        reading.catch(() => undefined)
        this.ahead.push({ step, reading })
      }
    }
    return this.ahead.shift()
  }

  /**
   * Where nothing matched and something was left out, how much of that would have. True at its end.
   * @param {() => boolean} late
   * @param {() => boolean} isOver
   * @returns {import('../../ignore/io').Work<boolean>}
   */
  *lookAtLeftOut(late, isOver) {
    const { hidden, ignored, environment } = this.query
    const walked = { hidden, ignore: !ignored, environment, includeLeftOut: true }
    this.second ??= new SecondPass(this.root, this.places, this.overlay, walked, this.select, this.plan)
    const done = (yield* this.second.search(this.refused, late)) || isOver()
    if (done) this.skipped.matching = this.second.matching
    return done
  }
}

/** @param {Query} query @returns {import('../walk').Select} */
function selecting({ globs, kinds }) {
  const options = { dot: true, caseSensitive: true }
  const byGlobs = globs.length === 0 ? undefined : new Globs(globs.map(toByteString), [], options)
  const byKinds = kinds.length === 0 ? undefined : new Globs(kinds.map(toByteString), [], options)
  return {
    enters: (path) => byGlobs?.enters(path.slice(0, -1)) ?? true,
    takes: (path, kind) =>
      kind !== 'directory' && (byGlobs?.takes(path, false) ?? true) && (byKinds?.takes(path, false) ?? true)
  }
}

/** @param {string} root @param {Query} query @returns {import('./result').Steps} */
function openGrep(root, query) {
  /** @type {Run | undefined} */
  let search
  let closed = false

  /** @param {{ matches?: number, timeMs?: number }} limits @returns {import('../../ignore/io').Work<import('./result').Step>} */
  function* next(limits) {
    if (closed) throw new TenonError('ERR_CLOSED', 'the search is closed')
    search ??= new Run(root, query)
    return yield* search.step(limits)
  }

  return {
    next: (limits, signal) => run(next(limits), signal),
    close() {
      search = undefined
      closed = true
    }
  }
}

/**
 * @param {string} root
 * @param {Query} query
 * @param {AbortSignal} [signal]
 * @param {import('../../..').files.GrepOptions['onProgress']} [onProgress]
 */
function grep(root, query, signal, onProgress) {
  return collect(openGrep(root, query), signal, onProgress)
}

module.exports = { grep, openGrep }
