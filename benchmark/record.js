'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { report } = require('./report')

/** @typedef {ReturnType<typeof import('./machine').machine>} Machine */
/**
 * @typedef {object} BenchmarkRecord
 * @property {string} date ISO 8601
 * @property {string} [commit]
 * @property {number} [uncommittedChanges]
 * @property {Machine} machine
 * @property {Record<string, string>} engines versions by name
 * @property {Record<string, any>} build
 * @property {string} tree the name of the directory that `files` listed
 * @property {import('./run').Plan} plan
 * @property {import('./run').CaseResult[]} cases
 */

/**
 * Writes a record as JSON and as a page to look at.
 * @param {BenchmarkRecord} record
 * @param {readonly string[]} features those that were asked for; none for all
 * @returns {string[]} the files
 */
function writeRecord(record, features) {
  const folder = path.join(__dirname, 'record')
  fs.mkdirSync(folder, { recursive: true })
  const cpu = record.machine.cpu
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  const base = path.join(folder, [record.date.slice(0, 10), cpu, ...features].join('-'))
  fs.writeFileSync(`${base}.json`, `${JSON.stringify(record, null, 2)}\n`)
  fs.writeFileSync(`${base}.html`, report(record))
  return [`${base}.json`, `${base}.html`]
}

module.exports = { writeRecord }
