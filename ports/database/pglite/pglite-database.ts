import { lockFolder, type FolderLock } from '../../../lib/folder-lock.js'
import type { Log } from '../../../lib/log.js'
import { findDatabase, finished, takeFolder, unopenable } from './data-folder.js'
import { PgliteStreams } from './pglite-stream.js'
import { startUpkeep } from './pglite-upkeep.js'
import { PooledDatabase } from '../postgres/pooled-database.js'
import type { Database } from '../database.js'

/** Where PGlite lives. */
export type PgliteOptions = {
  /** The folder of all our data; made if it is not there. PGlite's own is `pg` in it. Nobody else may enter it. */
  dataDir: string
  /** Hears of a first start, which takes seconds. Default: nobody. */
  log?: Log
}

/** They share PGlite's one session, so that it has the next statement at hand while the last one's answer is read. */
const CONNECTIONS = 8

/** To wait for one of the connections. */
const CONNECT_TIMEOUT_MS = 60_000

/** What takes longer is ended with `unavailable`, and its thread with it. */
const STATEMENT_TIMEOUT_MS = 60_000

/**
 * PGlite, which is PostgreSQL in WebAssembly, in a thread of its own. Resolves once it serves, however long that takes. It has one session. What it has
 * committed outlives a `kill -9` of the process; it never calls fsync, so not a power cut. Should its thread die, the next one in
 * need of it starts another.
 * @throws RecadoError `failed_precondition` when another process holds the folder (it is named), when the folder cannot be used or
 *   what is in it is no database that opens.
 */
export async function openPgliteDatabase(options: PgliteOptions): Promise<Database> {
  const { dataDir, log } = options
  await takeFolder(dataDir)
  const lock = await lockFolder(dataDir)
  try {
    return new PgliteDatabase(await startIn(dataDir, log), lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function startIn(dataDir: string, log?: Log): Promise<PgliteStreams> {
  const { path, isNew } = await findDatabase(dataDir)
  if (isNew) log?.info({ folder: path }, 'making the database, which takes some seconds the first time')
  const streams = new PgliteStreams(path)
  try {
    const thread = await streams.thread()
    await thread.ready
  } catch (cause) {
    await streams.close()
    throw unopenable(path, cause)
  }
  if (isNew) await finished(dataDir)
  return streams
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
