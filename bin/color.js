'use strict'

/** SGR codes, as git uses them. @type {Record<string, string>} */
const CODES = { header: '1', hunk: '36', removed: '31', added: '32' }

/** @typedef {(kind: string, text: string, open: string, close: string) => string} Paint */

/**
 * Paints where standard output is a terminal that shows colours, or as the option says; elsewhere parts of lines are put
 * between marks.
 * @param {boolean | undefined} option
 * @returns {Paint & { patch(patch: Buffer): Buffer }}
 */
function colored(option) {
  const color = option ?? (process.stdout.isTTY && process.stdout.hasColors())
  /** @param {string} kind @param {string} text */
  const painted = (kind, text) => text.replace(/[^\r\n]+/g, (line) => `\x1b[${CODES[kind]}m${line}\x1b[m`)
  /** @type {Paint} */
  const paint = (kind, text, open, close) => (color ? painted(kind, text) : `${open}${text}${close}`)
  /** Bytes that are no UTF-8 go through: in Latin-1 each is a character. @param {Buffer} patch */
  const paintPatch = (patch) => {
    if (!color) return patch
    let inHunk = false
    const lines = patch
      .toString('latin1')
      .split('\n')
      .map((line) => {
        if (line.startsWith('@@')) inHunk = true
        if (!inHunk) return painted('header', line)
        const kind = { '@': 'hunk', '-': 'removed', '+': 'added' }[line[0]]
        return kind ? painted(kind, line) : line
      })
    return Buffer.from(lines.join('\n'), 'latin1')
  }
  return Object.assign(paint, { patch: paintPatch })
}

module.exports = { colored }
