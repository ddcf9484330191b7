import type { Handle } from '../handle.js'
import { isId } from '../../contract/ids.js'
import { findServer, lockServer, type ServerRow } from './server-queries.js'
import { assertOwner, serverNotFound } from './server-rules.js'

/**
 * Reads a server for one of its members.
 * @throws `not_found`
 */
export async function requireServer(handle: Handle, serverId: string, userId: string): Promise<ServerRow> {
  const server = isId(serverId) ? await findServer(handle, serverId, userId) : undefined
  if (!server) throw serverNotFound()
  return server
}

/**
 * Reads a server for one of its members and locks it until the transaction ends, so that changes of one server follow each other.
 * @throws `not_found`
 */
export async function requireLockedServer(
  transaction: Handle,
  serverId: string,
  userId: string,
): Promise<ServerRow> {
  const server = isId(serverId) ? await lockServer(transaction, serverId, userId) : undefined
  if (!server) throw serverNotFound()
  return server
}

/**
 * As {@link requireLockedServer}, for its owner.
 * @throws `not_found`, `permission_denied`
 */
export async function requireOwnServer(
  transaction: Handle,
  serverId: string,
  userId: string,
): Promise<ServerRow> {
  const server = await requireLockedServer(transaction, serverId, userId)
  assertOwner(server.owner_id, userId)
  return server
}
