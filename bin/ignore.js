'use strict'

const path = require('node:path')
const { pathBytes } = require('../lib/files/names')
const { readPaths, writePaths } = require('./paths')

/** @typedef {ReturnType<import('..').ignore.IgnoreTree['explain']>} Explanation */

/**
 * As `git check-ignore`: says which paths are ignored, or why each is or is not. Exit code 1 where none is.
 * @param {typeof import('..')} tenon
 * @param {string[]} paths relative to the working directory
 * @param {{ root: string, explain?: boolean, json?: boolean, null?: boolean, stdin?: boolean, tracked: boolean }} options
 */
module.exports = async function ignore(tenon, paths, { root, explain, json, null: nul, stdin, tracked }) {
  const given = stdin ? [...paths, ...readPaths(nul)] : paths
  if (given.length === 0) throw new Error('no paths are given; --stdin reads them')
  const tree = tenon.ignore.openIgnore(root, { tracked })
  const absolute = given.map((one) => path.resolve(one) + (/[\\/]$/.test(one) ? '/' : ''))
  const explained = absolute.map((one) => tree.explain(one))
  const { problems } = tree
  tree.close()
  const isIgnored = explained.map((one) => one?.ignored ?? false)
  if (json) {
    const rows = given.map((one, index) => ({ path: one, ...(explained[index] ?? { ignored: false, nested: true }) }))
    process.stdout.write(`${JSON.stringify({ paths: rows, problems }, null, 2)}\n`)
  } else if (explain) {
    writePaths(
      given.map((one, index) => line(one, explained[index], nul)),
      nul
    )
  } else {
    writePaths(
      given.filter((_, index) => isIgnored[index]),
      nul
    )
  }
  for (const problem of problems) process.stderr.write(pathBytes(`tenon: ${problem.path}: ${problem.reason}\n`))
  if (!isIgnored.includes(true)) process.exitCode = 1
}

/** `file:line:pattern`, a tab and the path, as `git check-ignore -v -n`. @param {string} one @param {Explanation} explained @param {boolean} [nul] */
function line(one, explained, nul) {
  const rule = explained?.rule
  const fields = rule === undefined ? ['', '', ''] : [rule.file, String(rule.line), rule.pattern]
  if (nul) return [...fields, one].join('\0')
  const why = explained === null ? '\t(nested repository)' : explained.tracked ? '\t(tracked)' : ''
  return `${fields.join(':')}\t${one}${why}`
}
