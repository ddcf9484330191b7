import type { Insertable, Selectable } from 'kysely'
import type { Revocation } from '../../gen/recado/internal/v1/core_service.js'
import type { RevocationsTable } from '../../ports/database/schema.js'
import type { Handle } from '../handle.js'
import {
  forgetEntries,
  latestPositionIn,
  listEntries,
  lockLogs,
  readLatestPositionIn,
  type PositionLog,
} from '../position-log.js'

/** A right that somebody lost. */
export type LostRight = NonNullable<Revocation['lost']>

const log: PositionLog = {
  table: 'revocations',
  forgottenSetting: 'revocations_forgotten',
  keptFor: '1 day',
}

/** The position of the log's newest entry, as part of a statement; 0 while there is none. */
export const latestPosition = latestPositionIn(log)

/**
 * Adds entries to the log, inside the transaction that takes the rights away. Take row locks before it: it locks the log until the
 * transaction ends, for a reader must never see a position before a lower one.
 */
export async function insertRevocations(transaction: Handle, lost: readonly LostRight[]): Promise<void> {
  if (lost.length === 0) return
  await lockLogs(transaction)
  await transaction.insertInto('revocations').values(lost.map(toRow)).execute()
}

/** Reads the position of the newest entry; 0 while there is none. */
export function readLatestPosition(handle: Handle): Promise<number> {
  return readLatestPositionIn(handle, log)
}

/** Entries after a position, oldest first, and the newest position that is forgotten already; one statement sees one moment. */
export async function listRevocations(
  handle: Handle,
  after: number,
  limit: number,
): Promise<{ revocations: Revocation[]; forgottenTo: number }> {
  const { entries, forgottenTo } = await listEntries<Selectable<RevocationsTable>>(handle, log, after, limit)
  return {
    revocations: entries.map((row) => ({ position: row.position, lost: toLost(row) })),
    forgottenTo,
  }
}

/**
 * Forgets at most `limit` entries that are older than a day, but never the newest: it keeps the position. Resolves with how many.
 */
export function forgetRevocations(transaction: Handle, limit: number): Promise<number> {
  return forgetEntries(transaction, log, limit)
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
    case 'rightsChanged': {
      const { serverId, userId, channelId } = lost.value
      const concerned = { user_id: userId || null, channel_id: channelId || null }
      return { ...empty, kind: 'rights_changed', server_id: serverId, ...concerned }
    }
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
    case 'rights_changed': {
      const concerned = { userId: row.user_id ?? '', channelId: row.channel_id ?? '' }
      return { $case: 'rightsChanged', value: { serverId: row.server_id ?? '', ...concerned } }
    }
  }
}
