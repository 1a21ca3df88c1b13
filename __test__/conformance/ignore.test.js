'use strict'

// The fallback's rules, globs and configuration against git. `lib/ignore` has no native side of its own to load: the
// Rust tests of tenon-ignore ask git the same, and `files.test.js` runs both engines through whole trees.

const test = require('node:test')
const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { execFileSync, spawnSync } = require('node:child_process')
const { SEED, randomFrom } = require('../engines')
const { pick, randomName, randomPath, randomRules } = require('../ignore')

const { ignores, lastMatch, parseRules, verdict, withRules } = require('../../lib/ignore/rules')
const { parseConfig } = require('../../lib/ignore/config')
/** @typedef {{ path: string, directory?: boolean, line: number | null }} Row */
/** @typedef {{ name: string, rules: string, ignoreCase?: boolean, paths: Row[] }} Case */
const { cases } = /** @type {{ cases: Case[] }} */ (require('../fixtures/ignore/rules.json'))

/** Rule files compared with git; a run is one rule file and some forty paths. */
const RUNS = Number(process.env.TENON_FUZZ_RUNS ?? 1000)

/** Nothing of the machine's own configuration may reach git. */
const ISOLATED = {
  ...process.env,
  GIT_CONFIG_GLOBAL: os.devNull,
  GIT_CONFIG_NOSYSTEM: '1',
  XDG_CONFIG_HOME: '',
  LC_ALL: 'C'
}

const bytes = (/** @type {string} */ text) => Buffer.from(text, 'latin1')

test('the table of hard cases', () => {
  for (const { name, rules, ignoreCase = false, paths } of cases) {
    const file = parseRules(bytes(rules), ignoreCase)
    for (const { path: text, directory = false, line } of paths) {
      assert.equal(lastMatch(file, text, directory)?.line ?? null, line, `${name}: ${JSON.stringify(text)}`)
    }
  }
})

test('the table of hard cases is what git answers', () => {
  withRepository((repository) => {
    for (const { name, rules, ignoreCase = false, paths } of cases) {
      fs.writeFileSync(path.join(repository, '.gitignore'), bytes(rules))
      const folders = paths.filter((row) => row.directory).map((row) => row.path)
      for (const folder of folders) fs.mkdirSync(path.join(repository, folder), { recursive: true })
      const asked = paths.filter((row) => row.directory || !folders.includes(row.path))
      const answers = askGit(
        repository,
        asked.map((row) => row.path),
        ignoreCase
      )
      assert.deepEqual(
        answers.map((answer) => answer.line),
        asked.map((row) => row.line),
        name
      )
      for (const folder of folders) fs.rmSync(path.join(repository, folder.split('/')[0]), { recursive: true })
    }
  })
})

test(`random rules over random paths (${RUNS} rule files, seed ${SEED})`, (context) => {
  const random = randomFrom(SEED).below
  let pairs = 0
  for (let done = 0; done < RUNS;) {
    const batch = Math.min(500, RUNS - done)
    done += batch
    const ignoreCase = random(3) === 0
    withRepository((repository) => {
      const asked = []
      for (let index = 0; index < batch; index += 1) {
        const top = `c${index}/`
        const rules = randomRules(random)
        const nested = random(3) === 0 ? { folder: randomName(random), rules: randomRules(random) } : undefined
        const folders = new Set([top.slice(0, -1)])
        const paths = Array.from({ length: 30 }, () => top + randomPath(random, nested?.folder))
        for (const text of paths.slice(0, 12)) folders.add(text)
        if (nested) folders.add(top + nested.folder)
        for (const folder of folders) {
          fs.mkdirSync(Buffer.concat([bytes(`${repository}/`), bytes(folder)]), { recursive: true })
          for (let slash = folder.indexOf('/'); slash !== -1; slash = folder.indexOf('/', slash + 1)) {
            folders.add(folder.slice(0, slash))
          }
        }
        fs.writeFileSync(path.join(repository, top, '.gitignore'), bytes(rules))
        if (nested) fs.writeFileSync(bytes(`${repository}/${top}${nested.folder}/.gitignore`), bytes(nested.rules))
        for (const text of paths) asked.push({ top, rules, nested, text, folders })
      }
      const answers = askGit(
        repository,
        asked.map(({ text }) => text),
        ignoreCase
      )
      for (const [index, { top, rules, nested, text, folders }] of asked.entries()) {
        const stack = withRules(undefined, parseRules(bytes(rules), ignoreCase), 'top', top.length)
        const found = decide(stack, nested, top, text, folders, ignoreCase)
        const { line, negated } = answers[index]
        const shown = JSON.stringify({ rules, nested, text, ignoreCase })
        assert.equal(found?.rule.line ?? null, line, shown)
        if (found) assert.equal(found.rule.negated, negated, shown)
        pairs += rules.split('\n').length
      }
    })
  }
  context.diagnostic(`${pairs} pairs of a pattern and a path`)
})

test('configuration is read as git reads it', () => {
  const random = randomFrom(SEED).below
  withRepository((repository) => {
    const file = path.join(repository, 'some.config')
    for (let run = 0; run < Math.min(RUNS / 20, 5000); run += 1) {
      const text = randomConfig(random)
      fs.writeFileSync(file, bytes(text))
      const listed = spawnSync('git', ['config', '-z', '--list', '-f', file], { env: ISOLATED, cwd: repository })
      const variables = []
      const parsed = parseConfig(text)
      let step = parsed.next()
      for (; !step.done; step = parsed.next()) variables.push(step.value)
      const badLine = step.value
      assert.equal(badLine === undefined, listed.status === 0, `${JSON.stringify(text)}: ${listed.stderr}`)
      if (badLine !== undefined) continue
      const ours = variables.map(({ name, value }) => (value === undefined ? name : `${name}\n${value}`))
      assert.deepEqual(ours, listed.stdout.toString('latin1').split('\0').slice(0, -1), JSON.stringify(text))
    }
  })
})

/**
 * The deciding rule as a walk finds it: the first excluded parent, else what decides the path itself.
 * @param {any} stack
 * @param {{ folder: string, rules: string } | undefined} nested
 * @param {string} top
 * @param {string} text
 * @param {Set<string>} folders
 * @param {boolean} ignoreCase
 */
function decide(stack, nested, top, text, folders, ignoreCase) {
  for (let slash = text.indexOf('/', top.length); slash !== -1; slash = text.indexOf('/', slash + 1)) {
    const parent = text.slice(0, slash)
    if (ignores(stack, parent, true)) return verdict(stack, parent, true)
    if (nested && parent === top + nested.folder) {
      stack = withRules(stack, parseRules(bytes(nested.rules), ignoreCase), 'nested', parent.length + 1)
    }
  }
  return verdict(stack, text, folders.has(text))
}

/**
 * What `git check-ignore` answers for each path.
 * @param {string} repository
 * @param {string[]} paths byte strings
 * @param {boolean} ignoreCase
 */
function askGit(repository, paths, ignoreCase) {
  const command = ['-c', `core.ignoreCase=${ignoreCase}`, 'check-ignore']
  const { stdout, stderr, status } = spawnSync('git', [...command, '-v', '-z', '--stdin', '--no-index', '-n'], {
    cwd: repository,
    env: ISOLATED,
    input: bytes(paths.map((text) => `${text}\0`).join('')),
    maxBuffer: 1 << 30
  })
  // 1 means that no path is decided by any rule; above that git failed.
  assert.ok(status === 0 || status === 1, stderr.toString())
  const fields = stdout.toString('latin1').split('\0')
  return paths.map((text, index) => {
    const [source, line, pattern, echoed] = fields.slice(index * 4, index * 4 + 4)
    assert.equal(echoed, text)
    return { line: source === '' ? null : Number(line), negated: pattern.startsWith('!') }
  })
}

/** @param {(repository: string) => void} body */
function withRepository(body) {
  const repository = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-ignore-'))
  try {
    execFileSync('git', ['init', '-q', repository], { env: ISOLATED })
    body(repository)
  } finally {
    fs.rmSync(repository, { recursive: true, force: true })
  }
}

const CONFIG_PIECES = [
  '[core]',
  '[core "Sub\\"x"]',
  '[a.B]',
  '[inc',
  ']',
  '\n',
  '\n',
  '\n',
  'excludesFile',
  'ignoreCase',
  ' = ',
  '=',
  ' ',
  '\t',
  '"',
  '\\"',
  '\\\\',
  '\\t',
  '\\b',
  '\\n',
  '\\x',
  '\\\n',
  '\\\r\n',
  '\r\n',
  '\r',
  '#c',
  ';c',
  'x',
  'y z',
  'true',
  '~/a',
  '\xef\xbb\xbf',
  '\xe9',
  '-',
  '1'
]

/** @param {import('../ignore').Random} random */
function randomConfig(random) {
  const start = random(4) === 0 ? '' : '[core]\n'
  if (random(2) === 0) return start + pick(random, CONFIG_PIECES, 8)
  const lines = Array.from(
    { length: 1 + random(3) },
    () => `a${random(9)} = ${pick(random, CONFIG_PIECES.slice(5), 6)}\n`
  )
  return start + lines.join('')
}
