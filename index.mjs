import tenon from './index.js'

export const { TenonError, configure, status, files, tokens } = tenon
export default tenon
