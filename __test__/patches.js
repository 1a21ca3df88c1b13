'use strict'

// Random patches, and the texts they are for or not for.

const { diff } = require('..')

/** @typedef {ReturnType<typeof import('./engines').randomFrom>} Random */

const BODIES = ['', '}', '-- x', '++ y', '@@ -1 +1 @@', '\\ No newline', 'é中😀', 'a\rb', '\t', '--- a', '+++ b']
const MARKS = ['-', '+', ' ', '0', '9', '\\', '@', '"', 'é', '\r', '\n', ',', '/']
const HEADERS = [
  'diff --git a/x b/x',
  'diff --git "a/\\303\\244" "b/\\t"',
  'old mode 100644',
  'new mode 100755',
  'new file mode 100644',
  'deleted file mode 100644',
  'similarity index 90%',
  'rename from x',
  'rename to y z',
  'copy from x',
  'copy to y',
  'index abc..def 100644',
  'GIT binary patch',
  'literal 5',
  'Binary files a/x and b/x differ',
  '--- a/x',
  '+++ b/x\t2020-01-01',
  '--- "a/\\303\\244"',
  '+++ /dev/null',
  '--- /dev/null',
  '@@ -1 +1 @@',
  '@@ -0,0 +1,2 @@ heading',
  '@@@ -1 -1 +1 @@@',
  '-- ',
  '\\ No newline at end of file',
  '-old',
  '+new',
  ' same',
  ''
]

/**
 * A patch, a text that it may be for, and options to apply it with.
 * @param {Random} random
 * @returns {{ patch: string, source: string, options: import('..').diff.ApplyOptions }}
 */
function randomPatch(random) {
  const kinds = random.pick([3, 8, 60])
  const line = () => (random.below(4) === 0 ? random.pick(BODIES) : `line ${random.below(kinds)}`)
  const end = random.pick(['\n', '\n', '\n', '\r\n'])
  /** @param {string[]} lines @param {number} edits */
  const edit = (lines, edits) => {
    const edited = [...lines]
    for (; edits > 0; edits--) {
      const at = random.below(edited.length + 1)
      edited.splice(at, random.below(3), ...Array.from({ length: random.below(3) }, line))
    }
    return edited
  }
  /** @param {string[]} lines @param {string} ending */
  const text = (lines, ending) => lines.join(ending) + (random.below(5) > 0 && lines.length > 0 ? ending : '')
  const base = Array.from({ length: random.below(random.pick([4, 25, 25])) }, line)
  const next = edit(base, 1 + random.below(4))
  const before = text(base, end)
  const after = text(next, end)
  const source = random.pick([
    () => before,
    () => after,
    () => text(edit(base, random.below(4)), end),
    () => text(edit(base, random.below(2)), random.pick(['\n', '\r\n']))
  ])()
  let patch = diff.createPatch(before, after, {
    oldName: random.pick(['a/x', 'a/x y', 'é"', null]),
    newName: random.pick(['b/x', 'b/x y', '\t']),
    context: random.pick([0, 1, 2, 3, 3, 9])
  })
  if (random.below(3) === 0) patch = damaged(random, patch)
  const options = {
    fuzz: random.pick([0, 0, 1, 2, 3]),
    ...(random.below(4) === 0 && { maxOffset: random.below(6) }),
    partial: random.below(3) === 0,
    reverse: random.pick([false, false, true, /** @type {const} */ ('auto')]),
    lineEndings: random.pick(/** @type {const} */ (['auto', 'auto', 'exact']))
  }
  return { patch, source, options }
}

/** @param {Random} random @param {string} patch */
function damaged(random, patch) {
  const lines = patch.split('\n')
  for (let damages = 1 + random.below(3); damages > 0; damages--) {
    const at = random.below(lines.length)
    const line = lines[at] ?? ''
    const position = random.below(line.length + 1)
    random.pick([
      () => lines.splice(at, 1),
      () => lines.splice(at, 0, random.pick(HEADERS)),
      () => lines.splice(at, 1, random.pick(HEADERS)),
      () => lines.splice(at, 1, line.slice(0, position) + random.pick(MARKS) + line.slice(position + random.below(2))),
      () => lines.splice(at, lines.length),
      () => lines.splice(at, 1, line + '\r')
    ])()
  }
  return lines.join('\n')
}

module.exports = { randomPatch }
