import type { RolesServiceServer } from '../../gen/recado/v1/roles_service.js'
import type { Handlers } from '../../lib/grpc/handlers.js'
import type { Overrides } from '../channels/overrides.js'
import type { MemberRoles } from '../roles/member-roles.js'
import type { Roles } from '../roles/roles.js'

/** What the service calls. */
export type RolesServiceDeps = { roles: Roles; memberRoles: MemberRoles; overrides: Overrides }

/** `recado.v1.RolesService`. */
export function createRolesService(handlers: Handlers, deps: RolesServiceDeps): RolesServiceServer {
  const { roles, memberRoles, overrides } = deps
  return {
    listRoles: handlers.acting(async (request, { userId }) => {
      const { items, nextPageToken } = await roles.list(userId, request)
      return { roles: items, nextPageToken }
    }),
    createRole: handlers.acting(async (request, { userId }) => ({
      role: await roles.create(userId, request),
    })),
    updateRole: handlers.acting(async (request, { userId }) => ({
      role: await roles.update(userId, request),
    })),
    deleteRole: handlers.acting(async (request, { userId }) => {
      await roles.delete(userId, request)
      return {}
    }),
    addMemberRole: handlers.acting(async (request, { userId }) => ({
      member: await memberRoles.add(userId, request),
    })),
    removeMemberRole: handlers.acting(async (request, { userId }) => ({
      member: await memberRoles.remove(userId, request),
    })),
    setOverride: handlers.acting(async (request, { userId }) => ({
      channel: await overrides.set(userId, request),
    })),
    deleteOverride: handlers.acting(async (request, { userId }) => ({
      channel: await overrides.delete(userId, request),
    })),
  }
}
