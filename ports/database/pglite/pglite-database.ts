import { join } from 'node:path'
import { lockFolder, type FolderLock } from '../../../lib/folder-lock.js'
import { PgliteStreams } from './pglite-stream.js'
import { startUpkeep } from './pglite-upkeep.js'
import { PooledDatabase } from '../postgres/pooled-database.js'
import type { Database } from '../database.js'

/** Where PGlite lives. */
export type PgliteOptions = {
  /** The folder of all our data; made if it is not there. PGlite's own is `pg` in it. */
  dataDir: string
}

/** They share PGlite's one session, so that it has the next statement at hand while the last one's answer is read. */
const CONNECTIONS = 8

/** To wait for the connection; a first start, which makes the database, is within it. */
const CONNECT_TIMEOUT_MS = 60_000

/** What takes longer is ended with `unavailable`, and its thread with it. */
const STATEMENT_TIMEOUT_MS = 60_000

/**
 * PGlite, which is PostgreSQL in WebAssembly, in a thread of its own. Resolves once it serves. It has one session. What it has
 * committed outlives a `kill -9` of the process; it never calls fsync, so not a power cut. Should its thread die, the next one in
 * need of it starts another.
 * @throws RecadoError `failed_precondition`, naming the process, when another one holds the folder.
 */
export async function openPgliteDatabase(options: PgliteOptions): Promise<Database> {
  const lock = await lockFolder(options.dataDir)
  const database = new PgliteDatabase(new PgliteStreams(join(options.dataDir, 'pg')), lock)
  try {
    await database.ping()
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}

class PgliteDatabase extends PooledDatabase {
  readonly #streams: PgliteStreams
  readonly #lock: FolderLock
  readonly #stopUpkeep: () => void

  constructor(streams: PgliteStreams, lock: FolderLock) {
    super({
      stream: () => streams.open(),
      user: 'postgres',
      database: 'postgres',
      max: CONNECTIONS,
      idleTimeoutMillis: 0,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: STATEMENT_TIMEOUT_MS,
    })
    this.#streams = streams
    this.#lock = lock
    this.#stopUpkeep = startUpkeep(this)
  }

  override async close(): Promise<void> {
    this.#stopUpkeep()
    await super.close()
    await this.#streams.close()
    await this.#lock.release()
  }
}
