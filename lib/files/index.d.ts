import { files } from '../../index.js'

export = files
