import { context } from '../../index.js'

export = context
