'use strict'

const { hash } = require('../answer')
const { generator } = require('../corpus')

/** @typedef {import('.').Case} Case */

const RIVALS = ['better-sqlite3', 'lmdb']
const OWN = ['tenon-native', 'tenon-fallback']
const IN_FLIGHT = 64
const BATCH = 1000
const REPLAYED = 100_000
const EVENT_BYTES = 500
const STATE_BYTES = 10_000_000
/** About 1 GB. */
const LARGE_BATCHES = 2000
/** Warm-up, and then so many that are timed one by one. */
const WARM = 50
const TIMED = 3000

/** @param {number} bytes @param {number} seed */
function bytesOf(bytes, seed) {
  const random = generator(seed)
  return Buffer.from(Array.from({ length: bytes }, () => random() & 0x7f))
}

/** Events of about 500 bytes of JSON, as a runtime logs them. @param {number} count */
function messages(count) {
  const random = generator(0x109)
  const words = ['the', 'file', 'reads', 'lines', 'tool', 'call', 'result', 'error', 'patch', 'applied', 'search']
  const text = (/** @type {number} */ length) => Array.from({ length }, () => words[random() % words.length]).join(' ')
  return Array.from({ length: count }, (_, id) => ({
    id: `msg_${random().toString(16)}${id}`,
    role: ['user', 'assistant', 'tool'][random() % 3],
    content: [
      { type: 'text', text: text(30) },
      {
        type: 'tool_use',
        id: `toolu_${random().toString(16)}`,
        name: 'grep',
        input: { pattern: text(2), path: 'src/index.ts' }
      }
    ],
    usage: { input_tokens: random() % 9000, output_tokens: random() % 900, cache_read: random() % 90_000 },
    stop_reason: 'tool_use'
  }))
}

const nothing = () => 0

/** @type {Case[]} */
const appending = [
  {
    name: 'append one event of 200 B, durable',
    feature: 'log',
    unit: 'events',
    engines: [...OWN, 'bare-disk', ...RIVALS],
    inputs: () => {
      const event = bytesOf(200, 1)
      return Array.from({ length: WARM + TIMED }, () => event)
    },
    warm: WARM,
    work: () => 1,
    run: (engine, event) => engine.appendDurable(event),
    digest: nothing,
    targets: [
      {
        says: 'native at most 1.1 times a bare write and fdatasync',
        kind: 'ratio',
        value: (median) => median('tenon-native') / median('bare-disk'),
        atMost: 1.1
      },
      {
        says: "native's p99 below better-sqlite3's",
        kind: 'ratio',
        value: (_, p99) => p99('tenon-native') / p99('better-sqlite3'),
        atMost: 1
      }
    ]
  },
  {
    name: `append ${IN_FLIGHT} events of 200 B at once, durable`,
    feature: 'log',
    unit: 'events',
    engines: [...OWN, ...RIVALS],
    inputs: () => [Array.from({ length: IN_FLIGHT }, (_, index) => bytesOf(200, index))],
    work: (events) => events.length,
    run: (engine, events) => engine.appendFlying(events),
    digest: nothing
  },
  {
    name: `append a batch of ${BATCH} events of 200 B, os`,
    feature: 'log',
    unit: 'events',
    engines: [...OWN, ...RIVALS],
    inputs: () => [Array.from({ length: BATCH }, (_, index) => bytesOf(200, index))],
    work: (events) => events.length,
    run: (engine, events) => engine.appendBatch(events),
    digest: nothing,
    targets: [
      {
        says: 'native 500,000 events a second',
        kind: 'time',
        value: (median) => median('tenon-native'),
        atMost: BATCH / 500_000
      }
    ]
  }
]

/** @type {Case[]} */
const replaying = [
  {
    name: `replay ${REPLAYED} events of ${EVENT_BYTES} B, bytes`,
    feature: 'log',
    unit: 'events',
    engines: [...OWN, ...RIVALS],
    inputs: () => [Array.from({ length: REPLAYED }, (_, index) => bytesOf(EVENT_BYTES, index))],
    work: (events) => events.length,
    run: (engine, events) => engine.replay(events),
    digest: ({ count, last }) => ({ count, last: hash(Buffer.from(last).toString('base64')) }),
    targets: [
      { says: 'native in 100 ms', kind: 'time', value: (median) => median('tenon-native'), atMost: 0.1 },
      {
        says: 'native at least 3 times as fast as better-sqlite3',
        kind: 'ratio',
        value: (median) => median('better-sqlite3') / median('tenon-native'),
        atLeast: 3
      }
    ]
  },
  {
    name: `replay ${REPLAYED} events of ${EVENT_BYTES} B, objects`,
    feature: 'log',
    unit: 'events',
    engines: [...OWN, 'bare-disk', ...RIVALS],
    inputs: () => [messages(REPLAYED)],
    work: (events) => events.length,
    run: (engine, events) => engine.replay(events),
    digest: ({ count, last }) => ({ count, last }),
    targets: [
      {
        says: "native at most 1.3 times JSON.parse's own time",
        kind: 'ratio',
        value: (median) => median('tenon-native') / median('bare-disk'),
        atMost: 1.3
      }
    ]
  }
]

/** @type {Case[]} */
const states = [
  ...[/** @type {const} */ (['os', 0.005]), /** @type {const} */ (['disk', 0.025])].map(
    ([durability, atMost]) =>
      /** @type {Case} */ ({
        name: `checkpoint of 10 MB, save, ${durability}`,
        feature: 'log',
        unit: 'bytes',
        engines: [...OWN, 'better-sqlite3'],
        inputs: () => {
          const state = bytesOf(STATE_BYTES, 7)
          return Array.from({ length: 3 + 100 }, () => state)
        },
        warm: 3,
        work: (state) => state.length,
        run: (engine, state) => engine.saveState(state, durability),
        digest: nothing,
        targets: [
          { says: `native's p99 in ${atMost * 1000} ms`, kind: 'time', value: (_, p99) => p99('tenon-native'), atMost }
        ]
      })
  ),
  {
    name: 'checkpoint of 10 MB, load',
    feature: 'log',
    unit: 'bytes',
    engines: [...OWN, 'better-sqlite3'],
    inputs: () => {
      const state = bytesOf(STATE_BYTES, 7)
      return Array.from({ length: 3 + 100 }, () => state)
    },
    warm: 3,
    work: (state) => state.length,
    run: (engine, state) => engine.loadState(state),
    digest: (state) => state.length,
    targets: [{ says: "native's p99 in 5 ms", kind: 'time', value: (_, p99) => p99('tenon-native'), atMost: 0.005 }]
  },
  {
    name: 'open a log of 1 GB with a checkpoint',
    feature: 'log',
    unit: 'opens',
    engines: OWN,
    inputs: () => [Array.from({ length: BATCH }, (_, index) => bytesOf(EVENT_BYTES, index))],
    work: () => 1,
    run: (engine, events) => engine.open(events, LARGE_BATCHES),
    digest: (nextSeq) => nextSeq,
    targets: [{ says: 'native in 20 ms', kind: 'time', value: (median) => median('tenon-native'), atMost: 0.02 }]
  }
]

module.exports = [...appending, ...replaying, ...states]
