'use strict'

// What a benchmark's record says of a machine, and what it must not.

const assert = require('node:assert/strict')
const os = require('node:os')
const { test } = require('node:test')
const { machine } = require('../../benchmark/machine')

test('a record names the system, not the machine', () => {
  const recorded = JSON.stringify(machine())
  assert.ok(!recorded.includes(os.release()), recorded)
  assert.ok(!recorded.includes(JSON.stringify(os.hostname())), recorded)
  assert.ok(machine().os.startsWith(os.type()))
})

test('a record has the note that was given, and no other', () => {
  assert.ok(!('note' in machine()))
  assert.equal(machine('two builds ran beside it').note, 'two builds ran beside it')
})
