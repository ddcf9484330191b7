import { sql, type Selectable } from 'kysely'
import { newId } from '../../contract/ids.js'
import type { AuditAction } from '../../gen/recado/v1/moderation_service.js'
import type { AuditEntriesTable } from '../../ports/database/schema.js'
import type { Handle } from '../handle.js'
import type { PageStart } from '../requests/page-token.js'

/** An entry as the database has it. */
export type AuditRow = Selectable<AuditEntriesTable>

/** Something that somebody does in a server. */
export type Deed = {
  serverId: string
  actorId: string
  action: AuditAction
  targetId?: string
  reason?: string | undefined
}

/** How long entries are kept, in days. */
const KEPT_DAYS = 90

/** Adds an entry, in the transaction that does what it says. */
export async function insertAuditEntry(transaction: Handle, deed: Deed): Promise<void> {
  const { serverId, actorId, action, targetId, reason } = deed
  await transaction
    .insertInto('audit_entries')
    .values({
      id: newId(),
      server_id: serverId,
      actor_id: actorId,
      action,
      target_id: targetId ?? null,
      reason: reason ?? null,
    })
    .execute()
}

/** Lists a server's entries, newest first. */
export function listAuditEntries(
  handle: Handle,
  serverId: string,
  start: PageStart,
  limit: number,
): Promise<AuditRow[]> {
  return handle
    .selectFrom('audit_entries')
    .selectAll()
    .where('server_id', '=', serverId)
    .$if(start !== undefined, (query) => query.where('id', '<', start ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/** Forgets at most `limit` entries that are older than they are kept; resolves with how many. */
export async function forgetAuditEntries(handle: Handle, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from audit_entries where id in (
      select id from audit_entries where created_at < now() - ${KEPT_DAYS} * interval '1 day'
      order by created_at limit ${limit}
    )`.execute(handle)
  return Number(numAffectedRows ?? 0)
}
