'use strict'

// Patches as text, as git writes them. `crates/diff/src/patch/format.rs` does the same.

const { headerNames, inQuotes, quoteName, usualPrefixes } = require('./names')

/** @typedef {import('./parse').FilePatch} FilePatch */
/** @typedef {import('./parse').Hunk} Hunk */

/** The mode of a file that is created or deleted and has none. */
const USUAL_MODE = '100644'

/**
 * The patches as one text: with git's extended headers where there is something to write in them.
 * @param {readonly FilePatch[]} files
 */
function formatPatch(files) {
  /** @type {string[]} */
  const text = []
  let headed = false
  for (const file of files) {
    const extended = isExtended(file)
    // Or it would be what the header before is about.
    if (headed && !extended) text.push('\n')
    headed = extended && file.hunks.length === 0 && !file.binary
    writeFile(file, files.length > 1, text)
  }
  return text.join('')
}

/**
 * Names are left out where there are none, unless there are other patches.
 * @param {FilePatch} file
 * @param {boolean} among others
 * @param {string[]} text
 */
function writeFile(file, among, text) {
  const escaped = file.escaped === true
  if (isExtended(file)) writeExtendedHeader(file, text)
  if (file.binary) {
    writeBinary(file, text)
    return
  }
  const unnamed = file.oldName === '' && file.newName === ''
  if ((among || !unnamed) && file.hunks.length > 0) {
    for (const [sign, name] of /** @type {const} */ ([
      ['--- ', file.oldName],
      ['+++ ', file.newName]
    ])) {
      // The tab shows where a name ends that has spaces; git writes it behind quotes too.
      text.push(sign, name === null ? '/dev/null' : quoteName(name, escaped), name?.includes(' ') ? '\t\n' : '\n')
    }
  }
  for (const hunk of file.hunks) writeHunk(hunk, text)
}

/**
 * Whether the patch says what only git's extended headers can say.
 * @param {FilePatch} file
 */
function isExtended(file) {
  const values = [file.oldMode, file.newMode, file.oldHash, file.newHash, file.similarity]
  return (
    values.some((value) => value !== undefined) ||
    file.operation === 'rename' ||
    file.operation === 'copy' ||
    (file.hunks.length === 0 && !file.binary) ||
    (file.binaryBlocks ?? []).length > 0
  )
}

/** @param {FilePatch} file @param {string[]} text */
function writeExtendedHeader(file, text) {
  const { oldName: old, newName: other, oldMode, newMode } = file
  const escaped = file.escaped === true
  const prefixes = file.prefixes ?? usualPrefixes(old, other)
  /** @param {string} name @param {0 | 1} index */
  const path = (name, index) => (name.startsWith(prefixes[index]) ? name.slice(prefixes[index].length) : name)
  const oldName = old ?? (other === null ? '' : prefixes[0] + path(other, 1))
  const newName = other ?? (old === null ? '' : prefixes[1] + path(old, 0))
  const moves = file.operation === 'rename' || file.operation === 'copy'
  /** @type {[string, string]} */
  const moved = [path(oldName, 0), path(newName, 1)]
  const names = `${quoteName(oldName, escaped)} ${quoteName(newName, escaped)}`
  const known = headerNames(names, moves ? moved : undefined)
  // Or where one name ends and the other begins cannot be told.
  const clear = known !== undefined && known[0] === oldName && known[1] === newName
  text.push(`diff --git ${clear ? names : `${inQuotes(oldName, escaped)} ${inQuotes(newName, escaped)}`}\n`)
  if (file.operation === 'create') text.push(`new file mode ${newMode ?? USUAL_MODE}\n`)
  else if (file.operation === 'delete') text.push(`deleted file mode ${oldMode ?? USUAL_MODE}\n`)
  else if (oldMode !== undefined && newMode !== undefined && oldMode !== newMode) {
    text.push(`old mode ${oldMode}\nnew mode ${newMode}\n`)
  }
  if (file.similarity !== undefined) {
    text.push(moves ? `similarity index ${file.similarity}%\n` : `dissimilarity index ${100 - file.similarity}%\n`)
  }
  if (moves) {
    text.push(`${file.operation} from ${quoteName(moved[0], escaped)}\n`)
    text.push(`${file.operation} to ${quoteName(moved[1], escaped)}\n`)
  }
  if (file.oldHash !== undefined && file.newHash !== undefined) {
    const mode = oldMode !== undefined && oldMode === newMode ? ` ${oldMode}` : ''
    text.push(`index ${file.oldHash}..${file.newHash}${mode}\n`)
  }
}

/** @param {FilePatch} file @param {string[]} text */
function writeBinary(file, text) {
  const blocks = file.binaryBlocks ?? []
  if (blocks.length === 0) {
    const names = [file.oldName, file.newName]
    const [old, other] = names.map((name) => (name === null ? '/dev/null' : quoteName(name, file.escaped === true)))
    text.push(`Binary files ${old} and ${other} differ\n`)
    return
  }
  text.push('GIT binary patch\n')
  for (const block of blocks) text.push(block, '\n')
}

/** @param {Hunk} hunk @param {string[]} text */
function writeHunk(hunk, text) {
  text.push('@@ -', range(hunk.oldStart, hunk.oldLines), ' +', range(hunk.newStart, hunk.newLines), ' @@')
  text.push(hunk.heading ? ` ${hunk.heading}\n` : '\n')
  for (const line of hunk.lines) text.push(line, '\n')
}

/** @param {number} start @param {number} lines */
function range(start, lines) {
  if (lines === 1) return `${start}`
  return `${lines === 0 && start > 0 ? start - 1 : start},${lines}`
}

module.exports = { formatPatch }
