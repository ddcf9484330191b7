import type { Handle } from '../handle.js'
import { isId } from '../../contract/ids.js'
import type { PermissionSet } from '../../contract/permissions.js'
import { demandAbove, OWNER_RANK, STRANGER_RANK, type Rank } from '../rights/ranks.js'
import { findHeight, toRank, toServerPermissions } from '../rights/right-queries.js'
import { findDenial, type Permission } from '../rights/rights.js'
import { findServer, lockServer, type ServerRow, type StandingServer } from './server-queries.js'

/** A server as a member finds it: with what they may do there and how high they stand. */
export type MembersServer = ServerRow & { permissions: PermissionSet; rank: Rank }

/**
 * Reads a server for somebody who has this permission in it; `view_channel` means any member.
 * @throws `not_found`, `permission_denied`
 */
export async function requireServer(
  handle: Handle,
  serverId: string,
  userId: string,
  permission: Permission = 'view_channel',
): Promise<MembersServer> {
  const server = isId(serverId) ? await findServer(handle, serverId, userId) : undefined
  return demand(server, userId, permission)
}

/**
 * As {@link requireServer}, and locks the server until the transaction ends, so that changes of one server follow each other.
 * @throws `not_found`, `permission_denied`
 */
export async function requireLockedServer(
  transaction: Handle,
  serverId: string,
  userId: string,
  permission: Permission,
): Promise<MembersServer> {
  const server = isId(serverId) ? await lockServer(transaction, serverId, userId) : undefined
  return demand(server, userId, permission)
}

/**
 * Checks that whoever acts stands above another user: any member below them, and anybody who is no member.
 * @throws `permission_denied`
 */
export async function demandAboveUser(
  transaction: Handle,
  server: MembersServer,
  userId: string,
): Promise<void> {
  const height = await findHeight(transaction, server.id, userId)
  const rank = server.owner_id === userId ? OWNER_RANK : (height ?? STRANGER_RANK)
  demandAbove(server.rank, rank, 'member')
}

function demand(server: StandingServer | undefined, userId: string, permission: Permission): MembersServer {
  const permissions = server && toServerPermissions(userId, server)
  const denial = findDenial(permissions, permission, 'server')
  if (denial) throw denial
  // A server that was not found permits nothing.
  const found = server as StandingServer
  return { ...found, permissions: permissions ?? 0, rank: toRank(userId, found) }
}
