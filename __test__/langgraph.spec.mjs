// What LangGraph asks of a saver, by @langchain/langgraph-checkpoint-validation, which runs in vitest: see api/log-langgraph.test.js.
// Each saver has a new log, in a directory or, where TENON_TEST_LANGGRAPH has a connection string, in PostgreSQL.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { validate } from '@langchain/langgraph-checkpoint-validation'
import { openLog } from '../lib/log/index.js'
import { createSaver } from '../lib/log/langgraph.js'
import { openPostgresLog } from '../lib/log/postgres.js'

const connectionString = process.env.TENON_TEST_LANGGRAPH

/** @type {Map<object, { log: import('../index.js').log.Log, directory?: string }>} */
const opened = new Map()

async function open() {
  if (connectionString)
    return { log: await openPostgresLog({ connectionString, name: `saver-${crypto.randomUUID()}` }) }
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'tenon-langgraph-'))
  return { log: await openLog(path.join(directory, 'log'), { durability: 'os' }), directory }
}

validate({
  checkpointerName: 'tenon/log/langgraph',

  async createCheckpointer() {
    const found = await open()
    const saver = await createSaver(found.log)
    opened.set(saver, found)
    return saver
  },

  async destroyCheckpointer(/** @type {object} */ saver) {
    const { log, directory } = /** @type {NonNullable<ReturnType<typeof opened.get>>} */ (opened.get(saver))
    await log.close()
    if (directory) fs.rmSync(directory, { recursive: true })
  }
})
