'use strict'

// The manual names exactly what is there: every function and error code of the code, and none besides.

const assert = require('node:assert/strict')
const path = require('node:path')
const { test } = require('node:test')
const { pathToFileURL } = require('node:url')
const ts = require('typescript')
const tenon = require('../..')
const { CODES } = require('../../lib/errors')
const { FEATURES } = require('../../lib/engines')

const MANUAL = path.join(__dirname, '../../index.d.ts')
const source = ts.createSourceFile(MANUAL, String(ts.sys.readFile(MANUAL)), ts.ScriptTarget.Latest, true)

/** The names of the values that statements declare. @param {readonly import('typescript').Statement[]} statements */
function values(statements) {
  return statements.flatMap((statement) =>
    ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isModuleDeclaration(statement)
      ? [String(statement.name?.getText(source))]
      : []
  )
}

/** The members of a union of string literals. @param {string} name */
function union(name) {
  const alias = source.statements.find(
    (statement) => ts.isTypeAliasDeclaration(statement) && statement.name.text === name
  )
  return [...String(alias?.getText(source)).matchAll(/'(\w+)'/g)].map(([, member]) => member)
}

test('every export is in the manual', () => {
  assert.deepEqual(values([...source.statements]).sort(), Object.keys(tenon).sort())
  assert.deepEqual(union('Feature'), [...FEATURES])
})

test("every feature's functions are in the manual, each with an example or a reference", () => {
  for (const feature of FEATURES) {
    const namespace = source.statements.find(
      (statement) => ts.isModuleDeclaration(statement) && statement.name.text === feature
    )
    const body = /** @type {import('typescript').ModuleBlock} */ (
      /** @type {import('typescript').ModuleDeclaration} */ (namespace).body
    )
    assert.deepEqual(
      [...new Set(values([...body.statements]))].sort(),
      Object.keys(tenon[/** @type {'tokens'} */ (feature)]).sort(),
      feature
    )
    for (const statement of body.statements) {
      if (!ts.isFunctionDeclaration(statement)) continue
      assert.match(statement.getFullText(source), /@example|\{@link/, `${feature}.${statement.name?.text}`)
    }
  }
})

test('every error code is in the manual', () => {
  assert.deepEqual(union('ErrorCode').sort(), [...CODES].sort())
})

/** What the examples take for granted. */
const GIVEN = {
  tenon,
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello!' }
  ],
  ...tenon.tokens.encodeWithOffsets('hello world')
}

test('the values of the examples of tokens are true', () => {
  const manual = source.text.slice(source.text.indexOf('export namespace tokens'))
  const examples = [
    ...manual.matchAll(
      /^ *\/?\*+ .*?((?:tenon\.tokens\.|'[^']*'\.)\S.*?\)) +\/\/ (\d+|'[^']*'|(?:Uint\d+Array )?(?:\[.*?\]|'.*?')|\{ tokens.*?\})(?: \*\/)?$/gm
    )
  ]
  assert.ok(examples.length >= 10, `only ${examples.length} examples with a value were found`)
  for (const [, call, value] of examples) {
    const actual = new Function(...Object.keys(GIVEN), `return ${call}`)(...Object.values(GIVEN))
    const [, type, plain] = /^(?:(Uint\d+Array) )?(.*)$/.exec(value) ?? []
    const expected = new Function(`return ${plain}`)()
    assert.deepEqual(
      type === 'Uint32Array' ? [...actual] : type === 'Uint8Array' ? Buffer.from(actual).toString() : actual,
      expected,
      call
    )
  }
})

test('a feature alone has the same names by import as by require', async () => {
  for (const feature of FEATURES) {
    const file = require.resolve(`../../lib/${feature}/index.js`)
    const imported = Object.keys(await import(pathToFileURL(file).href)).filter(
      (name) => !/^(default|module\.exports)$/.test(name)
    )
    assert.deepEqual(imported.sort(), Object.keys(require(file)).sort(), feature)
  }
})
