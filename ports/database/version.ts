import { sql } from 'kysely'
import type { Database } from './database.js'

/** The least version of the schema that this code works on: what {@link Schema} describes. Core's migrations lead there. */
export const NEEDED_SCHEMA_VERSION = 2

/** Reads how far core has migrated; 0 before its first migration. A newer schema than ours is fine: it still serves older code. */
export async function schemaVersion(database: Database): Promise<number> {
  const { rows } = await database.read((handle) =>
    sql<{ exists: boolean }>`select to_regclass('migrations') is not null as exists`.execute(handle),
  )
  if (!rows[0]?.exists) return 0
  const latest = await database.read((handle) =>
    handle
      .selectFrom('migrations')
      .select((table) => table.fn.max('version').as('version'))
      .executeTakeFirst(),
  )
  return latest?.version ?? 0
}

/** Whether the schema that this code needs is there: no program is ready before. */
export async function isSchemaReady(database: Database): Promise<boolean> {
  return (await schemaVersion(database)) >= NEEDED_SCHEMA_VERSION
}
