import { openPgliteDatabase } from '../../ports/database/pglite/pglite-database.js'
import { openPostgresDatabase } from '../../ports/database/postgres/postgres-database.js'
import type { Database } from '../../ports/database/database.js'
import { freshPostgresUrl, type Fresh } from './adapters.js'
import { freshPgliteDir } from './pglite-template.js'

/** PGlite on a folder of its own; empty. */
export async function freshPglite(): Promise<Fresh<Database>> {
  const dir = await freshPgliteDir()
  const database = await openPgliteDatabase({ dataDir: dir.value })
  return { value: database, drop: () => closed(database, dir) }
}

/** PostgreSQL in a database of its own; empty. */
export async function freshPostgres(limits: { statementTimeoutMs?: number } = {}): Promise<Fresh<Database>> {
  const url = await freshPostgresUrl()
  const database = openPostgresDatabase({ url: url.value, ...limits })
  return { value: database, drop: () => closed(database, url) }
}

async function closed(database: Database, place: Fresh<string>): Promise<void> {
  await database.close()
  await place.drop()
}
