'use strict'

// Holds the tree to the rules of ARCHITECTURE.md, one line a fault: which JavaScript may require which, where `unsafe` may
// stand, which licences npm's packages have; and runs cargo-deny, which knows the same of the crates (deny.toml).
//
//   node scripts/check-layers.js

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const { builtinModules } = require('node:module')
const path = require('node:path')
const { CommandError, ROOT, run } = require('./run')
const { TARGETS } = require('./targets')

const CARGO_DENY_VERSION = '0.20.2'
const TOOLS = path.join(ROOT, '.cache', 'cargo-deny')

const LICENCES = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT OR Apache-2.0',
  'Unicode-3.0',
  'Zlib'
]

/** @typedef {(target: string, feature: string) => boolean} Permission about a file of the checkout, or a package as `npm:<name>` */

/** @param {string} feature @param {string} target */
const own = (feature, target) => target.startsWith(`lib/${feature}/`)
/** @param {string} target */
const fallbackFile = (target) => /^lib\/[^/]+\/(?!(index|binding|feature|[^/]+\/(binding|facade))\.js$)/.test(target)
/** @param {string} target @param {string} feature */
const adapter = (target, feature) => own(feature, target) || only('lib/arguments.js', 'lib/errors.js')(target)
/** @param {...string} names @returns {(target: string) => boolean} */
const only =
  (...names) =>
  (target) =>
    names.includes(target)

/**
 * The first pattern that matches a file says what the file may require besides Node's own modules.
 * @type {[files: RegExp, may: Permission][]}
 */
const RULES = [
  [/^index\.js$/, (target) => /^lib\/([^/]+\/index|engines|errors)\.js$/.test(target)],
  [
    /^bin\//,
    (target) =>
      target.startsWith('bin/') ||
      only('index.js', 'lib/native.js', 'lib/files/names.js', 'package.json', 'npm:commander')(target)
  ],
  [/^lib\/native\.js$/, only('package.json', ...TARGETS.map(({ platform }) => `npm:tenon-${platform}`))],
  [/^lib\/engines\.js$/, only('lib/native.js', 'lib/arguments.js', 'lib/errors.js', 'package.json')],
  [/^lib\/(arguments|cancellation)\.js$/, only('lib/errors.js')],
  [/^lib\/environment\.js$/, only()],
  [/^lib\/errors\.js$/, only()],
  // The addon's functions of a feature, shaped; another feature that counts by them may use them too.
  [
    /^lib\/[^/]+\/([^/]+\/)?binding\.js$/,
    (target, feature) => own(feature, target) || only('lib/cancellation.js', 'lib/errors.js')(target)
  ],
  // A feature of several parts is defined in `feature.js`, and each part has a `facade.js`.
  [
    /^lib\/[^/]+\/(feature|index|[^/]+\/facade)\.js$/,
    (target, feature) =>
      own(feature, target) ||
      /^lib\/[^/]+\/binding\.js$/.test(target) ||
      only('lib/engines.js', 'lib/arguments.js', 'lib/cancellation.js', 'lib/environment.js', 'lib/errors.js')(target)
  ],
  // Adapters to packages that only those who use them install.
  [/^lib\/log\/postgres\.js$/, (target, feature) => adapter(target, feature) || target === 'npm:pg'],
  [
    /^lib\/log\/langgraph\.js$/,
    (target, feature) => adapter(target, feature) || target === 'npm:@langchain/langgraph-checkpoint'
  ],
  [
    /^lib\/[^/]+\//,
    (target) =>
      fallbackFile(target) || /^crates\/[^/]+\/data\//.test(target) || only('lib/arguments.js', 'lib/errors.js')(target)
  ]
]

const UNSAFE_ALLOWED = /(^|\/)arch\/|^crates\/node\/src\/bytes\.rs$/

/**
 * What the JavaScript that the package ships requires against the rules.
 * @param {string} folder
 * @returns {string[]}
 */
function layerFaults(folder) {
  const files = ['index.js', ...listFiles(folder, 'lib', '.js'), ...listFiles(folder, 'bin', '.js')]
  return files.flatMap((file) => {
    const rule = RULES.find(([pattern]) => pattern.test(file))
    if (!rule) return [`${file} belongs to no layer of scripts/check-layers.js`]
    const feature = file.split('/')[1] ?? ''
    const code = withoutComments(fs.readFileSync(path.join(folder, file), 'utf8'))
    return requirements(code).flatMap((name) => {
      if (name === undefined) return [`${file} requires a name that is no literal`]
      const target = resolve(folder, file, name)
      if (target === undefined || rule[1](target, feature)) return []
      return [`${file} must not require ${target.replace('npm:', '')}`]
    })
  })
}

/**
 * The names in `require(…)` and `import(…)`; undefined for one that is computed.
 * @param {string} code
 * @returns {(string | undefined)[]}
 */
function requirements(code) {
  return [...code.matchAll(/(?<![\w.])(?:require|import)\s*\(\s*(?:'([^'\\]+)'\s*\)|"([^"\\]+)"\s*\))?/g)].map(
    ([, single, double]) => single ?? double
  )
}

/**
 * The file of the checkout, or `npm:<package>`; undefined for what is Node's own.
 * @param {string} folder
 * @param {string} file
 * @param {string} name
 */
function resolve(folder, file, name) {
  if (name.startsWith('node:') || builtinModules.includes(name)) return undefined
  if (!name.startsWith('.')) return `npm:${name}`
  const base = path.posix.normalize(path.posix.join(path.posix.dirname(file), name))
  const candidates = [base, `${base}.js`, path.posix.join(base, 'index.js')]
  return (
    candidates.find((candidate) => fs.statSync(path.join(folder, candidate), { throwIfNoEntry: false })?.isFile()) ??
    base
  )
}

/** Where `unsafe` stands outside its places. @param {string} folder @returns {string[]} */
function unsafeFaults(folder) {
  const files = [
    ...listFiles(folder, 'crates', '.rs'),
    ...listFiles(folder, 'fuzz', '.rs'),
    ...listFiles(folder, 'scripts', '.rs')
  ]
  return files
    .filter((file) => !UNSAFE_ALLOWED.test(file))
    .filter((file) => /\bunsafe\b/.test(withoutComments(fs.readFileSync(path.join(folder, file), 'utf8'))))
    .map((file) => `${file} has unsafe code, which belongs into arch/ or crates/node/src/bytes.rs`)
}

/** Line and block comments become nothing; a string that looks like one is cut, which hides no call. @param {string} code */
function withoutComments(code) {
  return code.replace(/\/\*[^]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
}

/** Crates that deny.toml gives no place among the layers. @param {string} folder @returns {string[]} */
function crateFaults(folder) {
  const rules = fs.readFileSync(path.join(folder, 'deny.toml'), 'utf8')
  return fs
    .readdirSync(path.join(folder, 'crates'))
    .filter((name) => name !== 'node' && fs.existsSync(path.join(folder, 'crates', name, 'Cargo.toml')))
    .filter((name) => !rules.includes(`{ crate = "tenon-${name}", wrappers = `))
    .map((name) => `deny.toml does not say who may depend on tenon-${name}`)
}

/** Packages a user of tenon gets whose licence is not among LICENCES. @param {string} folder @returns {string[]} */
function licenceFaults(folder) {
  /** @type {{ packages: Record<string, { dev?: boolean, license?: string }> }} */
  const { packages } = JSON.parse(fs.readFileSync(path.join(folder, 'package-lock.json'), 'utf8'))
  return Object.entries(packages)
    .filter(([place, { dev }]) => place !== '' && !dev)
    .filter(([, { license }]) => license === undefined || !LICENCES.includes(license))
    .map(
      ([place, { license }]) =>
        `${place} has the licence ${license ?? 'unknown'}, which is not among those of scripts/check-layers.js`
    )
}

/**
 * The files below a folder with that ending, `/`-separated, relative to the checkout.
 * @param {string} folder
 * @param {string} below
 * @param {string} ending
 */
function listFiles(folder, below, ending) {
  const start = path.join(folder, below)
  if (!fs.existsSync(start)) return []
  const names = fs.readdirSync(start, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending))
  return names
    .map((name) => path.posix.join(below, name.replaceAll(path.sep, '/')))
    .filter((name) => !/\/(target|node_modules)\//.test(name))
}

/** @param {string} folder @returns {string[]} */
function faults(folder) {
  return [layerFaults, unsafeFaults, crateFaults, licenceFaults].flatMap((check) => check(folder))
}

/** Where cargo-deny is, in the version the rules are written for; undefined where it is not installed. */
function findCargoDeny() {
  const candidates = ['cargo-deny', path.join(TOOLS, 'bin', 'cargo-deny')]
  return candidates.find((command) => {
    const { stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' })
    return stdout?.trim() === `cargo-deny ${CARGO_DENY_VERSION}`
  })
}

/** Installs cargo-deny into the checkout's cache, which takes some minutes once. */
function installCargoDeny() {
  console.error(`installing cargo-deny ${CARGO_DENY_VERSION} (cargo install; about 4 minutes, once)`)
  run('cargo', ['install', 'cargo-deny', '--locked', '--version', CARGO_DENY_VERSION, '--root', TOOLS])
  return path.join(TOOLS, 'bin', 'cargo-deny')
}

/** The arguments with which cargo-deny reads deny.toml. Layers of crates that are yet to be written are no fault. */
const CARGO_DENY_CHECK = [
  '--locked',
  'check',
  '--allow',
  'unused-wrapper',
  '--allow',
  'duplicate',
  'licenses',
  'bans',
  'sources'
]

if (require.main === module) {
  try {
    const found = faults(ROOT)
    for (const fault of found) console.error(fault)
    if (found.length > 0) process.exitCode = 1
    run(findCargoDeny() ?? installCargoDeny(), CARGO_DENY_CHECK)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}

module.exports = { CARGO_DENY_CHECK, crateFaults, faults, findCargoDeny, layerFaults, licenceFaults, unsafeFaults }
