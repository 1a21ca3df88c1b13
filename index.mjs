import tenon from './index.js'

export const { TenonError, configure, status, files, tokens, zstd } = tenon
export default tenon
