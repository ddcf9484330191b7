import { sql } from 'kysely'
import type { Database } from '../database.js'

/** How often it is looked. */
const INTERVAL_MS = 10_000

/** So much write-ahead log is kept at most before a checkpoint, give or take an interval: it bounds the disk and the next start. */
const MAX_WAL_BYTES = 64 * 1024 * 1024

/** A table is vacuumed once so many of its rows, and a fifth of it, are dead; its statistics are taken anew by the same measure. */
const MIN_CHANGED_ROWS = 5_000

/** So many new rows ask for a vacuum too: few enough for it to be short, as it reads only what is new. */
const MAX_NEW_ROWS = 50_000

/** Transaction numbers wrap round at 2,000,000,000; a table is vacuumed long before its oldest row comes near. */
const MAX_AGE = 200_000_000

/**
 * Does what PostgreSQL's background processes do, which PGlite has not: checkpoints, or the write-ahead log would grow for ever,
 * and vacuums, or deleted rows would stay and slow every search. Returns how to stop it.
 */
export function startUpkeep(database: Database): () => void {
  const timer = setInterval(() => void upkeep(database).catch(() => undefined), INTERVAL_MS)
  timer.unref()
  return () => clearInterval(timer)
}

/** One round of it. What fails is left to the next round. */
export async function upkeep(database: Database): Promise<void> {
  for (const { name, stale } of await neglectedTables(database)) {
    const vacuum = sql.raw(`vacuum ${stale ? '(analyze)' : ''} ${name}`)
    await database.read((handle) => vacuum.execute(handle))
  }
  if ((await walBytes(database)) > MAX_WAL_BYTES) {
    await database.read((handle) => sql`checkpoint`.execute(handle))
  }
}

async function neglectedTables(database: Database): Promise<{ name: string; stale: boolean }[]> {
  const { rows } = await database.read((handle) =>
    sql<{ name: string; stale: boolean }>`
      with tables as (
        select relid::regclass::text as name, age(relfrozenxid) as age, n_dead_tup as dead, n_ins_since_vacuum as new,
          n_mod_since_analyze as modified, ${MIN_CHANGED_ROWS} + n_live_tup / 5 as many
        from pg_stat_all_tables join pg_class on oid = relid where relkind = 'r'
      )
      select name, modified > many as stale from tables
      where dead > many or modified > many or new > ${MAX_NEW_ROWS} or age > ${MAX_AGE}`.execute(handle),
  )
  return rows
}

async function walBytes(database: Database): Promise<number> {
  const { rows } = await database.read((handle) =>
    sql<{ bytes: number }>`
      select (pg_current_wal_lsn() - redo_lsn)::int8 as bytes from pg_control_checkpoint()`.execute(handle),
  )
  return rows[0]?.bytes ?? 0
}
