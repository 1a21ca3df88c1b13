import { diff } from '../../index.js'

export = diff
