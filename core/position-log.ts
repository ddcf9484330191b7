import { sql } from 'kysely'
import type { Handle } from './handle.js'

/** An append-only log in the database: rows with a `position` that rises, and `created_at`. */
export type PositionLog = {
  table: 'revocations' | 'happenings'
  /** Names the setting that holds the newest position that is forgotten. */
  forgottenSetting: string
  /** How long entries are kept, as PostgreSQL writes an interval. */
  keptFor: string
}

/** Names all such logs among PostgreSQL's advisory locks: "reca", as a number. One lock for all, so that nobody waits in a circle. */
const LOCK = 0x72656361

/**
 * Locks the logs until the transaction ends, for a reader must never see a position before a lower one. Take row locks before it.
 */
export async function lockLogs(transaction: Handle): Promise<void> {
  await sql`select pg_advisory_xact_lock(${LOCK}::bigint)`.execute(transaction)
}

/** The position of a log's newest entry, as part of a statement; 0 while there is none. */
export function latestPositionIn({ table }: PositionLog) {
  return sql<number>`(select coalesce(max(position), 0) from ${sql.table(table)})`
}

/** The newest position that is forgotten, as part of a statement; 0 while there is none. */
export function forgottenTo({ forgottenSetting }: PositionLog) {
  return sql<number>`coalesce((select value from settings where name = ${forgottenSetting})::int8, 0)`
}

/** Reads the position of the newest entry; 0 while there is none. */
export async function readLatestPositionIn(handle: Handle, log: PositionLog): Promise<number> {
  const { position } = await handle
    .selectNoFrom(latestPositionIn(log).as('position'))
    .executeTakeFirstOrThrow()
  return position
}

/** Entries after a position, oldest first, and the newest position that is forgotten already; one statement sees one moment. */
export async function listEntries<Row extends { position: number }>(
  handle: Handle,
  log: PositionLog,
  after: number,
  limit: number,
): Promise<{ entries: Row[]; forgottenTo: number }> {
  const { rows } = await sql<{ forgotten_to: number } & (Row | { position: null })>`
    select ${forgottenTo(log)} as forgotten_to, entry.*
    from (select) as always left join (
      select * from ${sql.table(log.table)} where position > ${after} order by position limit ${limit}
    ) as entry on true`.execute(handle)
  const entries = rows.flatMap((row) => (row.position === null ? [] : [row as Row]))
  return { entries, forgottenTo: rows[0]?.forgotten_to ?? 0 }
}

/** Forgets at most `limit` entries that are old, but never the newest: it keeps the position. Resolves with how many. */
export async function forgetEntries(transaction: Handle, log: PositionLog, limit: number): Promise<number> {
  const table = sql.table(log.table)
  const { rows } = await sql<{ position: number; is_old: boolean }>`
    select position, created_at < now() - ${log.keptFor}::interval as is_old from ${table}
    where position < ${latestPositionIn(log)} order by position limit ${limit}`.execute(transaction)
  const young = rows.findIndex((row) => !row.is_old)
  const old = young === -1 ? rows : rows.slice(0, young)
  const last = old.at(-1)?.position
  if (last === undefined) return 0
  await sql`
    insert into settings (name, value) values (${log.forgottenSetting}, ${String(last)})
    on conflict (name) do update set value = greatest(settings.value::int8, excluded.value::int8)::text`.execute(
    transaction,
  )
  await sql`delete from ${table} where position <= ${last}`.execute(transaction)
  return old.length
}
