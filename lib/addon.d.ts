// The functions of the addon, written by `npm run build`. Internal: the manual is index.d.ts.

/** Carries an `AbortSignal` to a running work. */
export declare class Cancellation {
  /** A flag that is not raised. */
  constructor()
  /** Makes the work end with an error as soon as it looks. */
  cancel(): void
}

/**
 * A text whose changes are larger than they could be. Others come without an object around them, which takes a quarter of
 * the time of a small call.
 */
export interface CoarseText {
  /** Of the kind of the texts that were given. */
  text: string | Uint8Array
}

/** What came of a patch. */
export interface DiffApplied {
  /** Of the kind of the texts that were given; missing where a hunk has no place. */
  text?: string | Uint8Array
  /** The rest as JSON: an object. */
  report: string
}

/** A text with its edits. */
export interface DiffEdited {
  /** Of the kind of the texts that were given; none where an edit is refused. */
  text?: string | Uint8Array | undefined
  /** JSON: an array of reports, one for each edit. */
  edits: string
}

/** A merged text. */
export interface DiffMerge {
  /** Of the kind of the texts that were given. */
  text: string | Uint8Array
  /** Whether no conflict is left. */
  clean: boolean
  /** Whether the steps were used up. */
  coarse: boolean
  /**
  * Eight numbers a conflict: its first and its last line, and for ours, the base and theirs the first line and how
  * many there are.
  */
  conflicts: Uint32Array
}

/** Some entries, and what was left out. */
export interface FilesBatch {
  /** The paths, joined by NUL. */
  paths: string
  /** A letter for each: `f`, `d`, `l` or `o`. None at the end of the walk. */
  kinds: string
  /** Size and time of each, NaN where they are not known; empty where they were not asked for. */
  stats: Float64Array
  /** Path and reason in turn, joined by NUL, of what was skipped since the last batch. */
  skipped: string
  /** How many were left out so far, as in `FilesListing`. */
  leftOut: Array<number>
}

/** Every option, with its default filled in. */
export interface FilesFindOptions {
  /** The most paths to return. */
  limit: number
  /** How many characters of a term may be missing. */
  typos: number
  /** 0 smart, 1 ignore, 2 respect. */
  letterCase: number
}

/** What was found under a root. */
export interface FilesFoundBelow {
  /** For each path its score, how many positions follow, these, how many code units follow, and these: the path. */
  found: Uint32Array
  /** Path and reason in turn, joined by NUL. */
  skipped: string
  /** How many were left out, as in `FilesListing`. */
  leftOut: Array<number>
  /** Whether there were more files than could be listed. */
  truncated: boolean
}

/** Every option, with its default filled in. */
export interface FilesGlobOptions {
  /** Whether wildcards match names that start with a dot. */
  dot: boolean
  /** Whether the case of ASCII letters counts. */
  caseSensitive: boolean
  /** Whether ignore rules apply. */
  ignore: boolean
  /** Whether files are taken. */
  files: boolean
  /** Whether folders are taken. */
  folders: boolean
  /** Whether links stand for what they lead to. */
  followSymlinks: boolean
  /** The most paths to return. */
  maxResults: number
  /** The most names in a path. */
  maxDepth: number
  /** What git reads from the process environment. */
  environment: GitEnvironment
}

/** A search that goes on step by step. */
export declare class FilesGrep {
  /**
  * `globs` and `kinds`: patterns of which a path must match
  * one each. `names` and `texts`: the buffers that stand for files. Lists are packed by NUL, but for the texts.
  */
  constructor(root: string | Uint8Array, options: FilesGrepOptions, places: string | Uint8Array, globs: string | Uint8Array, kinds: string | Uint8Array, names: string | Uint8Array, texts: Array<string | Uint8Array>)
  /** Searches on: until about so many matches are found, or so long; without these, to the end. */
  next(matches: number | undefined | null, timeMs: number | undefined | null, cancellation: Cancellation): Promise<FilesGrepBatch>
  /** Gives the memory back; a second call does nothing. */
  close(): void
}

/** What one step found. */
export interface FilesGrepBatch {
  /** The paths of the files that match, joined by NUL. */
  paths: string
  /** The matches of each file. */
  counts: Uint32Array
  /** What cuts the text: see `Found` in crates/files. */
  numbers: Uint32Array
  /** The texts, one behind the other. */
  text: string
  /** So far: the files searched, those that match, and the matches. */
  totals: Array<number>
  /** `maxResults`, `timeBudget`, `resultSize`, or nothing. */
  truncated?: string
  /** How many were skipped, in the order of `SkipKind`; at the end. */
  skipped: Array<number>
  /** Path, kind, detail, and of a rule its file, line and pattern in turn, joined by NUL. */
  samples: string
  /** Of what was left out, the ignored files that match, the hidden ones, and 1 where all were looked at; or nothing. */
  matching: Array<number>
  /** `regex` or `fancy-regex`. */
  engine: string
  /** Whether this was the last step. */
  done: boolean
}

/** Every option, with its default filled in; what is infinite is not there. */
export interface FilesGrepOptions {
  /** The alternatives. */
  patterns: Array<string>
  /** They are plain text. */
  fixed: boolean
  /** `sensitive`, `insensitive` or `smart`. */
  letterCase: string
  /** A match begins and ends where a word may. */
  word: boolean
  /** A match may reach over the end of a line. */
  multiline: boolean
  /** `.` matches the end of a line too. */
  dotAll: boolean
  /** A CR before a LF belongs to the end of the line. */
  crlf: boolean
  /** The lines that do not match instead. */
  invert: boolean
  /** Lines of context in front. */
  before: number
  /** Lines of context behind. */
  after: number
  /** Whether hidden names count. */
  hidden: boolean
  /** Whether ignored files are searched. */
  ignored: boolean
  /** The encoding of files without a byte order mark. */
  encoding?: string
  /** Whether files with a NUL in them are searched. */
  binary: boolean
  /** The most matches. */
  maxResults?: number
  /** The most matches of a file. */
  maxPerFile?: number
  /** The size of the largest file. */
  maxFileBytes: number
  /** The longest line that is given whole. */
  maxLineLength?: number
  /** The most text that is given. */
  maxTextLength?: number
  /** How long to search. */
  timeBudgetMs?: number
  /** What git reads from the process environment. */
  environment: GitEnvironment
}

/** Every option, with its default filled in. */
export interface FilesListOptions {
  /** Whether names that start with `.` count. */
  hidden: boolean
  /** Whether ignore rules apply. */
  ignore: boolean
  /** The most files to return. */
  maxFiles: number
  /** What git reads from the process environment. */
  environment: GitEnvironment
}

/** The files of a root. */
export interface FilesListing {
  /** The paths, joined by NUL. */
  paths: string
  /** The number of paths: no paths and one empty path would pack alike. */
  count: number
  /** Path and reason in turn, joined by NUL. */
  skipped: string
  /** How many were left out: ignored, hidden, links, special, unreadable, nested repositories. */
  leftOut: Array<number>
  /** Whether `max_files` cut the list short. */
  truncated: boolean
}

/** How patterns are read. */
export interface FilesMatchOptions {
  /** Whether wildcards match names that start with a dot. */
  dot: boolean
  /** Whether the case of ASCII letters counts. */
  caseSensitive: boolean
}

/** Paths that many searches share. */
export declare class FilesPathSet {
  /** Takes in `count` paths, joined by NUL: a string, or UTF-16 in bytes where surrogates stand alone. */
  constructor(packed: string | Uint8Array, count: number)
  /** Gives the memory back; a second call does nothing. */
  close(): void
}

/** A walk that goes on where it stopped. */
export declare class FilesWalk {
  /** A walk of `root`, which is looked at by the first `next`. */
  constructor(root: string | Uint8Array, options: FilesWalkOptions)
  /** At most so many entries, on the thread pool; none at the end. */
  next(most: number, cancellation: Cancellation): Promise<FilesBatch>
  /** Frees what the walk holds; a batch on its way does so at its end. */
  close(): void
}

/** Every option, with its default filled in. */
export interface FilesWalkOptions {
  /** Whether names that start with `.` count. */
  hidden: boolean
  /** Whether ignore rules apply. */
  ignore: boolean
  /** Whether directories are entries. */
  directories: boolean
  /** What becomes of links: 0 they are left out, 1 they are entries, 2 they are followed. */
  symlinks: number
  /** Whether FIFOs, sockets and devices are entries. */
  special: boolean
  /** Whether to ask for sizes and times. */
  stat: boolean
  /** What git reads from the process environment. */
  environment: GitEnvironment
}

/** Environment variables; undefined means unset. */
export interface GitEnvironment {
  /** `HOME` */
  home?: string
  /** `XDG_CONFIG_HOME` */
  xdgConfigHome?: string
  /** `GIT_CONFIG_GLOBAL` */
  gitConfigGlobal?: string
  /** `GIT_CONFIG_SYSTEM` */
  gitConfigSystem?: string
  /** `GIT_CONFIG_NOSYSTEM` */
  gitConfigNosystem?: string
  /** `GIT_CONFIG_KEY_n` and `GIT_CONFIG_VALUE_n` in turn */
  gitConfigParameters?: Array<string>
}

/** Why a path is ignored or not. */
export interface IgnoreExplanation {
  /** Whether it is ignored. */
  ignored: boolean
  /** Whether it is tracked. */
  tracked: boolean
  /** The line of the rule; 0 where no rule decides. */
  line: number
  /** Whether the rule starts with `!`. */
  negated: boolean
  /** The rule's file and pattern. */
  text: Uint8Array
}

/** Every option, with its default filled in. */
export interface IgnoreTreeOptions {
  /** Whether tracked paths are never ignored. */
  tracked: boolean
  /** Whether the configuration of the user and the system counts. */
  global: boolean
  /** Whether letters match in either case; undefined is what git's configuration says. */
  ignoreCase?: boolean
  /** What git reads from the process environment. */
  environment: GitEnvironment
}

/** A checkpoint, by its header. */
export interface LogCheckpoint {
  /** Its name. */
  name: string
  /** The first event it does not cover. */
  seq: number
  /** Milliseconds since 1970. */
  timeMs: number
  /** 0 bytes, 2 JSON. */
  kind: number
  /** Of the state. */
  bytes: number
  /** Of the file. */
  storedBytes: number
  /** The base's seq, or -1. */
  baseSeq: number
  /** What is wrong with it. */
  fault: string | null
}

/** How to write a checkpoint. */
export interface LogCheckpointSettings {
  /** By zstd. */
  compress: boolean
  /** Its level. */
  level: number
  /** The base's seq, or -1. */
  baseSeq: number
  /** Milliseconds since 1970. */
  timeMs: number
  /** Whether to sync. */
  disk: boolean
}

/** A reading that goes on step by step. */
export declare class LogCursor {
  /** The next events; nothing at the end as it is now. */
  next(maxEvents: number, maxBytes: number, cancellation: Cancellation): Promise<LogPacket | null>
  /** Gives the memory back; a second call does nothing. */
  close(): void
}

/** Where a log stands. */
export interface LogInfo {
  /** The first event's seq. */
  firstSeq: number
  /** The next event's. */
  nextSeq: number
  /** All below were synced. */
  durableSeq: number
  /** The log's id in hexadecimal digits. */
  id: string
  /** What ended writing. */
  poisoned: string | null
}

/** What was left behind. */
export interface LogLost {
  /** The file's name. */
  file: string
  /** Where. */
  offsetBytes: number
  /** How much. */
  lostBytes: number
  /** The seq before. */
  afterSeq: number | null
  /** The seq behind. */
  beforeSeq: number | null
  /** Why. */
  reason: string
}

/** How to open a log. */
export interface LogOptions {
  /** How long a segment becomes. */
  segmentBytes: number
  /** For reading alone. */
  readOnly: boolean
  /** Where there is none, make one. */
  create: boolean
  /** zstd's level, or 0. */
  level: number
}

/** Events of one reading. */
export interface LogPacket {
  /** The data, one after the other. */
  bytes: Uint8Array
  /** Six numbers an event: see lib/log/store.d.ts. */
  meta: Float64Array
  /** Names of streams and types. */
  names: Array<string>
}

/** Something damaged. */
export interface LogProblem {
  /** The file's name. */
  file: string
  /** Where. */
  offsetBytes: number
  /** What is wrong. */
  reason: string
  /** The last good seq before, or -1. */
  lastGoodSeq: number
  /** The next good one behind. */
  nextGoodSeq: number | null
}

/** What pruning removed. */
export interface LogPruneReport {
  /** The first seq now. */
  firstSeq: number
  /** How many segments. */
  segmentsRemoved: number
  /** How many events. */
  eventsRemoved: number
  /** How many bytes. */
  bytesRemoved: number
  /** How many checkpoints. */
  checkpointsRemoved: number
  /** The checkpoint that held more. */
  heldBy: string | null
}

/** What opening cut off. */
export interface LogRecovery {
  /** The segment's name. */
  segment: string
  /** Where it was cut. */
  offsetBytes: number
  /** How much of it. */
  lostBytes: number
  /** Where that is now. */
  lostFile: string
  /** How many whole records were behind the torn one. */
  laterRecords: number
  /** The next event's seq. */
  nextSeq: number
}

/** What salvaging copied. */
export interface LogSalvageReport {
  /** How many events. */
  events: number
  /** How many segments were read. */
  segments: number
  /** What was left behind. */
  lost: Array<LogLost>
  /** How many checkpoints. */
  checkpoints: number
  /** How many were left behind. */
  checkpointsDropped: number
}

/** A state. */
export interface LogState {
  /** Its bytes. */
  bytes: Uint8Array
  /** 0 bytes, 2 JSON. */
  kind: number
  /** Milliseconds since 1970. */
  timeMs: number
}

/** How large a log is. */
export interface LogStats {
  /** How many segments. */
  segments: number
  /** The bytes of segments and checkpoints. */
  bytes: number
  /** How many streams. */
  streams: number
  /** How many checkpoints. */
  checkpoints: number
}

/** An open log. */
export declare class LogStore {
  /** What opening cut off. */
  recovery(): LogRecovery | null
  /** Where the log stands. */
  info(): LogInfo
  /** Appends batches. The bytes must not change until the promise is settled. */
  commit(bytes: Uint8Array, meta: Float64Array, durability: number): Promise<Float64Array>
  /** Syncs what was appended. */
  flush(): Promise<void>
  /** Looks at what another process has done. */
  refresh(): Promise<void>
  /** A reading; an infinite `to` goes on with the log. */
  cursor(from: number, to: number, reverse: boolean, stream: string | null, types: Array<string> | null, limit: number): LogCursor
  /** Writes a checkpoint; how many bytes its file has. The bytes must not change until the promise is settled. */
  writeCheckpoint(name: string, seq: number, kind: number, bytes: Uint8Array, settings: LogCheckpointSettings): Promise<number>
  /** The checkpoints of a name, or all. */
  checkpoints(name: string | null): Promise<Array<LogCheckpoint>>
  /** A checkpoint's state. */
  readCheckpoint(name: string, seq: number): Promise<LogState>
  /** Removes events below `before` and all but so many checkpoints of a name; -1 keeps all. */
  prune(before: number, keepCheckpoints: number): Promise<LogPruneReport>
  /** A new log with the events below `at_seq`; how many. */
  fork(newDirectory: string, atSeq: number, cancellation: Cancellation): Promise<number>
  /** Reads everything. */
  verify(cancellation: Cancellation): Promise<LogVerifyReport>
  /** How large the log is. */
  stats(): Promise<LogStats>
  /** Syncs, and lets the next writer in. */
  close(): Promise<void>
}

/** What a whole reading found. */
export interface LogVerifyReport {
  /** How many segments. */
  segments: number
  /** How many events. */
  events: number
  /** How many batches. */
  batches: number
  /** How many bytes. */
  bytes: number
  /** How many checkpoints. */
  checkpoints: number
  /** What is damaged. */
  problems: Array<LogProblem>
}

/** The rules of one file. */
export declare class NativeIgnoreFile {
  /** The rules in a text, of a file that lies in `base`. */
  constructor(text: string | Uint8Array, base: string | Uint8Array, ignoreCase: boolean)
  /** Whether a path is ignored. */
  ignores(path: string | Uint8Array, isDirectory: number): boolean
  /** Why a path is ignored or not; null outside of the file's folder. */
  explain(path: string | Uint8Array, isDirectory: number): IgnoreExplanation | null
  /** Whether git would not look into a directory. */
  canPrune(path: string | Uint8Array): boolean
  /** A byte for each path: 1 where it is ignored. */
  check(paths: string | Uint8Array, count: number): Uint8Array
  /** Gives the memory back; a second call does nothing. */
  close(): void
}

/** A tree and its rules. */
export declare class NativeIgnoreTree {
  /** Opens the tree at `root`; `extra` is further patterns, so many as `extra_count` says. */
  constructor(root: string | Uint8Array, extra: string | Uint8Array, extraCount: number, options: IgnoreTreeOptions)
  /** The root, links followed. */
  root(): Uint8Array
  /** Whether a path is ignored. */
  ignores(path: string | Uint8Array, isDirectory: number): boolean
  /** Why a path is ignored or not; null inside of a nested repository. */
  explain(path: string | Uint8Array, isDirectory: number): IgnoreExplanation | null
  /** Whether git would not look into a directory. */
  canPrune(path: string | Uint8Array): boolean
  /** A byte for each path: 1 where it is ignored. */
  check(paths: string | Uint8Array, count: number): Uint8Array
  /** Forgets what the paths change, or all where none are given. */
  reload(paths: string | Uint8Array | undefined, count: number): void
  /** File and reason in turn of what could not be used. */
  problems(): Uint8Array
  /** Gives the memory back; a second call does nothing. */
  close(): void
}

/** What `grep` looks for. */
export interface ProbePattern {
  /** The alternatives. */
  patterns: Array<string>
  /** They are plain text. */
  fixed: boolean
  /** `sensitive`, `insensitive` or `smart`. */
  letterCase: string
  /** A match begins and ends where a word may. */
  word: boolean
  /** A match may reach over the end of a line. */
  multiline: boolean
  /** `.` matches the end of a line too. */
  dotAll: boolean
  /** A CR before a LF belongs to the end of the line. */
  crlf: boolean
}

/** The results of a batch, one after the other. */
export interface ZstdBatch {
  /** All of them. */
  bytes: Uint8Array
  /** Where each ends. */
  ends: Uint32Array
}

/** Decompresses a stream of pieces. */
export declare class ZstdDecoder {
  /** `max_output_bytes` is negative where there is no limit. */
  constructor(maxOutputBytes: number, maxWindowLog: number, dictionary: Uint8Array | undefined)
  /** Takes the next piece of the stream, when all content of those before it has been pulled. */
  push(piece: Uint8Array): void
  /** The next content. */
  pull(): Promise<ZstdPiece>
  /** Throws where the stream may not end here. */
  finish(): void
  /** Gives the memory back; a second call does nothing. */
  close(): void
}

/** A prepared dictionary. */
export declare class ZstdDictionary {
  /** With `both`, ready for both directions; else a direction is prepared by the first call that needs it. */
  constructor(bytes: Uint8Array, level: number, both: boolean)
  /** Gives the memory back; a second call does nothing. */
  close(): void
}

/** Compresses a stream of pieces into one frame. */
export declare class ZstdEncoder {
  /** `pledged` is the size of the stream; negative where nobody knows. */
  constructor(level: number, settings: number, dictionary: Uint8Array | undefined, pledged: number)
  /** What the next piece adds to the frame; with `end`, up to its end. */
  push(piece: Uint8Array, end: boolean): Promise<Uint8Array>
  /** Gives the memory back; a second call does nothing. */
  close(): void
}

/** A piece of a decompressed stream. */
export interface ZstdPiece {
  /** The content. */
  bytes: Uint8Array
  /** Whether there may be more before the next piece of input. */
  more: boolean
}

/**
 * Applies edits to a text. There are two texts for each edit: the old and the new one, or the lines and the anchors of a
 * hunk, each with LF between them. A negative `fuzzy` turns that grade off.
 */
export declare function diffApplyEdits(source: string | Uint8Array, texts: Array<string | Uint8Array>, kinds: Array<number>, fuzzy: number, partial: boolean): DiffEdited

/**
 * Applies the patch of one file. A negative `maxOffset` is no limit. From bit 0 of the settings the direction, which is 1
 * for the other way and 2 where it is found out; in bit 2 whether what can be applied is, in bit 3 whether line endings
 * are compared as they are.
 */
export declare function diffApplyPatch(source: string | Uint8Array, patch: string | Uint8Array, fuzz: number, maxOffset: number, settings: number): DiffApplied

/**
 * The changes between two texts in pieces of a unit: 1 where they are coarse, else 0; the pieces of the new text; then
 * eight numbers a change: from which to which piece of the old text and of the new one, and the same in positions, which
 * are UTF-16 in strings.
 */
export declare function diffChanges(before: string | Uint8Array, after: string | Uint8Array, unit: number, settings: number, maxSteps: number): Uint32Array

/** The places most like another text: the first line, the last line and the score of each. */
export declare function diffClosest(haystack: string | Uint8Array, needle: string | Uint8Array, limit: number, minScore: number): Array<number>

/**
 * The unified patch from one text to another. `names` are two, with a NUL between them. Bit 8 of the settings asks for
 * headings.
 */
export declare function diffCreatePatch(before: string | Uint8Array, after: string | Uint8Array, names: string | Uint8Array, context: number, settings: number, maxSteps: number): string | Uint8Array | CoarseText

/**
 * Merges three texts. `labels` are three, with an LF between them. From bit 8 of the settings the style, from bit 12 the
 * side that is taken, from bit 16 the size of the markers.
 */
export declare function diffMerge(base: string | Uint8Array, ours: string | Uint8Array, theirs: string | Uint8Array, labels: string | Uint8Array, settings: number, maxSteps: number): DiffMerge

/** The conflicts in a text as JSON: an array of objects. */
export declare function diffParseConflicts(text: string | Uint8Array, markerSize: number): string

/** The edits in a model's text as JSON: an object with the format and the files. */
export declare function diffParseEdits(text: string | Uint8Array): string

/** The patches of single files as JSON: an array of objects. `strip` is how many leading components names lose. */
export declare function diffParsePatch(patch: string | Uint8Array, strip: number): string

/** The patch that takes another back. */
export declare function diffReversePatch(patch: string | Uint8Array): string | Uint8Array

/** How alike two texts are, from 0 to 1. */
export declare function diffSimilarity(a: string | Uint8Array, b: string | Uint8Array): number

/** As `filesFindSync`, on the thread pool. */
export declare function filesFind(query: string | Uint8Array, options: FilesFindOptions, set: FilesPathSet | undefined, packed: string | Uint8Array | undefined, count: number | undefined, cancellation: Cancellation): Promise<Uint32Array>

/** Finds among the files under `root`, on the thread pool. */
export declare function filesFindBelow(query: string | Uint8Array, options: FilesFindOptions, root: string | Uint8Array, listing: FilesListOptions, cancellation: Cancellation): Promise<FilesFoundBelow>

/** Finds among the paths of a set, or among `count` paths that are packed as for `FilesPathSet`. */
export declare function filesFindSync(query: string | Uint8Array, options: FilesFindOptions, set: FilesPathSet | undefined, packed?: string | Uint8Array, count?: number): Uint32Array

/** What the patterns take below `cwd`, on the thread pool. */
export declare function filesGlob(cwd: string | Uint8Array, patterns: string | Uint8Array, exclude: string | Uint8Array, options: FilesGlobOptions, cancellation: Cancellation): Promise<FilesListing>

/** What the patterns take below `cwd`. */
export declare function filesGlobSync(cwd: string | Uint8Array, patterns: string | Uint8Array, exclude: string | Uint8Array, options: FilesGlobOptions): FilesListing

/** Lists the files under `root` on the thread pool. */
export declare function filesList(root: string | Uint8Array, options: FilesListOptions, cancellation: Cancellation): Promise<FilesListing>

/** Lists the files under `root`. */
export declare function filesListSync(root: string | Uint8Array, options: FilesListOptions): FilesListing

/** 1 for each of `count` paths that the patterns take; a slash at its end says that a path is a folder's. */
export declare function filesMatchPaths(paths: string | Uint8Array, count: number, patterns: string | Uint8Array, options: FilesMatchOptions): Uint8Array

/** Opens the log of a directory. */
export declare function logOpen(directory: string, options: LogOptions, dictionary?: Uint8Array | undefined): Promise<LogStore>

/** Copies what is whole of a damaged log. */
export declare function logSalvage(directory: string, outDirectory: string, cancellation: Cancellation): Promise<LogSalvageReport>

/** Does nothing: a call measures the bare crossing. */
export declare function probeCrossing(): void

/** Panics, to show that the process survives it. */
export declare function probePanic(): void

/** Panics on the thread pool. */
export declare function probePanicAsync(): Promise<undefined>

/** Start and end of the first match from each of the places, in bytes; -1 and -1 where there is none. */
export declare function probePattern(pattern: ProbePattern, text: Uint8Array, places: Uint32Array): Int32Array

/** The number of tokens. */
export declare function tokensCount(text: string | Uint8Array, encoding: number, allowed?: Uint32Array | undefined): number

/** The number of tokens of each text. */
export declare function tokensCountBatch(texts: Array<string | Uint8Array>, encoding: number, allowed?: Uint32Array | undefined): Uint32Array

/** The number of tokens of each text, on the thread pool. */
export declare function tokensCountBatchAsync(texts: Array<string | Uint8Array>, encoding: number, allowed: Uint32Array | undefined, cancellation: Cancellation): Promise<Uint32Array>

/** `[tokens, end, tokens up to there]`: what a text that goes on does not change. */
export declare function tokensCountGrowing(text: string, encoding: number, allowed?: Uint32Array | undefined): Uint32Array

/** The number of tokens, or `limit + 1` as soon as there are more. */
export declare function tokensCountUntil(text: string | Uint8Array, limit: number, encoding: number, allowed?: Uint32Array | undefined): number

/** The text of the ids. Bytes that are not UTF-8 become U+FFFD, as `TextDecoder` does it. */
export declare function tokensDecode(ids: Uint32Array, encoding: number): string

/** The bytes of the ids. */
export declare function tokensDecodeBytes(ids: Uint32Array, encoding: number): Uint8Array

/** The token ids. */
export declare function tokensEncode(text: string | Uint8Array, encoding: number, allowed?: Uint32Array | undefined): Uint32Array

/** The token ids, on the thread pool. */
export declare function tokensEncodeAsync(text: string | Uint8Array, encoding: number, allowed: Uint32Array | undefined, cancellation: Cancellation): Promise<Uint32Array>

/** The token ids, then where each starts, then the end of the text. */
export declare function tokensEncodeWithOffsets(text: string | Uint8Array, encoding: number, allowed?: Uint32Array | undefined): Uint32Array

/** The names of the encodings. */
export declare function tokensEncodings(): Array<string>

/** Makes an encoding of a `tokenizer.json`; its number. */
export declare function tokensRegisterJson(json: string | Uint8Array): number

/** Makes an encoding of a `.tiktoken` file, a pattern, and special tokens by text and id; its number. */
export declare function tokensRegisterRanks(ranks: Uint8Array, pattern: string, texts: Array<string>, ids: Array<number>): number

/** The special tokens' ids, in the same order. */
export declare function tokensSpecialIds(encoding: number): Array<number>

/** The special tokens' texts, in the order in which `allowed` counts them. */
export declare function tokensSpecialTexts(encoding: number): Array<string>

/** `start, end, tokens` of each part. */
export declare function tokensSplit(text: string, most: number, overlap: number, encoding: number): Uint32Array

/**
 * `[end of the head, start of the tail, whether the marker is between them, tokens, whether anything was cut]`. `keep`
 * is 0 for the start, 1 for the end, 2 for both.
 */
export declare function tokensTruncate(text: string, most: number, keep: number, marker: string, encoding: number): Uint32Array

/** The version the loader compares with the package's. */
export declare function version(): string

/** One frame of the data. */
export declare function zstdCompress(data: string | Uint8Array, level: number, settings: number, dictionary?: ZstdDictionary | undefined): Uint8Array

/** One frame of the data, made on the thread pool. */
export declare function zstdCompressAsync(data: string | Uint8Array, level: number, settings: number, dictionary: ZstdDictionary | undefined, cancellation: Cancellation): Promise<Uint8Array>

/** One frame for each record. */
export declare function zstdCompressBatch(records: Array<string | Uint8Array>, level: number, settings: number, dictionary?: ZstdDictionary | undefined): ZstdBatch

/** The content of the frames. */
export declare function zstdDecompress(data: Uint8Array, maxOutputBytes: number, maxWindowLog: number, dictionary?: ZstdDictionary | undefined): Uint8Array

/** The content of the frames, made on the thread pool. */
export declare function zstdDecompressAsync(data: Uint8Array, maxOutputBytes: number, maxWindowLog: number, dictionary: ZstdDictionary | undefined, cancellation: Cancellation): Promise<Uint8Array>

/** The content of each record's frames; the limit is that of all together. */
export declare function zstdDecompressBatch(records: Array<Uint8Array>, maxOutputBytes: number, maxWindowLog: number, dictionary?: ZstdDictionary | undefined): ZstdBatch

/** A dictionary trained from samples. */
export declare function zstdTrainDictionary(samples: Array<string | Uint8Array>, maxBytes: number): Uint8Array

/** A dictionary trained from samples on the thread pool. It cannot be stopped while it runs. */
export declare function zstdTrainDictionaryAsync(samples: Array<string | Uint8Array>, maxBytes: number, cancellation: Cancellation): Promise<Uint8Array>
