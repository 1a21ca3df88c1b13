'use strict'

/** The text a patch is applied to, as lines. */
class Source {
  /** @param {string} text */
  constructor(text) {
    this.text = text
    /**
     * Where each line begins, and where one behind the last would begin if the last has its LF or were given one.
     * @type {number[]}
     */
    this.starts = [0]
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1)
    /** Whether the last line has no LF. */
    this.open = this.starts[this.starts.length - 1] !== text.length
    if (this.open) this.starts.push(text.length + 1)
    /** The number of lines. */
    this.length = this.starts.length - 1
  }

  /**
   * The line at an index, without its LF.
   * @param {number} at
   */
  line(at) {
    return this.text.slice(this.starts[at], this.starts[at + 1] - 1)
  }

  /**
   * Whether the line at an index is this one.
   * @param {number} at
   * @param {string} line
   */
  isLine(at, line) {
    const start = this.starts[at]
    return this.starts[at + 1] - 1 - start === line.length && this.text.startsWith(line, start)
  }

  /**
   * Whether the line at an index has no LF.
   * @param {number} at
   */
  isOpen(at) {
    return this.open && at + 1 === this.length
  }

  /**
   * Where the line at an index begins; the end of the text behind the last.
   * @param {number} at
   */
  start(at) {
    return Math.min(this.starts[Math.min(at, this.length)], this.text.length)
  }
}

module.exports = { Source }
