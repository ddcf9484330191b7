import { setTimeout as delay } from 'node:timers/promises'
import { sql, type Kysely } from 'kysely'
import type { Database } from '../../ports/database/database.js'
import type { Schema } from '../../ports/database/schema.js'
import { migrations, type Migration } from './migrations.js'

/** Any number that nobody else locks by, the same in every version. */
const LOCK = 7_305_620_148

/** How often it is looked whether another core has done with migrating, in milliseconds. */
const LOOK_MS = 200

/** What a migration is run with. */
export type MigrateOptions = {
  /** Default: those of this version. */
  steps?: readonly Migration[]
  /** Ends the wait for another core; a step in hand is finished. */
  signal?: AbortSignal
}

/**
 * Brings the schema to the version of this code, and leaves a newer one alone. No step has a limit of time. Of several cores that
 * start at once one migrates while the others wait for it. Resolves with the versions that it has applied.
 * @throws the signal's reason when it is aborted.
 */
export function migrate(
  database: Database,
  { steps = migrations, signal }: MigrateOptions = {},
): Promise<number[]> {
  return database.maintain(async (handle) => {
    await takeLock(handle, signal)
    try {
      return await applyAll(handle, steps, signal)
    } finally {
      await sql`select pg_advisory_unlock(${LOCK}::bigint)`.execute(handle)
    }
  })
}

/** Asks again and again: whoever waits inside a statement would in turn be waited for by an index that is built concurrently. */
async function takeLock(handle: Kysely<Schema>, signal?: AbortSignal): Promise<void> {
  for (;;) {
    signal?.throwIfAborted()
    const { rows } = await sql<{ taken: boolean }>`
      select pg_try_advisory_lock(${LOCK}::bigint) as taken`.execute(handle)
    if (rows[0]?.taken) return
    // Where it ends early, the next round says why.
    await delay(LOOK_MS, undefined, signal && { signal }).catch(() => undefined)
  }
}

async function applyAll(
  handle: Kysely<Schema>,
  steps: readonly Migration[],
  signal?: AbortSignal,
): Promise<number[]> {
  const applied: number[] = []
  for (;;) {
    signal?.throwIfAborted()
    const version = await applyNext(handle, steps)
    if (version === undefined) return applied
    applied.push(version)
  }
}

/** The version is read in the step's own transaction: cores that share one session, as PGlite's do, share the lock too. */
async function applyNext(handle: Kysely<Schema>, steps: readonly Migration[]): Promise<number | undefined> {
  const next = await handle.transaction().execute(async (transaction) => {
    const version = (await currentVersion(transaction)) + 1
    const step = steps[version - 1]
    if (step && !step.isOutside) await apply(transaction, version, step)
    return step && { version, step }
  })
  if (next?.step.isOutside) await apply(handle, next.version, next.step)
  return next?.version
}

async function apply(handle: Kysely<Schema>, version: number, step: Migration): Promise<void> {
  await step.up(handle)
  await handle
    .insertInto('migrations')
    .values({ version, name: step.name })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

async function currentVersion(transaction: Kysely<Schema>): Promise<number> {
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
