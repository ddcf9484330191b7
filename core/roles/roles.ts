import { newId } from '../../contract/ids.js'
import { fromPermissionList, type PermissionSet } from '../../contract/permissions.js'
import { AuditAction } from '../../gen/recado/v1/moderation_service.js'
import type {
  CreateRoleRequest,
  DeleteRoleRequest,
  ListRolesRequest,
  UpdateRoleRequest,
} from '../../gen/recado/v1/roles_service.js'
import type { Role } from '../../gen/recado/v1/types.js'
import { assertNoFaults } from '../../lib/faults.js'
import type { Database } from '../../ports/database/database.js'
import { insertAuditEntry } from '../audit/audit-queries.js'
import type { Handle } from '../handle.js'
import { insertHappenings, type What } from '../happenings/happening-queries.js'
import { PageTokens, type Page } from '../requests/page-token.js'
import { makeOnce } from '../requests/request-ids.js'
import { demandAbove, demandGivable } from '../rights/ranks.js'
import { permits } from '../rights/rights.js'
import { requireLockedServer, requireServer, type MembersServer } from '../servers/server-access.js'
import { updateServer } from '../servers/server-queries.js'
import { tellRoleChange } from './role-changes.js'
import { everyoneOf, toRole, toRoles } from './role-messages.js'
import { deleteRole, insertRoles, listRoles, placeRoles, updateRole, type RoleRow } from './role-queries.js'
import { assertRoomForRole, isEveryone, roleNotFound, withMovedRole, withNewRole } from './role-rules.js'

/** Roles in a page where none were asked for. */
const DEFAULT_PAGE_SIZE = 100

/** Makes, lists, changes and deletes the roles of servers. */
export class Roles {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Lists a server's roles, lowest first.
   * @throws `invalid_argument`, `not_found`
   */
  async list(userId: string, { serverId, pageSize, pageToken }: ListRolesRequest): Promise<Page<Role>> {
    const limit = pageSize || DEFAULT_PAGE_SIZE
    const tokens = new PageTokens('roles', userId, serverId)
    const start = tokens.toStart(pageToken)
    return this.#database.read(async (handle) => {
      const server = await requireServer(handle, serverId, userId)
      const roles = toRoles(server, await listRoles(handle, serverId))
      // A role that has gone since it ended a page leaves no place: then the list begins anew.
      const first = roles.findIndex(({ id }) => id === start) + 1
      return tokens.toPage(roles.slice(first, first + limit + 1), limit, ({ id }) => id)
    })
  }

  /**
   * Makes a role right above `everyone`; a repeat with the same request id answers with the same one.
   * @throws `invalid_argument`, `not_found`, `permission_denied`, `resource_exhausted`
   */
  create(actorId: string, request: CreateRoleRequest): Promise<Role> {
    const { serverId, name, requestId } = request
    const permissions = fromPermissionList(request.permissions)
    const asked = ['role', serverId, name, permissions]
    return this.#database.write(async (transaction) => {
      const server = await requireLockedServer(transaction, serverId, actorId, 'manage_roles')
      // It takes the lowest place, which must be below whoever makes it.
      demandAbove(server.rank, 0, 'role')
      demandGivable(server.permissions, permissions)
      const { id, isNew } = await makeOnce(transaction, { actor: actorId, requestId, asked }, newId())
      if (!isNew) return toRole(await requireRole(transaction, serverId, id))
      const roles = await listRoles(transaction, serverId)
      assertRoomForRole(roles)
      await insertRoles(transaction, [{ id, server_id: serverId, name, permissions, position: 1 }])
      await placeRoles(transaction, withNewRole(roles, id))
      const action = AuditAction.AUDIT_ACTION_ROLE_CREATED
      await insertAuditEntry(transaction, { serverId, actorId, action, targetId: id })
      const role = toRole(await requireRole(transaction, serverId, id))
      await tell(transaction, serverId, { $case: 'roleCreated', value: role })
      return role
    })
  }

  /**
   * Changes what is given of a role, and tells the log of lost rights where it lets its holders view less.
   * @throws `invalid_argument`, `not_found`, `permission_denied`, `failed_precondition`
   */
  update(actorId: string, request: UpdateRoleRequest): Promise<Role> {
    const { serverId, roleId, name, position } = request
    const permissions = request.permissions && fromPermissionList(request.permissions.permissions)
    const isNothing = name === undefined && permissions === undefined && position === undefined
    const fault = isNothing ? 'or `permissions` or `position` must be given' : undefined
    assertNoFaults({ name: fault })
    return this.#database.write(async (transaction) => {
      const server = await requireLockedServer(transaction, serverId, actorId, 'manage_roles')
      const before = await requireRole(transaction, serverId, roleId, server)
      demandAbove(server.rank, before.position, 'role')
      if (permissions !== undefined) demandGivable(server.permissions, permissions & ~before.permissions)
      if (roleId === serverId) {
        if (name !== undefined || position !== undefined) throw isEveryone()
        await updateServer(transaction, serverId, { everyone_permissions: permissions ?? 0 })
      } else {
        await changeRole(transaction, server, before, { name, permissions, position })
      }
      const isLost = permissions !== undefined && permits(before.permissions & ~permissions, 'view_channel')
      if (isLost) await tellRoleChange(transaction, { serverId, roleId })
      const action = AuditAction.AUDIT_ACTION_ROLE_UPDATED
      await insertAuditEntry(transaction, { serverId, actorId, action, targetId: roleId })
      const role = await readRole(transaction, server, roleId, permissions)
      await tell(transaction, serverId, { $case: 'roleUpdated', value: role })
      return role
    })
  }

  /**
   * Deletes a role with its overrides, and tells the log of lost rights.
   * @throws `not_found`, `permission_denied`, `failed_precondition`
   */
  delete(actorId: string, { serverId, roleId }: DeleteRoleRequest): Promise<void> {
    return this.#database.write(async (transaction) => {
      const server = await requireLockedServer(transaction, serverId, actorId, 'manage_roles')
      if (roleId === serverId) throw isEveryone()
      const role = await requireRole(transaction, serverId, roleId)
      demandAbove(server.rank, role.position, 'role')
      await deleteRole(transaction, roleId)
      const others = await listRoles(transaction, serverId)
      await placeRoles(
        transaction,
        others.map(({ id }) => id),
      )
      await tellRoleChange(transaction, { serverId, roleId })
      const action = AuditAction.AUDIT_ACTION_ROLE_DELETED
      await insertAuditEntry(transaction, { serverId, actorId, action, targetId: roleId })
      await tell(transaction, serverId, { $case: 'roleDeleted', value: toRole(role) })
    })
  }
}

/** Roles in between move without a word of each: whoever hears of one role knows that those above it may stand elsewhere. */
async function tell(transaction: Handle, serverId: string, what: What): Promise<void> {
  await insertHappenings(transaction, [{ topic: `server:${serverId}`, what }])
}

type RoleChange = {
  name: string | undefined
  permissions: PermissionSet | undefined
  position: number | undefined
}

async function changeRole(
  transaction: Handle,
  server: MembersServer,
  { id }: RoleRow,
  { name, permissions, position }: RoleChange,
): Promise<void> {
  if (name !== undefined || permissions !== undefined)
    await updateRole(transaction, id, {
      ...(name !== undefined && { name }),
      ...(permissions !== undefined && { permissions }),
    })
  if (position === undefined) return
  demandAbove(server.rank, position, 'role')
  const roles = await listRoles(transaction, server.id)
  await placeRoles(transaction, withMovedRole(roles, id, position))
}

/**
 * Finds a role of a server: given the server, `everyone` too.
 * @throws `not_found`
 */
export async function requireRole(
  handle: Handle,
  serverId: string,
  roleId: string,
  server?: { everyone_permissions: number },
): Promise<RoleRow> {
  if (server && roleId === serverId) {
    const permissions = server.everyone_permissions
    return { id: serverId, server_id: serverId, name: 'everyone', permissions, position: 0 }
  }
  const role = (await listRoles(handle, serverId)).find(({ id }) => id === roleId)
  if (!role) throw roleNotFound()
  return role
}

async function readRole(
  handle: Handle,
  server: MembersServer,
  roleId: string,
  permissions: PermissionSet | undefined,
): Promise<Role> {
  if (roleId !== server.id) return toRole(await requireRole(handle, server.id, roleId))
  return everyoneOf({ id: server.id, everyone_permissions: permissions ?? server.everyone_permissions })
}
