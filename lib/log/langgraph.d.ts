import type { BaseCheckpointSaver, SerializerProtocol } from '@langchain/langgraph-checkpoint' with {
  'resolution-mode': 'import'
}
import type { log } from '../../index.js'

export interface SaverOptions {
  /** What makes bytes of values. Default LangGraph's own. */
  serde?: SerializerProtocol
  /** Of what the saver appends. Default as the log was opened. */
  durability?: log.Durability
  /** How many bytes of events are kept in memory, those that were used last. Default 33554432. */
  cacheBytes?: number
}

/** A saver for `compile({ checkpointer })`. Closing the log is the caller's. */
export interface TenonSaver extends BaseCheckpointSaver {}

/**
 * A LangGraph checkpointer that keeps its threads in a log: one of a directory, or one in PostgreSQL that many processes share. Needs the
 * package `@langchain/langgraph-checkpoint`, 1.0 or later; rejects with `ERR_UNSUPPORTED` where it is not installed.
 *
 * Each `put` and each `putWrites` is one event. A `put` stores the values of the channels that LangGraph calls new, and refers to earlier
 * events for the others: a thread whose state grows by a message a step does not store all channels in each step. Where the values are
 * is kept in memory, by a replay of the log when the saver is made; the values are read when they are asked for.
 *
 * `deleteThread` makes a thread unknown; its events stay in the log. A log with threads in it is not to be pruned: checkpoints
 * need the events of earlier ones, and loading one whose events are gone is `ERR_CORRUPT`. So is all that a saver is asked after
 * events were pruned that it had not seen, until it is made anew.
 *
 * @example
 * const log = await tenon.log.openLog('threads')
 * const graph = builder.compile({ checkpointer: await createSaver(log) })
 */
export function createSaver(log: log.Log, options?: SaverOptions): Promise<TenonSaver>
