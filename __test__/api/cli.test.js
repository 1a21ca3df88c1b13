'use strict'

const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, describe, test } = require('node:test')

const BIN = path.join(__dirname, '../../bin/tenon.js')
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-cli-'))
after(() => fs.rmSync(directory, { recursive: true }))
fs.writeFileSync(path.join(directory, 'hello.txt'), 'hello world')
fs.writeFileSync(path.join(directory, '.gitignore'), 'ignored\n')
fs.writeFileSync(path.join(directory, 'ignored'), 'x')

/**
 * @param {string[]} args
 * @param {{ input?: string, env?: NodeJS.ProcessEnv }} [options]
 */
function tenon(args, { input, env } = {}) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [BIN, ...args], {
    cwd: directory,
    encoding: 'utf8',
    input,
    env: { ...process.env, ...env }
  })
  return { stdout, stderr, status }
}

test('files lists what git would not ignore', () => {
  assert.deepEqual(tenon(['files']), { stdout: '.gitignore\nhello.txt\n', stderr: '', status: 0 })
  assert.deepEqual(tenon(['files', directory, '--no-hidden', '-0']), { stdout: 'hello.txt\0', stderr: '', status: 0 })
  assert.deepEqual(tenon(['files', '--no-ignore', '--no-hidden']).stdout, 'hello.txt\nignored\n')
  assert.deepEqual(JSON.parse(tenon(['files', '--json']).stdout), {
    paths: ['.gitignore', 'hello.txt'],
    skipped: [],
    leftOut: { ignored: 1, hidden: 0, symlinks: 0, special: 0, unreadable: 0, nestedRepositories: 0 },
    truncated: false
  })
})

test('files lists a broad root where that is meant', () => {
  const env = { HOME: directory, USERPROFILE: directory }
  const refused = tenon(['files'], { env })
  assert.deepEqual({ stdout: refused.stdout, status: refused.status }, { stdout: '', status: 2 })
  assert.match(refused.stderr, /root "\." is the home directory; --allow-broad-root must be given for it/)
  assert.equal(tenon(['files', '--allow-broad-root'], { env }).stdout, '.gitignore\nhello.txt\n')
})

test('errors name the flags of the command', () => {
  const env = { HOME: directory, USERPROFILE: directory }
  for (const [args, message] of /** @type {[string[], string][]} */ ([
    [['glob', '*', '--cwd', directory], 'the home directory; --allow-broad-root must be given for it'],
    [['find', 'a', directory], 'the home directory; --allow-broad-root must be given for it'],
    [['grep', 'a'], 'the working directory "." is the home directory; --allow-broad-root must be given for it'],
    [['grep', 'a', directory], 'the home directory; --allow-broad-root must be given for it'],
    [['find', 'a', '--limit', '1000001'], '--limit must be an integer from 0 to 1000000'],
    [['grep', 'a', 'b', '-E', 'x'], "--encoding must be 'auto' or"],
    [['grep', 'a', 'b', '-t', 'x'], '--type names an unknown type'],
    [['grep', 'a', 'b', '-B', '10001'], '--before-context must be'],
    [['glob', '*', '--exclude', '../a', '--allow-broad-root'], '--exclude[0] leads out of cwd']
  ])) {
    const { stdout, stderr, status } = tenon(args, { env })
    assert.deepEqual({ stdout, status }, { stdout: '', status: 2 }, args.join(' '))
    assert.ok(stderr.includes(message), stderr)
  }
  for (const args of [
    ['glob', 'h*'],
    ['find', 'hello'],
    ['grep', 'hello', '-m', '1']
  ]) {
    assert.match(tenon([...args, '--allow-broad-root'], { env }).stdout, /^hello\.txt/)
  }
})

test('names that are not UTF-8 are printed as they are', { skip: process.platform !== 'linux' }, () => {
  const name = path.join(directory, 'odd')
  fs.mkdirSync(name)
  fs.writeFileSync(Buffer.concat([Buffer.from(`${name}/a`), Buffer.of(0xff)]), 'hello world')
  const { stdout } = spawnSync(process.execPath, [BIN, 'files', name, '-0'])
  assert.deepEqual(stdout, Buffer.from('a\xff\0', 'latin1'))
  assert.match(tenon(['tokens', name]).stdout, /^2 /)
  const out = (/** @type {string[]} */ args, /** @type {string} */ input = '') => {
    const options = { cwd: name, input: Buffer.from(input, 'latin1') }
    return spawnSync(process.execPath, [BIN, ...args], options).stdout.toString('latin1')
  }
  assert.equal(out(['glob', '*']), 'a\xff\n')
  assert.equal(out(['find', 'a']), 'a\xff\n')
  assert.equal(out(['grep', 'world']), 'a\xff:1:hello world\n')
  assert.equal(out(['grep', 'world', '-0']), 'a\xff\x001:hello world\n')
  fs.writeFileSync(path.join(name, '.gitignore'), Buffer.from('*\xff\n', 'latin1'))
  assert.equal(out(['ignore', '--stdin'], 'a\xff\na\xfe\na\xc3\xbf\n'), 'a\xff\n')
  assert.equal(out(['ignore', '--stdin', '-0'], 'a\xff\0b'), 'a\xff\0')
  assert.equal(out(['ignore', '--stdin', '--explain'], 'a\xff\n'), '.gitignore:1:*\xff\ta\xff\n')
  fs.rmSync(name, { recursive: true })
})

test('names with a newline in them are told of', { skip: process.platform === 'win32' }, () => {
  const name = path.join(directory, 'lines')
  fs.mkdirSync(name)
  fs.writeFileSync(path.join(name, 'a\nb'), '')
  const stderr = 'tenon: 1 path has a newline within; with --null they can be told apart\n'
  for (const args of [
    ['files', name],
    ['glob', 'a*', '-C', name],
    ['find', 'b', name]
  ]) {
    assert.deepEqual(tenon(args), { stdout: 'a\nb\n', stderr, status: 0 })
    assert.deepEqual(tenon([...args, '--null']), { stdout: 'a\nb\0', stderr: '', status: 0 })
  }
  fs.rmSync(name, { recursive: true })
})

test('find finds files by some characters, and among given paths', () => {
  assert.deepEqual(tenon(['find', 'hlo']), { stdout: 'hello.txt\n', stderr: '', status: 0 })
  assert.deepEqual(tenon(['find', 'i', directory, '--no-ignore', '--no-hidden', '-0']).stdout, 'ignored\0')
  assert.deepEqual(tenon(['find', 'none']), { stdout: '', stderr: 'tenon: nothing matches\n', status: 1 })
  assert.deepEqual(JSON.parse(tenon(['find', 'hqlo', '.', '--typos', '1', '--json']).stdout), {
    found: [{ path: 'hello.txt', score: 66, indices: [0, 3, 4] }],
    skipped: [],
    leftOut: { ignored: 1, hidden: 0, symlinks: 0, special: 0, unreadable: 0, nestedRepositories: 0 },
    truncated: false
  })
  const input = 'src/b.js\nsrc/Bar.js\nlib/b.ts\n'
  const among = (/** @type {string[]} */ ...args) => tenon(['find', '--stdin', ...args], { input })
  assert.equal(among('b .js$').stdout, 'src/b.js\nsrc/Bar.js\n')
  assert.equal(among('b', '-s').stdout, 'lib/b.ts\nsrc/b.js\n')
  assert.equal(among('B', '-i', '--limit', '1').stdout, 'lib/b.ts\n')
  assert.deepEqual(JSON.parse(among('^lib', '--json').stdout), {
    found: [{ path: 'lib/b.ts', score: 82, indices: [0, 1, 2] }]
  })
  assert.deepEqual(among('b', '.'), { stdout: '', stderr: 'tenon: with --stdin no directory is searched\n', status: 2 })
  assert.match(among('b', '--typos', '5').stderr, /^tenon: ERR_INVALID_ARG: --typos must be/)
  const bytes = spawnSync(process.execPath, [BIN, 'find', '--stdin', 'a'], { input: Buffer.from('a\xff\n', 'latin1') })
  assert.deepEqual(bytes.stdout, Buffer.from('a\xff\n', 'latin1'))
})

test('a list that was cut short is exit code 1 and said', () => {
  const { stdout, stderr, status } = tenon(['files', '--max-files', '1'])
  assert.deepEqual({ stdout, status }, { stdout: '.gitignore\n', status: 1 })
  assert.match(stderr, /there are more than 1 files/)
})

test('tokens counts files, directories and standard input', () => {
  assert.equal(tenon(['tokens', 'hello.txt']).stdout, '2 hello.txt\n')
  assert.equal(tenon(['tokens', '-'], { input: 'one two three' }).stdout, '3 -\n')
  assert.equal(tenon(['tokens', '--model', 'gpt-4'], { input: 'one two three' }).stdout, '3 -\n')
  assert.match(tenon(['tokens', '.']).stdout, /^2 \.gitignore\n2 hello\.txt\n4 total\n$/)
  assert.deepEqual(JSON.parse(tenon(['tokens', '--json', 'hello.txt']).stdout), [{ path: 'hello.txt', tokens: 2 }])
})

test('zstd compresses, decompresses and trains', () => {
  const native = (/** @type {string[]} */ ...args) => tenon(['--mode', 'native', 'zstd', ...args])
  const done = { stdout: '', stderr: '', status: 0 }
  const file = path.join(directory, 'data.txt')
  fs.writeFileSync(file, 'to and fro; '.repeat(1000))
  assert.deepEqual(native('compress', 'data.txt', '--level', '9'), done)
  assert.ok(fs.statSync(`${file}.zst`).size < 100)
  fs.renameSync(file, `${file}.before`)
  assert.deepEqual(tenon(['zstd', 'decompress', 'data.txt.zst']), done)
  assert.deepEqual(fs.readFileSync(file), fs.readFileSync(`${file}.before`))
  assert.equal(tenon(['zstd', 'decompress', '-c', 'data.txt.zst']).stdout, fs.readFileSync(file, 'utf8'))
  const twice = tenon(['zstd', 'decompress', 'data.txt.zst'])
  assert.deepEqual(
    { status: twice.status, stderr: twice.stderr },
    { status: 2, stderr: 'tenon: data.txt exists; --force writes over it\n' }
  )
  assert.equal(tenon(['zstd', 'decompress', '-f', 'data.txt.zst']).status, 0)
  const bomb = tenon(['zstd', 'decompress', '-f', '--max-output-bytes', '100', 'data.txt.zst'])
  assert.deepEqual(
    { status: bomb.status, stderr: bomb.stderr },
    { status: 2, stderr: 'tenon: ERR_LIMIT: data.txt.zst: there are more than 100 bytes of content\n' }
  )
  assert.match(
    tenon(['zstd', 'decompress'], { input: 'text' }).stderr,
    /^tenon: ERR_CORRUPT: there is no zstd frame at byte 0\n$/
  )
  const samples = Array.from({ length: 300 }, (_, index) => path.join(directory, `sample-${index}`))
  for (const [index, sample] of samples.entries())
    fs.writeFileSync(sample, JSON.stringify({ id: index, kind: 'click', user: index % 7 }))
  assert.deepEqual(native('train', ...samples, '-o', 'dict', '--max-bytes', '1024'), done)
  const again = native('train', ...samples, '-o', 'dict', '--max-bytes', '1024')
  assert.equal(again.stderr, 'tenon: dict exists; --force writes over it\n')
  assert.deepEqual(native('train', ...samples, '-f', '-o', 'dict', '--max-bytes', '1024'), done)
  assert.deepEqual(native('compress', '-D', 'dict', 'sample-7'), done)
  assert.equal(
    tenon(['zstd', 'decompress', '-D', 'dict', '-c', 'sample-7.zst']).stdout,
    fs.readFileSync(samples[7], 'utf8')
  )
  assert.match(
    tenon(['zstd', 'decompress', '-c', 'sample-7.zst']).stderr,
    /^tenon: ERR_INVALID_ARG: .*needs the dictionary with id/
  )
  for (const name of fs.readdirSync(directory).filter((name) => /^(sample|data|dict)/.test(name)))
    fs.rmSync(path.join(directory, name))
})

test('tokens knows every encoding, and ranges for models without one', () => {
  const { tokens } = require('../..')
  fs.writeFileSync(path.join(directory, 'words.txt'), 'naïve façade 12345')
  for (const encoding of tokens.encodings()) {
    const expected = `${tokens.count('naïve façade 12345', { encoding })} words.txt\n`
    assert.deepEqual(tenon(['tokens', '--encoding', encoding, 'words.txt']), {
      stdout: expected,
      stderr: '',
      status: 0
    })
  }
  const range = tokens.estimate('hello world', 'claude-opus-4-7')
  assert.deepEqual(tenon(['tokens', '--estimate', 'claude-opus-4-7', 'hello.txt']), {
    stdout: `${range.tokens} (${range.low} to ${range.high}) hello.txt\n`,
    stderr: '',
    status: 0
  })
  assert.deepEqual(JSON.parse(tenon(['tokens', '--estimate', 'claude-opus-4-7', '--json', 'hello.txt']).stdout), [
    { path: 'hello.txt', ...range }
  ])
  const two = tenon(['tokens', '--estimate', 'gpt-4o', 'hello.txt', 'hello.txt'])
  assert.match(two.stdout, /^2 \(2 to 2\) hello\.txt\n2 \(2 to 2\) hello\.txt\n4 \(4 to 4\) total\n$/)
})

test('tokens counts the messages of a request, with its tools', () => {
  const { tokens } = require('../..')
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello!' }
  ]
  /** @type {import('../..').tokens.ChatTool[]} */
  const tools = [
    { type: 'function', function: { name: 'now', description: 'The time', parameters: { type: 'object' } } }
  ]
  fs.writeFileSync(path.join(directory, 'messages.json'), JSON.stringify(messages))
  fs.writeFileSync(path.join(directory, 'tools.json'), JSON.stringify(tools))
  const given = ['tokens', '--model', 'gpt-4o', '--messages', 'messages.json']
  assert.deepEqual(tenon(given), { stdout: '16 messages.json\n', stderr: '', status: 0 })
  const counted = tokens.countMessages(messages, { model: 'gpt-4o', tools })
  assert.equal(tenon([...given, '--tools', 'tools.json']).stdout, `${counted} messages.json\n`)
  const piped = tenon(['tokens', '--model', 'gpt-4o', '--messages', '-', '--json'], { input: JSON.stringify(messages) })
  assert.deepEqual(JSON.parse(piped.stdout), [{ path: '-', tokens: 16 }])
  const over = tenon([...given, '--limit', '15'])
  assert.deepEqual(over, {
    stdout: '16 messages.json\n',
    stderr: 'tenon: 16 tokens are more than the 15 of --limit\n',
    status: 1
  })
})

test('more tokens than the limit are exit code 1 and said', () => {
  assert.deepEqual(tenon(['tokens', 'hello.txt', '--limit', '2']), { stdout: '2 hello.txt\n', stderr: '', status: 0 })
  const said = (/** @type {string} */ count) => `tenon: ${count} tokens are more than the 1 of --limit\n`
  assert.deepEqual(tenon(['tokens', 'hello.txt', '--limit', '1']), {
    stdout: '2 hello.txt\n',
    stderr: said('2'),
    status: 1
  })
  const both = tenon(['tokens', 'hello.txt', '-', '--limit', '1', '--json'], { input: 'one two three' })
  assert.deepEqual({ status: both.status, stderr: both.stderr }, { status: 1, stderr: said('5') })
  assert.equal(JSON.parse(both.stdout).length, 2)
  // Of a range, the most it may be.
  const { tokens: likely, high } = require('../..').tokens.estimate('hello world', 'claude-latest')
  assert.ok(high > likely)
  assert.equal(tenon(['tokens', '--estimate', 'claude-latest', '--limit', `${high - 1}`, 'hello.txt']).status, 1)
  assert.equal(tenon(['tokens', '--estimate', 'claude-latest', '--limit', `${high}`, 'hello.txt']).status, 0)
})

test('tokens prints a text that was cut', () => {
  const cut = { stdout: 'one two', stderr: '', status: 0 }
  assert.deepEqual(tenon(['tokens', '--truncate', '2'], { input: 'one two three' }), cut)
  assert.equal(tenon(['tokens', '--truncate', '9', 'hello.txt']).stdout, 'hello world')
  assert.equal(tenon(['tokens', '--truncate', '1', '--model', 'gpt-4', 'hello.txt']).stdout, 'hello')
  assert.deepEqual(JSON.parse(tenon(['tokens', '--truncate', '1', '--json', 'hello.txt']).stdout), {
    path: 'hello.txt',
    text: 'hello',
    tokens: 1,
    truncated: true
  })
})

test('doctor says which engine serves, in words and as JSON', () => {
  const status = JSON.parse(tenon(['doctor', '--json'], { env: { TENON_MODE: 'auto', TENON_NATIVE_PATH: '' } }).stdout)
  assert.equal(status.native.loaded, true)
  const missing = tenon(['doctor'], {
    env: { TENON_MODE: 'auto', TENON_NATIVE_PATH: path.join(directory, 'none.node') }
  })
  assert.equal(missing.status, 1)
  assert.match(missing.stdout, /native: not loaded\. missing: TENON_NATIVE_PATH names/)
  assert.match(missing.stdout, /tokens +fallback +mode auto: missing/)
  const chosen = tenon(['--mode', 'fallback', 'doctor'])
  assert.equal(chosen.status, 0)
  assert.match(chosen.stdout, /tokens +fallback +mode fallback/)
})

test('errors are one line on stderr and exit code 2', () => {
  fs.writeFileSync(path.join(directory, 'number.json'), '7')
  for (const [args, message] of /** @type {[string[], RegExp][]} */ ([
    [['files', 'none'], /^tenon: ERR_IO: cannot read directory 'none': ENOENT\n$/],
    [['tokens', 'none'], /^tenon: ENOENT: .*none/],
    [['tokens', '--model', 'claude', 'hello.txt'], /^tenon: ERR_UNSUPPORTED: /],
    [['tokens', '--encoding', 'x', 'hello.txt'], /^tenon: ERR_INVALID_ARG: /],
    [['tokens', '--encoding', 'gpt2', '--model', 'gpt-4', 'hello.txt'], /^tenon: ERR_INVALID_ARG: give either/],
    [['tokens', '--estimate', 'llama-3', 'hello.txt'], /^tenon: ERR_UNSUPPORTED: /],
    [
      ['tokens', '--estimate', 'claude-opus-4-7', '--model', 'gpt-4o', 'hello.txt'],
      /cannot be used with option '--model/
    ],
    [['tokens', '--limit', 'many', 'hello.txt'], /must be a whole number from 1/],
    [['tokens', '--truncate', '0', 'hello.txt'], /must be a whole number from 1/],
    [['tokens', '--truncate', '1', '--limit', '1', 'hello.txt'], /cannot be used with option '--limit/],
    [['tokens', '--truncate', '1', 'hello.txt', 'hello.txt'], /^tenon: --truncate cuts one text/],
    [['tokens', '--truncate', '1', directory], /^tenon: EISDIR/],
    [['tokens', '--messages', 'hello.txt'], /^tenon: --messages needs --model/],
    [['tokens', '--messages', 'hello.txt', '--model', 'gpt-4o'], /^tenon: hello\.txt is not JSON: /],
    [['tokens', '--messages', 'none.json', '--model', 'gpt-4o'], /^tenon: ENOENT: /],
    [['tokens', '--messages', 'x', '--model', 'gpt-4o', 'hello.txt'], /^tenon: --messages names the file itself/],
    [['tokens', '--messages', 'number.json', '--model', 'gpt-4o'], /^tenon: ERR_INVALID_ARG: messages must be/],
    [['tokens', '--tools', 'x', 'hello.txt'], /^tenon: --tools are those of --messages/],
    [['files', '--max-files', 'many'], /must be a whole number from 1/],
    [['files', '--wrong'], /unknown option '--wrong'/],
    [['wrong'], /unknown command 'wrong'/],
    [['--mode', 'fast', 'files'], /Allowed choices are auto, native, fallback, shadow/]
  ])) {
    const { stdout, stderr, status } = tenon(args)
    assert.deepEqual({ stdout, status }, { stdout: '', status: 2 }, args.join(' '))
    assert.match(stderr, message)
  }
  const wrongMode = tenon(['files'], { env: { TENON_MODE: 'fast' } })
  assert.equal(wrongMode.status, 2)
  assert.match(wrongMode.stderr, /^tenon: ERR_INVALID_ARG: TENON_MODE must be one of/)
})

test('help and version are exit code 0', () => {
  assert.match(tenon(['--help']).stdout, /^Usage: tenon/)
  assert.match(tenon(['files', '--help']).stdout, /--max-files <count>/)
  const { stdout, status } = tenon(['--version'])
  assert.deepEqual({ stdout, status }, { stdout: `${require('../../package.json').version}\n`, status: 0 })
})

test('a reader that has seen enough is no error', async () => {
  const many = path.join(directory, 'many')
  fs.mkdirSync(many)
  // More than a pipe holds, so that the command still writes when nobody reads any more.
  for (let at = 0; at < 2000; at++) fs.writeFileSync(path.join(many, `${at}-${'n'.repeat(150)}`), 'hi\n')
  for (const args of [
    ['files', many],
    ['glob', '*', '-C', many],
    ['find', 'n', many, '--limit', '5000'],
    ['grep', 'hi', many],
    ['ignore', '--json', ...fs.readdirSync(many)]
  ]) {
    const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
    child.stdout.once('data', () => child.stdout.destroy())
    const [status] = await once(child, 'close')
    assert.deepEqual({ args, status, stderr }, { args, status: 0, stderr: '' })
  }
  // Nor is one that hears no messages.
  const deaf = spawn(process.execPath, [BIN, 'files', 'none'], { stdio: ['ignore', 'pipe', 'pipe'] })
  deaf.stderr.destroy()
  assert.deepEqual(await once(deaf, 'close'), [2, null])
  fs.rmSync(many, { recursive: true })
})

describe('what is missing is said on stderr', () => {
  /** A repository. @param {string} name @param {Record<string, string>} files */
  function repository(name, files) {
    const folder = path.join(directory, name)
    for (const inner of ['objects', 'refs']) fs.mkdirSync(path.join(folder, '.git', inner), { recursive: true })
    fs.writeFileSync(path.join(folder, '.git', 'HEAD'), 'ref: refs/heads/main\n')
    for (const [file, content] of Object.entries(files)) fs.writeFileSync(path.join(folder, file), content)
    return name
  }

  test('and is exit code 1 where the answer is not whole', () => {
    const name = repository('corrupt', { '.git/index': 'not an index', a: 'hello world' })
    const files = tenon(['files', name])
    assert.deepEqual({ stdout: files.stdout, status: files.status }, { stdout: 'a\n', status: 1 })
    assert.match(files.stderr, /^tenon: skipped \.git\/index: /)
    const json = tenon(['files', name, '--json'])
    assert.deepEqual({ stderr: json.stderr, status: json.status }, { stderr: files.stderr, status: 1 })
    assert.equal(JSON.parse(json.stdout).skipped.length, 1)
    const tokens = tenon(['tokens', name])
    assert.deepEqual({ stderr: tokens.stderr, status: tokens.status }, { stderr: files.stderr, status: 1 })
    assert.equal(tokens.stdout, `2 ${path.join(name, 'a')}\n`)
  })

  test('a nested repository is passed over as git does it, and the answer is whole', () => {
    const name = repository('outer', { a: 'hello world' })
    repository(path.join(name, 'inner'), {})
    const stderr = 'tenon: skipped inner: nested git repository\n'
    assert.deepEqual(tenon(['files', name]), { stdout: 'a\n', stderr, status: 0 })
    assert.deepEqual(tenon(['tokens', name]), { stdout: `2 ${path.join(name, 'a')}\n`, stderr, status: 0 })
  })

  const sparse = { skip: process.platform !== 'linux' && 'a file this large takes room' }
  test('a file that cannot be counted stops no other', sparse, () => {
    const name = repository('large', { a: 'hello world', b: '' })
    fs.truncateSync(path.join(directory, name, 'b'), 3 * 2 ** 30)
    const large = path.join(name, 'b')
    const { stdout, stderr, status } = tenon(['tokens', name])
    assert.deepEqual({ stdout, status }, { stdout: `2 ${path.join(name, 'a')}\n`, status: 1 })
    assert.equal(stderr, `tenon: skipped ${large}: ERR_FS_FILE_TOO_LARGE\n`)
    assert.equal(tenon(['tokens', large]).status, 2)
  })
})
