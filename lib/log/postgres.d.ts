import type { ClientBase, Pool } from 'pg'
import type { log } from '../../index.js'

export interface PostgresOptions {
  /** A pool of `pg` to take connections from. It is not ended with the log. One of the three must be there. */
  pool?: Pool
  /**
   * A connected client of `pg`, for a program that has only one. Appends and reads wait for each other then, and nothing else may
   * begin a transaction on it. It is not ended with the log.
   */
  client?: ClientBase
  /** For a pool that ends with the log; needs the package `pg`. */
  connectionString?: string
  /** The schema of the tables, made where there is none: one that has nothing else in it. Default `tenon`. */
  schema?: string
  /** The log's name: 1 to 255 bytes of UTF-8. */
  name: string
  /**
   * Of appends that say nothing else. `'disk'`, the default, waits for the server's disk, and for its standbys where
   * `synchronous_commit` says so; `'os'` and `'memory'` are both `synchronous_commit = off`: the end of the server's system
   * may lose what was acknowledged in the last moments, without a hole.
   */
  durability?: log.Durability
  /** Whether to make the tables and the log where there are none. Default true; false is `ERR_IO`, `ENOENT` then. */
  create?: boolean
}

/**
 * Opens a log in PostgreSQL 12 or later: as {@link log.openLog} does it in a directory, but any number of processes write to it at the
 * same time. `expectedSeq` decides between them; each append is one transaction, and `tail` hears of others by
 * `LISTEN`/`NOTIFY`. What differs from a directory:
 *
 * - `fork(newName)` makes a log of that name in the same tables, and `ERR_INVALID_ARG` where there is one.
 * - `prune` removes the very events it was told to, for there are no segments: `segments` of `stats` and of `verify`, and
 *   `segmentsRemoved` of `prune` are 0.
 * - A checkpoint with `delta` leaves out what it begins and ends with like the one before; the 33rd in a row is whole.
 * - All logs of a pool share one connection that listens for their tails. A pool that has no second one for it, or whose connections
 *   others wait for, does without: the tails look four times a second then.
 * - `from` of `tail` is by default the end when `tail` is called, `to` of `read` the end when the first batch is fetched.
 * - A failure of the server is `ERR_IO`: `errno` is that of the connection (`ECONNREFUSED`, `ECONNRESET`), `ENOSPC`, or the
 *   SQLSTATE, which is also in `sqlState`. With `unknown: true` the connection was lost while a transaction was committed: what was
 *   appended may be there or not. With an `idempotencyKey` it can be appended again. The log stays usable, and connects anew.
 *
 * Streams, types and keys are columns of bytes: `convert_from(stream, 'UTF8')`. Rejects with `ERR_UNSUPPORTED` where `pg` is not
 * installed, or the tables are those of a later Tenon.
 *
 * @example
 * const log = await openPostgresLog({ connectionString: process.env.DATABASE_URL, name: 'session-1' })
 * await log.append({ role: 'user', content: 'hello' }, { stream: 'session-1', expectedSeq: 0 })
 * await log.close()
 */
export function openPostgresLog(options: PostgresOptions): Promise<log.Log>
