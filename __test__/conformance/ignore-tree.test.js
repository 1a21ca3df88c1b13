'use strict'

// Trees against git: random rule files at every level, configuration, tracked files, and paths in ignored directories,
// compared with `git check-ignore -v` (file, line, pattern), with and without the index, and with `git ls-files`.
// Patterns such as `x**/y` are left out: git before 2.52 takes their stars for the start of the pattern.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { spawnSync } = require('node:child_process')
const { test } = require('node:test')
const tenon = require('../..')
const { fromByteString, pathBytes } = require('../../lib/ignore/names')
const { SEED, fuzzRuns, randomFrom } = require('../engines')
const { randomName, randomPath, randomRules } = require('../ignore')

const RUNS = fuzzRuns(12)
const made = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'tenon-ignore-tree-'))
process.on('exit', () => fs.rmSync(made, { recursive: true, force: true }))

const HOME = path.join(made, 'home')
fs.mkdirSync(path.join(HOME, '.config/git'), { recursive: true })
// Both git and the engines read it; nothing of the machine's own configuration may reach either.
Object.assign(process.env, {
  HOME,
  GIT_CONFIG_NOSYSTEM: '1',
  XDG_CONFIG_HOME: '',
  LC_ALL: 'C'
})
for (const name of ['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_COUNT', 'GIT_DIR']) delete process.env[name]

const bytes = (/** @type {string} */ text) => Buffer.from(text, 'latin1')
const byteString = (/** @type {string} */ text) => pathBytes(text).toString('latin1')
/** @param {string} folder @param {string} name a byte string */
const at = (folder, name) => Buffer.concat([Buffer.from(`${folder}/`), bytes(name)])

/**
 * @param {string} cwd
 * @param {string[]} args
 * @param {string | Buffer} [input]
 */
function git(cwd, args, input) {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd, input, maxBuffer: 1 << 30 })
  assert.ok(status === 0 || (args[0] === 'check-ignore' && status === 1), `git ${args.join(' ')}: ${stderr}`)
  return stdout.toString('latin1')
}

/**
 * What `git check-ignore -v` answers, with file names made absolute.
 * @param {string} top
 * @param {string} root
 * @param {string[]} paths
 * @param {string[]} args
 */
function askGit(top, root, paths, args) {
  const input = bytes(paths.map((one) => `${one}\0`).join(''))
  const fields = git(root, ['check-ignore', '-v', '-n', '-z', '--stdin', ...args], input).split('\0')
  return paths.map((one, index) => {
    const [file, line, pattern, echoed] = fields.slice(index * 4, index * 4 + 4)
    assert.equal(echoed, one)
    return file === '' ? undefined : { file: resolve(top, file), line: Number(line), pattern }
  })
}

/** @param {string} folder @param {string} file a byte string */
const resolve = (folder, file) => (file.startsWith('/') ? file : `${Buffer.from(folder).toString('latin1')}/${file}`)

/** @param {(limit: number) => number} random @param {number} run */
function plant(random, run) {
  const top = path.join(made, `repo${run}`)
  fs.mkdirSync(top)
  git(top, ['init', '-q', '-b', 'main'])
  const rules = () => bytes(randomRules(random))
  /** @type {Set<string>} */
  const folders = new Set()
  for (let count = 0; count < 12; count += 1) {
    const folder = randomPath(random)
    folder.split('/').forEach((_, depth, names) => folders.add(names.slice(0, depth + 1).join('/')))
  }
  for (const folder of folders) fs.mkdirSync(at(top, folder), { recursive: true })
  let ruleCount = 0
  const plantRules = (/** @type {Buffer | string} */ file) => {
    const text = rules()
    ruleCount += text.toString('latin1').split('\n').length
    fs.writeFileSync(file, text)
  }
  plantRules(path.join(top, '.gitignore'))
  for (const folder of folders) if (random(3) === 0) plantRules(at(top, `${folder}/.gitignore`))
  if (random(2) === 0) plantRules(path.join(top, '.git/info/exclude'))
  plantRules(path.join(HOME, '.config/git/ignore'))
  plantRules(path.join(HOME, 'mine'))
  const names = [...folders]
  /** @type {string[]} */
  const files = []
  for (let count = 0; count < 40; count += 1) {
    const file = `${random(4) === 0 ? '' : `${names[random(names.length)]}/`}${randomName(random)}`
    if (folders.has(file)) continue
    fs.writeFileSync(at(top, file), '')
    files.push(file)
  }
  configure(top, random)
  const tracked = files.filter(() => random(6) === 0)
  if (tracked.length > 0) git(top, ['update-index', '--add', '-z', '--stdin'], bytes(tracked.join('\0')))
  const paths = [...files, ...names, ...Array.from({ length: 150 }, () => randomPath(random))]
  for (let count = 0; count < 60; count += 1) paths.push(`${names[random(names.length)]}/${randomPath(random)}`)
  const isBelowFile = (/** @type {string} */ one) => files.some((file) => one.startsWith(`${file}/`))
  return { top, names, tracked, paths: [...new Set(paths)].filter((one) => !isBelowFile(one)), ruleCount }
}

/** Whether a path is tracked, or holds what is, but for the case of its letters. @param {string[]} index @param {string} one */
function isInOtherCase(index, one) {
  const isAt = (/** @type {string} */ tracked, /** @type {string} */ place) => `${tracked}/`.startsWith(`${place}/`)
  if (index.some((tracked) => isAt(tracked, one))) return false
  return index.some((tracked) => isAt(tracked.toLowerCase(), one.toLowerCase()))
}

/** @param {string} top @param {(limit: number) => number} random */
function configure(top, random) {
  const set = '[core]\nexcludesFile = ~/mine\n'
  const fold = '[core]\nignoreCase = true\n'
  const branch = random(2) === 0 ? 'main' : 'other'
  const texts = [
    '',
    set,
    fold,
    '[include]\npath = part\n',
    `[includeIf "gitdir:${random(2) === 0 ? '**/' : ''}repo*/"]\npath = part\n`,
    `[includeIf "gitdir/i:${top.toUpperCase()}/"]\npath = part\n`,
    `[includeIf "gitdir:./${path.basename(top)}/"]\npath = part\n`,
    `[includeIf "onbranch:${branch}"]\npath = part\n`,
    `[includeIf "onbranch:m*/"]\npath = part\n`,
    '[remote "r"]\nurl = https://example.org/a\n[includeIf "hasconfig:remote.*.url:https://*.org/**"]\npath = part\n',
    '[includeIf "hasconfig:remote.*.url:https://example.com/**"]\npath = part\n',
    '[includeIf "nothing:x"]\npath = part\n'
  ]
  const pick = () => texts[random(texts.length)]
  fs.writeFileSync(path.join(HOME, '.gitconfig'), pick())
  fs.writeFileSync(path.join(HOME, 'part'), random(2) === 0 ? set : fold)
  fs.writeFileSync(path.join(top, '.git/part'), random(2) === 0 ? set : fold)
  if (random(2) === 0) fs.appendFileSync(path.join(top, '.git/config'), pick())
  for (const name of ['GIT_CONFIG_COUNT', 'GIT_CONFIG_KEY_0', 'GIT_CONFIG_VALUE_0']) delete process.env[name]
  if (random(4) === 0) {
    Object.assign(process.env, { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'Core.ignoreCase' })
    process.env.GIT_CONFIG_VALUE_0 = random(2) === 0 ? 'yes' : 'off'
  }
}

test(`random trees decide as git does (${RUNS} repositories, seed ${SEED})`, (context) => {
  const random = randomFrom(SEED).below
  let pairs = 0
  let decided = 0
  for (let run = 0; run < RUNS; run += 1) {
    const { top, names, tracked: index, paths, ruleCount } = plant(random, run)
    // From the top, or from a folder of it, for which only paths in there are asked.
    const inner = random(3) === 0 ? names[random(names.length)] : undefined
    const rootBytes = inner === undefined ? Buffer.from(top).toString('latin1') : at(top, inner).toString('latin1')
    const root = fromByteString(rootBytes)
    const inside =
      inner === undefined
        ? paths
        : paths.filter((one) => one.startsWith(`${inner}/`)).map((one) => one.slice(inner.length + 1))
    // Node gives no working directory of other bytes to a child.
    if (inside.length === 0 || (inner !== undefined && !/^[a-z/]+$/i.test(inner))) continue
    for (const tracked of [false, true]) {
      // git takes what it is asked about for a pattern: of the index with wildcards, and with a meaning of `:` at its start.
      // And under `core.ignoreCase` it knows tracked files by their own case here, where all its other commands know both.
      const above = inner === undefined ? '' : `${inner}/`
      const isOdd = (/** @type {string} */ one) => /[*?[\\]/.test(one) || isInOtherCase(index, above + one)
      const asked = inside.filter((one) => one[0] !== ':' && !(tracked && isOdd(one)))
      const texts = asked.map(fromByteString)
      const tree = tenon.ignore.openIgnore(root, { tracked })
      const answers = askGit(top, root, asked, tracked ? [] : ['--no-index'])
      const checked = tree.check(texts)
      for (const [index, answer] of answers.entries()) {
        const explained = tree.explain(texts[index])
        const shown = `run ${run}, tracked ${tracked}, ${rootBytes}: ${JSON.stringify(asked[index])}`
        assert.ok(explained, shown)
        const { rule } = explained
        const found = rule && {
          file: resolve(root, byteString(rule.file)),
          line: rule.line,
          pattern: byteString(rule.pattern)
        }
        assert.deepEqual(found, answer, shown)
        assert.equal(explained.ignored, answer !== undefined && !answer.pattern.startsWith('!'), shown)
        assert.equal(tree.ignores(texts[index]), explained.ignored, shown)
        assert.equal(checked[index] === 1, explained.ignored, shown)
        if (answer !== undefined) decided += 1
        pairs += ruleCount
      }
      assert.deepEqual(tree.problems, [])
      tree.close()
    }
    const tree = tenon.ignore.openIgnore(top)
    const listed = git(top, ['ls-files', '-co', '--exclude-standard', '-z']).split('\0').slice(0, -1)
    const all = git(top, ['ls-files', '-co', '-z']).split('\0').slice(0, -1)
    const kept = tree.filter(all.map(fromByteString)).map(byteString)
    assert.deepEqual(new Set(kept), new Set(listed), `run ${run}`)
    // Nothing that is listed lies in a directory that may be pruned.
    for (const folder of names) {
      const holds = listed.some((file) => file.startsWith(`${folder}/`))
      if (holds) assert.equal(tree.canPrune(fromByteString(folder)), false, `run ${run}: ${JSON.stringify(folder)}`)
    }
    tree.close()
    fs.rmSync(top, { recursive: true })
  }
  context.diagnostic(`${pairs} pairs of a pattern and a path, ${decided} paths decided by a rule`)
})
