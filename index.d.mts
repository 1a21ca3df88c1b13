import * as tenon from './index.js'

export * from './index.js'
export default tenon
