import tenon from './index.js'

export const { TenonError, configure, status, context, diff, files, ignore, tokens, zstd } = tenon
export default tenon
