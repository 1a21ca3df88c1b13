import tenon from './index.js'

export const { TenonError, configure, status, context, files, tokens } = tenon
export default tenon
