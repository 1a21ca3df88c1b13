'use strict'

// The tarballs as npm would publish them, and folders they are installed into.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { BINARY, PACKAGE, PLATFORM, ROOT, cleanEnvironment } = require('../sandbox')
const { commandLine } = require('../../scripts/run')

/** What a checkout has besides its sources; packing must not need it. */
const LEFT_OUT = new Set(['node_modules', 'target', '.git', '.cache', 'fuzz'])

/**
 * Runs a command that must succeed.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {string} what it printed
 */
function run(command, args, { cwd, env }) {
  const { status, stdout, stderr, error } = spawnSync(...commandLine(command, args), {
    cwd,
    env: cleanEnvironment(env),
    encoding: 'utf8'
  })
  assert.equal(error, undefined)
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}\n${stderr}`)
  return stdout
}

/**
 * Packs a folder.
 * @param {string} folder
 * @param {string} destination
 * @returns {{ tarball: string, files: string[], manifest: any }}
 */
function pack(folder, destination) {
  const output = run('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', destination], { cwd: folder })
  // The scripts of the package may print before npm does.
  const [{ filename, files }] = JSON.parse(output.slice(output.search(/^\[/m)))
  const tarball = path.join(destination, filename)
  const manifest = JSON.parse(run('tar', ['-xzOf', filename, 'package/package.json'], { cwd: destination }))
  return { tarball, files: files.map((/** @type {{ path: string }} */ file) => file.path).sort(), manifest }
}

/**
 * Packs the root and this platform's package, from copies, so that the checkout stays as it is.
 * @param {string} folder an empty one
 */
function packAll(folder) {
  const checkout = path.join(folder, 'checkout')
  for (const name of fs.readdirSync(ROOT)) {
    if (LEFT_OUT.has(name)) continue
    fs.cpSync(path.join(ROOT, name), path.join(checkout, name), {
      recursive: true,
      filter: (source) => path.basename(source) !== 'node_modules'
    })
  }
  const platform = path.join(checkout, 'npm', PLATFORM)
  fs.copyFileSync(path.join(ROOT, BINARY), path.join(platform, BINARY))
  const before = fs.readFileSync(path.join(checkout, 'package.json'), 'utf8')
  const root = pack(checkout, folder)
  const after = fs.readFileSync(path.join(checkout, 'package.json'), 'utf8')
  return { checkout, root, platform: pack(platform, folder), before, after }
}

/**
 * Installs tarballs into an empty project. The platform packages that are not given cannot be found, which npm
 * tolerates because they are optional.
 * @param {string} folder
 * @param {string[]} tarballs
 */
function install(folder, tarballs) {
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: 'project', version: '1.0.0', private: true })
  )
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', ...tarballs], {
    cwd: folder
  })
}

module.exports = { PACKAGE, install, packAll, run }
