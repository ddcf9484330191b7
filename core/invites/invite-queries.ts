import { sql, type Selectable } from 'kysely'
import type { InvitesTable } from '../../ports/database/schema.js'
import type { Handle } from '../handle.js'
import type { PageStart } from '../requests/page-token.js'

/** An invite as the database has it. */
export type InviteRow = Selectable<InvitesTable>

/** An invite, with what it shows of the server. */
export type ShownInvite = InviteRow & { server_name: string; member_count: number }

/** Of an invite that can still be used: it is neither expired nor used up. */
const isLive = sql<boolean>`
  (expires_at is null or expires_at > now()) and (max_uses is null or uses < max_uses)`

/** Adds an invite that expires after so many seconds, or never. */
export function insertInvite(
  transaction: Handle,
  invite: {
    code: string
    serverId: string
    createdBy: string
    maxUses: number | undefined
    expiresInS: number | undefined
  },
): Promise<InviteRow> {
  return transaction
    .insertInto('invites')
    .values({
      code: invite.code,
      server_id: invite.serverId,
      created_by: invite.createdBy,
      max_uses: invite.maxUses ?? null,
      expires_at: sql<Date | null>`now() + ${invite.expiresInS ?? null}::float8 * interval '1 second'`,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Finds an invite that can still be used, with what it shows of its server. */
export function findInvite(handle: Handle, code: string): Promise<ShownInvite | undefined> {
  return handle
    .selectFrom('invites')
    .innerJoin('servers', 'servers.id', 'invites.server_id')
    .selectAll('invites')
    .select(['servers.name as server_name', 'servers.member_count'])
    .where('code', '=', code)
    .where(isLive)
    .executeTakeFirst()
}

/** Counts a use of an invite; false where it is gone, expired or used up by now. One that uses it at the same time is waited for. */
export async function takeUse(transaction: Handle, code: string): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('invites')
    .set({ uses: sql`uses + 1` })
    .where('code', '=', code)
    .where(isLive)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Lists a server's invites that can still be used, in the order of their codes. */
export function listInvites(
  handle: Handle,
  serverId: string,
  start: PageStart,
  limit: number,
): Promise<InviteRow[]> {
  return handle
    .selectFrom('invites')
    .selectAll()
    .where('server_id', '=', serverId)
    .where('code', '>', start ?? '')
    .where(isLive)
    .orderBy('code')
    .limit(limit)
    .execute()
}

/** Counts a server's invites, when those that can no longer be used have been forgotten. */
export async function countInvites(transaction: Handle, serverId: string): Promise<number> {
  await sql`delete from invites where server_id = ${serverId} and not (${isLive})`.execute(transaction)
  const { count } = await transaction
    .selectFrom('invites')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('server_id', '=', serverId)
    .executeTakeFirstOrThrow()
  return count
}

/** Removes an invite. */
export async function deleteInvite(transaction: Handle, code: string): Promise<void> {
  await transaction.deleteFrom('invites').where('code', '=', code).execute()
}
