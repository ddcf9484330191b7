import type { Handle } from '../handle.js'
import { isId } from '../../contract/ids.js'
import { demand, type Permission } from '../rights/rights.js'
import { findServer, lockServer, type ServerRow } from './server-queries.js'

/**
 * Reads a server for somebody who has this permission in it.
 * @throws `not_found`, `permission_denied`
 */
export async function requireServer(
  handle: Handle,
  serverId: string,
  userId: string,
  permission: Permission = 'view_channel',
): Promise<ServerRow> {
  const server = isId(serverId) ? await findServer(handle, serverId, userId) : undefined
  return demand(server, userId, permission, 'server')
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
): Promise<ServerRow> {
  const server = isId(serverId) ? await lockServer(transaction, serverId, userId) : undefined
  return demand(server, userId, permission, 'server')
}
