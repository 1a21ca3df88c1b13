'use strict'

const { readInput } = require('./input')
const { Tree } = require('./tree')

/** @typedef {typeof import('..')} Tenon */
/** @typedef {import('..').diff.FilePatch<any>} FilePatch */

/**
 * Applies a patch of any number of files: to all of them, or to none.
 * @param {Tenon} tenon
 * @param {string} file
 * @param {{ directory: string, strip: number, fuzz?: number, reverse?: boolean, check?: boolean, json?: boolean }} options
 */
module.exports = function apply({ diff }, file, { directory, strip, fuzz = 0, reverse = false, check, json }) {
  const parsed = /** @type {FilePatch[]} */ (diff.parsePatch(readInput(file), { strip }))
  const patches = reverse ? parsed.map((one) => /** @type {any} */ (diff.reversePatch)(one)).reverse() : parsed
  const tree = new Tree(directory)
  // A name may be that of a file which another part of the patch takes away.
  const gone = new Set(
    patches.filter(({ operation }) => operation === 'rename' || operation === 'delete').map(({ oldName }) => oldName)
  )
  const reports = []
  for (const patch of patches) reports.push(applyFile(diff, tree, patch, fuzz, gone))
  if (!check) tree.commit()
  if (!json) reports.forEach(say)
  if (json) process.stdout.write(`${JSON.stringify({ files: reports, changed: tree.changed() }, null, 2)}\n`)
}

/**
 * @param {Tenon['diff']} diff
 * @param {Tree} tree
 * @param {FilePatch} patch
 * @param {number} fuzz
 * @param {ReadonlySet<string | null>} gone
 */
function applyFile(diff, tree, patch, fuzz, gone) {
  const { oldName, newName, operation } = patch
  const name = newName ?? oldName ?? ''
  if (patch.binary) throw new Error(`${name}: the patch is binary, which cannot be applied`)
  const from = operation === 'create' ? name : (oldName ?? name)
  // Renames are of the files as they were, so that two can change places.
  const moves = operation === 'rename' || operation === 'copy'
  const source = moves ? tree.readOriginal(from) : tree.read(from)
  if (moves && from !== name && tree.read(name) !== null && !gone.has(name)) throw new Error(`${name} is there already`)
  for (const mode of [patch.oldMode, patch.newMode]) {
    if (mode !== undefined && !mode.startsWith('100')) throw new Error(`${name}: mode ${mode} is no file's`)
  }
  if (operation === 'create' && source !== null) throw new Error(`${name} is there already`)
  if (operation !== 'create' && source === null) throw new Error(`${from} is not there`)
  let result
  try {
    result = diff.applyPatch(source ?? Buffer.alloc(0), patch, { fuzz })
  } catch (error) {
    Object(error).message = `${name}: ${Object(error).message}`
    throw error
  }
  const { text, hunks, alreadyApplied } = result
  if (operation === 'delete') {
    if (text.length > 0) throw new Error(`${name} has more in it than the patch takes away`)
    tree.remove(from)
  } else {
    const executable = patch.newMode === undefined ? undefined : patch.newMode === '100755'
    tree.write(name, Buffer.from(text), { like: from, ...(executable !== undefined && { executable }) })
    if (operation === 'rename' && from !== name && tree.read(from) === source) tree.remove(from)
  }
  return { name, operation, ...(from !== name && { from }), hunks, alreadyApplied }
}

/** @param {ReturnType<typeof applyFile>} report */
function say({ name, operation, from, hunks, alreadyApplied }) {
  const moved = hunks.filter(({ offset, fuzz }) => offset !== 0 || fuzz > 0)
  process.stdout.write(
    `${operation} ${from === undefined ? '' : `${from} to `}${name}${alreadyApplied ? ': already applied' : ''}\n`
  )
  for (const { line, offset, fuzz } of moved) {
    process.stdout.write(
      `  line ${line}: ${offset} lines from where it was${fuzz > 0 ? `, ${fuzz} lines of context ignored` : ''}\n`
    )
  }
}
