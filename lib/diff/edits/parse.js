'use strict'

// Reads the edits in what a model wrote: SEARCH/REPLACE blocks, unified diffs whose line numbers need not be right, and V4A
// patches. What can be read in two ways is refused. crates/diff/src/edits/parse.rs does the same.

const { TenonError } = require('../../errors')
const {
  decodeName,
  isName,
  isNameOf,
  markerOf,
  namesOther,
  pathOf,
  pathsIn,
  splitGitNames,
  trimmed
} = require('./names')

/** An anchor is inside the one before it; more than so many mean nothing. */
const MAX_ANCHORS = 32

const DAMAGED =
  'a marker that is neither SEARCH nor REPLACE as they are written: nothing follows the word, and a path is on the line above'

/** @typedef {{ line: number, oldText: string, newText: string, wholeLines: true }} ParsedTexts */
/**
 * @typedef {object} ParsedHunk
 * @property {number} line of the model's text, from 1, as everywhere here
 * @property {string[]} lines each behind ' ', '-', '+', or '\' where the line before it has no line end
 * @property {string[]} anchors lines that come before, from outside to inside
 * @property {boolean} atEnd whether the last old line is the last of the file
 * @property {boolean} first whether it is the first hunk of its section, which is in no order with those before it
 * @property {number} [hint] the line that the hunk says it begins at, on which nothing depends
 */
/** @typedef {ParsedTexts | ParsedHunk} ParsedEdit */
/**
 * @typedef {object} ParsedFile
 * @property {string | null} path
 * @property {'update' | 'create' | 'delete' | 'move'} operation a file that moves may have edits too
 * @property {string} [newPath]
 * @property {ParsedEdit[]} edits
 * @property {number} line
 */
/** @typedef {{ format: 'search-replace' | 'unified' | 'v4a', files: ParsedFile[] }} ParsedEdits */

/**
 * @param {string} text
 * @returns {ParsedEdits}
 */
function parseEdits(text) {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
  if (lines[lines.length - 1] === '') lines.pop()
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]
    const marker = markerOf(line)
    if (marker?.kind === 'search') return { format: 'search-replace', files: new BlockParser(lines).files() }
    if (marker?.kind === 'replace') throw invalid(at, 'a REPLACE marker without a SEARCH marker before it')
    if (marker?.kind === 'damaged') throw invalid(at, DAMAGED)
    if (isDirective(line)) {
      if (directiveOf(line) === 'Begin Patch') return { format: 'v4a', files: new V4aParser(lines).files() }
      throw invalid(at, "there is no '*** Begin Patch' before this")
    }
    if (isDiff(lines, at)) {
      return { format: 'unified', files: new UnifiedParser(lines).files() }
    }
  }
  throw invalid(0, 'no edits found')
}

/** @param {number} at the line, from 0 @param {string} message */
function invalid(at, message) {
  return new TenonError('ERR_PATCH_INVALID', `line ${at + 1}: ${message}`, { line: at + 1 })
}

/** The directives of V4A. @param {string} line */
function isDirective(line) {
  return /^\*\*\* (Begin Patch|End Patch|Add File:|Delete File:|Update File:|Move to:|End of File)/.test(line)
}

/** What follows the stars. @param {string} line */
function directiveOf(line) {
  return trimmed(line.slice(4))
}

/** @param {string} line */
function isHunkHeader(line) {
  return line.startsWith('@@') && (line.length === 2 || line[2] === ' ' || line[2] === '\t')
}

/** @param {readonly string[]} lines @param {number} at */
function isFileHeader(lines, at) {
  return lines[at].startsWith('--- ') && at + 1 < lines.length && lines[at + 1].startsWith('+++ ')
}

/** Whether a unified diff begins. @param {readonly string[]} lines @param {number} at */
function isDiff(lines, at) {
  return lines[at].startsWith('diff --git ') || isHunkHeader(lines[at]) || isFileHeader(lines, at)
}

/** The fence around what is shown, which a line opens, goes on in or closes. */
class Fence {
  constructor() {
    this.mark = ''
    /** The line that opened the fence, or -1 outside. */
    this.opened = -1
  }

  get open() {
    return this.opened >= 0
  }

  /** @param {string} line @param {number} at @returns {boolean} whether the line is a fence */
  take(line, at) {
    const mark = /^(`{3,}|~{3,})/.exec(line)?.[0]
    if (mark === undefined) return false
    if (this.open) {
      if (mark[0] !== this.mark[0] || mark.length < this.mark.length || trimmed(line) !== mark) return false
      this.opened = -1
      return true
    }
    this.mark = mark
    this.opened = at
    return true
  }
}

/** The lines since the last edit that are no part of it and not in a fence that has none. */
class Between {
  constructor() {
    /** @type {number[]} */
    this.lines = []
    /** How many of them are before the fence that is open. */
    this.outside = 0
    /** The line after the last edit. */
    this.after = 0
  }

  /** A line that is no part of an edit, which the fence takes too. @param {Fence} fence @param {string} line @param {number} at */
  take(fence, line, at) {
    const { opened } = fence
    if (!fence.take(line, at)) this.lines.push(at)
    else if (fence.open) this.outside = this.lines.length
    else if (opened >= this.after) this.lines.length = this.outside
  }

  /** @param {number} after the line after an edit */
  restart(after) {
    this.lines = []
    this.outside = 0
    this.after = after
  }
}

/** The files of a text in the order in which they are named. */
class Files {
  constructor() {
    /** @type {ParsedFile[]} */
    this.list = []
    /** @type {Map<string | null, ParsedFile>} */
    this.byPath = new Map()
  }

  /**
   * @param {string | null} path
   * @param {ParsedFile['operation']} operation
   * @param {number} at
   * @returns {ParsedFile}
   */
  add(path, operation, at) {
    const there = this.byPath.get(path)
    if (there) {
      if (there.operation === 'update' && operation === 'update') return there
      throw invalid(at, `${path ?? 'the file'} is already in these edits, in another way`)
    }
    /** @type {ParsedFile} */
    const file = { path, operation, edits: [], line: at + 1 }
    this.list.push(file)
    this.byPath.set(path, file)
    return file
  }
}

/** SEARCH/REPLACE blocks. */
class BlockParser {
  /** @param {readonly string[]} lines */
  constructor(lines) {
    this.lines = lines
    this.fence = new Fence()
    this.between = new Between()
    /** @type {string | null} */
    this.path = null
  }

  files() {
    const { lines } = this
    const files = new Files()
    for (let at = 0; at < lines.length;) {
      const marker = markerOf(lines[at])
      if (marker?.kind === 'search') {
        at = this.block(files, at, marker)
        continue
      }
      if (marker?.kind === 'replace') throw invalid(at, 'a REPLACE marker without a SEARCH marker before it')
      if (marker?.kind === 'damaged') throw invalid(at, DAMAGED)
      if (isDirective(lines[at])) throw invalid(at, 'a V4A patch among SEARCH/REPLACE blocks')
      if (isDiff(lines, at)) throw invalid(at, 'a unified diff among SEARCH/REPLACE blocks')
      this.between.take(this.fence, lines[at], at)
      at++
    }
    return files.list
  }

  /**
   * @param {Files} files
   * @param {number} start the line of the SEARCH marker
   * @param {import('./names').Marker} opening
   * @returns {number} the line after the block
   */
  block(files, start, opening) {
    const { lines } = this
    const dividers = []
    let end = start + 1
    for (; ; end++) {
      if (end === lines.length) throw invalid(start, 'the block is cut short: there is no REPLACE marker after it')
      const marker = markerOf(lines[end])
      if (!marker) continue
      if (marker.kind === 'search') throw invalid(end, `a block begins inside the one of line ${start + 1}`)
      if (marker.kind === 'damaged') throw invalid(end, DAMAGED)
      if (marker.kind === 'divider') dividers.push({ at: end, length: marker.length })
      else if ((opening.sign === '<') === (marker.sign === '>')) break
      else throw invalid(end, `a marker of another kind than the SEARCH marker of line ${start + 1}`)
    }
    if (dividers.length === 0) throw invalid(end, "there is no '=======' between SEARCH and REPLACE")
    const alike = dividers.filter(({ length }) => length === opening.length)
    const [divider] = dividers.length === 1 ? dividers : alike
    if (dividers.length > 1 && alike.length !== 1) {
      throw invalid(dividers[1].at, "more than one line may be the '=======' between SEARCH and REPLACE")
    }
    const path = pathBefore(lines, start, this.fence, this.between, this.path)
    if (path !== undefined) this.path = path
    const there = files.byPath.get(this.path)
    const oldText = joined(lines.slice(start + 1, divider.at))
    const newText = joined(lines.slice(divider.at + 1, end))
    if (there && oldText === '') throw invalid(start, 'an empty SEARCH, and the file has edits before it')
    const file = there ?? files.add(this.path, oldText === '' ? 'create' : 'update', start)
    file.edits.push({ line: start + 1, oldText, newText, wholeLines: true })
    this.between.restart(end + 1)
    return end + 1
  }
}

/** @param {readonly string[]} lines */
function joined(lines) {
  return lines.map((line) => `${line}\n`).join('')
}

/**
 * The path above a block or a hunk: on the line before it, in the line that opens its fence or above that, or alone on a
 * line of the text before it that names nothing else afterwards. Text that may name another file than that of the edit
 * before is refused.
 * @param {readonly string[]} lines
 * @param {number} start
 * @param {Fence} fence
 * @param {Between} between
 * @param {string | null} current the path of the edit before
 * @returns {string | undefined} undefined where it is that of the edit before
 */
function pathBefore(lines, start, fence, between, current) {
  const floor = between.after
  const inside = fence.open && fence.opened >= floor
  const near = lineAbove(lines, start, inside ? fence.opened + 1 : floor)
  const nearest = near >= 0 ? pathOf(lines[near], inside && near === fence.opened + 1) : undefined
  if (nearest !== undefined) return nearest
  const outer = inside ? lineAbove(lines, fence.opened, floor) : -1
  const path =
    (inside ? pathsIn(fenceInfo(lines[fence.opened]))[0] : undefined) ??
    (outer >= 0 ? pathOf(lines[outer], false) : undefined)
  if (path !== undefined) {
    if (near >= 0 && namesOther(lines[near], path, false)) throw unclear(near, start)
    return path
  }
  /** @type {string | undefined} */
  let alone
  let from = 0
  for (const [index, at] of between.lines.entries()) {
    const named = pathOf(lines[at], false)
    if (named === undefined) continue
    if (isNameOf(named, alone ?? null)) continue
    if (isName(named) && alone === undefined) {
      alone = named
      from = index
    } else if (alone !== undefined || current !== null) throw unclear(at, start)
  }
  if (alone !== undefined && isNameOf(alone, current)) {
    alone = undefined
    from = 0
  }
  if (alone === undefined && floor === 0) return undefined
  const expected = alone ?? current
  for (const at of [near, outer]) {
    // Some names of files are but a word, and so may be a heading.
    const word = alone === undefined && at >= 0 ? trimmed(lines[at]) : ''
    if (/^[0-9A-Za-z_-]+$/.test(word) && current !== null && !isNameOf(word, current)) throw unclear(at, start)
  }
  for (const at of between.lines.slice(from)) {
    const named = pathOf(lines[at], false)
    if (named !== undefined && isNameOf(named, expected)) continue
    if (namesOther(lines[at], expected, expected !== null)) throw unclear(at, start)
  }
  return alone
}

/** @param {number} at @param {number} start */
function unclear(at, start) {
  const which = `whether this names the file of line ${start + 1} cannot be told`
  return invalid(at, `${which}: write the path alone on the line directly above the fence or the marker`)
}

/**
 * The line above, or the one above an empty one; -1 where that is before `floor`, empty too or a fence.
 * @param {readonly string[]} lines
 * @param {number} below
 * @param {number} floor
 */
function lineAbove(lines, below, floor) {
  let at = below - 1
  if (at >= floor && trimmed(lines[at]) === '') at--
  return at >= floor && trimmed(lines[at]) !== '' && !/^(`{3}|~{3})/.test(lines[at]) ? at : -1
}

/** What is behind the fence's mark. @param {string} line */
function fenceInfo(line) {
  return line.replace(/^[`~]+/, '')
}

/** The hunks of a V4A patch. */
class V4aParser {
  /** @param {readonly string[]} lines */
  constructor(lines) {
    this.lines = lines
    this.at = 0
    this.result = new Files()
  }

  files() {
    const { lines } = this
    for (; this.at < lines.length; this.at++) {
      const line = lines[this.at]
      const marker = markerOf(line)
      if (marker && marker.kind !== 'divider') throw invalid(this.at, 'a SEARCH/REPLACE marker outside of the patch')
      if (isDiff(lines, this.at)) throw invalid(this.at, 'a unified diff outside of the patch')
      if (!isDirective(line)) continue
      if (directiveOf(line) !== 'Begin Patch') throw invalid(this.at, "there is no '*** Begin Patch' before this")
      this.patch()
    }
    if (this.result.list.length === 0) throw invalid(0, 'no edits found')
    return this.result.list
  }

  /** Reads from '*** Begin Patch' to '*** End Patch', where it stops. */
  patch() {
    const { lines } = this
    const start = this.at++
    while (this.at < lines.length) {
      const line = lines[this.at]
      if (trimmed(line) === '') {
        this.at++
        continue
      }
      const directive = line.startsWith('*** ') ? directiveOf(line) : ''
      if (directive === 'End Patch') return
      const [, name, path] = /^(Add File|Delete File|Update File):[ \t]*([^]*)$/.exec(directive) ?? []
      if (name === undefined) throw invalid(this.at, "neither a file's directive nor '*** End Patch'")
      if (path === '') throw invalid(this.at, `'*** ${name}:' without a path`)
      if (name === 'Add File') this.addition(path)
      else if (name === 'Update File') this.update(path)
      else {
        this.result.add(path, 'delete', this.at)
        this.at++
      }
    }
    throw invalid(start, "the patch is cut short: there is no '*** End Patch'")
  }

  /** @param {string} path */
  addition(path) {
    const { lines } = this
    const start = this.at++
    const content = []
    // Lines whose sign was forgotten, or the space before the next directive.
    let empty = 0
    for (; this.at < lines.length; this.at++) {
      const line = lines[this.at]
      if (line.startsWith('*** ')) break
      if (line === '') {
        empty++
        continue
      }
      if (!line.startsWith('+')) throw invalid(this.at, "a line of a new file that does not begin with '+'")
      for (; empty > 0; empty--) content.push('')
      content.push(line.slice(1))
    }
    const file = this.result.add(path, 'create', start)
    file.edits.push({ line: start + 1, oldText: '', newText: joined(content), wholeLines: true })
  }

  /** @param {string} path */
  update(path) {
    const { lines } = this
    const start = this.at++
    /** @type {string | undefined} */
    let newPath
    const move = this.at < lines.length ? /^\*\*\* Move to:([^]*)$/.exec(lines[this.at]) : null
    if (move) {
      newPath = trimmed(move[1])
      if (newPath === '') throw invalid(this.at, "'*** Move to:' without a path")
      this.at++
    }
    const file = this.result.add(path, newPath === undefined ? 'update' : 'move', start)
    if (newPath !== undefined) file.newPath = newPath
    const before = file.edits.length
    for (;;) {
      const hunk = this.hunk(file.edits.length === before)
      if (!hunk) break
      file.edits.push(hunk)
    }
    if (file.edits.length === before && newPath === undefined) throw invalid(start, 'no hunk follows')
  }

  /**
   * The next hunk of a file, if there is one.
   * @param {boolean} first
   * @returns {ParsedHunk | undefined}
   */
  hunk(first) {
    const { lines } = this
    while (this.at < lines.length && lines[this.at] === '') this.at++
    const start = this.at
    /** @type {string[]} */
    const anchors = []
    /** @type {number | undefined} */
    let hint
    for (; this.at < lines.length && isHunkHeader(lines[this.at]); this.at++) {
      const { anchor, hint: start } = readHunkHeader(lines[this.at])
      hint ??= start
      if (anchor !== '') anchors.push(anchor)
      if (anchors.length > MAX_ANCHORS) throw invalid(this.at, `more than ${MAX_ANCHORS} anchors`)
    }
    /** @type {string[]} */
    const body = []
    let atEnd = false
    for (; this.at < lines.length; this.at++) {
      const line = lines[this.at]
      if (isHunkHeader(line)) break
      if (line.startsWith('*** ')) {
        atEnd = directiveOf(line) === 'End of File'
        if (atEnd) this.at++
        break
      }
      if (line !== '' && !' +-\\'.includes(line[0])) {
        throw invalid(this.at, "a line of a hunk that begins with none of ' ', '+', '-'")
      }
      body.push(line)
    }
    if (!atEnd) withoutEmptyEnd(body)
    if (body.length === 0) {
      if (this.at > start) throw invalid(start, 'a hunk without lines')
      return undefined
    }
    return { line: start + 1, lines: body, anchors, atEnd, first, ...(hint !== undefined && { hint }) }
  }
}

/** Takes away lines at the end of a hunk that have not even a sign: they set it apart from what follows. @param {string[]} body */
function withoutEmptyEnd(body) {
  while (body.length > 0 && body[body.length - 1] === '') body.pop()
}

/**
 * What a line that begins with '@@' says: how many lines the hunk has on each side, or after which line it is.
 * @param {string} line
 * @returns {{ hint?: number, counts?: [old: number, now: number], anchor: string }}
 */
function readHunkHeader(line) {
  const numbers = /^@@ -(\d{1,15})(?:,(\d{1,15}))? \+\d{1,15}(?:,(\d{1,15}))? @@(?![^ \t])/.exec(line)
  if (numbers) {
    return { hint: Number(numbers[1]), counts: [Number(numbers[2] ?? 1), Number(numbers[3] ?? 1)], anchor: '' }
  }
  const anchor = trimmed(trimmed(line.slice(2)).replace(/@@$/, ''))
  // Numbers that are left out or not whole say nothing; nor do dots.
  return { anchor: /^[-+0-9, .…]*$/.test(anchor) ? '' : anchor }
}

/** Unified diffs. */
class UnifiedParser {
  /** @param {readonly string[]} lines */
  constructor(lines) {
    this.lines = lines
    this.at = 0
    this.fence = new Fence()
    this.result = new Files()
    /** Where the hunks go. @type {ParsedFile | undefined} */
    this.file = undefined
    /** Since the last hunk or header. */
    this.between = new Between()
    this.first = true
  }

  files() {
    const { lines } = this
    while (this.at < lines.length) {
      const line = lines[this.at]
      const marker = markerOf(line)
      if (marker && marker.kind !== 'divider') throw invalid(this.at, 'a SEARCH/REPLACE marker outside of the hunks')
      if (isDirective(line)) throw invalid(this.at, 'a directive of V4A outside of the hunks')
      if (line.startsWith('diff --git ')) this.gitHeader()
      else if (isFileHeader(lines, this.at)) this.names(undefined)
      else if (isHunkHeader(line)) this.hunk()
      else if (line.startsWith('--- ') && this.at + 1 < lines.length && isHunkHeader(lines[this.at + 1])) {
        throw invalid(this.at, "a '---' line without a '+++' line after it")
      } else {
        this.between.take(this.fence, line, this.at)
        this.at++
      }
    }
    for (const { edits, line, operation } of this.result.list) {
      if (edits.length === 0 && operation === 'update') throw invalid(line - 1, 'no hunk follows')
    }
    if (this.result.list.length === 0) throw invalid(0, 'no edits found')
    return this.result.list
  }

  /** Reads from 'diff --git' to the first hunk or the next file. */
  gitHeader() {
    const { lines } = this
    const start = this.at++
    let from = ''
    let to = ''
    let mode = ''
    for (; this.at < lines.length; this.at++) {
      const line = lines[this.at]
      if (line.startsWith('rename from ')) from = decodeName(line.slice(12)) ?? ''
      else if (line.startsWith('rename to ')) to = decodeName(line.slice(10)) ?? ''
      else if (/^(new|deleted) file mode /.test(line)) mode = line[0]
      else if (/^copy (from|to) /.test(line)) throw invalid(this.at, 'copies cannot be applied')
      else if (/^(GIT binary patch|Binary files )/.test(line))
        throw invalid(this.at, 'changes of binary files cannot be applied')
      else if (!/^(index |similarity index |dissimilarity index |old mode |new mode )/.test(line)) break
    }
    const move = from !== '' && to !== '' ? { from, to, start } : undefined
    if (this.at < lines.length && isFileHeader(lines, this.at)) return this.names(move)
    this.between.restart(this.at)
    this.first = true
    const hunks = this.at < lines.length && isHunkHeader(lines[this.at])
    const name = splitGitNames(lines[start].slice(11))
    if (move) {
      this.file = this.result.add(from, 'move', start)
      this.file.newPath = to
      return
    }
    if (name === undefined || (mode === '' && !hunks)) throw invalid(start, 'no hunk follows')
    this.file = this.result.add(name, mode === 'n' ? 'create' : mode === 'd' ? 'delete' : 'update', start)
    if (mode === 'n' && !hunks) this.file.edits.push({ line: start + 1, oldText: '', newText: '', wholeLines: true })
  }

  /** Reads the '---' and the '+++' line. @param {{ from: string, to: string, start: number } | undefined} move */
  names(move) {
    const { lines } = this
    const start = move?.start ?? this.at
    const oldName = decodeName(lines[this.at].slice(4))
    const newName = decodeName(lines[this.at + 1].slice(4))
    if (oldName === undefined || oldName === '') throw invalid(this.at, 'a name that cannot be read')
    if (newName === undefined || newName === '') throw invalid(this.at + 1, 'a name that cannot be read')
    const gone = newName === '/dev/null'
    const created = oldName === '/dev/null'
    const prefixed = (created || oldName.startsWith('a/')) && (gone || newName.startsWith('b/'))
    const oldPath = prefixed && !created ? oldName.slice(2) : oldName
    const newPath = prefixed && !gone ? newName.slice(2) : newName
    if (created && gone) throw invalid(this.at, 'a file that is on neither side')
    if (move) {
      if (move.from !== oldPath || move.to !== newPath) throw invalid(this.at, 'other names than those of the rename')
      this.file = this.result.add(move.from, 'move', start)
      this.file.newPath = move.to
    } else if (created) this.file = this.result.add(newPath, 'create', start)
    else if (gone) this.file = this.result.add(oldPath, 'delete', start)
    else if (oldPath === newPath || oldPath === `${newPath}.orig`) this.file = this.result.add(newPath, 'update', start)
    else throw invalid(this.at, "the names differ, and there is no 'rename from' and 'rename to'")
    this.at += 2
    this.between.restart(this.at)
    this.first = true
    if (this.at === lines.length || !isHunkHeader(lines[this.at])) throw invalid(start, 'no hunk follows')
  }

  hunk() {
    const { between, fence, lines } = this
    const start = this.at
    // Hunks apart from those before them may have a path above them.
    if (start > between.after) {
      const path = pathBefore(lines, start, fence, between, this.file?.path ?? null)
      if (path !== undefined && path !== this.file?.path) {
        this.file = this.result.add(path, 'update', start)
        this.first = true
      }
    }
    /** @type {string[]} */
    const anchors = []
    const { anchor, counts, hint } = readHunkHeader(lines[start])
    if (anchor !== '') anchors.push(anchor)
    this.at++
    const { body, closed } = this.body(counts)
    withoutEmptyEnd(body)
    if (body.length === 0) throw invalid(start, 'a hunk without lines')
    const old = body.filter((line) => line === '' || line[0] === ' ' || line[0] === '-').length
    const now = body.filter((line) => line === '' || line[0] === ' ' || line[0] === '+').length
    if (counts && !closed && old < counts[0] && now < counts[1]) {
      const say = `its header says ${counts[0]} old and ${counts[1]} new lines (or leave the numbers out)`
      throw invalid(start, `the hunk is cut short: ${say}`)
    }
    if (!closed && this.fence.open) throw invalid(start, 'the hunk is cut short: the fence around it is not closed')
    this.between.restart(this.at)
    this.file ??= this.result.add(null, 'update', start)
    const { edits, operation } = this.file
    if (operation === 'create') {
      if (edits.length > 0 || old > 0) throw invalid(start, 'a new file has one hunk, with gained lines alone')
      const ends = !body[body.length - 1].startsWith('\\')
      const content = joined(body.filter((line) => line[0] === '+').map((line) => line.slice(1)))
      edits.push({ line: start + 1, oldText: '', newText: ends ? content : content.slice(0, -1), wholeLines: true })
      return
    }
    if (operation === 'delete' && (edits.length > 0 || now > 0)) {
      throw invalid(start, 'a file that goes has one hunk, with lost lines alone')
    }
    edits.push({
      line: start + 1,
      lines: body,
      anchors,
      atEnd: false,
      first: this.first,
      ...(hint !== undefined && { hint })
    })
    this.first = false
  }

  /**
   * The lines of a hunk, and whether something follows that ends it.
   * @param {[old: number, now: number] | undefined} counts
   */
  body(counts) {
    const { fence, lines } = this
    /** @type {string[]} */
    const body = []
    let old = 0
    let now = 0
    for (; this.at < lines.length; this.at++) {
      const line = lines[this.at]
      if (isHunkHeader(line) || line.startsWith('diff --git ')) return { body, closed: true }
      const next = this.at + 1 < lines.length ? lines[this.at + 1] : ''
      if (isFileHeader(lines, this.at)) {
        // Or a line that begins with '-- ' goes and one that begins with '++ ' comes.
        const header = this.at + 2 < lines.length && isHunkHeader(lines[this.at + 2])
        const unfinished = counts !== undefined && old < counts[0] && now < counts[1]
        if (header && (!unfinished || sameFile(line.slice(4), next.slice(4)))) return { body, closed: true }
        throw invalid(this.at, 'either the names of another file or lines of this hunk')
      }
      if (line.startsWith('--- ') && isHunkHeader(next)) {
        throw invalid(this.at, 'either the name of another file or a line of this hunk')
      }
      if (fence.take(line, this.at)) {
        this.at++
        return { body, closed: true }
      }
      // What `git format-patch` ends a message with.
      if (line === '-- ' && /^\d+\.\d/.test(next)) return { body, closed: true }
      if (line !== '' && !' +-\\'.includes(line[0])) {
        if (fence.open || body[body.length - 1] !== '') {
          throw invalid(this.at, "a line of a hunk that begins with none of ' ', '+', '-'")
        }
        this.prose()
        return { body, closed: true }
      }
      if (line === '' || ' -'.includes(line[0])) old++
      if (line === '' || ' +'.includes(line[0])) now++
      body.push(line)
    }
    return { body, closed: false }
  }

  /** Text after the last hunk, apart from it by an empty line, has nothing that may belong to the hunk. */
  prose() {
    const { lines } = this
    for (let at = this.at; at < lines.length; at++) {
      const line = lines[at]
      if (/^(`{3}|~{3})/.test(line) || line.startsWith('diff --git ') || isFileHeader(lines, at) || isHunkHeader(line))
        return
      if (/^[-+]/.test(line)) throw invalid(at, 'either text after the hunk or a line of it: put the diff into a fence')
    }
  }
}

/** Whether two names of a header are the same file's. @param {string} oldName @param {string} newName */
function sameFile(oldName, newName) {
  const a = decodeName(oldName)
  const b = decodeName(newName)
  if (a === undefined || b === undefined) return false
  if (a === b || a === '/dev/null' || b === '/dev/null') return true
  return a.startsWith('a/') && b.startsWith('b/') && a.slice(2) === b.slice(2)
}

module.exports = { parseEdits }
