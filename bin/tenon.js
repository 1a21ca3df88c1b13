#!/usr/bin/env node
'use strict'

// The command line. Exit codes: 0 done; 1 done, but the answer is not whole or beyond a limit (said on stderr); 2 an error.

const { Command, InvalidArgumentError, Option } = require('commander')
const { version } = require('../package.json')

const MODES = ['auto', 'native', 'fallback', 'shadow']
const FAILED = 2
/** Where a flag or an argument is not called as the option that it sets. @type {Record<string, Record<string, string>>} */
const NAMES = {
  grep: {
    after: '--after-context',
    before: '--before-context',
    globs: '--glob',
    maxPerFile: '--max-count',
    patterns: 'pattern',
    root: 'the working directory',
    types: '--type'
  },
  glob: { ignore: '--exclude' }
}

/** The command that runs. @type {Command | undefined} */
let running

/**
 * The package, loaded late so that a bad TENON_MODE is reported like any other error.
 * @param {Command} command
 */
function load(command) {
  running = command
  const tenon = require('..')
  const { mode } = command.optsWithGlobals()
  if (mode) tenon.configure({ mode })
  return tenon
}

const program = new Command('tenon')
  .description('Native parts of an agent runtime, from the command line')
  .version(version)
  .addOption(new Option('--mode <mode>', 'which engine answers').choices(MODES))
  .showHelpAfterError('(tenon --help shows what there is)')
  .exitOverride()

program
  .command('doctor')
  .description('say which engine serves each feature, and why')
  .option('--json', 'print tenon.status() as JSON')
  .addHelpText('after', '\nExit code 1 means that native is not in use where it could be.')
  .action((options, command) => require('./doctor')(load(command), options))

program
  .command('files')
  .description('list the files under a directory that git would not ignore')
  .argument('[root]', 'the directory', '.')
  .option('--no-hidden', 'leave out names that start with a dot')
  .option('--no-ignore', 'list ignored files too')
  .option('--max-files <count>', 'stop after so many files', wholeNumber)
  .option('--allow-broad-root', "list even a file system's root or the home directory")
  .option('-0, --null', 'end each path with NUL instead of a newline')
  .option('--json', 'print { paths, skipped, leftOut, truncated } as JSON; leftOut says how much was left out')
  .addHelpText(
    'after',
    '\nExit code 1 means that the list is not whole: --max-files cut it short, or something could not be listed. ' +
      'stderr says what, and which nested git repositories were passed over, which git lists neither.'
  )
  .action((root, options, command) => require('./files')(load(command), root, options))

program
  .command('glob')
  .description('find the files whose paths match patterns, without those that git would ignore')
  .argument('<patterns...>', "such as 'src/**/*.{ts,tsx}'; those that start with ! leave out")
  .option('-C, --cwd <directory>', 'where to look', '.')
  .option('--exclude <pattern>', 'leave out what matches, and all below it; may be repeated', repeated, [])
  .option('--no-ignore', 'find ignored files too')
  .option('--dot', 'let wildcards match names that start with a dot')
  .option('--directories', 'find directories instead of files')
  .option('--follow', 'follow links to what lies below the directory')
  .option('-i, --ignore-case', 'let letters match in either case')
  .option('--absolute', 'print absolute paths')
  .option('--max-results <count>', 'stop after so many paths', wholeNumber)
  .option('--max-depth <count>', 'look no deeper than so many names', wholeNumber)
  .option('--allow-broad-root', "search even a file system's root or the home directory")
  .option('-0, --null', 'end each path with NUL instead of a newline')
  .option('--json', 'print { paths, skipped, truncated } as JSON')
  .addHelpText(
    'after',
    '\nExit code 1 means that nothing matches, or that the list is not whole: --max-results cut it short, or something ' +
      'could not be read. stderr says what.'
  )
  .action((patterns, options, command) => require('./glob')(load(command), patterns, options))

program
  .command('find')
  .description('find files by some characters of their paths, as fzf --filter; the best come first')
  .argument(
    '<query>',
    "terms that must all match: abc fuzzily, 'abc within, ^abc at the start, abc$ at the end, !abc not"
  )
  .argument('[root]', 'the directory; . by default')
  .option('--limit <count>', 'find so many at most; 50 by default', wholeNumber)
  .option('--typos <count>', 'how many characters of a term may be missing, at most a third; to 4', naturalNumber, 0)
  .addOption(new Option('-i, --ignore-case', 'let letters match in either case').conflicts('caseSensitive'))
  .option('-s, --case-sensitive', 'let no letter match in the other case; by default only terms with capitals do so')
  .option('--no-hidden', 'leave out names that start with a dot')
  .option('--no-ignore', 'find ignored files too')
  .option('--allow-broad-root', "search even a file system's root or the home directory")
  .option('--stdin', 'search the paths on standard input, one a line, instead of a directory')
  .option('-0, --null', 'end each path with NUL instead of a newline, in and out')
  .option('--json', 'print { found: [{ path, score, indices }], skipped, leftOut, truncated } as JSON')
  .addHelpText(
    'after',
    '\nExit code 1 means that nothing matches, or that not everything was searched; stderr says what.'
  )
  .action((query, root, options, command) => require('./find')(load(command), query, root, options))

program
  .command('ignore')
  .description('say which paths git ignores, and by which rule')
  .argument('[paths...]', 'files and directories; one with a slash at its end is a directory')
  .option('--root <directory>', 'the directory whose rules count, and those above it', '.')
  .option('--explain', 'say of every path what decides it, as git check-ignore -v -n: file, line, pattern')
  .option('--no-tracked', 'ask the rules alone, not the index, by which tracked files are never ignored')
  .option('--stdin', 'read paths from standard input, one a line')
  .option('-0, --null', 'end each path with NUL instead of a newline, in and out')
  .option('--json', 'print { paths, problems } as JSON')
  .addHelpText('after', '\nExit code 1 means that none of the paths is ignored.')
  .action((paths, options, command) => require('./ignore')(load(command), paths, options))

program
  .command('grep')
  .description('search files for a regular expression, without those that git would ignore')
  .argument('<pattern>', 'in the syntax of the Rust crate regex')
  .argument('[paths...]', 'files and directories; the working directory by default')
  .option('-F, --fixed-strings', 'the pattern is plain text')
  .option('-i, --ignore-case', 'letters match in either case')
  .option('-S, --smart-case', 'letters match in either case unless the pattern has an upper case one')
  .option('-w, --word-regexp', 'a match has no word character beside it')
  .option('-U, --multiline', 'a match may reach over the end of a line')
  .option('--multiline-dotall', 'with -U, a dot matches the end of a line')
  .option('-v, --invert-match', 'print the lines that do not match')
  .option('-A, --after-context <lines>', 'lines of context behind each match', naturalNumber)
  .option('-B, --before-context <lines>', 'lines of context in front of each match', naturalNumber)
  .option('-C, --context <lines>', 'both', naturalNumber)
  .option('-g, --glob <pattern>', 'search what matches alone, or with ! what does not; may be repeated', repeated, [])
  .option('-t, --type <name>', 'search files of this type alone, such as rust, ts or py; may be repeated', repeated, [])
  .option('--hidden', 'search names that start with a dot, which is the default', true)
  .option('--no-hidden', 'leave out names that start with a dot')
  .option('--no-ignore', 'search ignored files too')
  .option('-a, --text', 'search binary files too')
  .option('-E, --encoding <label>', 'the encoding of files without a byte order mark')
  .option('-m, --max-count <count>', 'so many matches of each file at most', wholeNumber)
  .option('--max-results <count>', 'so many matches at most', wholeNumber)
  .option('--max-line-length <count>', 'print so much of a line at most; 4096 by default', wholeNumber)
  .option('--time-budget-ms <count>', 'stop after so many milliseconds', wholeNumber)
  .option('--allow-broad-root', "search even a file system's root or the home directory")
  .option('-0, --null', 'end each path with NUL instead of a colon or a dash')
  .option('--json', 'print a line of JSON for each match, and one for the summary')
  .option('--stats', 'say how much was searched, and show some of what was not, and why')
  .addHelpText(
    'after',
    '\nExit code 1 means that nothing matches; stderr says whether something would in files that were left out, and what ' +
      'was not searched.'
  )
  .action((pattern, paths, options, command) => require('./grep')(load(command), pattern, paths, options))

program
  .command('tokens')
  .description('count the tokens of files, of all files under directories, or of standard input')
  .argument('[paths...]', 'files and directories; - is standard input')
  .option('--encoding <name>', 'the encoding: o200k_base (default), o200k_harmony, cl100k_base, p50k_base, …')
  .option('--model <name>', 'the model whose encoding to use')
  .addOption(
    new Option(
      '--estimate <model>',
      'give a range for a model without a public vocabulary, such as claude-opus-4-7'
    ).conflicts(['encoding', 'model', 'truncate', 'messages'])
  )
  .addOption(
    new Option('--messages <file>', 'count a chat request: a JSON array of messages; needs --model').conflicts([
      'encoding',
      'truncate'
    ])
  )
  .option('--tools <file>', 'a JSON array of the tools of that request')
  .option('--limit <count>', 'exit code 1 where there are more tokens in all', wholeNumber)
  .addOption(
    new Option('--truncate <count>', 'print the text, cut to so many tokens, instead of counting')
      .argParser(wholeNumber)
      .conflicts(['limit', 'tools'])
  )
  .option('--json', 'print [{ path, tokens }] as JSON; of --truncate { path, text, tokens, truncated }')
  .addHelpText(
    'after',
    '\nExit code 1 means that something under a directory is not counted, or that there are more tokens than --limit ' +
      '(of an estimate: perhaps); stderr says what.'
  )
  .action((paths, options, command) => require('./tokens')(load(command), paths, options))

program
  .command('diff')
  .description('show how two files differ, as a patch')
  .argument('<before>', 'a file; - is standard input')
  .argument('<after>', 'a file')
  .option('-U, --unified <lines>', 'lines of context; 3 by default', naturalNumber)
  .addOption(
    new Option('--algorithm <name>', 'histogram by default').choices(['histogram', 'myers', 'minimal', 'patience'])
  )
  .option('-w, --ignore-all-space', 'compare lines without their white space')
  .option('-b, --ignore-space-change', 'compare lines as if their runs of white space were single spaces')
  .addOption(
    new Option('--words', 'show the words that differ, in the text').conflicts([
      'unified',
      'ignoreAllSpace',
      'ignoreSpaceChange'
    ])
  )
  .option('--color', 'colours although the output is no terminal')
  .option('--no-color', 'no colours')
  .addHelpText('after', '\nExit code 1 means that the files differ in something that counts.')
  .action((before, after, options, command) => require('./diff')(load(command), before, after, options))

program
  .command('apply')
  .description('apply a patch to the files it names: to all of them, or to none')
  .argument('[patch]', 'a unified patch, of git or another; - is standard input', '-')
  .option('-C, --directory <path>', 'where the files are; nothing outside it is touched', '.')
  .option('-p, --strip <count>', 'leave out so many leading directories of names; 1 by default', naturalNumber, 1)
  .option('-F, --fuzz <lines>', 'how many lines of context may differ at either end; 0 by default', naturalNumber)
  .option('-R, --reverse', 'undo the patch')
  .option('--check', 'write nothing')
  .option('--json', 'print { files, changed } as JSON')
  .action((patch, options, command) => require('./apply')(load(command), patch, options))

program
  .command('edit')
  .description('apply the edits that a model wrote to the files they name: to all of them, or to none')
  .argument('[edits]', 'SEARCH/REPLACE blocks, *** Begin Patch, or a unified diff; - is standard input', '-')
  .option('-C, --directory <path>', 'where the files are; nothing outside it is touched', '.')
  .option('--file <path>', 'the file of edits that name none')
  .option('--no-fuzzy', 'refuse what is found only by likeness')
  .option('--check', 'write nothing')
  .option('--json', 'print { files, changed } as JSON')
  .action((edits, options, command) => require('./edit')(load(command), edits, options))

program
  .command('merge')
  .description('merge what two files made of a third, as git merge-file')
  .argument('<ours>', 'a file; - is standard input')
  .argument('<base>', 'the file that both were made of')
  .argument('<theirs>', 'the other file')
  .addOption(
    new Option('--style <name>', 'how conflicts are written; merge by default').choices([
      'merge',
      'diff3',
      'zdiff3',
      'union'
    ])
  )
  .addOption(new Option('--favor <side>', 'take this side where they conflict').choices(['ours', 'theirs']))
  .option('--write', 'write the result to <ours> instead of standard output')
  .addHelpText('after', '\nExit code 1 means that there are conflicts.')
  .action((ours, base, theirs, options, command) => require('./merge')(load(command), ours, base, theirs, options))

const zstd = program.command('zstd').description('compress, decompress, or train a dictionary')

zstd
  .command('compress')
  .description('write <file>.zst beside each file, or compress standard input to standard output')
  .argument('[files...]', 'files; - is standard input')
  .option('--level <level>', 'from -131072 to 22; 3 by default', integer)
  .option('--long', 'find repetitions in the last 128 MiB')
  .option('--no-check', 'write no checksum')
  .option('-D, --dictionary <file>', 'a dictionary, which decompressing will need')
  .option('-c, --stdout', 'write to standard output')
  .option('-f, --force', 'write over files that exist')
  .action((files, options, command) => require('./zstd').compress(load(command), files, options))

zstd
  .command('decompress')
  .description('write <file> beside each <file>.zst, or decompress standard input to standard output')
  .argument('[files...]', 'files; - is standard input')
  .option('-D, --dictionary <file>', 'the dictionary that compressed')
  .option('--max-output-bytes <count>', 'refuse more content than this', wholeNumber)
  .option('--max-window-log <log>', 'refuse a window of more than 2^<log> bytes; 27 by default', wholeNumber)
  .option('-c, --stdout', 'write to standard output')
  .option('-f, --force', 'write over files that exist')
  .action((files, options, command) => require('./zstd').decompress(load(command), files, options))

zstd
  .command('train')
  .description('train a dictionary from files that are like those to compress')
  .argument('<samples...>', 'files, a sample each')
  .requiredOption('-o, --output <file>', 'where to write it')
  .option('--max-bytes <count>', 'the largest dictionary; 112640 by default', wholeNumber)
  .option('-f, --force', 'write over a file that exists')
  .action((samples, options, command) => require('./zstd').train(load(command), samples, options))

const log = program.command('log').description('read, check and mend event logs')

log
  .command('cat')
  .description('print events, a line of JSON each')
  .argument('<directory>', "the log's directory")
  .option('--stream <name>', 'events of this stream alone')
  .option('--type <name>', 'events of this type alone; may be repeated', repeated, [])
  .option('--from <seq>', 'the first seq', naturalNumber)
  .option('--to <seq>', 'the seq in front of which to end', naturalNumber)
  .option('--reverse', 'from the last to the first')
  .option('--limit <count>', 'so many at most', wholeNumber)
  .action((directory, options, command) => require('./log').cat(load(command), directory, options))

log
  .command('tail')
  .description('print events as they are appended, a line of JSON each, until interrupted')
  .argument('<directory>', "the log's directory")
  .option('--stream <name>', 'events of this stream alone')
  .option('--type <name>', 'events of this type alone; may be repeated', repeated, [])
  .option('--from <seq>', 'the first seq; by default only what comes from now on', naturalNumber)
  .action((directory, options, command) => require('./log').tail(load(command), directory, options))

log
  .command('verify')
  .description('read a whole log and say what is damaged')
  .argument('<directory>', "the log's directory")
  .option('--json', 'print { segments, events, batches, bytes, checkpoints, problems } as JSON')
  .addHelpText('after', '\nExit code 1 means that something is damaged.')
  .action((directory, options, command) => require('./log').verify(load(command), directory, options))

log
  .command('salvage')
  .description('copy what is whole of a damaged log to a new one')
  .argument('<directory>', "the damaged log's directory; it is not changed")
  .argument('<output>', 'a directory that does not exist')
  .option('--json', 'print { events, segments, lost, checkpoints, checkpointsDropped } as JSON')
  .addHelpText('after', '\nExit code 1 means that something was left behind; stderr says what.')
  .action((directory, output, options, command) => require('./log').salvage(load(command), directory, output, options))

log
  .command('import')
  .description('append the lines of a JSONL file')
  .argument('<file>', 'the file')
  .argument('<directory>', "the log's directory; made where there is none")
  .option('--repair', 'go on over lines that are torn, and take what is whole of them')
  .option('--stream <name>', 'the stream of the events')
  .option('--type <name>', 'the type of the events')
  .addOption(
    new Option('--exported', 'the lines are those of tenon log cat, with stream, type and time').conflicts([
      'stream',
      'type'
    ])
  )
  .option('--json', 'print { lines, events, firstSeq, lastSeq, problems } as JSON')
  .addHelpText('after', '\nExit code 1 means that part of a line was dropped; stderr says what.')
  .action((file, directory, options, command) => require('./log').importJsonl(load(command), file, directory, options))
for (const command of [...program.commands, ...zstd.commands]) {
  const name = command.parent === zstd ? `zstd ${command.name()}` : command.name()
  command.showHelpAfterError(`(tenon ${name} --help shows what there is)`)
}

/** @param {string} text @param {string[]} before */
function repeated(text, before) {
  return [...before, text]
}

/** @param {string} text */
function integer(text) {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || text.trim() === '') throw new InvalidArgumentError('It must be a whole number.')
  return number
}

/** @param {string} text */
function naturalNumber(text) {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0 || text.trim() === '') {
    throw new InvalidArgumentError('It must be a whole number from 0.')
  }
  return number
}

/** @param {string} text */
function wholeNumber(text) {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('It must be a whole number from 1.')
  return number
}

/**
 * A message with the flags of the command in place of the options that they set.
 * @param {string} message
 * @param {Command | undefined} command
 */
function inFlags(message, command) {
  if (command === undefined) return message
  return message.replace(/\boptions\.(\w+)( must be true)?/g, (given, /** @type {string} */ name, isSwitch = '') => {
    const flag = command.options.find((option) => option.attributeName() === name)?.long
    const argument = command.registeredArguments.find((argument) => argument.name() === name)?.name()
    const known = NAMES[command.name()]?.[name] ?? flag ?? argument
    return known === undefined ? given : known + (isSwitch && flag ? ' must be given' : isSwitch)
  })
}

process.stderr.on('error', (error) => {
  // Nobody hears it; the answer may still be wanted.
  if (Object(error).code !== 'EPIPE') throw error
})

process.stdout.on('error', (error) => {
  // A reader that has seen enough (| head) is no error; a full disk is.
  if (Object(error).code === 'EPIPE') process.exit(0)
  process.stderr.write(`tenon: cannot write the answer: ${error.message}\n`)
  process.exit(FAILED)
})

program.parseAsync().catch((error) => {
  process.exitCode = error.exitCode === 0 ? 0 : FAILED
  // Commander has already said what was wrong with the arguments.
  if (error.code?.startsWith('commander.')) return
  // Node's own messages begin with their code.
  const code = error.code && !error.message.startsWith(error.code) ? `${error.code}: ` : ''
  process.stderr.write(`tenon: ${code}${inFlags(error.message, running)}\n`)
})
