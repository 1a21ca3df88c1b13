'use strict'

// Builds the addon for this machine into the checkout, where `lib/native.js` finds it first.
//
//   npm run build            as released
//   npm run build:quick      optimised less, rebuilt in seconds

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { platformName } = require('../lib/native')
const { ROOT, run } = require('./run')
const { TARGETS } = require('./targets')

/** In CI the versions are those of Cargo.lock or nothing. */
const LOCKED = process.env.CI ? ['--locked'] : []
const TYPES = path.join(ROOT, 'lib', 'addon.d.ts')

/**
 * Compiles `crates/node` and puts the binary where `output` says.
 * @param {{ profile: 'release' | 'quick', platform: string, output: string, cargo?: string[], artifact?: string }} options
 */
function build({ profile, platform, output, cargo = ['build'], artifact }) {
  const { library, triple } = TARGETS.find((target) => target.platform === platform) ?? unsupported(platform)
  // napi-derive writes the addon's types there while it compiles the crate; a build with nothing to compile writes none.
  const types = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'tenon-types-'))
  try {
    run('cargo', [...cargo, ...namelessPaths(triple), '--profile', profile, '--package', 'tenon-node', ...LOCKED], {
      env: { ...process.env, NAPI_TYPE_DEF_TMP_FOLDER: types }
    })
    const definitions = path.join(types, 'tenon-node')
    if (fs.existsSync(definitions)) writeTypes(fs.readFileSync(definitions, 'utf8'))
  } finally {
    fs.rmSync(types, { recursive: true, force: true })
  }
  const built = artifact ?? path.join(targetDirectory(), profile, library)
  // Renamed into place: a process that has the old binary mapped keeps it whole.
  const temporary = `${output}.${process.pid}`
  fs.copyFileSync(built, temporary)
  fs.renameSync(temporary, output)
  console.log(`built ${path.relative(process.cwd(), output)} (${fs.statSync(output).size} bytes)`)
}

/**
 * Options of cargo that keep the folders of this machine, such as the builder's home, out of the binary: a panic names
 * its place in the source. As configuration, because RUSTFLAGS would replace the flags in .cargo/config.toml and these
 * are joined to them.
 * @param {string} triple
 */
function namelessPaths(triple) {
  const cargoHome = path.resolve(process.env.CARGO_HOME || path.join(os.homedir(), '.cargo'))
  const sysroot = run('rustc', ['--print', 'sysroot'], { capture: true }).trim()
  const names = new Map([
    [ROOT, 'tenon'],
    [cargoHome, 'cargo'],
    [path.join(sysroot, 'lib', 'rustlib', 'src', 'rust'), 'rust']
  ])
  // Of two that fit, rustc takes the later.
  const prefixes = [...names].sort(([a], [b]) => a.length - b.length)
  const flags = prefixes.map(([from, to]) => `--remap-path-prefix=${from}=${to}`)
  // The escapes of a string are those of TOML as well.
  return ['--config', `target.${triple}.rustflags=${JSON.stringify(flags)}`]
}

/** Where cargo puts what it builds. */
function targetDirectory() {
  const metadata = run('cargo', ['metadata', '--format-version=1', '--no-deps', ...LOCKED], { capture: true })
  return JSON.parse(metadata).target_directory
}

/**
 * One declaration file from napi-derive's lines of JSON, in the order of names.
 * @param {string} lines
 */
function writeTypes(lines) {
  /** @type {Map<string, { kind: string, documentation: string, definition: string }>} */
  const items = new Map()
  for (const line of lines.split('\n').filter(Boolean)) {
    const { kind, name, js_doc: documentation, def: definition } = JSON.parse(line)
    const known = items.get(name)
    // A class comes in two lines: the struct with its documentation, then its methods.
    if (known) known.definition += definition
    else items.set(name, { kind, documentation, definition })
  }
  const declarations = [...items]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { kind, documentation, definition }]) => {
      if (kind === 'fn') return `${documentation}export ${definition.replace(/^function/, 'declare function')}\n`
      const members = definition
        .split('\n')
        .map((member) => `  ${member.trim()}\n`)
        .join('')
      const keyword = kind === 'interface' ? 'interface' : 'declare class'
      return `${documentation}export ${keyword} ${name} {\n${members}}\n`
    })
  const header = '// The functions of the addon, written by `npm run build`. Internal: the manual is index.d.ts.\n\n'
  const text = header + declarations.join('\n')
  if (!fs.existsSync(TYPES) || fs.readFileSync(TYPES, 'utf8') !== text) fs.writeFileSync(TYPES, text)
}

/** @param {string} platform @returns {never} */
function unsupported(platform) {
  throw new Error(`there is no target for ${platform} in package.json's napi.targets`)
}

if (require.main === module) {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
  const platform = platformName()
  build({ profile: values.quick ? 'quick' : 'release', platform, output: path.join(ROOT, `tenon.${platform}.node`) })
}

module.exports = { build, targetDirectory }
