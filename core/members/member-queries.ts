import { sql, type Selectable } from 'kysely'
import type { MembersTable } from '../../ports/database/schema.js'
import type { Handle } from '../handle.js'
import type { PageStart } from '../requests/page-token.js'

/** A member as the database has them. */
export type MemberRow = Selectable<MembersTable>

/** Makes users members; those who are stay as they are. Resolves with how many came. */
export async function insertMembers(
  handle: Handle,
  serverId: string,
  userIds: readonly string[],
): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into members (server_id, user_id)
    select ${serverId}, user_id from unnest(${userIds}::text[]) as joining (user_id)
    on conflict do nothing`.execute(handle)
  return Number(numAffectedRows ?? 0)
}

/** Finds a member. */
export function findMember(handle: Handle, serverId: string, userId: string): Promise<MemberRow | undefined> {
  return handle
    .selectFrom('members')
    .selectAll()
    .where('server_id', '=', serverId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
}

/** Lists a user's memberships, in the order of the servers' ids. */
export function listMembershipsOf(handle: Handle, userId: string, limit: number): Promise<MemberRow[]> {
  return handle
    .selectFrom('members')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('server_id')
    .limit(limit)
    .execute()
}

/** Lists members in the order of their user ids. */
export function listMembers(
  handle: Handle,
  serverId: string,
  start: PageStart,
  limit: number,
): Promise<MemberRow[]> {
  return handle
    .selectFrom('members')
    .selectAll()
    .where('server_id', '=', serverId)
    .where('user_id', '>', start ?? '')
    .orderBy('user_id')
    .limit(limit)
    .execute()
}

/** Writes which roles a member has; resolves with the member. */
export function setMemberRoles(
  transaction: Handle,
  { server_id, user_id }: MemberRow,
  roleIds: string[],
): Promise<MemberRow> {
  return transaction
    .updateTable('members')
    .set({ role_ids: roleIds })
    .where('server_id', '=', server_id)
    .where('user_id', '=', user_id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Removes a member; undefined for one who is none. */
export function deleteMember(
  handle: Handle,
  serverId: string,
  userId: string,
): Promise<MemberRow | undefined> {
  return handle
    .deleteFrom('members')
    .where('server_id', '=', serverId)
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirst()
}
