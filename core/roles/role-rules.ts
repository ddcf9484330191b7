import { RecadoError } from '../../lib/errors.js'
import type { RoleRow } from './role-queries.js'

/** Roles that a server may have, `everyone` among them. */
export const MAX_ROLES = 250

/** Roles that a member may have, beside `everyone`. */
export const MAX_ROLES_OF_MEMBER = 50

/** The ids of a server's roles, lowest first, with one more right above `everyone`. */
export function withNewRole(roles: readonly RoleRow[], roleId: string): string[] {
  return [roleId, ...roles.map(({ id }) => id)]
}

/** The ids of a server's roles, lowest first, with one of them at another position. */
export function withMovedRole(roles: readonly RoleRow[], roleId: string, position: number): string[] {
  const others = roles.map(({ id }) => id).filter((id) => id !== roleId)
  others.splice(position - 1, 0, roleId)
  return others
}

/** @throws `resource_exhausted`, not retryable: no wait helps. */
export function assertRoomForRole(roles: readonly RoleRow[]): void {
  if (roles.length + 1 < MAX_ROLES) return
  throw new RecadoError('resource_exhausted', `A server has at most ${MAX_ROLES} roles. Delete one first.`, {
    retryable: false,
    reason: 'TOO_MANY_ROLES',
  })
}

/** @throws `resource_exhausted`, not retryable: no wait helps. */
export function assertRoomForMembersRole(count: number): void {
  if (count < MAX_ROLES_OF_MEMBER) return
  throw new RecadoError(
    'resource_exhausted',
    `A member has at most ${MAX_ROLES_OF_MEMBER} roles. Take one first.`,
    { retryable: false, reason: 'TOO_MANY_ROLES_OF_MEMBER' },
  )
}

/** What is asked of `everyone` and cannot be. */
export function isEveryone(): RecadoError {
  return new RecadoError(
    'failed_precondition',
    'Every member has `everyone`: it keeps its name and its place, and is neither given, taken nor deleted.',
    { reason: 'ROLE_OF_EVERYONE' },
  )
}

/** What is said of a role that the server does not have. */
export function roleNotFound(): RecadoError {
  return new RecadoError('not_found', 'The server has no such role.', { reason: 'ROLE_NOT_FOUND' })
}
