import tenon from './index.js'

export const { TenonError, configure, status, context, diff, files, tokens, zstd } = tenon
export default tenon
