import { zstd } from '../../index.js'

export = zstd
