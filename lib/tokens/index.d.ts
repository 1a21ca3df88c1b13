import { tokens } from '../../index.js'

export = tokens
