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
export type Feature = 'context' | 'diff' | 'files' | 'ignore' | 'log' | 'tokens' | 'zstd'

/**
 * How a feature chooses its engine.
 * - `auto`: native where it loads and has this package's version; else the fallback, with the reason in the status.
 *   An internal failure of native is counted and answered by the fallback for that call; after three, the feature
 *   stays on the fallback until `configure` is called.
 * - `native`: native, or `ERR_NATIVE_UNAVAILABLE`.
 * - `fallback`: JavaScript; the binary is not loaded for this feature.
 * - `shadow`: the fallback answers, native runs too, and the two are compared. It never throws because of native. What
 *   the fallback cannot do (some of `zstd`) is its error here too, so give such features another mode.
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
  /** A patch, or the edits of a model, cannot be read; `line` is the line of it. */
  | 'ERR_PATCH_INVALID'
  /** A patch or an edit does not fit the text; the report says where and why, and what is most like it. */
  | 'ERR_PATCH_REJECTED'
  /** A patch or an edit fits more than one place equally well; the report names them. */
  | 'ERR_PATCH_AMBIGUOUS'
  /** An event was expected at another place of its stream; `actual` is the stream's next. */
  | 'ERR_CONFLICT'

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
  /** Of `ERR_PATCH_INVALID`: the line of the patch or of the model's text, from 1. */
  line?: number
  /** Of `diff.applyPatch`: every hunk's report; `hunk` is the number, from 1, of the first that failed. */
  hunks?: diff.AppliedHunk[]
  hunk?: number
  /** Of `diff.applyEdits`: every edit's report, or of several files every file's. */
  edits?: diff.EditReport[]
  files?: diff.FileResult<string | Buffer>[]
}

/**
 * Conversations that fit: `tenon.context`, `require('tenon/context')`. A plan in JavaScript over counts that an engine
 * makes of all new texts at once; counts are remembered by message object and by text.
 *
 * A conversation is a list of messages in one of these shapes, told apart for each message by itself by what only that
 * shape has: `parts` is `ai-sdk-ui` (UIMessage of the Vercel AI SDK); a `type` without a `role`, or parts such as
 * `input_text`, are `openai-responses`; of what has a role and `content`, the types of the parts say whether it is
 * `anthropic` (`tool_use`, `tool_result`, `thinking`), `ai-sdk` (ModelMessage: `tool-call`, `tool-result`) or
 * `openai-chat` (`tool_calls`, `role: 'tool'` with `tool_call_id`, `function_call`). A role and a text mean the same in
 * all of them. Lists may be mixed. What a shape does not know (a new type of part or item) stays as it is and counts as
 * its JSON.
 *
 * A turn is a user message without tool results up to the next one; what comes before the first is a turn too. A step is
 * what the model says at once (reasoning, text, parallel calls) with all results of its calls. System and developer
 * messages belong to no turn and always stay, and so does a `compaction` item of the Responses API.
 */
export namespace context {
  type Shape = 'openai-chat' | 'openai-responses' | 'anthropic' | 'ai-sdk' | 'ai-sdk-ui'

  /** Clearing: old tool results give way to a placeholder, oldest first. */
  interface ClearOptions {
    /** Clears when the conversation counts more than this, until it does not. Default and maximum: the budget. */
    triggerTokens?: number
    /** So many of the last tool results of the conversation are never cleared. Default 3. */
    keep?: number
    /**
     * Once it clears, it goes on until at least so much is free, so that the next calls leave the prompt cache alone; and
     * it does not begin while the conversation fits the budget and less than this can be freed. Default 0.
     */
    clearAtLeastTokens?: number
    /** Results of these tools are never cleared. Default none. */
    excludeTools?: readonly string[]
    /** Whether results that say they are errors stay (OpenAI chat has no such sign). Default false. */
    keepErrors?: boolean
    /** Default `[old tool result cleared]`. Not empty. */
    placeholder?: string
  }

  /** Truncating: oversized tool results lose their middle, oldest first. */
  interface TruncateOptions {
    /**
     * A result of more tokens than this is oversized, and is cut to at most this. From 32. Default an eighth of the
     * budget, 4000 at most and 32 at least.
     */
    maxTokens?: number
    /** Results of these tools are never truncated. Default none. */
    excludeTools?: readonly string[]
    /** Stands for the middle. Default `\n[… the middle of this output was cut …]\n`. At most half of `maxTokens`. */
    marker?: string
  }

  interface FitOptions<Message = object> {
    /** The most tokens that messages, `reserveTokens` and the priming of the answer may count. At least 1. */
    maxTokens: number
    /**
     * Whose tokens to count. A model of a known encoding is counted exactly as {@link tokens.count} does (a provider in
     * front, as in `openai/gpt-4o`, is no obstacle). Any other name (Claude, Gemini, Llama) has no public vocabulary
     * here: o200k_base is counted, times `safetyFactor`, and the result says `estimated`.
     */
    model?: string
    /** Instead of `model`. Default `o200k_base`. */
    encoding?: tokens.Encoding
    /**
     * The caller's own counts, one for each text: integers from 0. `model` and `encoding` are then not looked at. Counts
     * are remembered for as long as this function lives, so pass the same one each time.
     */
    countTokens?: (texts: string[]) => ArrayLike<number>
    /**
     * Text counts are multiplied by this and rounded up for each message. From 1 to 10. Default 1 where the count is
     * exact, 1.5 for models whose name contains `claude`, 1.25 for other models.
     */
    safetyFactor?: number
    /** Kept free for the answer and for what is not a message (tools, Anthropic's `system`). Default 0. */
    reserveTokens?: number
    /** What an image, a file or an audio part counts. Default 1600. */
    imageTokens?: number
    /** The shape of all messages. Default: detected for each. */
    shape?: Shape
    /** So many of the last turns are never dropped. At least 1. Default 1. */
    keepTurns?: number
    /**
     * Lets the oldest steps of the kept turns be dropped too, when all else was not enough: the last so many steps stay,
     * and what the user said stays. For long runs after one question. At least 1. Default: no step of a kept turn is
     * dropped.
     */
    keepSteps?: number
    /**
     * Messages to leave as they are, by index or by a function: never cleared, truncated or dropped. Their step and what
     * the user said in their turn are not dropped either. What is invalid is repaired all the same.
     */
    pinned?: readonly number[] | ((message: Message, index: number) => boolean)
    /** `false` clears nothing. */
    clear?: false | ClearOptions
    /** `false` truncates nothing. */
    truncate?: false | TruncateOptions
    /**
     * What becomes of calls that the end of the list leaves without results. `drop` (default): providers refuse them, so
     * they go. `keep`: the results are yet to come. Calls of the AI SDK that the last message approves, and
     * calls in the last message of a tool that the provider runs, stay in either case.
     */
    pendingCalls?: 'drop' | 'keep'
  }

  interface Change {
    /** Of the message in the list that was given. */
    index: number
    /**
     * `repaired`: it, or a part of it, was invalid and is gone. `cleared`, `truncated`: of its tool results. `dropped`:
     * it is gone because it did not fit.
     */
    kind: 'repaired' | 'cleared' | 'truncated' | 'dropped'
    /** What the message counted before and after this change; 0 for what is gone. */
    tokensBefore: number
    tokensAfter: number
    reason: string
  }

  /** The numbers of a plan. */
  interface Plan {
    /** What the fitted messages count, the priming of the answer included: at most `maxTokens - reserveTokens`. */
    tokens: number
    /** What the given messages counted. */
    tokensBefore: number
    /** Whether the model has no public vocabulary, so that counts are another encoding's times `safetyFactor`. */
    estimated: boolean
    /** Indices of the messages that are gone, whether dropped or invalid, ascending. */
    dropped: number[]
    /** By index, and in the order in which they happened. Empty where nothing had to change. */
    changes: Change[]
    /** The first message that changed: a prompt cache holds up to it. Absent where nothing changed. */
    firstChanged?: number
  }

  interface Fitted<Message> extends Plan {
    /** A new list. Messages that are not edited are the objects that were given; the given ones are never changed. */
    messages: Message[]
  }

  /**
   * The conversation within `maxTokens`, valid for its provider. What fits and is valid is left alone; else, in this
   * order and each only until it fits:
   *
   * 1. What is invalid goes: calls without results, results without calls, reasoning items that lead to nothing,
   *    approvals without their request, messages that are empty without them. A result belongs to the last open call
   *    before it with its identifier; where a provider wants it right behind its call, it has to be there.
   * 2. Old tool results are cleared: see {@link ClearOptions}. Not only those of old turns.
   * 3. Oversized tool results lose their middle, at borders of tokens and characters: see {@link TruncateOptions}. A
   *    result of several texts becomes one, JSON becomes text; images beside them stay.
   * 4. The oldest turns are dropped whole, up to the last `keepTurns`. Turns that a call and its result span count as one.
   * 5. With `keepSteps`, the oldest steps of what is left are dropped.
   *
   * The same input gives the same output, and to fit that again changes nothing. Messages before `firstChanged` are the
   * caller's own objects.
   *
   * Counted are: 4 tokens a message or item (3 and its role); a name and 1; each text; for a call its name, its arguments
   * as JSON and 8; for a result its text or JSON and 8; thinking and reasoning; encrypted reasoning by its length, 3
   * tokens for 16 characters; `imageTokens` for each image, file or audio; 3 to prime the answer. Identifiers, signatures
   * and the keys of messages are not counted. A UIMessage counts 4 for each step and each result besides, and nothing for
   * `data-…` and `source-…` parts, which are not sent.
   *
   * Messages are plain objects and arrays, in one of the shapes above: others (Gemini's `contents`) are refused or counted
   * as JSON. A message that has changed since the last call is counted anew; what is in
   * another kind of object (bytes, a URL) is taken to be the same while the object is.
   *
   * Limits: a text of more than 134217728 (2^27) code units, and a message nested deeper than 256 levels, are `ERR_LIMIT`.
   * It runs on the calling thread. Time: that of counting the new texts, and less than a microsecond a message. Memory:
   * texts are remembered up to 128 MiB for each encoding in use.
   *
   * @throws {TenonError} `ERR_LIMIT` when what has to stay does not fit: `tokens` of it, `allowedTokens`, and `kept`, the
   *   largest ten as `{ index, tokens }`; `ERR_INVALID_ARG` for an option or a message that is none; `ERR_UNSUPPORTED`
   * @example
   * const { messages, changes } = tenon.context.fit(history, {
   *   model: 'gpt-4o',
   *   maxTokens: 128_000,
   *   reserveTokens: 16_000,
   *   keepTurns: 2,
   *   clear: { keep: 5, clearAtLeastTokens: 10_000, excludeTools: ['read_plan'] }
   * })
   * for (const { index, kind, tokensBefore, tokensAfter } of changes) log(index, kind, tokensBefore - tokensAfter)
   */
  function fit<Message extends object, DryRun extends boolean = false>(
    messages: readonly Message[],
    options: FitOptions<Message> & {
      /** Whether to leave out `messages`: the plan alone, with the same numbers. Default false. */
      dryRun?: DryRun
    }
  ): DryRun extends true ? Plan : Fitted<Message>
}

/** Files of a directory tree: `tenon.files`, `require('tenon/files')`. */
/**
 * Differences between texts, as git finds them: the changes, and unified patches.
 *
 * Texts are strings or bytes. Strings in, strings out; where a text is bytes, the results are Buffers, and bytes that are
 * no UTF-8 are carried through untouched. Nothing is lost of lone surrogates in strings either. Texts may have 2^27 code
 * units or bytes and 2^24 - 1 lines, and for words, characters and sentences 2^24 - 1 code units or bytes; others are
 * `ERR_LIMIT`. A lone surrogate of a string beside bytes becomes U+FFFD.
 *
 * Lines end in LF, which is part of them, as a CR before it is; a last line without one stays so. A byte order mark is a
 * character as any other.
 *
 * The work of a call is bounded by counted steps, not by a clock, so that a result depends on nothing but its input: see
 * {@link CompareOptions.timeoutWork}.
 */
export namespace diff {
  /**
   * How the lines, words or characters that both texts keep are chosen. The names and the results are git's (2.47).
   * - `histogram`: splits at long runs of what is rare; the most readable for source.
   * - `myers`: few changes, with heuristics where the fewest would take long. E. Myers, "An O(ND) difference algorithm and
   *   its variations", 1986.
   * - `minimal`: as `myers`, without those heuristics.
   * - `patience`: splits at lines that are there once in both texts.
   */
  type Algorithm = 'histogram' | 'myers' | 'minimal' | 'patience'

  interface CompareOptions {
    /** Default `histogram` for lines and patches, `minimal` for words, characters and sentences. */
    algorithm?: Algorithm | undefined
    /**
     * How many steps (comparisons of two lines, about) the search may take. When they are used up, the rest is compared
     * coarsely with as many again, and what is left then is one change: the result is correct, only larger than it could
     * be, and `onCoarse` is called. Default 2^27: at most about two
     * seconds natively and four on the fallback, for texts without much in common; a time limit of your own is a smaller
     * number.
     */
    timeoutWork?: number | undefined
    /** Called before the function returns, when the steps were used up. */
    onCoarse?: (() => void) | undefined
  }

  interface CompareLinesOptions extends CompareOptions {
    /**
     * White space (space, tab, CR, LF) that does not count when lines are compared: `all` or true as `git diff -w`,
     * `change` as `-b`, `at-end` as `--ignore-space-at-eol`, `carriage-return` as `--ignore-cr-at-eol`. What is common is
     * shown as the new text has it, so a patch of that kind is to be read, not to be applied. Default false.
     */
    ignoreWhitespace?: boolean | 'all' | 'change' | 'at-end' | 'carriage-return' | undefined
  }

  /** A run of lines, words, characters or sentences: common to both texts, removed from the first, or added by the second. */
  interface Change<T extends Text = string> {
    /** The run as it is in its text; of what is common, as the second text has it. */
    value: T
    added: boolean
    removed: boolean
    /** How many lines, words, characters or sentences there are in it. */
    count: number
  }

  /**
   * The changes that make `b` of `a`, line by line, in order; what is removed comes before what is added in its place. The
   * values that are not added make `a`, those that are not removed make `b` (but for ignored white space).
   *
   * @throws {TenonError} `ERR_INVALID_ARG`, `ERR_LIMIT`
   * @example
   * diff.lines('a\nb\n', 'a\nc\n')
   * // [{ value: 'a\n', added: false, removed: false, count: 1 },
   * //  { value: 'b\n', added: false, removed: true, count: 1 },
   * //  { value: 'c\n', added: true, removed: false, count: 1 }]
   */
  function lines(a: string, b: string, options?: CompareLinesOptions): Change[]
  /** Of bytes, or of a string and bytes: the values are Buffers. See {@link lines}. */
  function lines(a: Uint8Array, b: Text, options?: CompareLinesOptions): Change<Buffer>[]
  /** Of bytes, or of a string and bytes: the values are Buffers. See {@link lines}. */
  function lines(a: Text, b: Uint8Array, options?: CompareLinesOptions): Change<Buffer>[]
  /** Of bytes, or of a string and bytes: the values are Buffers. See {@link lines}. */
  function lines(a: Text, b: Text, options?: CompareLinesOptions): Change<string>[] | Change<Buffer>[]

  /**
   * As {@link lines}, word by word. Words are runs of letters, digits, marks and `_`; runs of spaces, line ends, and every
   * other character are pieces too, and so is each ideograph, each kana, and each character of Thai, Lao, Burmese and Khmer.
   *
   * @throws {TenonError} `ERR_INVALID_ARG`, `ERR_LIMIT`
   * @example
   * diff.words('the quick fox', 'the slow fox').filter((change) => change.added)[0].value // 'slow'
   */
  function words(a: string, b: string, options?: CompareOptions): Change[]
  /** Of bytes, or of a string and bytes: the values are Buffers. See {@link words}. */
  function words(a: Uint8Array, b: Text, options?: CompareOptions): Change<Buffer>[]
  /** Of bytes, or of a string and bytes: the values are Buffers. See {@link words}. */
  function words(a: Text, b: Uint8Array, options?: CompareOptions): Change<Buffer>[]
  /** Of bytes, or of a string and bytes: the values are Buffers. See {@link words}. */
  function words(a: Text, b: Text, options?: CompareOptions): Change<string>[] | Change<Buffer>[]

  /**
   * As {@link lines}, code point by code point.
   *
   * @throws {TenonError} `ERR_INVALID_ARG`, `ERR_LIMIT`
   * @example
   * diff.chars('kitten', 'mitten')[0] // { value: 'k', added: false, removed: true, count: 1 }
   */
  function chars(a: string, b: string, options?: CompareOptions): Change[]
  /** Of bytes, or of a string and bytes: the values are Buffers. See {@link chars}. */
  function chars(a: Uint8Array, b: Text, options?: CompareOptions): Change<Buffer>[]
  /** Of bytes, or of a string and bytes: the values are Buffers. See {@link chars}. */
  function chars(a: Text, b: Uint8Array, options?: CompareOptions): Change<Buffer>[]
  /** Of bytes, or of a string and bytes: the values are Buffers. See {@link chars}. */
  function chars(a: Text, b: Text, options?: CompareOptions): Change<string>[] | Change<Buffer>[]

  /**
   * As {@link lines}, sentence by sentence. A sentence ends behind `.`, `!`, `?` or `…`, with closing quotes and brackets,
   * before white space or the end; behind `。`, `！` or `？` in any case; and before a blank line. The white space between two
   * is a piece of its own.
   *
   * @throws {TenonError} `ERR_INVALID_ARG`, `ERR_LIMIT`
   * @example
   * diff.sentences('One. Two.', 'One. Three.').filter((change) => change.removed)[0].value // 'Two.'
   */
  function sentences(a: string, b: string, options?: CompareOptions): Change[]
  /** Of bytes, or of a string and bytes: the values are Buffers. See {@link sentences}. */
  function sentences(a: Uint8Array, b: Text, options?: CompareOptions): Change<Buffer>[]
  /** Of bytes, or of a string and bytes: the values are Buffers. See {@link sentences}. */
  function sentences(a: Text, b: Uint8Array, options?: CompareOptions): Change<Buffer>[]
  /** Of bytes, or of a string and bytes: the values are Buffers. See {@link sentences}. */
  function sentences(a: Text, b: Text, options?: CompareOptions): Change<string>[] | Change<Buffer>[]

  interface PatchOptions extends CompareLinesOptions {
    /**
     * The names behind `---` and `+++`, without NUL; one of them serves for both, and null is `/dev/null`, beside
     * which the other is `file` by default. Default `a` and `b`. A name with a space has a tab behind it, one with a control character, a double quote or a backslash is quoted,
     * as git does both.
     */
    oldName?: string | null | undefined
    newName?: string | null | undefined
    /** How many unchanged lines there are around changes, from 0 to 2^30. Default 3. */
    context?: number | undefined
    /** Whether the header of a hunk ends in the last line before it that begins with a letter, `_` or `$`, as git's. Default false. */
    heading?: boolean | undefined
  }

  /**
   * The unified patch that makes `b` of `a`: with `heading`, to the byte what `git diff` writes from `---` on (names and
   * long headings of other letters than ASCII aside, and `context: 0`, where git first puts a long common end aside). Empty where the texts are equal. `git apply` and GNU patch read it.
   *
   * @throws {TenonError} `ERR_INVALID_ARG`, `ERR_LIMIT`
   * @example
   * diff.createPatch('one\ntwo\n', 'one\n2\n', { oldName: 'a/n.txt', newName: 'b/n.txt' })
   * // '--- a/n.txt\n+++ b/n.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n'
   */
  function createPatch(a: string, b: string, options?: PatchOptions): string
  /** Of bytes, or of a string and bytes: a Buffer. See {@link createPatch}. */
  function createPatch(a: Uint8Array, b: Text, options?: PatchOptions): Buffer
  /** Of bytes, or of a string and bytes: a Buffer. See {@link createPatch}. */
  function createPatch(a: Text, b: Uint8Array, options?: PatchOptions): Buffer
  /** Of bytes, or of a string and bytes: a Buffer. See {@link createPatch}. */
  function createPatch(a: Text, b: Text, options?: PatchOptions): string | Buffer

  /**
   * The patch of {@link createPatch} as an object, with the hunks that {@link parsePatch} reads; without hunks where the
   * texts are equal. {@link applyPatch} takes it as the patch.
   *
   * @throws {TenonError} `ERR_INVALID_ARG`, `ERR_LIMIT`
   * @example
   * diff.structuredPatch('one\ntwo\n', 'one\n2\n', { oldName: 'n.txt' })
   * // { oldName: 'n.txt', newName: 'n.txt', hunks: [
   * //   { oldStart: 1, oldLines: 2, newStart: 1, newLines: 2, lines: [' one', '-two', '+2'] }] }
   */
  function structuredPatch(a: string, b: string, options?: PatchOptions): StructuredPatch
  /** Of bytes, or of a string and bytes: the lines are Buffers. See {@link structuredPatch}. */
  function structuredPatch(a: Uint8Array, b: Text, options?: PatchOptions): StructuredPatch<Buffer>
  /** Of bytes, or of a string and bytes: the lines are Buffers. See {@link structuredPatch}. */
  function structuredPatch(a: Text, b: Uint8Array, options?: PatchOptions): StructuredPatch<Buffer>
  /** Of bytes, or of a string and bytes: the lines are Buffers. See {@link structuredPatch}. */
  function structuredPatch(a: Text, b: Text, options?: PatchOptions): StructuredPatch<string> | StructuredPatch<Buffer>

  interface StructuredPatch<T extends Text = string> {
    /** Null is `/dev/null`. */
    oldName: string | null
    newName: string | null
    hunks: Hunk<T>[]
  }

  interface MergeOptions {
    /**
     * What is written where the two sides conflict, as `git merge-file` has it. Default `merge`.
     * - `merge`: both sides between markers; lines that both have are outside of them.
     * - `diff3`: both sides and the base between markers, whole.
     * - `zdiff3`: as `diff3`; the lines with which both sides begin or end are before or behind the markers.
     * - `union`: the lines of both sides, ours first, without markers.
     */
    style?: 'merge' | 'diff3' | 'zdiff3' | 'union' | undefined
    /** The side whose lines are taken where the two conflict, instead of markers. Default: none. */
    favor?: 'ours' | 'theirs' | undefined
    /** What the markers say behind their space; without LF. Default `ours`, `base` and `theirs`. */
    labels?: { ours?: string | undefined; base?: string | undefined; theirs?: string | undefined } | undefined
    /** How often a marker repeats its character, from 1 to 1000. Default 7. */
    markerSize?: number | undefined
    /** Default `myers`, as for git. */
    algorithm?: Algorithm | undefined
    /**
     * As in {@link CompareOptions}: the steps for each side against the base, and for all conflicts together. When they
     * are used up, changes, and with them conflicts, are larger than they could be, and `coarse` is true.
     */
    timeoutWork?: number | undefined
  }

  /** Lines from 1. Where `lineCount` is 0, they would be before `startLine`. */
  interface LineRange {
    startLine: number
    lineCount: number
  }

  /** A place where the two sides conflict. */
  interface Conflict {
    /** The first line of it in the merged text, from 1: its first marker where there are markers. */
    startLine: number
    /** The last line of it; without any, the one before `startLine`. */
    endLine: number
    /** The lines in `ours`. */
    ours: LineRange
    /** The lines in `base`; where one conflict was divided, because the sides have lines in common, all of its lines. */
    base: LineRange
    /** The lines in `theirs`. */
    theirs: LineRange
  }

  interface Merged<T extends Text = string> {
    text: T
    /** Whether no conflict is left in the text: there was none, or `union` or `favor` decided it. */
    clean: boolean
    /** Whether the steps were used up. */
    coarse: boolean
    /** All conflicts, in order; also those that `union` or `favor` decided. */
    conflicts: Conflict[]
  }

  /**
   * Merges what `ours` and `theirs` made of `base`, to the byte as `git merge-file -p` (2.47) does it, which refuses texts
   * with a NUL. Lines end in LF; markers end in CR LF where the lines around do. Changes of the two sides that touch are a
   * conflict; the same change on both sides is none.
   *
   * @throws {TenonError} `ERR_INVALID_ARG`, `ERR_LIMIT`
   * @example
   * diff.merge('a\nb\nc\nd\n', 'A\nb\nc\nd\n', 'a\nb\nc\nD\n').text // 'A\nb\nc\nD\n'
   * diff.merge('a\n', 'b\n', 'c\n', { labels: { ours: 'file', theirs: 'edit' } })
   * // { text: '<<<<<<< file\nb\n=======\nc\n>>>>>>> edit\n', clean: false, coarse: false,
   * //   conflicts: [{ startLine: 1, endLine: 5, ours: { startLine: 1, lineCount: 1 }, … }] }
   */
  function merge(base: string, ours: string, theirs: string, options?: MergeOptions): Merged
  /** As {@link merge} of strings; bytes where any of the texts is bytes. */
  function merge(base: Text, ours: Text, theirs: Text, options?: MergeOptions): Merged<string> | Merged<Buffer>

  /**
   * A group of changes, with the unchanged lines around them. A start is the line, from 1, where the lines of a side begin
   * or would begin: where a side has no lines it is one more than what a patch says, which is the line before them (as in
   * jsdiff).
   */
  interface Hunk<T extends Text = string> {
    oldStart: number
    oldLines: number
    newStart: number
    newLines: number
    /** What stands behind the second `@@`. */
    heading?: string
    /** Each behind its marker and without its LF; `\ No newline at end of file` is one of them. */
    lines: T[]
  }

  /** What a patch does to one file. Names and headings are strings: a byte that is not UTF-8 is U+DC00 + byte in them. */
  interface FilePatch<T extends Text = string> {
    /** As written, with `a/`; null for `/dev/null`, and empty where the hunks have no header. */
    oldName: string | null
    newName: string | null
    operation: 'modify' | 'create' | 'delete' | 'rename' | 'copy'
    /** In octal digits, such as `100644`. */
    oldMode?: string
    newMode?: string
    /** Of a rename, a copy or a rewrite, in percent. */
    similarity?: number
    /** Git's abbreviated names of the texts. */
    oldHash?: string
    newHash?: string
    /** What stands before the path in the names, where it is not `a/` and `b/` and the header cannot be written without it. */
    prefixes?: [string, string]
    /** Whether names have octal escapes for what is not ASCII. */
    escaped?: true
    /** Whether the file is binary; such a patch is read, but not applied. */
    binary: boolean
    /** The blocks of a `GIT binary patch`: of the new text, and of the old one. */
    binaryBlocks?: T[]
    /** Where the patch of the file begins, from 1. */
    line: number
    hunks: Hunk<T>[]
  }

  /** A patch that was made by hand, or by jsdiff's `structuredPatch`. */
  interface HunksOfFile {
    oldName?: string | null | undefined
    newName?: string | null | undefined
    /** jsdiff's name of `oldName`; `/dev/null` is null. */
    oldFileName?: string | undefined
    newFileName?: string | undefined
    operation?: FilePatch['operation'] | undefined
    hunks: readonly {
      oldStart: number
      oldLines: number
      newStart: number
      newLines: number
      heading?: string | undefined
      lines: readonly Text[]
    }[]
  }

  /**
   * The patches of single files in a text: unified, as `git diff`, `git format-patch`, `git log -p`, `diff -u`, svn and
   * jsdiff write them, with any text around them. Git's headers are read (renames, copies, modes, quoted names), binary
   * patches are marked. Empty for a text of white space alone.
   *
   * Nothing that looks like a patch is passed over. Refused are hunks that do not have the lines their header says, a file
   * header without a hunk, hunks without a file header (unless they are the only ones), a text without any patch, and the
   * combined diffs of merges.
   *
   * @param options `strip`: how many leading components names lose, as for `patch -p`, from 0 to 1000. Default 0.
   * @throws {TenonError} `ERR_PATCH_INVALID` with `line`, `ERR_INVALID_ARG`, `ERR_LIMIT`
   * @example
   * const [file] = diff.parsePatch('--- a/x.js\n+++ b/x.js\n@@ -1 +1 @@\n-a\n+b\n', { strip: 1 })
   * file.newName       // 'x.js'
   * file.hunks[0].lines // ['-a', '+b']
   */
  function parsePatch(patch: string, options?: { strip?: number | undefined }): FilePatch[]
  /** Of bytes: the lines are Buffers. See {@link parsePatch}. */
  function parsePatch(patch: Text, options?: { strip?: number | undefined }): FilePatch<string>[] | FilePatch<Buffer>[]

  /**
   * The patches as one text, as git writes it: with its extended headers where there is something to write in them. What
   * {@link parsePatch} reads of it is the same. Always in JavaScript.
   *
   * @throws {TenonError} `ERR_PATCH_INVALID`, where what is given is no patch; `ERR_INVALID_ARG`
   * @example
   * diff.formatPatch(diff.parsePatch(text).filter((file) => !file.binary))
   */
  function formatPatch(files: readonly (FilePatch | HunksOfFile)[]): string
  /** Bytes where any of the lines is bytes. See {@link formatPatch}. */
  function formatPatch(files: readonly (FilePatch<string> | FilePatch<Buffer> | HunksOfFile)[]): string | Buffer

  /**
   * The patch that takes back what a patch does; the last file comes first. Of git's own output the reverse of the reverse
   * is the same to the byte, but for text around it.
   *
   * @throws {TenonError} `ERR_PATCH_INVALID` with `line`: as {@link parsePatch}, and for copies and for binary patches
   *   without the old text, which cannot be taken back; `ERR_INVALID_ARG`, `ERR_LIMIT`
   * @example
   * diff.reversePatch('--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n') // '--- b\n+++ a\n@@ -1 +1 @@\n-y\n+x\n'
   */
  function reversePatch(patch: string): string
  /** Of bytes: a Buffer. See {@link reversePatch}. */
  function reversePatch(patch: Text): string | Buffer
  /** Of the patch of one file (in JavaScript). See {@link reversePatch}. */
  function reversePatch<T extends Text = string>(patch: FilePatch<T>): FilePatch<T>

  interface ApplyOptions {
    /**
     * How many lines of context may differ at either end of a hunk, from 0 to 2^31-1, as for `patch -F`: of the longer
     * context first, and never all lines. The text keeps its own. Default 0.
     */
    fuzz?: number | undefined
    /**
     * How many lines a hunk may be moved, from 0 to 2^31-1, counted from where the hunk before it was moved to. Default:
     * any number.
     */
    maxOffset?: number | undefined
    /** Whether the hunks that have a place are applied where others have none. Default false: all or nothing. */
    partial?: boolean | undefined
    /** Whether the patch is taken back; `auto`: where it has been applied already, else it is applied. Default false. */
    reverse?: boolean | 'auto' | undefined
    /**
     * `auto`: where the patch does not fit otherwise, and all lines of the source end in CRLF and none of the patch, or the
     * other way round, it is taken with the line endings of the source. `exact`: a CR is part of its line. Default `auto`.
     */
    lineEndings?: 'auto' | 'exact' | undefined
  }

  interface AppliedHunk {
    /** Whether its changes were made in the text. */
    applied: boolean
    /**
     * The line, from 1, where its new lines begin in the text. Where it was not applied: the line of the source where it
     * was found, or where it was expected.
     */
    line: number
    /** How many lines it was moved, behind where the hunk before it was moved to. */
    offset: number
    /** How many lines of context were not compared at either end. */
    fuzz: number
    /**
     * Why it has no place; absent where it has one. Its lines are nowhere (`context-not-found`); at two places that are
     * equally near (`ambiguous`); only where the hunks before it make changes, or above (`overlap`); only farther away than
     * `maxOffset` (`offset-limit`); elsewhere, though it belongs at the start or the end or is all of the source (`anchored`). It has no lines by which to find its place, and the source has changed (`no-context`)
     * or should be empty (`not-empty`); a line without a newline would stand before others (`no-final-newline`); the search
     * would take too long (`limit`). It has been applied already (`already-applied`).
     */
    reason?:
      | 'context-not-found'
      | 'ambiguous'
      | 'overlap'
      | 'offset-limit'
      | 'anchored'
      | 'no-context'
      | 'not-empty'
      | 'no-final-newline'
      | 'limit'
      | 'already-applied'
    /** Up to three groups of lines of the source (from 1, both included), the most similar first; `score` from 0 to 1. */
    closest?: { startLine: number; endLine: number; score: number }[]
    /** The lines of the source at which it could as well begin, or at which it is and may not be. */
    others?: number[]
  }

  interface ApplyResult<T extends Text = string> {
    text: T
    /** What came of each hunk, in their order. */
    hunks: AppliedHunk[]
    /** Whether the source has all that the patch puts in; `text` is the source then. */
    alreadyApplied: boolean
    /** Whether the patch was taken back. */
    reversed: boolean
  }

  /**
   * Applies the patch of one file to its text.
   *
   * A hunk belongs at its line, moved as far as the hunk before it; else where its lines are nearest to that; else, with
   * `fuzz`, where they are without the ends of their context: as GNU patch places it. It is refused where GNU patch guesses:
   * at two places equally near, where fuzz leaves nothing to compare, where lines without context would be behind the end or are
   * elsewhere (an insertion without any context is put where it says: there is nothing to check it by), and
   * where its lines are only in front of, or in, what an earlier hunk changes. Deleted lines must be there as they are. A hunk with
   * less context above than below that says line 1 belongs at the start, one with less context below than above at the end.
   * A patch that creates a file needs an empty text, one that deletes it the whole; so does a single `-0,0`.
   *
   * A patch whose new lines are all there is taken for applied: where its old lines are not, or where all its new lines are
   * at the lines it says and its old ones only elsewhere.
   *
   * Time: linear in the texts, with at most 2^24 comparisons of lines beyond that.
   *
   * @throws {TenonError} `ERR_PATCH_REJECTED` where a hunk has no place, `ERR_PATCH_AMBIGUOUS` where it has two (both with
   *   `hunks` and the number `hunk` of the first that failed; not with `partial`); `ERR_PATCH_INVALID` with `line` or
   *   `hunk`, also where there is not one file; `ERR_INVALID_ARG`, `ERR_LIMIT`
   * @example
   * const patch = '--- a\n+++ b\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n'
   * diff.applyPatch('zero\none\ntwo\n', patch)
   * // { text: 'zero\none\n2\n', hunks: [{ applied: true, line: 2, offset: 1, fuzz: 0 }], alreadyApplied: false, reversed: false }
   */
  function applyPatch(source: string, patch: string | HunksOfFile, options?: ApplyOptions): ApplyResult
  /** As {@link applyPatch} of strings; bytes where the source or the patch is bytes. */
  function applyPatch(source: Uint8Array, patch: Text | HunksOfFile, options?: ApplyOptions): ApplyResult<Buffer>
  /** As {@link applyPatch} of strings; bytes where the source or the patch is bytes. */
  function applyPatch(
    source: Text,
    patch: Text | HunksOfFile,
    options?: ApplyOptions
  ): ApplyResult<string> | ApplyResult<Buffer>

  /** Lines from 1, both included. Without any, `endLine` is the one before `startLine`. */
  interface LineSpan {
    startLine: number
    endLine: number
  }

  /** A conflict in a text, with its markers. */
  interface MarkedConflict extends LineSpan {
    /** The lines of each side, without markers. */
    ours: LineSpan
    /** If the conflict shows the base, as in the styles `diff3` and `zdiff3`. */
    base?: LineSpan
    theirs: LineSpan
    /** What the markers say behind their space. */
    labels: { ours: string; base?: string; theirs: string }
  }

  /**
   * The conflicts in a text, from their markers: those of any of the styles of {@link merge} that has markers. Lines like
   * `=======` outside of conflicts are text. Refused, because nobody knows then what belongs to which side, are a conflict
   * in another, one with a second separator or base, one without an end and an end without a conflict.
   *
   * @throws {TenonError} `ERR_PATCH_INVALID` with `line`, `ERR_INVALID_ARG`, `ERR_LIMIT`
   * @example
   * diff.parseConflicts('<<<<<<< file\nb\n=======\nc\n>>>>>>> edit\n')
   * // [{ startLine: 1, endLine: 5, ours: { startLine: 2, endLine: 2 }, theirs: { startLine: 4, endLine: 4 },
   * //    labels: { ours: 'file', theirs: 'edit' } }]
   */
  function parseConflicts(text: Text, options?: { markerSize?: number | undefined }): MarkedConflict[]

  /**
   * How alike two texts are, from 0 to 1: twice the length of their longest common subsequence of code points, divided by
   * the code points of both. 1 for two empty texts. Where the texts differ in so much that this would take more than 2^28
   * pairs of code points, the lines that both have count in place of the subsequence.
   *
   * @throws {TenonError} `ERR_INVALID_ARG`, `ERR_LIMIT`
   * @example
   * diff.similarity('kitten', 'sitting') // 0.6153846153846154, 2 * 4 / 13
   */
  function similarity(a: Text, b: Text): number

  /** Whole lines of a text, from 1, both included, that are like another text. */
  interface Closest {
    startLine: number
    endLine: number
    /** Their {@link similarity}, with LF between lines and none at the end. */
    score: number
  }

  /**
   * The lines of `haystack` that are most like `needle`: about as many as it has, the best first, equal ones in their
   * order; none overlaps another. Lines end in LF, CRLF or CR. Which lines are looked at closely is decided by the pairs of
   * code points that they share, so that a text of thousands of lines takes milliseconds.
   *
   * @param options `limit`: how many, from 1 to 100, default 3; `minScore`: the least, from 0 to 1, default 0
   * @throws {TenonError} `ERR_INVALID_ARG`, `ERR_LIMIT`
   * @example
   * diff.closest('one\ntwo\nthree\n', 'twoo', { limit: 1 }) // [{ startLine: 2, endLine: 2, score: 0.857… }]
   */
  function closest(
    haystack: Text,
    needle: Text,
    options?: { limit?: number | undefined; minScore?: number | undefined }
  ): Closest[]

  /** A text for another. */
  interface TextEdit<T extends Text = string> {
    /** What is there, with LF, CRLF or CR between lines. Empty only where a text is created. */
    oldText: T
    /** What shall be there. Nothing in it means anything but itself. */
    newText: T
    /** Whether every place is meant, and not the only one. Default false. */
    all?: boolean | undefined
    /** Whether both are whole lines, so that the old text is never found inside a line. Default false. */
    wholeLines?: boolean | undefined
    /** Where it is in the model's text; of no effect. */
    line?: number | undefined
  }

  /** A hunk that is found by its content alone. */
  interface HunkEdit<T extends Text = string> {
    /**
     * Lines without LF, each behind ' ' (kept), '-' (lost) or '+' (gained); an empty one is kept. One that begins with a
     * backslash says that the line before it has no line end.
     */
    lines: readonly T[]
    /** Lines that come before, from outside to inside: whole lines, or what only one begins with or has. */
    anchors?: readonly T[] | undefined
    /** Whether the last old line is the last of the file. Default false. */
    atEnd?: boolean | undefined
    /** Whether it is the first of its section, in no order with the hunks before it. Default false. */
    first?: boolean | undefined
    /** The line that it says it begins at; of no effect. */
    hint?: number | undefined
    /** Where it is in the model's text; of no effect. */
    line?: number | undefined
  }

  type Edit = TextEdit<Text> | HunkEdit<Text>

  /** What a model wrote of one file. */
  interface ParsedFile<T extends Text = string> {
    /** Null where the text names none. */
    path: string | null
    /** A file that moves may have edits too; one that goes has at most one, with all of its lines. */
    operation: 'update' | 'create' | 'delete' | 'move'
    /** Where it moves to. */
    newPath?: string
    edits: (TextEdit<T> | HunkEdit<T>)[]
    /** Where it begins in the model's text, from 1. */
    line: number
  }

  interface ParsedEdits<T extends Text = string> {
    format: 'search-replace' | 'unified' | 'v4a'
    files: ParsedFile<T>[]
  }

  /**
   * The edits in what a model wrote, with text and fences around them:
   * - SEARCH/REPLACE blocks (`<<<<<<< SEARCH`, `=======`, `>>>>>>> REPLACE`; also `------- SEARCH` and `+++++++ REPLACE`),
   *   the path alone on the line before, in the line of the fence or on the line above it. A word with neither a dot nor a
   *   slash is a path in backticks or stars, behind `File:` and where it is well known, such as `Makefile`. Below text
   *   instead, the path is on the only line of it that is one; where none is, it is that of the block before. Where the
   *   text may name another file, the block is refused: the path belongs directly above it. An empty SEARCH creates.
   * - Unified diffs, with line numbers, which mean nothing, or without; git's headers of new, deleted and renamed files.
   *   Hunks without a header, apart from those before them, have the path of a block.
   * - V4A: `*** Begin Patch`, `*** Add File:`, `*** Delete File:`, `*** Update File:`, `*** Move to:`, `@@ anchor`,
   *   `*** End of File`, `*** End Patch`.
   *
   * Refused with the line: what is cut short, markers that are damaged, mixed or out of order, unknown directives, lines
   * of which it cannot be told whether they are markers, and text without any edit.
   *
   * @throws {TenonError} `ERR_PATCH_INVALID` with `line`; `ERR_INVALID_ARG`, `ERR_LIMIT`
   * @example
   * diff.parseEdits('src/a.js\n<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\n')
   * // { format: 'search-replace', files: [{ path: 'src/a.js', operation: 'update',
   * //   edits: [{ line: 2, oldText: 'one\n', newText: 'two\n', wholeLines: true }], line: 2 }] }
   */
  function parseEdits(text: string): ParsedEdits
  /** As {@link parseEdits} of a string; the texts are bytes. Paths are strings in any case. */
  function parseEdits(text: Uint8Array): ParsedEdits<Buffer>
  /** As {@link parseEdits} of the one or the other. */
  function parseEdits(text: Text): ParsedEdits | ParsedEdits<Buffer>

  /**
   * How closely the old text and what was found are the same. They are tried in this order, and the first with any place
   * decides:
   * - `exact`: the same, but for the kind of line ends. Where only the first line lacks some of its indentation, and the new
   *   text has several lines, these are given it, and the grade is `indentation`.
   * - `trailing-space`: the same lines but for spaces and tabs at their ends.
   * - `indentation`: and indented in one other way (more, less, tabs for 2, 4 or 8 spaces), which what is new is given too.
   * - `unicode-punctuation`: and with quotes, dashes, ellipses, spaces and full-width signs beyond ASCII as those in it.
   *   At the beginning and the end of a changed line, what the edit does not change stays as the file has it.
   * - `fuzzy`: and lines that the edit keeps, but not the first and the last, may differ in the blanks around signs, in
   *   quotes, in commas and semicolons at their ends and in the blank lines between them.
   */
  type MatchGrade = 'exact' | 'trailing-space' | 'indentation' | 'unicode-punctuation' | 'fuzzy'

  /**
   * Why an edit is not applied.
   * - `not-found`: the old text is not there at any grade.
   * - `ambiguous`: several places (`candidates`) are as good as each other, or another is so like the old text that it may
   *   be the one that is meant.
   * - `no-change`: old and new text are the same.
   * - `already-applied`: the new text is there, and the old one is not, or is part of it.
   * - `below-score`: what was found at the fuzzy grade is below `fuzzy`.
   * - `too-short`: too few words to be placed by anything but an exact match.
   * - `inside-word`: found once, where it begins or ends inside a word.
   * - `indentation`: how the new lines have to be indented cannot be told.
   * - `empty-search`: the old text is empty, and the file is not.
   * - `no-context`: a hunk whose kept and lost lines have no content, and that has no anchor, or only inserts and has one
   *   whose line ends inside a header (`def f(`).
   * - `out-of-order`: a hunk that is found only before the one that precedes it.
   * - `not-at-end`: a hunk at the end that is found elsewhere only.
   * - `outside-anchor`: a hunk that is not found in what its anchor encloses, but elsewhere. A line encloses those indented
   *   more, up to the first that is not and does more than close; the title of a section or a heading, the lines up to the
   *   next one; a comment, what the line under it encloses.
   *   Where nothing is indented more, a line encloses the lines up to a blank one or one that begins as it does.
   * - `anchor-not-found`: `closest` is what is like the anchor.
   * - `too-large`: not there as it is, and too large for other grades.
   * - `rolled-back`: it could be applied, but another one could not.
   */
  type EditReason =
    | 'not-found'
    | 'ambiguous'
    | 'no-change'
    | 'already-applied'
    | 'below-score'
    | 'too-short'
    | 'inside-word'
    | 'indentation'
    | 'empty-search'
    | 'no-context'
    | 'out-of-order'
    | 'not-at-end'
    | 'outside-anchor'
    | 'anchor-not-found'
    | 'too-large'
    | 'rolled-back'

  /**
   * What became of an edit. All lines are those of the source as it was given, from 1; a line that an edit before put in
   * counts as the one before it.
   */
  interface EditReport {
    applied: boolean
    matchedWith?: MatchGrade
    /** The first of the lines found, in the first place; for one that only inserts after an anchor, the anchor. */
    line?: number
    /** The last of them. */
    endLine?: number
    /** In how many places. */
    count?: number
    /** 1 but for `fuzzy`: the similarity of what is sought and what is found, without their indentation. */
    score?: number
    reason?: EditReason
    /** The lines of the places that are as good as each other, or that would be, at most 20. */
    candidates?: number[]
    /** What is most like the old text, at most three, with at most 200 lines of text each. */
    closest?: (Closest & { text: string })[]
  }

  interface EditResult<T extends Text = string> {
    text: T
    edits: EditReport[]
  }

  /** What became of a file. */
  interface FileResult<T extends Text = string> {
    /** As it is in the sources where it is there. */
    path: string | null
    newPath?: string
    operation: 'update' | 'create' | 'delete' | 'move'
    /** Null where the file goes, and where nothing was applied. */
    text: T | null
    edits: EditReport[]
    /**
     * Why nothing happens to the file: it is not there, or it is (for one that is created or moved there), it has more
     * lines than the edit takes away, there is no path and more than one source, or another file was refused.
     */
    reason?: 'missing-file' | 'file-exists' | 'not-empty' | 'no-path' | 'rolled-back'
  }

  interface ApplyEditsOptions {
    /** The least score for the grade `fuzzy`, from 0 to 1; false turns it off. Default 0.95. */
    fuzzy?: number | false | undefined
    /** Whether what can be applied is, and what cannot is only reported. Default false: all or nothing. */
    partial?: boolean | undefined
  }

  /**
   * Applies the edits that a model wrote, in their order, each to what those before it made. An edit is placed by the
   * strictest grade at which its old text is found ({@link MatchGrade}); where that is in two places, and wherever it would
   * have to be guessed, it is refused ({@link EditReason}).
   *
   * What an edit keeps stays as the file has it, whatever the edit says. The byte order mark, the kind of line ends (that of
   * the lines around, in mixed files; a lone CR in a new text is none, unless all lines end in it) and a missing final newline stay; new lines are indented as the file is where the old
   * ones are not. A new text that puts a line behind a last one without end (`{ oldText: 'b', newText: 'b\n' }`) has its
   * way.
   *
   * The edits are an array, what a model wrote, or what {@link parseEdits} made of it. With the texts of several files by
   * path (null: no such file), all files are edited or none.
   *
   * @throws {TenonError} where an edit is refused and `partial` is not set: `ERR_PATCH_AMBIGUOUS` if all that are refused
   *   are ambiguous, else `ERR_PATCH_REJECTED`; both with `edits`, or with `files`, as the result would have them, and a
   *   message that says of each what is wrong and what is closest. `ERR_PATCH_INVALID` for a model's text, with `line`;
   *   `ERR_INVALID_ARG`; `ERR_LIMIT` (more than 10000 edits)
   * @example
   * diff.applyEdits('one\r\ntwo\r\n', [{ oldText: 'two\n', newText: '2\n' }])
   * // { text: 'one\r\n2\r\n', edits: [{ applied: true, matchedWith: 'exact', line: 2, endLine: 2, count: 1, score: 1 }] }
   * const { files } = diff.applyEdits(new Map([['a.js', source]]), answer)
   */
  function applyEdits(
    source: string,
    edits: string | ParsedEdits | ParsedFile | readonly (TextEdit | HunkEdit)[],
    options?: ApplyEditsOptions
  ): EditResult
  /** As {@link applyEdits} of strings; bytes where any of the texts is bytes. */
  function applyEdits(
    source: Text,
    edits: Text | ParsedEdits<Text> | ParsedFile<Text> | readonly Edit[],
    options?: ApplyEditsOptions
  ): EditResult<string> | EditResult<Buffer>
  /** As {@link applyEdits} of one text, for several files by path: all are edited or none. */
  function applyEdits(
    sources: ReadonlyMap<string, string | null> | Readonly<Record<string, string | null>>,
    edits: string | ParsedEdits | ParsedFile,
    options?: ApplyEditsOptions
  ): { files: FileResult[] }
  /** As {@link applyEdits} of strings; the text of a file is bytes where any of its texts is. */
  function applyEdits(
    sources: ReadonlyMap<string, Text | null> | Readonly<Record<string, Text | null>>,
    edits: Text | ParsedEdits<Text> | ParsedFile<Text>,
    options?: ApplyEditsOptions
  ): { files: FileResult<string | Buffer>[] }
}

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
    /** Allows a file system's root and the home directory as `root`. Default false. */
    allowBroadRoot?: boolean
    /** Ends the walk; the promise is rejected with `ERR_ABORTED`. */
    signal?: AbortSignal
  }

  interface WalkOptions {
    /** As in {@link ListOptions}. Default true. */
    hidden?: boolean
    /** As in {@link ListOptions}. Default true. */
    ignore?: boolean
    /** Whether directories are entries. Default false. */
    directories?: boolean
    /**
     * What becomes of symbolic links: `skip` leaves them out (the default), `list` gives them as entries of kind `symlink`,
     * `follow` gives what they lead to, where that lies under the root, outside of `.git`, and is not a directory that the
     * walk is in; the other links are reported in `skipped`. git's rules see a link as a file, and what it leads to by the
     * path that goes through it. At most 100000 links to directories are followed.
     */
    symlinks?: 'skip' | 'list' | 'follow'
    /** Whether FIFOs, sockets and devices are entries, of kind `other`. Default false. */
    special?: boolean
    /** Whether entries have a size and a time, which costs a call to the system for each. Default false. */
    stat?: boolean
    /** The most entries of a batch. An integer from 1 to 100000. Default 1000. */
    batchSize?: number
    /** As in {@link ListOptions}. Default false. */
    allowBroadRoot?: boolean
    /** Ends the walk: the batch that is waited for, or else the next, is rejected with `ERR_ABORTED`. */
    signal?: AbortSignal
  }

  /** Something that a walk found. */
  interface Entry {
    /** Relative to the root, as in {@link list}. */
    path: string
    /** What it is; of a link that is followed, what it leads to. */
    kind: 'file' | 'directory' | 'symlink' | 'other'
    /** Bytes, with `stat`; missing where the system would not say, which `skipped` reports. */
    size?: number
    /** When the content was changed last, in milliseconds since 1970, with `stat`; missing as `size` is. */
    mtimeMs?: number
  }

  /** The batches of a walk, and what was not in them: whole once the iteration is done. A walk can be gone through once. */
  interface Walk extends AsyncIterableIterator<Entry[]> {
    /** As {@link Listing.skipped}, in the order of the walk. */
    readonly skipped: readonly { path: string; reason: string }[]
    /** How much was left out so far. */
    readonly leftOut: Readonly<LeftOut>
    /** Ends the walk and frees what it holds; leaving a `for await` loop does so. */
    return(): Promise<IteratorResult<Entry[], void>>
  }

  /**
   * How many entries were left out, each for the first reason that applies: hidden, then ignored, then what they are. A
   * directory counts as one, whatever is in it; `.git` does not count.
   */
  interface LeftOut {
    /** Ignored by git's rules. */
    ignored: number
    /** Names that start with `.`, with `hidden: false`. */
    hidden: number
    /** Symbolic links, to files and to directories. */
    symlinks: number
    /** FIFOs, sockets and devices. */
    special: number
    /** Directories that could not be read. */
    unreadable: number
    /** Repositories inside a repository. */
    nestedRepositories: number
  }

  /**
   * The paths, and what is not among them. The three properties are not enumerable: copies of the array (`filter`, JSON,
   * `postMessage`) do not have them.
   */
  interface Listing extends Array<string> {
    /**
     * What could not be listed or read, sorted by path: a directory without permission (`EACCES`) or whose path is longer
     * than the system takes (`ENAMETOOLONG`), a nested git repository, a rule file that cannot be used, the root (`.`)
     * when it is itself ignored. Vanished files are simply not there.
     */
    readonly skipped: readonly { path: string; reason: string }[]
    /** How much was left out. Of a list that `maxFiles` cut short: before the first path that is missing. */
    readonly leftOut: Readonly<LeftOut>
    /** Whether `maxFiles` cut the list short. */
    readonly truncated: boolean
  }

  /**
   * The regular files under `root` that git would not ignore, as `git ls-files -co --exclude-standard` gives them
   * (tracked files are listed whatever the rules say), without links and special files: relative to `root`, with `/`
   * between names on every platform, sorted by their bytes. In a name that is not UTF-8 every byte that does not belong
   * is a lone surrogate, U+DC00 and the byte: {@link pathBytes} gives what `node:fs` opens, and a root may be so written.
   *
   * Rules come from `.gitignore` files in the tree and above it up to the top of the repository, from
   * `.git/info/exclude`, and from `core.excludesFile` (system, global and repository configuration, `[include]`
   * and `[includeIf]` followed). Outside a repository, `root` counts as the top of one, and the repositories found
   * below are listed with their own rules; inside one, nested repositories are opaque and reported in `skipped`.
   * Directories are walked without following links; `root` itself may be a link.
   *
   * Time: one read of each directory. A call that may meet large trees should pass a `signal`.
   *
   * @param root a directory, absolute or relative to the working directory
   * @throws {TenonError} `ERR_IO` when `root` is missing (`ENOENT`), not a directory (`ENOTDIR`) or unreadable
   *   (`EACCES`); `ERR_ABORTED`; `ERR_INVALID_ARG`, also for a file system's root or the home directory without
   *   `allowBroadRoot`
   * @example
   * const paths = await tenon.files.list('/repo', { signal: AbortSignal.timeout(5000) })
   * for (const { path, reason } of paths.skipped) console.warn(`${path}: ${reason}`)
   */
  function list(root: string, options?: ListOptions): Promise<Listing>

  /** As {@link list}, on the calling thread. */
  function listSync(root: string, options?: Omit<ListOptions, 'signal'>): Listing

  /**
   * What {@link list} gives, in batches, in the same order, and with directories, links, sizes and times where they are
   * asked for. Directories come before what is in them, where their own path belongs: `a`, `a-b`, `a/c`.
   *
   * Nothing is read before it is asked for: a slow reader holds the walk up, no thread waits, and no directory is open
   * between two batches. What changes meanwhile is seen or not.
   *
   * @param root a directory, absolute or relative to the working directory when the first batch is asked for
   * @throws {TenonError} `ERR_INVALID_ARG` at once; with the first batch `ERR_IO` as {@link list}; `ERR_ABORTED`
   * @example
   * const walk = tenon.files.walk('/repo', { stat: true })
   * for await (const batch of walk) {
   *   for (const { path, size } of batch) if (size > 1e6) console.log(path)
   * }
   * for (const { path, reason } of walk.skipped) console.warn(`${path}: ${reason}`)
   */
  function walk(root: string, options?: WalkOptions): Walk

  /**
   * The bytes of a path of this module for `node:fs`, whose strings cannot name what is not UTF-8: lone surrogates from
   * U+DC80 to U+DCFF become the bytes they stand for.
   *
   * @throws {TenonError} `ERR_INVALID_ARG` for what is no string, or has a NUL
   * @example
   * for (const path of await tenon.files.list(root)) {
   *   const text = fs.readFileSync(Buffer.concat([Buffer.from(`${root}/`), tenon.files.pathBytes(path)]))
   * }
   */
  function pathBytes(path: string): Buffer

  /** What {@link grep} looks for, and where. Either `pattern` or `patterns`. */
  interface GrepStreamOptions {
    /** A regular expression in the syntax of the Rust crate `regex`: see {@link grep}. */
    pattern?: string
    /** Several, of which a match has one; where two begin at the same place, the first. All together 65536 bytes at most. */
    patterns?: readonly string[]
    /** A directory, absolute or relative to the working directory. Default `.`. Paths of matches are relative to it. */
    root?: string
    /**
     * The files and directories to search instead of all of the root: relative to it, or absolute. A file named here is
     * searched whatever rules, names, `globs` and `types` say, and through a link; rules that ignore a directory named here
     * hold. Where they overlap, each file is searched once, and counted once where it is left out. Paths of matches below the root are relative to it however these are spelled; others begin as these do.
     *
     * **They may lead out of the root**, by `..`, absolute or through a link: check what a model wrote before passing it on.
     * An empty list is `ERR_INVALID_ARG`.
     */
    paths?: readonly string[]
    /** Whether the patterns are plain text. Default false. */
    fixed?: boolean
    /**
     * Whether letters match in either case (Unicode's simple folding). Default false. `'smart'`: unless a letter that a
     * pattern names is upper case; what it names by escapes such as `\W` or `\p{Lu}` does not count.
     */
    ignoreCase?: boolean | 'smart'
    /** Whether a match must have no word character (`\w`) beside it. Default false. */
    word?: boolean
    /** Whether a match may reach over the end of a line. Default false. */
    multiline?: boolean
    /** With `multiline`: whether `.` matches the end of a line too. Default false. */
    dotAll?: boolean
    /** Whether to give the lines that do not match. Default false. */
    invert?: boolean
    /** Lines of context in front of each match, from 0 to 10000. Default 0. */
    before?: number
    /** Lines of context behind each match, from 0 to 10000. Default 0. */
    after?: number
    /**
     * Which paths count, in the syntax of {@link glob}, with `dot` on. One without a slash is matched with the name alone
     * (`*.ts`, `!node_modules`), one with a slash with the path from the root (a slash in front is the root too). `lib/` is
     * all below directories named `lib`, and a last name without wildcards may be a directory. Those with `!` leave out,
     * wherever they stand. Paths outside of the root are matched as they were given. `..` is `ERR_INVALID_ARG`.
     */
    globs?: string | readonly string[]
    /** Types of files, by the names that ripgrep has for them (`ts`, `rust`, `py`; `rg --type-list`). All by default. */
    types?: string | readonly string[]
    /**
     * Whether names that start with `.` count, for files and directories. Default true. `.git` is never searched, unless the
     * root or one of `paths` lies in it.
     */
    hidden?: boolean
    /** Whether to search what git ignores, and nested repositories, too. Default false. */
    ignored?: boolean
    /**
     * The encoding of files. A byte order mark always decides: UTF-8, UTF-16LE and UTF-16BE have one. `'auto'`, the
     * default, reads all others as UTF-8; or the label of an encoding, as of `TextDecoder`. The fallback throws
     * `ERR_UNSUPPORTED` for GBK, GB18030, Big5, EUC-JP, EUC-KR, ISO-2022-JP and Shift_JIS.
     */
    encoding?: string
    /** What to do with files that have a NUL anywhere: `'skip'`, the default, counts them in `skipped.binary`. */
    binary?: 'skip' | 'text'
    /**
     * The most matches: the first by path, then by line. From 0 to 4294967295. Default 100000, of a stream none. The search
     * ends at the first match beyond.
     */
    maxResults?: number
    /**
     * The most matches of a file, from 1 to 4294967295. None by default. Where a file has more, `filesLimited` of the result
     * counts it.
     */
    maxPerFile?: number
    /** Larger files are counted in `skipped.tooLarge`. From 0 to 268435456. Default 16777216 (16 MiB). */
    maxFileBytes?: number
    /**
     * The longest text of a match, and line of context, in UTF-16 code units: of a longer one a part is given, and `cut`
     * says so. From 16 to 268435456. Default 4096.
     */
    maxLineLength?: number
    /**
     * How long to search, in milliseconds; of a stream the time between batches does not count. None by default. What comes
     * before the point that was reached is in the result; a file in the middle of which the time was up counts as matched,
     * but not as searched.
     */
    timeBudgetMs?: number
    /**
     * Texts that stand for files, by path from the root, such as unsaved buffers: they are searched instead of what is on
     * the disk, whatever rules and hidden names say, where `paths`, `globs` and `types` let them through. There need be no
     * such file, nor a directory for it, also where `paths` names that. What is on the disk at other paths is searched all
     * the same: the file at `a` beside a text for `a/b`, the files below a directory `a` beside a text for `a`. A path with
     * a slash at its end is `ERR_INVALID_ARG`, and so is one in `.git` or outside of the root.
     */
    overlay?: ReadonlyMap<string, Text>
    /** Whether the root of a file system or the home directory may be searched. Default false. */
    allowBroadRoot?: boolean
    /** Ends the search; the promise is rejected with `ERR_ABORTED`. */
    signal?: AbortSignal
  }

  interface GrepOptions extends GrepStreamOptions {
    /** Called now and then, of a short search never, with what has been done so far. What it throws ends the search. */
    onProgress?: (progress: { filesSearched: number; matches: number }) => void
  }

  /** A line that matches; with `multiline`, the lines of one match, or of several that share a line. */
  interface Match {
    /** Relative to the root, `/` between names. */
    path: string
    /** The number of the (first) line, from 1. */
    line: number
    /** Where the first match begins in the line, in UTF-16 code units from 0. With `invert` 0. */
    column: number
    /**
     * Where the first match begins in the file, in bytes. In a file that is not UTF-8, and is decoded, in its text as UTF-8,
     * without the byte order mark.
     */
    byteOffset: number
    /**
     * The line without its end (LF or CRLF). What is not UTF-8 is U+FFFD, as of `TextDecoder`. Where the pattern names
     * `\r`, the CR is part of the line.
     */
    text: string
    /**
     * The matches in `text`, in UTF-16 code units: start and end of each. Empty matches are not among them; with `invert`
     * there are none.
     */
    ranges: [start: number, end: number][]
    /**
     * Lines in front of the match, where `before` asks for some: those that are no match and not `after` another. So no line
     * is given twice, and all of a file's matches one behind the other are what `grep -C` prints.
     */
    before?: string[]
    /** Lines behind the match, up to the next one. */
    after?: string[]
    /**
     * Only where something is longer than `maxLineLength`: where `text` begins in its line, how long the line is, how many
     * matches that are not empty it has, and how many lines of context have been cut at their end.
     */
    cut?: { start: number; length: number; ranges: number; context: number }
  }

  /** Why something was not searched, or not whole: a name of a count of {@link GrepSkipped}. */
  type GrepSkipReason = Exclude<keyof GrepSkipped, 'samples' | 'matching'>

  interface GrepSample {
    /** As the paths of matches are; absolute for a file outside of the root. */
    path: string
    reason: GrepSkipReason
    /** Of `unreadable` the symbolic errno, or why a file of rules was not used. */
    detail?: string
    /** Of `ignored` the rule that does it, where it can be told: see `ignore.TreeRule`. */
    rule?: { file: string; line: number; pattern: string }
  }

  /** What was not searched, or not whole. A directory that is left out counts as one. `globs` and `types` do not count. */
  interface GrepSkipped {
    /** Ignored by rules of git. */
    ignored: number
    /** Names that start with a dot, where `hidden` is false. */
    hidden: number
    /** Files with a NUL. */
    binary: number
    /** Files larger than `maxFileBytes`. */
    tooLarge: number
    /** What the system does not let read, and files of rules that could not be used. What vanishes is not there. */
    unreadable: number
    /**
     * Files that were searched and are not valid in their encoding, UTF-8 as a rule: patterns do not match there what is
     * not. In other encodings than UTF-8 that has become U+FFFD.
     */
    notUtf8: number
    /** Files in which a look-around or back-reference took too many steps: what is behind that place was not searched. */
    outsideBudget: number
    /** Pipes, sockets and devices. They are not opened. */
    special: number
    /** Symbolic links, which are not followed. */
    symlinks: number
    /** Repositories inside the repository. */
    nestedRepositories: number
    /** Up to five of each, in the order in which they were met. */
    samples: GrepSample[]
    /**
     * Only where nothing matched, the search was not cut short, and something was left out as ignored or hidden: how many
     * of those files would have matched, and whether all were searched whole (10000 files and 256 MiB at most; none too
     * large, binary or unreadable; no link, special file or repository among them, which are not looked at).
     */
    matching?: { ignored: number; hidden: number; complete: boolean }
  }

  interface GrepSummary {
    /** The files searched, up to the one in which the search ended. */
    filesSearched: number
    /** The files of the matches. */
    filesMatched: number
    /** The files that have more matches than `maxPerFile`, of those before the point where the search ended. */
    filesLimited: number
    /**
     * Why the search ended early: there are more matches than `maxResults`, the time was up, or (of `grep` alone) their text
     * is more than 134217728 code units. All counts are of what comes before that point, in the order of the paths; but for
     * `timeBudget` they are the same every time.
     */
    truncated: false | 'maxResults' | 'timeBudget' | 'resultSize'
    skipped: GrepSkipped
    /** What found the matches: `fancy-regex` where a pattern has look-around or back-references. */
    engine: 'regex' | 'fancy-regex'
  }

  interface GrepResult extends GrepSummary {
    /** In the order of the paths' bytes, then of the lines. */
    matches: Match[]
  }

  /** The matches of {@link grepStream}, in batches. */
  interface MatchStream extends AsyncIterableIterator<Match[], void, void> {
    /** What was searched; undefined until the last batch. */
    readonly summary: GrepSummary | undefined
    return(): Promise<IteratorResult<Match[], void>>
    [Symbol.asyncIterator](): MatchStream
  }

  /**
   * Searches the files under `root` line by line, as `rg --hidden` does it, with git's own ignore rules (those of
   * {@link list}). Files are read whole and never mapped. A result says what was not searched: `skipped`.
   *
   * **Patterns** are those of the Rust crate `regex` (Unicode on, `^` and `$` at the borders of lines), which takes time
   * linear in the text. Without `multiline` a match is inside of one line: `\s`, `[^a]` and their like never match the end
   * of a line, a pattern that names a line feed is `ERR_INVALID_ARG`, and `\A` and `\z` are the ends of the line. Lines
   * end with LF. The CR of a CRLF is part of the end: `$` matches before it, and `.` does not match a CR; unless a
   * pattern names the CR itself (`\r`), which is then part of the line. With `multiline` `\A` and `\z` are the ends of the
   * file. Bytes that are no UTF-8 are matched by nothing but `(?-u)`.
   *
   * Patterns with look-around or back-references are run by `fancy-regex`, which tries out, with a million steps for each
   * match. The fallback throws `ERR_UNSUPPORTED` for these, for `(?-u)`, and for properties of Unicode other than general
   * categories, white space and the larger scripts. A property that neither engine knows, such as a misspelt one, is
   * `ERR_UNSUPPORTED` too. A pattern that is too large once it is compiled is `ERR_LIMIT`, in the fallback earlier than
   * natively.
   *
   * @throws {TenonError} `ERR_INVALID_ARG` for a pattern that is none, with the engine's own words; `ERR_LIMIT`;
   *   `ERR_UNSUPPORTED`; `ERR_IO` when the root or one of `paths` is missing or a directory that cannot be read (a file that
   *   cannot be is in `skipped.unreadable`); `ERR_ABORTED`
   * @example
   * const { matches, truncated, skipped } = await tenon.files.grep({ pattern: 'TODO|FIXME', root: '/repo', types: 'ts' })
   * for (const { path, line, column, text } of matches) console.log(`${path}:${line}:${column + 1}: ${text}`)
   * if (truncated || skipped.unreadable > 0) console.warn('not everything was searched')
   * if (skipped.matching) console.warn(`${skipped.matching.ignored} ignored files would have matched`)
   */
  function grep(options: GrepOptions): Promise<GrepResult>

  /**
   * What {@link grep} gives, in batches, in the same order. Nothing is searched before it is asked for, but for a few
   * blocks of files that are finished: a slow reader holds the search up, and no thread runs between two batches. How the
   * matches are divided into batches is not the same every time.
   *
   * @throws {TenonError} as {@link grep}: `ERR_INVALID_ARG` for options at once, all else with the first batch
   * @example
   * const stream = tenon.files.grepStream({ pattern: 'unsafe', root: '/repo', globs: '*.rs' })
   * for await (const batch of stream) {
   *   for (const { path, line } of batch) console.log(`${path}:${line}`)
   * }
   * console.log(stream.summary.filesSearched)
   */
  function grepStream(options: GrepStreamOptions): MatchStream

  interface MatchOptions {
    /** Whether wildcards match names that start with a dot; names that a pattern spells out match anyway. Default false. */
    dot?: boolean
    /** Whether the case of the letters A to Z counts; that of others always does. Default true. */
    caseSensitive?: boolean
  }

  interface GlobOptions extends MatchOptions {
    /** The directory to search. Default `.`, the working directory. */
    cwd?: string
    /**
     * `true`, the default: git's ignore rules apply, as for {@link list}. `false`: they do not. An array: they do, and
     * these patterns leave out too, with all that is below the directories they match and whatever `dot` says.
     */
    ignore?: boolean | readonly string[]
    /** Whether directories are left out of the result. Default true, unless `onlyDirectories`. */
    onlyFiles?: boolean
    /** Whether files are left out of the result. Default false. */
    onlyDirectories?: boolean
    /**
     * Whether symbolic links stand for what they lead to, where that lies below `cwd`, outside of `.git` and is not a
     * directory that the link lies in; other links are in `skipped`. Default false: links are left out, those to files
     * too, and counted in `leftOut.symlinks`.
     */
    followSymlinks?: boolean
    /** Whether the paths are absolute: `cwd`, made absolute, in front of each. Default false. */
    absolute?: boolean
    /** The most paths to return: the first by bytes. An integer from 0 to 4294967295. Default 1000000. */
    maxResults?: number
    /** The most names in a path: 1 looks at the entries of `cwd` alone. An integer from 1 to 4294967295, the default. */
    maxDepth?: number
    /** Whether `cwd` may be the root of a file system or the home directory. Default false. */
    allowBroadRoot?: boolean
    /** Ends the search; the promise is rejected with `ERR_ABORTED`. */
    signal?: AbortSignal
  }

  /**
   * The files below `cwd` whose paths match, with `/` between names on every platform, sorted by the bytes of their
   * UTF-8. `skipped`, `leftOut` and `truncated` are as those of {@link list}; they tell of what would have matched, and
   * of directories that could have held some. A name that starts with a dot and is not matched for that is not counted.
   * `.git` is never entered. Directories that can hold nothing that matches are not read.
   *
   * The syntax is the common core of picomatch's:
   *
   * | pattern | matches |
   * |---|---|
   * | `*` | any number of characters of a name |
   * | `?` | one character |
   * | `**` | as a whole name, any number of names: `src/**` is everything below `src` and `src` itself |
   * | `[abc]`, `[a-z]`, `[!a]`, `[^a]` | one character that is, or is not, among these; `[id]` also as it is spelled |
   * | `[[:alpha:]]` | POSIX classes, for ASCII: `alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit` |
   * | `{a,b}`, `{1..3}`, `{01..10..3}`, `{a..e}` | each of the alternatives; they may hold slashes and be nested |
   * | `@(a\|b)`, `?(…)`, `*(…)`, `+(…)`, `!(…)` | one of the alternatives, once at most, any number of times, once or more, anything else |
   * | `\` | makes the next character stand for itself |
   * | `!` in front | leaves out, wherever it stands in the list, with all that is below a directory that it matches |
   * | `/` at the end | matches directories alone |
   *
   * A list takes what one of its patterns matches and none with `!` does; where all have `!`, it takes the rest, as if
   * `**` were among them. What leaves out does so whatever `dot` says. A name is matched by characters of Unicode, and by
   * the byte where it is not UTF-8. What is malformed, such as a brace that nothing closes, stands for itself.
   *
   * Differences from picomatch 4:
   * - A class is a wildcard: it never matches a dot at the start of a name without `dot`, and never a slash. `[!a]` is
   *   `[^a]`. With a slash inside it is no class.
   * - `@(…)` and its like do not let `*` inside them match a dot at the start of a name. `!(a)b` matches what can be cut
   *   so that its first part is not `a`, as in bash; picomatch looks no further than the place where the group starts.
   * - `*(…)` and `+(…)` work for all alternatives, where picomatch takes those it finds risky as text; `?` is a wildcard
   *   right behind a parenthesis too. A slash inside `*(…)`, `+(…)` or `!(…)` is `ERR_UNSUPPORTED`.
   * - `**` is special as a whole name alone, also inside braces and `@(…)`.
   * - `{1..10}` is ten numbers, not a class. A backslash never separates names.
   * - Parentheses alone, `|`, `"`, `$`, `^` and `+` behind a class stand for themselves: `app/(group)/page.tsx` is a path.
   * - A leading `./` of a path does not count; a slash at its end says that it is a directory's.
   * - Negation as above, instead of the opposite of one pattern.
   * - `*.*` and `{.*,a}` need no character behind the dot, and a name has one at least: `x/**\/!(a)` does not match `x`.
   * - Two dots make a range where the braces hold nothing else.
   *
   * Limits, `ERR_LIMIT`: 10000 patterns in a list, of 65536 code units each; 10000 alternatives of a pattern, where
   * braces with slashes are multiplied; 64 groups in each other; 64 groups `*(…)`, `+(…)` and `!(…)` in a list; and
   * 1048576 nodes, some bytes of the patterns multiplied. The time for a name is at most a polynomial of its length and
   * the pattern's, whatever the pattern is.
   *
   * @param patterns one or more, relative to `cwd`: `ERR_INVALID_ARG` for absolute ones and those with `..`
   * @throws {TenonError} `ERR_IO` when `cwd` is missing, not a directory or unreadable; `ERR_ABORTED`;
   *   `ERR_INVALID_ARG`, `ERR_LIMIT` and `ERR_UNSUPPORTED` with the place of the pattern
   * @example
   * const headers = await tenon.files.glob('**\/*.h', { cwd: '/repo' })
   * const sources = await tenon.files.glob(['src/**', '!**\/*.test.ts'], { ignore: ['vendor'], maxResults: 1000 })
   * if (sources.truncated) console.warn('there are more')
   */
  function glob(patterns: string | readonly string[], options?: GlobOptions): Promise<Listing>

  /** As {@link glob}, on the calling thread. */
  function globSync(patterns: string | readonly string[], options?: Omit<GlobOptions, 'signal'>): Listing

  /**
   * Whether a path matches patterns of {@link glob}. Nothing is read: a path with a slash at its end is a directory's.
   * Patterns may be absolute here where the path is.
   *
   * @param path with `/` between names
   * @example
   * tenon.files.isMatch('src/a.tsx', 'src/*.{ts,tsx}') // true
   * tenon.files.isMatch('src/a.test.ts', ['**\/*.ts', '!**\/*.test.ts']) // false
   */
  function isMatch(path: string, patterns: string | readonly string[], options?: MatchOptions): boolean

  /**
   * The paths that match, as {@link isMatch} says, in their order: for many paths much faster than a call for each.
   *
   * @example
   * tenon.files.filterPaths(['a.ts', 'b.js'], '*.ts') // ['a.ts']
   */
  function filterPaths(paths: readonly string[], patterns: string | readonly string[], options?: MatchOptions): string[]

  interface SearchOptions {
    /** The most paths to return. An integer from 0 to 1000000. Default 50. */
    limit?: number
    /**
     * How many characters of a fuzzy term may be missing in the path, or be others there: at most a third of the term's
     * characters, and none of a term of more than 64. An integer from 0 to 4. Default 0.
     */
    typos?: number
    /** Whether capitals and small letters are the same; `smart` (the default) means in terms without a capital. */
    ignoreCase?: boolean | 'smart'
  }

  interface FindPathsOptions extends SearchOptions {
    /** Where to search. Strings without NUL, 536870888 code units with one more for each. */
    paths: readonly string[] | PathSet
  }

  interface FindPathsAsyncOptions extends FindPathsOptions {
    root?: undefined
    /** Ends the search; the promise is rejected with `ERR_ABORTED`. */
    signal?: AbortSignal
  }

  interface FindRootOptions extends SearchOptions {
    /** A directory, absolute or relative to the working directory, whose files {@link list} gives. */
    root: string
    paths?: undefined
    /** As in {@link ListOptions}. Default true. */
    hidden?: boolean
    /** As in {@link ListOptions}. Default true. */
    ignore?: boolean
    /** The most files to list; when there are more, `truncated` of the result is true. Default 1000000. */
    maxFiles?: number
    /** As in {@link ListOptions}. Default false. */
    allowBroadRoot?: boolean
    /** Ends the search; the promise is rejected with `ERR_ABORTED`. */
    signal?: AbortSignal
  }

  /** A path that matches a query. */
  interface FoundPath {
    /** As given, or as in {@link list}. */
    path: string
    /** The sum of the scores of the query's terms. Scores of one query can be compared, no others. */
    score: number
    /** Where in `path` the characters of the query's terms are: ascending, UTF-16 code units, the first of each character. */
    indices: number[]
  }

  /** The paths found, and what could not be searched, as {@link Listing} tells it. The properties are not enumerable. */
  interface FoundPaths extends Array<FoundPath> {
    readonly skipped: Listing['skipped']
    readonly leftOut: Listing['leftOut']
    /** Whether there are more files than `maxFiles`, so that some were not searched. `limit` does not count here. */
    readonly truncated: boolean
  }

  /** Paths prepared for many searches, in this thread. The strings are kept too: 8 bytes a path besides them. */
  interface PathSet {
    /** The number of paths. */
    readonly size: number
    /** Gives the memory back. Later use is `ERR_CLOSED`; a second `close()` does nothing; work in flight ends well. */
    close(): void
    [Symbol.dispose](): void
  }

  /**
   * The paths that match a query best, as in fzf, the best first.
   *
   * White space cuts the query into terms that must all match, in whatever order; `\ ` is a space inside a term.
   *
   * | term | matches a path |
   * |---|---|
   * | `abc` | that has these characters in this order, with any others between them |
   * | `'abc` | that contains `abc` |
   * | `^abc`, `abc$`, `^abc$` | that starts with, ends with, is `abc` |
   * | `!abc`, `!^abc`, `!abc$`, `!^abc$` | that does not |
   *
   * There is no `|`. A query that asks for nothing finds every path that it does not exclude, with the score 0.
   *
   * The score is that of fzf's second algorithm for paths, of the best alignment that there is: 16 a character; more at the start of
   * names and words and in runs, twice that for the first character; 16 more if the first character is in the last name;
   * less for gaps, down to -16 each; -16 for each character that `typos` leaves out. (`crates/files/src/find/mod.rs` has
   * it whole.) Equal scores are ordered by the length of the path in code units, then by its bytes, then as given.
   *
   * Characters are code points. Letters beyond ASCII have a case in Latin, Greek and Cyrillic; accents count. Of a path
   * of more than 4096 characters the last ones stand for the whole.
   *
   * Time: most of it goes into paths that have the characters of the query; in a {@link createPaths} the others are told by
   * one comparison. An array has to cross first, which takes longer than the search.
   *
   * @param query at most 1024 code units
   * @throws {TenonError} `ERR_INVALID_ARG`; `ERR_LIMIT` (the query, the paths); `ERR_CLOSED`; `ERR_ABORTED`; with `root` `ERR_IO` as
   *   {@link list}
   * @example
   * const found = await tenon.files.find('srv test', { root: '/repo', limit: 10 })
   * for (const { path, score, indices } of found) console.log(score, path, indices)
   */
  function find(query: string, options: FindRootOptions): Promise<FoundPaths>
  /**
   * As {@link find}, among given paths.
   *
   * @example
   * await tenon.files.find('flib', { paths: ['crates/files/src/lib.rs', 'lib.js'] })
   * // [{ path: 'crates/files/src/lib.rs', score: 96, indices: [7, 17, 18, 19] }]
   */
  function find(query: string, options: FindPathsAsyncOptions): Promise<FoundPath[]>

  /** As {@link find} among given paths, on the calling thread. */
  function findSync(query: string, options: FindPathsOptions): FoundPath[]

  /**
   * Prepares paths for many searches: whatever engine is in force takes them in now. Later changes of the array do not
   * count. They take as many bytes as they have in UTF-8 with 13 more for each; V8 is told.
   *
   * @throws {TenonError} `ERR_INVALID_ARG`; `ERR_LIMIT` for more than 536870888 code units
   * @example
   * using paths = tenon.files.createPaths(await tenon.files.list('/repo'))
   * const found = tenon.files.findSync('readme', { paths, typos: 1 })
   */
  function createPaths(paths: readonly string[]): PathSet
}

/**
 * git's own ignore rules: `tenon.ignore`, `require('tenon/ignore')`. The semantics are those of git 2.52 and later, on
 * bytes and to the letter, proven against the git command.
 *
 * **Paths** are relative to the root (or to where the rules' `base` starts), with `/` between names. Absolute paths below
 * the root, `./a`, `a//b` and `a/../b` (resolved in words, without looking at links) are understood; what leads out is
 * `ERR_INVALID_ARG`, and so is a path of more than 32 KiB. A slash at the end says that a path is a directory. A name that
 * is no UTF-8 has U+DC00 and the byte for each byte that is none (as in PEP 383).
 *
 * **Two questions.** Whether git ignores a directory and whether it looks into it are not the same: a pattern such as
 * `dir/*` ignores all that is in a directory and not the directory, and what is tracked in an excluded directory stays.
 * `ignores` answers the one, `canPrune` the other. An excluded directory decides for everything below it.
 *
 * **Not followed**: `GIT_DIR`, `GIT_WORK_TREE`, `GIT_INDEX_FILE`, `core.worktree`, `git -c`, `~user/` in configuration,
 * `onbranch` of repositories that keep refs as a reftable, a system configuration outside `/etc` unless
 * `GIT_CONFIG_SYSTEM` names it, and `.gitignore` files that are only in the index of a sparse checkout.
 */
export namespace ignore {
  interface TreeOptions {
    /** Whether paths in git's index are never ignored, as for git. Default true; `false` does not read the index. */
    tracked?: boolean
    /**
     * Whether the configuration of the user and of the system counts, with `core.excludesFile` there and its default
     * (`$XDG_CONFIG_HOME/git/ignore`). Default true; `false` leaves the repository's own.
     */
    global?: boolean
    /** Whether ASCII letters match in either case. Default `'auto'`: what `core.ignoreCase` says, false outside of a repository. */
    ignoreCase?: 'auto' | boolean
    /**
     * Further patterns, one a string, which win over all files, as git's `-x`. Nothing is stripped of them, and `#` is no
     * comment. Anchored ones start at `root` (git's start at the top of the repository). At most 100000.
     */
    extra?: readonly string[]
  }

  /** A rule that decides. */
  interface Rule {
    /** The line, from 1. */
    line: number
    /** The pattern as written, with its `!`, without the spaces that git strips. */
    pattern: string
    /** Whether it starts with `!`: what it matches is not ignored. */
    negated: boolean
  }

  /** A rule and the file it stands in. */
  interface TreeRule extends Rule {
    /**
     * The file: relative to the root where it lies below it, absolute elsewhere; `options.extra` for a pattern given there,
     * whose place is the line.
     */
    file: string
  }

  /** What `IgnoreTree` and `IgnoreFile` have in common. Calls after `close()` throw `ERR_CLOSED`. */
  interface Rules {
    /**
     * Whether the path is ignored: itself, or because a directory above it is.
     *
     * @param isDirectory what the path is, where that is known. A tree asks the disk where it is not, a rule for
     *   directories alone matches, and no slash at the end says it (without following links; what is not there is no
     *   directory). A file's rules take it for a file.
     */
    ignores(path: string, isDirectory?: boolean): boolean
    /**
     * Whether git would not look into the directory: it is excluded, and nothing below it is tracked; or it is `.git`, or
     * a nested repository.
     */
    canPrune(dir: string): boolean
    /** The paths that are not ignored, in their order. */
    filter(paths: readonly string[]): string[]
    /** For each path 1 where it is ignored, else 0: many paths by one call into the engine. */
    check(paths: readonly string[]): Uint8Array
    /** Gives the memory back; a second call does nothing. */
    close(): void
    [Symbol.dispose](): void
  }

  /**
   * A directory with its rules. Configuration, the index and the rules from the top of the repository down to the root are
   * read when it is opened, `.gitignore` files when a path first needs them, and all are kept: what changes on the disk
   * counts from `reload` on.
   */
  interface IgnoreTree extends Rules {
    /**
     * What decides, as `git check-ignore -v` says it: the rule that matched the path or the topmost excluded directory above
     * it. No `rule` where none matched, and none where the path is `tracked` (or holds what is tracked). `null` inside of a
     * nested repository or submodule, of which only its own git can tell; nothing in there is ignored.
     */
    explain(path: string, isDirectory?: boolean): { ignored: boolean; tracked: boolean; rule?: TreeRule } | null
    /**
     * Reads anew what was read: all of it, or what the changed `paths` touch. A `.gitignore` concerns its directory, any
     * other path in the tree what is there now, one in `.git` or outside of the tree everything.
     */
    reload(paths?: readonly string[]): void
    /**
     * Files that should have counted and could not be used, so far: rule files and configuration that cannot be read or
     * are beyond a limit, a corrupt index. Sorted by path.
     */
    readonly problems: { path: string; reason: string }[]
  }

  /** The rules of one file alone. Nothing is asked of a disk. */
  interface IgnoreFile extends Rules {
    /** The rule that decides; no `rule` where none matched. `null` for a path outside of the file's directory. */
    explain(path: string, isDirectory?: boolean): { ignored: boolean; rule?: Rule } | null
  }

  /**
   * Opens a directory. Rules come from `.gitignore` files in it and above it up to the top of the repository (regular files
   * alone: git follows no links there), from `.git/info/exclude` and from `core.excludesFile`; `[include]` and
   * `[includeIf]` are followed, linked worktrees and `.git` files too. The deepest file wins, and in it the last line. What
   * lies in a nested repository or submodule is not decided (`explain` says `null`); where the root lies in no repository,
   * it counts as the top of one, and the repositories below have their own rules. Paths behind a link are decided by the
   * rules in front of it.
   *
   * `.git` itself is ignored where a rule says so, as for git, and always pruned.
   *
   * Limits: a file of rules has at most 4 MiB and 100000 rules, the index 1 GiB; what is larger is a problem and does not
   * count. What is kept of directories is bounded.
   *
   * @param root a directory, absolute or relative to the working directory; it may be a link
   * @throws {TenonError} `ERR_IO` when `root` is missing or no directory; `ERR_LIMIT`; `ERR_INVALID_ARG`
   * @example
   * using tree = tenon.ignore.openIgnore('/repo')
   * tree.filter(['src/index.js', 'node_modules/a/index.js']) // ['src/index.js']
   * tree.explain('debug.log') // { ignored: true, tracked: false, rule: { file: '.gitignore', line: 3, pattern: '*.log', negated: false } }
   */
  function openIgnore(root: string, options?: TreeOptions): IgnoreTree

  /**
   * The rules in the text of one ignore file.
   *
   * @param text the file's content; bytes need not be UTF-8. At most 4 MiB and 100000 rules
   * @param options `base`: the directory the file is in, relative to where paths start; the same by default. `ignoreCase`:
   *   whether ASCII letters match in either case; false by default
   * @throws {TenonError} `ERR_LIMIT`; `ERR_INVALID_ARG`
   * @example
   * const rules = tenon.ignore.parseIgnore('*.log\n!keep.log\nbuild/\n')
   * rules.ignores('a/b.log') // true
   * rules.ignores('build') // false: a file of that name is not ignored
   * rules.ignores('build/') // true
   */
  function parseIgnore(text: Text, options?: { base?: string; ignoreCase?: boolean }): IgnoreFile
}

/**
 * An event log that cannot be torn, with checkpoints and replay: the storage under a session. A log is a directory; its
 * format is `docs/log-format.md`, the same from both engines.
 *
 * - **What was acknowledged is there.** With durability `'disk'`, the default, a promise of {@link log.Log.append} is
 *   fulfilled after the event was synced: it survives the loss of power. One sync serves all appends that wait.
 * - **What was lost is said.** A write that a crash tore is cut off when the log is opened, kept in a `.lost` file, and reported
 *   to `onRecovery`. Damage anywhere else is `ERR_CORRUPT`, with what is whole before and behind it, and nothing is cut:
 *   {@link log.salvage} copies what is whole. What stands behind the last sync that a later append tells of looks like a torn write
 *   when it is damaged: the last commit with durability `'disk'`, all since the last such one with others.
 * - **One writer, many readers.** A second writer is refused with `ERR_LOCKED`. Readers (`readOnly`), of other
 *   processes too, see events while they are written; such a reader may see events that the loss of power would still take, or that
 *   are taken back because the disk is full.
 *
 * In `shadow` mode logs are written by the fallback alone: a second engine cannot write the same directory.
 */
export namespace log {
  /**
   * When an append is acknowledged. `'disk'`: after the disk has it. `'os'`: after the operating system has it, so it
   * survives the end of the process, but not that of the system. `'memory'`: at once; it is written within a megabyte of further events, by
   * {@link Log.flush} or by {@link Log.close}.
   */
  type Durability = 'disk' | 'os' | 'memory'

  /**
   * What an event can be. A string comes back as a string, and what is neither bytes nor a string as `JSON` has it; what JSON
   * would lose (a `Map`, an `Error`, a promise) is refused. It is copied before the call returns.
   */
  type Data = Uint8Array | string | object

  /** One event as it was appended. */
  interface Event {
    /** Its number in the log, from 0, without holes. */
    seq: number
    /** Its number in its stream, from 0, without holes. */
    streamSeq: number
    stream: string
    type: string
    /** Milliseconds since 1970. */
    timeMs: number
    data: any
  }

  interface OpenOptions {
    /** Of appends that say nothing else, and of checkpoints. Default `'disk'`. */
    durability?: Durability
    /** How long a segment becomes, in bytes, before the next is begun: from 65536 to 1073741824. Default 16777216. */
    segmentBytes?: number
    /**
     * Whether the events' data are compressed, each alone, where that makes them smaller. With a dictionary (see {@link zstd.trainDictionary})
     * events of some hundred bytes become three to five times smaller; it is stored in the log. Reading needs
     * no option. Default `'none'`. `ERR_UNSUPPORTED` where the engine cannot compress: without native, before Node 22.15, with a dictionary
     * before Node 24.6.
     */
    compression?: 'none' | 'zstd' | { dictionary: Uint8Array; level?: number }
    /** Whether to open a log for reading alone, beside a writer perhaps. Default false. */
    readOnly?: boolean
    /** Whether to make the directory and the log where there is none (`ERR_IO`, `ENOENT` otherwise). Default true; with `readOnly` false. */
    create?: boolean
    /** Told, before the promise is fulfilled, of what a crash tore and opening cut off. */
    onRecovery?: (recovery: Recovery) => void
  }

  /** What opening cut off: what a crash left of writes that had not been synced. */
  interface Recovery {
    /** The segment's file name. */
    segment: string
    /** Where it was cut. */
    offsetBytes: number
    /** How many bytes were cut, without the zeros at their end. */
    lostBytes: number
    /** The file in the log's directory that has them now. */
    lostFile: string | null
    /** How many whole events lay behind the torn one: written together with it, and not synced either. */
    laterRecords: number
    /** The seq that the next event will get. */
    nextSeq: number
  }

  interface AppendOptions {
    /** The stream: up to 255 bytes of UTF-8. Default `''`. */
    stream?: string
    /** What kind of event it is, for readers to choose by: up to 255 bytes of UTF-8. Default `''`. */
    type?: string
    /** Milliseconds since 1970. Default now. */
    timeMs?: number
    /** The `streamSeq` the event must get; `ERR_CONFLICT` with `actual` where the stream is elsewhere. */
    expectedSeq?: number
    /**
     * 1 to 255 bytes of UTF-8. An append with a key that one of the last 10,000 keyed appends had is not done again, but answered
     * as the first was, whatever its data and stream. They are remembered across openings.
     */
    idempotencyKey?: string
    /** Default as the log was opened. */
    durability?: Durability
  }

  /** As {@link AppendOptions}; an array has a value for each event. `expectedSeq` is the first event's. */
  interface BatchOptions extends Omit<AppendOptions, 'stream' | 'type' | 'timeMs'> {
    stream?: string | readonly string[]
    type?: string | readonly string[]
    timeMs?: number | readonly number[]
  }

  interface Appended {
    seq: number
    streamSeq: number
    /** Whether its `idempotencyKey` was known, and nothing was appended. */
    duplicate: boolean
  }

  interface BatchAppended {
    firstSeq: number
    lastSeq: number
    duplicate: boolean
  }

  interface ReadOptions {
    /** Only events of this stream. */
    stream?: string
    /** Only events of these types. */
    types?: readonly string[]
    /** The first seq that may be read. Default the log's first, as for one that was pruned. */
    from?: number
    /** The seq in front of which reading ends. Default the end when reading begins. */
    to?: number
    /** From the last to the first. Default false. */
    reverse?: boolean
    /** How many events at most. */
    limit?: number
    signal?: AbortSignal
  }

  interface TailOptions {
    /** The first seq. Default the end as it is: only what is appended from now on. */
    from?: number
    stream?: string
    types?: readonly string[]
    signal?: AbortSignal
  }

  interface CheckpointOptions {
    /** The state covers the events below this seq. Default all that were acknowledged. */
    seq?: number
    /** Milliseconds since 1970. Default now. */
    timeMs?: number
    /** Whether to store it compressed. Default true where the log is compressed. */
    compress?: boolean
    /**
     * Whether to store only what differs from the newest checkpoint of that name, by zstd. It stays as long as this one. Default
     * false.
     */
    delta?: boolean
    durability?: 'disk' | 'os'
  }

  interface Checkpoint {
    name: string
    /** The first event that it does not cover. */
    seq: number
    timeMs: number
    /** Of the state; 0 with a fault. */
    bytes: number
    /** Of the file. */
    storedBytes: number
    /** The seq of the checkpoint it was stored as a delta against, or null. */
    baseSeq: number | null
    /** What is wrong with the file's header, or null; {@link Log.verify} reads the whole file. */
    fault: string | null
  }

  interface Restored<State> {
    /** Undefined where there is no checkpoint, and no event with a `reduce`. */
    state: State | undefined
    /** The seq from which events were replayed, or are to be: the checkpoint's, or the log's first. */
    fromSeq: number
    /** How many events were replayed. */
    replayed: number
    /** Newer checkpoints that could not be used, and why. */
    skipped: { seq: number; reason: string }[]
  }

  interface PruneReport {
    /** The log's first seq now. */
    firstSeq: number
    segmentsRemoved: number
    eventsRemoved: number
    bytesRemoved: number
    checkpointsRemoved: number
    /** The checkpoint that still needs events which were asked to go, or null. */
    heldBy: string | null
  }

  interface Problem {
    /** The file's name. */
    file: string
    offsetBytes: number
    reason: string
    /** The seq of the last good event before, or -1. */
    lastGoodSeq: number
    /** The seq of the next good event behind, or null. */
    nextGoodSeq: number | null
  }

  interface VerifyReport {
    segments: number
    events: number
    batches: number
    /** Of segments and checkpoints. */
    bytes: number
    checkpoints: number
    /** Empty where all is well. */
    problems: Problem[]
  }

  interface SalvageReport {
    /** How many events were copied. They are numbered anew, without holes. */
    events: number
    segments: number
    /** What was left behind. */
    lost: {
      file: string
      offsetBytes: number
      lostBytes: number
      /** The seqs around it, of the damaged log. */
      afterSeq: number | null
      beforeSeq: number | null
      reason: string
    }[]
    checkpoints: number
    /** Checkpoints behind the first gap, where numbers differ. */
    checkpointsDropped: number
  }

  interface Stats {
    firstSeq: number
    nextSeq: number
    /** Every event below it is known to be on the disk. */
    durableSeq: number
    segments: number
    /** Of segments and checkpoints. */
    bytes: number
    streams: number
    checkpoints: number
  }

  interface ImportOptions {
    /**
     * What the lines are. `'data'`, the default: each is an event's data. `'export'`: what {@link Log.exportJsonl} wrote, with
     * stream, type and time.
     */
    format?: 'data' | 'export'
    /**
     * Whether to go on over lines that are no JSON, taking what is whole. Default false: `ERR_CORRUPT` names the first,
     * and nothing is appended.
     */
    repair?: boolean
    /** Default `''`. */
    stream?: string
    /** Default `''`. */
    type?: string
    signal?: AbortSignal
  }

  /** What was wrong with a line, and what became of it. */
  interface ImportProblem {
    /** From 1. */
    line: number
    /** Of the line's start. */
    offsetBytes: number
    /**
     * `'fused'`: several values in one line. `'torn'`: the start of a value that never ended. `'nul'`: NUL bytes. `'encoding'`: bytes
     * that are no UTF-8. `'malformed'`: no JSON at all. `'unterminated'`: a whole last line without its newline.
     */
    kind: 'fused' | 'torn' | 'nul' | 'encoding' | 'malformed' | 'unterminated'
    /** How many events were taken from the line. */
    taken: number
    /** How many bytes of it were not taken. */
    droppedBytes: number
    /** The first of those, up to 80 characters. */
    sample: string
  }

  interface ImportReport {
    lines: number
    events: number
    /** -1 where there were none. */
    firstSeq: number
    lastSeq: number
    problems: ImportProblem[]
  }

  /** An open log. `close()` it: until then no other writer gets in. */
  interface Log {
    /**
     * Appends an event.
     *
     * Rejects with `ERR_CONFLICT` (`expectedSeq`), `ERR_LIMIT` (above 268435456 bytes of data, or with 268435456 bytes waiting),
     * `ERR_IO` (`errno`; `ENOSPC` where the disk is full: nothing was written, and a later append may pass). After a failed sync
     * the log takes no more appends, for nobody can say what the disk has: open it again.
     *
     * @example
     * await log.append({ role: 'user', content: 'hello' }, { stream: 'session-1', type: 'message' })
     * // { seq: 0, streamSeq: 0, duplicate: false }
     */
    append(event: Data, options?: AppendOptions): Promise<Appended>
    /**
     * Appends all of the events, next to each other, or none.
     *
     * @example
     * await log.appendBatch(['a', 'b'], { stream: 's', type: ['start', 'end'] }) // { firstSeq: 1, lastSeq: 2, duplicate: false }
     */
    appendBatch(events: readonly Data[], options?: BatchOptions): Promise<BatchAppended>
    /**
     * Events in order, in batches of up to about a megabyte. `ERR_CORRUPT` in front of what is damaged.
     *
     * @example
     * for await (const events of log.read({ stream: 'session-1' })) {
     *   for (const event of events) console.log(event.seq, event.data)
     * }
     */
    read(options?: ReadOptions): AsyncIterable<Event[]>
    /**
     * Events from `from` on, and then each as it comes, without a gap or a repetition; ends when the signal is aborted (without an
     * error) or the log is closed.
     *
     * @example
     * for await (const events of log.tail({ from: 0, signal })) show(events)
     */
    tail(options?: TailOptions): AsyncIterable<Event[]>
    /**
     * Stores a state, so that {@link restore} need not replay what led to it. Names have 1 to 64 bytes of UTF-8. A
     * checkpoint of the same name and seq is replaced.
     *
     * @example
     * await log.checkpoint('session-1', { messages: 2 })
     */
    checkpoint(name: string, state: Uint8Array | object, options?: CheckpointOptions): Promise<Checkpoint>
    /** The checkpoints, of one name or of all, by name and seq. */
    checkpoints(name?: string): Promise<Checkpoint[]>
    /**
     * The newest whole checkpoint's state, and with `reduce` what the events since make of it. Without a checkpoint the state
     * begins as `undefined`, at the log's first event; if that was pruned, `ERR_CORRUPT`.
     *
     * @example
     * const { state } = await log.restore('session-1', (state = { messages: 0 }, event) => ({ messages: state.messages + 1 }))
     */
    restore<State = any>(
      name: string,
      reduce?: (state: State | undefined, event: Event) => State | Promise<State>,
      options?: { stream?: string; types?: readonly string[]; signal?: AbortSignal }
    ): Promise<Restored<State>>
    /**
     * Makes a new log of the events below `atSeq` (default all), with their seqs, and the checkpoints up to there. The directory must not
     * exist, or be empty.
     *
     * @example
     * await log.fork('sessions/other', { atSeq: 100 })
     */
    fork(newDirectory: string, options?: { atSeq?: number; signal?: AbortSignal }): Promise<{ events: number }>
    /**
     * Removes whole segments of events below `before`, and all but the newest `keepCheckpoints` checkpoints of each name (default all
     * are kept). What a kept checkpoint needs stays: the events from it on, and the checkpoints it is a delta against.
     *
     * @example
     * await log.prune({ before: 1_000_000, keepCheckpoints: 2 })
     */
    prune(options: { before: number; keepCheckpoints?: number }): Promise<PruneReport>
    /** Reads everything, and says what is damaged. */
    verify(options?: { signal?: AbortSignal }): Promise<VerifyReport>
    stats(): Promise<Stats>
    /** Waits until everything appended so far, with whatever durability, is on the disk. */
    flush(): Promise<void>
    /**
     * Writes a line of JSON an event: `{ seq, streamSeq, stream, type, timeMs, data }`, with `base64` instead of `data` for
     * bytes. The file must not exist.
     *
     * @example
     * await log.exportJsonl('session.jsonl', { stream: 'session-1' }) // { events, bytes }
     */
    exportJsonl(file: string, options?: Omit<ReadOptions, 'reverse'>): Promise<{ events: number; bytes: number }>
    /**
     * Appends an event for each line of a JSONL file, and says line by line what was wrong. With `repair` it reads logs that
     * were torn: fused lines, NUL bytes, cut characters, malformed lines. Appended in batches: an error in the middle, of the disk for
     * instance, leaves what was appended before.
     *
     * @example
     * const { events, problems } = await log.importJsonl('old.jsonl', { repair: true })
     */
    importJsonl(file: string, options?: ImportOptions): Promise<ImportReport>
    /** Waits for appends, syncs, and lets the next writer in. A second call does nothing. */
    close(): Promise<void>
    [Symbol.asyncDispose](): Promise<void>
  }

  /**
   * Opens the log of a directory, and makes one where there is none.
   *
   * Rejects with `ERR_LOCKED` (`owner`), `ERR_CORRUPT` (`segment`, `offsetBytes`, `lastGoodSeq`, `nextGoodSeq`), `ERR_IO`, `ERR_UNSUPPORTED` (a
   * later version of the format).
   *
   * @example
   * const log = await tenon.log.openLog('sessions/1', { onRecovery: (recovery) => console.warn('cut off', recovery) })
   * await log.append({ role: 'user', content: 'hello' })
   * await log.close()
   */
  function openLog(directory: string, options?: OpenOptions): Promise<Log>

  /**
   * Copies every whole batch of a damaged log, and of one that will not open, to a new one. The damaged log is not changed. A
   * dictionary is copied as it is: where it is damaged, `verify` of the new log says so, and its events can be read once it is put right.
   *
   * @example
   * const { events, lost } = await tenon.log.salvage('sessions/1', 'sessions/1-salvaged')
   */
  function salvage(directory: string, outDirectory: string, options?: { signal?: AbortSignal }): Promise<SalvageReport>
}

/**
 * Tokens of OpenAI's encodings: `tenon.tokens`, `require('tenon/tokens')`. The ids are tiktoken's
 * (`openai_public.py` of tiktoken 0.14, Unicode 16). Text that looks like a special token, such as `<|endoftext|>`, is
 * ordinary text unless `allowedSpecial` says otherwise. The vocabularies are inside the package.
 *
 * Limits: a text of more than 134217728 (2^27) code units or bytes is `ERR_LIMIT`, and so are ids that stand for more
 * than 536870888 bytes, the longest string of V8. Native takes time that is linear in the text whatever it is, some 3 ms
 * a megabyte of source; the fallback takes n log n for a run that the encoding does not cut (letters, spaces). Functions
 * run on the calling thread, but for those whose name ends in `Async`: native counts in the thread pool there, and the
 * fallback lets other work have a turn every 262144 code units.
 */
export namespace tokens {
  type BuiltInEncoding =
    'o200k_base' | 'o200k_harmony' | 'cl100k_base' | 'p50k_base' | 'p50k_edit' | 'r50k_base' | 'gpt2'
  /** One that is built in, or the name of one that was registered. */
  type Encoding = BuiltInEncoding | (string & {})

  /** At most one of the two. */
  interface EncodingOptions {
    /** Default `o200k_base`. */
    encoding?: Encoding
    /**
     * The model whose encoding to use, as {@link encodingForModel} knows it: its name, or a dated or fine-tuned version
     * (`gpt-4o-2024-08-06`, `ft:gpt-4o:org::id`). Others throw `ERR_UNSUPPORTED`.
     */
    model?: string
  }

  interface TokenOptions extends EncodingOptions {
    /**
     * The special tokens, such as `<|endoftext|>`, whose text stands for the one token that they are. Default: none, so
     * that text from outside cannot smuggle any in.
     */
    allowedSpecial?: 'all' | readonly string[]
    /**
     * The special tokens whose text is refused: `ERR_INVALID_ARG`, with `special` and the position `at` in the text.
     * `all` is all that are not allowed. Default: none. (tiktoken's default is `all`.)
     */
    disallowedSpecial?: 'all' | readonly string[]
  }

  interface AsyncTokenOptions extends TokenOptions {
    /** Ends the work; the promise is rejected with `ERR_ABORTED`. */
    signal?: AbortSignal
  }

  /**
   * The number of tokens of `text`: `encode(text).length`, without making the ids.
   *
   * @throws {TenonError} `ERR_INVALID_ARG`, `ERR_UNSUPPORTED`, `ERR_LIMIT`
   * @example
   * tenon.tokens.count('hello world')                      // 2
   * tenon.tokens.count(await readFile('a.ts'), { model: 'gpt-4' })
   * tenon.tokens.count('<|endoftext|>', { allowedSpecial: 'all' }) // 1
   */
  function count(text: Text, options?: TokenOptions): number

  /** As {@link count}, without holding up the thread. @example await tenon.tokens.countAsync(text, { signal }) */
  function countAsync(text: Text, options?: AsyncTokenOptions): Promise<number>

  /** The number of tokens of each text, in one crossing. @example tenon.tokens.countBatch(['a', 'b c']) // Uint32Array [1, 2] */
  function countBatch(texts: readonly Text[], options?: TokenOptions): Uint32Array

  /**
   * As {@link countBatch}, without holding up the thread. The texts are copied first.
   * @example await tenon.tokens.countBatchAsync(texts, { signal: AbortSignal.timeout(1000) })
   */
  function countBatchAsync(texts: readonly Text[], options?: AsyncTokenOptions): Promise<Uint32Array>

  /**
   * The number of tokens of `text`, or `limit + 1` as soon as there are more than `limit`: the rest is not looked at.
   *
   * @param limit from 0 to 4294967295
   * @example if (tenon.tokens.countUntil(text, 8000) > 8000) throw new Error('too long')
   */
  function countUntil(text: Text, limit: number, options?: TokenOptions): number

  /** The token ids of `text`. @example tenon.tokens.encode('hello world') // Uint32Array [24912, 2375] */
  function encode(text: Text, options?: TokenOptions): Uint32Array

  /** As {@link encode}, without holding up the thread. @example await tenon.tokens.encodeAsync(text, { signal }) */
  function encodeAsync(text: Text, options?: AsyncTokenOptions): Promise<Uint32Array>

  /**
   * The token ids of `text`, and where they are in it: token `i` reaches from `offsets[i]` to `offsets[i + 1]`, so there
   * is one offset more than ids, the last one being the length of the text. Offsets are UTF-16 code units of a string and
   * bytes of a `Uint8Array`. A token that starts inside a character has the offset of that character in a string; in
   * bytes that are not UTF-8, one that starts inside a U+FFFD has that of the bytes it stands for.
   *
   * @example
   * const { ids, offsets } = tenon.tokens.encodeWithOffsets('hello world')
   * 'hello world'.slice(offsets[1], offsets[2]) // ' world'
   */
  function encodeWithOffsets(text: Text, options?: TokenOptions): { ids: Uint32Array; offsets: Uint32Array }

  /**
   * The text of `ids`, special tokens included. A token may end inside a character: bytes that are not UTF-8 become
   * U+FFFD, as `TextDecoder` does it, so decode a whole sequence at once, or with {@link createDecoder}.
   *
   * @throws {TenonError} `ERR_INVALID_ARG` for an id that the encoding does not have, with its position; `ERR_LIMIT`
   * @example tenon.tokens.decode([24912, 2375]) // 'hello world'
   */
  function decode(ids: Uint32Array | readonly number[], options?: EncodingOptions): string

  /** The bytes of `ids`, as {@link decode} has them before they are text. @example tenon.tokens.decodeBytes([24912]) // Uint8Array 'hello' */
  function decodeBytes(ids: Uint32Array | readonly number[], options?: EncodingOptions): Uint8Array

  /** See {@link createDecoder}. */
  interface StreamingDecoder {
    /** The text that is whole with these ids: an id, or several. What throws leaves the decoder as it was. */
    write(ids: number | Uint32Array | readonly number[]): string
    /** What was held back, as U+FFFD; the decoder is then as new. */
    end(): string
  }

  /**
   * Decodes ids as they come. A character whose bytes are in several tokens is held back until the last one is there, so
   * no part is cut inside a character, and all parts together are what {@link decode} gives.
   *
   * @example
   * const decoder = tenon.tokens.createDecoder({ model: 'gpt-4o' })
   * for await (const id of ids) process.stdout.write(decoder.write(id))
   * process.stdout.write(decoder.end())
   */
  function createDecoder(options?: EncodingOptions): StreamingDecoder

  interface TruncateOptions extends EncodingOptions {
    /** Which part stays: the start (default), the end, or half of the tokens at each end. */
    keep?: 'start' | 'end' | 'both'
    /** Stands for what was cut, and counts. Left out where it has more than `maxTokens` itself. Default none. */
    marker?: string
  }

  /**
   * `text` cut to at most `maxTokens` tokens. Cuts are between tokens, never inside a character, and `tokens` is the count
   * of the result itself: text that was joined may have other tokens than before, so up to a few fewer than `maxTokens`
   * may be used. A `Uint8Array` is decoded first.
   *
   * @param maxTokens from 0 to 4294967295
   * @example
   * tenon.tokens.truncate(output, 1000, { keep: 'both', marker: '\n[…]\n' }) // { text, tokens: 998, truncated: true }
   */
  function truncate(
    text: Text,
    maxTokens: number,
    options?: TruncateOptions
  ): { text: string; tokens: number; truncated: boolean }

  interface SplitOptions extends EncodingOptions {
    /** The most tokens of a part, from 1. */
    maxTokens: number
    /** About how many tokens a part repeats of the end of the one before. Less than `maxTokens`. Default 0. */
    overlapTokens?: number
  }

  /** A part of a text, from `start` to `end` in UTF-16 code units; `tokens` is its count by itself. */
  interface Part {
    text: string
    start: number
    end: number
    tokens: number
  }

  /**
   * `text` in parts of at most `maxTokens` tokens each, cut between tokens and never inside a character. Without overlap
   * the parts joined are the text. A `Uint8Array` is decoded first.
   *
   * @throws {TenonError} `ERR_LIMIT` where one character alone has more than `maxTokens` tokens
   * @example for (const { text, start } of tenon.tokens.split(book, { maxTokens: 512, overlapTokens: 32 })) index(text, start)
   */
  function split(text: Text, options: SplitOptions): Part[]

  /** See {@link counter}. */
  interface Counter {
    /** Adds text behind all before it, and returns the count of all. Bytes are decoded piece by piece. */
    append(text: Text): number
    /** Takes the last `append` back. @throws {TenonError} `ERR_INVALID_ARG` where there is none */
    pop(): void
    /** The tokens of all text together, as {@link count} gives them. */
    readonly count: number
  }

  /**
   * Counts text that comes in pieces. `count` is always that of all pieces joined, which is not the sum of their counts;
   * only the last few words before a piece are counted again with it. A word that goes on and on (a long run of letters, of
   * spaces) is counted again as a whole each time, which the fallback takes long for.
   *
   * @param options `disallowedSpecial` is not for counters
   * @example
   * const counter = tenon.tokens.counter({ model: 'gpt-4o' })
   * for await (const piece of stream) if (counter.append(piece) > 8000) break
   */
  function counter(options?: Omit<TokenOptions, 'disallowedSpecial'>): Counter

  /** The encodings, the default first: what {@link EncodingOptions.encoding} may be. */
  function encodings(): Encoding[]

  /**
   * The encoding that a model uses, by the table of tiktoken 0.14 (`tiktoken/model.py`): exact names, then prefixes such
   * as `gpt-4o-`. `ft:…` names have the encoding of the model they were made of, `openai/` before a name is no matter.
   *
   * @throws {TenonError} `ERR_UNSUPPORTED` for any other model. It is never guessed; for Claude, Gemini, Grok, Mistral
   *   and Nova the message points to {@link estimate}
   * @example tenon.tokens.encodingForModel('gpt-4o-2024-08-06') // 'o200k_base'
   */
  function encodingForModel(model: string): BuiltInEncoding

  /** See {@link register}: `ranks` with a pattern, or `tokenizerJson`. */
  interface Registration {
    /** By which `encoding` names it from then on, in this thread. */
    name: string
    /** A `.tiktoken` file: lines of a token in base64, a space, and its rank, which is its id. At most 2^26 bytes. */
    ranks?: Uint8Array
    /** With `ranks`: the regular expression that cuts text (Rust's syntax), or the one of GPT-2, GPT-4 or GPT-4o by name. */
    pattern?: 'gpt2' | 'cl100k' | 'o200k' | (string & {})
    /** With `ranks`: ids of special tokens by their text. */
    special?: Readonly<Record<string, number>>
    /**
     * Hugging Face's `tokenizer.json`, its text or its bytes, of a byte-level BPE model (GPT-2, Llama 3, Qwen, DeepSeek and
     * their like). Its added tokens that are special are special here, so text that looks like one is ordinary text unless
     * `allowedSpecial` says otherwise; what a post-processor adds is not added.
     */
    tokenizerJson?: string | Uint8Array
  }

  /**
   * Makes a vocabulary an encoding of this thread: `.tiktoken` files as tiktoken reads them, `tokenizer.json` as Hugging
   * Face's `encode(text, add_special_tokens=False)` does. What it does not support it refuses, naming the part; nothing is
   * approximated. An encoding cannot be registered twice or taken back.
   *
   * Patterns run in a matcher of Tenon's own, the same in both engines (Unicode 16), whose steps are bounded: `ERR_LIMIT`
   * instead of a hang. (Normalization in the fallback is V8's, which takes long for thousands of combining marks on one
   * letter.) A registered encoding takes some ten times as long as one that is built in, counts a text from its
   * beginning in {@link countUntil} and {@link counter}, and has no early end. Where it changes the text (normalization, a
   * space put in front, a pattern that leaves text out) tokens have no place in it: {@link encodeWithOffsets},
   * {@link truncate} and {@link split} are `ERR_UNSUPPORTED` for such a text.
   *
   * @throws {TenonError} `ERR_INVALID_ARG` with the line, the part or the position; `ERR_UNSUPPORTED`; `ERR_LIMIT`
   * @example
   * tenon.tokens.register({ name: 'llama3', tokenizerJson: await readFile('tokenizer.json') })
   * tenon.tokens.count('hello world', { encoding: 'llama3' })
   */
  function register(options: Registration): void

  /** A part of a message's content, of chat completions or of the Responses API. */
  type ContentPart =
    | { type: 'text' | 'input_text' | 'output_text'; text: string }
    | { type: 'refusal'; refusal: string }
    | { type: 'image_url'; image_url: { url: string; detail?: ImageDetail } }
    | { type: 'input_image'; image_url?: string | null; detail?: ImageDetail }
    /** Refused with `ERR_UNSUPPORTED`: what these cost is not known. */
    | { type: 'input_audio' | 'input_file' | 'file' }
  type ImageDetail = 'auto' | 'low' | 'high' | 'original'

  /** A message of chat completions. Further fields, such as `tool_call_id` and a call's `id`, cost nothing. */
  interface ChatMessage {
    /** `system`, `developer`, `user`, `assistant`, `tool`, `function`. Another is counted as the text it is. */
    role: string
    content?: string | readonly ContentPart[] | null
    /** Of a `tool` message it is not counted: the call has it. */
    name?: string | null
    refusal?: string | null
    tool_calls?:
      | readonly (
          | { type?: 'function'; function: { name: string; arguments: string } }
          | { type: 'custom'; custom: { name: string; input: string } }
        )[]
      | null
    /** What came before `tool_calls`. */
    function_call?: { name: string; arguments: string } | null
  }

  /**
   * An item of the Responses API that has no role: its call and its output are counted as the chat messages they stand
   * for. `reasoning` counts 0: it is taken out of later prompts. Items with a role are messages.
   */
  type ResponseItem =
    | { type: 'function_call'; name: string; arguments: string }
    | { type: 'custom_tool_call'; name: string; input: string }
    | { type: 'function_call_output' | 'custom_tool_call_output'; output: string | readonly ContentPart[] }
    | { type: 'reasoning' }

  interface FunctionDefinition {
    name: string
    description?: string | null
    /**
     * JSON Schema. Of it `type`, `properties`, `required`, `description`, `items`, `enum` and `anyOf` are what the models
     * see; other keywords are not counted.
     */
    parameters?: object | null
  }

  type ChatTool =
    | { type: 'function'; function: FunctionDefinition }
    | ({ type: 'function' } & FunctionDefinition)
    /** Refused with `ERR_UNSUPPORTED`: what it costs is not known. */
    | { type: 'custom' }

  interface MessagesOptions {
    /** A chat model of OpenAI; see {@link encodingForModel}. */
    model: string
    /** As in a request to chat completions, or to the Responses API (without `function` around the fields). */
    tools?: readonly ChatTool[]
    /** `tool_choice` of the request. */
    toolChoice?: 'auto' | 'none' | 'required' | { type?: string; name: string } | { function: { name: string } }
    /** `functions` of the request, which came before `tools`. */
    functions?: readonly FunctionDefinition[]
    /** `function_call` of the request. */
    functionCall?: 'auto' | 'none' | { name: string }
  }

  /**
   * The tokens that a request costs before the answer, as OpenAI's `usage.prompt_tokens` says: the messages with what
   * stands around each, the definitions of tools, the beginning of the reply.
   *
   * OpenAI does not document how a request becomes tokens; these rules reproduce the counts that its API reported and
   * others published. How near they are:
   * - text, names, refusals, legacy function calls, one tool call a message with its result: exact for gpt-3.5, gpt-4 and
   *   gpt-4o wherever a count was published (gpt-3.5-turbo-0301 included);
   * - definitions of tools and functions: exact, but 1 less is reported for some where the first property has no
   *   description;
   * - parallel calls: exact for two calls a message, measured for no more;
   * - images: OpenAI's rules, by `detail` and by the size, which is read from `data:` URLs of PNG, GIF and JPEG. An image
   *   of unknown size counts as the largest there is (1445 tokens for gpt-4o);
   * - reasoning models and gpt-5: by the same rules; reported counts differ by a token or so a message, and by some ten
   *   where there are tools. What OpenAI puts before the messages of gpt-oss is not counted.
   *
   * Time: one {@link countBatch} of all texts. Schemas may be nested 64 deep and have 100000 parts.
   *
   * @throws {TenonError} `ERR_INVALID_ARG` with the place, such as `messages[3].content[0].text`; `ERR_UNSUPPORTED` for a
   *   model that is no chat model of OpenAI, for audio and files, and for tools that are no functions; `ERR_LIMIT`
   * @example
   * const messages = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Hello!' }]
   * tenon.tokens.countMessages(messages, { model: 'gpt-4o' })                  // 16
   * tenon.tokens.countMessages(messages, { model: 'gpt-4o', tools: request.tools, toolChoice: request.tool_choice })
   */
  function countMessages(messages: readonly (ChatMessage | ResponseItem)[], options: MessagesOptions): number

  /** `low <= tokens <= high`; the three are equal where the count is exact, as for OpenAI's models and for no text. */
  interface Estimate {
    /** The likeliest number. */
    tokens: number
    low: number
    high: number
  }

  /**
   * About how many tokens `text` is for a model whose vocabulary is not public. It is the count of `o200k_base` times what
   * is known of the family for this kind of text: English and source, other languages in Latin script, other scripts,
   * digits. For OpenAI's models it is the count itself. `count` never estimates.
   *
   * What the ranges rest on, and how far to trust them:
   * - Gemini from 2.0: the vocabulary of Gemma 3, which is the same. Mistral from 2024-07: the Tekken vocabulary of
   *   mistral-common. The ranges were set so that they hold 99 in 100 of some 500 samples: 33 languages, source, markup,
   *   data; `tokens` is 6 % off there in the mean.
   * - Claude to 4.6: 1.1 times the vocabulary of Claude 2, which agrees with Anthropic's counts of English. 97 in 100 of
   *   the same samples, 8 % in the mean; for other scripts than the Latin nothing newer than Claude 2 is public.
   * - Claude from Opus 4.7: the ratios to the former that were published in April 2026 (1.45 for English prose, 1.13 to
   *   1.36 for source, 1.00 for other scripts). A Claude whose name has no version gets both ranges.
   * - Grok, Nova: only English was published, so the ranges are wide.
   *
   * Outside any range: long runs of one character. Messages and tools around the text are not included. The work is one
   * {@link count}, and a look at 65536 code units or bytes at most.
   *
   * @param model such as `claude-opus-4-7`, `anthropic/claude-sonnet-4.5`, `gemini-2.5-pro`, `grok-4`, `mistral-large-latest`
   * @throws {TenonError} `ERR_UNSUPPORTED` for a model of no family named here; `ERR_INVALID_ARG`, `ERR_LIMIT`
   * @example tenon.tokens.estimate('hello world', 'gpt-4o') // { tokens: 2, low: 2, high: 2 }
   */
  function estimate(text: Text, model: string): Estimate
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
