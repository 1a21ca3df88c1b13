'use strict'

// The gate lets nothing through that is not what its package claims. The binaries are small files with the headers of
// real ones, and the real one of this checkout.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { describe, test } = require('node:test')
const { BINARY, PLATFORM, ROOT, cleanEnvironment, temporaryFolder, version } = require('../sandbox')
const { readBinary } = require('../../scripts/binary')
const { binaryFaults, faults } = require('../../scripts/gate')
const { check, pack, restore, write } = require('../../scripts/manifest')
const { TARGETS, binaryPath } = require('../../scripts/targets')

const MARK = `tenon-native-version=${version};`
const MACHINES = {
  linux: { x64: 62, arm64: 183 },
  darwin: { x64: 0x01000007, arm64: 0x0100000c },
  win32: { x64: 0x8664, arm64: 0xaa64 }
}

/** @typedef {{ cpu?: 'x64' | 'arm64', libraries?: string[], versions?: string[], mark?: string, type?: number }} Content */

/**
 * A shared library for Linux: a header, a string table, the libraries it needs, the symbol versions it needs, and the
 * section headers that say where those are.
 * @param {Content} [content]
 */
function elf({ cpu = 'x64', libraries = ['libc.so.6'], versions = ['GLIBC_2.2.5'], mark = MARK, type = 3 } = {}) {
  const strings = Buffer.from(`\0${[...libraries, ...versions].map((text) => `${text}\0`).join('')}`, 'latin1')
  const offsetOf = (/** @type {string} */ text) => strings.indexOf(`\0${text}\0`) + 1
  const dynamic = Buffer.alloc((libraries.length + 1) * 16)
  libraries.forEach((library, index) => {
    dynamic.writeBigInt64LE(1n, index * 16)
    dynamic.writeBigUInt64LE(BigInt(offsetOf(library)), index * 16 + 8)
  })
  const needs = Buffer.alloc(16 * (1 + versions.length))
  needs.writeUInt16LE(versions.length, 2)
  needs.writeUInt32LE(16, 8)
  versions.forEach((name, index) => {
    const at = 16 * (index + 1)
    needs.writeUInt32LE(offsetOf(name), at + 8)
    needs.writeUInt32LE(index + 1 < versions.length ? 16 : 0, at + 12)
  })
  const contents = [strings, dynamic, needs, Buffer.from(mark)]
  const offsets = contents.map((_, index) => contents.slice(0, index).reduce((sum, { length }) => sum + length, 64))
  const sections = Buffer.alloc(4 * 64)
  const section = (
    /** @type {number} */ index,
    /** @type {number} */ kind,
    /** @type {number} */ content,
    info = 0
  ) => {
    const at = index * 64
    sections.writeUInt32LE(kind, at + 4)
    sections.writeBigUInt64LE(BigInt(offsets[content]), at + 0x18)
    sections.writeBigUInt64LE(BigInt(contents[content].length), at + 0x20)
    sections.writeUInt32LE(1, at + 0x28)
    sections.writeUInt32LE(info, at + 0x2c)
  }
  section(1, 3, 0)
  section(2, 6, 1)
  section(3, versions.length > 0 ? 0x6ffffffe : 0, 2, 1)
  const header = Buffer.alloc(64)
  header.write('\x7fELF\x02\x01\x01', 'latin1')
  header.writeUInt16LE(type, 0x10)
  header.writeUInt16LE(MACHINES.linux[cpu], 0x12)
  const body = Buffer.concat([header, ...contents])
  body.writeBigUInt64LE(BigInt(body.length), 0x28)
  body.writeUInt16LE(64, 0x3a)
  body.writeUInt16LE(4, 0x3c)
  return Buffer.concat([body, sections])
}

/**
 * A library for macOS: a header and one segment.
 * @param {Content} [content]
 */
function machO({ cpu = 'x64', mark = MARK, type = 6 } = {}) {
  const header = Buffer.alloc(32 + 72)
  header.writeUInt32LE(0xfeedfacf, 0)
  header.writeUInt32LE(MACHINES.darwin[cpu], 4)
  header.writeUInt32LE(type, 12)
  header.writeUInt32LE(1, 16)
  header.writeUInt32LE(0x19, 32)
  header.writeUInt32LE(72, 36)
  header.writeBigUInt64LE(BigInt(header.length), 32 + 40)
  header.writeBigUInt64LE(BigInt(mark.length), 32 + 48)
  return Buffer.concat([header, Buffer.from(mark)])
}

/**
 * A library for Windows: a header and one section.
 * @param {Content} [content]
 */
function pe({ cpu = 'x64', mark = MARK, libraries = ['KERNEL32.dll'], type = 0x2022 } = {}) {
  const content = Buffer.from(`${mark}${libraries.join('\0')}\0`)
  const header = Buffer.alloc(0x98 + 40)
  header.write('MZ', 'latin1')
  header.writeUInt32LE(0x80, 0x3c)
  header.write('PE\0\0', 0x80, 'latin1')
  header.writeUInt16LE(MACHINES.win32[cpu], 0x84)
  header.writeUInt16LE(1, 0x86)
  header.writeUInt16LE(type, 0x96)
  header.writeUInt32LE(content.length, 0x98 + 16)
  header.writeUInt32LE(header.length, 0x98 + 20)
  return Buffer.concat([header, content])
}

/** @param {string} platform */
function target(platform) {
  const found = TARGETS.find((candidate) => candidate.platform === platform)
  assert.ok(found)
  return found
}

/** A binary as it should be. @param {import('../../scripts/targets').Target} target */
function good({ os, cpu, libc }) {
  const architecture = /** @type {'x64' | 'arm64'} */ (cpu)
  if (os === 'darwin') return machO({ cpu: architecture })
  if (os === 'win32') return pe({ cpu: architecture })
  return libc === 'musl' ? elf({ cpu: architecture, libraries: ['libc.so'], versions: [] }) : elf({ cpu: architecture })
}

/** What the gate reads of a checkout, with eight binaries that pass. @param {string} folder */
function checkout(folder) {
  for (const name of [
    'package.json',
    'Cargo.toml',
    'npm',
    'crates/tokens/data/README.md',
    'crates/zstd/LICENSE-ZSTD'
  ]) {
    fs.cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true })
  }
  for (const one of TARGETS) fs.writeFileSync(path.join(folder, binaryPath(one.platform)), good(one))
  return folder
}

describe('a binary', () => {
  test('is as it should be', () => {
    for (const one of TARGETS) assert.deepEqual(binaryFaults(good(one), one, version), [], one.platform)
  })

  test('of this checkout is for this platform and says its version', () => {
    const bytes = fs.readFileSync(path.join(ROOT, BINARY))
    const { os, cpu, shared } = readBinary(bytes)
    assert.deepEqual({ os, cpu, shared }, { os: process.platform, cpu: process.arch, shared: true })
    // A build for this machine alone may need its glibc; nothing else may be wrong with it.
    const others = binaryFaults(bytes, target(PLATFORM), version).filter((fault) => !fault.startsWith('needs glibc '))
    assert.deepEqual(others, [])
    assert.ok(binaryFaults(bytes, target(PLATFORM), '99.1.0').includes(`is version ${version}, the package is 99.1.0`))
  })

  test('needs the glibc that readelf says', { skip: process.platform !== 'linux' && 'reads an ELF file' }, (t) => {
    const { stdout, error } = spawnSync('readelf', ['--version-info', '--wide', path.join(ROOT, BINARY)], {
      encoding: 'utf8'
    })
    if (error) return t.skip('readelf is not installed')
    const needs = stdout.slice(stdout.indexOf("'.gnu.version_r'"))
    const expected = [...needs.matchAll(/Name: (\S+)/g)].map(([, name]) => name)
    assert.deepEqual(readBinary(fs.readFileSync(path.join(ROOT, BINARY))).symbolVersions.sort(), expected.sort())
  })

  /** @type {[what: string, platform: string, bytes: Buffer, fault: string][]} */
  const wrong = [
    ['of another architecture', 'linux-x64-gnu', elf({ cpu: 'arm64' }), 'is for linux on arm64, not linux on x64'],
    ['of another architecture', 'darwin-arm64', machO(), 'is for darwin on x64, not darwin on arm64'],
    ['of another architecture', 'win32-arm64-msvc', pe(), 'is for win32 on x64, not win32 on arm64'],
    ['of another system', 'win32-x64-msvc', machO(), 'is for darwin on x64, not win32 on x64'],
    ['that is a program', 'linux-x64-gnu', elf({ type: 2 }), 'is no shared library'],
    ['that is a program', 'darwin-x64', machO({ type: 2 }), 'is no shared library'],
    ['that is a program', 'win32-x64-msvc', pe({ type: 0x22 }), 'is no shared library'],
    [
      'for a newer glibc',
      'linux-x64-gnu',
      elf({ versions: ['GLIBC_2.17', 'GLIBC_2.18'] }),
      'needs glibc 2.18, newer than 2.17'
    ],
    [
      'for a newer glibc',
      'linux-x64-gnu',
      elf({ versions: ['GLIBC_2.9', 'GLIBC_2.100'] }),
      'needs glibc 2.100, newer than 2.17'
    ],
    [
      'for one glibc',
      'linux-x64-gnu',
      elf({ versions: ['GLIBC_2.5', 'GLIBC_PRIVATE'] }),
      'needs glibc PRIVATE, newer than 2.17'
    ],
    [
      'for glibc',
      'linux-arm64-musl',
      elf({ cpu: 'arm64', libraries: ['libc.so'], versions: ['GLIBC_2.17'] }),
      'needs glibc 2.17, and is to run on musl'
    ],
    ['for glibc', 'linux-x64-musl', elf({ versions: [] }), 'needs the library libc.so.6'],
    ['for musl', 'linux-x64-gnu', elf({ libraries: ['libc.so'], versions: [] }), 'needs the library libc.so'],
    [
      "with a path of the builder's",
      'linux-x64-gnu',
      elf({ mark: `${MARK}${path.join(os.homedir(), 'x.rs')}` }),
      `contains the builder's home directory ${os.homedir()}${path.sep}`
    ],
    [
      "with a path of another builder's",
      'win32-x64-msvc',
      pe({ libraries: ['C:\\Users\\someone\\.cargo\\registry\\src\\napi\\lib.rs'] }),
      "contains the builder's folder C:\\Users\\someone\\.cargo\\registry"
    ],
    [
      'with a library',
      'linux-x64-gnu',
      elf({ libraries: ['libc.so.6', 'libssl.so.3'] }),
      'needs the library libssl.so.3'
    ],
    [
      'with the C runtime outside',
      'win32-x64-msvc',
      pe({ libraries: ['VCRUNTIME140.dll'] }),
      'needs the Visual C++ runtime, which not every machine with Node has'
    ],
    [
      'of another version',
      'linux-x64-gnu',
      elf({ mark: 'tenon-native-version=0.0.9;' }),
      `is version 0.0.9, the package is ${version}`
    ],
    [
      'of a version that starts alike',
      'linux-x64-gnu',
      elf({ mark: `tenon-native-version=${version}-beta.1;` }),
      `is version ${version}-beta.1, the package is ${version}`
    ],
    ['of no version', 'linux-x64-gnu', elf({ mark: '' }), 'does not say its version'],
    ['that is empty', 'linux-x64-gnu', Buffer.alloc(0), 'is no ELF, Mach-O or PE file'],
    ['that is text', 'linux-x64-gnu', Buffer.from('MISSING'), 'is no ELF, Mach-O or PE file'],
    [
      'that is MS-DOS',
      'win32-x64-msvc',
      Buffer.concat([Buffer.from('MZ'), Buffer.alloc(100)]),
      'is an MS-DOS file, not a PE file'
    ],
    ['that is cut', 'linux-x64-gnu', elf().subarray(0, 200), `is cut short: 200 of ${elf().length} bytes`],
    ['that is cut', 'darwin-x64', machO().subarray(0, 8), 'is damaged: its headers point outside of it']
  ]
  for (const [what, platform, bytes, fault] of wrong) {
    test(`${what} is refused: ${platform}, ${fault}`, () => {
      assert.deepEqual(binaryFaults(bytes, target(platform), version), [fault])
    })
  }

  test('of this checkout is refused when it is a byte short', () => {
    const bytes = fs.readFileSync(path.join(ROOT, BINARY))
    assert.match(binaryFaults(bytes.subarray(0, -1), target(PLATFORM), version).join(), /^is cut short: /)
  })

  test('cut anywhere is refused, never a crash', () => {
    for (const one of TARGETS) {
      const bytes = good(one)
      for (let length = 0; length < bytes.length; length++) {
        assert.notDeepEqual(binaryFaults(bytes.subarray(0, length), one, version), [], `${one.platform} at ${length}`)
      }
    }
  })
})

describe('the gate', () => {
  test('passes a release that is whole', (t) => {
    assert.deepEqual(faults({ folder: checkout(temporaryFolder(t)) }), [])
  })

  test('names each missing binary', (t) => {
    const folder = checkout(temporaryFolder(t))
    for (const { platform } of TARGETS) fs.rmSync(path.join(folder, binaryPath(platform)))
    assert.deepEqual(
      faults({ folder }),
      TARGETS.map(({ platform }) => `${binaryPath(platform)} is missing`)
    )
    assert.deepEqual(faults({ folder, platforms: ['darwin-x64'] }), [`${binaryPath('darwin-x64')} is missing`])
    assert.deepEqual(faults({ folder, platforms: ['amiga'] }), ["amiga is no platform of package.json's napi.targets"])
  })

  test('names the binary that is wrong', (t) => {
    const folder = checkout(temporaryFolder(t))
    fs.copyFileSync(path.join(folder, binaryPath('linux-x64-gnu')), path.join(folder, binaryPath('linux-arm64-gnu')))
    const file = binaryPath('linux-arm64-gnu')
    assert.deepEqual(faults({ folder }), [`${file} is for linux on x64, not linux on arm64`])
  })

  /** @type {[what: string, file: string, change: (manifest: any) => void, fault: RegExp][]} */
  const disagreements = [
    [
      'another version',
      'npm/darwin-x64/package.json',
      (manifest) => (manifest.version = '9.9.9'),
      /^npm\/darwin-x64\/package\.json disagrees/
    ],
    [
      'engines',
      'npm/darwin-x64/package.json',
      (manifest) => (manifest.engines = { node: '>=20' }),
      /^npm\/darwin-x64\/package\.json disagrees/
    ],
    [
      'another name',
      'npm/win32-x64-msvc/package.json',
      (manifest) => (manifest.name = 'x'),
      /^npm\/win32-x64-msvc\/package\.json disagrees/
    ],
    [
      'another cpu',
      'npm/linux-arm64-gnu/package.json',
      (manifest) => (manifest.cpu = ['x64']),
      /^npm\/linux-arm64-gnu\/package\.json disagrees/
    ],
    [
      'no libc',
      'npm/linux-x64-musl/package.json',
      (manifest) => delete manifest.libc,
      /^npm\/linux-x64-musl\/package\.json disagrees/
    ]
  ]
  for (const [what, file, change, fault] of disagreements) {
    test(`refuses a platform package with ${what}`, (t) => {
      const folder = checkout(temporaryFolder(t))
      const manifest = JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'))
      change(manifest)
      fs.writeFileSync(path.join(folder, file), `${JSON.stringify(manifest, null, 2)}\n`)
      const found = faults({ folder })
      assert.equal(found.length, 1)
      assert.match(found[0], fault)
    })
  }

  test('refuses a root of another version: nothing else is of it', (t) => {
    const folder = checkout(temporaryFolder(t))
    const file = path.join(folder, 'package.json')
    const manifest = JSON.parse(fs.readFileSync(file, 'utf8'))
    fs.writeFileSync(file, `${JSON.stringify({ ...manifest, version: '99.1.0' }, null, 2)}\n`)
    const found = faults({ folder })
    assert.equal(found.filter((fault) => / disagrees: /.test(fault)).length, 8)
    assert.equal(found.filter((fault) => fault.endsWith(`is version ${version}, the package is 99.1.0`)).length, 8)
    assert.ok(found.includes(`Cargo.toml is version ${version}, package.json is version 99.1.0`))
    assert.equal(found.length, 17)
  })

  test('is a command with exit code 1 and a line a fault', (t) => {
    const script = path.join(ROOT, 'scripts', 'gate.js')
    const { status, stderr } = spawnSync(process.execPath, [script, 'amiga', 'atari'], { encoding: 'utf8' })
    t.diagnostic(stderr)
    assert.equal(status, 1)
    assert.ok(stderr.includes("amiga is no platform of package.json's napi.targets\natari is no platform"))
  })
})

describe('the manifests', () => {
  test('of this checkout agree', () => {
    assert.deepEqual(check(), [])
  })

  test('are packed and restored to the byte, as often as one likes', (t) => {
    const folder = checkout(temporaryFolder(t))
    const file = path.join(folder, 'package.json')
    const before = fs.readFileSync(file, 'utf8')
    restore(folder)
    assert.equal(fs.readFileSync(file, 'utf8'), before)
    pack(folder)
    const packed = fs.readFileSync(file, 'utf8')
    assert.equal(Object.keys(JSON.parse(packed).optionalDependencies).length, 8)
    pack(folder)
    assert.equal(fs.readFileSync(file, 'utf8'), packed)
    assert.deepEqual(check(folder), ['package.json names platform packages: node scripts/manifest.js restore'])
    restore(folder)
    restore(folder)
    assert.equal(fs.readFileSync(file, 'utf8'), before)
    assert.deepEqual(
      fs.readdirSync(folder).filter((name) => name.startsWith('package.json')),
      ['package.json']
    )
  })

  test('keep the optional dependencies that are not platform packages', (t) => {
    const folder = checkout(temporaryFolder(t))
    const file = path.join(folder, 'package.json')
    const manifest = { ...JSON.parse(fs.readFileSync(file, 'utf8')), optionalDependencies: { other: '^1.0.0' } }
    const before = `${JSON.stringify(manifest, null, 2)}\n`
    fs.writeFileSync(file, before)
    pack(folder)
    assert.equal(Object.keys(JSON.parse(fs.readFileSync(file, 'utf8')).optionalDependencies).length, 9)
    restore(folder)
    assert.equal(fs.readFileSync(file, 'utf8'), before)
  })

  test('are written for a new version', (t) => {
    const folder = checkout(temporaryFolder(t))
    const file = path.join(folder, 'package.json')
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(`"version": "${version}"`, '"version": "99.1.0"'))
    write(folder)
    assert.deepEqual(check(folder), [`Cargo.toml is version ${version}, package.json is version 99.1.0`])
    fs.mkdirSync(path.join(folder, 'npm', 'amiga'))
    assert.ok(check(folder).includes("npm/amiga is no platform of package.json's napi.targets"))
  })
})

describe('the smoke test', () => {
  /** @param {NodeJS.ProcessEnv} env */
  const smoke = (env) =>
    spawnSync(process.execPath, [path.join(ROOT, 'scripts', 'smoke.js'), path.join(ROOT, BINARY)], {
      env: cleanEnvironment(env),
      encoding: 'utf8'
    })

  test('passes the binary of this checkout', () => {
    const { status, stderr } = smoke({})
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
  })

  test('fails where native has not answered every feature', () => {
    for (const feature of ['diff', 'files', 'ignore', 'log', 'tokens', 'zstd']) {
      const { status, stderr } = smoke({ TENON_FEATURES: `${feature}=fallback` })
      assert.equal(status, 1, feature)
      assert.match(stderr, new RegExp(`native has answered ${feature}`))
    }
  })
})
