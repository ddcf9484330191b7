import { sql } from 'kysely'
import type { Database } from './database.js'

/** The least version of the schema that this code works on: what {@link Schema} describes. Core's migrations lead there. */
export const NEEDED_SCHEMA_VERSION = 10

/**
 * Reads how far the owner of a table of migrations has migrated: core, or one of the embedded stores; 0 before its first. A newer
 * schema than ours is fine: it still serves older code.
 */
export async function schemaVersion(database: Database, table = 'migrations'): Promise<number> {
  const { rows } = await database.read((handle) =>
    sql<{ exists: boolean }>`select to_regclass(${table}) is not null as exists`.execute(handle),
  )
  if (!rows[0]?.exists) return 0
  const latest = await database.read((handle) =>
    sql<{ version: number }>`select coalesce(max(version), 0) as version from ${sql.table(table)}`.execute(
      handle,
    ),
  )
  return latest.rows[0]?.version ?? 0
}

/** Whether the schema that this code needs is there: no program is ready before. */
export async function isSchemaReady(database: Database): Promise<boolean> {
  return (await schemaVersion(database)) >= NEEDED_SCHEMA_VERSION
}
