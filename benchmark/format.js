'use strict'

// Numbers for people: three significant digits and a unit.

/** @param {number} value */
function digits(value) {
  if (!Number.isFinite(value)) return '–'
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}

/** @param {readonly [number, string][]} units from the largest */
function scaled(units) {
  return (/** @type {number} */ value) => {
    if (!Number.isFinite(value)) return '–'
    const [scale, unit] = units.find(([least]) => Math.abs(value) >= least * 0.9995) ?? units[units.length - 1]
    return `${value < 0 ? '−' : ''}${digits(Math.abs(value) / scale)} ${unit}`
  }
}

const time = scaled([
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
  [1e-9, 'ns']
])
const count = scaled([
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, '']
])

/** @param {number} bytes */
const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`

/** @param {number} value */
const ratio = (value) => `${digits(value)}×`

/**
 * How much work is done in a second. A process is no work to hurry.
 * @param {string} unit
 * @param {number} work units a call
 * @param {number} seconds a call
 */
function rate(unit, work, seconds) {
  if (unit === 'processes') return ''
  if (unit === 'bytes') return `${digits(work / seconds / 1e6)} MB/s`
  return `${count(work / seconds).trim()} ${unit}/s`
}

module.exports = { mebibytes, rate, ratio, time }
