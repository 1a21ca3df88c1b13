/**
 * Tenon: the native half of a TypeScript agent runtime. Every function has two engines, `native` (Rust behind
 * Node-API) and `fallback` (JavaScript), that give the same answer; {@link status} says which one serves, and why.
 *
 * Units are part of the names: positions in strings are UTF-16 code units, positions in bytes say `byte`, sizes say
 * `Bytes`, times say `Ms`. Options are one trailing object; an unknown key throws `ERR_INVALID_ARG`.
 *
 * @example
 * const tenon = require('tenon')
 * tenon.tokens.count('hello world')            // 2
 * const paths = await tenon.files.list('.')    // what git would not ignore, sorted by bytes
 * const frame = tenon.zstd.compress('…', { level: 9 })
 * tenon.status().features.tokens.engine        // 'native'
 */

/** Text: a string, or UTF-8 in bytes. What is no Unicode text becomes U+FFFD, as `TextDecoder` does it. */
export type Text = string | Uint8Array

/** A part of Tenon that chooses its engine by itself. */
export type Feature = 'files' | 'tokens' | 'zstd'

/**
 * How a feature chooses its engine.
 * - `auto`: native where it loads and has this package's version; else the fallback, with the reason in the status.
 *   An internal failure of native is counted and answered by the fallback for that call; after three, the feature
 *   stays on the fallback until `configure` is called.
 * - `native`: native, or `ERR_NATIVE_UNAVAILABLE`.
 * - `fallback`: JavaScript; the binary is not loaded for this feature.
 * - `shadow`: the fallback answers, native runs too, and the two are compared. It never throws because of native.
 */
export type Mode = 'auto' | 'native' | 'fallback' | 'shadow'

/** What one call in `shadow` mode found. */
export interface ShadowReport {
  feature: Feature
  /** The function that was called, such as `count`. */
  method: string
  /** Whether both engines returned equal values, or threw errors of equal code and message. */
  equal: boolean
  fallbackMs: number
  nativeMs: number
  /** What differs, shortened, where something does. */
  difference?: string
}

export interface ConfigureOptions {
  /** The mode of the features that have none of their own. Initially TENON_MODE, else `auto`. */
  mode?: Mode
  /** Modes by feature. Initially from TENON_FEATURES, such as `tokens=native,files=fallback`. */
  features?: Partial<Record<Feature, Mode | undefined>>
  /**
   * Called after each call in `shadow` mode; `undefined` ends the reports. Without a native engine no shadow runs and
   * nothing is reported: the status says so. The first times of a feature include loading it. What it throws becomes a
   * process warning.
   */
  onShadow?: ((report: ShadowReport) => void) | undefined
}

/**
 * Sets modes. What is left out stays. Every feature chooses its engine anew and forgets its internal failures; the
 * counters of calls go on.
 *
 * The environment gives the initial values and is read once: `TENON_MODE`, `TENON_FEATURES`, and `TENON_NATIVE_PATH`,
 * a path to the binary to load instead of the installed package's. An unknown name or value there makes
 * `require('tenon')` throw.
 *
 * @throws {TenonError} `ERR_INVALID_ARG` for an unknown mode, feature or option; nothing has changed then.
 * @example
 * tenon.configure({ features: { files: 'shadow' }, onShadow: (report) => report.equal || log(report) })
 */
export function configure(options: ConfigureOptions): void

export interface FeatureStatus {
  mode: Mode
  /** The engine that answers. In `native` mode without a binary it is `native`, and calls throw. */
  engine: 'native' | 'fallback'
  /** Why, where it is not simply native in `auto` or `native` mode. */
  reason?: string
  /** Calls so far in this thread. A call in `shadow` mode counts once for each engine. */
  calls: { native: number; fallback: number }
  /** Runs in `shadow` mode, and how many of them differed. */
  shadow?: { runs: number; differences: number }
}

/** Why there is no native engine. `reason` starts with the same word. */
export type NativeCause =
  /** The platform package is not installed, or TENON_NATIVE_PATH names nothing. */
  | 'missing'
  /** The binary is there and does not load; the reason has the system's own words. */
  | 'broken'
  /** The binary is of another version than this package. */
  | 'stale'
  /** Every feature is in `fallback` mode, or Node may not load addons (`--no-addons`, the permission model). */
  | 'disabled'
  /** No binary is built for this platform. */
  | 'unsupported'

export interface Status {
  /** The version of this package. */
  version: string
  /** The platform as the binary packages name it, such as `linux-x64-gnu`. */
  platform: string
  native: { loaded: boolean; path?: string; version?: string; cause?: NativeCause; reason?: string }
  features: Record<Feature, FeatureStatus>
}

/**
 * Which engine serves each feature, and why. Chooses engines that no call has chosen yet, so it may load the binary.
 * Each thread (worker) has its own engines and counters.
 */
export function status(): Status

/** The `code` of every error Tenon throws on purpose. */
export type ErrorCode =
  /** An argument is not what this manual says; `argument` names it. */
  | 'ERR_INVALID_ARG'
  /** A feature is in `native` mode and there is no native engine; `package` names what to install. */
  | 'ERR_NATIVE_UNAVAILABLE'
  /** The signal was aborted; its reason is the error's `cause`. */
  | 'ERR_ABORTED'
  /** A limit does not allow a result. */
  | 'ERR_LIMIT'
  /** The file system refused; `errno` is symbolic (`ENOENT`), `path` is what was touched. */
  | 'ERR_IO'
  /** Stored data is damaged. */
  | 'ERR_CORRUPT'
  /** Another process holds the lock. */
  | 'ERR_LOCKED'
  /** The request makes sense, but not here. */
  | 'ERR_UNSUPPORTED'
  /** The handle was closed. */
  | 'ERR_CLOSED'
  /** A fault of Tenon itself: a caught panic. Please report it. */
  | 'ERR_INTERNAL'

/** What Tenon throws. The details are properties of the error too. */
export class TenonError extends Error {
  constructor(code: ErrorCode, message: string, details?: { cause?: unknown; [detail: string]: unknown })
  code: ErrorCode
  details: Record<string, unknown>
  /** Of `ERR_IO`: the symbolic error number, such as `ENOENT`, the same on every platform. */
  errno?: string
  /** Of `ERR_IO`: the path, as the caller gave it. */
  path?: string
  /** Of `ERR_INVALID_ARG`: the argument's name. */
  argument?: string
  /** Of `ERR_NATIVE_UNAVAILABLE`: the npm package that carries the binary. */
  package?: string
}

/** Files of a directory tree: `tenon.files`, `require('tenon/files')`. */
export namespace files {
  interface ListOptions {
    /** Whether names that start with `.` count, for files and directories. Default true. `.git` never does. */
    hidden?: boolean
    /**
     * Whether git's ignore rules apply and nested repositories are opaque, as for git. Default true. `false` lists
     * every regular file but those in `.git`.
     */
    ignore?: boolean
    /** The most paths to return: the first by bytes. An integer from 0 to 4294967295. Default 1000000. */
    maxFiles?: number
    /** Ends the walk; the promise is rejected with `ERR_ABORTED`. */
    signal?: AbortSignal
  }

  /**
   * The paths, and what is not among them. The two properties are not enumerable: copies of the array (`filter`, JSON,
   * `postMessage`) do not have them.
   */
  interface Listing extends Array<string> {
    /**
     * What could not be listed or read, sorted by path: a directory without permission (`EACCES`), a name that is not
     * UTF-8, a nested git repository, a rule file that cannot be used, the root (`.`) when it is itself
     * ignored. Vanished files are simply not there.
     */
    readonly skipped: readonly { path: string; reason: string }[]
    /** Whether `maxFiles` cut the list short. */
    readonly truncated: boolean
  }

  /**
   * The regular files under `root` that git would not ignore, as `git ls-files -co --exclude-standard` gives them
   * (tracked files are listed whatever the rules say), without links and special files: relative to `root`, with `/`
   * between names on every platform, sorted by the bytes of their UTF-8.
   *
   * Rules come from `.gitignore` files in the tree and above it up to the top of the repository, from
   * `.git/info/exclude`, and from `core.excludesFile` (system, global and repository configuration, `[include]`
   * followed, `includeIf` not yet). Outside a repository, `root` counts as the top of one, and the repositories found
   * below are listed with their own rules; inside one, nested repositories are opaque and reported in `skipped`.
   * Directories are walked without following links; `root` itself may be a link.
   *
   * Time: one read of each directory. A call that may meet large trees should pass a `signal`.
   *
   * @param root a directory, absolute or relative to the working directory
   * @throws {TenonError} `ERR_IO` when `root` is missing (`ENOENT`), not a directory (`ENOTDIR`) or unreadable
   *   (`EACCES`); `ERR_ABORTED`; `ERR_INVALID_ARG`
   * @example
   * const paths = await tenon.files.list('/repo', { signal: AbortSignal.timeout(5000) })
   * for (const { path, reason } of paths.skipped) console.warn(`${path}: ${reason}`)
   */
  function list(root: string, options?: ListOptions): Promise<Listing>

  /** As {@link list}, on the calling thread. */
  function listSync(root: string, options?: Omit<ListOptions, 'signal'>): Listing
}

/**
 * Tokens of OpenAI's encodings: `tenon.tokens`, `require('tenon/tokens')`. The ids are tiktoken's
 * (`openai_public.py` of tiktoken 0.14, Unicode 16). Text that looks like a special token, such as `<|endoftext|>`, is
 * ordinary text. The vocabularies are inside the package.
 *
 * Limits: a text of more than 134217728 (2^27) code units or bytes is `ERR_LIMIT`, and so are ids that stand for more
 * than 536870888 bytes, the longest string of V8. The functions run on the calling thread; native takes some 10 ms a
 * megabyte of source, and some 300 ms for a megabyte that is one run of letters or of spaces: count untrusted text in a
 * worker.
 */
export namespace tokens {
  type Encoding = 'o200k_base' | 'cl100k_base'

  /** At most one of the two. */
  interface TokenOptions {
    /** Default `o200k_base`. */
    encoding?: Encoding
    /**
     * The model whose encoding to use: its name, or a dated or fine-tuned version of a known one
     * (`gpt-4o-2024-08-06`, `ft:gpt-4o:org::id`). Others throw `ERR_UNSUPPORTED`.
     */
    model?: string
  }

  /**
   * The number of tokens of `text`: `encode(text).length`, without making the ids.
   *
   * Time is linear in the text, but for pieces that the encoding does not cut (one long run of letters, of spaces, of
   * punctuation), which take n log n.
   *
   * @throws {TenonError} `ERR_INVALID_ARG`, `ERR_UNSUPPORTED`, `ERR_LIMIT`
   * @example
   * tenon.tokens.count('hello world')                      // 2
   * tenon.tokens.count(await readFile('a.ts'), { model: 'gpt-4' })
   */
  function count(text: Text, options?: TokenOptions): number

  /** The number of tokens of each text, in one crossing. @example tenon.tokens.countBatch(['a', 'b c']) // Uint32Array [1, 2] */
  function countBatch(texts: readonly Text[], options?: TokenOptions): Uint32Array

  /** The token ids of `text`. @example tenon.tokens.encode('hello world') // Uint32Array [24912, 2375] */
  function encode(text: Text, options?: TokenOptions): Uint32Array

  /**
   * The text of `ids`, special tokens included. A token may end inside a character: bytes that are not UTF-8 become
   * U+FFFD, as `TextDecoder` does it, so decode a whole sequence at once.
   *
   * @throws {TenonError} `ERR_INVALID_ARG` for an id that the encoding does not have, with its position
   * @example tenon.tokens.decode([24912, 2375]) // 'hello world'
   */
  function decode(ids: Uint32Array | readonly number[], options?: TokenOptions): string
}

/**
 * zstd (RFC 8878) with dictionaries, batches, streams and limits: `tenon.zstd`, `require('tenon/zstd')`. Native is zstd
 * 1.5.7. What it compresses, the `zstd` command and `node:zlib` decompress, and theirs it does.
 *
 * **Input** to compress is a string (its UTF-8) or bytes; to decompress, bytes. At most 4294967295 bytes; more is
 * `ERR_LIMIT`. Results are plain `Uint8Array`s.
 *
 * **Untrusted frames.** Before anything is decompressed, all headers are read: a declared content beyond
 * `maxOutputBytes`, a window beyond `maxWindowLog`, a cut-off frame cost no more than that look. Where a frame declares
 * nothing, the limit holds while it is decompressed. Memory grows with the content that really comes. Errors say at which
 * byte the frame begins, of a batch also in which record (`data[3]: …`):
 * - `ERR_LIMIT`: more content or a larger window than allowed, or no memory;
 * - `ERR_CORRUPT`: no frame, a frame that is cut off or damaged (its checksum included), bytes behind the last frame that
 *   are no frame, a damaged dictionary. No bytes at all are no frame, as for the zstd command; zstd's formats from
 *   before 2016 are none either;
 * - `ERR_INVALID_ARG`: the frame names a dictionary (by its id) and there is none, or one with another id. A dictionary
 *   without an id cannot be told from another: content that it does not fit is wrong or `ERR_CORRUPT`.
 *
 * Frames one after the other decompress to their contents one after the other; skippable frames add nothing.
 *
 * **The fallback** compresses by `node:zlib`, so it needs Node 22.15, and Node 24.6 (or a later 22) for dictionaries;
 * elsewhere compression is `ERR_UNSUPPORTED`. It decompresses by `node:zlib` or, where that has no zstd, by a decoder in
 * JavaScript, as do its streams. It trains no dictionaries (`ERR_UNSUPPORTED`).
 *
 * **Where the engines may differ:**
 * - the bytes of a frame, where Node's zstd is another version than 1.5.7; with the same version they are equal, but
 *   for one in thousands that are made with a dictionary;
 * - a *damaged* frame *without* a checksum: libzstd lets some damage to literals pass, and gives wrong bytes; the decoder
 *   in JavaScript refuses it with `ERR_CORRUPT`. Use `checksum: true` for what may be damaged;
 * - the pieces in which a stream gives its content;
 * - in `shadow` mode streams run on the fallback alone.
 */
export namespace zstd {
  interface CompressOptions {
    /**
     * From -131072, the fastest, to 22, the smallest. Default 3, which 0 means too. A prepared dictionary has its own
     * level; another one here is `ERR_INVALID_ARG`.
     */
    level?: number
    /**
     * What the data have in common with other data, from {@link trainDictionary} or any bytes like them: at least 8
     * bytes, at most 134217728. Bytes are prepared anew by every call, which takes longer than compressing a small
     * record: use {@link createDictionary} for more than one. The same dictionary is needed to decompress.
     */
    dictionary?: Uint8Array | Dictionary
    /** Whether the frame ends with a checksum of four bytes. Default false. */
    checksum?: boolean
    /** Whether to look for repetitions in the last 128 MiB, or what `windowLog` says. Default false. */
    longDistance?: boolean
    /**
     * The binary logarithm of the window in bytes, from 10 to 31: how far back repetitions are found, and the memory that
     * decompressing takes. By default as the level and the size ask for. More than 27 is refused by decompressors
     * unless they are told.
     */
    windowLog?: number
  }

  interface CompressOneOptions extends CompressOptions {
    /** The size of the data in bytes, where the caller is sure: `ERR_INVALID_ARG` if it is another. */
    pledgedSize?: number
  }

  interface CompressStreamOptions extends CompressOptions {
    /** The size of the whole stream in bytes, which the frame then declares; `ERR_INVALID_ARG` if it is another. */
    pledgedSize?: number
  }

  interface DecompressOptions {
    /** The dictionary that compressed, prepared at whatever level, or its bytes. */
    dictionary?: Uint8Array | Dictionary
    /** The most bytes of content, from 0 to 4294967295; of a batch, of all records together. Default 268435456 (256 MiB). */
    maxOutputBytes?: number
    /**
     * The binary logarithm of the largest window in bytes, from 10 to 31. Default 27 (128 MiB). A frame without a window
     * of its own has that of its content.
     */
    maxWindowLog?: number
  }

  interface DecompressStreamOptions extends Omit<DecompressOptions, 'maxOutputBytes'> {
    /** The most bytes of content, from 0 to 9007199254740991. By default there is no limit: memory does not grow with it. */
    maxOutputBytes?: number
  }

  interface Abortable {
    /** Ends the work; the promise is rejected with `ERR_ABORTED`. */
    signal?: AbortSignal
  }

  /** A prepared dictionary, for both directions and any engine, in this thread. */
  interface Dictionary {
    /** The id that frames name it by; 0 of one that was not trained. */
    readonly id: number
    /** The level at which it compresses. */
    readonly level: number
    /** Gives the memory back. Later use is `ERR_CLOSED`; a second `close()` does nothing; work in flight ends well. */
    close(): void
    [Symbol.dispose](): void
  }

  /**
   * One frame with the content `data`. No data make an empty frame of 9 bytes.
   *
   * @throws {TenonError} `ERR_INVALID_ARG`, `ERR_LIMIT`, `ERR_CLOSED`, `ERR_CORRUPT` (the dictionary), `ERR_UNSUPPORTED`
   * @example
   * const frame = tenon.zstd.compress('to and fro and to and fro', { level: 9, checksum: true })
   * tenon.zstd.decompress(frame) // Uint8Array of 25 bytes
   */
  function compress(data: Text, options?: CompressOneOptions): Uint8Array

  /** As {@link compress}, on the thread pool. Bytes are copied before the call returns. */
  function compressAsync(data: Text, options?: CompressOneOptions & Abortable): Promise<Uint8Array>

  /**
   * A frame for each record, in one crossing. The results are views of one buffer: copy one that shall outlive the others.
   *
   * @example
   * using dictionary = tenon.zstd.createDictionary(trained)
   * const frames = tenon.zstd.compressBatch(records.map((record) => JSON.stringify(record)), { dictionary })
   */
  function compressBatch(data: readonly Text[], options?: CompressOptions): Uint8Array[]

  /**
   * The content of all frames in `data`.
   *
   * @throws {TenonError} `ERR_CORRUPT`, `ERR_LIMIT`, `ERR_INVALID_ARG`, `ERR_CLOSED`
   * @example
   * const text = new TextDecoder().decode(tenon.zstd.decompress(upload, { maxOutputBytes: 1 << 20 }))
   */
  function decompress(data: Uint8Array, options?: DecompressOptions): Uint8Array

  /** As {@link decompress}, on the thread pool. The bytes are copied before the call returns. */
  function decompressAsync(data: Uint8Array, options?: DecompressOptions & Abortable): Promise<Uint8Array>

  /** The content of each record, in one crossing; views of one buffer, as of {@link compressBatch}. */
  function decompressBatch(data: readonly Uint8Array[], options?: DecompressOptions): Uint8Array[]

  interface TrainOptions {
    /** The largest dictionary, in bytes from 256 to 134217728. Default 112640. */
    maxBytes?: number
  }

  /**
   * A dictionary for data like the samples: a hundred times its size of them is good, some ten times the least. Native
   * alone. Samples of more than 1073741824 bytes together are `ERR_LIMIT`.
   *
   * @throws {TenonError} `ERR_INVALID_ARG` where the samples are too few or too small, `ERR_LIMIT`, `ERR_UNSUPPORTED`
   * @example
   * const trained = tenon.zstd.trainDictionary(records.map((record) => JSON.stringify(record)), { maxBytes: 16384 })
   */
  function trainDictionary(samples: readonly Text[], options?: TrainOptions): Uint8Array

  /** As {@link trainDictionary}, on the thread pool. An abort is noticed when the training is over. */
  function trainDictionaryAsync(samples: readonly Text[], options?: TrainOptions & Abortable): Promise<Uint8Array>

  /**
   * Prepares a dictionary at a level, by default 3. It copies the bytes, holds some hundred kilobytes besides (more at
   * high levels) and tells V8 of them.
   *
   * @throws {TenonError} `ERR_CORRUPT` for a trained dictionary whose tables are damaged, `ERR_INVALID_ARG`, `ERR_LIMIT`
   * @example
   * const dictionary = tenon.zstd.createDictionary(await readFile('events.dict'), { level: 6 })
   * const frame = tenon.zstd.compress(JSON.stringify(event), { dictionary })
   * tenon.zstd.decompress(frame, { dictionary })
   * dictionary.close()
   */
  function createDictionary(bytes: Uint8Array, options?: number | { level?: number }): Dictionary

  /**
   * A stream that compresses what is written to it into one frame, on the thread pool. It waits for its reader and holds
   * the window and some pieces. Its engine is the one in force when it is made. Errors come as `error` events, and are
   * those of {@link compress}.
   *
   * @example
   * await pipeline(createReadStream('a.log'), tenon.zstd.createCompressStream(), createWriteStream('a.log.zst'))
   */
  function createCompressStream(options?: CompressStreamOptions): import('node:stream').Transform

  /**
   * A stream that decompresses what is written to it, as {@link decompress}: frames one after the other, and it holds the
   * window and some pieces, however much comes out.
   *
   * @example
   * await pipeline(request, tenon.zstd.createDecompressStream({ maxOutputBytes: 1 << 30 }), createWriteStream('upload'))
   */
  function createDecompressStream(options?: DecompressStreamOptions): import('node:stream').Transform
}
