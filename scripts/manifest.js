'use strict'

// Keeps package.json and the eight platform packages in step.
//
//   node scripts/manifest.js write     writes npm/<platform>/ from the root's package.json
//   node scripts/manifest.js check     says what in npm/<platform>/ or Cargo.toml disagrees with it
//   node scripts/manifest.js pack      names the platform packages in package.json   (npm runs it before packing)
//   node scripts/manifest.js restore   takes them out again                          (npm runs it after packing)
//   node scripts/manifest.js refuse    stops `npm publish` in the checkout            (npm runs it before publishing)
//
// package.json in git does not name the platform packages, because `npm ci` fails on packages that are not published yet.

const fs = require('node:fs')
const path = require('node:path')
const { TARGETS } = require('./targets')

/** @typedef {import('./targets').Target} Target */
/** @typedef {Record<string, any>} Manifest */

const ROOT = path.join(__dirname, '..')
const SYSTEMS = /** @type {Record<string, string>} */ ({ darwin: 'macOS', linux: 'Linux', win32: 'Windows' })
const LIBRARIES = { gnu: 'glibc', musl: 'musl' }

/** @param {Target} target */
function packageName(target) {
  return `tenon-${target.platform}`
}

/** Such as 'Linux on arm64 (musl)'. @param {Target} target */
function description({ os, cpu, libc }) {
  return `${SYSTEMS[os]} on ${cpu}${libc ? ` (${LIBRARIES[libc]})` : ''}`
}

/**
 * The package.json of a platform package. It has no `engines`: npm would skip the package without a word.
 * @param {Manifest} root
 * @param {Target} target
 * @returns {Manifest}
 */
function platformManifest(root, target) {
  const { platform, os, cpu, libc } = target
  return {
    name: packageName(target),
    version: root.version,
    description: `The native addon of tenon for ${description(target)}`,
    license: root.license,
    ...(root.repository && { repository: root.repository }),
    main: `tenon.${platform}.node`,
    files: [`tenon.${platform}.node`],
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [LIBRARIES[libc]] })
  }
}

/**
 * @param {Target} target
 * @param {string} notice the licence of what the binary contains
 */
function platformReadme(target, notice) {
  return `# ${packageName(target)}

The native addon of the npm package \`tenon\` for ${description(target)}, built from \`${target.triple}\`.

Install \`tenon\`: npm chooses the package of your platform. To install it by hand, take the version of \`tenon\` itself;
\`npx tenon doctor\` says which one is missing.

Licence: MIT OR Apache-2.0, at your option; both texts are in the package \`tenon\`.

${notice}`
}

/** The section on the vocabularies' origin, which goes wherever they go. @param {string} folder */
function vocabularyNotice(folder) {
  const readme = fs.readFileSync(path.join(folder, 'crates', 'tokens', 'data', 'README.md'), 'utf8')
  return readme.slice(readme.indexOf('## Origin and licence'))
}

/** zstd's licence, which goes wherever its code goes. @param {string} folder */
function zstdNotice(folder) {
  const licence = fs.readFileSync(path.join(folder, 'crates', 'zstd', 'LICENSE-ZSTD'), 'utf8')
  return `\nThe binary contains the library of [zstd](https://github.com/facebook/zstd), which comes under this licence:\n\n\`\`\`\n${licence.trim()}\n\`\`\`\n`
}

/** @param {string} folder @returns {Manifest} */
function readManifest(folder) {
  return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
}

/** As npm itself writes it. @param {Manifest} manifest */
function format(manifest) {
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/** @param {string} folder @returns {{ file: string, text: string }[]} */
function platformFiles(folder) {
  const root = readManifest(folder)
  const notice = vocabularyNotice(folder) + zstdNotice(folder)
  return TARGETS.flatMap((target) => [
    { file: `npm/${target.platform}/package.json`, text: format(platformManifest(root, target)) },
    { file: `npm/${target.platform}/README.md`, text: platformReadme(target, notice) }
  ])
}

/** @param {string} [folder] */
function write(folder = ROOT) {
  for (const { file, text } of platformFiles(folder)) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    fs.writeFileSync(path.join(folder, file), text)
  }
}

/**
 * What disagrees, a line each.
 * @param {string} [folder]
 * @returns {string[]}
 */
function check(folder = ROOT) {
  const faults = []
  const root = readManifest(folder)
  if (named(root).length > 0) faults.push('package.json names platform packages: node scripts/manifest.js restore')
  if (fs.readFileSync(path.join(folder, 'package.json'), 'utf8') !== format(root)) {
    faults.push('package.json is not formatted as npm writes it, so packing would change it')
  }
  for (const { file, text } of platformFiles(folder)) {
    const there = fs.existsSync(path.join(folder, file)) ? fs.readFileSync(path.join(folder, file), 'utf8') : undefined
    if (there !== text)
      faults.push(`${file} ${there === undefined ? 'is missing' : 'disagrees'}: node scripts/manifest.js write`)
  }
  const known = new Set(TARGETS.map(({ platform }) => platform))
  for (const name of fs.existsSync(path.join(folder, 'npm')) ? fs.readdirSync(path.join(folder, 'npm')) : []) {
    if (!known.has(name)) faults.push(`npm/${name} is no platform of package.json's napi.targets`)
  }
  const workspace = /^\[workspace\.package\]\r?\n(?:[^[].*\r?\n)*?version = "(.*)"/m.exec(
    fs.readFileSync(path.join(folder, 'Cargo.toml'), 'utf8')
  )
  if (workspace?.[1] !== root.version) {
    faults.push(`Cargo.toml is version ${workspace?.[1]}, package.json is version ${root.version}`)
  }
  return faults
}

/** The platform packages a manifest names. @param {Manifest} manifest */
function named(manifest) {
  const names = new Set(TARGETS.map(packageName))
  return Object.keys(manifest.optionalDependencies ?? {}).filter((name) => names.has(name))
}

/** @param {string} [folder] */
function pack(folder = ROOT) {
  const manifest = readManifest(folder)
  const platforms = Object.fromEntries(TARGETS.map((target) => [packageName(target), manifest.version]))
  replace(folder, { ...manifest, optionalDependencies: { ...manifest.optionalDependencies, ...platforms } })
}

/** @param {string} [folder] */
function restore(folder = ROOT) {
  const manifest = readManifest(folder)
  const platforms = named(manifest)
  if (platforms.length === 0) return
  for (const name of platforms) delete manifest.optionalDependencies[name]
  if (Object.keys(manifest.optionalDependencies).length === 0) delete manifest.optionalDependencies
  replace(folder, manifest)
}

/**
 * Replaces package.json in one step: whoever reads it meanwhile sees the old one or the new one.
 * @param {string} folder
 * @param {Manifest} manifest
 */
function replace(folder, manifest) {
  const file = path.join(folder, 'package.json')
  const temporary = `${file}.${process.pid}`
  fs.writeFileSync(temporary, format(manifest))
  fs.renameSync(temporary, file)
}

function main() {
  switch (process.argv[2]) {
    case 'write':
      return write()
    case 'pack':
      return pack()
    case 'restore':
      return restore()
    case 'check':
      return report(check())
    // npm reads what it tells the registry after `postpack`, when the platform packages are gone from package.json again.
    case 'refuse':
      return report([
        'publish the tarball: npm pack && npm publish ./tenon-<version>.tgz (see .github/workflows/release.yml)'
      ])
    default:
      return report(['usage: node scripts/manifest.js write | check | pack | restore | refuse'])
  }
}

/** @param {string[]} faults */
function report(faults) {
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) process.exitCode = 1
}

if (require.main === module) main()

module.exports = { LIBRARIES, check, pack, packageName, platformManifest, readManifest, restore, write }
