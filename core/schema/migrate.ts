import type { Database } from '../../ports/database/database.js'
import { applyMigrations, type Migration } from '../../ports/database/migrations.js'
import { migrations } from './migrations.js'

/** What a migration is run with. */
export type MigrateOptions = {
  /** Default: those of this version. */
  steps?: readonly Migration[]
  /** Ends the wait for another core; a step in hand is finished. */
  signal?: AbortSignal
}

/**
 * Brings the schema to the version of this code, as {@link applyMigrations} says. Resolves with the versions that it has applied.
 * @throws the signal's reason when it is aborted.
 */
export function migrate(
  database: Database,
  { steps = migrations, signal }: MigrateOptions = {},
): Promise<number[]> {
  return applyMigrations(database, { table: 'migrations', steps }, signal)
}
