'use strict'

// Node's own zstd, where this Node has it. Results of a batch are made one by one: it has no batches.

const zlib = /** @type {any} */ (require('node:zlib'))

/** @type {import('.').EngineModule} */
module.exports = {
  kind: 'rival',
  version: () => ('zstdCompressSync' in zlib ? /** @type {any} */ (process.versions).zstd : undefined),
  open() {
    const params = { [zlib.constants.ZSTD_c_compressionLevel]: 3 }
    const compress = (/** @type {Uint8Array} */ data, /** @type {Uint8Array | undefined} */ dictionary) =>
      zlib.zstdCompressSync(data, dictionary ? { params, dictionary } : { params })
    const decompress = (/** @type {Uint8Array} */ data, /** @type {Uint8Array | undefined} */ dictionary) =>
      zlib.zstdDecompressSync(data, dictionary && { dictionary })
    return {
      compress,
      decompress,
      compressPrepared: compress,
      decompressPrepared: decompress,
      compressBatch: (/** @type {Uint8Array[]} */ records, /** @type {Uint8Array} */ dictionary) =>
        records.map((record) => compress(record, dictionary))
    }
  }
}
