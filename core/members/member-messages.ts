import type { Member } from '../../gen/recado/v1/types.js'
import type { Handle } from '../handle.js'
import { listRoles, type RoleRow } from '../roles/role-queries.js'
import { findUsers, type UserRow } from '../users/user-queries.js'
import { toUser } from '../users/user-messages.js'
import type { MemberRow } from './member-queries.js'

/** Members of one server as they are sent, with their roles and who they are: two queries for all of them. */
export async function toMembers(
  handle: Handle,
  serverId: string,
  rows: readonly MemberRow[],
): Promise<Member[]> {
  if (rows.length === 0) return []
  const roles = await listRoles(handle, serverId)
  const userIds = rows.map((row) => row.user_id)
  const users = await findUsers(handle, userIds)
  return rows.map((row) => toMember(row, roles, users.get(row.user_id)))
}

/** As {@link toMembers}, for one. */
export async function readMember(handle: Handle, row: MemberRow): Promise<Member> {
  const [member] = await toMembers(handle, row.server_id, [row])
  return member as Member
}

/** The roles of a member that are there, in the order of their positions; `roles` are the server's in that order. */
export function rolesOf({ role_ids: ids }: MemberRow, roles: readonly RoleRow[]): RoleRow[] {
  return ids.length === 0 ? [] : roles.filter(({ id }) => ids.includes(id))
}

function toMember(row: MemberRow, roles: readonly RoleRow[], user: UserRow | undefined): Member {
  return {
    userId: row.user_id,
    joinedAt: row.joined_at.toISOString(),
    roleIds: rolesOf(row, roles).map(({ id }) => id),
    user: user && toUser(user),
  }
}
