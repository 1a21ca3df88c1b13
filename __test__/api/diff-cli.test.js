'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')

const BIN = path.join(__dirname, '../../bin/tenon.js')

/** @param {import('node:test').TestContext} t */
function scratch(t) {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-diff-')))
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }))
  /** @param {string} name @param {string} [content] */
  const file = (name, content) => {
    const at = path.join(folder, name)
    if (content !== undefined) {
      fs.mkdirSync(path.dirname(at), { recursive: true })
      fs.writeFileSync(at, content)
    }
    return at
  }
  /** @param {string[]} args @param {string} [input] */
  const run = (args, input = '') => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
      cwd: folder,
      encoding: 'utf8',
      input
    })
    return { status, stdout, stderr }
  }
  const read = (/** @type {string} */ name) => fs.readFileSync(file(name), 'utf8')
  return { folder, file, run, read }
}

const PATCH = `diff --git a/src/one.js b/src/two.js
rename from src/one.js
rename to src/two.js
--- a/src/one.js
+++ b/src/two.js
@@ -1,3 +1,3 @@
 a
-b
+B
 c
--- /dev/null
+++ b/new.txt
@@ -0,0 +1 @@
+new
--- a/old.txt
+++ /dev/null
@@ -1 +0,0 @@
-old
`

test('diff shows a patch, words or nothing, and its exit code says whether the files differ', (t) => {
  const { file, run } = scratch(t)
  file('a', 'the quick fox\n')
  file('b', 'the slow fox\n')
  assert.deepEqual(run(['diff', 'a', 'b']), {
    status: 1,
    stdout: '--- a\n+++ b\n@@ -1 +1 @@\n-the quick fox\n+the slow fox\n',
    stderr: ''
  })
  assert.deepEqual(run(['diff', 'a', 'a']), { status: 0, stdout: '', stderr: '' })
  assert.equal(run(['diff', '--words', 'a', 'b']).stdout, 'the [-quick-]{+slow+} fox\n')
  assert.equal(
    run(['diff', '--color', '-', 'b'], 'the quick fox\n').stdout.includes('\x1b[31m-the quick fox\x1b[m'),
    true
  )
  const { status, stderr } = run(['diff', 'a', 'missing'])
  assert.equal(status, 2)
  assert.match(stderr, /missing/)
})

test('apply changes all files of a patch, undoes them, and --check changes none', (t) => {
  const { file, folder, run, read } = scratch(t)
  file('src/one.js', 'a\nb\nc\n')
  file('old.txt', 'old\n')
  const before = () => [
    fs.existsSync(file('src/one.js')),
    fs.existsSync(file('new.txt')),
    fs.existsSync(file('old.txt'))
  ]
  assert.equal(run(['apply', '--check'], PATCH).status, 0)
  assert.deepEqual(before(), [true, false, true])
  assert.deepEqual(run(['apply'], PATCH), {
    status: 0,
    stdout: 'rename src/one.js to src/two.js\ncreate new.txt\ndelete old.txt\n',
    stderr: ''
  })
  assert.deepEqual(before(), [false, true, false])
  assert.equal(read('src/two.js'), 'a\nB\nc\n')
  assert.equal(run(['apply', '-R'], PATCH).status, 0)
  assert.deepEqual([read('src/one.js'), read('old.txt'), fs.existsSync(file('new.txt'))], ['a\nb\nc\n', 'old\n', false])
  assert.deepEqual(fs.readdirSync(folder).sort(), ['old.txt', 'src'])
})

test('a patch that does not fit one file changes none', (t) => {
  const { file, run, read } = scratch(t)
  file('src/one.js', 'a\nb\nc\n')
  file('old.txt', 'older\n')
  const { status, stderr } = run(['apply'], PATCH)
  assert.equal(status, 2)
  assert.match(stderr, /ERR_PATCH_REJECTED: old.txt: hunk 1 of 1/)
  assert.deepEqual(
    [read('src/one.js'), read('old.txt'), fs.existsSync(file('new.txt'))],
    ['a\nb\nc\n', 'older\n', false]
  )
})

test('files that change places, and names that are taken', (t) => {
  const { file, run, read } = scratch(t)
  file('a', 'A\n')
  file('b', 'B\n')
  const rename = (/** @type {string} */ from, /** @type {string} */ to) =>
    `diff --git a/${from} b/${to}\nsimilarity index 100%\nrename from ${from}\nrename to ${to}\n`
  assert.equal(run(['apply'], rename('a', 'b') + rename('b', 'a')).status, 0)
  assert.deepEqual([read('a'), read('b')], ['B\n', 'A\n'])
  const { status, stdout, stderr } = run(['apply'], rename('a', 'b'))
  assert.deepEqual([status, stdout], [2, ''])
  assert.match(stderr, /b is there already/)
  assert.deepEqual([read('a'), read('b')], ['B\n', 'A\n'])
  assert.equal(run(['diff', '-', '-']).status, 2)
  assert.equal(run(['merge', '-', 'a', 'b', '--write']).status, 2)
  assert.equal(run(['diff', '-w', 'a', '-'], ' B\n').status, 0)
})

test('neither a name nor a symbolic link leads out of the directory', (t) => {
  const { file, folder, run, read } = scratch(t)
  file('outside.txt', 'a\n')
  file('inside/in.txt', 'a\n')
  fs.symlinkSync(folder, file('inside/link'))
  fs.symlinkSync(file('outside.txt'), file('inside/file'))
  for (const name of [
    '../outside.txt',
    file('outside.txt'),
    'link/outside.txt',
    'file',
    '.git/config',
    'a/../../outside.txt'
  ]) {
    const patch = `--- ${name}\n+++ ${name}\n@@ -1 +1 @@\n-a\n+b\n`
    const { status, stderr } = run(['apply', '-p0', '-C', 'inside'], patch)
    assert.equal(status, 2, name)
    assert.match(stderr, /does not name a file under the directory|symbolic link|no regular file/, name)
    const edits = `*** Begin Patch\n*** Update File: ${name}\n@@\n-a\n+b\n*** End Patch\n`
    assert.equal(run(['edit', '-C', 'inside'], edits).status, 2, name)
  }
  assert.equal(read('outside.txt'), 'a\n')
})

test('edit applies what a model wrote, or says what is closest', (t) => {
  const { file, run, read } = scratch(t)
  file('a.py', 'def f():\n    return one\n\n\ndef g():\n    return two\n')
  const block = (/** @type {string} */ from, /** @type {string} */ to) =>
    `Sure:\n\na.py\n<<<<<<< SEARCH\n${from}\n=======\n${to}\n>>>>>>> REPLACE\n`
  assert.deepEqual(run(['edit'], block('    return two', '    return 2')), {
    status: 0,
    stdout: 'update a.py\n',
    stderr: ''
  })
  assert.equal(read('a.py'), 'def f():\n    return one\n\n\ndef g():\n    return 2\n')
  const { status, stderr } = run(['edit'], block('    return three', '    return 3'))
  assert.equal(status, 2)
  assert.match(stderr, /ERR_PATCH_REJECTED/)
  const inJson = run(
    ['edit', '--json', '--check', '--file', 'a.py'],
    '<<<<<<< SEARCH\n    return one\n=======\n    return 1\n>>>>>>> REPLACE\n'
  )
  assert.deepEqual(JSON.parse(inJson.stdout).changed, ['a.py'])
  assert.match(read('a.py'), /return one/)
})

test('merge writes the result or the conflicts', (t) => {
  const { file, run, read } = scratch(t)
  file('base', '1\n2\n3\n4\n5\n')
  file('ours', 'one\n2\n3\n4\n5\n')
  file('theirs', '1\n2\n3\n4\nfive\n')
  assert.deepEqual(run(['merge', 'ours', 'base', 'theirs']), { status: 0, stdout: 'one\n2\n3\n4\nfive\n', stderr: '' })
  file('theirs', '1st\n2\n3\n4\n5\n')
  const { status, stdout, stderr } = run(['merge', 'ours', 'base', 'theirs'])
  assert.deepEqual([status, stderr], [1, 'tenon: 1 conflict\n'])
  assert.equal(stdout, '<<<<<<< ours\none\n=======\n1st\n>>>>>>> theirs\n2\n3\n4\n5\n')
  assert.equal(run(['merge', '--favor', 'theirs', '--write', 'ours', 'base', 'theirs']).status, 0)
  assert.equal(read('ours'), '1st\n2\n3\n4\n5\n')
})
