import { ignore } from '../../index.js'

export = ignore
