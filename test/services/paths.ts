import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

/** The project's root folder. */
export const projectDir = fileURLToPath(new URL('../../', import.meta.url))

/** Where the state of the running services is kept; git ignores it. */
export const stateDir = join(projectDir, '.services')

/** The URLs as `NAME='value'` lines, for a shell to read. */
export const envFile = join(projectDir, '.services.env')

/** The compose file of the services. */
export const composeFile = fileURLToPath(new URL('compose.yml', import.meta.url))

/** The Go module of the server that stands in for MongoDB. */
export const standInDir = fileURLToPath(new URL('mongodb-stand-in/', import.meta.url))

/** What is built once and used by every later run. */
export const cacheDir = join(projectDir, '.cache')
