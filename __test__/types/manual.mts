// Compiled, never run: the manual means what its readers think it means.

import tenon, { TenonError, configure, context, diff, files, ignore, status, tokens, zstd } from '../../index.mjs'
import type { ErrorCode, Feature, Mode, ShadowReport, Text } from '../../index.mjs'
import required = require('../../index.js')
import tokensAlone = require('../../lib/tokens/index.js')
import filesAlone = require('../../lib/files/index.js')
import ignoreAlone = require('../../lib/ignore/index.js')
import contextAlone = require('../../lib/context/index.js')
import zstdAlone = require('../../lib/zstd/index.js')

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <T extends true>(): T | undefined => undefined

holds<Equal<ReturnType<typeof tokens.count>, number>>()
holds<Equal<ReturnType<typeof tokens.countBatch>, Uint32Array>>()
holds<Equal<ReturnType<typeof tokens.encode>, Uint32Array>>()
holds<Equal<ReturnType<typeof tokens.decode>, string>>()
holds<Equal<ReturnType<typeof tokens.encodings>, tokens.Encoding[]>>()
holds<Equal<ReturnType<typeof tokens.countMessages>, number>>()
holds<Equal<ReturnType<typeof tokens.estimate>, tokens.Estimate>>()
holds<Equal<typeof tokensAlone.count, typeof tokens.count>>()
holds<Equal<typeof filesAlone.list, typeof files.list>>()
holds<Equal<typeof ignoreAlone.openIgnore, typeof ignore.openIgnore>>()
holds<Equal<typeof contextAlone.fit, typeof context.fit>>()
holds<Equal<typeof required.tokens.encode, typeof tenon.tokens.encode>>()
holds<Equal<keyof ReturnType<typeof status>['features'], Feature>>()

const text: Text = new Uint8Array()
tokens.count(text, { encoding: 'cl100k_base' })
tokens.count('a', { model: 'gpt-4o' })
tokens.countBatch(['a', text] as const)
tokens.decode([1, 2])
tokens.decode(new Uint32Array(2))
tokens.register({ name: 'mine', ranks: new Uint8Array(), pattern: 'o200k', special: { '<|end|>': 300 } })
tokens.count('a', { encoding: 'mine' })
// @ts-expect-error: a misspelt option
tokens.count('a', { modell: 'gpt-4o' })
// @ts-expect-error: not a text
tokens.count(7)
// @ts-expect-error: not bytes
tokens.encode(new Uint16Array(1))

tokens.countMessages([{ role: 'system', content: 'a' }], { model: 'gpt-4o' })
tokens.countMessages(
  [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'image_url', image_url: { url: 'b', detail: 'low' } }
      ]
    },
    { role: 'assistant', content: null, tool_calls: [{ type: 'function', function: { name: 'f', arguments: '{}' } }] },
    { role: 'tool', content: 'c' },
    { type: 'function_call_output', output: 'd' }
  ],
  {
    model: 'gpt-4o',
    tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
    toolChoice: 'auto'
  }
)
// @ts-expect-error: the model says which encoding and which overheads
tokens.countMessages([], {})
// @ts-expect-error: a message without a role
tokens.countMessages([{ content: 'a' }], { model: 'gpt-4o' })
// @ts-expect-error: a part without its text
tokens.countMessages([{ role: 'user', content: [{ type: 'text' }] }], { model: 'gpt-4o' })
const { low, high }: { low: number; high: number } = tokens.estimate(text, 'claude-opus-4-7')
interface Note {
  role: 'user' | 'assistant'
  content: string
}
const notes: readonly Note[] = [{ role: 'user', content: 'a' }]
const fitted = context.fit(notes, {
  maxTokens: 100,
  model: 'gpt-4o',
  pinned: (note) => note.role === 'user',
  clear: { keep: 2, excludeTools: ['read'] as const },
  truncate: false
})
holds<Equal<typeof fitted.messages, Note[]>>()
const planned = context.fit(notes, { maxTokens: 100, dryRun: true })
holds<Equal<typeof planned, tenon.context.Plan>>()
// @ts-expect-error: a dry run has no messages
void planned.messages
// @ts-expect-error: the budget is missing
context.fit(notes, {})
// @ts-expect-error: a misspelt option of an option
context.fit(notes, { maxTokens: 100, clear: { keeps: 2 } })
// @ts-expect-error: a shape that is not there
context.fit(notes, { maxTokens: 100, shape: 'gemini' })
holds<Equal<ReturnType<typeof zstd.compress>, Uint8Array>>()
holds<Equal<ReturnType<typeof zstd.decompressBatch>, Uint8Array[]>>()
holds<Equal<typeof zstdAlone.decompress, typeof zstd.decompress>>()
const dictionary: zstd.Dictionary = zstd.createDictionary(zstd.trainDictionary(['a']), 9)
zstd.compress(text, { dictionary, checksum: true, pledgedSize: 3 })
zstd.decompressBatch([new Uint8Array()], { dictionary: new Uint8Array(8), maxOutputBytes: 9 })
zstd.createDecompressStream().on('data', () => dictionary.close())
// @ts-expect-error: frames are bytes
zstd.decompress('text')
// @ts-expect-error: the synchronous twin takes no signal
zstd.compress('a', { signal: AbortSignal.abort() })
// @ts-expect-error: a batch has no one size
zstd.compressBatch(['a'], { pledgedSize: 1 })

holds<Equal<ReturnType<typeof diff.parseConflicts>, diff.MarkedConflict[]>>()
const merged = diff.merge('a', 'b', 'c', { style: 'zdiff3', favor: 'ours', labels: { ours: 'a' }, markerSize: 9 })
holds<Equal<typeof merged, diff.Merged<string>>>()
holds<Equal<(typeof merged.conflicts)[0]['base'], diff.LineRange>>()
const mergedText: string | Buffer = diff.merge(text, 'b', 'c').text
// @ts-expect-error: two bases
diff.merge(['a', 'b'], 'c', 'd')
// @ts-expect-error: a style that is not there
diff.merge('a', 'b', 'c', { style: 'rcs' })
// @ts-expect-error: white space always counts
diff.merge('a', 'b', 'c', { ignoreWhitespace: true })
holds<Equal<ReturnType<typeof diff.similarity>, number>>()
holds<Equal<ReturnType<typeof diff.closest>, diff.Closest[]>>()
const edited = diff.applyEdits('a', [{ oldText: 'a', newText: 'b', all: true }, { lines: ['-a', '+b'] }], {
  fuzzy: false
})
holds<Equal<typeof edited, diff.EditResult<string>>>()
holds<Equal<(typeof edited.edits)[0]['reason'], diff.EditReason | undefined>>()
const editedText: string | Buffer = diff.applyEdits(text, 'answer', { partial: true }).text
const parsedEdits = diff.parseEdits('answer')
holds<Equal<typeof parsedEdits, diff.ParsedEdits<string>>>()
holds<Equal<ReturnType<typeof diff.parseEdits>, diff.ParsedEdits<string> | diff.ParsedEdits<Buffer>>>()
diff.applyEdits('a', parsedEdits.files[0])
const editedFiles = diff.applyEdits(new Map([['a.js', 'a']]), parsedEdits).files
holds<Equal<(typeof editedFiles)[0]['text'], string | null>>()
const editedBytes: string | Buffer | null = diff.applyEdits({ 'a.js': text, 'b.js': null }, parsedEdits).files[0].text
// @ts-expect-error: edits of files have paths
diff.applyEdits({ 'a.js': 'a' }, [{ oldText: 'a', newText: 'b' }])
// @ts-expect-error: no such option
diff.applyEdits('a', 'answer', { strict: true })

const patches = diff.parsePatch('--- a', { strip: 1 })
holds<Equal<typeof patches, diff.FilePatch<string>[]>>()
holds<Equal<(typeof patches)[0]['hunks'][0]['lines'], string[]>>()
const patched = diff.applyPatch('a', 'b', {
  fuzz: 2,
  maxOffset: 9,
  partial: true,
  reverse: 'auto',
  lineEndings: 'exact'
})
holds<Equal<typeof patched, diff.ApplyResult<string>>>()
const patchedText: string | Buffer = diff.applyPatch(text, patches[0]).text
diff.applyPatch('a', { hunks: [{ oldStart: 1, oldLines: 0, newStart: 1, newLines: 1, lines: ['+a'] }] })
holds<Equal<ReturnType<typeof diff.formatPatch>, string | Buffer>>()
const reversedText: string = diff.reversePatch('a')
const reversedFile: diff.FilePatch = diff.reversePatch(patches[0])
// @ts-expect-error: the other way is not a word of its own
diff.applyPatch('a', 'b', { reverse: 'yes' })
// @ts-expect-error: not a list of patches
diff.applyPatch('a', patches)

async function listing(signal: AbortSignal): Promise<string[]> {
  const listed = await files.list('.', { hidden: false, ignore: true, maxFiles: 10, signal })
  const reasons: string[] = listed.skipped.map(({ path, reason }) => `${path}: ${reason}`)
  const truncated: boolean = listed.truncated
  const ignored: number = listed.leftOut.ignored
  // @ts-expect-error: what was skipped is not the caller's to change
  listed.skipped = []
  const below = await files.find('a', { root: '.', hidden: false, limit: 5, signal })
  holds<Equal<typeof below.truncated, boolean>>()
  using paths = files.createPaths(listed)
  const among = await files.find('a', { paths, typos: 1, ignoreCase: 'smart', signal })
  holds<Equal<typeof among, files.FoundPath[]>>()
  holds<Equal<ReturnType<typeof files.findSync>, files.FoundPath[]>>()
  // @ts-expect-error: what is given is not listed
  files.find('a', { paths, hidden: true })
  // @ts-expect-error: either of both
  files.find('a', {})
  const walk = files.walk('.', { stat: true, symlinks: 'follow', batchSize: 10, signal })
  for await (const batch of walk) {
    for (const { path, kind, size } of batch) reasons.push(`${path}: ${kind} ${size?.toFixed() ?? ignored}`)
    // @ts-expect-error: a size may be missing
    holds<Equal<(typeof batch)[0]['size'], number>>()
  }
  holds<Equal<typeof walk.leftOut, Readonly<files.LeftOut>>>()
  holds<Equal<ReturnType<typeof files.pathBytes>, Buffer>>()
  // @ts-expect-error: links are left out, listed or followed
  files.walk('.', { symlinks: true })
  // @ts-expect-error: the synchronous twin takes no signal
  files.listSync('.', { signal })
  return truncated ? reasons : listed
}

const modes: Mode[] = ['auto', 'native', 'fallback', 'shadow']
configure({
  mode: modes[0],
  features: { tokens: 'shadow' },
  onShadow: (report: ShadowReport) => void report.difference
})
configure({ onShadow: undefined })
// @ts-expect-error: a feature that is not there
configure({ features: { token: 'native' } })
// @ts-expect-error: a mode that is not there
configure({ mode: 'fast' })

const error = new TenonError('ERR_IO', 'message', { errno: 'ENOENT', path: 'a', cause: new Error() })
const code: ErrorCode = error.code
const errno: string | undefined = error.errno
// @ts-expect-error: a code that is not there
new TenonError('ERR_WRONG', 'message')

export { code, editedBytes, editedText, errno, high, listing, low, mergedText, patchedText, reversedFile, reversedText }
