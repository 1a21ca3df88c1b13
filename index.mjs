import tenon from './index.js'

export const { TenonError, configure, status, context, diff, files, ignore, log, tokens, zstd } = tenon
export default tenon
