import { sql, type Insertable, type Selectable } from 'kysely'
import type { Revocation } from '../../gen/recado/internal/v1/core_service.js'
import type { RevocationsTable } from '../../ports/database/schema.js'
import type { Handle } from '../handle.js'

/** A right that somebody lost. */
export type LostRight = NonNullable<Revocation['lost']>

/** Names the log among PostgreSQL's advisory locks: "reca", as a number. */
const LOG_LOCK = 0x72656361

/** The position of the log's newest entry, as part of a statement; 0 while there is none. */
export const latestPosition = sql<number>`(select coalesce(max(position), 0) from revocations)`

/** Names the setting that holds the newest position that is forgotten. */
const FORGOTTEN = 'revocations_forgotten'

const forgottenTo = sql<number>`coalesce((select value from settings where name = ${FORGOTTEN})::int8, 0)`

/**
 * Adds entries to the log, inside the transaction that takes the rights away. Take row locks before it: it locks the log until the
 * transaction ends, for a reader must never see a position before a lower one.
 */
export async function insertRevocations(transaction: Handle, lost: readonly LostRight[]): Promise<void> {
  if (lost.length === 0) return
  await sql`select pg_advisory_xact_lock(${LOG_LOCK}::bigint)`.execute(transaction)
  await transaction.insertInto('revocations').values(lost.map(toRow)).execute()
}

/** Reads the position of the newest entry; 0 while there is none. */
export async function readLatestPosition(handle: Handle): Promise<number> {
  const { position } = await handle.selectNoFrom(latestPosition.as('position')).executeTakeFirstOrThrow()
  return position
}

/** Entries after a position, oldest first, and the newest position that is forgotten already; one statement sees one moment. */
export async function listRevocations(
  handle: Handle,
  after: number,
  limit: number,
): Promise<{ revocations: Revocation[]; forgottenTo: number }> {
  type Row = { forgotten_to: number } & ({ position: null } | Selectable<RevocationsTable>)
  const { rows } = await sql<Row>`
    select ${forgottenTo} as forgotten_to, entry.*
    from (select) as always left join (
      select * from revocations where position > ${after} order by position limit ${limit}
    ) as entry on true`.execute(handle)
  const entries = rows.flatMap((row) => (row.position === null ? [] : [row]))
  return {
    revocations: entries.map((row) => ({ position: row.position, lost: toLost(row) })),
    forgottenTo: rows[0]?.forgotten_to ?? 0,
  }
}

/**
 * Forgets at most `limit` entries that are older than a day, but never the newest: it keeps the position. Resolves with how many.
 */
export async function forgetRevocations(transaction: Handle, limit: number): Promise<number> {
  const { rows } = await sql<{ position: number; is_old: boolean }>`
    select position, created_at < now() - interval '1 day' as is_old from revocations
    where position < ${latestPosition} order by position limit ${limit}`.execute(transaction)
  const young = rows.findIndex((row) => !row.is_old)
  const old = young === -1 ? rows : rows.slice(0, young)
  const last = old.at(-1)?.position
  if (last === undefined) return 0
  await sql`
    insert into settings (name, value) values (${FORGOTTEN}, ${String(last)})
    on conflict (name) do update set value = greatest(settings.value::int8, excluded.value::int8)::text`.execute(
    transaction,
  )
  await transaction.deleteFrom('revocations').where('position', '<=', last).execute()
  return old.length
}

function toRow(lost: LostRight): Insertable<RevocationsTable> {
  const empty = { server_id: null, user_id: null, session_id: null, channel_id: null }
  switch (lost.$case) {
    case 'memberRemoved':
      return {
        ...empty,
        kind: 'member_removed',
        server_id: lost.value.serverId,
        user_id: lost.value.userId,
      }
    case 'signedOut':
      return { ...empty, kind: 'signed_out', session_id: lost.value.sessionId }
    case 'channelDeleted':
      return { ...empty, kind: 'channel_deleted', channel_id: lost.value.channelId }
    case 'serverDeleted':
      return { ...empty, kind: 'server_deleted', server_id: lost.value.serverId }
  }
}

function toLost(row: Selectable<RevocationsTable>): LostRight {
  switch (row.kind) {
    case 'member_removed':
      return { $case: 'memberRemoved', value: { serverId: row.server_id ?? '', userId: row.user_id ?? '' } }
    case 'signed_out':
      return { $case: 'signedOut', value: { sessionId: row.session_id ?? '' } }
    case 'channel_deleted':
      return { $case: 'channelDeleted', value: { channelId: row.channel_id ?? '' } }
    case 'server_deleted':
      return { $case: 'serverDeleted', value: { serverId: row.server_id ?? '' } }
  }
}
