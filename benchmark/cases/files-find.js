'use strict'

const { hash } = require('../answer')
const { generator } = require('../corpus')

/** @typedef {import('.').Case} Case */

/** About as many as Linux has. */
const TREE_PATHS = 86_000
/** Characters that most paths do not have, and many have in this order. */
const COMMON_QUERY = 'dcore'
/** Fewer than fifty paths have it: the rival, whose scores are others, finds the same. */
const RARE_QUERY = 'zramfcmdq'

const FOLDERS = ['drivers', 'net', 'arch', 'sound', 'include', 'fs', 'Documentation', 'tools', 'kernel', 'lib', 'mm']
const WORDS = [
  ...[
    'ethernet',
    'wireless',
    'usb',
    'gpu',
    'x86',
    'arm64',
    'core',
    'main',
    'amd',
    'intel',
    'mlx5',
    'pci',
    'dma',
    'vfs'
  ],
  ...['ext4', 'crypto', 'sched', 'irq', 'clk', 'regulator', 'hwmon', 'media', 'video', 'codec', 'soc', 'power', 'bpf'],
  ...['zram', 'vdpa', 'fc', 'mdq', 'Kbuild', 'test', 'trace', 'perf', 'uapi', 'asm', 'linux', 'tcp', 'ipv6', 'bridge']
]
const ENDS = ['.c', '.c', '.c', '.h', '.h', '.rst', '.S', '.yaml', '.dts', '']

/** Paths as a large C project has them: the same for every engine and on every machine. @param {number} count */
function syntheticPaths(count) {
  const random = generator(0xf1d)
  /** @param {readonly string[]} from */
  const pick = (from) => from[random() % from.length]
  return Array.from({ length: count }, () => {
    const folders = Array.from({ length: 1 + (random() % 4) }, () => `${pick(WORDS)}/`).join('')
    return `${pick(FOLDERS)}/${folders}${pick(WORDS)}${pick(['_', '-', ''])}${pick(WORDS)}${random() % 100}${pick(ENDS)}`
  })
}

/**
 * @param {'find' | 'findPrepared'} method
 * @param {number} count
 * @param {string} query
 * @param {number} [atMostSeconds] what is promised for native
 * @returns {Case}
 */
function finding(method, count, query, atMostSeconds) {
  const isRare = query === RARE_QUERY
  const where = method === 'find' ? 'an array' : 'a path set'
  const engines = ['tenon-native', 'tenon-fallback', ...(isRare ? ['fzf'] : [])]
  return {
    name: `${isRare ? 'a rare' : 'a common'} query in ${where} of ${count} paths`,
    feature: 'files',
    unit: 'paths',
    engines,
    inputs: () => [syntheticPaths(count)],
    work: (paths) => paths.length,
    run: (engine, paths) => engine[method](paths, query),
    digest: (/** @type {{ path: string }[]} */ found) => {
      const paths = found.map(({ path }) => path)
      return hash((isRare ? paths.sort() : paths).join('\0'))
    },
    ...(atMostSeconds && {
      targets: [
        {
          says: `native in at most ${atMostSeconds * 1000} ms`,
          kind: /** @type {const} */ ('time'),
          value: (/** @type {(engine: string) => number} */ median) => median('tenon-native'),
          atMost: atMostSeconds
        }
      ]
    })
  }
}

/** @type {readonly Case[]} */
module.exports = [
  finding('find', TREE_PATHS, COMMON_QUERY, 0.01),
  finding('findPrepared', TREE_PATHS, COMMON_QUERY, 0.01),
  finding('findPrepared', 1_000_000, COMMON_QUERY, 0.06),
  finding('find', TREE_PATHS, RARE_QUERY),
  finding('findPrepared', TREE_PATHS, RARE_QUERY)
]
