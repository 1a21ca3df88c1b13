'use strict'

const { fromByteString } = require('./names')
const { REPORTS } = require('./walk')

/**
 * What a walk left out: how much of each kind, and a report of what nobody asked to be left out.
 *
 * @typedef {{ path: string, reason: string }} Absence
 * @typedef {{ ignored: number, hidden: number, symlinks: number, special: number, unreadable: number,
 *   nestedRepositories: number }} Counts a folder counts as one
 */

/**
 * What counts as what. Of `rootIgnored` and `ruleFile` there is nothing that could have been listed.
 * @type {Partial<Record<import('./walk').Reason, keyof Counts>>}
 */
const COUNTED = {
  ignored: 'ignored',
  hidden: 'hidden',
  symlink: 'symlinks',
  linkToNothing: 'symlinks',
  linkOutside: 'symlinks',
  linkLoop: 'symlinks',
  linkIntoGit: 'symlinks',
  tooManyLinks: 'symlinks',
  special: 'special',
  unreadable: 'unreadable',
  nestedRepository: 'nestedRepositories'
}

/** @returns {Counts} */
function noCounts() {
  return { ignored: 0, hidden: 0, symlinks: 0, special: 0, unreadable: 0, nestedRepositories: 0 }
}

class Absences {
  constructor() {
    this.counts = noCounts()
    /** @type {Absence[]} byte strings */
    this.reported = []
  }

  /** @param {import('./walk').LeftOut} leftOut */
  add({ path, reason, detail }) {
    const count = COUNTED[reason]
    if (count !== undefined) this.counts[count] += 1
    const words = detail ?? REPORTS[reason]
    if (words !== undefined) this.report(path, words)
  }

  /**
   * @param {string} path
   * @param {string} reason
   */
  report(path, reason) {
    this.reported.push({ path, reason })
  }

  /**
   * The reports since this was last asked, in the order they came.
   * @returns {Absence[]}
   */
  takeReports() {
    const reports = this.reported.map(({ path, reason }) => ({ path: fromByteString(path), reason }))
    this.reported = []
    return reports
  }

  /**
   * The reports, in the order of the bytes.
   * @returns {Absence[]}
   */
  reports() {
    return this.reported
      .map(({ path, reason }) => ({ key: `${path}\0${reason}`, path: fromByteString(path), reason }))
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
      .map(({ path, reason }) => ({ path, reason }))
  }
}

module.exports = { Absences, noCounts }
