import { sql, type Selectable } from 'kysely'
import type { PermissionSet } from '../../contract/permissions.js'
import type { RolesTable } from '../../ports/database/schema.js'
import type { Handle } from '../handle.js'

/** A role as the database has it; `everyone` has no row. */
export type RoleRow = Selectable<RolesTable>

/** Adds roles. */
export async function insertRoles(handle: Handle, roles: readonly RoleRow[]): Promise<void> {
  await handle.insertInto('roles').values(roles).execute()
}

/** Lists a server's roles, lowest first. */
export async function listRoles(handle: Handle, serverId: string): Promise<RoleRow[]> {
  return (await listRolesOf(handle, [serverId])).get(serverId) ?? []
}

/** Lists the roles of several servers, lowest first, by server. */
export async function listRolesOf(
  handle: Handle,
  serverIds: readonly string[],
): Promise<Map<string, RoleRow[]>> {
  const byServer = new Map<string, RoleRow[]>(serverIds.map((id) => [id, []]))
  if (serverIds.length === 0) return byServer
  const rows = await handle
    .selectFrom('roles')
    .selectAll()
    .where('server_id', 'in', serverIds)
    .orderBy('position')
    .orderBy('id')
    .execute()
  for (const row of rows) byServer.get(row.server_id)?.push(row)
  return byServer
}

/** Changes what is given of a role. */
export async function updateRole(
  handle: Handle,
  roleId: string,
  change: Partial<Pick<RoleRow, 'name' | 'permissions'>>,
): Promise<void> {
  await handle.updateTable('roles').set(change).where('id', '=', roleId).execute()
}

/** Writes the positions of a server's roles: from 1, in this order. */
export async function placeRoles(handle: Handle, roleIds: readonly string[]): Promise<void> {
  await sql`
    update roles set position = placed.position
    from unnest(${roleIds}::text[]) with ordinality as placed (id, position)
    where roles.id = placed.id and roles.position <> placed.position`.execute(handle)
}

/** Removes a role with its overrides. In the rows of members it stays, and counts for nothing. */
export async function deleteRole(handle: Handle, roleId: string): Promise<void> {
  await handle.deleteFrom('roles').where('id', '=', roleId).execute()
}

/** Lists at most `limit` members who have a role. */
export async function listHolders(
  handle: Handle,
  { serverId, roleId }: { serverId: string; roleId: string },
  limit: number,
): Promise<string[]> {
  // The index of roles holds only members who have any.
  const { rows } = await sql<{ user_id: string }>`
    select user_id from members
    where role_ids <> '{}' and role_ids @> array[${roleId}::text] and server_id = ${serverId}
    limit ${limit}`.execute(handle)
  return rows.map((row) => row.user_id)
}

/** What roles permit, together. */
export function permissionsOf(roles: readonly Pick<RoleRow, 'permissions'>[]): PermissionSet {
  return roles.reduce((set, { permissions }) => set | permissions, 0)
}
