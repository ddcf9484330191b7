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

/** Reads entries after a position, oldest first. */
export async function listRevocations(handle: Handle, after: number, limit: number): Promise<Revocation[]> {
  const rows = await handle
    .selectFrom('revocations')
    .selectAll()
    .where('position', '>', after)
    .orderBy('position')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ position: row.position, lost: toLost(row) }))
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
