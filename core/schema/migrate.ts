import { sql, type Transaction } from 'kysely'
import type { Database } from '../../ports/database/database.js'
import type { Schema } from '../../ports/database/schema.js'
import { migrations, type Migration } from './migrations.js'

/** Any number that nobody else locks by, the same in every version. */
const LOCK = 7_305_620_148

/**
 * Brings the schema to the version of this code, and leaves a newer one alone. Each migration is there as a whole or not at all.
 * Of several cores that start at once one migrates while the others wait for it. Resolves with the versions that it has applied.
 */
export async function migrate(
  database: Database,
  steps: readonly Migration[] = migrations,
): Promise<number[]> {
  const applied: number[] = []
  for (;;) {
    const version = await database.write((transaction) => applyNext(transaction, steps))
    if (version === undefined) return applied
    applied.push(version)
  }
}

async function applyNext(
  transaction: Transaction<Schema>,
  steps: readonly Migration[],
): Promise<number | undefined> {
  await sql`select pg_advisory_xact_lock(${LOCK})`.execute(transaction)
  const version = (await currentVersion(transaction)) + 1
  const step = steps[version - 1]
  if (!step) return undefined
  await step.up(transaction)
  await transaction.insertInto('migrations').values({ version, name: step.name }).execute()
  return version
}

async function currentVersion(transaction: Transaction<Schema>): Promise<number> {
  await sql`
    create table if not exists migrations (
      version int4 primary key,
      name text not null,
      applied_at timestamptz not null default now()
    )`.execute(transaction)
  const { max } = transaction.fn
  const { version } = await transaction
    .selectFrom('migrations')
    .select(max('version').as('version'))
    .executeTakeFirstOrThrow()
  return version ?? 0
}
