// What a log is stored in: the interface between lib/log/index.js and the engines, and the driver for PostgreSQL. Not public.

export interface StoreOptions {
  segmentBytes: number
  readOnly: boolean
  create: boolean
  /** zstd's level; 0 stores data as they are. */
  level: number
  dictionary?: Uint8Array
}

/** Events of one reading. */
export interface Packet {
  /** The data of all events, one after the other. */
  bytes: Uint8Array
  /** Six numbers an event: seq, stream seq, time, kind, bytes of the data, and 65536 × the stream's place in `names` + the type's. */
  meta: Float64Array
  names: string[]
}

export interface CursorOptions {
  from: number
  /** Infinity for none. */
  to: number
  reverse: boolean
  stream: string | null
  types: readonly string[] | null
  limit: number
}

export interface Cursor {
  /** Null at the end as it is now. A packet has one event at least. */
  next(maxEvents: number, maxBytes: number, signal?: AbortSignal): Promise<Packet | null>
  close(): void
}

export interface CheckpointEntry {
  name: string
  seq: number
  timeMs: number
  kind: number
  bytes: number
  storedBytes: number
  /** -1 for none. */
  baseSeq: number
  fault: string | null
}

export interface CheckpointSettings {
  compress: boolean
  level: number
  /** -1 for none. */
  baseSeq: number
  timeMs: number
  /** Whether to sync. */
  disk: boolean
}

export interface Store {
  recovery: import('../..').log.Recovery | null
  info(): { firstSeq: number; nextSeq: number; durableSeq: number; id: string; poisoned: string | null }
  /** Looks where the log begins and ends, for `info`, where others append to it. */
  refresh(): Promise<void>
  /**
   * Appends batches. `meta` has eight numbers an event: bytes of the stream's name, of the type, of the key, of the data, which stand in
   * this order in `bytes`; the kind (0 bytes, 1 a string, 2 JSON); the time; the expected stream seq, or -1; whether the
   * next event is of the same batch. `durability` is 0 memory, 1 os, 2 disk. Answers with three numbers an event: the status (0 appended, 1 its key
   * was known, 2 conflict, 3 its key is another batch's), seq, stream seq.
   */
  commit(bytes: Uint8Array, meta: Float64Array, durability: number): Promise<Float64Array>
  flush(): Promise<void>
  cursor(options: CursorOptions): Cursor
  writeCheckpoint(
    name: string,
    seq: number,
    kind: number,
    bytes: Uint8Array,
    settings: CheckpointSettings
  ): Promise<{ storedBytes: number }>
  checkpoints(name: string | null): Promise<CheckpointEntry[]>
  readCheckpoint(name: string, seq: number): Promise<{ bytes: Uint8Array; kind: number; timeMs: number }>
  prune(before: number, keepCheckpoints: number): Promise<import('../..').log.PruneReport>
  fork(newDirectory: string, atSeq: number, signal?: AbortSignal): Promise<{ events: number }>
  verify(signal?: AbortSignal): Promise<import('../..').log.VerifyReport>
  stats(): Promise<{ segments: number; bytes: number; streams: number; checkpoints: number }>
  /** Calls back when another process may have appended; returns what ends that. Where a store has none, its log asks now and then. */
  changes?(changed: () => void): () => void
  close(): Promise<void>
}
