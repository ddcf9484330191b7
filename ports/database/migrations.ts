import { setTimeout as delay } from 'node:timers/promises'
import { sql, type Kysely } from 'kysely'
import type { Database } from './database.js'
import type { Schema } from './schema.js'

/** One step of a schema. */
export type Migration = {
  name: string
  up: (handle: Kysely<Schema>) => Promise<void>
  /**
   * Whether it runs outside a transaction, as an index that is built concurrently must. It may then stop half-way and is run again,
   * so it must take what it finds. Default: it is one transaction, there as a whole or not at all.
   */
  isOutside?: true
}

/**
 * What one owner of tables keeps in the relational database. The list only grows, and what has been released is never edited.
 *
 * Expand, then contract: two versions of the product may run side by side, so a migration may only add what the code before it can
 * ignore (tables, columns with a default, indexes). What nobody uses any more is removed one release after the last that used it.
 */
export type MigrationSet = {
  /** The table that holds a row for each step that has run. */
  table: string
  /** In order: the first leads to version 1. */
  steps: readonly Migration[]
}

/** Any number that nobody else locks by, the same in every version. */
const LOCK = 7_305_620_148

/** How often it is looked whether another program has done with migrating, in milliseconds. */
const LOOK_MS = 200

/**
 * Brings tables to the version of this code, and leaves newer ones alone. No step has a limit of time. Of several programs that start
 * at once one migrates while the others wait for it. Resolves with the versions that it has applied.
 * @throws the signal's reason when it is aborted; a step in hand is finished.
 */
export function applyMigrations(
  database: Database,
  set: MigrationSet,
  signal?: AbortSignal,
): Promise<number[]> {
  return database.maintain(async (handle) => {
    await takeLock(handle, signal)
    try {
      return await applyAll(handle, set, signal)
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

async function applyAll(handle: Kysely<Schema>, set: MigrationSet, signal?: AbortSignal): Promise<number[]> {
  const applied: number[] = []
  for (;;) {
    signal?.throwIfAborted()
    const version = await applyNext(handle, set)
    if (version === undefined) return applied
    applied.push(version)
  }
}

/** The version is read in the step's own transaction: programs that share one session, as PGlite's do, share the lock too. */
async function applyNext(
  handle: Kysely<Schema>,
  { table, steps }: MigrationSet,
): Promise<number | undefined> {
  const next = await handle.transaction().execute(async (transaction) => {
    const version = (await currentVersion(transaction, table)) + 1
    const step = steps[version - 1]
    if (step && !step.isOutside) await apply(transaction, table, version, step)
    return step && { version, step }
  })
  if (next?.step.isOutside) await apply(handle, table, next.version, next.step)
  return next?.version
}

async function apply(handle: Kysely<Schema>, table: string, version: number, step: Migration): Promise<void> {
  await step.up(handle)
  await sql`insert into ${sql.table(table)} (version, name) values (${version}, ${step.name})
    on conflict do nothing`.execute(handle)
}

async function currentVersion(transaction: Kysely<Schema>, table: string): Promise<number> {
  await sql`
    create table if not exists ${sql.table(table)} (
      version int4 primary key,
      name text not null,
      applied_at timestamptz not null default now()
    )`.execute(transaction)
  const { rows } = await sql<{ version: number }>`
    select coalesce(max(version), 0) as version from ${sql.table(table)}`.execute(transaction)
  return rows[0]?.version ?? 0
}
