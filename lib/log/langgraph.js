'use strict'

// LangGraph's checkpoints in a log.

const { isDeepStrictEqual } = require('node:util')
const { checkInteger, checkKeys, checkObject } = require('../arguments')
const { TenonError, invalidArgument } = require('../errors')
const { Threads, valueKey, writeKey } = require('./langgraph/threads')

/** @typedef {import('@langchain/langgraph-checkpoint', { with: { 'resolution-mode': 'import' } }).CheckpointTuple} CheckpointTuple */
/** @typedef {import('@langchain/langgraph-checkpoint', { with: { 'resolution-mode': 'import' } }).SerializerProtocol} Serializer */
/** @typedef {import('./langgraph/threads').Threads} ThreadsOf */
/** @typedef {NonNullable<ReturnType<ThreadsOf['branch']>>} Branch */

const DEFAULT_CACHE_BYTES = 32 << 20
const DURABILITIES = ['disk', 'os', 'memory']

/** @type {typeof import('./langgraph').createSaver} */
async function createSaver(log, options = {}) {
  if (typeof Object(log).append !== 'function' || typeof Object(log).read !== 'function') {
    throw invalidArgument('log', 'an open log', log)
  }
  checkObject('options', options)
  checkKeys(options, ['serde', 'durability', 'cacheBytes'])
  const { serde, durability, cacheBytes = DEFAULT_CACHE_BYTES } = options
  if (durability !== undefined && !DURABILITIES.includes(durability)) {
    throw invalidArgument('options.durability', "'disk', 'os' or 'memory'", durability)
  }
  if (serde !== undefined && typeof Object(serde).dumpsTyped !== 'function') {
    throw invalidArgument('options.serde', 'a serializer', serde)
  }
  checkInteger('options.cacheBytes', cacheBytes, 0, Number.MAX_SAFE_INTEGER)
  const Saver = await saverClass()
  const threads = new Threads(log, { durability, cacheBytes })
  await threads.catchUp()
  return new Saver(threads, serde)
}

async function importLangGraph() {
  try {
    return await import('@langchain/langgraph-checkpoint')
  } catch (cause) {
    if (Object(cause).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    const name = '@langchain/langgraph-checkpoint'
    const message = `createSaver needs the package ${name}, which is not installed: npm install ${name} @langchain/core`
    throw new TenonError('ERR_UNSUPPORTED', message, { package: name, cause })
  }
}

/** @type {ReturnType<typeof defineSaver> | undefined} */
let defined

/** The class, made when it is first needed: what it extends is an optional package. */
async function saverClass() {
  const langgraph = await importLangGraph()
  return (defined ??= defineSaver(langgraph))
}

/** @param {Awaited<ReturnType<typeof importLangGraph>>} langgraph */
function defineSaver({
  BaseCheckpointSaver,
  TASKS,
  WRITES_IDX_MAP,
  copyCheckpoint,
  getCheckpointId,
  maxChannelVersion
}) {
  return class TenonSaver extends BaseCheckpointSaver {
    #threads

    /** @param {ThreadsOf} threads @param {Serializer} [serde] */
    constructor(threads, serde) {
      super(serde)
      this.#threads = threads
    }

    /** @param {any} config @returns {Promise<CheckpointTuple | undefined>} */
    async getTuple(config) {
      const { thread_id: thread, checkpoint_ns: namespace = '' } = Object(config?.configurable)
      if (thread === undefined) return undefined
      await this.#threads.catchUp()
      const branch = this.#threads.branch(thread, namespace)
      const id = getCheckpointId(config) || branch?.latestId
      if (!branch || !id || !branch.checkpoints.has(id)) return undefined
      return this.#tuple(thread, namespace, branch, id)
    }

    /** @param {any} config @param {any} [options] @returns {AsyncGenerator<CheckpointTuple>} */
    async *list(config, options = {}) {
      const { thread_id: thread, checkpoint_ns: namespace, checkpoint_id: wantedId } = Object(config?.configurable)
      const beforeId = options?.before?.configurable?.checkpoint_id
      const filter = Object.entries(options?.filter ?? {})
      let left = options?.limit ?? Infinity
      await this.#threads.catchUp()
      for (const [threadId, namespaces] of this.#threads.threads(thread)) {
        for (const [name, branch] of namespaces) {
          if (namespace !== undefined && name !== namespace) continue
          for (const id of [...branch.checkpoints.keys()].sort().reverse()) {
            if (left <= 0) return
            if (wantedId && id !== wantedId) continue
            if (beforeId && id >= beforeId) continue
            // Deleted while others were looked at.
            if (this.#threads.branch(threadId, name) !== branch) break
            const tuple = await this.#tuple(threadId, name, branch, id, filter)
            if (!tuple) continue
            left--
            yield tuple
          }
        }
      }
    }

    /** @param {any} config @param {any} checkpoint @param {any} metadata @param {any} newVersions */
    async put(config, checkpoint, metadata, newVersions) {
      const { thread_id, checkpoint_ns = '', checkpoint_id: parentId } = Object(config?.configurable)
      const thread = required('thread_id', thread_id)
      const namespace = named('checkpoint_ns', checkpoint_ns)
      const id = required('id', checkpoint?.id)
      // All of it is taken before anything is waited for: the graph goes on, and may change what it gave.
      const { channel_values: values, ...rest } = copyCheckpoint(checkpoint)
      const versions = texts(rest.channel_versions)
      const news = texts(newVersions ?? {})
      /** @param {[string, string]} entry */
      const dumped = async ([channel, version]) => {
        return { channel, version, value: channel in values ? await this.#dump(values[channel]) : undefined }
      }
      // At once: a promise that is rejected while another is waited for would end the process.
      const [told, toldMetadata, channels] = await Promise.all([
        this.#dump({ ...rest, channel_values: {} }),
        this.#dump(metadata),
        Promise.all(Object.entries(news).map(dumped)),
        this.#threads.catchUp()
      ])
      const more = this.#ambiguous(thread, namespace, parentId, versions).filter(
        (channel) => !(channel in news) && channel in values
      )
      channels.push(...(await Promise.all(more.map((channel) => dumped([channel, versions[channel]])))))
      await this.#threads.put({ thread, namespace, id, parentId }, told, toldMetadata, channels, versions)
      return { configurable: { thread_id: thread, checkpoint_ns: namespace, checkpoint_id: id } }
    }

    /** @param {any} config @param {any} writes @param {string} taskId @param {string} [taskPath] */
    async putWrites(config, writes, taskId, taskPath = '') {
      const { thread_id, checkpoint_ns = '', checkpoint_id } = Object(config?.configurable)
      const thread = required('thread_id', thread_id)
      const namespace = named('checkpoint_ns', checkpoint_ns)
      const id = required('checkpoint_id', checkpoint_id)
      required('taskId', taskId)
      const told = await Promise.all(
        writes.map(async (/** @type {[string, unknown]} */ [channel, value], /** @type {number} */ position) => {
          return { channel, index: WRITES_IDX_MAP[channel] || position, value: await this.#dump(value) }
        })
      )
      await this.#threads.catchUp()
      const known = this.#threads.branch(thread, namespace)?.writes.get(id)
      const fresh = told.filter(({ index }) => index < 0 || !known?.has(writeKey(taskId, index)))
      if (fresh.length > 0) await this.#threads.putWrites({ thread, namespace, id }, { taskId, taskPath }, fresh)
    }

    /** @param {string} threadId */
    async deleteThread(threadId) {
      await this.#threads.delete(required('threadId', threadId))
    }

    /**
     * Channels that are said to be no news, and whose version stands for several values: those of branches of the thread.
     * @param {string} thread
     * @param {string} namespace
     * @param {string | undefined} parentId
     * @param {Record<string, string>} versions
     */
    #ambiguous(thread, namespace, parentId, versions) {
      const branch = this.#threads.branch(thread, namespace)
      const parent = parentId === undefined ? undefined : branch?.checkpoints.get(parentId)
      return Object.entries(versions)
        .filter(([channel, version]) => parent?.channels.get(channel)?.version !== version)
        .filter(([channel, version]) => (branch?.values.get(valueKey(channel, version))?.length ?? 0) > 1)
        .map(([channel]) => channel)
    }

    /** @param {unknown} value @returns {Promise<import('./langgraph/record').Value>} */
    async #dump(value) {
      const [type, bytes] = await this.serde.dumpsTyped(value)
      return { type, bytes }
    }

    /** @param {import('./langgraph/record').Place[]} places @returns {Promise<any[]>} */
    async #load(places) {
      const loaded = await this.#threads.load(places)
      return Promise.all(loaded.map(async (bytes, index) => this.serde.loadsTyped(places[index].type, bytes)))
    }

    /**
     * @param {string} thread
     * @param {string} namespace
     * @param {Branch} branch
     * @param {string} id
     * @param {[string, unknown][]} [filter] what its metadata must have
     * @returns {Promise<CheckpointTuple | undefined>}
     */
    async #tuple(thread, namespace, branch, id, filter = []) {
      const saved = /** @type {import('./langgraph/threads').Saved} */ (branch.checkpoints.get(id))
      const [metadata] = await this.#load([saved.metadata])
      if (!filter.every(([key, value]) => isSame(Object(metadata)[key], value))) return undefined
      const channels = [...saved.channels].flatMap(([channel, { place }]) => (place ? [{ channel, place }] : []))
      const writes = [...(branch.writes.get(id)?.values() ?? [])].sort(byTask)
      const [checkpoint, ...values] = await this.#load([
        saved.checkpoint,
        ...channels.map(({ place }) => place),
        ...writes.map(({ place }) => place)
      ])
      checkpoint.channel_values = Object.fromEntries(channels.map(({ channel }, index) => [channel, values[index]]))
      if (checkpoint.v < 4 && saved.parentId !== undefined) await this.#migrate(checkpoint, branch, saved.parentId)
      const config = (/** @type {string} */ checkpointId) => ({
        configurable: { thread_id: thread, checkpoint_ns: namespace, checkpoint_id: checkpointId }
      })
      return {
        config: config(id),
        checkpoint,
        metadata,
        pendingWrites: writes.map(({ taskId, channel }, index) => [taskId, channel, values[channels.length + index]]),
        ...(saved.parentId !== undefined && { parentConfig: config(saved.parentId) })
      }
    }

    /** Checkpoints of before version 4 have what their parent's tasks sent in a channel. @param {any} checkpoint @param {Branch} branch @param {string} parentId */
    async #migrate(checkpoint, branch, parentId) {
      const sent = [...(branch.writes.get(parentId)?.values() ?? [])]
        .filter(({ channel }) => channel === TASKS)
        .sort(byTask)
      checkpoint.channel_values[TASKS] = await this.#load(sent.map(({ place }) => place))
      checkpoint.channel_versions ??= {}
      const versions = Object.values(checkpoint.channel_versions)
      checkpoint.channel_versions[TASKS] =
        versions.length > 0 ? maxChannelVersion(.../** @type {any} */ (versions)) : this.getNextVersion(undefined)
    }
  }
}

/** The order in which a step applies them: by the task's path, its id, and the index. @param {Write} a @param {Write} b */
function byTask(a, b) {
  return inBytes(a.taskPath, b.taskPath) || inBytes(a.taskId, b.taskId) || a.index - b.index
}
/** @typedef {import('./langgraph/threads').Write} Write */

/** By code points. @param {string} a @param {string} b */
function inBytes(a, b) {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** @param {unknown} a @param {unknown} b */
function isSame(a, b) {
  return a === b || (typeof a === 'object' && typeof b === 'object' && isDeepStrictEqual(a, b))
}

/** @param {Record<string, unknown>} versions @returns {Record<string, string>} */
function texts(versions) {
  return Object.fromEntries(Object.entries(versions).map(([channel, version]) => [channel, String(version)]))
}

/** @param {string} name @param {unknown} value @returns {string} */
function required(name, value) {
  if (named(name, value) === '') throw invalidArgument(name, 'a string that is not empty', value)
  return String(value)
}

/** @param {string} name @param {unknown} value @returns {string} */
function named(name, value) {
  if (typeof value !== 'string') throw invalidArgument(name, 'a string', value)
  return value
}

module.exports = { createSaver }
