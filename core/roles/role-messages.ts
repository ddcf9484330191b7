import { toPermissionList } from '../../contract/permissions.js'
import type { Role } from '../../gen/recado/v1/types.js'
import type { RoleRow } from './role-queries.js'

/** What a server's roles are made of. */
export type RolesOf = { id: string; everyone_permissions: number }

/** The role that every member has. It has the server's id. */
export function everyoneOf({ id, everyone_permissions: permissions }: RolesOf): Role {
  return {
    id,
    serverId: id,
    name: 'everyone',
    permissions: toPermissionList(permissions),
    position: 0,
    isEveryone: true,
  }
}

/** A role as it is sent. */
export function toRole(row: RoleRow): Role {
  return {
    id: row.id,
    serverId: row.server_id,
    name: row.name,
    permissions: toPermissionList(row.permissions),
    position: row.position,
    isEveryone: false,
  }
}

/** A server's roles as they are sent, lowest first; the rows are in that order. */
export function toRoles(server: RolesOf, rows: readonly RoleRow[]): Role[] {
  return [everyoneOf(server), ...rows.map(toRole)]
}
