import { log } from '../../index.js'

export = log
