'use strict'

// Publishes a release: the gate, then the platform packages, then the root, which names them. A root that is published
// first would install without them. What is published already is left alone, so that a run can be repeated.
//
//   node scripts/publish.js --tag v1.2.3 [--provenance] [--dry-run]

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { faults } = require('./gate')
const { packageName, readManifest } = require('./manifest')
const { CommandError, ROOT, commandLine, run } = require('./run')
const { TARGETS } = require('./targets')

/**
 * What a release needs besides its packages.
 * @param {string | undefined} tag
 * @param {boolean} provenance
 * @returns {string[]}
 */
function releaseFaults(tag, provenance) {
  const { repository, version } = readManifest(ROOT)
  const found = []
  if (tag !== `v${version}`) found.push(`the tag is ${tag ?? 'not given'}, package.json is version ${version}`)
  if (provenance && !repository) found.push('package.json has no repository, which npm compares with the provenance')
  return found
}

/** Whether the registry has it. @param {string} name @param {string} version */
function isPublished(name, version) {
  const view = commandLine('npm', ['view', `${name}@${version}`, 'version'])
  const { status, stdout } = spawnSync(...view, { encoding: 'utf8' })
  return status === 0 && stdout.trim() === version
}

/** @param {{ tag?: string, provenance: boolean, dryRun: boolean }} options */
function publish({ tag, provenance, dryRun }) {
  const found = [...releaseFaults(tag, provenance), ...faults()]
  if (found.length > 0) {
    for (const fault of found) console.error(fault)
    process.exitCode = 1
    return
  }
  const { name: root, version } = readManifest(ROOT)
  const tarballs = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-release-'))
  try {
    // npm tells the registry what package.json says after packing, when a folder names no platform package; a tarball does.
    run('npm', ['pack', '--pack-destination', tarballs, '--loglevel=error'])
    const packages = [
      ...TARGETS.map((target) => ({ name: packageName(target), source: path.join(ROOT, 'npm', target.platform) })),
      { name: root, source: path.join(tarballs, `${root}-${version}.tgz`) }
    ]
    const flags = ['--access=public', `--tag=${version.includes('-') ? 'next' : 'latest'}`]
    if (provenance) flags.push('--provenance')
    if (dryRun) flags.push('--dry-run')
    for (const { name, source } of packages) {
      if (isPublished(name, version)) console.log(`${name}@${version} is published already`)
      else run('npm', ['publish', source, ...flags])
    }
  } finally {
    fs.rmSync(tarballs, { recursive: true, force: true })
  }
}

if (require.main === module) {
  const { values } = parseArgs({
    options: {
      tag: { type: 'string' },
      provenance: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false }
    }
  })
  try {
    publish({ tag: values.tag, provenance: values.provenance, dryRun: values['dry-run'] })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}

module.exports = { releaseFaults }
